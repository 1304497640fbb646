/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Journals after the power was cut. What a journal does to its files is noted,
 * and then made anew up to some moment: what was synced by then is there, of
 * the rest whatever a disk may have kept.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#include <jsonl/journal-repair.h>
#include <jsonl/run-log.h>
#include <jsonl/shards.h>

#include "journal-fixture.h"

#define SECTOR 512
#define N_JOURNALS 22
#define N_SESSIONS 8
#define N_CUTS 3
#define SMALL_FILE 4000

/* What is done */

typedef enum
{
  OP_CREATE,
  OP_WRITE,
  OP_TRUNCATE,
  OP_RENAME,
  OP_SYNC,
  OP_SYNC_FOLDER,
  OP_SYNC_PARENT,
  OP_ACKNOWLEDGE,
} OpType;

typedef struct
{
  OpType type;
  char *path;
  char *to;                     /* of a new name */
  GBytes *data;                 /* of a write */
  goffset size;                 /* of a cut; bytes that are acknowledged */
  gboolean has_log;             /* when the folder was synced */
  gsize log_size;               /* at that time */
} Op;

static void
op_clear (gpointer data)
{
  Op *op = data;

  g_free (op->path);
  g_free (op->to);
  g_clear_pointer (&op->data, g_bytes_unref);
}

static Op
op_copy (const Op * op)
{
  Op copy = *op;

  copy.path = g_strdup (op->path);
  copy.to = g_strdup (op->to);
  copy.data = op->data ? g_bytes_ref (op->data) : NULL;
  return copy;
}

static GArray *
op_array_new (void)
{
  GArray *ops = g_array_new (FALSE, FALSE, sizeof (Op));

  g_array_set_clear_func (ops, op_clear);
  return ops;
}

/* What a journal is given to play with */

static struct
{
  char *root;                   /* where the journal's folder is */
  char *location;
  GArray *ops;
  GHashTable *paths;            /* file descriptor → path */
  gint64 room;                  /* bytes till the disk is full; -1: no end */
} disk;

static char *
dup_log_path (void)
{
  return g_str_has_suffix (disk.location, "/") ?
      recto_shards_dup_log (disk.location) :
      recto_run_log_dup_path (disk.location);
}

static gboolean
has_log (void)
{
  g_autofree char *log = dup_log_path ();

  return g_file_test (log, G_FILE_TEST_EXISTS);
}

static gsize
get_log_size (void)
{
  g_autofree char *log = dup_log_path ();
  GStatBuf status;

  return g_stat (log, &status) == 0 ? status.st_size : 0;
}

static void
note (OpType type, int fd, gconstpointer data, gsize size)
{
  Op op = {.type = type,.size = size,.log_size = get_log_size () };

  if (fd >= 0)
    op.path = g_strdup (g_hash_table_lookup (disk.paths,
            GINT_TO_POINTER (fd)));
  if (data)
    op.data = g_bytes_new (data, size);
  if (type == OP_SYNC_FOLDER)
    op.has_log = has_log ();
  g_array_append_val (disk.ops, op);
}

static int
note_open (const char *path, int flags, guint mode)
{
  int fd = g_open (path, flags, mode);

  if (fd < 0)
    return fd;
  g_hash_table_insert (disk.paths, GINT_TO_POINTER (fd), g_strdup (path));
  if (flags & O_CREAT)
    note (OP_CREATE, fd, NULL, 0);
  if (flags & O_TRUNC)
    note (OP_TRUNCATE, fd, NULL, 0);
  return fd;
}

static gssize
note_write (int fd, gconstpointer data, gsize size)
{
  gssize n;

  if (disk.room == 0) {
    errno = ENOSPC;
    return -1;
  }
  if (disk.room > 0)
    size = MIN (size, (gsize) disk.room);
  n = write (fd, data, size);
  if (n > 0)
    note (OP_WRITE, fd, data, n);
  if (disk.room > 0)
    disk.room -= n;
  return n;
}

static int
note_sync_data (int fd)
{
  note (OP_SYNC, fd, NULL, 0);
  return 0;
}

