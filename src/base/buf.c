// SPDX-License-Identifier: BSD-2-Clause
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct buf *b, size_t len)
{
	size_t room = b->room ? b->room : 4096;
	char *data;

	if (b->room - b->len >= len)
		return true;
	if (len > BUF_CEILING || b->len > BUF_CEILING - len) {
		b->failed = true;
		return false;
	}
	while (room - b->len < len)
		room *= 2;
	data = realloc(b->data, room);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->room = room;
	return true;
}

void buf_put(struct buf *b, const void *data, size_t len)
{
	if (!len || !make_room(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buf_char(struct buf *b, char c)
{
	if (make_room(b, 1))
		b->data[b->len++] = c;
}

void buf_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_u64(struct buf *b, uint64_t value)
{
	char digits[20], *p = digits + sizeof(digits);

	do
		*--p = '0' + value % 10;
	while (value /= 10);
	buf_put(b, p, digits + sizeof(digits) - p);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	char text[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text))
		b->failed = true;
	else
		buf_put(b, text, len);
}

void buf_fill(struct buf *b, char c, size_t count)
{
	if (!count || !make_room(b, count))
		return;
	memset(b->data + b->len, c, count);
	b->len += count;
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
