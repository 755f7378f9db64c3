#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Do the records of a storm add up with what the storm counted?

Every session end is a record or is counted as lost, none is there twice; where nothing was lost,
the bytes of all records together are those that the programs wrote and read.
"""

import argparse
import collections
import json
import sys

OUTCOMES = {"closed", "reset_by_peer", "reset_here"}


def read(path):
    """Records as counts and sums: there are too many to keep."""
    seen, sums, odd, ledger, rows = set(), collections.Counter(), [], None, 0
    with open(path, "rb") as f:
        for line in f:
            r = json.loads(line)
            if "kind" in r:
                ledger = r
                continue
            rows += 1
            seen.add((r["cookie"], r["direction"]))
            sums[r["direction"], "tx"] += r["tx_bytes"]
            sums[r["direction"], "rx"] += r["rx_bytes"]
            sums[r["outcome"]] += 1
            sums["pid", r["pid"], r["direction"]] += 1
            if r["comm"] != "storm" or r["outcome"] not in OUTCOMES or r["adopted"]:
                odd.append(line.decode().rstrip())
    return rows, seen, sums, odd, ledger


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--storm", required=True)
    p.add_argument("--records", required=True)
    p.add_argument("--lost", choices=("none", "ring"), required=True)
    args = p.parse_args()
    with open(args.storm, encoding="utf-8") as f:
        storm = json.load(f)
    rows, seen, sums, odd, ledger = read(args.records)
    faults = []

    def must(what, got, want):
        if got != want:
            faults.append(f"{what}: {got}, should be {want}")

    if not ledger:
        sys.exit(f"there is no ledger after {rows} records")
    must("errors of the storm", storm["errors"] + storm["open_at_end"] + storm["failed"], 0)
    must("records and losses", rows + ledger["lost"], storm["endpoints"])
    must("sessions of the ledger", ledger["sessions"], rows)
    must("different records", len(seen), rows)
    must("losses by cause", sum(v for k, v in ledger.items() if k.startswith("lost_")),
         ledger["lost"])
    must("records with odd contents", odd[:5], [])
    if args.lost == "none":
        must("losses", ledger["lost"], 0)
        for side, way in (("client", "active"), ("server", "passive")):
            must(f"written by the {side}", sums[way, "tx"], storm[f"{side}_tx"])
            must(f"read by the {side}", sums[way, "rx"], storm[f"{side}_rx"])
            must(f"records of the {side}", [v for k, v in sums.items() if k[0] == "pid"
                                            and k[2] == way], [storm["endpoints"] // 2])
    else:
        must("losses where the ring was full", ledger["lost_ring"] > 0, True)
        must("losses elsewhere", ledger["lost"] - ledger["lost_ring"], 0)
    print(f"{rows} records, {ledger['lost']} lost, {storm['endpoints']} ends; "
          f"{storm['rate']:.0f} sessions/s; ledger {ledger}")
    for text in faults:
        print(text)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
