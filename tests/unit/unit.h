// SPDX-License-Identifier: BSD-2-Clause
/*
 * What every test file needs.  A test is a function whose name is the sentence that it proves:
 *	TEST(a_port_above_65535_is_refused) { … }
 *	static const struct CMUnitTest tests[] = { IT(a_port_above_65535_is_refused) };
 */
#ifndef SOCKTAPE_TESTS_UNIT_H
#define SOCKTAPE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#undef fail /* base/err.h has a function of this name */

#define TEST(sentence) static void sentence(__attribute__((unused)) void **state)
#define IT(sentence)   cmocka_unit_test(sentence)

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

#define RUN_TESTS(tests) \
	int main(void) \
	{ \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	}

#endif
