# SPDX-License-Identifier: BSD-2-Clause
"""What tcplife prints: headers, rows, widths, numbers, times."""

import csv
import io
import os
import signal
import socket
import subprocess
import time

from s4 import (End, Session, Style, fact, judge, lines_of, need, one, recorded, recorder,
                recorders, run, same, settle)

LONG = "fd00:1111:2222:3333:4444:5555:6666:7777"  # 39 characters, the most there are


@fact
def headers():
    """With no session at all the header is all there is.  The rows test other combinations."""
    for flags in ("", "Tw", "tw", "Ts", "st", "Ttws"):
        options = ["-" + flags] if flags else []
        code, out, err = run("-q", "--netns", "self", "-d", "1ms", *options)
        same((code, err), (0, b""), f"exit code and stderr of {options}")
        same(out.decode(), Style(flags).header() + "\n", f"header of {options}")


@fact
def header_at_once():
    """The header is there before the first session."""
    with recorder() as r:
        same(r.printed().decode(), Style().header() + "\n", "printed before any session")


@fact
def row_default():
    recorded("", one())


@fact
def row_wide():
    recorded("w", one())


@fact
def row_csv():
    recorded("s", one())


@fact
def row_time():
    recorded("T", one())


@fact
def row_timestamp():
    recorded("t", one())


@fact
def row_both_times():
    """-T stands before -t, in whichever order they are given."""
    recorded(["Tt", "tT"], one())


@fact
def row_example():
    """-stT, as in the examples of tcplife."""
    recorded("stT", one())


@fact
def row_all_wide():
    recorded("wtT", one())


@fact
def csv_wins():
    """-w has no effect with -s."""
    recorded(["sw", "wstT"], one())


@fact
def row_ipv6():
    """::1 in each of the three forms."""
    recorded(["", "w", "s"], one(host="::1"))


@fact
def ip_column():
    """IP is 4 or 6 with -w and -s; without them there is no such column."""
    with recorders(["-s"], []) as (r, plain):
        Session().play()
        Session(host="::1").play()
        rows = list(csv.DictReader(io.StringIO(r.stop().decode())))
        header, *lines = lines_of(plain.stop())
    same(sorted((row["IP"], row["LADDR"]) for row in rows),
         [("4", "127.0.0.1")] * 2 + [("6", "::1")] * 2, "IP and LADDR")
    need("IP" not in header.split(), "IP in the default header")
    same([len(line.split()) for line in lines], [9] * 4, "words of the default rows")


def long_address():
    subprocess.run(["ip", "address", "add", LONG + "/128", "dev", "lo", "nodad"], check=True)
    return one(host=LONG)


@fact
def long_default():
    """An address that does not fit is not cut: the columns after it move."""
    recorded("", long_address())


@fact
def long_wide():
    """The longest IPv6 address fits into -w: every column stands below its title."""
    with recorder("-w") as r:
        ends = long_address()()
        out = r.stop()
    judge(Style("w"), out, ends)
    header, *rows = lines_of(out)
    for row in rows:
        for title, word in (("LADDR", LONG), ("IP", "6"), ("MS", row.split()[-1])):
            at = header.index(title)
            same(row[at:at + len(word)], word, f"what stands below {title}")


@fact
def eighty_columns():
    """The default output fits 80 characters."""
    with recorder() as r:
        Session(up=99999 * 1024, down=0, names=(b"a-name-that-is", b"far-too-long-to")).play()
        for line in lines_of(r.stop()):
            need(len(line) <= 80, f"{len(line)} characters: {line!r}")


@fact
def comm_width():
    """Ten characters of the name by default, all fifteen with -w and -s."""
    forms = ("", "fifteen-le"), ("w", "fifteen-letters"), ("s", "fifteen-letters")
    with recorders(*(["-" + flags] if flags else [] for flags, _ in forms)) as each:
        ends = Session(names=(b"fifteen-letters", b"ten-letter")).play()
        for r, (flags, name) in zip(each, forms):
            out = r.stop()
            judge(Style(flags), out, ends)
            need(name in out.decode().replace(",", " ").split(), f"no word {name!r} in {out!r}")


@fact
def comm_utf8():
    """A name is cut and padded by characters, not by bytes."""
    recorded("", one(names=("grün-für-zwölf".encode()[:15], "äöüäöüä".encode())))


@fact
def kb_truncated():
    """TX_KB and RX_KB are whole KiB, rounded down."""
    def play():
        sizes = (0, 1), (1023, 1024), (1025, 2047), (2048, 2049), (102399, 102400)
        return [end for up, down in sizes for end in Session(up=up, down=down).play()]

    recorded(["", "w", "s"], play)


@fact
def kb_titles():
    """TX is what this side sent, RX what it received."""
    with recorder("-s") as r:
        ends = Session(up=5 * 1024, down=9 * 1024).play()
        rows = {int(row["LPORT"]): row for row in csv.DictReader(io.StringIO(r.stop().decode()))}
    server, client = (rows[end.lport] for end in ends)
    same((client["TX_KB"], client["RX_KB"]), ("5", "9"), "the client's TX_KB and RX_KB")
    same((server["TX_KB"], server["RX_KB"]), ("9", "5"), "the server's TX_KB and RX_KB")


