// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prints the fixed sessions and a fixed ledger in one format:
 *	render FORMAT [-T] [-t] [-H] [--raw-addr] [--every]
 * The words mean what they mean to `socktape life`; --every shows every column that there is.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "sessions.h"
#include "sink/sink.h"

struct wish {
	bool time, timestamp, every;
	struct sink_config config;
};

static bool understand(struct wish *w, const char *word)
{
	if (!strcmp(word, "-T"))
		w->time = true;
	else if (!strcmp(word, "-t"))
		w->timestamp = true;
	else if (!strcmp(word, "-H"))
		w->config.header = false;
	else if (!strcmp(word, "--raw-addr"))
		w->config.view.raw_addr = true;
	else if (!strcmp(word, "--every"))
		w->every = true;
	else
		return false;
	return true;
}

static void choose_columns(struct wish *w, const struct sink_ops *sink)
{
	struct columns *c = &w->config.columns;
	struct err e;

	if (w->every) {
		while (c->count < field_count) {
			c->field[c->count] = &fields[c->count];
			c->count++;
		}
		return;
	}
	if (w->time)
		columns_add(c, "time", &e);
	if (w->timestamp)
		columns_add(c, "time_s", &e);
	if (sink->columns)
		columns_add(c, sink->columns, &e);
	else
		for (size_t i = 0; i < field_count; i++)
			if (!(fields[i].flags & FIELD_DERIVED))
				columns_add(c, fields[i].key, &e);
}

static struct session session_of(const struct example *example)
{
	struct session s = example->s;

	s.e.family = strchr(example->local, ':') ? AF_INET6 : AF_INET;
	inet_pton(s.e.family, example->local, s.e.laddr);
	inet_pton(s.e.family, example->remote, s.e.raddr);
	s.opened_unix_ns = BOOT + s.e.opened_ns;
	return s;
}

static void render(const struct sink_ops *sink, struct sink_config *config, struct buf *out)
{
	struct ledger l = {
		.sessions = example_count, .lost_ring = 2, .lost_output = 1, .opened = 30
	};

	if (config->header && sink->header)
		sink->header(config, out);
	for (size_t i = 0; i < example_count; i++) {
		struct session s = session_of(&examples[i]);

		if (!i)
			config->view.first_ns = s.e.ended_ns;
		sink->session(config, &s, out);
	}
	if (sink->ledger)
		sink->ledger(&l, out);
}

int main(int argc, char **argv)
{
	struct wish w = { .config.header = true };
	const struct sink_ops *sink = argc > 1 ? sink_find(argv[1]) : NULL;
	struct buf out = { 0 };

	for (int i = 2; i < argc; i++)
		if (!understand(&w, argv[i]))
			sink = NULL;
	if (!sink) {
		fprintf(stderr, "usage: render FORMAT [-T] [-t] [-H] [--raw-addr] [--every]\n");
		return 2;
	}
	choose_columns(&w, sink);
	render(sink, &w.config, &out);
	if (out.failed)
		return 1;
	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	return fflush(stdout) ? 1 : 0;
}
