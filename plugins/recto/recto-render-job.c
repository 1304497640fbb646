/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>

#include <recto/recto.h>
#include <recto/recto-document-private.h>
#include <recto/recto-image-size-private.h>
#include <recto/recto-page-private.h>
#include <recto/recto-render-job-private.h>

GST_DEBUG_CATEGORY_STATIC (recto_render_job_debug);
#define GST_CAT_DEFAULT recto_render_job_debug

#define MAX_PASSWORD 1024       /* bytes, the protocol's */
#define MAX_MESSAGE 1024        /* bytes */
#define MAX_SIDE 32767          /* pixels, what cairo can draw */

/* How many children a document may end when it is opened. */
#define MAX_OPENING_DEATHS 3

/* Buffers take memory only where they are written to. */
#define OPEN_CAPACITY (64 * 1024)
#define TEXT_CAPACITY (16 * 1024 * 1024)
#define ENCODER_OVERHEAD (64 * 1024)

static void
init_debug (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (recto_render_job_debug, "rectorenderjob", 0,
        "calls of render workers");
    g_once_init_leave (&done, 1);
  }
}

static gboolean
job_begin (RectoRenderJob * self, RectoWorkerPurpose purpose, GError ** error)
{
  init_debug ();
  self->fate = RECTO_WORKER_KEEP;
  self->worker = recto_worker_pool_acquire (self->pool, self->bytes, purpose,
      self->cancellable, error);
  return self->worker != NULL;
}

static void
job_end (RectoRenderJob * self)
{
  recto_worker_pool_release (self->pool, self->worker, self->fate);
  self->worker = NULL;
}

/* A copy is made first: the child may still write to the buffer while we look
 * at it. */
static char *
dup_text (RectoRenderJob * self, gsize size)
{
  g_autofree char *copy = g_memdup2 (self->worker->buffer.data, size);

  return copy ? g_utf8_make_valid (copy, size) : g_strdup ("");
}

/* What the worker says of a failure. */
static char *
dup_message (RectoRenderJob * self, const RectoWorkerReply * reply)
{
  gsize size = MIN (reply->size, MAX_MESSAGE);
  g_autofree char *copy = g_memdup2 (self->worker->buffer.data, size);

  return recto_worker_make_printable (copy ? copy : "", size);
}

static void
set_error_with_reason (GError ** error, GQuark domain, int code,
    const char *what, const char *reason)
{
  if (*reason)
    g_set_error (error, domain, code, _("%s: %s."), what, reason);
  else
    g_set_error (error, domain, code, _("%s."), what);
}

static void
set_memory_error (GError ** error)
{
  g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_MEMORY_LIMIT,
      _("The render worker needed more memory than it may have."));
}

static void
set_end_error (int wait_status, GError ** error)
{
  int signal = WIFSIGNALED (wait_status) ? WTERMSIG (wait_status) : 0;

  if (signal == SIGXCPU)
    g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT,
        _("The render worker took more CPU time than it may."));
  else if (signal == SIGKILL)
    g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED,
        _("The render worker was killed, perhaps for want of memory."));
  else if (signal != 0)
    g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED,
        _("The render worker crashed: %s."), g_strsignal (signal));
  else if (WEXITSTATUS (wait_status) == RECTO_WORKER_EXIT_NO_MEMORY)
    set_memory_error (error);
  else
    g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED,
        _("The render worker ended without an answer."));
}

/* A liar is ended like one that has ended by itself, but it is us who do. */
static void
set_death_error (RectoRenderJob * self, GError ** error)
{
  g_autofree char *last = recto_worker_log_dup_last (&self->worker->log);
  g_autoptr (GError) cause = NULL;
  int wait_status;

  self->fate = RECTO_WORKER_LOST;
  if (!recto_worker_end (self->worker, &wait_status, self->cancellable)) {
    g_cancellable_set_error_if_cancelled (self->cancellable, error);
    return;
  }

  set_end_error (wait_status, &cause);
  if (last && cause->code == RECTO_PAGE_CRASHED)
    /* Translators: a sentence, then what a program had written */
    g_set_error (error, cause->domain, cause->code,
        _("%s Last output: “%s”."), cause->message, last);
  else
    g_propagate_error (error, g_steal_pointer (&cause));
}

