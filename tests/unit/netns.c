// SPDX-License-Identifier: BSD-2-Clause
/* What anybody may try; the rest is in netns_enter.c. */
#include "namespaces.h"

TEST(self_is_the_namespace_of_the_caller)
{
	assert_found("self", inode(SELF));
}

TEST(a_number_is_taken_as_it_is)
{
	assert_found("4026531840", 4026531840);
	assert_found("1", 1);
	assert_found("4294967295", UINT32_MAX);
}

TEST(what_is_no_namespace_is_refused)
{
	static const char *const cases[] = {
		"", "0", "-1", "4294967296", "99999999999999999999", "nope", ".", "..", "/", "/dev/null",
		"/proc/self/ns", "/proc/self/ns/nope", "./self", " self", "self ", "1x", "/nowhere/at/all",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refused(cases[i]);
}

TEST(a_namespace_of_another_kind_is_refused)
{
	static const char *const kinds[] = { "uts", "mnt", "pid", "ipc", "user", "cgroup" };

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		assert_refused(ns_path(getpid(), kinds[i]));
}

TEST(a_very_long_path_is_refused_and_quoted_in_part)
{
	char path[5000] = "/";

	memset(path + 1, 'p', sizeof(path) - 2);
	assert_refused(path);
	assert_true(strlen(e.msg) < sizeof(e.msg) - 1);
}

TEST(the_callers_own_namespace_is_entered_first)
{
	assert_true(walk(0) >= 1);
	assert_true(places.inode[0] == inode(SELF));
}

TEST(a_namespace_that_is_not_there_is_not_entered)
{
	assert_int_equal(walk(inode(SELF)), 1);
	assert_true(places.inode[0] == inode(SELF));
	assert_int_equal(walk(1), 0);
}

static const struct CMUnitTest tests[] = {
	IT(self_is_the_namespace_of_the_caller),
	IT(a_number_is_taken_as_it_is),
	IT(what_is_no_namespace_is_refused),
	IT(a_namespace_of_another_kind_is_refused),
	IT(a_very_long_path_is_refused_and_quoted_in_part),
	IT(the_callers_own_namespace_is_entered_first),
	IT(a_namespace_that_is_not_there_is_not_entered),
};

RUN_TESTS(tests)
