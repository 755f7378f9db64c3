# SPDX-License-Identifier: BSD-2-Clause
"""Traffic through every way into and out of a socket, and through special handshakes."""

import ctypes
import json
import os
import socket
import struct
import subprocess
import time

import truth
from truth import ANY, PORT, TCP_CLOSE, case, libc, one_of, state_of

PAGE = 4096
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
TCP_ZEROCOPY_RECEIVE = 35


@case
def io_uring(t, who, how):
    """The program in C does all it does by io_uring; it prints what it counted."""
    def python_server():
        listener = t.listen()
        program = start("client")
        e = t.accept(listener)
        e.read(3000)
        e.write(2000)
        e.eof()
        e.finish()
        report(e, program)

    def python_client():
        program = start("server")
        program.stdout.readline()
        t.up.set()
        e = t.connect()
        e.write(2000)
        e.read(3000)
        e.finish()
        report(e, program)

    def start(part):
        path = os.path.join(os.environ["NET_PROGRAMS"], "uring")
        return subprocess.Popen([path, part, how, str(PORT)], stdout=subprocess.PIPE)

    def report(e, program):
        counted = json.loads(program.stdout.readline())
        if program.wait():
            raise RuntimeError("uring failed")
        e.report_peer("closed", pid=program.pid, comm="uring", side="uring", owner_by="io",
                      tx_bytes=counted["tx"], rx_bytes=counted["rx"],
                      thread_comm=ANY if how != "plain" else None)

    t.role("py", python_client if who == "server" else python_server)


@case
def splice(t):
    """Both ends move everything between a pipe and the socket, not through their memory."""
    def into(e, count):
        r, w = os.pipe()
        os.write(w, bytes(count))
        while count:
            n = os.splice(r, e.sock.fileno(), count)
            e.tx += n
            count -= n
        os.close(r)
        os.close(w)

    def out_of(e):
        r, w = os.pipe()
        while True:
            n = os.splice(e.sock.fileno(), w, 65536)
            if not n:
                break
            os.read(r, n)
            e.rx += n
        os.close(r)
        os.close(w)

    def server(e):
        into(e, 300)
        e.shutdown(socket.SHUT_WR)
        out_of(e)
        e.finish(owner_by=ANY)

    def client(e):
        for _ in range(10):
            into(e, 50000)
        e.shutdown(socket.SHUT_WR)
        out_of(e)
        e.finish(owner_by=ANY)

    t.pair(server, client)


@case
def splice_reader(t):
    """A worker that only splices from the socket: no other call of its tells who it is."""
    def worker(listener):
        e = truth.End(t, truth.accept_without_address(listener), "passive", t.start[0],
                      opener_pid=one_of(None, t.pids["master"]), opener_comm=one_of(None, "master"))
        r, w = os.pipe()
        while True:
            n = os.splice(e.sock.fileno(), w, 65536)
            if not n:
                break
            os.read(r, n)
            e.rx += n
        e.finish(owner_by=ANY)

    def master():
        t.pids["master"] = os.getpid()
        t.role("worker", worker, t.listen())
        t.join()

    def client():
        e = t.connect()
        e.write(70000)
        e.finish()

    t.role("master", master)
    t.role("cli", client)


@case
def sendfile(t):
    """Both ends send from a file."""
    def send(e, count):
        fd = os.memfd_create("data")
        os.write(fd, bytes(count))
        at = 0
        while at < count:
            n = os.sendfile(e.sock.fileno(), fd, at, count - at)
            e.tx += n
            at += n
        os.close(fd)

    def server(e):
        e.read(123456)
        send(e, 200001)
        e.finish()

    def client(e):
        send(e, 123456)
        e.eof()
        e.finish()

    t.pair(server, client)


@case
def zerocopy_send(t):
    def server(e):
        e.eof()
        e.finish()

    def client(e):
        e.sock.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        for _ in range(5):
            e.write(65536, MSG_ZEROCOPY)
        e.delivered()
        e.finish()

    t.pair(server, client)


def zerocopy_receive(fd, address, length, copy):
    """TCP_ZEROCOPY_RECEIVE once: the bytes mapped and the bytes copied."""
    # address, length, recv_skip_hint, inq, err, copybuf_address, copybuf_len, flags
    fields = struct.pack("=QIIIiQiI", address, length, 0, 0, 0, ctypes.addressof(copy),
                         len(copy), 0)
    raw = ctypes.create_string_buffer(fields, len(fields))
    size = ctypes.c_uint(len(fields))
    if libc.getsockopt(fd, socket.IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, raw, ctypes.byref(size)):
        raise OSError(ctypes.get_errno(), "TCP_ZEROCOPY_RECEIVE")
    _, mapped, skip, _, _, _, copied, _ = struct.unpack("=QIIIiQiI", raw.raw)
    return mapped, copied, skip


