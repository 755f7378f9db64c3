#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

@test "the client closes first" {
	recorded basics client-first
}

@test "the server closes first" {
	recorded basics server-first
}

@test "half close: the reply goes on after the client is done" {
	recorded basics half-close
}

@test "half close: the server is done first and reads on" {
	recorded basics half-close-server
}

@test "one byte one way" {
	recorded basics one-byte
}

@test "a megabyte and a half each way" {
	recorded basics both-ways
}

@test "more than 4 GiB in one session" {
	recorded basics more-than-4-gib
}

@test "fifty sessions in a row" {
	recorded basics many-in-a-row
}

@test "the same four numbers three times are three sessions" {
	recorded basics same-addresses-again
}

@test "programs that end without close" {
	recorded basics exit-without-close
}

@test "duration_ns is the session, connect_ns the handshake" {
	recorded basics slow-session
}

@test "uid is the user whose socket it is" {
	recorded basics other-user
}

@test "segments, retransmissions and round trip times agree with TCP_INFO" {
	recorded basics segments
}

@test "retransmitted bytes are counted once" {
	inside A ip link set lo mtu 1500
	inside A tc qdisc add dev lo root tbf rate 40mbit burst 3kb limit 12kb
	recorded basics lossy
}

@test "UDP, unix sockets, listeners and unconnected sockets are no sessions" {
	recorded basics nothing-else
}
