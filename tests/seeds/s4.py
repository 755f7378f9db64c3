# SPDX-License-Identifier: BSD-2-Clause
"""What the S4 tests rest on: tcplife's own formats, sessions that know the truth, a recorder."""

import contextlib
import glob
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
SOCKTAPE = os.environ.get("SOCKTAPE") or os.path.join(HERE, "..", "..", "build", "socktape")
PATIENCE = 10

# As they stand in tcplife, but for the wide addresses: 26 columns in S4, 39 in the newest.
HEADER = "%-5s %-10.10s %s%-15s %-5s %-15s %-5s %5s %5s %s"
FORMAT = "%-5d %-10.10s %s%-15s %-5d %-15s %-5d %5d %5d %.2f"
HEADER_WIDE = "%-5s %-16.16s %-2s %-39s %-5s %-39s %-5s %6s %6s %s"
FORMAT_WIDE = "%-5d %-16.16s %-2s %-39s %-5s %-39s %-5d %6d %6d %.2f"
HEADER_CSV = "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s"
FORMAT_CSV = "%d,%s,%s,%s,%s,%s,%d,%d,%d,%.2f"


def need(truth, text):
    if not truth:
        raise AssertionError(text)


def same(got, want, what):
    need(got == want, f"{what}:\n got  {got!r}\n want {want!r}")


class Style:
    """The lines that tcplife prints with some of -T, -t, -w and -s."""

    def __init__(self, flags=""):
        self.time, self.timestamp = "T" in flags, "t" in flags
        self.csv = "s" in flags
        self.wide = "w" in flags and not self.csv
        self.ip = self.wide or self.csv

    def pick(self, plain, wide, csv):
        return csv if self.csv else wide if self.wide else plain

    def header(self):
        line = ""
        if self.time:
            line += "%s," % "TIME" if self.csv else "%-8s " % "TIME"
        if self.timestamp:
            line += "%s," % "TIME(s)" if self.csv else "%-9s " % "TIME(s)"
        return line + self.pick(HEADER, HEADER_WIDE, HEADER_CSV) % (
            "PID", "COMM", "IP" if self.ip else "", "LADDR", "LPORT", "RADDR", "RPORT", "TX_KB",
            "RX_KB", "MS")

    def row(self, end, clock, since_us, ms):
        line = ""
        if self.time:
            line += "%s," % clock if self.csv else "%-8s " % clock
        if self.timestamp:
            since = float(since_us) / 1000000
            line += "%.6f," % since if self.csv else "%-9.6f " % since
        return line + self.pick(FORMAT, FORMAT_WIDE, FORMAT_CSV) % (
            end.pid, end.comm, str(end.ip) if self.ip else "", end.laddr, end.lport, end.raddr,
            end.rport, end.tx // 1024, end.rx // 1024, ms)

    def parts(self, line):
        """Clock, microseconds and MS of a line: what only the recorder can know."""
        clock = r"(?P<clock>\d\d:\d\d:\d\d)[ ,]" if self.time else ""
        since = r"(?P<since>-?\d+\.\d{6})[ ,] *" if self.timestamp else ""
        m = re.fullmatch(clock + since + r".*[ ,](?P<ms>\d+\.\d\d)", line)
        need(m, f"not a row of this form: {line!r}")
        found = m.groupdict()
        return (found.get("clock"), round(float(found.get("since") or 0) * 1000000),
                float(found["ms"]))


class End:
    """One side of a session, as it really was."""

    def __init__(self, pid, comm, local, remote, tx, rx):
        self.pid, self.comm, self.tx, self.rx = pid, comm, tx, rx
        self.laddr, self.lport = local[:2]
        self.raddr, self.rport = remote[:2]
        self.ip = 6 if ":" in self.raddr else 4
        self.least_ms, self.most_ms = 0.0, float("inf")

    def lasted(self, least, most):
        """Bounds of MS in seconds."""
        self.least_ms, self.most_ms = least * 1000, most * 1000
        return self


class Child:
    """A process with a name of its own, which says and hears JSON."""

    def __init__(self, name, work):
        up, down = os.pipe(), os.pipe()
        self.pid = os.fork()
        self.comm = name[:15].decode(errors="replace")
        if not self.pid:
            self.begin(name, work, down[0], up[1])
        os.close(up[1])
        os.close(down[0])
        self.read, self.write = os.fdopen(up[0]), os.fdopen(down[1], "w")

    def begin(self, name, work, fd_in, fd_out):
        try:
            signal.alarm(60)
            with open("/proc/self/comm", "wb") as f:
                f.write(name)
            self.read, self.write = os.fdopen(fd_in), os.fdopen(fd_out, "w")
            work(self)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)

    def say(self, what=None):
        self.write.write(json.dumps(what) + "\n")
        self.write.flush()

    def hear(self):
        line = self.read.readline()
        need(line, "the other process is gone")
        return json.loads(line)

    def end(self):
        status = os.waitpid(self.pid, 0)[1]
        self.read.close()
        self.write.close()
        need(status == 0, f"traffic process {self.comm!r} failed: {status}")


