/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "url-secrets.h"

#include <string.h>

#define REPLACEMENT "***"

/* What parameters with secrets are called. */
static const char *const names[] = {
  "code", "pass", "pwd", "sig", "jwt", NULL
};

/* How their names end, as in “access_token” and “subscription-key”. */
static const char *const endings[] = {
  "key", "token", "secret", "password", "passwd", "passphrase", "signature",
  "auth", "authorization", "credential", "credentials", NULL
};

/* How they begin: all of these together sign a request. */
static const char *const beginnings[] = { "x-amz-", "x-goog-", NULL };

/* The name of a parameter may be percent-encoded as well. */
static gboolean
is_secret_name (const char *name, gsize length)
{
  g_autofree char *raw = g_strndup (name, length);
  g_autofree char *decoded = g_uri_unescape_string (raw, NULL);
  g_autofree char *lower = g_ascii_strdown (decoded ? decoded : raw, -1);

  for (guint i = 0; endings[i] != NULL; i++) {
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  }
  for (guint i = 0; beginnings[i] != NULL; i++) {
    if (g_str_has_prefix (lower, beginnings[i]))
      return TRUE;
  }
  return g_strv_contains (names, lower);
}

/* A name and a value; returns how long they are. */
static gsize
append_parameter (GString * out, const char *parameter)
{
  gsize length = strcspn (parameter, "&;#?");
  const char *equals = memchr (parameter, '=', length);

  if (equals && equals + 1 < parameter + length
      && is_secret_name (parameter, equals - parameter)) {
    g_string_append_len (out, parameter, equals + 1 - parameter);
    g_string_append (out, REPLACEMENT);
  } else {
    g_string_append_len (out, parameter, length);
  }
  return length;
}

/* Where the authority begins, of whatever looks like a URL. */
static const char *
find_authority (const char *url)
{
  const char *found = strstr (url, "//");

  return found ? found + 2 : url;
}

/* A password may have a “@” of its own in it. */
static const char *
find_user_end (const char *authority)
{
  return g_strrstr_len (authority, strcspn (authority, "/?#"), "@");
}

char *
url_redact (const char *url)
{
  GString *out = g_string_new (NULL);
  const char *authority = find_authority (url);
  const char *at = find_user_end (authority);
  const char *rest = at ? at : authority;
  gsize path;

  g_string_append_len (out, url, authority - url);
  if (at)
    g_string_append (out, REPLACEMENT);

  path = strcspn (rest, "?#");
  g_string_append_len (out, rest, path);
  for (rest += path; *rest != '\0'; rest += append_parameter (out, rest))
    g_string_append_c (out, *rest++);
  return g_string_free (out, FALSE);
}

gboolean
url_has_secret (const char *url)
{
  g_autofree char *redacted = url_redact (url);

  return !g_str_equal (redacted, url);
}
