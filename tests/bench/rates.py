# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What pages cost each."""


def add_rates(result):
    pages = max(result['pages'], 1)
    result['cpu_ms_per_page'] = round(result['cpu'] / pages * 1000, 2)
    result['pages_per_second'] = round(result['pages'] / result['wall'], 2)
    return result
