/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What vlminference does with pages of documents: it turns them, makes them
 * smaller, doubts that they are empty and falls back on their own text.
 */

#include "config.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include <unistd.h>

#include "page-fixture.h"
#include "processes.h"
#include "vlm-fixture.h"

#define CHAIN "pdfsrc location=%s ! pagerasterizer longest-side=1000 ! " \
  "vlminference name=vlm server-url=%s "

/* The left half is red. */
#define LEFT_RED "1 0 0 rg 0 0 100 100 re f"
#define MUCH_TEXT "BT /F 4 Tf 5 50 Td (All that is written here is more " \
  "than a number, and nobody could overlook it.) Tj ET"

#define FRONT(valid, correction) "---\nprimary_language: en\n" \
  "is_rotation_valid: " valid "\nrotation_correction: " correction "\n" \
  "is_table: True\nis_diagram: False\n---\n"

static PageFixture fixture;
static ModelServer *server;

static void
begin (void)
{
  page_fixture_init (&fixture);
  server = model_server_new ();
}

static void
end (void)
{
  page_fixture_clear (&fixture);
  model_server_free (server);
}

static void
play (const char *content, const char *properties)
{
  const PageSpec page = {.content = content };
  g_autofree char *path = page_fixture_make_pdf (&fixture, "a.pdf", &page, 1);

  page_fixture_play (&fixture, CHAIN "%s", path, model_server_get_url (server),
      properties);
}

static GstSample *
pull (RectoPageStatus status, RectoResult ** result, char **text)
{
  GstSample *sample = page_fixture_pull_page (&fixture, 1, status);
  GstBuffer *buffer = gst_sample_get_buffer (sample);

  *result = recto_buffer_get_result (buffer);
  *text = vlm_buffer_dup_text (buffer);
  return sample;
}

/* Images as they were sent, and what is answered to each */

static const char *const *answers;
static GPtrArray *images;

static void
note_image (ModelRequest * request, ModelReply * reply, gpointer data)
{
  GBytes *image;

  if (!model_request_is_completion (request))
    return;
  image = model_request_get_image (request);
  g_ptr_array_add (images, g_bytes_ref (image));
  if (answers[images->len - 1])
    model_reply_set_content (reply, answers[images->len - 1]);
}

static void
set_answers (const char *const *contents)
{
  answers = contents;
  images = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  model_server_set_handler (server, note_image, NULL);
}

static GdkPixbuf *
decode (guint i)
{
  g_autoptr (GInputStream) stream =
      g_memory_input_stream_new_from_bytes (g_ptr_array_index (images, i));
  GdkPixbuf *pixbuf = gdk_pixbuf_new_from_stream (stream, NULL, NULL);

  fail_unless (pixbuf != NULL, "image %u can't be decoded", i);
  return pixbuf;
}

static gboolean
is_red (GdkPixbuf * pixbuf, int x, int y)
{
  const guint8 *pixel = gdk_pixbuf_get_pixels (pixbuf)
      + y * gdk_pixbuf_get_rowstride (pixbuf)
      + x * gdk_pixbuf_get_n_channels (pixbuf);

  return pixel[0] > 200 && pixel[1] < 50;
}

/* Where the red half is, counter-clockwise from the left. */
static guint
get_rotation (guint i)
{
  g_autoptr (GdkPixbuf) pixbuf = decode (i);
  int width = gdk_pixbuf_get_width (pixbuf);
  int height = gdk_pixbuf_get_height (pixbuf);
  const struct
  {
    int x, y;
  } places[] = {
    {width / 8, height / 2}, {width / 2, height * 7 / 8},
    {width * 7 / 8, height / 2}, {width / 2, height / 8},
  };
  guint found = G_MAXUINT;

  for (guint n = 0; n < 4; n++) {
    if (is_red (pixbuf, places[n].x, places[n].y)
        && !is_red (pixbuf, places[(n + 2) % 4].x, places[(n + 2) % 4].y))
      found = n * 90;
  }
  fail_unless (found != G_MAXUINT, "image %u has no red half", i);
  fail_unless_equals_int (MAX (width, height), 1000);
  return found;
}

/* Each answer is followed from where the image is by then, and the image is
 * turned counter-clockwise. */
