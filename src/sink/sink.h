// SPDX-License-Identifier: BSD-2-Clause
/*
 * A sink turns sessions into bytes of one format.  It writes into a buffer that belongs to the caller
 * and names no column: it walks the ones it is given.
 */
#ifndef SOCKTAPE_SINK_SINK_H
#define SOCKTAPE_SINK_SINK_H

#include "base/buf.h"
#include "core/field.h"
#include "core/ledger.h"

struct sink_config {
	struct columns columns;
	struct view view;
	bool header;
};

struct sink_ops {
	const char *name, *help;
	const char *columns; /* shown by default; NULL: all that are not derived */
	void (*header)(const struct sink_config *c, struct buf *out); /* may be NULL */
	void (*session)(const struct sink_config *c, const struct session *s, struct buf *out);
	void (*ledger)(const struct ledger *l, struct buf *out); /* may be NULL */
};

#define SINK(name) extern const struct sink_ops sink_##name;
#include "sink/sinks.def"
#undef SINK

/* NULL when there is none of this name. */
const struct sink_ops *sink_find(const char *name);

/* A value as a word: numbers and names, no quotes.  Text needs the sink's own escape. */
void sink_number(struct buf *out, const struct value *v);

#endif
