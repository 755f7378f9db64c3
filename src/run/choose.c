// SPDX-License-Identifier: BSD-2-Clause
#include "run/choose.h"

#include <stdio.h>
#include <string.h>

const struct source_ops *source_find(const char *name)
{
	if (!strcmp(name, source_bpf.name))
		return &source_bpf;
	return strcmp(name, source_diag.name) ? NULL : &source_diag;
}

/* The best first.  Its own start is the probe: it loads, attaches and runs every program. */
static int open_best(struct source *s, const char *name, struct err *e)
{
	int r;

	s->ops = &source_bpf;
	r = source_open(s, e);
	if (!r)
		return 0;
	fprintf(stderr, "%s: no source bpf: %s; `socktape doctor` says more\n", name, e->msg);
	s->ops = &source_diag;
	return source_open(s, e);
}

int choose_and_open(struct source *s, const struct pipeline *p, struct err *e)
{
	if (!s->ops)
		return open_best(s, p->name, e);
	return source_open(s, e);
}
