/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Journals, and records to put into them.
 */

#pragma once

#include <jsonl/journal.h>
#include <jsonl/page-record.h>

#include "document-fixture.h"

#define TEST_CONFIG "0123456789abcdef"
#define TEST_SHA256 \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEST_N_PAGES 3

/* Names of what is in a folder, sorted. */
GPtrArray *    list_folder             (const char    *folder);

/* Record `number` is a page of document `number` / TEST_N_PAGES and has
 * `text_size` bytes of text. */
RectoPage *    make_test_page          (guint          number);

void           append_record           (GString       *out,
                                        guint          number,
                                        gsize          text_size);

/* Lines of several. */
GString *      make_records            (guint          first,
                                        guint          n_records,
                                        gsize          text_size);

/* What a journal holds: the one file, or those of the folder in their order. */
GString *      read_journal            (const char    *location);

/* Asserts that `contents` are whole records and that the index has each of
 * them once, and nothing else. Returns their number. */
guint          assert_indexed          (RectoJournal  *journal,
                                        const GString *contents);

void           assert_file             (const char    *path,
                                        const GString *expected);

void           assert_untouched        (const char    *path,
                                        const char    *contents,
                                        gsize          size);

RectoJournal * open_journal            (const char    *location);

void           assert_commit           (RectoJournal  *journal,
                                        const GString *lines);

/* Makes one with records, and closes it. Returns what is in it. */
GString *      make_journal            (const char    *location,
                                        guint          n_records);

/* Opens it with the real layer, asserts that it holds `expected` and closes
 * it. */
void           assert_journal          (const char    *location,
                                        const GString *expected);

/* Asserts that it can't be opened, for a reason that says `what`. */
void           assert_refused          (const char    *location,
                                        const char    *what);
