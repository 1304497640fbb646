/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The protocol, spoken to the real worker.
 */

#include "config.h"

#include <errno.h>
#include <gst/check/gstcheck.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker-fixture.h"

/* Drawn at one pixel a point. */
static const RectoWorkerLayout plain = { .dpi = 72 };

/* Its user password is “recto”. */
static const char encrypted_pdf[] = "%PDF-1.4\n"
    "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
    "2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
    "3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>> endobj\n"
    "4 0 obj <</Filter/Standard/V 2/R 3/Length 128/P -4\n"
    "/O<a509f2d137e4b2f420d3d39685eb1716aa24be4e28e3ac079e88773bf3a7a734>\n"
    "/U<fcb5d522f93306579852b9c83c0197c100000000000000000000000000000000>"
    ">> endobj\n"
    "trailer <</Root 1 0 R/Encrypt 4 0 R"
    "/ID[<30313233343536373839616263646566>"
    "<30313233343536373839616263646566>]>>\n";

static void
draw_text (cairo_t * cairo, guint page)
{
  g_autofree char *text = g_strdup_printf ("Seite %u – für alle", page);

  cairo_set_source_rgb (cairo, 0, 0, 0);
  cairo_move_to (cairo, 10, 30);
  cairo_show_text (cairo, text);
}

static void
draw_colours (cairo_t * cairo, guint page)
{
  draw_text (cairo, page);
  cairo_set_source_rgb (cairo, 0.2, 0.9, 0.4);
  cairo_arc (cairo, 100, 60, 25.3, 0, 6);
  cairo_fill (cairo);
}

static void
draw_red (cairo_t * cairo, guint page)
{
  cairo_set_source_rgb (cairo, 1, 0, 0);
  cairo_paint (cairo);
}

static void
setup_child (Worker * worker, Child * child, GBytes * document)
{
  RectoWorkerReply reply;

  worker_start (worker);
  worker_fork (worker, child);
  worker_open (worker, child, document, NULL, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
}

static void
teardown_child (Worker * worker, Child * child)
{
  fail_unless_equals_int (worker_reap (worker, child), 0);
  worker_stop (worker);
}

/* A pidfd tells the end of a process that is not our child. */
static void
wait_for_end (int pidfd)
{
  struct pollfd poll_fd = { pidfd, POLLIN, 0 };

  fail_unless_equals_int (poll (&poll_fd, 1, 30000), 1);
  close (pidfd);
}

GST_START_TEST (test_document)
{
  g_autoptr (GBytes) pdf = make_pdf (3, 200, 100, draw_text);
  g_autofree char *title = NULL;
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  guint page;

  worker_start (&worker);
  worker_fork (&worker, &child);
  worker_open (&worker, &child, pdf, NULL, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  fail_unless_equals_int (reply.n_pages, 3);
  title = worker_get_string (&worker, &reply);
  fail_unless_equals_string (title, "Überschrift");

  for (page = 1; page <= 3; page++) {
    g_autofree char *expected = g_strdup_printf ("Seite %u – für alle", page);
    g_autofree char *text = NULL;

    worker_render (&worker, &child, page, RECTO_WORKER_PNG, &plain, &reply);
    fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
    fail_unless_equals_int (reply.width, 200);
    fail_unless_equals_int (reply.height, 100);
    fail_unless (reply.page_width == 200 && reply.page_height == 100);
    fail_unless (reply.size > 0);

    worker_text (&worker, &child, page, &reply);
    fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
    text = worker_get_string (&worker, &reply);
    fail_unless_equals_string (g_strchomp (text), expected);
  }

  teardown_child (&worker, &child);
}
GST_END_TEST;

/* One by one, since the bytes between rows are nobody's. */
static gboolean
same_pixels (GdkPixbuf * a, GdkPixbuf * b)
{
  guint width = gdk_pixbuf_get_width (a);
  guint height = gdk_pixbuf_get_height (a);
  guint x, y;

  if (width != (guint) gdk_pixbuf_get_width (b)
      || height != (guint) gdk_pixbuf_get_height (b))
    return FALSE;

  for (y = 0; y < height; y++)
    for (x = 0; x < width; x++)
      if (pixbuf_get_pixel (a, x, y) != pixbuf_get_pixel (b, x, y))
        return FALSE;
  return TRUE;
}

static void
check_png_equals_raster (DrawFunc draw, guint8 colour_type)
{
  const RectoWorkerLayout layout = { .longest = 601 };
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw);
  g_autoptr (GdkPixbuf) png = NULL;
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  guint i;

  setup_child (&worker, &child, pdf);
  worker_render (&worker, &child, 1, RECTO_WORKER_PNG, &layout, &reply);
  fail_unless_equals_int (worker.data[25], colour_type);
  png = worker_get_pixbuf (&worker, RECTO_WORKER_PNG, &reply);

  for (i = RECTO_WORKER_BGRX; i <= RECTO_WORKER_GRAY8; i++) {
    g_autoptr (GdkPixbuf) raw = NULL;

    if (i == RECTO_WORKER_GRAY8 && colour_type != 0)
      continue;

    worker_render (&worker, &child, 1, i, &layout, &reply);
    raw = worker_get_pixbuf (&worker, i, &reply);
    fail_unless_equals_int (reply.width, 601);
    fail_unless (same_pixels (png, raw));
  }

  teardown_child (&worker, &child);
}

GST_START_TEST (test_png_equals_raster)
{
  check_png_equals_raster (draw_colours, 2);
  check_png_equals_raster (draw_text, 0);
}
GST_END_TEST;

GST_START_TEST (test_red_stays_red)
{
  const guint32 expected[] = { RED, 0xfe0000, RED, RED, 0x4c4c4c };
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_red);
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  guint i;

  setup_child (&worker, &child, pdf);
  for (i = RECTO_WORKER_PNG; i <= RECTO_WORKER_GRAY8; i++) {
    g_autoptr (GdkPixbuf) pixbuf = NULL;

    worker_render (&worker, &child, 1, i, &plain, &reply);
    pixbuf = worker_get_pixbuf (&worker, i, &reply);
    fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 0, 0), expected[i]);
    fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 199, 99),
        expected[i]);
  }
  teardown_child (&worker, &child);
}
GST_END_TEST;

