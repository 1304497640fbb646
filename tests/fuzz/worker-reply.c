/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whatever a render worker answers, it doesn't harm us, and what is made of it
 * can be true. For libFuzzer: all of the parent but what starts processes and
 * looks after them, which is here. The children are played by the input.
 */

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-render-job-private.h>

#define MAX_SIDE 64             /* pixels, so that images are quick to copy */
#define MAX_SIZE (64 * 1024)    /* bytes, so that texts are as well */
#define MAX_CALLS 8
#define FIRST_PID 2             /* of the first child; 1 is nobody's */
#define MAX_CHILDREN 2          /* one worker, and one in addition */

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

/* What a child does when it is asked. */
typedef enum
{
  ANSWER,
  ANSWER_IN_ANOTHER_SIZE,
  ANSWER_TWICE,
  ANSWER_WITH_DESCRIPTOR,
  SAY_NOTHING,
  EXIT,
  N_ACTIONS
} Action;

static struct
{
  const guint8 *data;
  gsize size;
} input;

static int document_fd;
static const char *password;    /* nullable */

/* The children's ends of their sockets, -1 where there is none, by pid, and
 * the child that the parent waits for. */
static int sockets[MAX_CHILDREN];
static pid_t asked;

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

/* A child's side */

typedef struct
{
  RectoWorkerRequest request;
  int fds[RECTO_WORKER_MAX_FDS];
  guint n_fds;
} Question;

static gboolean
receive (int socket, Question * question)
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
  struct cmsghdr *header;
  ssize_t size = recvmsg (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  if (size != sizeof question->request)
    return FALSE;

  header = CMSG_FIRSTHDR (&message);
  g_assert_nonnull (header);
  question->n_fds = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);
  memcpy (question->fds, CMSG_DATA (header),
      question->n_fds * sizeof (int));
  return TRUE;
}

static void
question_clear (Question * self)
{
  for (guint i = 0; i < self->n_fds; i++)
    close (self->fds[i]);
}

/* The buffer comes last. */
static void
put_content (const Question * question)
{
  char content[256];
  guint size = take_byte ();

  take (content, size);
  if (pwrite (question->fds[question->n_fds - 1], content, size, 0) < 0)
    g_error ("cannot write to the buffer");
}

/* Zeros in the input make the reply one to the request. What is too large is
 * left so, but not what takes long and shows nothing new. */
static void
take_reply (const Question * question, RectoWorkerReply * reply)
{
  take (reply, sizeof *reply);
  reply->kind ^= question->request.kind;
  reply->serial ^= question->request.serial;
  if (reply->size < question->request.capacity)
    reply->size %= MAX_SIZE;
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
  sendmsg (socket, &message, MSG_NOSIGNAL);
}

static void
exit_child (pid_t pid)
{
  int *socket = &sockets[pid - FIRST_PID];

  if (*socket >= 0)
    close (*socket);
  *socket = -1;
}

static void
answer (const Question * question, Action action)
{
  int socket = sockets[asked - FIRST_PID];
  RectoWorkerReply replies[2] = { 0 };

  put_content (question);
  take_reply (question, &replies[0]);

  switch (action) {
    case ANSWER_IN_ANOTHER_SIZE:
      send (socket, replies, take_byte () * sizeof replies / G_MAXUINT8,
          MSG_NOSIGNAL);
      break;
    case ANSWER_TWICE:
      send (socket, replies, sizeof *replies, MSG_NOSIGNAL);
      send (socket, replies, sizeof *replies, MSG_NOSIGNAL);
      break;
    case ANSWER_WITH_DESCRIPTOR:
      send_with_descriptor (socket, replies);
      break;
    default:
      send (socket, replies, sizeof *replies, MSG_NOSIGNAL);
  }
}

static void
serve_request (void)
{
  int socket = sockets[asked - FIRST_PID];
  Question question;
  Action action;

  if (socket < 0 || !receive (socket, &question))
    return;

  action = input.size > 0 ? take_byte () % N_ACTIONS : EXIT;
  if (action == EXIT)
    exit_child (asked);
  else if (action != SAY_NOTHING)
    answer (&question, action);
  question_clear (&question);
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
  exit_child (self->pid);
}

void
recto_worker_deadline_start (RectoWorkerDeadline * self,
    const RectoWorkerProcess * process, guint cpu_seconds, guint seconds)
{
  asked = process->pid;
}

/* The parent has asked and is about to wait: it is the child's turn. Who has
 * not answered then never will. */
int
recto_worker_deadline_remaining (const RectoWorkerDeadline * self)
{
  serve_request ();
  return 0;
}

