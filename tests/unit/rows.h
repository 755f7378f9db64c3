// SPDX-License-Identifier: BSD-2-Clause
/* Rows of a known length in an output, and what became of them. */
#ifndef SOCKTAPE_TESTS_ROWS_H
#define SOCKTAPE_TESTS_ROWS_H

#include "unit.h"

#include <signal.h>

#include "run/output.h"

#define ROW     "0123456789abcdefghi\n" /* twenty bytes */
#define ROW_LEN 20

static struct output o;

static inline void put_rows(int count)
{
	for (int i = 0; i < count; i++)
		buf_str(&o.buf, ROW);
	o.rows += count;
}

/* Every row is accounted for, and nothing waits. */
static inline void assert_counts(uint64_t written, uint64_t lost)
{
	assert_int_equal(o.written, written);
	assert_int_equal(o.lost, lost);
	assert_int_equal(o.rows, 0);
	assert_int_equal(o.buf.len, 0);
}

/* A write that fails says so by its errno. */
static inline int ignore_signals(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return 0;
}

#define RUN_OUTPUT_TESTS(tests) \
	int main(void) \
	{ \
		return cmocka_run_group_tests(tests, ignore_signals, NULL); \
	}

#endif
