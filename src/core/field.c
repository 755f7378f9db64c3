// SPDX-License-Identifier: BSD-2-Clause
#include "core/field.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define GETTER(key) \
	static void get_##key(const struct session *s, const struct view *v, struct value *ret)

static void set_uint(struct value *ret, uint64_t u)
{
	ret->kind = VALUE_UINT;
	ret->u = u;
}

static void set_known(struct value *ret, uint64_t u)
{
	if (u)
		set_uint(ret, u);
	else
		ret->kind = VALUE_NULL;
}

static void set_bool(struct value *ret, bool b)
{
	ret->kind = VALUE_BOOL;
	ret->b = b;
}

static void set_real(struct value *ret, double r, int digits)
{
	ret->kind = VALUE_REAL;
	ret->r = r;
	ret->digits = digits;
}

static void set_text(struct value *ret, const char *text)
{
	ret->kind = text && *text ? VALUE_TEXT : VALUE_NULL;
	ret->text = text;
}

/* A name from the kernel: NUL-terminated there, but nothing rests on it. */
static void set_comm(struct value *ret, const char *comm)
{
	memcpy(ret->room, comm, EVENT_COMM_LEN);
	ret->room[EVENT_COMM_LEN] = 0;
	set_text(ret, ret->room);
}

/* inet_ntop() prints IPv4 through sprintf; this is most of a row's cost saved. */
static void ipv4_text(char *out, const uint8_t *a)
{
	for (int i = 0; i < 4; i++) {
		if (a[i] >= 100)
			*out++ = '0' + a[i] / 100;
		if (a[i] >= 10)
			*out++ = '0' + a[i] / 10 % 10;
		*out++ = '0' + a[i] % 10;
		*out++ = i < 3 ? '.' : 0;
	}
}

static void set_address(struct value *ret, const struct session *s, const uint8_t *a,
			const struct view *v)
{
	if (s->e.family == AF_INET)
		ipv4_text(ret->room, a);
	else if (session_ip(s) == 4 && !v->raw_addr)
		ipv4_text(ret->room, a + 12);
	else
		inet_ntop(AF_INET6, a, ret->room, sizeof(ret->room));
	set_text(ret, ret->room);
}

static bool adopted(const struct session *s)
{
	return s->e.flags & EVENT_ADOPTED;
}

static uint64_t connect_ns(const struct session *s)
{
	if (s->e.direction != DIRECTION_ACTIVE || s->e.established_ns < s->e.opened_ns || adopted(s))
		return 0;
	return s->e.established_ns - s->e.opened_ns;
}

static bool opener_is_another(const struct session *s)
{
	return s->e.opener_pid && s->e.opener_pid != s->e.owner.pid;
}

#define PLAIN(key, set, expression) \
	GETTER(key) \
	{ \
		(void)v; \
		set(ret, expression); \
	}

