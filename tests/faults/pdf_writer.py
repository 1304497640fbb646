# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""PDFs, written with no care for what is in them."""

import hashlib
import struct
import zlib

PIECE = 1 << 20
ADLER_MODULUS = 65521
SPACE = 0x20

CATALOG, PAGES = 1, 2
END_OF_STREAM = b'\nendstream'
FONT = b'/F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'


def ref(number):
    return b'%d 0 R' % number


def stream(data, entries=b''):
    return b'<</Length %d%s>>stream\n%s%s' % (
        len(data), entries, data, END_OF_STREAM)


def deflate(data, entries=b''):
    return stream(zlib.compress(data, 9), b'/Filter/FlateDecode' + entries)


def repeated_sum(adler, byte, n_times):
    """What the check sum is after so many more equal bytes."""
    low, high = adler & 0xffff, adler >> 16
    high += n_times * low + byte * n_times * (n_times + 1) // 2
    low += n_times * byte
    return high % ADLER_MODULUS << 16 | low % ADLER_MODULUS


def bomb(n_bytes, byte=0, head=b'', tail=b''):
    """What zlib would make of so many equal bytes between two ends, in no
    time: it is told to forget all between two pieces, which are therefore the
    same."""
    piece = bytes([byte]) * PIECE
    n_pieces = max(n_bytes // PIECE, 1)
    compressor = zlib.compressobj(9)

    first = compressor.compress(head) + compressor.flush(zlib.Z_FULL_FLUSH)
    again = compressor.compress(piece) + compressor.flush(zlib.Z_FULL_FLUSH)
    last = compressor.compress(tail) + compressor.flush()
    adler = repeated_sum(zlib.adler32(head), byte, n_pieces * PIECE)
    adler = zlib.adler32(tail, adler)
    return first + again * n_pieces + last[:-4] + adler.to_bytes(4, 'big')


def rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


class Encryption:
    """The standard security handler of PDF 1.1, with a key of 40 bits."""

    ID = b'0123456789abcdef'
    PERMISSIONS = -4
    PADDING = bytes.fromhex('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e80'
                            '2f0ca9fe6453697a')

    def __init__(self, password):
        padded = (password.encode() + self.PADDING)[:32]
        self.owner = rc4(hashlib.md5(padded).digest()[:5], padded)
        self.key = hashlib.md5(
            padded + self.owner + struct.pack('<i', self.PERMISSIONS)
            + self.ID).digest()[:5]
        self.user = rc4(self.key, self.PADDING)

    def encrypt_stream(self, number, body):
        """Other objects are returned as they are, so strings, which would have
        to be encrypted as well, must not be in them."""
        head, mark, rest = body.partition(b'>>stream\n')
        data, end = rest[:-len(END_OF_STREAM)], rest[-len(END_OF_STREAM):]
        if not mark:
            return body
        salt = struct.pack('<I', number)[:3] + b'\0\0'
        key = hashlib.md5(self.key + salt).digest()[:10]
        return head + mark + rc4(key, data) + end

    def trailer(self):
        return (b'/Encrypt<</Filter/Standard/V 1/R 2/P %d/O<%s>/U<%s>>>'
                b'/ID[<%s><%s>]' % (
                    self.PERMISSIONS, self.owner.hex().encode(),
                    self.user.hex().encode(), *2 * [self.ID.hex().encode()]))


def with_font(resources):
    if b'/Font<<' in resources:
        return resources.replace(b'/Font<<', b'/Font<<' + FONT, 1)
    return b'/Font<<%s>>%s' % (FONT, resources)


class Pdf:
    """Objects 1 and 2 are the catalog and the root of the page tree."""

    def __init__(self):
        self.bodies = {}
        self.n_objects = PAGES
        self.pages = []
        self.catalog = b''      # more entries of it
        self.trailer = b''
        self.version = b'1.7'

    def reserve(self):
        self.n_objects += 1
        return self.n_objects

    def put(self, number, body):
        self.bodies[number] = body
        return number

    def add(self, body):
        return self.put(self.reserve(), body)

    def page(self, content=b'', resources=b'', entries=b'',
             box=b'/MediaBox[0 0 200 200]'):
        """`content` has one line of text in front of it, so that one sees
        whether anything of the page is there."""
        content = self.add(stream(b'BT/F 9 Tf 9 9 Td(Here I am)Tj ET\n'
                                  + content))
        return self.page_of(ref(content), resources, entries, box)

    def page_of(self, contents, resources=b'', entries=b'',
                box=b'/MediaBox[0 0 200 200]'):
        """`contents` are references."""
        number = self.add(
            b'<</Type/Page/Parent 2 0 R/Contents[%s]/Resources<<%s>>%s%s>>' %
            (contents, with_font(resources), box, entries))
        self.pages.append(number)
        return number

    def fill(self):
        """Adds the catalog and the page tree where they are missing."""
        self.bodies.setdefault(
            CATALOG, b'<</Type/Catalog/Pages 2 0 R%s>>' % self.catalog)
        self.bodies.setdefault(PAGES, b'<</Type/Pages/Count %d/Kids[%s]>>' % (
            len(self.pages), b' '.join(map(ref, self.pages))))

    def encrypt(self, password):
        """To be called last."""
        self.fill()
        encryption = Encryption(password)
        for number, body in self.bodies.items():
            self.bodies[number] = encryption.encrypt_stream(number, body)
        self.trailer += encryption.trailer()

    def write_objects(self):
        """The bytes so far, and where the objects are in them."""
        self.fill()
        parts = [b'%%PDF-%s\n%%\xe2\xe3\xcf\xd3\n' % self.version]
        places, end = {}, len(parts[0])
        for number, body in sorted(self.bodies.items()):
            places[number] = end
            parts.append(b'%d 0 obj\n%s\nendobj\n' % (number, body))
            end += len(parts[-1])
        return b''.join(parts), places

    def write_end(self, out, places):
        table = [b'%010d 00000 n \n' % places[number]
                 if number in places else b'0000000000 00000 f \n'
                 for number in range(1, self.n_objects + 1)]
        return out + (b'xref\n0 %d\n0000000000 65535 f \n%s'
                      b'trailer<</Size %d/Root 1 0 R%s>>\n'
                      b'startxref\n%d\n%%%%EOF\n') % (
                          len(table) + 1, b''.join(table), len(table) + 1,
                          self.trailer, len(out))

    def write(self):
        return self.write_end(*self.write_objects())


def one_page(content=b'', resources=b'', **kwargs):
    pdf = Pdf()
    pdf.page(content, resources, **kwargs)
    return pdf.write()


def good(text):
    pdf = Pdf()
    pdf.page(b'BT/F 20 Tf 20 100 Td(%s)Tj ET' % text.encode())
    return pdf.write()
