/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whatever render workers answer and say, it doesn't harm us, and what is made
 * of it can be true. For libFuzzer: all of the parent but what starts processes
 * and looks after them, which is here. The zygotes and their children are
 * played by the input: it says what is different from a right answer, so that
 * zeros are a conversation that goes well, whatever the protocol looks like.
 */

#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-document-private.h>
#include <recto/recto-image-size-private.h>
#include <recto/recto-render-job-private.h>
#include <recto/recto-worker-watch-private.h>

#define MAX_SIDE 64             /* pixels, so that images are quick to copy */
#define MAX_SIZE (64 * 1024)    /* bytes, so that texts are as well */
#define MAX_CALLS 32
#define MAX_EDITS 4
#define MAX_LOG 2048            /* bytes, of a child */
#define N_WORKERS 1
#define N_PAGES 3

/* What the parent promises. */
#define MAX_OPENING_DEATHS 3

/* More than the kernel has, so that nobody is hit. */
#define FIRST_PID (1 << 22)
#define MAX_PROCESSES 32

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

/* What a process does when it is asked. */
typedef enum
{
  ANSWER,
  ANSWER_IN_ANOTHER_SIZE,
  ANSWER_TWICE,
  ANSWER_WITH_DESCRIPTOR,
  SAY_SOMETHING_FIRST,
  SAY_NOTHING,
  EXIT,
  BE_CANCELLED,
  N_ACTIONS
} Action;

typedef struct
{
  pid_t pid;                    /* 0: there is none */
  pid_t parent;                 /* of a child: the zygote */
  int socket;
  int log;
  gboolean confined;            /* as is required */
  gboolean lied;
} Process;

/* Its address stands for a RectoDocumentBytes. */
typedef struct
{
  RectoPage *page;              /* of it */
  guint n_deaths;               /* of pages in a row */
} Document;

static struct
{
  const guint8 *data;
  gsize size;
} input;

static int document_fd;
static GCancellable *cancellable;
static Process processes[MAX_PROCESSES];
static pid_t asked;             /* whom the parent waits for */

/* Of one input. */
static pid_t last_pid;
static const char *password;    /* nullable */
static RectoSandbox sandbox;
static Document documents[2];
static guint64 n_said;          /* bytes in logs */

/* Of one call. */
static guint n_requests;        /* to children */
static gboolean disturbed;      /* by who reads no documents */

/* Zeros where there is no input any more. */
static void
take (gpointer target, gsize size)
{
  gsize available = MIN (size, input.size);

  memset (target, 0, size);
  memcpy (target, input.data, available);
  input.data += available;
  input.size -= available;
}

static guint
take_byte (void)
{
  guint8 byte;

  take (&byte, sizeof byte);
  return byte;
}

/* Processes */

static Process *
find_process (pid_t pid)
{
  for (guint i = 0; i < MAX_PROCESSES; i++) {
    if (processes[i].pid == pid)
      return &processes[i];
  }
  return NULL;
}

/* NULL when there are too many. The descriptors are now its own. */
static Process *
add_process (pid_t parent, int socket, int log)
{
  Process *process = find_process (0);

  if (process)
    *process = (Process) {
      .pid = ++last_pid,
      .parent = parent,
      .socket = socket,
      .log = log,
    };
  return process;
}

/* A zygote takes its children with it. */
static void
end_process (pid_t pid)
{
  Process *process = find_process (pid);

  if (process == NULL)
    return;

  close (process->socket);
  close (process->log);
  process->pid = 0;
  for (guint i = 0; i < MAX_PROCESSES; i++) {
    if (processes[i].pid != 0 && processes[i].parent == pid)
      end_process (processes[i].pid);
  }
}

/* A zygote that was refused is refused again, and one that has lied may have
 * children that nobody knows. */
static gboolean
has_bad_zygote (void)
{
  for (guint i = 0; i < MAX_PROCESSES; i++) {
    const Process *process = &processes[i];

    if (process->pid != 0 && process->parent == 0 &&
        (process->lied || !process->confined))
      return TRUE;
  }
  return FALSE;
}

