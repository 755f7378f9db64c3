// SPDX-License-Identifier: BSD-2-Clause
/* Text on its way out: clean, within its columns, and the way back leads to what went in. */
#include <stdint.h>
#include <string.h>

#include "fuzz.h"

#include "base/buf.h"
#if PLANTED == 1 /* the bytes asked for are forgotten */
#undef strchr
#define strchr(s, c) NULL
#elif PLANTED == 2 /* a code point is kept in 16 bits */
#define uint32_t uint16_t
#endif
#include "base/escape.c"
#undef uint32_t

#include "read_back.h"

static void require_clean(const struct buf *b)
{
	REQUIRE(!b->failed);
	REQUIRE(is_clean(SPAN_OF(b)));
	if (b->len) {
		REQUIRE(!memchr(b->data, ',', b->len));
		REQUIRE(!memchr(b->data, '"', b->len));
	}
}

static void require_way_back(const struct buf *b, const char *text)
{
	char *back = malloc(b->len + 1);
	size_t len = unescape(back, SPAN_OF(b));

	REQUIRE(len == strlen(text));
	REQUIRE(!memcmp(back, text, len));
	free(back);
}

/* How many characters there are in clean text. */
static size_t characters(const struct buf *b)
{
	struct span s = SPAN_OF(b);
	size_t count = 0;
	uint32_t code;

	for (; s.p < s.end; count++)
		s.p += utf8_at(s, &code);
	return count;
}

/* The first byte is how many columns there are for the cut text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = { 0 }, cut = { 0 };
	size_t columns = size ? *data : 0, used;
	char *text = size ? text_of(data + 1, size - 1) : text_of(data, 0);

	used = escape_text(&whole, text, ",\"", SIZE_MAX);
	require_clean(&whole);
	require_way_back(&whole, text);
	REQUIRE(used == characters(&whole));
	used = escape_text(&cut, text, ",\"", columns);
	require_clean(&cut);
	REQUIRE(used == characters(&cut) && used <= columns);
	REQUIRE(!cut.len || !memcmp(cut.data, whole.data, cut.len));
	REQUIRE(cut.len == whole.len || columns - used < 16);
	buf_free(&whole);
	buf_free(&cut);
	free(text);
	return 0;
}
