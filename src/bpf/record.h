// SPDX-License-Identifier: GPL-2.0-only
/* From a socket and its session to the record: bytes, outcome, filters, the ring. */
#ifndef SOCKTAPE_BPF_RECORD_H
#define SOCKTAPE_BPF_RECORD_H

#include "bpf/session.h"

/* errno values the outcomes rest on (include/uapi/asm-generic/errno.h) */
enum {
	E_PIPE = 32,
	E_NET_DOWN = 100,
	E_NET_UNREACH = 101,
	E_CONN_ABORTED = 103,
	E_CONN_RESET = 104,
	E_TIMED_OUT = 110,
	E_CONN_REFUSED = 111,
	E_HOST_DOWN = 112,
	E_HOST_UNREACH = 113,
};

static __always_inline bool has_bit(const volatile __u64 *bits, __u16 i)
{
	return bits[i >> 6] >> (i & 63) & 1;
}

/* IPv4 on the wire, whatever the socket's family: ::ffff:a.b.c.d is a.b.c.d. */
static __always_inline __u8 ip_version(struct sock *sk)
{
	struct in6_addr *a = &sk->__sk_common.skc_v6_daddr;

	if (sk->__sk_common.skc_family == AF_INET)
		return 4;
	return !a->in6_u.u6_addr32[0] && !a->in6_u.u6_addr32[1] &&
	       a->in6_u.u6_addr32[2] == bpf_htonl(0xffff) ? 4 : 6;
}

static __always_inline __u8 ip_version_held(const struct event *e)
{
	const __u32 *a = (const __u32 *)e->raddr;

	return e->family == AF_INET || (!a[0] && !a[1] && a[2] == bpf_htonl(0xffff)) ? 4 : 6;
}

/* At CLOSE skc_num is 0 already on both sides; inet_sport keeps the port. */
static __always_inline __u16 local_port(struct tcp_sock *tp)
{
	return bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
}

static __always_inline bool wanted(struct session *s, __u8 ip, __u16 lport, __u16 rport)
{
	if (want_pid && s->owner.pid != want_pid)
		return false;
	if (want_cgroup && !s->in_cgroup)
		return false;
	if (want_ip && ip != want_ip)
		return false;
	if (want_lports && !has_bit(lports, lport))
		return false;
	return !want_rports || has_bit(rports, rport);
}

static __always_inline bool wanted_socket(struct sock *sk, struct tcp_sock *tp, struct session *s)
{
	return wanted(s, ip_version(sk), local_port(tp), bpf_ntohs(sk->__sk_common.skc_dport));
}

/* Was our FIN queued?  Only these states come after it, and none leads back. */
static __always_inline bool fin_sent(int state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
	       state == TCP_LAST_ACK || state == TCP_TIME_WAIT;
}

/*
 * An active side has had its SYN acknowledged as if it were a byte.  So the sequence numbers are
 * one ahead of the bytes sent there, and even with them on a passive side; anything else (local
 * drops, data in the SYN) leaves the direction unknown.  The socket must be locked.
 */
static __always_inline __u8 adopted_direction(struct tcp_sock *tp, int state)
{
	__u64 sent = tp->bytes_sent - tp->bytes_retrans;
	__u64 numbered = tp->bytes_acked + (__u32)(tp->snd_nxt - tp->snd_una);

	if (state == TCP_SYN_SENT)
		return DIRECTION_ACTIVE;
	if (state == TCP_SYN_RECV)
		return DIRECTION_PASSIVE;
	if (fin_sent(state) && tp->snd_nxt == tp->write_seq)
		numbered--;
	if (numbered - sent > 1)
		return DIRECTION_UNKNOWN;
	return numbered - sent ? DIRECTION_ACTIVE : DIRECTION_PASSIVE;
}

/*
 * bytes_acked counts our SYN (active side) and our FIN as bytes, bytes_received the peer's FIN.
 * What was written but not acknowledged lies between snd_una and write_seq, what has arrived but
 * was not read between copied_seq and rcv_nxt.
 */
