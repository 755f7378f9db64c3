// SPDX-License-Identifier: BSD-2-Clause
#include "read_back.h"

#include <string.h>

static bool within(uint32_t c, uint32_t from, uint32_t to)
{
	return c >= from && c <= to;
}

/* The table of RFC 3629, section 4, row by row. */
static const struct utf8_row {
	unsigned char first, last;  /* of the leading byte */
	unsigned char low, high;    /* of the second byte */
	unsigned char len;
} utf8_rows[] = {
	{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static const struct utf8_row *utf8_row(unsigned char lead)
{
	for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(*utf8_rows); i++)
		if (within(lead, utf8_rows[i].first, utf8_rows[i].last))
			return &utf8_rows[i];
	return NULL;
}

size_t utf8_at(struct span s, uint32_t *code)
{
	static const unsigned char payload[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	const unsigned char *p = (const unsigned char *)s.p;
	const struct utf8_row *row = s.p < s.end ? utf8_row(*p) : NULL;

	if (!row || s.end - s.p < row->len)
		return 0;
	if (row->len > 1 && !within(p[1], row->low, row->high))
		return 0;
	*code = *p & payload[row->len];
	for (size_t i = 1; i < row->len; i++) {
		if (!within(p[i], 0x80, 0xbf))
			return 0;
		*code = *code * 64 + p[i] % 64;
	}
	return row->len;
}

size_t utf8_put(char *out, uint32_t code)
{
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, code /= 64)
		out[i] = 0x80 + code % 64;
	out[0] = mark[len] + code;
	return len;
}

bool is_dangerous(uint32_t c)
{
	return c < 0x20 || within(c, 0x7f, 0x9f) ||                        /* C0, DEL, C1 */
	       c == 0x61c || within(c, 0x200e, 0x200f) ||                  /* marks of direction */
	       within(c, 0x202a, 0x202e) || within(c, 0x2066, 0x2069) ||   /* embeddings, isolates */
	       within(c, 0x2028, 0x2029) ||                                /* line, paragraph */
	       c == 0xad || within(c, 0x200b, 0x200d) || c == 0xfeff ||    /* no width */
	       within(c, 0x2060, 0x2064) || within(c, 0xe0000, 0xe007f);   /* invisible, tags */
}

static bool clean_but(struct span s, char allowed)
{
	while (s.p < s.end) {
		uint32_t code;
		size_t len = utf8_at(s, &code);

		if (!len || (is_dangerous(code) && !(allowed && *s.p == allowed)))
			return false;
		s.p += len;
	}
	return true;
}

bool is_clean(struct span s)
{
	return clean_but(s, 0);
}

bool is_one_line(struct span s, bool tabs)
{
	if (s.p == s.end || s.end[-1] != '\n')
		return false;
	s.end--;
	return clean_but(s, tabs ? '\t' : 0);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

size_t unescape(char *out, struct span s)
{
	char *start = out;

	while (s.p < s.end) {
		if (s.end - s.p >= 4 && s.p[0] == '\\' && s.p[1] == 'x' && hex_digit(s.p[2]) >= 0 &&
		    hex_digit(s.p[3]) >= 0) {
			*out++ = hex_digit(s.p[2]) * 16 + hex_digit(s.p[3]);
			s.p += 4;
		} else {
			*out++ = *s.p++;
		}
	}
	return out - start;
}

/* NNNN of \uNNNN. */
static bool json_unit(struct span *s, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		if (s->p == s->end || hex_digit(*s->p) < 0)
			return false;
		*unit = *unit * 16 + hex_digit(*s->p++);
	}
	return true;
}

/* What follows \u; above the basic plane it takes the second half of the pair, too. */
static bool json_code(struct span *s, uint32_t *code)
{
	uint32_t low;

	if (!json_unit(s, code) || within(*code, 0xdc00, 0xdfff))
		return false;
	if (!within(*code, 0xd800, 0xdbff))
		return true;
	if (s->end - s->p < 2 || s->p[0] != '\\' || s->p[1] != 'u')
		return false;
	s->p += 2;
	if (!json_unit(s, &low) || !within(low, 0xdc00, 0xdfff))
		return false;
	*code = 0x10000 + (*code - 0xd800) * 0x400 + (low - 0xdc00);
	return true;
}

/* What follows a backslash. */
static bool json_escape(struct span *s, uint32_t *code)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (s->p == s->end)
		return false;
	if (*s->p == 'u') {
		s->p++;
		return json_code(s, code);
	}
	at = *s->p ? strchr(names, *s->p) : NULL;
	s->p++;
	*code = at ? (unsigned char)means[at - names] : 0;
	return at;
}

bool json_string(struct span *s, char *out, size_t *len)
{
	char *start = out;

	if (s->p == s->end || *s->p++ != '"')
		return false;
	while (s->p < s->end && *s->p != '"') {
		uint32_t code;
		size_t bytes = utf8_at(*s, &code);

		if (!bytes || code < 0x20)
			return false;
		s->p += bytes;
		if (code == '\\' && !json_escape(s, &code))
			return false;
		out += utf8_put(out, code);
	}
	*len = out - start;
	return s->p < s->end && *s->p++ == '"';
}

static bool csv_quoted(struct span *s, char *out, size_t *len)
{
	for (s->p++; s->p < s->end; s->p++) {
		if (*s->p == '"' && (++s->p == s->end || *s->p != '"'))
			return true;
		out[(*len)++] = *s->p;
	}
	return false; /* no quote at the end */
}

bool csv_value(struct span *s, char *out, size_t *len)
{
	*len = 0;
	if (s->p < s->end && *s->p == '"') {
		if (!csv_quoted(s, out, len))
			return false;
	} else {
		for (; s->p < s->end && *s->p != ','; s->p++) {
			if (*s->p == '"')
				return false;
			out[(*len)++] = *s->p;
		}
	}
	if (s->p < s->end && *s->p != ',')
		return false;
	s->p += s->p < s->end;
	return true;
}

struct span plain_value(struct span *s, char separator)
{
	const char *at = memchr(s->p, separator, s->end - s->p);
	struct span value = { s->p, at ? at : s->end };

	s->p = at ? at + 1 : s->end;
	return value;
}
