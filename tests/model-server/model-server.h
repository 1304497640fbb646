/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A stand-in for a server of models, OpenAI-compatible, on the loopback: it
 * answers thousands of requests at a time, well or, when told to, in all the
 * wrong ways. It runs in a thread of its own; all of this may be called from
 * any other one, and from its handler.
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "model-faults.h"

G_BEGIN_DECLS

typedef struct _ModelServer ModelServer;
typedef struct _ModelRequest ModelRequest;
typedef struct _ModelReply ModelReply;

/* Its life */

/* Listens already, on a free port. */
ModelServer * model_server_new             (void);

/* Does not listen yet, so that nobody sees it before it is as it should be.
 * `port` is 0 for a free one. With a certificate (PEM, and its key if that is
 * elsewhere) it speaks TLS. */
ModelServer * model_server_new_full        (guint16              port,
                                            const char          *certificate,
                                            const char          *key,
                                            GError             **error);

/* Resets what is connected. */
void          model_server_free            (ModelServer         *self);

/* "http://127.0.0.1:PORT/v1", once it has listened. */
const char *  model_server_get_url         (ModelServer         *self);

guint16       model_server_get_port        (ModelServer         *self);

/* Both ends of 512 connections are more than most limits of open files. */
void          model_server_raise_file_limit (void);

/* How it answers */

typedef enum
{
  MODEL_FORMAT_FRONT_MATTER,    /* as olmOCR-2 answers */
  MODEL_FORMAT_PLAIN,
} ModelFormat;

/* NULL after the last. Once they are set, a completion by another model is
 * refused with 404; till then any is “stand-in”. */
void          model_server_set_models      (ModelServer         *self,
                                            const char          *name,
                                            ...)
                                            G_GNUC_NULL_TERMINATED;

void          model_server_set_models_strv (ModelServer         *self,
                                            const char *const   *names);

/* Takes completions by models that it does not list after all. */
void          model_server_take_any_model  (ModelServer         *self);

/* In what form the text comes, which tells the image that was sent, as in
 * "image/png 1000x1288 sha256:0123456789abcdef". */
void          model_server_set_format      (ModelServer         *self,
                                            ModelFormat          format);

/* Bodies are counted and let go; the text is the number of the request. */
void          model_server_set_cheap       (ModelServer         *self,
                                            gboolean             cheap);

/* Seconds before each completion, and at most so many more. */
void          model_server_set_delay       (ModelServer         *self,
                                            double               seconds);

void          model_server_set_jitter      (ModelServer         *self,
                                            double               seconds);

/* 401 for requests without it; NULL, as it is at first, for none. */
void          model_server_set_api_key     (ModelServer         *self,
                                            const char          *key);

/* 413 for bodies of more bytes; there is always a limit of 64 MiB. */
void          model_server_set_body_limit  (ModelServer         *self,
                                            gsize                size);

/* From now on completions wait, with their answers made, till so many are
 * released, oldest first. Ending it releases all. */
void          model_server_hold            (ModelServer         *self);

void          model_server_release         (ModelServer         *self,
                                            guint                n_answers);

void          model_server_end_hold        (ModelServer         *self);

/* Faults, of completions */

/* One after the other in the order in which requests come from now on, and
 * none after these. */
void          model_server_set_script      (ModelServer         *self,
                                            const ModelFault    *faults,
                                            gsize                n_faults);

/* Again and again, from now on: all requests get the one if it is one. */
void          model_server_set_cycle       (ModelServer         *self,
                                            const ModelFault    *faults,
                                            gsize                n_faults);

/* In so many of a hundred requests after the script one of `faults`, NULL for
 * those that a client is expected to survive. The same seed chooses the
 * same. */
void          model_server_set_mix         (ModelServer         *self,
                                            guint                percent,
                                            guint32              seed,
                                            const ModelFault    *faults,
                                            gsize                n_faults);

/* Of the list of models, every time; NULL for none. */
void          model_server_set_models_fault (ModelServer        *self,
                                            const ModelFault    *fault);

/* Called in the server's thread for every request, before its answer is made;
 * `reply` is as it would be without, its fault too. Once this returns the
 * former one isn't called any more. */
typedef void (*ModelHandler)               (ModelRequest        *request,
                                            ModelReply          *reply,
                                            gpointer             data);

void          model_server_set_handler     (ModelServer         *self,
                                            ModelHandler         handler,
                                            gpointer             data);

/* Being down */

/* Connections are made by the kernel, but nobody takes them. */
void          model_server_pause_accepting (ModelServer         *self);

void          model_server_resume_accepting (ModelServer        *self);

