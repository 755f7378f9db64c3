// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is kept beside each socket while its session lives, the maps, the settings and the counts.
 * Socket storage cannot overflow and goes when the socket goes: no table, no leak, no eviction.
 */
#ifndef SOCKTAPE_BPF_SESSION_H
#define SOCKTAPE_BPF_SESSION_H

#include "bpf/kernel.h"
#include "wire/event.h"

/*
 * A session's record is sent exactly once: whoever moves the phase to PHASE_DONE sends it.
 * PHASE_HELD: the connection has ended, but the program still has the socket and can still change
 * what the record says (read what had arrived, or show for the first time who it is).
 */
enum phase { PHASE_NONE, PHASE_LISTENER, PHASE_OPEN, PHASE_HELD, PHASE_DONE };

struct session {
	struct event_process owner;
	__u64 opened_ns;
	__u64 established_ns;
	__u64 self; /* the socket this belongs to: a child starts with a copy of its listener's */
	__u32 phase;
	__u32 opener_pid;
	char opener_comm[EVENT_COMM_LEN];
	__u8 rank;
	__u8 direction;
	__u8 flags;
	__u8 state;     /* the last one that the tracepoint saw */
	__u8 released;  /* no program has it any more */
	__u8 in_cgroup; /* the owner is in the wanted cgroup */
	__u8 padding[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct session);
} sessions SEC(".maps");

/* The finished records of sessions in PHASE_HELD. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct event);
} held SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* set by the loader */
} ring SEC(".maps");

/* Settings: constants once loaded, so that what is not asked for costs nothing. */
const volatile __u32 wakeup_bytes = 1 << 20; /* wake the reader early when this much waits */
const volatile __u32 want_netns;             /* inode number, 0: any */
const volatile __u32 want_pid;               /* 0: any */
const volatile __u64 want_cgroup;            /* id, 0: any */
const volatile __u8 want_ip;                 /* 4 or 6, 0: any */
const volatile bool want_lports, want_rports;
const volatile __u64 lports[65536 / 64], rports[65536 / 64]; /* one bit a port */

/* Mapped by the recorder: read without a system call, and `stopping` is written by it. */
struct event_counts counts[EVENT_SLOTS];
bool stopping;       /* sessions that open from now on are not counted */
bool send_open;      /* the sweep at the end sends what is still open */
__u64 clock_ns;      /* the kernel's clock when adoption began: CLOCK_MONOTONIC may be a namespace's */

static __always_inline struct event_counts *count(void)
{
	return &counts[bpf_get_smp_processor_id() & (EVENT_SLOTS - 1)];
}

#define COUNT(what) __sync_fetch_and_add(&count()->what, 1)

static __always_inline bool in_scope(struct sock *sk)
{
	return !want_netns || sk->__sk_common.skc_net.net->ns.inum == want_netns;
}

static __always_inline struct session *session_of(struct sock *sk)
{
	return bpf_sk_storage_get(&sessions, sk, 0, 0);
}

static __always_inline struct session *session_make(struct sock *sk)
{
	return bpf_sk_storage_get(&sessions, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
}

/* Starts a session on this socket, which may have had others before. */
static __always_inline void session_begin(struct sock *sk, struct session *s, __u8 direction)
{
	s->self = (__u64)sk;
	s->opened_ns = bpf_ktime_get_ns();
	s->established_ns = 0;
	s->opener_pid = 0;
	s->direction = direction;
	s->flags = 0;
	s->released = 0;
	s->phase = PHASE_OPEN;
	if (!stopping)
		COUNT(opened);
	else
		s->phase = PHASE_DONE;
}

/* Who wins may send the record. */
static __always_inline bool session_claim(struct session *s, __u32 from, __u32 to)
{
	return __sync_val_compare_and_swap(&s->phase, from, to) == from;
}

#endif
