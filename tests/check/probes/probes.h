/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What somebody who has taken over a render worker would try. Probes call the
 * kernel directly, for a library may refuse what the kernel would not, and
 * leave nothing behind outside of the folder that they are given.
 */

#pragma once

#include <errno.h>
#include <glib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0 when the attack came through, otherwise what the kernel said. */
typedef int (*ProbeFunc) (char **arguments);

typedef struct
{
  const char *name;
  ProbeFunc run;
} Probe;

#define PROBE_TRY(...) (syscall (__VA_ARGS__) < 0 ? errno : 0)

/* For attacks that are made to fail with `failure` when nobody stops them. */
#define PROBE_REACH(failure, ...) \
  probe_reached (PROBE_TRY (__VA_ARGS__), failure)

static inline int
probe_reached (int error, int failure)
{
  return error == failure ? 0 : error;
}

/* They end with a probe without a name. */
extern const Probe file_probes[];
extern const Probe kernel_probes[];
extern const Probe memory_probes[];
extern const Probe process_probes[];
extern const Probe socket_probes[];

/* The parent of the worker, which a child may not be able to ask for. */
pid_t probe_get_zygote (void);

/* Of the document, the buffer or the socket to the parent: the first
 * descriptor of that type after stderr, counted from 0. */
int   probe_find_fd    (mode_t type, guint nth);
