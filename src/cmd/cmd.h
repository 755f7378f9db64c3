// SPDX-License-Identifier: BSD-2-Clause
/* What a command is.  Each stands in a file of its own, its options in one table. */
#ifndef SOCKTAPE_CMD_CMD_H
#define SOCKTAPE_CMD_CMD_H

#include "base/opt.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,      /* at run time */
	EXIT_USAGE = 2,       /* wrong usage */
	EXIT_NOT_ALLOWED = 3, /* and the message says how to be */
};

struct cmd {
	const char *name, *summary;
	const char *examples;    /* lines of "  command   what it does" */
	const char *description; /* paragraphs for the manual */
	const struct opt *opts;
	int (*run)(int argc, char **argv);
};

extern const struct cmd cmd_life;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_man;

extern const struct cmd *const cmds[]; /* ends with NULL */

void cmd_help(const struct cmd *c);
void cmd_version(void);

/* Prints "socktape NAME: message" on stderr and returns `code`. */
int cmd_fail(const struct cmd *c, enum exit_code code, const struct err *e);

#endif