GST_START_TEST (test_rotation)
{
  static const char *const contents[] = {
    FRONT ("False", "90") "first", FRONT ("False", "180") "second",
    FRONT ("false", "0") "third", FRONT ("True", "0") "upright", NULL
  };
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  set_answers (contents);
  play (LEFT_RED, "");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless_equals_string (text, "upright");
  fail_unless_equals_int (recto_result_get_rotation (result), 270);
  fail_unless_equals_int (recto_result_get_attempts (result), 4);
  fail_unless_equals_int (recto_result_get_is_table (result), TRUE);
  fail_unless_equals_int (images->len, 4);
  fail_unless_equals_int (get_rotation (0), 0);
  fail_unless_equals_int (get_rotation (1), 90);
  fail_unless_equals_int (get_rotation (2), 270);
  fail_unless_equals_int (get_rotation (3), 270);
  fail_unless_equals_uint64 (page_fixture_get_stat (&fixture, "vlm",
          "rotations"), 2);
  g_clear_pointer (&sample, gst_sample_unref);
  g_ptr_array_unref (images);
  end ();
}

GST_END_TEST;

/* The last valid answer counts, and what it says of the rotation is kept. */
GST_START_TEST (test_never_upright)
{
  static const char *const contents[] = {
    FRONT ("False", "90") "first", FRONT ("False", "90") "second",
    "nonsense", NULL
  };
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;
  gboolean upright = TRUE;

  begin ();
  set_answers (contents);
  play (LEFT_RED, "retries=2");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless_equals_string (text, "second");
  fail_unless_equals_int (recto_result_get_rotation (result), 90);
  fail_unless_equals_int (recto_result_get_attempts (result), 3);
  fail_unless_equals_string (recto_result_get_fallback (result), NULL);
  fail_unless (g_variant_lookup (recto_result_get_extra (result),
          "is_rotation_valid", "b", &upright));
  fail_if (upright);
  g_clear_pointer (&sample, gst_sample_unref);
  g_ptr_array_unref (images);
  end ();
}

GST_END_TEST;

/* Only the first answer begins to turn a page. */
GST_START_TEST (test_late_complaint)
{
  static const char *const contents[] = {
    FRONT ("True", "0") "one that was cut", FRONT ("False", "90") "second",
    FRONT ("True", "0") "third", NULL
  };
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;
  const ModelFault length = { MODEL_FAULT_LENGTH };

  begin ();
  set_answers (contents);
  model_server_set_script (server, &length, 1);
  play (LEFT_RED, "");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless_equals_string (text, "third");
  fail_unless_equals_int (images->len, 3);
  fail_unless_equals_int (get_rotation (2), 0);
  g_clear_pointer (&sample, gst_sample_unref);
  g_ptr_array_unref (images);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_rotation_none)
{
  static const char *const contents[] = { FRONT ("False", "90") "as it is",
    NULL
  };
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  set_answers (contents);
  play (LEFT_RED, "rotation=none");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless_equals_string (text, "as it is");
  fail_unless_equals_int (images->len, 1);
  g_clear_pointer (&sample, gst_sample_unref);
  g_ptr_array_unref (images);
  end ();
}

GST_END_TEST;

/* What is too large is sent smaller, and costs no attempt. */
GST_START_TEST (test_too_large)
{
  g_autoptr (GstSample) sample = NULL;
  g_autoptr (GString) noise = g_string_new ("");
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  for (guint i = 0; i < 2000; i++)
    g_string_append_printf (noise, "%.2f %.2f %.2f rg %u %u 2 2 re f ",
        i * 7 % 100 / 100., i * 13 % 100 / 100., i * 29 % 100 / 100.,
        i * 2 % 200, i / 100 * 2 % 100);
  play (noise->str, "");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless (strstr (text, "1000x500") != NULL, text);
  g_clear_pointer (&sample, gst_sample_unref);
  g_clear_pointer (&text, g_free);

  model_server_set_body_limit (server,
      model_server_get_count (server, MODEL_COUNT_BYTES_RECEIVED) * 2 / 3);
  play (noise->str, "");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless (strstr (text, "1000x500") == NULL, text);
  fail_unless_equals_int (recto_result_get_attempts (result), 1);
  g_clear_pointer (&sample, gst_sample_unref);
  end ();
}

GST_END_TEST;

/* Images without a document */

static VlmFixture images_fixture;

static GstBuffer *
make_wide_image (guint i)
{
  g_autoptr (GdkPixbuf) pixbuf =
      gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 40, 20);
  g_autoptr (RectoPage) page =
      recto_page_new (images_fixture.document, i + 1, FALSE);
  GstBuffer *buffer;
  char *png;
  gsize size;

  gdk_pixbuf_fill (pixbuf, 0xffffffff);
  fail_unless (gdk_pixbuf_save_to_buffer (pixbuf, &png, &size, "png", NULL,
          NULL));
  buffer = gst_buffer_new_wrapped (png, size);
  GST_BUFFER_PTS (buffer) = i * GST_SECOND;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  recto_buffer_add_page (buffer, page);
  return buffer;
}

