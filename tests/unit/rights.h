// SPDX-License-Identifier: BSD-2-Clause
/*
 * Programs whose tests make namespaces and mount: they are left out, and say so, for who may not.
 * Asked is the kernel; nothing is concluded from a failure.
 */
#ifndef SOCKTAPE_TESTS_RIGHTS_H
#define SOCKTAPE_TESTS_RIGHTS_H

#include "unit.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>

static inline bool may_administer(void)
{
	unsigned long long rights = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &rights) == 1)
			break;
	if (f)
		fclose(f);
	return rights >> CAP_SYS_ADMIN & 1;
}

#define RUN_TESTS_WITH_RIGHTS(tests, setup, teardown) \
	int main(void) \
	{ \
		if (!may_administer()) \
			return puts("1..0 # SKIP needs the right to administer (CAP_SYS_ADMIN)") < 0; \
		return cmocka_run_group_tests(tests, setup, teardown); \
	}

#endif
