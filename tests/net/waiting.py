# SPDX-License-Identifier: BSD-2-Clause
"""Traffic that the recorder finds half way: connecting, not yet accepted, orphaned."""

import socket

import truth
from adopted import NOBODY, SILENT, STARTED, Stage
from truth import ANY, PORT, TCP_CLOSE_WAIT, case, state_of, states


@case
def not_accepted(t, how):
    """It waits in the listener's queue at the start; accepted afterwards, or never."""
    stage = Stage(t, 2)

    def server():
        listener = t.listen()
        stage.wait(0)
        if how == "never":
            listener.close()
            return
        e = t.accept(listener)
        e.read(100)
        e.write(200)
        e.eof()
        e.finish(**STARTED)

    def client():
        e = t.connect()
        e.write(100)
        e.delivered()
        stage.wait(1)
        if how == "never":
            e.fails_with(ConnectionResetError, lambda: e.read(1))
            e.finish("reset_by_peer", **dict(SILENT, owner_by=ANY))
            e.report_peer("never_accepted", rx_bytes=0, pid=t.pids["srv"], comm="srv", side="srv",
                          **dict(STARTED, owner_by=ANY))
            return
        e.read(200)
        e.finish(**STARTED)

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


def fill(e):
    """Write until nothing more goes in, with small buffers."""
    e.sock.setblocking(False)
    try:
        while True:
            e.tx += e.sock.send(bytes(4096))
    except BlockingIOError:
        pass


@case
def orphan(t, state):
    """The program is gone; the kernel still has unsent data for a peer that does not read."""
    stage = Stage(t, 1)
    full, gone = t.flag(), t.flag()

    def server():
        listener = t.listen()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        e = t.accept(listener)
        if state == "last-ack":
            e.shutdown(socket.SHUT_WR)
        full.wait()
        gone.wait()
        stage.wait(0)
        e.eof()
        e.finish(closing=None, **STARTED)

    def client():
        e = t.connect()
        fill(e)
        if state == "last-ack":
            truth.wait_until("FIN", lambda: state_of(e.sock) == TCP_CLOSE_WAIT)
        e.close()
        e.report(closing=None, **NOBODY)
        full.set()

    t.role("srv", server)
    t.role("cli", client)
    t.join("cli")
    if {"fin-wait": "04", "last-ack": "09"}[state] not in states():
        raise AssertionError(f"no such orphan: {states()}")
    gone.set()
    stage.play()


@case
def connecting(t):
    """The handshake is under way at the start (the listener's queue is full)."""
    stage = Stage(t, 2)

    def server():
        listener = t.listen(backlog=0)
        stage.wait(0)
        for _ in range(2):
            e = t.accept(listener)
            e.eof()
            e.finish(adopted=ANY, opened_ns=ANY, established_ns=ANY, began=0, ready=2**63)

    def client():
        filler = t.connect()
        t.role("late", late)
        truth.wait_until("SYN", lambda: "02" in states())
        stage.wait(1)
        filler.write(1)
        filler.finish(**STARTED)
        t.join()

    def late():
        e = t.connect()
        e.write(5)
        e.finish(adopted=True, opened_ns=None, connect_ns=None)

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


@case
def listener_before(t, how):
    """Only the listener is older than the recorder: its sessions are new, and have an owner."""
    stage = Stage(t, 1)
    waiting = t.flag()

    def server():
        listener = t.listen()
        stage.wait(0)
        if how == "never":
            waiting.wait()
            listener.close()
            return
        e = truth.End(t, truth.accept_without_address(listener), "passive", t.start[0])
        waiting.wait()
        e.finish()

    def client():
        stage.on.wait()
        e = t.connect()
        if how == "never":
            waiting.set()
            e.fails_with(ConnectionResetError, lambda: e.read(1))
            e.finish("reset_by_peer")
            return e.report_peer("never_accepted", pid=t.pids["srv"], comm="srv", side="srv",
                                 owner_by="listen")
        waiting.set()
        e.eof()
        e.finish()

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


@case
def time_wait(t):
    """A session that is over but for TIME_WAIT is over."""
    def server():
        listener = t.listen()
        sock = listener.accept()[0]
        sock.recv(1)
        sock.close()
        done.wait()
        e = t.accept(listener)
        e.eof()
        e.finish()

    def client():
        socket.create_connection(("127.0.0.1", PORT)).close()
        truth.wait_until("TIME_WAIT", lambda: states().count("06") == 1)
        t.step("before")
        done.set()
        e = t.connect()
        e.write(5)
        e.finish()

    done = t.flag()
    t.role("srv", server)
    t.up.wait()
    t.role("cli", client)


if __name__ == "__main__":
    truth.main()