static void
set_lie_error (RectoRenderJob * self, GError ** error)
{
  self->fate = RECTO_WORKER_LOST;
  g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED,
      _("The render worker gave an answer that can't be right."));
}

static void
set_outcome_error (RectoRenderJob * self, RectoWorkerOutcome outcome,
    GError ** error)
{
  self->fate = RECTO_WORKER_LOST;

  switch (outcome) {
    case RECTO_WORKER_DIED:
      set_death_error (self, error);
      break;
    case RECTO_WORKER_CPU_EXPIRED:
      g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT,
          _("The render worker took more than %u seconds of CPU time."),
          self->limits.cpu_seconds);
      break;
    case RECTO_WORKER_WALL_EXPIRED:
      g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_TIMEOUT,
          _("The render worker took more than %u seconds."),
          self->limits.seconds);
      break;
    case RECTO_WORKER_CANCELLED:
      self->fate = RECTO_WORKER_RETIRE;
      g_cancellable_set_error_if_cancelled (self->cancellable, error);
      break;
    case RECTO_WORKER_NO_FDS:
      self->fate = RECTO_WORKER_RETIRE;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
          _("Too many files are open to wait for a render worker."));
      break;
    default:
      set_lie_error (self, error);
      break;
  }
}

/* Asks the worker; FALSE when there is no answer that could be looked at. */
static gboolean
job_call (RectoRenderJob * self, RectoWorkerRequest * request,
    int document_fd, RectoWorkerReply * reply, GError ** error)
{
  RectoWorkerOutcome outcome = recto_worker_call (self->worker, request,
      document_fd, reply, &self->limits, self->cancellable);

  recto_worker_pool_count_log (self->pool, &self->worker->counts);
  if (outcome == RECTO_WORKER_REPLIED)
    return TRUE;

  GST_DEBUG ("process %d: outcome %d of request %u",
      self->worker->process.pid, outcome, request->kind);
  set_outcome_error (self, outcome, error);
  return FALSE;
}

static void
set_encrypted_error (RectoRenderJob * self, GError ** error)
{
  gboolean given = recto_document_bytes_get_password (self->bytes) != NULL;

  g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_ENCRYPTED, "%s",
      given ? _("The document is encrypted, and not with the given password: "
          "give its own (“password” of pdfsrc, --password-file of recto).")
      : _("The document is encrypted: give its password (“password” of pdfsrc, "
          "--password-file of recto)."));
}

static void
set_open_error (RectoRenderJob * self, const RectoWorkerReply * reply,
    GError ** error)
{
  g_autofree char *reason = dup_message (self, reply);

  self->fate = RECTO_WORKER_RETIRE;

  switch (reply->status) {
    case RECTO_WORKER_ENCRYPTED:
      set_encrypted_error (self, error);
      break;
    case RECTO_WORKER_NO_PAGES:
      g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_NO_PAGES,
          _("The document has no pages."));
      break;
    case RECTO_WORKER_NOT_A_DOCUMENT:
      set_error_with_reason (error, RECTO_DOCUMENT_ERROR,
          RECTO_DOCUMENT_DAMAGED, _("This is neither a PDF nor an image"),
          reason);
      break;
    case RECTO_WORKER_MEMORY_LIMIT:
      set_memory_error (error);
      break;
    default:
      set_error_with_reason (error, RECTO_DOCUMENT_ERROR,
          RECTO_DOCUMENT_DAMAGED, _("The document is damaged"), reason);
      break;
  }
}

/* With the password in the buffer. */
static gboolean
call_open (RectoRenderJob * self, const char *password,
    RectoWorkerReply * reply, GError ** error)
{
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_OPEN,
    .size = strlen (password),
    .document_size = recto_document_bytes_get_size (self->bytes),
  };

  if (request.size > MAX_PASSWORD) {
    set_encrypted_error (self, error);
    return FALSE;
  }
  if (!recto_page_buffer_reserve (&self->worker->buffer, OPEN_CAPACITY, error))
    return FALSE;

  memcpy (self->worker->buffer.data, password, request.size);
  return job_call (self, &request, recto_document_bytes_get_fd (self->bytes),
      reply, error);
}