static int
note_sync (int fd)
{
  g_autofree char *path = g_canonicalize_filename (g_hash_table_lookup
      (disk.paths, GINT_TO_POINTER (fd)), NULL);
  g_autofree char *location = g_canonicalize_filename (disk.location, NULL);
  gboolean is_root = strcmp (path, disk.root) == 0;
  gboolean has_folder = g_file_test (location, G_FILE_TEST_IS_DIR);

  note (is_root && has_folder ? OP_SYNC_PARENT : OP_SYNC_FOLDER, fd, NULL, 0);
  return 0;
}

static int
note_truncate (int fd, goffset size)
{
  note (OP_TRUNCATE, fd, NULL, size);
  return ftruncate (fd, size);
}

/* Descriptors of the file follow it to its new name. */
static int
note_rename (const char *from, const char *to)
{
  Op op = {.type = OP_RENAME,.path = g_strdup (from),.to = g_strdup (to),
    .log_size = get_log_size ()
  };
  GHashTableIter iter;
  gpointer path;

  g_array_append_val (disk.ops, op);
  g_hash_table_iter_init (&iter, disk.paths);
  while (g_hash_table_iter_next (&iter, NULL, &path)) {
    if (strcmp (path, from) == 0)
      g_hash_table_iter_replace (&iter, g_strdup (to));
  }
  return g_rename (from, to);
}

static const RectoFileLayer noting_layer = {
  .open = note_open,
  .write = note_write,
  .sync_data = note_sync_data,
  .sync = note_sync,
  .truncate = note_truncate,
  .rename = note_rename,
};

/* What becomes of it */

typedef struct _File File;

struct _File
{
  char *path;
  File *before;                 /* had the name, and still may have it */
  gboolean named;               /* its name is stored */
  GString *live;                /* as processes see it */
  GString *stored;
  GArray *pending;              /* of Op, that are not synced */
};

typedef struct
{
  GPtrArray *files;
  gboolean has_folder;          /* its own name is stored */
  gboolean has_log;             /* the log's is */
  gsize log_size;               /* what came later tells of later commits */
  goffset acknowledged;
} State;

static void
file_free (File * self)
{
  g_clear_pointer (&self->before, file_free);
  g_free (self->path);
  g_string_free (self->live, TRUE);
  g_string_free (self->stored, TRUE);
  g_array_unref (self->pending);
  g_free (self);
}

static File *
file_copy (const File * file)
{
  File *copy = g_new0 (File, 1);

  copy->path = g_strdup (file->path);
  copy->named = file->named;
  copy->before = file->before ? file_copy (file->before) : NULL;
  copy->live = g_string_new_len (file->live->str, file->live->len);
  copy->stored = g_string_new_len (file->stored->str, file->stored->len);
  copy->pending = op_array_new ();
  for (guint i = 0; i < file->pending->len; i++) {
    Op op = op_copy (&g_array_index (file->pending, Op, i));

    g_array_append_val (copy->pending, op);
  }
  return copy;
}

static State *
state_new (void)
{
  State *self = g_new0 (State, 1);

  self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) file_free);
  return self;
}