static __always_inline __u64 bytes_written(struct tcp_sock *tp, struct session *s, int state)
{
	return tp->bytes_acked + (__u32)(tp->write_seq - tp->snd_una) -
	       (s->direction == DIRECTION_ACTIVE) - fin_sent(state);
}

static __always_inline __u32 bytes_unread(struct sock *sk, struct tcp_sock *tp)
{
	__u32 waiting = tp->rcv_nxt - tp->copied_seq;
	bool fin = sk->__sk_common.skc_flags & SOCK_DONE_BIT;

	return fin && waiting ? waiting - 1 : waiting;
}

static __always_inline __u64 bytes_read(struct sock *sk, struct tcp_sock *tp)
{
	bool fin = sk->__sk_common.skc_flags & SOCK_DONE_BIT;

	return tp->bytes_received - fin - bytes_unread(sk, tp);
}

static __always_inline bool is_mptcp(struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp;
}

static __always_inline __u8 outcome_of_error(int error)
{
	switch (error) {
	case E_CONN_RESET:
	case E_PIPE: /* reset after the peer's FIN */
		return OUTCOME_RESET_BY_PEER;
	case E_CONN_REFUSED:
		return OUTCOME_REFUSED;
	case E_TIMED_OUT:
		return OUTCOME_TIMED_OUT;
	case E_NET_DOWN:
	case E_NET_UNREACH:
	case E_HOST_DOWN:
	case E_HOST_UNREACH:
		return OUTCOME_UNREACHABLE;
	}
	return OUTCOME_ABORTED;
}

/*
 * A child that no program ever took from its listener: it has no struct socket and is no orphan.
 * (Nor have the subflows of an MPTCP connection one: there the program has the connection.)
 */
static __always_inline bool never_accepted(struct sock *sk, struct tcp_sock *tp, struct session *s)
{
	return s->direction != DIRECTION_ACTIVE && !sk->sk_socket && !s->released &&
	       !(sk->__sk_common.skc_flags & SOCK_DEAD_BIT) && !is_mptcp(tp);
}

/* How the session ended, from the state it left and the error the kernel noted just before. */
static __always_inline __u8 outcome_of(struct sock *sk, struct tcp_sock *tp,
					   struct session *s, int state)
{
	if (never_accepted(sk, tp, s))
		return OUTCOME_NEVER_ACCEPTED;
	if (sk->sk_err)
		return outcome_of_error(sk->sk_err);
	switch (state) {
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
	case TCP_SYN_RECV:
		return OUTCOME_RESET_HERE; /* no FIN of ours: linger 0, unread data, disconnect */
	case TCP_SYN_SENT:
	case TCP_FIN_WAIT1:
		return OUTCOME_ABORTED; /* given up by the program, or by the kernel for an orphan */
	}
	return OUTCOME_CLOSED;
}

static __always_inline void record_addresses(struct event *e, struct sock *sk)
{
	__be32 *l = (__be32 *)e->laddr, *r = (__be32 *)e->raddr;

	e->family = sk->__sk_common.skc_family;
	if (e->family == AF_INET) {
		l[0] = sk->__sk_common.skc_rcv_saddr;
		r[0] = sk->__sk_common.skc_daddr;
		l[1] = l[2] = l[3] = r[1] = r[2] = r[3] = 0;
		return;
	}
	l[0] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[0];
	l[1] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[1];
	l[2] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[2];
	l[3] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[3];
	r[0] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[0];
	r[1] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[1];
	r[2] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[2];
	r[3] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3];
}

static __always_inline void record_owner(struct event *e, struct session *s)
{
	e->owner = s->owner;
	e->rank = s->rank;
	e->opener_pid = s->opener_pid;
	__builtin_memcpy(e->opener_comm, s->opener_comm, sizeof(e->opener_comm));
}

