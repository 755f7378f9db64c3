// SPDX-License-Identifier: BSD-2-Clause
/* A session with every value known, for tests to change. */
#ifndef SOCKTAPE_TESTS_EXAMPLE_H
#define SOCKTAPE_TESTS_EXAMPLE_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "core/session.h"

/* curl, 127.0.0.1:41650 to 10.1.2.3:8080; opened at 7.000000000 s, 2023-11-14 22:13:20 UTC. */
static inline struct session example_session(void)
{
	struct session s = {
		.e = {
			.cookie = 99,
			.opened_ns = 7000000000,
			.established_ns = 7002500000,
			.ended_ns = 9002500000,
			.tx_bytes = 2048,
			.rx_bytes = 1048575,
			.owner = { .cgroup = 5001, .pid = 4242, .tid = 4243, .uid = 1000, .comm = "curl",
				   .thread = "resolver" },
			.opener_pid = 4000,
			.netns = 4026531840,
			.opener_comm = "sh",
			.lport = 41650,
			.rport = 8080,
			.family = AF_INET,
			.segs_out = 12,
			.segs_in = 13,
			.retrans = 2,
			.srtt_us = 150,
			.min_rtt_us = 40,
			.rank = RANK_IO,
			.direction = DIRECTION_ACTIVE,
			.outcome = OUTCOME_CLOSED,
		},
		.opened_unix_ns = 1700000000123456789,
	};

	inet_pton(AF_INET, "127.0.0.1", s.e.laddr);
	inet_pton(AF_INET, "10.1.2.3", s.e.raddr);
	return s;
}

static inline void example_ipv6(struct session *s, const char *local, const char *remote)
{
	s->e.family = AF_INET6;
	inet_pton(AF_INET6, local, s->e.laddr);
	inet_pton(AF_INET6, remote, s->e.raddr);
}

/* Puts up to 16 bytes in a field for names, as the kernel does: NUL-padded, or none when it is full. */
static inline void example_name(char *field, const char *name, size_t len)
{
	memset(field, 0, EVENT_COMM_LEN);
	memcpy(field, name, len < EVENT_COMM_LEN ? len : EVENT_COMM_LEN);
}

#endif
