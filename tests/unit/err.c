// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "base/err.h"

#define ROOM sizeof(((struct err *)0)->msg)

/* As many x as asked for, for one test at a time. */
static const char *long_text(size_t len)
{
	static char text[4096];

	memset(text, 'x', len);
	text[len] = 0;
	return text;
}

TEST(the_code_comes_back_and_the_message_is_kept)
{
	struct err e;

	assert_int_equal(fail(&e, -EINVAL, "%s is %d", "seven", 7), -EINVAL);
	assert_string_equal(e.msg, "seven is 7");
	assert_int_equal(fail(&e, -ENOENT, "again"), -ENOENT);
	assert_string_equal(e.msg, "again");
}

TEST(a_message_that_is_too_long_is_cut)
{
	struct err e;

	assert_int_equal(fail(&e, -E2BIG, "%s", long_text(2000)), -E2BIG);
	assert_int_equal(strlen(e.msg), ROOM - 1);
	assert_int_equal(e.msg[0], 'x');
}

TEST(context_comes_before_the_message)
{
	struct err e;

	fail(&e, -EINVAL, "not a number");
	assert_int_equal(fail_in(&e, -EINVAL, "--pid"), -EINVAL);
	assert_string_equal(e.msg, "--pid: not a number");
	assert_int_equal(fail_in(&e, -EIO, "life"), -EIO);
	assert_string_equal(e.msg, "life: --pid: not a number");
}

TEST(a_percent_sign_in_context_or_message_is_only_text)
{
	struct err e;

	fail(&e, -EINVAL, "%s", "100%s of %n");
	fail_in(&e, -EINVAL, "%d%%");
	assert_string_equal(e.msg, "%d%%: 100%s of %n");
}

TEST(long_context_leaves_room_for_the_message)
{
	struct err e;

	fail(&e, -EINVAL, "the reason");
	fail_in(&e, -EINVAL, long_text(1000));
	assert_true(strlen(e.msg) < ROOM);
	assert_string_equal(e.msg + strlen(e.msg) - strlen(": the reason"), ": the reason");
}

TEST(a_message_that_fills_the_room_is_cut_at_its_end_only)
{
	struct err e;

	fail(&e, -EINVAL, "%s", long_text(ROOM - 1));
	fail_in(&e, -EINVAL, "here");
	assert_memory_equal(e.msg, "here: xxx", 9);
	assert_true(strlen(e.msg) < ROOM);
	assert_true(strlen(e.msg) >= 6 + 256);
	for (int i = 0; i < 100; i++)
		fail_in(&e, -EINVAL, "deeper");
	assert_true(strlen(e.msg) < ROOM);
	assert_memory_equal(e.msg, "deeper: deeper: ", 16);
}

static const struct CMUnitTest tests[] = {
	IT(the_code_comes_back_and_the_message_is_kept),
	IT(a_message_that_is_too_long_is_cut),
	IT(context_comes_before_the_message),
	IT(a_percent_sign_in_context_or_message_is_only_text),
	IT(long_context_leaves_room_for_the_message),
	IT(a_message_that_fills_the_room_is_cut_at_its_end_only),
};

RUN_TESTS(tests)
