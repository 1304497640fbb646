# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documents whose pages carry a number, how to read it in an image, and a
folder of such documents."""

import collections
import hashlib
import itertools
import random
import struct
import zlib

from pdf_writer import Pdf, ref, stream

PASSWORD = 'sesame'
MOST_PAGES = 5
N_DOCUMENTS = 8
NAMES = [f'{letter}.pdf' for letter in 'abcdefgh'] + ['x.pdf', 'y.pdf']

# A page is a square of so many cells a side, black where a bit is set: those
# of the number, those of a check sum, and the last cell, so that no page is
# blank.
CELLS = 5
CELL_POINTS = 40
NUMBER_BITS = 20
SUM_MODULUS = 15

MOST_WORDS = 400


# Pages

def bits_of(number):
    bits = number | (number % SUM_MODULUS + 1) << NUMBER_BITS
    return [bits >> i & 1 for i in range(CELLS ** 2 - 1)] + [1]


def draw(number):
    return b''.join(
        b'%d %d %d %d re f\n' % (
            i % CELLS * CELL_POINTS, i // CELLS * CELL_POINTS, CELL_POINTS,
            CELL_POINTS)
        for i, bit in enumerate(bits_of(number)) if bit)


def text_of(number):
    """What a model reads there. Pages differ in length, and have what JSON
    must escape."""
    rand = random.Random(number)
    words = [f'{rand.randrange(1 << 32):x}'
             for _ in range(rand.randint(1, MOST_WORDS))]
    return f'Page {number}: “é”, "\\" and\n\t' + ' '.join(words) + '.'


# PNG

def read_chunks(data):
    assert data.startswith(b'\x89PNG\r\n\x1a\n'), data[:8]
    place = 8
    while place < len(data):
        size, name = struct.unpack_from('>I4s', data, place)
        yield name, data[place + 8:place + 8 + size]
        place += size + 12


def paeth(left, above, corner):
    estimate = left + above - corner
    return min((left, above, corner), key=lambda value: abs(estimate - value))


def unfilter(kind, row, above, step):
    """By the five filters that PNG has."""
    row = bytearray(row)
    for i, byte in enumerate(row):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        guess = (0, left, above[i], (left + above[i]) // 2,
                 paeth(left, above[i], corner))[kind]
        row[i] = (byte + guess) % 256
    return row


def read_rows(data):
    """The rows of an image of 8 bits a channel, and how many bytes a pixel
    has."""
    chunks = list(read_chunks(data))
    width, height, bits, colour = struct.unpack_from('>IIBB', chunks[0][1])
    step = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    assert bits == 8, bits
    pixels = zlib.decompress(b''.join(part for name, part in chunks
                                      if name == b'IDAT'))
    size = 1 + width * step
    rows = [bytes(width * step)]
    for start in range(0, height * size, size):
        rows.append(unfilter(pixels[start], pixels[start + 1:start + size],
                             rows[-1], step))
    return rows[1:], step


def read_number(png):
    """The number of the page in the image, or None if there is not one."""
    rows, step = read_rows(png)
    width, height = len(rows[0]) // step, len(rows)
    bits = 0
    for i in range(CELLS ** 2):
        x = width * (2 * (i % CELLS) + 1) // (2 * CELLS)
        y = height * (2 * (CELLS - 1 - i // CELLS) + 1) // (2 * CELLS)
        bits |= (rows[y][x * step] < 128) << i
    number = bits & ((1 << NUMBER_BITS) - 1)
    return number if bits_of(number) == [
        bits >> i & 1 for i in range(CELLS ** 2)] else None


# Documents

class Document:
    """The bytes of a document, and what is true of them."""

    def __init__(self, kind, numbers, data):
        self.kind = kind                # plain, encrypted or damaged
        self.numbers = numbers          # of its pages
        self.data = data
        self.sha256 = hashlib.sha256(data).hexdigest()

    def __str__(self):
        return f'{self.kind} {self.numbers or ""}'

    def is_good(self):
        return self.kind != 'damaged'


def write_pages(numbers, password=None):
    pdf = Pdf()
    for number in numbers:
        pdf.page_of(ref(pdf.add(stream(draw(number)))),
                    box=b'/MediaBox[0 0 %d %d]' % (2 * (CELLS * CELL_POINTS,)))
    if password:
        pdf.encrypt(password)
    return pdf.write()


class Documents:
    """All documents that were made, no two of which have a page in common."""

    def __init__(self, rand):
        self.rand = rand
        self.counter = itertools.count(1)
        self.by_number = {}

    def add(self, kind, numbers, data):
        document = Document(kind, numbers, data)
        self.by_number.update(dict.fromkeys(numbers, document))
        return document

    def make(self, kind):
        if kind == 'damaged':
            return self.add(kind, [], b'%%PDF-1.4\nNothing follows: %d\n'
                            % next(self.counter))
        numbers = [next(self.counter)
                   for _ in range(self.rand.randint(1, MOST_PAGES))]
        return self.add(kind, numbers, write_pages(
            numbers, PASSWORD if kind == 'encrypted' else None))

    def make_any(self):
        return self.make(self.rand.choices(
            ['plain', 'encrypted', 'damaged'], [12, 5, 3])[0])


# Documents in a folder

class Inputs:
    """Names, what is there under each, and what ever was."""

    def __init__(self, folder, rand):
        self.folder = folder
        self.rand = rand
        self.documents = Documents(rand)
        self.present = {}               # name → document
        self.history = collections.defaultdict(list)
        folder.mkdir()
        for name in NAMES[:N_DOCUMENTS]:
            self.put(name, self.documents.make_any())

    def path(self, name):
        return self.folder / name

    def uri(self, name):
        return self.path(name).as_uri()

    def name_of(self, uri):
        return next((name for name in NAMES if self.uri(name) == uri), None)

    def put(self, name, document):
        self.path(name).write_bytes(document.data)
        self.present[name] = document
        if document not in self.history[name]:
            self.history[name].append(document)

    def remove(self, name):
        self.path(name).unlink()
        return self.present.pop(name)

    def any_present(self):
        return self.rand.choice(sorted(self.present))

    def any_free(self):
        return self.rand.choice(sorted(set(NAMES) - self.present.keys()))

    def save(self):
        """What is where, for restore()."""
        return dict(self.present), {
            name: list(documents) for name, documents in self.history.items()}

    def restore(self, saved):
        """The files themselves are put back by others."""
        self.present, history = saved
        self.history = collections.defaultdict(list, history)

    def make_right(self):
        """Under each name that was ever used a document that can be read."""
        for name in sorted(self.history):
            if name in self.present and self.present[name].is_good():
                continue
            good = [document for document in self.history[name]
                    if document.is_good()]
            self.put(name, good[-1] if good
                     else self.documents.make('plain'))
