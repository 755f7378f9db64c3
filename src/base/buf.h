// SPDX-License-Identifier: BSD-2-Clause
/*
 * A growing piece of memory for output.  It never grows past BUF_CEILING: what does not fit is
 * dropped whole and `failed` is set, so that writers need not check every call.
 */
#ifndef SOCKTAPE_BASE_BUF_H
#define SOCKTAPE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUF_CEILING (64UL << 20)

struct buf {
	char *data;
	size_t len, room;
	bool failed;
};

void buf_put(struct buf *b, const void *data, size_t len);
void buf_char(struct buf *b, char c);
void buf_str(struct buf *b, const char *s);
void buf_u64(struct buf *b, uint64_t value);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *format, ...);
void buf_fill(struct buf *b, char c, size_t count);
void buf_free(struct buf *b);

#endif
