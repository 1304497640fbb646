/* Recto: what a renderer and its workers say to each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Fixed-size messages over SOCK_SEQPACKET, one reply to each request.
 * Whatever varies in size lies in a sealed memfd, the buffer, which the
 * parent owns and sends along with each request.
 *
 * The worker that is exec'd is the zygote. It knows CONFINE, which comes first
 * and once, FORK and REAP. A forked child serves one document: OPEN first,
 * then any number of RENDER and TEXT. An end of file on its socket is the
 * order to exit, for both. The log is what a child has as standard error: each
 * line on it is a warning.
 *
 *             file descriptors sent     buffer holds before / after
 *   CONFINE   -                         - / -
 *   FORK      the child's socket, log   - / -
 *   REAP      -                         - / -
 *   OPEN      document, buffer          password / title, or what is wrong
 *   RENDER    buffer                    - / image, or what is wrong
 *   TEXT      buffer                    - / text, or what is wrong
 *
 * The parent believes nothing of a reply that it has not checked.
 */

#pragma once

#include <stdint.h>

/* The descriptor that the zygote finds its socket at. */
#define RECTO_WORKER_SOCKET_FD 3

#define RECTO_WORKER_MAX_FDS 2

/* How a child exits that an allocation failed in, where it can't reply. */
#define RECTO_WORKER_EXIT_NO_MEMORY 70

/* A side of an image, or of a placeholder, that no model can read anything
 * on: a patch of the vision encoders in use is 14 pixels. */
#define RECTO_WORKER_MIN_SIDE 14

typedef enum
{
  RECTO_WORKER_CONFINE = 1,
  RECTO_WORKER_FORK,
  RECTO_WORKER_REAP,
  RECTO_WORKER_OPEN,
  RECTO_WORKER_RENDER,
  RECTO_WORKER_TEXT,
} RectoWorkerKind;

/* The walls around workers, in the order in which they are put up; but a child
 * filters its system calls last. */
typedef enum
{
  RECTO_WORKER_NAMESPACES,      /* no network, nobody else's mounts or IPC */
  RECTO_WORKER_PRIVILEGES,      /* none to be gained, not to be debugged */
  RECTO_WORKER_FILES,           /* Landlock: fonts and poppler's data only */
  RECTO_WORKER_RESOURCES,       /* rlimits */
  RECTO_WORKER_SYSCALLS,        /* seccomp */
  RECTO_WORKER_N_WALLS,
} RectoWorkerWall;

typedef enum
{
  RECTO_WORKER_OK,
  RECTO_WORKER_FAILED,          /* the zygote could not fork */
  RECTO_WORKER_ENCRYPTED,
  RECTO_WORKER_DAMAGED,
  RECTO_WORKER_NOT_A_DOCUMENT,
  RECTO_WORKER_NO_PAGES,
  RECTO_WORKER_NO_SUCH_PAGE,
  RECTO_WORKER_RENDER_FAILED,
  RECTO_WORKER_DEGENERATE,
  RECTO_WORKER_MEMORY_LIMIT,
  RECTO_WORKER_BUFFER_TOO_SMALL,
} RectoWorkerStatus;

typedef enum
{
  RECTO_WORKER_PNG,             /* lossless; grey where there is no colour */
  RECTO_WORKER_JPEG,
  RECTO_WORKER_BGRX,
  RECTO_WORKER_RGB,
  RECTO_WORKER_GRAY8,
} RectoWorkerFormat;

/* How large an image is to be, in pixels. Of `exact`, `dpi`, `longest` and
 * `shortest` the first that is not 0 decides the size of the page; then
 * `max_pixels` and the `max_…` sides make it smaller, keeping its shape; then
 * `multiple` and the `min_…` sides make the image larger than the page, which
 * is centred on white. All limits hold for the image that comes back. */
typedef struct
{
  uint32_t exact;
  uint32_t longest;
  uint32_t shortest;
  uint32_t multiple;
  uint32_t max_pixels;          /* 0: only the sides limit it */
  uint32_t min_width, max_width;
  uint32_t min_height, max_height;
  uint32_t rotation;            /* 0, 90, 180 or 270, counter-clockwise */
  double dpi;
} RectoWorkerLayout;

typedef struct
{
  uint32_t kind;                /* RectoWorkerKind */
  uint32_t serial;              /* comes back in the reply */
  int32_t pid;                  /* REAP */
  uint32_t page;                /* RENDER and TEXT: from 1; RENDER 0: blank */
  uint32_t format;              /* RENDER: RectoWorkerFormat */
  uint32_t quality;             /* RENDER: of JPEG, 1 to 100 */
  uint64_t size;                /* OPEN: bytes of password, at most 1 KiB */
  uint64_t document_size;       /* OPEN: bytes of document */
  uint64_t capacity;            /* bytes of buffer */
  uint64_t memory_limit;        /* CONFINE: bytes of address space, 0: none */
  uint32_t walls;               /* CONFINE: 0: RESOURCES only, 1: all */
  uint32_t cpu_seconds;         /* OPEN, RENDER and TEXT: 0: no limit */
  RectoWorkerLayout layout;     /* RENDER */
} RectoWorkerRequest;

typedef struct
{
  uint32_t kind;
  uint32_t serial;
  uint32_t status;              /* RectoWorkerStatus */
  int32_t pid;                  /* FORK: the child */
  int32_t wait_status;          /* REAP: as waitpid() gives it */
  int32_t wall_errors[RECTO_WORKER_N_WALLS];
                                /* CONFINE: 0 where one stands, else errno,
                                 * or -1 where it was not asked for */
  uint32_t n_pages;             /* OPEN */
  uint32_t encrypted;           /* OPEN: 1 if it needed the password, else 0 */
  uint32_t width, height;       /* RENDER: pixels */
  uint32_t stride;              /* RENDER: bytes a row; 0 when encoded */
  uint64_t size;                /* bytes in the buffer: title, image, text,
                                 * or a message in English without a stop */
  double page_width;            /* RENDER and TEXT: points, upright */
  double page_height;
  char label[128];              /* the same: UTF-8, NUL-terminated, may be "" */
} RectoWorkerReply;
