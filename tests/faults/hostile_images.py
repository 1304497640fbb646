# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images, which are documents of one page or more."""

import struct
import zlib

from documents import hostile
from image_writer import (chunk, directory, entry, jpeg, png,
                          progressive_jpeg, tiff, tiff_entries, webp)
from pdf_writer import bomb

GIB = 1 << 30


# PNG

@hostile('damaged', suffix='png', memory=True)
def png_30k():
    return png(30000, 30000, bomb(30000 * 90001))


@hostile('damaged', suffix='png')
def png_2e9():
    return png(0x7fffffff, 0x7fffffff, bomb(1))


@hostile('damaged', suffix='png')
def png_of_nothing():
    return png(0, 0, bomb(1))


@hostile('degenerate', suffix='png', read={'ok'})
def png_flat():
    return png(1000000, 1, bomb(3000001))


@hostile('ok', suffix='png')
def png_text_bomb():
    text = chunk(b'zTXt', b'Title\0\0' + bomb(4 * GIB))
    return png(100, 100, zlib.compress(bytes(100 * 301)), more=text)


@hostile('render-failed', suffix='png', read={'ok'})
def png_cut():
    whole = png(2000, 2000, zlib.compress(bytes(
        i * i >> 5 & 255 for i in range(6001)) * 2000))
    return whole[:len(whole) // 2]


@hostile('damaged', suffix='png')
def png_header_only():
    return b'\x89PNG\r\n\x1a\n'


# JPEG

@hostile('ok', suffix='jpg')
def jpeg_without_pixels():
    return jpeg(20000, 20000, b'')


@hostile('ok', suffix='jpg')
def jpeg_20k():
    return jpeg(20000, 20000, bytes(2500 * 2500 // 4))


@hostile('timeout', suffix='jpg', read={'ok'})
def jpeg_scans():
    return progressive_jpeg(6000, 6000, 20000)


@hostile('render-failed', suffix='jpg', read={'ok'})
def jpeg_cut():
    return jpeg(2000, 2000, bytes(250 * 250 // 4))[:-8000]


# TIFF

@hostile('memory-limit', suffix='tif', read={'ok'}, memory=True)
def tiff_65k():
    data = bomb(65535 * 65535)
    return tiff(data, lambda *at: tiff_entries(65535, 65535, *at))


@hostile('ok', suffix='tif')
def tiff_strip_bomb():
    """Small, of a strip that is large."""
    return tiff(bomb(4 * GIB), lambda *at: tiff_entries(100, 100, *at)
                + [entry(317, 3, 2)])


@hostile('ok', suffix='tif')
def tiff_loop():
    """The one page is followed by itself."""
    data = zlib.compress(bytes(10000))
    data += b'\0' * (len(data) % 2)
    return tiff(data, lambda *at: tiff_entries(100, 100, *at),
                8 + len(data))


@hostile('ok', 'too-many-pages', suffix='tif', records=21)
def tiff_20k_pages():
    data = zlib.compress(bytes(10000))
    data += b'\0' * (len(data) % 2)
    start = 8 + len(data)
    entries = tiff_entries(100, 100, 8, len(data))
    size = len(directory(entries, 0))
    pages = [directory(entries, start + (i + 1) * size if i < 19999 else 0)
             for i in range(20000)]
    return b'II*\0' + struct.pack('<I', start) + data + b''.join(pages)


@hostile('damaged', suffix='tif')
def tiff_2e9_strips():
    return tiff(b'', lambda *at: [
        entry(256, 4, 2000000000), entry(257, 4, 2000000000),
        entry(258, 3, 8), entry(259, 3, 1), entry(262, 3, 1),
        entry(273, 4, 8, 2000000000), entry(277, 3, 1), entry(278, 4, 1),
        entry(279, 4, 8, 2000000000)])


@hostile('damaged', suffix='tif')
def tiff_of_nothing():
    return tiff(b'', lambda *at: tiff_entries(0, 0, *at))


@hostile('damaged', suffix='tif')
def tiff_header_only():
    return b'II*\0\xff\xff\xff\xff'


# WebP

@hostile('memory-limit', suffix='webp', read={'ok'}, memory=True)
def webp_16k():
    return webp(16384, 16384)


@hostile('render-failed', suffix='webp', read={'ok'})
def webp_cut():
    return webp(1000, 1000)[:26]


@hostile('damaged', suffix='webp')
def webp_header_only():
    return b'RIFF\xff\xff\xff\xffWEBP'