/* Tells the child its document, unless it knows it. */
static gboolean
ensure_open (RectoRenderJob * self, RectoDocumentInfo * info, GError ** error)
{
  const char *password = recto_document_bytes_get_password (self->bytes);
  RectoWorkerReply reply;
  gboolean answered;

  if (self->worker->opened)
    return TRUE;

  password = password ? password : "";
  answered = call_open (self, password, &reply, error);
  if (answered && reply.status == RECTO_WORKER_OK && info) {
    info->title = dup_text (self, MIN (reply.size, OPEN_CAPACITY));
    info->n_pages = reply.n_pages;
    info->encrypted = reply.encrypted;
  } else if (answered && reply.status != RECTO_WORKER_OK) {
    set_open_error (self, &reply, error);
  }
  if (self->worker->buffer.data)
    explicit_bzero (self->worker->buffer.data,
        MIN (strlen (password), MAX_PASSWORD));

  self->worker->opened = answered && reply.status == RECTO_WORKER_OK;
  return self->worker->opened;
}

/* Its status will be that of a damaged document, but its cause is told as that
 * of a page would be. */
static void
propagate_open_error (GError ** error, GError * cause)
{
  if (cause->domain == RECTO_PAGE_ERROR)
    /* Translators: a sentence follows */
    g_prefix_error (&cause, "%s ", _("The document could not be opened."));
  g_propagate_error (error, cause);
}

/* Whether the document is said to have needed a password that it was not
 * sent. */
static gboolean
is_lie (RectoRenderJob * self, const RectoDocumentInfo * info)
{
  const char *password = recto_document_bytes_get_password (self->bytes);

  return info->encrypted != 0
      && (info->encrypted != 1 || password == NULL || *password == '\0');
}

static gboolean
check_info (RectoRenderJob * self, RectoDocumentInfo * info, GError ** error)
{
  if (info->n_pages > G_MAXINT || is_lie (self, info)) {
    set_lie_error (self, error);
    return FALSE;
  }
  if (info->n_pages == 0) {
    self->fate = RECTO_WORKER_RETIRE;
    g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_NO_PAGES,
        _("The document has no pages."));
    return FALSE;
  }

  if (*info->title == '\0')
    g_clear_pointer (&info->title, g_free);
  return TRUE;
}

static gboolean
try_to_open (RectoRenderJob * self, RectoDocumentInfo * info, GError ** error)
{
  gboolean opened;

  /* A child answers this only once. */
  recto_worker_pool_forget (self->pool, self->bytes);
  if (!job_begin (self, RECTO_WORKER_FOR_OPENING, error))
    return FALSE;
  opened = ensure_open (self, info, error) && check_info (self, info, error);
  job_end (self);

  if (!opened)
    recto_document_info_clear (info);
  return opened;
}

/* Somebody else may have killed a child; three of them it was the document. */
static void
set_quarantine_error (GError ** error, GError * cause)
{
  g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_QUARANTINED,
      _("Opening it ended %u render workers one after the other. %s"),
      MAX_OPENING_DEATHS, cause->message);
  g_error_free (cause);
}

gboolean
recto_render_job_open (RectoRenderJob * self, RectoDocumentInfo * info,
    GError ** error)
{
  GError *cause = NULL;

  if (recto_document_bytes_get_size (self->bytes) == 0) {
    g_set_error (error, RECTO_DOCUMENT_ERROR, RECTO_DOCUMENT_DAMAGED,
        _("The document is empty."));
    return FALSE;
  }

  for (guint i = 0; i < MAX_OPENING_DEATHS; i++) {
    g_clear_error (&cause);
    if (try_to_open (self, info, &cause))
      return TRUE;
    if (!g_error_matches (cause, RECTO_PAGE_ERROR, RECTO_PAGE_CRASHED)) {
      propagate_open_error (error, cause);
      return FALSE;
    }
  }
  set_quarantine_error (error, cause);
  return FALSE;
}

/* A document of a million pages may not cost a million times what one page
 * may. */
static gboolean
check_deaths (RectoRenderJob * self, GError ** error)
{
  if (self->page == NULL ||
      !recto_document_is_deadly (recto_page_get_document (self->page)))
    return TRUE;

  g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_SKIPPED,
      _("It was not tried: %u pages of the document ended their render workers "
          "one after the other. “recto retry” tries it again."),
      RECTO_DOCUMENT_MAX_DEATHS);
  return FALSE;
}

