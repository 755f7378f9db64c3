# SPDX-License-Identifier: BSD-2-Clause
"""Traffic that ends in every way a session can end."""

import errno
import os
import socket
import subprocess
import time

import truth
from truth import ANY, PORT, TCP_CLOSE, at_least, case, one_of, state_of

TCP_USER_TIMEOUT = 18


@case
def reset_without_unread(t, who):
    """SO_LINGER 0: a reset although everything was read."""
    def resets(e):
        e.read(300)
        e.write(200)
        e.delivered()
        done.wait()
        e.linger0()
        e.finish("reset_here")

    def is_reset(e):
        e.write(300)
        e.read(200)
        done.set()
        e.fails_with(ConnectionResetError, e.eof)
        e.finish("reset_by_peer")

    done = t.flag()
    t.pair(*(resets, is_reset) if who == "server" else (is_reset, resets))


@case
def unread_data(t, who):
    """A close with unread data is a reset; what was not read does not count as read."""
    def leaves(e):
        e.arrived(5000)
        e.read(10)
        e.finish("reset_here")

    def is_left(e):
        e.write(5000)
        e.fails_with(ConnectionResetError, e.eof)
        e.finish("reset_by_peer")

    t.pair(*(leaves, is_left) if who == "server" else (is_left, leaves))


@case
def reset_with_unsent(t):
    """SO_LINGER 0 with full buffers: what the program wrote counts, sent or not."""
    def client(e):
        e.sock.setblocking(False)
        try:
            while True:
                e.tx += e.sock.send(bytes(65536))
        except BlockingIOError:
            pass
        e.linger0()
        e.finish("reset_here")
        gone.set()

    def server(e):
        gone.wait()
        e.fails_with(ConnectionResetError, e.eof)
        e.finish("reset_by_peer")

    gone = t.flag()
    t.pair(server, client)


@case
def killed(t, who, unread):
    """kill -9: the kernel closes, with a reset where data was not read."""
    def victim(e):
        e.write(40)
        e.read(60)
        if unread == "unread":
            e.arrived(500)
        e.report("closed" if unread == "read" else "reset_here", closing=None)
        ready.set()
        time.sleep(60)

    def other(e):
        e.read(40)
        e.write(60)
        if unread == "unread":
            e.write(500)
            e.fails_with(ConnectionResetError, e.eof)
            return e.finish("reset_by_peer")
        e.eof()
        e.finish()

    ready = t.flag()
    first, second = ("srv", "cli") if who == "server" else ("cli", "srv")
    ends = {"srv": lambda: t.accept(t.listen()), "cli": t.connect}
    t.role(first, lambda: victim(ends[first]()))
    t.role(second, lambda: other(ends[second]()))
    ready.wait()
    t.kill(first)


@case
def refused(t, host):
    def client():
        t.attempt(host, 4999, "refused", "ECONNREFUSED", laddr=host)

    t.role("cli", client)


@case
def refused_bound(t):
    """The local port of a refused connect, known because the program chose it."""
    def client():
        s = socket.socket()
        s.bind(("127.0.0.1", 40777))
        began = time.monotonic_ns()
        if s.connect_ex(("127.0.0.1", 4999)) != errno.ECONNREFUSED:
            raise AssertionError("not refused")
        t.failed(s, "127.0.0.1", 4999, began, "refused", error="ECONNREFUSED",
                 laddr="127.0.0.1", lport=40777)

    t.role("cli", client)


@case
def fails(t, host, outcome, error, low, high):
    """A connect into the void of some kind, which takes between low and high seconds."""
    def client():
        t.attempt(host, PORT, outcome, error,
                  duration_ns=at_least(int(float(low) * 1e9), int(float(high) * 1e9)))

    t.role("cli", client)


@case
def no_route(t, host, error):
    """The routing table refuses before anything is sent; a working session follows it."""
    def client():
        s = socket.socket()
        number = s.connect_ex((host, PORT))
        if errno.errorcode[number] != error:
            raise AssertionError(f"connect gave {errno.errorcode[number]}")
        s.close()
        e = t.connect()
        e.write(1)
        e.finish()

    def server(e):
        e.eof()
        e.finish()

    t.role("srv", lambda: server(t.accept(t.listen())))
    t.role("cli", client)


@case
def given_up(t, host, how):
    """A connect that gets no answer is given up by the program, or dies with it."""
    def client():
        s = socket.socket()
        s.setblocking(False)
        began = time.monotonic_ns()
        s.connect_ex((host, PORT))
        time.sleep(0.3)
        facts = {"error": ANY, "duration_ns": at_least(300_000_000, 900_000_000)}
        if how == "closed":
            return t.failed(s, host, PORT, began, "aborted", **facts)
        kept = socket.socket(fileno=os.dup(s.fileno()))
        t.failed(s, host, PORT, began, "aborted", failed=began + 30_000_000_000, **facts)
        ready.set()
        kept.settimeout(None)
        time.sleep(60)

    ready = t.flag()
    t.role("cli", client)
    if how == "killed":
        ready.wait()
        t.kill("cli")