/* New connections are refused and those that there are reset. */
void          model_server_stop_listening  (ModelServer         *self);

/* On the same port again. */
gboolean      model_server_start_listening (ModelServer         *self,
                                            GError             **error);

/* What it sees */

typedef enum
{
  MODEL_COUNT_REQUESTS,         /* of completions, as their head is read */
  MODEL_COUNT_OTHER_REQUESTS,
  MODEL_COUNT_WAITING,          /* completions read, not yet being answered */
  MODEL_COUNT_IN_FLIGHT,        /* completions, till the answer is written */
  MODEL_COUNT_PEAK_IN_FLIGHT,
  MODEL_COUNT_ANSWERED,         /* completions, wholly, faults or not */
  MODEL_COUNT_ABORTED,          /* completions whose peer went away */
  MODEL_COUNT_CONNECTIONS,
  MODEL_COUNT_PEAK_CONNECTIONS,
  MODEL_COUNT_ALL_CONNECTIONS,
  MODEL_COUNT_BYTES_RECEIVED,   /* of heads and bodies */
} ModelCount;

#define MODEL_N_COUNTS (MODEL_COUNT_BYTES_RECEIVED + 1)

guint64       model_server_get_count       (ModelServer         *self,
                                            ModelCount           count);

/* From zero again, but for what there is just now. */
void          model_server_reset_counts    (ModelServer         *self);

/* These wait till the count is so; FALSE when it isn't in half a minute. */
gboolean      model_server_wait_at_least   (ModelServer         *self,
                                            ModelCount           count,
                                            guint64              n);

gboolean      model_server_wait_at_most    (ModelServer         *self,
                                            ModelCount           count,
                                            guint64              n);

typedef gboolean (*ModelCondition)         (const guint64       *counts,
                                            gpointer             data);

gboolean      model_server_wait_for        (ModelServer         *self,
                                            ModelCondition       condition,
                                            gpointer             data);

/* Requests. What is said of bodies is parsed when it is first asked for; when
 * the server is cheap there are none. */

/* From 0; completions are numbered by themselves. */
guint64       model_request_get_serial     (ModelRequest        *self);

/* From 0, to tell which requests came on the same one. */
guint64       model_request_get_connection (ModelRequest        *self);

const char *  model_request_get_method     (ModelRequest        *self);

/* "/v1/chat/completions" */
const char *  model_request_get_path       (ModelRequest        *self);

gboolean      model_request_is_completion  (ModelRequest        *self);

/* NULL when there is none; to be freed. */
char *        model_request_dup_header     (ModelRequest        *self,
                                            const char          *name);

/* Nullable, as are those that follow. */
GBytes *      model_request_get_body       (ModelRequest        *self);

JsonObject *  model_request_get_json       (ModelRequest        *self);

const char *  model_request_get_model      (ModelRequest        *self);

/* NAN when there is none. */
double        model_request_get_temperature (ModelRequest       *self);

/* -1 when there is none. */
gint64        model_request_get_max_tokens (ModelRequest        *self);

/* The texts of the user's messages, a line break between them. */
const char *  model_request_get_prompt     (ModelRequest        *self);

const char *  model_request_get_system     (ModelRequest        *self);

guint         model_request_get_n_images   (ModelRequest        *self);

/* Of the first image: "image/png". */
const char *  model_request_get_media_type (ModelRequest        *self);

GBytes *      model_request_get_image      (ModelRequest        *self);

/* Replies */

/* What the model says, in the server's format or not; it is put into a body
 * as JSON. */
void          model_reply_set_content      (ModelReply          *self,
                                            const char          *content);

/* The page's text, to be put in the server's format. */
void          model_reply_set_text         (ModelReply          *self,
                                            const char          *text);

void          model_reply_set_finish_reason (ModelReply         *self,
                                            const char          *reason);

void          model_reply_set_usage        (ModelReply          *self,
                                            gint64               n_prompt,
                                            gint64               n_completion);

/* Instead of all those. */
void          model_reply_set_body         (ModelReply          *self,
                                            const char          *content_type,
                                            GBytes              *body);

void          model_reply_set_status       (ModelReply          *self,
                                            guint                status);

void          model_reply_add_header       (ModelReply          *self,
                                            const char          *name,
                                            const char          *value);

/* Seconds. */
void          model_reply_set_delay        (ModelReply          *self,
                                            double               seconds);

/* NULL for none. It is applied to the reply last of all. */
void          model_reply_set_fault        (ModelReply          *self,
                                            const ModelFault    *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelServer, model_server_free)

G_END_DECLS
