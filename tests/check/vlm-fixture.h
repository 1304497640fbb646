/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A vlminference, a server for it, and images that nobody looks at: each is
 * told from the others by its bytes, and the server's answer says which.
 */

#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <recto/recto.h>

#include <model-server.h>

typedef struct
{
  ModelServer *server;
  GstElement *element;
  GstHarness *harness;
  GstBus *bus;
  RectoDocument *document;
  guint poisoned;               /* page, see vlm_fixture_poison() */
  ModelFault poison;
} VlmFixture;

/* Starts a server; the element comes with vlm_fixture_play(). */
void        vlm_fixture_init          (VlmFixture      *self);

void        vlm_fixture_init_tls      (VlmFixture      *self,
                                       const char      *certificate);

void        vlm_fixture_clear         (VlmFixture      *self);

/* Makes an element for the server with properties as a launch line has them;
 * it is not started yet. */
void        vlm_fixture_build         (VlmFixture      *self,
                                       const char      *properties);

/* Starts it, as image/png. */
void        vlm_fixture_start         (VlmFixture      *self);

void        vlm_fixture_play          (VlmFixture      *self,
                                       const char      *properties);

/* Page `i` from 0; some hundred bytes. */
GstBuffer * vlm_fixture_make_page     (VlmFixture      *self,
                                       guint            i);

/* Asserts that it is taken. */
void        vlm_fixture_push          (VlmFixture      *self,
                                       guint            i);

/* Pushes the first `n` pages, and has the server keep them waiting. */
void        vlm_fixture_hold          (VlmFixture      *self,
                                       guint            n);

/* From now on, each request for page `i` gets `fault`, and no other does. */
void        vlm_fixture_poison        (VlmFixture      *self,
                                       guint            i,
                                       const char      *fault);

/* What the stand-in says of that page. */
char *      vlm_fixture_dup_text      (guint            i);

/* Asserts that page `i` comes next, as `status`. */
GstBuffer * vlm_fixture_pull          (VlmFixture      *self,
                                       guint            i,
                                       RectoPageStatus  status);

/* Asserts that it is read, with the right text, after so many attempts. */
void        vlm_fixture_pull_ok       (VlmFixture      *self,
                                       guint            i,
                                       guint            attempts);

/* Waits for an error on the bus. */
GError *    vlm_fixture_wait_error    (VlmFixture      *self);

guint64     vlm_fixture_get_stat      (VlmFixture      *self,
                                       const char      *name);

char *      vlm_buffer_dup_text       (GstBuffer       *buffer);
