/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A render worker that lies. How, its name says: “fake-worker-MODE” lies when
 * it is asked to render, “fake-worker-MODE-at-open” when it opens a document,
 * and so on. The mode “random-SEED” lies now and then, at all that its
 * children are asked unless a message is named. It draws nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <recto/recto-worker-protocol.h>

/* More than anybody takes. */
#define MAX_FDS 100

static const char *mode;
static uint32_t lying_kind;     /* the message that it lies at, 0: any */

static int
is_mode (const char *name)
{
  return strcmp (mode, name) == 0;
}

static int
is_random (void)
{
  return strncmp (mode, "random-", strlen ("random-")) == 0;
}

static void
parse_name (char *name)
{
  static const struct
  {
    const char *suffix;
    uint32_t kind;
  } kinds[] = {
    {"-at-confine", RECTO_WORKER_CONFINE},
    {"-at-fork", RECTO_WORKER_FORK}, {"-at-reap", RECTO_WORKER_REAP},
    {"-at-open", RECTO_WORKER_OPEN}, {"-at-text", RECTO_WORKER_TEXT},
  };
  char *start = strstr (name, "fake-worker-");
  char *end;

  mode = start ? start + strlen ("fake-worker-") : "honest";
  lying_kind = is_random () ? 0 : RECTO_WORKER_RENDER;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    end = strstr (name, kinds[i].suffix);
    if (end) {
      *end = '\0';
      lying_kind = kinds[i].kind;
    }
  }
}

/* A xorshift generator, so that a seed makes the same lies everywhere. Each
 * child goes on from what the zygote's state is when it is forked. */
static uint32_t random_state;

static uint32_t
next_random (void)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

static void
seed_random (uint32_t seed)
{
  random_state = (seed + 1) * 2654435761u;
  if (random_state == 0)
    random_state = 1;
}

static void
fill_randomly (void *data, size_t size)
{
  uint8_t *bytes = data;

  for (size_t i = 0; i < size; i++)
    bytes[i] = next_random () >> 8;
}

/* Returns the number of descriptors, -1 at the end. */
static int
receive (int socket, RectoWorkerRequest *request, int *fds)
{
  char control[CMSG_SPACE (RECTO_WORKER_MAX_FDS * sizeof (int))];
  struct iovec data = { request, sizeof *request };
  struct msghdr message = {
    .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control,
    .msg_controllen = sizeof control,
  };
  struct cmsghdr *header;

  if (recvmsg (socket, &message, MSG_CMSG_CLOEXEC) <= 0)
    return -1;
  header = CMSG_FIRSTHDR (&message);
  if (header == NULL)
    return 0;
  memcpy (fds, CMSG_DATA (header), header->cmsg_len - CMSG_LEN (0));
  return (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);
}

static void
send_with_fds (int socket, const RectoWorkerReply *reply, int n_fds)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (MAX_FDS * sizeof (int))];
  } control = { 0 };
  struct iovec data = { (void *) reply, sizeof *reply };
  struct msghdr message = {
    .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = CMSG_SPACE (n_fds * sizeof (int)),
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  int *fds = (int *) CMSG_DATA (header);

  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
  for (int i = 0; i < n_fds; i++)
    fds[i] = socket;
  sendmsg (socket, &message, MSG_NOSIGNAL);
}

static void
send_noise (int socket)
{
  char noise[sizeof (RectoWorkerReply)];

  fill_randomly (noise, sizeof noise);
  send (socket, noise, sizeof noise, MSG_NOSIGNAL);
}

/* Whatever can be done to a page buffer. It has to be good for another
 * document all the same. */
