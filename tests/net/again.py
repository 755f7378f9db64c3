# SPDX-License-Identifier: BSD-2-Clause
"""Traffic over one socket twice, over one socket with itself, and from both sides at once."""

import ctypes
import errno
import os
import socket
import struct
import time

import truth
from truth import PORT, TCP_CLOSE, TCP_CLOSING, TCP_TIME_WAIT, case, state_of


@case
def simultaneous_close(t):
    """Both FINs are on their way at once, because the link is slow."""
    def one(e, mine, other):
        e.write(3000)
        e.read(3000)
        mine.set()
        other.wait()
        e.shutdown(socket.SHUT_WR)
        seen = set()
        while state_of(e.sock) not in (TCP_CLOSE, TCP_TIME_WAIT):
            seen.add(state_of(e.sock))
        if TCP_CLOSING not in seen:
            raise AssertionError(f"not simultaneous: states {seen}")
        e.finish()

    a, b = t.flag(), t.flag()
    t.pair(lambda e: one(e, a, b), lambda e: one(e, b, a))


@case
def disconnect_reconnect(t, source):
    """connect(AF_UNSPEC) ends a session; the same socket begins another one."""
    def server():
        listener = t.listen()
        e = t.accept(listener)
        e.fails_with(ConnectionResetError, e.eof)
        e.finish("reset_by_peer")
        again.set()
        e = t.accept(listener)
        e.eof()
        e.finish()

    def client():
        e = t.connect(source=("127.0.0.1", int(source)) if int(source) else None)
        e.write(500)
        e.delivered()
        unspec = struct.pack("H14x", socket.AF_UNSPEC)
        if truth.libc.connect(e.sock.fileno(), unspec, len(unspec)):
            raise OSError(ctypes.get_errno(), "disconnect")
        e.report("reset_here")
        again.wait()
        began = time.monotonic_ns()
        e.sock.connect(("127.0.0.1", PORT))
        e = truth.End(t, e.sock, "active", began, ("127.0.0.1", PORT))
        e.write(700)
        e.finish()

    again = t.flag()
    t.role("srv", server)
    t.role("cli", client)


@case
def refused_then_connected(t):
    """One socket: refused, and at the second try connected."""
    def client():
        s = socket.socket()
        began = time.monotonic_ns()
        if s.connect_ex(("127.0.0.1", PORT)) != errno.ECONNREFUSED:
            raise AssertionError("not refused")
        t.say({"laddr": "127.0.0.1", "lport": None, "raddr": "127.0.0.1", "rport": PORT, "ip": 4,
               "direction": "active", "outcome": "refused", "error": "ECONNREFUSED", "tx_bytes": 0,
               "rx_bytes": 0, "tid": os.getpid(), "cookie": truth.cookie(s), "began": began,
               "failed": time.monotonic_ns()})
        refusal.set()
        t.up.wait()
        began = time.monotonic_ns()
        s.connect(("127.0.0.1", PORT))
        e = truth.End(t, s, "active", began, ("127.0.0.1", PORT))
        e.write(5)
        e.finish()

    def server():
        refusal.wait()
        e = t.accept(t.listen())
        e.eof()
        e.finish()

    refusal = t.flag()
    t.role("srv", server)
    t.role("cli", client)


@case
def connected_to_itself(t):
    """A socket can connect to itself: one socket, one session, both directions the same bytes."""
    def client():
        s = socket.socket()
        s.bind(("127.0.0.1", 40999))
        began = time.monotonic_ns()
        s.connect(("127.0.0.1", 40999))
        e = truth.End(t, s, "active", began, ("127.0.0.1", 40999))
        e.write(123)
        e.read(123)
        e.finish()

    t.role("cli", client)


@case
def simultaneous_open(t):
    """Two sockets connect to each other and nobody listens: both are active."""
    def one(mine, theirs, name):
        s = socket.socket()
        s.bind(("127.0.0.1", mine))
        ready[name].set()
        ready[1 - name].wait()
        began = time.monotonic_ns()
        s.connect(("127.0.0.1", theirs))
        e = truth.End(t, s, "active", began, ("127.0.0.1", theirs))
        e.write(mine % 100)
        e.read(theirs % 100)
        e.finish()

    busy = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(4):
        busy.sendto(bytes(900), ("127.0.0.1", 9))	# the slow link is busy: both SYN wait
    busy.close()
    ready = (t.flag(), t.flag())
    t.role("one", one, 41011, 41022, 0)
    t.role("two", one, 41022, 41011, 1)


if __name__ == "__main__":
    truth.main()
