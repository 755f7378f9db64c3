#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""One measurement of a session tracer; prints one JSON object.  bench/life.sh calls it.

    measure.py storm   one storm of sessions in a namespace of its own, under one tool or none
    measure.py ready   from exec to the line that says "recording", with sessions open
    measure.py hold N  opens N sessions in its namespace and holds them until stdin ends
    measure.py empty   a program that does nothing on the tracepoint of the state changes
"""
import argparse
import ctypes
import json
import os
import platform
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

READY_S = 60        # how long a tool may take to start
END_S = 120         # and to end
SETTLE_S = 1.0      # between the end of the storm and SIGINT, the same for every tool


def fail(text):
    sys.exit(f"measure: {text}")


class Namespace:
    """A network namespace with lo up; lives as long as a process that reads from a pipe of ours."""

    def __enter__(self):
        self.proc = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "ip link set lo up && echo up && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.proc.stdout.readline() != b"up\n":
            fail("cannot make a network namespace (root is needed)")
        self.path = f"/proc/{self.proc.pid}/ns/net"
        self.inode = os.stat(self.path).st_ino
        return self

    def __exit__(self, *_):
        self.proc.stdin.close()
        self.proc.wait()

    def command(self, *args):
        return ["nsenter", "--net=" + self.path, *args]


def links_and_programs(pid):
    """Ids of the BPF programs that the process holds, itself or by a link, and if it has a link."""
    ids, linked = set(), False
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}") as f:
                for line in f:
                    key, _, value = line.partition(":")
                    linked = linked or key == "link_id"
                    if key == "prog_id":
                        ids.add(int(value))
        except FileNotFoundError:
            pass
    return ids, linked


def program_stats(pid):
    """{name/id: (run_time_ns, run_cnt, recursion_misses)} of the programs of this process."""
    ids, _ = links_and_programs(pid)
    shown = json.loads(subprocess.check_output(["bpftool", "prog", "show", "-j"]))
    return {f"{p.get('name', '')}/{p['id']}": (p.get("run_time_ns", 0), p.get("run_cnt", 0),
                                               p.get("recursion_misses", 0))
            for p in shown if p["id"] in ids}


def added(before, after):
    zero = (0, 0, 0)
    each = {n: [a - b for a, b in zip(v, before.get(n, zero))] for n, v in after.items()}
    return [sum(v[i] for v in each.values()) for i in range(3)], each


def memory(pid):
    """Resident memory in KB: the peak since the start or since forget_peak().  Pages of kernel
    buffers that are mapped into the tool count in its RSS (as file pages; a ring buffer maps its
    data twice, so it counts twice): told apart."""
    status = {}
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            key, _, value = line.partition(":")
            if key in ("VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem"):
                status[key] = int(value.split()[0])
    mapped, kernel = 0, False
    with open(f"/proc/{pid}/smaps") as f:
        for line in f:
            if line.startswith("Rss:"):
                mapped += int(line.split()[1]) if kernel else 0
            elif "-" in line.split()[0]:
                kernel = "anon_inode:bpf-map" in line or "[perf_event]" in line
    return {"peak_kb": status["VmHWM"] - mapped, "kernel_buffers_kb": mapped,
            "end_anon_kb": status["RssAnon"], "end_file_kb": status["RssFile"] - mapped,
            "end_shmem_kb": status["RssShmem"]}


def forget_peak(pid):
    """VmHWM starts again from now: while the kernel buffers stay mapped, subtracting them is exact.
    Before they were mapped, the process may have been larger than the difference."""
    with open(f"/proc/{pid}/clear_refs", "w") as f:
        f.write("5")


def cpu_s(pid):
    """User and system time of a running process, exact (its CPU clock, see clock_getcpuclockid)."""
    return time.clock_gettime(((~pid) << 3) | 2)


class Tool:
    """A tracer that runs: started, waited for, measured, interrupted."""

    def __init__(self, command, out, says_ready):
        self.says_ready = says_ready
        self.err_lines = []
        self.ready = threading.Event()
        self.out = open(out, "wb")
        self.began = time.monotonic()
        self.proc = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.out,
                                     stderr=subprocess.PIPE)
        self.pid = self.proc.pid
        self.reader = threading.Thread(target=self.read_stderr, daemon=True)
        self.reader.start()

    def read_stderr(self):
        for line in self.proc.stderr:
            if b"recording" in line and not self.ready.is_set():
                self.ready_s = time.monotonic() - self.began
                self.ready.set()
            self.err_lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    def wait_ready(self):
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                self.broke("ended before it was ready")
            if self.says_ready:
                if self.ready.wait(0.02):
                    break
            elif links_and_programs(self.pid)[1]:   # attached, but it does not say when it is done
                time.sleep(0.5)
                break
            else:
                time.sleep(0.02)
        else:
            self.proc.kill()
            self.broke(f"not ready after {READY_S} s")
        self.cpu_ready = cpu_s(self.pid)
        self.start_kb = memory(self.pid)["peak_kb"]
        forget_peak(self.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Nothing of ours may stay behind, whatever went wrong."""
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()

    def broke(self, text):
        fail(f"{self.proc.args}: {text}\n" + "\n".join(self.err_lines[-20:]))

    def end(self):
        """SIGINT; the CPU seconds since it was ready, the end included."""
        if self.proc.poll() is not None:
            self.broke("ended too early")
        self.proc.send_signal(signal.SIGINT)
        deadline = time.monotonic() + END_S
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                self.proc.kill()
                self.broke(f"still there {END_S} s after SIGINT")
            time.sleep(0.01)
        self.proc.returncode = os.waitstatus_to_exitcode(status)
        self.reader.join()
        self.out.close()
        return usage.ru_utime + usage.ru_stime - self.cpu_ready

    def own_count(self):
        """(sessions, lost) from the line "N sessions, L lost", or None."""
        for line in reversed(self.err_lines):
            words = line.replace(",", " ").replace(":", " ").split()
            if "sessions" in words and "lost" in words:
                i, j = words.index("sessions"), words.index("lost")
                if i and j and words[i - 1].isdigit() and words[j - 1].isdigit():
                    return int(words[i - 1]), int(words[j - 1])
        return None


