#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The source for kernels and rights without BPF: no owners, but every end and every byte.

load lib.bash

diag() {
	record --source diag
	grep -q 'source diag' "$W/rec.err"
	traffic diag "$@"
	stop
	agree --blind
}

@test "diag: the client closes first" {
	diag basics client-first
}

@test "diag: the server closes first" {
	diag basics server-first
}

@test "diag: fifty sessions in a row" {
	diag basics many-in-a-row
}

@test "diag: IPv6" {
	diag addresses loopback ::1
}

@test "diag: both ends of a v4-mapped session" {
	diag addresses mapped-server
}

@test "diag: a reset for unread data" {
	diag outcomes unread-data server
}

# The kernel wipes what it knew of a socket that was disconnected before it tells of its end: that it was
# and how it ended is all that is left.
@test "diag: a reset by SO_LINGER is a session, without its bytes" {
	record --source diag
	traffic diag outcomes reset-without-unread client
	stop
	[ "$(jq -s 'map(select(.kind == null and .outcome == "reset_here")) | length' "$W/rec.out")" = 1 ]
	[ "$(jq -s 'map(select(.kind == null and .outcome == "reset_by_peer")) | length' "$W/rec.out")" = 1 ]
	[ "$(jq -s '.[-1].lost' "$W/rec.out")" = 0 ]
}

@test "diag: a refused connect is a session" {
	record --source diag
	traffic diag outcomes refused-bound
	stop
	[ "$(jq -rs '.[0] | "\(.outcome) \(.tx_bytes) \(.rx_bytes) \(.direction)"' "$W/rec.out")" = "refused 0 0 active" ]
	[ "$(jq -s '.[-1].lost' "$W/rec.out")" = 0 ]
}

@test "diag: without an owner -p is refused, and so is --cgroup" {
	run -1 "$SOCKTAPE" life --source diag -p 1 -d 10ms
	run -1 "$SOCKTAPE" life --source diag --cgroup / -d 10ms
}

@test "diag: a session from before the start" {
	traffic_begin diag adopted talking client
	reached before
	record --source diag
	go_on before
	traffic_end
	stop
	agree --blind
}
