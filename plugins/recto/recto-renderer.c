/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * RectoRenderer:
 *
 * What draws pages: worker processes and the documents that they draw from.
 *
 * All that is done with a document's bytes is done in worker processes, each
 * of which serves one document. A page that crashes its worker, hangs it or
 * eats up its memory is lost, and nothing else is. What takes a worker over
 * finds it confined: it can read fonts and its own document, write nothing but
 * the page's image, and reach no network and no other process.
 *
 * A renderer belongs to a source of documents; its documents carry it to the
 * elements that need it. Several sources may share one, and with it its limits.
 *
 * Workers are started when they are needed. They end with the renderer, at the
 * latest.
 *
 * Since: 1.0
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <unistd.h>

#include <recto/recto.h>
#include <recto/recto-document-private.h>
#include <recto/recto-page-private.h>
#include <recto/recto-render-job-private.h>

#define DEFAULT_N_WORKERS 0
#define DEFAULT_PAGE_CPU_LIMIT 20
#define DEFAULT_PAGE_TIMEOUT 0
#define DEFAULT_PAGE_MEMORY_LIMIT ((guint64) 1 << 30)
#define DEFAULT_SANDBOX RECTO_SANDBOX_REQUIRED
#define DEFAULT_MAX_DOCUMENT_MEMORY (256 * 1024 * 1024)
#define DEFAULT_MAX_DOCUMENT_BYTES (256 * 1024 * 1024)
#define DEFAULT_MAX_LOG_BYTES 4096

/* Workers that are tried at the start before it is said that none can live. */
#define MAX_ATTEMPTS 3

/* Wall time for each second of CPU time, where nobody says. */
#define WALL_PER_CPU 3

struct _RectoRenderer
{
  GObject parent;

  GMutex lock;                  /* up to n_users */
  guint n_workers;
  guint page_cpu_limit;
  guint page_timeout;
  RectoConfinement confinement;
  guint max_log_bytes;
  guint64 max_document_memory;
  guint64 max_document_bytes;

  guint n_users;                /* between start and stop */

  RectoWorkerPool *pool;
  RectoDocumentBudget budget;
};

G_DEFINE_QUARK (recto-renderer-error-quark, recto_renderer_error)

