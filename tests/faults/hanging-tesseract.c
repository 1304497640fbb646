/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * To be preloaded. Tesseract as it reads one page and never comes to the end
 * of the next one; then it makes the file that $RECTO_HANGS names.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

int TessBaseAPIRecognize (void *api, void *monitor);

static atomic_int n_pages;

__attribute__ ((visibility ("default")))
int
TessBaseAPIRecognize (void *api, void *monitor)
{
  int (*recognize) (void *, void *);

  if (atomic_fetch_add (&n_pages, 1) == 0) {
    *(void **) &recognize = dlsym (dlopen ("libtesseract.so.5", RTLD_LAZY),
        "TessBaseAPIRecognize");
    return recognize (api, monitor);
  }
  close (creat (getenv ("RECTO_HANGS"), 0600));
  for (;;)
    pause ();
}
