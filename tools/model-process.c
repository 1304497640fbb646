/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model-process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n.h>

#include <vlm/api-key.h>
#include <vlm/excerpt.h>

#define MAX_RESTARTS 5

/* How long it has to end when it is told to. */
#define PATIENCE (10 * G_USEC_PER_SEC)
#define SHORT_PATIENCE (G_USEC_PER_SEC / 5)

/* What is kept of its words: so many lines of so many characters, of which so
 * many bytes are looked at. */
#define MAX_LINES 20
#define MAX_LINE 500
#define MAX_BYTES 4096

/* What a pipe may hold, in pieces: who outlives the process may go on. */
#define PIECE 4096
#define MAX_PIECES 16

struct _ModelProcess
{
  char **argv;
  const Secrets *secrets;
  Progress *progress;
  gboolean verbose;
  ModelProcessFunc func;
  gpointer data;
  guint n_restarts;

  GMutex lock;                  /* of what follows, for another thread */
  pid_t pid;                    /* and its group; 0: there is none */
  int pidfd;
  int output;                   /* both of its outputs; -1 once it is closed */
  guint death;                  /* GLib sources */
  guint speech;

  GQueue lines;                 /* its last ones */
  GString *line;                /* that it has not ended yet */
  gboolean is_cut;              /* the rest of that is not kept */
};

/* What it says */

/* Servers print the arguments that they got, among them keys. A key is one
 * word, so that a word which was cut may be the start of one. */
static char *
dup_line (ModelProcess * self)
{
  g_autofree char *valid = NULL;
  char *last_word = self->is_cut ? strrchr (self->line->str, ' ') : NULL;

  if (self->is_cut)
    g_string_truncate (self->line, last_word ? last_word - self->line->str : 0);
  valid = g_utf8_make_valid (self->line->str, self->line->len);
  return excerpt_new (valid, MAX_LINE, self->secrets);
}

static void
end_line (ModelProcess * self)
{
  char *line;

  if (self->line->len == 0)
    return;
  line = dup_line (self);
  if (self->verbose) {
    g_autofree char *text = g_strdup_printf ("%s: %s", self->argv[0], line);

    progress_say (self->progress, text);
  }
  if (self->lines.length == MAX_LINES)
    g_free (g_queue_pop_head (&self->lines));
  g_queue_push_tail (&self->lines, line);
  g_string_truncate (self->line, 0);
  self->is_cut = FALSE;
}

/* Bars of progress are rewritten by “\r”. */
static void
hear (ModelProcess * self, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    if (bytes[i] == '\n' || bytes[i] == '\r')
      end_line (self);
    else if (self->line->len == MAX_BYTES)
      self->is_cut = TRUE;
    else if (bytes[i] != '\0')
      g_string_append_c (self->line, bytes[i]);
  }
}

static void
close_output (ModelProcess * self)
{
  g_clear_handle_id (&self->speech, g_source_remove);
  if (self->output >= 0)
    close (g_steal_fd (&self->output));
}

/* One piece; FALSE when there is none now. */
static gboolean
read_output (ModelProcess * self)
{
  char bytes[PIECE];
  gssize length = self->output < 0 ? 0 :
      read (self->output, bytes, sizeof bytes);

  if (length > 0)
    hear (self, bytes, length);
  else if (length == 0 || (errno != EAGAIN && errno != EINTR))
    close_output (self);
  return length > 0;
}

static gboolean
on_speech (int fd, GIOCondition condition, gpointer data)
{
  ModelProcess *self = data;

  read_output (self);
  return self->output >= 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Starting */

/* In the child, between fork() and exec(): system calls, and nothing else.
 *
 * In a group of its own it gets no Ctrl-C from the terminal, which means for us
 * to finish pages that it still has to read, and can be ended with all that
 * it has started.
 *
 * If we are killed, the kernel sends it SIGTERM, and it ends its own processes
 * as it always does; with SIGKILL those would stay. That is when the thread
 * which forked ends, and the main one ends with the process. */
static void
set_up_child (gpointer parent)
{
  signal (SIGXFSZ, SIG_DFL);
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != GPOINTER_TO_INT (parent))
    _exit (EXIT_FAILURE);
}