gboolean
recto_worker_deadline_is_wall (const RectoWorkerDeadline * self)
{
  return take_byte () & 1;
}

/* In place of recto-zygote.c */

struct _RectoZygote
{
  gatomicrefcount ref_count;
};

RectoZygote *
recto_zygote_new (GError ** error)
{
  RectoZygote *self = g_new0 (RectoZygote, 1);

  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

RectoZygote *
recto_zygote_ref (RectoZygote * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
recto_zygote_unref (RectoZygote * self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

gboolean
recto_zygote_is_dead (RectoZygote * self)
{
  return FALSE;
}

gboolean
recto_zygote_fork (RectoZygote * self, int *channel,
    RectoWorkerProcess * child, GCancellable * cancellable, GError ** error)
{
  guint slot = 0;

  while (sockets[slot] >= 0)
    g_assert_cmpuint (++slot, <, MAX_CHILDREN);

  if (!recto_worker_channel_new (channel, &sockets[slot], error))
    return FALSE;
  recto_worker_process_init (child, FIRST_PID + slot);
  return TRUE;
}

gboolean
recto_zygote_reap (RectoZygote * self, pid_t pid, int *wait_status,
    GCancellable * cancellable)
{
  g_assert_cmpint (sockets[pid - FIRST_PID], ==, -1);
  take (wait_status, sizeof *wait_status);
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

/* The parent's side */

static void
check_string (const char *string)
{
  g_assert_true (string == NULL || g_utf8_validate (string, -1, NULL));
}

static void
check_error (const GError * error, GQuark domain)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == domain);
  check_string (error->message);
  g_assert_null (strpbrk (error->message, "\r\n\t\x1b"));
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
}

static gsize
count_raster_bytes (const RectoRendering * rendering, RectoWorkerFormat format)
{
  static const guint bytes_per_pixel[] = { 0, 0, 4, 3, 1 };

  return GST_ROUND_UP_4 (rendering->width * bytes_per_pixel[format]) *
      rendering->height;
}

static void
check_rendering (const RectoRendering * rendering,
    const RectoRenderOptions * options)
{
  gsize size = g_bytes_get_size (rendering->data);
  gsize raster_size = count_raster_bytes (rendering, options->format);

  g_assert_cmpuint (rendering->width, >, 0);
  g_assert_cmpuint (rendering->width, <=, MAX_SIDE);
  g_assert_cmpuint (rendering->height, >, 0);
  g_assert_cmpuint (rendering->height, <=, MAX_SIDE);
  g_assert_cmpuint (rendering->stride, ==, raster_size / rendering->height);
  if (raster_size > 0)
    g_assert_cmpuint (size, ==, raster_size);
  g_assert_cmpuint (size, >, 0);
  g_assert_true (rendering->page_width >= 0);
  g_assert_true (rendering->page_height >= 0);
  check_string (rendering->label);
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

  if (recto_render_job_render (job, page, &options, &rendering, &error))
    check_rendering (&rendering, &options);
  else
    check_error (error, RECTO_PAGE_ERROR);
}

static void
try_text (RectoRenderJob * job)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = recto_render_job_text (job, 1, &error);

  if (text == NULL)
    check_error (error, RECTO_PAGE_ERROR);
  check_string (text);
}

/* Two documents, as it were: one is blank. */
static void
try_call (RectoRenderJob * job, guint number)
{
  RectoRenderJob blank = {.pool = job->pool };

  switch (number % 4) {
    case 0:
      try_open (job);
      break;
    case 1:
      try_render (job, 1);
      break;
    case 2:
      try_text (job);
      break;
    default:
      try_render (&blank, 0);
  }
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL
      | G_LOG_LEVEL_WARNING);
  document_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  for (guint i = 0; i < MAX_CHILDREN; i++)
    sockets[i] = -1;
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  RectoWorkerPool *pool = recto_worker_pool_new ();
  RectoRenderJob job = {
    .pool = pool,
    /* It only says which document it is. */
    .bytes = (RectoDocumentBytes *) pool,
  };

  input.data = data;
  input.size = size;
  password = take_byte () & 1 ? "secret" : NULL;

  recto_worker_pool_set_n_workers (pool, MAX_CHILDREN - 1);
  for (guint i = 0; i < MAX_CALLS && input.size > 0; i++)
    try_call (&job, i);
  recto_worker_pool_free (pool);

  for (guint i = 0; i < MAX_CHILDREN; i++)
    g_assert_cmpint (sockets[i], ==, -1);
  return 0;
}
