# SPDX-License-Identifier: BSD-2-Clause
"""Traffic in which the socket changes hands: who owns a session, and who opened it."""

import os
import select
import socket
import threading

import truth
from truth import ANY, case, comm_of, one_of, set_comm


def echo_once(e, first):
    """The server's part: read a request, answer, and close first or last."""
    e.read(100)
    e.write(300)
    if first == "client":
        e.eof()
    e.finish()


def ask_once(e, first):
    e.write(100)
    e.read(300)
    if first == "server":
        e.eof()
    e.finish()


@case
def fork_accept(t, first):
    """The parent accepts, a child of its own serves each connection."""
    def server():
        listener = t.listen()
        for i in range(3):
            e = t.accept(listener, opener_pid=os.getpid(), opener_comm=comm_of())
            t.role(f"child{i}", echo_once, e, first)
            e.sock.close()
        t.join()

    def client():
        for _ in range(3):
            ask_once(t.connect(), first)

    t.role("srv", server)
    t.role("cli", client)


@case
def prefork(t, first, address="with"):
    """The master listens, two workers accept and serve."""
    def worker(listener, mine):
        for _ in range(3):
            mine.wait()
            os.read(mine.r, 1)
            take_one(listener)

    def take_one(listener):
        if address == "with":
            e = t.accept(listener)
        else:	# the kernel is not asked for the peer's address
            sock = truth.accept_without_address(listener)
            e = truth.End(t, sock, "passive", t.start[0],
                          opener_pid=one_of(None, master), opener_comm=one_of(None, "master"))
        echo_once(e, first)
        served.set()

    def serve():
        nonlocal master
        master = os.getpid()
        listener = t.listen()
        t.role("worker0", worker, listener, turns[0])
        t.role("worker1", worker, listener, turns[1])
        t.join()

    def client():
        for i in range(6):
            t.up.wait()
            turns[i % 2].set()
            ask_once(t.connect(), first)
            served.wait()
            os.read(served.r, 1)

    master = 0
    turns = (t.flag(), t.flag())
    served = t.flag()
    t.role("master", serve)
    t.role("cli", client)


@case
def nginx(t, port, first):
    """A real nginx with two workers; it says itself which worker answers."""
    def ask(i):
        e = t.connect(port=int(port))
        alive = "keep-alive" if first == "client" else "close"
        text = f"GET /{'x' * i} HTTP/1.1\r\nHost: a\r\nConnection: {alive}\r\n\r\n".encode()
        e.tx += e.sock.send(text)
        head = b""
        while b"\r\n\r\n" not in head:
            head += e.sock.recv(4096)
        length = int(header(head, b"Content-Length"))
        while len(head.split(b"\r\n\r\n", 1)[1]) < length:
            head += e.sock.recv(4096)
        e.rx = len(head)
        if first == "server":
            e.eof()
        e.finish()
        e.report_peer("closed", pid=int(header(head, b"X-Pid")), comm="nginx", side="nginx",
                      owner_by="io", uid=ANY)

    def client():
        t.up.set()
        for i in range(20):
            ask(i)

    t.role("cli", client)


def header(head, name):
    for line in head.split(b"\r\n"):
        if line.lower().startswith(name.lower() + b":"):
            return line.split(b":", 1)[1].strip()
    raise AssertionError(f"no header {name!r}")


@case
def threads(t, first):
    """Worker threads with names of their own serve; the process keeps its name."""
    def serve(listener, i):
        set_comm(f"thread{i}")
        e = t.accept(listener, thread_comm=f"thread{i}")
        echo_once(e, first)

    def server():
        listener = t.listen()
        for i in range(3):
            one = threading.Thread(target=serve, args=(listener, i))
            one.start()
            one.join()

    def client():
        def ask(i):
            set_comm(f"asker{i}")
            ask_once(t.connect(thread_comm=f"asker{i}"), first)

        for i in range(3):
            one = threading.Thread(target=ask, args=(i,))
            one.start()
            one.join()

    t.role("srv", server)
    t.role("cli", client)


