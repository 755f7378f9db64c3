#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Hold the records of a run against the truth of the traffic program.

Every session end in the truth must have exactly one record, every record must belong to one end,
and every fact stated must be found.  What a record says beyond that must at least be consistent.
Prints each difference on a line of its own; exit code 1 where there is one.
"""

import argparse
import collections
import json
import re
import sys

KEYS = """pid comm uid netns cgroup laddr lport raddr rport direction outcome adopted label tx_bytes
rx_bytes duration_ns connect_ns opened_ns established_ns ended_ns opened_unix_ns ip tid thread_comm
owner_by opener_pid opener_comm cookie segs_out segs_in retrans srtt_us min_rtt_us mptcp
error""".split()
REQUIRED = """pid comm uid netns cgroup laddr lport raddr rport ip direction outcome adopted
tx_bytes rx_bytes tid thread_comm opener_pid opener_comm mptcp error""".split()
OUTCOMES = """closed reset_by_peer reset_here refused timed_out unreachable aborted never_accepted
open""".split()
NUMBERS = """pid uid netns cgroup lport rport tx_bytes rx_bytes duration_ns connect_ns opened_ns
established_ns ended_ns opened_unix_ns ip tid opener_pid cookie segs_out segs_in retrans srtt_us
min_rtt_us""".split()
TEXTS = """comm laddr raddr direction outcome label thread_comm owner_by opener_comm
error""".split()
HIDDEN = {"side", "began", "ready", "closing", "failed", "optional"}
ADDRESS = ("netns", "laddr", "lport", "raddr", "rport")
MAX_BYTES = 1 << 50
MAX_SEGMENTS = 1 << 20
MAX_RTT_US = 30_000_000
UNIX_SLACK_NS = 50_000_000


def matches(want, got):
    if isinstance(want, dict):
        if "any" in want:
            return True
        if "in" in want:
            return got in want["in"]
        return isinstance(got, int) and want["min"] <= got <= want["max"]
    return got == want and isinstance(got, bool) == isinstance(want, bool)


def show(want):
    if isinstance(want, dict):
        if "in" in want:
            return "one of " + ", ".join(map(repr, want["in"]))
        if "min" in want:
            return f"{want['min']}..{want['max']}"
    return repr(want)


class Check:
    def __init__(self, blind):
        self.faults = []
        self.blind = blind
        self.broken = False	# records are not even shaped as they should be

    def fault(self, text):
        self.faults.append(text)

    def name(self, end):
        return "%s %s:%s > %s:%s" % (end.get("side", "record"), end.get("laddr"),
                                     end.get("lport"), end.get("raddr"), end.get("rport"))

    def read(self, path):
        """Records and ledger; each line must be a whole JSON object, the ledger the last."""
        records, ledger = [], None
        with open(path, "rb") as f:
            data = f.read()
        if data and not data.endswith(b"\n"):
            self.fault("the output does not end with a line end")
        for number, line in enumerate(data.splitlines(), 1):
            try:
                one = json.loads(line)
            except ValueError as e:
                self.fault(f"line {number} is not JSON ({e}): {line[:200]!r}")
                continue
            if ledger:
                self.fault(f"line {number} follows the ledger")
            if "kind" in one:
                ledger = one
            else:
                records.append(one)
        return records, ledger

    def ledger(self, ledger, rows, stderr, lost_allowed):
        """The ledger agrees with itself, with the rows and with the last words on stderr."""
        if not ledger:
            return self.fault("there is no ledger")
        if ledger.get("kind") != "ledger":
            self.fault(f"kind {ledger.get('kind')!r} is not 'ledger'")
        if ledger.get("sessions") != rows:
            self.fault(f"ledger says {ledger.get('sessions')} sessions, {rows} rows were printed")
        parts = sum(v for k, v in ledger.items() if k.startswith("lost_"))
        if ledger.get("lost") != parts:
            self.fault(f"lost {ledger.get('lost')} is not the sum of its causes {parts}")
        seen = ledger.get("opened", 0) + ledger.get("adopted", 0)
        told = sum(ledger.get(k, 0) for k in ("sessions", "filtered", "open", "lost"))
        if seen != told and not self.blind:
            self.fault(f"{seen} sessions were seen, but {told} are accounted for: {ledger}")
        if not lost_allowed and ledger.get("lost") != 0:
            self.fault(f"sessions were lost: {ledger}")
        said = re.findall(r"(\d+) sessions?, (\d+) lost", stderr)
        if [(str(ledger.get("sessions")), str(ledger.get("lost")))] != said:
            self.fault(f"stderr says {said}, the ledger {ledger}")

    def sane(self, r, truth):
        """What must hold of any record, whatever the traffic was."""
        name = self.name(r)
        missing = [k for k in KEYS if k not in r]
        self.broken |= bool(missing)
        if missing:
            return self.fault(f"{name}: no key {' '.join(missing)}")
        wrong = [k for k in KEYS if not self.typed(k, r[k])]
        self.broken |= bool(wrong)
        if wrong:
            return self.fault(f"{name}: wrong type of {' '.join(wrong)}")
        if r["outcome"] not in OUTCOMES:
            self.fault(f"{name}: outcome {r['outcome']!r} is no outcome")
        if r["direction"] not in ("active", "passive", None):
            self.fault(f"{name}: direction {r['direction']!r}")
        for k, low, high in (("tx_bytes", 0, MAX_BYTES), ("rx_bytes", 0, MAX_BYTES),
                             ("lport", 1, 65536), ("rport", 1, 65536), ("cookie", 1, 1 << 64),
                             ("segs_out", 0, MAX_SEGMENTS), ("segs_in", 0, MAX_SEGMENTS)):
            if r[k] is None or not low <= r[k] < high:
                self.fault(f"{name}: {k} {r[k]!r}")
        if (r["opener_pid"] is None) != (r["opener_comm"] is None):
            self.fault(f"{name}: opener {r['opener_pid']!r} is {r['opener_comm']!r}")
        if r["label"] != r["comm"]:
            self.fault(f"{name}: label {r['label']!r}, comm {r['comm']!r}")
        if r["retrans"] is None or not 0 <= r["retrans"] <= (r["segs_out"] or 0):
            self.fault(f"{name}: {r['retrans']} of {r['segs_out']} segments sent again")
        for k in ("srtt_us", "min_rtt_us"):
            known = r[k] is not None and 0 <= r[k] < MAX_RTT_US
            if not known and (r[k] is not None or r["established_ns"] is not None):
                self.fault(f"{name}: {k} {r[k]!r}")
        self.times(r, name, truth)

    def typed(self, key, value):
        """A number, a text or a boolean, as the key demands; null where something is not known."""
        if key in NUMBERS:
            return value is None or (isinstance(value, int) and not isinstance(value, bool))
        if key in TEXTS:
            return value is None or isinstance(value, str)
        return isinstance(value, bool)

    def times(self, r, name, truth):
        opened, established, ended = r["opened_ns"], r["established_ns"], r["ended_ns"]
        low, high = truth["start"][0], truth["stop"][0]
        known = [x for x in (opened, established, ended) if x is not None]
        if known != sorted(known):
            self.fault(f"{name}: opened, established, ended run backwards: {known}")
        if not self.blind and r["adopted"] != (opened is None):
            self.fault(f"{name}: opened_ns {opened} although adopted is {r['adopted']}")
        if r["outcome"] != "open" and ended is None:
            self.fault(f"{name}: ended_ns is null")
        if opened is not None and not low <= opened <= high:
            self.fault(f"{name}: opened {opened} outside the run {low}..{high}")
        if ended is not None and r["outcome"] != "open" and not low <= ended <= high:
            self.fault(f"{name}: ended {ended} outside the run {low}..{high}")
        since = established if established is not None else opened
        if ended is not None and since is not None and r["duration_ns"] != ended - since:
            self.fault(f"{name}: duration_ns {r['duration_ns']} is not {ended - since}")
        active = r["direction"] == "active" and established is not None and opened is not None
        connect = established - opened if active else None
        if self.blind and connect == 0:
            connect = None	# the opening is not seen: it is put where the session was established
        if r["connect_ns"] != connect:
            self.fault(f"{name}: connect_ns {r['connect_ns']} is not {connect}")
        if (opened is None) != (r["opened_unix_ns"] is None):
            self.fault(f"{name}: opened_unix_ns {r['opened_unix_ns']}, opened_ns {opened}")
        elif opened is not None:
            unix = truth["start"][1] + opened - truth["start"][0]
            if abs(r["opened_unix_ns"] - unix) > UNIX_SLACK_NS:
                self.fault(f"{name}: opened_unix_ns is {r['opened_unix_ns'] - unix} ns off")

    def join(self, ends, records):
        """Pair each end of the truth with its record."""
        known, loose = collections.defaultdict(list), collections.defaultdict(list)
        for r in sorted(records, key=lambda r: r.get("opened_ns") or 0):
            known[tuple(r.get(k) for k in ADDRESS)].append(r)
            loose[tuple(r.get(k) for k in ("netns", "raddr", "rport"))].append(r)
        used, pairs = set(), []
        for end in sorted(ends, key=lambda e: (e["lport"] is None, e.get("began") or 0)):
            found = known[tuple(end[k] for k in ADDRESS)] if end["lport"] else loose[
                tuple(end[k] for k in ("netns", "raddr", "rport"))]
            free = [r for r in found if id(r) not in used]
            same = [r for r in free if r.get("cookie") == end.get("cookie")]
            if not free:
                if not end.get("optional"):
                    self.fault(f"{self.name(end)}: no record of this end: {brief(end)}")
                continue
            pick = (same or free)[0]
            used.add(id(pick))
            pairs.append((end, pick))
        for r in records:
            if id(r) not in used:
                self.fault(f"{self.name(r)}: a record of no known end: {brief(r)}")
        return pairs

    def unseen(self, end, key):
        """A source that sees no openings knows owners only of what was open at its start."""
        return self.blind and end["adopted"] and key in ("pid", "comm", "owner_by")

    def compare(self, end, r):
        name = self.name(end)
        for k in REQUIRED:
            if k not in end:
                self.fault(f"{name}: the truth does not say {k}")
        wrong = []
        for k, want in end.items():
            if k in HIDDEN or self.unseen(end, k) or (k == "lport" and want is None):
                continue
            if k not in r:
                wrong.append(f"{k} is missing")
            elif not matches(want, r[k]):
                wrong.append(f"{k} is {r[k]!r}, should be {show(want)}")
        wrong += self.bounds(end, r)
        if wrong:
            self.fault(f"{name}: " + "; ".join(wrong) + f" (owner_by {r.get('owner_by')})")

    def bounds(self, end, r):
        """Times against what the program itself measured around its calls."""
        if end["adopted"] is not False or r.get("adopted"):
            return []
        wrong, opened = [], r.get("opened_ns") or 0
        ended, established = r.get("ended_ns"), r.get("established_ns")
        last = end.get("failed") or end.get("ready")
        if "began" in end and not end["began"] <= opened <= last:
            wrong.append(f"opened_ns {opened} outside {end['began']}..{last}")
        if "ready" in end and not end["began"] <= (established or 0) <= end["ready"]:
            wrong.append(f"established_ns {established} outside {end['began']}..{end['ready']}")
        if "failed" in end and established is not None:
            wrong.append("established_ns is set, but the connect failed")
        if end.get("closing") and ended is not None and ended < end["closing"]:
            wrong.append(f"ended {end['closing'] - ended} ns before anybody closed")
        return wrong

    def all(self, ends, records, truths):
        """One by one, and the sums that the truth gives where a single end is not known."""
        pairs = self.join(ends, records)
        for end, record in pairs:
            self.compare(end, record)
        for rule in (rule for t in truths for rule in t["sums"]):
            total = sum(r[rule["key"]] for end, r in pairs if end["side"] == rule["side"])
            if not matches(rule["sum"], total):
                self.fault(f"{rule['side']}: the sum of {rule['key']} is {total}, "
                           f"should be {show(rule['sum'])}")


def brief(r):
    keep = ("pid", "comm", "direction", "outcome", "tx_bytes", "rx_bytes", "adopted", "owner_by")
    return " ".join(f"{k}={r.get(k)!r}" for k in keep)


def select(ends, rules):
    """--only KEY=VALUE: a filter shows only the ends for which every rule holds."""
    for rule in rules:
        key, values = rule.split("=", 1)
        ends = [e for e in ends if str(e.get(key)) in values.split(",")]
    return ends


def hold(check, truths, records, ledger, stderr, args):
    """Hold what was recorded against what the traffic programs say."""
    ends = [e for t in truths for e in t["ends"]]
    if truths and not ends:
        check.fault("the truth is empty")
    shown = select(ends, args.only)
    if args.only and not shown:
        check.fault(f"no end of the truth fits {args.only}")
    check.ledger(ledger, len(records), stderr, args.lost)
    for rule in args.ledger:
        key, value = rule.split("=")
        if str((ledger or {}).get(key)) != value:
            check.fault(f"the ledger's {key} is {(ledger or {}).get(key)}, should be {value}")
    if not truths:
        return
    if args.any_netns:
        ours = {e["netns"] for e in ends}
        records = [r for r in records if r.get("netns") in ours]
    span = {"start": min(t["start"] for t in truths), "stop": max(t["stop"] for t in truths)}
    for r in records:
        check.sane(r, span)
    if not check.broken:
        check.all(shown, records, truths)


def arguments(words=None):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--truth", action="append", default=[])
    p.add_argument("--records", required=True)
    p.add_argument("--stderr", required=True)
    p.add_argument("--only", action="append", default=[], metavar="KEY=VALUE[,VALUE]")
    p.add_argument("--any-netns", action="store_true", help="there may be other namespaces")
    p.add_argument("--blind", action="store_true", help="openings are not seen (source diag)")
    p.add_argument("--lost", action="store_true", help="losses are allowed (and must add up)")
    p.add_argument("--ledger", nargs="+", default=[], metavar="KEY=NUMBER")
    return p.parse_args(words)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def main():
    args = arguments()
    check = Check(args.blind)
    records, ledger = check.read(args.records)
    with open(args.stderr, encoding="utf-8", errors="replace") as f:
        stderr = f.read()
    hold(check, [load(path) for path in args.truth], records, ledger, stderr, args)
    for text in check.faults[:40]:
        print(text)
    if len(check.faults) > 40:
        print(f"... and {len(check.faults) - 40} more")
    if check.faults:
        sys.exit(1)
    print(f"{len(records)} records agree with the truth")


if __name__ == "__main__":
    main()
