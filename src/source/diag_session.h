// SPDX-License-Identifier: BSD-2-Clause
/*
 * What becomes of the messages: sessions that begin, are seen, end, or go without a word.
 */
#ifndef SOCKTAPE_SOURCE_DIAG_SESSION_H
#define SOCKTAPE_SOURCE_DIAG_SESSION_H

#include "base/num.h"
#include "source/diag_flush.h"
#include "source/diag_netlink.h"
#include "source/diag_table.h"
#include "source/source.h"

/* The state of the source. */
struct diag_sessions {
	struct diag_netlink netlink;
	struct diag_flush flush;
	struct diag_table table;
	struct ports listened;    /* local ports that somebody listens on, or did */
	uint32_t netns;
	unsigned int syn_retries; /* of that namespace */
	bool starting;            /* what a poll finds now was there before */
	bool ended;
	uint32_t poll;            /* the number of the last one */
	uint64_t poll_ns;         /* when the last complete one began */
	uint64_t next_poll_ns;    /* not before */
	uint32_t drops;           /* messages, as the kernel counts them */
	uint64_t dropped;         /* the same, beyond 2^32 */
	int64_t wall_offset_ns;   /* the wall clock minus the monotonic one */
	uint64_t opened, adopted, open, filtered, rescued;
};

/* A message that a socket was destroyed. */
diag_fn diag_session_ended;

/* A socket that the current poll sees. */
diag_fn diag_session_seen;

/* After a poll: those it missed.  After one that broke off: nobody is missed. */
void diag_session_settle(struct source *s);
void diag_session_excuse(struct source *s);

/* After the last one: those that are open, and those that are not and were never heard of. */
void diag_session_settle_all(struct source *s);

/* Reads how many messages were dropped.  The second: how many of them no poll made good. */
void diag_session_count_drops(struct diag_sessions *d);
uint64_t diag_session_lost(const struct diag_sessions *d);

#endif