@fact
def ms_decimals():
    """MS is whole microseconds as milliseconds with two decimals."""
    with recorder("-H", "-o", "tsv", "-O", "ms,duration_ns") as r:
        for hold in (0, 0.001, 0.0123, 0.15):
            Session().play(hold)
        rows = [line.split("\t") for line in lines_of(r.stop())]
    same(len(rows), 8, "rows")
    for ms, ns in rows:
        same(ms, "%.2f" % (float(int(ns) // 1000) / 1000), f"MS of {ns} ns")


@fact
def ms_is_the_session():
    """MS runs from ESTABLISHED to CLOSE: a session held for 0.2 s says so, no more."""
    with recorder() as r:
        ends = Session(up=10).play(0.2)
        judge(Style(), r.stop(), ends)
    for end in ends:
        need(end.least_ms >= 200, "the test did not hold the session")


class Full:
    """A listener whose queue is full: a connect stays in SYN_SENT until there is room."""

    def __init__(self):
        with open("/proc/self/comm", "w") as f:
            f.write("full")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.filler = socket.create_connection(self.listener.getsockname())
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.began = time.monotonic()
        self.sock.connect_ex(self.listener.getsockname())

    def end(self):
        return End(os.getpid(), "full", self.sock.getsockname(), self.listener.getsockname(), 0, 0)

    def close(self):
        for s in (self.sock, self.filler, self.listener):
            s.close()


@fact
def ms_of_a_failure():
    """A connect that comes to nothing is counted from SYN_SENT."""
    with recorder() as r:
        full = Full()
        end = full.end()
        time.sleep(0.3)
        full.sock.close()
        end.lasted(0.3, time.monotonic() - full.began)
        out = r.stop()
        full.close()
    judge(Style(), out, [end])


@fact
def ms_without_the_handshake():
    """The time the handshake took is not part of MS."""
    with recorder() as r:
        full = Full()
        full.filler.close()
        full.listener.accept()[0].close()
        accepted = full.listener.accept()[0]  # the SYN comes again after a second
        established = time.monotonic()
        need(established - full.began > 0.5, "the handshake was not held up")
        end = full.end()
        full.close()
        accepted.close()
        settle()
        end.lasted(0, time.monotonic() - established + 0.1)
        out = r.stop()
    rows = [line for line in lines_of(out) if f" {end.lport} " in line and
            line.split()[3] == str(end.lport)]
    same(len(rows), 1, f"rows of the client in {out!r}")
    judge(Style(), (Style().header() + "\n" + rows[0] + "\n").encode(), [end])


@fact
def refused():
    """A refused connect is a session of its own: no bytes, the ports and the owner right."""
    def play():
        with open("/proc/self/comm", "w") as f:
            f.write("refused")
        sock = socket.socket()
        sock.bind(("127.0.0.1", 40404))
        need(sock.connect_ex(("127.0.0.1", 1)) == 111, "the connect was not refused")
        sock.close()
        return [End(os.getpid(), "refused", ("127.0.0.1", 40404), ("127.0.0.1", 1), 0, 0)]

    recorded("", play)


@fact
def timestamp_from_the_first():
    """-t counts from the first session shown, of either family; its row is 0.000000."""
    def play():
        ends = Session(host="::1").play()
        time.sleep(0.12)
        ends += Session().play()
        time.sleep(0.12)
        return ends + Session(host="::1").play()

    times = recorded(["t", "st"], play)[1]
    same(times[0], 0, "the first row's time in microseconds")
    need(abs(times[1]) < 120_000 <= times[2] and 240_000 <= times[4] < 10_000_000,
         f"times in microseconds: {times}")


@fact
def timestamp_arithmetic():
    """-t is the difference of two whole numbers of microseconds, with six decimals."""
    with recorder("-H", "-o", "tsv", "-O", "time_s,ended_ns") as r:
        for _ in range(15):
            Session().play()
        rows = [line.split("\t") for line in lines_of(r.stop())]
    same(len(rows), 30, "rows")
    start = int(rows[0][1]) // 1000
    for since, ns in rows:
        same(since, "%.6f" % ((float(int(ns) // 1000) - start) / 1000000), f"time of {ns} ns")


@fact
def timestamp_of_what_is_shown():
    """A session that a filter leaves out is not the first."""
    with recorder("-t", "-L", "7001") as r:
        Session(port=7000).play()
        time.sleep(0.05)
        server = Session(port=7001).play()[0]
        same(judge(Style("t"), r.stop(), [server])[1], [0], "time of the only row")


@fact
def time_is_local():
    """-T is the time of day here, as TZ says."""
    before = int(time.time())
    with recorder("-sT", env={"TZ": "XYZ-05:45"}) as r:
        ends = Session().play()
        clocks = judge(Style("sT"), r.stop(), ends)[0]
    here = 5 * 3600 + 45 * 60
    good = {time.strftime("%H:%M:%S", time.gmtime(t + here))
            for t in range(before, int(time.time()) + 1)}
    need(set(clocks) <= good, f"{clocks}, the truth is one of {sorted(good)}")


@fact
def live():
    """A row is printed when its session ends, not when the recorder does."""
    with recorder() as r:
        ends = Session().play()
        deadline = time.monotonic() + 2
        while r.printed().count(b"\n") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        judge(Style(), r.printed(), ends)
        judge(Style(), r.stop(), ends)


@fact
def ends_by_signal():
    """Ctrl-C ends it, as tcplife, and so does SIGTERM."""
    for sig in (signal.SIGINT, signal.SIGTERM):
        with recorder() as r:
            ends = Session().play()
            judge(Style(), r.stop(sig), ends)


@fact
def listeners_are_none():
    """A listener that closes is no session."""
    with recorder() as r:
        socket.create_server(("127.0.0.1", 0)).close()
        ends = Session().play()
        judge(Style(), r.stop(), ends)
