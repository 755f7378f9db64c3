# SPDX-License-Identifier: BSD-2-Clause
"""Traffic that began before the recorder: it plays to the step "before" and then waits."""

import os
import socket
import threading
import time

import truth
from truth import ANY, TCP_CLOSE_WAIT, at_least, case, one_of, state_of

STARTED = {"adopted": True, "opened_ns": None, "established_ns": None, "connect_ns": None}
SILENT = dict(STARTED, tid=ANY, owner_by=one_of("adopt", "release"))
OPENER_NOT_KNOWN = {"opener_pid": ANY, "opener_comm": ANY}
NOBODY = dict(STARTED, pid=None, comm=None, tid=None, uid=ANY, cgroup=ANY, owner_by=None)


class Stage:
    """The step at which the recorder starts: every role arrives, then all go on."""

    def __init__(self, t, roles):
        self.t = t
        self.arrived = [t.flag() for _ in range(roles)]
        self.on = t.flag()

    def wait(self, i):
        self.arrived[i].set()
        self.on.wait(40)

    def play(self):
        for flag in self.arrived:
            flag.wait()
        self.t.step("before")
        self.on.set()


def two(t, server, client, host="127.0.0.1", to=None):
    """A server and a client that both come to the stage with their session open."""
    stage = Stage(t, 2)

    def serve():
        listener = t.listen(host)
        server(t.accept(listener), lambda: stage.wait(0))
        listener.close()

    t.role("srv", serve)
    t.role("cli", lambda: client(t.connect(to or host), lambda: stage.wait(1)))
    stage.play()


@case
def talking(t, first, host="127.0.0.1", to=None):
    """Bytes before the start and after it, both ways."""
    def server(e, stage):
        e.read(1000)
        e.write(2000)
        stage()
        e.read(30)
        e.write(40)
        if first == "client":
            e.eof()
        e.finish(**STARTED)

    def client(e, stage):
        e.write(1000)
        e.read(2000)
        stage()
        e.write(30)
        e.read(40)
        if first == "server":
            e.eof()
        e.finish(**STARTED)

    two(t, server, client, host, to)


@case
def silent_since(t, first):
    """Nothing but the end happens after the start."""
    def server(e, stage):
        e.read(1000)
        e.write(2000)
        stage()
        if first == "client":
            truth.wait_until("FIN", lambda: state_of(e.sock) == TCP_CLOSE_WAIT)
        e.finish(**SILENT)

    def client(e, stage):
        e.write(1000)
        e.read(2000)
        stage()
        if first == "server":
            truth.wait_until("FIN", lambda: state_of(e.sock) == TCP_CLOSE_WAIT)
        e.finish(**SILENT)

    two(t, server, client)


@case
def reset(t):
    def server(e, stage):
        e.read(10)
        stage()
        e.fails_with(ConnectionResetError, e.eof)
        e.finish("reset_by_peer", **STARTED, owner_by=one_of("io", "adopt", "release"))

    def client(e, stage):
        e.write(10)
        stage()
        e.linger0()
        e.finish("reset_here", **SILENT)

    two(t, server, client)


@case
def half_closed(t):
    """The client's FIN was before the start; the reply goes on after it."""
    def server(e, stage):
        e.eof()
        e.write(500)
        stage()
        e.write(70000)
        e.finish(**STARTED)

    def client(e, stage):
        e.write(333)
        e.shutdown(socket.SHUT_WR)
        e.read(500)
        stage()
        e.eof()
        e.finish(closing=None, **STARTED)

    two(t, server, client)


@case
def unread_at_start(t):
    """Data waits in the receive queue when the recorder starts, and is read afterwards."""
    def server(e, stage):
        e.arrived(5000)
        stage()
        e.eof()
        e.finish(**STARTED)

    def client(e, stage):
        e.write(5000)
        stage()
        e.finish(**SILENT)

    two(t, server, client)


@case
def listener_gone(t):
    """The listener was closed before the start: then the direction may be unknown, never wrong."""
    stage = Stage(t, 2)

    def server():
        listener = t.listen()
        e = t.accept(listener)
        listener.close()
        e.read(9)
        stage.wait(0)
        e.eof()
        e.finish(**dict(STARTED, direction=one_of("passive", None),
                        owner_by=one_of("io", "adopt", "release")))

    def client():
        e = t.connect()
        e.write(9)
        stage.wait(1)
        e.finish(**dict(SILENT, direction=one_of("active", None)))

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


