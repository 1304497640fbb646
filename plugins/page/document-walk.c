/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>

#include "document-magic.h"
#include "document-walk.h"
#include "list-reader.h"
#include "sorted-folder.h"

/* The URI that GStreamer has for standard input. */
#define STDIN_URI "fd://0"

typedef enum
{
  FRAME_LIST,
  FRAME_FOLDER,
  FRAME_GLOB,
} FrameKind;

/* Something that is being walked: frames are on a stack, as deep as folders
 * are. Opened when it is first stepped into, so that nothing is lost when
 * that is cancelled. */
typedef struct
{
  FrameKind kind;
  char *path;                   /* as given; "" is the working directory */
  char *name;                   /* if it must name something, else NULL */
  guint64 n_before;             /* what had been found before it */

  ListReader *list;
  SortedFolder *folder;
  guint component;              /* of the glob, which names in `path` match */
  gboolean done;
} Frame;

struct _DocumentWalk
{
  char **locations;
  guint next_location;
  gsize run_size;

  GPtrArray *frames;
  char **glob;                  /* the components of the glob in `frames` */

  DocumentEntry *found;
  guint64 n_found;
};

static void
frame_free (Frame * frame)
{
  g_free (frame->path);
  g_free (frame->name);
  g_clear_pointer (&frame->list, list_reader_free);
  g_clear_pointer (&frame->folder, sorted_folder_free);
  g_free (frame);
}

void
document_entry_free (DocumentEntry * self)
{
  g_free (self->path);
  g_free (self->uri);
  g_free (self->name);
  g_clear_error (&self->error);
  g_free (self);
}

DocumentWalk *
document_walk_new (const char *const *locations, gsize run_size)
{
  DocumentWalk *self = g_new0 (DocumentWalk, 1);

  self->locations = g_strdupv ((char **) locations);
  self->run_size = run_size;
  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) frame_free);

  return self;
}

void
document_walk_free (DocumentWalk * self)
{
  g_strfreev (self->locations);
  g_ptr_array_unref (self->frames);
  g_strfreev (self->glob);
  g_clear_pointer (&self->found, document_entry_free);
  g_free (self);
}

static gboolean
names_parent (const char *path)
{
  for (const char *p = path; (p = strstr (p, "..")); p++)
    if ((p == path || p[-1] == '/') && (p[2] == '/' || p[2] == '\0'))
      return TRUE;
  return FALSE;
}

/* One name for one file, without asking what is a symbolic link, except that
 * “x/..” can't be left out where x is one. */
static char *
absolute_path (const char *path)
{
  g_autofree char *folder = NULL;
  g_autofree char *base = NULL;
  char *real, *absolute;

  if (!names_parent (path))
    return g_canonicalize_filename (path, NULL);

  folder = g_path_get_dirname (path);
  base = g_path_get_basename (path);
  real = realpath (folder, NULL);
  absolute = g_canonicalize_filename (real ? base : path, real);
  free (real);

  return absolute;
}

/* Takes the error, if there is one. */
static void
find (DocumentWalk * self, const char *path, const char *name, GError * error)
{
  DocumentEntry *entry = g_new0 (DocumentEntry, 1);

  if (path) {
    entry->path = absolute_path (path);
    entry->uri = g_filename_to_uri (entry->path, NULL, NULL);
  }
  entry->name = g_utf8_make_valid (name, -1);
  entry->error = error;

  g_assert (self->found == NULL);
  self->found = entry;
  self->n_found++;
}

static GError *
error_from_errno (int code)
{
  return g_error_new (G_IO_ERROR, g_io_error_from_errno (code),
      _("Could not be read: %s."), g_strerror (code));
}

static void
find_stdin (DocumentWalk * self)
{
  find (self, NULL, "-", NULL);
  self->found->uri = g_strdup (STDIN_URI);
  self->found->is_stdin = TRUE;
}

static Frame *
push (DocumentWalk * self, FrameKind kind, const char *path, const char *name)
{
  Frame *frame = g_new0 (Frame, 1);

  frame->kind = kind;
  frame->path = g_strdup (path);
  frame->name = g_strdup (name);
  frame->n_before = self->n_found;
  g_ptr_array_add (self->frames, frame);

  return frame;
}

static char *
join (const char *path, const char *name)
{
  gboolean joined = *path == '\0' || g_str_has_suffix (path, "/");

  return g_strconcat (path, joined ? "" : "/", name, NULL);
}

static gboolean
is_folder (const char *path)
{
  GStatBuf status;

  return g_stat (path, &status) == 0 && S_ISDIR (status.st_mode);
}

static gboolean
exists (const char *path)
{
  GStatBuf status;

  return g_lstat (path, &status) == 0;
}

/* A path that somebody wrote. Whatever is wrong with it shows when it is
 * opened. */
static void
take_named (DocumentWalk * self, const char *path, const char *name)
{
  if (is_folder (path))
    push (self, FRAME_FOLDER, path, name);
  else
    find (self, path, name, NULL);
}

