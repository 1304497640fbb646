/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A real render worker to talk to, and documents for it.
 */

#pragma once

#include <cairo.h>
#include <gdk-pixbuf/gdk-pixbuf.h>

#include <recto/recto-worker-protocol.h>

#define BUFFER_SIZE (32 << 20)

#define RED 0xff0000
#define BLUE 0x0000ff
#define WHITE 0xffffff

typedef struct
{
  pid_t pid;                    /* the zygote */
  int socket;
  int buffer;
  guint8 *data;                 /* the buffer, mapped */
  guint32 serial;
} Worker;

typedef struct
{
  pid_t pid;
  int socket;
  int log;                      /* what it writes to standard error */
} Child;

typedef void (*DrawFunc) (cairo_t *cairo, guint page);

void      worker_start      (Worker *self);

int       worker_wait       (Worker *self);

void      worker_stop       (Worker *self);

gboolean  worker_try        (Worker *self, int socket,
                             RectoWorkerRequest *request, const int *fds,
                             guint n_fds, RectoWorkerReply *reply);

void      worker_call       (Worker *self, int socket,
                             RectoWorkerRequest *request, const int *fds,
                             guint n_fds, RectoWorkerReply *reply);

void      worker_fork       (Worker *self, Child *child);

int       worker_reap       (Worker *self, Child *child);

void      worker_open       (Worker *self, Child *child, GBytes *document,
                             const char *password, RectoWorkerReply *reply);

void      worker_render     (Worker *self, Child *child, guint page,
                             RectoWorkerFormat format,
                             const RectoWorkerLayout *layout,
                             RectoWorkerReply *reply);

void      worker_text       (Worker *self, Child *child, guint page,
                             RectoWorkerReply *reply);

char *    worker_get_string (Worker *self, const RectoWorkerReply *reply);

GdkPixbuf *
          worker_get_pixbuf (Worker *self, RectoWorkerFormat format,
                             const RectoWorkerReply *reply);

guint32   pixbuf_get_pixel  (GdkPixbuf *pixbuf, guint x, guint y);

GdkPixbuf *
          render_document   (Worker *self, GBytes *document, guint page,
                             const RectoWorkerLayout *layout);

int       memfd_new         (gconstpointer data, gsize size);

GBytes *  make_pdf          (guint n_pages, double width, double height,
                             DrawFunc draw);

GBytes *  make_plain_pdf    (const char *page, const char *content);

void      draw_corner       (cairo_t *cairo, guint page);