@case
def never_accepted(t, data, how):
    """The listener goes while a finished handshake waits in its queue."""
    def server():
        listener = t.listen()
        waiting.wait()
        if how == "closed":
            listener.close()
            return
        time.sleep(60)

    def client():
        e = t.connect()
        if int(data):
            e.write(int(data))
            e.delivered()
        waiting.set()
        e.fails_with(ConnectionResetError, lambda: e.read(1))
        e.finish("reset_by_peer")
        e.report_peer("never_accepted", pid=t.pids["srv"], comm="srv", side="srv",
                      owner_by="listen", rx_bytes=0)

    waiting = t.flag()
    t.role("srv", server)
    t.role("cli", client)
    if how == "killed":
        waiting.wait()
        t.kill("srv")


@case
def left_in_queue(t, how):
    """The client is gone before anybody accepts, and then the listener goes too."""
    def server():
        listener = t.listen()
        gone.wait()
        time.sleep(0.05)
        listener.close()

    def client():
        e = t.connect()
        e.write(20)
        e.delivered()
        outcome = "closed"
        if how == "reset":
            e.linger0()
            outcome = "reset_here"
        e.finish(outcome)
        theirs = "never_accepted" if how == "closed" else one_of("never_accepted", "reset_by_peer")
        e.report_peer(theirs, pid=t.pids["srv"], comm="srv", side="srv", owner_by="listen",
                      rx_bytes=0)
        gone.set()

    gone = t.flag()
    t.role("srv", server)
    t.role("cli", client)


@case
def accepted_dead(t):
    """The client resets before accept; the server accepts the dead socket and closes it."""
    def server():
        listener = t.listen()
        gone.wait()
        sock = listener.accept()[0]
        if sock.recv(20) != bytes(20):
            raise AssertionError("the data is gone")
        sock.close()

    def client():
        e = t.connect()
        e.write(20)
        e.delivered()
        e.linger0()
        e.finish("reset_here")
        e.report_peer("reset_by_peer", pid=t.pids["srv"], comm="srv", side="srv", uid=ANY)
        gone.set()

    gone = t.flag()
    t.role("srv", server)
    t.role("cli", client)


def cut(device, address):
    """From now on everything for this address goes to a hardware address that nobody has."""
    subprocess.run(["ip", "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", device,
                    "nud", "permanent"], check=True)


@case
def timed_out_established(t, other_netns):
    """A cable is cut in the middle of a session; each side gives up by itself."""
    def server():
        truth.enter_netns(other_netns)
        e = t.accept(t.listen("10.1.0.2"))
        for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1),
                              (socket.TCP_KEEPCNT, 1)):
            e.sock.setsockopt(socket.IPPROTO_TCP, option, value)
        e.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        e.read(100)
        e.write(100)
        e.delivered()
        cut("toA", "10.1.0.1")
        is_cut.set()
        e.fails_with(TimeoutError, e.eof)
        e.finish("timed_out", error="ETIMEDOUT")

    def client():
        e = t.connect("10.1.0.2")
        e.sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 500)
        e.write(100)
        e.read(100)
        is_cut.wait()
        cut("toB", "10.1.0.2")
        e.write(3000)
        e.fails_with(TimeoutError, e.eof)
        e.finish("timed_out", error="ETIMEDOUT")

    is_cut = t.flag()
    t.role("srv", server)
    t.role("cli", client)


@case
def write_after_peer_closed(t):
    """The peer has closed; what is written then is answered by a reset."""
    def server(e):
        e.read(10)
        e.finish()
        closed.set()

    def client(e):
        e.write(10)
        e.eof()
        closed.wait()
        e.write(33)
        e.fails_with(BrokenPipeError, lambda: [e.write(1) for _ in wait_reset(e)])
        e.finish("reset_by_peer")

    def wait_reset(e):
        """Go on when the reset is there: POLLHUP with POLLERR."""
        truth.wait_until("reset", lambda: state_of(e.sock) == TCP_CLOSE)
        return range(1)

    closed = t.flag()
    t.pair(server, client)


@case
def shutdown_both(t):
    def server(e):
        e.read(100)
        e.eof()
        e.finish()

    def client(e):
        e.write(100)
        e.shutdown(socket.SHUT_RDWR)
        time.sleep(0.02)
        e.finish()

    t.pair(server, client)


@case
def shutdown_read(t):
    """SHUT_RD is nobody's business: the session goes on."""
    def server(e):
        e.read(100)
        e.write(50)
        e.eof()
        e.finish()

    def client(e):
        e.shutdown(socket.SHUT_RD)
        e.write(100)
        e.arrived(50)
        e.read(50)
        e.finish()

    t.pair(server, client)


if __name__ == "__main__":
    truth.main()
