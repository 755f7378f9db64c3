#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# How options may be written, and what some of them do without traffic.

load lib.bash

PLAIN='PID   COMM       LADDR           LPORT RADDR           RPORT TX_KB RX_KB MS'
CSV='PID,COMM,IP,LADDR,LPORT,RADDR,RPORT,TX_KB,RX_KB,MS'

@test "long options may be shortened as far as they stay alone" {
	right --out=csv
	title "$CSV"
	right --dur 1ms --loc 80 --rem=80 --no-h
	silent out
	right --col pid
	title PID
	right --cs
	title "$CSV"
	right --times
	title "TIME(s)   $PLAIN"
}

@test "a whole name wins over longer ones" {
	right --time
	title "TIME     $PLAIN"
}

@test "a short form of several options is refused, and they are named" {
	wrong life --t SAYS "--t" '--time\b' '--timestamp'
	wrong life --c SAYS "--c" '--csv' '--count' '--columns' '--cgroup'
	wrong life --ipv SAYS '--ipv' '--ipv4' '--ipv6'
	! grep -q 'is not an option' "$W/err" || fail "the message says something else"
}

@test "-- ends the options" {
	right --
	title "$PLAIN"
	right -t --
	title "TIME(s)   $PLAIN"
}

@test "options in any order" {
	local want
	right -o csv -T -t -O pid,ms
	want=$(cat "$W/out")
	[ "$want" = 'TIME,TIME(s),PID,MS' ] || fail "not these titles"
	right -O pid,ms -t -o csv -T
	title "$want"
	right -tT -O pid,ms --output=csv
	title "$want"
	right -TtO pid,ms -ocsv
	title "$want"
}

@test "an argument in the word, in the next one and after =" {
	right -d1ms
	right -d 1ms
	right --duration=1ms
	right --duration 1ms
	right -td1ms
	title "TIME(s)   $PLAIN"
}

@test "the last of two values counts" {
	right -o jsonl -o csv
	title "$CSV"
	right -d 1h -d 1ms
}

@test "-O sets the columns, -O + adds to them" {
	right -O comm,pid
	title 'COMM       PID'
	right -O +outcome
	[ "$(head -n 1 "$W/out" | sed 's/ *$//')" = "$PLAIN       OUTCOME" ] || fail "not at the end"
	right -s -O pid,outcome
	title 'PID,OUTCOME'
	right -o tsv -O pid,outcome
	title $'PID\tOUTCOME'
}

@test "-H leaves the titles out, of every format" {
	local format
	for format in table wide csv tsv; do
		right -H -o "$format"
		silent out
	done
	right --no-header -wtT
	silent out
}

@test "-o table and -o wide are the default and -w" {
	right -o table
	title "$PLAIN"
	right -w
	cp "$W/out" "$W/wide"
	right -o wide
	cmp "$W/wide" "$W/out"
	right -w -o table
	cmp "$W/wide" "$W/out"
}

@test "-o csv has the ten columns of -s" {
	right -s
	cp "$W/out" "$W/csv"
	right -o csv
	cmp "$W/csv" "$W/out"
}

@test "-o jsonl ends with the ledger" {
	right -o jsonl
	lines 1 "$W/out"
	jq -e '.kind == "ledger" and .sessions == 0 and .lost == 0' "$W/out"
}

@test "--ring takes sizes, between the powers of two as well" {
	local size
	for size in 65536 100K 8M; do
		right --ring "$size"
	done
}

@test "--source bpf and auto" {
	right --source bpf
	right --source auto
}

# took_about COMMAND... : milliseconds of a call, in TOOK
took() {
	local from to
	from=$(date +%s%N)
	"$@"
	to=$(date +%s%N)
	TOOK=$(((to - from) / 1000000))
}

@test "-d ends it after that time, in each unit" {
	took try life -q -d 400ms --netns self
	code 0
	((TOOK >= 400 && TOOK < 5000)) || fail "-d 400ms took $TOOK ms"
	took try life -q -d 1 --netns self
	code 0
	((TOOK >= 1000 && TOOK < 6000)) || fail "-d 1 took $TOOK ms"
	right -d 1000us -d 0.001s
	right -d 1000000ns
}

@test "-c ends it after so many sessions, and not before" {
	namespace
	record rec -c 3 -H
	talk
	sleep 0.2
	kill -0 "$RECORDER"
	talk
	ended "$RECORDER"
	[ "$RC" = 0 ]
	lines 3 "$W/rec.out"
	grep -q ': 3 sessions, 0 lost' "$W/rec.err"
}

@test "--netns takes self, a number, a path and a name" {
	local form
	namespace
	inode=$(stat -Lc %i "/proc/$HOLDER/ns/net")
	cat >"$W/script" <<-END
		mount -t tmpfs none /run
		mkdir /run/netns
		: >/run/netns/ours
		mount --bind /proc/$HOLDER/ns/net /run/netns/ours
		exec "\$@"
	END
	for form in "$inode" "/proc/$HOLDER/ns/net" ours /run/netns/ours; do
		unshare -m --propagation private sh -e "$W/script" \
			"$SOCKTAPE" life --netns "$form" -H -d 50s >"$W/rec.out" 2>"$W/rec.err" </dev/null 3>&- &
		started "$!"
		starts "$W/rec.err" recording
		talk
		stop "$RECORDER"
		lines 2 "$W/rec.out"
		[ "$(grep -c "^$TALKER " "$W/rec.out")" = 2 ]
	done
	record self -H
	talk
	stop "$RECORDER"
	[ "$(grep -c "^$TALKER " "$W/self.out")" = 2 ]
}

@test "--netns of another namespace shows nothing of this one" {
	local inode
	namespace
	inode=$(stat -Lc %i "/proc/$HOLDER/ns/net")
	namespace # another, which the traffic is in
	record rec -H --netns "$inode"
	talk
	stop "$RECORDER"
	lines 0 "$W/rec.out"
}
