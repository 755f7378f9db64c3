// SPDX-License-Identifier: BSD-2-Clause
/* socktape life: every TCP session of the machine, one line as it ends. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "cmd/cmd.h"
#include "run/choose.h"
#include "run/pipeline.h"
#include "source/cgroup.h"
#include "source/netns.h"

struct life {
	bool time, timestamp, wide, csv, ipv4, ipv6, no_header, all, raw_addr, quiet, verbose, help, version;
	uint64_t pid, count, duration_ns, ring_bytes;
	struct ports lports, rports;
	const char *format, *columns, *netns, *cgroup, *source;
};

#define OPT(field, l, n, m, fn, text, ...) \
	{ .letter = l, .name = n, .metavar = m, .parse = fn, .help = text, \
	  .offset = offsetof(struct life, field), __VA_ARGS__ }

static const struct opt opts[] = {
	OPT(time, 'T', "time", NULL, opt_flag, "show the time of day (HH:MM:SS)"),
	OPT(timestamp, 't', "timestamp", NULL, opt_flag, "show seconds since the first session shown"),
	OPT(wide, 'w', "wide", NULL, opt_flag, "wide columns (fit IPv6), same as -o wide"),
	OPT(csv, 's', "csv", NULL, opt_flag, "tcplife's comma-separated values"),
	OPT(pid, 'p', "pid", "PID", opt_number, "only sessions of this process", .min = 1,
	    .max = 4194304),
	OPT(lports, 'L', "localport", "PORTS", opt_ports, "only these local ports: 80,443,8000-8080"),
	OPT(rports, 'D', "remoteport", "PORTS", opt_ports, "only these remote ports"),
	OPT(ipv4, '4', "ipv4", NULL, opt_flag, "only IPv4 (as on the wire)"),
	OPT(ipv6, '6', "ipv6", NULL, opt_flag, "only IPv6"),
	OPT(netns, 0, "netns", "NS", opt_string,
	    "only this network namespace: self, a name, a path, an inode number"),
	OPT(cgroup, 0, "cgroup", "PATH", opt_string, "only processes of this cgroup and those below it"),
	OPT(format, 'o', "output", "FORMAT", opt_string, "table, wide, csv, tsv or jsonl"),
	OPT(columns, 'O', "columns", "COLUMNS", opt_string,
	    "these columns: COL,COL or +COL to add some; help lists them"),
	OPT(no_header, 'H', "no-header", NULL, opt_flag, "no line of titles"),
	OPT(raw_addr, 0, "raw-addr", NULL, opt_flag, "show v4-mapped addresses as ::ffff:a.b.c.d"),
	OPT(count, 'c', "count", "COUNT", opt_number, "end after this many sessions", .min = 1,
	    .max = UINT64_MAX),
	OPT(duration_ns, 'd', "duration", "TIME", opt_duration, "end after this time: 10s, 500ms, 2m"),
	OPT(all, 0, "all", NULL, opt_flag, "at the end, show the sessions that are still open"),
	OPT(source, 0, "source", "SOURCE", opt_string, "auto, bpf or diag (auto)"),
	OPT(ring_bytes, 0, "ring", "SIZE", opt_size, "size of the kernel's ring (8M)",
	    .min = 64 << 10, .max = 1 << 30),
	OPT(quiet, 'q', "quiet", NULL, opt_flag, "no messages but errors"),
	OPT(verbose, 'v', "verbose", NULL, opt_flag, "the ledger on stderr every second that changes it"),
	OPT(help, 'h', "help", NULL, opt_flag, "this help"),
	OPT(version, 'V', "version", NULL, opt_flag, "the version"),
	{ 0 },
};

static int set_format(struct pipeline *p, const struct life *l, struct err *e)
{
	const char *name = l->csv ? "tcplife-csv" : l->format ? l->format : l->wide ? "wide" : "table";

	if (l->csv && l->format)
		return fail(e, -EINVAL, "-s and -o each choose a format: give one");
	if (l->wide && l->format && !strcmp(l->format, "table"))
		name = "wide";
	p->sink = sink_find(name);
	return p->sink ? 0 : fail(e, -EINVAL, "--output: '%.64s' is not a format: table, wide, csv, tsv or "
				  "jsonl", name);
}

/* A JSON object may not have one key twice, and nobody reads a column twice. */
static int columns_differ(const struct columns *c, struct err *e)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t j = 0; j < i; j++)
			if (c->field[i] == c->field[j])
				return fail(e, -EINVAL, "'%s' is there already", c->field[i]->key);
	return 0;
}

