#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# S4: what tcplife (bcc, 2016) says and does, one test per fact.  Rows are compared whole with what
# tcplife's own format strings make of the same session.

HERE=$(cd "$(dirname "$BATS_TEST_FILENAME")" && pwd)

# fact NAME: check it in a network namespace of its own.
fact() {
	PYTHONDONTWRITEBYTECODE=1 unshare -n python3 "$HERE/s4-tcplife.py" "$1" </dev/null
}

@test "the header is all there is without a session" {
	fact headers
}

@test "the header comes before the first session" {
	fact header-at-once
}

@test "a row without flags" {
	fact row-default
}

@test "a row with -w" {
	fact row-wide
}

@test "a row with -s" {
	fact row-csv
}

@test "a row with -T" {
	fact row-time
}

@test "a row with -t" {
	fact row-timestamp
}

@test "a row with -T and -t: -T first, in whichever order they are given" {
	fact row-both-times
}

@test "a row with -stT" {
	fact row-example
}

@test "a row with -wtT" {
	fact row-all-wide
}

@test "-w has no effect with -s" {
	fact csv-wins
}

@test "::1 in each form" {
	fact row-ipv6
}

@test "the column IP, 4 or 6, with -w and -s only" {
	fact ip-column
}

@test "an address that is too long is not cut" {
	fact long-default
}

@test "-w: the longest IPv6 address stays in its column" {
	fact long-wide
}

@test "the default output fits 80 characters" {
	fact eighty-columns
}

@test "COMM: ten characters by default, all with -w and -s" {
	fact comm-width
}

@test "COMM is cut and padded by characters" {
	fact comm-utf8
}

@test "TX_KB and RX_KB are whole KiB, rounded down" {
	fact kb-truncated
}

@test "TX_KB is what was sent from here, RX_KB what was received" {
	fact kb-titles
}

@test "MS is whole microseconds as milliseconds, with two decimals" {
	fact ms-decimals
}

@test "MS runs from ESTABLISHED to CLOSE" {
	fact ms-is-the-session
}

@test "MS leaves out the time of the handshake" {
	fact ms-without-the-handshake
}

@test "MS of a connect that fails runs from SYN_SENT" {
	fact ms-of-a-failure
}

@test "a refused connect is a row" {
	fact refused
}

@test "-t: 0.000000 first, one count for IPv4 and IPv6" {
	fact timestamp-from-the-first
}

@test "-t is a difference of whole microseconds, with six decimals" {
	fact timestamp-arithmetic
}

@test "-t counts from the first session shown, not from one filtered out" {
	fact timestamp-of-what-is-shown
}

@test "-T is the local time" {
	fact time-is-local
}

@test "a row is printed when its session ends" {
	fact live
}

@test "Ctrl-C ends it" {
	fact ends-by-signal
}

@test "a listener is no session" {
	fact listeners-are-none
}

@test "-h tells every flag, and examples" {
	fact help-text
}

@test "tcplife's examples are accepted" {
	fact examples
}

@test "-C, -S, interval and count, which tcplife never had, are refused" {
	fact stale-usage
}

@test "the long names of all flags" {
	fact long-names
}

@test "-p PID" {
	fact pid
}

@test "-L PORT" {
	fact localport
}

@test "-L PORT,PORT" {
	fact localports
}

@test "-D PORT" {
	fact remoteport
}

@test "-D PORT,PORT" {
	fact remoteports
}

@test "-p, -L and -D together: all hold" {
	fact filters-together
}

@test "flags in one word and in several, in any order" {
	fact flags-together
}

@test "-4 and -6" {
	fact families
}

@test "-s and -o jsonl say the same" {
	fact same-as-jsonl
}

@test "better: IPv4 on an IPv6 listener is IPv4, on both sides" {
	fact mapped
}

@test "better: a server that closes first owns its side" {
	fact server-first
}

@test "better: -p of a server that closes first" {
	fact pid-of-server-first
}

@test "better: -L with the client's port names the client" {
	fact ephemeral-port
}

@test "better: bytes without SYN and FIN" {
	fact only-the-programs-bytes
}

@test "better: sessions that were open before the start" {
	fact open-before
}

@test "better: LPORT is the port on both sides" {
	fact local-port-at-close
}

@test "better: -s has ten columns whatever the program is called" {
	fact ten-columns
}

@test "better: a name that is not UTF-8 does not end the recording" {
	fact name-not-utf8
}
