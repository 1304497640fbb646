/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * poppler and cairo go on without what they find no memory for, or what is too
 * large for them, and say that all went well. So we stand between them and the
 * functions that know better: this program's own definitions go before those
 * of libraries.
 */

#include "config.h"

#include <cairo.h>
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <recto/recto-worker-protocol.h>

#include "losses.h"

#define EXPORTED __attribute__((visibility ("default")))

#define MAX_LINE 512            /* bytes */

/* The first one that failed; 0: none has. */
static gsize lacking;

/* Neither allocates nor takes a lock. A line that is too long loses its end.
 * With one write() lines do not mix with those of the C library. */
static void
write_line (const char *format, ...)
{
  char line[MAX_LINE];
  int code = errno;
  va_list arguments;
  int length;

  va_start (arguments, format);
  length = vsnprintf (line, sizeof (line), format, arguments);
  va_end (arguments);

  length = CLAMP (length, 0, MAX_LINE - 1);
  for (int i = 0; i < length; i++)
    if (g_ascii_iscntrl (line[i]))
      line[i] = ' ';
  line[length] = '\n';
  if (write (STDERR_FILENO, line, length + 1) < 0)
    errno = code;               /* nobody is left to read it */
  errno = code;
}

#ifdef RECTO_COUNT_ALLOCATIONS

/* Memory. This is what the C library itself calls its functions. */

void *__libc_malloc (size_t);
void *__libc_calloc (size_t, size_t);
void *__libc_realloc (void *, size_t);
void *__libc_memalign (size_t, size_t);

static void
note_failure (gsize size)
{
  if (lacking)
    return;
  lacking = size;
  write_line ("recto-render-worker: no memory for %zu bytes", size);
}

static void *
watch (void *memory, gsize size)
{
  if (G_UNLIKELY (!memory && size > 0))
    note_failure (size);
  return memory;
}

static gsize
multiply (gsize n, gsize size)
{
  gsize product;

  return __builtin_mul_overflow (n, size, &product) ? G_MAXSIZE : product;
}

EXPORTED void *
malloc (size_t size)
{
  return watch (__libc_malloc (size), size);
}

EXPORTED void *
calloc (size_t n, size_t size)
{
  void *memory = __libc_calloc (n, size);

  return G_LIKELY (memory) ? memory : watch (NULL, multiply (n, size));
}

EXPORTED void *
realloc (void *memory, size_t size)
{
  return watch (__libc_realloc (memory, size), size);
}

EXPORTED void *
reallocarray (void *memory, size_t n, size_t size)
{
  gsize total = multiply (n, size);

  if (total == G_MAXSIZE) {
    errno = ENOMEM;
    return watch (NULL, total);
  }
  return realloc (memory, total);
}

EXPORTED void *
memalign (size_t alignment, size_t size)
{
  return watch (__libc_memalign (alignment, size), size);
}

EXPORTED void *
aligned_alloc (size_t alignment, size_t size)
{
  return memalign (alignment, size);
}

EXPORTED int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  int code = errno;
  void *aligned;

  if (alignment % sizeof (void *) || alignment == 0
      || (alignment & (alignment - 1)))
    return EINVAL;

  aligned = memalign (alignment, size);
  errno = code;
  if (!aligned)
    return ENOMEM;
  *memory = aligned;
  return 0;
}

/* Many a library, and C++ itself, ends the process when there is no memory
 * left. */
static const int endings[] = { SIGABRT, SIGSEGV, SIGTRAP, SIGILL };

static void
die (int number, siginfo_t * info, void *context)
{
  if (lacking)
    _exit (RECTO_WORKER_EXIT_NO_MEMORY);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    signal (endings[i], SIG_DFL);
  raise (number);

  /* A sandbox may forbid that. An instruction that failed fails again, but
   * what is stepped over or came from somebody else does not. */
  if (number == SIGTRAP || info->si_code <= 0)
    __builtin_trap ();
}

/* On the stack that there is: if that is full, the process ends of it. */
static void
watch_endings (void)
{
  struct sigaction action = {
    .sa_sigaction = die,
    .sa_flags = SA_SIGINFO | SA_NODEFER,
  };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    sigaction (endings[i], &action, NULL);
}

#else

static void
watch_endings (void)
{
}

#endif

/* Images. cairo's have at most 32,767 pixels a side. */

EXPORTED cairo_surface_t *
cairo_image_surface_create (cairo_format_t format, int width, int height)
{
  cairo_surface_t *(*create) (cairo_format_t, int, int);
  cairo_surface_t *surface;

  *(void **) &create = dlsym (RTLD_NEXT, "cairo_image_surface_create");
  if (!create)
    g_error ("cairo has no images");

  surface = create (format, width, height);
  if (cairo_surface_status (surface) == CAIRO_STATUS_INVALID_SIZE)
    write_line ("cairo: an image of %d by %d pixels cannot be drawn", width,
        height);
  return surface;
}

/* Messages. GLib's own writer adds the time, for which it reads files, and
 * keeps what poppler complains of to itself. */

static const char *
find_field (const GLogField * fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, key) && fields[i].length < 0)
      return fields[i].value;
  return "";
}

static GLogWriterOutput
write_message (GLogLevelFlags level, const GLogField * fields, gsize n_fields,
    void *data)
{
  if (!(level & G_LOG_LEVEL_DEBUG))
    write_line ("%s: %s", find_field (fields, n_fields, "GLIB_DOMAIN"),
        find_field (fields, n_fields, "MESSAGE"));
  return G_LOG_WRITER_HANDLED;
}

void
losses_watch (void)
{
  lacking = 0;
  g_log_set_writer_func (write_message, NULL, NULL);
  watch_endings ();
}

gboolean
losses_lacked_memory (gsize * size)
{
  *size = lacking;
  return lacking > 0;
}