static void
set_pid (ModelProcess * self, pid_t pid)
{
  g_mutex_lock (&self->lock);
  self->pid = pid;
  g_mutex_unlock (&self->lock);
}

static gboolean
spawn (ModelProcess * self, int output, GError ** error)
{
  g_autoptr (GError) cause = NULL;
  GPid pid;
  /* The key is for asking a server, which needs none of its own. */
  g_auto (GStrv) environment = g_environ_unsetenv (g_get_environ (),
      API_KEY_VARIABLE);

  if (g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) self->argv,
          (const char *const *) environment,
          G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, set_up_child,
          GINT_TO_POINTER (getpid ()), -1, output, output, NULL, NULL, 0,
          &pid, NULL, NULL, NULL, &cause)) {
    set_pid (self, pid);
    return TRUE;
  }

  g_set_error (error, cause->domain, cause->code,
      _("The server's command “%s” could not be started: %s."), self->argv[0],
      cause->message);
  return FALSE;
}

static gboolean on_death (int fd, GIOCondition condition, gpointer data);

/* A pidfd tells of its end and leaves it to us to reap it: until then no other
 * group can have its number. */
static gboolean
watch (ModelProcess * self, GError ** error)
{
  self->pidfd = pidfd_open (self->pid, 0);
  if (self->pidfd < 0) {
    int code = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        _("The server's command “%s” could not be watched: %s."),
        self->argv[0], g_strerror (code));
    return FALSE;
  }
  self->death = g_unix_fd_add (self->pidfd, G_IO_IN, on_death, self);
  self->speech = g_unix_fd_add (self->output, G_IO_IN | G_IO_HUP, on_speech,
      self);
  return TRUE;
}

static gboolean
start (ModelProcess * self, GError ** error)
{
  int pipe[2];
  gboolean started;

  if (!g_unix_open_pipe (pipe, FD_CLOEXEC, error))
    return FALSE;
  self->output = pipe[0];
  g_unix_set_fd_nonblocking (self->output, TRUE, NULL);
  started = spawn (self, pipe[1], error);
  close (pipe[1]);

  return started && watch (self, error);
}

/* Ending */

/* Its end also is that of what it has started. Once it is reaped, its number
 * may be another group's, which no other thread must kill. */
static int
reap (ModelProcess * self)
{
  pid_t pid = self->pid;
  int status = 0;

  set_pid (self, 0);
  kill (-pid, SIGKILL);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR);

  g_clear_handle_id (&self->death, g_source_remove);
  if (self->pidfd >= 0)
    close (g_steal_fd (&self->pidfd));
  for (guint i = 0; i < MAX_PIECES && read_output (self); i++);
  close_output (self);
  end_line (self);
  return status;
}

/* It may have much to say meanwhile, and must not wait for us. Its output is
 * closed when the last one of its group has ended. */
static void
wait_for_end (ModelProcess * self, gint64 until)
{
  int pidfd = self->pidfd;
  gint64 left;

  while ((pidfd >= 0 || self->output >= 0)
      && (left = until - g_get_monotonic_time ()) > 0) {
    struct pollfd fds[] = {
      {.fd = pidfd,.events = POLLIN},
      {.fd = self->output,.events = POLLIN},
    };

    if (poll (fds, G_N_ELEMENTS (fds), left / 1000 + 1) <= 0)
      continue;
    if (fds[0].revents != 0)
      pidfd = -1;
    if (fds[1].revents != 0)
      read_output (self);
  }
}

