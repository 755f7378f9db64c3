// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <stdbool.h>

#include "base/num.h"

#define UNTOUCHED 0xabcdef0123456789u

#define S  1000000000ULL
#define MS 1000000ULL

struct good {
	const char *text;
	uint64_t value;
};

typedef int parse_fn(uint64_t *ret, const char *text, struct err *e);

static void assert_all_read(parse_fn *parse, const struct good *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = UNTOUCHED;
		struct err e = { "" };
		int r = parse(&value, cases[i].text, &e);

		if (r || value != cases[i].value)
			print_error("'%s': %llu %s\n", cases[i].text, (unsigned long long)value,
				    e.msg);
		assert_int_equal(r, 0);
		assert_true(value == cases[i].value);
		assert_string_equal(e.msg, "");
	}
}

/* Refused, with a message that quotes what was given, and the output as it was. */
static void assert_all_refused(parse_fn *parse, const char *const *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = UNTOUCHED;
		struct err e = { "" };

		if (parse(&value, cases[i], &e) != -EINVAL)
			print_error("'%s' was taken as %llu\n", cases[i],
				    (unsigned long long)value);
		assert_true(value == UNTOUCHED);
		assert_int_equal(e.msg[0], '\'');
		assert_memory_equal(e.msg + 1, cases[i], strnlen(cases[i], 64));
	}
}

static int any_number(uint64_t *ret, const char *text, struct err *e)
{
	return num_parse(ret, text, 0, UINT64_MAX, e);
}

static int ten_to_twenty(uint64_t *ret, const char *text, struct err *e)
{
	return num_parse(ret, text, 10, 20, e);
}

static int any_size(uint64_t *ret, const char *text, struct err *e)
{
	return num_size(ret, text, 0, UINT64_MAX, e);
}

static int ring_size(uint64_t *ret, const char *text, struct err *e)
{
	return num_size(ret, text, 64 << 10, 1 << 30, e);
}

TEST(numbers_are_read_from_zero_to_the_largest)
{
	static const struct good cases[] = {
		{ "0", 0 },   { "1", 1 },           { "007", 7 },
		{ "10", 10 }, { "65536", 65536 },   { "4294967296", 4294967296 },
		{ "18446744073709551615", UINT64_MAX }, { "00018446744073709551615", UINT64_MAX },
	};

	assert_all_read(any_number, cases, COUNT_OF(cases));
}

TEST(what_is_no_number_is_refused)
{
	static const char *const cases[] = {
		"", " ", "x", "12x", "x12", "1 2", " 1", "1 ", "-1", "+1", "1.0", "0x10", "1e3", "1,000",
		"18446744073709551616", "18446744073709551620", "99999999999999999999",
		"184467440737095516150", "\n", "1\n", "\xff", "١",
	};

	assert_all_refused(any_number, cases, COUNT_OF(cases));
}

TEST(the_bounds_of_a_range_belong_to_it)
{
	static const struct good inside[] = { { "10", 10 }, { "15", 15 }, { "20", 20 } };
	static const char *const outside[] = { "9", "21", "0", "18446744073709551615", "010x" };

	assert_all_read(ten_to_twenty, inside, COUNT_OF(inside));
	assert_all_refused(ten_to_twenty, outside, COUNT_OF(outside));
}

TEST(the_message_tells_the_range)
{
	struct err e;
	uint64_t value;

	assert_int_equal(num_parse(&value, "12x", 1, 4194304, &e), -EINVAL);
	assert_string_equal(e.msg, "'12x' is not a number from 1 to 4194304");
}

TEST(a_duration_is_a_number_with_a_unit)
{
	static const struct good cases[] = {
		{ "10", 10 * S },        { "10s", 10 * S },       { "500ms", 500 * MS },
		{ "2m", 120 * S },       { "1h", 3600 * S },      { "1d", 86400 * S },
		{ "7us", 7000 },         { "1ns", 1 },            { "0.5ms", 500000 },
		{ "1.5s", 1500 * MS },   { "1.5", 1500 * MS },    { "0.1s", 100 * MS },
		{ "0.000000001s", 1 },   { "1.000000001s", S + 1 }, { "0.123456789s", 123456789 },
		{ "0.999999999d", 86399999913600 }, { "1.5ns", 1 }, { "0.3m", 18 * S },
		{ "9223372036854775807ns", INT64_MAX }, { "106751d", 106751 * 86400ULL * S },
	};

	assert_all_read(num_duration_ns, cases, COUNT_OF(cases));
}

