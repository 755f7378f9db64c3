// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdbool.h>

#include "base/hash.h"

/* The linker leads calloc() here (see meson.build): memory can be made to run out. */
static bool out_of_memory;
static int allocations;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return out_of_memory ? NULL : __real_calloc(count, size);
}

static void assert_has(const struct hash *h, uint64_t key, uint32_t value)
{
	const uint32_t *found = hash_find(h, key);

	assert_non_null(found);
	assert_int_equal(*found, value);
}

TEST(an_empty_map_has_nothing)
{
	struct hash h = { 0 };

	assert_null(hash_find(&h, 1));
	assert_null(hash_find(&h, 0));
	assert_null(hash_find(&h, UINT64_MAX));
	hash_remove(&h, 1);
	assert_int_equal(h.count, 0);
	hash_free(&h);
	hash_free(&h);
}

TEST(what_is_put_is_found)
{
	struct hash h = { 0 };

	assert_true(hash_put(&h, 1, 10));
	assert_true(hash_put(&h, UINT64_MAX, UINT32_MAX));
	assert_true(hash_put(&h, 1ULL << 63, 0));
	assert_has(&h, 1, 10);
	assert_has(&h, UINT64_MAX, UINT32_MAX);
	assert_has(&h, 1ULL << 63, 0);
	assert_null(hash_find(&h, 2));
	assert_int_equal(h.count, 3);
	hash_free(&h);
}

TEST(a_second_put_replaces_the_first)
{
	struct hash h = { 0 };

	assert_true(hash_put(&h, 7, 1));
	assert_true(hash_put(&h, 7, 2));
	assert_has(&h, 7, 2);
	assert_int_equal(h.count, 1);
	*hash_find(&h, 7) = 3;
	assert_has(&h, 7, 3);
	hash_free(&h);
}

TEST(there_is_no_key_zero)
{
	struct hash h = { 0 };

	assert_false(hash_put(&h, 0, 1));
	assert_true(hash_put(&h, 1, 1));
	assert_false(hash_put(&h, 0, 1));
	assert_null(hash_find(&h, 0));
	hash_remove(&h, 0);
	assert_int_equal(h.count, 1);
	hash_free(&h);
}

TEST(what_is_removed_is_gone_and_the_rest_stays)
{
	struct hash h = { 0 };

	for (uint64_t key = 1; key <= 1000; key++)
		assert_true(hash_put(&h, key, key * 3));
	for (uint64_t key = 1; key <= 1000; key += 2)
		hash_remove(&h, key);
	hash_remove(&h, 5000);
	assert_int_equal(h.count, 500);
	for (uint64_t key = 1; key <= 1000; key++) {
		if (key % 2)
			assert_null(hash_find(&h, key));
		else
			assert_has(&h, key, key * 3);
	}
	hash_free(&h);
}

TEST(it_is_at_most_three_quarters_full)
{
	struct hash h = { 0 };

	for (uint64_t key = 1; key <= 100000; key++) {
		assert_true(hash_put(&h, key << 32, key));
		assert_true(h.count * 4 <= h.room * 3);
		assert_int_equal(h.room & (h.room - 1), 0);
	}
	for (uint64_t key = 1; key <= 100000; key++)
		assert_has(&h, key << 32, key);
	hash_free(&h);
}

TEST(it_allocates_only_when_it_grows_past_all_it_ever_held)
{
	struct hash h = { 0 };
	int before;

	for (uint64_t key = 1; key <= 1000; key++)
		assert_true(hash_put(&h, key, 1));
	before = allocations;
	for (uint64_t key = 1; key <= 100000; key++) {
		hash_remove(&h, key);
		assert_true(hash_put(&h, key + 1000, 1));
	}
	assert_int_equal(allocations, before);
	assert_int_equal(h.count, 1000);
	hash_free(&h);
}

TEST(without_memory_nothing_changes)
{
	struct hash h = { 0 };
	uint64_t key = 1;

	out_of_memory = true;
	assert_false(hash_put(&h, 1, 1));
	assert_null(hash_find(&h, 1));
	out_of_memory = false;
	assert_true(hash_put(&h, 1, 1));
	out_of_memory = true;
	while (hash_put(&h, key + 1, key + 1))
		key++;
	out_of_memory = false;
	assert_int_equal(h.count, key);
	for (uint64_t k = 1; k <= key; k++)
		assert_has(&h, k, k);
	assert_true(hash_put(&h, key + 1, 5));
	hash_free(&h);
}

/* A small world of keys, so that they meet often; what is in it is also in a plain table. */
TEST(after_any_puts_and_removes_it_holds_what_a_table_holds)
{
	static uint32_t table[512]; /* 0: not there */
	struct hash h = { 0 };
	uint64_t random = 88172645463325252;

	for (uint32_t step = 1; step <= 300000; step++) {
		uint64_t key;

		random ^= random << 13, random ^= random >> 7, random ^= random << 17;
		key = random % 511 + 1;
		if (random >> 32 & 1) {
			assert_true(hash_put(&h, key * 0x10001, step));
			table[key] = step;
		} else {
			hash_remove(&h, key * 0x10001);
			table[key] = 0;
		}
		for (key = 1; step % 1000 == 0 && key < 512; key++) {
			if (table[key])
				assert_has(&h, key * 0x10001, table[key]);
			else
				assert_null(hash_find(&h, key * 0x10001));
		}
	}
	hash_free(&h);
}

static const struct CMUnitTest tests[] = {
	IT(an_empty_map_has_nothing),
	IT(what_is_put_is_found),
	IT(a_second_put_replaces_the_first),
	IT(there_is_no_key_zero),
	IT(what_is_removed_is_gone_and_the_rest_stays),
	IT(it_is_at_most_three_quarters_full),
	IT(it_allocates_only_when_it_grows_past_all_it_ever_held),
	IT(without_memory_nothing_changes),
	IT(after_any_puts_and_removes_it_holds_what_a_table_holds),
};

RUN_TESTS(tests)
