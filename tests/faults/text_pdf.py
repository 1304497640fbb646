# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small PDFs with a text layer, for tests of what becomes of their pages."""

from pdf_writer import Pdf, ref, stream


def page(text):
    return b'BT /F 20 Tf 20 100 Td (%s) Tj ET' % text.encode()


def make(pages):
    document = Pdf()
    for content in pages:
        document.page_of(ref(document.add(stream(content))))
    return document


def pdf(pages):
    """A document with a line of text on each page."""
    return make(pages).write()


def encrypted_pdf(password, texts):
    document = make(map(page, texts))
    document.encrypt(password)
    return document.write()
