// SPDX-License-Identifier: GPL-2.0-only
/*
 * One small program a feature: `socktape doctor` loads and attaches each by itself, and so finds out
 * what this kernel and these rights allow without guessing from an error number.
 */
#include "bpf/kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, __u64);
} storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10);
} ring SEC(".maps");

/* Tracepoint with types (5.5), socket storage in it (5.11), the ring buffer (5.8). */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state, struct sock *sk)
{
	__u64 *value = bpf_sk_storage_get(&storage, sk, 0, 0);

	if (value)
		bpf_ringbuf_output(&ring, value, sizeof(*value), BPF_RB_NO_WAKEUP);
	return 0;
}

/* 4.16 */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy, struct sock *sk)
{
	return 0;
}

/* After 6.1; in 6.12. */
SEC("tp_btf/sock_send_length")
int BPF_PROG(io, struct sock *sk)
{
	return 0;
}

/* 5.9 */
SEC("iter/tcp")
int sockets(struct bpf_iter__tcp *ctx)
{
	return 0;
}

/* 5.8; the way from a file to its socket: 5.11 */
SEC("iter/task_file")
int owners(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;

	return file && bpf_sock_from_file(file) ? 0 : 0;
}

/* 5.9 */
SEC("iter/bpf_sk_storage_map")
int sweep(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	return 0;
}

/* 5.9 */
SEC("cgroup/sock_release")
int release(struct bpf_sock *ctx)
{
	return bpf_sk_storage_get(&storage, ctx, 0, 0) ? 1 : 1;
}

/* 4.13; that it may read the socket's types: 5.9 */
SEC("sockops")
int callbacks(struct bpf_sock_ops *o)
{
	struct tcp_sock *tp = o->sk ? bpf_skc_to_tcp_sock(o->sk) : 0;

	return tp && bpf_sk_storage_get(&storage, tp, 0, 0) ? 1 : 1;
}

/* 5.8 */
SEC("cgroup/getpeername4")
int accept(struct bpf_sock_addr *ctx)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
