// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/escape.h"
#include "read_back.h"

#define WHOLE SIZE_MAX

static void assert_text(const char *in, const char *also, size_t columns, const char *out)
{
	struct buf b = { 0 };
	size_t used = escape_text(&b, in, also, columns);

	buf_char(&b, 0);
	assert_string_equal(b.data, out);
	assert_true(used <= columns);
	buf_free(&b);
}

static void assert_json(const char *in, const char *out)
{
	struct buf b = { 0 };

	escape_json(&b, in);
	buf_char(&b, 0);
	assert_string_equal(b.data, out);
	buf_free(&b);
}

static struct span span_of(const struct buf *b)
{
	return (struct span){ b->data, b->data + b->len };
}

/* Both escapes of `text`: clean, and the way back leads to `text`. */
static void assert_there_and_back(const char *text, struct buf *b)
{
	char out[256], back[256];
	size_t len;
	struct span s;

	b->len = 0;
	escape_text(b, text, ",\"", WHOLE);
	s = span_of(b);
	assert_true(is_clean(s));
	assert_null(b->len ? memchr(b->data, ',', b->len) : NULL);
	assert_null(b->len ? memchr(b->data, '"', b->len) : NULL);
	len = unescape(back, s);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(back, text, len);

	b->len = 0;
	escape_json(b, text);
	s = span_of(b);
	assert_true(is_clean(s));
	assert_true(json_string(&s, out, &len));
	assert_ptr_equal(s.p, s.end);
	len = unescape(back, (struct span){ out, out + len });
	assert_int_equal(len, strlen(text));
	assert_memory_equal(back, text, len);
}

TEST(readable_text_stays_as_it_is)
{
	assert_text("nginx: worker 1/2 [~]", "", WHOLE, "nginx: worker 1/2 [~]");
	assert_text("é ü ß € 日本 😀", "", WHOLE, "é ü ß € 日本 😀");
	assert_text("", "", WHOLE, "");
	assert_json("nginx: worker 1/2", "\"nginx: worker 1/2\"");
	assert_json("é € 日本 😀", "\"é € 日本 😀\"");
	assert_json("", "\"\"");
}

TEST(control_characters_become_hex)
{
	assert_text("a\nb", "", WHOLE, "a\\x0ab");
	assert_text("\t\r\x1b[31m", "", WHOLE, "\\x09\\x0d\\x1b[31m");
	assert_text("\x01\x1f\x20\x7e\x7f", "", WHOLE, "\\x01\\x1f ~\\x7f");
	assert_text("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "", WHOLE,
		    "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f\xc2\xa0");
	assert_json("a\nb\tc\rd\x1b\x7f\x01", "\"a\\nb\\tc\\u000dd\\u001b\\u007f\\u0001\"");
	assert_json("\xc2\x9b", "\"\\u009b\"");
}

TEST(a_backslash_is_escaped_only_before_an_x)
{
	assert_text("a\\b\\\\", "", WHOLE, "a\\b\\\\");
	assert_text("\\x41", "", WHOLE, "\\x5cx41");
	assert_text("\\\\x41", "", WHOLE, "\\\\x5cx41");
	assert_text("\\X41\\", "", WHOLE, "\\X41\\");
	assert_text("\\\xff", "", WHOLE, "\\\\xff");
	assert_json("a\\b", "\"a\\\\b\"");
	assert_json("\\x41", "\"\\\\x5cx41\"");
	assert_json("\"", "\"\\\"\"");
}

TEST(the_bytes_asked_for_are_escaped_too)
{
	assert_text("a,b\"c", ",\"", WHOLE, "a\\x2cb\\x22c");
	assert_text("a,b\"c", "", WHOLE, "a,b\"c");
	assert_text(",,", ",", WHOLE, "\\x2c\\x2c");
}

