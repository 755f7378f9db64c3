# SPDX-License-Identifier: BSD-2-Clause
"""What a traffic program knows about its own sessions.

A traffic program is a file of cases.  A case forks roles (a server, a client, a worker), each role
counts what it writes and reads itself, and says at the end who it was, over which addresses it
spoke, how many bytes went each way and how the session must have ended.  All of it is printed as
one JSON object, the truth, which check.py holds against what socktape recorded.

A value in the truth may also be {"any": true}, {"in": [...]} or {"min": a, "max": b}.
"""

import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import traceback

PORT = 5000
SO_COOKIE = 57
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
CLONE_NEWNET = 0x40000000
SIOCOUTQ = 0x5411
FIONREAD = 0x541B
CASE_SECONDS = 60
ANY = {"any": True}

libc = ctypes.CDLL(None, use_errno=True)
cases = {}


def case(fn):
    """Register a case under its name, with dashes for underscores."""
    cases[fn.__name__.replace("_", "-")] = fn
    return fn


def one_of(*values):
    return {"in": list(values)}


def at_least(low, high=None):
    return {"min": low, "max": high if high is not None else 2**63}


def set_comm(name):
    """Name the calling thread; the kernel keeps 15 bytes."""
    raw = name if isinstance(name, bytes) else name.encode()
    libc.prctl(PR_SET_NAME, ctypes.c_char_p(raw), 0, 0, 0)


def comm_of(pid="self", tid=None):
    path = f"/proc/{pid}/comm" if tid is None else f"/proc/{pid}/task/{tid}/comm"
    with open(path, "rb") as f:
        return f.read()[:-1].decode("utf-8", "surrogateescape")


def netns():
    return os.stat("/proc/thread-self/ns/net").st_ino


def cgroup2_mount():
    with open("/proc/self/mounts") as f:
        return next(line.split()[1] for line in f if line.split()[2] == "cgroup2")


def cgroup_id():
    """The id of the calling process's cgroup: the inode number of its folder."""
    with open("/proc/self/cgroup") as f:
        path = next(line[3:].rstrip("\n") for line in f if line.startswith("0::"))
    return os.stat(cgroup2_mount() + path).st_ino


def plain(address):
    """An address as a record shows it: v4-mapped as IPv4."""
    if address.startswith("::ffff:") and "." in address:
        return address[len("::ffff:"):]
    return address


def cookie(sock):
    return struct.unpack("=Q", sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


TCP_ESTABLISHED, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT = 1, 5, 6, 7, 8
TCP_CLOSING = 11


def state_of(sock):
    """The state of a socket, as include/net/tcp_states.h numbers it."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def states():
    """The states of all IPv4 sockets of the namespace, as two hexadecimal digits each."""
    with open("/proc/thread-self/net/tcp") as f:
        return [line.split()[3] for line in f.readlines()[1:]]


def queued(fd, request):
    """Bytes waiting in a socket: FIONREAD to be read, SIOCOUTQ not yet acknowledged."""
    return struct.unpack("i", fcntl.ioctl(fd, request, b"\0" * 4))[0]


def wait_until(what, condition, seconds=10):
    """Poll for a condition; a case that waits in vain fails."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain: " + what)
        time.sleep(0.002)


def address_in_hex(text):
    """127.0.0.1:80 from 0100007F:0050; words of an IPv6 address are in host order too."""
    address, port = text.split(":")
    raw = b"".join(bytes.fromhex(address[i:i + 8])[::-1] for i in range(0, len(address), 8))
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, raw), int(port, 16)


def addresses_of(fd):
    """Both addresses of a socket, without a system call on the socket itself."""
    inode = str(os.fstat(fd).st_ino)
    for name in ("tcp", "tcp6"):
        with open("/proc/thread-self/net/" + name) as f:
            for line in f.readlines()[1:]:
                word = line.split()
                if word[9] == inode:
                    return address_in_hex(word[1]), address_in_hex(word[2])
    raise LookupError(f"no socket with inode {inode}")


class BareSocket:
    """A socket that Python asks nothing: no getsockname, no getpeername."""

    def __init__(self, fd):
        self.fd = fd

    def fileno(self):
        return self.fd

    def send(self, data, _flags=0):
        return os.write(self.fd, data)

    def recv(self, count, _flags=0):
        return os.read(self.fd, count)

    def close(self):
        os.close(self.fd)


def accept_without_address(listener):
    """accept(fd, NULL, NULL), which Python itself never calls."""
    fd = libc.accept(listener.fileno(), None, None)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "accept")
    return BareSocket(fd)


