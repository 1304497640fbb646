/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Folders and documents for tests.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An empty folder in the temporary one, with an absolute path. */
char * fixture_folder_new    (void);

/* Takes the path; removes the folder and all that is in it. */
void   fixture_folder_free   (char        *folder);

/* The same, but it is a failure if anything stays, and the path is not taken. */
void   fixture_folder_remove (const char  *folder);

/* A new one that is the current folder, till it is left and removed. */
char * fixture_folder_enter  (void);
void   fixture_folder_leave  (char        *folder);

/* Writes a file, and the folders above it, below `folder`; returns its path. */
char * fixture_write         (const char  *folder,
                              const char  *name,
                              const char  *content,
                              gssize       size);

/* A PDF with empty pages, each as wide in points as 100 plus its number. */
char * fixture_pdf           (guint        n_pages,
                              const char  *title);

/* The same, encrypted with a user's password. */
char * fixture_encrypted_pdf (guint        n_pages,
                              const char  *password);

char * fixture_write_pdf     (const char  *folder,
                              const char  *name,
                              guint        n_pages);

G_END_DECLS
