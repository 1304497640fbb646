# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commands, what is said to them, and how they end."""

import os
import pathlib
import signal
import subprocess
import threading

from walk_documents import PASSWORD

RECTO = os.path.join(os.environ['RECTO_BUILD_ROOT'], 'tools', 'recto') \
    if 'RECTO_BUILD_ROOT' in os.environ else 'recto'
# Seconds that no run takes; only one that hangs waits so long.
PATIENCE = 120
# A signal comes within so many seconds or requests.
LATEST = 0.4
MOST_REQUESTS = 8

PROFILE = '''[profile]
description=small images
[prompt]
user=Read this page.
[image]
longest=100
[limits]
max-tokens=8000
'''


class Failure(Exception):
    pass


def check(truth, *what):
    if not truth:
        raise Failure(' '.join(map(str, what)))


def read_if_there(path):
    return path.read_bytes() if path.exists() else None


class Trigger:
    """When a run gets a signal, and which one."""

    def __init__(self, rand, number):
        self.number = number
        self.n_requests = rand.choice([0, 1, 1]) * rand.randint(
            1, MOST_REQUESTS)
        self.answered = rand.random() < 0.5
        self.seconds = rand.uniform(0, LATEST)

    def __str__(self):
        name = signal.Signals(self.number).name
        if self.n_requests:
            return (f'{name} {"after" if self.answered else "at"} request '
                    f'{self.n_requests}')
        return f'{name} after {self.seconds:.3f} s'

    def watch(self, server, run):
        if self.n_requests:
            return server.watch(run, self.n_requests, self.answered)
        return threading.Event()

    def wait(self, process, event):
        """Until then, or until the process has ended."""
        def wait_for_end():
            process.wait()
            event.set()
        threading.Thread(target=wait_for_end, daemon=True).start()
        event.wait(PATIENCE if self.n_requests else self.seconds)


class Command:
    """What is run, and what the oracle needs to know of it."""

    def __init__(self, name, words, inputs=(), kind='', password=None):
        self.name = name
        self.words = words
        self.inputs = inputs            # names, also of missing documents
        self.kind = kind                # of the inputs
        self.password = password

    def __str__(self):
        words = [self.name, self.kind]
        if self.password:
            words += ['--password-file', self.password]
        if '--sync' in self.words:
            start = self.words.index('--sync')
            words += self.words[start:start + 2]
        return ' '.join(filter(None, words))


class Run:
    """How a command ended, what it said, and what it asked for."""

    def __init__(self, words, code, stderr, requests):
        self.words = words
        self.code = code
        self.stderr = stderr
        self.requests = requests        # numbers of pages

    def has_ended_itself(self):
        return self.code in (0, 1, 2)

    def __str__(self):
        return f'{" ".join(self.words)}\nexit {self.code}\n{self.stderr}'


class Place:
    """A folder with all that recto sees: documents, a list of them, passwords
    and outputs."""

    def __init__(self, folder):
        self.folder = folder / 'place'
        self.stderr = folder / 'stderr'
        self.stdout = folder / 'stdout'
        self.profile = self.folder / 'small.profile'
        self.list = self.folder / 'list'
        self.folder.mkdir()
        self.profile.write_text(PROFILE)
        (self.folder / 'right').write_text(PASSWORD + '\n')
        (self.folder / 'wrong').write_text('mellon\n')

    def choose_output(self, number):
        """A file or a folder, by turns."""
        if number % 2:
            self.output = f'{self.folder}/out-{number}.jsonl'
            self.file = pathlib.Path(self.output)
            self.log = self.folder / f'out-{number}.run.jsonl'
        else:
            self.output = f'{self.folder}/out-{number}/'
            self.file = pathlib.Path(self.output) / 'pages-00000.jsonl'
            self.log = pathlib.Path(self.output) / 'pages.run.jsonl'

    def read_cut(self):
        """What was moved out of the way."""
        return b''.join(path.read_bytes()
                        for path in sorted(self.folder.rglob('*.cut*')))

    def spell(self, command, url):
        words = [RECTO, command.name]
        if command.name in ('convert', 'retry'):
            words += ['--server', url, '--max-in-flight=4', '--jobs=2']
        # The log is not asked for files.
        if command.name == 'retry':
            words += ['--profile', self.profile]
        if command.password:
            words += ['--password-file', self.folder / command.password]
        return [str(word) for word in words + command.words]

    def start(self, words):
        with open(self.stderr, 'wb') as err, open(self.stdout, 'wb') as out:
            return subprocess.Popen(words, stdout=out, stderr=err,
                                    stdin=subprocess.DEVNULL, cwd=self.folder)

    def end(self, process):
        """How it ended, and what it said."""
        try:
            return process.wait(PATIENCE), self.stderr.read_text()
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure('hangs:', *process.args) from None

    def read_status(self, *words):
        """The exit code and the output."""
        process = self.start([RECTO, 'status', *words, self.output])
        code, stderr = self.end(process)
        check(code in (0, 1), 'status exits with', code, stderr)
        return code, self.stdout.read_bytes()
