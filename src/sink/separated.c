// SPDX-License-Identifier: BSD-2-Clause
/*
 * Values with a separator between them: CSV (quoted as in RFC 4180), tcplife's unquoted CSV, and TSV.
 * A value that is not known is empty.  Text that a spreadsheet would run as a formula (it begins with
 * = + - or @) has its first character escaped.
 */
#include <stdint.h>
#include <string.h>

#include "base/escape.h"
#include "sink/sink.h"

#define COLUMNS "pid,comm,ip,laddr,lport,raddr,rport,tx_kb,rx_kb,ms"

struct style {
	char separator;
	bool quoted;        /* text with a comma or quote stands in quotes; else they are escaped */
	const char *escape; /* characters that may not stand as they are */
};

static const struct style rfc4180 = { ',', true, "" };
static const struct style tcplife = { ',', false, ",\"" };
static const struct style tsv = { '\t', false, "" };

/* Puts what stands from `start` on in quotes and doubles the quotes in it, in place. */
static void quote(struct buf *out, size_t start)
{
	size_t len = out->len - start, extra = 2;
	char *from, *to;

	for (size_t i = 0; i < len; i++)
		extra += out->data[start + i] == '"';
	buf_fill(out, '"', extra);
	if (out->failed)
		return;
	from = out->data + start + len;
	to = out->data + out->len - 1;
	while (from > out->data + start) {
		*--to = *--from;
		if (*from == '"')
			*--to = '"';
	}
	*--to = '"';
}

static void put_text(struct buf *out, const struct style *style, const char *text)
{
	bool quoted = style->quoted && strpbrk(text, ",\"");
	size_t start = out->len;

	if (*text && strchr("=+-@", *text))
		buf_printf(out, "\\x%02x", *text++);
	escape_text(out, text, style->escape, SIZE_MAX);
	if (quoted)
		quote(out, start);
}

static void header(const struct sink_config *c, struct buf *out, const struct style *style)
{
	for (size_t i = 0; i < c->columns.count; i++) {
		if (i)
			buf_char(out, style->separator);
		buf_str(out, c->columns.field[i]->title);
	}
	buf_char(out, '\n');
}

static void session(const struct sink_config *c, const struct session *s, struct buf *out,
		    const struct style *style)
{
	for (size_t i = 0; i < c->columns.count; i++) {
		struct value v;

		if (i)
			buf_char(out, style->separator);
		c->columns.field[i]->get(s, &c->view, &v);
		if (v.kind == VALUE_TEXT)
			put_text(out, style, v.text);
		else
			sink_number(out, &v);
	}
	buf_char(out, '\n');
}

#define SEPARATED(style) \
	static void style##_header(const struct sink_config *c, struct buf *out) \
	{ \
		header(c, out, &style); \
	} \
	static void style##_session(const struct sink_config *c, const struct session *s, struct buf *out) \
	{ \
		session(c, s, out, &style); \
	}

SEPARATED(rfc4180)
SEPARATED(tcplife)
SEPARATED(tsv)

const struct sink_ops sink_csv = {
	.name = "csv",
	.help = "comma-separated values, quoted as RFC 4180 says",
	.columns = COLUMNS,
	.header = rfc4180_header,
	.session = rfc4180_session,
};

const struct sink_ops sink_tcplife_csv = {
	.name = "tcplife-csv",
	.help = "comma-separated values as tcplife writes them, never quoted",
	.columns = COLUMNS,
	.header = tcplife_header,
	.session = tcplife_session,
};

const struct sink_ops sink_tsv = {
	.name = "tsv",
	.help = "tab-separated values",
	.columns = COLUMNS,
	.header = tsv_header,
	.session = tsv_session,
};