static void
state_free (State * self)
{
  g_ptr_array_unref (self->files);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (State, state_free)

static State *
state_copy (const State * state)
{
  State *copy = state_new ();

  copy->has_folder = state->has_folder;
  copy->has_log = state->has_log;
  copy->log_size = state->log_size;
  copy->acknowledged = state->acknowledged;
  for (guint i = 0; i < state->files->len; i++)
    g_ptr_array_add (copy->files, file_copy (state->files->pdata[i]));
  return copy;
}

static File *
get_file (State * state, const char *path)
{
  File *file;

  for (guint i = 0; i < state->files->len; i++) {
    file = state->files->pdata[i];
    if (strcmp (file->path, path) == 0)
      return file;
  }

  file = g_new0 (File, 1);
  file->path = g_strdup (path);
  file->live = g_string_new (NULL);
  file->stored = g_string_new (NULL);
  file->pending = op_array_new ();
  g_ptr_array_add (state->files, file);
  return file;
}

static void
name_all (State * state, gboolean with_log)
{
  for (guint i = 0; i < state->files->len; i++) {
    File *file = state->files->pdata[i];

    file->named = TRUE;
    g_clear_pointer (&file->before, file_free);
  }
  state->has_log |= with_log;
}

/* Takes the file out of the state. */
static File *
steal_file (State * state, const char *path)
{
  guint index;

  fail_unless (g_ptr_array_find (state->files, get_file (state, path), &index));
  return g_ptr_array_steal_index (state->files, index);
}

static void
rename_file (State * state, const char *from, const char *to)
{
  File *before = steal_file (state, to);
  File *file = get_file (state, from);

  g_free (file->path);
  file->path = g_strdup (to);
  file->before = before;
  /* The name is there, be it of the one or of the other. */
  file->named = before->named;
}

static void
change_file (File * file, const Op * op)
{
  Op pending = op_copy (op);

  if (op->type == OP_TRUNCATE) {
    g_string_truncate (file->live, op->size);
  } else {
    pending.size = file->live->len;
    g_string_append_len (file->live, g_bytes_get_data (op->data, NULL),
        g_bytes_get_size (op->data));
  }
  g_array_append_val (file->pending, pending);
}

static void
assign (GString * string, const GString * other)
{
  g_string_truncate (string, 0);
  g_string_append_len (string, other->str, other->len);
}

static void
store_file (File * file)
{
  assign (file->stored, file->live);
  g_array_set_size (file->pending, 0);
}

static void
state_apply (State * state, const Op * op)
{
  state->log_size = op->log_size;
  switch (op->type) {
    case OP_CREATE:
      get_file (state, op->path);
      break;
    case OP_WRITE:
    case OP_TRUNCATE:
      change_file (get_file (state, op->path), op);
      break;
    case OP_RENAME:
      rename_file (state, op->path, op->to);
      break;
    case OP_SYNC:
      store_file (get_file (state, op->path));
      break;
    case OP_SYNC_FOLDER:
      name_all (state, op->has_log);
      break;
    case OP_SYNC_PARENT:
      state->has_folder = TRUE;
      break;
    case OP_ACKNOWLEDGE:
      state->acknowledged = op->size;
      break;
  }
}

/* Cutting the power */

typedef enum
{
  CUT_DROP,                     /* nothing that was not synced is there */
  CUT_SHORT,                    /* some of it, in order */
  CUT_HOLES,                    /* the size is there, but not each sector */
  CUT_SUBSET,                   /* any sectors */
  N_CUT_MODES
} CutMode;

static void
put_bytes (GString * contents, goffset offset, const char *data, gsize size)
{
  gsize old = contents->len;

  if (offset + size > old) {
    g_string_set_size (contents, offset + size);
    memset (contents->str + old, 0, offset + size - old);
  }
  memcpy (contents->str + offset, data, size);
}

static void
put_sectors (GString * contents, const Op * op, CutMode mode, GRand * random)
{
  gsize size;
  const char *data = g_bytes_get_data (op->data, &size);
  goffset end = op->size + size;

  if (mode == CUT_HOLES || g_rand_boolean (random))
    put_bytes (contents, MAX (end, (goffset) contents->len), data, 0);

  for (goffset start = op->size; start < end;) {
    goffset next = MIN ((start / SECTOR + 1) * SECTOR, end);

    if (g_rand_double (random) < (mode == CUT_HOLES ? 0.8 : 0.5))
      put_bytes (contents, start, data + (start - op->size), next - start);
    start = next;
  }
}

static gsize
count_pending (const File * file)
{
  gsize size = 0;

  for (guint i = 0; i < file->pending->len; i++) {
    const Op *op = &g_array_index (file->pending, Op, i);

    size += op->data ? g_bytes_get_size (op->data) : 0;
  }
  return size;
}

static gsize
put_start (GString * contents, const Op * op, gsize most)
{
  gsize size = MIN (most, g_bytes_get_size (op->data));

  put_bytes (contents, op->size, g_bytes_get_data (op->data, NULL), size);
  return size;
}

static GString *
cut_file (const File * file, CutMode mode, GRand * random)
{
  GString *contents = g_string_new_len (file->stored->str, file->stored->len);
  gsize left = g_rand_double (random) * (count_pending (file) + 1);

  for (guint i = 0; i < file->pending->len && mode != CUT_DROP; i++) {
    const Op *op = &g_array_index (file->pending, Op, i);

    if (op->type == OP_TRUNCATE) {
      if (g_rand_boolean (random))
        g_string_truncate (contents, op->size);
    } else if (mode == CUT_SHORT) {
      left -= put_start (contents, op, left);
    } else {
      put_sectors (contents, op, mode, random);
    }
  }
  return contents;
}

/* Files as the disk has them now */

static void
write_file (const char *path, const char *contents, gsize size)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  fail_unless (fd >= 0);
  fail_unless_equals_int64 (write (fd, contents, size), size);
  g_close (fd, NULL);
}

