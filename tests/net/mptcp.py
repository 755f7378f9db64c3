# SPDX-License-Identifier: BSD-2-Clause
"""MPTCP traffic: each subflow is a TCP session; the connection above them is none."""

import os

import truth
from truth import ANY, PORT, at_least, case, one_of

IPPROTO_MPTCP = 262
SUBFLOW = {"mptcp": True, "owner_by": ANY, "tid": ANY, "thread_comm": ANY, "cookie": ANY}


def listen(t, proto):
    return t.listen("127.0.0.1", proto=proto)


def play(t, server, client, server_proto, client_proto, **facts):
    """A server and a client of which each may speak MPTCP or plain TCP."""
    t.role("srv", lambda: server(t.accept(listen(t, server_proto), **facts)))
    t.role("cli", lambda: client(t.connect("127.0.0.1", proto=client_proto, **facts)))


@case
def both(t, first):
    """One subflow: what it carries is what the programs wrote and read."""
    def server(e):
        e.read(10000)
        e.write(20000)
        if first == "client":
            e.eof()
        e.finish(closing=None)

    def client(e):
        e.write(10000)
        e.read(20000)
        if first == "server":
            e.eof()
        e.finish(closing=None)

    play(t, server, client, IPPROTO_MPTCP, IPPROTO_MPTCP, **SUBFLOW)


@case
def fallback(t, who):
    """Only one side speaks MPTCP: the session is a TCP session like any other."""
    def server(e):
        e.read(1000)
        e.write(2000)
        e.eof()
        e.finish(closing=None)

    def client(e):
        e.write(1000)
        e.read(2000)
        e.finish(closing=None)

    theirs = dict(SUBFLOW, mptcp=ANY)
    protos = (IPPROTO_MPTCP, 0) if who == "server" else (0, IPPROTO_MPTCP)
    play(t, server, client, *protos, **theirs)


@case
def two_subflows(t):
    """A second subflow joins; together they carry everything, each at most all of it."""
    total = 3_000_000

    def server():
        listener = listen(t, IPPROTO_MPTCP)	# the second subflow needs it too
        e = t.accept(listener)
        while e.rx < total:
            e.rx += len(e.sock.recv(1 << 16))
        e.write(500)
        e.eof()
        e.close()
        listener.close()

    def client():
        e = t.connect("127.0.0.1", proto=IPPROTO_MPTCP)
        e.write(1000)
        truth.wait_until("the second subflow", lambda: len(subflows()) == 2)
        e.write(total - 1000)
        e.read(500)
        for (la, lp), (ra, rp), active in subflows():
            report(la, lp, ra, rp, total, 500)
            report(ra, rp, la, lp, 500, total, False)
        servers_attempt(e.facts["lport"])
        e.close()

    def servers_attempt(port):
        """The server's kernel may try a subflow of its own, to a port where nobody listens."""
        t.say({"laddr": "127.0.0.2", "lport": None, "raddr": "127.0.0.1", "rport": port, "ip": 4,
               "direction": "active", "outcome": "refused", "tx_bytes": 0, "rx_bytes": 0,
               "pid": None, "comm": None, "uid": ANY, "cgroup": ANY, "side": "kernel",
               "optional": True, **SUBFLOW})

    def report(la, lp, ra, rp, tx, rx, active=True):
        t.say({"laddr": la, "lport": lp, "raddr": ra, "rport": rp, "ip": 4, "outcome": "closed",
               "side": "cli" if active else "srv", "comm": one_of(None, "cli") if active else "srv",
               "pid": one_of(None, os.getpid()) if active else t.pids["srv"],
               "uid": ANY, "cgroup": ANY, "direction": "active" if active else "passive",
               "tx_bytes": at_least(0, tx), "rx_bytes": at_least(0, rx), **SUBFLOW})

    def subflows():
        """The client's ends of what is established to the server's port."""
        found = []
        with open("/proc/thread-self/net/tcp") as f:
            for line in f.readlines()[1:]:
                word = line.split()
                ends = truth.address_in_hex(word[1]), truth.address_in_hex(word[2])
                if word[3] == "01" and ends[1][1] == PORT:
                    found.append((*ends, True))
        return found

    t.role("srv", server)
    t.role("cli", client)
    for side, key, low in (("cli", "tx_bytes", total), ("srv", "rx_bytes", total),
                           ("srv", "tx_bytes", 500), ("cli", "rx_bytes", 500)):
        t.sums.append({"side": side, "key": key, "sum": at_least(low, 2 * low)})


if __name__ == "__main__":
    truth.main()
