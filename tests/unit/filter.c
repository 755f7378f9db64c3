// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "core/filter.h"
#include "example.h"

static struct filter with_ports(const char *local, const char *remote)
{
	struct filter f = { 0 };
	struct err e;

	if (local)
		assert_int_equal(num_ports(&f.lports, local, &e), 0);
	if (remote)
		assert_int_equal(num_ports(&f.rports, remote, &e), 0);
	return f;
}

TEST(an_empty_filter_lets_everything_through)
{
	struct session s = example_session(), zero = { 0 };
	struct filter f = { 0 };

	assert_true(filter_match(&f, &s));
	assert_true(filter_match(&f, &zero));
}

TEST(a_process_is_its_sessions_owner)
{
	struct session s = example_session();
	struct filter f = { .pid = 4242 };

	assert_true(filter_match(&f, &s));
	f.pid = 4243; /* the thread */
	assert_false(filter_match(&f, &s));
	f.pid = 4000; /* the opener */
	assert_false(filter_match(&f, &s));
	s.e.owner.pid = 0;
	assert_false(filter_match(&f, &s));
}

TEST(the_address_family_is_that_of_the_wire)
{
	struct session v4 = example_session(), v6 = v4, mapped = v4;
	struct filter four = { .ip = 4 }, six = { .ip = 6 };

	example_ipv6(&v6, "::1", "::1");
	example_ipv6(&mapped, "::ffff:127.0.0.1", "::ffff:10.1.2.3");
	assert_true(filter_match(&four, &v4));
	assert_true(filter_match(&four, &mapped));
	assert_false(filter_match(&four, &v6));
	assert_false(filter_match(&six, &v4));
	assert_false(filter_match(&six, &mapped));
	assert_true(filter_match(&six, &v6));
}

TEST(local_ports_are_compared_with_the_local_port)
{
	struct session s = example_session();
	struct filter hit = with_ports("41650", NULL), other = with_ports("8080", NULL);
	struct filter range = with_ports("41000-42000", NULL);

	assert_true(filter_match(&hit, &s));
	assert_true(filter_match(&range, &s));
	assert_false(filter_match(&other, &s));
}

TEST(remote_ports_are_compared_with_the_remote_port)
{
	struct session s = example_session();
	struct filter hit = with_ports(NULL, "80,8080"), other = with_ports(NULL, "41650");

	assert_true(filter_match(&hit, &s));
	assert_false(filter_match(&other, &s));
}

TEST(the_lowest_and_highest_port_can_be_asked_for)
{
	struct session s = example_session();
	struct filter ends = with_ports("0,65535", NULL);

	s.e.lport = 0;
	assert_true(filter_match(&ends, &s));
	s.e.lport = 65535;
	assert_true(filter_match(&ends, &s));
	s.e.lport = 1;
	assert_false(filter_match(&ends, &s));
	s.e.lport = 65534;
	assert_false(filter_match(&ends, &s));
}

TEST(everything_asked_for_must_match)
{
	struct session s = example_session();
	struct filter f = with_ports("41650", "8080");

	f.pid = 4242;
	f.ip = 4;
	assert_true(filter_match(&f, &s));
	s.e.rport = 8081;
	assert_false(filter_match(&f, &s));
	s.e.rport = 8080;
	s.e.lport = 41651;
	assert_false(filter_match(&f, &s));
	s.e.lport = 41650;
	s.e.owner.pid = 1;
	assert_false(filter_match(&f, &s));
	s.e.owner.pid = 4242;
	example_ipv6(&s, "::1", "::1");
	assert_false(filter_match(&f, &s));
}

TEST(namespace_and_cgroup_are_left_to_the_source)
{
	struct session s = example_session();
	struct filter f = { .netns = 1, .cgroup = 2 };

	assert_true(filter_match(&f, &s));
}

static const struct CMUnitTest tests[] = {
	IT(an_empty_filter_lets_everything_through),
	IT(a_process_is_its_sessions_owner),
	IT(the_address_family_is_that_of_the_wire),
	IT(local_ports_are_compared_with_the_local_port),
	IT(remote_ports_are_compared_with_the_remote_port),
	IT(the_lowest_and_highest_port_can_be_asked_for),
	IT(everything_asked_for_must_match),
	IT(namespace_and_cgroup_are_left_to_the_source),
};

RUN_TESTS(tests)
