// SPDX-License-Identifier: BSD-2-Clause
/* Columns of fixed width for people: tcplife's widths, the wide form with room for IPv6. */
#include <limits.h>
#include <string.h>

#include "base/escape.h"
#include "sink/sink.h"

/* Moves the last `len` bytes, `used` columns wide, to the right of the column. */
static void align_right(struct buf *out, size_t len, int spaces)
{
	if (spaces <= 0)
		return;
	buf_fill(out, ' ', spaces);
	if (out->failed)
		return;
	memmove(out->data + out->len - len, out->data + out->len - len - spaces, len);
	memset(out->data + out->len - len - spaces, ' ', spaces);
}

static void pad(struct buf *out, const struct field *f, size_t start, int spaces, bool last)
{
	if (f->flags & FIELD_RIGHT)
		align_right(out, out->len - start, spaces);
	else if (!last && spaces > 0)
		buf_fill(out, ' ', spaces);
	if (!last)
		buf_char(out, ' ');
}

static void put_cell(struct buf *out, const struct field *f, const struct value *v, int width, bool last)
{
	size_t start = out->len, used;

	if (v->kind == VALUE_TEXT) {
		used = escape_text(out, v->text, "", f->flags & FIELD_CUT ? (size_t)width : SIZE_MAX);
	} else {
		if (v->kind == VALUE_NULL)
			buf_char(out, '-');
		sink_number(out, v);
		used = out->len - start;
	}
	pad(out, f, start, width - (int)used, last);
}

static void row(const struct sink_config *c, const struct session *s, struct buf *out, bool wide)
{
	for (size_t i = 0; i < c->columns.count; i++) {
		const struct field *f = c->columns.field[i];
		struct value v;

		f->get(s, &c->view, &v);
		put_cell(out, f, &v, wide ? f->wide : f->width, i + 1 == c->columns.count);
	}
	buf_char(out, '\n');
}

static void titles(const struct sink_config *c, struct buf *out, bool wide)
{
	for (size_t i = 0; i < c->columns.count; i++) {
		const struct field *f = c->columns.field[i];
		struct value v = { .kind = VALUE_TEXT, .text = f->title };

		put_cell(out, f, &v, wide ? f->wide : f->width, i + 1 == c->columns.count);
	}
	buf_char(out, '\n');
}

static void table_header(const struct sink_config *c, struct buf *out)
{
	titles(c, out, false);
}

static void table_session(const struct sink_config *c, const struct session *s, struct buf *out)
{
	row(c, s, out, false);
}

static void wide_header(const struct sink_config *c, struct buf *out)
{
	titles(c, out, true);
}

static void wide_session(const struct sink_config *c, const struct session *s, struct buf *out)
{
	row(c, s, out, true);
}

const struct sink_ops sink_table = {
	.name = "table",
	.help = "columns for people, 80 characters wide",
	.columns = "pid,comm,laddr,lport,raddr,rport,tx_kb,rx_kb,ms",
	.header = table_header,
	.session = table_session,
};

const struct sink_ops sink_wide = {
	.name = "wide",
	.help = "columns with room for IPv6",
	.columns = "pid,comm,ip,laddr,lport,raddr,rport,tx_kb,rx_kb,ms",
	.header = wide_header,
	.session = wide_session,
};
