/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The digest of a run's configuration: what changes it and what does not.
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include <recto/recto.h>
#include <recto/recto-query-private.h>

/* The settings of a rasterizer before a model and before Tesseract, and of what
 * follows, as elements of revision 1 describe them. */
#define IMAGE \
  "{'dpi': <0.0>, 'exact': <uint32 0>, 'format': <'image/png'>, " \
  "'height': <(uint32 1, uint32 4096)>, 'longest': <uint32 1288>, " \
  "'max-pixels': <uint32 0>, 'multiple': <uint32 0>, " \
  "'shortest': <uint32 0>, 'width': <(uint32 1, uint32 4096)>}"
#define RASTER \
  "{'dpi': <0.0>, 'exact': <uint32 0>, 'format': <'GRAY8'>, " \
  "'height': <(uint32 1, uint32 4096)>, 'longest': <uint32 2480>, " \
  "'max-pixels': <uint32 0>, 'multiple': <uint32 0>, " \
  "'shortest': <uint32 0>, 'width': <(uint32 1, uint32 4096)>}"
#define TESSERACT \
  "{'language': <'eng'>, 'page-segmentation-mode': <3>, 'version': <'5.3.0'>}"
#define DEFAULTS \
  "{'longest': <uint32 1288>, 'dpi': <0.0>, 'language': <'eng'>, " \
  "'added-later': <'no'>}"

static GstQuery *
query_new (const char *name, guint revision, const char *settings)
{
  GstQuery *query = recto_query_new_run ();

  recto_query_add_run_config (query, name, revision,
      g_variant_new_parsed (settings), g_variant_new_parsed (DEFAULTS));
  return query;
}

static void
add (GstQuery * query, const char *name, const char *settings)
{
  recto_query_add_run_config (query, name, 1, g_variant_new_parsed (settings),
      g_variant_new_parsed (DEFAULTS));
}

/* Whether a run of one element has the digest of another one. */
static gboolean
is_same (guint revision, const char *settings, guint other_revision,
    const char *other_settings)
{
  g_autoptr (GstQuery) query = query_new ("x", revision, settings);
  g_autoptr (GstQuery) other = query_new ("x", other_revision, other_settings);
  g_autofree char *digest = recto_query_get_run_digest (query);
  g_autofree char *other_digest = recto_query_get_run_digest (other);

  fail_unless_equals_int (strlen (digest), 16);
  return g_str_equal (digest, other_digest);
}

GST_START_TEST (test_order)
{
  fail_unless (is_same (1, "{'a': <1>, 'b': <2>}", 1, "{'b': <2>, 'a': <1>}"));
  fail_if (is_same (1, "{'a': <1>, 'b': <2>}", 1, "{'a': <2>, 'b': <1>}"));
}

GST_END_TEST;

GST_START_TEST (test_defaults)
{
  fail_unless (is_same (1, "{'a': <1>}", 1, "{'a': <1>, 'dpi': <0.0>}"));
  fail_if (is_same (1, "{'a': <1>}", 1, "{'a': <1>, 'dpi': <1.0>}"));
  /* A default is one only with its type. */
  fail_if (is_same (1, "{'a': <1>}", 1, "{'a': <1>, 'longest': <1288>}"));
}

GST_END_TEST;

GST_START_TEST (test_revision)
{
  fail_unless (is_same (2, "{'a': <1>}", 2, "{'a': <1>}"));
  fail_if (is_same (1, "{'a': <1>}", 2, "{'a': <1>}"));
}

GST_END_TEST;

static void
assert_former (GstQuery * query, const char *expected)
{
  g_autofree char *digest = recto_query_dup_former_digest (query);

  fail_unless_equals_string (digest, expected);
}

/* These digests are in journals that were written before elements had
 * revisions. They never change; where the revision of an element rises, its
 * journals have no former digest any more. */
GST_START_TEST (test_former)
{
  g_autoptr (GstQuery) text_layer = query_new ("textlayerinference", 1,
      "@a{sv} {}");
  g_autoptr (GstQuery) tesseract = query_new ("pagerasterizer", 1, RASTER);

  assert_former (text_layer, "af76cb82b11c3036");
  add (tesseract, "tesseractinference", TESSERACT);
  assert_former (tesseract, "97ea12f963247ab8");
}

GST_END_TEST;

GST_START_TEST (test_former_with_new_setting)
{
  g_autoptr (GstQuery) neutral = query_new ("textlayerinference", 1,
      "{'added-later': <'no'>}");
  g_autoptr (GstQuery) set = query_new ("textlayerinference", 1,
      "{'added-later': <'yes'>}");

  assert_former (neutral, "af76cb82b11c3036");
  assert_former (set, NULL);
}

GST_END_TEST;

GST_START_TEST (test_no_former)
{
  g_autoptr (GstQuery) later = query_new ("textlayerinference", 2,
      "@a{sv} {}");
  g_autoptr (GstQuery) other = query_new ("some-other-element", 1,
      "@a{sv} {}");
  g_autoptr (GstQuery) mixed = query_new ("pagerasterizer", 2, IMAGE);

  add (mixed, "tesseractinference", TESSERACT);
  assert_former (later, NULL);
  assert_former (other, NULL);
  assert_former (mixed, NULL);
}

GST_END_TEST;

static Suite *
rundigest_suite (void)
{
  Suite *suite = suite_create ("rundigest");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_order);
  tcase_add_test (tcase, test_defaults);
  tcase_add_test (tcase, test_revision);
  tcase_add_test (tcase, test_former);
  tcase_add_test (tcase, test_former_with_new_setting);
  tcase_add_test (tcase, test_no_former);

  return suite;
}

GST_CHECK_MAIN (rundigest);