@case
def zerocopy_read(t):
    """The server maps received pages; what is no whole page is copied by the same call."""
    pages = 10

    def server(e):
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [
            ctypes.c_long]
        address = libc.mmap(None, pages * PAGE, 1, 1, e.sock.fileno(), 0)
        copy = ctypes.create_string_buffer(PAGE)
        mapped = take(e, address, copy, pages * PAGE)
        if not mapped:
            raise AssertionError("no page was mapped, so not all is tested")
        took.set()
        take(e, address, copy, 3000)
        libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(pages * PAGE))
        e.eof()
        e.finish(owner_by=ANY)

    def take(e, address, copy, count):
        """Receive this many bytes by mapping and copying; the number of mapped ones."""
        total = 0
        e.arrived(count)
        while count:
            mapped, copied, skip = zerocopy_receive(e.sock.fileno(), address, pages * PAGE, copy)
            if not mapped + copied:
                raise AssertionError(f"nothing mapped, {skip} to be read")
            e.rx += mapped + copied
            count -= mapped + copied
            total += mapped
        return total

    def client(e):
        r, w = os.pipe()
        os.write(w, bytes(pages * PAGE))
        while e.tx < pages * PAGE:	# pages of a pipe can be mapped, those of a file cannot
            e.tx += os.splice(r, e.sock.fileno(), pages * PAGE - e.tx)
        took.wait()
        e.write(3000)
        e.finish()

    took = t.flag()
    t.pair(server, client)


@case
def every_call(t):
    """write, writev, send, sendto, sendmsg, MSG_MORE against read, readv, recv, recvmsg."""
    def server(e):
        fd = e.sock.fileno()
        e.rx += len(os.read(fd, 11))
        e.rx += os.readv(fd, [bytearray(5), bytearray(8)])
        e.rx += len(e.sock.recv(17, socket.MSG_WAITALL))
        e.rx += len(e.sock.recvfrom(19)[0])
        e.rx += len(e.sock.recvmsg(23)[0])
        e.rx += e.sock.recv_into(bytearray(100), 31, socket.MSG_WAITALL)
        e.eof()
        e.finish()

    def client(e):
        fd = e.sock.fileno()
        e.tx += os.write(fd, bytes(11))
        e.tx += os.writev(fd, [bytes(6), bytes(7)])
        e.tx += e.sock.send(bytes(17), socket.MSG_MORE)
        e.tx += e.sock.sendto(bytes(19), ("127.0.0.1", PORT))
        e.tx += e.sock.sendmsg([bytes(20), bytes(3)])
        e.tx += e.sock.send(bytes(31), socket.MSG_DONTWAIT)
        e.finish()

    t.pair(server, client)


@case
def urgent(t):
    """Urgent bytes are bytes."""
    def server(e):
        e.arrived(10)
        e.rx += len(e.sock.recv(1, socket.MSG_OOB))
        e.read(10)
        e.eof()
        e.finish()

    def client(e):
        e.write(10)
        e.tx += e.sock.send(b"!", socket.MSG_OOB)
        e.delivered()
        e.write(20)
        e.finish()

    t.pair(server, client)


@case
def peek(t):
    """What is only looked at is not read."""
    def server(e):
        e.arrived(100)
        for _ in range(5):
            if len(e.sock.recv(100, socket.MSG_PEEK)) != 100:
                raise AssertionError("peek")
        e.read(100)
        e.eof()
        e.finish()

    def client(e):
        e.write(100)
        e.finish()

    t.pair(server, client)


@case
def peek_only(t):
    """Looked at, never read: the close is a reset and nothing was read."""
    def server(e):
        e.arrived(100)
        e.sock.recv(100, socket.MSG_PEEK)
        e.finish("reset_here")

    def client(e):
        e.write(100)
        e.fails_with(ConnectionResetError, e.eof)
        e.finish("reset_by_peer")

    t.pair(server, client)


@case
def discard(t):
    """MSG_TRUNC takes bytes from the stream without copying them: they count as read."""
    def server(e):
        e.arrived(5000)
        e.rx += e.sock.recv_into(bytearray(6000), 5000, socket.MSG_TRUNC)
        e.eof()
        e.finish()

    def client(e):
        e.write(5000)
        e.finish()

    t.pair(server, client)


@case
def would_block(t):
    """Calls that fail do not count, neither as bytes nor as use."""
    def server(e):
        e.sock.setblocking(False)
        e.fails_with(BlockingIOError, lambda: e.sock.recv(10))
        tried.set()
        e.sock.setblocking(True)
        e.eof()
        e.finish()

    def client(e):
        tried.wait()
        e.write(5)
        e.finish()

    tried = t.flag()
    t.pair(server, client)


@case
def read_after_reset(t):
    """The peer resets; the program reads what had arrived, and that is in the record."""
    def server(e):
        gone.wait()
        truth.wait_until("the reset", lambda: state_of(e.sock) == TCP_CLOSE)
        time.sleep(0.1)
        e.fails_with(ConnectionResetError, e.eof)
        if e.rx != 70000:
            raise AssertionError(f"{e.rx} bytes could be read")
        e.finish("reset_by_peer")

    def client(e):
        e.write(70000)
        e.delivered()
        e.linger0()
        e.finish("reset_here")
        gone.set()

    gone = t.flag()
    t.pair(server, client)


@case
def read_after_close(t):
    """Both FINs are exchanged, the program still holds the socket and reads on."""
    def server(e):
        e.eof()
        e.write(70000)
        e.finish()

    def client(e):
        e.write(10)
        e.shutdown(socket.SHUT_WR)
        truth.wait_until("the end", lambda: state_of(e.sock) == TCP_CLOSE)
        time.sleep(0.1)
        e.eof()
        if e.rx != 70000:
            raise AssertionError(f"{e.rx} bytes could be read")
        e.finish()

    t.pair(server, client)


if __name__ == "__main__":
    truth.main()
