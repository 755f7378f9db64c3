// SPDX-License-Identifier: GPL-2.0-only
/* The hooks that see a session live and end.  Each is small: the work is in the headers. */
#include "bpf/owner.h"
#include "bpf/record.h"
#include "bpf/walk.h"

/* Whoever connects is the owner until somebody else uses the socket. */
static __always_inline void opened_active(struct sock *sk, struct tcp_sock *tp, struct session *s)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (session_claim(s, PHASE_HELD, PHASE_DONE)) /* the socket is used once more */
		record_send_held(sk, tp, s);
	session_begin(sk, s, DIRECTION_ACTIVE);
	if (is_mptcp(tp) && task->flags & PF_KTHREAD) {
		owner_forget(s); /* the kernel adds a subflow by itself: this worker is nobody's owner */
		return;
	}
	owner_take(s, task, RANK_CONNECT);
	opener_take(s);
}

/* A child starts with its listener's owner, until somebody accepts or uses it. */
static __always_inline void opened_passive(struct sock *sk, struct session *s)
{
	s->rank = s->owner.pid ? RANK_LISTEN : RANK_NONE;
	session_begin(sk, s, DIRECTION_PASSIVE);
}

static __always_inline void established(struct sock *sk, struct session *s)
{
	if (s->phase != PHASE_OPEN)
		opened_passive(sk, s);
	if (!s->established_ns) /* sockops and the tracepoint come here one after the other */
		s->established_ns = bpf_ktime_get_ns();
}

static __always_inline void listening(struct sock *sk, struct session *s)
{
	owner_take(s, bpf_get_current_task_btf(), RANK_LISTEN);
	s->self = (__u64)sk;
	s->phase = PHASE_LISTENER;
}

/* A session whose opening no hook saw, or that began before the hooks did. */
static __always_inline void opened_unseen(struct sock *sk, struct tcp_sock *tp, struct session *s,
					  int state)
{
	if (s->phase == PHASE_LISTENER) {
		opened_passive(sk, s);
		return;
	}
	if (!session_claim(s, PHASE_NONE, PHASE_OPEN))
		return;
	s->opened_ns = bpf_ktime_get_ns();
	s->flags = EVENT_ADOPTED;
	s->direction = adopted_direction(tp, state);
	COUNT(adopted);
}

static __always_inline void ended(struct sock *sk, struct tcp_sock *tp, struct session *s, int old,
				  __u64 cookie)
{
	if (s->phase != PHASE_OPEN)
		opened_unseen(sk, tp, s, old);
	if (!s->rank && never_accepted(sk, tp, s) && !sk->sk_err) /* its listener is being closed, here */
		owner_take(s, bpf_get_current_task_btf(), RANK_LISTEN);
	if (may_change(sk, tp, s) && record_hold(sk, tp, s, old, cookie)) {
		session_claim(s, PHASE_OPEN, PHASE_HELD);
		return;
	}
	if (session_claim(s, PHASE_OPEN, PHASE_DONE))
		record_send(sk, tp, s, old, cookie);
}

/*
 * Two packets of one handshake on two CPUs make a child each; the kernel throws the second away by
 * setting its state to CLOSE directly, so that its port is still there.  It never was a session.
 */
static __always_inline bool never_was(struct sock *sk, struct session *s)
{
	return s->direction == DIRECTION_PASSIVE && !s->established_ns && sk->__sk_common.skc_num;
}

static __always_inline void undo(struct session *s)
{
	if (session_claim(s, PHASE_OPEN, PHASE_DONE))
		__sync_fetch_and_add(&count()->opened, -1);
}

static __always_inline void entered(struct sock *sk, struct tcp_sock *tp, struct session *s, int old,
				    int new)
{
	switch (new) {
	case TCP_SYN_SENT:
		opened_active(sk, tp, s);
		break;
	case TCP_SYN_RECV:
		if (s->phase != PHASE_OPEN) /* not a simultaneous open */
			opened_passive(sk, s);
		break;
	case TCP_ESTABLISHED:
		established(sk, s);
		break;
	case TCP_LISTEN:
		listening(sk, s);
		break;
	case TCP_CLOSE:
		if (s->phase == PHASE_DONE || s->phase == PHASE_HELD)
			break;
		if (never_was(sk, s))
			undo(s);
		else
			ended(sk, tp, s, old, bpf_get_socket_cookie(sk));
	}
}

/* The states that say nothing new (the FIN exchange) leave at once. */
static __always_inline int state_changed(struct sock *sk, int old, int new, bool twin)
{
	struct session *s;
	struct tcp_sock *tp;

	if (new != TCP_SYN_SENT && new != TCP_SYN_RECV && new != TCP_ESTABLISHED &&
	    new != TCP_LISTEN && (new != TCP_CLOSE || old == TCP_LISTEN || old == TCP_CLOSE))
		return 0;
	if (sk->sk_protocol != IPPROTO_TCP || !in_scope(sk))
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	s = tp ? session_make(sk) : 0;
	if (!s) {
		if (!twin && new == TCP_CLOSE)
			COUNT(storage_full);
		return 0;
	}
	if (s->state == new)
		return 0;
	s->state = new;
	entered(sk, tp, s, old, new);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_seen, struct sock *sk, int old, int new)
{
	return state_changed(sk, old, new, false);
}

