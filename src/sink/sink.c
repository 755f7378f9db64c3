// SPDX-License-Identifier: BSD-2-Clause
#include "sink/sink.h"

#include <string.h>

static const struct sink_ops *const sinks[] = {
#define SINK(name) &sink_##name,
#include "sink/sinks.def"
#undef SINK
};

const struct sink_ops *sink_find(const char *name)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(*sinks); i++)
		if (!strcmp(sinks[i]->name, name))
			return sinks[i];
	return NULL;
}

void sink_number(struct buf *out, const struct value *v)
{
	switch (v->kind) {
	case VALUE_UINT:
		buf_u64(out, v->u);
		break;
	case VALUE_REAL:
		buf_printf(out, "%.*f", v->digits, v->r);
		break;
	case VALUE_BOOL:
		buf_str(out, v->b ? "true" : "false");
		break;
	case VALUE_NULL:
	case VALUE_TEXT:
		break;
	}
}
