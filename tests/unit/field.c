// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "core/field.h"
#include "example.h"

#define MAX_TEXT "18446744073709551615"

static struct view view;

/* A value as a word: "null", text as it is, numbers and booleans in the usual way. */
static const char *show(const struct session *s, const char *key)
{
	static char text[128];
	static struct value v;
	const struct field *f = field_find(key, strlen(key));

	assert_non_null(f);
	memset(&v, 0xa5, sizeof(v));
	f->get(s, &view, &v);
	snprintf(text, sizeof(text), "null");
	if (v.kind == VALUE_UINT)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)v.u);
	else if (v.kind == VALUE_REAL)
		snprintf(text, sizeof(text), "%.*f", v.digits, v.r);
	else if (v.kind == VALUE_BOOL)
		snprintf(text, sizeof(text), "%s", v.b ? "true" : "false");
	return v.kind == VALUE_TEXT ? v.text : text;
}

#define SHOWS(s, key, text) assert_string_equal(show(s, #key), text)

TEST(a_session_with_everything_known_shows_everything)
{
	struct session s = example_session();

	SHOWS(&s, pid, "4242");
	SHOWS(&s, comm, "curl");
	SHOWS(&s, uid, "1000");
	SHOWS(&s, netns, "4026531840");
	SHOWS(&s, cgroup, "5001");
	SHOWS(&s, laddr, "127.0.0.1");
	SHOWS(&s, lport, "41650");
	SHOWS(&s, raddr, "10.1.2.3");
	SHOWS(&s, rport, "8080");
	SHOWS(&s, direction, "active");
	SHOWS(&s, outcome, "closed");
	SHOWS(&s, adopted, "false");
	SHOWS(&s, label, "curl");
	SHOWS(&s, tx_bytes, "2048");
	SHOWS(&s, rx_bytes, "1048575");
	SHOWS(&s, duration_ns, "2000000000");
	SHOWS(&s, connect_ns, "2500000");
	SHOWS(&s, opened_ns, "7000000000");
	SHOWS(&s, established_ns, "7002500000");
	SHOWS(&s, ended_ns, "9002500000");
	SHOWS(&s, opened_unix_ns, "1700000000123456789");
	SHOWS(&s, ip, "4");
	SHOWS(&s, tid, "4243");
	SHOWS(&s, thread_comm, "resolver");
	SHOWS(&s, owner_by, "io");
	SHOWS(&s, opener_pid, "4000");
	SHOWS(&s, opener_comm, "sh");
	SHOWS(&s, cookie, "99");
	SHOWS(&s, segs_out, "12");
	SHOWS(&s, segs_in, "13");
	SHOWS(&s, retrans, "2");
	SHOWS(&s, srtt_us, "150");
	SHOWS(&s, min_rtt_us, "40");
	SHOWS(&s, mptcp, "false");
	SHOWS(&s, error, "null");
}

TEST(a_session_with_nothing_known_shows_null_and_zeros)
{
	static const char *const unknown[] = {
		"pid", "comm", "uid", "netns", "cgroup", "direction", "label", "connect_ns", "opened_ns",
		"established_ns", "ended_ns", "opened_unix_ns", "tid", "thread_comm", "owner_by",
		"opener_pid", "opener_comm", "cookie", "srtt_us", "min_rtt_us", "error", "connect_ms",
	};
	struct session s = { 0 };

	for (size_t i = 0; i < COUNT_OF(unknown); i++)
		assert_string_equal(show(&s, unknown[i]), "null");
	SHOWS(&s, tx_bytes, "0");
	SHOWS(&s, rx_bytes, "0");
	SHOWS(&s, lport, "0");
	SHOWS(&s, rport, "0");
	SHOWS(&s, segs_out, "0");
	SHOWS(&s, retrans, "0");
	SHOWS(&s, mptcp, "false");
	SHOWS(&s, duration_ns, "0");
	SHOWS(&s, laddr, "::");
}

