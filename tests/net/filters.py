# SPDX-License-Identifier: BSD-2-Clause
"""Traffic of which a filter shows a part.  The step "before" names the processes: NAME PID."""

import os
import socket
import time

import truth
from truth import case


def ready(t, *names):
    """All roles are there: the recorder may start, with their pids in its filter."""
    t.step("before", "".join(f"{name} {t.pids[name]}\n" for name in names))


def serve(e):
    e.read(100)
    e.write(300)
    e.finish()


def ask(e):
    e.write(100)
    e.read(300)
    e.eof()
    e.finish()


@case
def server_first(t):
    """Ten sessions, all closed by the server first."""
    def server():
        listener = t.listen()
        for _ in range(10):
            serve(t.accept(listener))

    def client():
        go.wait()
        for _ in range(10):
            ask(t.connect())

    go = t.flag()
    t.role("srv", server)
    t.role("cli", client)
    t.up.wait()
    ready(t, "srv", "cli")
    go.set()


@case
def by_worker(t):
    """A broker accepts; a worker, whose pid is known, gets the socket and closes first."""
    def broker():
        sock = t.listen().accept()[0]
        socket.send_fds(here, [b"x"], [sock.fileno()])
        sock.close()

    def worker():
        fds = socket.recv_fds(there, 1, 1)[1]
        serve(truth.End(t, socket.socket(fileno=fds[0]), "passive", t.start[0],
                        opener_pid=t.pids["broker"], opener_comm="broker"))

    def client():
        go.wait()
        ask(t.connect())

    here, there = socket.socketpair()
    go = t.flag()
    t.role("broker", broker)
    t.role("worker", worker)
    t.role("cli", client)
    t.up.wait()
    ready(t, "broker", "worker", "cli")
    go.set()


@case
def in_cgroup(t, path, who):
    """One of the two sides lives in a cgroup of its own."""
    def enter(name):
        if name == who:
            with open(os.path.join(path, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))

    def server():
        enter("srv")
        serve(t.accept(t.listen()))

    def client():
        enter("cli")
        ask(t.connect())

    t.role("srv", server)
    t.role("cli", client)


@case
def one_by_one(t, count):
    """Sessions with a pause after each: a recorder that ends after some of them has time to."""
    def server():
        listener = t.listen()
        for _ in range(int(count)):
            serve(t.accept(listener))

    def client():
        for _ in range(int(count)):
            ask(t.connect())
            time.sleep(0.02)

    t.role("srv", server)
    t.role("cli", client)


@case
def hostile(t):
    """Names with everything that can break a line, a column or a terminal."""
    def server():
        truth.set_comm(b"a\nb\x1b[2J,c\"\xff\x7f")
        e = t.accept(t.listen())
        e.read(5)
        e.eof()
        e.close()

    def client():
        truth.set_comm(b"\t\r,\"\",\x80\xc3(")
        e = t.connect()
        e.write(5)
        e.close()

    t.role("srv", server)
    t.role("cli", client)


if __name__ == "__main__":
    truth.main()
