/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many bytes of documents a renderer holds, and how they get there.
 */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "renderer-fixture.h"
#include "processes.h"

#define LARGE (1024 * 1024)

static RendererFixture fixture;
static RectoRenderer *renderer;

static void
setup (void)
{
  renderer_fixture_init (&fixture);
  renderer = fixture.renderer;
}

static void
teardown (void)
{
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 0);
  fail_unless_equals_uint64 (get_stat (renderer, "document-bytes"), 0);
  renderer = NULL;
  renderer_fixture_clear (&fixture);
}

static RectoDocumentBytes *
reserve (guint64 size, gboolean wait, GCancellable * cancellable,
    GError ** error)
{
  return recto_renderer_reserve (renderer, size, wait, cancellable, error);
}

static void
assert_full (guint64 size)
{
  g_autoptr (GError) error = NULL;

  fail_if (reserve (size, FALSE, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

GST_START_TEST (test_memory)
{
  g_autoptr (RectoDocumentBytes) held = NULL;
  g_autoptr (RectoDocumentBytes) other = NULL;

  g_object_set (renderer, "max-document-memory", (guint64) 1000, NULL);
  held = reserve (600, FALSE, NULL, NULL);
  assert_full (401);
  other = reserve (400, FALSE, NULL, NULL);
  fail_unless (other != NULL);
  fail_unless_equals_uint64 (get_stat (renderer, "document-bytes"), 1000);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 2);

  g_clear_pointer (&held, recto_document_bytes_unref);
  g_clear_pointer (&other, recto_document_bytes_unref);
  /* One is always allowed. */
  held = reserve (5000, FALSE, NULL, NULL);
  fail_unless (held != NULL);
  assert_full (1);
  assert_full (LARGE);
  fail_unless_equals_uint64 (get_stat (renderer, "peak-document-bytes"), 5000);
  fail_unless_equals_uint64 (get_stat (renderer, "peak-documents-held"), 2);
}

GST_END_TEST;

GST_START_TEST (test_number)
{
  RectoDocumentBytes *bytes[64];

  for (guint i = 0; i < G_N_ELEMENTS (bytes); i++) {
    bytes[i] = reserve (0, FALSE, NULL, NULL);
    fail_unless (bytes[i] != NULL);
  }
  assert_full (0);
  for (guint i = 0; i < G_N_ELEMENTS (bytes); i++)
    recto_document_bytes_unref (bytes[i]);
}

GST_END_TEST;

GST_START_TEST (test_too_large)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  fail_if (reserve (256 * 1024 * 1024 + 1, TRUE, NULL, &error));
  g_assert_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_TOO_LARGE);

  g_object_set (renderer, "max-document-bytes", (guint64) 0, NULL);
  bytes = reserve (G_MAXUINT64 / 2, TRUE, NULL, NULL);
  fail_unless (bytes != NULL);
}

GST_END_TEST;

typedef struct
{
  GCancellable *cancellable;
  RectoDocumentBytes *bytes;
  GError *error;
} Waiting;

static gpointer
wait_for_room (gpointer data)
{
  Waiting *self = data;

  self->bytes = reserve (600, TRUE, self->cancellable, &self->error);
  return NULL;
}

GST_START_TEST (test_wait)
{
  RectoDocumentBytes *held;
  Waiting waiting = { NULL };
  GThread *thread;

  g_object_set (renderer, "max-document-memory", (guint64) 1000, NULL);
  held = reserve (600, TRUE, NULL, NULL);
  thread = g_thread_new ("waits", wait_for_room, &waiting);
  g_usleep (20000);
  fail_unless_equals_uint64 (get_stat (renderer, "documents-held"), 1);
  recto_document_bytes_unref (held);
  g_thread_join (thread);

  fail_unless (waiting.bytes != NULL);
  fail_unless_equals_uint64 (get_stat (renderer, "peak-document-bytes"), 600);
  recto_document_bytes_unref (waiting.bytes);
}

GST_END_TEST;

GST_START_TEST (test_wait_and_cancel)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (RectoDocumentBytes) held = NULL;
  Waiting waiting = { cancellable, NULL, NULL };
  GThread *thread;

  g_object_set (renderer, "max-document-memory", (guint64) 1000, NULL);
  held = reserve (600, TRUE, NULL, NULL);
  thread = g_thread_new ("waits", wait_for_room, &waiting);
  g_usleep (20000);
  g_cancellable_cancel (cancellable);
  g_thread_join (thread);

  fail_unless (waiting.bytes == NULL);
  g_assert_error (waiting.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&waiting.error);
}

GST_END_TEST;

static guint8 *
make_noise (gsize size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  guint8 *noise = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    noise[i] = g_rand_int (rand);
  return noise;
}

