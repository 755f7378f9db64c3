// SPDX-License-Identifier: GPL-2.0-only
/* Which hook sees how many closes: each counts by itself, for one network namespace. */
#include "bpf/kernel.h"

const volatile __u32 want_netns;
const volatile __u64 want_netns_cookie; /* the same namespace, as sockops knows it */

__u64 tracepoint_first, tracepoint_second, destroy, state_callback, either, any;

struct seen {
	__u32 by; /* one bit a hook */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct seen);
} seen SEC(".maps");

#define BY_TRACEPOINT 1
#define BY_ANY        2
#define BY_DESTROY    4

/* Bits that were not there before. */
static __always_inline __u32 mark(void *sk, __u32 bits)
{
	struct seen *s = bpf_sk_storage_get(&seen, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	return s ? bits & ~__sync_fetch_and_or(&s->by, bits) : 0;
}

static __always_inline void tracepoint(struct sock *sk, int old, int new, __u64 *count)
{
	__u32 new_bits;

	if (new != TCP_CLOSE || old == TCP_LISTEN || old == TCP_CLOSE || sk->sk_protocol != IPPROTO_TCP ||
	    sk->__sk_common.skc_net.net->ns.inum != want_netns)
		return;
	__sync_fetch_and_add(count, 1);
	new_bits = mark(sk, BY_TRACEPOINT | BY_ANY);
	if (new_bits & BY_TRACEPOINT)
		__sync_fetch_and_add(&either, 1);
	if (new_bits & BY_ANY)
		__sync_fetch_and_add(&any, 1);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_first, struct sock *sk, int old, int new)
{
	tracepoint(sk, old, new, &tracepoint_first);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_second, struct sock *sk, int old, int new)
{
	tracepoint(sk, old, new, &tracepoint_second);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroyed, struct sock *sk)
{
	struct seen *s = bpf_sk_storage_get(&seen, sk, 0, 0);

	if (s && s->by && !(__sync_fetch_and_or(&s->by, BY_DESTROY) & BY_DESTROY))
		__sync_fetch_and_add(&destroy, 1);
	return 0;
}

SEC("sockops")
int watch(struct bpf_sock_ops *o)
{
	__u32 new_bits;

	if (bpf_get_netns_cookie(o) != want_netns_cookie)
		return 1;
	switch (o->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		bpf_sock_ops_cb_flags_set(o, BPF_SOCK_OPS_STATE_CB_FLAG);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		if (o->args[1] != TCP_CLOSE || o->args[0] == TCP_LISTEN || !o->sk)
			break;
		new_bits = mark(o->sk, BY_ANY);
		__sync_fetch_and_add(&state_callback, 1);
		if (new_bits & BY_ANY)
			__sync_fetch_and_add(&any, 1);
	}
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
