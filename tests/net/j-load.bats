#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

COLUMNS_OF_STORM=pid,comm,direction,outcome,adopted,tx_bytes,rx_bytes,cookie

@test "twenty thousand sessions open at once" {
	recorded load open-at-once 2 10000
}

# storm OPTION...: in namespace A, its counts in storm.json.
storm() {
	if ! inside A "$NET_PROGRAMS/storm" "$@" >"$W/storm.json" 2>"$W/storm.log" 3>&-; then
		cat "$W/storm.log"
		return 1
	fi
}

tally() {
	"$PYTHON" "$NET/tally.py" --storm "$W/storm.json" --records "$W/rec.out" "$@"
}

@test "a storm of 200,000 sessions: nothing is lost, every byte is counted" {
	record -O "$COLUMNS_OF_STORM"
	storm --sessions 200000 --threads 2 --mode mix --bytes 100 --reply 300
	stop
	tally --lost none
}

@test "a storm within one process" {
	record -O "$COLUMNS_OF_STORM"
	storm --sessions 50000 --threads 2 --mode mix --bytes 10 --reply 20 --one-process
	stop
	tally --lost none
}

@test "the recorder is stopped in a storm: what is lost is counted" {
	record -O "$COLUMNS_OF_STORM" --ring 256K
	kill -STOP "$RECORDER"
	storm --sessions 50000 --threads 2 --mode mix --bytes 10 --reply 20 &
	local running=$!
	sleep 3
	kill -CONT "$RECORDER"
	wait "$running"
	stop
	tally --lost ring
}

@test "the reader is stopped in a storm: what is lost is counted" {
	local reader running
	mkfifo "$W/pipe"
	cat "$W/pipe" >"$W/rec.out" 3>&- &
	reader=$!
	STARTED+=("$reader")
	env --default-signal=INT,QUIT nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -o jsonl -O "$COLUMNS_OF_STORM" --netns self --ring 256K \
		>"$W/pipe" 2>"$W/rec.err" 3>&- &
	RECORDER=$!
	STARTED+=("$RECORDER")
	poll 10 is_recording rec "$RECORDER"
	kill -STOP "$reader"
	storm --sessions 50000 --threads 2 --mode mix --bytes 10 --reply 20 &
	running=$!
	sleep 3
	kill -CONT "$reader"
	wait "$running"
	stop
	reap "$reader" 10
	tally --lost ring
}
