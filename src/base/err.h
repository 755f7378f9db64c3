// SPDX-License-Identifier: BSD-2-Clause
/*
 * Errors: a function that can fail returns 0 or -errno and tells the story in a struct err on the
 * caller's stack, its last argument.  The library never prints; commands do.
 */
#ifndef SOCKTAPE_BASE_ERR_H
#define SOCKTAPE_BASE_ERR_H

struct err {
	char msg[512];
};

/* Notes the message and returns `code` (-errno), so that `return fail(e, -EINVAL, "…")` works. */
__attribute__((format(printf, 3, 4))) int fail(struct err *e, int code, const char *format, ...);

/* Puts "context: " before the message that is there and returns `code`. */
int fail_in(struct err *e, int code, const char *context);

#endif
