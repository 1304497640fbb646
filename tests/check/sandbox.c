/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A render worker that somebody has taken over: documents are attacks, and
 * the sandbox refuses each of them. Without a sandbox the same attacks come
 * through, or it would not be the sandbox that refuses them.
 */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "document-fixture.h"
#include "processes.h"
#include "renderer-fixture.h"
#include "small-pdf.h"

#define CANARY "canary-7c1e"

typedef enum
{
  REFUSED = 0,                  /* by the sandbox, and by nobody else */
  MACHINE = 1 << 0,             /* perhaps by others too: it depends on the
                                 * machine, its kernel and who we are */
  LIMITED = 1 << 1,             /* by a limit that sanitizers can't have */
  HARMLESS = 1 << 2,            /* never: pages need it */
  HOPELESS = 1 << 3,            /* in any case, for other reasons */
} Expectation;

/* Words in braces are set up by each test. */
static const struct
{
  const char *attack;
  Expectation refused;
} attacks[] = {
  /* *INDENT-OFF* */
  { "read-font", HARMLESS },
  { "list " POPPLER_DATA_DIR, HARMLESS },
  { "list " POPPLER_DATA_DIR "/cMap", HARMLESS },
  { "read " POPPLER_DATA_DIR "/cidToUnicode/Adobe-GB1", HARMLESS },
  /* fontconfig looks for new fonts: what is where is no secret. */
  { "stat {folder}/secret", HARMLESS },
  /* It is set for each page, and the parent looks at the clock too. */
  { "raise-cpu", HARMLESS },

  { "read /etc/passwd" },
  { "read /etc/shadow", MACHINE },
  { "read /proc/self/environ" },
  { "read /proc/self/maps" },
  { "read-write /proc/self/mem" },
  { "list /proc/self/fd" },
  { "list /proc" },
  { "read-zygote environ", MACHINE },
  { "read-zygote maps", MACHINE },
  { "write-zygote mem", MACHINE },
  { "read /proc/{test}/environ", MACHINE },
  { "read /proc/{test}/cmdline" },
  { "read-write /proc/{test}/mem", MACHINE },
  { "list /proc/{test}/fd", MACHINE },
  { "list {home}", MACHINE },
  { "list /" },
  { "list {folder}" },
  { "read {folder}/secret" },
  { "read-2 {folder}/secret" },
  { "read-old {folder}/secret", MACHINE },
  { "read-by-handle {folder}/secret", MACHINE },
  { "readlink {folder}/symlink" },
  { "write {folder}/secret" },
  { "write-old {folder}/secret", MACHINE },
  { "read-write {folder}/secret" },
  { "append {folder}/secret" },
  { "empty {folder}/secret" },
  { "truncate {folder}/secret" },
  { "create {folder}/new" },
  { "create-to-read {folder}/new" },
  { "create-nameless {folder}", MACHINE },
  { "create /dev/shm/recto-{test}", MACHINE },
  { "mkdir {folder}/new" },
  { "rmdir {folder}/empty" },
  { "unlink {folder}/secret" },
  { "rename {folder}/secret {folder}/new" },
  { "link {folder}/secret {folder}/new" },
  { "symlink {folder}/secret {folder}/new" },
  { "mkfifo {folder}/new" },
  { "mknod {folder}/new", MACHINE },
  { "chmod {folder}/secret" },
  { "chown {folder}/secret" },
  { "touch {folder}/secret" },
  { "setxattr {folder}/secret", MACHINE },
  { "chdir {folder}" },
  { "inotify {folder}", MACHINE },
  { "fanotify", MACHINE },
  { "write-font", MACHINE },
  { "open-many", HOPELESS },
  { "read-write /dev/null" },
  { "read /dev/zero" },
  { "read /dev/kmsg", MACHINE },
  { "read-write /dev/dri/card0", MACHINE },
  { "read-write /dev/mem", MACHINE },
  { "write /proc/sys/kernel/core_pattern", MACHINE },
  { "write /proc/sysrq-trigger", MACHINE },
  { "write /proc/self/oom_score_adj" },
  { "read /sys/kernel/mm/transparent_hugepage/enabled", MACHINE },

  { "connect-tcp {tcp}" },
  { "listen-tcp" },
  { "send-udp {udp}" },
  { "connect-unix {folder}/socket" },
  { "connect-unix {abstract}" },
  { "bind-unix {folder}/new" },
  { "bind-unix {abstract}-new" },
  { "socketpair" },
  { "netlink" },
  { "raw-socket", MACHINE },
  { "packet-socket", MACHINE },
  { "vsock", MACHINE },
  { "alg-socket", MACHINE },

  { "exec {folder}/program" },
  { "exec-at {folder}/program" },
  { "exec-document", MACHINE },
  { "fork", MACHINE },
  { "clone" },
  { "clone-3", MACHINE },
  { "vfork" },
  { "thread" },
  { "kill {test}" },
  { "kill {victim}" },
  { "kill zygote" },
  { "kill -1" },
  { "tkill {victim}" },
  { "tgkill {victim}" },
  { "sigqueue {victim}" },
  { "pidfd-open {test}" },
  { "pidfd-open zygote" },
  { "pidfd-getfd {test}", MACHINE },
  { "pidfd-getfd {victim}", MACHINE },
  { "direct-signals {test}" },
  { "trace {victim}", MACHINE },
  { "be-traced", MACHINE },
  { "read-memory {test} {canary}", MACHINE },
  { "read-memory {victim} {canary}", MACHINE },
  { "write-memory {victim} {canary}", MACHINE },
  { "kcmp {test}", MACHINE },
  { "setpriority {victim}" },
  { "sched-setaffinity {victim}" },
  { "look-at-limits {test}" },
  { "look-at-limits zygote" },
  { "raise-address-space" },
  { "raise-address-space-old", MACHINE },
  { "raise-file-size", MACHINE },
  { "raise-core", MACHINE },
  { "have-capabilities", MACHINE },
  { "take-capabilities", MACHINE },
  { "become-root", MACHINE },
  { "become-dumpable" },
  { "let-all-trace", MACHINE },
  { "outlive-parent" },
  { "setsid" },

  { "map-writable-code", MACHINE },
  { "turn-data-into-code", MACHINE },
  { "turn-data-into-code-by-key", MACHINE },
  { "write-code", MACHINE },
  { "map-document-as-code", MACHINE },
  { "map-buffer-as-code", MACHINE },
  { "imply-code", MACHINE },
  { "map-much", LIMITED },
  { "grow-mapping", LIMITED },
  { "grow-heap", LIMITED | MACHINE },
  { "lock-memory", MACHINE },
  { "memfd" },
  { "secret-memfd", MACHINE },
  { "write-document", HOPELESS },
  { "map-document-to-write", HOPELESS },
  { "reopen-document-to-write", HOPELESS },
  { "truncate-buffer", HOPELESS },
  { "seal-buffer", HOPELESS },
  { "find-descriptors", HOPELESS },
  { "find-in-environment " CANARY, HOPELESS },

  { "io-uring", MACHINE },
  { "bpf", MACHINE },
  { "perf-event", MACHINE },
  { "userfaultfd", MACHINE },
  { "add-key", MACHINE },
  { "find-key", MACHINE },
  { "unshare-user", MACHINE },
  { "unshare-mounts", MACHINE },
  { "clone-user", MACHINE },
  { "setns", MACHINE },
  { "mount {folder}", MACHINE },
  { "umount {folder}", MACHINE },
  { "fsopen", MACHINE },
  { "open-tree {folder}", MACHINE },
  { "pivot-root {folder}", MACHINE },
  { "chroot {folder}", MACHINE },
  { "sethostname", MACHINE },
  { "load-module", MACHINE },
  { "reboot", MACHINE },
  { "kernel-log", MACHINE },
  { "iopl", MACHINE },
  { "shmget", MACHINE },
  { "semget", MACHINE },
  { "msgget", MACHINE },
  { "mq-open", MACHINE },
  { "ioctl" },
  { "call-as-i386", MACHINE },
  { "call-as-x32", MACHINE },
  /* *INDENT-ON* */
};

