// SPDX-License-Identifier: BSD-2-Clause
#include "source/diag_netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define RECEIVE_MAX     16384 /* messages in one go */
#define TIMER_TIME_WAIT 3     /* idiag_timer of a socket in TIME_WAIT, whatever its state says */

/* The fields up to here are used and came with Linux 4.19. */
#define INFO_MIN (offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof(__u64))

static const int groups[] = { SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY };

static int take_ulp(const struct nlattr *a, void *data)
{
	struct diag_msg *m = data;

	if (mnl_attr_get_type(a) == INET_ULP_INFO_NAME)
		m->is_mptcp = mnl_attr_get_payload_len(a) >= sizeof("mptcp") &&
			      !memcmp(mnl_attr_get_payload(a), "mptcp", sizeof("mptcp"));
	return MNL_CB_OK;
}

static int take_attribute(const struct nlattr *a, void *data)
{
	struct diag_msg *m = data;
	size_t len = mnl_attr_get_payload_len(a);

	switch (mnl_attr_get_type(a)) {
	case INET_DIAG_INFO:
		memcpy(&m->info, mnl_attr_get_payload(a),
		       len < sizeof(m->info) ? len : sizeof(m->info));
		m->has_info = len >= INFO_MIN;
		break;
	case INET_DIAG_CGROUP_ID:
		if (len == sizeof(m->cgroup))
			memcpy(&m->cgroup, mnl_attr_get_payload(a), len);
		break;
	case INET_DIAG_ULP_INFO:
		return mnl_attr_parse_nested(a, take_ulp, m);
	}
	return MNL_CB_OK;
}

static bool parse(struct diag_msg *m, const struct nlmsghdr *h)
{
	if (mnl_nlmsg_get_payload_len(h) < sizeof(m->id))
		return false;
	*m = (struct diag_msg){ 0 };
	memcpy(&m->id, mnl_nlmsg_get_payload(h), sizeof(m->id));
	m->cookie = m->id.id.idiag_cookie[0] | (uint64_t)m->id.id.idiag_cookie[1] << 32;
	return mnl_attr_parse(h, sizeof(m->id), take_attribute, m) >= 0;
}

struct taker {
	diag_fn *fn;
	void *ctx;
};

static int take_message(const struct nlmsghdr *h, void *data)
{
	struct taker *t = data;
	struct diag_msg m;

	if (parse(&m, h))
		t->fn(t->ctx, &m);
	return MNL_CB_OK;
}

/*
 * The kernel doubles what is asked for, and charges each message 1280 bytes of it: four times a
 * ring holds about as many messages as the ring would hold records.  Without the right to do so, it
 * takes net.core.rmem_max instead.
 */
static int make_room(int fd, uint64_t ring_bytes)
{
	int bytes = ring_bytes < INT_MAX / 8 ? (int)ring_bytes * 4 : INT_MAX / 2;

	if (!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

/* Without NETLINK_NO_ENOBUFS all is dropped after an overflow until the reader has caught up. */
static int subscribe(struct diag_netlink *n, uint64_t ring_bytes, struct err *e)
{
	int one = 1;

	if (make_room(mnl_socket_get_fd(n->events), ring_bytes))
		return fail(e, -errno, "netlink buffer: %s", strerror(errno));
	if (mnl_socket_setsockopt(n->events, NETLINK_NO_ENOBUFS, &one, sizeof(one)) < 0)
		return fail(e, -errno, "netlink: %s", strerror(errno));
	if (mnl_socket_bind(n->events, 0, MNL_SOCKET_AUTOPID) < 0)
		return fail(e, -errno, "netlink: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(n->events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
			return fail(e, -errno, "the kernel does not tell of destroyed sockets: %s",
				    strerror(errno));
	}
	return 0;
}

int diag_netlink_open(struct diag_netlink *n, uint64_t ring_bytes, struct err *e)
{
	n->events = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!n->events)
		return fail(e, -errno, "the kernel has no socket diagnosis (sock_diag): %s",
			    strerror(errno));
	n->query = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!n->query || mnl_socket_bind(n->query, 0, MNL_SOCKET_AUTOPID) < 0)
		return fail(e, -errno, "netlink: %s", strerror(errno));
	return subscribe(n, ring_bytes, e);
}

void diag_netlink_close(struct diag_netlink *n)
{
	if (n->events)
		mnl_socket_close(n->events);
	if (n->query)
		mnl_socket_close(n->query);
}

int diag_netlink_fd(const struct diag_netlink *n)
{
	return mnl_socket_get_fd(n->events);
}

