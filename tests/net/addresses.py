# SPDX-License-Identifier: BSD-2-Clause
"""Traffic over IPv6, over v4-mapped addresses, and the same numbers in two namespaces."""

import truth
from truth import PORT, case


def server(e):
    e.read(120)
    e.write(240)
    e.eof()
    e.finish()


def client(e):
    e.write(120)
    e.read(240)
    e.finish()


@case
def loopback(t, host):
    t.pair(server, client, host)


@case
def mapped_server(t, shown="plain"):
    """A server on :: and a client that speaks IPv4."""
    def serve():
        listener = t.listen("::")
        e = t.accept(listener)
        as_shown(e, shown)
        server(e)

    t.role("srv", serve)
    t.role("cli", lambda: client(t.connect("127.0.0.1")))


@case
def mapped_client(t, shown="plain"):
    """An IPv6 socket that connects to ::ffff:127.0.0.1, and a server of IPv4."""
    def connect():
        e = t.connect("::ffff:127.0.0.1")
        as_shown(e, shown)
        client(e)

    t.role("srv", lambda: server(t.accept(t.listen("127.0.0.1"))))
    t.role("cli", connect)


def as_shown(e, shown):
    """With --raw-addr the addresses stay as the program sees them."""
    e.facts["ip"] = 4
    for side in ("laddr", "raddr"):
        e.facts[side] = "127.0.0.1" if shown == "plain" else "::ffff:127.0.0.1"


@case
def mapped_refused(t):
    def connect():
        t.attempt("::ffff:127.0.0.1", 4999, "refused", "ECONNREFUSED", laddr="127.0.0.1", ip=4)

    t.role("cli", connect)


@case
def fixed(t, size):
    """Always the same four numbers; only the bytes differ."""
    def serve(e):
        e.read(int(size))
        e.write(7)
        e.eof()
        e.finish()

    def connect():
        e = t.connect(source=("127.0.0.1", 40321))
        e.write(int(size))
        e.read(7)
        e.finish()

    t.role("srv", lambda: serve(t.accept(t.listen())))
    t.role("cli", connect)


@case
def mixed(t, *hosts):
    """One session over each of the addresses, on ports counted up from 5000."""
    def serve():
        listeners = [t.listen(host, PORT + i) for i, host in enumerate(hosts)]
        for listener in listeners:
            server(t.accept(listener))

    def connect():
        for i, host in enumerate(hosts):
            client(t.connect(host, PORT + i))

    t.role("srv", serve)
    t.role("cli", connect)


if __name__ == "__main__":
    truth.main()