/* Any thread of the server. A PNG has its width and height in front. */
static void
ask_for_tall_images (ModelRequest * request, ModelReply * reply, gpointer data)
{
  const guint8 *png;

  if (!model_request_is_completion (request))
    return;
  png = g_bytes_get_data (model_request_get_image (request), NULL);
  if (GST_READ_UINT32_BE (png + 16) > GST_READ_UINT32_BE (png + 20))
    model_reply_set_content (reply, FRONT ("False", "90") "wide");
  else
    model_reply_set_content (reply, FRONT ("True", "0") "tall");
}

static void
begin_images (void)
{
  vlm_fixture_init (&images_fixture);
  model_server_set_handler (images_fixture.server, ask_for_tall_images, NULL);
  vlm_fixture_build (&images_fixture, "fallback=none");
  images_fixture.harness =
      gst_harness_new_with_element (images_fixture.element, "sink", "src");
  gst_harness_set_src_caps_str (images_fixture.harness,
      "image/png,width=40,height=20");
}

/* Reads `n` images from image `from` on. */
static void
read_wide_images (guint from, guint n)
{
  for (guint i = from; i < from + n; i++)
    fail_unless_equals_int (gst_harness_push (images_fixture.harness,
            make_wide_image (i)), GST_FLOW_OK);
  for (guint i = from; i < from + n; i++) {
    g_autoptr (GstBuffer) buffer =
        vlm_fixture_pull (&images_fixture, i, RECTO_PAGE_OK);
    g_autofree char *text = vlm_buffer_dup_text (buffer);

    fail_unless_equals_string (text, "tall");
  }
}

/* However many images are turned, one renderer turns them all. */
GST_START_TEST (test_one_renderer)
{
  g_autoptr (GArray) children = NULL;
  int zygote;

  begin_images ();
  fail_unless_equals_int (processes_find_zygote (), 0);
  read_wide_images (0, 1);
  zygote = processes_find_zygote ();
  fail_unless (zygote > 0);
  read_wide_images (1, 16);
  fail_unless_equals_int (processes_find_zygote (), zygote);
  vlm_fixture_clear (&images_fixture);

  children = processes_list_children (getpid (), TRUE);
  fail_unless_equals_int (children->len, 0);
}

GST_END_TEST;

/* More than the threads for GTask become in a minute. */
#define N_TASKS 300

static GMutex tasks_lock;
static GCond tasks_changed;
static gboolean tasks_may_end;
static guint n_tasks_ended;

static void
block_task (GTask * task, gpointer source, gpointer data,
    GCancellable * cancellable)
{
  g_mutex_lock (&tasks_lock);
  while (!tasks_may_end)
    g_cond_wait (&tasks_changed, &tasks_lock);
  n_tasks_ended++;
  g_cond_broadcast (&tasks_changed);
  g_mutex_unlock (&tasks_lock);
}

static void
begin_tasks (void)
{
  for (guint i = 0; i < N_TASKS; i++) {
    g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

    g_task_run_in_thread (task, block_task);
  }
}

static void
end_tasks (void)
{
  g_mutex_lock (&tasks_lock);
  tasks_may_end = TRUE;
  g_cond_broadcast (&tasks_changed);
  while (n_tasks_ended < N_TASKS)
    g_cond_wait (&tasks_changed, &tasks_lock);
  g_mutex_unlock (&tasks_lock);
  while (g_main_context_iteration (NULL, FALSE));
}

/* What the application does by GTask holds up no page, and is not held up. */
GST_START_TEST (test_own_threads)
{
  begin_images ();
  begin_tasks ();
  read_wide_images (0, 2);
  end_tasks ();
  vlm_fixture_clear (&images_fixture);
}

GST_END_TEST;

/* Fallback */

static void
set_cycle (const char *description)
{
  ModelFault fault;

  fail_unless (model_fault_parse (&fault, description, NULL), description);
  model_server_set_cycle (server, &fault, 1);
}

static void
assert_origin (RectoResult * result, RectoTextSource source,
    RectoTextReason reason)
{
  fail_unless_equals_int (recto_result_get_source (result), source);
  fail_unless_equals_int (recto_result_get_reason (result), reason);
  fail_unless_equals_string (recto_result_get_profile (result), "olmocr-2");
}

GST_START_TEST (test_text_layer)
{
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  set_cycle ("bad-front-matter");
  play (MUCH_TEXT, "retries=1");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless (strstr (text, "nobody could overlook it") != NULL, text);
  fail_unless_equals_string (recto_result_get_fallback (result), "text-layer");
  assert_origin (result, RECTO_TEXT_SOURCE_TEXT_LAYER,
      RECTO_TEXT_REASON_INVALID_ANSWER);
  fail_unless_equals_int (recto_result_get_attempts (result), 2);
  fail_unless_equals_uint64 (page_fixture_get_stat (&fixture, "vlm",
          "fallbacks"), 1);
  g_clear_pointer (&sample, gst_sample_unref);
  end ();
}