def count_rows(path, prefix, jsonl):
    """Rows of the storm (by its addresses), other rows, distinct connections, bytes, ledger."""
    own = other = tx = rx = 0
    seen, ledger = set(), {}
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if jsonl:
                row = json.loads(line)
                if row.get("kind") == "ledger":
                    ledger = row
                if "kind" in row:
                    continue
                ends = (row["laddr"], row["lport"], row["raddr"], row["rport"])
            else:
                ends = tuple(line.split()[-7:-3])   # from the right: COMM may contain spaces
                if len(ends) < 4 or not ends[3].isdigit():
                    continue                        # the header
            if not ends[0].startswith(prefix) and not ends[2].startswith(prefix):
                other += 1
                continue
            own += 1
            seen.add(hash(ends))
            if jsonl:
                tx += row["tx_bytes"] or 0
                rx += row["rx_bytes"] or 0
    return {"rows": own, "other_rows": other, "distinct": len(seen), "tx": tx, "rx": rx,
            "ledger": ledger}


def run_storm(ns, args, net):
    limit = 120 + args.sessions / 200
    proc = subprocess.Popen(
        ns.command(args.storm, "--sessions", str(args.sessions), "--threads", str(args.threads),
                   "--mode", args.mode, "--bytes", str(args.bytes), "--reply", str(args.reply),
                   "--rate", str(args.rate), "--net", str(net)), stdout=subprocess.PIPE)
    timer = threading.Timer(limit, proc.kill)
    timer.start()
    text = proc.stdout.read()
    _, status, usage = os.wait4(proc.pid, 0)
    timer.cancel()
    proc.returncode = os.waitstatus_to_exitcode(status)
    if proc.returncode:
        fail(f"the storm failed ({proc.returncode}): {text.decode()}")
    result = json.loads(text)
    result["cpu_us"] = (usage.ru_utime + usage.ru_stime) * 1e6 / args.sessions
    return result


def tool_command(args, ns):
    if args.tool == "empty":
        return [sys.executable, __file__, "empty"]
    if args.tool == "tcplife":
        # libbpf finds a tracepoint by tracefs: mounted for this process only, if it is not there
        return ["unshare", "-m", "sh", "-c",
                "[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing"
                '; exec "$0"', args.tcplife]
    command = [args.socktape, "life"]
    if args.tool == "jsonl":
        command += ["-o", "jsonl"]
    if not args.unfiltered:
        command += ["--netns", str(ns.inode)]
    return command + args.extra


def under_tool(args, ns, net, result):
    out = "/dev/null" if args.tool in ("null", "empty") else os.path.join(args.scratch, "rows")
    with Tool(tool_command(args, ns), out, args.tool != "tcplife") as tool:
        tool.wait_ready()
        before = program_stats(tool.pid) if args.stats else {}
        storm = run_storm(ns, args, net)
        time.sleep(SETTLE_S)
        if args.stats:
            (result["kernel_ns"], result["runs"], result["skipped"]), result["programs"] = added(
                before, program_stats(tool.pid))
        result.update(memory(tool.pid))
        result["tool_cpu_s"] = tool.end()
    result["exit"] = tool.proc.returncode
    counted = tool.own_count()
    if counted:
        result["told_sessions"], result["told_lost"] = counted
    if args.tool not in ("null", "empty"):
        result.update(count_rows(out, f"127.{net}.", args.tool == "jsonl"))
        os.unlink(out)
    elif counted and not args.unfiltered:
        result["rows"] = counted[0]
    return storm


def measure_storm(args):
    net = random.randint(100, 250)      # another storm on this machine has other addresses
    result = {"kind": "stats" if args.stats else "storm", "tool": args.tool}
    with Namespace() as ns:
        storm = under_tool(args, ns, net, result) if args.tool != "none" else \
            run_storm(ns, args, net)
    result["storm"] = storm
    if "rows" in result:
        result["missing"] = storm["endpoints"] - result["rows"]
    if args.tool == "jsonl":
        result["bytes_off"] = (abs(result["tx"] - storm["client_tx"] - storm["server_tx"]) +
                               abs(result["rx"] - storm["client_rx"] - storm["server_rx"]))
    return result


