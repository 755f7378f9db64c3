// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options from a table: one row is the parser, the range check, the help text and the manual.
 */
#ifndef SOCKTAPE_BASE_OPT_H
#define SOCKTAPE_BASE_OPT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct opt;

/* Reads `text` (NULL when the option takes none) into the field; 0 or -EINVAL with a message. */
typedef int opt_fn(const struct opt *o, void *field, const char *text, struct err *e);

struct opt {
	char letter;         /* 0: has only a name */
	const char *name;    /* NULL ends the table */
	const char *metavar; /* NULL: takes no argument */
	const char *help;
	opt_fn *parse;
	size_t offset; /* of the field in the struct that opt_parse() fills */
	uint64_t min, max;
};

opt_fn opt_flag;     /* bool */
opt_fn opt_string;   /* const char * */
opt_fn opt_number;   /* uint64_t, within min and max */
opt_fn opt_duration; /* uint64_t, nanoseconds */
opt_fn opt_size;     /* uint64_t, bytes, within min and max */
opt_fn opt_ports;    /* struct ports */

/*
 * Parses the arguments of a command into `ret`.  `argv[0]` is the command's name.  Returns the index
 * of the first argument that is no option, or -EINVAL with a one-line message.
 */
int opt_parse(const struct opt *table, void *ret, int argc, char **argv, struct err *e);

/* Writes the table as the lines of --help. */
void opt_help(const struct opt *table, FILE *f);

#endif
