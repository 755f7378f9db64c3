// SPDX-License-Identifier: BSD-2-Clause
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

/* Fibonacci hashing: keys that count upwards, as cookies do, spread over the whole map. */
static size_t home(const struct hash *h, uint64_t key)
{
	return (key * 0x9e3779b97f4a7c15ULL >> 32) & (h->room - 1);
}

/* Where the key is, or the free slot where it would be.  There is always a free slot. */
static struct hash_slot *probe(const struct hash *h, uint64_t key)
{
	size_t i = home(h, key);

	while (h->slots[i].key && h->slots[i].key != key)
		i = (i + 1) & (h->room - 1);
	return &h->slots[i];
}

uint32_t *hash_find(const struct hash *h, uint64_t key)
{
	struct hash_slot *slot = h->room && key ? probe(h, key) : NULL;

	return slot && slot->key ? &slot->value : NULL;
}

static bool grow(struct hash *h)
{
	struct hash bigger = { .room = h->room ? 2 * h->room : ROOM_FIRST, .count = h->count };

	bigger.slots = calloc(bigger.room, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < h->room; i++)
		if (h->slots[i].key)
			*probe(&bigger, h->slots[i].key) = h->slots[i];
	free(h->slots);
	*h = bigger;
	return true;
}

bool hash_put(struct hash *h, uint64_t key, uint32_t value)
{
	struct hash_slot *slot;

	if (!key || ((h->count + 1) * 4 > h->room * 3 && !grow(h)))
		return false;
	slot = probe(h, key);
	h->count += !slot->key;
	*slot = (struct hash_slot){ .key = key, .value = value };
	return true;
}

/* Moves what stands behind the hole and may stand in it, so that no search ends too early. */
void hash_remove(struct hash *h, uint64_t key)
{
	struct hash_slot *hole = h->room && key ? probe(h, key) : NULL;
	size_t mask = h->room - 1, to, from;

	if (!hole || !hole->key)
		return;
	to = from = hole - h->slots;
	while (from = (from + 1) & mask, h->slots[from].key) {
		if (((from - home(h, h->slots[from].key)) & mask) < ((from - to) & mask))
			continue;
		h->slots[to] = h->slots[from];
		to = from;
	}
	h->slots[to].key = 0;
	h->count--;
}

void hash_free(struct hash *h)
{
	free(h->slots);
	memset(h, 0, sizeof(*h));
}
