// SPDX-License-Identifier: BSD-2-Clause
#ifndef SOCKTAPE_RUN_CHOOSE_H
#define SOCKTAPE_RUN_CHOOSE_H

#include "base/err.h"
#include "run/pipeline.h"

/* NULL when there is no source of this name. */
const struct source_ops *source_find(const char *name);

/* Opens the source that was asked for, or the best that works here; says on stderr why not the best. */
int choose_and_open(struct source *s, const struct pipeline *p, struct err *e);

#endif
