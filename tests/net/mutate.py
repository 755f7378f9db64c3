#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does check.py notice?  Changes a right recording in every way, one at a time.

mutate.py DIRECTORY: with truth.json, rec.out and rec.err of a run that agreed.
"""

import copy
import os
import sys

import check

# What the truth of the plain case leaves open; wrong types of these are noticed all the same.
LOOSE = {"segs_out", "segs_in", "srtt_us", "min_rtt_us"}
UNCHECKED = {"rescued", "held"}


def noticed(args, truths, records, ledger, stderr):
    """Does check.py find fault with this recording?"""
    one = check.Check(False)
    check.hold(one, truths, records, ledger, stderr, args)
    return bool(one.faults)


def mutants(records, ledger, stderr):
    """Wrong recordings, each with a name."""
    for key, value in records[0].items():
        for wrong in (None, 12345, -1, "zzz", True):
            if value == wrong or (wrong == 12345 and key in LOOSE):
                continue
            changed = copy.deepcopy(records)
            changed[0][key] = wrong
            yield f"{key} is {wrong!r}", changed, ledger, stderr
        changed = copy.deepcopy(records)
        del changed[0][key]
        yield f"no {key}", changed, ledger, stderr
    for key in ledger:
        if key not in UNCHECKED:
            yield f"ledger {key}", records, dict(ledger, **{key: 7}), stderr
    yield "a record is missing", records[1:], ledger, stderr
    yield "a record is there twice", records + records[:1], ledger, stderr
    yield "no ledger", records, None, stderr
    yield "stderr says nothing", records, ledger, ""
    yield "stderr says something else", records, ledger, stderr.replace(" lost", "1 lost")


def main():
    paths = [os.path.join(sys.argv[1], name) for name in ("truth.json", "rec.out", "rec.err")]
    args = check.arguments(["--truth", paths[0], "--records", paths[1], "--stderr", paths[2]])
    truths = [check.load(paths[0])]
    records, ledger = check.Check(False).read(paths[1])
    with open(paths[2], encoding="utf-8") as f:
        stderr = f.read()
    if noticed(args, truths, records, ledger, stderr):
        sys.exit("the recording itself is not right")
    missed, count = [], 0
    for name, *mutant in mutants(records, ledger, stderr):
        count += 1
        if not noticed(args, truths, *mutant):
            missed.append(name)
    if missed:
        sys.exit("not noticed: " + ", ".join(missed))
    print(f"{count} mistakes were noticed")


if __name__ == "__main__":
    main()
