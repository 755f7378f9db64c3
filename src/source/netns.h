// SPDX-License-Identifier: BSD-2-Clause
/* The network namespaces of the machine. */
#ifndef SOCKTAPE_SOURCE_NETNS_H
#define SOCKTAPE_SOURCE_NETNS_H

#include <stdint.h>

#include "base/err.h"

/* Inode number of "self", a number, a path, or a name under /run/netns; -EINVAL when it is none. */
int netns_find(uint32_t *ret, const char *text, struct err *e);

/*
 * Calls fn once inside every namespace that a process is in or that is mounted (only `inum` when it
 * is not 0) and comes back to the first.  Namespaces that may not be entered are left out.  Returns
 * how many were entered.
 */
int netns_each(uint32_t inum, void (*fn)(void *ctx), void *ctx);

#endif
