/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 *
 * Which pages are recorded: a file of 128-bit entries, see RectoEntryFile.
 *
 * An entry has, from its most significant bit: 48 bits of a hash of the URI, 39
 * of one of the SHA-256, 14 of the configuration's number, 23 of the page's,
 * and one bit each for “skipped”, “last page”, “failed” and “visited”; the
 * first without “failed” means “settled”. So what is recorded of a URI, of a
 * document and of a page lies together. The hashes
 * are seeded anew for each index: nobody can choose names that collide.
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* Configurations and page numbers are less than these. */
#define RECTO_PAGE_INDEX_MAX_CONFIGS (1u << 14)
#define RECTO_PAGE_INDEX_MAX_PAGES (1u << 23)

/* Stands for page 0 of a document that was not read because it had changed: so
 * it is known that this was told, and no version of the document is. */
#define RECTO_PAGE_INDEX_CHANGED (RECTO_PAGE_INDEX_MAX_PAGES - 1)

/* Likewise, of a document of which other versions are recorded: this one, whose
 * pages are recorded, was there again. */
#define RECTO_PAGE_INDEX_CONFIRMED (RECTO_PAGE_INDEX_MAX_PAGES - 2)

typedef struct _RectoPageIndex RectoPageIndex;

/* One version of a document, read in one way. Nothing in it is owned. */
typedef struct
{
  const char *uri;              /* NULL: it has none */
  gsize uri_length;
  const char *sha256;           /* 64 hexadecimal digits; NULL: unknown */
  guint config;                 /* number of the configuration */
} RectoIndexDocument;

typedef enum
{
  RECTO_INDEX_LAST = 1 << 0,    /* of its document; of a page 0: the document
                                 * failed as a whole */
  RECTO_INDEX_FAILED = 1 << 1,
  RECTO_INDEX_SKIPPED = 1 << 2, /* failed without being tried; of a page 0 that
                                 * failed as a whole: whatever its pages are */
  RECTO_INDEX_SETTLED = 1 << 3, /* alone or with LAST: neither read as a whole
                                 * nor failed, so that no retry takes it unless
                                 * it is asked to */
} RectoIndexFlags;

/* What is recorded of a page. */
typedef struct
{
  guint n_attempts;
  gboolean ok;                  /* one of them succeeded */
  gboolean settled;             /* one of them is settled */
  gboolean tried;               /* not all of them were skipped */
} RectoIndexPage;

/* What is recorded of a document. */
typedef struct
{
  guint n_recorded;             /* records of any page */
  gint64 n_pages;               /* by its last page; -1: not recorded */
  gboolean failed;              /* as a whole */
  gboolean settled;             /* as a whole; it has failed, too */
  gboolean changed;             /* other bytes are recorded of the URI in this
                                 * configuration, and none of these */
} RectoIndexSummary;

RECTO_API
RectoPageIndex * recto_page_index_new   (GError                   **error);

RECTO_API
RectoPageIndex * recto_page_index_ref   (RectoPageIndex            *self);

RECTO_API
void             recto_page_index_unref (RectoPageIndex            *self);

/* A document whose SHA-256 is not known has no version: it makes no other one
 * a changed one. */
RECTO_API
gboolean         recto_page_index_add   (RectoPageIndex            *self,
                                         const RectoIndexDocument  *document,
                                         guint64                    page,
                                         RectoIndexFlags            flags,
                                         GError                   **error);

/* Sorts what was added; nothing can be added any more, and from now on it may
 * be asked from any thread. */
RECTO_API
gboolean         recto_page_index_seal  (RectoPageIndex            *self,
                                         GError                   **error);

/* Makes all entries of a sealed index those of configuration 0. Nothing else
 * uses the index meanwhile. */
RECTO_API
void             recto_page_index_merge_configs
                                        (RectoPageIndex            *self);

RECTO_API
gsize            recto_page_index_get_size
                                        (RectoPageIndex            *self);

RECTO_API
RectoIndexPage   recto_page_index_find_page
                                        (RectoPageIndex            *self,
                                         const RectoIndexDocument  *document,
                                         guint64                    page);

RECTO_API
RectoIndexSummary
                 recto_page_index_find_document
                                        (RectoPageIndex            *self,
                                         const RectoIndexDocument  *document);

/* Whether records of other versions of the document, or of none, are there. */
RECTO_API
gboolean         recto_page_index_has_others
                                        (RectoPageIndex            *self,
                                         const RectoIndexDocument  *document);

/* For a second reading of all records in their order: marks one of the page's,
 * and returns whether it was the newest. From one thread. */
RECTO_API
gboolean         recto_page_index_visit (RectoPageIndex            *self,
                                         const RectoIndexDocument  *document,
                                         guint64                    page);

/* Whether records of pages other than 0 of the document are not visited yet. */
RECTO_API
gboolean         recto_page_index_has_later_pages
                                        (RectoPageIndex            *self,
                                         const RectoIndexDocument  *document);

/* Whether the last page of the document, or of a version of it if its SHA-256
 * is not known, is recorded. */
RECTO_API
gboolean         recto_page_index_has_last_page
                                        (RectoPageIndex            *self,
                                         const RectoIndexDocument  *document);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoPageIndex, recto_page_index_unref)

G_END_DECLS
