// SPDX-License-Identifier: BSD-2-Clause
/*
 * Text from outside (command names above all) on its way out.
 *
 * Readable text is valid UTF-8 without control characters, without characters that change the
 * direction of writing and without invisible ones.  Every byte of what is not readable becomes \xNN.
 * A backslash that stands before an 'x' becomes \x5c, so that the way back is never in doubt.
 */
#ifndef SOCKTAPE_BASE_ESCAPE_H
#define SOCKTAPE_BASE_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"

/* Appends `text`; the bytes in `also` (ASCII) are escaped too.  Stops after `columns` characters. */
size_t escape_text(struct buf *b, const char *text, const char *also, size_t columns);

/*
 * Appends `text` as a JSON string with its quotes (RFC 8259).  Unreadable characters by JSON's own
 * rule (\uNNNN); bytes that are not UTF-8 as the four characters \xNN (in JSON: "\\xNN").
 */
void escape_json(struct buf *b, const char *text);

/* Prints a message that may quote what somebody typed: one line, whatever it was. */
void escape_print(FILE *f, const char *text);

#endif