@case
def worker(t):
    """A child got the socket before the start; the parent keeps only the listener."""
    stage = Stage(t, 2)

    def serve(e):
        e.read(70)
        stage.wait(0)
        truth.wait_until("FIN", lambda: state_of(e.sock) == TCP_CLOSE_WAIT)
        e.finish(**SILENT, **OPENER_NOT_KNOWN)

    def server():
        listener = t.listen()
        e = t.accept(listener)
        t.role("worker", serve, e)
        e.sock.close()
        t.join()

    def client():
        e = t.connect()
        e.write(70)
        stage.wait(1)
        e.finish(**SILENT)

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


@case
def handed_over_later(t):
    """Adopted with the parent, then used by a child: the child owns it."""
    stage = Stage(t, 2)

    def serve(e):
        e.read(70)
        e.eof()
        e.finish(**STARTED, **OPENER_NOT_KNOWN)

    def server():
        listener = t.listen()
        e = t.accept(listener)
        stage.wait(0)
        t.role("worker", serve, e)
        e.sock.close()
        t.join()

    def client():
        e = t.connect()
        stage.wait(1)
        e.write(70)
        e.finish(**STARTED)

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


@case
def in_a_thread(t):
    """Threads share their descriptors: the process is the owner, by its leader's name."""
    stage = Stage(t, 2)

    def serve(e):
        truth.set_comm("thread")
        e.read(5)
        stage.wait(0)
        e.eof()
        e.finish(**dict(STARTED, tid=ANY, thread_comm=ANY, owner_by=ANY))

    def server():
        listener = t.listen()
        one = threading.Thread(target=serve, args=(t.accept(listener),))
        one.start()
        one.join()

    def client():
        e = t.connect()
        e.write(5)
        stage.wait(1)
        e.finish(**SILENT)

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


@case
def many(t, count):
    """Thousands of sessions at once; each has bytes of its own."""
    count = int(count)
    stage = Stage(t, 2)

    def server():
        listener = t.listen(backlog=1024)
        ends = [t.accept(listener) for _ in range(count)]
        for e in ends:
            e.read(1)
        stage.wait(0)
        for e in ends:
            e.eof()
            e.finish(**STARTED)

    def client():
        ends = [t.connect() for _ in range(count)]
        for e in ends:
            e.write(1)
        stage.wait(1)
        for i, e in enumerate(ends):
            e.write(i % 1000 + 1)
            e.finish(**STARTED)

    t.role("srv", server)
    t.role("cli", client)
    stage.play()


@case
def while_starting(t):
    """Sessions come and go while the recorder starts: none twice, and from then on none missing."""
    recording, enough = t.flag(), t.flag()

    def server():
        listener = t.listen()
        while True:
            e = t.accept(listener)
            last = e.sock.recv(1) == b"q"
            e.rx = 1
            e.eof()
            facts = around(e)
            e.close()
            e.report(**facts)
            if last:
                return

    def client():
        before = True
        count = 0
        while count < 300:
            before = not recording.is_set()
            e = t.connect()
            e.tx += e.sock.send(b"x")
            e.write(count)
            facts = around(e)
            e.close()
            e.report(**facts)
            count += not before
        e = t.connect()
        e.tx += e.sock.send(b"q")
        e.finish(**around(e))

    def around(e):
        """Ends before the recorder says that it records may be missing or unowned, never wrong."""
        facts = {"adopted": ANY, "opened_ns": ANY, "established_ns": ANY}
        if not recording.is_set():
            facts.update(optional=True, owner_by=ANY, tid=ANY, pid=one_of(os.getpid(), None),
                         comm=one_of(truth.comm_of(), None), uid=ANY, cgroup=ANY,
                         direction=one_of(e.facts["direction"], None))
        return facts

    t.role("srv", server)
    t.role("cli", client)
    time.sleep(0.05)
    t.step("before")
    recording.set()


@case
def still_open(t):
    """A session from before the start and a younger one, both open when the recorder stops."""
    def ends(e, young):
        facts = {"ended_ns": ANY, "duration_ns": ANY, "error": None}
        if not young:
            facts.update(STARTED)
            facts["duration_ns"] = at_least(0)
        e.report("open", **facts)

    def server():
        listener = t.listen()
        old = t.accept(listener)
        old.read(100)
        stage.wait(0)
        young = t.accept(listener)
        old.read(11)
        young.read(200)
        young.write(300)
        ends(old, False)
        ends(young, True)
        counted[0].set()
        stopped.wait()

    def client():
        old = t.connect()
        old.write(100)
        stage.wait(1)
        young = t.connect()
        old.write(11)
        young.write(200)
        young.read(300)
        ends(old, False)
        ends(young, True)
        counted[1].set()
        stopped.wait()

    stage = Stage(t, 2)
    counted, stopped = (t.flag(), t.flag()), t.flag()
    t.role("srv", server)
    t.role("cli", client)
    stage.play()
    for flag in counted:
        flag.wait()
    t.step("open")
    stopped.set()


if __name__ == "__main__":
    truth.main()
