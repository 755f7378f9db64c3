// SPDX-License-Identifier: GPL-2.0-only
/* Who a session belongs to: learnt where a program acts on the socket, never at its close. */
#ifndef SOCKTAPE_BPF_OWNER_H
#define SOCKTAPE_BPF_OWNER_H

#include "bpf/session.h"

static __always_inline void owner_take(struct session *s, __u64 pid_tgid, __u8 rank)
{
	struct task_struct *task = bpf_get_current_task_btf();

	s->owner.pid = pid_tgid >> 32;
	s->owner.tid = (__u32)pid_tgid;
	s->owner.uid = (__u32)bpf_get_current_uid_gid();
	s->owner.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(s->owner.thread, sizeof(s->owner.thread));
	__builtin_memcpy(s->owner.comm, task->group_leader->comm, sizeof(s->owner.comm));
	s->rank = rank;
	if (want_cgroup)
		s->in_cgroup = bpf_get_current_ancestor_cgroup_id(want_cgroup_level) == want_cgroup;
}

static __always_inline void owner_forget(struct session *s)
{
	__builtin_memset(&s->owner, 0, sizeof(s->owner));
	s->rank = RANK_NONE;
	s->in_cgroup = 0;
}

static __always_inline void opener_take(struct session *s)
{
	s->opener_pid = s->owner.pid;
	__builtin_memcpy(s->opener_comm, s->owner.comm, sizeof(s->opener_comm));
}

/* The current process acted on the socket; the name is read anew where it may have changed by exec. */
static __always_inline void owner_learn(struct session *s, __u8 rank, bool refresh)
{
	__u64 id = bpf_get_current_pid_tgid();
	bool same = s->owner.pid == id >> 32;

	if (rank > s->rank || (refresh && same))
		owner_take(s, id, rank > s->rank ? rank : s->rank);
}

/* A send or receive: the last one decides, and the usual call finds nothing to do. */
static __always_inline void owner_io(struct session *s)
{
	__u64 id = bpf_get_current_pid_tgid();

	if (s->rank == RANK_IO && s->owner.pid == id >> 32 && s->owner.tid == (__u32)id)
		return;
	owner_take(s, id, RANK_IO);
}

#endif
