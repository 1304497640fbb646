/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What asking a model costs, drawing pages apart: images as large as those of
 * pages are made up, and a server that does next to nothing answers for the
 * model. It is a process of its own, and so is each run, for its memory's
 * sake; counted is the client alone.
 */

#include "config.h"

#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <gst/gst.h>
#include <recto/recto.h>

#include "memory.h"

#define CAPS "image/png, width = (int) 1000, height = (int) 1288"
#define N_IMAGES 8
#define IMAGE_SIZE (250 * 1000)
#define MEMORY_INTERVAL (20 * G_TIME_SPAN_MILLISECOND)

/* What is wanted of the figures. */
#define MAX_CPU_MS 3.
#define MAX_CPU_RATIO 1.5
#define MEMORY_PER_PAGE (64 * 1024)
#define MEMORY_BESIDES (64 * 1024 * 1024)

static int n_pages = 0;
static double delay = 1;
static char *server_path = (char *) MODEL_SERVER;
static gboolean as_json;

typedef struct
{
  int in_flight;
  double delay;
  int pages;
} Run;

typedef struct
{
  double wall;
  double cpu;
  double instructions;          /* in user space; -1: nobody counts them */
  guint peak_in_flight;
  long peak;                    /* resident, kB */
  long anonymous;               /* at most, kB */
} Cost;

typedef struct
{
  GPid pid;
  char *url;
} Server;

/* The server */

/* “listening on URL” is the first that it says. */
static char *
read_url (int fd)
{
  FILE *stream = fdopen (fd, "r");
  char url[256] = "";
  int n = fscanf (stream, "listening on %255s", url);

  fclose (stream);
  return n == 1 ? g_strdup (url) : NULL;
}

/* In the child: it goes when we do, however that is. */
static void
die_with_parent (gpointer unused)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
start_server (Server * server, double seconds)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  const char *argv[] = { server_path, "--cheap", "--port", "0", "--delay",
    g_ascii_dtostr (text, sizeof text, seconds), NULL
  };
  g_autoptr (GError) error = NULL;
  int fd;

  if (!g_spawn_async_with_pipes (NULL, (char **) argv, NULL,
          G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent, NULL, &server->pid,
          NULL, &fd, NULL, &error)) {
    g_printerr ("requests: %s\n", error->message);
    return FALSE;
  }
  server->url = read_url (fd);
  return server->url != NULL;
}

static void
stop_server (Server * server)
{
  kill (server->pid, SIGTERM);
  waitpid (server->pid, NULL, 0);
  g_free (server->url);
}

/* Pages */

static gpointer
make_images (void)
{
  gpointer images = g_malloc (N_IMAGES * IMAGE_SIZE);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < N_IMAGES * IMAGE_SIZE / sizeof (guint32); i++)
    ((guint32 *) images)[i] = g_rand_int (rand);
  return images;
}

static double
get_thread_cpu (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

/* Each has memory of its own, as if it had been drawn. */
static GstBuffer *
make_buffer (gconstpointer images, RectoDocument * document, guint number)
{
  g_autoptr (RectoPage) page = recto_page_new (document, number,
      number == recto_document_get_n_pages (document));
  const char *image = (const char *) images + number % N_IMAGES * IMAGE_SIZE;
  GstBuffer *buffer = gst_buffer_new_memdup (image, IMAGE_SIZE);

  recto_buffer_add_page (buffer, page);
  return buffer;
}

/* Returns how much processor time it took to make the images. */
static double
push_pages (GstPad * pad, gconstpointer images, guint n)
{
  g_autoptr (RectoDocument) document = g_object_new (RECTO_TYPE_DOCUMENT,
      "uri", "file:///srv/scan.pdf", "name", "scan.pdf", "n-pages", n, NULL);
  double cpu = 0;

  for (guint i = 1; i <= n; i++) {
    double cpu_start = get_thread_cpu ();
    GstBuffer *buffer = make_buffer (images, document, i);

    cpu += get_thread_cpu () - cpu_start;
    if (gst_pad_push (pad, buffer) != GST_FLOW_OK)
      break;
  }
  gst_pad_push_event (pad, gst_event_new_eos ());
  return cpu;
}

/* The pipeline */

static GstElement *
make_pipeline (const char *url, guint in_flight)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch ("vlminference name=inference ! "
      "fakesink sync=false async=false enable-last-sample=false", &error);
  g_autoptr (GstElement) inference = NULL;

  if (error) {
    g_printerr ("requests: %s\n", error->message);
    exit (1);
  }
  inference = gst_bin_get_by_name (GST_BIN (pipeline), "inference");
  g_object_set (inference, "server-url", url, "max-in-flight", in_flight, NULL);
  return pipeline;
}

