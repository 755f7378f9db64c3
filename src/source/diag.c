// SPDX-License-Identifier: BSD-2-Clause
/*
 * Socket diagnosis as a source: sessions without kernel programs and without rights.
 *
 * The kernel multicasts a message for each TCP socket that is destroyed.  It has the last counters,
 * but no times, no owner and not how the session ended, and where the counters were wiped before it
 * has not even those.  So a poll, at most once a second, remembers what the open sockets look like.
 *
 * What overflows the netlink buffer is counted by the kernel.  A session that a poll saw and that
 * two polls miss, with messages dropped in between, is delivered as it was last seen; the rest of
 * the drops is lost.  (Drops are messages: one may have been of a listener or of a session that the
 * filter leaves out.)  Without drops the message is still to come: the connection has ended, but a
 * program has not closed the socket.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/diag_owner.h"
#include "source/diag_session.h"
#include "source/netns.h"

#define POLL_NS      NS_PER_S
#define POLL_SHARE   20                /* a poll takes at most one part in this many of the time */
#define FLUSH_NS     (5 * NS_PER_S)  /* patience with what is still to be told at the end */
#define FLUSH_MS     5               /* without markers */

struct opening {
	struct source *source;
	struct err *e;
	int r;
};

static int poll_sockets(struct source *s, struct err *e)
{
	struct diag_sessions *d = s->state;
	uint64_t began = clock_mono_ns(), ended, pause;
	int r;

	diag_session_count_drops(d);
	d->poll++;
	r = diag_netlink_dump(&d->netlink, diag_session_seen, s, e);
	if (r) {
		diag_session_excuse(s);
	} else {
		diag_session_settle(s);
		d->poll_ns = began;
	}
	ended = clock_mono_ns();
	pause = POLL_SHARE * (ended - began);
	d->next_poll_ns = ended + (pause > POLL_NS ? pause : POLL_NS);
	return r;
}

static unsigned int read_syn_retries(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_syn_retries", "re");
	unsigned int ret = 6; /* the kernel's default */

	if (f && fscanf(f, "%u", &ret) != 1)
		ret = 6;
	if (f)
		fclose(f);
	return ret;
}

/* In the namespace to record: sockets stay in the one they were made in. */
static void open_here(void *ctx)
{
	struct opening *o = ctx;
	struct diag_sessions *d = o->source->state;

	d->syn_retries = read_syn_retries();
	o->r = netns_find(&d->netns, "self", o->e);
	diag_flush_open(&d->flush);
	if (!o->r)
		o->r = diag_netlink_open(&d->netlink, o->source->config->ring_bytes, o->e);
}

static int open_sockets(struct source *s, struct err *e)
{
	struct opening o = { .source = s, .e = e };
	uint32_t netns = s->config->filter.netns;

	if (!netns)
		open_here(&o);
	else if (!netns_each(netns, open_here, &o))
		return fail(e, geteuid() ? -EPERM : -ENOENT,
			    "source diag cannot enter the network namespace %u: that needs root, and a "
			    "process in it or a mount of it", netns);
	return o.r;
}

static int diag_open(struct source *s, struct err *e)
{
	struct diag_sessions *d = s->state;
	const struct filter *f = &s->config->filter;
	int r;

	if (f->pid || f->cgroup)
		return fail(e, -ENOTSUP, "source diag does not know whose a session is, so that it cannot "
			    "choose by %s", f->pid ? "process" : "cgroup");
	r = open_sockets(s, e);
	if (r)
		return r;
	d->starting = true;
	r = poll_sockets(s, e);
	d->starting = false;
	diag_owner_learn(&d->table);
	return r;
}

static int diag_fd(struct source *s)
{
	struct diag_sessions *d = s->state;

	return diag_netlink_fd(&d->netlink);
}

/* Polls only when nothing waits: then no message is older than what the poll says after it. */
static void diag_drain(struct source *s)
{
	struct diag_sessions *d = s->state;
	struct err unused;

	d->wall_offset_ns = clock_wall_ns() - clock_mono_ns();
	if (diag_netlink_receive(&d->netlink, diag_session_ended, s) &&
	    clock_mono_ns() >= d->next_poll_ns)
		poll_sockets(s, &unused);
}

/* Until the kernel has told of everything that has happened. */
static void flush(struct source *s)
{
	struct diag_sessions *d = s->state;
	struct pollfd fd = { diag_fd(s), POLLIN, 0 };
	uint64_t deadline = clock_mono_ns() + FLUSH_NS;

	diag_flush_begin(&d->flush);
	do {
		poll(&fd, 1, FLUSH_MS);
		diag_netlink_receive(&d->netlink, diag_session_ended, s);
	} while (d->flush.waiting && clock_mono_ns() < deadline);
}

/* The last poll is the cut: what ended before it is delivered or lost, the rest is open. */
static void diag_finish(struct source *s)
{
	struct diag_sessions *d = s->state;
	struct err unused;

	d->next_poll_ns = UINT64_MAX;
	diag_drain(s);
	poll_sockets(s, &unused);
	flush(s);
	diag_netlink_unsubscribe(&d->netlink);
	while (!diag_netlink_receive(&d->netlink, diag_session_ended, s))
		;
	diag_session_count_drops(d);
	diag_session_settle_all(s);
	d->ended = true;
}

static void diag_ledger(struct source *s, struct ledger *ret)
{
	struct diag_sessions *d = s->state;

	diag_session_count_drops(d);
	ret->opened = d->opened;
	ret->adopted = d->adopted;
	ret->open = d->ended ? d->open : d->table.count;
	ret->filtered = d->filtered;
	ret->rescued = d->rescued;
	ret->lost_netlink = diag_session_lost(d);
}

static void diag_close(struct source *s)
{
	struct diag_sessions *d = s->state;

	diag_flush_close(&d->flush);
	diag_netlink_close(&d->netlink);
	diag_table_free(&d->table);
}

const struct source_ops source_diag = {
	.name = "diag",
	.help = "netlink socket diagnosis: one network namespace, no owners, needs no rights",
	.limits = "it sees one network namespace and knows owners only of sessions that are open at the "
		  "start, times to about a second, and little of what was refused or reset from here; "
		  "without root its buffer ends at net.core.rmem_max",
	.state_size = sizeof(struct diag_sessions),
	.open = diag_open,
	.fd = diag_fd,
	.drain = diag_drain,
	.finish = diag_finish,
	.ledger = diag_ledger,
	.close = diag_close,
};