PLAIN(pid, set_known, s->e.owner.pid)
PLAIN(comm, set_comm, s->e.owner.comm)
PLAIN(netns, set_known, s->e.netns)
PLAIN(cgroup, set_known, s->e.owner.cgroup)
PLAIN(lport, set_uint, s->e.lport)
PLAIN(rport, set_uint, s->e.rport)
PLAIN(direction, set_text, direction_name(s->e.direction))
PLAIN(outcome, set_text, outcome_name(s->e.outcome))
PLAIN(adopted, set_bool, adopted(s))
PLAIN(label, set_comm, s->e.owner.comm)
PLAIN(tx_bytes, set_uint, s->e.tx_bytes)
PLAIN(rx_bytes, set_uint, s->e.rx_bytes)
PLAIN(duration_ns, set_uint, session_duration_ns(s))
PLAIN(connect_ns, set_known, connect_ns(s))
PLAIN(opened_ns, set_known, adopted(s) ? 0 : s->e.opened_ns)
PLAIN(established_ns, set_known, s->e.established_ns)
PLAIN(ended_ns, set_known, s->e.outcome == OUTCOME_OPEN ? 0 : s->e.ended_ns)
PLAIN(opened_unix_ns, set_known, adopted(s) ? 0 : s->opened_unix_ns)
PLAIN(ip, set_uint, session_ip(s))
PLAIN(tid, set_known, s->e.owner.tid)
PLAIN(owner_by, set_text, rank_name(s->e.rank))
PLAIN(opener_pid, set_known, opener_is_another(s) ? s->e.opener_pid : 0)
PLAIN(cookie, set_known, s->e.cookie)
PLAIN(segs_out, set_uint, s->e.segs_out)
PLAIN(segs_in, set_uint, s->e.segs_in)
PLAIN(retrans, set_uint, s->e.retrans)
PLAIN(srtt_us, set_known, s->e.srtt_us)
PLAIN(min_rtt_us, set_known, s->e.min_rtt_us)
PLAIN(mptcp, set_bool, s->e.flags & EVENT_MPTCP)
PLAIN(error, set_text, s->e.error ? strerrorname_np(s->e.error) : NULL)
PLAIN(tx_kb, set_uint, s->e.tx_bytes / 1024)
PLAIN(rx_kb, set_uint, s->e.rx_bytes / 1024)

GETTER(uid)
{
	(void)v;
	ret->kind = s->e.rank || s->e.flags & EVENT_UID ? VALUE_UINT : VALUE_NULL;
	ret->u = s->e.owner.uid;
}

GETTER(laddr)
{
	set_address(ret, s, s->e.laddr, v);
}

GETTER(raddr)
{
	set_address(ret, s, s->e.raddr, v);
}

GETTER(thread_comm)
{
	(void)v;
	set_comm(ret, s->e.owner.thread);
	if (!strncmp(s->e.owner.thread, s->e.owner.comm, EVENT_COMM_LEN))
		ret->kind = VALUE_NULL;
}

GETTER(opener_comm)
{
	(void)v;
	set_comm(ret, s->e.opener_comm);
	if (!opener_is_another(s))
		ret->kind = VALUE_NULL;
}

/* Whole microseconds first, then milliseconds, as tcplife counts them. */
static void set_ms(struct value *ret, uint64_t ns)
{
	set_real(ret, (double)(ns / 1000) / 1000, 2);
}

PLAIN(ms, set_ms, session_duration_ns(s))

GETTER(connect_ms)
{
	(void)v;
	set_ms(ret, connect_ns(s));
	if (!connect_ns(s))
		ret->kind = VALUE_NULL;
}

GETTER(time)
{
	time_t ended = (s->opened_unix_ns + (s->e.ended_ns - s->e.opened_ns)) / NS_PER_S;
	struct tm tm;

	(void)v;
	localtime_r(&ended, &tm);
	strftime(ret->room, sizeof(ret->room), "%H:%M:%S", &tm);
	set_text(ret, ret->room);
}

GETTER(time_s)
{
	int64_t since = (int64_t)(s->e.ended_ns / 1000 - v->first_ns / 1000);

	set_real(ret, (double)since / 1e6, 6);
}

GETTER(opened_at)
{
	time_t opened = s->opened_unix_ns / NS_PER_S;
	struct tm tm;
	size_t len;

	(void)v;
	gmtime_r(&opened, &tm);
	len = strftime(ret->room, sizeof(ret->room), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret->room + len, sizeof(ret->room) - len, ".%06uZ",
		 (unsigned int)(s->opened_unix_ns % NS_PER_S / 1000));
	set_text(ret, ret->room);
	if (adopted(s))
		ret->kind = VALUE_NULL;
}

const struct field fields[] = {
#define FIELD(key, ...) { #key, __VA_ARGS__, get_##key },
#include "core/field.def"
#undef FIELD
};

const size_t field_count = sizeof(fields) / sizeof(*fields);
_Static_assert(sizeof(fields) / sizeof(*fields) <= COLUMNS_MAX, "COLUMNS_MAX holds every field");