static char canary[] = CANARY;

static RendererFixture fixture;
static char *folder;
static GHashTable *words;       /* what stands for words in braces */
static GArray *sockets;
static pid_t victim;

static void
set_word (const char *word, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_hash_table_insert (words, g_strconcat ("{", word, "}", NULL),
      g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static void
make_files (void)
{
  g_autofree char *program = g_build_filename (folder, "program", NULL);
  g_autofree char *empty = g_build_filename (folder, "empty", NULL);
  g_autofree char *link = g_build_filename (folder, "symlink", NULL);

  g_free (fixture_write (folder, "secret", "secret", -1));
  g_free (fixture_write (folder, "program", "neither script nor binary", -1));
  fail_unless (g_chmod (program, 0755) == 0);
  fail_unless (g_mkdir (empty, 0700) == 0);
  fail_unless (symlink ("secret", link) == 0);
}

static void
bind_socket (int family, int type, const void *address, socklen_t size)
{
  int fd = socket (family, type | SOCK_CLOEXEC, 0);

  fail_unless (fd >= 0);
  fail_unless (bind (fd, address, size) == 0, "%s", g_strerror (errno));
  fail_unless (type == SOCK_DGRAM || listen (fd, 8) == 0);
  g_array_append_val (sockets, fd);
}

static void
bind_port (const char *word, int type)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
  socklen_t size = sizeof (address);

  bind_socket (AF_INET, type, &address, size);
  fail_unless (getsockname (g_array_index (sockets, int, sockets->len - 1),
          (struct sockaddr *) &address, &size) == 0);
  set_word (word, "%u", ntohs (address.sin_port));
}

static void
bind_path (const char *path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, path, sizeof (address.sun_path));
  bind_socket (AF_UNIX, SOCK_STREAM, &address, sizeof (address));
}

