// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "example.h"

TEST(ipv4_is_four_and_ipv6_is_six)
{
	struct session s = example_session();

	assert_int_equal(session_ip(&s), 4);
	example_ipv6(&s, "::1", "::1");
	assert_int_equal(session_ip(&s), 6);
	example_ipv6(&s, "2001:db8::1", "fe80::1");
	assert_int_equal(session_ip(&s), 6);
}

TEST(a_mapped_address_is_ipv4_on_the_wire)
{
	struct session s = example_session();

	example_ipv6(&s, "::ffff:127.0.0.1", "::ffff:10.1.2.3");
	assert_int_equal(session_ip(&s), 4);
	example_ipv6(&s, "::", "::ffff:0.0.0.0");
	assert_int_equal(session_ip(&s), 4);
}

TEST(what_only_resembles_a_mapped_address_is_ipv6)
{
	static const char *const cases[] = { "::",
					     "::127.0.0.1",
					     "::fffe:127.0.0.1",
					     "1::ffff:127.0.0.1",
					     "::1:ffff:127.0.0.1",
					     "64:ff9b::127.0.0.1",
					     "::ff:127.0.0.1" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct session s = example_session();

		example_ipv6(&s, "::1", cases[i]);
		assert_int_equal(session_ip(&s), 6);
	}
}

TEST(duration_is_from_established_to_ended)
{
	struct session s = example_session();

	assert_true(session_duration_ns(&s) == 2000000000);
}

TEST(duration_is_from_opened_where_it_never_was_established)
{
	struct session s = example_session();

	s.e.established_ns = 0;
	assert_true(session_duration_ns(&s) == 2002500000);
}

TEST(duration_is_never_negative)
{
	struct session s = example_session();

	s.e.ended_ns = s.e.established_ns;
	assert_true(session_duration_ns(&s) == 0);
	s.e.ended_ns = s.e.established_ns - 1;
	assert_true(session_duration_ns(&s) == 0);
	s.e.ended_ns = 0;
	assert_true(session_duration_ns(&s) == 0);
	s.e.established_ns = s.e.opened_ns = UINT64_MAX;
	s.e.ended_ns = UINT64_MAX;
	assert_true(session_duration_ns(&s) == 0);
}

TEST(the_longest_duration_is_kept)
{
	struct session s = example_session();

	s.e.established_ns = 1;
	s.e.ended_ns = UINT64_MAX;
	assert_true(session_duration_ns(&s) == UINT64_MAX - 1);
}

TEST(every_outcome_has_its_name)
{
	assert_string_equal(outcome_name(OUTCOME_CLOSED), "closed");
	assert_string_equal(outcome_name(OUTCOME_RESET_BY_PEER), "reset_by_peer");
	assert_string_equal(outcome_name(OUTCOME_RESET_HERE), "reset_here");
	assert_string_equal(outcome_name(OUTCOME_REFUSED), "refused");
	assert_string_equal(outcome_name(OUTCOME_TIMED_OUT), "timed_out");
	assert_string_equal(outcome_name(OUTCOME_UNREACHABLE), "unreachable");
	assert_string_equal(outcome_name(OUTCOME_ABORTED), "aborted");
	assert_string_equal(outcome_name(OUTCOME_NEVER_ACCEPTED), "never_accepted");
	assert_string_equal(outcome_name(OUTCOME_OPEN), "open");
}

TEST(every_rank_has_its_name)
{
	assert_string_equal(rank_name(RANK_LISTEN), "listen");
	assert_string_equal(rank_name(RANK_ACCEPT), "accept");
	assert_string_equal(rank_name(RANK_ADOPT), "adopt");
	assert_string_equal(rank_name(RANK_RELEASE), "release");
	assert_string_equal(rank_name(RANK_CONNECT), "connect");
	assert_string_equal(rank_name(RANK_IO), "io");
}

TEST(both_directions_have_their_names)
{
	assert_string_equal(direction_name(DIRECTION_ACTIVE), "active");
	assert_string_equal(direction_name(DIRECTION_PASSIVE), "passive");
	assert_null(direction_name(DIRECTION_UNKNOWN));
}

TEST(numbers_without_a_name_have_none)
{
	assert_null(rank_name(RANK_NONE));
	for (unsigned int i = 1; i < 256; i++) {
		if (i > RANK_IO)
			assert_null(rank_name(i));
		if (i > OUTCOME_OPEN)
			assert_null(outcome_name(i));
		if (i > DIRECTION_PASSIVE)
			assert_null(direction_name(i));
	}
	assert_null(outcome_name(UINT32_MAX));
	assert_null(rank_name(UINT32_MAX));
	assert_null(direction_name(UINT32_MAX));
}

static const struct CMUnitTest tests[] = {
	IT(ipv4_is_four_and_ipv6_is_six),
	IT(a_mapped_address_is_ipv4_on_the_wire),
	IT(what_only_resembles_a_mapped_address_is_ipv6),
	IT(duration_is_from_established_to_ended),
	IT(duration_is_from_opened_where_it_never_was_established),
	IT(duration_is_never_negative),
	IT(the_longest_duration_is_kept),
	IT(every_outcome_has_its_name),
	IT(every_rank_has_its_name),
	IT(both_directions_have_their_names),
	IT(numbers_without_a_name_have_none),
};

RUN_TESTS(tests)