/* A page that wanted too much memory has ended its child, too: we do it. What
 * was cancelled says nothing of the page. What died in an earlier run does not
 * keep those from being tried that were skipped for it. */
static void
end_page (RectoRenderJob * self)
{
  gboolean died = self->fate != RECTO_WORKER_KEEP;

  if (self->page && !g_cancellable_is_cancelled (self->cancellable) &&
      !(died && recto_page_was_tried (self->page)))
    recto_document_count_page (recto_page_get_document (self->page), died);
  job_end (self);
}

/* Has a child that knows the document. */
static gboolean
begin_page (RectoRenderJob * self, GError ** error)
{
  g_autoptr (GError) cause = NULL;

  if (!check_deaths (self, error) ||
      !job_begin (self, RECTO_WORKER_FOR_PAGE, error))
    return FALSE;
  if (self->bytes == NULL || ensure_open (self, NULL, &cause))
    return TRUE;

  end_page (self);
  /* It could be opened before. */
  if (cause->domain == RECTO_DOCUMENT_ERROR)
    g_set_error_literal (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED,
        cause->message);
  else
    g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static void
set_page_error (RectoRenderJob * self, const RectoWorkerReply * reply,
    GError ** error)
{
  g_autofree char *reason = dup_message (self, reply);

  switch (reply->status) {
    case RECTO_WORKER_NO_SUCH_PAGE:
      g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED,
          _("The document has no such page."));
      break;
    case RECTO_WORKER_DEGENERATE:
      set_error_with_reason (error, RECTO_PAGE_ERROR, RECTO_PAGE_DEGENERATE,
          _("The page is too narrow or too flat to be read"), reason);
      break;
    case RECTO_WORKER_MEMORY_LIMIT:
      /* Nobody knows what else the child had to do without. */
      self->fate = RECTO_WORKER_RETIRE;
      set_error_with_reason (error, RECTO_PAGE_ERROR, RECTO_PAGE_MEMORY_LIMIT,
          _("The page needs more memory than a render worker may have"),
          reason);
      break;
    case RECTO_WORKER_BUFFER_TOO_SMALL:
      set_error_with_reason (error, RECTO_PAGE_ERROR,
          RECTO_PAGE_RENDER_FAILED, _("The page has too much in it"), reason);
      break;
    default:
      set_error_with_reason (error, RECTO_PAGE_ERROR,
          RECTO_PAGE_RENDER_FAILED, _("The page could not be drawn"), reason);
      break;
  }
}

static guint
bytes_per_pixel (RectoWorkerFormat format)
{
  switch (format) {
    case RECTO_WORKER_BGRX:
      return 4;
    case RECTO_WORKER_RGB:
      return 3;
    case RECTO_WORKER_GRAY8:
      return 1;
    default:
      return 0;                 /* encoded */
  }
}

static gboolean
is_sane_length (double points)
{
  return isfinite (points) && points >= 0;
}

static gboolean
is_sane_page (const RectoWorkerReply * reply)
{
  return is_sane_length (reply->page_width)
      && is_sane_length (reply->page_height)
      && memchr (reply->label, '\0', sizeof reply->label) != NULL;
}

/* Whether an image may be what was asked for. */
static gboolean
is_sane_reply (const RectoRenderOptions * options,
    const RectoWorkerReply * reply)
{
  const RectoWorkerLayout *layout = &options->layout;
  guint64 bpp = bytes_per_pixel (options->format);

  if (reply->width < MAX (layout->min_width, 1) ||
      reply->height < MAX (layout->min_height, 1) ||
      reply->width > layout->max_width || reply->height > layout->max_height)
    return FALSE;
  if (!is_sane_page (reply))
    return FALSE;

  if (bpp == 0)
    return reply->stride == 0 && reply->size > 0;
  /* The stride that raw video has where nobody says another. */
  return reply->stride == GST_ROUND_UP_4 (reply->width * bpp) &&
      (guint64) reply->stride * reply->height == reply->size;
}