TEST(the_largest_values_are_shown_in_full)
{
	struct session s;

	memset(&s, 0xff, sizeof(s));
	s.e.flags = 0;
	SHOWS(&s, pid, "4294967295");
	SHOWS(&s, uid, "4294967295");
	SHOWS(&s, netns, "4294967295");
	SHOWS(&s, cgroup, MAX_TEXT);
	SHOWS(&s, tx_bytes, MAX_TEXT);
	SHOWS(&s, rx_bytes, MAX_TEXT);
	SHOWS(&s, tx_kb, "18014398509481983");
	SHOWS(&s, lport, "65535");
	SHOWS(&s, cookie, MAX_TEXT);
	SHOWS(&s, opened_ns, MAX_TEXT);
	SHOWS(&s, retrans, "4294967295");
	SHOWS(&s, laddr, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	SHOWS(&s, outcome, "null");
	SHOWS(&s, owner_by, "null");
	SHOWS(&s, direction, "null");
	SHOWS(&s, error, "null");
	assert_int_equal(strlen(show(&s, "comm")), EVENT_COMM_LEN);
	assert_int_equal(strlen(show(&s, "opened_at")), strlen("2554-07-21T23:34:33.709551Z"));
}

TEST(root_has_a_user_id_and_nobody_known_has_none)
{
	struct session s = example_session();

	s.e.owner.uid = 0;
	SHOWS(&s, uid, "0");
	s.e.rank = RANK_NONE;
	SHOWS(&s, uid, "null");
	SHOWS(&s, owner_by, "null");
}

TEST(a_name_that_fills_its_room_is_not_read_past_it)
{
	struct session s = example_session();

	example_name(s.e.owner.comm, "0123456789abcdefXYZ", 16);
	example_name(s.e.owner.thread, "fedcba9876543210XYZ", 16);
	example_name(s.e.opener_comm, "----------------XYZ", 16);
	SHOWS(&s, comm, "0123456789abcdef");
	SHOWS(&s, thread_comm, "fedcba9876543210");
	SHOWS(&s, opener_comm, "----------------");
}

TEST(the_threads_name_is_shown_where_it_differs)
{
	struct session s = example_session();

	example_name(s.e.owner.thread, "curl", 4);
	SHOWS(&s, thread_comm, "null");
	example_name(s.e.owner.thread, "curlx", 5);
	SHOWS(&s, thread_comm, "curlx");
	example_name(s.e.owner.thread, "", 0);
	SHOWS(&s, thread_comm, "null");
	memcpy(s.e.owner.thread, "curl\0garbage", 12);
	SHOWS(&s, thread_comm, "null");
}

TEST(the_opener_is_shown_where_it_is_another_process)
{
	struct session s = example_session();

	s.e.opener_pid = s.e.owner.pid;
	SHOWS(&s, opener_pid, "null");
	SHOWS(&s, opener_comm, "null");
	s.e.opener_pid = 0;
	SHOWS(&s, opener_pid, "null");
	SHOWS(&s, opener_comm, "null");
	s.e.opener_pid = 1;
	s.e.owner.pid = 0;
	SHOWS(&s, opener_pid, "1");
	SHOWS(&s, opener_comm, "sh");
}

TEST(ipv4_addresses_are_written_without_zeros_before_them)
{
	static const char *const cases[] = { "0.0.0.0", "255.255.255.255", "1.20.100.9", "10.99.101.200",
					     "100.10.1.0", "192.168.0.1" };
	struct session s = example_session();

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		inet_pton(AF_INET, cases[i], s.e.laddr);
		SHOWS(&s, laddr, cases[i]);
	}
	for (int byte = 0; byte < 256; byte++) {
		char text[16];

		snprintf(text, sizeof(text), "%d.%d.%d.%d", byte, 255 - byte, byte, byte);
		memcpy(s.e.raddr, (uint8_t[]){ byte, 255 - byte, byte, byte }, 4);
		SHOWS(&s, raddr, text);
	}
}

