// SPDX-License-Identifier: BSD-2-Clause
#include "source/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <mntent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/num.h"

#define SELF       "/proc/self/ns/net"
#define NETNS_MAX  4096 /* a bound, not a limit anybody meets: the sweep by descriptors has no such */

/* A name in procfs or a mount: of a namespace, and of one of networks. */
static bool is_namespace(const char *path, struct stat *st)
{
	struct statfs fs;
	AUTO_FD int fd = -1;

	if (statfs(path, &fs) || fs.f_type != NSFS_MAGIC)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET && !fstat(fd, st);
}

int netns_find(uint32_t *ret, const char *text, struct err *e)
{
	char path[512];
	struct stat st;
	uint64_t number;
	struct err unused;

	if (!num_parse(&number, text, 1, UINT32_MAX, &unused)) {
		*ret = number;
		return 0;
	}
	snprintf(path, sizeof(path), "%s%s", strchr(text, '/') ? "" : "/run/netns/",
		 strcmp(text, "self") ? text : "");
	if (!is_namespace(strcmp(text, "self") ? path : SELF, &st))
		return fail(e, -EINVAL, "'%.128s' is not a network namespace: give 'self', a name from `ip "
			    "netns`, a path such as /proc/PID/ns/net, or an inode number", text);
	*ret = st.st_ino;
	return 0;
}

struct walk {
	uint32_t only;
	ino_t here; /* the namespace that this thread is in */
	int count;
	ino_t seen[NETNS_MAX];
	void (*fn)(void *ctx);
	void *ctx;
};

static bool seen(struct walk *w, ino_t inode)
{
	for (int i = 0; i < w->count; i++)
		if (w->seen[i] == inode)
			return true;
	return false;
}

static void visit(struct walk *w, const char *path)
{
	AUTO_FD int fd = -1;
	struct stat st;

	if (!is_namespace(path, &st) || seen(w, st.st_ino) || w->count == NETNS_MAX)
		return;
	if (w->only && st.st_ino != w->only)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (st.st_ino != w->here && setns(fd, CLONE_NEWNET)))
		return;
	w->here = st.st_ino;
	w->seen[w->count++] = st.st_ino;
	w->fn(w->ctx);
}

static void visit_processes(struct walk *w)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	char path[300];

	while (proc && (d = readdir(proc))) {
		if (!isdigit((unsigned char)*d->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", d->d_name);
		visit(w, path);
	}
	if (proc)
		closedir(proc);
}

static void visit_mounts(struct walk *w)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	while (mounts && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, "nsfs"))
			visit(w, m->mnt_dir);
	if (mounts)
		endmntent(mounts);
}

int netns_each(uint32_t inum, void (*fn)(void *ctx), void *ctx)
{
	AUTO_FREE struct walk *w = calloc(1, sizeof(*w));
	AUTO_FD int home = open(SELF, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (!w || home < 0 || fstat(home, &st))
		return 0;
	*w = (struct walk){ .only = inum, .here = st.st_ino, .fn = fn, .ctx = ctx };
	visit(w, SELF);
	visit_processes(w);
	visit_mounts(w);
	if (w->here != st.st_ino && setns(home, CLONE_NEWNET))
		abort(); /* it was left a moment ago: nothing after this would be where it should be */
	return w->count;
}