TEST(what_is_no_duration_is_refused)
{
	static const char *const cases[] = {
		"", "s", "ms", "0", "0s", "0.0s", "0.0000000001s", "0.9ns", "-1s", "+1s", " 1s", "1 s",
		"1s ", "1S", "1M", "1sec", "1.s", ".5s", "1..5s", "1.5.5s", "1,5s", "1h30m", "1.5x",
		"1.0000000001s", "9223372036854775808ns", "9223372037s", "18446744073709551615s",
		"99999999999999999999ns", "106752d", "18446744073709551616", "1e3s", "infinity", "nan",
	};

	assert_all_refused(num_duration_ns, cases, COUNT_OF(cases));
}

TEST(a_size_is_a_number_with_a_power_of_1024)
{
	static const struct good cases[] = {
		{ "0", 0 },           { "65536", 65536 },        { "64K", 65536 },
		{ "8M", 8 << 20 },    { "1G", 1 << 30 },         { "1.5K", 1536 },
		{ "0.5M", 512 << 10 }, { "0K", 0 },              { "17179869183G", 17179869183u << 30 },
		{ "18446744073709551615", UINT64_MAX },
	};

	assert_all_read(any_size, cases, COUNT_OF(cases));
}

TEST(what_is_no_size_is_refused)
{
	static const char *const cases[] = {
		"", "K", "64k", "64KB", "64KiB", "64 K", "-64K", "64K ", "0x10000", "1T", "64KK", "1.K",
		"17179869184G", "18014398509481984K", "18446744073709551616", "99999999999999999999",
	};

	assert_all_refused(any_size, cases, COUNT_OF(cases));
}

TEST(the_bounds_of_sizes_belong_to_them)
{
	static const struct good inside[] = { { "64K", 65536 }, { "65536", 65536 }, { "1G", 1 << 30 },
					      { "1024M", 1 << 30 } };
	static const char *const outside[] = { "65535",	     "63K", "63.9K", "1025M",
					       "1073741825", "2G",  "0" };
	struct err e;
	uint64_t value;

	assert_all_read(ring_size, inside, COUNT_OF(inside));
	assert_all_refused(ring_size, outside, COUNT_OF(outside));
	assert_int_equal(ring_size(&value, "1", &e), -EINVAL);
	assert_non_null(strstr(e.msg, "from 64K to 1024M"));
}

/* The ports of the list, by the bits; `from`-`to` of each pair, ended by a pair of zeros after it. */
static void assert_ports(const char *text, const unsigned int (*pairs)[2], size_t count)
{
	static struct ports ports;
	struct err e = { "" };

	ports = (struct ports){ 0 };
	assert_int_equal(num_ports(&ports, text, &e), 0);
	assert_true(ports.any);
	for (unsigned int port = 0; port < 65536; port++) {
		bool wanted = false;

		for (size_t i = 0; i < count; i++)
			wanted |= port >= pairs[i][0] && port <= pairs[i][1];
		assert_int_equal(ports_have(&ports, port), wanted);
	}
}

#define ASSERT_PORTS(text, ...) \
	do { \
		static const unsigned int pairs_[][2] = { __VA_ARGS__ }; \
		assert_ports(text, pairs_, COUNT_OF(pairs_)); \
	} while (0)

