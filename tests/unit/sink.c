// SPDX-License-Identifier: BSD-2-Clause
/* What every format promises: one clean line a session, from which a reader gets the values back. */
#include "unit.h"

#include <stdio.h>

#include "example.h"
#include "read_back.h"
#include "sink/sink.h"

/* The linker leads realloc() here (see meson.build): memory can be made to run out. */
static bool out_of_memory;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
	return out_of_memory ? NULL : __real_realloc(old, size);
}

static const char *const formats[] = { "table", "wide", "csv", "tcplife-csv", "tsv", "jsonl" };

static struct sink_config with_columns(const char *list)
{
	struct sink_config config = { .header = true };
	struct err e;

	assert_int_equal(columns_add(&config.columns, list, &e), 0);
	return config;
}

/* The name stands in the middle of a line and at its end. */
#define NAMES "pid,opener_comm,comm"

/* A reader of one format: takes the three values of NAMES from a line (without its end). */
typedef bool read_fn(struct span line, char values[3][256], size_t *lens);

static bool read_csv(struct span line, char values[3][256], size_t *lens)
{
	for (int i = 0; i < 3; i++) {
		char value[256];
		size_t len;

		if (!csv_value(&line, value, &len))
			return false;
		lens[i] = unescape(values[i], (struct span){ value, value + len });
	}
	return line.p == line.end;
}

static bool read_separated(struct span line, char separator, char values[3][256], size_t *lens)
{
	for (int i = 0; i < 3; i++)
		lens[i] = unescape(values[i], plain_value(&line, separator));
	return line.p == line.end;
}

static bool read_tcplife_csv(struct span line, char values[3][256], size_t *lens)
{
	return !memchr(line.p, '"', line.end - line.p) && read_separated(line, ',', values, lens);
}

static bool read_tsv(struct span line, char values[3][256], size_t *lens)
{
	return read_separated(line, '\t', values, lens);
}

static bool take(struct span *s, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, text, len))
		return false;
	s->p += len;
	return true;
}

static bool read_jsonl(struct span line, char values[3][256], size_t *lens)
{
	static const char *const before[] = { ",\"opener_comm\":", ",\"comm\":" };

	if (!take(&line, "{\"pid\":7"))
		return false;
	lens[0] = sprintf(values[0], "7");
	for (int i = 0; i < 2; i++) {
		char value[256];
		size_t len;

		if (!take(&line, before[i]) || !json_string(&line, value, &len))
			return false;
		lens[i + 1] = unescape(values[i + 1], (struct span){ value, value + len });
	}
	return take(&line, "}") && line.p == line.end;
}

/* What is left after so many characters. */
static struct span after(struct span s, int characters)
{
	uint32_t code;

	while (characters-- && s.p < s.end)
		s.p += utf8_at(s, &code);
	return s;
}

/* Columns of fixed width: the middle one is padded, so only its beginning is certain. */
static bool read_table(struct span line, char values[3][256], size_t *lens)
{
	const int opener = 6, comm = 6 + 12;

	lens[0] = unescape(values[0], (struct span){ line.p, line.p + 1 });
	lens[1] = unescape(values[1], after(line, opener));
	lens[2] = unescape(values[2], after(line, comm));
	return line.end - line.p > comm && !memcmp(line.p + 1, "     ", 5);
}

static const struct reader {
	const char *format;
	read_fn *read;
	bool fixed; /* columns of fixed width */
} readers[] = {
	{ "table", read_table, true },
	{ "csv", read_csv, false },
	{ "tcplife-csv", read_tcplife_csv, false },
	{ "tsv", read_tsv, false },
	{ "jsonl", read_jsonl, false },
};

static void assert_value(const char *value, size_t len, const char *name, bool begins)
{
	size_t expected = strlen(name);

	assert_true(begins ? len >= expected : len == expected);
	assert_memory_equal(value, name, expected);
}

/* Rows with `name` through one format; the name is at most two characters and not empty. */
static void assert_name_survives(const struct reader *reader, const struct sink_config *config,
				 const char *name, struct buf *out)
{
	static struct session s;
	char values[3][256];
	size_t lens[3];

	s.e.owner.pid = 7;
	s.e.opener_pid = 8;
	example_name(s.e.owner.comm, name, strlen(name));
	example_name(s.e.opener_comm, name, strlen(name));
	out->len = 0;
	sink_find(reader->format)->session(config, &s, out);
	assert_true(is_one_line((struct span){ out->data, out->data + out->len },
				!strcmp(reader->format, "tsv")));
	assert_true(
		reader->read((struct span){ out->data, out->data + out->len - 1 }, values, lens));
	assert_value(values[0], lens[0], "7", false);
	assert_value(values[1], lens[1], name, reader->fixed);
	assert_value(values[2], lens[2], name, false);
}

