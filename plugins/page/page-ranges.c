/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "page-ranges.h"

typedef struct
{
  guint first;
  guint last;
} PageRange;

/* In order and disjoint. */
struct _PageRanges
{
  GArray *ranges;
};

static gboolean
parse_number (const char *text, guint * number)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT, &value, NULL))
    return FALSE;

  *number = value;
  return TRUE;
}

/* “7”, “1-3” or “10-” */
static gboolean
parse_range (char *text, PageRange * range)
{
  char *dash = strchr (text, '-');
  char *last;

  if (dash == NULL) {
    if (!parse_number (g_strstrip (text), &range->first))
      return FALSE;
    range->last = range->first;
    return TRUE;
  }

  *dash = '\0';
  last = g_strstrip (dash + 1);
  range->last = G_MAXUINT;

  return parse_number (g_strstrip (text), &range->first)
      && (*last == '\0' || parse_number (last, &range->last))
      && range->first <= range->last;
}

static int
compare_ranges (gconstpointer a, gconstpointer b)
{
  const PageRange *left = a, *right = b;

  return (left->first > right->first) - (left->first < right->first);
}

/* A page is read once, however often it is named. */
static void
merge_ranges (GArray * ranges)
{
  guint n = 0;

  g_array_sort (ranges, compare_ranges);

  for (guint i = 0; i < ranges->len; i++) {
    PageRange range = g_array_index (ranges, PageRange, i);
    PageRange *before = n > 0 ? &g_array_index (ranges, PageRange, n - 1) :
        NULL;

    if (before && range.first <= before->last)
      before->last = MAX (before->last, range.last);
    else
      g_array_index (ranges, PageRange, n++) = range;
  }
  g_array_set_size (ranges, n);
}

PageRanges *
page_ranges_parse (const char *text, GError ** error)
{
  g_autoptr (GArray) ranges = NULL;
  g_auto (GStrv) words = NULL;
  PageRanges *self;

  if (text == NULL || *text == '\0')
    return NULL;

  ranges = g_array_new (FALSE, FALSE, sizeof (PageRange));
  words = g_strsplit (text, ",", -1);

  for (char **word = words; *word; word++) {
    PageRange range;

    if (!parse_range (*word, &range)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          _("“%s” names no pages; write them as in “1-3,7,10-”."),
          text);
      return NULL;
    }
    g_array_append_val (ranges, range);
  }
  merge_ranges (ranges);

  self = g_new (PageRanges, 1);
  self->ranges = g_steal_pointer (&ranges);
  return self;
}

void
page_ranges_free (PageRanges * self)
{
  g_array_unref (self->ranges);
  g_free (self);
}

guint
page_ranges_count (const PageRanges * self, guint n_pages)
{
  guint count = 0;

  if (self == NULL)
    return n_pages;

  for (guint i = 0; i < self->ranges->len; i++) {
    const PageRange *range = &g_array_index (self->ranges, PageRange, i);

    if (range->first > n_pages)
      break;
    count += MIN (range->last, n_pages) - range->first + 1;
  }
  return count;
}

guint
page_ranges_nth (const PageRanges * self, guint index)
{
  if (self == NULL)
    return index + 1;

  for (guint i = 0; i < self->ranges->len; i++) {
    const PageRange *range = &g_array_index (self->ranges, PageRange, i);

    if (index <= range->last - range->first)
      return range->first + index;
    index -= range->last - range->first + 1;
  }
  g_return_val_if_reached (0);
}
