// SPDX-License-Identifier: BSD-2-Clause
/* Resources that release themselves when their variable goes out of scope. */
#ifndef SOCKTAPE_BASE_CLEANUP_H
#define SOCKTAPE_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define AUTO(fn)  __attribute__((cleanup(fn)))
#define AUTO_FD   AUTO(cleanup_fd)
#define AUTO_FREE AUTO(cleanup_free)

static inline void cleanup_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free(void *pp)
{
	free(*(void **)pp);
}

/* Hands the descriptor to the caller; the variable no longer owns it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
