/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "watchdog.h"

#include <signal.h>
#include <unistd.h>

#include <glib-unix.h>

#include "commands.h"

/* Together with what the end of a server may take, below a second. */
#define HURRY_MS 600

struct _Watchdog
{
  ModelProcess *server;
  GMainContext *context;
  GThread *thread;
  gint is_over;                 /* atomic */
};

static gboolean
is_ignored (int number)
{
  struct sigaction action;

  return sigaction (number, NULL, &action) == 0
      && action.sa_handler == SIG_IGN;
}

guint
watchdog_list_signals (int signals[WATCHDOG_MAX_SIGNALS])
{
  guint n = 0;

  signals[n++] = SIGINT;
  signals[n++] = SIGTERM;
  if (!is_ignored (SIGHUP))
    signals[n++] = SIGHUP;
  return n;
}

/* Nothing is freed or flushed: another thread may hold any lock. The workers
 * end when their sockets close. */
static gboolean
end_process (gpointer data)
{
  Watchdog *self = data;

  if (self->server != NULL)
    model_process_kill (self->server);
  _exit (EXIT_INTERRUPTED);
}

static gpointer
watch (gpointer data)
{
  Watchdog *self = data;

  while (!g_atomic_int_get (&self->is_over))
    g_main_context_iteration (self->context, TRUE);
  return NULL;
}

static void
add_source (Watchdog * self, GSource * source)
{
  g_source_set_callback (source, end_process, self, NULL);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

Watchdog *
watchdog_new (ModelProcess * server, gboolean hurry)
{
  g_autoptr (Watchdog) self = g_new0 (Watchdog, 1);
  int signals[WATCHDOG_MAX_SIGNALS];
  guint n_signals = watchdog_list_signals (signals);

  self->server = server;
  self->context = g_main_context_new ();
  for (guint i = 0; i < n_signals; i++)
    add_source (self, g_unix_signal_source_new (signals[i]));
  if (hurry)
    add_source (self, g_timeout_source_new (HURRY_MS));

  self->thread = g_thread_try_new ("recto-watchdog", watch, self, NULL);
  return self->thread != NULL ? g_steal_pointer (&self) : NULL;
}

void
watchdog_free (Watchdog * self)
{
  g_atomic_int_set (&self->is_over, TRUE);
  g_main_context_wakeup (self->context);
  g_clear_pointer (&self->thread, g_thread_join);
  g_main_context_unref (self->context);
  g_free (self);
}