def read_exactly(sock, n):
    while n:
        got = len(sock.recv(min(n, 65536)))
        need(got, "the stream ended early")
        n -= got


def unmapped(address):
    return (address[0].removeprefix("::ffff:"), address[1])


class Session:
    """A session between two processes: begin() talks, finish() closes, `first` one first."""

    def __init__(self, host="127.0.0.1", port=0, source=0, listen_on=None, first="client", up=0,
                 down=0, names=(b"server", b"client")):
        self.host, self.port, self.source, self.first = host, port, source, first
        self.listen_on, self.up, self.down, self.names = listen_on or host, up, down, names

    def serve(self, c):
        family = socket.AF_INET6 if ":" in self.listen_on else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.listen_on, self.port))
        listener.listen(16)
        c.say(listener.getsockname()[1])
        sock, peer = listener.accept()
        read_exactly(sock, self.up)
        sock.sendall(bytes(self.down))
        c.say([unmapped(sock.getsockname()), unmapped(peer)])
        self.close(c, sock, "server")

    def connect(self, c):
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        if self.source:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self.host, self.source))
        sock.connect((self.host, c.hear()))
        sock.sendall(bytes(self.up))
        read_exactly(sock, self.down)
        c.say([sock.getsockname()[:2], sock.getpeername()[:2]])
        self.close(c, sock, "client")

    def close(self, c, sock, side):
        if self.first == side:
            c.hear()
        else:
            need(sock.recv(1) == b"", "data instead of the end")
        sock.close()

    def begin(self):
        self.began = time.monotonic()
        self.server = Child(self.names[0], self.serve)
        self.client = Child(self.names[1], self.connect)
        self.port = self.server.hear()
        self.client.say(self.port)
        client, server = self.client.hear(), self.server.hear()
        self.ends = [
            End(self.server.pid, self.server.comm, *server, self.down, self.up),
            End(self.client.pid, self.client.comm, *client, self.up, self.down)]
        self.talked = time.monotonic()
        return self

    def finish(self):
        closing = time.monotonic()
        (self.client if self.first == "client" else self.server).say()
        self.client.end()
        self.server.end()
        settle()
        for end in self.ends:
            end.lasted(closing - self.talked, time.monotonic() - self.began)
        return self.ends

    def finish_adopted(self):
        """For a recorder that met it open: how long it had been so is not in MS."""
        for end in self.finish():
            end.least_ms = 0
        return self.ends

    def play(self, hold=0.0):
        self.begin()
        time.sleep(hold)
        return self.finish()


def states():
    for name in glob.glob("/proc/net/tcp*"):
        with open(name) as f:
            for line in f.readlines()[1:]:
                yield line.split()[3]


def settle():
    """Wait until the kernel is done with every connection of this namespace but open ones."""
    deadline = time.monotonic() + PATIENCE
    while set(states()) - {"01", "06", "0A"}:  # ESTABLISHED, TIME_WAIT, LISTEN
        need(time.monotonic() < deadline, "connections do not come to their end")
        time.sleep(0.002)


