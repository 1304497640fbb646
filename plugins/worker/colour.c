/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * poppler asks Little CMS for transforms that are not optimized, which then
 * raise to a power three times a pixel: an eighth of all the time that pages
 * take, and half a second for a large photograph. Optimized transforms give
 * the same pixels, one in two million off by one.
 *
 * This program's own definition goes before the library's; where the linker
 * sees it otherwise, pages only take longer.
 */

#include "config.h"

#include <dlfcn.h>
#include <glib.h>

#define NO_OPTIMIZATION 0x0100  /* cmsFLAGS_NOOPTIMIZE */

typedef void *(*CreateTransform) (void *, guint32, void *, guint32, guint32,
    guint32);

__attribute__((visibility ("default")))
void *cmsCreateTransform (void *input, guint32 input_format,
    void *output, guint32 output_format, guint32 intent, guint32 flags);

void *
cmsCreateTransform (void *input, guint32 input_format, void *output,
    guint32 output_format, guint32 intent, guint32 flags)
{
  CreateTransform create;

  *(void **) &create = dlsym (RTLD_NEXT, "cmsCreateTransform");
  if (!create)
    return NULL;

  return create (input, input_format, output, output_format, intent,
      flags & ~NO_OPTIMIZATION);
}
