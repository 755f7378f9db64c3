// SPDX-License-Identifier: BSD-2-Clause
/* socktape man: the manual in scdoc's language, made from the command, option and field tables. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/field.h"

struct man {
	bool help;
};

static const struct opt opts[] = {
	{ .letter = 'h', .name = "help", .help = "this help", .parse = opt_flag,
	  .offset = offsetof(struct man, help) },
	{ 0 },
};

/* Text for scdoc: its marks are escaped. */
static void put(const char *text)
{
	for (; *text; text++) {
		if (strchr("\\*_#~<>", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void put_option(const struct opt *o)
{
	putchar('*');
	if (o->letter)
		printf("-%c*, *", o->letter);
	printf("--%s*", o->name);
	if (o->metavar)
		printf(" _%s_", o->metavar);
	printf("\n\t");
	put(o->help);
	printf(".\n\n");
}

static void put_command(const struct cmd *c)
{
	printf("## socktape %s\n\n", c->name);
	put(c->description);
	printf("\n\n");
	for (const struct opt *o = c->opts; o->name; o++)
		put_option(o);
	printf("Examples:\n\n```\n%s```\n\n", c->examples);
}

static void put_fields(void)
{
	printf("# COLUMNS\n\n");
	for (size_t i = 0; i < field_count; i++) {
		printf("*%s*\n\t", fields[i].key);
		put(fields[i].help);
		if (*fields[i].unit)
			printf(" (%s)", fields[i].unit);
		printf(".\n\n");
	}
}

static const char head[] =
	"socktape(1)\n\n"
	"# NAME\n\n"
	"socktape - a flight recorder for the sockets of a Linux machine\n\n"
	"# SYNOPSIS\n\n"
	"*socktape* _COMMAND_ [_OPTION_...]\n\n"
	"# DESCRIPTION\n\n"
	"socktape tells, for every TCP conversation of every program, who had it with whom, how many "
	"bytes went each way, how long it lived and how it ended; for programs that nobody changed. "
	"Data goes to standard output, messages to standard error.\n\n"
	"# COMMANDS\n\n";

static const char tail[] =
	"# THE LEDGER\n\n"
	"At the end socktape says how many sessions it delivered and how many it lost, by cause: the "
	"kernel's ring was full; an end that no hook saw; the kernel had no memory for a socket's state; "
	"the output failed; netlink overflowed (source diag). What was delivered and what was lost are "
	"together what happened.\n\n"
	"# TEXT FROM OUTSIDE\n\n"
	"A command may name itself as it likes. Bytes that are not readable text are shown as \\\\xNN in "
	"every format, in JSON by JSON's rules. A backslash before an x is shown as \\\\x5c, so that the "
	"way back is never in doubt.\n\n"
	"# SIGNALS\n\n"
	"SIGINT, SIGTERM and SIGHUP end the recording; what was recorded is delivered first.\n\n"
	"# EXIT STATUS\n\n"
	"0 done, 1 failed at run time, 2 wrong usage, 3 not allowed.\n";

static int run_man(int argc, char **argv)
{
	struct man m = { 0 };
	struct err e;
	int r = opt_parse(opts, &m, argc, argv, &e);

	if (r >= 0 && r < argc)
		r = fail(&e, -EINVAL, "'%.64s' is not an option: man takes no other words", argv[r]);
	if (r < 0)
		return cmd_fail(&cmd_man, EXIT_USAGE, &e);
	if (m.help) {
		cmd_help(&cmd_man);
		return EXIT_DONE;
	}
	fputs(head, stdout);
	for (const struct cmd *const *c = cmds; *c; c++)
		put_command(*c);
	put_fields();
	fputs(tail, stdout);
	return EXIT_DONE;
}

const struct cmd cmd_man = {
	.name = "man",
	.summary = "the manual's source, for scdoc",
	.examples = "  socktape man | scdoc | man -l -  read the manual before it is installed\n",
	.description = "Prints this manual in the language of scdoc(5). The build runs it.",
	.opts = opts,
	.run = run_man,
};
