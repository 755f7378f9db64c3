// SPDX-License-Identifier: BSD-2-Clause
#include "source/diag_record.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"

enum { EXTRA_UNKNOWN = -1, EXTRA_MAX = 2 };

/* tcp_disconnect() leaves write_seq at least this far ahead where a SYN was sent before. */
#define WIPED_SYN_SENT 3

bool diag_is_wiped(const struct diag_msg *m)
{
	return !m->info.tcpi_segs_out && !m->info.tcpi_segs_in;
}

bool diag_was_session(const struct diag_msg *m)
{
	return m->has_info && (!diag_is_wiped(m) || m->id.idiag_wqueue >= WIPED_SYN_SENT);
}

/* The wiped write_seq is ahead by the peer's greatest window, too: 0 if it never answered. */
bool diag_was_established(const struct diag_msg *m)
{
	if (diag_is_wiped(m))
		return m->id.idiag_wqueue > WIPED_SYN_SENT;
	return m->info.tcpi_bytes_acked || m->info.tcpi_delivered;
}

/*
 * SYN and FIN among the sequence numbers that were sent: 0 for a passive side without FIN, 2 for
 * an active side with it.  Another difference means that bytes_sent is off.
 */
static int extra_sent(const struct diag_msg *m)
{
	const struct tcp_info *i = &m->info;
	uint64_t numbered = i->tcpi_bytes_acked + m->id.idiag_wqueue - i->tcpi_notsent_bytes;
	uint64_t extra = numbered - (i->tcpi_bytes_sent - i->tcpi_bytes_retrans);

	return extra <= EXTRA_MAX ? (int)extra : EXTRA_UNKNOWN;
}

/* Was our FIN queued? */
static bool fin_sent(int state)
{
	return state == DIAG_FIN_WAIT1 || state == DIAG_FIN_WAIT2 || state == DIAG_CLOSING ||
	       state == DIAG_LAST_ACK;
}

/* Has the peer's FIN come? */
static bool fin_came(int state)
{
	return state == DIAG_CLOSE_WAIT || state == DIAG_LAST_ACK || state == DIAG_CLOSING;
}

static uint64_t minus(uint64_t from, uint64_t what)
{
	return from > what ? from - what : 0;
}

/* A FIN that waits to be read is part of rqueue; one that was read is not, and `fin_read`. */
static uint64_t bytes_read(const struct diag_msg *m, bool fin_read)
{
	if (!m->info.tcpi_data_segs_in)
		return 0; /* then what came is the FIN alone */
	return minus(m->info.tcpi_bytes_received, m->id.idiag_rqueue + fin_read);
}

static uint64_t bytes_written(const struct diag_msg *m, unsigned int syn_and_fin)
{
	return minus(m->info.tcpi_bytes_acked + m->id.idiag_wqueue, syn_and_fin);
}

static void fill_addresses(struct event *e, const struct diag_msg *m)
{
	const struct inet_diag_sockid *id = &m->id.id;

	e->family = m->id.idiag_family;
	e->lport = ntohs(id->idiag_sport);
	e->rport = ntohs(id->idiag_dport);
	memcpy(e->laddr, id->idiag_src, sizeof(e->laddr));
	memcpy(e->raddr, id->idiag_dst, sizeof(e->raddr));
}

static uint32_t min_rtt_us(const struct tcp_info *i)
{
	return i->tcpi_min_rtt == ~0U ? 0 : i->tcpi_min_rtt;
}

static void fill_counts(struct event *e, const struct diag_msg *m)
{
	const struct tcp_info *i = &m->info;

	e->segs_out = i->tcpi_segs_out;
	e->segs_in = i->tcpi_segs_in;
	e->retrans = i->tcpi_total_retrans;
	e->srtt_us = i->tcpi_rtt;
	e->min_rtt_us = min_rtt_us(i);
}

