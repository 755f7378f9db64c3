// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "core/field.h"

static struct columns c;
static struct err e;

static void assert_columns(const char *list)
{
	char keys[COLUMNS_MAX * 16] = "";

	for (size_t i = 0; i < c.count; i++)
		snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), "%s%s", i ? "," : "",
			 c.field[i]->key);
	assert_string_equal(keys, list);
}

static int empty(void **state)
{
	(void)state;
	c = (struct columns){ 0 };
	return 0;
}

/* Refused, and the columns are as they were. */
static void assert_refused(const char *list, const char *message)
{
	struct columns before = c;

	assert_int_equal(columns_add(&c, list, &e), -EINVAL);
	assert_memory_equal(&c, &before, sizeof(c));
	assert_string_equal(e.msg, message);
}

TEST(a_list_is_taken_in_its_order)
{
	assert_int_equal(columns_add(&c, "rport,pid,comm", &e), 0);
	assert_columns("rport,pid,comm");
}

TEST(a_second_list_comes_after_the_first)
{
	assert_int_equal(columns_add(&c, "pid", &e), 0);
	assert_int_equal(columns_add(&c, "ms,outcome", &e), 0);
	assert_columns("pid,ms,outcome");
}

TEST(every_key_is_found)
{
	for (size_t i = 0; i < field_count; i++) {
		assert_ptr_equal(field_find(fields[i].key, strlen(fields[i].key)), &fields[i]);
		assert_int_equal(empty(NULL), 0);
		assert_int_equal(columns_add(&c, fields[i].key, &e), 0);
		assert_columns(fields[i].key);
	}
}

TEST(part_of_a_key_is_not_the_key)
{
	assert_null(field_find("pi", 2));
	assert_null(field_find("pidx", 4));
	assert_ptr_equal(field_find("pidx", 3), field_find("pid", 3));
	assert_null(field_find("", 0));
	assert_null(field_find("PID", 3));
	assert_null(field_find("tx_", 3));
}

TEST(all_are_those_that_say_something_new)
{
	columns_all(&c);
	assert_columns("pid,comm,uid,netns,cgroup,laddr,lport,raddr,rport,direction,outcome,adopted,label,"
		       "tx_bytes,rx_bytes,duration_ns,connect_ns,opened_ns,established_ns,ended_ns,"
		       "opened_unix_ns,ip,tid,thread_comm,owner_by,opener_pid,opener_comm,cookie,segs_out,"
		       "segs_in,retrans,srtt_us,min_rtt_us,mptcp,error");
}

TEST(an_unknown_name_is_refused_with_the_nearest)
{
	assert_refused("lprot",
		       "there is no column 'lprot'; nearest is 'lport', -O help lists all");
	assert_refused("outcom",
		       "there is no column 'outcom'; nearest is 'outcome', -O help lists all");
	assert_refused("PID", "there is no column 'PID'; nearest is 'pid', -O help lists all");
	assert_refused("by", "there is no column 'by'; nearest is 'owner_by', -O help lists all");
	assert_refused("commm", "there is no column 'commm'; nearest is 'comm', -O help lists all");
	assert_refused("duration", "there is no column 'duration'; nearest is 'duration_ns', -O help lists "
		       "all");
	assert_refused("retran",
		       "there is no column 'retran'; nearest is 'retrans', -O help lists all");
	assert_refused("pid,tx_byte", "there is no column 'tx_byte'; nearest is 'tx_bytes', -O help lists "
		       "all");
}

TEST(an_empty_name_is_refused)
{
	static const char *const cases[] = { "", ",", "pid,", ",pid", "pid,,comm", "pid ", " pid" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(columns_add(&c, cases[i], &e), -EINVAL);
		assert_int_equal(c.count, 0);
	}
	assert_refused("pid,", "a column's name is missing; -O help lists all");
}

TEST(a_very_long_name_is_quoted_in_part)
{
	char name[2000];

	memset(name, 'z', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_int_equal(columns_add(&c, name, &e), -EINVAL);
	assert_non_null(strstr(e.msg, "-O help lists all"));
	assert_true(strlen(e.msg) < 160);
}

TEST(sixty_four_columns_fit_and_one_more_is_refused)
{
	char list[COLUMNS_MAX * 3 + 8] = "ip";

	for (int i = 1; i < COLUMNS_MAX; i++)
		strcat(list, ",ip");
	assert_int_equal(columns_add(&c, list, &e), 0);
	assert_int_equal(c.count, COLUMNS_MAX);
	assert_refused("pid", "more than 64 columns");
	empty(NULL);
	strcat(list, ",ip");
	assert_refused(list, "more than 64 columns");
}

TEST(every_field_is_described_and_named_once)
{
	for (size_t i = 0; i < field_count; i++) {
		const struct field *f = &fields[i];

		assert_true(*f->key && *f->title && *f->help);
		assert_non_null(f->unit);
		assert_non_null(f->get);
		assert_true(f->width > 0 && f->wide >= f->width);
		assert_int_equal(strcspn(f->title, ",\"\t\n"), strlen(f->title));
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(f->key, fields[k].key);
			assert_string_not_equal(f->title, fields[k].title);
		}
	}
}

TEST(the_help_has_a_line_for_each_field)
{
	char *text = NULL, *line;
	size_t size, i = 0;
	FILE *f = open_memstream(&text, &size);

	fields_help(f);
	fclose(f);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), i++) {
		assert_memory_equal(line, fields[i].key, strlen(fields[i].key));
		assert_int_equal(line[strlen(fields[i].key)], ' ');
		assert_non_null(strstr(line, fields[i].help));
	}
	assert_int_equal(i, field_count);
	free(text);
}

#define FROM_EMPTY(sentence) cmocka_unit_test_setup(sentence, empty)

static const struct CMUnitTest tests[] = {
	FROM_EMPTY(a_list_is_taken_in_its_order),
	FROM_EMPTY(a_second_list_comes_after_the_first),
	FROM_EMPTY(every_key_is_found),
	FROM_EMPTY(part_of_a_key_is_not_the_key),
	FROM_EMPTY(all_are_those_that_say_something_new),
	FROM_EMPTY(an_unknown_name_is_refused_with_the_nearest),
	FROM_EMPTY(an_empty_name_is_refused),
	FROM_EMPTY(a_very_long_name_is_quoted_in_part),
	FROM_EMPTY(sixty_four_columns_fit_and_one_more_is_refused),
	FROM_EMPTY(every_field_is_described_and_named_once),
	FROM_EMPTY(the_help_has_a_line_for_each_field),
};

RUN_TESTS(tests)
