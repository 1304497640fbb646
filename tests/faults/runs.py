# Recto: runs of the command in folders of their own
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import http.server
import json
import os
import subprocess
import tempfile
import threading
import unittest

RECTO = os.path.join(os.environ['RECTO_BUILD_ROOT'], 'tools', 'recto')
SAMPLES = os.environ['RECTO_SAMPLES']
PROSE = os.path.join(SAMPLES, 'prose.pdf')
# It has one page and no text layer to fall back on.
SCAN = os.path.join(SAMPLES, 'scan.pdf')
# What no run takes; only one that hangs waits so long.
PATIENCE = 120


def read_file(path):
    with open(path, 'rb') as file:
        return file.read()


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.output = self.path('out.jsonl')

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, content):
        with open(self.path(name), 'wb') as file:
            file.write(content)
        return self.path(name)

    def run_recto(self, *args, status=0, env=None, **kwargs):
        run = subprocess.run(
            [RECTO, *args], timeout=PATIENCE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=self.folder,
            env={**os.environ, **(env or {})}, **kwargs)
        self.assertEqual(run.returncode, status,
                         (args, run.stderr.decode(), run.stdout.decode()))
        return run

    def convert(self, *args, **kwargs):
        return self.run_recto('convert', *args, **kwargs)

    def read_records(self):
        return [json.loads(line)
                for line in read_file(self.output).splitlines()]

    def serve(self, handler):
        """The port of an HTTP server that lives as long as the test."""
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_port


class Answers(http.server.BaseHTTPRequestHandler):
    """A server of one model whose words subclasses choose."""
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def reply(self, status, body, reason=None, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status, reason)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def get_key(self):
        return self.headers.get('Authorization', '').split(' ')[-1]

    def get_what(self):
        """The first part of the path."""
        return self.path.split('/')[1]

    def skip_body(self):
        return self.rfile.read(int(self.headers.get('Content-Length', 0)))

    def list_models(self, *names):
        self.reply(200, {'data': [{'id': name} for name in names]})

    def answer(self, text, **more):
        self.reply(200, {'model': 'stub', 'choices': [
            {'finish_reason': 'stop', 'message': {'content': text}, **more}]})

    def do_GET(self):
        self.list_models('stub')

    def do_POST(self):
        self.skip_body()
        self.answer('Text of the page.')
