/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <recto/recto-file-write-private.h>
#include <recto/recto-temporary-file-private.h>

#include "sorted-folder.h"

/* Names that fit stay in memory. A walk that is many folders deep holds as
 * many of these. */
#define KEEP_SIZE (32 * 1024)

/* Sorted names, one after the other, each with its NUL. */
typedef struct
{
  gsize next;
  gsize end;
} Run;

struct _SortedFolder
{
  gsize run_size;
  GByteArray *names;            /* of the run that is being read */

  int fd;                       /* of complete runs, -1 if there are none */
  gsize file_size;

  GArray *runs;                 /* heap of Run, the least name first */
  const char *data;             /* what they lie in */
  const char *mapping;          /* of the file, or NULL */
};

static gboolean
set_error_from_errno (GError ** error, const char *path)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
      _("Could not read the folder “%s”: %s."), path,
      recto_file_strerror (code));
  return FALSE;
}

static void
close_file (SortedFolder * self)
{
  if (self->fd >= 0)
    close (g_steal_fd (&self->fd));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strverscmp (*(const char **) a, *(const char **) b);
}

static void
sort_names (SortedFolder * self)
{
  const char *end = (const char *) self->names->data + self->names->len;
  g_autoptr (GPtrArray) pointers = g_ptr_array_new ();
  GByteArray *sorted = g_byte_array_sized_new (self->names->len);

  for (const char *name = (const char *) self->names->data; name < end;
      name += strlen (name) + 1)
    g_ptr_array_add (pointers, (gpointer) name);
  g_ptr_array_sort (pointers, compare_names);

  for (guint i = 0; i < pointers->len; i++) {
    const char *name = g_ptr_array_index (pointers, i);

    g_byte_array_append (sorted, (const guint8 *) name, strlen (name) + 1);
  }
  g_byte_array_unref (self->names);
  self->names = sorted;
}

/* Sorts the names that were read so far and puts them aside. */
static gboolean
write_run (SortedFolder * self, const char *path, GError ** error)
{
  Run run = { self->file_size, self->file_size + self->names->len };

  if (self->fd < 0 && (self->fd = recto_temporary_file_open (error)) < 0)
    return FALSE;

  sort_names (self);
  if (!recto_temporary_file_write (self->fd, self->names->data,
          self->names->len))
    return set_error_from_errno (error, path);

  g_array_append_val (self->runs, run);
  self->file_size = run.end;
  g_byte_array_set_size (self->names, 0);
  return TRUE;
}

static gboolean
add_name (SortedFolder * self, const char *path, const char *name,
    GError ** error)
{
  gsize size = strlen (name) + 1;

  if (self->names->len > 0 && self->names->len + size > self->run_size
      && !write_run (self, path, error))
    return FALSE;

  g_byte_array_append (self->names, (const guint8 *) name, size);
  return TRUE;
}

static gboolean
read_names (SortedFolder * self, DIR * dir, const char *path,
    const char *pattern, GCancellable * cancellable, GError ** error)
{
  struct dirent *entry;

  while (errno = 0, (entry = readdir (dir))) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
      continue;
    if (fnmatch (pattern, entry->d_name, FNM_PERIOD) != 0)
      continue;
    if (!add_name (self, path, entry->d_name, error))
      return FALSE;
  }
  return errno == 0 || set_error_from_errno (error, path);
}

static const char *
run_name (SortedFolder * self, guint i)
{
  return self->data + g_array_index (self->runs, Run, i).next;
}

static void
sift_down (SortedFolder * self, guint i)
{
  for (;;) {
    guint least = i;

    for (guint child = 2 * i + 1; child <= 2 * i + 2; child++)
      if (child < self->runs->len
          && strverscmp (run_name (self, child), run_name (self, least)) < 0)
        least = child;
    if (least == i)
      return;

    Run run = g_array_index (self->runs, Run, i);
    g_array_index (self->runs, Run, i) =
        g_array_index (self->runs, Run, least);
    g_array_index (self->runs, Run, least) = run;
    i = least;
  }
}

/* What has been written is mapped, which lets the kernel have the memory. */
static gboolean
map_runs (SortedFolder * self, const char *path, GError ** error)
{
  void *mapping = mmap (NULL, self->file_size, PROT_READ, MAP_PRIVATE,
      self->fd, 0);

  if (mapping == MAP_FAILED)
    return set_error_from_errno (error, path);

  self->data = self->mapping = mapping;
  close_file (self);
  g_clear_pointer (&self->names, g_byte_array_unref);
  return TRUE;
}

static gboolean
finish_runs (SortedFolder * self, const char *path, GError ** error)
{
  if (self->names->len > 0 && (self->fd >= 0 || self->names->len > KEEP_SIZE)
      && !write_run (self, path, error))
    return FALSE;

  if (self->fd >= 0) {
    if (!map_runs (self, path, error))
      return FALSE;
  } else if (self->names->len > 0) {
    Run run = { 0, self->names->len };

    sort_names (self);
    self->data = (const char *) self->names->data;
    g_array_append_val (self->runs, run);
  }

  for (guint i = self->runs->len / 2; i-- > 0;)
    sift_down (self, i);
  return TRUE;
}

SortedFolder *
sorted_folder_open (const char *path, const char *pattern, gsize run_size,
    GCancellable * cancellable, GError ** error)
{
  g_autoptr (SortedFolder) self = g_new0 (SortedFolder, 1);
  DIR *dir = opendir (*path ? path : ".");
  gboolean complete;

  self->run_size = run_size;
  self->names = g_byte_array_new ();
  self->fd = -1;
  self->runs = g_array_new (FALSE, FALSE, sizeof (Run));

  if (dir == NULL) {
    set_error_from_errno (error, path);
    return NULL;
  }
  complete = read_names (self, dir, path, pattern, cancellable, error);
  closedir (dir);

  if (!complete || !finish_runs (self, path, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sorted_folder_free (SortedFolder * self)
{
  if (self->mapping)
    munmap ((void *) self->mapping, self->file_size);
  close_file (self);
  g_clear_pointer (&self->names, g_byte_array_unref);
  g_array_unref (self->runs);
  g_free (self);
}

const char *
sorted_folder_next (SortedFolder * self)
{
  const char *name;
  Run *run;

  if (self->runs->len == 0)
    return NULL;

  name = run_name (self, 0);
  run = &g_array_index (self->runs, Run, 0);
  run->next += strlen (name) + 1;
  if (run->next >= run->end)
    g_array_remove_index_fast (self->runs, 0);
  sift_down (self, 0);

  return name;
}
