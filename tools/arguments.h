/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the commands' options have in common.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sets an error of the option parser; FALSE always. */
gboolean         arguments_refuse        (GError             **error,
                                          const char          *format,
                                          ...) G_GNUC_PRINTF (2, 3);

/* For a command that takes `parameters`; all are untranslated. */
GOptionContext * arguments_create_context
                                         (const char          *parameters,
                                          const char          *summary,
                                          const char          *description,
                                          const GOptionEntry  *entries);

/* Parses a command's words, argv[0] being the command. */
gboolean         arguments_parse         (GOptionContext      *context,
                                          char               **argv,
                                          GError             **error);

/* Says what is wrong with them; an ExitCode. */
int              arguments_fail          (const char          *command,
                                          const GError        *error);

/* `name`, or NULL, must be one of `names`; which one goes into `value`. */
gboolean         arguments_parse_choice  (const char          *option,
                                          const char          *name,
                                          const char * const  *names,
                                          guint               *value,
                                          GError             **error);

/* A number of bytes, or of KiB, MiB and so on with a letter after it. */
gboolean         arguments_parse_size    (const char          *option,
                                          const char          *text,
                                          guint64             *size,
                                          GError             **error);

/* Of what is written, which nothing compresses. `file` may be NULL. */
gboolean         arguments_check_output  (const char          *file,
                                          GError             **error);

/* Of a command that takes one. */
gboolean         arguments_check_path    (char               **paths,
                                          GError             **error);

/* One of --settings-changed, or NULL. */
gboolean         arguments_check_settings_changed
                                         (const char          *name,
                                          GError             **error);

gboolean         arguments_check_jobs    (int                  n_jobs,
                                          GError             **error);

/* Of --same-content; `name` may be NULL. */
gboolean         arguments_check_same_content
                                         (const char          *name,
                                          GError             **error);

/* `file` may be NULL, and so may be the password then. */
gboolean         arguments_read_password (const char          *file,
                                          char               **password,
                                          GError             **error);

G_END_DECLS
