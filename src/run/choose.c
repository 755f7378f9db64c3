// SPDX-License-Identifier: BSD-2-Clause
#include "run/choose.h"

#include <string.h>

const struct source_ops *source_find(const char *name)
{
	return !strcmp(name, "bpf") ? &source_bpf : NULL;
}

int choose_and_open(struct source *s, const struct pipeline *p, struct err *e)
{
	(void)p;
	s->ops = s->ops ? s->ops : &source_bpf;
	return source_open(s, e);
}
