// SPDX-License-Identifier: BSD-2-Clause
/*
 * A source delivers sessions.  All its privileged work happens in open(); after that it holds what it
 * needs as descriptors and mapped memory.
 */
#ifndef SOCKTAPE_SOURCE_SOURCE_H
#define SOCKTAPE_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "core/filter.h"
#include "core/ledger.h"
#include "core/session.h"

struct source_config {
	struct filter filter;
	uint64_t ring_bytes; /* a power of two, at least a page */
	bool send_open;      /* finish() delivers the sessions that are still open, too */
};

typedef void source_emit_fn(void *ctx, const struct session *s);

struct source {
	const struct source_ops *ops;
	const struct source_config *config;
	source_emit_fn *emit;
	void *ctx;   /* of emit */
	void *state; /* state_size zeroed bytes */
};

struct source_ops {
	const char *name, *help;
	const char *limits; /* what it cannot see, said at the start; NULL: nothing */
	bool knows_owner;
	size_t state_size;

	int (*open)(struct source *s, struct err *e);
	/* A descriptor that becomes readable when much waits; what little waits is for the timer. */
	int (*fd)(struct source *s);
	void (*drain)(struct source *s);
	/* The last drain: settles what is still open.  Nothing is delivered afterwards. */
	void (*finish)(struct source *s);
	void (*ledger)(struct source *s, struct ledger *ret);
	void (*close)(struct source *s); /* also after a failed open */
};

extern const struct source_ops source_bpf;
extern const struct source_ops source_diag;

int source_open(struct source *s, struct err *e);
void source_close(struct source *s);

#endif