/* Advice has no guarantee but that its name is there when there are records. */
static void
cut_log (State * state, GRand * random)
{
  g_autofree char *path = dup_log_path ();
  g_autofree char *contents = NULL;
  gsize size = 0;

  g_file_get_contents (path, &contents, &size, NULL);
  size = MIN (size, state->log_size);
  state->log_size = 0;
  g_unlink (path);
  if (!state->has_log && g_rand_boolean (random))
    return;
  if (size > 0)
    size = g_rand_int_range (random, 0, size + 1);
  if (size > 0 && g_rand_boolean (random))
    memset (contents, 0, size);
  write_file (path, contents ? contents : "", size);
  state->log_size = size;
}

static void
empty_root (void)
{
  fixture_folder_remove (disk.root);
  fail_unless_equals_int (g_mkdir (disk.root, 0700), 0);
}

/* A new name that is not stored may be that of the old file. */
static File *
choose_name (State * state, guint i, GRand * random)
{
  File *file = state->files->pdata[i];

  if (file->before && g_rand_boolean (random)) {
    state->files->pdata[i] = g_steal_pointer (&file->before);
    file_free (file);
  }
  return state->files->pdata[i];
}

/* Makes the folder be as the disk has it after the power was cut, and the
 * state, too. */
static void
cut_power (State * state, GRand * random)
{
  CutMode mode = g_rand_int_range (random, 0, N_CUT_MODES);
  gboolean is_folder = g_str_has_suffix (disk.location, "/");

  if (is_folder && !state->has_folder && g_rand_boolean (random)) {
    empty_root ();
    g_ptr_array_set_size (state->files, 0);
    state->has_log = FALSE;
    return;
  }

  if (is_folder)
    g_mkdir (disk.location, 0700);
  state->has_folder = TRUE;
  cut_log (state, random);
  state->has_log = has_log ();
  for (guint i = state->files->len; i-- > 0;) {
    File *file = choose_name (state, i, random);
    g_autoptr (GString) contents = cut_file (file, mode, random);

    g_unlink (file->path);
    if (!file->named && g_rand_boolean (random)) {
      g_ptr_array_remove_index (state->files, i);
      continue;
    }
    write_file (file->path, contents->str, contents->len);
    assign (file->live, contents);
    store_file (file);
    file->named = TRUE;
  }
}

/* As after kill -9: all that was done is there, but may still be lost. */
static void
kill_process (State * state, GRand * random)
{
  g_autofree char *log = dup_log_path ();

  g_unlink (log);
  state->log_size = 0;
  if (state->has_log || g_rand_boolean (random))
    write_file (log, "", 0);
  for (guint i = 0; i < state->files->len; i++) {
    const File *file = state->files->pdata[i];

    write_file (file->path, file->live->str, file->live->len);
  }
}

/* What is in the folder, and no longer in the state, was made later. */
static void
remove_later_files (void)
{
  g_autofree char *folder = g_str_has_suffix (disk.location, "/") ?
      g_strdup (disk.location) : g_path_get_dirname (disk.location);
  g_autofree char *log = dup_log_path ();
  g_autofree char *log_name = g_path_get_basename (log);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (strcmp (name, log_name) != 0)
      g_unlink (path);
  }
}

/* Journals in all that */

typedef struct
{
  GRand *random;
  guint64 max_file_size;
  State *state;
  GString *stream;              /* all that there may be, in order */
  GString *before;              /* the same, before it was opened */
  guint n_open_ops;             /* that opening it took */
  guint n_records;              /* that were made */
} Run;

