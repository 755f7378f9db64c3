// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/num.h"
#include "base/opt.h"

struct command {
	bool time, timestamp, raw;
	const char *name;
	uint64_t pid, wait_ns, bytes;
	struct ports ports;
};

#define OPT(field, l, n, m, fn, ...) \
	{ .letter = l, .name = n, .metavar = m, .parse = fn, .help = "help of " n, \
	  .offset = offsetof(struct command, field), ##__VA_ARGS__ }

static const struct opt table[] = {
	OPT(time, 'T', "time", NULL, opt_flag),
	OPT(timestamp, 't', "timestamp", NULL, opt_flag),
	OPT(raw, 0, "raw-addr", NULL, opt_flag),
	OPT(name, 'n', "name", "NAME", opt_string),
	OPT(pid, 'p', "pid", "PID", opt_number, .min = 1, .max = 4194304),
	OPT(wait_ns, 'd', "duration", "TIME", opt_duration),
	OPT(bytes, 0, "ring", "SIZE", opt_size, .min = 64 << 10, .max = 1 << 30),
	OPT(ports, 'L', "localport", "PORTS", opt_ports),
	{ 0 },
};

static struct command c;
static struct err e;

/* Parses the words (at most 15, the command's name comes before them) into `c`. */
static int parse(const char *const *words)
{
	static char *argv[17];
	int argc = 1;

	argv[0] = (char *)"life";
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	argv[argc] = NULL;
	c = (struct command){ .pid = 77 };
	e = (struct err){ "" };
	return opt_parse(table, &c, argc, argv, &e);
}

#define PARSE(...) parse((const char *[]){ __VA_ARGS__, NULL })

#define ASSERT_REFUSED(message, ...) \
	do { \
		assert_int_equal(PARSE(__VA_ARGS__), -EINVAL); \
		assert_string_equal(e.msg, message); \
	} while (0)

TEST(no_words_leave_everything_as_it_was)
{
	assert_int_equal(parse((const char *[]){ NULL }), 1);
	assert_false(c.time || c.timestamp || c.raw);
	assert_int_equal(c.pid, 77);
	assert_null(c.name);
}

TEST(a_flag_is_given_by_letter_or_name)
{
	assert_int_equal(PARSE("-T"), 2);
	assert_true(c.time);
	assert_false(c.timestamp);
	assert_int_equal(PARSE("--time"), 2);
	assert_true(c.time);
	assert_int_equal(PARSE("--raw-addr"), 2);
	assert_true(c.raw);
	assert_false(c.time);
}

TEST(letters_can_stand_together)
{
	assert_int_equal(PARSE("-Ttp5"), 2);
	assert_true(c.time && c.timestamp);
	assert_int_equal(c.pid, 5);
	assert_int_equal(PARSE("-Ttp", "6"), 3);
	assert_int_equal(c.pid, 6);
}

TEST(an_argument_stands_in_the_same_word_or_the_next)
{
	assert_int_equal(PARSE("-p5"), 2);
	assert_int_equal(c.pid, 5);
	assert_int_equal(PARSE("-p", "6"), 3);
	assert_int_equal(c.pid, 6);
	assert_int_equal(PARSE("--pid=7"), 2);
	assert_int_equal(c.pid, 7);
	assert_int_equal(PARSE("--pid", "8"), 3);
	assert_int_equal(c.pid, 8);
	assert_int_equal(PARSE("--name="), 2);
	assert_string_equal(c.name, "");
	assert_int_equal(PARSE("-n", "-T"), 3);
	assert_string_equal(c.name, "-T");
	assert_false(c.time);
}

TEST(each_kind_reads_its_own_form)
{
	assert_int_equal(PARSE("-d", "1.5s", "--ring", "64K", "-L", "80,8000-8001", "-n", "x"), 9);
	assert_true(c.wait_ns == 1500000000);
	assert_true(c.bytes == 65536);
	assert_true(ports_have(&c.ports, 80) && ports_have(&c.ports, 8001));
	assert_false(ports_have(&c.ports, 8002));
	assert_string_equal(c.name, "x");
}

TEST(the_last_one_counts_and_ports_add_up)
{
	assert_int_equal(PARSE("-p1", "-p2", "-L80", "-L", "443"), 6);
	assert_int_equal(c.pid, 2);
	assert_true(ports_have(&c.ports, 80) && ports_have(&c.ports, 443));
}

TEST(the_bounds_of_a_number_are_kept)
{
	assert_int_equal(PARSE("-p1"), 2);
	assert_int_equal(PARSE("-p4194304"), 2);
	assert_int_equal(c.pid, 4194304);
	ASSERT_REFUSED("--pid: '0' is not a number from 1 to 4194304", "-p0");
	ASSERT_REFUSED("--pid: '4194305' is not a number from 1 to 4194304", "--pid=4194305");
	ASSERT_REFUSED("--pid: '-1' is not a number from 1 to 4194304", "-p", "-1");
	ASSERT_REFUSED("--pid: '12x' is not a number from 1 to 4194304", "-p12x");
	ASSERT_REFUSED("--pid: '' is not a number from 1 to 4194304", "--pid=");
	assert_int_equal(c.pid, 77);
}

TEST(a_refused_value_is_named_with_its_option)
{
	ASSERT_REFUSED("--duration: 'soon' is not a duration such as 10s, 500ms, 2m or 1h", "-d",
		       "soon");
	ASSERT_REFUSED("--ring: '1K' is not a size from 64K to 1024M, such as 8M", "--ring=1K");
	ASSERT_REFUSED("--localport: 'abc' is not a list of ports from 0 to 65535, such as 80,443 or "
		       "8000-8080", "-L", "abc");
}

TEST(the_first_other_word_is_told)
{
	assert_int_equal(PARSE("-T", "word"), 2);
	assert_int_equal(PARSE("-T", "--", "-t"), 3);
	assert_true(c.time);
	assert_false(c.timestamp);
	assert_int_equal(PARSE("--"), 2);
}

TEST(what_is_no_option_is_refused_by_its_name)
{
	ASSERT_REFUSED("'-z' is not an option (--help lists them)", "-z");
	ASSERT_REFUSED("'--zebra' is not an option (--help lists them)", "--zebra");
	ASSERT_REFUSED("'-z' is not an option (--help lists them)", "-Tz");
	ASSERT_REFUSED("'-z' is not an option (--help lists them)", "-zT");
	ASSERT_REFUSED("'-:' is not an option (--help lists them)", "-:");
	ASSERT_REFUSED("'-?' is not an option (--help lists them)", "-?");
}

TEST(the_message_names_the_wrong_option_and_not_the_one_before_it)
{
	ASSERT_REFUSED("'-z' is not an option (--help lists them)", "--time", "-z");
	ASSERT_REFUSED("'-z' is not an option (--help lists them)", "--time", "-zT");
	ASSERT_REFUSED("'-z' is not an option (--help lists them)", "--pid=5", "-Tzt");
	ASSERT_REFUSED("'--zebra' is not an option (--help lists them)", "-T", "--zebra", "-t");
}

TEST(an_argument_that_is_missing_is_asked_for)
{
	ASSERT_REFUSED("'-p' needs an argument: PID", "-p");
	ASSERT_REFUSED("'-p' needs an argument: PID", "-Tp");
	ASSERT_REFUSED("'-p' needs an argument: PID", "--time", "-Tp");
	ASSERT_REFUSED("'--pid' needs an argument: PID", "--pid");
	ASSERT_REFUSED("'--ring' needs an argument: SIZE", "-T", "--ring");
}

TEST(a_flag_takes_no_argument)
{
	ASSERT_REFUSED("'--time' takes no argument", "--time=5");
	ASSERT_REFUSED("'--raw-addr' takes no argument", "-T", "--raw-addr=", "-t");
}

TEST(the_beginning_of_a_name_is_enough_when_it_is_of_one_only)
{
	assert_int_equal(PARSE("--dur", "2s", "--loc=80"), 4);
	assert_true(c.wait_ns == 2000000000);
	assert_true(ports_have(&c.ports, 80));
	ASSERT_REFUSED("'--ti' may be any of --time, --timestamp", "--ti");
	ASSERT_REFUSED("'--r' may be any of --raw-addr, --ring", "-T", "--r", "-t");
}

/* As many rows as fit, none with a letter: the first and the last are found, too. */
TEST(sixty_four_options_are_not_too_many)
{
	static bool given[64];
	static char names[64][8];
	char *argv[] = { (char *)"life", (char *)"--o00", (char *)"--o63", NULL };
	struct opt many[65] = { 0 };

	for (int i = 0; i < 64; i++) {
		snprintf(names[i], sizeof(names[i]), "o%02d", i);
		many[i] = (struct opt){
			.name = names[i], .help = "", .parse = opt_flag, .offset = i
		};
	}
	assert_int_equal(opt_parse(many, given, 3, argv, &e), 3);
	for (int i = 0; i < 64; i++)
		assert_int_equal(given[i], i == 0 || i == 63);
}

TEST(nothing_is_printed)
{
	int out = dup(STDERR_FILENO), r;
	FILE *file = tmpfile();

	dup2(fileno(file), STDERR_FILENO);
	r = PARSE("-z");
	dup2(out, STDERR_FILENO);
	close(out);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
	fclose(file);
}

TEST(a_second_parse_begins_anew)
{
	assert_int_equal(PARSE("-Tz"), -EINVAL);
	assert_int_equal(PARSE("-p5"), 2);
	assert_int_equal(c.pid, 5);
	assert_false(c.time);
}

TEST(a_very_long_word_is_quoted_in_part)
{
	char word[1000] = "--";

	memset(word + 2, 'y', sizeof(word) - 3);
	assert_int_equal(PARSE(word), -EINVAL);
	assert_non_null(strstr(e.msg, "is not an option"));
	assert_true(strlen(e.msg) < 128);
}

TEST(the_help_has_a_line_for_each_option)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int lines = 0;

	opt_help(table, f);
	fclose(f);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, COUNT_OF(table) - 1);
	assert_non_null(strstr(text, "  -T, --time                 help of time\n"));
	assert_non_null(strstr(text, "      --ring SIZE            help of ring\n"));
	assert_non_null(strstr(text, "  -p, --pid PID              help of pid\n"));
	free(text);
}

static const struct CMUnitTest tests[] = {
	IT(no_words_leave_everything_as_it_was),
	IT(a_flag_is_given_by_letter_or_name),
	IT(letters_can_stand_together),
	IT(an_argument_stands_in_the_same_word_or_the_next),
	IT(each_kind_reads_its_own_form),
	IT(the_last_one_counts_and_ports_add_up),
	IT(the_bounds_of_a_number_are_kept),
	IT(a_refused_value_is_named_with_its_option),
	IT(the_first_other_word_is_told),
	IT(what_is_no_option_is_refused_by_its_name),
	IT(the_message_names_the_wrong_option_and_not_the_one_before_it),
	IT(an_argument_that_is_missing_is_asked_for),
	IT(a_flag_takes_no_argument),
	IT(the_beginning_of_a_name_is_enough_when_it_is_of_one_only),
	IT(sixty_four_options_are_not_too_many),
	IT(nothing_is_printed),
	IT(a_second_parse_begins_anew),
	IT(a_very_long_word_is_quoted_in_part),
	IT(the_help_has_a_line_for_each_option),
};

RUN_TESTS(tests)