@case
def thread_to_thread(t):
    """One thread accepts, another one talks: the one that talks is named."""
    def talk(e):
        set_comm("talker")
        echo_once(e, "client")

    def server():
        set_comm("leader")
        e = t.accept(t.listen(), thread_comm="talker")
        one = threading.Thread(target=talk, args=(e,))
        one.start()
        one.join()

    t.role("srv", server)
    t.role("cli", lambda: ask_once(t.connect(), "client"))


@case
def passed_on(t, first):
    """A broker accepts and passes the socket to a worker by SCM_RIGHTS."""
    def worker(channel):
        _, fds, _, _ = socket.recv_fds(channel, 1, 1)
        facts = {"opener_pid": t.pids["broker"], "opener_comm": "broker"}
        sock = socket.socket(fileno=fds[0])
        e = truth.End(t, sock, "passive", t.start[0], **facts)
        echo_once(e, first)

    def broker(channel):
        sock = t.listen().accept()[0]
        socket.send_fds(channel, [b"x"], [sock.fileno()])
        sock.close()
        t.role("worker", worker, there)
        t.join()

    here, there = socket.socketpair()

    def start():
        t.pids["broker"] = os.getpid()
        broker(here)

    t.role("broker", start)
    t.role("cli", lambda: ask_once(t.connect(), first))


@case
def client_passed_on(t):
    """A helper connects and passes the connected socket to the one who uses it."""
    def user(channel):
        _, fds, _, _ = socket.recv_fds(channel, 1, 1)
        e = truth.End(t, socket.socket(fileno=fds[0]), "active", t.start[0],
                      opener_pid=t.pids["helper"], opener_comm="helper")
        ask_once(e, "client")

    def helper():
        e = t.connect()
        socket.send_fds(here, [b"x"], [e.sock.fileno()])
        e.sock.close()

    here, there = socket.socketpair()
    t.role("srv", lambda: echo_once(t.accept(t.listen()), "client"))
    t.role("helper", helper)
    t.role("user", user, there)


@case
def listener_passed_on(t, address):
    """Socket activation: one program listens, another one, started later, accepts."""
    def service(listener):
        set_comm("service")
        if address == "with":
            e = t.accept(listener)
        else:
            e = truth.End(t, truth.accept_without_address(listener), "passive", t.start[0],
                          opener_pid=one_of(None, t.pids["starter"]),
                          opener_comm=one_of(None, "starter"))
        echo_once(e, "server")

    def starter():
        t.pids["starter"] = os.getpid()
        listener = t.listen()
        t.role("service", service, listener)
        listener.close()
        t.join()

    t.role("starter", starter)
    t.role("cli", lambda: ask_once(t.connect(), "server"))


@case
def inetd(t):
    """Accept, fork, exec: the child is another program (cat, which sends everything back)."""
    def child(sock):
        os.dup2(sock.fileno(), 0)
        os.dup2(sock.fileno(), 1)
        os.execvp("cat", ["cat"])

    def server():
        e = t.accept(t.listen())
        facts = {"opener_pid": os.getpid(), "opener_comm": "inetd"}
        pid = t.role("child", child, e.sock)
        e.sock.close()
        t.join()
        e.tx = e.rx = 4000
        e.report(pid=pid, tid=pid, comm="cat", side="cat", closing=None, **facts)

    t.role("inetd", server)
    t.role("cli", send_and_get_back, t)


def send_and_get_back(t):
    e = t.connect()
    e.write(4000)
    e.shutdown(socket.SHUT_WR)
    e.eof()
    if e.rx != 4000:
        raise AssertionError(f"{e.rx} bytes came back")
    e.finish()


