/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "model-connection.h"
#include "model-request.h"

/* What is written before others get their turn. */
#define TURN_SIZE 262144
#define READ_SIZE 65536

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

typedef enum
{
  STATE_HEAD,                   /* reads it */
  STATE_BODY,                   /* reads it */
  STATE_WAITING,                /* for time, to be released or for nothing */
  STATE_WRITING,
  STATE_CLOSED,                 /* is freed as soon as nobody looks */
  STATE_RESET,                  /* likewise */
} State;

struct _ModelConnection
{
  ModelHub *hub;
  GList link;                   /* of the hub's connections */
  GList held_link;
  gboolean is_held;
  guint64 number;

  ModelWire *wire;
  State state;
  GByteArray *input;            /* read, but not yet used */
  gsize n_searched;             /* of it, for the end of the head */

  ModelRequest *request;
  gboolean is_completion;       /* it is in flight */
  gboolean is_waiting;          /* for its answer to start */
  guint64 body_left;
  GByteArray *body;             /* nullable */

  ModelTimer *timer;
  ModelOutput output;
};

static gboolean take_step (ModelConnection * self);

static void
count (ModelConnection * self, ModelCount what, gint64 n)
{
  model_counts_add (&self->hub->counts, what, n);
}

static void
set_waiting (ModelConnection * self, gboolean is_waiting)
{
  if (self->is_completion && self->is_waiting != is_waiting)
    count (self, MODEL_COUNT_WAITING, is_waiting ? 1 : -1);
  self->is_waiting = is_waiting;
}

/* Ends */

static void
end_request (ModelConnection * self)
{
  g_clear_pointer (&self->request, model_request_free);
  if (self->body)
    g_byte_array_unref (self->body);
  self->body = NULL;
  set_waiting (self, FALSE);
  if (self->is_completion)
    count (self, MODEL_COUNT_IN_FLIGHT, -1);
  self->is_completion = FALSE;
  model_output_clear (&self->output);
}

static void
unhold (ModelConnection * self)
{
  if (self->is_held)
    g_queue_unlink (&self->hub->held, &self->held_link);
  self->is_held = FALSE;
}

static void
connection_free (ModelConnection * self, gboolean reset)
{
  model_wire_close (self->wire, reset);
  if (self->timer)
    model_loop_remove_timer (self->hub->loop, self->timer);
  unhold (self);
  g_queue_unlink (&self->hub->connections, &self->link);
  g_byte_array_unref (self->input);
  end_request (self);
  count (self, MODEL_COUNT_CONNECTIONS, -1);
  g_free (self);
}

static void
abandon (ModelConnection * self)
{
  if (self->is_completion)
    count (self, MODEL_COUNT_ABORTED, 1);
  connection_free (self, FALSE);
}

void
model_connection_kill (ModelConnection * self)
{
  connection_free (self, TRUE);
}

/* What all that happens to a connection comes to, and the last that is done
 * with it. */
static void
run (ModelConnection * self)
{
  while (take_step (self));

  switch (self->state) {
    case STATE_HEAD:
    case STATE_BODY:
      model_wire_wait (self->wire, MODEL_WAIT_READABLE);
      break;
    case STATE_WAITING:
      model_wire_wait (self->wire, MODEL_WAIT_NOTHING);
      break;
    case STATE_WRITING:
      model_wire_wait (self->wire, MODEL_WAIT_WRITABLE);
      break;
    case STATE_CLOSED:
      connection_free (self, FALSE);
      break;
    case STATE_RESET:
      connection_free (self, TRUE);
      break;
  }
}

/* Writing */

static void
finish_answer (ModelConnection * self)
{
  ModelEnd end = self->output.end;

  if (end == MODEL_END_NEVER) {
    self->state = STATE_WAITING;
    return;
  }
  if (self->is_completion)
    count (self, MODEL_COUNT_ANSWERED, 1);
  end_request (self);
  self->state = end == MODEL_END_KEEP ? STATE_HEAD :
      end == MODEL_END_CLOSE ? STATE_CLOSED : STATE_RESET;
}

