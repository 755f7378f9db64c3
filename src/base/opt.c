// SPDX-License-Identifier: BSD-2-Clause
#include "base/opt.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"

#define OPTS_MAX  64
#define NAME_ONLY 256 /* getopt's value for the row i that has no letter is NAME_ONLY + i */

int opt_flag(const struct opt *o, void *field, const char *text, struct err *e)
{
	(void)o, (void)text, (void)e;
	*(bool *)field = true;
	return 0;
}

int opt_string(const struct opt *o, void *field, const char *text, struct err *e)
{
	(void)o, (void)e;
	*(const char **)field = text;
	return 0;
}

int opt_number(const struct opt *o, void *field, const char *text, struct err *e)
{
	return num_parse(field, text, o->min, o->max, e);
}

int opt_duration(const struct opt *o, void *field, const char *text, struct err *e)
{
	(void)o;
	return num_duration_ns(field, text, e);
}

int opt_size(const struct opt *o, void *field, const char *text, struct err *e)
{
	return num_size(field, text, o->min, o->max, e);
}

int opt_ports(const struct opt *o, void *field, const char *text, struct err *e)
{
	(void)o;
	return num_ports(field, text, e);
}

/* The table in getopt_long's form: `letters` and `names`. */
static void for_getopt(const struct opt *table, char *letters, struct option *names)
{
	*letters++ = ':'; /* tell a missing argument from an unknown option */
	for (int i = 0; table[i].name && i < OPTS_MAX; i++) {
		const struct opt *o = &table[i];

		names[i] = (struct option){ o->name, o->metavar ? required_argument : no_argument, NULL,
					    o->letter ? o->letter : NAME_ONLY + i };
		if (!o->letter)
			continue;
		*letters++ = o->letter;
		if (o->metavar)
			*letters++ = ':';
	}
	*letters = 0;
}

/* The row that getopt's value stands for; NULL when there is none. */
static const struct opt *find(const struct opt *table, int value)
{
	if (value >= NAME_ONLY)
		return &table[value - NAME_ONLY];
	for (; table->name; table++)
		if (table->letter == value)
			return table;
	return NULL;
}

/* "--t" where there are --time and --timestamp: names them; 0 when it is the beginning of less than two. */
static int refuse_short_form(const struct opt *table, const char *word, struct err *e)
{
	size_t len = strlen(word);
	char names[256] = "";
	int found = 0;

	for (const struct opt *o = table; o->name; o++) {
		size_t used = strlen(names);

		if (!strncmp(o->name, word + 2, len - 2))
			snprintf(names + used, sizeof(names) - used, "%s--%s", found++ ? ", " : "", o->name);
	}
	return found < 2 ? 0 : fail(e, -EINVAL, "'%.64s' may be any of %s", word, names);
}

/* What getopt refused, as the user typed it: optopt is 0 for an unknown name, else the letter or row. */
static int refuse(const struct opt *table, int c, char **argv, struct err *e)
{
	const struct opt *o = optopt ? find(table, optopt) : NULL;
	const char *last = argv[optind - 1];

	if (c == ':' && !strncmp(last, "--", 2))
		return fail(e, -EINVAL, "'%.64s' needs an argument: %s", last, o->metavar);
	if (c == ':')
		return fail(e, -EINVAL, "'-%c' needs an argument: %s", optopt, o->metavar);
	if (o)
		return fail(e, -EINVAL, "'--%s' takes no argument", o->name);
	if (optopt)
		return fail(e, -EINVAL, "'-%c' is not an option (--help lists them)", optopt);
	if (refuse_short_form(table, last, e))
		return -EINVAL;
	return fail(e, -EINVAL, "'%.64s' is not an option (--help lists them)", last);
}

static int take(const struct opt *o, void *ret, struct err *e)
{
	char name[64];
	int r = o->parse(o, (char *)ret + o->offset, optarg, e);

	snprintf(name, sizeof(name), "--%s", o->name);
	return r ? fail_in(e, r, name) : 0;
}

int opt_parse(const struct opt *table, void *ret, int argc, char **argv, struct err *e)
{
	char letters[2 * OPTS_MAX + 2];
	struct option names[OPTS_MAX + 1] = { 0 };
	int c, r;

	for_getopt(table, letters, names);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (c == ':' || c == '?')
			return refuse(table, c, argv, e);
		r = take(find(table, c), ret, e);
		if (r)
			return r;
	}
	return optind;
}

void opt_help(const struct opt *table, FILE *f)
{
	for (const struct opt *o = table; o->name; o++) {
		char name[64];

		snprintf(name, sizeof(name), "--%s%s%s", o->name, o->metavar ? " " : "",
			 o->metavar ? o->metavar : "");
		fprintf(f, "  %c%c%c %-22s %s\n", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
			o->letter ? ',' : ' ', name, o->help);
	}
}