TEST(ipv6_addresses_are_written_in_their_short_form)
{
	struct session s = example_session();

	example_ipv6(&s, "2001:0db8:0000:0000:0000:0000:0000:0001", "fe80::1");
	SHOWS(&s, laddr, "2001:db8::1");
	SHOWS(&s, raddr, "fe80::1");
	SHOWS(&s, ip, "6");
	example_ipv6(&s, "2001:db8:1111:2222:3333:4444:5555:6666", "::");
	SHOWS(&s, laddr, "2001:db8:1111:2222:3333:4444:5555:6666");
	SHOWS(&s, raddr, "::");
}

TEST(mapped_addresses_are_ipv4_unless_asked_for_raw)
{
	struct session s = example_session();

	example_ipv6(&s, "::ffff:127.0.0.1", "::ffff:10.1.2.3");
	SHOWS(&s, laddr, "127.0.0.1");
	SHOWS(&s, raddr, "10.1.2.3");
	SHOWS(&s, ip, "4");
	view.raw_addr = true;
	SHOWS(&s, laddr, "::ffff:127.0.0.1");
	SHOWS(&s, raddr, "::ffff:10.1.2.3");
	SHOWS(&s, ip, "4");
	s = example_session();
	SHOWS(&s, laddr, "127.0.0.1");
}

TEST(connect_time_is_that_of_the_active_side)
{
	struct session s = example_session();

	SHOWS(&s, connect_ns, "2500000");
	SHOWS(&s, connect_ms, "2.50");
	s.e.direction = DIRECTION_PASSIVE;
	SHOWS(&s, connect_ns, "null");
	SHOWS(&s, connect_ms, "null");
	s.e.direction = DIRECTION_UNKNOWN;
	SHOWS(&s, connect_ns, "null");
	s = example_session();
	s.e.established_ns = 0;
	SHOWS(&s, connect_ns, "null");
	s = example_session();
	s.e.flags = EVENT_ADOPTED;
	SHOWS(&s, connect_ns, "null");
}

/* The kernel's fast clock may step back a little between two processors. */
TEST(connect_time_is_never_negative)
{
	struct session s = example_session();

	s.e.established_ns = s.e.opened_ns - 100;
	assert_true(strlen(show(&s, "connect_ns")) < 12);
	assert_true(strlen(show(&s, "connect_ms")) < 12);
}

TEST(an_adopted_session_has_no_opening)
{
	struct session s = example_session();

	s.e.flags = EVENT_ADOPTED;
	SHOWS(&s, adopted, "true");
	SHOWS(&s, opened_ns, "null");
	SHOWS(&s, opened_unix_ns, "null");
	SHOWS(&s, opened_at, "null");
	SHOWS(&s, ended_ns, "9002500000");
	SHOWS(&s, mptcp, "false");
}

TEST(an_open_session_has_no_end)
{
	struct session s = example_session();

	s.e.outcome = OUTCOME_OPEN;
	SHOWS(&s, outcome, "open");
	SHOWS(&s, ended_ns, "null");
	SHOWS(&s, duration_ns, "2000000000");
}

TEST(the_flags_are_told_apart)
{
	struct session s = example_session();

	s.e.flags = EVENT_MPTCP;
	SHOWS(&s, mptcp, "true");
	SHOWS(&s, adopted, "false");
	s.e.flags = EVENT_MPTCP | EVENT_ADOPTED;
	SHOWS(&s, mptcp, "true");
	SHOWS(&s, adopted, "true");
	s.e.flags = 0xfc;
	SHOWS(&s, mptcp, "false");
	SHOWS(&s, adopted, "false");
}

TEST(an_error_is_shown_by_its_name)
{
	struct session s = example_session();

	s.e.error = ECONNREFUSED;
	SHOWS(&s, error, "ECONNREFUSED");
	s.e.error = ETIMEDOUT;
	SHOWS(&s, error, "ETIMEDOUT");
	s.e.error = 60000;
	SHOWS(&s, error, "null");
}

TEST(kilobytes_are_rounded_down)
{
	struct session s = example_session();

	SHOWS(&s, tx_kb, "2");
	SHOWS(&s, rx_kb, "1023");
	s.e.tx_bytes = 1023;
	SHOWS(&s, tx_kb, "0");
	s.e.tx_bytes = 1024;
	SHOWS(&s, tx_kb, "1");
}