/* An active side is one ahead: its SYN was acknowledged as if it were a byte. */
static unsigned int direction_open(const struct diag_msg *m)
{
	int state = m->id.idiag_state, extra = extra_sent(m);

	if (state == DIAG_SYN_SENT)
		return DIRECTION_ACTIVE;
	if (state != m->info.tcpi_state)
		return DIRECTION_UNKNOWN; /* wqueue was read in between: a FIN may be in it or not */
	if (fin_sent(state) && !m->info.tcpi_notsent_bytes)
		extra--;
	return extra == 1 ? DIRECTION_ACTIVE : extra == 0 ? DIRECTION_PASSIVE : DIRECTION_UNKNOWN;
}

void diag_fill_open(struct event *e, const struct diag_msg *m)
{
	int state = m->id.idiag_state;

	if (!e->direction)
		e->direction = direction_open(m);
	fill_addresses(e, m);
	fill_counts(e, m);
	e->tx_bytes = bytes_written(m, (e->direction == DIRECTION_ACTIVE) + fin_sent(state));
	e->rx_bytes = bytes_read(m, fin_came(state) && !m->id.idiag_rqueue);
	e->flags |= m->is_mptcp ? EVENT_MPTCP : 0;
}

/* Only a FIN that was read and one that never came look the same. */
static bool fin_in_doubt(const struct diag_msg *m, const struct diag_clues *c)
{
	return m->info.tcpi_data_segs_in && !m->id.idiag_rqueue && !m->id.idiag_wqueue &&
	       !fin_came(c->state) && !fin_sent(c->state);
}

bool diag_wants_found(const struct diag_msg *m, const struct diag_clues *c, unsigned int direction)
{
	int extra = extra_sent(m);

	if (diag_is_wiped(m)) /* the peer's port is, too: only a listener can be found */
		return !direction && diag_was_established(m);
	if (!direction && extra != 0 && extra != EXTRA_MAX)
		return true;
	return fin_in_doubt(m, c) && extra != (direction == DIRECTION_ACTIVE);
}

/*
 * A segment was delivered that was neither the first one (SYN, or what answered it) nor data, and
 * none was sent twice: our FIN, if it went alone.
 */
static bool fin_delivered(const struct tcp_info *i)
{
	return !i->tcpi_total_retrans && i->tcpi_delivered == i->tcpi_data_segs_out + 2;
}

/* TIME_WAIT comes only after a FIN of ours, so that what else is extra is the SYN. */
static unsigned int direction_end(const struct diag_msg *m, const struct diag_clues *c,
				  unsigned int polled)
{
	int extra = extra_sent(m);

	if (!diag_was_established(m))
		return DIRECTION_ACTIVE;
	if (!diag_is_wiped(m) && (extra == 0 || extra == EXTRA_MAX))
		return extra ? DIRECTION_ACTIVE : DIRECTION_PASSIVE;
	if (polled)
		return polled;
	if (extra == 1 && (c->found == DIAG_FOUND_TIME_WAIT || fin_delivered(&m->info)))
		return DIRECTION_PASSIVE;
	return c->found == DIAG_FOUND_LISTENER || c->listens ? DIRECTION_PASSIVE : DIRECTION_ACTIVE;
}

static bool our_fin(const struct event *e, const struct diag_msg *m, const struct diag_clues *c)
{
	int extra = extra_sent(m);

	if (c->found == DIAG_FOUND_TIME_WAIT || fin_sent(c->state))
		return true;
	if (extra == EXTRA_UNKNOWN)
		return !m->id.idiag_wqueue;
	return extra > (e->direction == DIRECTION_ACTIVE);
}

/*
 * Who closes first is in TIME_WAIT, and the peer's FIN came to that instead of to the socket; who
 * closes second has read it.  Of those who shut down only their sending first, a poll may know.
 */
static bool fin_was_read(const struct diag_msg *m, const struct diag_clues *c, bool fin_out)
{
	if (m->id.idiag_rqueue)
		return false;
	if (fin_came(c->state))
		return true;
	if (fin_sent(c->state))
		return c->held;
	return fin_out && !m->id.idiag_wqueue && c->found != DIAG_FOUND_TIME_WAIT;
}