def enter_netns(path):
    """Move the calling thread into another network namespace."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


class Flag:
    """An event between processes: set once, seen by everybody who waits."""

    def __init__(self):
        self.r, self.w = os.pipe()

    def set(self):
        os.write(self.w, b"x")

    def is_set(self):
        return bool(select.select([self.r], [], [], 0)[0])

    def wait(self, seconds=20):
        if not select.select([self.r], [], [], seconds)[0]:
            raise TimeoutError("waited in vain for another role")


class End:
    """One end of a session, counted by the program that holds it."""

    def __init__(self, world, sock, direction, began, peer=None, **facts):
        self.world, self.sock = world, sock
        self.tx = self.rx = 0
        self.began, self.ready = began, time.monotonic_ns()
        self.closing = None
        self.tid = threading.get_native_id()
        local, remote = (sock.getsockname(), peer) if peer else addresses_of(sock.fileno())
        self.facts = {
            "laddr": plain(local[0]), "lport": local[1],
            "raddr": plain(remote[0]), "rport": remote[1],
            "ip": 4 if "." in local[0] else 6,
            "direction": direction,
        }
        if not isinstance(sock, BareSocket):
            self.facts["cookie"] = cookie(sock)
        self.facts.update(facts)

    def write(self, count, flags=0):
        data = memoryview(bytes(min(count, 1 << 16)))
        self.tid = threading.get_native_id()
        while count:
            n = self.sock.send(data[:count], flags)
            self.tx += n
            count -= n

    def read(self, count, flags=0):
        self.tid = threading.get_native_id()
        while count:
            n = len(self.sock.recv(min(count, 1 << 16), flags))
            if not n:
                raise EOFError("the peer closed too early")
            self.rx += n
            count -= n

    def eof(self):
        """Read to the end of the stream."""
        self.tid = threading.get_native_id()
        while True:
            n = len(self.sock.recv(1 << 16))
            if not n:
                return
            self.rx += n

    def fails_with(self, error, call):
        """The call must fail with this exception: a reset has to be seen as one."""
        try:
            call()
        except error:
            return
        raise AssertionError(f"{error.__name__} did not come")

    def delivered(self):
        """Wait until the peer's kernel has acknowledged everything."""
        wait_until("acknowledgement", lambda: queued(self.sock.fileno(), SIOCOUTQ) == 0)

    def arrived(self, count):
        """Wait until this many bytes can be read."""
        wait_until("data", lambda: queued(self.sock.fileno(), FIONREAD) == count)

    def shutdown(self, how=socket.SHUT_WR):
        if how != socket.SHUT_RD:
            self.closing = self.closing or time.monotonic_ns()
        self.sock.shutdown(how)

    def linger0(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        self.closing = self.closing or time.monotonic_ns()
        self.sock.close()

    def report(self, outcome="closed", **facts):
        """Say what the record of this end must be."""
        end = dict(self.facts, outcome=outcome, tx_bytes=self.tx, rx_bytes=self.rx, tid=self.tid)
        end.update(began=self.began, ready=self.ready)
        if outcome == "closed":
            end["closing"] = self.closing
        if "owner_by" not in end and self.tx + self.rx:
            end["owner_by"] = "io"
        end.update(facts)
        self.world.say(end)

    def report_peer(self, outcome="closed", **facts):
        """The other end, where its own program cannot speak for itself."""
        end = {"laddr": self.facts["raddr"], "lport": self.facts["rport"],
               "raddr": self.facts["laddr"], "rport": self.facts["lport"],
               "ip": self.facts["ip"], "tx_bytes": self.rx, "rx_bytes": self.tx,
               "direction": "passive" if self.facts["direction"] == "active" else "active",
               "outcome": outcome, "tid": ANY}
        end.update(facts)
        self.world.say(end)

    def finish(self, outcome="closed", **facts):
        self.close()
        self.report(outcome, **facts)


class World:
    """One case: its roles, its flags, and everything they said."""

    def __init__(self):
        self.log = tempfile.TemporaryFile("a+b")
        self.pids, self.children, self.killed = {}, {}, set()
        self.up = Flag()
        self.side, self.sums = None, []
        self.steps = os.environ.get("NET_STEPS", "")
        self.start = (time.monotonic_ns(), time.time_ns())

    def flag(self):
        return Flag()

    def say(self, end):
        """Fill in what is true of the calling process unless the case said otherwise."""
        full = {"side": self.side, "pid": os.getpid(), "comm": comm_of(), "netns": netns(),
                "cgroup": cgroup_id(), "uid": os.getuid(), "adopted": False, "mptcp": False,
                "error": None, "opener_pid": None, "opener_comm": None, "thread_comm": None}
        if end["outcome"] != "closed":
            full["error"] = ANY
        full.update(end)
        os.write(self.log.fileno(), json.dumps(full).encode() + b"\n")

    def role(self, name, fn, *args):
        """Fork a process with a name of its own that plays a part of the case."""
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            self.pids[name] = pid
            self.children[pid] = name
            return pid
        try:
            signal.alarm(CASE_SECONDS)
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            self.children = {}
            self.side = self.side or name
            set_comm(name)
            fn(*args)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)

    def kill(self, name, sig=signal.SIGKILL):
        self.killed.add(self.pids[name])
        os.kill(self.pids[name], sig)

    def join(self, *names):
        """Wait for roles (all by default); one that failed fails the case at once."""
        waiting = [p for p, name in self.children.items() if not names or name in names]
        while waiting:
            for pid in waiting[:]:
                done, status = os.waitpid(pid, os.WNOHANG)
                if not done:
                    continue
                waiting.remove(pid)
                name = self.children.pop(pid)
                if status and pid not in self.killed:
                    raise RuntimeError(f"role {name} ended with status {status:#x}")
            time.sleep(0.001)

    def pair(self, server, client, host="127.0.0.1", **options):
        """The usual case: one process listens and accepts, another connects."""
        def serve():
            server(self.accept(self.listen(host)))

        def connect():
            client(self.connect(options.get("to", host)))

        self.role("srv", serve)
        self.role("cli", connect)
        self.join()

    def listen(self, host="127.0.0.1", port=PORT, backlog=128, proto=0, reuseport=False):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM, proto)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuseport:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind((host, port))
        s.listen(backlog)
        self.up.set()
        return s

    def accept(self, listener, **facts):
        sock, peer = listener.accept()
        return End(self, sock, "passive", self.start[0], peer, **facts)

    def connect(self, host="127.0.0.1", port=PORT, source=None, proto=0, **facts):
        self.up.wait()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM, proto)
        s.settimeout(None)
        if source:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(source)
        began = time.monotonic_ns()
        s.connect((host, port))
        return End(self, s, "active", began, (host, port), **facts)

    def attempt(self, host, port, outcome, error, **facts):
        """A connect that must fail with this errno name; the port is the kernel's choice."""
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        began = time.monotonic_ns()
        number = s.connect_ex((host, port))
        if errno.errorcode[number] != error:
            raise AssertionError(f"connect gave {errno.errorcode[number]}, expected {error}")
        self.failed(s, host, port, began, outcome, error=error, **facts)

    def failed(self, sock, host, port, began, outcome, **facts):
        """Close a socket that never got through, and report it."""
        end = {"laddr": ANY, "lport": None, "raddr": plain(host), "rport": port,
               "ip": 4 if "." in host else 6, "direction": "active", "cookie": cookie(sock),
               "outcome": outcome, "tx_bytes": 0, "rx_bytes": 0, "owner_by": "connect",
               "tid": threading.get_native_id(), "began": began}
        sock.close()
        end.update(facts, failed=time.monotonic_ns())
        self.say(end)

    def step(self, name, text="", seconds=30):
        """Tell the test that a point is reached, and wait until it says to go on."""
        if not self.steps:
            return
        path = os.path.join(self.steps, name)
        with open(path + ".new", "w") as f:
            f.write(text)
        os.rename(path + ".new", path)
        gone_on = os.path.join(self.steps, name + ".done")
        wait_until("the test at step " + name, lambda: os.path.exists(gone_on), seconds)

    def settle(self):
        """Wait until no session of this namespace is left; TIME_WAIT is an end."""
        def busy():
            for name in ("tcp", "tcp6"):
                with open("/proc/thread-self/net/" + name) as f:
                    if any(line.split()[3] not in ("0A", "06") for line in f.readlines()[1:]):
                        return True
            return False

        wait_until("the end of all sessions", lambda: not busy(), 20)

    def ends(self):
        self.log.seek(0)
        return [json.loads(line) for line in self.log]

    def truth(self):
        return {"netns": netns(), "ends": self.ends(), "sums": self.sums,
                "start": self.start, "stop": (time.monotonic_ns(), time.time_ns())}


def main():
    """PROGRAM CASE [ARGUMENT...]: play the case and print the truth."""
    if len(sys.argv) < 2 or sys.argv[1] not in cases:
        sys.exit("usage: %s %s" % (sys.argv[0], "|".join(cases)))
    signal.alarm(CASE_SECONDS + 5)
    world = World()
    fn = cases[sys.argv[1]]
    try:
        keep = fn(world, *sys.argv[2:])
        world.join()
        if keep != "open":
            world.settle()
    finally:
        for pid in world.children:
            os.kill(pid, signal.SIGKILL)
    json.dump(world.truth(), sys.stdout)
    print()