/* FALSE when it could not be said. */
static gboolean
say_something (const Process * self)
{
  guint size = take_byte ();
  guint times = 1 + take_byte () % 16;
  char words[G_MAXUINT8];
  ssize_t written = 0;

  take (words, size);
  for (guint i = 0; i < times && written >= 0; i++) {
    written = write (self->log, words, size);
    n_said += MAX (written, 0);
  }
  return size > 0 && written > 0;
}

/* Questions */

typedef struct
{
  RectoWorkerRequest request;
  int fds[RECTO_WORKER_MAX_FDS];
  guint n_fds;
} Question;

static void
take_fds (Question * question, struct msghdr *message)
{
  struct cmsghdr *header = CMSG_FIRSTHDR (message);

  question->n_fds = 0;
  if (header == NULL)
    return;

  question->n_fds = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);
  memcpy (question->fds, CMSG_DATA (header), question->n_fds * sizeof (int));
}

static gboolean
receive (const Process * process, Question * question)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (RECTO_WORKER_MAX_FDS * sizeof (int))];
  } control;
  struct iovec data = { &question->request, sizeof question->request };
  struct msghdr message = {
    .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control.bytes,
  };
  ssize_t size = recvmsg (process->socket, &message,
      MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  if (size != sizeof question->request)
    return FALSE;

  take_fds (question, &message);
  return TRUE;
}

static void
question_clear (Question * self)
{
  for (guint i = 0; i < self->n_fds; i++)
    close (self->fds[i]);
}

/* Answers */

/* The buffer comes last. The reply may say that there is far more in it. */
static void
put_content (const Question * question, RectoWorkerReply * reply)
{
  char content[G_MAXUINT8];
  guint size = take_byte ();

  take (content, size);
  if (pwrite (question->fds[question->n_fds - 1], content, size, 0) < 0)
    g_error ("cannot write to the buffer");
  reply->size = (guint64) size << take_byte () % 64;
}

static guint
bytes_per_pixel (RectoWorkerFormat format)
{
  static const guint bytes[] = { 0, 0, 4, 3, 1 };

  return bytes[format];
}

#define PNG_HEAD "\x89PNG\r\n\x1a\n" "\0\0\0\x0d" "IHDR"
#define JPEG_HEAD "\xff\xd8" "\xff\xe0\0\4xx" "\xff\xc0\0\x11\x08"
#define MAX_HEAD 32

static void
put_be (guint8 * data, guint n_bytes, guint value)
{
  for (guint i = 0; i < n_bytes; i++)
    data[i] = value >> 8 * (n_bytes - 1 - i);
}

static gsize
make_png_head (guint8 * head, guint width, guint height)
{
  const gsize at = sizeof PNG_HEAD - 1;

  memcpy (head, PNG_HEAD, at);
  put_be (head + at, 4, width);
  put_be (head + at + 4, 4, height);
  return at + 8;
}

static gsize
make_jpeg_head (guint8 * head, guint width, guint height)
{
  const gsize at = sizeof JPEG_HEAD - 1;

  memcpy (head, JPEG_HEAD, at);
  put_be (head + at, 2, height);
  put_be (head + at + 2, 2, width);
  return at + 4;
}

/* The sides of `reply`, unless the input changes a byte of it. */
static void
put_head (const Question * question, RectoWorkerReply * reply)
{
  guint8 head[MAX_HEAD];

  if (question->request.format == RECTO_WORKER_PNG)
    reply->size = make_png_head (head, reply->width, reply->height);
  else
    reply->size = make_jpeg_head (head, reply->width, reply->height);
  head[take_byte () % reply->size] ^= take_byte ();
  reply->size -= take_byte () % reply->size;
  if (pwrite (*question->fds, head, reply->size, 0) < 0)
    g_error ("cannot write to the buffer");
}

static double
take_length (void)
{
  static const double lengths[] = { 612, 0, -1, INFINITY, NAN };

  return lengths[take_byte () % G_N_ELEMENTS (lengths)];
}