static void
go_on (gpointer data)
{
  ModelConnection *self = data;

  self->timer = NULL;
  self->state = STATE_WRITING;
  run (self);
}

static gssize
write_piece (ModelConnection * self, const char *data, gsize size)
{
  gint64 byte_time = self->output.byte_time;
  gssize n = model_wire_write (self->wire, data, byte_time ? 1 : size);

  if (n > 0)
    model_output_advance (&self->output, n);
  if (n > 0 && byte_time) {
    self->timer = model_loop_add_timer (self->hub->loop, byte_time, go_on,
        self);
    self->state = STATE_WAITING;
  }
  return n;
}

static gboolean
write_some (ModelConnection * self)
{
  gsize written = 0;
  const char *data;
  gsize size;

  while ((data = model_output_peek (&self->output, &size))) {
    gssize n = written < TURN_SIZE ? write_piece (self, data, size) :
        MODEL_WIRE_AGAIN;

    if (n == MODEL_WIRE_BROKEN && self->is_completion)
      count (self, MODEL_COUNT_ABORTED, 1);
    if (n == MODEL_WIRE_BROKEN)
      self->state = STATE_CLOSED;
    if (n < 0 || self->state != STATE_WRITING)
      return FALSE;
    written += n;
  }
  finish_answer (self);
  return TRUE;
}

static void
start_answer (ModelConnection * self)
{
  set_waiting (self, FALSE);
  self->state = STATE_WRITING;
}

static void
start_late_answer (gpointer data)
{
  ModelConnection *self = data;

  self->timer = NULL;
  start_answer (self);
  run (self);
}

void
model_connection_release (ModelConnection * self)
{
  unhold (self);
  start_late_answer (self);
}

/* Requests that are read */

static gboolean
hold (ModelConnection * self)
{
  ModelHub *hub = self->hub;

  if (!hub->holds || !self->is_completion)
    return FALSE;
  if (hub->n_released > 0) {
    hub->n_released--;
    return FALSE;
  }
  g_queue_push_tail_link (&hub->held, &self->held_link);
  return self->is_held = TRUE;
}

static void
wait_for_turn (ModelConnection * self, gint64 delay)
{
  self->state = STATE_WAITING;
  set_waiting (self, TRUE);
  if (hold (self))
    return;
  if (delay > 0)
    self->timer = model_loop_add_timer (self->hub->loop, delay,
        start_late_answer, self);
  else
    start_answer (self);
}

/* A body that isn't read can only be followed by the end. */
static void
answer (ModelConnection * self, gboolean was_read)
{
  gboolean keeps_alive = was_read &&
      model_request_keeps_alive (self->request);
  ModelReply *reply;
  gint64 delay;

  if (self->body)
    model_request_set_body (self->request,
        g_byte_array_free_to_bytes (g_steal_pointer (&self->body)));
  reply = model_answers_make_reply (&self->hub->answers, self->request);
  model_reply_write (reply, &self->output, keeps_alive);
  delay = reply->delay;
  model_reply_free (reply);
  g_clear_pointer (&self->request, model_request_free);
  wait_for_turn (self, delay);
}

/* Reading */

static void
count_request (ModelConnection * self)
{
  self->is_completion = model_request_is_completion (self->request);
  model_request_set_numbers (self->request,
      model_answers_take_serial (&self->hub->answers, self->is_completion),
      self->number);
  count (self, self->is_completion ? MODEL_COUNT_REQUESTS :
      MODEL_COUNT_OTHER_REQUESTS, 1);
  if (self->is_completion)
    count (self, MODEL_COUNT_IN_FLIGHT, 1);
}