@case
def inherited_by_exec(t, how):
    """A connected socket is used by an exec'd program: by a child, or by the process itself."""
    def use(e):
        os.dup2(e.sock.fileno(), 0)
        os.dup2(e.sock.fileno(), 1)
        os.execvp("cat", ["cat"])

    def report(e, pid, **facts):
        e.tx = e.rx = 2500
        e.report(pid=pid, tid=pid, comm="cat", side="cat", closing=None, **facts)

    def parent():
        e = t.connect()
        pid = t.role("child", use, e)
        e.sock.close()
        t.join()
        report(e, pid, opener_pid=os.getpid(), opener_comm="parent")

    def itself():
        e = t.connect()
        report(e, os.getpid())
        use(e)

    def server(e):
        e.write(2500)
        e.shutdown(socket.SHUT_WR)
        e.eof()
        if e.rx != 2500:
            raise AssertionError(f"{e.rx} bytes came back")
        e.finish()

    t.role("srv", lambda: server(t.accept(t.listen())))
    t.role("parent", parent if how == "child" else itself)


@case
def renamed(t):
    """A process that renames itself while it talks is shown by its last name in use."""
    def server(e):
        e.read(10)
        e.write(10)
        e.eof()
        e.finish()

    def client():
        set_comm("before")
        e = t.connect()
        set_comm("after")
        e.write(10)
        e.read(10)
        e.finish()

    t.role("srv", lambda: server(t.accept(t.listen())))
    t.role("cli", client)


@case
def both_use_it(t):
    """Parent and child use the same socket; the one who used it last owns it."""
    def child(e):
        e.opened_by = None
        e.write(200)
        e.read(200)
        e.rx, e.tx = 200 + 50, 200 + 50
        e.finish(opener_pid=os.getppid(), opener_comm="parent")

    def parent():
        e = t.connect()
        e.write(50)
        e.read(50)
        t.role("child", child, e)
        t.join()
        e.sock.close()

    def server(e):
        for n in (50, 200):
            e.read(n)
            e.write(n)
        e.eof()
        e.finish()

    t.role("srv", lambda: server(t.accept(t.listen())))
    t.role("parent", parent)


@case
def last_holder_closes(t):
    """A forked holder that never uses the socket and closes it last does not own it."""
    def holder(e):
        used.wait()
        e.close()

    def client():
        e = t.connect()
        t.role("holder", holder, e)
        e.write(70)
        e.read(7)
        e.sock.close()
        used.set()
        t.join()
        e.report(closing=None)

    def server(e):
        e.read(70)
        e.write(7)
        e.eof()
        e.finish()

    used = t.flag()
    t.role("srv", lambda: server(t.accept(t.listen())))
    t.role("cli", client)


@case
def two_listeners(t):
    """SO_REUSEPORT: two processes listen on one port; each session has its own."""
    def server(i):
        listener = t.listen(reuseport=True)
        ready[i].set()
        while listener in select.select([listener, done.r], [], [])[0]:
            e = t.accept(listener)
            e.write(5)
            e.eof()
            e.finish()

    def client():
        for flag in ready:
            flag.wait()
        for _ in range(20):
            e = t.connect()
            e.write(1)
            e.read(5)
            e.finish()
        done.set()

    ready, done = (t.flag(), t.flag()), t.flag()
    t.role("one", server, 0)
    t.role("two", server, 1)
    t.role("cli", client)
    t.join()
    if len({end["pid"] for end in t.ends()}) != 3:
        raise AssertionError("one listener got all connections, so nothing is tested")


@case
def in_flight(t):
    """The socket is in a unix message when its sender ends; the receiver takes it up and talks."""
    def sender():
        e = t.connect()
        e.write(40)
        socket.send_fds(here, [b"x"], [e.sock.fileno()])

    def receiver():
        sent.wait()
        _, fds, _, _ = socket.recv_fds(there, 1, 1)
        e = truth.End(t, socket.socket(fileno=fds[0]), "active", t.start[0],
                      opener_pid=t.pids["sender"], opener_comm="sender")
        e.write(60)
        e.read(9)
        e.tx += 40
        e.finish()

    def server(e):
        e.read(100)
        e.write(9)
        e.eof()
        e.finish()

    here, there = socket.socketpair()
    sent = t.flag()
    t.role("srv", lambda: server(t.accept(t.listen())))
    t.role("sender", sender)
    t.join("sender")
    t.role("receiver", receiver)
    sent.set()


if __name__ == "__main__":
    truth.main()
