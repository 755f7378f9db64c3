// SPDX-License-Identifier: BSD-2-Clause
#include "source/source.h"

#include <errno.h>
#include <stdlib.h>

int source_open(struct source *s, struct err *e)
{
	int r;

	s->state = calloc(1, s->ops->state_size);
	if (!s->state)
		return fail(e, -ENOMEM, "out of memory");
	r = s->ops->open(s, e);
	if (r)
		source_close(s);
	return r;
}

void source_close(struct source *s)
{
	if (!s->state)
		return;
	s->ops->close(s);
	free(s->state);
	s->state = NULL;
}
