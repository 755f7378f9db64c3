// SPDX-License-Identifier: BSD-2-Clause
/* Text as a JSON string: a strict reader takes it, it is clean, and the way back leads to what went
 * in. */
#include <stdint.h>

#include "fuzz.h"

#include "base/buf.h"
#if PLANTED == 1 /* quotes without a backslash before them */
#define buf_char(b, c) ((c) == '\\' ? (void)0 : (buf_char)(b, c))
#elif PLANTED == 2 /* a code point is kept in 16 bits */
#define uint32_t uint16_t
#endif
#include "base/escape.c"
#undef uint32_t

#include "read_back.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = { 0 };
	char *text = text_of(data, size), *string, *back;
	struct span s;
	size_t len;

	escape_json(&b, text);
	REQUIRE(!b.failed);
	s = SPAN_OF(&b);
	REQUIRE(is_clean(s));
	string = malloc(b.len);
	back = malloc(b.len);
	REQUIRE(json_string(&s, string, &len));
	REQUIRE(s.p == s.end);
	len = unescape(back, (struct span){ string, string + len });
	REQUIRE(len == strlen(text));
	REQUIRE(!memcmp(back, text, len));
	free(string);
	free(back);
	buf_free(&b);
	free(text);
	return 0;
}
