// SPDX-License-Identifier: BSD-2-Clause
/* A session of any bytes through every format: one clean line of as many values as columns. */
#include <string.h>

#include "fuzz.h"

#include "base/escape.h"
#if PLANTED == 1 /* tcplife's commas */
#define escape_text(b, text, also, columns) escape_text(b, text, "", columns)
#elif PLANTED == 2 /* quotes alone need no quotes */
#undef strpbrk
#define strpbrk(text, set) strchr(text, ',')
#endif
#include "sink/separated.c"

#include "read_back.h"

static struct columns every;

static bool plain_values(struct span line, char separator, size_t count)
{
	for (; line.p < line.end; line.p++)
		count -= *line.p == separator;
	return count == 1;
}

static bool csv_values(struct span line, size_t count)
{
	char value[512];
	size_t len;

	while (count--)
		if (!csv_value(&line, value, &len))
			return false;
	return line.p == line.end;
}

/* A flat object of `count` members, each once, with nothing between them. */
static bool json_members(struct span line, size_t count)
{
	char text[512];
	size_t len;

	for (size_t i = 0; i < count; i++) {
		if (*line.p++ != (i ? ',' : '{') || !json_string(&line, text, &len) ||
		    *line.p++ != ':')
			return false;
		if (len != strlen(fields[i].key) || memcmp(text, fields[i].key, len))
			return false;
		if (*line.p != '"')
			line.p += strcspn(line.p, ",}");
		else if (!json_string(&line, text, &len))
			return false;
	}
	return line.end - line.p == 1 && *line.p == '}';
}

static void require_line(const char *format, const struct session *s, bool raw)
{
	struct sink_config config = { .columns = every, .view = { .raw_addr = raw } };
	struct buf out = { 0 };
	struct span line;

	sink_find(format)->session(&config, s, &out);
	line = SPAN_OF(&out);
	REQUIRE(is_one_line(line, !strcmp(format, "tsv")));
	line.end--;
	if (!strcmp(format, "csv"))
		REQUIRE(csv_values(line, every.count));
	if (!strcmp(format, "tcplife-csv"))
		REQUIRE(plain_values(line, ',', every.count));
	if (!strcmp(format, "tsv"))
		REQUIRE(plain_values(line, '\t', every.count));
	if (!strcmp(format, "jsonl"))
		REQUIRE(json_members(line, every.count));
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = {
		"table", "wide", "csv", "tcplife-csv", "tsv", "jsonl"
	};
	struct session s = { 0 };

	if (!every.count)
		for (; every.count < field_count; every.count++)
			every.field[every.count] = &fields[every.count];
	memcpy(&s, data, size < sizeof(s) ? size : sizeof(s));
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		require_line(formats[i], &s, s.e.flags & 0x80);
	return 0;
}
