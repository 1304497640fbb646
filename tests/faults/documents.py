# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What there is of hostile documents, and what is true of each."""

import collections

# What may become of a page besides a status: it is `ok`, and its record says
# that the renderer complained.
WARNED = 'ok, with warnings'

Document = collections.namedtuple(
    'Document',
    'name suffix write drawn read n_records takes_memory endless')

all_documents = []


def hostile(*drawn, read=None, records=1, memory=False, endless=False,
            suffix='pdf'):
    """A document whose records have these statuses where pages are drawn, and
    those of `read` where their text layer is read. With `memory` it is one
    that nobody may open who has no limit of memory, `endless` one that is
    opened for ever."""
    def add(function):
        all_documents.append(Document(
            function.__name__.replace('_', '-'), suffix, function,
            set(drawn), set(read or drawn), records, memory, endless))
        return function
    return add
