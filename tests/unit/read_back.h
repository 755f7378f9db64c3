// SPDX-License-Identifier: BSD-2-Clause
/*
 * The way back: what a careful reader of socktape's output does.  Written from the documents (RFC
 * 3629, 4180 and 8259, and the rule in base/escape.h), not from the code that it judges.
 */
#ifndef SOCKTAPE_TESTS_READ_BACK_H
#define SOCKTAPE_TESTS_READ_BACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of text that need not end with a NUL. */
struct span {
	const char *p, *end;
};

/* Length of the UTF-8 sequence at the start of s; 0 when there is none.  *code: what it stands for. */
size_t utf8_at(struct span s, uint32_t *code);

/* Writes the character as UTF-8 (also what must not be written so, such as surrogates). */
size_t utf8_put(char *out, uint32_t code);

/* Moves the cursor, changes the direction of writing, ends a line, or hides in a terminal. */
bool is_dangerous(uint32_t code);

/* Valid UTF-8 without dangerous characters; a tab counts as one. */
bool is_clean(struct span s);

/* Exactly one line: clean up to a single line end, which is its last byte.  Tabs allowed on request. */
bool is_one_line(struct span s, bool tabs);

/* Undoes \xNN.  `out` has room for as many bytes as s has; returns how many there are. */
size_t unescape(char *out, struct span s);

/* Takes one JSON string with its quotes from s and moves s past it; false when it is not one. */
bool json_string(struct span *s, char *out, size_t *len);

/* Takes one value (RFC 4180) and the comma after it, if there is one. */
bool csv_value(struct span *s, char *out, size_t *len);

/* Takes what stands before the separator, and the separator. */
struct span plain_value(struct span *s, char separator);

#endif
