# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Judges what a command made of a journal, by what was there before it."""

import collections
import json
import re
import signal

from walk_documents import text_of
from walk_journal import content_of, key_of
from walk_runs import check
from walk_server import FAULTS

# Deaths of the process for which a document is quarantined.
DEATHS = 3

# What a record of page 0 says of an earlier version that is there again.
BACK = {'ok', 'partial'}

CRASHES = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGTRAP,
           -signal.SIGSYS)
ENDED_BY_SIGNAL = (130, -signal.SIGTERM, -signal.SIGKILL)


class Oracle:
    """Of one output."""

    def __init__(self, place, inputs, server):
        self.place = place
        self.inputs = inputs
        self.server = server
        self.n_kills = 0
        self.reformatted = {}           # a line → the content of its record

    def note_edit(self, line, raw):
        """Remembers what a whole record is when its line is `raw`."""
        if line.record is not None:
            self.reformatted[raw] = content_of(line.record)
        elif line.raw in self.reformatted:
            self.reformatted[raw] = self.reformatted[line.raw]
        return raw

    def judge(self, command, run, before, after, seen):
        """`seen` is what was committed when a signal was sent."""
        check(self.server.broken is None, self.server.broken)
        check(run.code not in CRASHES, 'crashed')
        self.n_kills += run.code == -signal.SIGKILL
        check(before.bad or after.data.startswith(seen),
              'what was committed before the signal is not there any more')
        self.check_kept(before, after)
        self.check_bad_lines(command, before, after)
        if command.name == 'repair':
            self.check_repair(run, before, after)
        elif before.is_refused() and run.has_ended_itself():
            self.check_refused(command, run, before, after)
        else:
            self.check_committed(before, after)
            self.check_new(command, run, before, after)
            self.check_end(command, run, before, after)

    # What was there

    def check_kept(self, before, after):
        lost = before.whole - after.whole
        check(not lost, 'lost', sum(lost.values()), 'of',
              len(before.records), 'whole records, such as', *list(lost)[:1])

    def check_bad_lines(self, command, before, after):
        """They are where they were, in NAME.cut, or adopted."""
        left = collections.Counter(line.raw for line in after.lines)
        gone = [line.raw for line in before.bad
                if line.raw and not left[line.raw]]
        cut = self.place.read_cut() if gone else b''
        for raw in gone:
            content = self.reformatted.get(raw)
            adopted = content is not None and after.contents[content] > 0
            if command.name == 'repair':
                check(adopted or content is None, 'repair did not adopt a'
                      ' record that only was formatted anew:', raw)
            check(adopted or raw in cut, 'lost a line that was not a record;'
                  ' it is not in NAME.cut:', raw)

    def check_committed(self, before, after):
        known = {line.raw for line in before.bad}
        for line in after.bad:
            check(line.raw in known or line.offset >= (after.commit or 0),
                  'the log says that line',
                  after.number_of(line), 'is committed; it is not a record:',
                  line.raw)

    # Runs that had to do something else first

    def check_repair(self, run, before, after):
        """Nothing was read, so nothing may be new but what was adopted."""
        known = before.contents + collections.Counter(
            self.reformatted[line.raw] for line in before.bad
            if line.raw in self.reformatted)
        check(not after.contents - known, 'repair made up',
              *(after.contents - known))
        if run.code in (-signal.SIGKILL, -signal.SIGTERM, 130):
            return
        check(run.code == 0, 'repair failed')
        check(not after.bad, 'repair left line',
              *map(after.number_of, after.bad[:1]))
        check(after.is_refused() is False, 'repair left', len(after.data),
              'bytes, of which the log says that', after.commit,
              'are committed')
        check(before.bad or after.data == before.data
              or not before.data.endswith(b'\n'),
              'repair changed a file of whole records')

    def check_refused(self, command, run, before, after):
        number = before.number_of(before.bad[0])
        check(run.code == 1, 'was not refused in spite of line', number)
        check(after.data == before.data, 'was refused and changed the file')
        check(not run.requests, 'was refused and asked the server')
        if command.name == 'retry' or self.find_missing(command):
            return
        check(self.place.file.name in run.stderr
              or self.place.output in run.stderr,
              'the refusal does not name the file')
        check(re.search(rf'\bline {number}\b', run.stderr),
              'the refusal does not name line', number)
        check('recto repair' in run.stderr,
              'the refusal does not name its cure')

    def find_missing(self, command):
        """What a command line names that is not there."""
        return set(command.inputs) - self.inputs.present.keys() \
            if command.kind == 'names' else set()

    # What a run wrote

    def check_new(self, command, run, before, after):
        new = [json.loads(raw)
               for raw in (after.whole - before.whole).elements()]
        known = {key_of(record) for record in before.records}
        counts = collections.Counter(map(key_of, new))
        for record in new:
            key = key_of(record)
            check(key not in before.ok, 'read again and recorded:', key)
            check(counts[key] == 1, 'recorded twice in one run:', key)
            check(command.name == 'retry' or record['page'] == 0
                  or key not in known, 'convert tried a failure again:', key)
            self.check_record(command, record, before, after)
        self.check_requests(command, run, before)
        self.check_summary(run, new)

    def check_requests(self, command, run, before):
        """None for a page that was recorded when the run began."""
        for number in run.requests:
            document = self.inputs.documents.by_number[number]
            page = document.numbers.index(number) + 1
            there = {self.inputs.uri(name) for name, other in
                     self.inputs.present.items() if other is document}
            read_at = {uri for uri, sha256, other, _ in before.ok
                       if sha256 == document.sha256 and other == page}
            check(there - read_at, 'asked again for page', page, 'of', *there)
            if command.name == 'convert' and document.kind == 'plain':
                check(not read_at, 'asked for page', page, 'of', *there,
                      'whose content was read at', *read_at)

    def check_record(self, command, record, before, after):
        name = self.inputs.name_of(record['uri'])
        document = self.inputs.present.get(name)
        check(name, 'a record of an unknown document:', record)
        if document is None:
            check(record['page'] == 0 and record['status'] == 'unreadable',
                  'a record of a missing document:', record)
            return
        check(record['sha256'] == document.sha256
              or (record['status'] == 'quarantined'
                  and record['sha256'] is None),
              'a record of bytes that are not there:', record)
        if record['page'] > 0:
            self.check_page(record, document)
        elif record['status'] in BACK:
            self.check_back(record, before)
        else:
            self.check_whole(command, record, document, after)

    def check_page(self, record, document):
        check(record['page'] <= len(document.numbers) == record['pages'],
              'a record of', record['pages'], 'pages:', record)
        number = document.numbers[record['page'] - 1]
        fault = self.server.faults.get(number)
        if record['status'] == 'ok':
            check(record.get('text') == text_of(number), 'wrong text:', record)
            check(fault is None or record.get('copied_from'),
                  'ok in spite of the answer:', record)
            check(document.kind == 'plain' or not record.get('copied_from'),
                  'a copy of what takes a password:', record)
        else:
            check(record['status'] == FAULTS.get(fault),
                  'failed for no reason:', record)

    def check_back(self, record, before):
        """It says that an earlier version is there again."""
        uri, sha256 = record['uri'], record['sha256']
        statuses = {other['status'] for page, other
                    in before.newest(uri, sha256).items() if page > 0}
        check(statuses, 'this version was not there before:', record)
        check(before.newest_version(uri) != [sha256],
              'this version is the newest one:', record)
        check(record['status'] == 'partial' or statuses == {'ok'},
              'this version was not read:', record)

    def check_whole(self, command, record, document, after):
        status = record['status']
        if status == 'encrypted':
            check(document.kind == 'encrypted'
                  and command.password != 'right',
                  'encrypted in spite of the password:', record)
        elif status == 'quarantined':
            check(self.n_kills >= DEATHS
                  and after.count_begun(record['uri']) >= DEATHS,
                  'quarantined for no reason:', record)
        else:
            check(status == 'damaged' and document.kind == 'damaged',
                  'failed for no reason:', record)

    def check_summary(self, run, new):
        """It counts what was recorded, if it comes to that."""
        found = re.findall(r'· (\d+) pages? read\b', run.stderr)
        n_read = sum(record['status'] == 'ok' and record['page'] > 0
                     and not record.get('copied_from') for record in new)
        check(not found or int(found[-1]) == n_read, 'the summary counts',
              *found[-1:], 'pages, and', n_read, 'were recorded')

    # How a run ended

    def check_end(self, command, run, before, after):
        if not run.has_ended_itself():
            check(run.code in ENDED_BY_SIGNAL,
                  'an exit code that nothing explains')
        elif self.find_missing(command):
            check(run.code == 1, 'was not refused without',
                  *self.find_missing(command))
            check((after.data, after.log) == (before.data, before.log),
                  'wrote something though documents are missing')
        elif command.name == 'retry':
            self.check_retry(run, after)
        elif not self.may_be_refused(run, before, after):
            self.check_convert(command, run, before, after)

    def may_be_refused(self, run, before, after):
        return (before.is_refused() is None and run.code == 1
                and after.data == before.data
                and 'recto repair' in run.stderr)

    def check_convert(self, command, run, before, after):
        check(not after.bad, 'left line',
              *map(after.number_of, after.bad[:1]))
        check(not before.bad or '.cut' in run.stderr, 'cut without a word')

        failures = {}
        for name in command.inputs:
            failures.update(self.find_failures(name, after))
        check((run.code == 0) == (not failures), 'exit', run.code, 'with',
              failures or 'no failures')
        check(run.code != 1 or after.ok <= before.ok,
              'exit 1 though pages were read')

    def find_failures(self, name, after):
        """What is not ok after a whole run; there is a record of each."""
        uri = self.inputs.uri(name)
        document = self.inputs.present.get(name)
        if document is None:
            check(0 in after.newest(uri, None), 'no record of', name,
                  'which is missing')
            return {name: 'missing'}
        failures = after.failures(uri, document)
        whole = {record['status'] for record in after.records
                 if record['uri'] == uri and record['page'] == 0
                 and record['sha256'] in (document.sha256, None)}
        check(whole - BACK or None not in failures.values(),
              'no record of pages', *failures, 'of', name, document)
        return {(name, page): status for page, status in failures.items()}

    def check_retry(self, run, after):
        """What still fails though its document is there. Of an earlier
        version that is there again only convert learns."""
        if run.code != 0:
            return
        for name, document in self.inputs.present.items():
            uri = self.inputs.uri(name)
            if after.newest_version(uri) != [document.sha256]:
                continue
            recorded = after.newest(uri, document.sha256)
            failed = {page: status for page, status
                      in after.failures(uri, document).items()
                      if page in recorded}
            check(not failed, 'retry exits with 0, and of', name, document,
                  'are', failed)

    # recto status

    def check_status(self, status, snapshot):
        check(status['records'] == len(snapshot.records), 'status counts',
              status['records'], 'records of', len(snapshot.records))
        n_ok = status['pages']['status'].get('ok', 0)
        check(n_ok <= len(snapshot.ok), 'status counts', n_ok,
              'pages that were read, of', len(snapshot.ok))
        if snapshot.has_one_version_each():
            statuses = snapshot.count_newest()
            check(status['pages']['status'] == statuses, 'status counts',
                  status['pages']['status'], 'of', dict(statuses))

    def find_unread(self, snapshot):
        """Pages of all documents that are there."""
        return {(name, page): status or 'not recorded'
                for name, document in self.inputs.present.items()
                for page, status in snapshot.failures(
                    self.inputs.uri(name), document).items()}
