/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is asked of an image, and what it becomes.
 */

#include "config.h"

#include <gst/check/gstcheck.h>
#include <math.h>

#include "../../plugins/worker/layout.h"

#define A4 595.276, 841.89

static void
check_image (RectoWorkerLayout layout, double width, double height,
    guint image_width, guint image_height)
{
  Placement at;

  fail_unless (layout_place (&layout, width, height, &at));
  fail_unless_equals_int (at.image_width, image_width);
  fail_unless_equals_int (at.image_height, image_height);
  fail_unless (at.x + at.width <= at.image_width);
  fail_unless (at.y + at.height <= at.image_height);
}

static void
check_page (RectoWorkerLayout layout, double width, double height,
    guint x, guint y, guint drawn_width, guint drawn_height)
{
  Placement at;

  fail_unless (layout_place (&layout, width, height, &at));
  fail_unless_equals_int (at.x, x);
  fail_unless_equals_int (at.y, y);
  fail_unless_equals_int (at.width, drawn_width);
  fail_unless_equals_int (at.height, drawn_height);
}

#define LAYOUT(...) ((RectoWorkerLayout) { __VA_ARGS__ })

GST_START_TEST (test_sizes)
{
  check_image (LAYOUT (.longest = 1288), A4, 911, 1288);
  check_image (LAYOUT (.shortest = 1000), A4, 1000, 1414);
  check_image (LAYOUT (.dpi = 144), A4, 1191, 1684);
  check_image (LAYOUT (.exact = 448), A4, 448, 448);
  check_page (LAYOUT (.exact = 448), A4, 65, 0, 317, 448);
  check_page (LAYOUT (.exact = 448), 300, 200, 0, 74, 448, 299);
}
GST_END_TEST;

GST_START_TEST (test_precedence)
{
  check_image (LAYOUT (.exact = 100, .dpi = 144, .longest = 200), A4,
      100, 100);
  check_image (LAYOUT (.dpi = 72, .longest = 200, .shortest = 300), 500, 400,
      500, 400);
  check_image (LAYOUT (.longest = 200, .shortest = 300), 500, 400, 200, 160);
  check_image (LAYOUT (.dpi = NAN, .longest = 200), 500, 400, 200, 160);
  check_image (LAYOUT (.max_width = 300, .max_height = 300), 500, 400,
      300, 240);
}
GST_END_TEST;

/* Whatever the page's shape, its longest side is exactly what was asked. */
GST_START_TEST (test_longest_is_exact)
{
  Placement at;
  guint i;

  for (i = 1; i < 5000; i++) {
    const double width = 100 + i * 0.377;
    const RectoWorkerLayout layout = { .longest = 1288, .max_width = 4096 };

    fail_unless (layout_place (&layout, width, 792, &at));
    fail_unless_equals_int (MAX (at.image_width, at.image_height), 1288);
  }
}
GST_END_TEST;

GST_START_TEST (test_limits)
{
  check_image (LAYOUT (.dpi = 600, .max_width = 1000, .max_height = 1000),
      A4, 707, 1000);
  check_image (LAYOUT (.longest = 1288, .max_height = 500), 400, 800,
      250, 500);
  check_image (LAYOUT (.longest = 1000, .max_pixels = 250000), 500, 500,
      500, 500);
  check_image (LAYOUT (.exact = 1000, .max_pixels = 250000), A4, 500, 500);
  check_image (LAYOUT (.exact = 1000, .max_width = 300, .max_height = 200),
      A4, 300, 200);
}
GST_END_TEST;

GST_START_TEST (test_multiple)
{
  check_image (LAYOUT (.longest = 1288, .multiple = 28), A4, 924, 1288);
  check_page (LAYOUT (.longest = 1288, .multiple = 28), A4, 6, 0, 911, 1288);
  /* The limit is no multiple. */
  check_image (LAYOUT (.longest = 1288, .multiple = 28, .max_height = 1000),
      A4, 700, 980);
  /* There is no multiple at all. */
  check_image (LAYOUT (.longest = 20, .multiple = 64, .max_width = 20,
          .max_height = 20), 100, 100, 20, 20);
}
GST_END_TEST;

GST_START_TEST (test_fixed_size)
{
  const RectoWorkerLayout layout = {
    .longest = 400, .multiple = 28,
    .min_width = 640, .max_width = 640, .min_height = 480, .max_height = 480,
  };

  check_image (layout, 200, 100, 640, 480);
  check_page (layout, 200, 100, 120, 140, 400, 200);
  check_image (LAYOUT (.longest = 100, .min_width = 300, .multiple = 28),
      200, 100, 308, 56);
}
GST_END_TEST;

