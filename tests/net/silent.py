# SPDX-License-Identifier: BSD-2-Clause
"""Traffic without a byte: what tells whose session it was?"""

import os
import time

import truth
from truth import case, one_of


@case
def silent(t, kind, address):
    """A session without a byte: accepted, held a while, ended in one way or another."""
    def server():
        listener = t.listen()
        if address == "with":
            e = t.accept(listener)
        else:
            e = truth.End(t, truth.accept_without_address(listener), "passive", t.start[0])
        accepted.set()
        if kind == "server-first":
            time.sleep(0.1)
            return e.finish()
        if kind == "client-first":
            e.eof()
            return e.finish()
        gone.wait()	# kind reset: the peer resets while the socket is only held
        time.sleep(0.2)
        e.finish("reset_by_peer")

    def client():
        e = t.connect()
        accepted.wait()
        if kind == "server-first":
            e.eof()
            e.finish()
        elif kind == "client-first":
            time.sleep(0.1)
            e.finish()
        else:
            time.sleep(0.1)
            e.linger0()
            e.finish("reset_here")
            gone.set()

    accepted, gone = t.flag(), t.flag()
    t.role("srv", server)
    t.role("cli", client)


@case
def silent_prefork_reset(t):
    """The master listens, a worker accepts without an address and only holds; the peer resets."""
    def worker(listener):
        sock = truth.accept_without_address(listener)
        e = truth.End(t, sock, "passive", t.start[0],
                      opener_pid=one_of(None, t.pids["master"]), opener_comm=one_of(None, "master"))
        accepted.set()
        gone.wait()
        time.sleep(0.1)
        e.finish("reset_by_peer")

    def master():
        t.pids["master"] = os.getpid()
        t.role("worker", worker, t.listen())
        t.join()

    def client():
        e = t.connect()
        accepted.wait()
        e.linger0()
        e.finish("reset_here")
        gone.set()

    accepted, gone = t.flag(), t.flag()
    t.role("master", master)
    t.role("cli", client)


@case
def held_after_reset(t):
    """The peer has reset, the program still holds the socket when the recorder is stopped."""
    def server():
        e = t.accept(t.listen())
        accepted.set()
        gone.wait()
        e.report("reset_by_peer")
        t.step("held")

    def client():
        e = t.connect()
        accepted.wait()
        e.linger0()
        e.finish("reset_here")
        gone.set()

    accepted, gone = t.flag(), t.flag()
    t.role("srv", server)
    t.role("cli", client)


if __name__ == "__main__":
    truth.main()
