// SPDX-License-Identifier: BSD-2-Clause
/*
 * Waits until the kernel has told of every socket that was destroyed before.  It sends the messages
 * from a work queue of each CPU, which a loaded machine may run seconds late: so a marker, a socket of
 * our own, is destroyed on each CPU, and what stood before it in the queue is sent before it.
 */
#ifndef SOCKTAPE_SOURCE_DIAG_FLUSH_H
#define SOCKTAPE_SOURCE_DIAG_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

struct diag_flush {
	struct diag_marker {
		uint64_t cookie;
		int fd;
	} *markers; /* one a CPU */
	unsigned int count;
	unsigned int waiting; /* destroyed, and no message yet */
};

/* Makes the markers, in the network namespace of the calling thread; fewer when it cannot. */
void diag_flush_open(struct diag_flush *f);

/* Destroys them; the messages to wait for are in `waiting`. */
void diag_flush_begin(struct diag_flush *f);

/* Is this the message of a marker? */
bool diag_flush_take(struct diag_flush *f, uint64_t cookie);

void diag_flush_close(struct diag_flush *f);

#endif