G_DEFINE_FINAL_TYPE (RectoRenderer, recto_renderer, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_N_WORKERS,
  PROP_PAGE_CPU_LIMIT,
  PROP_PAGE_TIMEOUT,
  PROP_PAGE_MEMORY_LIMIT,
  PROP_SANDBOX,
  PROP_MAX_LOG_BYTES,
  PROP_MAX_DOCUMENT_MEMORY,
  PROP_MAX_DOCUMENT_BYTES,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
recto_renderer_set_property (GObject * object, guint prop_id,
    const GValue * value, GParamSpec * pspec)
{
  RectoRenderer *self = RECTO_RENDERER (object);
  RectoConfinement confinement;

  g_mutex_lock (&self->lock);
  switch (prop_id) {
    case PROP_N_WORKERS:
      self->n_workers = g_value_get_uint (value);
      break;
    case PROP_PAGE_CPU_LIMIT:
      self->page_cpu_limit = g_value_get_uint (value);
      break;
    case PROP_PAGE_TIMEOUT:
      self->page_timeout = g_value_get_uint (value);
      break;
    case PROP_PAGE_MEMORY_LIMIT:
      self->confinement.memory_limit = g_value_get_uint64 (value);
      break;
    case PROP_SANDBOX:
      self->confinement.sandbox = g_value_get_enum (value);
      break;
    case PROP_MAX_LOG_BYTES:
      self->max_log_bytes = g_value_get_uint (value);
      break;
    case PROP_MAX_DOCUMENT_MEMORY:
      self->max_document_memory = g_value_get_uint64 (value);
      break;
    case PROP_MAX_DOCUMENT_BYTES:
      self->max_document_bytes = g_value_get_uint64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
  recto_document_budget_set_limits (&self->budget, self->max_document_memory,
      self->max_document_bytes);
  confinement = self->confinement;
  g_mutex_unlock (&self->lock);

  /* These may wait for workers to end. */
  if (prop_id == PROP_N_WORKERS)
    recto_worker_pool_set_n_workers (self->pool, g_value_get_uint (value));
  else
    recto_worker_pool_set_confinement (self->pool, &confinement);
}

static void
recto_renderer_get_property (GObject * object, guint prop_id,
    GValue * value, GParamSpec * pspec)
{
  RectoRenderer *self = RECTO_RENDERER (object);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED =
      g_mutex_locker_new (&self->lock);

  switch (prop_id) {
    case PROP_N_WORKERS:
      g_value_set_uint (value, self->n_workers);
      break;
    case PROP_PAGE_CPU_LIMIT:
      g_value_set_uint (value, self->page_cpu_limit);
      break;
    case PROP_PAGE_TIMEOUT:
      g_value_set_uint (value, self->page_timeout);
      break;
    case PROP_PAGE_MEMORY_LIMIT:
      g_value_set_uint64 (value, self->confinement.memory_limit);
      break;
    case PROP_SANDBOX:
      g_value_set_enum (value, self->confinement.sandbox);
      break;
    case PROP_MAX_LOG_BYTES:
      g_value_set_uint (value, self->max_log_bytes);
      break;
    case PROP_MAX_DOCUMENT_MEMORY:
      g_value_set_uint64 (value, self->max_document_memory);
      break;
    case PROP_MAX_DOCUMENT_BYTES:
      g_value_set_uint64 (value, self->max_document_bytes);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, recto_renderer_get_stats (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  }
}

static void
recto_renderer_finalize (GObject * object)
{
  RectoRenderer *self = RECTO_RENDERER (object);

  recto_document_budget_drop_kept (&self->budget);
  recto_worker_pool_free (self->pool);
  recto_document_budget_clear (&self->budget);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (recto_renderer_parent_class)->finalize (object);
}

static void
install_worker_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * RectoRenderer:n-workers:
   *
   * How many workers draw pages at a time, at most all of them pages of the
   * same document; 0: as many as there are processors that this process may
   * keep busy, by its affinity and its cgroup's quota. One more may be alive,
   * to open the next document.
   *
   * Since: 1.0
   */
  properties[PROP_N_WORKERS] = g_param_spec_uint ("n-workers",
      "Number of workers",
      "How many workers draw pages at a time (0: as many as processors may be "
      "kept busy)", 0, 1024, DEFAULT_N_WORKERS, flags);

  /**
   * RectoRenderer:page-cpu-limit:
   *
   * The CPU time that a worker may take to draw a page, or to open a document,
   * in seconds; 0: no limit. Whatever takes longer is ended.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_CPU_LIMIT] = g_param_spec_uint ("page-cpu-limit",
      "CPU limit of a page",
      "CPU time that drawing a page or opening a document may take, in seconds "
      "(0: no limit)", 0, G_MAXINT, DEFAULT_PAGE_CPU_LIMIT, flags);

  /**
   * RectoRenderer:page-timeout:
   *
   * The wall time that a worker may take to draw a page, or to open a
   * document, in seconds; 0: three times
   * [property@Recto.Renderer:page-cpu-limit], and no limit if that has none.
   * It depends on the machine's load which pages take longer than that, so
   * this is a backstop.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_TIMEOUT] = g_param_spec_uint ("page-timeout",
      "Timeout of a page",
      "Wall time that drawing a page or opening a document may take, in "
      "seconds (0: three times page-cpu-limit)", 0, G_MAXINT,
      DEFAULT_PAGE_TIMEOUT, flags);

  /**
   * RectoRenderer:page-memory-limit:
   *
   * The address space that a worker may have, in bytes; 0: no limit. A page
   * that needs more fails as %RECTO_PAGE_MEMORY_LIMIT, since it would have
   * parts missing. The document counts in, and so does the program itself,
   * with some 100 MiB: 128 MiB are the least that makes sense. Takes effect
   * with workers that are started later.
   *
   * Since: 1.0
   */
  properties[PROP_PAGE_MEMORY_LIMIT] = g_param_spec_uint64 ("page-memory-limit",
      "Memory limit of a page",
      "Bytes of address space that a worker may have to draw a page (0: no "
      "limit; 128 MiB are the least that makes sense)", 0, G_MAXUINT64,
      DEFAULT_PAGE_MEMORY_LIMIT, flags);

  /**
   * RectoRenderer:sandbox:
   *
   * Whether workers have to be kept from the rest of the system. Takes effect
   * with workers that are started later.
   *
   * Since: 1.0
   */
  properties[PROP_SANDBOX] = g_param_spec_enum ("sandbox", "Sandbox",
      "Whether workers have to be kept from the rest of the system",
      RECTO_TYPE_SANDBOX, DEFAULT_SANDBOX, flags);

  /**
   * RectoRenderer:max-log-bytes:
   *
   * How many bytes of what a worker writes to its standard error go to the
   * debug log (category `rectoworkerlog`), for each worker of a document; 0:
   * none. What comes after them is only counted.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_LOG_BYTES] = g_param_spec_uint ("max-log-bytes",
      "Log of a document",
      "Bytes of what libraries complain of in a document that go to the debug "
      "log (0: none)", 0, G_MAXINT, DEFAULT_MAX_LOG_BYTES, flags);
}

static void
install_document_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * RectoRenderer:max-document-memory:
   *
   * How many bytes of documents with pages still to be drawn are held in
   * memory before the source waits; 0: no limit. One document is always
   * allowed, and never more than 64 are held. A document that was read again
   * for its text, after its pages were drawn, is kept until its room is
   * needed.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_DOCUMENT_MEMORY] =
      g_param_spec_uint64 ("max-document-memory", "Memory for documents",
      "Bytes of documents that are held in memory while their pages are drawn; "
      "one document is always allowed (0: no limit)", 0, G_MAXUINT64,
      DEFAULT_MAX_DOCUMENT_MEMORY, flags);

  /**
   * RectoRenderer:max-document-bytes:
   *
   * How many bytes a document may have; 0: no limit. Larger ones fail as
   * %RECTO_DOCUMENT_TOO_LARGE.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_DOCUMENT_BYTES] =
      g_param_spec_uint64 ("max-document-bytes", "Size of a document",
      "Bytes that a document may have; larger ones are not read (0: no limit)",
      0, G_MAXUINT64, DEFAULT_MAX_DOCUMENT_BYTES, flags);

  /**
   * RectoRenderer:stats:
   *
   * Counts and sizes, see [method@Recto.Renderer.get_stats].
   *
   * Since: 1.0
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Workers, documents and bytes that are held, and the most that ever were",
      GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
recto_renderer_class_init (RectoRendererClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = recto_renderer_set_property;
  object_class->get_property = recto_renderer_get_property;
  object_class->finalize = recto_renderer_finalize;

  install_worker_properties ();
  install_document_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
recto_renderer_init (RectoRenderer * self)
{
  g_mutex_init (&self->lock);
  self->n_workers = DEFAULT_N_WORKERS;
  self->page_cpu_limit = DEFAULT_PAGE_CPU_LIMIT;
  self->page_timeout = DEFAULT_PAGE_TIMEOUT;
  self->max_log_bytes = DEFAULT_MAX_LOG_BYTES;
  self->max_document_memory = DEFAULT_MAX_DOCUMENT_MEMORY;
  self->max_document_bytes = DEFAULT_MAX_DOCUMENT_BYTES;

  self->confinement.memory_limit = DEFAULT_PAGE_MEMORY_LIMIT;
  self->confinement.sandbox = DEFAULT_SANDBOX;

  self->pool = recto_worker_pool_new ();
  recto_worker_pool_set_confinement (self->pool, &self->confinement);
  recto_document_budget_init (&self->budget);
  recto_document_budget_set_limits (&self->budget, self->max_document_memory,
      self->max_document_bytes);
}

/**
 * recto_renderer_new:
 *
 * Creates a renderer. It starts no process until it is used.
 *
 * Returns: (transfer full): a new renderer
 *
 * Since: 1.0
 */
RectoRenderer *
recto_renderer_new (void)
{
  return g_object_new (RECTO_TYPE_RENDERER, NULL);
}

/**
 * recto_renderer_get_n_workers:
 * @self: a renderer
 *
 * Gets how many workers draw pages at a time. Unlike the property, which says
 * what was set, this says what it came to.
 *
 * Returns: a number of workers, at least 1
 *
 * Since: 1.0
 */
guint
recto_renderer_get_n_workers (RectoRenderer * self)
{
  g_return_val_if_fail (RECTO_IS_RENDERER (self), 1);

  return recto_worker_pool_get_n_workers (self->pool);
}

/**
 * recto_renderer_set_n_workers:
 * @self: a renderer
 * @n_workers: a number of workers, 0 for as many as processors may be kept
 *   busy
 *
 * Sets how many workers draw pages at a time. May be called while they do: one
 * that is at work and too many ends when it is done.
 *
 * Since: 1.0
 */
void
recto_renderer_set_n_workers (RectoRenderer * self, guint n_workers)
{
  g_return_if_fail (RECTO_IS_RENDERER (self));

  g_object_set (self, "n-workers", n_workers, NULL);
}

/**
 * recto_renderer_get_stats:
 * @self: a renderer
 *
 * Gets what the renderer has done and what it holds. All but the `peak-…` ones
 * and those that count from the start are of this moment:
 *
 * - `workers`, `peak-workers` (uint): children that are alive
 * - `forks` (uint64): children that there have been
 * - `workers-lost` (uint64): children that crashed, hung, gave nonsense or took
 *   CPU time while they had no request
 * - `pages-rendered` (uint64): pages drawn
 * - `warnings` (uint64): lines that libraries complained with while documents
 *   were opened, pages drawn and texts taken
 * - `log-bytes-dropped` (uint64): bytes of them beyond
 *   [property@Recto.Renderer:max-log-bytes]
 * - `documents-held`, `peak-documents-held` (uint): documents in memory
 * - `document-bytes`, `peak-document-bytes` (uint64): their bytes
 * - `buffers` (uint), `buffer-bytes` (uint64): page buffers that take memory,
 *   and their bytes, when they were last given back
 *
 * Returns: (transfer full): a structure named `recto-renderer-stats`
 *
 * Since: 1.0
 */
GstStructure *
recto_renderer_get_stats (RectoRenderer * self)
{
  RectoDocumentUsage usage;
  RectoWorkerPoolStats pool;

  g_return_val_if_fail (RECTO_IS_RENDERER (self), NULL);

  recto_worker_pool_get_stats (self->pool, &pool);
  recto_document_budget_get_usage (&self->budget, &usage);

  return gst_structure_new ("recto-renderer-stats",
      "workers", G_TYPE_UINT, pool.workers,
      "peak-workers", G_TYPE_UINT, pool.peak_workers,
      "forks", G_TYPE_UINT64, pool.forks,
      "workers-lost", G_TYPE_UINT64, pool.workers_lost,
      "pages-rendered", G_TYPE_UINT64, pool.pages_rendered,
      "warnings", G_TYPE_UINT64, pool.warnings,
      "log-bytes-dropped", G_TYPE_UINT64, pool.log_bytes_dropped,
      "documents-held", G_TYPE_UINT, usage.n_held,
      "peak-documents-held", G_TYPE_UINT, usage.peak_n_held,
      "document-bytes", G_TYPE_UINT64, usage.held,
      "peak-document-bytes", G_TYPE_UINT64, usage.peak_held,
      "buffers", G_TYPE_UINT, pool.buffers,
      "buffer-bytes", G_TYPE_UINT64, pool.buffer_bytes, NULL);
}

/* What follows is in recto-renderer-private.h. */

static void
init_job (RectoRenderJob * job, RectoRenderer * self,
    RectoDocumentBytes * bytes, GCancellable * cancellable)
{
  g_mutex_lock (&self->lock);
  *job = (RectoRenderJob) {
    .pool = self->pool,
    .limits.cpu_seconds = self->page_cpu_limit,
    .limits.seconds = self->page_timeout > 0 ? self->page_timeout :
        MIN (self->page_cpu_limit, G_MAXUINT / WALL_PER_CPU) * WALL_PER_CPU,
    .limits.log_bytes = self->max_log_bytes,
    .bytes = bytes,
    .cancellable = cancellable,
  };
  g_mutex_unlock (&self->lock);
}

/* Always FALSE. What is no page's or document's fault is this system's. */
static gboolean
mark_trouble (GError ** error)
{
  if (error && *error && (*error)->domain == G_IO_ERROR &&
      (*error)->code != G_IO_ERROR_CANCELLED)
    (*error)->domain = RECTO_RENDERER_ERROR;
  return FALSE;
}

/* That there are walls does not say that a worker can live between them: this
 * system's libraries may need what nobody has thought of. The child that this
 * takes serves the first document. */
static gboolean
try_worker (RectoRenderer * self, GCancellable * cancellable, GError ** error)
{
  const RectoRenderOptions options = {
    .format = RECTO_WORKER_BGRX,
    .layout = {.min_width = 1,.max_width = 16,.min_height = 1,.max_height = 16},
  };
  g_auto (RectoRendering) rendering = { 0 };
  g_autoptr (GError) cause = NULL;

  /* Somebody may kill one or stop it, or two. */
  for (guint i = 0; i < MAX_ATTEMPTS; i++) {
    g_clear_error (&cause);
    if (recto_renderer_render_blank (self, &options, &rendering, cancellable,
            &cause))
      return TRUE;
    if (cause->domain != RECTO_PAGE_ERROR)
      break;
  }
  if (cause->domain == RECTO_PAGE_ERROR)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        _("A render worker can't even draw an empty page here. %s Its limits "
            "may be too small, or the sandbox forbids what a library of this "
            "system needs."), cause->message);
  else
    g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

gboolean
recto_renderer_start (RectoRenderer * self, GCancellable * cancellable,
    GError ** error)
{
  g_return_val_if_fail (RECTO_IS_RENDERER (self), FALSE);

  if (!try_worker (self, cancellable, error)) {
    recto_worker_pool_stop (self->pool);
    return FALSE;
  }

  g_mutex_lock (&self->lock);
  self->n_users++;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

gboolean
recto_renderer_get_posture (RectoRenderer * self, RectoPosture * posture)
{
  g_return_val_if_fail (RECTO_IS_RENDERER (self), FALSE);

  return recto_worker_pool_get_posture (self->pool, posture);
}

void
recto_renderer_stop (RectoRenderer * self)
{
  gboolean last;

  g_return_if_fail (RECTO_IS_RENDERER (self));

  g_mutex_lock (&self->lock);
  last = --self->n_users == 0;
  g_mutex_unlock (&self->lock);

  if (!last)
    return;
  recto_document_budget_drop_kept (&self->budget);
  recto_worker_pool_stop (self->pool);
}

RectoDocumentBytes *
recto_renderer_reserve (RectoRenderer * self, guint64 size, gboolean wait,
    GCancellable * cancellable, GError ** error)
{
  g_return_val_if_fail (RECTO_IS_RENDERER (self), NULL);

  return recto_document_bytes_new (G_OBJECT (self), &self->budget, self->pool,
      RECTO_DOCUMENT_AHEAD, size, wait, cancellable, error);
}

gboolean
recto_renderer_open (RectoRenderer * self, RectoDocumentBytes * bytes,
    RectoDocumentInfo * info, GCancellable * cancellable, GError ** error)
{
  RectoRenderJob job;

  g_return_val_if_fail (RECTO_IS_RENDERER (self), FALSE);
  g_return_val_if_fail (bytes != NULL && info != NULL, FALSE);

  *info = (RectoDocumentInfo) { 0 };
  init_job (&job, self, bytes, cancellable);
  return recto_render_job_open (&job, info, error) || mark_trouble (error);
}

gboolean
recto_renderer_render (RectoRenderer * self, RectoPage * page,
    const RectoRenderOptions * options, RectoRendering * rendering,
    GCancellable * cancellable, GError ** error)
{
  RectoDocumentBytes *bytes;
  RectoRenderJob job;

  g_return_val_if_fail (RECTO_IS_RENDERER (self), FALSE);
  g_return_val_if_fail (page != NULL && options != NULL, FALSE);
  g_return_val_if_fail (rendering != NULL, FALSE);

  *rendering = (RectoRendering) { 0 };
  bytes = recto_page_get_bytes (page);
  if (bytes == NULL) {
    g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED,
        _("The page can't be drawn: its document is not held any more."));
    return FALSE;
  }

  init_job (&job, self, bytes, cancellable);
  job.page = page;
  return recto_render_job_render (&job, recto_page_get_number (page), options,
      rendering, error) || mark_trouble (error);
}

gboolean
recto_renderer_render_blank (RectoRenderer * self,
    const RectoRenderOptions * options, RectoRendering * rendering,
    GCancellable * cancellable, GError ** error)
{
  RectoRenderJob job;

  g_return_val_if_fail (RECTO_IS_RENDERER (self), FALSE);
  g_return_val_if_fail (options != NULL && rendering != NULL, FALSE);

  *rendering = (RectoRendering) { 0 };
  init_job (&job, self, NULL, cancellable);
  return recto_render_job_render (&job, 0, options, rendering, error);
}

gboolean
recto_renderer_render_image (RectoRenderer * self, GBytes * image,
    const RectoRenderOptions * options, RectoRendering * rendering,
    GCancellable * cancellable, GError ** error)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  RectoRenderJob job;

  g_return_val_if_fail (RECTO_IS_RENDERER (self), FALSE);
  g_return_val_if_fail (image != NULL, FALSE);
  g_return_val_if_fail (options != NULL && rendering != NULL, FALSE);

  *rendering = (RectoRendering) { 0 };
  bytes = recto_document_bytes_new (G_OBJECT (self), &self->budget, self->pool,
      RECTO_DOCUMENT_IMAGE, g_bytes_get_size (image), FALSE, cancellable,
      error);
  if (bytes == NULL || !recto_document_bytes_set_data (bytes, image, error))
    return FALSE;

  init_job (&job, self, bytes, cancellable);
  return recto_render_job_render (&job, 1, options, rendering, error);
}

static gboolean
check_same (RectoDocument * document, RectoDocumentBytes * bytes,
    GError ** error)
{
  const char *sha256 = recto_document_get_sha256 (document);

  if (sha256 == NULL || g_str_equal (sha256,
          recto_document_bytes_get_sha256 (bytes)))
    return TRUE;

  g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_CHANGED,
      _("The document has changed since its pages were drawn."));
  return FALSE;
}

/* The renderer keeps these bytes, and so they don't keep the renderer. */
static RectoDocumentBytes *
read_again (RectoRenderer * self, RectoDocument * document,
    GCancellable * cancellable, GError ** error)
{
  g_autoptr (RectoDocumentBytes) bytes = NULL;
  gboolean read;
  int fd;

  bytes = recto_document_bytes_new (NULL, &self->budget, self->pool,
      RECTO_DOCUMENT_AGAIN, 0, TRUE, cancellable, error);
  if (bytes == NULL)
    return NULL;

  fd = recto_document_reopen (document, error);
  if (fd < 0)
    return NULL;
  read = recto_document_bytes_read (bytes, fd, -1, cancellable, error);
  close (fd);
  if (!read || !check_same (document, bytes, error))
    return NULL;

  recto_document_bytes_set_password (bytes,
      recto_document_get_password (document));
  return g_steal_pointer (&bytes);
}

static gboolean
is_of_document (RectoDocumentBytes * bytes, RectoDocument * document)
{
  const char *sha256 = recto_document_get_sha256 (document);

  return sha256 && g_str_equal (sha256, recto_document_bytes_get_sha256 (bytes))
      && g_strcmp0 (recto_document_get_password (document),
      recto_document_bytes_get_password (bytes)) == 0;
}

/* The bytes of a document whose pages are drawn, once more: those that were
 * kept, or from where the document is. */
static RectoDocumentBytes *
find_again (RectoRenderer * self, RectoDocument * document,
    GCancellable * cancellable, GError ** error)
{
  g_autoptr (RectoDocumentBytes) kept =
      recto_document_budget_take_kept (&self->budget, cancellable);

  if (kept && is_of_document (kept, document))
    return g_steal_pointer (&kept);
  g_clear_pointer (&kept, recto_document_bytes_unref);
  return read_again (self, document, cancellable, error);
}

/* The next page whose text is wanted is probably of the same document. Its
 * worker goes: it would stand in the way of the next document. */
static void
keep_again (RectoRenderer * self, RectoDocumentBytes * bytes)
{
  recto_worker_pool_forget (self->pool, bytes);
  recto_document_budget_keep (&self->budget, bytes,
      (GDestroyNotify) recto_document_bytes_unref);
}

static char *
get_text (RectoRenderer * self, RectoDocumentBytes * bytes, RectoPage * page,
    RectoPage ** described, GCancellable * cancellable, GError ** error)
{
  g_auto (RectoRendering) rendering = { NULL };
  RectoRenderJob job;
  char *text;

  init_job (&job, self, bytes, cancellable);
  job.page = page;
  text = recto_render_job_text (&job, recto_page_get_number (page),
      &rendering, error);
  if (text == NULL)
    mark_trouble (error);
  else if (described)
    *described = recto_rendering_describe_page (&rendering, page);
  return text;
}

char *
recto_renderer_get_text (RectoRenderer * self, RectoPage * page,
    RectoPage ** described, GCancellable * cancellable, GError ** error)
{
  RectoDocumentBytes *bytes;
  char *text;

  g_return_val_if_fail (RECTO_IS_RENDERER (self), NULL);
  g_return_val_if_fail (page != NULL, NULL);

  bytes = recto_page_get_bytes (page);
  if (bytes)
    return get_text (self, bytes, page, described, cancellable, error);

  bytes = find_again (self, recto_page_get_document (page), cancellable,
      error);
  if (bytes == NULL)
    return NULL;
  text = get_text (self, bytes, page, described, cancellable, error);
  keep_again (self, bytes);
  return text;
}

void
recto_document_info_clear (RectoDocumentInfo * info)
{
  g_clear_pointer (&info->title, g_free);
  info->n_pages = 0;
}

RectoPage *
recto_rendering_describe_page (const RectoRendering * rendering,
    RectoPage * page)
{
  g_autoptr (RectoPage) sized = recto_page_with_size (page, rendering->label,
      rendering->page_width, rendering->page_height);

  return recto_page_with_warnings (sized, rendering->warnings);
}

void
recto_rendering_clear (RectoRendering * rendering)
{
  g_clear_pointer (&rendering->data, g_bytes_unref);
  g_clear_pointer (&rendering->label, g_free);
}
