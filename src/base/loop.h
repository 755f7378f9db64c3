// SPDX-License-Identifier: BSD-2-Clause
/*
 * One epoll loop: descriptors, timers, signals.  Callbacks run one after the other; a callback that
 * returns non-zero ends the loop with that value.
 */
#ifndef SOCKTAPE_BASE_LOOP_H
#define SOCKTAPE_BASE_LOOP_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"

#define LOOP_WATCHES_MAX 16

typedef int loop_fn(void *ctx, int fd);

struct loop {
	int epoll_fd;
	int signal_fd;
	unsigned int count;
	struct loop_watch {
		int fd;
		loop_fn *fn;
		void *ctx;
		enum { WATCH_FD, WATCH_TIMER, WATCH_SIGNAL } kind;
	} watches[LOOP_WATCHES_MAX];
};

int loop_open(struct loop *l, struct err *e);
void loop_close(struct loop *l);

/*
 * Calls fn when something new has arrived at fd (edge-triggered: what fn leaves there is not told
 * again).  The caller keeps the descriptor.
 */
int loop_fd(struct loop *l, int fd, loop_fn *fn, void *ctx, struct err *e);

/* Calls fn first after first_ns and then every interval_ns (0: just once). */
int loop_timer(struct loop *l, uint64_t first_ns, uint64_t interval_ns, loop_fn *fn, void *ctx,
	       struct err *e);

/* Calls fn (with the signal's number as fd) for each signal of the set, which is blocked from now on. */
int loop_signals(struct loop *l, const sigset_t *set, loop_fn *fn, void *ctx, struct err *e);

/* Returns what the callback that ended it returned, or -errno. */
int loop_run(struct loop *l, struct err *e);

#endif
