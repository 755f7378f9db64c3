// SPDX-License-Identifier: BSD-2-Clause
/* Which fields are shown, in which order. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/field.h"

const struct field *field_find(const char *key, size_t len)
{
	for (size_t i = 0; i < field_count; i++)
		if (strlen(fields[i].key) == len && !strncmp(fields[i].key, key, len))
			return &fields[i];
	return NULL;
}

void columns_all(struct columns *ret)
{
	for (size_t i = 0; i < field_count && ret->count < COLUMNS_MAX; i++)
		if (!(fields[i].flags & FIELD_DERIVED))
			ret->field[ret->count++] = &fields[i];
}

/* Characters that two names share at the start, and as a set: enough to guess a slip. */
static int likeness(const char *key, const char *text, size_t len)
{
	int score = 0;

	while (key[score] && (size_t)score < len && key[score] == text[score])
		score++;
	score *= 2;
	for (size_t i = 0; i < len; i++)
		score += !!strchr(key, text[i]);
	return score - (strlen(key) > len ? strlen(key) - len : len - strlen(key));
}

static const char *nearest(const char *text, size_t len)
{
	const struct field *best = fields;

	for (size_t i = 0; i < field_count; i++)
		if (strlen(fields[i].title) == len && !strncasecmp(fields[i].title, text, len))
			return fields[i].key;
	for (size_t i = 1; i < field_count; i++)
		if (likeness(fields[i].key, text, len) > likeness(best->key, text, len))
			best = &fields[i];
	return best->key;
}

int columns_add(struct columns *ret, const char *list, struct err *e)
{
	struct columns columns = *ret;

	for (const char *p = list;; p++) {
		size_t len = strcspn(p, ",");
		const struct field *f = field_find(p, len);

		if (!len)
			return fail(e, -EINVAL, "a column's name is missing; -O help lists all");
		if (!f)
			return fail(e, -EINVAL, "there is no column '%.*s'; nearest is '%s', -O help lists all",
				    (int)(len > 64 ? 64 : len), p, nearest(p, len));
		if (columns.count == COLUMNS_MAX)
			return fail(e, -EINVAL, "more than %d columns", COLUMNS_MAX);
		columns.field[columns.count++] = f;
		p += len;
		if (!*p)
			break;
	}
	*ret = columns;
	return 0;
}

void fields_help(FILE *f)
{
	for (size_t i = 0; i < field_count; i++)
		fprintf(f, "%-15s %-6s %s\n", fields[i].key, fields[i].unit, fields[i].help);
}
