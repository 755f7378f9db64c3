# SPDX-License-Identifier: BSD-2-Clause
"""Where tcplife is wrong and socktape is not."""

import csv
import io
import json

from s4 import (Session, Style, fact, judge, lines_of, need, one, recorded, recorder,
                recorders, same)


@fact
def mapped():
    """An IPv4 session of an IPv6 listener is IPv4 on both sides, under -4 and not under -6."""
    with recorders([], ["-w"], ["-s4"], ["-6"]) as (plain, wide, v4, v6):
        ends = Session(listen_on="::", up=2000).play()
        judge(Style(), plain.stop(), ends)
        judge(Style("w"), wide.stop(), ends)
        judge(Style("s"), v4.stop(), ends)
        judge(Style(), v6.stop(), [])


@fact
def server_first():
    """The server that closes first owns its side (tcplife: the client)."""
    recorded("", one(first="server"))


@fact
def pid_of_server_first():
    """-p of a server that closes first shows its sessions, only them (tcplife: its clients')."""
    s = Session(first="server").begin()
    with recorders(*(["-p", str(end.pid)] for end in s.ends)) as each:
        Session(first="server").play()
        s.finish_adopted()
        for r, end in zip(each, s.ends):
            judge(Style(), r.stop(), [end])


@fact
def ephemeral_port():
    """-L with the port of a client finds the client (tcplife: whoever runs)."""
    with recorder("-L", "45100,45101") as r:
        clients = [Session(source=45100, first="client").play()[1],
                   Session(source=45101, first="server").play()[1]]
        judge(Style(), r.stop(), clients)


@fact
def only_the_programs_bytes():
    """SYN and FIN are no bytes (tcplife: each counts one)."""
    def play():
        return [end for size in (1022, 1023, 2047) for first in ("client", "server")
                for end in Session(up=size, down=size, first=first).play()]

    recorded("", play)
    with recorder("-H", "-o", "tsv", "-O", "tx_bytes,rx_bytes") as r:
        Session(up=1023, down=0).play()
        same(sorted(lines_of(r.stop())), ["0\t1023", "1023\t0"], "bytes")


@fact
def open_before():
    """Sessions that were open before the start are shown, with their owners (tcplife: not)."""
    sessions = [Session(up=2000, down=5000, first=first).begin() for first in ("client", "server")]
    with recorder() as r:
        ends = [end for s in sessions for end in s.finish_adopted()]
        judge(Style(), r.stop(), ends)


@fact
def local_port_at_close():
    """LPORT is the port, though the kernel's own number is 0 by then."""
    with recorder("-s") as r:
        ends = Session(source=45200).play() + Session(source=45201, first="server").play()
        rows = csv.DictReader(io.StringIO(r.stop().decode()))
        same(sorted(int(row["LPORT"]) for row in rows), sorted(e.lport for e in ends), "LPORT")


@fact
def ten_columns():
    """Every line of -s has ten columns, whatever the name of the program (tcplife: more)."""
    with recorder("-s") as r:
        Session(names=(b"a,b,c", b'"quoted", yes')).play()
        Session(names=(b"two\nlines", b"=1+1,\t\x1b[31m")).play()
        lines = lines_of(r.stop())
    same(len(lines), 5, "lines")
    for line in lines:
        same(len(line.split(",")), 10, f"columns of {line!r}")
        need(line.isprintable(), f"a control character in {line!r}")


@fact
def name_not_utf8():
    """A name that is not UTF-8 does not end the recording (tcplife: it dies)."""
    with recorder("-s") as r:
        Session(names=(b"\xff\xfe", b"caf\xe9")).play()
        ends = Session().play()
        out = r.stop()
    lines = lines_of(out)
    same(len(lines), 5, "lines")
    judge(Style("s"), "".join(one + "\n" for one in lines[:1] + lines[3:]).encode(), ends)


@fact
def same_as_jsonl():
    """A row of -s and a JSON object of one session say the same."""
    with recorders(["-s"], ["-o", "jsonl"]) as (rows, objects):
        Session(up=3000, down=70000).play()
        table = list(csv.DictReader(io.StringIO(rows.stop().decode())))
        records = [json.loads(line) for line in lines_of(objects.stop())][:-1]
    for row, record in zip(sorted(table, key=lambda r: r["PID"]),
                           sorted(records, key=lambda r: str(r["pid"])), strict=True):
        same([row[k] for k in ("PID", "COMM", "IP", "LADDR", "LPORT", "RADDR", "RPORT")],
             [str(record[k]) for k in ("pid", "comm", "ip", "laddr", "lport", "raddr", "rport")],
             "who and with whom")
        same((int(row["TX_KB"]), int(row["RX_KB"])),
             (record["tx_bytes"] // 1024, record["rx_bytes"] // 1024), "KiB")
