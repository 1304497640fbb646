/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attacks through sockets.
 */

#include "config.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "probes.h"

static int
open_socket (int family, int type, int protocol)
{
  return syscall (SYS_socket, family, type | SOCK_CLOEXEC, protocol);
}

static struct sockaddr_in
loopback (const char *port)
{
  return (struct sockaddr_in) {
    .sin_family = AF_INET,
    .sin_port = htons (atoi (port)),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
}

static int
connect_tcp (char **arguments)
{
  struct sockaddr_in address = loopback (arguments[0]);
  int fd = open_socket (AF_INET, SOCK_STREAM, 0);

  if (fd < 0)
    return errno;
  return PROBE_TRY (SYS_connect, fd, &address, sizeof (address));
}

static int
listen_tcp (char **arguments)
{
  struct sockaddr_in address = loopback ("0");
  int fd = open_socket (AF_INET, SOCK_STREAM, 0);
  int error;

  if (fd < 0)
    return errno;
  error = PROBE_TRY (SYS_bind, fd, &address, sizeof (address));
  return error ? error : PROBE_TRY (SYS_listen, fd, 1);
}

static int
send_udp (char **arguments)
{
  struct sockaddr_in address = loopback (arguments[0]);
  int fd = open_socket (AF_INET, SOCK_DGRAM, 0);

  if (fd < 0)
    return errno;
  return PROBE_TRY (SYS_sendto, fd, "x", 1L, 0, &address, sizeof (address));
}

/* A name that begins with “@” is an abstract one. */
static socklen_t
unix_address (const char *name, struct sockaddr_un *address)
{
  memset (address, 0, sizeof (*address));
  address->sun_family = AF_UNIX;
  g_strlcpy (address->sun_path, name, sizeof (address->sun_path));
  if (*name != '@')
    return sizeof (*address);

  address->sun_path[0] = '\0';
  return G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + strlen (name);
}

static int
connect_unix (char **arguments)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (arguments[0], &address);
  int fd = open_socket (AF_UNIX, SOCK_STREAM, 0);

  if (fd < 0)
    return errno;
  return PROBE_TRY (SYS_connect, fd, &address, size);
}

static int
bind_unix (char **arguments)
{
  struct sockaddr_un address;
  socklen_t size = unix_address (arguments[0], &address);
  int fd = open_socket (AF_UNIX, SOCK_STREAM, 0);

  if (fd < 0)
    return errno;
  return PROBE_TRY (SYS_bind, fd, &address, size);
}

static int
open_pair (char **arguments)
{
  int fds[2];

  return PROBE_TRY (SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
      fds);
}

static int
open_netlink (char **arguments)
{
  return open_socket (AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) < 0 ? errno : 0;
}

static int
open_raw (char **arguments)
{
  return open_socket (AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 ? errno : 0;
}

static int
open_packet (char **arguments)
{
  return open_socket (AF_PACKET, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int
open_vsock (char **arguments)
{
  return open_socket (AF_VSOCK, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
open_alg (char **arguments)
{
  return open_socket (AF_ALG, SOCK_SEQPACKET, 0) < 0 ? errno : 0;
}

const Probe socket_probes[] = {
  {"connect-tcp", connect_tcp},
  {"listen-tcp", listen_tcp},
  {"send-udp", send_udp},
  {"connect-unix", connect_unix},
  {"bind-unix", bind_unix},
  {"socketpair", open_pair},
  {"netlink", open_netlink},
  {"raw-socket", open_raw},
  {"packet-socket", open_packet},
  {"vsock", open_vsock},
  {"alg-socket", open_alg},
  {NULL, NULL},
};
