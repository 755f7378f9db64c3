// SPDX-License-Identifier: BSD-2-Clause
/*
 * From the kernel's counters of one TCP socket to a record: pure, no system calls.
 *
 * The counters mix the program's bytes with SYN and FIN, which count as one byte each:
 *	bytes_acked     written and acknowledged, + SYN (active side), + our FIN
 *	wqueue          write_seq - snd_una: written, not acknowledged (+ our FIN)
 *	bytes_received  arrived in order, + the peer's FIN
 *	rqueue          rcv_nxt - copied_seq: arrived, not read (+ the peer's FIN)
 *	bytes_sent      transmitted, without SYN and FIN; not exact when this host itself drops some
 * A destroyed socket is always in state CLOSE, and neither its last state, nor its error, nor
 * whether the peer's FIN came is told.  Clues make up for that; what stays open is a guess of one
 * byte, or of the outcome.
 *
 * tcp_disconnect() (a refused blocking connect, linger 0, a child never accepted) has wiped the
 * counters, the peer's port and an automatic local address before: only what a poll saw is left.
 */
#ifndef SOCKTAPE_SOURCE_DIAG_RECORD_H
#define SOCKTAPE_SOURCE_DIAG_RECORD_H

#include "source/diag_netlink.h"
#include "wire/event.h"

/* What is known beside the message of a socket's end. */
struct diag_clues {
	int state;    /* enum diag_state at the last poll; 0: no poll saw it */
	bool held;    /* and a program held it then */
	bool listens; /* somebody listens, or did, on the local port */
	enum diag_found found;
	unsigned int syn_retries; /* of the namespace */
};

/* False for what never was a session: a listener, a socket that was never connected. */
bool diag_was_session(const struct diag_msg *m);

bool diag_is_wiped(const struct diag_msg *m);
bool diag_was_established(const struct diag_msg *m);

/* Would looking up what is there now tell more? */
bool diag_wants_found(const struct diag_msg *m, const struct diag_clues *c, unsigned int direction);

/* A socket that is open: everything but times and owner. */
void diag_fill_open(struct event *e, const struct diag_msg *m);

/* One that was destroyed; `e` holds what a poll saw, or is empty. */
void diag_fill_end(struct event *e, const struct diag_msg *m, const struct diag_clues *c);

/* Of a session that is gone, and the message of its end is too. */
unsigned int diag_outcome_unseen(int state);

/* The age that the socket has at least, by what it remembers; `max` is what it has at most. */
uint64_t diag_age_ns(const struct diag_msg *m, uint64_t max);

#endif
