/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (RECTO_INSIDE) && !defined (RECTO_COMPILATION)
#error "Only <recto/recto.h> can be included directly."
#endif

#include <gio/gio.h>
#include <gst/gst.h>

#ifndef RECTO_API
#define RECTO_API extern __attribute__ ((visibility ("default")))
#endif
