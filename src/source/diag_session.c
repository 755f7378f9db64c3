// SPDX-License-Identifier: BSD-2-Clause
#include "source/diag_session.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "source/diag_record.h"

#define POLLS_MISSED     2     /* a walk over the kernel's table may pass a socket by once */
#define POLLS_WAITED     600   /* then no message is waited for: sockets of the kernel send none */
#define POLLS_REMEMBERED 36000 /* then a message that comes after all makes a second record */

static void deliver(struct source *s, const struct event *e)
{
	struct diag_sessions *d = s->state;
	struct session ret = { .e = *e, .opened_unix_ns = e->opened_ns + d->wall_offset_ns };

	if (filter_match(&s->config->filter, &ret))
		s->emit(s->ctx, &ret);
	else
		d->filtered++;
}

/* The session is over, and what the last poll saw is all that is known. */
static void deliver_as_seen(struct source *s, struct diag_known *k, enum diag_told told)
{
	struct diag_sessions *d = s->state;

	k->told = told;
	k->e.ended_ns = clock_mono_ns();
	k->e.outcome = diag_outcome_unseen(k->state);
	d->rescued += told == DIAG_TOLD_RESCUED;
	deliver(s, &k->e);
}

/* A program may connect one socket several times; its cookie stays. */
static bool same_session(const struct diag_known *k, const struct diag_msg *m)
{
	return diag_is_wiped(m) || (k->e.lport == ntohs(m->id.id.idiag_sport) &&
				    k->e.rport == ntohs(m->id.id.idiag_dport) &&
				    !memcmp(k->e.raddr, m->id.id.idiag_dst, sizeof(k->e.raddr)));
}

/* What is known of the session, after an earlier one of the same socket has been dealt with. */
static struct diag_known *find(struct source *s, const struct diag_msg *m)
{
	struct diag_sessions *d = s->state;
	struct diag_known *k = diag_table_find(&d->table, m->cookie);

	if (!k || same_session(k, m))
		return k;
	if (!k->told)
		deliver_as_seen(s, k, DIAG_TOLD_LATE);
	diag_table_remove(&d->table, k);
	return NULL;
}

/* A session that no poll had seen: it began after the last one. */
static void begin(struct diag_sessions *d, struct event *e, const struct diag_msg *m)
{
	uint64_t now = clock_mono_ns();

	e->netns = d->netns;
	e->opened_ns = now;
	if (d->starting) {
		e->flags = EVENT_ADOPTED;
		d->adopted++;
		return;
	}
	e->opened_ns -= diag_age_ns(m, now - d->poll_ns);
	if (diag_was_established(m))
		e->established_ns = e->opened_ns;
	d->opened++;
}

/* A poll saw it connecting; now the connection stands, or did. */
static void note_established(struct diag_known *k, const struct diag_msg *m)
{
	uint64_t now = clock_mono_ns();

	if (k->state == DIAG_SYN_SENT && !k->e.established_ns && diag_was_established(m))
		k->e.established_ns = now - diag_age_ns(m, now - k->e.opened_ns);
}

static void note_listener(struct diag_sessions *d, uint16_t port)
{
	d->listened.bits[port >> 6] |= 1UL << (port & 63);
}

static void set_clues(struct diag_sessions *d, struct diag_clues *ret, const struct diag_known *k,
		      const struct diag_msg *m)
{
	uint16_t lport = ntohs(m->id.id.idiag_sport);

	*ret = (struct diag_clues){
		.state = k ? k->state : 0,
		.held = k && k->inode,
		.syn_retries = d->syn_retries,
	};
	if (diag_wants_found(m, ret, k ? k->e.direction : DIRECTION_UNKNOWN))
		ret->found = diag_netlink_find(&d->netlink, m);
	if (ret->found == DIAG_FOUND_LISTENER)
		note_listener(d, lport);
	ret->listens = ports_have(&d->listened, lport);
}

/* The message of a session that has been delivered without it. */
static void end_told(struct diag_sessions *d, struct diag_known *k)
{
	d->rescued -= k->told == DIAG_TOLD_RESCUED; /* it was not dropped: the program closed late */
	diag_table_remove(&d->table, k);
}

