// SPDX-License-Identifier: BSD-2-Clause
#include "base/escape.h"

#include <stdint.h>
#include <string.h>

/* Length of the UTF-8 sequence at p and its code point; 0 when it is not one (RFC 3629). */
static size_t utf8(const unsigned char *p, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	*code = len < 2 ? *p : *p & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (len > 1 && (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)))
		return 0;
	return len;
}

/*
 * What must not be shown as it is: controls (C0, DEL, C1), what turns the direction of writing, what
 * ends a line, and all that shows nothing (Default_Ignorable_Code_Point of the Unicode database, 15).
 */
static const struct range {
	uint32_t from, to;
} hidden[] = {
	{ 0, 0x1f },        { 0x7f, 0x9f },       { 0xad, 0xad },       { 0x34f, 0x34f },
	{ 0x61c, 0x61c },   { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

static bool is_hidden(uint32_t c)
{
	if (c >= 0x20 && c < 0x7f)
		return false;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (c >= hidden[i].from && c <= hidden[i].to)
			return true;
	return false;
}

static bool starts_escape(const unsigned char *p)
{
	return p[0] == '\\' && p[1] == 'x';
}

static void put_hex(struct buf *b, const unsigned char *p, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		char out[4] = { '\\', 'x', hex[p[i] >> 4], hex[p[i] & 15] };

		buf_put(b, out, sizeof(out));
	}
}

size_t escape_text(struct buf *b, const char *text, const char *also, size_t columns)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t used = 0;

	while (*p) {
		uint32_t code;
		size_t len = utf8(p, &code), bytes = len ? len : 1;
		bool hex = !len || is_hidden(code) || starts_escape(p) || (len == 1 && strchr(also, *p));
		size_t width = hex ? 4 * bytes : 1;

		if (width > columns - used)
			break;
		if (hex)
			put_hex(b, p, bytes);
		else
			buf_put(b, p, bytes);
		used += width;
		p += bytes;
	}
	return used;
}

/* \uXXXX; above the basic plane the pair of surrogates that stands for it. */
static void json_code(struct buf *b, uint32_t code)
{
	if (code < 0x10000)
		buf_printf(b, "\\u%04x", code);
	else
		buf_printf(b, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

static void json_char(struct buf *b, unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		buf_char(b, '\\');
		buf_char(b, c);
		break;
	case '\n':
		buf_str(b, "\\n");
		break;
	case '\t':
		buf_str(b, "\\t");
		break;
	default:
		json_code(b, c);
	}
}

void escape_json(struct buf *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	buf_char(b, '"');
	while (*p) {
		uint32_t code;
		size_t len = utf8(p, &code);

		if (!len || starts_escape(p))
			buf_printf(b, "\\\\x%02x", *p);
		else if (len == 1 && (is_hidden(code) || *p == '"' || *p == '\\'))
			json_char(b, *p);
		else if (is_hidden(code))
			json_code(b, code);
		else
			buf_put(b, p, len);
		p += len ? len : 1;
	}
	buf_char(b, '"');
}

void escape_print(FILE *f, const char *text)
{
	struct buf b = { 0 };

	escape_text(&b, text, "", SIZE_MAX);
	if (b.len)
		fwrite(b.data, 1, b.len, f);
	buf_free(&b);
}