static void
fill_page (RectoRenderJob * self, const RectoWorkerReply * reply,
    RectoRendering * rendering)
{
  rendering->page_width = reply->page_width;
  rendering->page_height = reply->page_height;
  rendering->warnings = self->worker->counts.n_lines;
  if (reply->label[0])
    rendering->label = g_utf8_make_valid (reply->label, -1);
}

static void
fill_rendering (RectoRenderJob * self, const RectoWorkerReply * reply,
    RectoRendering * rendering)
{
  rendering->data = g_bytes_new (self->worker->buffer.data, reply->size);
  rendering->width = reply->width;
  rendering->height = reply->height;
  rendering->stride = reply->stride;
  fill_page (self, reply, rendering);
}

/* Whoever decodes it makes as much room as it says itself. It is our own copy
 * that is looked at. */
static gboolean
is_sane_image (const RectoRenderOptions * options,
    const RectoRendering * rendering)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (rendering->data, &size);

  return bytes_per_pixel (options->format) > 0 ||
      recto_image_has_size (data, size, options->format, rendering->width,
      rendering->height);
}

static gboolean
check_side_limits (const RectoWorkerLayout * layout, GError ** error)
{
  if (layout->max_width > 0 && layout->max_width <= MAX_SIDE &&
      layout->max_height > 0 && layout->max_height <= MAX_SIDE)
    return TRUE;

  g_set_error (error, RECTO_PAGE_ERROR, RECTO_PAGE_RENDER_FAILED,
      _("An image of up to %u×%u pixels can't be drawn."), layout->max_width,
      layout->max_height);
  return FALSE;
}

static gboolean
call_render (RectoRenderJob * self, guint page,
    const RectoRenderOptions * options, RectoRendering * rendering,
    GError ** error)
{
  const RectoWorkerLayout *layout = &options->layout;
  gsize capacity = (gsize) layout->max_width * layout->max_height * 4 +
      ENCODER_OVERHEAD;
  RectoWorkerRequest request = {
    .kind = RECTO_WORKER_RENDER,
    .page = page,
    .format = options->format,
    .quality = options->quality,
    .layout = *layout,
  };
  RectoWorkerReply reply;

  if (!recto_page_buffer_reserve (&self->worker->buffer, capacity, error) ||
      !job_call (self, &request, -1, &reply, error))
    return FALSE;

  if (reply.status != RECTO_WORKER_OK) {
    set_page_error (self, &reply, error);
    return FALSE;
  }
  if (!is_sane_reply (options, &reply)) {
    set_lie_error (self, error);
    return FALSE;
  }

  fill_rendering (self, &reply, rendering);
  if (!is_sane_image (options, rendering)) {
    recto_rendering_clear (rendering);
    set_lie_error (self, error);
    return FALSE;
  }
  return TRUE;
}

gboolean
recto_render_job_render (RectoRenderJob * self, guint page,
    const RectoRenderOptions * options, RectoRendering * rendering,
    GError ** error)
{
  gboolean rendered;

  if (!check_side_limits (&options->layout, error) ||
      !begin_page (self, error))
    return FALSE;

  rendered = call_render (self, page, options, rendering, error);
  end_page (self);

  if (rendered && page > 0)
    recto_worker_pool_count_page (self->pool);
  return rendered;
}

static char *
call_text (RectoRenderJob * self, guint page, RectoRendering * rendering,
    GError ** error)
{
  RectoWorkerRequest request = {.kind = RECTO_WORKER_TEXT,.page = page };
  RectoWorkerReply reply;

  if (!recto_page_buffer_reserve (&self->worker->buffer, TEXT_CAPACITY,
          error) || !job_call (self, &request, -1, &reply, error))
    return NULL;

  if (reply.status != RECTO_WORKER_OK) {
    set_page_error (self, &reply, error);
    return NULL;
  }
  if (!is_sane_page (&reply)) {
    set_lie_error (self, error);
    return NULL;
  }
  fill_page (self, &reply, rendering);
  return dup_text (self, reply.size);
}

char *
recto_render_job_text (RectoRenderJob * self, guint page,
    RectoRendering * rendering, GError ** error)
{
  char *text;

  if (!begin_page (self, error))
    return NULL;

  text = call_text (self, page, rendering, error);
  end_page (self);
  return text;
}