static int set_columns(struct pipeline *p, const struct life *l, struct err *e)
{
	struct columns *c = &p->sink_config.columns;
	const char *list = l->columns;
	int r = 0;

	if (l->time)
		columns_add(c, "time", e);
	if (l->timestamp)
		columns_add(c, "time_s", e);
	if ((!list || *list == '+') && p->sink->columns)
		columns_add(c, p->sink->columns, e);
	else if (!list || *list == '+')
		columns_all(c);
	if (list)
		r = columns_add(c, list + (*list == '+'), e);
	r = r ? r : columns_differ(c, e);
	return r ? fail_in(e, r, "--columns") : 0;
}

static int set_filter(struct filter *f, const struct life *l, struct err *e)
{
	int r;

	if (l->ipv4 && l->ipv6)
		return fail(e, -EINVAL, "-4 and -6 exclude each other: leave both out to see both");
	f->pid = l->pid;
	f->ip = l->ipv4 ? 4 : l->ipv6 ? 6 : 0;
	f->lports = l->lports;
	f->rports = l->rports;
	r = l->netns ? netns_find(&f->netns, l->netns, e) : 0;
	if (r)
		return fail_in(e, r, "--netns");
	r = l->cgroup ? cgroup_find(&f->cgroup, l->cgroup, e) : 0;
	return r ? fail_in(e, r, "--cgroup") : 0;
}

static int set_source(struct pipeline *p, const struct life *l, struct err *e)
{
	uint64_t ring = 64 << 10;

	while (ring < l->ring_bytes)
		ring *= 2; /* the kernel takes powers of two only */
	p->source_config.ring_bytes = ring;
	p->source_config.send_open = l->all;
	if (!l->source || !strcmp(l->source, "auto"))
		return 0;
	p->source = source_find(l->source);
	return p->source ? 0 : fail(e, -EINVAL, "--source: '%.64s' is not a source: auto, bpf or diag",
				    l->source);
}

static int configure(struct pipeline *p, const struct life *l, struct err *e)
{
	int r = set_format(p, l, e);

	if (!r)
		r = set_columns(p, l, e);
	if (!r)
		r = set_filter(&p->source_config.filter, l, e);
	if (!r)
		r = set_source(p, l, e);
	p->sink_config.header = !l->no_header;
	p->sink_config.view.raw_addr = l->raw_addr;
	p->count = l->count;
	p->duration_ns = l->duration_ns;
	p->quiet = l->quiet;
	p->verbose = l->verbose;
	return r;
}

/* --help, -O help, --version: nothing is recorded. */
static bool tells_of_itself(const struct life *l)
{
	if (l->help)
		cmd_help(&cmd_life);
	else if (l->columns && !strcmp(l->columns, "help"))
		fields_help(stdout);
	else if (l->version)
		cmd_version();
	else
		return false;
	return true;
}

static int run_life(int argc, char **argv)
{
	struct life l = { .ring_bytes = 8 << 20 };
	struct pipeline p = { .name = "socktape life" };
	struct err e;
	int r = opt_parse(opts, &l, argc, argv, &e);

	if (r >= 0 && tells_of_itself(&l))
		return EXIT_DONE;
	if (r >= 0 && r < argc)
		r = fail(&e, -EINVAL, "'%.64s' is not an option: life takes no other words", argv[r]);
	if (r >= 0)
		r = configure(&p, &l, &e);
	if (r < 0)
		return cmd_fail(&cmd_life, EXIT_USAGE, &e);
	r = pipeline_run(&p, &e);
	if (r == -EPERM || r == -EACCES)
		return cmd_fail(&cmd_life, EXIT_NOT_ALLOWED, &e);
	return r ? cmd_fail(&cmd_life, EXIT_FAILED, &e) : EXIT_DONE;
}

const struct cmd cmd_life = {
	.name = "life",
	.summary = "every TCP session of the machine, one line as it ends",
	.examples = "  socktape life                  every TCP session, as it ends\n"
		    "  socktape life -t -w            with times, and room for IPv6\n"
		    "  socktape life -p 181           only sessions of process 181\n"
		    "  socktape life -L 80,8000-8080  only these local ports\n"
		    "  socktape life -o jsonl -d 1m   a minute of JSON lines with every field\n"
		    "  socktape life -O +outcome      one more column (-O help lists them)\n",
	.description =
		"Shows every TCP session of the machine, in every network namespace, as it ends. Sessions "
		"that were open before are shown too, marked adopted. The default output, -w, -s, -T and -t "
		"are those of tcplife; MS counts from the established connection to its end (from connect(2) "
		"where it never was established), and TX_KB and RX_KB are the application's bytes.\n\n"
		"A session that the peer has ended while the program still has unread data, or has not shown "
		"yet who it is, is shown when the program closes it: only then are its bytes and its owner "
		"final. The owner is the process that last sent or received.\n\n"
		"The source bpf needs root, or the capabilities bpf, perfmon and net_admin (and sys_admin to "
		"find orphans of other network namespaces at the start). All rights are given up before the "
		"first record is read. Without them the source diag is used, which cannot know owners.",
	.opts = opts,
	.run = run_life,
};
