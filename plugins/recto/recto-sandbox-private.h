/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed. What workers are confined to, and what came of it.
 */

#pragma once

#include <gio/gio.h>

#include <recto/recto-sandbox.h>
#include <recto/recto-worker-protocol.h>

G_BEGIN_DECLS

typedef struct
{
  RectoSandbox sandbox;
  guint64 memory_limit;         /* bytes of address space, 0: none */
} RectoConfinement;

static inline gboolean
recto_confinement_equal (const RectoConfinement * a, const RectoConfinement * b)
{
  return a->sandbox == b->sandbox && a->memory_limit == b->memory_limit;
}

/* Of each wall 0 where it stands, else an errno, or -1 where nobody asked for
 * it. */
typedef struct
{
  gint32 errors[RECTO_WORKER_N_WALLS];
} RectoPosture;

RECTO_API
const char * recto_sandbox_get_nick   (RectoSandbox        self);

RECTO_API
const char * recto_wall_get_name      (RectoWorkerWall     wall);

/* Why a wall does not stand and what to do about it; NULL where it does. */
RECTO_API
char *       recto_posture_dup_reason (const RectoPosture *self,
                                       RectoWorkerWall     wall);

/* Whether that will do. */
RECTO_API
gboolean     recto_posture_check      (const RectoPosture *self,
                                       RectoSandbox        sandbox,
                                       GError            **error);

G_END_DECLS
