# SPDX-License-Identifier: BSD-2-Clause
"""One TCP session of a process with itself.  talk.py NAME: prints its pid."""

import os
import socket
import sys
import time

with open("/proc/self/comm", "wb") as f:
    f.write(os.fsencode(sys.argv[1]))
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
client.sendall(bytes(3000))
left = 3000
while left:
    left -= len(server.recv(left))
client.close()
server.recv(1)
server.close()
listener.close()
for _ in range(1000):  # until the kernel is done with both ends
    with open("/proc/net/tcp") as f:
        if {line.split()[3] for line in f.readlines()[1:]} <= {"06"}:
            break
    time.sleep(0.002)
else:
    sys.exit("the session does not end")
print(os.getpid())