static int
make_file (const guint8 * data, gsize size)
{
  int fd = g_open (g_get_tmp_dir (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  fail_unless (fd >= 0);
  fail_unless (write (fd, data, size) == (gssize) size);
  fail_unless (lseek (fd, 0, SEEK_SET) == 0);
  return fd;
}

/* Somebody at the other end of a pipe, who reads or writes in pieces. */
typedef struct
{
  int fd;
  guint8 *data;
  gsize size;
} Peer;

static gpointer
write_in_pieces (gpointer data)
{
  Peer *self = data;

  for (gsize i = 0, piece = 1; i < self->size; i += piece, piece *= 2) {
    piece = MIN (piece, self->size - i);
    fail_unless (write (self->fd, self->data + i, piece) == (gssize) piece);
    g_usleep (100);
  }
  close (self->fd);
  return NULL;
}

GST_START_TEST (test_pipe_and_copy)
{
  g_autofree guint8 *noise = make_noise (LARGE);
  g_autofree guint8 *copy = g_malloc (LARGE + 1);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256,
      noise, LARGE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes = reserve (0, TRUE, NULL, NULL);
  Peer peer = { -1, noise, LARGE };
  GThread *thread;
  int copy_fd = make_file (NULL, 0);
  int fds[2];

  fail_unless (pipe2 (fds, O_CLOEXEC) == 0);
  peer.fd = fds[1];
  thread = g_thread_new ("writes", write_in_pieces, &peer);
  fail_unless (recto_document_bytes_read (bytes, fds[0], copy_fd, cancellable,
          &error), "%s", error ? error->message : "");
  g_thread_join (thread);

  fail_unless_equals_string (recto_document_bytes_get_sha256 (bytes), sha256);
  fail_unless_equals_uint64 (get_stat (renderer, "document-bytes"), LARGE);
  fail_unless_equals_int (pread (copy_fd, copy, LARGE + 1, 0), LARGE);
  fail_unless (memcmp (copy, noise, LARGE) == 0);
  close (fds[0]);
  close (copy_fd);
}

GST_END_TEST;

GST_START_TEST (test_file)
{
  g_autofree guint8 *noise = make_noise (LARGE);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256,
      noise, LARGE);
  g_autoptr (RectoDocumentBytes) bytes = reserve (3 * LARGE, TRUE, NULL, NULL);
  g_autoptr (GError) error = NULL;
  int fd = make_file (noise, LARGE);

  fail_unless (recto_document_bytes_read (bytes, fd, -1, NULL, &error));
  fail_unless_equals_string (recto_document_bytes_get_sha256 (bytes), sha256);
  fail_unless_equals_uint64 (get_stat (renderer, "document-bytes"), LARGE);
  close (fd);
}

GST_END_TEST;

GST_START_TEST (test_large_stream)
{
  g_autofree guint8 *noise = make_noise (5000);
  g_autoptr (RectoDocumentBytes) bytes = reserve (0, TRUE, NULL, NULL);
  g_autoptr (GError) error = NULL;
  int file = make_file (noise, 5000);
  int fds[2];

  g_object_set (renderer, "max-document-bytes", (guint64) 4999, NULL);
  fail_unless (pipe2 (fds, O_CLOEXEC) == 0);
  fail_unless (write (fds[1], noise, 5000) == 5000);
  fail_if (recto_document_bytes_read (bytes, fds[0], -1, NULL, &error));
  g_assert_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_TOO_LARGE);
  g_clear_error (&error);

  fail_if (recto_document_bytes_read (bytes, file, -1, NULL, &error));
  g_assert_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_TOO_LARGE);
  fail_unless_equals_uint64 (get_stat (renderer, "document-bytes"), 0);
  close (fds[0]);
  close (fds[1]);
  close (file);
}

GST_END_TEST;

GST_START_TEST (test_unreadable)
{
  g_autoptr (RectoDocumentBytes) bytes = reserve (0, TRUE, NULL, NULL);
  g_autoptr (GError) error = NULL;
  int fd = g_open (g_get_tmp_dir (), O_RDONLY | O_CLOEXEC, 0);

  fail_if (recto_document_bytes_read (bytes, fd, -1, NULL, &error));
  g_assert_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_UNREADABLE);
  close (fd);
}

GST_END_TEST;

typedef struct
{
  int fd;
  int copy_fd;
  GCancellable *cancellable;
  GError *error;
} Reading;

static gpointer
read_bytes (gpointer data)
{
  Reading *self = data;
  g_autoptr (RectoDocumentBytes) bytes = reserve (0, TRUE, NULL, NULL);

  fail_if (recto_document_bytes_read (bytes, self->fd, self->copy_fd,
          self->cancellable, &self->error));
  if (self->copy_fd >= 0)
    close (self->copy_fd);
  return NULL;
}

GST_START_TEST (test_cancel_silent_pipe)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Reading reading = { -1, -1, cancellable, NULL };
  GThread *thread;
  int fds[2];

  fail_unless (pipe2 (fds, O_CLOEXEC) == 0);
  fail_unless (write (fds[1], "%PDF", 4) == 4);
  reading.fd = fds[0];
  thread = g_thread_new ("reads", read_bytes, &reading);
  while (get_stat (renderer, "document-bytes") < 4)
    g_usleep (1000);
  g_cancellable_cancel (cancellable);
  g_thread_join (thread);

  g_assert_error (reading.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&reading.error);
  close (fds[0]);
  close (fds[1]);
}

