# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What editors, tools and power cuts do to a journal and its log."""

import json

from walk_journal import key_of

# Bytes of a block of a disk.
BLOCK = 4096
# A line that was being written when the power failed.
TORN = b'{"schema":"recto-page/1","uri":"file:///'


class Damage:
    def __init__(self, place, oracle, rand):
        self.place = place
        self.oracle = oracle
        self.rand = rand

    def write(self, data):
        self.place.file.write_bytes(data)

    def write_lines(self, lines):
        self.write(b''.join(raw + b'\n' for raw in lines))

    # Power

    def cut_power(self, snapshot):
        """Of what nothing had synced a part is lost."""
        before = len(snapshot.data), len(snapshot.log)
        safe = snapshot.commit or 0
        data, log = bytearray(snapshot.data), bytearray(snapshot.log)
        if safe < len(data):
            self.lose_blocks(data, safe)
        elif self.rand.random() < 0.5:
            data += TORN[:self.rand.randint(1, len(TORN))]
        self.lose_log(log)
        self.write(data)
        self.place.log.write_bytes(log)
        return (f'{safe} bytes are safe, of {before[0]} are {len(data)}, '
                f'of {before[1]} of the log {len(log)}')

    def lose_blocks(self, data, safe):
        if self.rand.random() < 0.6:
            start = self.rand.randint(safe, len(data) - 1)
            end = min(start + self.rand.randint(1, BLOCK), len(data))
            data[start:end] = bytes(end - start)
        if self.rand.random() < 0.6:
            del data[self.rand.randint(safe, len(data)):]

    def lose_log(self, log):
        """All but its first line, which is the first commit. At times zero
        bytes are in the place of others."""
        lines = log.splitlines(True)
        tail = sum(map(len, lines[1:][-self.rand.randint(1, 8):]))
        end = self.rand.randint(len(log) - tail, len(log))
        log[end:] = bytes(len(log) - end if self.rand.random() < 0.2 else 0)

    # Edits

    def edit(self, snapshot):
        edit = self.rand.choice([
            self.end_with_crlf, self.space, self.add_garbage,
            self.add_garbage, self.tear, self.duplicate, self.drop,
            self.remove_log])
        edit(snapshot)
        return edit.__name__

    def end_with_crlf(self, snapshot):
        """As an editor of another system saves it."""
        self.write_lines([self.oracle.note_edit(line, line.raw + b'\r')
                          for line in snapshot.lines])

    def space(self, snapshot):
        """As a tool for JSON writes some lines."""
        n_chosen = self.rand.randint(1, len(snapshot.lines))
        chosen = self.rand.sample(range(len(snapshot.lines)), n_chosen)
        lines = [line.raw for line in snapshot.lines]
        for i in chosen:
            line = snapshot.lines[i]
            if line.record is not None:
                lines[i] = self.oracle.note_edit(line, json.dumps(
                    line.record, ensure_ascii=self.rand.random() < 0.5)
                    .encode())
        self.write_lines(lines)

    def make_garbage(self):
        number = self.rand.randrange(1000)
        return self.rand.choice([
            b'my diary, day %d' % number, b'{}', b'\xff\xfe%d' % number,
            b'{"schema":"recto-page/1","uri":"file:///%d"}' % number,
            bytes(number + 1)])

    def add_garbage(self, snapshot):
        """At the end, more often than not."""
        lines = [line.raw for line in snapshot.lines]
        place = self.rand.choice([self.rand.randrange(len(lines)), len(lines)])
        for _ in range(self.rand.choice([1, 1, 1, 3])):
            lines.insert(place, self.make_garbage())
        self.write_lines(lines)

    def tear(self, snapshot):
        """The last line, as a copy that was not finished has it."""
        last = snapshot.lines[-1]
        if last.raw:
            self.write(snapshot.data[:self.rand.randint(
                last.offset + 1, last.offset + len(last.raw))])

    def duplicate(self, snapshot):
        """Of pages that were read; what failed would be the newest again."""
        some = [line.raw for line in snapshot.lines
                if line.record and key_of(line.record) in snapshot.ok]
        if snapshot.lines[-1].ended:
            self.write_lines([line.raw for line in snapshot.lines]
                             + self.rand.sample(some, min(len(some), 3)))

    def drop(self, snapshot):
        """A line, whose page is read again."""
        lines = [line.raw for line in snapshot.lines]
        del lines[self.rand.randrange(len(lines))]
        self.write_lines(lines)

    def remove_log(self, snapshot):
        if self.place.log.exists():
            self.place.log.unlink()

    def replace(self):
        """Another file has the name."""
        self.write_lines(b'my diary, day %d' % day for day in range(1000))
