// SPDX-License-Identifier: BSD-2-Clause
#include "source/diag_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"

static void take_owner(struct event *e, const char *pid)
{
	char path[300];
	AUTO_FD int fd = -1;
	struct stat st;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 || fstat(fd, &st) ? 0 : read(fd, e->owner.comm, sizeof(e->owner.comm));
	if (len <= 0)
		return;
	e->owner.comm[len - 1] = 0; /* the line end */
	e->owner.pid = strtoul(pid, NULL, 10);
	e->owner.uid = st.st_uid;
	e->rank = RANK_ADOPT;
}

/* The first holder counts: those that forked from it follow. */
static void visit(struct diag_table *t, const struct hash *by_inode, const char *pid)
{
	char path[300], target[64];
	unsigned long inode;
	struct dirent *d;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	while (fds && (d = readdir(fds))) {
		ssize_t len = readlinkat(dirfd(fds), d->d_name, target, sizeof(target) - 1);
		uint32_t *i;

		target[len < 0 ? 0 : len] = 0;
		i = sscanf(target, "socket:[%lu]", &inode) == 1 ? hash_find(by_inode, inode) : NULL;
		if (i && !t->known[*i].e.owner.pid)
			take_owner(&t->known[*i].e, pid);
	}
	if (fds)
		closedir(fds);
}

void diag_owner_learn(struct diag_table *t)
{
	DIR *proc = t->count ? opendir("/proc") : NULL;
	struct hash by_inode = { 0 };
	struct dirent *d;

	for (uint32_t i = 0; i < t->count; i++)
		hash_put(&by_inode, t->known[i].inode, i); /* refuses 0: nobody holds it */
	while (proc && (d = readdir(proc)))
		if (isdigit((unsigned char)*d->d_name))
			visit(t, &by_inode, d->d_name);
	if (proc)
		closedir(proc);
	hash_free(&by_inode);
}
