// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "cmd/cmd.h"
#include "version.h"

const struct cmd *const cmds[] = { &cmd_life, &cmd_doctor, &cmd_man, NULL };

void cmd_help(const struct cmd *c)
{
	printf("socktape %s: %s\n\n%s\n", c->name, c->summary, c->examples);
	printf("options:\n");
	opt_help(c->opts, stdout);
}

void cmd_version(void)
{
	puts("socktape " SOCKTAPE_VERSION);
}

int cmd_fail(const struct cmd *c, enum exit_code code, const struct err *e)
{
	fprintf(stderr, "socktape %s: ", c->name);
	escape_print(stderr, e->msg);
	fputc('\n', stderr);
	return code;
}

static void usage(FILE *f)
{
	fprintf(f, "socktape: a flight recorder for the sockets of this machine\n\n%s\n", cmd_life.examples);
	fprintf(f, "commands:\n");
	for (const struct cmd *const *c = cmds; *c; c++)
		fprintf(f, "  %-8s %s\n", (*c)->name, (*c)->summary);
	fprintf(f, "\nsocktape COMMAND --help says more; socktape --version\n");
}

static int is(const char *arg, const char *letter, const char *name)
{
	return !strcmp(arg, letter) || !strcmp(arg, name);
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (is(argv[1], "-h", "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (is(argv[1], "-V", "--version")) {
		cmd_version();
		return EXIT_DONE;
	}
	for (const struct cmd *const *c = cmds; *c; c++)
		if (!strcmp((*c)->name, argv[1]))
			return (*c)->run(argc - 1, argv + 1);
	fputs("socktape: '", stderr);
	escape_print(stderr, argv[1]);
	fputs("' is not a command (socktape --help lists them)\n", stderr);
	return EXIT_USAGE;
}

/*
 * A closed standard descriptor would be given to the next file that is opened.  Input and messages go to
 * /dev/null then; data must not.
 */
static bool standard_descriptors(void)
{
	bool has_output = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	return has_output;
}

int main(int argc, char **argv)
{
	int code;

	if (!standard_descriptors()) {
		fprintf(stderr, "socktape: standard output is closed\n");
		return EXIT_FAILED;
	}
	code = run(argc, argv);
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) {
		fprintf(stderr, "socktape: cannot write: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	return code;
}
