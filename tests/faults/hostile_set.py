# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""All hostile documents: each module adds its own to `all_documents`."""

import hostile_contents
import hostile_images
import hostile_streams
import hostile_structures

from documents import all_documents
