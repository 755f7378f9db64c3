// SPDX-License-Identifier: BSD-2-Clause
#include "core/session.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static const unsigned char v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

int session_ip(const struct session *s)
{
	if (s->e.family == AF_INET)
		return 4;
	return memcmp(s->e.raddr, v4_mapped, sizeof(v4_mapped)) ? 6 : 4;
}

uint64_t session_duration_ns(const struct session *s)
{
	uint64_t from = s->e.established_ns ? s->e.established_ns : s->e.opened_ns;

	return s->e.ended_ns > from ? s->e.ended_ns - from : 0;
}

static const char *name_of(const char *const *names, size_t count, unsigned int i)
{
	return i < count ? names[i] : NULL;
}

#define NAME_OF(names, i) name_of(names, sizeof(names) / sizeof(*(names)), i)

const char *outcome_name(unsigned int outcome)
{
	static const char *const names[] = {
		[OUTCOME_CLOSED] = "closed",
		[OUTCOME_RESET_BY_PEER] = "reset_by_peer",
		[OUTCOME_RESET_HERE] = "reset_here",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_TIMED_OUT] = "timed_out",
		[OUTCOME_UNREACHABLE] = "unreachable",
		[OUTCOME_ABORTED] = "aborted",
		[OUTCOME_NEVER_ACCEPTED] = "never_accepted",
		[OUTCOME_OPEN] = "open",
	};

	return NAME_OF(names, outcome);
}

const char *rank_name(unsigned int rank)
{
	static const char *const names[] = {
		[RANK_LISTEN] = "listen", [RANK_ACCEPT] = "accept",   [RANK_ADOPT] = "adopt",
		[RANK_RELEASE] = "release", [RANK_CONNECT] = "connect", [RANK_IO] = "io",
	};

	return NAME_OF(names, rank);
}

const char *direction_name(unsigned int direction)
{
	static const char *const names[] = {
		[DIRECTION_ACTIVE] = "active",
		[DIRECTION_PASSIVE] = "passive",
	};

	return NAME_OF(names, direction);
}