TEST(milliseconds_have_two_digits_of_whole_microseconds)
{
	struct session s = example_session();

	SHOWS(&s, ms, "2000.00");
	s.e.ended_ns = s.e.established_ns + 999;
	SHOWS(&s, ms, "0.00");
	s.e.ended_ns = s.e.established_ns + 409999;
	SHOWS(&s, ms, "0.41");
	s.e.ended_ns = s.e.established_ns + 1234567890123;
	SHOWS(&s, ms, "1234567.89");
}

TEST(the_time_of_day_is_local_and_that_of_the_end)
{
	struct session s = example_session();

	setenv("TZ", "UTC", 1);
	tzset();
	SHOWS(&s, time, "22:13:22");
	setenv("TZ", "XXX-05:30", 1);
	tzset();
	SHOWS(&s, time, "03:43:22");
	setenv("TZ", "UTC", 1);
	tzset();
}

TEST(the_opening_is_shown_in_utc)
{
	struct session s = example_session();

	setenv("TZ", "XXX-05:30", 1);
	tzset();
	SHOWS(&s, opened_at, "2023-11-14T22:13:20.123456Z");
	s.opened_unix_ns = 951782400000000999;
	SHOWS(&s, opened_at, "2000-02-29T00:00:00.000000Z");
}

TEST(seconds_are_counted_from_the_first_session_shown)
{
	struct session s = example_session();

	view.first_ns = s.e.ended_ns;
	SHOWS(&s, time_s, "0.000000");
	view.first_ns = s.e.ended_ns - 1500000000;
	SHOWS(&s, time_s, "1.500000");
	view.first_ns = s.e.ended_ns + 2000;
	SHOWS(&s, time_s, "-0.000002");
}

/* tcplife takes the microseconds of each end before it subtracts. */
TEST(seconds_are_the_difference_of_whole_microseconds)
{
	struct session s = example_session();

	view.first_ns = 1999;
	s.e.ended_ns = 2000;
	SHOWS(&s, time_s, "0.000001");
	view.first_ns = 1000;
	s.e.ended_ns = 1999;
	SHOWS(&s, time_s, "0.000000");
	view.first_ns = 5999;
	s.e.ended_ns = 1005000;
	SHOWS(&s, time_s, "0.001000");
}

static int usual_view(void **state)
{
	(void)state;
	view = (struct view){ 0 };
	return 0;
}

#define SEEN(sentence) cmocka_unit_test_setup(sentence, usual_view)

static const struct CMUnitTest tests[] = {
	SEEN(a_session_with_everything_known_shows_everything),
	SEEN(a_session_with_nothing_known_shows_null_and_zeros),
	SEEN(the_largest_values_are_shown_in_full),
	SEEN(root_has_a_user_id_and_nobody_known_has_none),
	SEEN(a_name_that_fills_its_room_is_not_read_past_it),
	SEEN(the_threads_name_is_shown_where_it_differs),
	SEEN(the_opener_is_shown_where_it_is_another_process),
	SEEN(ipv4_addresses_are_written_without_zeros_before_them),
	SEEN(ipv6_addresses_are_written_in_their_short_form),
	SEEN(mapped_addresses_are_ipv4_unless_asked_for_raw),
	SEEN(connect_time_is_that_of_the_active_side),
	SEEN(connect_time_is_never_negative),
	SEEN(an_adopted_session_has_no_opening),
	SEEN(an_open_session_has_no_end),
	SEEN(the_flags_are_told_apart),
	SEEN(an_error_is_shown_by_its_name),
	SEEN(kilobytes_are_rounded_down),
	SEEN(milliseconds_have_two_digits_of_whole_microseconds),
	SEEN(the_time_of_day_is_local_and_that_of_the_end),
	SEEN(the_opening_is_shown_in_utc),
	SEEN(seconds_are_counted_from_the_first_session_shown),
	SEEN(seconds_are_the_difference_of_whole_microseconds),
};

RUN_TESTS(tests)