static GstPad *
link_pad (GstElement * pipeline)
{
  g_autoptr (GstElement) inference =
      gst_bin_get_by_name (GST_BIN (pipeline), "inference");
  g_autoptr (GstPad) peer = gst_element_get_static_pad (inference, "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  GstPad *pad = gst_pad_new ("src", GST_PAD_SRC);
  GstSegment segment;

  gst_pad_set_active (pad, TRUE);
  g_assert (gst_pad_link (pad, peer) == GST_PAD_LINK_OK);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));

  return pad;
}

static gboolean
wait_for_end (GstElement * pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus,
      GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, &error, NULL);
  g_printerr ("requests: %s\n", error->message);
  return FALSE;
}

/* FALSE unless every page was answered. */
static gboolean
read_stats (GstElement * pipeline, guint64 n, Cost * cost)
{
  g_autoptr (GstElement) inference =
      gst_bin_get_by_name (GST_BIN (pipeline), "inference");
  g_autoptr (GstStructure) stats = NULL;
  guint64 done = 0, failed = 0;

  g_object_get (inference, "stats", &stats, NULL);
  gst_structure_get (stats, "peak-in-flight", G_TYPE_UINT,
      &cost->peak_in_flight, "done", G_TYPE_UINT64, &done,
      "failed", G_TYPE_UINT64, &failed, NULL);
  if (done == n && failed == 0)
    return TRUE;
  g_printerr ("requests: of %" G_GUINT64_FORMAT " pages, %" G_GUINT64_FORMAT
      " were done and %" G_GUINT64_FORMAT " failed\n", n, done, failed);
  return FALSE;
}

/* Measuring */

