# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""CPU time and memory of a process and all that it starts."""

import ctypes
import os
import pathlib
import re
import resource
import threading

PEAK_INTERVAL = 0.05
PR_SET_CHILD_SUBREAPER = 36


# For the process itself

def adopt_orphans():
    """Workers whose parent is gone become our children, to be counted."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap():
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def cpu_seconds():
    return sum(usage.ru_utime + usage.ru_stime for usage in (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN)))


# From outside

def children_of(pid):
    try:
        for task in os.listdir(f'/proc/{pid}/task'):
            text = pathlib.Path(
                f'/proc/{pid}/task/{task}/children').read_text()
            yield from map(int, text.split())
    except OSError:
        pass


def tree_of(pid):
    yield pid
    for child in children_of(pid):
        yield from tree_of(child)


def anonymous_bytes(pid):
    try:
        status = pathlib.Path(f'/proc/{pid}/status').read_text()
    except OSError:
        return 0
    found = re.search(r'^RssAnon:\s+(\d+) kB', status, re.M)
    return int(found[1]) * 1024 if found else 0


def memfd_bytes(pid):
    """Of the one process that holds them all."""
    sizes = {}
    try:
        for fd in os.listdir(f'/proc/{pid}/fd'):
            path = f'/proc/{pid}/fd/{fd}'
            if os.readlink(path).startswith('/memfd:'):
                status = os.stat(path)
                sizes[status.st_ino] = status.st_blocks * 512
    except OSError:
        pass
    return sum(sizes.values())


def tree_bytes(pid):
    """Anonymous memory of all of it, and what the first of them shares."""
    return memfd_bytes(pid) + sum(map(anonymous_bytes, tree_of(pid)))


class Peak(threading.Thread):
    """The most memory that a process tree is seen to use, or that those use
    that a process has started."""

    def __init__(self, pid, below=False):
        super().__init__(daemon=True)
        self.pid, self.below, self.bytes = pid, below, 0
        self.ended = threading.Event()
        self.start()

    def measure(self):
        pids = children_of(self.pid) if self.below else [self.pid]
        return sum(map(tree_bytes, pids))

    def run(self):
        while not self.ended.wait(PEAK_INTERVAL):
            self.bytes = max(self.bytes, self.measure())

    def stop(self):
        self.ended.set()
        self.join()
        return self.bytes