static void
check_corners (GdkPixbuf * pixbuf, const char *red)
{
  guint right = gdk_pixbuf_get_width (pixbuf) - 5;
  guint bottom = gdk_pixbuf_get_height (pixbuf) - 5;

  fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 5, 5),
      strcmp (red, "top left") ? WHITE : RED);
  fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, right, 5),
      strcmp (red, "top right") ? WHITE : RED);
  fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 5, bottom),
      strcmp (red, "bottom left") ? WHITE : RED);
  fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, right, bottom),
      strcmp (red, "bottom right") ? WHITE : RED);
}

GST_START_TEST (test_rotation)
{
  const char *corners[] = { "top left", "bottom left", "bottom right",
    "top right"
  };
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_corner);
  RectoWorkerLayout layout = plain;
  Worker worker;
  guint i;

  worker_start (&worker);
  for (i = 0; i < 4; i++) {
    g_autoptr (GdkPixbuf) pixbuf = NULL;

    layout.rotation = i * 90;
    pixbuf = render_document (&worker, pdf, 1, &layout);
    fail_unless_equals_int (gdk_pixbuf_get_width (pixbuf), i % 2 ? 100 : 200);
    fail_unless_equals_int (gdk_pixbuf_get_height (pixbuf), i % 2 ? 200 : 100);
    check_corners (pixbuf, corners[i]);
  }
  worker_stop (&worker);
}
GST_END_TEST;

/* The page lies on its side in the file; its box has an odd origin, and what
 * is drawn goes beyond it. */