/* In no folder, but for everybody to find. */
static void
bind_abstract (const char *name)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX };

  g_strlcpy (address.sun_path + 1, name, sizeof (address.sun_path) - 1);
  bind_socket (AF_UNIX, SOCK_STREAM, &address,
      G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 + strlen (name));
}

static void
open_sockets (void)
{
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *name = g_strdup_printf ("recto-check-%d", getpid ());

  sockets = g_array_new (FALSE, FALSE, sizeof (int));
  bind_port ("tcp", SOCK_STREAM);
  bind_port ("udp", SOCK_DGRAM);
  bind_path (path);
  bind_abstract (name);
  set_word ("abstract", "@%s", name);
}

/* A process of ours to be hurt. */
static void
start_victim (void)
{
  victim = fork ();
  fail_unless (victim >= 0);
  if (victim == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
      pause ();
  }
}

static void
end_victim (void)
{
  kill (victim, SIGKILL);
  fail_unless (waitpid (victim, NULL, 0) == victim);
}

static void
use_probe_worker (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("RECTO_BUILD_ROOT"),
      "tests", "check", "probes", "probe-worker", NULL);

  g_setenv ("RECTO_RENDER_WORKER", path, TRUE);
  g_setenv ("API_KEY", CANARY, TRUE);
}

static void
setup (void)
{
  words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  folder = fixture_folder_new ();
  set_word ("folder", "%s", folder);
  set_word ("home", "%s", g_get_home_dir ());
  set_word ("test", "%d", getpid ());
  set_word ("canary", "%p", canary);
  make_files ();
  open_sockets ();
  start_victim ();
  set_word ("victim", "%d", victim);

  use_probe_worker ();
  renderer_fixture_init (&fixture);
}

static void
remove_shared (void)
{
  g_autofree char *path = g_strdup_printf ("/dev/shm/recto-%d", getpid ());

  g_unlink (path);
}

