// SPDX-License-Identifier: GPL-2.0-only
/* Who a session belongs to: learnt where a program acts on the socket, never at its close. */
#ifndef SOCKTAPE_BPF_OWNER_H
#define SOCKTAPE_BPF_OWNER_H

#include "bpf/session.h"

#define CGROUP_DEPTH_MAX 32

static __always_inline bool task_in_cgroup(struct task_struct *task)
{
	struct cgroup *cgroup = task->cgroups->dfl_cgrp;
	struct cgroup_subsys_state *css;

	for (int i = 0; i < CGROUP_DEPTH_MAX; i++) {
		if (cgroup->kn->id == want_cgroup)
			return true;
		css = cgroup->self.parent;
		if (!css)
			return false;
		cgroup = css->cgroup;
	}
	return false;
}

/* 16 bytes as two words: as a string of char the compiler would copy them one by one. */
static __always_inline void copy_comm(char *to, const char *from)
{
	((__u64 *)to)[0] = ((const __u64 *)from)[0];
	((__u64 *)to)[1] = ((const __u64 *)from)[1];
}

static __always_inline void owner_name(struct session *s, struct task_struct *task)
{
	copy_comm(s->owner.comm, task->group_leader->comm);
	copy_comm(s->owner.thread, task->comm);
}

/* Read from the task itself: no helper is called, and every kind of program may do it. */
static __always_inline void owner_take(struct session *s, struct task_struct *task, __u8 rank)
{
	s->owner.pid = task->tgid;
	s->owner.tid = task->pid;
	s->owner.uid = task->cred->uid.val;
	s->owner.cgroup = task->cgroups->dfl_cgrp->kn->id;
	owner_name(s, task);
	s->rank = rank;
	if (want_cgroup)
		s->in_cgroup = task_in_cgroup(task);
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
	copy_comm(s->opener_comm, s->owner.comm);
}

/* The current process acted on the socket; one that is known may have a new name since an exec. */
static __always_inline void owner_learn(struct session *s, __u8 rank)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (rank > s->rank)
		owner_take(s, task, rank);
	else if (s->owner.pid == (__u32)task->tgid)
		owner_name(s, task);
}

/* A send or receive: the last one decides, and the usual call finds nothing to do. */
static __always_inline void owner_io(struct session *s)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (s->rank != RANK_IO || s->owner.tid != (__u32)task->pid)
		owner_take(s, task, RANK_IO);
}

#endif