TEST(ports_are_single_ones_and_ranges)
{
	ASSERT_PORTS("80", { 80, 80 });
	ASSERT_PORTS("80,443", { 80, 80 }, { 443, 443 });
	ASSERT_PORTS("8000-8080", { 8000, 8080 });
	ASSERT_PORTS("22,8000-8080,443", { 22, 22 }, { 8000, 8080 }, { 443, 443 });
	ASSERT_PORTS("0", { 0, 0 });
	ASSERT_PORTS("65535", { 65535, 65535 });
	ASSERT_PORTS("0-65535", { 0, 65535 });
	ASSERT_PORTS("63-64", { 63, 64 });
	ASSERT_PORTS("80-80", { 80, 80 });
	ASSERT_PORTS("1-5,3-7", { 1, 7 });
	ASSERT_PORTS("00080", { 80, 80 });
	ASSERT_PORTS(" 80, 443 ", { 80, 80 }, { 443, 443 }); /* as tcplife takes them */
}

TEST(blanks_may_stand_around_a_port)
{
	ASSERT_PORTS(" 80", { 80, 80 });
	ASSERT_PORTS("80 ", { 80, 80 });
	ASSERT_PORTS("80, 443 ,  8000-8080 ", { 80, 80 }, { 443, 443 }, { 8000, 8080 });
}

static void assert_no_ports(const char *text)
{
	static struct ports ports, before;
	struct err e = { "" };
	int r;

	before = (struct ports){ 0 };
	before.bits[7] = 0x1234;
	ports = before;
	r = num_ports(&ports, text, &e);
	if (r != -EINVAL)
		print_error("'%s' was taken for a list of ports\n", text);
	assert_int_equal(r, -EINVAL);
	assert_memory_equal(&ports, &before, sizeof(ports));
	assert_non_null(strstr(e.msg, "is not a list of ports from 0 to 65535"));
	assert_memory_equal(e.msg + 1, text, strnlen(text, 64));
}

TEST(what_is_no_list_of_ports_is_refused)
{
	static const char *const cases[] = {
		"",       "abc",      "80-",   "-80",   ",80",    "80,,81", "80,",  ",",
		"-",      "80--81",   "80 81", "80;81", "80 -81", "80- 81", "+80",  "80,-81",
		" ",      " ,80",     "80, ",  "80,x",  "x,80",   "80-x",   "x-80", "8O",
		"80\n",   "80\t,81", "http",  "0x50",  "80.5",   "-1",     "80-81-82",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_no_ports(cases[i]);
}

TEST(a_port_above_65535_is_refused_wherever_it_stands)
{
	static const char *const cases[] = {
		"65536", "99999999999999999999", "18446744073709551616", "18446744073709551696",
		"80,65536", "65536,80", "80-65536", "65536-65537", "70000-80000", "80,99999999999999999999",
		"4294967376",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_no_ports(cases[i]);
}

TEST(a_range_that_runs_backwards_is_refused)
{
	assert_no_ports("81-80");
	assert_no_ports("22,81-80");
	assert_no_ports("81-80,22");
	assert_no_ports("65535-0");
}

TEST(ports_are_added_to_what_is_there)
{
	static struct ports ports;
	struct err e;

	assert_int_equal(num_ports(&ports, "80", &e), 0);
	assert_int_equal(num_ports(&ports, "443", &e), 0);
	assert_int_equal(num_ports(&ports, "1,x", &e), -EINVAL);
	assert_true(ports_have(&ports, 80));
	assert_true(ports_have(&ports, 443));
	assert_false(ports_have(&ports, 1));
}

static const struct CMUnitTest tests[] = {
	IT(numbers_are_read_from_zero_to_the_largest),
	IT(what_is_no_number_is_refused),
	IT(the_bounds_of_a_range_belong_to_it),
	IT(the_message_tells_the_range),
	IT(a_duration_is_a_number_with_a_unit),
	IT(what_is_no_duration_is_refused),
	IT(a_size_is_a_number_with_a_power_of_1024),
	IT(what_is_no_size_is_refused),
	IT(the_bounds_of_sizes_belong_to_them),
	IT(ports_are_single_ones_and_ranges),
	IT(blanks_may_stand_around_a_port),
	IT(what_is_no_list_of_ports_is_refused),
	IT(a_port_above_65535_is_refused_wherever_it_stands),
	IT(a_range_that_runs_backwards_is_refused),
	IT(ports_are_added_to_what_is_there),
};

RUN_TESTS(tests)
