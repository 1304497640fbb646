/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vlm-profile-reader.h"
#include "vlm-profile.h"

#define SUFFIX ".profile"
#define MAX_SIZE (1024 * 1024)

VlmProfile *
vlm_profile_ref (VlmProfile * self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
vlm_profile_unref (VlmProfile * self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->name);
  g_free (self->path);
  g_free (self->description);
  g_free (self->system_prompt);
  g_free (self->prompt);
  g_free (self->sampling);
  g_free (self->extra_body);
  g_free (self->guided_regex);
  g_free (self);
}

/* Where they are */

/* Folders in the order in which they are searched. */
static GPtrArray *
list_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  const char *path = g_getenv ("RECTO_PROFILE_PATH");
  g_auto (GStrv) named = g_strsplit (path ? path : "", ":", -1);

  for (guint i = 0; named[i] != NULL; i++) {
    if (*named[i] != '\0')
      g_ptr_array_add (folders, g_strdup (named[i]));
  }
  g_ptr_array_add (folders,
      g_build_filename (g_get_user_config_dir (), "recto", "profiles", NULL));
  g_ptr_array_add (folders, g_strdup (RECTO_PROFILES_DIR));

  return folders;
}

static gboolean
is_name (const char *name)
{
  return g_ascii_isalnum (*name)
      && name[strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

/* The path of its file, or NULL. */
static char *
find_file (const char *name)
{
  g_autoptr (GPtrArray) folders = list_folders ();
  g_autofree char *base = g_strconcat (name, SUFFIX, NULL);

  if (!is_name (name))
    return NULL;
  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *path =
        g_build_filename (g_ptr_array_index (folders, i), base, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return g_steal_pointer (&path);
  }
  return NULL;
}

static char *
dup_name (const char *path)
{
  char *name = g_filename_display_basename (path);

  if (g_str_has_suffix (name, SUFFIX))
    name[strlen (name) - strlen (SUFFIX)] = '\0';
  return name;
}

static void
add_names (GPtrArray * names, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *base;

  while (dir != NULL && (base = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, base, NULL);
    g_autofree char *name = dup_name (base);

    if (g_str_has_suffix (base, SUFFIX) && is_name (name)
        && g_file_test (path, G_FILE_TEST_IS_REGULAR)
        && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
vlm_profile_list (void)
{
  g_autoptr (GPtrArray) folders = list_folders ();
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < folders->len; i++)
    add_names (names, g_ptr_array_index (folders, i));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);

  return (char **) g_ptr_array_free (names, FALSE);
}

/* Reading one */

static void
refuse_unknown (const char *name, GError ** error)
{
  g_auto (GStrv) names = vlm_profile_list ();
  g_autofree char *known = g_strjoinv (", ", names);

  if (*names != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        _("There is no profile “%s”. There are: %s. A file is named with a "
            "slash, such as “./my.profile”."), name, known);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        _("There is no profile “%s”, nor any other one. "
            "RECTO_PROFILE_PATH names folders with some."), name);
}

/* Not more than a profile can have, whatever the file is. */
static char *
read_file (const char *path, gsize * length, GError ** error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *text = NULL;

  if (stream == NULL)
    return NULL;
  text = g_malloc (MAX_SIZE + 1);
  if (!g_input_stream_read_all (G_INPUT_STREAM (stream), text, MAX_SIZE + 1,
          length, NULL, error))
    return NULL;
  if (*length > MAX_SIZE) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("It has more than %d bytes"), MAX_SIZE);
    return NULL;
  }
  text[*length] = '\0';
  return g_steal_pointer (&text);
}

static gboolean
read_profile (VlmProfile * self, GError ** error)
{
  g_autofree char *path = g_filename_display_name (self->path);
  g_autoptr (GError) problem = NULL;
  gsize length;
  g_autofree char *text = read_file (self->path, &length, &problem);

  if (text == NULL) {
    g_set_error (error, problem->domain, problem->code,
        _("Could not read the profile “%s”: %s."), path, problem->message);
    return FALSE;
  }
  return vlm_profile_reader_read (self, text, length, error);
}

VlmProfile *
vlm_profile_load (const char *name, GError ** error)
{
  g_autoptr (VlmProfile) self = g_new0 (VlmProfile, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->path = strchr (name, '/') ? g_strdup (name) : find_file (name);
  if (self->path == NULL) {
    refuse_unknown (name, error);
    return NULL;
  }
  self->name = dup_name (self->path);

  return read_profile (self, error) ? g_steal_pointer (&self) : NULL;
}
