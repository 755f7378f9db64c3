// SPDX-License-Identifier: BSD-2-Clause
/* Words of a command line (ended by line ends) against a second reading of the option table. */
#include <getopt.h>

#include "fuzz.h"

#include "base/num.h"

#if PLANTED == 1 /* nobody keeps to the range */
#define num_parse(ret, text, min, max, e) num_parse(ret, text, 0, UINT64_MAX, e)
#elif PLANTED == 2 /* one dash is as good as two */
#define getopt_long getopt_long_only
#endif
#include "base/opt.c"
#undef num_parse

#define WORDS_MAX 12

struct command {
	bool time, timestamp, raw;
	const char *name;
	uint64_t pid, wait_ns, bytes;
	struct ports ports;
};

#define OPT(field, l, n, m, fn, ...)                                                               \
	{                                                                                          \
		.letter = l, .name = n, .metavar = m, .parse = fn, .help = n,                      \
		.offset = offsetof(struct command, field), ##__VA_ARGS__                           \
	}

static const struct opt table[] = {
	OPT(time, 'T', "time", NULL, opt_flag),
	OPT(timestamp, 't', "timestamp", NULL, opt_flag),
	OPT(raw, 0, "raw-addr", NULL, opt_flag),
	OPT(name, 'n', "name", "NAME", opt_string),
	OPT(pid, 'p', "pid", "PID", opt_number, .min = 1, .max = 4194304),
	OPT(wait_ns, 'd', "duration", "TIME", opt_duration),
	OPT(bytes, 0, "ring", "SIZE", opt_size, .min = 64 << 10, .max = 1 << 30),
	OPT(ports, 'L', "localport", "PORTS", opt_ports),
	{ 0 },
};

static bool give(struct command *c, const struct opt *o, const char *text)
{
	struct err e;

	if (o->parse == opt_flag)
		*(bool *)((char *)c + o->offset) = true;
	else if (o->parse == opt_string)
		c->name = text;
	else if (o->parse == opt_number)
		return !num_parse(&c->pid, text, 1, 4194304, &e);
	else if (o->parse == opt_duration)
		return !num_duration_ns(&c->wait_ns, text, &e);
	else if (o->parse == opt_size)
		return !num_size(&c->bytes, text, 64 << 10, 1 << 30, &e);
	else
		return !num_ports(&c->ports, text, &e);
	return true;
}

/* A name, or the beginning of just one. */
static const struct opt *by_name(const char *name, size_t len)
{
	const struct opt *found = NULL;
	int count = 0;

	for (const struct opt *o = table; o->name; o++) {
		if (strncmp(o->name, name, len))
			continue;
		if (strlen(o->name) == len)
			return o;
		found = o;
		count++;
	}
	return count == 1 ? found : NULL;
}

/* --NAME, --NAME=TEXT or --NAME TEXT; *i moves past what is taken. */
static bool read_long(struct command *c, char **words, int count, int *i)
{
	const char *word = words[*i] + 2, *text = strchr(word, '=');
	const struct opt *o = by_name(word, text ? (size_t)(text - word) : strlen(word));

	if (!o || (text && !o->metavar))
		return false;
	if (o->metavar && !text && ++*i == count)
		return false;
	return give(c, o, text ? text + 1 : words[*i]);
}

static bool read_letters(struct command *c, char **words, int count, int *i)
{
	for (const char *p = words[*i] + 1; *p; p++) {
		const struct opt *o = table;

		while (o->name && (!o->letter || o->letter != *p))
			o++;
		if (!o->name)
			return false;
		if (!o->metavar) {
			give(c, o, NULL);
			continue;
		}
		if (!p[1] && ++*i == count)
			return false;
		return give(c, o, p[1] ? p + 1 : words[*i]);
	}
	return true;
}

/* How many words are options and what belongs to them; -1 when one is wrong. */
static int read_words(struct command *c, char **words, int count)
{
	int others = 0;

	for (int i = 1; i < count; i++) {
		bool good = true;

		if (!strcmp(words[i], "--"))
			return i + 1 - others;
		if (!strncmp(words[i], "--", 2))
			good = read_long(c, words, count, &i);
		else if (words[i][0] == '-' && words[i][1])
			good = read_letters(c, words, count, &i);
		else
			others++;
		if (!good)
			return -1;
	}
	return count - others;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct command got, expected;
	char *text = text_of(data, size), *rest = text;
	char *words[WORDS_MAX + 1] = { (char *)"life" };
	struct err e = { "" };
	int count = 1, r, want;

	while (count < WORDS_MAX && rest && *rest)
		words[count++] = strsep(&rest, "\n");
	got = expected = (struct command){ .pid = 0 };
	want = read_words(&expected, words, count);
	r = opt_parse(table, &got, count, words, &e);
	if (want < 0) {
		REQUIRE(r == -EINVAL);
		require_message(e.msg, sizeof(e.msg));
	} else {
		REQUIRE(r == want);
		REQUIRE(!memcmp(&got, &expected, sizeof(got)));
	}
	free(text);
	return 0;
}
