/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * In place of the worker's document.c, around it: a document of the lines
 * "PROBE", the name of a probe and its arguments is such an attack, and has
 * what became of it as its title: "allowed" or "refused" and the errno.
 */

#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include <worker/document.h>

#include "probes.h"

#define MAGIC "PROBE\n"

static const Probe *const probes[] = {
  file_probes, kernel_probes, memory_probes, process_probes, socket_probes,
};

/* What the worker calls document_open() in document.c. */
Document *document_open_any (const guint8 * data, gsize size,
    const char *password, GError ** error);

static pid_t zygote;

pid_t
probe_get_zygote (void)
{
  return zygote;
}

int
probe_find_fd (mode_t type, guint nth)
{
  struct stat status;

  for (int fd = STDERR_FILENO + 1; fd < 1024; fd++) {
    if (fstat (fd, &status) == 0 && (status.st_mode & S_IFMT) == type
        && nth-- == 0)
      return fd;
  }
  return -1;
}

static ProbeFunc
find_probe (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (probes); i++) {
    for (const Probe * probe = probes[i]; probe->name; probe++) {
      if (g_str_equal (probe->name, name))
        return probe->run;
    }
  }
  return NULL;
}

static void
free_report (Document * document)
{
  g_free (document);
}

static const DocumentKind report_kind = {.free = free_report };

static Document *
make_report (int error)
{
  Document *report = g_new0 (Document, 1);

  report->kind = &report_kind;
  report->n_pages = 1;
  report->title = error ? g_strdup_printf ("refused %d", error)
      : g_strdup ("allowed");
  return report;
}

Document *
document_open (const guint8 * data, gsize size, const char *password,
    GError ** error)
{
  g_autofree char *lines = NULL;
  g_auto (GStrv) words = NULL;
  ProbeFunc probe;

  if (size < strlen (MAGIC) || memcmp (data, MAGIC, strlen (MAGIC)) != 0) {
    /* The first document is the one that it warms up with. */
    zygote = zygote ? zygote : getpid ();
    return document_open_any (data, size, password, error);
  }

  lines = g_strndup ((const char *) data, size);
  words = g_strsplit (lines, "\n", -1);
  probe = find_probe (words[1]);
  if (probe)
    return make_report (probe (words + 2));

  g_set_error (error, DOCUMENT_ERROR, RECTO_WORKER_DAMAGED,
      "there is no probe “%s”", words[1]);
  return NULL;
}
