// SPDX-License-Identifier: BSD-2-Clause
/* The cgroup2 tree: where it is mounted, and which cgroup a path means. */
#ifndef SOCKTAPE_SOURCE_CGROUP_H
#define SOCKTAPE_SOURCE_CGROUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The folder that cgroup2 is mounted on; -ENOENT when it is nowhere. */
int cgroup_root(char *ret, size_t size, struct err *e);

/* The id of a cgroup: a folder of the mounted tree, or its path from the tree's root. */
int cgroup_find(uint64_t *ret, const char *path, struct err *e);

#endif