GST_END_TEST;

enum
{
  TRUNCATE,
  APPEND,
  OVERWRITE,
  TOUCH,
  N_CHANGES
};

static void
change_file (int fd, guint change)
{
  const struct timespec times[2] = { {.tv_sec = 1}, {.tv_sec = 1} };

  switch (change) {
    case TRUNCATE:
      fail_unless (ftruncate (fd, LARGE / 2) == 0);
      break;
    case APPEND:
      fail_unless (pwrite (fd, "more", 4, LARGE) == 4);
      break;
    case OVERWRITE:
      fail_unless (pwrite (fd, "else", 4, 0) == 4);
      break;
    default:
      fail_unless (futimens (fd, times) == 0);
  }
}

/* The reader can't be through before its copy has been taken from a pipe. */
GST_START_TEST (test_change)
{
  g_autofree guint8 *noise = make_noise (LARGE);
  guint8 copy[4096];
  Reading reading = { make_file (noise, LARGE), -1, NULL, NULL };
  GThread *thread;
  int fds[2];

  g_usleep (20000);             /* the clock that files are stamped with */
  fail_unless (pipe2 (fds, O_CLOEXEC) == 0);
  reading.copy_fd = fds[1];
  thread = g_thread_new ("reads", read_bytes, &reading);
  fail_unless (read (fds[0], copy, sizeof copy) > 0);
  change_file (reading.fd, __i__);
  while (read (fds[0], copy, sizeof copy) > 0)
    continue;
  g_thread_join (thread);

  g_assert_error (reading.error, RECTO_DOCUMENT_ERROR,
      RECTO_DOCUMENT_CHANGED);
  g_clear_error (&reading.error);
  close (reading.fd);
  close (fds[0]);
}

GST_END_TEST;

/* Of this process, which no signal may end. */
static void
limit_file_sizes (void)
{
  const struct rlimit limit = { LARGE / 2, LARGE / 2 };

  fail_unless (setrlimit (RLIMIT_FSIZE, &limit) == 0);
  fail_unless (signal (SIGXFSZ, SIG_DFL) != SIG_ERR);
}

static void
assert_nothing_is_pending (void)
{
  sigset_t pending;

  fail_unless (sigpending (&pending) == 0);
  fail_if (sigismember (&pending, SIGXFSZ));
}

/* Memory with a descriptor is a file to the kernel. */
GST_START_TEST (test_file_size_limit)
{
  g_autofree guint8 *noise = make_noise (LARGE);
  g_autoptr (RectoDocumentBytes) bytes = reserve (LARGE, TRUE, NULL, NULL);
  g_autoptr (GError) error = NULL;
  int fd = make_file (noise, LARGE);

  limit_file_sizes ();
  fail_if (recto_document_bytes_read (bytes, fd, -1, NULL, &error));
  g_assert_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_UNREADABLE);
  fail_unless (strstr (error->message, "ulimit -f"), "%s", error->message);
  assert_nothing_is_pending ();
  close (fd);
}

GST_END_TEST;

GST_START_TEST (test_file_size_limit_of_buffer)
{
  const RectoRenderOptions options = {
    .format = RECTO_WORKER_BGRX,
    .layout = {.min_width = 1,.max_width = 1000,.min_height = 1,
        .max_height = 1000},
  };
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *worker = g_build_filename (g_getenv ("RECTO_BUILD_ROOT"),
      "tests", "check", "fake-worker", NULL);

  g_setenv ("RECTO_RENDER_WORKER", worker, TRUE);
  limit_file_sizes ();
  fail_if (recto_renderer_render_blank (renderer, &options, &rendering, NULL,
          &error));
  fail_unless (error->domain == G_IO_ERROR);
  fail_unless (strstr (error->message, "ulimit -f"), "%s", error->message);
  assert_nothing_is_pending ();
}

GST_END_TEST;

static Suite *
documentbytes_suite (void)
{
  Suite *suite = suite_create ("documentbytes");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, test_memory);
  tcase_add_test (tcase, test_number);
  tcase_add_test (tcase, test_too_large);
  tcase_add_test (tcase, test_wait);
  tcase_add_test (tcase, test_wait_and_cancel);
  tcase_add_test (tcase, test_pipe_and_copy);
  tcase_add_test (tcase, test_file);
  tcase_add_test (tcase, test_large_stream);
  tcase_add_test (tcase, test_unreadable);
  tcase_add_test (tcase, test_cancel_silent_pipe);
  tcase_add_loop_test (tcase, test_change, 0, N_CHANGES);
  tcase_add_test (tcase, test_file_size_limit);
  tcase_add_test (tcase, test_file_size_limit_of_buffer);

  return suite;
}

GST_CHECK_MAIN (documentbytes);