GST_START_TEST (test_rotated_page_comes_upright)
{
  g_autoptr (GBytes) pdf = make_plain_pdf ("/MediaBox[0 0 900 900]"
      "/CropBox[50 60 250 160]/Rotate 90",
      "1 0 0 rg 0 110 150 500 re f");
  const RectoWorkerLayout fixed = {
    .dpi = 72,
    .min_width = 300, .max_width = 300, .min_height = 300, .max_height = 300,
  };
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GdkPixbuf) centred = NULL;
  Worker worker;

  worker_start (&worker);
  pixbuf = render_document (&worker, pdf, 1, &plain);
  fail_unless_equals_int (gdk_pixbuf_get_width (pixbuf), 100);
  fail_unless_equals_int (gdk_pixbuf_get_height (pixbuf), 200);
  check_corners (pixbuf, "top right");

  centred = render_document (&worker, pdf, 1, &fixed);
  fail_unless_equals_int (gdk_pixbuf_get_width (centred), 300);
  check_corners (centred, "nowhere");
  fail_unless_equals_int_hex (pixbuf_get_pixel (centred, 195, 55), RED);
  fail_unless_equals_int_hex (pixbuf_get_pixel (centred, 195, 45), WHITE);
  fail_unless_equals_int_hex (pixbuf_get_pixel (centred, 205, 55), WHITE);
  worker_stop (&worker);
}
GST_END_TEST;

static void
check_open (GBytes * document, const char *password, RectoWorkerStatus status)
{
  g_autofree char *message = NULL;
  RectoWorkerReply reply;
  Worker worker;
  Child child;

  worker_start (&worker);
  worker_fork (&worker, &child);
  worker_open (&worker, &child, document, password, &reply);
  fail_unless_equals_int (reply.status, status);
  fail_unless_equals_int (reply.encrypted, password
      && status == RECTO_WORKER_OK);

  message = worker_get_string (&worker, &reply);
  if (status != RECTO_WORKER_OK) {
    fail_unless (strlen (message) > 5);
    fail_if (g_str_has_suffix (message, "."));
  }
  if (password)
    fail_if (memmem (worker.data, BUFFER_SIZE, password, strlen (password)));
  teardown_child (&worker, &child);
}

GST_START_TEST (test_encrypted)
{
  g_autoptr (GBytes) pdf = g_bytes_new_static (encrypted_pdf,
      strlen (encrypted_pdf));

  check_open (pdf, NULL, RECTO_WORKER_ENCRYPTED);
  check_open (pdf, "Kennwort", RECTO_WORKER_ENCRYPTED);
  check_open (pdf, "für", RECTO_WORKER_ENCRYPTED);
  check_open (pdf, "recto", RECTO_WORKER_OK);
}
GST_END_TEST;

static void
check_open_string (const char *document, RectoWorkerStatus status)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (document, strlen (document));

  check_open (bytes, NULL, status);
}

GST_START_TEST (test_not_a_document)
{
  check_open_string ("", RECTO_WORKER_NOT_A_DOCUMENT);
  check_open_string ("%", RECTO_WORKER_NOT_A_DOCUMENT);
  check_open_string ("<html>It said .pdf</html>", RECTO_WORKER_NOT_A_DOCUMENT);
  check_open_string ("%PDF-1.4\nand nothing else", RECTO_WORKER_DAMAGED);
  check_open_string ("%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
      "2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj\n"
      "trailer <</Root 1 0 R>>\n", RECTO_WORKER_NO_PAGES);
}
GST_END_TEST;

GST_START_TEST (test_truncated_pdf)
{
  g_autoptr (GBytes) pdf = make_pdf (5, 200, 100, draw_text);
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (pdf, 0, 300);

  check_open (half, NULL, RECTO_WORKER_DAMAGED);
}
GST_END_TEST;

