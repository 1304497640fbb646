/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The circuit breaker before a server. It says which requests go out, and
 * which failures of the server are attempts of a page:
 *
 * - A failure trips the circuit. While it is tripped, one request goes out at a
 *   time: the trial. Pages that the server has not failed are first, then the
 *   control, a page that was answered before, then the others in turns.
 * - An answer closes it.
 * - The first failure of a page is no attempt, nor is one together with others
 *   or with a trial. Another one is an attempt, once the server has answered a
 *   request that began later.
 * - A page that was twice among several that failed is asked alone. One that
 *   was alone twice when the server died is given up.
 *
 * For the client's thread, unless a function says otherwise.
 */

#pragma once

#include "deadline-queue.h"

G_BEGIN_DECLS

typedef struct _VlmCircuit VlmCircuit;
typedef struct _VlmWait VlmWait;

/* How the server has failed a page, whose job keeps it. All 0 at first. */
typedef struct
{
  guint n_failures;
  guint n_deaths;               /* among several failures, or in an outage */
  guint n_deaths_alone;         /* of those, with no other request under way */
  guint n_busy;                 /* answers that all have to wait */
  gint64 failed_at;             /* monotonic time */
  guint64 trip;                 /* in which it failed last */
  guint64 sent;                 /* the number of its request */
  gboolean is_charged;          /* the last failure may be an attempt */
  gboolean was_alone;           /* nothing else was asked meanwhile */
  gboolean died_alone;          /* the last failure, likewise */
  gboolean was_lost;
} VlmSuspect;

typedef enum
{
  VLM_FAILURE_UNSENT,           /* no connection: the page has no part in it */
  VLM_FAILURE_STATUS,
  VLM_FAILURE_LOST,             /* the connection broke */
  VLM_FAILURE_BUSY,             /* it takes nothing: no page has a part in it */
} VlmFailure;

/* What a page that has waited is to do. */
typedef enum
{
  VLM_TURN_SEND,                /* one request, for which there is a permit */
  VLM_TURN_CHARGE,              /* the failure was an attempt; no permit */
  VLM_TURN_DIED,                /* the server dies of this page; no permit */
  VLM_TURN_GIVE_UP,             /* no answer will come; no permit */
  VLM_TURN_END,                 /* the run is over; no permit */
} VlmTurn;

typedef void (*VlmTurnFunc) (VlmTurn turn, gpointer data);

typedef enum
{
  VLM_CIRCUIT_HELD,             /* nothing goes out */
  VLM_CIRCUIT_CLOSED,           /* all do, as many as may at a time */
  VLM_CIRCUIT_TRIPPED,
  VLM_CIRCUIT_ENDED,
} VlmCircuitState;

typedef struct
{
  /* Asks for the control page, and reports with vlm_circuit_end_trial().
   * FALSE: there is none. */
  gboolean (*ask_control) (gpointer data);
  void (*on_state) (VlmCircuitState state, gpointer data);
  gpointer data;
} VlmCircuitFuncs;

/* Any thread. Held at first. */
VlmCircuit *    vlm_circuit_new          (const VlmCircuitFuncs *funcs);

void            vlm_circuit_free         (VlmCircuit            *self);

/* Before all that follows. */
void            vlm_circuit_set_deadlines
                                         (VlmCircuit            *self,
                                          DeadlineQueue         *deadlines);

/* Pages that wait go on within `spread` microseconds. */
void            vlm_circuit_close        (VlmCircuit            *self,
                                          gint64                 spread);

void            vlm_circuit_hold         (VlmCircuit            *self);

void            vlm_circuit_end          (VlmCircuit            *self);

VlmCircuitState vlm_circuit_get_state    (VlmCircuit            *self);

/* Permits. Each is for one request, and ends by one of the three that follow. */

/* Whether `suspect` may ask now; then it has a permit. */
gboolean        vlm_circuit_take_permit  (VlmCircuit            *self,
                                          VlmSuspect            *suspect);

/* The same of a second request beside one of the same page. */
gboolean        vlm_circuit_take_second_permit
                                         (VlmCircuit            *self,
                                          VlmSuspect            *suspect);

/* The server has answered a request that began at `began_at`. */
void            vlm_circuit_end_answered (VlmCircuit            *self,
                                          VlmSuspect            *suspect,
                                          gint64                 began_at);

/* The server has failed. The next trial is not before `not_before`, which is
 * monotonic time, or 0 if any will do. */
void            vlm_circuit_end_failed   (VlmCircuit            *self,
                                          VlmSuspect            *suspect,
                                          VlmFailure             failure,
                                          gint64                 not_before);

/* The request was cancelled, or what came says nothing about the server. */
void            vlm_circuit_end_neutral  (VlmCircuit            *self,
                                          VlmSuspect            *suspect);

/* The control, whose request began at `began_at`, was answered or not. */
void            vlm_circuit_end_trial    (VlmCircuit            *self,
                                          gboolean               is_answered,
                                          gint64                 began_at,
                                          gint64                 not_before);

/* The control is of no use: the server does not take it. Pages take turns until
 * there is another one. */
void            vlm_circuit_lose_control (VlmCircuit            *self);

/* Waiting */

/* Calls `func` once, later, unless the wait is cancelled. */
VlmWait *       vlm_circuit_wait         (VlmCircuit            *self,
                                          VlmSuspect            *suspect,
                                          VlmTurnFunc            func,
                                          gpointer               data);

/* Clears the pointer, which may be NULL. */
void            vlm_wait_cancel          (VlmWait              **wait);

/* Gives up the page that waits alone, if it was asked for at least twice. */
gboolean        vlm_circuit_give_up_only (VlmCircuit            *self);

/* Requests under way, and how many there may be. */
guint           vlm_circuit_get_in_flight
                                         (VlmCircuit            *self);

guint           vlm_circuit_get_limit    (VlmCircuit            *self);

/* Answers are late though others come: asks for half as much at a time. It
 * grows again with the answers that come in time. */
void            vlm_circuit_halve        (VlmCircuit            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VlmCircuit, vlm_circuit_free)

G_END_DECLS