static void assert_names_survive(const char *name, struct buf *out)
{
	static struct sink_config config;

	if (!config.columns.count)
		config = with_columns(NAMES);
	for (size_t i = 0; i < COUNT_OF(readers); i++)
		assert_name_survives(&readers[i], &config, name, out);
}

TEST(every_byte_survives_every_format)
{
	struct buf out = { 0 };

	for (int byte = 1; byte < 256; byte++)
		assert_names_survive((char[]){ byte, 0 }, &out);
	buf_free(&out);
}

TEST(every_two_bytes_survive_every_format)
{
	struct buf out = { 0 };

	for (unsigned int i = 0x100; i < 0x10000; i++)
		assert_names_survive((char[]){ i >> 8, i & 255, 0 }, &out);
	buf_free(&out);
}

TEST(hostile_names_survive_every_format_that_does_not_cut)
{
	static const char *const names[] = {
		"a,b \"q\"",    "\"\"\"\"\"\"\"\"", ",,,,,,,,,,,,,,,,",       "line\nbreak\r\n",
		"\x1b]0;owned\a", "\x1b[2J\x1b[H",  "=cmd|' /C calc'",        "@SUM(1+1)",
		"+1",           "-1",              "\\x41\\x42\\x43",        "\\\\\\\\\\\\\\\\x",
		"\u202egnp.exe", "\u200b\u200b",   "\xff\xfe\xfd\xfc",       "\xe2\x82",
		"null",         "true",            "{\"a\":1}",              "\t\t\t",
		" leading",     "trailing ",       "0123456789abcdef",       "=\"\",\x01",
		"=,",           "-\"",             "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0",
	};
	struct sink_config config = with_columns(NAMES);
	struct buf out = { 0 };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		for (size_t k = 0; k < COUNT_OF(readers); k++)
			if (!readers[k].fixed)
				assert_name_survives(&readers[k], &config, names[i], &out);
	buf_free(&out);
}

TEST(no_name_makes_a_table_row_longer_than_a_line)
{
	struct sink_config config = with_columns("pid,comm,label,opener_comm,thread_comm");
	struct buf out = { 0 };

	for (unsigned int byte = 1; byte < 256; byte++) {
		struct session s = example_session();

		memset(s.e.owner.comm, byte, EVENT_COMM_LEN);
		memset(s.e.opener_comm, byte, EVENT_COMM_LEN);
		memset(s.e.owner.thread, 256 - byte, EVENT_COMM_LEN);
		for (int wide = 0; wide < 2; wide++) {
			out.len = 0;
			sink_find(wide ? "wide" : "table")->session(&config, &s, &out);
			assert_true(
				is_one_line((struct span){ out.data, out.data + out.len }, false));
			assert_true(out.len <=
				    (wide ? 6 + 17 + 17 + 17 + 17 : 6 + 11 + 17 + 12 + 11));
		}
	}
	buf_free(&out);
}

/* Spreadsheets run a cell that begins with one of these. */
TEST(no_separated_value_begins_like_a_formula)
{
	struct buf out = { 0 };
	struct sink_config config = with_columns("comm,opener_comm");

	for (const char *c = "=+-@\t\r"; *c; c++)
		for (size_t i = 2; i < 5; i++) {
			struct session s = example_session();

			example_name(s.e.owner.comm, (char[]){ *c, '1', 0 }, 3);
			example_name(s.e.opener_comm, (char[]){ *c, ',', 0 }, 3);
			out.len = 0;
			sink_find(formats[i])->session(&config, &s, &out);
			for (size_t at = 0; at < out.len; at++)
				if (!at || strchr(",\t\"", out.data[at - 1]))
					assert_null(strchr("=+-@", out.data[at]));
		}
	buf_free(&out);
}

TEST(what_is_not_known_is_written_as_each_format_says)
{
	static const char *const rows[] = { "-     -", "-     -", ",", ",", "\t",
					    "{\"pid\":null,\"comm\":null}" };
	struct sink_config config = with_columns("pid,comm");
	struct buf out = { 0 };
	struct session s = { 0 };

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		out.len = 0;
		sink_find(formats[i])->session(&config, &s, &out);
		assert_int_equal(out.len, strlen(rows[i]) + 1);
		assert_memory_equal(out.data, rows[i], out.len - 1);
	}
	buf_free(&out);
}