def binary():
    """The one to be tested; a build that is being linked is waited for."""
    deadline = time.monotonic() + 30
    while not os.access(SOCKTAPE, os.X_OK) and time.monotonic() < deadline:
        time.sleep(0.1)
    return SOCKTAPE


def run(*options):
    """`socktape life` to its end: exit code, stdout, stderr."""
    p = subprocess.run([binary(), "life", *options], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=PATIENCE)
    return p.returncode, p.stdout, p.stderr


class Recorder:
    """`socktape life` on this namespace.  stop() is Ctrl-C and gives what it printed."""

    def __init__(self, *options, env=None):
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [binary(), "life", "--netns", "self", "-d", "50s", *options], stdin=subprocess.DEVNULL,
            stdout=self.out, stderr=self.err, env={**os.environ, **(env or {})})

    def wait(self):
        deadline = time.monotonic() + PATIENCE
        while b"recording" not in self.text(self.err):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"socktape does not record: {self.text(self.err)!r}")
            time.sleep(0.005)
        return self

    def text(self, f):
        return os.pread(f.fileno(), 1 << 24, 0)

    def printed(self):
        return self.text(self.out)

    def stop(self, sig=signal.SIGINT):
        self.process.send_signal(sig)
        code = self.process.wait(PATIENCE)
        self.messages = self.text(self.err).decode()
        need(code == 0, f"exit code {code}: {self.messages}")
        need(re.search(r"\d+ sessions?, 0 lost$", self.messages.rstrip()), self.messages)
        return self.printed()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def recorder(*options, **how):
    r = Recorder(*options, **how)
    try:
        yield r.wait()
    finally:
        r.kill()


@contextlib.contextmanager
def recorders(*lists):
    """One recorder for each list of options, all at once."""
    all_of_them = [Recorder(*options) for options in lists]
    try:
        yield [r.wait() for r in all_of_them]
    finally:
        for r in all_of_them:
            r.kill()


def lines_of(out, errors="strict"):
    text = out.decode(errors=errors)
    need(text.endswith("\n"), f"the output does not end with a line end: {text[-100:]!r}")
    return text[:-1].split("\n")


def match(style, line, ends):
    """The one of `ends` that tcplife would have printed as this line."""
    clock, since, ms = style.parts(line)
    would = [style.row(end, clock, since, ms) for end in ends]
    need(line in would, "the row\n  %r\nis none of tcplife's\n  %s" % (
        line, "\n  ".join(map(repr, would))))
    end = ends[would.index(line)]
    need(end.least_ms - 0.01 <= ms <= end.most_ms + 0.01,
         f"MS is {ms}, the truth {end.least_ms:.2f}..{end.most_ms:.2f}: {line!r}")
    return end, clock, since


def judge(style, out, ends):
    """The output is, byte for byte, what tcplife prints for these ends; gives clocks and times."""
    lines, left, clocks, times = lines_of(out), list(ends), [], []
    same(lines[0], style.header(), "header")
    for line in lines[1:]:
        end, clock, since = match(style, line, left)
        left.remove(end)
        clocks.append(clock)
        times.append(since)
    need(not left, "no row for " + ", ".join(
        f"{e.comm} {e.laddr}:{e.lport} > {e.raddr}:{e.rport}" for e in left))
    return clocks, times


def recorded(flags, play, *options):
    """Record what `play` does with tcplife's flags (or with each of a list), and judge it."""
    flags = [flags] if isinstance(flags, str) else flags
    with recorders(*((["-" + f] if f else []) + list(options) for f in flags)) as all_of_them:
        ends = play()
        return [judge(Style(f), r.stop(), ends) for f, r in zip(flags, all_of_them)][0]


def one(**how):
    """The usual session."""
    return Session(up=3000, down=70000, **how).play


facts = {}


def fact(fn):
    facts[fn.__name__.replace("_", "-")] = fn
    return fn


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    signal.alarm(60)
    try:
        facts[sys.argv[1]]()
    except AssertionError as e:
        sys.exit(f"{sys.argv[1]}: {e}")