/* The kernel gives a connect up after syn_retries; it wipes what a blocking one leaves. */
static unsigned int outcome_of_connect(const struct diag_msg *m, const struct diag_clues *c)
{
	if (m->info.tcpi_retransmits > c->syn_retries)
		return OUTCOME_TIMED_OUT;
	if (diag_is_wiped(m))
		return m->info.tcpi_retransmits ? OUTCOME_UNREACHABLE : OUTCOME_REFUSED;
	return m->info.tcpi_segs_in ? OUTCOME_REFUSED : OUTCOME_ABORTED;
}

/* A child that a poll saw before anybody accepted it, or a reset from here. */
static unsigned int outcome_of_wiped(const struct event *e, const struct diag_clues *c)
{
	if (e->flags & EVENT_MPTCP)
		return OUTCOME_CLOSED; /* how the kernel puts subflows away */
	if (e->direction == DIRECTION_PASSIVE && c->state && !c->held && !fin_sent(c->state))
		return OUTCOME_NEVER_ACCEPTED;
	return OUTCOME_RESET_HERE;
}

static unsigned int outcome_end(const struct event *e, const struct diag_msg *m,
				const struct diag_clues *c, bool fin_out)
{
	if (!diag_was_established(m))
		return outcome_of_connect(m, c);
	if (diag_is_wiped(m))
		return outcome_of_wiped(e, c);
	if (c->found == DIAG_FOUND_TIME_WAIT || (fin_out && !m->id.idiag_wqueue))
		return OUTCOME_CLOSED;
	if (m->info.tcpi_probes || m->info.tcpi_retransmits)
		return OUTCOME_TIMED_OUT;
	if (!fin_out && m->id.idiag_rqueue)
		return OUTCOME_RESET_HERE; /* closed with unread data */
	return OUTCOME_RESET_BY_PEER;
}

/* Of a wiped socket the poll's numbers stay, and the addresses where it had some. */
static void fill_wiped(struct event *e, const struct diag_msg *m)
{
	struct event polled = *e;

	fill_addresses(e, m);
	e->min_rtt_us = min_rtt_us(&m->info); /* survives */
	if (!polled.rport)
		return;
	memcpy(e->laddr, polled.laddr, sizeof(e->laddr));
	memcpy(e->raddr, polled.raddr, sizeof(e->raddr));
	e->rport = polled.rport;
}

void diag_fill_end(struct event *e, const struct diag_msg *m, const struct diag_clues *c)
{
	int extra = extra_sent(m);
	bool fin_out;

	e->direction = direction_end(m, c, e->direction);
	fin_out = our_fin(e, m, c);
	e->outcome = outcome_end(e, m, c, fin_out);
	if (diag_is_wiped(m)) {
		fill_wiped(e, m);
		return;
	}
	if (extra == EXTRA_UNKNOWN)
		extra = (e->direction == DIRECTION_ACTIVE) + fin_out;
	else
		extra += m->info.tcpi_notsent_bytes && fin_sent(c->state); /* the FIN not sent yet */
	fill_addresses(e, m);
	fill_counts(e, m);
	e->tx_bytes = bytes_written(m, extra);
	e->rx_bytes = bytes_read(m, fin_was_read(m, c, fin_out));
}

/*
 * `aborted` where nothing shows that an end had begun: it says that the session was not seen to its
 * end, where `closed` would say that all was well.
 */
unsigned int diag_outcome_unseen(int state)
{
	return fin_sent(state) || fin_came(state) ? OUTCOME_CLOSED : OUTCOME_ABORTED;
}

static uint64_t longer(uint64_t age, uint64_t candidate, uint64_t max)
{
	return candidate > age && candidate <= max ? candidate : age;
}

/* The times since the last segments; where there was none, since the machine's start: above max. */
uint64_t diag_age_ns(const struct diag_msg *m, uint64_t max)
{
	uint64_t age = 0;

	age = longer(age, m->info.tcpi_last_data_sent * NS_PER_MS, max);
	age = longer(age, m->info.tcpi_last_data_recv * NS_PER_MS, max);
	age = longer(age, m->info.tcpi_last_ack_recv * NS_PER_MS, max);
	return longer(age, m->info.tcpi_busy_time * 1000, max);
}