TEST(what_is_not_utf8_becomes_hex_byte_by_byte)
{
	static const struct {
		const char *in, *text, *json;
	} cases[] = {
		{ "\xff", "\\xff", "\"\\\\xff\"" },                                  /* never in UTF-8 */
		{ "\xc0\x80", "\\xc0\\x80", "\"\\\\xc0\\\\x80\"" },                  /* overlong NUL */
		{ "\xc1\xbf", "\\xc1\\xbf", "\"\\\\xc1\\\\xbf\"" },                  /* overlong DEL */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\"\\\\xe0\\\\x80\\\\xaf\"" },  /* overlong slash */
		{ "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", "\"\\\\xe0\\\\x9f\\\\xbf\"" },
		{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf", "\"\\\\xf0\\\\x8f\\\\xbf\\\\xbf\"" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\\\xed\\\\xa0\\\\x80\"" },  /* U+D800 */
		{ "\xed\xbf\xbf", "\\xed\\xbf\\xbf", "\"\\\\xed\\\\xbf\\\\xbf\"" },  /* U+DFFF */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"" },
		{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80", "\"\\\\xf5\\\\x80\\\\x80\\\\x80\"" },
		{ "\x80", "\\x80", "\"\\\\x80\"" },                                  /* no beginning */
		{ "a\xe2\x82", "a\\xe2\\x82", "\"a\\\\xe2\\\\x82\"" },               /* cut off */
		{ "\xf0\x9f\x98", "\\xf0\\x9f\\x98", "\"\\\\xf0\\\\x9f\\\\x98\"" },
		{ "\xc3", "\\xc3", "\"\\\\xc3\"" },
		{ "\xe2\x82z", "\\xe2\\x82z", "\"\\\\xe2\\\\x82z\"" },               /* cut short */
		{ "\xc3\xc3\xa9", "\\xc3\xc3\xa9", "\"\\\\xc3\xc3\xa9\"" },          /* good after bad */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_text(cases[i].in, "", WHOLE, cases[i].text);
		assert_json(cases[i].in, cases[i].json);
	}
}

