/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bytes of a connection, with or without TLS. Nothing here blocks.
 */

#pragma once

#include "model-loop.h"

G_BEGIN_DECLS

typedef struct _ModelWire ModelWire;

/* May close the wire. */
typedef void (*ModelWireFunc) (gpointer data);

typedef enum
{
  MODEL_WAIT_NOTHING,           /* but for the peer's going away */
  MODEL_WAIT_READABLE,
  MODEL_WAIT_WRITABLE,
} ModelWait;

#define MODEL_WIRE_AGAIN -1
#define MODEL_WIRE_BROKEN -2

/* Without TLS `certificate` is NULL. Nothing is waited for yet. */
ModelWire * model_wire_new   (ModelLoop       *loop,
                              GSocket         *socket,
                              GTlsCertificate *certificate,
                              ModelWireFunc    ready,
                              ModelWireFunc    gone,
                              gpointer         data);

/* Frees it too. */
void        model_wire_close (ModelWire       *self,
                              gboolean         reset);

/* What is waited for is for the one who is called to see: the wire says so
 * again and again as long as it is. */
void        model_wire_wait  (ModelWire       *self,
                              ModelWait        wait);

/* 0 at the end. */
gssize      model_wire_read  (ModelWire       *self,
                              void            *data,
                              gsize            size);

gssize      model_wire_write (ModelWire       *self,
                              const void      *data,
                              gsize            size);

G_END_DECLS
