/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. The process that all workers are forked from. Thread-safe.
 */

#pragma once

#include <recto/recto-sandbox-private.h>
#include <recto/recto-worker-channel-private.h>

G_BEGIN_DECLS

typedef struct _RectoZygote RectoZygote;

RectoZygote * recto_zygote_new     (const RectoConfinement *confinement,
                                    GError             **error);

RectoZygote * recto_zygote_ref     (RectoZygote         *self);

void          recto_zygote_unref   (RectoZygote         *self);

/* A dead zygote has no children any more: the kernel ended them. */
gboolean      recto_zygote_is_dead (RectoZygote         *self);

/* Whether its workers are confined like that. */
gboolean      recto_zygote_matches (RectoZygote         *self,
                                    const RectoConfinement *confinement);

/* Puts up the walls, unless they stand, and tells of them. An error where one
 * is missing that is required. */
gboolean      recto_zygote_confine (RectoZygote         *self,
                                    RectoPosture        *posture,
                                    GCancellable        *cancellable,
                                    GError             **error);

/* Of a zygote that is confined. `log` is what the child writes to its standard
 * error. */
gboolean      recto_zygote_fork    (RectoZygote         *self,
                                    int                 *channel,
                                    RectoWorkerLog      *log,
                                    RectoWorkerProcess  *child,
                                    GCancellable        *cancellable,
                                    GError             **error);

/* Frees the pid of a child that has ended, and tells how, in `wait_status`: 0
 * when that can't be known. FALSE: cancelled before it was tried. */
gboolean      recto_zygote_reap    (RectoZygote         *self,
                                    pid_t                pid,
                                    int                 *wait_status,
                                    GCancellable        *cancellable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoZygote, recto_zygote_unref)

G_END_DECLS