TEST(the_first_and_last_of_each_length_are_utf8)
{
	static const char *const cases[] = {
		"\xc2\xa1", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_text(cases[i], "", WHOLE, cases[i]);
}

TEST(what_turns_the_direction_of_writing_is_escaped)
{
	assert_text("a\u202eb", "", WHOLE, "a\\xe2\\x80\\xaeb");
	assert_text("\u061c\u200e\u200f", "", WHOLE, "\\xd8\\x9c\\xe2\\x80\\x8e\\xe2\\x80\\x8f");
	assert_text("\u2066\u2069", "", WHOLE, "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
	assert_json("a\u202eb", "\"a\\u202eb\"");
}

TEST(what_has_no_width_is_escaped)
{
	assert_text("a\u200bb", "", WHOLE, "a\\xe2\\x80\\x8bb");
	assert_text("\ufeff\u00ad\u2060", "", WHOLE, "\\xef\\xbb\\xbf\\xc2\\xad\\xe2\\x81\\xa0");
	assert_json("\u200d\ufeff", "\"\\u200d\\ufeff\"");
	assert_json("\U000e0041", "\"\\udb40\\udc41\"");
}

TEST(line_and_paragraph_separators_are_escaped)
{
	assert_text("a\u2028b\u2029c\xc2\x85", "", WHOLE,
		    "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9c\\xc2\\x85");
	assert_json("\u2028\u2029", "\"\\u2028\\u2029\"");
}

/* Unicode's own list of what shows nothing: Default_Ignorable_Code_Point (UCD 15). */
static bool is_ignorable(uint32_t c)
{
	static const uint32_t ranges[][2] = {
		{ 0xad, 0xad },     { 0x34f, 0x34f },   { 0x61c, 0x61c },     { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f },   { 0x202a, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

TEST(no_invisible_character_passes)
{
	struct buf b = { 0 };
	int passed = 0;

	for (uint32_t code = 1; code < 0x110000; code++) {
		char text[5] = { 0 };

		if (!is_ignorable(code))
			continue;
		utf8_put(text, code);
		b.len = 0;
		escape_text(&b, text, "", WHOLE);
		if (b.len == strlen(text) && passed++ < 8)
			print_error("U+%04X passes as readable\n", code);
	}
	buf_free(&b);
	assert_int_equal(passed, 0);
}

TEST(every_code_point_comes_out_clean_and_comes_back)
{
	struct buf b = { 0 };

	for (uint32_t code = 1; code < 0x110000; code++) {
		char text[7] = "a";
		size_t len = utf8_put(text + 1, code);

		text[len + 1] = 'z';
		assert_there_and_back(text, &b);
	}
	buf_free(&b);
}

TEST(every_code_point_that_is_readable_stays_as_it_is)
{
	struct buf b = { 0 };

	for (uint32_t code = 0x20; code < 0x110000; code++) {
		char text[5] = { 0 };
		bool surrogate = code >= 0xd800 && code < 0xe000;

		/* U+FFF9 to U+FFFB mark glosses: they show nothing either */
		if (is_dangerous(code) || is_ignorable(code) || surrogate || (code >= 0xfff9 && code <= 0xfffb))
			continue;
		utf8_put(text, code);
		b.len = 0;
		assert_int_equal(escape_text(&b, text, "", WHOLE), 1);
		assert_int_equal(b.len, strlen(text));
		assert_memory_equal(b.data, text, b.len);
	}
	buf_free(&b);
}

TEST(every_string_of_two_bytes_comes_out_clean_and_comes_back)
{
	struct buf b = { 0 };

	for (unsigned int i = 0; i < 65536; i++) {
		char text[3] = { i >> 8, i & 255, 0 };

		assert_there_and_back(text, &b);
	}
	buf_free(&b);
}

TEST(every_mix_of_backslashes_and_the_like_comes_back)
{
	static const char letters[] = "\\x5c4\"\xff\n";
	size_t n = sizeof(letters) - 1;
	struct buf b = { 0 };

	for (size_t i = 0; i < n * n * n * n * n; i++) {
		char text[6] = { letters[i % n], letters[i / n % n], letters[i / n / n % n],
				 letters[i / n / n / n % n], letters[i / n / n / n / n], 0 };

		assert_there_and_back(text, &b);
	}
	buf_free(&b);
}

TEST(text_stops_before_what_does_not_fit)
{
	assert_text("abcdef", "", 4, "abcd");
	assert_text("abcdef", "", 6, "abcdef");
	assert_text("abcdef", "", 0, "");
	assert_text("ab\ncd", "", 5, "ab");
	assert_text("ab\ncd", "", 6, "ab\\x0a");
	assert_text("ab\ncd", "", 7, "ab\\x0ac");
	assert_text("éééé", "", 3, "ééé");
	assert_text("a\u202e", "", 12, "a");
	assert_text("a\u202e", "", 13, "a\\xe2\\x80\\xae");
	assert_text("\\x", "", 4, "\\x5c");
}

TEST(text_cut_at_any_column_is_the_beginning_of_the_whole)
{
	const char *text = "a\x1b,é\xff\u202e\\x\U0001f600 end";
	struct buf whole = { 0 }, cut = { 0 };
	size_t all = escape_text(&whole, text, ",", WHOLE);

	for (size_t columns = 0; columns <= all + 1; columns++) {
		cut.len = 0;
		assert_true(escape_text(&cut, text, ",", columns) <= columns);
		assert_true(cut.len <= whole.len);
		assert_memory_equal(whole.data, cut.data ? cut.data : "", cut.len);
		assert_true(is_clean(span_of(&cut)));
	}
	assert_int_equal(cut.len, whole.len);
	buf_free(&whole);
	buf_free(&cut);
}

TEST(the_columns_used_are_counted_in_characters)
{
	struct buf b = { 0 };

	assert_int_equal(escape_text(&b, "abc", "", WHOLE), 3);
	assert_int_equal(escape_text(&b, "é日😀", "", WHOLE), 3);
	assert_int_equal(escape_text(&b, "\n", "", WHOLE), 4);
	assert_int_equal(escape_text(&b, "\xff\xfe", "", WHOLE), 8);
	assert_int_equal(escape_text(&b, "\u200b", "", WHOLE), 12);
	assert_int_equal(escape_text(&b, "", "", WHOLE), 0);
	buf_free(&b);
}

static char *printed(const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	escape_print(f, text);
	fclose(f);
	return out;
}

TEST(a_message_is_printed_on_one_line)
{
	static const struct {
		const char *text, *out;
	} cases[] = {
		{ "", "" },
		{ "'x' is not a number", "'x' is not a number" },
		{ "'\x1b[2J\n' is not \xff", "'\\x1b[2J\\x0a' is not \\xff" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *out = printed(cases[i].text);

		assert_string_equal(out, cases[i].out);
		free(out);
	}
}

static const struct CMUnitTest tests[] = {
	IT(readable_text_stays_as_it_is),
	IT(control_characters_become_hex),
	IT(a_backslash_is_escaped_only_before_an_x),
	IT(the_bytes_asked_for_are_escaped_too),
	IT(what_is_not_utf8_becomes_hex_byte_by_byte),
	IT(the_first_and_last_of_each_length_are_utf8),
	IT(what_turns_the_direction_of_writing_is_escaped),
	IT(what_has_no_width_is_escaped),
	IT(line_and_paragraph_separators_are_escaped),
	IT(no_invisible_character_passes),
	IT(every_code_point_comes_out_clean_and_comes_back),
	IT(every_code_point_that_is_readable_stays_as_it_is),
	IT(every_string_of_two_bytes_comes_out_clean_and_comes_back),
	IT(every_mix_of_backslashes_and_the_like_comes_back),
	IT(text_stops_before_what_does_not_fit),
	IT(text_cut_at_any_column_is_the_beginning_of_the_whole),
	IT(the_columns_used_are_counted_in_characters),
	IT(a_message_is_printed_on_one_line),
};

RUN_TESTS(tests)