/* Its numbers fit each other unless the input says something else. */
static void
fill_image (const Question * question, RectoWorkerReply * reply)
{
  guint bpp = bytes_per_pixel (question->request.format);
  guint n_letters = take_byte ();

  reply->width = 1 ^ take_byte ();
  reply->height = 1 ^ take_byte ();
  reply->page_width = take_length ();
  reply->page_height = take_length ();
  memset (reply->label, take_byte (), MIN (n_letters, sizeof reply->label));
  if (bpp > 0) {
    reply->stride = GST_ROUND_UP_4 (reply->width * bpp) + take_byte ();
    reply->size = (guint64) reply->stride * reply->height + take_byte ();
  } else {
    put_head (question, reply);
  }
}

/* Whether there are any. */
static gboolean
take_edits (RectoWorkerReply * reply)
{
  guint n_edits = take_byte () % (MAX_EDITS + 1);

  for (guint i = 0; i < n_edits; i++) {
    guint at = take_byte () % (sizeof *reply - sizeof (guint32));
    guint32 value, bits;

    take (&bits, sizeof bits);
    memcpy (&value, (guint8 *) reply + at, sizeof value);
    value ^= bits;
    memcpy ((guint8 *) reply + at, &value, sizeof value);
  }
  return n_edits > 0;
}

static void
take_child_reply (const Question * question, RectoWorkerReply * reply)
{
  reply->status = take_byte ();
  put_content (question, reply);
  if (question->request.kind == RECTO_WORKER_OPEN)
    reply->n_pages = N_PAGES ^ take_byte ();
  if (question->request.kind == RECTO_WORKER_RENDER && reply->status == 0)
    fill_image (question, reply);
  take_edits (reply);
  /* What is too large is left so, but not what takes long and shows nothing
   * new. */
  if (reply->size < question->request.capacity)
    reply->size %= MAX_SIZE;
}

static void
fork_child (Process * zygote, Question * question, RectoWorkerReply * reply)
{
  Process *child;

  g_assert_cmpuint (question->n_fds, ==, 2);
  g_assert_true (zygote->confined);
  child = add_process (zygote->pid, question->fds[0], question->fds[1]);
  if (child) {
    reply->pid = child->pid;
    question->n_fds = 0;
  } else {
    reply->status = RECTO_WORKER_FAILED;
    disturbed = TRUE;
  }

  /* No edit would come upon that one. */
  if (take_byte () == 1) {
    reply->pid = getpid ();
    zygote->lied = TRUE;
  }
}

/* Waiting for a child that lives is waiting for ever, which may happen to who
 * tells of another one. */
static void
reap_child (const Process * zygote, const RectoWorkerRequest * request,
    RectoWorkerReply * reply)
{
  g_assert_cmpint (request->pid, >, 1);
  g_assert_true (zygote->lied || find_process (request->pid) == NULL);
  reply->pid = request->pid;
  reply->wait_status = take_byte ();
  reply->wait_status |= take_byte () << 8;
}

static gboolean
is_confined (const RectoWorkerRequest * request, const RectoWorkerReply * reply)
{
  if (sandbox == RECTO_SANDBOX_REQUIRED) {
    g_assert_cmpuint (request->walls, ==, 1);
    return reply->wall_errors[RECTO_WORKER_PRIVILEGES] == 0 &&
        reply->wall_errors[RECTO_WORKER_FILES] == 0 &&
        reply->wall_errors[RECTO_WORKER_RESOURCES] == 0 &&
        reply->wall_errors[RECTO_WORKER_SYSCALLS] == 0;
  }
  return TRUE;
}

static void
take_zygote_reply (Process * zygote, Question * question,
    RectoWorkerReply * reply)
{
  switch (question->request.kind) {
    case RECTO_WORKER_CONFINE:
      break;
    case RECTO_WORKER_FORK:
      fork_child (zygote, question, reply);
      break;
    case RECTO_WORKER_REAP:
      reap_child (zygote, &question->request, reply);
      break;
    default:
      g_assert_not_reached ();
  }
  zygote->lied |= take_edits (reply);
  disturbed |= zygote->lied;
  if (question->request.kind == RECTO_WORKER_CONFINE)
    zygote->confined = is_confined (&question->request, reply);
}

