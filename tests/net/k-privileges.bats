#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

# status KEY: of the recorder.
status() {
	sed -n "s/^$1:\t*//p" "/proc/$RECORDER/status"
}

@test "after the start the recorder is nobody and can do nothing more" {
	local set
	record
	cat "/proc/$RECORDER/status"
	[ "$(status Uid)" = "$(printf '65534\t65534\t65534\t65534')" ]
	[ "$(status Gid)" = "$(printf '65534\t65534\t65534\t65534')" ]
	[ -z "$(status Groups | tr -d ' ')" ]
	[ "$(status NoNewPrivs)" = 1 ]
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		[ "$(status "$set")" = 0000000000000000 ]
	done
	traffic basics client-first
	stop
	agree
}

# Ids of the programs and links that the recorder holds.
bpf_ids() {
	sed -nE 's/^(prog|link|map)_id:[[:space:]]*/\1 /p' "/proc/$RECORDER"/fdinfo/* | sort -u
}

# None of these objects exists any more.
all_gone() {
	local kind id
	while read -r kind id; do
		! bpftool "$kind" show id "$id" >/dev/null 2>&1 || return 1
	done <"$W/ids"
}


nothing_left() {
	bpf_ids >"$W/ids"
	cat "$W/ids"
	[ "$(grep -c '^prog' "$W/ids")" -ge 4 ]
	kill "-$1" "$RECORDER"
	reap "$RECORDER" 10
	poll 5 all_gone
}

@test "kill -9 leaves nothing in the kernel" {
	record
	nothing_left KILL
}

@test "SIGINT leaves nothing in the kernel" {
	record
	nothing_left INT
}

@test "nothing is ever pinned" {
	local before
	before=$(find /sys/fs/bpf -mindepth 1 2>/dev/null | wc -l)
	record
	[ "$(find /sys/fs/bpf -mindepth 1 2>/dev/null | wc -l)" = "$before" ]
	kill -KILL "$RECORDER"
	reap "$RECORDER" 10
	[ "$RC" = 137 ]
	[ "$(find /sys/fs/bpf -mindepth 1 2>/dev/null | wc -l)" = "$before" ]
}

@test "a recorder after a killed one works as if nothing had been" {
	record
	kill -KILL "$RECORDER"
	reap "$RECORDER" 10
	recorded basics client-first
}

@test "two recorders at once see the same" {
	local first
	record
	first=$RECORDER
	record_raw second nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -o jsonl --netns self
	traffic basics many-in-a-row
	stop
	RECORDER=$first
	stop
	agree
	mv "$W/second.out" "$W/rec.out"
	mv "$W/second.err" "$W/rec.err"
	agree
}
