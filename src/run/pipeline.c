// SPDX-License-Identifier: BSD-2-Clause
#include "run/pipeline.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "run/choose.h"
#include "run/output.h"
#include "run/privileges.h"

#define DRAIN_NS    (50 * NS_PER_MS) /* how long a row may wait */
#define VERBOSE_NS  NS_PER_S
#define FLUSH_BYTES (64 << 10)

enum { RUN_DONE = 1 };

struct run {
	struct pipeline *p;
	struct source source;
	struct loop loop;
	struct output out;
	uint64_t emitted;
	struct ledger shown; /* by -v */
};

static void emit(void *ctx, const struct session *s)
{
	struct run *r = ctx;
	struct pipeline *p = r->p;

	if (p->count && r->emitted == p->count)
		return;
	if (r->out.error) {
		r->out.lost++; /* it happened before the recording ended */
		return;
	}
	if (!r->emitted++)
		p->sink_config.view.first_ns = s->e.ended_ns;
	p->sink->session(&p->sink_config, s, &r->out.buf);
	r->out.rows++;
	if (r->out.buf.len >= FLUSH_BYTES)
		output_flush(&r->out);
}

static void take_ledger(struct run *r, struct ledger *l)
{
	*l = (struct ledger){ .sessions = r->out.written, .lost_output = r->out.lost };
	r->source.ops->ledger(&r->source, l);
}

static int on_drain(void *ctx, int fd)
{
	struct run *r = ctx;

	(void)fd;
	r->source.ops->drain(&r->source);
	output_flush(&r->out);
	return r->out.error || (r->p->count && r->emitted >= r->p->count) ? RUN_DONE : 0;
}

static int on_stop(void *ctx, int fd)
{
	(void)ctx, (void)fd;
	return RUN_DONE;
}

/* The ledger in one line; while it runs also what is under way. */
static void say(const struct pipeline *p, const struct ledger *l, bool live)
{
	struct buf text = { 0 };

	ledger_text(&text, l);
	if (live)
		buf_printf(&text, "; %" PRIu64 " open, %" PRIu64 " held back so far, %" PRIu64 " rescued",
			   l->open, l->held, l->rescued);
	fprintf(stderr, "%s: %.*s\n", p->name, (int)text.len, text.data);
	buf_free(&text);
}

static int on_verbose(void *ctx, int fd)
{
	struct run *r = ctx;
	struct ledger l;

	(void)fd;
	take_ledger(r, &l);
	if (memcmp(&l, &r->shown, sizeof(l)))
		say(r->p, &l, true);
	r->shown = l;
	return 0;
}

static int watch(struct run *r, struct err *e)
{
	struct pipeline *p = r->p;
	int code = loop_fd(&r->loop, r->source.ops->fd(&r->source), on_drain, r, e);

	if (!code)
		code = loop_timer(&r->loop, DRAIN_NS, DRAIN_NS, on_drain, r, e);
	if (!code && p->duration_ns)
		code = loop_timer(&r->loop, p->duration_ns, 0, on_stop, r, e);
	if (!code && p->verbose)
		code = loop_timer(&r->loop, VERBOSE_NS, VERBOSE_NS, on_verbose, r, e);
	return code;
}

static int watch_signals(struct run *r, struct err *e)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write() then */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return loop_signals(&r->loop, &set, on_stop, r, e);
}

static void say_started(struct run *r)
{
	struct ledger l;

	if (r->p->quiet)
		return;
	take_ledger(r, &l);
	if (r->source.ops->limits)
		fprintf(stderr, "%s: source %s: %s\n", r->p->name, r->source.ops->name,
			r->source.ops->limits);
	fprintf(stderr, "%s: recording (source %s, %" PRIu64 " sessions open already); Ctrl-C ends\n",
		r->p->name, r->source.ops->name, l.adopted);
}

/* The header stands before the message, so that who waits for one has both. */
static void begin_output(struct run *r)
{
	struct pipeline *p = r->p;

	if (p->sink_config.header && p->sink->header)
		p->sink->header(&p->sink_config, &r->out.buf);
	output_flush(&r->out);
}

static int end_output(struct run *r, struct err *e)
{
	struct pipeline *p = r->p;

	r->source.ops->finish(&r->source);
	output_flush(&r->out);
	take_ledger(r, &p->ledger);
	if (p->sink->ledger)
		p->sink->ledger(&p->ledger, &r->out.buf);
	output_flush(&r->out);
	if (!p->quiet)
		say(p, &p->ledger, false);
	if (r->out.error && r->out.error != EPIPE)
		return fail(e, -r->out.error, "cannot write: %s", strerror(r->out.error));
	return 0;
}

static int run(struct run *r, struct err *e)
{
	int code = loop_open(&r->loop, e);

	if (!code)
		code = watch_signals(r, e);
	if (!code)
		output_open(&r->out, STDOUT_FILENO, r->loop.signal_fd);
	if (!code)
		code = choose_and_open(&r->source, r->p, e);
	if (!code)
		code = privileges_drop(e);
	if (!code)
		code = watch(r, e);
	if (code)
		return code;
	begin_output(r);
	say_started(r);
	code = loop_run(&r->loop, e);
	return code < 0 ? code : end_output(r, e);
}

int pipeline_run(struct pipeline *p, struct err *e)
{
	struct run r = { .p = p, .loop.epoll_fd = -1, .out.own_fd = -1 };
	int code;

	r.source = (struct source){ .ops = p->source, .config = &p->source_config, .emit = emit, .ctx = &r };
	code = run(&r, e);
	source_close(&r.source);
	output_close(&r.out);
	loop_close(&r.loop);
	return code;
}