static double
get_cpu (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
      + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* There is no VmHWM of what is anonymous. */
typedef struct
{
  GThread *thread;
  int ended;                    /* atomic */
  long most;
} Watcher;

static gpointer
watch_memory (gpointer data)
{
  Watcher *self = data;

  while (!g_atomic_int_get (&self->ended)) {
    self->most = MAX (self->most, get_memory ("RssAnon"));
    g_usleep (MEMORY_INTERVAL);
  }
  return NULL;
}

/* In the threads that are started from here on, too. Not every machine has a
 * counter, and not everybody may use it. */
static int
count_instructions (void)
{
  struct perf_event_attr attr = {
    .type = PERF_TYPE_HARDWARE,
    .size = sizeof attr,
    .config = PERF_COUNT_HW_INSTRUCTIONS,
    .inherit = 1,
    .exclude_kernel = 1,
    .exclude_hv = 1,
  };

  return syscall (SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static double
read_instructions (int fd)
{
  guint64 count;

  if (fd < 0 || read (fd, &count, sizeof count) != sizeof count)
    return -1;
  return count;
}

static void
measure (GstElement * pipeline, guint n, Cost * cost)
{
  g_autofree gpointer images = make_images ();
  g_autoptr (GstPad) pad = link_pad (pipeline);
  Watcher watcher = { NULL };
  gint64 start = g_get_monotonic_time ();
  double cpu_start = get_cpu ();

  watcher.thread = g_thread_new ("watcher", watch_memory, &watcher);
  cost->cpu = -push_pages (pad, images, n);
  wait_for_end (pipeline);
  cost->wall = (g_get_monotonic_time () - start) / 1e6;
  cost->cpu += get_cpu () - cpu_start;

  g_atomic_int_set (&watcher.ended, 1);
  g_thread_join (watcher.thread);
  cost->anonymous = watcher.most;
  cost->peak = get_memory ("VmHWM");
  gst_pad_set_active (pad, FALSE);
}

static gboolean
run (const Run * what, const char *url, Cost * cost)
{
  int counter = count_instructions ();
  g_autoptr (GstElement) pipeline = make_pipeline (url, what->in_flight);
  double instructions_start = read_instructions (counter);
  gboolean complete;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  measure (pipeline, what->pages, cost);
  complete = read_stats (pipeline, what->pages, cost);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  cost->instructions = read_instructions (counter);
  if (cost->instructions >= 0)
    cost->instructions -= instructions_start;
  return complete;
}

static gboolean
run_here (const char *words)
{
  Run what;
  Server server;
  Cost cost;
  gboolean complete;

  g_assert (sscanf (words, "%d %lf %d", &what.in_flight, &what.delay,
          &what.pages) == 3);
  if (!start_server (&server, what.delay))
    return FALSE;
  complete = run (&what, server.url, &cost);
  stop_server (&server);
  g_print ("%f %f %f %u %ld %ld\n", cost.wall, cost.cpu, cost.instructions,
      cost.peak_in_flight, cost.peak, cost.anonymous);
  return complete;
}

static gboolean
run_elsewhere (const char *program, const Run * what, Cost * cost)
{
  g_autofree char *words = g_strdup_printf ("%d %f %d", what->in_flight,
      what->delay, what->pages);
  const char *argv[] = { program, "--server", server_path, "--run", words,
    NULL
  };
  g_autofree char *output = NULL;
  int status;

  g_assert (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL,
          NULL, &output, NULL, &status, NULL));
  return status == 0 && sscanf (output, "%lf %lf %lf %u %ld %ld", &cost->wall,
      &cost->cpu, &cost->instructions, &cost->peak_in_flight, &cost->peak,
      &cost->anonymous) == 6;
}

/* What is printed */

static double
get_cpu_ms (const Run * what, const Cost * cost)
{
  return cost->cpu * 1000 / what->pages;
}

static double
get_memory_bound (const Run * what)
{
  return (what->in_flight * (double) (IMAGE_SIZE + MEMORY_PER_PAGE)
      + MEMORY_BESIDES) / 1e6;
}

/* Of so many pages in flight, if answers were all that took time. */
static double
get_best_rate (const Run * what)
{
  return what->delay > 0 ? what->in_flight / what->delay : 0;
}

static void
print_json (const Run * what, const Cost * cost, double ratio)
{
  g_print ("{\"name\":\"requests\",\"in_flight\":%d,\"delay\":%g,"
      "\"pages\":%d,\"wall\":%.3f,\"cpu\":%.3f,\"cpu_ms_per_page\":%.3f,"
      "\"cpu_ratio\":%.2f,\"pages_per_second\":%.1f,"
      "\"best_pages_per_second\":%.0f,\"peak_in_flight\":%u,"
      "\"peak_kb\":%ld,\"anonymous_kb\":%ld,\"bound_kb\":%.0f",
      what->in_flight, what->delay, what->pages, cost->wall, cost->cpu,
      get_cpu_ms (what, cost), ratio, what->pages / cost->wall,
      get_best_rate (what), cost->peak_in_flight, cost->peak,
      cost->anonymous, get_memory_bound (what) * 1e6 / 1024);
  if (cost->instructions >= 0)
    g_print (",\"instructions_per_page\":%.0f",
        cost->instructions / what->pages);
  g_print ("}\n");
}

static void
print_head (void)
{
  g_print ("%9s %5s %6s %8s %5s %8s %8s %6s %8s %8s %8s %8s\n", "in flight",
      "delay", "pages", "CPU ms", "times", "pages/s", "at best", "peak",
      "peak MB", "anon MB", "bound MB", "M instr.");
}

static void
print_row (const Run * what, const Cost * cost, double ratio)
{
  g_print ("%9d %5g %6d %8.2f %5.2f %8.0f ", what->in_flight, what->delay,
      what->pages, get_cpu_ms (what, cost), ratio, what->pages / cost->wall);
  if (what->delay > 0)
    g_print ("%8.0f ", get_best_rate (what));
  else
    g_print ("%8s ", "-");
  g_print ("%6u %8.1f %8.1f %8.1f ", cost->peak_in_flight,
      cost->peak * 1024 / 1e6, cost->anonymous * 1024 / 1e6,
      get_memory_bound (what));
  if (cost->instructions >= 0)
    g_print ("%8.2f\n", cost->instructions / what->pages / 1e6);
  else
    g_print ("%8s\n", "-");
}

static void
print_targets (void)
{
  g_print ("\nThe CPU time of a page in the client is to be at most %g ms with"
      " the fewest in\nflight, and at most %g times that with more. Memory is"
      " to stay within the bound:\nan image and %d kB for each page in flight,"
      " and %d MB. With a delay, pages/s are to\ncome near to what is best,"
      " or to what the machine can do.\n", MAX_CPU_MS, MAX_CPU_RATIO,
      MEMORY_PER_PAGE / 1024, MEMORY_BESIDES / 1024 / 1024);
}

/* All runs */

static int
choose_n_pages (const Run * what)
{
  return n_pages ? n_pages : MAX (4 * what->in_flight, 4000);
}

/* What the first one cost is what the others are compared with. */
static gboolean
bench (const char *program, int in_flight, double seconds, double *first_cpu)
{
  Run what = { in_flight, seconds, 0 };
  Cost cost;
  double cpu;

  what.pages = choose_n_pages (&what);
  if (!run_elsewhere (program, &what, &cost))
    return FALSE;

  cpu = get_cpu_ms (&what, &cost);
  if (*first_cpu == 0)
    *first_cpu = cpu;
  if (as_json)
    print_json (&what, &cost, cpu / *first_cpu);
  else
    print_row (&what, &cost, cpu / *first_cpu);
  return TRUE;
}

static gboolean
bench_all (const char *program, char **in_flight)
{
  const char *usual[] = { "64", "2000", NULL };
  const char *const *numbers = in_flight ? (const char *const *) in_flight
      : usual;
  double first_cpu = 0;
  gboolean complete = TRUE;

  if (!as_json)
    print_head ();
  for (; *numbers && complete; numbers++) {
    complete = bench (program, atoi (*numbers), 0, &first_cpu)
        && (delay <= 0 || bench (program, atoi (*numbers), delay, &first_cpu));
  }
  if (complete && !as_json)
    print_targets ();
  return complete;
}

/* Each page in flight has a connection. The server does so itself. */
static void
raise_file_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

int
main (int argc, char **argv)
{
  g_autofree char *run_words = NULL;
  g_auto (GStrv) in_flight = NULL;
  const GOptionEntry entries[] = {
    {"in-flight", 0, 0, G_OPTION_ARG_STRING_ARRAY, &in_flight,
        "Have N pages in flight; may be repeated (64 and 2000)", "N"},
    {"pages", 0, 0, G_OPTION_ARG_INT, &n_pages,
        "Read N pages a run (4000, or 4 times those in flight)", "N"},
    {"delay", 0, 0, G_OPTION_ARG_DOUBLE, &delay,
        "Let the server take so long in the second run of each (1; 0: none)",
        "SECONDS"},
    {"server", 0, 0, G_OPTION_ARG_FILENAME, &server_path,
        "The stand-in for a server of models", "PROGRAM"},
    {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON lines", NULL},
    {"run", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &run_words, NULL,
        NULL},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "What asking a model costs.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("requests: %s\n", error->message);
    return 1;
  }

  raise_file_limit ();
  if (run_words)
    return run_here (run_words) ? 0 : 1;
  return bench_all (argv[0], in_flight) ? 0 : 1;
}