static void
take_match (DocumentWalk * self, const char *path)
{
  if (is_folder (path))
    push (self, FRAME_FOLDER, path, NULL);
  else
    find (self, path, path, NULL);
}

/* Folders below a folder are walked unless a symbolic link leads to them,
 * which could lead in circles. */
static void
take_found (DocumentWalk * self, const char *path)
{
  GStatBuf status;

  if (g_lstat (path, &status) < 0) {
    if (errno != ENOENT)
      find (self, path, path, error_from_errno (errno));
    return;
  }
  if (S_ISDIR (status.st_mode)) {
    push (self, FRAME_FOLDER, path, NULL);
    return;
  }
  /* A link to nowhere has no bytes, but its name may say what is missing. */
  if (S_ISLNK (status.st_mode) && g_stat (path, &status) < 0) {
    if (document_magic_matches (path))
      find (self, path, path, NULL);
    return;
  }
  if (S_ISREG (status.st_mode) && document_magic_matches (path))
    find (self, path, path, NULL);
}

static gboolean
is_uri (const char *text)
{
  return g_ascii_strncasecmp (text, "file:/", strlen ("file:/")) == 0;
}

static void
take_uri (DocumentWalk * self, const char *uri)
{
  g_autofree char *host = NULL;
  g_autofree char *path = NULL;
  GError *error = NULL;

  path = g_filename_from_uri (uri, &host, &error);

  if (path == NULL) {
    find (self, NULL, uri, error);
  } else if (host && g_ascii_strcasecmp (host, "localhost") != 0) {
    find (self, NULL, uri, g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
            _("The file is on another machine, “%s”."), host));
  } else {
    take_named (self, path, uri);
  }
}

static gboolean
is_glob (const char *text)
{
  return strpbrk (text, "*?[") != NULL;
}

static void
take_glob (DocumentWalk * self, const char *pattern)
{
  const char *relative = pattern;

  while (*relative == '/')
    relative++;

  g_strfreev (self->glob);
  self->glob = g_strsplit (relative, "/", -1);
  push (self, FRAME_GLOB, relative > pattern ? "/" : "", pattern);
}

static gboolean
is_list (const char *text)
{
  return *text == '@' && text[1] != '\0';
}

static int
open_list (const char *path)
{
  if (g_str_equal (path, "-"))
    return fcntl (0, F_DUPFD_CLOEXEC, 0);

  return open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static void
take_list (DocumentWalk * self, const char *location)
{
  const char *path = location + 1;
  int fd = open_list (path);

  if (fd < 0)
    find (self, path, location, error_from_errno (errno));
  else
    push (self, FRAME_LIST, path, NULL)->list = list_reader_new (fd);
}

static void
take_location (DocumentWalk * self, const char *location)
{
  if (g_str_equal (location, "-"))
    find_stdin (self);
  else if (exists (location))
    take_named (self, location, location);
  else if (is_uri (location))
    take_uri (self, location);
  else if (is_list (location))
    take_list (self, location);
  else if (is_glob (location))
    take_glob (self, location);
  else
    take_named (self, location, location);
}

/* No line is standard input or another list, however it is called. */
static void
take_line (DocumentWalk * self, const char *line)
{
  if (exists (line))
    take_named (self, line, line);
  else if (is_uri (line))
    take_uri (self, line);
  else if (is_glob (line))
    take_glob (self, line);
  else
    take_named (self, line, line);
}

/* FALSE when it was cancelled. */
static gboolean
step_list (DocumentWalk * self, Frame * frame, GCancellable * cancellable,
    GError ** error)
{
  g_autofree char *line = NULL;
  g_autoptr (GError) wrong = NULL;

  line = list_reader_next (frame->list, cancellable, &wrong);

  if (g_error_matches (wrong, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&wrong));
    return FALSE;
  }
  if (wrong) {
    g_autofree char *name = g_strconcat ("@", frame->path, NULL);
    gboolean is_stdin = g_str_equal (frame->path, "-");

    find (self, is_stdin ? NULL : frame->path, name, g_steal_pointer (&wrong));
  } else if (line == NULL) {
    frame->done = TRUE;
  } else {
    take_line (self, line);
  }
  return TRUE;
}

static gboolean
open_folder (DocumentWalk * self, Frame * frame, GCancellable * cancellable,
    GError ** error)
{
  const char *pattern = frame->kind == FRAME_GLOB ?
      self->glob[frame->component] : "*";
  g_autoptr (GError) wrong = NULL;

  frame->folder = sorted_folder_open (frame->path, pattern, self->run_size,
      cancellable, &wrong);
  if (frame->folder)
    return TRUE;

  if (g_error_matches (wrong, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&wrong));
    return FALSE;
  }

  frame->done = TRUE;
  if (frame->kind == FRAME_FOLDER
      || !(g_error_matches (wrong, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
          || g_error_matches (wrong, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)))
    find (self, frame->path, frame->path, g_steal_pointer (&wrong));
  return TRUE;
}

/* Names without special characters need no look into a folder that may be
 * large, or closed to us. */