static void
teardown (void)
{
  end_victim ();
  renderer_fixture_clear (&fixture);

  for (guint i = 0; i < sockets->len; i++)
    close (g_array_index (sockets, int, i));
  g_clear_pointer (&sockets, g_array_unref);
  remove_shared ();
  g_clear_pointer (&folder, fixture_folder_free);
  g_clear_pointer (&words, g_hash_table_unref);
}

static void
use_sandbox (const char *nick)
{
  gst_util_set_object_arg (G_OBJECT (fixture.renderer), "sandbox", nick);
}

/* A line for each word, each with what stands for it in this test. */
static GBytes *
make_document (const char *attack)
{
  g_autoptr (GString) lines = g_string_new (attack);
  GHashTableIter iter;
  gpointer word, meaning;

  g_string_replace (lines, " ", "\n", 0);
  g_string_prepend (lines, "PROBE\n");
  g_hash_table_iter_init (&iter, words);
  while (g_hash_table_iter_next (&iter, &word, &meaning))
    g_string_replace (lines, word, meaning, 0);
  return g_string_free_to_bytes (g_steal_pointer (&lines));
}

/* What an attack would change: any time, size, owner or mode. */
static char *
describe_files (void)
{
  const char *const names[] = {
    ".", "secret", "program", "empty", "symlink", "socket", "new"
  };
  g_autoptr (GString) state = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    GStatBuf status = { 0, };

    g_lstat (path, &status);
    g_string_append_printf (state, "%s: mode %o, %d links, owner %d, size %d, "
        "changed %d.%09d\n", names[i], (int) status.st_mode,
        (int) status.st_nlink, (int) status.st_uid, (int) status.st_size,
        (int) status.st_ctim.tv_sec, (int) status.st_ctim.tv_nsec);
  }
  return g_string_free (g_steal_pointer (&state), FALSE);
}

/* Kernels may be built, or started, without calls of 32-bit programs: then they
 * end the process, confined or not. */
static gboolean
kernel_takes_i386_calls (void)
{
#ifdef __x86_64__
  const int getpid_number = 20;
  int status = 0;
  pid_t pid = fork ();

  if (pid == 0) {
    long result;

    __asm__ volatile ("int $0x80":"=a" (result)
        :"a" (getpid_number):"memory", "r8", "r9", "r10", "r11");
    _exit (0);
  }
  fail_unless (pid > 0);
  fail_unless_equals_int (waitpid (pid, &status, 0), pid);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
#else
  return TRUE;
#endif
}

/* 0 when it came through, otherwise an errno, or -1 when the worker was killed
 * for having tried. */
static int
try_attack (const char *attack)
{
  g_auto (RectoDocumentInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RectoDocumentBytes) bytes =
      read_document (fixture.renderer, make_document (attack), &error);
  int refusal = 0;

  g_assert_no_error (error);
  if (g_str_equal (attack, "call-as-i386") && !kernel_takes_i386_calls ())
    return ENOSYS;
  if (!recto_renderer_open (fixture.renderer, bytes, &info, NULL, &error)) {
    fail_unless (strstr (error->message, g_strsignal (SIGSYS)) != NULL,
        "attack “%s”: %s", attack, error->message);
    return -1;
  }

  fail_unless (info.title != NULL);
  if (g_str_equal (info.title, "allowed"))
    return 0;
  fail_unless (sscanf (info.title, "refused %d", &refusal) == 1
      && refusal > 0, "%s", info.title);
  return refusal;
}

static const char *
describe_refusal (int refusal)
{
  return refusal == 0 ? "allowed" : refusal < 0 ? "killed"
      : g_strerror (refusal);
}

/* Not all machines have these tables. */
static gboolean
is_missing (const char *attack, int refusal)
{
  return refusal == ENOENT && strstr (attack, POPPLER_DATA_DIR);
}

static gboolean
has_limits (void)
{
#ifdef RECTO_COUNT_ALLOCATIONS
  return TRUE;
#else
  return FALSE;                 /* of memory, with a sanitizer */
#endif
}

