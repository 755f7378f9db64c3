// SPDX-License-Identifier: BSD-2-Clause
/*
 * Numbers from people: the whole text must be one, and in range.  Each function returns 0, or
 * -EINVAL with a message that says what is wrong and what would be right; outputs are untouched then.
 */
#ifndef SOCKTAPE_BASE_NUM_H
#define SOCKTAPE_BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

int num_parse(uint64_t *ret, const char *text, uint64_t min, uint64_t max, struct err *e);

/* "10s", "500ms", "2m", "1h", "1d", "1.5s"; a plain number is seconds. */
int num_duration_ns(uint64_t *ret, const char *text, struct err *e);

/* "65536", "64K", "8M", "1G": powers of 1024. */
int num_size(uint64_t *ret, const char *text, uint64_t min, uint64_t max, struct err *e);

#define PORT_WORDS (65536 / 64)

struct ports {
	bool any; /* something was asked for */
	uint64_t bits[PORT_WORDS];
};

/* "80", "80,443", "8000-8080": adds to what is there. */
int num_ports(struct ports *ret, const char *text, struct err *e);

static inline bool ports_have(const struct ports *p, uint16_t port)
{
	return p->bits[port >> 6] >> (port & 63) & 1;
}

#endif
