// SPDX-License-Identifier: BSD-2-Clause
/* One ended (or still open) conversation, as every sink sees it. */
#ifndef SOCKTAPE_CORE_SESSION_H
#define SOCKTAPE_CORE_SESSION_H

#include <stdint.h>

#include "wire/event.h"

struct session {
	struct event e;
	uint64_t opened_unix_ns; /* the wall clock when e.opened_ns was */
};

/* 4 or 6, as on the wire: v4-mapped addresses are IPv4. */
int session_ip(const struct session *s);

/* From established to ended, or from opened where it never was established. */
uint64_t session_duration_ns(const struct session *s);

const char *outcome_name(unsigned int outcome);
const char *rank_name(unsigned int rank);

/* NULL for an unknown direction. */
const char *direction_name(unsigned int direction);

#endif
