/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/**
 * RectoRegionKind:
 * @RECTO_REGION_TITLE: the title of the document
 * @RECTO_REGION_HEADING: a heading within it, see [method@Recto.Region.get_level]
 * @RECTO_REGION_TEXT: a paragraph, or other running text
 * @RECTO_REGION_LIST_ITEM: an item of a list
 * @RECTO_REGION_TABLE: a table
 * @RECTO_REGION_FIGURE: a picture or a drawing
 * @RECTO_REGION_CHART: a figure that shows numbers
 * @RECTO_REGION_CAPTION: the words below or above a table or figure
 * @RECTO_REGION_FORMULA: a formula on a line of its own
 * @RECTO_REGION_CODE: source code
 * @RECTO_REGION_FOOTNOTE: a footnote
 * @RECTO_REGION_HEADER: what repeats at the top of pages
 * @RECTO_REGION_FOOTER: what repeats at the bottom of pages
 * @RECTO_REGION_PAGE_NUMBER: the number of the page, as it is printed
 * @RECTO_REGION_ASIDE: text beside the running text
 * @RECTO_REGION_FORM_FIELD: a field of a form
 * @RECTO_REGION_ANNOTATION: what a reader added, such as a note in the margin
 * @RECTO_REGION_STAMP: a stamp or a seal
 * @RECTO_REGION_TOC: an entry of a table of contents, or all of it
 * @RECTO_REGION_REFERENCE: an entry of a bibliography
 * @RECTO_REGION_OTHER: anything else
 *
 * What a region of a page is. The nicks are the words that records carry.
 *
 * Since: 1.0
 */
typedef enum
{
  RECTO_REGION_TITLE,
  RECTO_REGION_HEADING,
  RECTO_REGION_TEXT,
  RECTO_REGION_LIST_ITEM,
  RECTO_REGION_TABLE,
  RECTO_REGION_FIGURE,
  RECTO_REGION_CHART,
  RECTO_REGION_CAPTION,
  RECTO_REGION_FORMULA,
  RECTO_REGION_CODE,
  RECTO_REGION_FOOTNOTE,
  RECTO_REGION_HEADER,
  RECTO_REGION_FOOTER,
  RECTO_REGION_PAGE_NUMBER,
  RECTO_REGION_ASIDE,
  RECTO_REGION_FORM_FIELD,
  RECTO_REGION_ANNOTATION,
  RECTO_REGION_STAMP,
  RECTO_REGION_TOC,
  RECTO_REGION_REFERENCE,
  RECTO_REGION_OTHER,
} RectoRegionKind;

/**
 * RectoRegion:
 *
 * A part of a page: what it is, where it is and what it says.
 *
 * A region is immutable, and most of it may be unknown. Its parts are regions
 * themselves: the lines of a block and the words of a line, which have the
 * kind of the block.
 *
 * Since: 1.0
 */
typedef struct _RectoRegion RectoRegion;

#define RECTO_TYPE_REGION (recto_region_get_type ())

RECTO_API
GType           recto_region_get_type         (void);

RECTO_API
RectoRegion *   recto_region_new              (RectoRegionKind   kind,
                                               const char       *text);

RECTO_API
RectoRegion *   recto_region_ref              (RectoRegion      *self);

RECTO_API
void            recto_region_unref            (RectoRegion      *self);

RECTO_API
RectoRegion *   recto_region_with_box         (RectoRegion      *self,
                                               double            x0,
                                               double            y0,
                                               double            x1,
                                               double            y1);

RECTO_API
RectoRegion *   recto_region_with_span        (RectoRegion      *self,
                                               guint             start,
                                               guint             end);

RECTO_API
RectoRegion *   recto_region_with_confidence  (RectoRegion      *self,
                                               double            confidence);

RECTO_API
RectoRegion *   recto_region_with_level       (RectoRegion      *self,
                                               guint             level);

RECTO_API
RectoRegion *   recto_region_with_angle       (RectoRegion      *self,
                                               double            angle);

RECTO_API
RectoRegion *   recto_region_with_parent      (RectoRegion      *self,
                                               guint             parent);

RECTO_API
RectoRegion *   recto_region_with_parts       (RectoRegion      *self,
                                               GPtrArray        *parts);

RECTO_API
RectoRegionKind recto_region_get_kind         (RectoRegion      *self);

RECTO_API
const char *    recto_region_get_text         (RectoRegion      *self);

RECTO_API
gboolean        recto_region_get_box          (RectoRegion      *self,
                                               double           *x0,
                                               double           *y0,
                                               double           *x1,
                                               double           *y1);

RECTO_API
gboolean        recto_region_get_span         (RectoRegion      *self,
                                               guint            *start,
                                               guint            *end);

RECTO_API
double          recto_region_get_confidence   (RectoRegion      *self);

RECTO_API
guint           recto_region_get_level        (RectoRegion      *self);

RECTO_API
double          recto_region_get_angle        (RectoRegion      *self);

RECTO_API
int             recto_region_get_parent       (RectoRegion      *self);

RECTO_API
GPtrArray *     recto_region_get_parts        (RectoRegion      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoRegion, recto_region_unref)

G_END_DECLS
