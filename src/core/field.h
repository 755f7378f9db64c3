// SPDX-License-Identifier: BSD-2-Clause
/*
 * The field table: every column once, with its name, title, width, unit, meaning and getter.
 * Sinks walk it and name no column themselves.
 */
#ifndef SOCKTAPE_CORE_FIELD_H
#define SOCKTAPE_CORE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "core/session.h"

enum value_kind {
	VALUE_NULL, /* not known, or did not happen */
	VALUE_TEXT,
	VALUE_UINT,
	VALUE_REAL,
	VALUE_BOOL,
};

struct value {
	enum value_kind kind;
	int digits; /* after the point of a real */
	union {
		uint64_t u;
		double r;
		bool b;
		const char *text; /* lives as long as the session or this value; any bytes */
	};
	char room[64];
};

/* How times and addresses are shown. */
struct view {
	bool raw_addr;     /* v4-mapped addresses as ::ffff:a.b.c.d */
	uint64_t first_ns; /* the end of the first session shown */
};

enum field_flag {
	FIELD_RIGHT = 1,   /* aligned to the right */
	FIELD_CUT = 2,     /* text longer than the column is cut */
	FIELD_DERIVED = 4, /* says again what another field says: JSON has it only when asked */
};

struct field {
	const char *key, *title;
	int width, wide; /* of the column, in a table and in a wide one */
	int flags;
	const char *unit; /* "" where there is none */
	const char *help;
	void (*get)(const struct session *s, const struct view *v, struct value *ret);
};

extern const struct field fields[];
extern const size_t field_count;

const struct field *field_find(const char *key, size_t len);

#define COLUMNS_MAX 64

struct columns {
	const struct field *field[COLUMNS_MAX];
	size_t count;
};

/* Adds every field that is not derived. */
void columns_all(struct columns *ret);

/* "pid,comm": these; an unknown name is -EINVAL and the message names the nearest. */
int columns_add(struct columns *ret, const char *list, struct err *e);

/* The table as --fields help: name, unit, meaning. */
void fields_help(FILE *f);

#endif