GST_END_TEST;

/* There is none: that is a failure, not a page without text. */
GST_START_TEST (test_no_text_layer)
{
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  set_cycle ("bad-front-matter");
  play (LEFT_RED, "retries=1");
  sample = pull (RECTO_PAGE_INFER_FAILED, &result, &text);
  fail_unless_equals_string (text, "");
  assert_origin (result, RECTO_TEXT_SOURCE_NONE,
      RECTO_TEXT_REASON_INVALID_ANSWER);
  fail_unless_equals_string (recto_result_get_fallback (result), NULL);
  fail_unless_equals_int (recto_result_get_attempts (result), 2);
  g_clear_pointer (&sample, gst_sample_unref);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_truncated)
{
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  set_cycle ("length");
  play (LEFT_RED, "retries=1");
  sample = pull (RECTO_PAGE_TRUNCATED_OUTPUT, &result, &text);
  fail_unless (*text != '\0');
  fail_unless_equals_string (recto_result_get_finish_reason (result),
      "length");
  assert_origin (result, RECTO_TEXT_SOURCE_MODEL, RECTO_TEXT_REASON_TRUNCATED);
  g_clear_pointer (&sample, gst_sample_unref);
  end ();
}

GST_END_TEST;

/* Empty pages */

GST_START_TEST (test_empty_page)
{
  static const char *const contents[] = { FRONT ("True", "0"), NULL };
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  set_answers (contents);
  play (TEXT ("12"), "");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless_equals_string (text, "");
  fail_unless_equals_int (recto_result_get_attempts (result), 1);
  g_clear_pointer (&sample, gst_sample_unref);
  g_ptr_array_unref (images);
  end ();
}

GST_END_TEST;

GST_START_TEST (test_empty_answer)
{
  static const char *const contents[] = { FRONT ("True", "0"),
    FRONT ("True", "0") "there it is", NULL
  };
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  set_answers (contents);
  play (MUCH_TEXT, "");
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless_equals_string (text, "there it is");
  fail_unless_equals_int (recto_result_get_attempts (result), 2);
  g_clear_pointer (&sample, gst_sample_unref);
  g_ptr_array_unref (images);
  end ();
}

GST_END_TEST;

/* A page that failed before is none of the model's business. */
GST_START_TEST (test_failed_upstream)
{
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  play (DAMAGED, "");
  sample = pull (RECTO_PAGE_RENDER_FAILED, &result, &text);
  fail_unless_equals_string (text, "");
  fail_unless_equals_uint64 (model_server_get_count (server,
          MODEL_COUNT_REQUESTS), 0);
  g_clear_pointer (&sample, gst_sample_unref);
  end ();
}

GST_END_TEST;

/* The profile says what images it wants. */
GST_START_TEST (test_image_request)
{
  const PageSpec page = {.content = MUCH_TEXT };
  g_autofree char *path = NULL;
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *text = NULL;
  RectoResult *result;

  begin ();
  path = page_fixture_make_pdf (&fixture, "a.pdf", &page, 1);
  page_fixture_play (&fixture, "pdfsrc location=%s ! pagerasterizer ! "
      "vlminference server-url=%s", path, model_server_get_url (server));
  sample = pull (RECTO_PAGE_OK, &result, &text);
  fail_unless (g_str_has_prefix (text, "image/png 1288x644 "), text);
  g_clear_pointer (&sample, gst_sample_unref);
  end ();
}

GST_END_TEST;

static Suite *
vlm_pages_suite (void)
{
  Suite *suite = suite_create ("vlmpages");
  TCase *images_case = tcase_create ("images");
  TCase *texts = tcase_create ("texts");

  suite_add_tcase (suite, images_case);
  tcase_add_test (images_case, test_rotation);
  tcase_add_test (images_case, test_never_upright);
  tcase_add_test (images_case, test_late_complaint);
  tcase_add_test (images_case, test_rotation_none);
  tcase_add_test (images_case, test_too_large);
  tcase_add_test (images_case, test_image_request);
  tcase_add_test (images_case, test_one_renderer);
  tcase_add_test (images_case, test_own_threads);

  suite_add_tcase (suite, texts);
  tcase_add_test (texts, test_text_layer);
  tcase_add_test (texts, test_no_text_layer);
  tcase_add_test (texts, test_truncated);
  tcase_add_test (texts, test_empty_page);
  tcase_add_test (texts, test_empty_answer);
  tcase_add_test (texts, test_failed_upstream);

  return suite;
}

GST_CHECK_MAIN (vlm_pages);