void diag_session_ended(void *ctx, const struct diag_msg *m)
{
	struct source *s = ctx;
	struct diag_sessions *d = s->state;
	struct diag_known *k = find(s, m);
	struct event e = { .cookie = m->cookie };
	struct diag_clues clues;

	if (diag_flush_take(&d->flush, m->cookie))
		return;
	if (k && k->told) {
		end_told(d, k);
		return;
	}
	if (!k && !diag_was_session(m)) {
		note_listener(d, ntohs(m->id.id.idiag_sport)); /* at its end, or one that was bound only */
		return;
	}
	set_clues(d, &clues, k, m);
	if (k) {
		note_established(k, m);
		e = k->e;
		diag_table_remove(&d->table, k);
	} else {
		begin(d, &e, m);
	}
	diag_fill_end(&e, m, &clues);
	e.ended_ns = clock_mono_ns();
	deliver(s, &e);
}

static void remember(struct diag_sessions *d, struct diag_known *k, const struct diag_msg *m)
{
	note_established(k, m);
	diag_fill_open(&k->e, m);
	if (k->e.rank == RANK_NONE)
		k->e.owner.uid = m->id.idiag_uid;
	k->e.flags |= EVENT_UID;
	k->e.owner.cgroup = m->cgroup;
	k->inode = m->id.idiag_inode;
	k->state = m->id.idiag_state;
	k->poll = d->poll;
	k->drops = d->drops;
}

void diag_session_seen(void *ctx, const struct diag_msg *m)
{
	struct source *s = ctx;
	struct diag_sessions *d = s->state;
	struct diag_known *k;

	if (!m->has_info)
		return;
	if (m->id.idiag_state == DIAG_LISTEN) {
		note_listener(d, ntohs(m->id.id.idiag_sport));
		return;
	}
	k = find(s, m);
	if (!k) {
		k = diag_table_add(&d->table, m->cookie);
		if (!k)
			return; /* no memory: the message of its end will do */
		begin(d, &k->e, m);
	}
	remember(d, k, m);
}

/* Was a message dropped since a poll saw it? */
static bool may_be_lost(const struct diag_sessions *d, const struct diag_known *k)
{
	return k->drops != d->drops && diag_session_lost(d);
}

void diag_session_settle(struct source *s)
{
	struct diag_sessions *d = s->state;

	for (uint32_t i = d->table.count; i-- > 0;) {
		struct diag_known *k = &d->table.known[i];
		uint32_t missed = d->poll - k->poll;

		if (k->told && missed > POLLS_REMEMBERED)
			diag_table_remove(&d->table, k);
		else if (!k->told && missed >= POLLS_MISSED && may_be_lost(d, k))
			deliver_as_seen(s, k, DIAG_TOLD_RESCUED);
		else if (!k->told && missed > POLLS_WAITED)
			deliver_as_seen(s, k, DIAG_TOLD_LATE);
	}
}

void diag_session_excuse(struct source *s)
{
	struct diag_sessions *d = s->state;

	for (uint32_t i = 0; i < d->table.count; i++)
		d->table.known[i].poll = d->poll;
}

static void settle_open(struct source *s, struct diag_known *k)
{
	struct diag_sessions *d = s->state;
	struct session ret = { .e = k->e, .opened_unix_ns = k->e.opened_ns + d->wall_offset_ns };

	ret.e.ended_ns = clock_mono_ns();
	ret.e.outcome = OUTCOME_OPEN;
	if (s->config->send_open && filter_match(&s->config->filter, &ret))
		s->emit(s->ctx, &ret);
	else
		d->open++;
}

void diag_session_settle_all(struct source *s)
{
	struct diag_sessions *d = s->state;

	for (uint32_t i = 0; i < d->table.count; i++) {
		struct diag_known *k = &d->table.known[i];

		if (k->told)
			continue;
		if (k->poll == d->poll)
			settle_open(s, k);
		else
			deliver_as_seen(s, k, may_be_lost(d, k) ? DIAG_TOLD_RESCUED : DIAG_TOLD_LATE);
	}
}

void diag_session_count_drops(struct diag_sessions *d)
{
	uint32_t drops = diag_netlink_drops(&d->netlink);

	d->dropped += (uint32_t)(drops - d->drops);
	d->drops = drops;
}

uint64_t diag_session_lost(const struct diag_sessions *d)
{
	return d->dropped > d->rescued ? d->dropped - d->rescued : 0;
}
