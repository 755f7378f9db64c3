#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Are two sessions two rows in this format, whatever the names of their programs contain?

formats.py FORMAT OUTPUT: the rows of the case "hostile" of filters.py.
"""

import csv
import io
import json
import sys

ESCAPED = {"a\\x0ab\\x1b[2J,c\"\\xff\\x7f", "\\x09\\x0d,\"\",\\x80\\xc3("}


def fail(text):
    sys.exit(text)


def lines_of(data):
    """The lines of the output, which may hold nothing but printable UTF-8 (and tabs in TSV)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        fail(f"not UTF-8: {e}")
    if not text.endswith("\n"):
        fail("no line end at the end")
    allowed = "\n\t" if sys.argv[1] == "tsv" else "\n"
    bad = sorted({c for c in text if (ord(c) < 32 or 0x7F <= ord(c) < 0xA0) and c not in allowed})
    if bad:
        fail(f"raw control characters {bad}")
    return text[:-1].split("\n")


def check_json(lines):
    rows = [json.loads(line) for line in lines]
    sessions = [r for r in rows if "kind" not in r]
    if len(rows) != 3 or len(sessions) != 2:
        fail(f"{len(rows)} lines, {len(sessions)} sessions")
    names = sorted(r["comm"] for r in sessions)
    for name, start in zip(names, ("\t\r,\"\",", "a\nb\x1b[2J,c\"")):
        if not name.startswith(start):
            fail(f"comm {name!r} does not start with {start!r}")


def cells_of(lines):
    if sys.argv[1] == "csv":
        return list(csv.reader(io.StringIO("\n".join(lines) + "\n"), strict=True))
    return [line.split("\t") for line in lines]


def check_separated(lines):
    rows = cells_of(lines)
    if len(rows) != 3:
        fail(f"{len(rows)} rows, not a header and two sessions")
    if len({len(r) for r in rows}) != 1:
        fail(f"rows of {[len(r) for r in rows]} columns")
    at = [name.lower() for name in rows[0]].index("comm")
    names = {r[at] for r in rows[1:]}
    if names != ESCAPED:
        fail(f"names {names}, should be {ESCAPED}")


def check_table(lines):
    if len(lines) != 3:
        fail(f"{len(lines)} lines, not a header and two sessions: {lines}")
    if not lines[0].startswith("PID"):
        fail(f"header {lines[0]!r}")
    width = 16 if sys.argv[1] == "wide" else 10
    for name in ESCAPED:
        if not any(f" {name[:width]}" in line for line in lines[1:]):
            fail(f"{name[:width]!r} is in no row: {lines}")


def main():
    with open(sys.argv[2], "rb") as f:
        lines = lines_of(f.read())
    {"jsonl": check_json, "csv": check_separated, "tsv": check_separated,
     "table": check_table, "wide": check_table}[sys.argv[1]](lines)


if __name__ == "__main__":
    main()
