/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define IMAGE_SIZE (128 * 1024)  /* or more; less is rare */

/* A standard descriptor that is closed would be taken by the next file that
 * is opened, which would then get our output. What is opened here instead
 * fails on use, as a closed descriptor does. */
static void
occupy_standard_descriptors (void)
{
  const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF)
      (void) open ("/dev/null", modes[fd]);
  }
}

/* A corpus in flight needs more descriptors than the soft limit, which is low
 * only for the sake of programs that use select(). */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

/* The top of the build tree that this very program lies in, or NULL when it
 * is installed. */
static char *
find_build_root (void)
{
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *tools = NULL, *root = NULL, *library = NULL;

  if (exe == NULL)
    return NULL;
  tools = g_path_get_dirname (exe);
  root = g_path_get_dirname (tools);
  library = g_build_filename (root, "plugins", "recto",
      "librecto-" RECTO_API_VERSION ".so.0", NULL);
  return g_file_test (library, G_FILE_TEST_EXISTS) ?
      g_steal_pointer (&root) : NULL;
}

static void
prepend_path (const char *variable, const char *dir)
{
  const char *old = g_getenv (variable);
  g_autofree char *value = old == NULL || *old == '\0' ?
      g_strdup (dir) : g_strconcat (dir, ":", old, NULL);

  g_setenv (variable, value, TRUE);
}

/* Lets the program run from the build tree as if it were installed, without
 * leaving the tree's plugins in the user's registry. */
static void
use_build_root (const char *root)
{
  g_autofree char *plugins = g_build_filename (root, "plugins", NULL);
  g_autofree char *profiles = g_build_filename (root, "data", NULL);
  g_autofree char *registry = g_build_filename (root, "registry.bin", NULL);
  g_autofree char *worker = g_build_filename (plugins, "worker",
      "recto-render-worker", NULL);

  prepend_path ("GST_PLUGIN_PATH_1_0", plugins);
  g_setenv ("RECTO_PROFILE_PATH", profiles, FALSE);
  g_setenv ("RECTO_RENDER_WORKER", worker, FALSE);
  if (g_getenv ("GST_REGISTRY") == NULL)
    g_setenv ("GST_REGISTRY_1_0", registry, FALSE);
}

/* A system without a locale is no system without Unicode, and gettext heeds
 * LANGUAGE in any locale but plain C. */
static void
set_locale (void)
{
  setlocale (LC_ALL, "");
  if (g_str_equal (setlocale (LC_CTYPE, NULL), "C"))
    setlocale (LC_CTYPE, "C.UTF-8");
  if (g_str_equal (setlocale (LC_MESSAGES, NULL), "C"))
    setlocale (LC_MESSAGES, "C.UTF-8");
}

void
surroundings_bind_messages (void)
{
  g_autofree char *build_root = find_build_root ();
  g_autofree char *localedir = build_root != NULL ?
      g_build_filename (build_root, "po", NULL) : g_strdup (LOCALEDIR);

  bindtextdomain (GETTEXT_PACKAGE, localedir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

/* By itself the C library soon takes images from the heap, where what comes
 * after one keeps its memory from being given back. */
static void
map_images (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, IMAGE_SIZE);
#endif
}

/* With a heap for each thread, the C library reserves 64 MiB of addresses for
 * each, which a limit on addresses also counts. */
static void
share_heap (void)
{
#ifdef __GLIBC__
  struct rlimit limit;

  if (getrlimit (RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    mallopt (M_ARENA_MAX, 1);
#endif
}

void
surroundings_init (void)
{
  g_autofree char *build_root = find_build_root ();

  occupy_standard_descriptors ();
  raise_descriptor_limit ();
  map_images ();
  share_heap ();
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
  set_locale ();
  surroundings_bind_messages ();
  if (build_root != NULL)
    use_build_root (build_root);
  else
    prepend_path ("GST_PLUGIN_PATH_1_0", PLUGINSDIR);
}
