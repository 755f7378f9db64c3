// SPDX-License-Identifier: BSD-2-Clause
/* From a source through a sink to a descriptor, until something ends it. */
#ifndef SOCKTAPE_RUN_PIPELINE_H
#define SOCKTAPE_RUN_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/ledger.h"
#include "sink/sink.h"
#include "source/source.h"

struct pipeline {
	const char *name; /* of the command, before messages */
	const struct source_ops *source; /* NULL: the best one that works here */
	struct source_config source_config;
	const struct sink_ops *sink;
	struct sink_config sink_config;
	uint64_t count;       /* sessions to deliver; 0: no end */
	uint64_t duration_ns; /* 0: no end */
	bool verbose, quiet;
	struct ledger ledger; /* filled when it has ended */
};

/*
 * Runs until SIGINT, SIGTERM or SIGHUP, the count, the duration, or the end of the output.  Returns 0,
 * or -errno with a message; what was delivered until then is complete either way.
 */
int pipeline_run(struct pipeline *p, struct err *e);

#endif
