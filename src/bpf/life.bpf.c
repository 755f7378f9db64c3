// SPDX-License-Identifier: GPL-2.0-only
/* The hooks that see a session live and end.  Each is small: the work is in the headers. */
#include "bpf/owner.h"
#include "bpf/record.h"
#include "bpf/walk.h"

/* Whoever connects is the owner until somebody else uses the socket. */
static __always_inline void opened_active(struct sock *sk, struct session *s)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (tp && session_claim(s, PHASE_HELD, PHASE_DONE)) /* the socket is used once more */
		record_send_held(sk, tp, s);
	session_begin(sk, s, DIRECTION_ACTIVE);
	if (tp && is_mptcp(tp) && bpf_get_current_task_btf()->flags & PF_KTHREAD) {
		owner_forget(s); /* the kernel adds a subflow by itself: this worker is nobody's owner */
		return;
	}
	owner_take(s, bpf_get_current_pid_tgid(), RANK_CONNECT);
	opener_take(s);
}

/* A child starts with its listener's owner, until somebody accepts or uses it. */
static __always_inline void opened_passive(struct sock *sk, struct session *s)
{
	s->rank = s->owner.pid ? RANK_LISTEN : RANK_NONE;
	session_begin(sk, s, DIRECTION_PASSIVE);
}

static __always_inline void listening(struct sock *sk, struct session *s)
{
	owner_take(s, bpf_get_current_pid_tgid(), RANK_LISTEN);
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

static __always_inline void ended(struct sock *sk, struct session *s, int old)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return;
	if (s->phase != PHASE_OPEN)
		opened_unseen(sk, tp, s, old);
	if (!s->rank && never_accepted(sk, tp, s) && !sk->sk_err) /* its listener is being closed, here */
		owner_take(s, bpf_get_current_pid_tgid(), RANK_LISTEN);
	if (may_change(sk, tp, s) && record_hold(sk, tp, s, old)) {
		session_claim(s, PHASE_OPEN, PHASE_HELD);
		return;
	}
	if (session_claim(s, PHASE_OPEN, PHASE_DONE))
		record_send(sk, tp, s, old);
}

static __always_inline void entered(struct sock *sk, struct session *s, int old, int new)
{
	switch (new) {
	case TCP_SYN_SENT:
		opened_active(sk, s);
		break;
	case TCP_SYN_RECV:
		if (s->phase != PHASE_OPEN) /* not a simultaneous open */
			opened_passive(sk, s);
		break;
	case TCP_ESTABLISHED:
		if (s->phase != PHASE_OPEN)
			opened_passive(sk, s);
		s->established_ns = bpf_ktime_get_ns();
		break;
	case TCP_LISTEN:
		listening(sk, s);
		break;
	case TCP_CLOSE:
		ended(sk, s, old);
	}
}

/*
 * The kernel skips a program that is already running on this CPU, as when a softirq interrupts it.
 * Two instances of one program have a guard each, so that what one misses the other sees; the last
 * state seen tells the second that the first has been there.  The states that say nothing new
 * (the FIN exchange) leave at once.
 */
static __always_inline int state_changed(struct sock *sk, int old, int new, bool second)
{
	struct session *s;

	if (new != TCP_SYN_SENT && new != TCP_SYN_RECV && new != TCP_ESTABLISHED &&
	    new != TCP_LISTEN && (new != TCP_CLOSE || old == TCP_LISTEN || old == TCP_CLOSE))
		return 0;
	if (sk->sk_protocol != IPPROTO_TCP || !in_scope(sk))
		return 0;
	s = session_make(sk);
	if (!s) {
		if (!second && new == TCP_CLOSE)
			COUNT(storage_full);
		return 0;
	}
	if (s->state == new)
		return 0;
	if (second && new == TCP_CLOSE)
		COUNT(second);
	s->state = new;
	entered(sk, s, old, new);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_first, struct sock *sk, int old, int new)
{
	return state_changed(sk, old, new, false);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_second, struct sock *sk, int old, int new)
{
	return state_changed(sk, old, new, true);
}

/*
 * The end of the socket: held records become final, and a close that no other hook saw shows.
 * Which FINs were sent is not known here: an end without an error is taken to be an orderly one.
 */
static __always_inline int destroyed(struct sock *sk)
{
	struct session *s = session_of(sk);
	struct tcp_sock *tp = s ? bpf_skc_to_tcp_sock(sk) : 0;

	if (!tp)
		return 0;
	if (s->phase == PHASE_HELD && session_claim(s, PHASE_HELD, PHASE_DONE)) {
		record_send_held(sk, tp, s);
		return 0;
	}
	if (s->phase == PHASE_LISTENER && s->self != (__u64)sk)
		opened_passive(sk, s);
	if (s->phase == PHASE_OPEN && session_claim(s, PHASE_OPEN, PHASE_DONE)) {
		COUNT(last);
		record_send(sk, tp, s, sk->sk_err ? TCP_ESTABLISHED : TCP_FIN_WAIT2);
	}
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy_first, struct sock *sk)
{
	return destroyed(sk);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy_second, struct sock *sk)
{
	return destroyed(sk);
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
	owner_learn(s, RANK_ACCEPT, false);
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
	owner_learn(s, RANK_RELEASE, true);
	s->released = 1;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
