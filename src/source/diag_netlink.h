// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's socket diagnosis over netlink: a message for each TCP socket that is destroyed, a
 * dump of those that are open, a question about a single one.  All of it is open to every user.
 */
#ifndef SOCKTAPE_SOURCE_DIAG_NETLINK_H
#define SOCKTAPE_SOURCE_DIAG_NETLINK_H

#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* include/net/tcp_states.h; the public headers of the C library do not go with <linux/tcp.h> */
enum diag_state {
	DIAG_ESTABLISHED = 1,
	DIAG_SYN_SENT,
	DIAG_SYN_RECV,
	DIAG_FIN_WAIT1,
	DIAG_FIN_WAIT2,
	DIAG_TIME_WAIT,
	DIAG_CLOSE,
	DIAG_CLOSE_WAIT,
	DIAG_LAST_ACK,
	DIAG_LISTEN,
	DIAG_CLOSING,
};

/* What the kernel says about one socket.  What it did not say is 0. */
struct diag_msg {
	struct inet_diag_msg id;
	struct tcp_info info;
	uint64_t cookie;
	uint64_t cgroup; /* that the socket was made in */
	bool has_info;   /* a real socket: neither a half-open request nor one in TIME_WAIT */
	bool is_mptcp;
};

typedef void diag_fn(void *ctx, const struct diag_msg *m);

struct diag_netlink {
	struct mnl_socket *events, *query;
	unsigned int seq;
	char in[32 << 10]; /* what the kernel fills at once, at most */
	char reply[8 << 10];
};

/* In the network namespace of the calling thread, where the sockets stay. */
int diag_netlink_open(struct diag_netlink *n, uint64_t ring_bytes, struct err *e);
void diag_netlink_close(struct diag_netlink *n);

int diag_netlink_fd(const struct diag_netlink *n);

/* Hands over what waits; false when it stopped before the end, to let others have their turn. */
bool diag_netlink_receive(struct diag_netlink *n, diag_fn *fn, void *ctx);

/* From now on nothing new comes in; what waits still does. */
void diag_netlink_unsubscribe(struct diag_netlink *n);

/* How many messages did not fit, ever (modulo 2^32). */
uint32_t diag_netlink_drops(const struct diag_netlink *n);

/* Every open socket and every listener; 0 when that was all of them. */
int diag_netlink_dump(struct diag_netlink *n, diag_fn *fn, void *ctx, struct err *e);

enum diag_found {
	DIAG_FOUND_NONE,
	DIAG_FOUND_TIME_WAIT, /* the same four numbers, in TIME_WAIT */
	DIAG_FOUND_LISTENER,  /* a listener on the local address and port */
};

/* What there is now at the addresses of a destroyed socket. */
enum diag_found diag_netlink_find(struct diag_netlink *n, const struct diag_msg *m);

#endif