GST_START_TEST (test_no_such_page)
{
  g_autoptr (GBytes) pdf = make_pdf (2, 200, 100, draw_text);
  RectoWorkerReply reply;
  Worker worker;
  Child child;

  setup_child (&worker, &child, pdf);
  worker_render (&worker, &child, 3, RECTO_WORKER_PNG, &plain, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_NO_SUCH_PAGE);
  worker_text (&worker, &child, G_MAXUINT32, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_NO_SUCH_PAGE);
  /* And nothing has changed for the others. */
  worker_render (&worker, &child, 2, RECTO_WORKER_PNG, &plain, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  teardown_child (&worker, &child);
}
GST_END_TEST;

GST_START_TEST (test_degenerate_page)
{
  const RectoWorkerLayout layout = { .longest = 1288 };
  g_autoptr (GBytes) pdf = make_plain_pdf ("/MediaBox[0 0 1 100000]", "");
  RectoWorkerReply reply;
  Worker worker;
  Child child;

  setup_child (&worker, &child, pdf);
  worker_render (&worker, &child, 1, RECTO_WORKER_PNG, &layout, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_DEGENERATE);
  fail_unless (reply.page_width == 1 && reply.page_height == 100000);
  teardown_child (&worker, &child);
}
GST_END_TEST;

GST_START_TEST (test_blank)
{
  RectoWorkerLayout layout = { .longest = 1288 };
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  guint i;

  worker_start (&worker);
  worker_fork (&worker, &child);
  for (i = RECTO_WORKER_PNG; i <= RECTO_WORKER_GRAY8; i++) {
    g_autoptr (GdkPixbuf) pixbuf = NULL;

    layout.min_width = i * 30;
    worker_render (&worker, &child, 0, i, &layout, &reply);
    fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
    fail_unless_equals_int (reply.width, MAX (16, i * 30));
    fail_unless_equals_int (reply.height, 16);
    pixbuf = worker_get_pixbuf (&worker, i, &reply);
    fail_unless_equals_int_hex (pixbuf_get_pixel (pixbuf, 15, 15), WHITE);
  }
  teardown_child (&worker, &child);
}
GST_END_TEST;

GST_START_TEST (test_small_buffer)
{
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_colours);
  const guint64 capacities[] = { 0, 1, 60, 500 };
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  guint i, j;

  setup_child (&worker, &child, pdf);
  for (i = RECTO_WORKER_PNG; i <= RECTO_WORKER_GRAY8; i++)
    for (j = 0; j < G_N_ELEMENTS (capacities); j++) {
      RectoWorkerRequest request = {
        .kind = RECTO_WORKER_RENDER,
        .page = 1,
        .format = i,
        .quality = 90,
        .capacity = capacities[j],
        .layout = plain,
      };

      memset (worker.data, 0xaa, 4096);
      worker_call (&worker, child.socket, &request, &worker.buffer, 1, &reply);
      fail_unless_equals_int (reply.status, RECTO_WORKER_BUFFER_TOO_SMALL);
    }
  teardown_child (&worker, &child);
}
GST_END_TEST;

/* Large enough for the image, not for the largest that might come out. */
GST_START_TEST (test_tight_buffer)
{
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_colours);
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  guint i;

  setup_child (&worker, &child, pdf);
  for (i = RECTO_WORKER_PNG; i <= RECTO_WORKER_GRAY8; i++) {
    RectoWorkerRequest request = {
      .kind = RECTO_WORKER_RENDER,
      .page = 1,
      .format = i,
      .quality = 90,
      .layout = plain,
    };
    gsize slack = i == RECTO_WORKER_PNG ? 100 : 0;

    worker_render (&worker, &child, 1, i, &plain, &reply);
    request.capacity = reply.size + slack;
    memset (worker.data, 0xaa, BUFFER_SIZE);
    worker_call (&worker, child.socket, &request, &worker.buffer, 1, &reply);
    fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
    fail_unless_equals_int (worker.data[request.capacity], 0xaa);
    g_object_unref (worker_get_pixbuf (&worker, i, &reply));
  }
  teardown_child (&worker, &child);
}
GST_END_TEST;

GST_START_TEST (test_killed_child_is_reaped)
{
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_text);
  RectoWorkerReply reply;
  Worker worker;
  Child child, next;
  int status;
  char byte;

  setup_child (&worker, &child, pdf);
  fail_unless_equals_int (kill (child.pid, SIGKILL), 0);
  fail_unless_equals_int (recv (child.socket, &byte, 1, 0), 0);
  /* Until it is reaped, nobody else gets its pid. */
  fail_unless_equals_int (kill (child.pid, 0), 0);
  status = worker_reap (&worker, &child);
  fail_unless (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  fail_unless (kill (child.pid, 0) < 0 && errno == ESRCH);

  worker_fork (&worker, &next);
  worker_open (&worker, &next, pdf, NULL, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  teardown_child (&worker, &next);
}
GST_END_TEST;

/* What the terminal sends to the whole group is for the parent to decide. */
GST_START_TEST (test_interrupts_are_ignored)
{
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_text);
  RectoWorkerReply reply;
  Worker worker;
  Child child;

  setup_child (&worker, &child, pdf);
  kill (child.pid, SIGINT);
  kill (child.pid, SIGTERM);
  kill (worker.pid, SIGINT);
  kill (worker.pid, SIGTERM);
  worker_render (&worker, &child, 1, RECTO_WORKER_PNG, &plain, &reply);
  fail_unless_equals_int (reply.status, RECTO_WORKER_OK);
  teardown_child (&worker, &child);
}
GST_END_TEST;

