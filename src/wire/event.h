// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * What crosses from the kernel programs to the recorder: one record a session, and the counts
 * behind the ledger.  Fixed-width types only, no pointers, no functions: both sides include it.
 * Both sides are built and shipped together, so the layout carries no version.
 */
#ifndef SOCKTAPE_WIRE_EVENT_H
#define SOCKTAPE_WIRE_EVENT_H

#include <linux/types.h>

#define EVENT_COMM_LEN 16 /* TASK_COMM_LEN of the kernel */

/* How the owner was learnt, weakest first.  A stronger source replaces a weaker one. */
enum event_rank {
	RANK_NONE,
	RANK_LISTEN,  /* the listener's owner: right unless the accepting process is another */
	RANK_ACCEPT,  /* who called accept(2) with an address, or getpeername(2) */
	RANK_ADOPT,   /* a process that held the descriptor when the recorder started */
	RANK_RELEASE, /* who closed the last descriptor */
	RANK_CONNECT, /* who called connect(2) */
	RANK_IO,      /* the last process that sent or received */
};

enum event_direction {
	DIRECTION_UNKNOWN,
	DIRECTION_ACTIVE,  /* connect(2) */
	DIRECTION_PASSIVE, /* a child of a listener */
};

enum event_outcome {
	OUTCOME_CLOSED,
	OUTCOME_RESET_BY_PEER,
	OUTCOME_RESET_HERE,
	OUTCOME_REFUSED,
	OUTCOME_TIMED_OUT,
	OUTCOME_UNREACHABLE,
	OUTCOME_ABORTED,
	OUTCOME_NEVER_ACCEPTED,
	OUTCOME_OPEN, /* not ended: the recorder was */
};

enum event_flag {
	EVENT_ADOPTED = 1, /* open before the recorder started: opened_ns is when it was found */
	EVENT_MPTCP = 2,   /* a subflow of an MPTCP connection */
	EVENT_UID = 4,     /* owner.uid is known though no process is */
};

struct event_process {
	__u64 cgroup;                /* id in the cgroup2 tree */
	__u32 pid;                   /* thread group, in the initial pid namespace; 0: not known */
	__u32 tid;
	__u32 uid;
	__u32 padding;
	char comm[EVENT_COMM_LEN];   /* of the group leader; any bytes, NUL-padded */
	char thread[EVENT_COMM_LEN]; /* of the thread */
};

/* Times are CLOCK_MONOTONIC nanoseconds of the initial time namespace; 0: did not happen. */
struct event {
	__u64 cookie;
	__u64 opened_ns;
	__u64 established_ns;
	__u64 ended_ns;
	__u64 tx_bytes; /* written by the application */
	__u64 rx_bytes; /* read by the application */
	struct event_process owner;
	__u32 opener_pid; /* who connected or accepted; 0: not known */
	__u32 netns;      /* inode number of the network namespace */
	char opener_comm[EVENT_COMM_LEN];
	__u8 laddr[16]; /* network order; IPv4 in the first four bytes when family is AF_INET */
	__u8 raddr[16];
	__u16 lport; /* host order */
	__u16 rport;
	__u16 family; /* of the socket: v4-mapped addresses come as AF_INET6 */
	__u16 error;  /* errno of the end, 0: none */
	__u32 segs_out;
	__u32 segs_in;
	__u32 retrans;
	__u32 srtt_us;
	__u32 min_rtt_us; /* 0: none taken */
	__u8 rank;        /* enum event_rank */
	__u8 direction;   /* enum event_direction */
	__u8 outcome;     /* enum event_outcome */
	__u8 flags;       /* enum event_flag */
};

_Static_assert(sizeof(struct event_process) == 56, "no padding on the wire");
_Static_assert(sizeof(struct event) == 192, "no padding on the wire");

/*
 * The counts of one CPU (several share a slot on machines with more than EVENT_SLOTS).
 * Every session is counted once when it begins and once when it ends, so that
 *	opened + adopted = sent + filtered + ring_full + open + unseen
 * holds, with `unseen` (the end that no hook saw) as the only unknown.
 */
struct event_counts {
	__u64 opened;
	__u64 adopted;
	__u64 sent;         /* to the ring */
	__u64 filtered;     /* ended, but not asked for */
	__u64 ring_full;    /* ended, asked for, lost */
	__u64 storage_full; /* ended, lost: the kernel had no memory for the socket's state */
	__u64 open;         /* still open at the end, not sent */
	__u64 second;       /* ends that the tracepoint missed: sockops saw them */
	__u64 last;         /* ends that only the socket's destruction showed */
	__u64 held;         /* records held back until the program closed */
	__u64 padding[6];   /* to two cache lines: CPUs do not share one */
};

#define EVENT_SLOTS 128 /* a power of two */

#endif