void diag_netlink_unsubscribe(struct diag_netlink *n)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		int group = groups[i];

		mnl_socket_setsockopt(n->events, NETLINK_DROP_MEMBERSHIP, &group, sizeof(group));
	}
}

uint32_t diag_netlink_drops(const struct diag_netlink *n)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(memory);

	if (getsockopt(diag_netlink_fd(n), SOL_SOCKET, SO_MEMINFO, memory, &len))
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

bool diag_netlink_receive(struct diag_netlink *n, diag_fn *fn, void *ctx)
{
	struct taker t = { fn, ctx };

	for (int i = 0; i < RECEIVE_MAX; i++) {
		ssize_t len = mnl_socket_recvfrom(n->events, n->in, sizeof(n->in));

		if (len < 0 && errno != EINTR && errno != ENOBUFS && errno != ENOSPC)
			return true;
		if (len > 0)
			mnl_cb_run(n->in, len, 0, 0, take_message, &t);
	}
	return false;
}

/*
 * Takes replies until the last part of a dump, or an error.  The kernel has the first ready when
 * the request returns and makes the next while one is taken, so that nothing here waits.
 */
static int take_replies(struct diag_netlink *n, struct taker *t)
{
	unsigned int port = mnl_socket_get_portid(n->query);
	int r = MNL_CB_OK;

	while (r > MNL_CB_STOP) {
		ssize_t len = mnl_socket_recvfrom(n->query, n->in, sizeof(n->in));

		r = len < 0 ? MNL_CB_ERROR : mnl_cb_run(n->in, len, n->seq, port, take_message, t);
	}
	return r < 0 ? -errno : 0;
}

/*
 * The old request, as it is the only one that takes both families in one walk.  SYN_RECV is left
 * out: these are half-open requests, no sessions yet, and there may be very many.
 */
int diag_netlink_dump(struct diag_netlink *n, diag_fn *fn, void *ctx, struct err *e)
{
	struct taker t = { fn, ctx };
	char out[256] = { 0 };
	struct nlmsghdr *h = mnl_nlmsg_put_header(out);
	struct inet_diag_req *req;
	int r;

	h->nlmsg_type = TCPDIAG_GETSOCK;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++n->seq;
	req = mnl_nlmsg_put_extra_header(h, sizeof(*req));
	req->idiag_family = AF_INET;
	req->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	req->idiag_states = 1 << DIAG_ESTABLISHED | 1 << DIAG_SYN_SENT | 1 << DIAG_FIN_WAIT1 |
			    1 << DIAG_FIN_WAIT2 | 1 << DIAG_CLOSE_WAIT | 1 << DIAG_LAST_ACK |
			    1 << DIAG_LISTEN | 1 << DIAG_CLOSING;
	r = mnl_socket_sendto(n->query, h, h->nlmsg_len) < 0 ? -errno : take_replies(n, &t);
	return r ? fail(e, r, "cannot list the open sockets: %s", strerror(-r)) : 0;
}

static enum diag_found found(const struct inet_diag_msg *m)
{
	if (m->idiag_timer == TIMER_TIME_WAIT)
		return DIAG_FOUND_TIME_WAIT;
	return m->idiag_state == DIAG_LISTEN ? DIAG_FOUND_LISTENER : DIAG_FOUND_NONE;
}

static int take_found(const struct nlmsghdr *h, void *data)
{
	struct diag_msg m;

	if (parse(&m, h))
		*(enum diag_found *)data = found(&m.id);
	return MNL_CB_STOP;
}

/* An error as an answer means that there is nothing.  Late answers to others are passed by. */
static void take_answer(struct diag_netlink *n, enum diag_found *ret)
{
	unsigned int port = mnl_socket_get_portid(n->query);
	ssize_t len;

	while ((len = mnl_socket_recvfrom(n->query, n->reply, sizeof(n->reply))) > 0)
		if (mnl_cb_run(n->reply, len, n->seq, port, take_found, ret) >= 0 || errno != EPROTO)
			break;
}

/* By its addresses alone: one in TIME_WAIT may have got a cookie of its own. */
enum diag_found diag_netlink_find(struct diag_netlink *n, const struct diag_msg *m)
{
	enum diag_found ret = DIAG_FOUND_NONE;
	char out[256] = { 0 };
	struct nlmsghdr *h = mnl_nlmsg_put_header(out);
	struct inet_diag_req_v2 *req;

	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = ++n->seq;
	req = mnl_nlmsg_put_extra_header(h, sizeof(*req));
	req->sdiag_family = m->id.idiag_family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->id = m->id.id;
	req->id.idiag_cookie[0] = req->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (mnl_socket_sendto(n->query, h, h->nlmsg_len) >= 0)
		take_answer(n, &ret);
	return ret;
}
