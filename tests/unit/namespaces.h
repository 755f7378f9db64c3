// SPDX-License-Identifier: BSD-2-Clause
/* Finding and entering network namespaces. */
#ifndef SOCKTAPE_TESTS_NAMESPACES_H
#define SOCKTAPE_TESTS_NAMESPACES_H

#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/netns.h"

#define SELF "/proc/self/ns/net"

static struct err e;

static inline uint32_t inode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static inline const char *ns_path(pid_t pid, const char *kind)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	return path;
}

static inline void assert_found(const char *text, uint32_t expected)
{
	uint32_t found = 0;

	e = (struct err){ "" };
	assert_int_equal(netns_find(&found, text, &e), 0);
	assert_true(found == expected);
}

static inline void assert_refused(const char *text)
{
	uint32_t found = 0x1234;
	int r = netns_find(&found, text, &e);

	if (r != -EINVAL)
		print_error("'%s' was taken for a network namespace\n", text);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(found, 0x1234);
	assert_non_null(strstr(e.msg, "is not a network namespace"));
}

/* Where the callback was called. */
struct places {
	int count;
	uint32_t inode[4096];
};

static inline void note(void *ctx)
{
	struct places *places = ctx;

	places->inode[places->count++] = inode("/proc/thread-self/ns/net");
}

static inline int times_in(const struct places *places, uint32_t wanted)
{
	int count = 0;

	for (int i = 0; i < places->count; i++)
		count += places->inode[i] == wanted;
	return count;
}

static struct places places;

static inline int walk(uint32_t only)
{
	uint32_t home = inode(SELF);
	int entered;

	places.count = 0;
	entered = netns_each(only, note, &places);
	assert_int_equal(entered, places.count);
	assert_true(inode(SELF) == home);
	return entered;
}

#endif
