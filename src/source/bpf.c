// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel programs as a source: load, attach, adopt what is open, then read the ring.
 * After open() only mapped memory and descriptors are used, so that all rights can be dropped.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/bpf_log.h"
#include "source/cgroup.h"
#include "source/feature.h"
#include "source/netns.h"
#include "source/source.h"
#include "wire/event.h"

#include "life.skel.h" /* last: it needs the types of wire/ */

#define HOOKS_MAX 16

struct bpf_source {
	struct life *skel;
	struct ring_buffer *ring;
	struct bpf_link *links[HOOKS_MAX];
	int link_count;
	int sweep_fd;
	int cgroup_fd; /* of the tree's root; -1 where none is mounted */
	int64_t clock_offset_ns; /* the kernel's clock minus ours: not 0 in a time namespace */
	int64_t wall_offset_ns;  /* the wall clock minus the kernel's */
};

static int deliver(void *ctx, void *data, size_t size)
{
	struct source *source = ctx;
	struct bpf_source *b = source->state;
	struct session s;

	if (size < sizeof(s.e))
		return 0;
	memcpy(&s.e, data, sizeof(s.e));
	s.opened_unix_ns = s.e.opened_ns + b->wall_offset_ns;
	source->emit(source->ctx, &s);
	return 0;
}

static void configure(struct life *skel, const struct source_config *c)
{
	const struct filter *f = &c->filter;

	skel->rodata->wakeup_bytes = c->ring_bytes / 4;
	skel->rodata->want_netns = f->netns;
	skel->rodata->want_pid = f->pid;
	skel->rodata->want_ip = f->ip;
	skel->rodata->want_cgroup = f->cgroup;
	skel->rodata->want_lports = f->lports.any;
	skel->rodata->want_rports = f->rports.any;
	memcpy((void *)skel->rodata->lports, f->lports.bits, sizeof(f->lports.bits));
	memcpy((void *)skel->rodata->rports, f->rports.bits, sizeof(f->rports.bits));
	bpf_map__set_max_entries(skel->maps.ring, c->ring_bytes);
}

/* sock_send_length and its twin came after Linux 6.1.  Without them the owner is learnt elsewhere. */
static bool kernel_has(const char *tracepoint)
{
	struct btf *btf = btf__load_vmlinux_btf();
	char type[64];
	bool found;

	snprintf(type, sizeof(type), "btf_trace_%s", tracepoint);
	found = btf && btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) > 0;
	btf__free(btf);
	return found;
}

static int load_once(struct bpf_source *b, const struct source_config *c, bool with_io)
{
	b->skel = life__open();
	if (!b->skel)
		return -errno;
	configure(b->skel, c);
	bpf_program__set_autoload(b->skel->progs.state_called, b->cgroup_fd >= 0);
	bpf_program__set_autoload(b->skel->progs.state_twin, b->cgroup_fd < 0);
	bpf_program__set_autoload(b->skel->progs.sent, with_io);
	bpf_program__set_autoload(b->skel->progs.received, with_io);
	return life__load(b->skel);
}

static int load(struct bpf_source *b, const struct source_config *c, struct err *e)
{
	int r;

	bpf_log_begin();
	r = load_once(b, c, true);
	if (r && !kernel_has("sock_send_length")) {
		life__destroy(b->skel);
		bpf_log_begin();
		r = load_once(b, c, false);
	}
	return r ? fail(e, r, "the kernel refused a program: %s", bpf_log_last()) : 0;
}

static int attach_one(struct bpf_source *b, struct bpf_program *p, struct err *e)
{
	enum bpf_prog_type type = bpf_program__type(p);
	struct bpf_link *link;

	if (b->link_count == HOOKS_MAX)
		return fail(e, -ENOSPC, "more than %d hooks", HOOKS_MAX);
	if (type == BPF_PROG_TYPE_TRACING)
		link = bpf_program__attach(p);
	else if (b->cgroup_fd >= 0)
		link = bpf_program__attach_cgroup(p, b->cgroup_fd);
	else
		return 0;
	if (!link)
		return fail(e, -errno, "cannot attach %s: %s", bpf_program__name(p), bpf_log_last());
	b->links[b->link_count++] = link;
	return 0;
}

/* The iterators are attached where they are run. */
static bool is_hook(const struct bpf_program *p)
{
	return bpf_program__autoload(p) && bpf_program__expected_attach_type(p) != BPF_TRACE_ITER;
}

static int attach(struct bpf_source *b, struct err *e)
{
	struct bpf_program *p;
	int r;

	bpf_object__for_each_program(p, b->skel->obj) {
		r = is_hook(p) ? attach_one(b, p, e) : 0;
		if (r)
			return r;
	}
	return 0;
}

/* Runs an iterator to its end; what it writes goes to deliver(). */
static void run_iterator(struct source *s, int fd)
{
	struct event events[256];
	ssize_t n;

	while ((n = read(fd, events, sizeof(events))) > 0 || (n < 0 && errno == EAGAIN))
		for (ssize_t i = 0; i < n / (ssize_t)sizeof(*events); i++)
			deliver(s, &events[i], sizeof(*events));
}

static void adopt_here(void *ctx)
{
	struct source *s = ctx;
	struct bpf_source *b = s->state;
	AUTO_FD int fd = bpf_iter_create(bpf_link__fd(b->skel->links.adopt_sockets));

	if (fd >= 0)
		run_iterator(s, fd);
}