/*
 * The kernel skips a program that is already running on this CPU, as when a softirq interrupts it; and
 * under pressure tracepoints have been seen to stay silent for some hundred microseconds, with no miss
 * counted.  So the end has a second witness that is no tracepoint: sockops, which the kernel calls by
 * itself just before the tracepoint.  It also begins a session whose opening the tracepoint missed.
 */
static __always_inline int called_back(struct bpf_sock_ops *o)
{
	struct tcp_sock *tp = o->sk ? bpf_skc_to_tcp_sock(o->sk) : 0;
	struct sock *sk = (struct sock *)tp;
	struct session *s;

	if (!tp || !in_scope(sk))
		return 1;
	s = session_make(sk);
	if (!s)
		return 1;
	switch (o->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		if (s->phase != PHASE_OPEN)
			opened_active(sk, tp, s);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		established(sk, s);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		if (s->phase != PHASE_DONE && s->phase != PHASE_HELD)
			ended(sk, tp, s, o->args[0], bpf_get_socket_cookie(o));
	}
	return 1;
}

SEC("sockops")
int state_called(struct bpf_sock_ops *o)
{
	switch (o->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		bpf_sock_ops_cb_flags_set(o, o->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG);
		return called_back(o);
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		return called_back(o);
	case BPF_SOCK_OPS_STATE_CB: /* args: the old state, the new one */
		if (o->args[1] == TCP_CLOSE && o->args[0] != TCP_LISTEN && o->args[0] != TCP_CLOSE)
			return called_back(o);
	}
	return 1;
}

/* In the place of sockops where no cgroup2 is mounted: a second instance has a guard of its own. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_twin, struct sock *sk, int old, int new)
{
	return state_changed(sk, old, new, true);
}

/*
 * The end of the socket: held records become final, and a close that no other hook saw shows.
 * Which FINs were sent is not known here: an end without an error is taken to be an orderly one.
 */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroyed, struct sock *sk)
{
	struct session *s = session_of(sk);
	struct tcp_sock *tp = s ? bpf_skc_to_tcp_sock(sk) : 0;

	if (!tp)
		return 0;
	if (s->phase == PHASE_DONE) {
		if (s->state != TCP_CLOSE)
			COUNT(second);
		return 0;
	}
	if (session_claim(s, PHASE_HELD, PHASE_DONE)) {
		record_send_held(sk, tp, s);
		return 0;
	}
	if (s->phase == PHASE_LISTENER && s->self != (__u64)sk)
		opened_passive(sk, s);
	if (s->phase != PHASE_OPEN)
		return 0;
	if (never_was(sk, s)) {
		undo(s);
	} else if (session_claim(s, PHASE_OPEN, PHASE_DONE)) {
		COUNT(last);
		record_send(sk, tp, s, sk->sk_err ? TCP_ESTABLISHED : TCP_FIN_WAIT2,
			    bpf_get_socket_cookie(sk));
	}
	return 0;
}

/* One call a send or receive of any socket of the machine: it does as little as it can. */
static __always_inline int used(struct sock *sk, int ret)
{
	struct session *s;

	if (ret < 0 || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	s = session_of(sk);
	if (s)
		owner_io(s);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(sent, struct sock *sk, int ret)
{
	return used(sk, ret);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(received, struct sock *sk, int ret)
{
	return used(sk, ret);
}

/* accept(2) asks for the peer's name in the acceptor's context, where it is given an address. */
static __always_inline int accepted(struct bpf_sock_addr *ctx)
{
	struct session *s = ctx->sk ? bpf_sk_storage_get(&sessions, ctx->sk, 0, 0) : 0;

	if (!s || s->phase != PHASE_OPEN || s->rank >= RANK_ACCEPT)
		return 1;
	owner_learn(s, RANK_ACCEPT);
	opener_take(s);
	return 1;
}

SEC("cgroup/getpeername4")
int accepted4(struct bpf_sock_addr *ctx)
{
	return accepted(ctx);
}

SEC("cgroup/getpeername6")
int accepted6(struct bpf_sock_addr *ctx)
{
	return accepted(ctx);
}

/* The last descriptor goes; for a killed program this runs in its context too. */
SEC("cgroup/sock_release")
int released(struct bpf_sock *ctx)
{
	struct session *s = bpf_sk_storage_get(&sessions, ctx, 0, 0);

	if (!s || (s->phase != PHASE_OPEN && s->phase != PHASE_HELD))
		return 1;
	owner_learn(s, RANK_RELEASE);
	s->released = 1;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
