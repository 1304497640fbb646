# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A model server that knows the pages of walk_documents by their numbers.

Each run has a URL of its own, so that a request counts for the run that made
it, however late it is served.
"""

import base64
import collections
import http.server
import json
import sys
import threading
import time

from walk_documents import read_number, text_of

# Seconds that an answer takes, so that a signal finds pages in work.
ANSWER_TIME = 0.004

# What may be wrong with an answer, and the page's status then.
FAULTS = {
    'length': 'truncated-output',
    'content_filter': 'infer-failed',
}


class Watch:
    """Is set once a run has made so many requests; `answered` says whether
    the last of them has its answer by then."""

    def __init__(self, n_requests, answered):
        self.n_left = n_requests
        self.answered = answered
        self.event = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    # Buffered: an answer is one write.
    wbufsize = -1

    def log_message(self, *args):
        pass

    def send_json(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self):
        self.send_json({'object': 'list',
                        'data': [{'id': 'walker', 'object': 'model'}]})

    def do_POST(self):
        size = int(self.headers['Content-Length'])
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionError('The client was killed.')
        request = json.loads(body)
        run = int(self.path.split('/')[1])
        number = read_number(find_image(request))
        watch = self.server.count(run, number)
        if watch and not watch.answered:
            watch.event.set()
        time.sleep(ANSWER_TIME)
        self.send_json(self.server.answer(number))
        if watch:
            watch.event.set()


def find_image(request):
    for message in request['messages']:
        for part in message['content']:
            if isinstance(part, dict) and part['type'] == 'image_url':
                url = part['image_url']['url']
                return base64.b64decode(url.partition(',')[2])
    raise ValueError('There is no image in the request.')


class PageServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.lock = threading.Lock()
        self.requests = collections.defaultdict(collections.Counter)
        self.watches = {}
        self.faults = {}        # the number of a page → one of FAULTS
        self.broken = None      # what nothing should make happen
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, run):
        return f'http://127.0.0.1:{self.server_port}/{run}/v1'

    def handle_error(self, request, client_address):
        """A run that is killed closes its connections."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            self.broken = repr(error)

    def watch(self, run, n_requests, answered):
        with self.lock:
            self.watches[run] = Watch(n_requests, answered)
            return self.watches[run].event

    def count(self, run, number):
        """The run's watch, if this is the request that it waits for."""
        with self.lock:
            self.requests[run][number] += 1
            watch = self.watches.get(run)
            if watch is None:
                return None
            watch.n_left -= 1
            return watch if watch.n_left == 0 else None

    def pages_of(self, run):
        """The numbers of all pages that the run asked for."""
        with self.lock:
            return set(self.requests[run])

    def answer(self, number):
        if number is None:
            self.broken = 'an image shows none of the pages'
            return {}
        text, reason = text_of(number), self.faults.get(number, 'stop')
        if reason != 'stop':
            text = text[:len(text) // 2]
        return {'id': 'x', 'object': 'chat.completion', 'model': 'walker',
                'choices': [{'index': 0, 'finish_reason': reason,
                             'message': {'role': 'assistant',
                                         'content': text}}],
                'usage': {'prompt_tokens': 9, 'completion_tokens': 9,
                          'total_tokens': 18}}

    def stop(self):
        self.shutdown()
        self.server_close()
