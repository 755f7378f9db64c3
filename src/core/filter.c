// SPDX-License-Identifier: BSD-2-Clause
#include "core/filter.h"

bool filter_match(const struct filter *f, const struct session *s)
{
	if (f->pid && s->e.owner.pid != f->pid)
		return false;
	if (f->ip && session_ip(s) != f->ip)
		return false;
	if (f->lports.any && !ports_have(&f->lports, s->e.lport))
		return false;
	return !f->rports.any || ports_have(&f->rports, s->e.rport);
}