/* Whether all lines of `string` are among those of `all`, in their order. */
static gboolean
is_part_of (const GString * string, const GString * all)
{
  const char *p = all->str;

  for (const char *line = string->str; *line;) {
    gsize size = strchr (line, '\n') + 1 - line;

    while (*p && strncmp (p, line, size) != 0)
      p = strchr (p, '\n') + 1;
    if (*p == '\0')
      return FALSE;
    p += size;
    line += size;
  }
  return TRUE;
}

/* Where the log is lost, a hole is not known to be of the last run. */
static RectoJournal *
open_or_repair (Run * run, const RectoFileLayer * layer)
{
  g_autoptr (GError) error = NULL;
  g_auto (RectoJournalRepair) repair = { NULL, };
  RectoJournal *journal = recto_journal_open (disk.location,
      run->max_file_size, FALSE, layer, &error);

  if (journal)
    return journal;
  fail_unless (strstr (error->message, "recto repair") != NULL, "%s",
      error->message);
  g_clear_error (&error);
  fail_unless (recto_journal_repair (disk.location, layer, &repair, &error),
      "%s", error ? error->message : "");
  journal = recto_journal_open (disk.location, run->max_file_size, FALSE,
      layer, &error);
  fail_unless (journal != NULL, "%s", error ? error->message : "");
  return journal;
}

static RectoJournal *
open_and_check (Run * run, const RectoFileLayer * layer, goffset acknowledged)
{
  RectoJournal *journal = open_or_repair (run, layer);
  g_autoptr (GString) contents = read_journal (disk.location);

  fail_unless ((goffset) contents->len >= acknowledged
      && memcmp (contents->str, run->stream->str, acknowledged) == 0, "of %"
      G_GOFFSET_FORMAT " bytes that were acknowledged some are missing",
      acknowledged);
  fail_unless (is_part_of (contents, run->stream)
      || is_part_of (contents, run->before), "there are other records");
  assert_indexed (journal, contents);

  assign (run->stream, contents);
  return journal;
}

static gboolean
commit_some (Run * run, RectoJournal * journal)
{
  GRand *random = run->random;
  guint n = g_rand_int_range (random, 1, g_rand_boolean (random) ? 6 :
      RECTO_JOURNAL_BATCH + 1);
  gsize text_size = g_rand_int_range (random, 0, n < 6 ? 2000 : 200);
  g_autoptr (GString) lines = make_records (run->n_records, n, text_size);

  run->n_records += n;
  g_string_append_len (run->stream, lines->str, lines->len);
  return recto_journal_commit (journal, lines->str, lines->len, TRUE, NULL);
}

static void
work (Run * run)
{
  RectoJournal *journal;
  guint n_commits = g_rand_int_range (run->random, 0, 5);

  disk.room = -1;
  assign (run->before, run->stream);
  journal = open_and_check (run, &noting_layer, run->state->acknowledged);
  run->n_open_ops = disk.ops->len;
  note (OP_ACKNOWLEDGE, -1, NULL, run->stream->len);

  if (g_rand_int_range (run->random, 0, 4) == 0)
    disk.room = g_rand_int_range (run->random, 0, 20000);
  for (guint i = 0; i < n_commits && commit_some (run, journal); i++)
    note (OP_ACKNOWLEDGE, -1, NULL, run->stream->len);
  recto_journal_close (journal, TRUE, 1);
}

static State *
make_state (Run * run, guint n_ops)
{
  State *state = state_copy (run->state);

  for (guint i = 0; i < n_ops; i++)
    state_apply (state, &g_array_index (disk.ops, Op, i));
  return state;
}

/* The log as the run left it, for the next cut. */
static void
restore_log (const char *contents, gsize size)
{
  g_autofree char *path = dup_log_path ();

  if (g_str_has_suffix (disk.location, "/"))
    g_mkdir (disk.location, 0700);
  g_unlink (path);
  if (contents)
    write_file (path, contents, size);
}

