// SPDX-License-Identifier: BSD-2-Clause
/* Where rows go: a buffer before a descriptor, and the count of what really arrived there. */
#ifndef SOCKTAPE_RUN_OUTPUT_H
#define SOCKTAPE_RUN_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct output {
	int fd;
	int own_fd;        /* a terminal's, opened anew; -1: none */
	int signal_fd;     /* readable when somebody wants us to stop; -1: none */
	bool is_file;      /* a regular file never blocks, and a half line can be cut off again */
	int error;         /* errno of the first failure; nothing is written any more then */
	struct buf buf;
	uint64_t rows;     /* in buf */
	uint64_t written;  /* rows that arrived */
	uint64_t lost;     /* rows that did not */
};

/* To be called while the rights to open a terminal are still there. */
void output_open(struct output *o, int fd, int signal_fd);

/*
 * Writes what the buffer holds.  Waits for a slow reader as long as nobody wants us to stop, and after
 * that for OUTPUT_PATIENCE_MS without progress.
 */
void output_flush(struct output *o);

void output_close(struct output *o);

#define OUTPUT_PATIENCE_MS 2000

#endif