TEST(the_last_column_is_not_padded_and_the_others_are)
{
	struct sink_config config = with_columns("comm,tx_bytes,rport,outcome");
	struct session s = example_session();
	struct buf out = { 0 };

	sink_find("table")->header(&config, &out);
	sink_find("table")->session(&config, &s, &out);
	buf_char(&out, 0);
	assert_string_equal(out.data, "COMM         TX_BYTES RPORT OUTCOME\n"
			    "curl             2048 8080  closed\n");
	buf_free(&out);
}

TEST(a_number_wider_than_its_column_is_shown_in_full)
{
	struct sink_config config = with_columns("tx_kb,rx_bytes,pid");
	struct session s = example_session();
	struct buf out = { 0 };

	s.e.tx_bytes = s.e.rx_bytes = UINT64_MAX;
	sink_find("table")->session(&config, &s, &out);
	buf_char(&out, 0);
	assert_string_equal(out.data, "18014398509481983 18446744073709551615 4242\n");
	buf_free(&out);
}

TEST(every_format_is_found_by_its_name_and_no_other)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		const struct sink_ops *sink = sink_find(formats[i]);

		assert_non_null(sink);
		assert_string_equal(sink->name, formats[i]);
		assert_true(*sink->help);
		assert_non_null(sink->session);
	}
	assert_null(sink_find(""));
	assert_null(sink_find("tabl"));
	assert_null(sink_find("tables"));
	assert_null(sink_find("JSONL"));
	assert_null(sink_find("tcplife_csv"));
}

TEST(the_default_columns_of_every_format_exist)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (sink_find(formats[i])->columns)
			assert_true(with_columns(sink_find(formats[i])->columns).columns.count >=
				    9);
	assert_null(sink_find("jsonl")->columns);
}

TEST(only_json_lines_have_the_ledger_and_no_titles)
{
	struct ledger l = { .sessions = 3 };
	struct buf out = { 0 };

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		bool json = !strcmp(formats[i], "jsonl");

		assert_int_equal(!!sink_find(formats[i])->ledger, json);
		assert_int_equal(!sink_find(formats[i])->header, json);
	}
	sink_find("jsonl")->ledger(&l, &out);
	assert_true(is_one_line((struct span){ out.data, out.data + out.len }, false));
	assert_memory_equal(out.data, "{\"kind\":\"ledger\",\"sessions\":3,", 30);
	buf_free(&out);
}

/* Every state of the room before it runs out; nothing but the note of it may be left behind. */
static void run_out_of_memory(const struct sink_ops *sink, const struct sink_config *config)
{
	struct session s = example_session();

	example_name(s.e.owner.comm, "a,\"b\"\n", 6);
	for (size_t room = 0; room < 160; room++) {
		struct buf out = { .data = room ? malloc(room) : NULL, .room = room };

		out_of_memory = true;
		if (sink->header)
			sink->header(config, &out);
		sink->session(config, &s, &out);
		out_of_memory = false;
		assert_true(out.len <= out.room);
		assert_true(out.failed);
		buf_free(&out);
	}
}

TEST(no_memory_is_noted_by_every_format)
{
	struct sink_config config =
		with_columns("tx_bytes,comm,rx_bytes,ms,laddr,raddr,tx_kb,duration_ns,"
			     "opened_ns,opened_unix_ns,ended_ns,established_ns");

	for (size_t i = 0; i < COUNT_OF(formats); i++)
		run_out_of_memory(sink_find(formats[i]), &config);
}

static const struct CMUnitTest tests[] = {
	IT(every_byte_survives_every_format),
	IT(every_two_bytes_survive_every_format),
	IT(hostile_names_survive_every_format_that_does_not_cut),
	IT(no_name_makes_a_table_row_longer_than_a_line),
	IT(no_separated_value_begins_like_a_formula),
	IT(what_is_not_known_is_written_as_each_format_says),
	IT(the_last_column_is_not_padded_and_the_others_are),
	IT(a_number_wider_than_its_column_is_shown_in_full),
	IT(every_format_is_found_by_its_name_and_no_other),
	IT(the_default_columns_of_every_format_exist),
	IT(only_json_lines_have_the_ledger_and_no_titles),
	IT(no_memory_is_noted_by_every_format),
};

RUN_TESTS(tests)
