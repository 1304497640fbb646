/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-waker-private.h>
#include <recto/recto-zygote-private.h>

GST_DEBUG_CATEGORY_STATIC (recto_zygote_debug);
#define GST_CAT_DEFAULT recto_zygote_debug

/* What a zygote may take to answer, in seconds: the first time, fontconfig
 * may have all fonts of the machine to look at. */
#define FORK_TIMEOUT 60
#define REAP_TIMEOUT 2

/* Of what it says on standard error, for the debug log, in bytes. */
#define MAX_LOG 4096

struct _RectoZygote
{
  gatomicrefcount ref_count;
  char *path;
  RectoConfinement confinement;

  RectoWorkerProcess process;
  int channel;
  gint dead;                    /* atomic; never alive again */

  GMutex lock;
  GCond idle;
  gboolean busy;                /* one round trip at a time: whose it is has
                                 * the rest */
  RectoWorkerLog log;
  guint32 serial;
  guint n_stale;                /* answers to come that nobody waits for */
  gboolean confined;
  RectoPosture posture;         /* once it is */
};

static void
init_debug (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (recto_zygote_debug, "rectozygote", 0,
        "processes that render workers are forked from");
    g_once_init_leave (&done, 1);
  }
}

static gboolean
is_wanted_variable (const char *name)
{
  static const char *const names[] = {
    "FC_DEBUG", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT",
    "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "TZ", "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME", "XDG_DATA_DIRS", "XDG_DATA_HOME",
    /* for builds with sanitizers */
    "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", NULL
  };

  return g_str_has_prefix (name, "LC_") || g_strv_contains (names, name);
}

/* What fontconfig, poppler and the locale need; no key or password that the
 * environment may hold. */
static char **
make_environment (void)
{
  g_auto (GStrv) ours = g_get_environ ();       /* NULL when cleared */
  g_autoptr (GStrvBuilder) theirs = g_strv_builder_new ();

  for (guint i = 0; ours && ours[i]; i++) {
    g_autofree char *name = g_strndup (ours[i], strcspn (ours[i], "="));

    if (is_wanted_variable (name))
      g_strv_builder_add (theirs, ours[i]);
  }
  return g_strv_builder_end (theirs);
}

static void
set_spawn_error (GError ** error, const char *path, const GError * cause)
{
  if (!g_error_matches (cause, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        _("Could not start the render worker “%s”: %s."), path,
        cause->message);
    return;
  }

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
      _("There is no render worker at “%s”. It is not built when a library "
          "is missing: on Debian, tools/quickstart installs them all. If it "
          "is elsewhere, set RECTO_RENDER_WORKER to its path."), path);
}

/* Unlike GSubprocess, this takes neither a SIGCHLD handler nor a main loop to
 * know of the end. */
static gboolean
spawn (RectoZygote * self, int channel, int log, GError ** error)
{
  char *argv[] = { self->path, NULL };
  const int target = RECTO_WORKER_SOCKET_FD;
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL;
  g_auto (GStrv) environment = make_environment ();
  g_autoptr (GError) cause = NULL;
  GPid pid;

  if (!g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) argv,
          (const char *const *) environment, flags, NULL, NULL, -1, -1, log,
          &channel, &target, 1, &pid, NULL, NULL, NULL, &cause)) {
    set_spawn_error (error, self->path, cause);
    return FALSE;
  }

  recto_worker_process_init (&self->process, pid);
  self->log.pid = pid;
  GST_DEBUG ("%p: “%s” is process %d", self, self->path, pid);
  return TRUE;
}

/* Nobody reads its log while nobody calls it, so that it must not wait till
 * there is room. */
static gboolean
spawn_with_log (RectoZygote * self, int channel, GError ** error)
{
  gboolean spawned;
  int log;

  if (!recto_worker_log_open (&self->log, &log, error))
    return FALSE;
  fcntl (log, F_SETFL, O_NONBLOCK);
  self->log.max_bytes = MAX_LOG;
  spawned = spawn (self, channel, log, error);
  close (log);

  return spawned;
}

RectoZygote *
recto_zygote_new (const RectoConfinement * confinement, GError ** error)
{
  const char *path = g_getenv ("RECTO_RENDER_WORKER");
  g_autoptr (RectoZygote) self = g_new0 (RectoZygote, 1);
  int theirs;
  gboolean spawned;

  init_debug ();
  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  self->path = g_strdup (path && *path ? path : RECTO_WORKER_PATH);
  self->confinement = *confinement;
  self->process.pidfd = -1;
  self->channel = -1;
  self->log.fd = -1;

  if (!recto_worker_channel_new (&self->channel, &theirs, error))
    return NULL;
  spawned = spawn_with_log (self, theirs, error);
  close (theirs);
  if (!spawned)
    return NULL;

  return g_steal_pointer (&self);
}

