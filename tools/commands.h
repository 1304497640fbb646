/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the tool's exit status says. */
typedef enum
{
  EXIT_ALL_READ = 0,
  EXIT_NOTHING_DONE = 1,        /* also wrong usage and a run that failed */
  EXIT_SOME_FAILED = 2,         /* or are incomplete */
  EXIT_ENDED_BY_RULE = 3,       /* the same again would only cost more */
  EXIT_INTERRUPTED = 130,       /* as shells tell it: 128 + SIGINT */
} ExitCode;

/* Each command takes its own name as argv[0] and returns an ExitCode. */
int convert_main (int argc, char **argv);
int profiles_main (int argc, char **argv);
int repair_main (int argc, char **argv);
int retry_main (int argc, char **argv);
int sandbox_main (int argc, char **argv);
int status_main (int argc, char **argv);

G_END_DECLS
