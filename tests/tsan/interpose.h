/* What takes the place of a function of GLib or GStreamer and calls it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <dlfcn.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

#define INTERPOSED __attribute__ ((visibility ("default")))

/* Libraries' constructors come here before any of the program's. */
#define REAL(function) \
  ({ \
    static gpointer real = NULL; \
    gpointer found = __atomic_load_n (&real, __ATOMIC_RELAXED); \
    if (found == NULL) { \
      found = dlsym (RTLD_NEXT, #function); \
      __atomic_store_n (&real, found, __ATOMIC_RELAXED); \
    } \
    (__typeof__ (&(function))) found; \
  })