static void
check_nothing_is_left (int signal)
{
  Child children[3];
  Worker worker;
  int pidfds[3];
  guint i;

  worker_start (&worker);
  for (i = 0; i < G_N_ELEMENTS (children); i++) {
    worker_fork (&worker, &children[i]);
    pidfds[i] = syscall (SYS_pidfd_open, children[i].pid, 0);
    fail_unless (pidfds[i] >= 0);
  }

  if (signal)
    kill (worker.pid, signal);
  fail_unless_equals_int (worker_wait (&worker), signal);

  for (i = 0; i < G_N_ELEMENTS (children); i++) {
    wait_for_end (pidfds[i]);
    close (children[i].socket);
  }
}

GST_START_TEST (test_nothing_is_left)
{
  check_nothing_is_left (0);
  check_nothing_is_left (SIGKILL);
}
GST_END_TEST;

/* Sends a request that no parent sends, to a child with a document. */
static void
check_protest (RectoWorkerRequest request, guint n_fds)
{
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_text);
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  int fds[2];
  int status;

  setup_child (&worker, &child, pdf);
  fds[0] = fds[1] = worker.buffer;
  fail_if (worker_try (&worker, child.socket, &request, fds, n_fds, &reply));
  status = worker_reap (&worker, &child);
  fail_unless (WIFEXITED (status) && WEXITSTATUS (status) != 0);
  worker_stop (&worker);
}

#define REQUEST(...) ((RectoWorkerRequest) { __VA_ARGS__ })

GST_START_TEST (test_wrong_requests)
{
  RectoWorkerRequest render = {
    .kind = RECTO_WORKER_RENDER, .page = 1, .capacity = 4096, .layout = plain,
  };
  RectoWorkerRequest wrong;

  check_protest (REQUEST (.kind = 0), 1);
  check_protest (REQUEST (.kind = 99), 1);
  check_protest (REQUEST (.kind = RECTO_WORKER_FORK), 1);
  check_protest (REQUEST (.kind = RECTO_WORKER_OPEN), 2);
  check_protest (render, 0);
  check_protest (render, 2);

  wrong = render;
  wrong.capacity = BUFFER_SIZE + 1;
  check_protest (wrong, 1);
  wrong.capacity = G_MAXUINT64;
  check_protest (wrong, 1);

  wrong = render;
  wrong.format = RECTO_WORKER_GRAY8 + 1;
  check_protest (wrong, 1);

  wrong = render;
  wrong.format = RECTO_WORKER_JPEG;
  check_protest (wrong, 1);
  wrong.quality = 101;
  check_protest (wrong, 1);

  wrong = render;
  wrong.layout.rotation = 45;
  check_protest (wrong, 1);
}
GST_END_TEST;

GST_START_TEST (test_wrong_open)
{
  RectoWorkerRequest wrong[] = {
    {.kind = RECTO_WORKER_OPEN, .document_size = BUFFER_SIZE + 1},
    {.kind = RECTO_WORKER_OPEN, .size = 10},
    {.kind = RECTO_WORKER_OPEN, .size = 1025, .capacity = 4096},
    {.kind = RECTO_WORKER_RENDER, .page = 1, .capacity = 4096},
    {.kind = RECTO_WORKER_TEXT, .page = 1, .capacity = 4096},
  };
  RectoWorkerReply reply;
  Worker worker;
  Child child;
  int fds[2];
  guint i;

  worker_start (&worker);
  fds[0] = fds[1] = worker.buffer;
  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    worker_fork (&worker, &child);
    fail_if (worker_try (&worker, child.socket, &wrong[i], fds,
            wrong[i].kind == RECTO_WORKER_OPEN ? 2 : 1, &reply));
    fail_if (worker_reap (&worker, &child) == 0);
  }
  worker_stop (&worker);
}
GST_END_TEST;