static void
send_with_descriptor (int socket, const RectoWorkerReply * reply)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = {
    .header.cmsg_level = SOL_SOCKET,
    .header.cmsg_type = SCM_RIGHTS,
    .header.cmsg_len = CMSG_LEN (sizeof (int)),
  };
  struct iovec data = { (gpointer) reply, sizeof *reply };
  struct msghdr message = {
    .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control.bytes,
  };

  memcpy (CMSG_DATA (&control.header), &document_fd, sizeof (int));
  sendmsg (socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
answer (Process * process, Question * question, Action action)
{
  RectoWorkerReply replies[2] = { 0 };
  gsize size = sizeof *replies;

  replies->kind = question->request.kind;
  replies->serial = question->request.serial;
  if (process->parent)
    take_child_reply (question, replies);
  else
    take_zygote_reply (process, question, replies);

  if (action == ANSWER_WITH_DESCRIPTOR) {
    send_with_descriptor (process->socket, replies);
    return;
  }
  if (action == ANSWER_IN_ANOTHER_SIZE)
    size = take_byte () * sizeof replies / G_MAXUINT8;
  for (guint i = 0; i < (action == ANSWER_TWICE ? 2 : 1); i++)
    send (process->socket, replies, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Who knows no answer when the input ends is gone. */
static Action
take_action (void)
{
  return input.size > 0 ? take_byte () % N_ACTIONS : EXIT;
}

/* Milliseconds that the parent should wait now. */
static int
serve_request (Process * process)
{
  Action action = take_action ();
  Question question;

  disturbed |= action == BE_CANCELLED ||
      (process->parent == 0 && action != ANSWER);
  if (action == SAY_SOMETHING_FIRST)
    return say_something (process) ? 1 : 0;
  n_requests += process->parent != 0;
  if (action == BE_CANCELLED)
    g_cancellable_cancel (cancellable);
  if (action == BE_CANCELLED || action == SAY_NOTHING)
    return 0;
  if (action == EXIT) {
    end_process (process->pid);
    return 0;
  }

  if (receive (process, &question)) {
    answer (process, &question, action);
    question_clear (&question);
  }
  return 0;
}

/* In place of recto-worker-process.c */

void
recto_worker_process_init (RectoWorkerProcess * self, pid_t pid)
{
  self->pid = pid;
  self->pidfd = -1;
}

void
recto_worker_process_clear (RectoWorkerProcess * self)
{
  recto_worker_process_init (self, 0);
}

void
recto_worker_process_kill (RectoWorkerProcess * self)
{
  g_assert_cmpint (self->pid, !=, 1);
  g_assert_cmpint (self->pid, >=, 0);
  g_assert_cmpint (self->pid, !=, getpid ());
  if (self->pid > 0)
    end_process (self->pid);
}

void
recto_worker_deadline_start (RectoWorkerDeadline * self,
    const RectoWorkerProcess * process, guint cpu_seconds, guint seconds)
{
  asked = process->pid;
}

/* The parent has asked and is about to wait: it is the process's turn. Who has
 * not answered then never will. */
int
recto_worker_deadline_remaining (const RectoWorkerDeadline * self)
{
  Process *process = asked ? find_process (asked) : NULL;

  return process ? serve_request (process) : 0;
}

gboolean
recto_worker_deadline_is_wall (const RectoWorkerDeadline * self)
{
  return take_byte () & 1;
}

/* Nothing watches idle processes: they do nothing here without a request, and
 * the input belongs to one thread. */
void
recto_worker_watch_init (RectoWorkerWatch * self, GMutex * lock,
    RectoWorkerWatchFunc look, gpointer data)
{
}

void
recto_worker_watch_clear (RectoWorkerWatch * self)
{
}

void
recto_worker_watch_begin (RectoWorkerWatch * self)
{
}

void
recto_worker_watch_end (RectoWorkerWatch * self)
{
}

/* In place of GLib's, for recto-zygote.c. */
gboolean
g_spawn_async_with_pipes_and_fds (const char *working_directory,
    const char *const *argv, const char *const *envp, GSpawnFlags flags,
    GSpawnChildSetupFunc child_setup, gpointer user_data, int stdin_fd,
    int stdout_fd, int stderr_fd, const int *source_fds, const int *target_fds,
    gsize n_fds, GPid * child_pid_out, int *stdin_pipe_out,
    int *stdout_pipe_out, int *stderr_pipe_out, GError ** error)
{
  Process *zygote = NULL;

  g_assert_cmpuint (n_fds, ==, 1);
  if (take_action () == EXIT && input.size > 0) {
    disturbed = TRUE;
    g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT, "not there");
    return FALSE;
  }

  /* All others are dead: there is room. */
  zygote = add_process (0, dup (source_fds[0]), dup (stderr_fd));
  g_assert_nonnull (zygote);
  *child_pid_out = zygote->pid;
  return TRUE;
}

/* In place of recto-document-bytes.c */

guint64
recto_document_bytes_get_size (RectoDocumentBytes * self)
{
  return 1;
}

int
recto_document_bytes_get_fd (RectoDocumentBytes * self)
{
  return document_fd;
}

const char *
recto_document_bytes_get_password (RectoDocumentBytes * self)
{
  return password;
}

/* In place of what recto-document.c counts */

static Document *
find_document (RectoDocument * wanted)
{
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++) {
    if (recto_page_get_document (documents[i].page) == wanted)
      return &documents[i];
  }
  g_assert_not_reached ();
}

void
recto_document_count_page (RectoDocument * self, gboolean died)
{
  Document *document = find_document (self);

  document->n_deaths = died ? document->n_deaths + 1 : 0;
}

gboolean
recto_document_is_deadly (RectoDocument * self)
{
  return find_document (self)->n_deaths >= RECTO_DOCUMENT_MAX_DEATHS;
}

/* The parent's side */

static void
check_string (const char *string)
{
  g_assert_true (string == NULL || g_utf8_validate (string, -1, NULL));
}

/* Who only draws documents is never the cause of G_IO_ERROR. */
static void
check_error (const GError * error, GQuark domain)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == domain ||
      error->domain == RECTO_PAGE_ERROR ||
      (disturbed && error->domain == G_IO_ERROR));
  check_string (error->message);
  for (const char *c = error->message; *c; c = g_utf8_next_char (c))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (c)));
}

