// SPDX-License-Identifier: BSD-2-Clause
/*
 * A target includes the source that it tests, so that -DPLANTED=N can put a mistake into it: run.sh
 * first sees that the mistake is found, and only then believes that the source has none.
 */
#ifndef SOCKTAPE_TESTS_FUZZ_H
#define SOCKTAPE_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PLANTED
#define PLANTED 0
#endif

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* What a buffer holds; an empty one may have no memory. */
#define SPAN_OF(b)                                                                                 \
	((struct span){ (b)->data ? (b)->data : "", (b)->data ? (b)->data + (b)->len : "" })

#define REQUIRE(what)                                                                              \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "not so: %s (%s:%d)\n", #what, __FILE__, __LINE__);        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes up to the first NUL as a string in memory of just its size.  To be freed. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	return strndup((const char *)data, size);
}

/* A message is text of one line, and there is one. */
static inline void require_message(const char *msg, size_t room)
{
	REQUIRE(strnlen(msg, room) > 0);
	REQUIRE(strnlen(msg, room) < room);
}

#endif
