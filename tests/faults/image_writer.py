# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Image files, written with no care for what is in them."""

import struct
import zlib

# PNG

def chunk(name, data):
    return (struct.pack('>I', len(data)) + name + data
            + struct.pack('>I', zlib.crc32(name + data)))


def png(width, height, data, colour=2, bits=8, more=b''):
    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, bits,
                                         colour, 0, 0, 0))
            + more + chunk(b'IDAT', data) + chunk(b'IEND', b''))


# JPEG: grey; each table has a single code, a bit of 0 that means 0.

def segment(marker, data):
    return b'\xff' + bytes([marker]) + struct.pack('>H', len(data) + 2) + data


def huffman_table(number, symbols):
    counts = bytes(i == 0 for i in range(16))
    return segment(0xc4, bytes([number]) + counts + symbols)


def jpeg(width, height, data, frame=0xc0):
    return (b'\xff\xd8' + segment(0xdb, bytes([0]) + b'\1' * 64)
            + segment(frame, struct.pack('>BHHB', 8, height, width, 1)
                      + b'\1\x11\0')
            + huffman_table(0x00, b'\0') + huffman_table(0x10, b'\0')
            + segment(0xda, b'\1\1\0\0\x3f\0') + data + b'\xff\xd9')


def progressive_jpeg(width, height, n_scans):
    """Each scan says in a few bytes of all blocks that nothing is in them."""
    n_blocks = ((width + 7) // 8) * ((height + 7) // 8)
    first = segment(0xda, b'\1\1\0\0\0\0') + bytes(n_blocks // 8 + 1)
    # A code of one bit for a run of 32768 blocks or more, and 15 bits of how
    # many more.
    runs = b'\0\0' * (n_blocks // 32768 + 1)
    again = segment(0xda, b'\1\1\0\1\x3f\0') + runs
    return (b'\xff\xd8' + segment(0xdb, bytes([0]) + b'\1' * 64)
            + segment(0xc2, struct.pack('>BHHB', 8, height, width, 1)
                      + b'\1\x11\0')
            + huffman_table(0x00, b'\0') + huffman_table(0x10, b'\xe0')
            + first + again * n_scans + b'\xff\xd9')


# TIFF: little-endian, a strip of RGB, one page after the other.

def entry(tag, kind, value, count=1):
    return struct.pack('<HHII', tag, kind, count, value)


def directory(entries, following):
    return (struct.pack('<H', len(entries)) + b''.join(sorted(entries))
            + struct.pack('<I', following))


def tiff_entries(width, height, strip, size, compression=8):
    """For 8 bits of grey."""
    return [entry(256, 4, width), entry(257, 4, height), entry(258, 3, 8),
            entry(259, 3, compression), entry(262, 3, 1),
            entry(273, 4, strip), entry(277, 3, 1), entry(278, 4, height),
            entry(279, 4, size)]


def tiff(data, entries, following=0):
    """`entries` is given where the data lie."""
    body = data + b'\0' * (len(data) % 2)
    return (b'II*\0' + struct.pack('<I', 8 + len(body)) + body
            + directory(entries(8, len(data)), following))


# WebP

def webp(width, height):
    """Lossless, and of one colour, for which no bits are needed."""
    bits = '0' * 3              # no transforms, no cache, one set of codes
    bits += '1000' * 5          # codes with one symbol, which is 0
    number = (width - 1) | (height - 1) << 14
    number |= int(bits[::-1], 2) << 32
    data = b'\x2f' + number.to_bytes(16, 'little')
    data += b'\0' * (len(data) % 2)
    body = b'WEBPVP8L' + struct.pack('<I', len(data)) + data
    return b'RIFF' + struct.pack('<I', len(body)) + body