/* The whole record; `state` is the one the socket is leaving.  How its cookie is had, the hook knows. */
static __always_inline void record_fill(struct event *e, struct sock *sk, struct tcp_sock *tp,
					struct session *s, int state, __u64 cookie)
{
	e->cookie = cookie;
	e->opened_ns = s->opened_ns;
	e->established_ns = s->established_ns;
	e->ended_ns = bpf_ktime_get_ns();
	e->tx_bytes = bytes_written(tp, s, state);
	e->rx_bytes = bytes_read(sk, tp);
	record_owner(e, s);
	record_addresses(e, sk);
	e->netns = sk->__sk_common.skc_net.net->ns.inum;
	e->lport = local_port(tp);
	e->rport = bpf_ntohs(sk->__sk_common.skc_dport);
	e->segs_out = tp->segs_out;
	e->segs_in = tp->segs_in;
	e->retrans = tp->total_retrans;
	e->srtt_us = tp->srtt_us >> 3;
	e->min_rtt_us = tp->rtt_min.s[0].v == ~0U ? 0 : tp->rtt_min.s[0].v;
	e->direction = s->direction;
	e->outcome = outcome_of(sk, tp, s, state);
	e->error = sk->sk_err;
	e->flags = s->flags | (is_mptcp(tp) ? EVENT_MPTCP : 0);
}

/* No wake-up a record: the reader comes by on a timer, and is called only when much waits. */
static __always_inline void ring_submit(struct event *e)
{
	bool much = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= wakeup_bytes;

	bpf_ringbuf_submit(e, much ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
	COUNT(sent);
}

static __always_inline struct event *ring_reserve(void)
{
	struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		COUNT(ring_full);
	return e;
}

/* Sends the record of a session that the caller has claimed; `state` is the one it left. */
static __always_inline void record_send(struct sock *sk, struct tcp_sock *tp, struct session *s,
					int state, __u64 cookie)
{
	struct event *e;

	if (!wanted_socket(sk, tp, s)) {
		COUNT(filtered);
		return;
	}
	e = ring_reserve();
	if (!e)
		return;
	record_fill(e, sk, tp, s, state, cookie);
	ring_submit(e);
}

/* The program may still read, and whoever only listened or accepted may have handed the socket on. */
static __always_inline bool may_change(struct sock *sk, struct tcp_sock *tp, struct session *s)
{
	if (s->released || sk->__sk_common.skc_flags & SOCK_DEAD_BIT)
		return false;
	return s->rank <= RANK_ACCEPT || bytes_unread(sk, tp);
}

static __always_inline bool record_hold(struct sock *sk, struct tcp_sock *tp, struct session *s,
					int state, __u64 cookie)
{
	struct event *e = bpf_sk_storage_get(&held, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!e)
		return false; /* then it is sent as it is now */
	record_fill(e, sk, tp, s, state, cookie);
	COUNT(held);
	return true;
}

/* Completes a held record with what has become known since the connection ended. */
static __always_inline void record_complete(struct event *e, struct sock *sk, struct tcp_sock *tp,
					    struct session *s)
{
	__u64 read = bytes_read(sk, tp);

	record_owner(e, s);
	if (tp->bytes_received && read > e->rx_bytes) /* all is 0 after a disconnect */
		e->rx_bytes = read;
	if (e->outcome == OUTCOME_NEVER_ACCEPTED && s->released)
		e->outcome = outcome_of_error(e->error); /* accepted after all */
}

static __always_inline bool wanted_held(struct event *e, struct session *s)
{
	return wanted(s, ip_version_held(e), e->lport, e->rport);
}

static __always_inline void record_send_held(struct sock *sk, struct tcp_sock *tp, struct session *s)
{
	struct event *from = bpf_sk_storage_get(&held, sk, 0, 0);
	struct event *e;

	if (!from)
		return;
	if (!wanted_held(from, s)) {
		COUNT(filtered);
		return;
	}
	record_complete(from, sk, tp, s);
	e = ring_reserve();
	if (!e)
		return;
	__builtin_memcpy(e, from, sizeof(*e));
	ring_submit(e);
}

#endif