static void
abuse_buffer (int fd)
{
  if (ftruncate (fd, 0) == 0 || ftruncate (fd, 1 << 30) == 0)
    abort ();
  if (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 ||
      fcntl (fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0)
    abort ();
}

/* Writes to standard error, 4 MB or all the time. */
static void
shout (int endlessly)
{
  char line[1000];

  memset (line, '!', sizeof line);
  line[sizeof line - 1] = '\n';
  for (int i = 0; endlessly || i < 4000; i++)
    if (write (STDERR_FILENO, line, sizeof line) < 0)
      _exit (1);
}

/* Ends, and says of what. */
static void
die (int status)
{
  static const char words[] = "first\n\n\xff\xc2\x9b" "dying\n";

  if (write (STDERR_FILENO, words, strlen (words)) < 0)
    _exit (1);
  if (status == 0)
    abort ();
  _exit (status);
}

/* Finds what was there before: a password, or a mark in what an earlier child
 * has drawn. */
static void
spy_on_buffer (int fd)
{
  static const char mark[] = "confidential";
  char found[sizeof mark] = { 0 };
  const off_t offset = 32 * 1024;

  if (pread (fd, found, sizeof found, 0) > 0 &&
      memcmp (found, "secret", 6) == 0)
    abort ();
  if (pread (fd, found, sizeof found, offset) > 0 &&
      memcmp (found, mark, sizeof mark) == 0)
    abort ();
  if (pwrite (fd, mark, sizeof mark, offset) < 0)
    abort ();
}

static void
abuse_document (int fd)
{
  if (write (fd, "x", 1) == 1 || ftruncate (fd, 0) == 0)
    abort ();
}

static void
lie_in_reply (RectoWorkerReply *reply, const RectoWorkerRequest *request)
{
  if (is_mode ("wrong-kind"))
    reply->kind += 1;
  else if (is_mode ("wrong-serial"))
    reply->serial += 1;
  else if (is_mode ("unknown-status"))
    reply->status = 4711;
  else if (is_mode ("huge-size"))
    reply->size = request->capacity + 1;
  else if (is_mode ("largest-size"))
    reply->size = UINT64_MAX;
  else if (is_mode ("failed-with-huge-size")) {
    reply->status = RECTO_WORKER_DAMAGED;
    reply->size = 1ull << 40;
  } else if (is_mode ("no-size"))
    reply->size = 0;
  else if (is_mode ("wide"))
    reply->width = request->layout.max_width + 1;
  else if (is_mode ("high"))
    reply->height = UINT32_MAX;
  else if (is_mode ("flat"))
    reply->height = 0;
  else if (is_mode ("narrow-stride"))
    reply->stride = 1;
  else if (is_mode ("large-stride"))
    reply->stride = UINT32_MAX;
  else if (is_mode ("not-a-number"))
    reply->page_width = NAN;
  else if (is_mode ("infinite"))
    reply->page_height = INFINITY;
  else if (is_mode ("negative"))
    reply->page_height = -1;
  else if (is_mode ("endless-label"))
    memset (reply->label, 'x', sizeof reply->label);
  else if (is_mode ("many-pages"))
    reply->n_pages = UINT32_MAX;
  else if (is_mode ("encrypted"))
    reply->encrypted = 1;
  else if (is_mode ("failed"))
    reply->status = RECTO_WORKER_FAILED;
  else if (is_mode ("parent"))
    reply->pid = getppid ();
  else if (is_mode ("init"))
    reply->pid = 1;
  else if (is_mode ("no-pid"))
    reply->pid = 0;
  else if (is_mode ("odd-wait-status"))
    reply->wait_status = -1;
}

/* Lies that no reply can tell, or nothing of its own. */
static void
misbehave (int socket, const RectoWorkerReply *reply)
{
  char large[4096] = { 0 };

  if (is_mode ("loud") || is_mode ("shouting"))
    shout (is_mode ("shouting"));

  if (is_mode ("exit"))
    _exit (0);
  else if (is_mode ("dying"))
    die (0);
  else if (is_mode ("lacking"))
    die (RECTO_WORKER_EXIT_NO_MEMORY);
  else if (is_mode ("abort"))
    abort ();
  else if (is_mode ("close")) {
    close (socket);
    for (;;)
      pause ();
  } else if (is_mode ("shutdown")) {
    shutdown (socket, SHUT_RDWR);
    for (;;)
      pause ();
  } else if (is_mode ("short"))
    send (socket, reply, sizeof *reply - 1, MSG_NOSIGNAL);
  else if (is_mode ("long")) {
    memcpy (large, reply, sizeof *reply);
    send (socket, large, sizeof large, MSG_NOSIGNAL);
  } else if (is_mode ("empty"))
    send (socket, "", 0, MSG_NOSIGNAL);
  else if (is_mode ("noise"))
    send_noise (socket);
  else if (is_mode ("descriptor"))
    send_with_fds (socket, reply, 1);
  else if (is_mode ("descriptors"))
    send_with_fds (socket, reply, MAX_FDS);
  else if (is_mode ("silence"))
    return;
  else if (is_mode ("restless")) {
    send (socket, reply, sizeof *reply, MSG_NOSIGNAL);
    for (volatile unsigned i = 0;; i++)
      continue;
  }
  else if (is_mode ("flood")) {
    while (send (socket, large, sizeof *reply, MSG_NOSIGNAL) > 0)
      continue;
  } else
    send (socket, reply, sizeof *reply, MSG_NOSIGNAL);
}

/* Changes words of a reply, its first ones above all: behind them there is
 * nothing but the label. */
static void
change_words (uint32_t *words, size_t n_words)
{
  for (uint32_t n = next_random () % 3 + 1; n > 0; n--) {
    uint32_t *word = &words[next_random () % (next_random () % 4 ? 16 :
            n_words)];
    const uint32_t values[] = {
      0, 1, INT32_MAX, UINT32_MAX, *word + 1, *word ^ 1u << next_random () % 32,
      next_random () % 1000, next_random (),
    };

    *word = values[next_random () % 8];
  }
}

static void
send_changed (int socket, const RectoWorkerReply *reply)
{
  uint32_t words[2 * sizeof *reply / sizeof (uint32_t)] = { 0 };
  size_t size = sizeof *reply;

  memcpy (words, reply, sizeof *reply);
  if (next_random () % 8 == 0)
    fill_randomly (words, sizeof words);
  else
    change_words (words, sizeof *reply / sizeof *words);
  if (next_random () % 8 == 0)
    size = next_random () % (sizeof words + 1);

  /* Whatever process a zygote names is killed at some time: it may not be
   * somebody else's. */
  if (reply->kind == RECTO_WORKER_FORK)
    ((RectoWorkerReply *) words)->pid = reply->pid;
  send (socket, words, size, MSG_NOSIGNAL);
}

static void
misbehave_randomly (int socket, const RectoWorkerReply *reply)
{
  switch (next_random () % 32) {
    case 0:
      _exit (next_random () % 3);
    case 1:
      close (socket);
      break;
    case 2:
      shutdown (socket, next_random () % 3);
      break;
    case 3:
      send_with_fds (socket, reply, next_random () % MAX_FDS + 1);
      break;
    case 4:
      send_changed (socket, reply);
      send_changed (socket, reply);
      break;
    default:
      send_changed (socket, reply);
      break;
  }
}

static void
answer (int socket, const RectoWorkerRequest *request, RectoWorkerReply *reply)
{
  int lies = request->kind == lying_kind || (lying_kind == 0 &&
      request->kind >= RECTO_WORKER_OPEN);

  if (lies && is_random () && next_random () % 2)
    misbehave_randomly (socket, reply);
  else if (lies && !is_random ()) {
    lie_in_reply (reply, request);
    misbehave (socket, reply);
  } else
    send (socket, reply, sizeof *reply, MSG_NOSIGNAL);
}

/* A title or a text: in both UTF-8 is not to be counted on. */
static void
put_string (int buffer, RectoWorkerReply *reply)
{
  char noise[300];

  fill_randomly (noise, sizeof noise);
  reply->size = is_random () ? next_random () % sizeof noise : strlen ("\xff");
  if (pwrite (buffer, is_random () ? noise : "\xff", reply->size, 0) < 0)
    abort ();
}

/* The heads of images of 10 by 10 pixels: nobody looks further. */
#define PNG_10 "\x89PNG\r\n\x1a\n" "\0\0\0\x0d" "IHDR" "\0\0\0\x0a" \
    "\0\0\0\x0a" "\x08\0\0\0\0"
#define JPEG_10 "\xff\xd8" "\xff\xc0\0\x0b\x08" "\0\x0a" "\0\x0a" \
    "\1\1\x11\0"
#define PNG_SIDE 19             /* where the width ends */
#define JPEG_SIDE 10

static void
put_encoded_image (const RectoWorkerRequest *request, int buffer,
    RectoWorkerReply *reply)
{
  int is_png = (request->format == RECTO_WORKER_PNG) != is_mode ("other-type");
  char head[] = PNG_10;

  reply->stride = 0;
  reply->size = sizeof head - 1;
  if (!is_png) {
    memcpy (head, JPEG_10, sizeof JPEG_10);
    reply->size = sizeof JPEG_10 - 1;
  }

  if (is_mode ("wider-head"))
    head[is_png ? PNG_SIDE : JPEG_SIDE]++;
  else if (is_mode ("damaged-head"))
    head[0]++;
  else if (is_mode ("short-head"))
    reply->size = is_png ? PNG_SIDE : JPEG_SIDE;
  if (pwrite (buffer, head, reply->size, 0) < 0)
    abort ();
}

static void
put_image (const RectoWorkerRequest *request, int buffer,
    RectoWorkerReply *reply)
{
  const char *label = "\xff bad";

  reply->width = 10;
  reply->height = 10;
  reply->stride = 40;
  reply->size = 400;
  reply->page_width = 72;
  reply->page_height = 72;
  memcpy (reply->label, label, strlen (label));
  if (request->format <= RECTO_WORKER_JPEG)
    put_encoded_image (request, buffer, reply);

  if (is_mode ("abuse"))
    abuse_buffer (buffer);
  if (is_mode ("spy"))
    spy_on_buffer (buffer);
}

static void
serve (int socket)
{
  RectoWorkerRequest request;
  int fds[RECTO_WORKER_MAX_FDS];
  int n_fds;

  seed_random (random_state);
  while ((n_fds = receive (socket, &request, fds)) >= 0) {
    RectoWorkerReply reply = {
      .kind = request.kind,
      .serial = request.serial,
    };

    /* It is reaped when it has ended, and the lie comes then. */
    if (request.kind == RECTO_WORKER_RENDER && lying_kind == RECTO_WORKER_REAP)
      _exit (0);

    if (request.kind == RECTO_WORKER_OPEN) {
      reply.n_pages = 3;
      abuse_document (fds[0]);
      if (is_random ())
        put_string (fds[1], &reply);
    } else if (request.kind == RECTO_WORKER_RENDER)
      put_image (&request, fds[0], &reply);
    else if (request.kind == RECTO_WORKER_TEXT)
      put_string (fds[0], &reply);

    answer (socket, &request, &reply);
    while (n_fds > 0)
      close (fds[--n_fds]);
  }
  _exit (0);
}

static void
confine (const RectoWorkerRequest *request, RectoWorkerReply *reply)
{
  for (int i = 0; i < RECTO_WORKER_N_WALLS; i++)
    reply->wall_errors[i] = request->walls ? 0 : -1;
  if (is_mode ("no-landlock") && request->walls)
    reply->wall_errors[RECTO_WORKER_FILES] = EOPNOTSUPP;
  if (is_mode ("forbidden-landlock") && request->walls)
    reply->wall_errors[RECTO_WORKER_FILES] = EPERM;
}

int
main (int argc, char **argv)
{
  RectoWorkerRequest request;
  int fds[RECTO_WORKER_MAX_FDS];
  int n_fds;

  parse_name (argv[0]);
  seed_random (is_random () ? atoi (mode + strlen ("random-")) : getpid ());

  while ((n_fds = receive (RECTO_WORKER_SOCKET_FD, &request, fds)) >= 0) {
    RectoWorkerReply reply = {
      .kind = request.kind,
      .serial = request.serial,
    };

    if (request.kind == RECTO_WORKER_FORK) {
      next_random ();
      reply.pid = fork ();
      if (reply.pid == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        close (RECTO_WORKER_SOCKET_FD);
        dup2 (fds[1], STDERR_FILENO);
        close (fds[1]);
        serve (fds[0]);
      }
    } else if (request.kind == RECTO_WORKER_CONFINE) {
      confine (&request, &reply);
    } else {
      waitpid (request.pid, &reply.wait_status, 0);
      reply.pid = request.pid;
    }

    while (n_fds > 0)
      close (fds[--n_fds]);
    answer (RECTO_WORKER_SOCKET_FD, &request, &reply);
  }
  return 0;
}
