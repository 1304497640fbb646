/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the journal costs: records a second through a jsonlsink, and starting
 * one on a journal that is there, beside plainly reading the same file. The
 * memory is that of a process which does nothing else.
 */

#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <recto/recto.h>

#include "memory.h"

#define CAPS "text/x-raw, format = (string) utf8"
#define PAGES_OF_A_SHORT_DOCUMENT 3
#define PAGES_OF_A_LONG_DOCUMENT 300

static int n_records = 20000;
static int n_documents = 20000;
static gboolean as_json;

typedef struct
{
  double wall;
  double cpu;
} Cost;

typedef struct
{
  Cost cost;
  long peak;                    /* resident, kB */
  long anonymous;               /* at the end, kB */
} Start;

typedef struct
{
  gint64 at;
  double cpu;
} Clock;

static double
get_cpu (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
      + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static Clock
start_clock (void)
{
  return (Clock) { g_get_monotonic_time (), get_cpu () };
}

static Cost
stop_clock (const Clock * clock)
{
  return (Cost) {
    (g_get_monotonic_time () - clock->at) / 1e6, get_cpu () - clock->cpu
  };
}

/* Pushing */

static RectoDocument *
make_document (guint number, guint n_pages)
{
  g_autofree char *name = g_strdup_printf ("scans/%u.pdf", number);
  g_autofree char *uri = g_strdup_printf ("file:///srv/%s", name);
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256,
      name, -1);

  return g_object_new (RECTO_TYPE_DOCUMENT, "uri", uri, "name", name,
      "n-pages", n_pages, "sha256", sha256, NULL);
}

static void
push_document (GstPad * pad, GstMemory * text, guint number, guint n_pages)
{
  g_autoptr (RectoDocument) document = make_document (number, n_pages);

  for (guint i = 1; i <= n_pages; i++) {
    g_autoptr (RectoPage) page = recto_page_new (document, i, i == n_pages);
    GstBuffer *buffer = gst_buffer_new ();

    gst_buffer_append_memory (buffer, gst_memory_ref (text));
    recto_buffer_add_page (buffer, page);
    g_assert (gst_pad_push (pad, buffer) == GST_FLOW_OK);
  }
}

static GstPad *
link_pad (GstElement * sink)
{
  g_autoptr (GstPad) peer = gst_element_get_static_pad (sink, "sink");
  GstPad *pad = gst_pad_new ("src", GST_PAD_SRC);
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  g_autoptr (GstQuery) run = recto_query_new_run ();
  GstSegment segment;

  gst_pad_set_active (pad, TRUE);
  g_assert (gst_pad_link (pad, peer) == GST_PAD_LINK_OK);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  gst_pad_peer_query (pad, run);

  return pad;
}

static Cost
write_journal (const char *path, const char *sync, guint n_pages,
    guint n_documents, gsize text_size)
{
  g_autoptr (GstElement) sink = gst_element_factory_make ("jsonlsink", NULL);
  g_autoptr (GstPad) pad = NULL;
  g_autofree char *text = g_strnfill (text_size, 'x');
  GstMemory *memory = gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, text,
      text_size, 0, text_size, NULL, NULL);
  Clock clock;
  Cost cost;

  g_assert (sink != NULL);
  gst_object_ref_sink (sink);
  g_object_set (sink, "location", path, NULL);
  gst_util_set_object_arg (G_OBJECT (sink), "sync", sync);
  g_assert (gst_element_set_state (sink, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_SUCCESS);
  pad = link_pad (sink);

  clock = start_clock ();
  for (guint i = 0; i < n_documents; i++)
    push_document (pad, memory, i, n_pages);
  gst_pad_push_event (pad, gst_event_new_eos ());
  cost = stop_clock (&clock);

  gst_pad_set_active (pad, FALSE);
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_memory_unref (memory);
  return cost;
}

static void
remove_journal (const char *path)
{
  g_autofree char *log = g_strdup_printf ("%.*s.run.jsonl",
      (int) (strlen (path) - strlen (".jsonl")), path);

  g_unlink (path);
  g_unlink (log);
}

static void
print_write (const char *sync, guint n_pages, guint n, const Cost * cost)
{
  if (as_json)
    g_print ("{\"name\":\"write\",\"sync\":\"%s\",\"pages\":%u,\"records\":%u,"
        "\"wall\":%.3f,\"cpu\":%.3f,\"records_per_second\":%.0f}\n", sync,
        n_pages, n, cost->wall, cost->cpu, n / cost->wall);
  else
    g_print ("%-8s %9u %10u %10.0f %10.1f\n", sync, n_pages, n,
        n / cost->wall, cost->cpu * 1e6 / n);
}

