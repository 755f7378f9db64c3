// SPDX-License-Identifier: BSD-2-Clause
#include "source/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

int cgroup_root(char *ret, size_t size, struct err *e)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, "cgroup2") && strlen(m->mnt_dir) < size) {
			strcpy(ret, m->mnt_dir);
			found = true;
		}
	if (mounts)
		endmntent(mounts);
	return found ? 0 : fail(e, -ENOENT, "no cgroup2 file system is mounted (mount -t cgroup2 none DIR)");
}

static bool is_cgroup(const char *path, struct stat *st)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC && !stat(path, st) &&
	       S_ISDIR(st->st_mode);
}

/* The real path of a folder of the tree, tried as it is and then from the tree's root. */
static bool resolve(char ret[PATH_MAX], const char *root, const char *path, struct stat *st)
{
	char under[PATH_MAX];

	if (realpath(path, ret) && is_cgroup(ret, st))
		return true;
	snprintf(under, sizeof(under), "%.2048s/%.2000s", root, path);
	return realpath(under, ret) && is_cgroup(ret, st);
}

int cgroup_find(uint64_t *ret, const char *path, struct err *e)
{
	char root[PATH_MAX], real[PATH_MAX];
	struct stat st;
	int r = cgroup_root(root, sizeof(root), e);

	if (r)
		return r;
	if (!*path || !resolve(real, root, path, &st) || strncmp(real, root, strlen(root)))
		return fail(e, -EINVAL, "'%.128s' is not a cgroup: give a folder below %.128s", path, root);
	*ret = st.st_ino;
	return 0;
}