/* First the sockets of each namespace, then one pass for who holds them, wherever. */
static int adopt(struct source *s, struct err *e)
{
	struct bpf_source *b = s->state;
	struct life *skel = b->skel;
	uint64_t before = clock_mono_ns();
	AUTO_FD int fd = -1;

	skel->links.adopt_sockets = bpf_program__attach_iter(skel->progs.adopt_sockets, NULL);
	skel->links.adopt_owners = bpf_program__attach_iter(skel->progs.adopt_owners, NULL);
	if (!skel->links.adopt_sockets || !skel->links.adopt_owners)
		return fail(e, -errno, "cannot walk over the open sockets: %s", bpf_log_last());
	netns_each(s->config->filter.netns, adopt_here, s);
	fd = bpf_iter_create(bpf_link__fd(skel->links.adopt_owners));
	if (fd < 0)
		return fail(e, -errno, "cannot walk over the open files: %s", strerror(errno));
	run_iterator(s, fd);
	if (skel->bss->clock_ns < before || skel->bss->clock_ns > clock_mono_ns())
		b->clock_offset_ns = skel->bss->clock_ns - before;
	return 0;
}

/* Made now, run at the end: then there is no right left to make it. */
static int prepare_sweep(struct bpf_source *b, struct err *e)
{
	union bpf_iter_link_info info = { .map.map_fd = bpf_map__fd(b->skel->maps.sessions) };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));

	b->skel->links.sweep = bpf_program__attach_iter(b->skel->progs.sweep, &opts);
	if (!b->skel->links.sweep)
		return fail(e, -errno, "cannot walk over the sessions: %s", bpf_log_last());
	b->sweep_fd = bpf_iter_create(bpf_link__fd(b->skel->links.sweep));
	return b->sweep_fd < 0 ? fail(e, -errno, "cannot walk over the sessions: %s", strerror(errno)) : 0;
}

static int bpf_open(struct source *s, struct err *e)
{
	struct bpf_source *b = s->state;
	char root[PATH_MAX];
	struct err none;
	int r;

	b->sweep_fd = b->cgroup_fd = -1;
	if (!cgroup_root(root, sizeof(root), &none))
		b->cgroup_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = feature_rights(e);
	if (!r)
		r = load(b, s->config, e);
	if (r)
		return r;
	b->ring = ring_buffer__new(bpf_map__fd(b->skel->maps.ring), deliver, s, NULL);
	if (!b->ring)
		return fail(e, -errno, "cannot map the ring: %s", strerror(errno));
	r = attach(b, e);
	if (!r)
		r = adopt(s, e);
	return r ? r : prepare_sweep(b, e);
}

static int bpf_fd(struct source *s)
{
	struct bpf_source *b = s->state;

	return ring_buffer__epoll_fd(b->ring);
}

static void bpf_drain(struct source *s)
{
	struct bpf_source *b = s->state;

	b->wall_offset_ns = clock_wall_ns() - (clock_mono_ns() + b->clock_offset_ns);
	ring_buffer__consume(b->ring);
}

/*
 * New sessions are not counted from here on; the pause lets hooks that looked at `stopping` just
 * before come to their end.  What the sweep has not claimed has been sent by a hook.
 */
static void bpf_finish(struct source *s)
{
	struct bpf_source *b = s->state;

	b->skel->bss->send_open = s->config->send_open;
	b->skel->bss->stopping = true;
	nanosleep(&(struct timespec){ .tv_nsec = 2 * NS_PER_MS }, NULL);
	bpf_drain(s);
	run_iterator(s, b->sweep_fd);
	bpf_drain(s);
}

static void bpf_ledger(struct source *s, struct ledger *ret)
{
	struct bpf_source *b = s->state;
	struct life__bss *bss = b->skel->bss;
	uint64_t ended = 0;

	for (int i = 0; i < EVENT_SLOTS; i++) {
		const struct event_counts *c = &bss->counts[i];

		ret->opened += c->opened;
		ret->adopted += c->adopted;
		ret->open += c->open;
		ret->filtered += c->filtered;
		ret->lost_ring += c->ring_full;
		ret->lost_storage += c->storage_full;
		ret->rescued += c->second + c->last;
		ret->held += c->held;
		ended += c->sent + c->filtered + c->ring_full + c->open;
	}
	if (!bss->stopping) /* how many are open is not known before the sweep */
		ret->open = ret->opened + ret->adopted - ended;
	else if (ret->opened + ret->adopted > ended)
		ret->lost_unseen = ret->opened + ret->adopted - ended;
}

static void bpf_close(struct source *s)
{
	struct bpf_source *b = s->state;

	for (int i = 0; i < b->link_count; i++)
		bpf_link__destroy(b->links[i]);
	ring_buffer__free(b->ring);
	if (b->sweep_fd >= 0)
		close(b->sweep_fd);
	if (b->cgroup_fd >= 0)
		close(b->cgroup_fd);
	life__destroy(b->skel);
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.help = "kernel programs: every session of every network namespace, with its owner",
	.knows_owner = true,
	.state_size = sizeof(struct bpf_source),
	.open = bpf_open,
	.fd = bpf_fd,
	.drain = bpf_drain,
	.finish = bpf_finish,
	.ledger = bpf_ledger,
	.close = bpf_close,
};