def hold(count):
    """One process holds the connecting ends, its child the accepted ones."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and count + 100 > hard:
        fail(f"{count} sessions need more descriptors than the limit of {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 100), hard))
    listener = socket.create_server(("0.0.0.0", 7000), backlog=128)
    one, other = socket.socketpair()
    if not os.fork():
        one.close()
        held = [listener.accept()[0] for _ in range(count)]
        other.sendall(b"all")
        other.recv(1)           # until the parent ends
        os._exit(0)
    other.close()
    held = [socket.create_connection((f"127.78.0.{i % 64 + 1}", 7000)) for i in range(count)]
    if one.recv(3) != b"all":
        fail("the accepting process ended")
    print("held", len(held), flush=True)
    sys.stdin.read()


def bpf(command, attributes):
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 321}.get(platform.machine(), 280)   # 280 on all the newer ones
    fd = libc.syscall(number, command, attributes, ctypes.c_uint(len(attributes)))
    if fd < 0:
        fail(f"bpf({command}): {os.strerror(ctypes.get_errno())}")
    return fd


def empty():
    """What bpf_stats tells of a program that does nothing is the cost of measuring."""
    code = ctypes.create_string_buffer(bytes([0xb7, 0, 0, 0, 0, 0, 0, 0,     # r0 = 0
                                              0x95, 0, 0, 0, 0, 0, 0, 0]))   # exit
    text = ctypes.create_string_buffer(b"GPL")
    name = ctypes.create_string_buffer(b"inet_sock_set_state")
    load, raw_tracepoint, attach = 5, 17, 17    # include/uapi/linux/bpf.h
    program = bpf(load, struct.pack("=IIQQ", raw_tracepoint, 2, ctypes.addressof(code),
                                    ctypes.addressof(text)))
    link = bpf(attach, struct.pack("=QII", ctypes.addressof(name), program, 0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    print("recording nothing", file=sys.stderr, flush=True)
    signal.pause()
    os.close(link)


def ready_once(args, ns, *more):
    """-o jsonl --all changes nothing before the end; it shows what was taken over."""
    out = os.path.join(args.scratch, "rows")
    with Tool([args.socktape, "life", "--netns", str(ns.inode), "-o", "jsonl", "--all"]
              + args.extra + list(more), out, True) as tool:
        tool.wait_ready()
        result = {"ready_s": tool.ready_s, "ready_cpu_s": tool.cpu_ready, "start_kb": tool.start_kb}
        time.sleep(0.2)
        result.update(memory(tool.pid))
        tool.end()
    result.update(count_rows(out, "127.78.", True))
    os.unlink(out)
    return result


def measure_ready(args):
    with Namespace() as ns:
        holder = subprocess.Popen(ns.command(sys.executable, __file__, "hold", str(args.open)),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if holder.stdout.readline().split() != [b"held", str(args.open).encode()]:
            fail("cannot hold the sessions")
        result = {"kind": "ready", "open": args.open, **ready_once(args, ns)}
        # a small ring cannot hide how large the process was before the ring was mapped
        result["start_kb"] = ready_once(args, ns, "--ring", "64K")["start_kb"]
        result["missing"] = 2 * args.open - result["rows"]
        holder.stdin.close()
        holder.wait()
    return result


def arguments():
    p = argparse.ArgumentParser()
    sub = p.add_subparsers(dest="what", required=True)
    h = sub.add_parser("hold")
    h.add_argument("count", type=int)
    sub.add_parser("empty")
    for name in ("storm", "ready"):
        s = sub.add_parser(name)
        s.add_argument("--socktape", default="build/socktape")
        s.add_argument("--scratch", default=tempfile.gettempdir())
        s.add_argument("--extra", type=str.split, default=[], help="more options for socktape")
    s.add_argument("--open", type=int, default=10000)
    s = sub.choices["storm"]
    s.add_argument("--tool", required=True,
                   choices=("none", "tcplife", "table", "null", "jsonl", "empty"))
    s.add_argument("--tcplife", default="tcplife")
    s.add_argument("--storm", required=True)
    s.add_argument("--mode", default="fin")
    for name, default in (("sessions", 40000), ("threads", 2), ("bytes", 100), ("reply", 100),
                          ("rate", 0)):
        s.add_argument("--" + name, type=int, default=default)
    s.add_argument("--stats", action="store_true", help="kernel time (bpf_stats must be on)")
    s.add_argument("--unfiltered", action="store_true", help="socktape without --netns")
    return p.parse_args()


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if args.what == "hold":
        hold(args.count)
    elif args.what == "empty":
        empty()
    else:
        print(json.dumps(measure_storm(args) if args.what == "storm" else measure_ready(args)))


if __name__ == "__main__":
    main()