static void
try_open (RectoRenderJob * job)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;

  if (recto_render_job_open (job, &info, &error)) {
    g_assert_cmpuint (info.n_pages, >, 0);
    g_assert_cmpuint (info.n_pages, <=, G_MAXINT);
    check_string (info.title);
  } else {
    check_error (error, RECTO_DOCUMENT_ERROR);
    g_assert_null (info.title);
  }
  g_assert_true (disturbed || n_requests <= MAX_OPENING_DEATHS);
}

static void
check_warnings (guint n)
{
  g_assert_cmpuint (n, <=, n_said);
}

static void
check_length (double points)
{
  g_assert_true (isfinite (points));
  g_assert_true (points >= 0);
}

static void
check_rendering (const RectoRendering * rendering,
    const RectoRenderOptions * options)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (rendering->data, &size);
  guint stride = GST_ROUND_UP_4 (rendering->width *
      bytes_per_pixel (options->format));

  g_assert_cmpuint (rendering->width, >, 0);
  g_assert_cmpuint (rendering->width, <=, MAX_SIDE);
  g_assert_cmpuint (rendering->height, >, 0);
  g_assert_cmpuint (rendering->height, <=, MAX_SIDE);
  g_assert_cmpuint (rendering->stride, ==, stride);
  if (stride > 0)
    g_assert_cmpuint (size, ==, (gsize) stride * rendering->height);
  else
    g_assert_true (recto_image_has_size (data, size, options->format,
            rendering->width, rendering->height));
  check_length (rendering->page_width);
  check_length (rendering->page_height);
  check_string (rendering->label);
  check_warnings (rendering->warnings);
}

/* What is skipped is not tried, and all else is. */
static void
check_page_error (const GError * error, gboolean deadly)
{
  gboolean skipped = g_error_matches (error, RECTO_PAGE_ERROR,
      RECTO_PAGE_SKIPPED);

  check_error (error, RECTO_PAGE_ERROR);
  g_assert_cmpint (skipped, ==, deadly);
  g_assert_true (!skipped || n_requests == 0);
}