/* As a user finds it in the morning. */
static void
check_cut (Run * run, guint n_ops)
{
  g_autoptr (State) state = make_state (run, n_ops);
  g_autoptr (GString) stream = g_string_new_len (run->stream->str,
      run->stream->len);
  g_autofree char *path = dup_log_path (), *log = NULL;
  RectoJournal *journal;
  gsize log_size = 0;

  g_file_get_contents (path, &log, &log_size, NULL);
  remove_later_files ();
  cut_power (state, run->random);
  journal = open_and_check (run, &recto_file_layer, state->acknowledged);
  fail_unless (commit_some (run, journal));
  recto_journal_close (journal, TRUE, 1);

  journal = open_and_check (run, &recto_file_layer, run->stream->len);
  recto_journal_close (journal, TRUE, 1);
  assign (run->stream, stream);
  restore_log (log, log_size);
}

/* Goes on with what one more cut, or a kill, leaves. */
static void
go_on (Run * run, guint n_ops)
{
  State *state = make_state (run, n_ops);

  /* What is not stored may still be what it was before. */
  if (n_ops < run->n_open_ops)
    assign (run->stream, run->before);
  remove_later_files ();
  if (g_rand_boolean (run->random)) {
    cut_power (state, run->random);
  } else {
    if (g_str_has_suffix (disk.location, "/"))
      g_mkdir (disk.location, 0700);
    kill_process (state, run->random);
  }
  state_free (run->state);
  run->state = state;
}

static guint
run_sessions (Run * run)
{
  guint n_cuts = 0;

  for (guint i = 0; i < N_SESSIONS; i++) {
    guint n_ops;

    g_array_set_size (disk.ops, 0);
    work (run);
    n_ops = disk.ops->len;
    for (guint j = 0; j < N_CUTS; j++, n_cuts++)
      check_cut (run, g_rand_int_range (run->random, 0, n_ops + 1));
    go_on (run, g_rand_int_range (run->random, 0, n_ops + 1));
  }
  return n_cuts;
}

static guint
run_journal (guint seed, const char *name, guint64 max_file_size)
{
  Run run = {
    .random = g_rand_new_with_seed (seed),
    .max_file_size = max_file_size,
    .state = state_new (),
    .stream = g_string_new (NULL),
    .before = g_string_new (NULL),
  };
  guint n_cuts;

  /* For whoever reads that the next thing failed. */
  g_printerr ("RECTO_SEED=%u\n", seed);
  disk.root = fixture_folder_new ();
  disk.location = g_strconcat (disk.root, "/", name, NULL);
  disk.ops = op_array_new ();
  disk.paths = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  n_cuts = run_sessions (&run);

  fixture_folder_remove (disk.root);
  g_clear_pointer (&disk.root, g_free);
  g_clear_pointer (&disk.location, g_free);
  g_clear_pointer (&disk.ops, g_array_unref);
  g_clear_pointer (&disk.paths, g_hash_table_unref);
  g_rand_free (run.random);
  state_free (run.state);
  g_string_free (run.stream, TRUE);
  g_string_free (run.before, TRUE);
  return n_cuts;
}

/* One seed does it all again. */
static void
run_journals (const char *name, guint64 max_file_size)
{
  const char *given = g_getenv ("RECTO_SEED");
  guint n_cuts = 0;

  if (given) {
    run_journal (g_ascii_strtoull (given, NULL, 10), name, max_file_size);
    return;
  }
  for (guint i = 0; i < N_JOURNALS; i++)
    n_cuts += run_journal (g_random_int (), name, max_file_size);
  fail_unless (n_cuts >= 500);
}

GST_START_TEST (test_file)
{
  run_journals ("out.jsonl", 0);
}

GST_END_TEST;

GST_START_TEST (test_folder)
{
  run_journals ("out/", SMALL_FILE);
}

GST_END_TEST;

static Suite *
journalpower_suite (void)
{
  Suite *suite = suite_create ("journalpower");
  TCase *power = tcase_create ("power");

  suite_add_tcase (suite, power);
  tcase_set_timeout (power, 100);
  tcase_add_test (power, test_file);
  tcase_add_test (power, test_folder);

  return suite;
}

GST_CHECK_MAIN (journalpower);
