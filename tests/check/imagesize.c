/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gst/check/gstcheck.h>

#include <recto/recto-image-size-private.h>

#define WIDTH 0x123
#define HEIGHT 0x45

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIZES "\0\0\1\x23" "\0\0\0\x45"
#define PNG SIGNATURE "\0\0\0\x0d" "IHDR" SIZES

#define APP0 "\xff\xe0\0\4JF"
#define FRAME(marker) "\xff" marker "\0\x11\x08" "\0\x45" "\1\x23"

/* Their last zero, which C adds, is not theirs. */
#define HEAD(bytes) bytes, sizeof bytes - 1

static const struct
{
  RectoWorkerFormat format;
  const char *head;
  gsize size;
} right[] = {
  {RECTO_WORKER_PNG, HEAD (PNG)},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" FRAME ("\xc0"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" FRAME ("\xc2"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" APP0 "\xff\xfe\0\2" "\xff\xdb\0\3x"
        "\xff\xc4\0\2" "\xff\xdd\0\4xx" FRAME ("\xc0"))},
}, wrong[] = {
  {RECTO_WORKER_JPEG, HEAD (PNG)},
  {RECTO_WORKER_PNG, HEAD ("\xff\xd8" FRAME ("\xc0"))},
  {RECTO_WORKER_PNG, HEAD ("")},
  {RECTO_WORKER_JPEG, HEAD ("")},
  /* not the first chunk, of another length, damaged */
  {RECTO_WORKER_PNG, HEAD (SIGNATURE "\0\0\0\0" "tEXt" "xxxx" PNG)},
  {RECTO_WORKER_PNG, HEAD (SIGNATURE "\0\0\0\x0e" "IHDR" SIZES)},
  {RECTO_WORKER_PNG, HEAD ("\x89PNG\n\n\x1a\n" "\0\0\0\x0d" "IHDR" SIZES)},
  /* no frame, none of an image, none before the data */
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" APP0 "\xff\xd9\0\2")},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" FRAME ("\xcc"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\xff\xda\0\2" FRAME ("\xc0"))},
  /* segments that end too early and too late, and what is none */
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\xff\xe0\0\0" FRAME ("\xc0"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\xff\xe0\0\1" FRAME ("\xc0"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\xff\xe0\xff\xff" FRAME ("\xc0"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\0" FRAME ("\xc0"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\xff" FRAME ("\xc0"))},
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\xff\xd0" FRAME ("\xc0"))},
  /* another frame comes first */
  {RECTO_WORKER_JPEG, HEAD ("\xff\xd8" "\xff\xc0\0\x11\x08" "\0\x46" "\1\x23"
        FRAME ("\xc0"))},
};

/* In memory of its own, so that whoever reads beyond the end is noticed by
 * sanitizers and valgrind. */
static gboolean
has_size (const char *head, gsize size, RectoWorkerFormat format, guint width,
    guint height)
{
  g_autofree guint8 *copy = g_memdup2 (head, size);

  return recto_image_has_size (copy, size, format, width, height);
}

GST_START_TEST (test_right)
{
  const char *head = right[__i__].head;
  gsize size = right[__i__].size;
  RectoWorkerFormat format = right[__i__].format;

  fail_unless (has_size (head, size, format, WIDTH, HEIGHT));
  fail_if (has_size (head, size, format, WIDTH + 1, HEIGHT));
  fail_if (has_size (head, size, format, WIDTH, HEIGHT - 1));
  fail_if (has_size (head, size, format, HEIGHT, WIDTH));
  for (gsize i = 0; i < size; i++)
    fail_if (has_size (head, i, format, WIDTH, HEIGHT), "%zu bytes", i);
}

GST_END_TEST;

GST_START_TEST (test_wrong)
{
  for (gsize i = 0; i <= wrong[__i__].size; i++)
    fail_if (has_size (wrong[__i__].head, i, wrong[__i__].format, WIDTH,
            HEIGHT), "%zu bytes", i);
}

GST_END_TEST;

static Suite *
imagesize_suite (void)
{
  Suite *suite = suite_create ("imagesize");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_right, 0, G_N_ELEMENTS (right));
  tcase_add_loop_test (tcase, test_wrong, 0, G_N_ELEMENTS (wrong));

  return suite;
}

GST_CHECK_MAIN (imagesize);
