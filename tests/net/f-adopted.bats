#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

# midway PROGRAM CASE [ARGUMENT...]: the recorder starts in the middle of the traffic.
midway() {
	traffic_begin "$@"
	reached before
	record
	go_on before
	traffic_end
	stop
	agree
}

@test "open at the start, the client closes first" {
	midway adopted talking client
}

@test "open at the start, the server closes first" {
	midway adopted talking server
}

@test "open at the start, IPv6" {
	midway adopted talking client ::1
}

@test "open at the start, v4-mapped server" {
	midway adopted talking server :: 127.0.0.1
}

@test "silent since the start, the client closes first" {
	midway adopted silent-since client
}

@test "silent since the start, the server closes first" {
	midway adopted silent-since server
}

@test "open at the start, then reset" {
	midway adopted reset
}

@test "half closed at the start" {
	midway adopted half-closed
}

@test "unread data at the start" {
	midway adopted unread-at-start
}

@test "the listener is gone at the start" {
	midway adopted listener-gone
}

@test "held by a worker at the start" {
	midway adopted worker
}

@test "handed over after the start" {
	midway adopted handed-over-later
}

@test "held by a thread at the start" {
	midway adopted in-a-thread
}

@test "not yet accepted at the start" {
	midway waiting not-accepted later
}

@test "not accepted at the start, and never" {
	midway waiting not-accepted never
}

@test "an orphan with unsent data in FIN_WAIT at the start" {
	midway waiting orphan fin-wait
}

@test "an orphan with unsent data in LAST_ACK at the start" {
	midway waiting orphan last-ack
}

@test "connecting at the start" {
	midway waiting connecting
}

@test "a listener from before the start: accepted without an address" {
	midway waiting listener-before accepted
}

@test "a listener from before the start: never accepted" {
	midway waiting listener-before never
}

@test "a session in TIME_WAIT at the start is over" {
	midway waiting time-wait
}

@test "two thousand sessions open at the start" {
	midway adopted many 2000
}

@test "sessions that come and go while the recorder starts" {
	midway adopted while-starting
}

# elsewhere PROGRAM CASE...: the recorder's own namespace is another one.
elsewhere() {
	traffic_begin "$@"
	reached before
	record_raw rec "$SOCKTAPE" life -o jsonl --netns "$(inode_of A)"
	go_on before
	traffic_end
	stop
	agree
}

@test "open at the start in another namespace than the recorder's" {
	elsewhere adopted talking server
}

@test "silent in another namespace than the recorder's" {
	elsewhere adopted silent-since client
}

@test "an orphan in another namespace than the recorder's" {
	elsewhere waiting orphan fin-wait
}

@test "not yet accepted in another namespace than the recorder's" {
	elsewhere waiting not-accepted later
}

@test "open at the start, all namespaces recorded" {
	traffic_begin adopted talking client
	reached before
	record_raw rec "$SOCKTAPE" life -o jsonl
	go_on before
	traffic_end
	stop
	agree --any-netns
}

@test "--all shows what is still open, with its bytes so far" {
	traffic_begin adopted still-open
	reached before
	record --all
	go_on before
	reached open
	stop
	go_on open
	traffic_end
	agree
}

@test "without --all nothing is shown that has not ended" {
	traffic_begin adopted still-open
	reached before
	record
	go_on before
	reached open
	stop
	go_on open
	traffic_end
	[ "$(grep -vc '"kind"' "$W/rec.out")" = 0 ]
	"$PYTHON" "$NET/check.py" --records "$W/rec.out" --stderr "$W/rec.err" --ledger open=4 adopted=2
}
