/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vlm-profile-key.h"
#include "vlm-profile-reader.h"

typedef struct
{
  GKeyFile *file;
  const char *path;
  VlmProfileDraft draft;
} Reader;

static gboolean G_GNUC_PRINTF (5, 6)
refuse (const Reader * self, const char *group, const char *key,
    GError ** error, const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);
  /* Translators: a file, a group of it, a key in that, and what is wrong */
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      _("“%s”: [%s] %s: %s"), self->path, group, key, problem);

  return FALSE;
}

static gboolean
check_keys (const Reader * self, const char *group, GError ** error)
{
  g_auto (GStrv) names = g_key_file_get_keys (self->file, group, NULL, NULL);

  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree char *known = NULL;

    if (vlm_profile_key_find (group, names[i]) != NULL)
      continue;
    known = vlm_profile_key_list (group);
    return refuse (self, group, names[i], error,
        _("There is no such key; this group takes: %s."), known);
  }
  return TRUE;
}

static gboolean
check_groups (const Reader * self, GError ** error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    if (vlm_profile_key_find (groups[i], NULL) == NULL) {
      g_autofree char *known = vlm_profile_key_list (NULL);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          _("“%s”: [%s]: There is no such group; a profile takes: %s."),
          self->path, groups[i], known);
      return FALSE;
    }
    if (!check_keys (self, groups[i], error))
      return FALSE;
  }
  return TRUE;
}

/* A line's group if it begins one, else its key, else an empty text. */
static char *
strip_line (char *line)
{
  char *equals;

  g_strstrip (line);
  if (*line == '[') {
    line[strcspn (line, "]")] = '\0';
    return line;
  }
  equals = strchr (line, '=');
  line[*line != '#' && equals ? equals - line : 0] = '\0';
  return g_strchomp (line);
}

/* GKeyFile takes the last of two, and says nothing. */
static gboolean
check_twins (const Reader * self, const char *text, GError ** error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *group = "";

  for (guint i = 0; lines[i] != NULL; i++) {
    const char *name = strip_line (lines[i]);

    if (*name == '[')
      group = name + 1;
    else if (*name != '\0'
        && !g_hash_table_add (seen, g_strconcat (group, "]", name, NULL)))
      return refuse (self, group, name, error,
          _("The key is there twice; leave one of them out."));
  }
  return TRUE;
}

static gboolean
parse_file (const Reader * self, const char *text, gsize length,
    GError ** error)
{
  g_autoptr (GError) problem = NULL;

  if (!g_utf8_validate (text, length, NULL)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("“%s” is no text in UTF-8."), self->path);
    return FALSE;
  }
  /* Without the flag, keys in other languages would not be seen. */
  if (!g_key_file_load_from_data (self->file, text, length,
          G_KEY_FILE_KEEP_TRANSLATIONS, &problem)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        _("“%s” is no key file: %s."), self->path, problem->message);
    return FALSE;
  }
  return check_groups (self, error) && check_twins (self, text, error);
}

static gboolean
read_key (const Reader * self, const VlmProfileKey * key, GError ** error)
{
  g_autofree char *value = NULL;
  g_autoptr (GError) problem = NULL;

  if (!g_key_file_has_key (self->file, key->group, key->name, NULL))
    return TRUE;
  /* What it can't make out it gives back nonetheless. */
  value = g_key_file_get_string (self->file, key->group, key->name, &problem);
  if (problem != NULL)
    return refuse (self, key->group, key->name, error,
        _("A backslash stands only before one of these: n, r, s, t, \\."));
  if (!key->read (key, value, &self->draft, &problem))
    return refuse (self, key->group, key->name, error, "%s",
        problem->message);
  return TRUE;
}

/* What is missing, and what makes no sense beside what another key says. */
static gboolean
check_whole (const Reader * self, GError ** error)
{
  const VlmProfile *profile = self->draft.profile;

  if (profile->description == NULL)
    return refuse (self, "profile", "description", error,
        _("It is missing; say in a line what the profile is for."));
  if (profile->image.quality > 0
      && !g_str_equal (profile->image.format, "image/jpeg"))
    return refuse (self, "image", "quality", error,
        _("Only images of the format image/jpeg have one."));
  if (profile->max_context > 0 && profile->max_tokens >= profile->max_context)
    return refuse (self, "limits", "max-tokens", error,
        _("An answer of %u tokens leaves no room for a page in a context of "
            "%u."), profile->max_tokens, profile->max_context);
  if (profile->rotation != VLM_ROTATION_NONE
      && profile->answer == ANSWER_PLAIN)
    return refuse (self, "answer", "rotation", error,
        _("A plain answer tells of none; choose another format or “none”."));
  return TRUE;
}

static gboolean
read_keys (const Reader * self, GError ** error)
{
  const VlmProfileKey *key;

  for (guint i = 0; (key = vlm_profile_key_nth (i)) != NULL; i++) {
    if (!read_key (self, key, error))
      return FALSE;
  }
  return check_whole (self, error);
}

gboolean
vlm_profile_reader_read (VlmProfile * profile, const char *text, gsize length,
    GError ** error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (VlmSampling) sampling = vlm_sampling_new ();
  g_autofree char *path = g_filename_display_name (profile->path);
  const Reader self = { file, path, {profile, sampling} };

  profile->image.format = g_intern_static_string ("image/png");
  if (!parse_file (&self, text, length, error) || !read_keys (&self, error))
    return FALSE;

  profile->sampling = vlm_sampling_to_json (sampling);
  return TRUE;
}