static void
bench_writes (const char *path)
{
  const struct
  {
    const char *sync;
    guint n_pages;
    guint divisor;
  } runs[] = {
    {"batch", PAGES_OF_A_LONG_DOCUMENT, 1},
    {"batch", PAGES_OF_A_SHORT_DOCUMENT, 4},
    {"page", PAGES_OF_A_LONG_DOCUMENT, 10},
    {"none", PAGES_OF_A_LONG_DOCUMENT, 1},
  };

  if (!as_json)
    g_print ("%-8s %9s %10s %10s %10s\n", "sync", "pages/doc", "records",
        "records/s", "us CPU");
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    guint n = MAX (n_records / runs[i].divisor / runs[i].n_pages, 1);
    Cost cost = write_journal (path, runs[i].sync, runs[i].n_pages, n, 2048);

    print_write (runs[i].sync, runs[i].n_pages, n * runs[i].n_pages, &cost);
    remove_journal (path);
  }
}

/* Starting */

static void
forget_file (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);

  fsync (fd);
  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  g_close (fd, NULL);
}

static Cost
read_file (const char *path)
{
  static char buffer[1 << 20];
  Clock clock = start_clock ();
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);

  while (read (fd, buffer, sizeof buffer) > 0);
  g_close (fd, NULL);
  return stop_clock (&clock);
}

static Start
start_sink (const char *path)
{
  g_autoptr (GstElement) sink = gst_element_factory_make ("jsonlsink", NULL);
  Clock clock = start_clock ();
  Start start;

  gst_object_ref_sink (sink);
  g_object_set (sink, "location", path, NULL);
  g_assert (gst_element_set_state (sink, GST_STATE_READY)
      == GST_STATE_CHANGE_SUCCESS);
  start.cost = stop_clock (&clock);
  start.peak = get_memory ("VmHWM");
  start.anonymous = get_memory ("RssAnon");
  gst_element_set_state (sink, GST_STATE_NULL);

  return start;
}

/* In a process that has written nothing before. */
static Start
start_elsewhere (const char *program, const char *path)
{
  const char *argv[] = { program, "--start", path, NULL };
  g_autofree char *output = NULL;
  Start start = { 0 };
  int status;

  g_assert (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL,
          NULL, &output, NULL, &status, NULL) && status == 0);
  g_assert (sscanf (output, "%lf %lf %ld %ld", &start.cost.wall,
          &start.cost.cpu, &start.peak, &start.anonymous) == 4);
  return start;
}

static void
print_start (const char *what, double megabytes, guint n, const Cost * read,
    const Start * start)
{
  if (as_json)
    g_print ("{\"name\":\"start\",\"cache\":\"%s\",\"records\":%u,"
        "\"megabytes\":%.1f,\"wall\":%.3f,\"cpu\":%.3f,\"read\":%.3f,"
        "\"peak_kb\":%ld,\"anonymous_kb\":%ld}\n", what, n, megabytes,
        start->cost.wall, start->cost.cpu, read->wall, start->peak,
        start->anonymous);
  else
    g_print ("%-8s %10u %8.1f %8.2f %10.0f %10.0f %8.1f %8.1f\n", what, n,
        megabytes, start->cost.wall, megabytes / start->cost.wall,
        megabytes / read->wall, start->peak / 1024.,
        start->anonymous / 1024.);
}

static void
bench_start (const char *program, const char *path)
{
  const guint n = n_documents * PAGES_OF_A_SHORT_DOCUMENT;
  GStatBuf status;
  double megabytes;
  Cost read;
  Start start;

  write_journal (path, "none", PAGES_OF_A_SHORT_DOCUMENT, n_documents, 100);
  g_stat (path, &status);
  megabytes = status.st_size / 1e6;

  if (!as_json)
    g_print ("\n%-8s %10s %8s %8s %10s %10s %8s %8s\n", "cache", "records",
        "MB", "s", "MB/s", "read MB/s", "peak MB", "anon MB");
  forget_file (path);
  read = read_file (path);
  forget_file (path);
  start = start_elsewhere (program, path);
  print_start ("cold", megabytes, n, &read, &start);
  read = read_file (path);
  start = start_elsewhere (program, path);
  print_start ("warm", megabytes, n, &read, &start);
  remove_journal (path);
}

int
main (int argc, char **argv)
{
  g_autofree char *start_on = NULL, *folder = NULL, *path = NULL;
  const GOptionEntry entries[] = {
    {"records", 0, 0, G_OPTION_ARG_INT, &n_records, "Write N records", "N"},
    {"documents", 0, 0, G_OPTION_ARG_INT, &n_documents,
        "Start on a journal of N documents of three pages", "N"},
    {"folder", 0, 0, G_OPTION_ARG_FILENAME, &folder,
        "Write in FOLDER, of the file system to be measured", "FOLDER"},
    {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON lines", NULL},
    {"start", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &start_on, NULL,
        NULL},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *made = NULL;

  g_option_context_set_summary (context, "What the journal costs.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 1;
  }

  if (start_on) {
    Start start = start_sink (start_on);

    g_print ("%f %f %ld %ld\n", start.cost.wall, start.cost.cpu, start.peak,
        start.anonymous);
    return 0;
  }

  /* Where there is room, and a disk. */
  made = g_strdup_printf ("%s/recto-bench-XXXXXX",
      folder ? folder : "/var/tmp");
  g_assert (g_mkdtemp (made) != NULL);
  path = g_build_filename (made, "pages.jsonl", NULL);
  bench_writes (path);
  bench_start (argv[0], path);
  g_rmdir (made);

  return 0;
}
