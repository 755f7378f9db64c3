// SPDX-License-Identifier: BSD-2-Clause
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fail(struct err *e, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(e->msg, sizeof(e->msg), format, args);
	va_end(args);
	return code;
}

int fail_in(struct err *e, int code, const char *context)
{
	struct err inner = *e;

	snprintf(e->msg, sizeof(e->msg), "%.128s: %.*s", context, (int)sizeof(e->msg) - 132, inner.msg);
	return code;
}
