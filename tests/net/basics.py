# SPDX-License-Identifier: BSD-2-Clause
"""Traffic of the plain cases: who closes first, how many bytes, how long."""

import os
import socket
import struct
import time

import truth
from truth import at_least, case


@case
def client_first(t):
    def server(e):
        e.read(1000)
        e.write(5000)
        e.eof()
        e.finish()

    def client(e):
        e.write(1000)
        e.read(5000)
        e.finish()

    t.pair(server, client)


@case
def server_first(t):
    def server(e):
        e.read(1000)
        e.write(5000)
        e.finish()

    def client(e):
        e.write(1000)
        e.read(5000)
        e.eof()
        e.finish()

    t.pair(server, client)


@case
def half_close(t):
    """The client says it is done; the reply goes on for a while."""
    def server(e):
        e.eof()
        for _ in range(10):
            e.write(10000)
            time.sleep(0.01)
        e.finish()

    def client(e):
        e.write(2048)
        e.shutdown(socket.SHUT_WR)
        e.eof()
        e.finish()

    t.pair(server, client)


@case
def half_close_server(t):
    """The server closes its half first and reads on."""
    def server(e):
        e.write(300)
        e.shutdown(socket.SHUT_WR)
        e.eof()
        e.finish()

    def client(e):
        e.eof()
        e.write(70000)
        e.finish()

    t.pair(server, client)


@case
def one_byte(t):
    def server(e):
        e.eof()
        e.finish()

    def client(e):
        e.write(1)
        e.finish()

    t.pair(server, client)


@case
def both_ways(t):
    """A megabyte and a half each way, many calls of odd sizes."""
    def server(e):
        for _ in range(500):
            e.read(3001)
            e.write(3007)
        e.eof()
        e.finish()

    def client(e):
        for _ in range(500):
            e.write(3001)
            e.read(3007)
        e.finish()

    t.pair(server, client)


@case
def more_than_4_gib(t):
    """Sequence numbers go round; the counts must not.  MSG_TRUNC discards without copying."""
    total = 2**32 + 12345

    def server(e):
        size = 1 << 20
        buffer = bytearray(size)
        while True:
            n = e.sock.recv_into(buffer, size, socket.MSG_TRUNC)
            if not n:
                break
            e.rx += n
        e.finish()

    def client(e):
        data = memoryview(bytes(1 << 20))
        while e.tx < total:
            e.tx += e.sock.send(data[:total - e.tx])
        e.finish()

    t.pair(server, client)


@case
def many_in_a_row(t):
    """Fifty sessions, each with its own number of bytes."""
    def server():
        listener = t.listen()
        for i in range(50):
            e = t.accept(listener)
            e.write(i + 1)
            e.eof()
            e.finish()

    def client():
        for i in range(50):
            e = t.connect()
            e.write(2 * i)
            e.read(i + 1)
            e.finish()

    t.role("srv", server)
    t.role("cli", client)


@case
def same_addresses_again(t):
    """Three sessions over the same four numbers: the reset frees them at once."""
    def server():
        listener = t.listen()
        for _ in range(3):
            e = t.accept(listener)
            e.fails_with(ConnectionResetError, e.eof)
            e.finish("reset_by_peer")

    def client():
        for i in range(3):
            e = t.connect(source=("127.0.0.1", 40123))
            e.write(100 + i)
            e.delivered()
            e.linger0()
            e.finish("reset_here")

    t.role("srv", server)
    t.role("cli", client)


@case
def exit_without_close(t):
    """Nobody calls close(); the kernel does when the program ends."""
    def server(e):
        e.eof()
        e.report(closing=None)

    def client(e):
        e.write(700)
        e.report(closing=None)

    t.pair(server, client)


@case
def slow_session(t):
    """duration_ns is the time of the session, connect_ns only that of the handshake."""
    facts = {"duration_ns": at_least(300_000_000, 900_000_000)}

    def server(e):
        e.eof()
        e.finish(**facts)

    def client(e):
        e.write(10)
        time.sleep(0.3)
        e.finish(connect_ns=at_least(0, 100_000_000), **facts)

    t.pair(server, client)


@case
def other_user(t):
    """The sockets of another user carry its uid."""
    def server(e):
        e.eof()
        e.finish()

    def client():
        os.setuid(12345)
        e = t.connect()
        e.write(50)
        e.finish()

    t.role("srv", lambda: server(t.accept(t.listen())))
    t.role("cli", client)


def tcp_info(sock):
    """segs_out, segs_in, total_retrans, rtt and min_rtt from TCP_INFO."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    rtt, = struct.unpack_from("=I", raw, 68)
    retrans, = struct.unpack_from("=I", raw, 100)
    segs_out, segs_in, _, min_rtt = struct.unpack_from("=IIII", raw, 136)
    return segs_out, segs_in, retrans, rtt, min_rtt


def with_tcp_info(e, slack):
    """The record counts what TCP_INFO counted, and the few segments of the end."""
    out, into, retrans, rtt, low = tcp_info(e.sock)
    return {"segs_out": at_least(out, out + slack), "segs_in": at_least(into, into + slack),
            "retrans": retrans, "srtt_us": at_least(1, 4 * rtt + 1000),
            "min_rtt_us": at_least(0, low)}


@case
def segments(t):
    """Segments, retransmissions and round trip times agree with TCP_INFO."""
    def server(e):
        e.read(20000)
        e.write(1000)
        e.eof()
        e.finish(**with_tcp_info(e, 3))

    def client(e):
        for _ in range(20):
            e.write(1000)
            time.sleep(0.002)
        e.read(1000)
        facts = with_tcp_info(e, 3)
        e.finish(**facts)

    t.pair(server, client)


@case
def lossy(t):
    """Over a queue that drops, what was sent twice counts once."""
    def server(e):
        e.eof()
        e.finish()

    def client(e):
        e.write(1_500_000)
        e.delivered()
        retrans = tcp_info(e.sock)[2]
        if not retrans:
            raise AssertionError("nothing was dropped, so nothing is tested")
        e.finish(retrans=at_least(retrans, retrans + 2))

    t.pair(server, client)


@case
def nothing_else(t):
    """UDP, unix sockets, a listener and a socket that never connected are no sessions."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 5001))
    udp.connect(("127.0.0.1", 5001))
    udp.send(b"x" * 100)
    udp.recv(100)
    udp.close()
    a, b = socket.socketpair()
    a.send(b"x")
    b.recv(1)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 5002))
    bound.close()
    listener = t.listen()
    listener.close()
    client_first_again(t)


def client_first_again(t):
    def client(e):
        e.write(3)
        e.finish()

    def server(e):
        e.eof()
        e.finish()

    t.up = truth.Flag()
    t.pair(server, client)


if __name__ == "__main__":
    truth.main()
