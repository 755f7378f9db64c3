# SPDX-License-Identifier: BSD-2-Clause
"""tcplife's flags."""

import os

from s4 import Session, Style, fact, judge, need, recorder, recorders, run, same


@fact
def help_text():
    """-h says what each flag of tcplife does and shows examples."""
    for flag in ("-h", "--help"):
        code, out, err = run(flag)
        same((code, err), (0, b""), f"exit code and stderr of {flag}")
        text = out.decode()
        for short, long in (("T", "time"), ("t", "timestamp"), ("w", "wide"), ("s", "csv"),
                            ("p", "pid"), ("L", "localport"), ("D", "remoteport"), ("h", "help")):
            line = [one for one in text.split("\n") if one.startswith(f"  -{short}, --{long}")]
            need(len(line) == 1 and len(line[0].split()) > 3, f"{flag}: no help for -{short}")
        for example in ("-p 181", "-L 80"):
            need(example in text, f"{flag}: no example with {example}")


@fact
def examples():
    """The examples of tcplife's help with numbers are accepted as they stand; the rows test -t, -w
    and -stT."""
    for line in ("-p 181", "-L 80", "-L 80,81", "-D 80"):
        code, out, err = run("-q", "--netns", "self", "-d", "1ms", *line.split())
        same((code, out.decode(), err), (0, Style().header() + "\n", b""), line)


@fact
def stale_usage():
    """What tcplife's comment promises and it never had is refused: -C, -S, interval, count."""
    for words in (["-C"], ["-S"], ["5"], ["5", "3"]):
        code, out, err = run(*words)
        same((code, out), (2, b""), f"exit code and stdout of {words}")
        need(words[0] in err.decode(), f"the message does not name {words[0]}: {err}")


@fact
def long_names():
    """--time, --timestamp, --wide, --csv, --pid, --localport, --remoteport."""
    forms = [(["--time", "--timestamp", "--localport", "7100"], "Tt"),
             (["--wide", "--localport=7100"], "w"),
             (["--csv", "--timestamp", "--time", "--localport", "7100"], "stT"),
             (["--remoteport=7100", "--csv"], "s"),
             (["--remoteport", "7100", "--pid", str(os.getpid())], ""),
             ([f"--pid={os.getpid()}"], "")]
    with recorders(*(options for options, _ in forms)) as each:
        server, client = Session(port=7100).play()
        wants = [server], [server], [server], [client], [], []
        for r, (_, flags), want in zip(each, forms, wants, strict=True):
            judge(Style(flags), r.stop(), want)


@fact
def pid():
    """-p shows the sessions of one process, whichever side it is on."""
    for side in (0, 1):
        before, s = Session().begin(), Session(up=2000).begin()
        with recorder("-p", str(s.ends[side].pid)) as r:
            before.finish()
            Session().play()
            s.finish_adopted()
            judge(Style(), r.stop(), s.ends[side:side + 1])


@fact
def localport():
    """-L PORT shows the side that has it as its own."""
    with recorder("-L", "7200") as r:
        server = Session(port=7200).play()[0]
        Session(port=7201).play()
        judge(Style(), r.stop(), [server])


@fact
def localports():
    """-L takes a list."""
    with recorder("-L", "7200,7202") as r:
        ends = [Session(port=port).play()[0] for port in (7200, 7201, 7202, 7203)]
        judge(Style(), r.stop(), [ends[0], ends[2]])


@fact
def remoteport():
    """-D PORT shows the side whose peer has it."""
    with recorder("-D", "7300") as r:
        client = Session(port=7300).play()[1]
        Session(port=7301).play()
        judge(Style(), r.stop(), [client])


@fact
def remoteports():
    """-D takes a list."""
    with recorder("-D", "7300,7303") as r:
        ends = [Session(port=port, host="::1").play()[1] for port in (7300, 7301, 7302, 7303)]
        judge(Style(), r.stop(), [ends[0], ends[3]])


@fact
def filters_together():
    """Each filter takes away: -L and -D and -p all hold."""
    with recorder("-L", "7400,7401", "-D", "45001") as r:
        ends = [Session(port=port, source=source).play()[0]
                for port, source in ((7400, 45000), (7401, 45001), (7402, 45002))]
        judge(Style(), r.stop(), [ends[1]])
    s = Session(port=7404).begin()
    server = ["-p", str(s.ends[0].pid)]
    with recorders([*server, "-L", "7404"], [*server, "-D", "7404"]) as (r, none):
        s.finish_adopted()
        judge(Style(), r.stop(), s.ends[:1])
        judge(Style(), none.stop(), [])


@fact
def flags_together():
    """Letters in one word, an argument at its end or behind it, words in any order."""
    ways = ["-stTL7500"], ["-L", "7500", "-tTs"], ["-T", "--csv", "-tL", "7500"]
    with recorders(*ways) as each:
        server = Session(port=7500).play()[0]
        for r in each:
            judge(Style("stT"), r.stop(), [server])


@fact
def families():
    """The newest tcplife's -4 and -6."""
    with recorders(["-4"], ["--ipv4"], ["-6"], ["--ipv6"]) as each:
        v4, v6 = Session().play(), Session(host="::1").play()
        for r, want in zip(each, (v4, v4, v6, v6)):
            judge(Style(), r.stop(), want)
