# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file of records as it is at an instant, read without the project's code,
and what the rules of recovery say of it."""

import collections
import functools
import json
import zlib

CRC = b',"crc32":"'

# A line of a file: where it begins, its bytes without the end of line, whether
# it has one, and its record, or None where it is not a whole one.
Line = collections.namedtuple('Line', 'offset raw ended record')


@functools.lru_cache(1 << 13)
def parse_record(raw):
    """None unless it is a whole record."""
    head, _, tail = raw.rpartition(CRC)
    if tail != b'%08x"}' % zlib.crc32(head):
        return None
    return json.loads(raw)


def split_lines(data):
    lines, offset = [], 0
    *ended, last = data.split(b'\n')
    for raw in ended:
        lines.append(Line(offset, raw, True, parse_record(raw)))
        offset += len(raw) + 1
    if last:
        lines.append(Line(offset, last, False, parse_record(last)))
    return lines


def plain(value):
    """The same for values that JSON tools take for the same."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return list(map(plain, value))
    return value


def content_of(record):
    """All but its check sum, to be compared."""
    return json.dumps(plain({name: value for name, value in record.items()
                             if name != 'crc32'}), sort_keys=True)


def key_of(record):
    return (record['uri'], record['sha256'], record['page'],
            record['config'])


def read_log(log):
    """Each whole line of the log."""
    for line in log.split(b'\n')[:-1]:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def find_commit(log):
    """How many bytes the log says are committed; None where it says
    nothing."""
    committed = None
    for line in read_log(log):
        if 'new' in line:
            committed = None
        elif 'commit' in line:
            committed = line['commit']['bytes']
    return committed


class Snapshot:
    """The file and its log; each is None where there is none."""

    def __init__(self, data, log):
        self.exists = data is not None
        self.data = data or b''
        self.log = log
        self.commit = find_commit(log or b'')
        self.lines = split_lines(self.data)

    @functools.cached_property
    def bad(self):
        return [line for line in self.lines if line.record is None]

    @functools.cached_property
    def whole(self):
        """How often each whole record is there."""
        return collections.Counter(line.raw for line in self.lines
                                   if line.record is not None)

    @functools.cached_property
    def records(self):
        return [line.record for line in self.lines if line.record is not None]

    @functools.cached_property
    def contents(self):
        return collections.Counter(map(content_of, self.records))

    @functools.cached_property
    def ok(self):
        """The keys of the pages that were read."""
        return {key_of(record) for record in self.records
                if record['status'] == 'ok' and record['page'] > 0}

    def number_of(self, line):
        return self.lines.index(line) + 1

    def count_begun(self, uri):
        quoted = json.dumps(uri, ensure_ascii=False).encode()
        return sum(line.startswith(b'{"begin"') and quoted in line
                   for line in (self.log or b'').splitlines())

    def is_refused(self):
        """Whether a run must be refused; None where it may be or not."""
        if not self.bad:
            # A run need not miss lines that an editor took away.
            return None if len(self.data) < (self.commit or 0) else False
        if self.log is None:
            if not self.records:
                return None
            return len(self.bad) > 1 or self.bad[0] is not self.lines[-1]
        if self.commit is None:
            return None
        return self.bad[0].offset < self.commit

    def newest_version(self, uri):
        return [record['sha256'] for record in self.records
                if record['uri'] == uri][-1:]

    def newest(self, uri, sha256):
        """The newest record of each page of a version."""
        return {record['page']: record for record in self.records
                if record['uri'] == uri and record['sha256'] == sha256}

    def failures(self, uri, document):
        """The pages of it that are not read: what they are, or None where
        there is no record."""
        records = self.newest(uri, document.sha256)
        statuses = {page: records[page]['status'] if page in records else None
                    for page in range(1, len(document.numbers) + 1)}
        if not document.numbers or set(statuses.values()) == {None}:
            statuses[0] = records[0]['status'] if 0 in records else None
        return {page: status for page, status in statuses.items()
                if status != 'ok'}

    def has_one_version_each(self):
        versions = {(record['uri'], record['sha256'], record['config'])
                    for record in self.records}
        return len(versions) == len({version[0] for version in versions})

    def count_newest(self):
        """The newest record of each page, by status."""
        newest = {key_of(record): record['status'] for record in self.records
                  if record['page'] > 0}
        return collections.Counter(newest.values())