GST_START_TEST (test_wrong_zygote_requests)
{
  RectoWorkerRequest wrong[] = {
    {.kind = RECTO_WORKER_CONFINE, .walls = 2},
    {.kind = RECTO_WORKER_RENDER},
    {.kind = RECTO_WORKER_FORK},
    {.kind = RECTO_WORKER_REAP, .pid = -1},
    {.kind = RECTO_WORKER_REAP, .pid = 1},
  };
  RectoWorkerReply reply;
  Worker worker;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    worker_start (&worker);
    fail_if (worker_try (&worker, worker.socket, &wrong[i], NULL, 0, &reply));
    fail_if (worker_wait (&worker) == 0);
  }

  worker_start (&worker);
  fail_unless_equals_int (send (worker.socket, "short", 5, 0), 5);
  fail_if (worker_wait (&worker) == 0);
}
GST_END_TEST;

/* Seconds. */
static guint64
get_soft_cpu_limit (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/limits", pid);
  g_autofree char *limits = NULL;
  guint64 soft;

  fail_unless (g_file_get_contents (path, &limits, NULL, NULL));
  fail_unless_equals_int (sscanf (strstr (limits, "Max cpu time"),
          "Max cpu time %" G_GUINT64_FORMAT, &soft), 1);
  return soft;
}

/* Those who have no privileges may not raise a hard limit, which must not keep
 * them from setting a lower one. */
GST_START_TEST (test_cpu_limit_below_a_hard_one)
{
  const struct rlimit hard = { 10000, 10000 };
  g_autoptr (GBytes) pdf = make_pdf (1, 200, 100, draw_text);
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_TEXT, .page = 1, .capacity = BUFFER_SIZE,
    .cpu_seconds = 100,
  };
  RectoWorkerReply reply;
  Worker worker;
  Child child;

  fail_unless_equals_int (setrlimit (RLIMIT_CPU, &hard), 0);
  setup_child (&worker, &child, pdf);
  worker_call (&worker, child.socket, &request, &worker.buffer, 1, &reply);
  fail_unless (get_soft_cpu_limit (child.pid) < 10000);

  request.cpu_seconds = 0;
  worker_call (&worker, child.socket, &request, &worker.buffer, 1, &reply);
  fail_unless (get_soft_cpu_limit (child.pid) == 10000);
  request.cpu_seconds = G_MAXUINT32;
  worker_call (&worker, child.socket, &request, &worker.buffer, 1, &reply);
  fail_unless (get_soft_cpu_limit (child.pid) == 10000);
  teardown_child (&worker, &child);
}
GST_END_TEST;

static Suite *
worker_suite (void)
{
  Suite *suite = suite_create ("worker");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_document);
  tcase_add_test (tcase, test_png_equals_raster);
  tcase_add_test (tcase, test_red_stays_red);
  tcase_add_test (tcase, test_rotation);
  tcase_add_test (tcase, test_rotated_page_comes_upright);
  tcase_add_test (tcase, test_encrypted);
  tcase_add_test (tcase, test_not_a_document);
  tcase_add_test (tcase, test_truncated_pdf);
  tcase_add_test (tcase, test_no_such_page);
  tcase_add_test (tcase, test_degenerate_page);
  tcase_add_test (tcase, test_blank);
  tcase_add_test (tcase, test_small_buffer);
  tcase_add_test (tcase, test_tight_buffer);
  tcase_add_test (tcase, test_killed_child_is_reaped);
  tcase_add_test (tcase, test_interrupts_are_ignored);
  tcase_add_test (tcase, test_nothing_is_left);
  tcase_add_test (tcase, test_wrong_requests);
  tcase_add_test (tcase, test_wrong_open);
  tcase_add_test (tcase, test_wrong_zygote_requests);
  tcase_add_test (tcase, test_cpu_limit_below_a_hard_one);
  return suite;
}

GST_CHECK_MAIN (worker);
