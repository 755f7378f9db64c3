# SPDX-License-Identifier: BSD-2-Clause
"""The cases of another program, with the truth as far as the source inet_diag can know it.

diag.py PROGRAM CASE [ARGUMENT...]
"""

import importlib
import sys

import truth
from truth import ANY, one_of

# inet_diag knows no process and shows a session only at its end.
NOT_KNOWN = {"pid": None, "comm": None, "tid": None, "thread_comm": None, "owner_by": None,
             "opener_pid": None, "opener_comm": None, "uid": ANY, "cgroup": ANY, "error": ANY,
             "opened_ns": ANY, "established_ns": ANY, "connect_ns": ANY, "duration_ns": ANY}


class World(truth.World):
    def say(self, end):
        """What stays: addresses, bytes, how it ended; the direction may be unknown, never wrong."""
        end = {**end, **NOT_KNOWN, "direction": one_of(end["direction"], None)}
        for key in ("began", "ready", "failed"):
            end.pop(key, None)
        super().say(end)


if __name__ == "__main__":
    truth.World = World
    importlib.import_module(sys.argv.pop(1))
    truth.main()
