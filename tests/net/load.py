# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of sessions open at the same time, spread over several processes."""

import resource

import truth
from truth import PORT, case


@case
def open_at_once(t, pairs, each):
    """Pairs of a server and a client; every session of a pair is open before the first one ends."""
    pairs, each = int(pairs), int(each)
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft[1], soft[1]))

    def server(i):
        listener = t.listen(port=PORT + i, backlog=4096)
        ends = [t.accept(listener) for _ in range(each)]
        full[2 * i].set()
        everybody(ends)

    def client(i):
        ends = [t.connect(port=PORT + i) for _ in range(each)]
        full[2 * i + 1].set()
        everybody(ends, writes=True)

    def everybody(ends, writes=False):
        for flag in full:
            flag.wait(60)
        for i, e in enumerate(ends):
            if writes:
                e.write(i % 100 + 1)
            else:
                e.eof()
            e.close()
        for e in ends:
            e.report()

    full = [t.flag() for _ in range(2 * pairs)]
    for i in range(pairs):
        t.role(f"srv{i}", server, i)
        t.up.wait()
        t.up = truth.Flag()
    t.up.set()
    for i in range(pairs):
        t.role(f"cli{i}", client, i)


if __name__ == "__main__":
    truth.main()
