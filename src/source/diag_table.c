// SPDX-License-Identifier: BSD-2-Clause
#include "source/diag_table.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

struct diag_known *diag_table_find(struct diag_table *t, uint64_t cookie)
{
	uint32_t *i = hash_find(&t->by_cookie, cookie);

	return i ? &t->known[*i] : NULL;
}

static bool grow(struct diag_table *t)
{
	uint32_t room = t->room ? 2 * t->room : ROOM_FIRST;
	struct diag_known *known = reallocarray(t->known, room, sizeof(*known));

	if (!known)
		return false;
	t->known = known;
	t->room = room;
	return true;
}

struct diag_known *diag_table_add(struct diag_table *t, uint64_t cookie)
{
	struct diag_known *k;

	if (t->count == t->room && !grow(t))
		return NULL;
	if (!hash_put(&t->by_cookie, cookie, t->count))
		return NULL;
	k = &t->known[t->count++];
	memset(k, 0, sizeof(*k));
	k->e.cookie = cookie;
	return k;
}

void diag_table_remove(struct diag_table *t, struct diag_known *k)
{
	struct diag_known *last = &t->known[--t->count];

	hash_remove(&t->by_cookie, k->e.cookie);
	if (k == last)
		return;
	*hash_find(&t->by_cookie, last->e.cookie) = k - t->known;
	*k = *last;
}

void diag_table_free(struct diag_table *t)
{
	hash_free(&t->by_cookie);
	free(t->known);
	memset(t, 0, sizeof(*t));
}
