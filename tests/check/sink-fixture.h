/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A text sink, fed by a harness, with a folder of its own to write to.
 */

#pragma once

#include <gst/check/gstharness.h>
#include <recto/recto.h>

typedef struct
{
  GstElement *sink;
  GstHarness *harness;
  GstBus *bus;
  char *folder;
  char *path;                   /* of a file that does not exist yet */
} SinkFixture;

void        sink_fixture_init         (SinkFixture *self,
                                       const char  *factory);
void        sink_fixture_clear        (SinkFixture *self);

/* Starts the sink: with `location`, NULL for the fixture's path. */
void        sink_fixture_play         (SinkFixture *self,
                                       const char  *location);

/* Stops it, so that it can play again. */
void        sink_fixture_stop         (SinkFixture *self);

/* Asserts that the sink does not start and says why in words that contain
 * `what` and, if it has one, its location. */
void        sink_fixture_assert_refused
                                      (SinkFixture *self,
                                       const char  *location,
                                       const char  *what);

/* `page` and `result` may be NULL. */
GstFlowReturn
            sink_fixture_push         (SinkFixture *self,
                                       RectoPage   *page,
                                       RectoResult *result,
                                       const char  *text,
                                       gssize       size);

/* Ends the stream, stops the sink and returns what is in the file. */
char *      sink_fixture_finish       (SinkFixture *self,
                                       gsize       *size);

GError *    sink_fixture_pop_error    (SinkFixture *self);

guint64     sink_fixture_get_stat     (SinkFixture *self,
                                       const char  *name);

/* A stream whose reader does not read: a pipe that holds 4096 bytes. */
int         sink_fixture_make_pipe    (SinkFixture *self);

/* Blocks till so much has come that nothing more fits in. */
void        wait_till_full            (int          fd);

char *      read_bytes                (int          fd,
                                       gsize        size);

/* For sources of errors. */
RectoPage * make_failed_page          (RectoDocument   *document,
                                       guint            number,
                                       RectoPageStatus  status,
                                       const char      *message);

RectoPage * make_failed_document      (RectoDocument       *document,
                                       RectoDocumentStatus  status,
                                       const char          *message);