GST_START_TEST (test_rotation)
{
  check_page (LAYOUT (.longest = 200, .rotation = 90), 200, 100,
      0, 0, 100, 200);
  check_page (LAYOUT (.longest = 200, .rotation = 180), 200, 100,
      0, 0, 200, 100);
  check_page (LAYOUT (.longest = 200, .max_width = 50, .rotation = 270),
      200, 100, 0, 0, 50, 100);
}
GST_END_TEST;

/* No combination exceeds a limit, unless the smallest image does. */
GST_START_TEST (test_any_limits)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  RectoWorkerLayout layout;
  Placement at;
  guint i;

  for (i = 0; i < 20000; i++) {
    double width = exp (g_rand_double_range (rand, 0, 20));
    double height = exp (g_rand_double_range (rand, 0, 20));

    layout = (RectoWorkerLayout) {
      .longest = g_rand_int_range (rand, 0, 3000),
      .shortest = g_rand_int_range (rand, 0, 3000),
      .multiple = g_rand_int_range (rand, 0, 64),
      .max_pixels = g_rand_int_range (rand, 64 * 64, 3000000),
      .max_width = g_rand_int_range (rand, 1, 4096),
      .max_height = g_rand_int_range (rand, 1, 4096),
      .rotation = 90 * g_rand_int_range (rand, 0, 4),
    };

    layout_place (&layout, width, height, &at);
    fail_unless (at.image_width >= 1 && at.image_height >= 1);
    fail_unless (at.image_width <= layout.max_width);
    fail_unless (at.image_height <= layout.max_height);
    fail_unless (at.image_width * at.image_height <= layout.max_pixels);
    fail_unless (at.x + at.width <= at.image_width);
    fail_unless (at.y + at.height <= at.image_height);
  }
}
GST_END_TEST;

GST_START_TEST (test_absurd_pages)
{
  const double sides[] = { NAN, INFINITY, -INFINITY, -5, 0, 1e-300, 1, 1e300 };
  const RectoWorkerLayout layout = {
    .longest = 1288, .multiple = 28, .max_pixels = 1000000,
    .max_width = 4096, .max_height = 4096,
  };
  Placement at;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sides); i++) {
    fail_if (layout_place (&layout, sides[i], 500, &at));
    fail_if (layout_place (&layout, 500, sides[i], &at));
  }

  fail_if (layout_place (&layout, 1e-306, 1e-306, &at));
  fail_if (layout_place (&layout, 5e-324, 5e-324, &at));
  fail_if (layout_place (&layout, 1, 100000, &at));
  check_image (layout, 1e-300, 1e-300, 980, 980);
  check_image (layout, 1e9, 1e9, 980, 980);
  check_image (layout, 14400, 14400, 980, 980);
  check_image (layout, 1e300, 1e300, 980, 980);
}
GST_END_TEST;

GST_START_TEST (test_degenerate_boundary)
{
  const RectoWorkerLayout layout = { .longest = 1000 };
  Placement at;

  fail_unless (layout_place (&layout, 14, 1000, &at));
  fail_if (layout_place (&layout, 13, 1000, &at));
}
GST_END_TEST;

GST_START_TEST (test_blank)
{
  Placement at;

  layout_place_blank (&LAYOUT (.longest = 1288), &at);
  fail_unless (at.image_width == 16 && at.image_height == 16);
  layout_place_blank (&LAYOUT (.min_width = 640, .min_height = 5), &at);
  fail_unless (at.image_width == 640 && at.image_height == 16);
  layout_place_blank (&LAYOUT (.exact = 448), &at);
  fail_unless (at.image_width == 448 && at.image_height == 448);
}
GST_END_TEST;

static Suite *
worker_layout_suite (void)
{
  Suite *suite = suite_create ("worker-layout");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_sizes);
  tcase_add_test (tcase, test_precedence);
  tcase_add_test (tcase, test_longest_is_exact);
  tcase_add_test (tcase, test_limits);
  tcase_add_test (tcase, test_multiple);
  tcase_add_test (tcase, test_fixed_size);
  tcase_add_test (tcase, test_rotation);
  tcase_add_test (tcase, test_any_limits);
  tcase_add_test (tcase, test_absurd_pages);
  tcase_add_test (tcase, test_degenerate_boundary);
  tcase_add_test (tcase, test_blank);
  return suite;
}

GST_CHECK_MAIN (worker_layout);
