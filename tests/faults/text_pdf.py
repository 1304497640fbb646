# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small PDFs with a text layer, for tests of what becomes of their pages."""

import hashlib
import struct


def pdf(pages, extra=b'', trailer=b''):
    """A document with a line of text on each page."""
    kids = b' '.join(b'%d 0 R' % (4 + 2 * i) for i in range(len(pages)))
    objects = [
        b'<</Type/Catalog/Pages 2 0 R>>',
        b'<</Type/Pages/Count %d/Kids[%s]>>' % (len(pages), kids),
        b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ]
    for i, content in enumerate(pages):
        objects += [
            b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents %d 0 R'
            b'/Resources<</Font<</F 3 0 R>>>>>>' % (5 + 2 * i),
            b'<</Length %d>>stream\n%s\nendstream' % (len(content), content),
        ]
    if extra:
        objects.append(extra)
    out = b'%PDF-1.4\n'
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b'%d 0 obj%s\nendobj\n' % (number, body)
    table = b''.join(b'%010d 00000 n \n' % place for place in places)
    return out + (b'xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d'
                  b'/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n' %
                  (len(objects) + 1, table, len(objects) + 1, trailer,
                   len(out)))


def page(text):
    return b'BT /F 20 Tf 20 100 Td (%s) Tj ET' % text.encode()


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


def encrypted_pdf(password, texts):
    """40 bits of RC4, as PDF 1.1 has it."""
    padding = bytes.fromhex('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e80'
                            '2f0ca9fe6453697a')
    padded = (password.encode() + padding)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + struct.pack('<i', -4)
                      + b'0123456789abcdef').digest()[:5]
    user = rc4(key, padding)

    def encrypt(number, data):
        salt = struct.pack('<I', number)[:3] + b'\0\0'
        return rc4(hashlib.md5(key + salt).digest()[:10], data)

    pages = [encrypt(5 + 2 * i, page(text)) for i, text in enumerate(texts)]
    handler = (b'<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>' %
               (owner.hex().encode(), user.hex().encode()))
    number = 4 + 2 * len(pages)
    return pdf(pages, handler, b'/Encrypt %d 0 R/ID[<%s><%s>]' % (
        number, *2 * [b'0123456789abcdef'.hex().encode()]))
