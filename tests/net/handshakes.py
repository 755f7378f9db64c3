# SPDX-License-Identifier: BSD-2-Clause
"""Traffic that begins in a special way."""

import socket
import time

import truth
from truth import PORT, TCP_ESTABLISHED, at_least, case, state_of, states

TCP_FASTOPEN_CONNECT = 30
TCPI_OPT_SYN_DATA = 32


@case
def slow_connect(t):
    """The listener's queue is full: the SYN is dropped, and comes again after a second."""
    def server():
        listener = t.listen(backlog=0)
        full.wait()
        truth.wait_until("the dropped SYN", lambda: "02" in states())
        e = t.accept(listener)
        e.eof()
        e.finish()
        e = t.accept(listener)
        e.eof()
        e.finish(duration_ns=at_least(0, 800_000_000))

    def client():
        filler = t.connect()
        full.set()
        e = t.connect()
        filler.write(1)
        filler.finish()
        time.sleep(0.05)
        e.write(5)
        e.finish(connect_ns=at_least(900_000_000, 8_000_000_000),
                 duration_ns=at_least(50_000_000, 800_000_000))

    full = t.flag()
    t.role("srv", server)
    t.role("cli", client)


@case
def fast_open(t, how):
    """Data in the SYN: the first session fetches the cookie, the second one uses it."""
    def server():
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", PORT))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        listener.listen(16)
        t.up.set()
        for _ in range(2):
            e = t.accept(listener)
            e.read(500)
            e.write(600)
            e.eof()
            e.ready = time.monotonic_ns()	# accept comes before the handshake is finished
            e.finish()

    def client():
        t.up.wait()
        for i in range(2):
            s = socket.socket()
            began = time.monotonic_ns()
            if how == "sendto":
                sent = s.sendto(bytes(500), socket.MSG_FASTOPEN, ("127.0.0.1", PORT))
            else:
                s.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
                s.connect(("127.0.0.1", PORT))
                sent = s.send(bytes(500))
            truth.wait_until("connection", lambda: state_of(s) == TCP_ESTABLISHED)
            e = truth.End(t, s, "active", began, ("127.0.0.1", PORT))
            e.tx += sent
            e.read(600)
            options = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5]
            if bool(options & TCPI_OPT_SYN_DATA) != bool(i):
                raise AssertionError(f"session {i}: options {options:#x}")
            e.finish()

    t.role("srv", server)
    t.role("cli", client)


@case
def deferred(t):
    """TCP_DEFER_ACCEPT: the server sees the session only when there is data."""
    def server():
        listener = t.listen()
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 5)
        ready.set()
        e = t.accept(listener)
        e.eof()
        e.finish()

    def client():
        ready.wait()
        e = t.connect()
        time.sleep(0.1)
        e.write(9)
        e.finish()

    ready = t.flag()
    t.role("srv", server)
    t.role("cli", client)


@case
def syn_cookies(t):
    """The kernel keeps nothing of a half-open session; five sessions in a row."""
    def server():
        listener = t.listen()
        for _ in range(5):
            e = t.accept(listener)
            e.read(1500)
            e.write(2500)
            e.eof()
            e.finish()

    def client():
        for _ in range(5):
            e = t.connect()
            e.write(1500)
            e.read(2500)
            e.finish()

    def sent():
        with open("/proc/thread-self/net/netstat") as f:
            names, values = [line.split() for line in f.readlines()[:2]]
        return int(values[names.index("SyncookiesSent")])

    before = sent()
    t.role("srv", server)
    t.role("cli", client)
    t.join()
    if sent() != before + 5:
        raise AssertionError("no SYN cookies were sent, so nothing is tested")


if __name__ == "__main__":
    truth.main()
