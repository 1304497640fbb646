/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Not installed.
 */

#pragma once

#include <gio/gio.h>

#include <recto/recto-prelude.h>

G_BEGIN_DECLS

/* While it exists, a cancellable wakes up who waits for a condition. It is
 * made and cleared without the lock. */
typedef struct
{
  GMutex *lock;
  GCond *cond;
  GCancellable *cancellable;    /* nullable */
  gulong handler;
} RectoWaker;

void recto_waker_init  (RectoWaker   *self,
                        GMutex       *lock,
                        GCond        *cond,
                        GCancellable *cancellable);

void recto_waker_clear (RectoWaker   *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RectoWaker, recto_waker_clear)

G_END_DECLS
