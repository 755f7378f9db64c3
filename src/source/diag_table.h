// SPDX-License-Identifier: BSD-2-Clause
/*
 * The sessions that a poll saw, by cookie.  Entries stand side by side: removing one moves the last
 * into its place, so that a walk from the end may remove what it is at.  It never shrinks.
 */
#ifndef SOCKTAPE_SOURCE_DIAG_TABLE_H
#define SOCKTAPE_SOURCE_DIAG_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "wire/event.h"

/* Delivered, though the message of its end has not come. */
enum diag_told {
	DIAG_TOLD_NOT,
	DIAG_TOLD_LATE,    /* no message is waited for any more */
	DIAG_TOLD_RESCUED, /* the message was dropped, as it seems */
};

struct diag_known {
	struct event e; /* as of the last poll that saw it */
	uint32_t inode; /* 0: no program held it */
	uint32_t poll;  /* the number of that poll */
	uint32_t drops; /* of messages, before that poll */
	uint8_t state;  /* enum diag_state */
	uint8_t told;   /* enum diag_told */
};

struct diag_table {
	struct hash by_cookie; /* -> index */
	struct diag_known *known;
	uint32_t count, room;
};

struct diag_known *diag_table_find(struct diag_table *t, uint64_t cookie);

/* A zeroed entry; NULL when there is no memory.  Pointers to others are void afterwards. */
struct diag_known *diag_table_add(struct diag_table *t, uint64_t cookie);

void diag_table_remove(struct diag_table *t, struct diag_known *k);
void diag_table_free(struct diag_table *t);

#endif