static void
start_body (ModelConnection * self)
{
  gint64 size = model_request_get_body_size (self->request);

  if (size < 0 || size > MODEL_BODY_MAX) {
    answer (self, FALSE);
    return;
  }
  self->state = STATE_BODY;
  self->body_left = size;
  if (model_answers_want_body (&self->hub->answers, self->request))
    self->body = g_byte_array_new ();
  if (size > 0 && model_request_wants_continue (self->request))
    model_wire_write (self->wire, CONTINUE, strlen (CONTINUE));
}

static gboolean
take_head (ModelConnection * self)
{
  gsize size = model_head_find_end (self->input, self->n_searched);

  self->n_searched = size ? 0 : self->input->len;
  if (!size && self->input->len < MODEL_HEAD_MAX)
    return FALSE;
  if (size)
    self->request = model_request_new ((const char *) self->input->data, size);
  if (!self->request) {
    self->state = STATE_CLOSED;
    return FALSE;
  }

  g_byte_array_remove_range (self->input, 0, size);
  count_request (self);
  start_body (self);
  return TRUE;
}

static gboolean
take_body (ModelConnection * self)
{
  gsize size = MIN (self->input->len, self->body_left);

  if (self->body)
    g_byte_array_append (self->body, self->input->data, size);
  g_byte_array_remove_range (self->input, 0, size);
  self->body_left -= size;
  if (self->body_left > 0)
    return FALSE;
  answer (self, TRUE);
  return TRUE;
}

static gboolean
take_step (ModelConnection * self)
{
  switch (self->state) {
    case STATE_HEAD:
      return take_head (self);
    case STATE_BODY:
      return take_body (self);
    case STATE_WRITING:
      return write_some (self);
    default:
      return FALSE;
  }
}

/* Goes straight into the input. */
static gssize
read_piece (ModelConnection * self)
{
  guint used = self->input->len;
  gssize n;

  g_byte_array_set_size (self->input, used + READ_SIZE);
  n = model_wire_read (self->wire, self->input->data + used, READ_SIZE);
  g_byte_array_set_size (self->input, used + MAX (n, 0));
  if (n > 0)
    count (self, MODEL_COUNT_BYTES_RECEIVED, n);
  return n;
}

/* Input that stays where it was would keep READ_SIZE for each connection that
 * has nothing to say. */
static void
drop_room (ModelConnection * self)
{
  if (self->input->len > 0)
    return;
  g_byte_array_unref (self->input);
  self->input = g_byte_array_new ();
}

static gboolean
is_reading (ModelConnection * self)
{
  return self->state == STATE_HEAD || self->state == STATE_BODY;
}

/* All that there is: TLS may have some left that nothing tells of. */
static gboolean
read_some (ModelConnection * self)
{
  gssize n = 1;

  while (n > 0 && is_reading (self)) {
    n = read_piece (self);
    while (n > 0 && is_reading (self) && take_step (self));
  }
  drop_room (self);
  return n > 0 || n == MODEL_WIRE_AGAIN;
}

static void
on_ready (gpointer data)
{
  ModelConnection *self = data;

  if (is_reading (self) && !read_some (self))
    abandon (self);
  else
    run (self);
}

static void
on_gone (gpointer data)
{
  abandon (data);
}

void
model_connection_open (ModelHub * hub, GSocket * socket,
    GTlsCertificate * certificate)
{
  ModelConnection *self = g_new0 (ModelConnection, 1);

  self->hub = hub;
  self->number = hub->n_connections++;
  self->link.data = self;
  self->held_link.data = self;
  self->input = g_byte_array_new ();
  model_output_init (&self->output);
  self->wire = model_wire_new (hub->loop, socket, certificate, on_ready,
      on_gone, self);
  g_queue_push_tail_link (&hub->connections, &self->link);
  count (self, MODEL_COUNT_CONNECTIONS, 1);
  count (self, MODEL_COUNT_ALL_CONNECTIONS, 1);
  run (self);
}