static gboolean
step_literal (DocumentWalk * self, Frame * frame)
{
  const char *component = self->glob[frame->component];
  g_autofree char *path = NULL;

  if (is_glob (component) || strchr (component, '\\'))
    return FALSE;

  path = join (frame->path, component);
  if (self->glob[frame->component + 1]) {
    g_free (frame->path);
    frame->path = g_steal_pointer (&path);
    frame->component++;
  } else {
    frame->done = TRUE;
    if (exists (path))
      take_match (self, path);
  }
  return TRUE;
}

static void
take_name (DocumentWalk * self, Frame * frame, const char *name)
{
  g_autofree char *path = join (frame->path, name);

  if (frame->kind == FRAME_FOLDER)
    take_found (self, path);
  else if (self->glob[frame->component + 1] == NULL)
    take_match (self, path);
  else if (is_folder (path))
    push (self, FRAME_GLOB, path, NULL)->component = frame->component + 1;
}

static gboolean
step_folder (DocumentWalk * self, Frame * frame, GCancellable * cancellable,
    GError ** error)
{
  const char *name;

  if (frame->folder == NULL) {
    if (frame->kind == FRAME_GLOB && step_literal (self, frame))
      return TRUE;
    return open_folder (self, frame, cancellable, error);
  }

  name = sorted_folder_next (frame->folder);
  if (name)
    take_name (self, frame, name);
  else
    frame->done = TRUE;
  return TRUE;
}

static void
finish_frame (DocumentWalk * self, Frame * frame)
{
  if (frame->name && self->n_found == frame->n_before) {
    gboolean is_pattern = frame->kind == FRAME_GLOB;

    find (self, is_pattern ? frame->name : frame->path, frame->name,
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            is_pattern ? _("Nothing has such a name.")
            : _("There is no document in this folder.")));
  }
  g_ptr_array_set_size (self->frames, self->frames->len - 1);
}

static gboolean
step (DocumentWalk * self, Frame * frame, GCancellable * cancellable,
    GError ** error)
{
  if (frame->done) {
    finish_frame (self, frame);
    return TRUE;
  }
  if (frame->kind == FRAME_LIST)
    return step_list (self, frame, cancellable, error);
  return step_folder (self, frame, cancellable, error);
}

gboolean
document_walk_next (DocumentWalk * self, DocumentEntry ** entry,
    GCancellable * cancellable, GError ** error)
{
  while (self->found == NULL) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;

    if (self->frames->len > 0) {
      Frame *frame = g_ptr_array_index (self->frames, self->frames->len - 1);

      if (!step (self, frame, cancellable, error))
        return FALSE;
    } else if (self->locations[self->next_location]) {
      take_location (self, self->locations[self->next_location++]);
    } else {
      break;
    }
  }

  *entry = g_steal_pointer (&self->found);
  return TRUE;
}

static gboolean
check_file (const char *path, GError ** error)
{
  GStatBuf status;

  /* What is there but closed to us is for the run to find out. */
  if (g_stat (path, &status) == 0 || errno == EACCES)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno),
      g_strerror (errno));
  return FALSE;
}

static gboolean
check_glob (DocumentWalk * self, GError ** error)
{
  Frame *frame;

  while (self->found == NULL) {
    frame = g_ptr_array_index (self->frames, self->frames->len - 1);
    /* A folder matches. */
    if (frame->kind != FRAME_GLOB)
      return TRUE;
    if (!step (self, frame, NULL, error))
      return FALSE;
  }
  if (!g_error_matches (self->found->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->found->error));
  return FALSE;
}

/* A list is not opened: a pipe would break as it is closed. */
gboolean
document_walk_check (const char *location, GError ** error)
{
  const char *const locations[] = { location, NULL };
  g_autoptr (DocumentWalk) self = NULL;

  if (exists (location))
    return check_file (location, error);
  if (is_list (location))
    return g_str_equal (location, "@-") || check_file (location + 1, error);

  self = document_walk_new (locations, SORTED_FOLDER_RUN_SIZE);
  take_location (self, location);
  if (self->found == NULL)
    return check_glob (self, error);
  if (self->found->error) {
    g_propagate_error (error, g_steal_pointer (&self->found->error));
    return FALSE;
  }
  return self->found->is_stdin
      || check_file (is_uri (location) ? self->found->path : location, error);
}

char *
document_walk_dup_file (const char *location)
{
  g_autofree char *path = NULL;

  if (g_str_equal (location, "-"))
    return NULL;

  if (is_uri (location) && !exists (location))
    path = g_filename_from_uri (location, NULL, NULL);
  else
    path = absolute_path (location);

  if (path == NULL || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  return g_steal_pointer (&path);
}

gboolean
document_walk_is_repeatable (const char *const *locations)
{
  for (; *locations; locations++)
    if (is_list (*locations) && !exists (*locations)
        && !g_file_test (*locations + 1, G_FILE_TEST_IS_REGULAR))
      return FALSE;
  return TRUE;
}
