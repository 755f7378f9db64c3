#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

# hostile FORMAT: names with line ends, escapes, separators and broken UTF-8.
hostile() {
	record_raw rec nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -o "$1" --netns self
	inside A "$PYTHON" "$NET/filters.py" hostile >/dev/null
	stop
	"$PYTHON" "$NET/formats.py" "$1" "$W/rec.out"
}

@test "hostile names: table" {
	hostile table
}

@test "hostile names: wide" {
	hostile wide
}

@test "hostile names: csv" {
	hostile csv
}

@test "hostile names: tsv" {
	hostile tsv
}

@test "hostile names: jsonl" {
	hostile jsonl
}

@test "SIGINT leaves complete lines" {
	record
	traffic basics many-in-a-row
	stop INT
	agree
}

@test "SIGTERM leaves complete lines" {
	record
	traffic basics many-in-a-row
	stop TERM
	agree
}

@test "SIGTERM in the middle of the traffic leaves complete lines" {
	record
	traffic_begin filters one-by-one 60
	poll 10 grep -q lport "$W/rec.out"
	stop TERM
	traffic_end
	"$PYTHON" "$NET/check.py" --records "$W/rec.out" --stderr "$W/rec.err"
}

@test "rows come while the recorder runs" {
	record
	traffic basics client-first
	poll 1 has_lines 2
	[ "$(wc -l <"$W/rec.out")" = 2 ]
	stop
	agree
}

has_lines() {
	[ "$(wc -l <"$W/rec.out")" -ge "$1" ]
}

# into_head FORMAT: the reader takes its lines and goes; RECORDER is socktape.
into_head() {
	mkfifo "$W/pipe"
	head -n "$2" "$W/pipe" >"$W/head.out" 3>&- &
	STARTED+=("$!")
	env --default-signal=INT,QUIT nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -o "$1" --netns self >"$W/pipe" 2>"$W/rec.err" 3>&- &
	RECORDER=$!
	STARTED+=("$!")
	poll 10 is_recording rec "$RECORDER"
	traffic filters one-by-one 20
	ended
	grep -qE '[0-9]+ sessions, [0-9]+ lost' "$W/rec.err"
}

@test "a reader that closes the pipe ends the recorder: JSON lines" {
	into_head jsonl 1
	"$PYTHON" -c 'import json, sys; print(json.loads(sys.stdin.read())["comm"])' <"$W/head.out"
}

@test "a reader that closes the pipe ends the recorder: table" {
	into_head table 2
	[ "$(wc -l <"$W/head.out")" = 2 ]
	[ "$(tail -n 1 "$W/head.out" | wc -w)" = 9 ]
}

@test "-O with columns of one's choice" {
	record_raw rec nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -o csv -O comm,outcome,tx_bytes,rx_bytes --netns self
	traffic basics client-first
	stop
	[ "$(sed 1d "$W/rec.out" | sort)" = "$(printf '%s\n' cli,closed,1000,5000 srv,closed,5000,1000)" ]
}

@test "-H leaves out the titles" {
	record_raw rec nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -H --netns self
	traffic basics client-first
	stop
	cat "$W/rec.out"
	[ "$(wc -l <"$W/rec.out")" = 2 ]
	[ "$(grep -c PID "$W/rec.out")" = 0 ]
}

@test "-q says nothing on stderr" {
	nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" "$SOCKTAPE" life -q -d 300ms --netns self \
		>"$W/rec.out" 2>"$W/rec.err" 3>&-
	[ ! -s "$W/rec.err" ]
}
