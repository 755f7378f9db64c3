// SPDX-License-Identifier: BSD-2-Clause
#include "base/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

int loop_open(struct loop *l, struct err *e)
{
	*l = (struct loop){ .epoll_fd = epoll_create1(EPOLL_CLOEXEC), .signal_fd = -1 };
	return l->epoll_fd < 0 ? fail(e, -errno, "epoll: %s", strerror(errno)) : 0;
}

void loop_close(struct loop *l)
{
	for (unsigned int i = 0; i < l->count; i++)
		if (l->watches[i].kind != WATCH_FD)
			close(l->watches[i].fd);
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	l->epoll_fd = -1;
	l->count = 0;
}

static int watch(struct loop *l, struct loop_watch w, struct err *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = l->count };

	if (w.kind == WATCH_FD)
		event.events |= EPOLLET;
	if (l->count == LOOP_WATCHES_MAX)
		return fail(e, -ENOSPC, "more than %d things to watch", LOOP_WATCHES_MAX);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w.fd, &event))
		return fail(e, -errno, "epoll: %s", strerror(errno));
	l->watches[l->count++] = w;
	return 0;
}

int loop_fd(struct loop *l, int fd, loop_fn *fn, void *ctx, struct err *e)
{
	return watch(l, (struct loop_watch){ fd, fn, ctx, WATCH_FD }, e);
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
}

int loop_timer(struct loop *l, uint64_t first_ns, uint64_t interval_ns, loop_fn *fn, void *ctx,
	       struct err *e)
{
	/* a first time of 0 would mean never */
	struct itimerspec when = { timespec_of(interval_ns), timespec_of(first_ns ? first_ns : 1) };
	AUTO_FD int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int r;

	if (fd < 0 || timerfd_settime(fd, 0, &when, NULL))
		return fail(e, -errno, "timer: %s", strerror(errno));
	r = watch(l, (struct loop_watch){ fd, fn, ctx, WATCH_TIMER }, e);
	if (!r)
		take_fd(&fd);
	return r;
}

int loop_signals(struct loop *l, const sigset_t *set, loop_fn *fn, void *ctx, struct err *e)
{
	AUTO_FD int fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	int r;

	if (fd < 0 || sigprocmask(SIG_BLOCK, set, NULL))
		return fail(e, -errno, "signals: %s", strerror(errno));
	r = watch(l, (struct loop_watch){ fd, fn, ctx, WATCH_SIGNAL }, e);
	if (!r)
		l->signal_fd = take_fd(&fd);
	return r;
}

static int dispatch(const struct loop_watch *w)
{
	struct signalfd_siginfo info;
	uint64_t expirations;

	switch (w->kind) {
	case WATCH_TIMER:
		if (read(w->fd, &expirations, sizeof(expirations)) < 0)
			return 0;
		break;
	case WATCH_SIGNAL:
		if (read(w->fd, &info, sizeof(info)) < 0)
			return 0;
		return w->fn(w->ctx, info.ssi_signo);
	case WATCH_FD:
		break;
	}
	return w->fn(w->ctx, w->fd);
}

int loop_run(struct loop *l, struct err *e)
{
	struct epoll_event events[LOOP_WATCHES_MAX];

	for (;;) {
		int n = epoll_wait(l->epoll_fd, events, LOOP_WATCHES_MAX, -1), r = 0;

		if (n < 0 && errno != EINTR)
			return fail(e, -errno, "epoll: %s", strerror(errno));
		for (int i = 0; i < n && !r; i++)
			r = dispatch(&l->watches[events[i].data.u32]);
		if (r)
			return r;
	}
}
