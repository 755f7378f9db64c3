// SPDX-License-Identifier: BSD-2-Clause
/* One flat JSON object a line; what is no session has a "kind". */
#include "base/escape.h"
#include "sink/sink.h"

static void put_value(struct buf *out, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		buf_str(out, "null");
		break;
	case VALUE_TEXT:
		escape_json(out, v->text);
		break;
	default:
		sink_number(out, v);
	}
}

static void jsonl_session(const struct sink_config *c, const struct session *s, struct buf *out)
{
	for (size_t i = 0; i < c->columns.count; i++) {
		const struct field *f = c->columns.field[i];
		struct value v;

		buf_str(out, i ? ",\"" : "{\"");
		buf_str(out, f->key);
		buf_str(out, "\":");
		f->get(s, &c->view, &v);
		put_value(out, &v);
	}
	buf_str(out, "}\n");
}

static void jsonl_ledger(const struct ledger *l, struct buf *out)
{
	ledger_json(out, l);
	buf_char(out, '\n');
}

const struct sink_ops sink_jsonl = {
	.name = "jsonl",
	.help = "JSON lines: one object a session with every field, the ledger last",
	.session = jsonl_session,
	.ledger = jsonl_ledger,
};
