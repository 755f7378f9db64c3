// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ledger: what could have been recorded and was not, by cause.
 *	sessions delivered + lost = sessions that ended and were asked for
 */
#ifndef SOCKTAPE_CORE_LEDGER_H
#define SOCKTAPE_CORE_LEDGER_H

#include <stdint.h>

#include "base/buf.h"

struct ledger {
	uint64_t sessions; /* delivered: written to the output */
#define LOST(key, words) uint64_t key;
#define NOTE(key) uint64_t key;
#include "core/ledger.def"
#undef LOST
#undef NOTE
};

uint64_t ledger_lost(const struct ledger *l);

/* "12 sessions, 3 lost (ring full 3)" */
void ledger_text(struct buf *b, const struct ledger *l);

/* {"kind":"ledger","sessions":12,"lost":3,"lost_ring":3,…} without a line end */
void ledger_json(struct buf *b, const struct ledger *l);

#endif
