#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reads the JSON lines of bench/measure.py, prints tables in Markdown: median (lowest to highest).

    report.py MODE TITLE <FILE

Never a pass or a fail: the targets stand beside the numbers.
"""
import json
import statistics
import sys

NAMES = {"none": "no tracer", "tcplife": "tcplife > file", "table": "socktape life > file",
         "null": "socktape life > /dev/null", "jsonl": "socktape life -o jsonl > file",
         "empty": "an empty program"}


def spread(values, digits=0):
    if not values:
        return "-"
    text = [f"{v:,.{digits}f}" for v in (statistics.median(values), min(values), max(values))]
    return text[0] if len(values) == 1 else f"{text[0]} ({text[1]} to {text[2]})"


def table(head, rows):
    width = [max(len(r[i]) for r in [head] + rows) for i in range(len(head))]

    def line(cells):
        return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, width)) + " |"

    return "\n".join([line(head), "|" + "|".join("-" * (w + 2) for w in width) + "|"]
                     + [line(r) for r in rows])


def per_100k(run):
    """Sessions of other traffic that the tool recorded too count as well."""
    return run["tool_cpu_s"] * 1e5 / (attempts(run) + run.get("other_rows", 0) / 2)


def attempts(run):
    return run["storm"]["connects"] + run["storm"]["failed"]


def peak_mb(run):
    return run["peak_kb"] / 1024


def missing(runs):
    if not all("missing" in r for r in runs):
        return "-" if runs[0]["tool"] == "empty" else "not counted"
    total = sum(r["missing"] for r in runs)
    text = f"{total:,} of {sum(r['storm']['endpoints'] for r in runs):,}"
    worst = max((r["missing"] for r in runs), key=abs)
    if len(runs) > 1 and worst:
        text += f" (worst round {worst:,})"
    return text


def told(runs):
    if not all("told_lost" in r for r in runs):
        return "-"
    return f"{sum(r['told_lost'] for r in runs):,}"


def throughput(runs, mode):
    rows, notes = [], []
    for tool, name in NAMES.items():
        some = [r for r in runs if r["kind"] == "storm" and r["tool"] == tool]
        if not some:
            continue
        row = [name, spread([r["storm"]["rate"] for r in some]),
               spread([r["storm"]["cpu_us"] for r in some], 1)]
        if tool == "none":
            rows.append(row + ["-"] * 4)
            continue
        rows.append(row + [spread([per_100k(r) for r in some], 3), missing(some), told(some),
                           spread([peak_mb(r) for r in some], 1)])
        notes += row_notes(some, name, tool, mode)
    if not rows:
        return ""
    text = table(["storm under", "sessions/s", "storm's CPU, us/session", "tool's CPU, s/100k",
                  "rows missing", "lost, as it says", "running: peak RSS, MB"], rows)
    return "### Throughput, cost and completeness\n\n" + text + "\n" + "".join(
        f"\n- {n}" for n in notes) + ("\n" if notes else "")


def row_notes(runs, name, tool, mode):
    """Only what is out of the ordinary."""
    short = [r for r in runs if r["storm"]["seconds"] < 60]     # then TIME_WAIT keeps ports apart
    double = sum(r.get("rows", 0) - r.get("distinct", r.get("rows", 0)) for r in short)
    if double and mode == "fin":
        yield f"{name}: {double:,} rows repeat a connection"
    other = sum(r.get("other_rows", 0) for r in runs)
    if other:
        yield f"{name}: {other:,} more rows of other traffic on this machine"
    if tool == "jsonl":
        off = sum(r["bytes_off"] for r in runs)
        yield f"{name}: sums of tx_bytes and rx_bytes differ from the storm's by {off:,} bytes"
    bad = sorted({r["exit"] for r in runs if r["exit"]})
    if bad:
        yield f"{name}: exit codes {bad}"


def kernel_ns(run):
    return run["kernel_ns"] / attempts(run)


def runs_per_session(run):
    return run["runs"] / attempts(run)


def calm(runs, tool):
    """The programs run for the other traffic of the machine too, and their time cannot be told
    apart: only rounds with (nearly) no more runs a session than the calmest one."""
    some = [r for r in runs if r["kind"] == "stats" and r["tool"] == tool]
    least = min(map(runs_per_session, some), default=0)
    return [r for r in some if runs_per_session(r) <= 1.05 * least]


def measuring_ns(runs):
    """What bpf_stats tells of one run of an empty program: the cost of measuring, in every run."""
    some = [r["kernel_ns"] / r["runs"] for r in calm(runs, "empty")]
    return statistics.median(some) if some else 0


def net_ns(runs):
    empty = measuring_ns(runs)
    return lambda run: kernel_ns(run) - empty * runs_per_session(run)


def kernel(runs):
    rows = []
    for tool, name in NAMES.items():
        some = [r for r in runs if r["kind"] == "stats" and r["tool"] == tool]
        few = calm(runs, tool)
        if some:
            net = net_ns(runs)
            rows.append([name, spread([kernel_ns(r) for r in few]), spread([net(r) for r in few]),
                         f"{len(few)} of {len(some)}", spread([runs_per_session(r) for r in some], 1),
                         spread([r["skipped"] for r in some]), missing(some), told(some)])
    if not rows:
        return ""
    return "### Time in the tool's kernel programs (bpf_stats on)\n\n" + table(
        ["storm under", "ns/session", "less measuring", "calm rounds", "runs/session, all rounds",
         "runs skipped", "rows missing", "lost, as it says"], rows) + "\n"


def programs(runs):
    """Where socktape's kernel time goes, from one round."""
    some = calm(runs, "table")
    if not some:
        return ""
    n = attempts(some[-1])
    rows = [[name.partition("/")[0], f"{ns / n:,.0f}", f"{count / n:.2f}",
             f"{ns / count:,.0f}", f"{skipped:,}"]
            for name, (ns, count, skipped) in sorted(some[-1]["programs"].items(),
                                                     key=lambda p: -p[1][0]) if count]
    return "socktape's programs, last calm round:\n\n" + table(
        ["program", "ns/session", "runs/session", "ns/run", "skipped"], rows) + "\n"