RectoZygote *
recto_zygote_ref (RectoZygote * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* Nothing that a zygote does has to be finished, so it gets no time to end by
 * itself. */
static void
end_process (RectoZygote * self)
{
  int status;

  if (self->channel >= 0)
    close (self->channel);
  if (self->process.pid == 0)
    return;

  recto_worker_process_kill (&self->process);
  while (waitpid (self->process.pid, &status, 0) < 0 && errno == EINTR)
    continue;
  GST_DEBUG ("%p: process %d has ended", self, self->process.pid);
  recto_worker_process_clear (&self->process);
}

void
recto_zygote_unref (RectoZygote * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  end_process (self);
  recto_worker_log_close (&self->log);
  g_cond_clear (&self->idle);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self);
}

/* An answer that nobody waited for may be there to be read: that is no end. */
gboolean
recto_zygote_is_dead (RectoZygote * self)
{
  return g_atomic_int_get (&self->dead) ||
      recto_worker_channel_is_hung_up (self->channel);
}

gboolean
recto_zygote_matches (RectoZygote * self, const RectoConfinement * confinement)
{
  return recto_confinement_equal (&self->confinement, confinement);
}

static gboolean
send_reap (RectoZygote * self, pid_t pid)
{
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_REAP,
    .serial = ++self->serial,
    .pid = pid,
  };

  return recto_worker_channel_send (self->channel, &request, NULL, 0);
}

/* Children are killed: that must not be us, nor a group of processes. */
static gboolean
can_be_child (pid_t pid)
{
  return pid > 1 && pid != getpid ();
}

/* The answer to a request that was cancelled comes all the same, and may
 * bring a child that nobody wants any more. */
static void
discard_stale (RectoZygote * self, const RectoWorkerReply * reply)
{
  RectoWorkerProcess child;

  if (reply->kind != RECTO_WORKER_FORK || !can_be_child (reply->pid))
    return;

  recto_worker_process_init (&child, reply->pid);
  recto_worker_process_kill (&child);
  if (send_reap (self, child.pid))
    self->n_stale++;
  recto_worker_process_clear (&child);
}

static RectoChannelResult
receive_answer (RectoZygote * self, const RectoWorkerRequest * request,
    RectoWorkerReply * reply, GCancellable * cancellable)
{
  RectoWorkerDeadline deadline;
  RectoChannelResult result;

  recto_worker_deadline_start (&deadline, &self->process, 0,
      request->kind == RECTO_WORKER_REAP ? REAP_TIMEOUT : FORK_TIMEOUT);
  for (;;) {
    result = recto_worker_channel_receive (self->channel, &self->log, reply,
        &deadline, cancellable);
    if (result == RECTO_CHANNEL_CANCELLED || result == RECTO_CHANNEL_NO_FDS)
      self->n_stale++;
    if (result != RECTO_CHANNEL_OK)
      return result;

    if (reply->serial == request->serial)
      return reply->kind == request->kind ? result : RECTO_CHANNEL_GARBAGE;
    if (self->n_stale == 0)
      return RECTO_CHANNEL_GARBAGE;
    self->n_stale--;
    discard_stale (self, reply);
  }
}

/* Whoever breaks the protocol or is silent is no zygote any more. */
static void
condemn (RectoZygote * self)
{
  recto_worker_process_kill (&self->process);
  g_atomic_int_set (&self->dead, TRUE);
}

/* It may have said what it ended of, or the linker that it could not begin. */
static void
set_end_error (GError ** error, RectoZygote * self)
{
  RectoWorkerLogCounts counts;
  g_autofree char *last = NULL;

  recto_worker_log_take (&self->log, &counts);
  last = recto_worker_log_dup_last (&self->log);
  if (last)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE,
        _("The render worker “%s” ended or gave a wrong answer. Its last "
            "words: “%s”."), self->path, last);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE,
        _("The render worker “%s” ended or gave a wrong answer."),
        self->path);
}

/* Between begin_call() and end_call(), unless it was cancelled. */
static void
set_error (GError ** error, RectoZygote * self, RectoChannelResult result)
{
  switch (result) {
    case RECTO_CHANNEL_CANCELLED:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
          _("Operation was cancelled"));
      break;
    case RECTO_CHANNEL_NO_FDS:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
          _("Too many files are open to wait for a render worker."));
      break;
    case RECTO_CHANNEL_EXPIRED:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
          _("The render worker “%s” does not answer."), self->path);
      break;
    default:
      set_end_error (error, self);
      break;
  }
}

static gboolean
begin_call (RectoZygote * self, GCancellable * cancellable)
{
  g_auto (RectoWaker) waker = { 0 };
  g_autoptr (GMutexLocker) locker = NULL;

  recto_waker_init (&waker, &self->lock, &self->idle, cancellable);
  locker = g_mutex_locker_new (&self->lock);
  while (self->busy && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->idle, &self->lock);

  if (g_cancellable_is_cancelled (cancellable))
    return FALSE;
  self->busy = TRUE;
  return TRUE;
}

static void
end_call (RectoZygote * self)
{
  g_mutex_lock (&self->lock);
  self->busy = FALSE;
  g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->lock);
}

