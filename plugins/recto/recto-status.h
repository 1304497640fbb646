/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/**
 * RectoPageStatus:
 * @RECTO_PAGE_OK: the page was read
 * @RECTO_PAGE_INCOMPLETE: the page was read, but some of it is missing
 * @RECTO_PAGE_RENDER_FAILED: the page could not be drawn
 * @RECTO_PAGE_MEMORY_LIMIT: drawing the page needed more memory than a worker may have
 * @RECTO_PAGE_TIMEOUT: drawing the page took longer than it may
 * @RECTO_PAGE_CRASHED: the worker died while it drew the page
 * @RECTO_PAGE_DEGENERATE: the page is too narrow or too flat to be read
 * @RECTO_PAGE_INFER_FAILED: the page was drawn but no text could be inferred
 * @RECTO_PAGE_TRUNCATED_OUTPUT: the model stopped before the end; there is some text
 * @RECTO_PAGE_SKIPPED: the page was deliberately not tried
 *
 * What became of a page. The nicks are the words that records carry; readers
 * of records treat a word that they do not know as a failure that may have
 * text. It is also the error domain `RECTO_PAGE_ERROR`.
 *
 * Since: 1.0
 */
typedef enum
{
  RECTO_PAGE_OK,
  RECTO_PAGE_INCOMPLETE,
  RECTO_PAGE_RENDER_FAILED,
  RECTO_PAGE_MEMORY_LIMIT,
  RECTO_PAGE_TIMEOUT,
  RECTO_PAGE_CRASHED,
  RECTO_PAGE_DEGENERATE,
  RECTO_PAGE_INFER_FAILED,
  RECTO_PAGE_TRUNCATED_OUTPUT,
  RECTO_PAGE_SKIPPED,
} RectoPageStatus;

/**
 * RectoDocumentStatus:
 * @RECTO_DOCUMENT_OK: all of the document's pages were read
 * @RECTO_DOCUMENT_PARTIAL: some of its pages failed
 * @RECTO_DOCUMENT_ENCRYPTED: it needs a password, or another one
 * @RECTO_DOCUMENT_DAMAGED: it is no document, or too broken to open
 * @RECTO_DOCUMENT_NO_PAGES: it has no pages, or none of those asked for
 * @RECTO_DOCUMENT_TOO_MANY_PAGES: it has more pages than are read of one document
 * @RECTO_DOCUMENT_TOO_LARGE: it has more bytes than are read of one document
 * @RECTO_DOCUMENT_QUARANTINED: it ended the run too often to be tried again
 * @RECTO_DOCUMENT_CHANGED: it changed while it was read, or since
 * @RECTO_DOCUMENT_UNREADABLE: it could not be read from where it is
 * @RECTO_DOCUMENT_UNSUPPORTED: it is a document of a kind that is not read
 * @RECTO_DOCUMENT_SKIPPED: it was deliberately not read
 *
 * What became of a document. The nicks are the words that records of page 0
 * carry; readers of records treat a word that they do not know as a failure.
 * It is also the error domain `RECTO_DOCUMENT_ERROR`.
 *
 * Since: 1.0
 */
typedef enum
{
  RECTO_DOCUMENT_OK,
  RECTO_DOCUMENT_PARTIAL,
  RECTO_DOCUMENT_ENCRYPTED,
  RECTO_DOCUMENT_DAMAGED,
  RECTO_DOCUMENT_NO_PAGES,
  RECTO_DOCUMENT_TOO_MANY_PAGES,
  RECTO_DOCUMENT_TOO_LARGE,
  RECTO_DOCUMENT_QUARANTINED,
  RECTO_DOCUMENT_CHANGED,
  RECTO_DOCUMENT_UNREADABLE,
  RECTO_DOCUMENT_UNSUPPORTED,
  RECTO_DOCUMENT_SKIPPED,
} RectoDocumentStatus;

/**
 * RECTO_PAGE_ERROR:
 *
 * Error domain of pages; the codes are [enum@Recto.PageStatus].
 *
 * Since: 1.0
 */
#define RECTO_PAGE_ERROR (recto_page_status_quark ())

/**
 * RECTO_DOCUMENT_ERROR:
 *
 * Error domain of documents; the codes are [enum@Recto.DocumentStatus].
 *
 * Since: 1.0
 */
#define RECTO_DOCUMENT_ERROR (recto_document_status_quark ())

RECTO_API
GQuark        recto_page_status_quark         (void);

RECTO_API
const char *  recto_page_status_to_string     (RectoPageStatus status);

RECTO_API
GQuark        recto_document_status_quark     (void);

RECTO_API
const char *  recto_document_status_to_string (RectoDocumentStatus status);

G_END_DECLS