def ready(runs):
    rows = []
    for count in sorted({r["open"] for r in runs if r["kind"] == "ready"}):
        some = [r for r in runs if r["kind"] == "ready" and r["open"] == count]
        rows.append([f"{count:,}", spread([r["ready_s"] * 1000 for r in some]),
                     spread([r["ready_cpu_s"] * 1000 for r in some]),
                     f"{sum(r['rows'] for r in some):,} of {sum(2 * r['open'] for r in some):,}",
                     spread([r["start_kb"] / 1024 for r in some], 1)])
    if not rows:
        return ""
    return "### From exec to `recording`\n\n" + table(
        ["sessions open", "ms", "CPU, ms", "endpoints taken over",
         "starting: peak RSS, MB"], rows) + "\n"


def of_tool(runs, tool):
    return [r for r in runs if r["kind"] == "storm" and r["tool"] == tool]


def ratio(runs, choose, value):
    """tcplife / socktape: of the medians, and the widest that the rounds allow."""
    a, b = ([value(r) for r in choose(runs, t)] for t in ("tcplife", "table"))
    if not a or not b or not all(b):
        return None
    text = f"{statistics.median(a) / statistics.median(b):.2f}"
    if len(a) == len(b) == 1:
        return text
    return f"{text} ({min(a) / max(b):.2f} to {max(a) / min(b):.2f})"


def median_of(runs, value):
    return spread([value(r) for r in runs], 1) if runs else None


def ratios(runs):
    storms = of_tool(runs, "table")
    readies = [r for r in runs if r["kind"] == "ready" and r["open"]]
    counted = [r for r in runs if r["kind"] in ("storm", "stats") and "missing" in r
               and r["tool"] not in ("none", "tcplife")]
    rows = [
        ["kernel time per session, tcplife / socktape", ratio(runs, calm, kernel_ns),
         "6 or more"],
        ["the same, less the measuring", measuring_ns(runs) and ratio(runs, calm, net_ns(runs)),
         "6 or more"],
        ["CPU added to the storm, tcplife / socktape", added_cpu(runs), "-"],
        ["CPU per 100,000 sessions, tcplife / socktape", ratio(runs, of_tool, per_100k),
         "5 or more"],
        ["sessions per second, socktape / tcplife", inverse(runs), "-"],
        ["peak RSS beside the ring while it runs, MB", median_of(storms, peak_mb), "16 or less"],
        ["peak RSS beside the ring while it starts, MB",
         median_of(readies, lambda r: r["start_kb"] / 1024), "16 or less"],
        ["ms until ready with sessions open",
         median_of(readies, lambda r: r["ready_s"] * 1000), "300 or less"],
        ["rows missing, socktape", missing(counted) if counted else None, "0"],
    ]
    rows = [r for r in rows if r[1]]
    if not rows:
        return ""
    return "### Against the targets\n\n" + table(["", "measured", "target"], rows) + "\n"


def added_cpu(runs):
    """All that the tool costs the programs that are traced, also what bpf_stats does not see."""
    none, tcplife, own = ([r["storm"]["cpu_us"] for r in of_tool(runs, t)]
                          for t in ("none", "tcplife", "table"))
    if not none or not tcplife or not own:
        return None
    none, tcplife, own = map(statistics.median, (none, tcplife, own))
    text = f"{tcplife - none:.1f} us / {own - none:.1f} us a session"
    return f"{(tcplife - none) / (own - none):.2f}: {text}" if own > none else text


def inverse(runs):
    return ratio(runs, of_tool, lambda r: 1 / r["storm"]["rate"])


EXPLAIN = """\
Median (lowest to highest) of the rounds; ratios: of the medians (lowest by highest to highest by
lowest).

- Tool's CPU: user and system time of the tool from ready to its end, start-up left out.
- Storm's CPU: of both its processes, with what the tool's programs cost in them, also what bpf_stats
  does not see. The tool runs on the same cpus, so its own CPU lowers sessions/s too.
- Less measuring: bpf_stats reads the clock twice in every run of a program; what it tells of an empty
  program is taken off, run by run.
- Calm rounds: those with no more than 5 % more runs a session than the calmest; in the others the
  programs ran for other traffic of the machine.
- Runs skipped: left out by the kernel's recursion guard, as the kernel counts them.
- Peak RSS: VmHWM without the pages of kernel buffers that are mapped into the tool (ring, perf
  buffers). The kernel accounts those as file pages (RssFile), the data of a ring twice, because it is
  mapped twice. Running: from ready on, with VmHWM set back then. Starting: in a run of its own with a
  ring of 64 KB, since a large ring, mapped last, would hide what was resident before it."""


def main():
    _, mode, title = sys.argv
    runs = [json.loads(line) for line in sys.stdin if line.strip()]
    parts = [title, throughput(runs, mode), kernel(runs), programs(runs), ready(runs),
             ratios(runs), EXPLAIN]
    print("\n\n".join(p.rstrip("\n") for p in parts if p))


if __name__ == "__main__":
    main()
