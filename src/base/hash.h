// SPDX-License-Identifier: BSD-2-Clause
/*
 * A map from 64-bit keys to 32-bit values: open addressing, linear probing, at most three quarters
 * full.  There is no key 0.  Adding allocates only when the map grows past all it ever held.
 */
#ifndef SOCKTAPE_BASE_HASH_H
#define SOCKTAPE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_slot {
	uint64_t key; /* 0: free */
	uint32_t value;
};

struct hash {
	struct hash_slot *slots;
	size_t room, count; /* room: 0 or a power of two */
};

/* NULL when it is not there; the pointer lives until the next put or remove. */
uint32_t *hash_find(const struct hash *h, uint64_t key);

/* Adds or replaces; false when there is no memory, and then nothing has changed. */
bool hash_put(struct hash *h, uint64_t key, uint32_t value);

void hash_remove(struct hash *h, uint64_t key);
void hash_free(struct hash *h);

#endif
