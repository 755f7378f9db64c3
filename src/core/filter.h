// SPDX-License-Identifier: BSD-2-Clause
/* Which sessions are asked for.  A source applies it as early as it can. */
#ifndef SOCKTAPE_CORE_FILTER_H
#define SOCKTAPE_CORE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/num.h"
#include "core/session.h"

struct filter {
	uint32_t pid;   /* the true owner; 0: any */
	uint32_t netns; /* inode number; 0: any */
	int ip;         /* 4 or 6, as on the wire; 0: any */
	uint64_t cgroup; /* id; 0: any.  What lies below it counts as in it */
	struct ports lports, rports;
};

/* All but netns and cgroup, which only the source can know. */
bool filter_match(const struct filter *f, const struct session *s);

#endif