/* Between begin_call() and end_call(). */
static RectoChannelResult
call (RectoZygote * self, RectoWorkerRequest * request, const int *fds,
    guint n_fds, RectoWorkerReply * reply, GCancellable * cancellable)
{
  RectoChannelResult result = RECTO_CHANNEL_CLOSED;

  request->serial = ++self->serial;
  recto_worker_log_forget (&self->log);
  if (!g_atomic_int_get (&self->dead) &&
      recto_worker_channel_send (self->channel, request, fds, n_fds))
    result = receive_answer (self, request, reply, cancellable);

  if (result == RECTO_CHANNEL_CLOSED || result == RECTO_CHANNEL_GARBAGE ||
      result == RECTO_CHANNEL_EXPIRED)
    condemn (self);
  return result;
}

static RectoChannelResult
ensure_confined (RectoZygote * self, GCancellable * cancellable)
{
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_CONFINE,
    .memory_limit = self->confinement.memory_limit,
    .walls = self->confinement.sandbox != RECTO_SANDBOX_OFF,
  };
  RectoWorkerReply reply;
  RectoChannelResult result;

  if (self->confined)
    return RECTO_CHANNEL_OK;

  result = call (self, &request, NULL, 0, &reply, cancellable);
  if (result != RECTO_CHANNEL_OK)
    return result;

  G_STATIC_ASSERT (sizeof (reply.wall_errors) ==
      sizeof (self->posture.errors));
  memcpy (self->posture.errors, reply.wall_errors,
      sizeof (reply.wall_errors));
  self->confined = TRUE;
  return result;
}

gboolean
recto_zygote_confine (RectoZygote * self, RectoPosture * posture,
    GCancellable * cancellable, GError ** error)
{
  RectoChannelResult result;
  gboolean confined;

  if (!begin_call (self, cancellable)) {
    set_error (error, self, RECTO_CHANNEL_CANCELLED);
    return FALSE;
  }

  result = ensure_confined (self, cancellable);
  *posture = self->posture;
  confined = result == RECTO_CHANNEL_OK
      && recto_posture_check (posture, self->confinement.sandbox, error);
  if (result != RECTO_CHANNEL_OK)
    set_error (error, self, result);
  else if (!confined)
    condemn (self);             /* what is missing may not be so for ever */
  end_call (self);

  return confined;
}

static gboolean
call_fork (RectoZygote * self, const int fds[2], RectoWorkerReply * reply,
    GCancellable * cancellable, GError ** error)
{
  RectoWorkerRequest request = {.kind = RECTO_WORKER_FORK };
  RectoChannelResult result;

  if (!begin_call (self, cancellable)) {
    set_error (error, self, RECTO_CHANNEL_CANCELLED);
    return FALSE;
  }

  result = call (self, &request, fds, 2, reply, cancellable);
  if (result != RECTO_CHANNEL_OK)
    set_error (error, self, result);
  end_call (self);
  return result == RECTO_CHANNEL_OK;
}

/* Sends a child its ends of what it talks through. */
static gboolean
fork_with_log (RectoZygote * self, int channel, RectoWorkerLog * log,
    RectoWorkerReply * reply, GCancellable * cancellable, GError ** error)
{
  int fds[2] = { channel, -1 };
  gboolean answered;

  if (!recto_worker_log_open (log, &fds[1], error))
    return FALSE;
  answered = call_fork (self, fds, reply, cancellable, error);
  close (fds[1]);
  return answered;
}

gboolean
recto_zygote_fork (RectoZygote * self, int *channel, RectoWorkerLog * log,
    RectoWorkerProcess * child, GCancellable * cancellable, GError ** error)
{
  RectoWorkerReply reply;
  int ours, theirs;
  gboolean answered;

  if (!recto_worker_channel_new (&ours, &theirs, error))
    return FALSE;
  answered = fork_with_log (self, theirs, log, &reply, cancellable, error);
  close (theirs);

  if (answered && reply.status == RECTO_WORKER_OK &&
      can_be_child (reply.pid)) {
    recto_worker_process_init (child, reply.pid);
    log->pid = reply.pid;
    *channel = ours;
    return TRUE;
  }

  close (ours);
  recto_worker_log_close (log);
  if (answered)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        _("The render worker “%s” could not fork. Perhaps there are too "
            "many processes, or there is too little memory."), self->path);
  return FALSE;
}

gboolean
recto_zygote_reap (RectoZygote * self, pid_t pid, int *wait_status,
    GCancellable * cancellable)
{
  RectoWorkerRequest request = {.kind = RECTO_WORKER_REAP,.pid = pid };
  RectoWorkerReply reply;

  *wait_status = 0;
  if (!begin_call (self, cancellable))
    return FALSE;

  if (call (self, &request, NULL, 0, &reply, cancellable) == RECTO_CHANNEL_OK
      && reply.pid == pid)
    *wait_status = reply.wait_status;
  end_call (self);
  return TRUE;
}
