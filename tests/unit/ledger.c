// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>

#include "core/ledger.h"

static void assert_text(const struct ledger *l, const char *text)
{
	struct buf b = { 0 };

	ledger_text(&b, l);
	buf_char(&b, 0);
	assert_string_equal(b.data, text);
	buf_free(&b);
}

static char *json(const struct ledger *l)
{
	struct buf b = { 0 };

	ledger_json(&b, l);
	buf_char(&b, 0);
	assert_false(b.failed);
	return b.data;
}

/* The number that follows "key": in an object. */
static uint64_t member(const char *object, const char *key)
{
	char name[64];
	const char *at;

	snprintf(name, sizeof(name), "\"%s\":", key);
	at = strstr(object, name);
	assert_non_null(at);
	assert_null(strstr(at + 1, name));
	return strtoull(at + strlen(name), NULL, 10);
}

TEST(nothing_lost_is_said_in_four_words)
{
	struct ledger l = {
		.sessions = 12, .opened = 14, .open = 2, .filtered = 100, .rescued = 1
	};

	assert_text(&l, "12 sessions, 0 lost");
	l.sessions = 0;
	assert_text(&l, "0 sessions, 0 lost");
	l.sessions = 1;
	assert_text(&l, "1 session, 0 lost");
}

TEST(what_is_lost_is_said_with_its_causes)
{
	struct ledger l = { .sessions = 12, .lost_ring = 3 };

	assert_text(&l, "12 sessions, 3 lost (ring full 3)");
	l.lost_output = 4;
	assert_text(&l, "12 sessions, 7 lost (ring full 3, output failed 4)");
	l.lost_ring = 0;
	l.lost_unseen = 1;
	assert_text(&l, "12 sessions, 5 lost (end not seen 1, output failed 4)");
}

TEST(lost_is_the_sum_of_every_cause)
{
	struct ledger l = { 0 };
	uint64_t sum = 0, part = 1;

#define LOST(key, words) l.key = part, sum += part, part *= 10;
#define NOTE(key)        l.key = 1000000000;
#include "core/ledger.def"
#undef LOST
#undef NOTE
	assert_true(ledger_lost(&l) == sum);
	assert_true(sum >= 1111);
}

TEST(what_is_only_noted_is_not_lost)
{
	struct ledger l = { .sessions = 5 };

#define LOST(key, words)
#define NOTE(key) l.key = 7;
#include "core/ledger.def"
#undef LOST
#undef NOTE
	assert_int_equal(ledger_lost(&l), 0);
	assert_text(&l, "5 sessions, 0 lost");
}

TEST(the_object_begins_with_kind_sessions_and_lost)
{
	struct ledger l = { .sessions = 12, .lost_ring = 3, .lost_storage = 1 };
	char *object = json(&l);
	const char *begin = "{\"kind\":\"ledger\",\"sessions\":12,\"lost\":4,\"lost_ring\":3,";

	assert_memory_equal(object, begin, strlen(begin));
	assert_int_equal(object[strlen(object) - 1], '}');
	assert_null(strchr(object, '\n'));
	assert_null(strchr(object, ' '));
	free(object);
}

TEST(the_object_has_every_count_once)
{
	struct ledger l = { 0 };
	uint64_t value = 100;
	char *object;

#define LOST(key, words) l.key = value++;
#define NOTE(key)        l.key = value++;
#include "core/ledger.def"
#undef LOST
#undef NOTE
	object = json(&l);
	value = 100;
#define LOST(key, words) assert_true(member(object, #key) == value++);
#define NOTE(key)        assert_true(member(object, #key) == value++);
#include "core/ledger.def"
#undef LOST
#undef NOTE
	free(object);
}

TEST(the_largest_counts_are_written_in_full)
{
	struct ledger l = { .sessions = UINT64_MAX, .lost_unseen = UINT64_MAX, .open = UINT64_MAX };
	char *object = json(&l);

	assert_true(member(object, "sessions") == UINT64_MAX);
	assert_true(member(object, "lost_unseen") == UINT64_MAX);
	assert_true(member(object, "open") == UINT64_MAX);
	assert_text(&l, "18446744073709551615 sessions, 18446744073709551615 lost "
		    "(end not seen 18446744073709551615)");
	free(object);
}

static const struct CMUnitTest tests[] = {
	IT(nothing_lost_is_said_in_four_words),
	IT(what_is_lost_is_said_with_its_causes),
	IT(lost_is_the_sum_of_every_cause),
	IT(what_is_only_noted_is_not_lost),
	IT(the_object_begins_with_kind_sessions_and_lost),
	IT(the_object_has_every_count_once),
	IT(the_largest_counts_are_written_in_full),
};

RUN_TESTS(tests)
