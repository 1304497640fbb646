/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Documents whose pages have something on them, and pipelines over them that
 * end where the test takes the pages.
 */

#pragma once

#include <gst/check/gstcheck.h>

#include <recto/recto.h>

/* What to draw on a page. */
#define RED "1 0 0 rg 0 0 20000 100000 re f"
#define GREEN "0 1 0 rg 0 0 20000 100000 re f"
#define BLUE "0 0 1 rg 0 0 20000 100000 re f"
#define GREY "0.5 g 0 0 20000 100000 re f"
#define TEXT(text) "BT /F 24 Tf 20 20 Td (" text ") Tj ET"
/* Nothing that can be drawn. */
#define DAMAGED "[-1] 0 d 0 0 m 90 90 l S"
/* Longer than anybody waits. */
#define ENDLESS "/E0 Do"

typedef struct
{
  double width, height;         /* points; 0: 200 by 100 */
  int rotation;                 /* degrees, clockwise */
  const char *content;
} PageSpec;

typedef struct
{
  char *folder;
  GstElement *pipeline;         /* NULL: none */
  GstElement *sink;
} PageFixture;

void        page_fixture_init           (PageFixture    *self);

/* Asserts that no process is left of the pipeline. Samples hold pages, and
 * those what has drawn them: let go of them first. */
void        page_fixture_clear          (PageFixture    *self);

/* All make a file in the folder and return its path. */
char *      page_fixture_make_pdf       (PageFixture    *self,
                                         const char     *name,
                                         const PageSpec *pages,
                                         guint           n_pages);

/* All pages alike; the file has at least `size` bytes. */
char *      page_fixture_make_long_pdf  (PageFixture    *self,
                                         const char     *name,
                                         const PageSpec *page,
                                         guint           n_pages,
                                         gsize           size);

/* A page that says “hidden”; the password is “secret”. */
char *      page_fixture_make_encrypted (PageFixture    *self,
                                         const char     *name);

/* Builds a pipeline; an appsink that waits for nothing follows what `format`
 * says. An earlier one is stopped. */
void        page_fixture_build          (PageFixture    *self,
                                         const char     *format,
                                         ...) G_GNUC_PRINTF (2, 3);

/* Builds it and lets it run. */
void        page_fixture_play           (PageFixture    *self,
                                         const char     *format,
                                         ...) G_GNUC_PRINTF (2, 3);

void        page_fixture_start          (PageFixture    *self);

/* The next page; NULL at the end. Asserts that there is no error. */
GstSample * page_fixture_pull           (PageFixture    *self);

/* Asserts that there is a next page, and that it is this one. */
GstSample * page_fixture_pull_page      (PageFixture    *self,
                                         guint           number,
                                         RectoPageStatus status);

/* Asserts that there is none. */
void        page_fixture_assert_end     (PageFixture    *self);

/* Runs to the end and asserts that there was an error: the first one. */
GError *    page_fixture_pull_error     (PageFixture    *self);

GstElement *
            page_fixture_get            (PageFixture    *self,
                                         const char     *name);

/* Of an element's `stats`. */
guint64     page_fixture_get_stat       (PageFixture    *self,
                                         const char     *element,
                                         const char     *name);

guint64     get_stat_of                 (GstElement     *element,
                                         const char     *name);

/* Asserts that everything ends, and lets go of it. */
void        page_fixture_stop           (PageFixture    *self);

RectoPage * get_page                    (GstSample      *sample);

void        get_size                    (GstSample      *sample,
                                         int            *width,
                                         int            *height);

/* 0xRRGGBB of a raster. */
guint       get_pixel                   (GstSample      *sample,
                                         int             x,
                                         int             y);

/* Asserts the pixel in the middle; codecs may be off by `tolerance`. */
void        assert_colour               (GstSample      *sample,
                                         guint           colour,
                                         int             tolerance);
