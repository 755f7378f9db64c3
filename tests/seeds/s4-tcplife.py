#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The facts of S4.  Run in a network namespace of its own: unshare -n python3 s4-tcplife.py FACT"""

import s4
import s4_better  # noqa: F401: each adds its facts
import s4_flags  # noqa: F401
import s4_lines  # noqa: F401

if __name__ == "__main__":
    s4.main()
