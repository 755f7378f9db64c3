// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs that the recorder runs itself: over the sockets that exist when it starts, and over
 * the sessions that are still open when it stops.
 */
#ifndef SOCKTAPE_BPF_WALK_H
#define SOCKTAPE_BPF_WALK_H

#include "bpf/owner.h"
#include "bpf/record.h"

static __always_inline struct session *adopt(struct sock *sk)
{
	struct session *s;
	int state = sk->__sk_common.skc_state;

	if (sk->sk_protocol != IPPROTO_TCP || !in_scope(sk) || !state || state == TCP_CLOSE)
		return 0;
	s = session_make(sk);
	if (!s)
		return 0;
	if (state == TCP_LISTEN) {
		if (session_claim(s, PHASE_NONE, PHASE_LISTENER))
			s->self = (__u64)sk;
		return s;
	}
	if (session_claim(s, PHASE_NONE, PHASE_OPEN)) {
		s->opened_ns = bpf_ktime_get_ns();
		s->flags = EVENT_ADOPTED;
		COUNT(adopted);
	}
	return s;
}

#define SOL_TCP                   6
#define SOCK_OPS_CB_FLAGS         1008 /* TCP_BPF_SOCK_OPS_CB_FLAGS, include/uapi/linux/bpf.h */

/* Run in each network namespace.  It sees orphans and children not accepted yet, but no owners. */
SEC("iter/tcp")
int adopt_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *found = ctx->sk_common;
	struct tcp_sock *tp = found ? bpf_skc_to_tcp_sock(found) : 0;
	struct sock *sk = (struct sock *)tp;
	int callbacks = BPF_SOCK_OPS_STATE_CB_FLAG;
	struct session *s;

	if (!clock_ns)
		clock_ns = bpf_ktime_get_ns();
	if (!tp) /* TIME_WAIT, a half-open request, or the end */
		return 0;
	s = adopt(sk);
	if (!s || !(s->flags & EVENT_ADOPTED))
		return 0;
	s->direction = adopted_direction(tp, sk->__sk_common.skc_state);
	/* not before Linux 6.12: then the tracepoints have to do */
	bpf_setsockopt(tp, SOL_TCP, SOCK_OPS_CB_FLAGS, &callbacks, sizeof(callbacks));
	return 0;
}

/* Run once: one pass sees the descriptors of every process in every network namespace. */
SEC("iter/task_file")
int adopt_owners(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct task_struct *task = ctx->task;
	struct socket *socket = file && task ? bpf_sock_from_file(file) : 0;
	struct sock *sk = socket ? socket->sk : 0;
	struct session *s;

	if (!clock_ns)
		clock_ns = bpf_ktime_get_ns();
	if (!sk || (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6))
		return 0;
	s = adopt(sk);
	if (s && s->rank < RANK_ADOPT && !s->owner.pid) /* the first holder: forked ones follow */
		owner_take(s, task, RANK_ADOPT);
	return 0;
}

/* At the end: what is open is counted, or given to the reader, and not sent by any hook any more. */
SEC("iter/bpf_sk_storage_map")
int sweep(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct sock *sk = ctx->sk;
	struct session *s = sk ? bpf_sk_storage_get(&sessions, sk, 0, 0) : 0;
	struct tcp_sock *tp = s ? bpf_skc_to_tcp_sock(sk) : 0;
	struct event e = {};

	if (!tp)
		return 0;
	if (session_claim(s, PHASE_HELD, PHASE_DONE)) {
		record_send_held(sk, tp, s);
		return 0;
	}
	if (!session_claim(s, PHASE_OPEN, PHASE_DONE))
		return 0;
	if (!send_open || !wanted_socket(sk, tp, s)) {
		COUNT(open);
		return 0;
	}
	record_fill(&e, sk, tp, s, sk->__sk_common.skc_state, bpf_get_socket_cookie(sk));
	e.outcome = OUTCOME_OPEN;
	e.error = 0;
	if (bpf_seq_write(ctx->meta->seq, &e, sizeof(e)))
		s->phase = PHASE_OPEN; /* the buffer is full: the kernel comes back with this one */
	else
		COUNT(sent);
	return 0;
}

#endif
