// SPDX-License-Identifier: BSD-2-Clause
#include "core/ledger.h"

#include <inttypes.h>
#include <stddef.h>

struct count {
	const char *key, *words; /* words: NULL where it is no loss */
	size_t offset;
};

static const struct count counts[] = {
#define LOST(key, words) { #key, words, offsetof(struct ledger, key) },
#define NOTE(key) { #key, NULL, offsetof(struct ledger, key) },
#include "core/ledger.def"
#undef LOST
#undef NOTE
};

#define COUNTS (sizeof(counts) / sizeof(*counts))

static uint64_t value(const struct ledger *l, const struct count *c)
{
	return *(const uint64_t *)((const char *)l + c->offset);
}

uint64_t ledger_lost(const struct ledger *l)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < COUNTS; i++)
		if (counts[i].words)
			lost += value(l, &counts[i]);
	return lost;
}

void ledger_text(struct buf *b, const struct ledger *l)
{
	const char *before = " (";

	buf_printf(b, "%" PRIu64 " session%s, %" PRIu64 " lost", l->sessions,
		   l->sessions == 1 ? "" : "s", ledger_lost(l));
	for (size_t i = 0; i < COUNTS; i++) {
		if (!counts[i].words || !value(l, &counts[i]))
			continue;
		buf_printf(b, "%s%s %" PRIu64, before, counts[i].words, value(l, &counts[i]));
		before = ", ";
	}
	if (ledger_lost(l))
		buf_char(b, ')');
}

void ledger_json(struct buf *b, const struct ledger *l)
{
	buf_printf(b, "{\"kind\":\"ledger\",\"sessions\":%" PRIu64 ",\"lost\":%" PRIu64, l->sessions,
		   ledger_lost(l));
	for (size_t i = 0; i < COUNTS; i++)
		buf_printf(b, ",\"%s\":%" PRIu64, counts[i].key, value(l, &counts[i]));
	buf_char(b, '}');
}