GST_START_TEST (test_required)
{
  const char *attack = attacks[__i__].attack;
  Expectation refused = attacks[__i__].refused;
  g_autofree char *before = describe_files ();
  g_autofree char *after = NULL;
  int refusal;

  use_sandbox ("required");
  refusal = try_attack (attack);
  GST_INFO ("%s: %s", attack, describe_refusal (refusal));

  if (refused == HARMLESS)
    fail_unless (refusal == 0 || is_missing (attack, refusal),
        "“%s” is refused in a required sandbox, but pages need it: %s",
        attack, describe_refusal (refusal));
  else if (!(refused & LIMITED) || has_limits ())
    fail_unless (refusal != 0,
        "attack “%s” is allowed in a required sandbox", attack);

  after = describe_files ();
  fail_unless_equals_string (after, before);
}

GST_END_TEST;

/* Limits hold there all the same, and that of memory is to be raised. */
GST_START_TEST (test_off)
{
  const char *attack = attacks[__i__].attack;
  Expectation refused = attacks[__i__].refused;
  int refusal;

  use_sandbox ("off");
  g_object_set (fixture.renderer, "page-memory-limit", G_GUINT64_CONSTANT (0),
      NULL);
  refusal = try_attack (attack);
  GST_INFO ("%s: %s", attack, describe_refusal (refusal));

  if (refused == HOPELESS)
    fail_unless (refusal != 0, "attack “%s” is allowed", attack);
  else if (!(refused & MACHINE))
    fail_unless (refusal == 0 || is_missing (attack, refusal),
        "attack “%s” proves nothing, for it is refused without a sandbox: %s",
        attack, describe_refusal (refusal));
}

GST_END_TEST;

static int
find_zygote (void)
{
  g_autoptr (GArray) children = processes_list_children (getpid (), FALSE);

  for (guint i = 0; i < children->len; i++) {
    if (g_array_index (children, int, i) != victim)
      return g_array_index (children, int, i);
  }
  fail ("there is no zygote");
  return 0;
}

static void
assert_status (int pid, const char *line)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *status = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &status, NULL, &error);
  g_assert_no_error (error);
  fail_unless (strstr (status, line) != NULL, "no “%s” in:\n%s", line, status);
}

/* What the kernel says of them, whatever they say themselves. */
GST_START_TEST (test_status)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  g_autoptr (GArray) children = NULL;
  int zygote;

  use_sandbox ("required");
  bytes = open_document (fixture.renderer, small_pdf_new (1, ""));
  zygote = find_zygote ();
  children = processes_list_children (zygote, FALSE);
  fail_unless_equals_int (children->len, 1);
  g_array_append_val (children, zygote);

  for (guint i = 0; i < children->len; i++) {
    int pid = g_array_index (children, int, i);

    assert_status (pid, "\nCapInh:\t0000000000000000\n");
    assert_status (pid, "\nCapPrm:\t0000000000000000\n");
    assert_status (pid, "\nCapEff:\t0000000000000000\n");
    assert_status (pid, "\nNoNewPrivs:\t1\n");
  }
  assert_status (g_array_index (children, int, 0), "\nSeccomp:\t2\n");
}

GST_END_TEST;

/* Between attacks, an ordinary page. */
GST_START_TEST (test_works)
{
  use_sandbox ("required");
  fail_unless (try_attack ("read /etc/passwd") != 0);
  assert_works (fixture.renderer);
  fail_unless (try_attack ("exec {folder}/program") != 0);
  assert_works (fixture.renderer);
}

GST_END_TEST;

static Suite *
sandbox_suite (void)
{
  Suite *suite = suite_create ("sandbox");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_required, 0, G_N_ELEMENTS (attacks));
  tcase_add_test (tcase, test_status);
  tcase_add_test (tcase, test_works);
  tcase_add_loop_test (tcase, test_off, 0, G_N_ELEMENTS (attacks));

  return suite;
}

GST_CHECK_MAIN (sandbox);
