// SPDX-License-Identifier: BSD-2-Clause
#include "source/bpf_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

static char first[200]; /* the first warning is the cause, those after it follow from it */

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN && !*first) {
		vsnprintf(first, sizeof(first), format, args);
		first[strcspn(first, "\n")] = 0;
		if (!strncmp(first, "libbpf: ", 8))
			memmove(first, first + 8, strlen(first + 8) + 1);
	}
	return 0;
}

void bpf_log_begin(void)
{
	*first = 0;
	libbpf_set_print(keep);
}

const char *bpf_log_last(void)
{
	return *first ? first : "no reason given";
}
