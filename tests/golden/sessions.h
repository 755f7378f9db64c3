// SPDX-License-Identifier: BSD-2-Clause
/* The sessions of the golden files. */
#ifndef SOCKTAPE_TESTS_GOLDEN_SESSIONS_H
#define SOCKTAPE_TESTS_GOLDEN_SESSIONS_H

#include <stddef.h>

#include "core/session.h"

#define US 1000ULL
#define MS 1000000ULL
#define S  1000000000ULL

#define START (1000 * S)
#define BOOT  (1699999200 * S) /* wall clock when the monotonic one was 0 */

/* One session; addresses are text, times count from START. */
struct example {
	const char *local, *remote;
	struct session s;
};

extern const struct example examples[];
extern const size_t example_count;

#endif