void
model_process_end (ModelProcess * self, gboolean hurry)
{
  if (self->pid == 0)
    return;
  kill (-self->pid, SIGTERM);
  if (self->pidfd >= 0)
    wait_for_end (self, g_get_monotonic_time () + (hurry ? SHORT_PATIENCE :
            PATIENCE));
  reap (self);
}

void
model_process_kill (ModelProcess * self)
{
  g_mutex_lock (&self->lock);
  if (self->pid != 0)
    kill (-self->pid, SIGKILL);
  g_mutex_unlock (&self->lock);
}

static char *
describe_end (ModelProcess * self, int status)
{
  if (WIFSIGNALED (status))
    return g_strdup_printf (_("The server's command “%s” was ended by signal"
            " %d (%s)."), self->argv[0], WTERMSIG (status),
        g_strsignal (WTERMSIG (status)));
  return g_strdup_printf (_("The server's command “%s” ended with exit status"
          " %d."), self->argv[0], WEXITSTATUS (status));
}

typedef void (*Teller) (Progress * progress, const char *message);

static void
tell_last_words (ModelProcess * self, Teller tell)
{
  if (self->lines.length > 0)
    tell (self->progress, _("Its last output:"));
  for (GList * line = self->lines.head; line != NULL; line = line->next) {
    g_autofree char *text = g_strconcat ("  ", line->data, NULL);

    tell (self->progress, text);
  }
}

static void
tell_end (ModelProcess * self, int status, gboolean restarts)
{
  Teller tell = restarts ? progress_say : progress_complain;
  g_autofree char *how = describe_end (self, status);
  g_autofree char *next = restarts ?
      g_strdup_printf (_("It is started again (%u of %d times)."),
      self->n_restarts, MAX_RESTARTS) :
      g_strdup (_("It has been started again too often; the run ends."));
  g_autofree char *text = g_strdup_printf ("%s %s", how, next);

  tell (self->progress, text);
  if (!self->verbose)
    tell_last_words (self, tell);
}

/* Once more, if it may be. */
static gboolean
restart (ModelProcess * self, int status)
{
  gboolean restarts = self->n_restarts < MAX_RESTARTS;
  g_autoptr (GError) error = NULL;

  if (restarts)
    self->n_restarts++;
  tell_end (self, status, restarts);
  g_queue_clear_full (&self->lines, g_free);
  if (!restarts)
    return FALSE;
  if (start (self, &error))
    return TRUE;

  progress_complain (self->progress, error->message);
  return FALSE;
}

static gboolean
on_death (int fd, GIOCondition condition, gpointer data)
{
  ModelProcess *self = data;

  self->death = 0;
  if (!restart (self, reap (self)) && self->func != NULL)
    self->func (self->data);
  return G_SOURCE_REMOVE;
}

/* The whole */

ModelProcess *
model_process_start (const char *command, const Secrets * secrets,
    Progress * progress, gboolean verbose, GError ** error)
{
  g_autoptr (ModelProcess) self = g_new0 (ModelProcess, 1);

  self->secrets = secrets;
  self->progress = progress;
  self->verbose = verbose;
  g_mutex_init (&self->lock);
  self->pidfd = -1;
  self->output = -1;
  self->line = g_string_new (NULL);
  g_queue_init (&self->lines);

  if (!g_shell_parse_argv (command, NULL, &self->argv, error)) {
    g_prefix_error (error, "--server-command: ");
    return NULL;
  }
  return start (self, error) ? g_steal_pointer (&self) : NULL;
}

void
model_process_watch (ModelProcess * self, ModelProcessFunc func,
    gpointer data)
{
  self->func = func;
  self->data = data;
}

void
model_process_free (ModelProcess * self)
{
  self->func = NULL;
  model_process_end (self, FALSE);
  close_output (self);
  g_queue_clear_full (&self->lines, g_free);
  g_string_free (self->line, TRUE);
  g_strfreev (self->argv);
  g_mutex_clear (&self->lock);
  g_free (self);
}
