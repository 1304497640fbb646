# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-in for a server of models."""

import subprocess


class Server:
    """It discards what it is sent, and answers after a delay."""

    def __init__(self, program, delay, *options):
        self.process = subprocess.Popen(
            [program, '--cheap', '--port', '0', '--delay', str(delay),
             *options], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