static void
try_render (RectoRenderJob * job, guint page)
{
  RectoRenderOptions options = {
    .format = take_byte () % (RECTO_WORKER_GRAY8 + 1),
    .layout = {.longest = MAX_SIDE,.max_width = MAX_SIDE,
        .max_height = MAX_SIDE},
  };
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean deadly = job->page &&
      recto_document_is_deadly (recto_page_get_document (job->page));

  if (recto_render_job_render (job, page, &options, &rendering, &error))
    check_rendering (&rendering, &options);
  else
    check_page_error (error, deadly);
}

static void
try_text (RectoRenderJob * job)
{
  g_autoptr (GError) error = NULL;
  gboolean deadly =
      recto_document_is_deadly (recto_page_get_document (job->page));
  g_auto (RectoRendering) rendering = { 0 };
  g_autofree char *text = recto_render_job_text (job, 1, &rendering, &error);

  if (text == NULL)
    check_page_error (error, deadly);
  check_string (text);
  check_warnings (rendering.warnings);
}

static void
try_confinement (RectoWorkerPool * pool)
{
  RectoConfinement confinement = { 0 };

  sandbox = take_byte () % (RECTO_SANDBOX_OFF + 1);
  confinement.sandbox = sandbox;
  confinement.memory_limit = take_byte ();
  recto_worker_pool_set_confinement (pool, &confinement);
}

static void
try_call (RectoRenderJob * job)
{
  guint document = take_byte () % G_N_ELEMENTS (documents);
  RectoRenderJob blank = *job;

  g_cancellable_reset (cancellable);
  n_requests = 0;
  disturbed = has_bad_zygote ();
  blank.bytes = NULL;
  blank.page = NULL;
  job->bytes = (RectoDocumentBytes *) &documents[document];
  job->page = documents[document].page;

  switch (take_byte () % 5) {
    case 0:
      try_open (job);
      break;
    case 1:
      try_render (job, 1);
      break;
    case 2:
      try_text (job);
      break;
    case 3:
      try_render (&blank, 0);
      break;
    default:
      try_confinement (job->pool);
  }
}

static void
check_stats (RectoWorkerPool * pool)
{
  RectoWorkerPoolStats stats;

  recto_worker_pool_get_stats (pool, &stats);
  g_assert_cmpuint (stats.peak_workers, <=, N_WORKERS + 1);
  g_assert_cmpuint (stats.workers, <=, stats.peak_workers);
  g_assert_cmpuint (stats.warnings, <=, n_said);
  g_assert_cmpuint (stats.log_bytes_dropped, <=, n_said);
}

/* Another one after a call means that descriptors were left open. */
static int
find_free_fd (void)
{
  int fd = dup (document_fd);

  close (fd);
  return fd;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL
      | G_LOG_LEVEL_WARNING);
  signal (SIGPIPE, SIG_IGN);
  /* That of a zygote is made of it, which is nothing to mutate. */
  clearenv ();
  g_setenv ("LANG", "C", TRUE);
  document_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  cancellable = g_cancellable_new ();
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++) {
    g_autoptr (RectoDocument) document = recto_document_new (NULL, "fuzz");

    documents[i].page = recto_page_new (document, 1, FALSE);
  }
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  int free_fd = find_free_fd ();
  RectoWorkerPool *pool = recto_worker_pool_new ();
  RectoRenderJob job = {
    .pool = pool,
    .limits = {.log_bytes = MAX_LOG},
    .cancellable = cancellable,
  };

  input.data = data;
  input.size = size;
  last_pid = FIRST_PID;
  sandbox = RECTO_SANDBOX_REQUIRED;
  n_said = 0;
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    documents[i].n_deaths = 
        take_byte () % (RECTO_DOCUMENT_MAX_DEATHS + 1);
  password = take_byte () & 1 ? "secret" : NULL;

  recto_worker_pool_set_n_workers (pool, N_WORKERS);
  for (guint i = 0; i < MAX_CALLS && input.size > 0; i++)
    try_call (&job);
  check_stats (pool);
  recto_worker_pool_free (pool);

  for (guint i = 0; i < MAX_PROCESSES; i++)
    g_assert_cmpint (processes[i].pid, ==, 0);
  g_assert_cmpint (find_free_fd (), ==, free_fd);
  return 0;
}
