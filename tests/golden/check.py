#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Compares what the sinks write for fixed sessions with the golden files, and the golden files with
what they must be: the rows below in tcplife's own format strings, and what a CSV or JSON reader gets.

    check.py RENDER             prints TAP
    check.py --update RENDER    writes the golden files anew, then checks them
"""
import csv
import difflib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
START_US = 1000 * 10**6     # microseconds on the kernel's clock that the times below count from
WALL = 22 * 3600 + 1000     # time of day at that moment, in seconds

FORMATS = ["table", "wide", "csv", "tcplife-csv", "tsv", "jsonl"]
FLAGS = [[], ["-T"], ["-t"], ["-T", "-t"], ["-H"], ["--raw-addr"], ["--every"]]

# Socket tracing tool tcplife of bcc: (header, row) of each mode, and of what -T and -t put before.
TCPLIFE = {
    "table": ("%-5s %-10.10s %s%-15s %-5s %-15s %-5s %5s %5s %s",
              "%-5d %-10.10s %s%-15s %-5d %-15s %-5d %5d %5d %.2f"),
    "wide": ("%-5s %-16.16s %-2s %-39s %-5s %-39s %-5s %6s %6s %s",
             "%-5d %-16.16s %-2s %-39s %-5s %-39s %-5d %6d %6d %.2f"),
    "tcplife-csv": ("%s,%s,%s,%s,%s,%s,%s,%s,%s,%s",
                    "%d,%s,%s,%s,%s,%s,%d,%d,%d,%.2f"),
}
TITLES = ("PID", "COMM", "IP", "LADDR", "LPORT", "RADDR", "RPORT", "TX_KB", "RX_KB", "MS")


class Row:
    """A session as the kernel would tell it: whole microseconds, counted from the start."""

    def __init__(self, pid, comm, laddr, lport, raddr, rport, tx, rx, span_us, end_us,
                 outcome="closed", mapped=None):
        self.pid, self.comm = pid, comm
        self.laddr, self.lport, self.raddr, self.rport = laddr, lport, raddr, rport
        self.tx, self.rx = tx, rx
        self.span_us, self.end_us = span_us, end_us
        self.outcome = outcome
        self.mapped = mapped    # the addresses as an IPv6 socket has them

    @property
    def ip(self):
        return 6 if ":" in self.raddr else 4

    def addresses(self, raw):
        return self.mapped if raw and self.mapped else (self.laddr, self.raddr)


A, B = "10.0.0.1", "10.0.0.2"
LONG = ("2001:db8:1111:2222:3333:4444:5555:6666", "fe80:dead:beef:cafe:1234:5678:9abc:def0")
ROWS = [
    Row(26330, b"curl", "127.0.0.1", 41698, "127.0.0.1", 18080, 83, 1000240, 410, 510),
    Row(21194, b"nginx", "127.0.0.1", 18080, "127.0.0.1", 41698, 1000240, 83, 449, 569),
    Row(7, b"smtp", "::1", 50000, "2001:db8::25", 25, 1024, 1023, 980000, 2000000),
    Row(800, b"sshd", LONG[0], 22, LONG[1], 60022, 5, 6, 2000000, 3000000),
    Row(21194, b"nginx", "127.0.0.1", 18081, "192.168.100.200", 58526, 240, 83, 1370, 3001370,
        mapped=("::ffff:127.0.0.1", "::ffff:192.168.100.200")),
    Row(30131, b'a,b "q"\n4', A, 1, B, 2, 0, 0, 5, 4000005),
    Row(30132, b"\x1b[31mred\a\xff", A, 3, B, 4, 0, 0, 6, 4000006),
    Row(30133, b"=cmd|'/C calc'", A, 5, B, 6, 0, 0, 7, 4000007),
    Row(30134, "\u202egnp\u200b\\x41".encode(), A, 7, B, 8, 0, 0, 8, 4000008),
    Row(30135, b"Socket Process-1", A, 9, B, 10, 0, 0, 9, 4000009),
    Row(30137, "démon-日本".encode(), A, 11, B, 12, 0, 0, 10, 4000010),
    Row(None, None, A, 13, B, 14, 1, 1, 1000, 5001000),
    Row(1, b"systemd", A, 15, B, 16, 123456, 654321, 5000000, 5000000),
    Row(31000, b"psql", A, 17, B, 5432, 2048, 0, 1999000, 6000000, "open"),
    Row(32001, b"c1", A, 19, B, 20, 0, 0, 1000, 6002000, "reset_by_peer"),
    Row(32002, b"c2", A, 21, B, 22, 0, 0, 2000, 6003000, "reset_here"),
    Row(32003, b"c3", A, 23, B, 24, 0, 0, 100, 6000100, "refused"),
    Row(32004, b"c4", A, 25, B, 26, 0, 0, 1501800, 7501800, "timed_out"),
    Row(32005, b"c5", A, 27, B, 28, 0, 0, 1000000, 8000000, "unreachable"),
    Row(32006, b"c6", A, 29, B, 30, 0, 0, 1000000, 8000000, "aborted"),
    Row(32007, b"c7", A, 31, B, 32, 0, 0, 1000000, 8000000, "never_accepted"),
    Row(33000, b"apache2", A, 33, B, 34, 0, 0, 995000, 8000000),
    Row(4194304, b"big", "255.255.255.255", 65535, "255.255.255.254", 65534, 2**64 - 1, 2**60,
        1234567 * 10**6 - 1, 1234567 * 10**6),
    Row(2, b"half", "0.0.0.0", 0, "1.2.3.4", 80, 0, 0, 499, 9000499),
]


# ---- the rule of escapes, from its description ----

def readable(char):
    """Neither a control character, nor one of direction, nor a separator, nor invisible."""
    return unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp")


def escape(data, also=""):
    """The units of the text that stands for `data`: readable characters and runs of \\xNN."""
    units = []
    for part in data.decode("utf-8", "surrogateescape"):
        raw = part.encode("utf-8", "surrogateescape")
        if "\udc80" <= part <= "\udcff" or not readable(part) or part in also:
            units.append("".join("\\x%02x" % byte for byte in raw))
        else:
            units.append(part)
    for i, unit in enumerate(units[:-1]):
        if unit == "\\" and units[i + 1] == "x":
            units[i] = "\\x5c"
    return units


def cut(units, width):
    text = ""
    for unit in units:
        if len(text) + len(unit) > width:
            break
        text += unit
    return text


def unescape(text):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode())


# ---- tcplife ----

def clock(row):
    seconds = WALL + row.end_us // 10**6
    return "%02d:%02d:%02d" % (seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)


def shown_comm(row, form):
    if row.comm is None:
        return "" if form == "tcplife-csv" else "-"
    if form != "tcplife-csv":
        return cut(escape(row.comm), 10 if form == "table" else 16)
    first = escape(row.comm[:1], "=+-@")[0] if row.comm[:1] in (b"=", b"+", b"-", b"@") else ""
    return first + "".join(escape(row.comm[1:] if first else row.comm, ',"'))


def tcplife_header(form, flags):
    names = TITLES if form != "table" else TITLES[:2] + ("",) + TITLES[3:]
    before = ""
    if "-T" in flags:
        before += ("%s," if form == "tcplife-csv" else "%-8s ") % "TIME"
    if "-t" in flags:
        before += ("%s," if form == "tcplife-csv" else "%-9s ") % "TIME(s)"
    return before + TCPLIFE[form][0] % names + "\n"


def tcplife_row(form, flags, row):
    laddr, raddr = row.addresses("--raw-addr" in flags)
    string = TCPLIFE[form][1]
    before = ""
    if "-T" in flags:
        before += ("%s," if form == "tcplife-csv" else "%-8s ") % clock(row)
    if "-t" in flags:
        delta_s = (float(START_US + row.end_us) - (START_US + ROWS[0].end_us)) / 1000000
        before += ("%.6f," if form == "tcplife-csv" else "%-9.6f ") % delta_s
    pid = row.pid
    if pid is None:     # tcplife would say 0, and name whoever ran at that moment
        string = string.replace("d", "s", 1)
        pid = "" if form == "tcplife-csv" else "-"
    return before + string % (
        pid, shown_comm(row, form), "" if form == "table" else str(row.ip), laddr, row.lport, raddr,
        row.rport, row.tx // 1024, row.rx // 1024, float(row.span_us) / 1000) + "\n"


def tcplife(form, flags):
    header = "" if "-H" in flags else tcplife_header(form, flags)
    return header + "".join(tcplife_row(form, flags, row) for row in ROWS)


# ---- readers ----

class Wrong(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Wrong("%s: %r, not %r" % (what, got, wanted))


def check_values(n, row, values, raw):
    """`values`: what a reader of CSV or TSV got, by title."""
    laddr, raddr = row.addresses(raw)
    expect("row %d: COMM" % n, unescape(values["COMM"]), row.comm or b"")
    wanted = {
        "PID": "" if row.pid is None else str(row.pid), "IP": str(row.ip), "LADDR": laddr,
        "LPORT": str(row.lport), "RADDR": raddr, "RPORT": str(row.rport),
        "TX_KB": str(row.tx // 1024), "RX_KB": str(row.rx // 1024),
        "MS": "%.2f" % (row.span_us / 1000),
    }
    if "TIME" in values:
        wanted["TIME"] = clock(row)
    if "TIME(s)" in values:
        wanted["TIME(s)"] = "%.6f" % ((row.end_us - ROWS[0].end_us) / 10**6)
    for title, value in wanted.items():
        expect("row %d: %s" % (n, title), values[title], value)


def default_titles(flags):
    before = ["TIME"] * ("-T" in flags) + ["TIME(s)"] * ("-t" in flags)
    return before + list(TITLES)


def check_lines(lines, flags):
    titles = default_titles(flags)
    if "-H" not in flags:
        first = next(lines)
        if "--every" in flags:
            titles = first
        expect("titles", first, titles)
    rows = list(lines)
    expect("rows", len(rows), len(ROWS))
    for n, (row, line) in enumerate(zip(ROWS, rows)):
        expect("row %d: values" % n, len(line), len(titles))
        check_values(n, row, dict(zip(titles, line)), "--raw-addr" in flags)


def check_csv(text, flags):
    check_lines(csv.reader(io.StringIO(text, newline=""), strict=True), flags)


def check_tsv(text, flags):
    check_lines((line.split("\t") for line in text[:-1].split("\n")), flags)


def no_duplicates(pairs):
    expect("keys given twice", len(pairs), len(dict(pairs)))
    return dict(pairs)


def check_object(n, row, values, raw):
    laddr, raddr = row.addresses(raw)
    comm = values["comm"]
    expect("row %d: comm" % n, comm if comm is None else unescape(comm), row.comm)
    expect("row %d: label" % n, values["label"], comm)
    for key, value in {
            "pid": row.pid, "laddr": laddr, "lport": row.lport, "raddr": raddr, "rport": row.rport,
            "tx_bytes": row.tx, "rx_bytes": row.rx, "outcome": row.outcome, "ip": row.ip}.items():
        expect("row %d: %s" % (n, key), values[key], value)
    expect("row %d: whole microseconds" % n, values["duration_ns"] // 1000, row.span_us)
    if row.outcome == "open":
        expect("row %d: ended_ns" % n, values["ended_ns"], None)
    else:
        expect("row %d: ended_ns" % n, values["ended_ns"] // 1000, START_US + row.end_us)


def check_jsonl(text, flags):
    lines = text[:-1].split("\n")
    objects = [json.loads(line, object_pairs_hook=no_duplicates) for line in lines]
    expect("rows and ledger", len(objects), len(ROWS) + 1)
    for n, (row, values) in enumerate(zip(ROWS, objects)):
        expect("row %d: kind" % n, values.get("kind"), None)
        check_object(n, row, values, "--raw-addr" in flags)
    ledger = objects[-1]
    expect("kind of the last line", ledger["kind"], "ledger")
    expect("sessions", ledger["sessions"], len(ROWS))
    expect("lost", ledger["lost"], 3)


READERS = {"csv": check_csv, "tsv": check_tsv, "jsonl": check_jsonl}


# ---- the test ----

def render(program, form, flags):
    return subprocess.run([program, form, *flags], check=True, stdout=subprocess.PIPE,
                          env={**os.environ, "TZ": "UTC"}).stdout


def golden(form, flags):
    return HERE / ("-".join([form] + [flag.lstrip("-") for flag in flags]) + ".expected")


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, complaint):
        self.count += 1
        self.failed += bool(complaint)
        print("%sok %d - %s" % ("not " if complaint else "", self.count, name))
        for line in complaint:
            print("# " + line.rstrip("\n"))


def difference(got, wanted):
    show = [text.decode("utf-8", "backslashreplace").splitlines() for text in (wanted, got)]
    lines = list(difflib.unified_diff(*show, "expected", "got", lineterm="", n=0))
    return lines or ([] if got == wanted else ["they differ in bytes that are no text"])


def read_complaint(reader, text, flags):
    try:
        reader(text.decode(), flags)
    except (Wrong, ValueError, csv.Error, KeyError) as e:
        return ["%s: %s" % (type(e).__name__, e)]
    return []


def check(tap, program, form, flags, update):
    name = " ".join([form] + flags)
    path = golden(form, flags)
    try:
        got = render(program, form, flags)
    except subprocess.CalledProcessError as e:
        tap.result(name + " is written", [str(e)])
        return
    if update:
        path.write_bytes(got)
    wanted = path.read_bytes()
    tap.result(name + " is as it was", difference(got, wanted))
    if form in TCPLIFE and "--every" not in flags:
        tap.result(name + " is what tcplife's format strings make of it",
                   difference(wanted, tcplife(form, flags).encode()))
    if form in READERS:
        tap.result(name + " gives a reader every value back",
                   read_complaint(READERS[form], wanted, flags))
    control = [byte for byte in wanted if byte < 32 and byte not in b"\n\t" or byte == 127]
    tap.result(name + " has no control byte", ["%#x" % byte for byte in control])


def main(words):
    update = "--update" in words
    programs = [word for word in words if word != "--update"]
    if len(programs) != 1:
        sys.exit(__doc__)
    tap = Tap()
    cases = [(form, flags) for form in FORMATS for flags in FLAGS]
    for form, flags in cases:
        check(tap, programs[0], form, flags, update)
    known = {golden(form, flags) for form, flags in cases}
    tap.result("every golden file belongs to a case",
               [str(path) for path in sorted(set(HERE.glob("*.expected")) - known)])
    print("1..%d" % tap.count)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
