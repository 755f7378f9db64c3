// SPDX-License-Identifier: BSD-2-Clause
/*
 * The sessions of the golden files.  check.py holds the same rows in its own words: a change here is
 * a change there.  Times count from 1000 s after boot, which was at 2023-11-14 22:00:00 UTC.
 */
#include "sessions.h"

#include <errno.h>
#include <netinet/in.h>

#define OPENED(ns)      .opened_ns = START + (ns)
#define ESTABLISHED(ns) .established_ns = START + (ns)
#define ENDED(ns)       .ended_ns = START + (ns)
#define AT(a, b, c)     OPENED(a), ESTABLISHED(b), ENDED(c)
#define ACTIVE          .direction = DIRECTION_ACTIVE
#define PASSIVE         .direction = DIRECTION_PASSIVE

#define OWNER(by, p, name) \
	.rank = RANK_##by, .owner = { .pid = p, .tid = p, .uid = 1000, .cgroup = 4001, .comm = name, \
				      .thread = name }

const struct example examples[] = {
	/* both sides of a download; the first end is almost a microsecond later than tcplife counts */
	{ "127.0.0.1", "127.0.0.1", { .e = {
		.cookie = 101, AT(0, 100 * US, 510 * US + 999), .tx_bytes = 83,
		.rx_bytes = 1000240, OWNER(IO, 26330, "curl"), .opener_pid = 26330,
		.opener_comm = "curl",
		.netns = 4026531840, .lport = 41698, .rport = 18080, .segs_out = 20, .segs_in = 34,
		.srtt_us = 55, .min_rtt_us = 12, ACTIVE } } },
	{ "127.0.0.1", "127.0.0.1", { .e = {
		.cookie = 102, AT(90 * US, 120 * US, 569 * US),
		.tx_bytes = 1000240, .rx_bytes = 83, OWNER(IO, 21194, "nginx"), .opener_pid = 21193,
		.opener_comm = "nginx", .netns = 4026531840, .lport = 18080, .rport = 41698,
		.segs_out = 34, .segs_in = 20, .retrans = 1, .srtt_us = 61,
		.min_rtt_us = 10, PASSIVE } } },
	/* IPv6: short, longest, and an IPv4 peer of an IPv6 socket */
	{ "::1", "2001:db8::25", { .e = {
		.cookie = 103, AT(1 * S, 1 * S + 20 * MS, 2 * S), .tx_bytes = 1024,
		.rx_bytes = 1023, OWNER(CONNECT, 7, "smtp"), .netns = 4026531840, .lport = 50000,
		.rport = 25, .srtt_us = 19000, .min_rtt_us = 18000, ACTIVE } } },
	{ "2001:db8:1111:2222:3333:4444:5555:6666", "fe80:dead:beef:cafe:1234:5678:9abc:def0", { .e = {
		.cookie = 104, AT(1 * S, 1 * S, 3 * S + 999), .tx_bytes = 5,
		.rx_bytes = 6, OWNER(ACCEPT, 800, "sshd"), .netns = 4026532200, .lport = 22,
		.rport = 60022, PASSIVE } } },
	{ "::ffff:127.0.0.1", "::ffff:192.168.100.200", { .e = {
		.cookie = 105, AT(3 * S, 3 * S, 3 * S + 1370 * US),
		.tx_bytes = 240, .rx_bytes = 83, OWNER(IO, 21194, "nginx"), .netns = 4026531840,
		.lport = 18081, .rport = 58526, PASSIVE } } },
	/* names: hostile, cut, full, readable beyond ASCII */
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(4 * S, 4 * S, 4 * S + 5 * US), OWNER(RELEASE, 30131, "a,b \"q\"\n4"),
		.lport = 1, .rport = 2, PASSIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(4 * S, 4 * S, 4 * S + 6 * US), OWNER(IO, 30132, "\x1b[31mred\a\xff"),
		.lport = 3, .rport = 4, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(4 * S, 4 * S, 4 * S + 7 * US), OWNER(IO, 30133, "=cmd|'/C calc'"),
		.lport = 5, .rport = 6, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(4 * S, 4 * S, 4 * S + 8 * US), OWNER(IO, 30134, "\u202egnp\u200b\\x41"),
		.lport = 7, .rport = 8, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(4 * S, 4 * S, 4 * S + 9 * US), .lport = 9, .rport = 10, ACTIVE,
		.rank = RANK_IO, .owner = { .pid = 30135, .tid = 30136, .uid = 0, .cgroup = 1,
			.comm = "Socket Process-1", /* fills its room: no NUL */
			.thread = "naïve-café \\o/" } } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(4 * S, 4 * S, 4 * S + 10 * US), OWNER(IO, 30137, "démon-日本"),
		.lport = 11, .rport = 12, ACTIVE } } },
	/* nobody known; open before the start; open at the end */
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(5 * S, 5 * S, 5 * S + 1 * MS), .tx_bytes = 1, .rx_bytes = 1,
		.lport = 13, .rport = 14 } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		.cookie = 106, OPENED(0), ENDED(5 * S), .tx_bytes = 123456, .rx_bytes = 654321,
		OWNER(ADOPT, 1, "systemd"), .lport = 15, .rport = 16, .flags = EVENT_ADOPTED } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		.cookie = 107, AT(4 * S, 4 * S + 1 * MS, 6 * S), .tx_bytes = 2048,
		OWNER(IO, 31000, "psql"),
		.lport = 17, .rport = 5432, .outcome = OUTCOME_OPEN, ACTIVE } } },
	/* every other outcome */
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(6 * S, 6 * S + 1 * MS, 6 * S + 2 * MS), OWNER(IO, 32001, "c1"),
		.lport = 19, .rport = 20, .outcome = OUTCOME_RESET_BY_PEER,
		.error = ECONNRESET, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(6 * S, 6 * S + 1 * MS, 6 * S + 3 * MS), OWNER(RELEASE, 32002, "c2"),
		.lport = 21, .rport = 22, .outcome = OUTCOME_RESET_HERE, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		OPENED(6 * S), ENDED(6 * S + 100 * US), OWNER(CONNECT, 32003, "c3"),
		.lport = 23, .rport = 24, .outcome = OUTCOME_REFUSED,
		.error = ECONNREFUSED, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		OPENED(6 * S), ENDED(7 * S + 501800 * US), OWNER(CONNECT, 32004, "c4"),
		.lport = 25, .rport = 26, .outcome = OUTCOME_TIMED_OUT,
		.error = ETIMEDOUT, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		OPENED(7 * S), ENDED(8 * S), OWNER(CONNECT, 32005, "c5"),
		.lport = 27, .rport = 28, .outcome = OUTCOME_UNREACHABLE,
		.error = EHOSTUNREACH, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		OPENED(7 * S), ENDED(8 * S), OWNER(RELEASE, 32006, "c6"),
		.lport = 29, .rport = 30, .outcome = OUTCOME_ABORTED, ACTIVE } } },
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(7 * S, 7 * S, 8 * S), OWNER(LISTEN, 32007, "c7"), .lport = 31,
		.rport = 32, .outcome = OUTCOME_NEVER_ACCEPTED, PASSIVE } } },
	/* an MPTCP subflow of a thread, opened by another process */
	{ "10.0.0.1", "10.0.0.2", { .e = {
		AT(7 * S, 7 * S + 5 * MS, 8 * S), .lport = 33, .rport = 34, ACTIVE,
		.rank = RANK_IO, .owner = { .pid = 33000, .tid = 33009, .uid = 33, .comm = "apache2",
			.thread = "worker,9" },
		.opener_pid = 32999, .opener_comm = "-bash", .flags = EVENT_MPTCP } } },
	/* the largest numbers; a session whose end is between two microseconds */
	{ "255.255.255.255", "255.255.255.254", { .e = {
		.cookie = UINT64_MAX, AT(0, 1, 1234567 * S), .tx_bytes = UINT64_MAX,
		.rx_bytes = 1ULL << 60, .netns = UINT32_MAX, .lport = 65535, .rport = 65534, ACTIVE,
		.rank = RANK_IO, .owner = { .cgroup = UINT64_MAX, .pid = 4194304, .tid = UINT32_MAX,
			.uid = UINT32_MAX, .comm = "big", .thread = "big" },
		.segs_out = UINT32_MAX, .segs_in = UINT32_MAX, .retrans = UINT32_MAX,
		.srtt_us = UINT32_MAX, .min_rtt_us = UINT32_MAX } } },
	{ "0.0.0.0", "1.2.3.4", { .e = {
		AT(9 * S, 9 * S, 9 * S + 499999), OWNER(IO, 2, "half"),
		.lport = 0, .rport = 80, PASSIVE } } },
};

const size_t example_count = sizeof(examples) / sizeof(*examples);
