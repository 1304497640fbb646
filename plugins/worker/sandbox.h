/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The walls around what reads documents. The zygote puts up those that all its
 * children share, once, before there is a document; each child adds the last
 * one, behind which no process can be made any more.
 */

#pragma once

#include <linux/filter.h>

#include <recto/recto-worker-protocol.h>

typedef struct
{
  struct sock_fprog filter;     /* of system calls; empty: none */
} Sandbox;

/* Before anything else: workers are what is to go when memory runs out. */
void sandbox_offer_to_oom_killer (void);

/* Tells of each wall, as a reply does. */
void sandbox_confine             (Sandbox *self,
                                  const RectoWorkerRequest *request,
                                  int32_t errors[RECTO_WORKER_N_WALLS]);

/* In a child. */
void sandbox_enter               (const Sandbox *self);

/* From now on, for who can't rely on the parent to look at the clock. */
void sandbox_limit_cpu           (uint32_t seconds);

/* The parts, each 0 or an errno. */

int  sandbox_restrict_files      (void);

int  sandbox_can_filter          (void);

int  sandbox_make_filter         (struct sock_fprog *filter);

int  sandbox_apply_filter        (const struct sock_fprog *filter);
