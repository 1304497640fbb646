/* Tells ThreadSanitizer whose memory is whose in GLib and GStreamer.
 *
 * Whoever drops the last reference comes after all who dropped theirs, by
 * atomic operations that ThreadSanitizer does not see either.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <link.h>
#include <string.h>

#include "interpose.h"

void AnnotateIgnoreWritesBegin (const char *file, int line);
void AnnotateIgnoreWritesEnd (const char *file, int line);

INTERPOSED gboolean
(g_atomic_ref_count_dec) (gatomicrefcount * count)
{
  gboolean last;

  __tsan_release (count);
  last = REAL (g_atomic_ref_count_dec) (count);
  __tsan_acquire (count);
  return last;
}

INTERPOSED void
(g_object_unref) (gpointer object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  REAL (g_object_unref) (object);
}

INTERPOSED void
gst_mini_object_unref (GstMiniObject * object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  REAL (gst_mini_object_unref) (object);
}

/* Libraries that drop references without coming here know better than
 * ThreadSanitizer when nobody uses a thing any more. What others free, our own
 * code above all, is watched. */

static gboolean
is_in (gpointer caller, const char *library)
{
  struct dl_find_object found;

  return _dl_find_object (caller, &found) == 0 &&
      strstr (found.dlfo_link_map->l_name, library) != NULL;
}

INTERPOSED void
g_free (gpointer memory)
{
  gpointer caller = __builtin_return_address (0);
  gboolean unseen = is_in (caller, "/libgstreamer-1.0.") ||
      is_in (caller, "/libgobject-2.0.");

  if (unseen)
    AnnotateIgnoreWritesBegin (__FILE__, __LINE__);
  REAL (g_free) (memory);
  if (unseen)
    AnnotateIgnoreWritesEnd (__FILE__, __LINE__);
}

INTERPOSED void
g_slice_free1 (gsize size, gpointer memory)
{
  gboolean unseen =
      is_in (__builtin_return_address (0), "/libgstreamer-1.0.");

  if (unseen)
    AnnotateIgnoreWritesBegin (__FILE__, __LINE__);
  REAL (g_slice_free1) (size, memory);
  if (unseen)
    AnnotateIgnoreWritesEnd (__FILE__, __LINE__);
}

/* Names are copied under a lock of GLib's own. */
INTERPOSED GQuark
g_quark_from_string (const gchar * string)
{
  GQuark quark;

  AnnotateIgnoreWritesBegin (__FILE__, __LINE__);
  quark = REAL (g_quark_from_string) (string);
  AnnotateIgnoreWritesEnd (__FILE__, __LINE__);
  return quark;
}
