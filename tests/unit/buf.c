// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>

#include "base/buf.h"

/* The linker leads realloc() here (see meson.build): memory can be made to run out. */
static bool out_of_memory;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
	return out_of_memory ? NULL : __real_realloc(old, size);
}

static void assert_holds(const struct buf *b, const char *text)
{
	assert_int_equal(b->len, strlen(text));
	assert_memory_equal(b->data, text, b->len);
	assert_false(b->failed);
}

TEST(pieces_stand_one_after_the_other)
{
	struct buf b = { 0 };

	buf_put(&b, "one\0two", 3);
	buf_char(&b, ' ');
	buf_str(&b, "three ");
	buf_u64(&b, 4);
	buf_printf(&b, " %s %d", "five", 6);
	buf_fill(&b, '.', 3);
	assert_holds(&b, "one three 4 five 6...");
	buf_free(&b);
}

TEST(nothing_put_is_nothing_held)
{
	struct buf b = { 0 };

	buf_put(&b, NULL, 0);
	buf_str(&b, "");
	buf_fill(&b, 'x', 0);
	assert_int_equal(b.len, 0);
	assert_null(b.data);
	assert_false(b.failed);
}

TEST(a_nul_byte_is_data_like_any_other)
{
	struct buf b = { 0 };

	buf_put(&b, "a\0b", 3);
	buf_char(&b, 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\0", 4);
	buf_free(&b);
}

TEST(numbers_are_written_from_zero_to_the_largest)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ UINT32_MAX, "4294967295" },
		{ 10000000000000000000u, "10000000000000000000" },
		{ UINT64_MAX, "18446744073709551615" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf b = { 0 };

		buf_u64(&b, cases[i].value);
		assert_holds(&b, cases[i].text);
		buf_free(&b);
	}
}

TEST(it_grows_and_keeps_what_it_has)
{
	struct buf b = { 0 };

	for (uint32_t i = 0; i < 100000; i++)
		buf_put(&b, &i, sizeof(i));
	assert_int_equal(b.len, 400000);
	for (uint32_t i = 0; i < 100000; i++)
		assert_memory_equal(b.data + i * sizeof(i), &i, sizeof(i));
	assert_false(b.failed);
	buf_free(&b);
}

TEST(one_piece_much_larger_than_the_room_fits)
{
	static char piece[1000001];
	struct buf b = { 0 };

	memset(piece, 'p', sizeof(piece));
	buf_char(&b, 'a');
	buf_put(&b, piece, sizeof(piece));
	assert_int_equal(b.len, sizeof(piece) + 1);
	assert_int_equal(b.data[0], 'a');
	assert_int_equal(b.data[b.len - 1], 'p');
	buf_free(&b);
}

TEST(text_of_511_characters_is_formatted)
{
	struct buf b = { 0 };

	buf_printf(&b, "%511d", 7);
	assert_int_equal(b.len, 511);
	assert_int_equal(b.data[510], '7');
	assert_false(b.failed);
	buf_free(&b);
}

TEST(text_of_512_characters_is_dropped_whole_and_noted)
{
	struct buf b = { 0 };

	buf_str(&b, "before");
	buf_printf(&b, "%512d", 7);
	assert_true(b.failed);
	assert_int_equal(b.len, 6);
	buf_free(&b);
}

TEST(the_ceiling_itself_is_reached)
{
	struct buf b = { 0 };

	buf_fill(&b, 'x', BUF_CEILING);
	assert_false(b.failed);
	assert_int_equal(b.len, BUF_CEILING);
	assert_true(b.room <= BUF_CEILING);
	buf_free(&b);
}

TEST(one_byte_above_the_ceiling_is_dropped_and_noted)
{
	struct buf b = { 0 };

	buf_fill(&b, 'x', BUF_CEILING);
	buf_char(&b, 'y');
	assert_true(b.failed);
	assert_int_equal(b.len, BUF_CEILING);
	assert_int_equal(b.data[BUF_CEILING - 1], 'x');
	buf_free(&b);
}

TEST(a_piece_above_the_ceiling_is_dropped_whole)
{
	struct buf b = { 0 };

	buf_str(&b, "kept");
	buf_fill(&b, 'x', BUF_CEILING - 3);
	assert_true(b.failed);
	assert_int_equal(b.len, 4);
	buf_fill(&b, 'x', SIZE_MAX);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "kept", 4);
	buf_free(&b);
}

TEST(no_memory_is_noted_and_what_stands_stays)
{
	struct buf b = { 0 };

	buf_str(&b, "kept");
	out_of_memory = true;
	buf_fill(&b, 'x', b.room);
	out_of_memory = false;
	assert_true(b.failed);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "kept", 4);
	buf_free(&b);
}

TEST(no_memory_at_all_is_noted)
{
	struct buf b = { 0 };

	out_of_memory = true;
	buf_char(&b, 'x');
	buf_u64(&b, 1);
	buf_printf(&b, "%d", 1);
	buf_fill(&b, 'x', 1);
	buf_str(&b, "x");
	out_of_memory = false;
	assert_true(b.failed);
	assert_int_equal(b.len, 0);
	assert_null(b.data);
}

TEST(a_freed_one_is_empty_and_can_be_used_again)
{
	struct buf b = { 0 };

	buf_fill(&b, 'x', BUF_CEILING + 1);
	buf_str(&b, "first");
	buf_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_false(b.failed);
	buf_free(&b);
	buf_str(&b, "second");
	assert_holds(&b, "second");
	buf_free(&b);
}

static const struct CMUnitTest tests[] = {
	IT(pieces_stand_one_after_the_other),
	IT(nothing_put_is_nothing_held),
	IT(a_nul_byte_is_data_like_any_other),
	IT(numbers_are_written_from_zero_to_the_largest),
	IT(it_grows_and_keeps_what_it_has),
	IT(one_piece_much_larger_than_the_room_fits),
	IT(text_of_511_characters_is_formatted),
	IT(text_of_512_characters_is_dropped_whole_and_noted),
	IT(the_ceiling_itself_is_reached),
	IT(one_byte_above_the_ceiling_is_dropped_and_noted),
	IT(a_piece_above_the_ceiling_is_dropped_whole),
	IT(no_memory_is_noted_and_what_stands_stays),
	IT(no_memory_at_all_is_noted),
	IT(a_freed_one_is_empty_and_can_be_used_again),
};

RUN_TESTS(tests)
