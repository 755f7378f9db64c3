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

@test "diag: half close" {
	diag basics half-close
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

@test "diag: a reset by SO_LINGER" {
	diag outcomes reset-without-unread client
}

@test "diag: refused" {
	diag outcomes refused-bound
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
