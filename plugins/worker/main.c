/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The zygote: warms up what every document needs, puts walls around itself,
 * then forks a child for each document that it is asked for, and reaps it.
 */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "losses.h"
#include "sandbox.h"
#include "warm-up.h"

typedef struct
{
  Sandbox sandbox;
  gboolean confined;
  int32_t wall_errors[RECTO_WORKER_N_WALLS];
  GArray *children;             /* pids that are not reaped */
} Zygote;

/* Signals of a terminal reach the whole foreground group. The parent decides
 * what they mean; the worker ends when the parent closes the socket. What
 * else the parent had set up for itself does not hold here. */
static void
reset_signals (void)
{
  sigset_t none;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  signal (SIGINT, SIG_IGN);
  signal (SIGTERM, SIG_IGN);
  signal (SIGCHLD, SIG_DFL);
  signal (SIGHUP, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
}

G_NORETURN static void
become_child (int socket, int log, pid_t zygote, const Sandbox * sandbox)
{
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0)
    channel_protest ("cannot follow the zygote");
  /* It may have ended before that took effect. */
  if (getppid () != zygote)
    _exit (EXIT_SUCCESS);

  close (RECTO_WORKER_SOCKET_FD);
  if (dup2 (log, STDERR_FILENO) < 0)
    channel_protest ("cannot write to the log");
  close (log);
  losses_watch ();

  sandbox_enter (sandbox);
  child_serve (socket);
}

/* Who asks twice has missed the answer; the walls stand. */
static void
confine (Zygote * self, Message * message, RectoWorkerReply * reply)
{
  if (message->n_fds != 0 || message->request.walls > 1)
    channel_protest ("malformed request to confine");

  if (!self->confined)
    sandbox_confine (&self->sandbox, &message->request, self->wall_errors);
  self->confined = TRUE;
  memcpy (reply->wall_errors, self->wall_errors, sizeof (self->wall_errors));
}

static void
fork_child (Zygote * self, Message * message, RectoWorkerReply * reply)
{
  pid_t zygote = getpid ();
  pid_t pid;

  if (message->n_fds != 2)
    channel_protest ("a fork takes a socket and a log");
  if (!self->confined)
    channel_protest ("asked to fork before there are walls");

  pid = fork ();
  if (pid == 0)
    become_child (message->fds[0], message->fds[1], zygote, &self->sandbox);
  if (pid > 0)
    g_array_append_val (self->children, pid);

  reply->status = pid > 0 ? RECTO_WORKER_OK : RECTO_WORKER_FAILED;
  reply->pid = MAX (pid, 0);
}

/* Only here is a pid freed, so that the parent may kill the pids that it has
 * not asked to be reaped and never hits somebody else. */
static void
reap_child (Zygote * self, Message * message, RectoWorkerReply * reply)
{
  pid_t reaped;

  if (message->n_fds != 0 || message->request.pid <= 0)
    channel_protest ("malformed request to reap");

  do {
    reaped = waitpid (message->request.pid, &reply->wait_status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped < 0)
    channel_protest ("no such child");

  for (guint i = 0; i < self->children->len; i++) {
    if (g_array_index (self->children, pid_t, i) == reaped) {
      g_array_remove_index_fast (self->children, i);
      break;
    }
  }
  reply->status = RECTO_WORKER_OK;
  reply->pid = reaped;
}

/* The kernel does it too, but not for who was stopped before asking it to. */
static void
end_children (Zygote * self)
{
  for (guint i = 0; i < self->children->len; i++)
    kill (g_array_index (self->children, pid_t, i), SIGKILL);
  g_array_unref (self->children);
}

static void
serve_request (Zygote * self, Message * message)
{
  RectoWorkerReply reply = {
    .kind = message->request.kind,
    .serial = message->request.serial,
  };

  switch (message->request.kind) {
    case RECTO_WORKER_CONFINE:
      confine (self, message, &reply);
      break;
    case RECTO_WORKER_FORK:
      fork_child (self, message, &reply);
      break;
    case RECTO_WORKER_REAP:
      reap_child (self, message, &reply);
      break;
    default:
      channel_protest ("not a request to a zygote");
  }

  channel_send (RECTO_WORKER_SOCKET_FD, &reply);
}

int
main (void)
{
  Zygote self = {
    .children = g_array_new (FALSE, FALSE, sizeof (pid_t)),
  };
  Message message;

  sandbox_offer_to_oom_killer ();
  reset_signals ();
  warm_up ();

  while (channel_receive (RECTO_WORKER_SOCKET_FD, &message)) {
    serve_request (&self, &message);
    message_close (&message);
  }

  end_children (&self);
  return EXIT_SUCCESS;
}
