#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Who may record.  Not allowed is exit code 3, and the message says how to be; a fallback says what
# it cannot do.

load lib.bash

NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# as RIGHTS... -- WORD...: like try, under setpriv.  By descriptor, so that the binary may stand in
# a folder that others cannot enter.
as() {
	# shellcheck disable=SC2034 # call() reads them
	local AS=() EXE=/proc/self/fd/9
	while [ "$1" != -- ]; do
		AS+=("$1")
		shift
	done
	shift
	try "$@" 9<"$SOCKTAPE"
}

not_allowed() {
	code 3
	silent out
	one_line
	says '^socktape life: ' 'root|sudo' 'capabilit' 'bpf' 'perfmon' 'net_admin'
}

@test "without rights: not allowed and how to be, or less and what is missing" {
	as "${NOBODY[@]}" -- life -d 1ms
	if [ "$RC" = 3 ]; then
		not_allowed
	else
		code 0
		says 'source diag: .*(not|without|no |only|miss)' 'recording'
	fi
}

@test "without rights, --source bpf: not allowed, and how to be" {
	as "${NOBODY[@]}" -- life --source bpf -d 1ms
	not_allowed
}

@test "without rights, --source diag: not allowed and how to be, or what is missing" {
	as "${NOBODY[@]}" -- life --source diag -d 1ms
	if [ "$RC" = 3 ]; then
		silent out
		one_line
		says 'root|sudo'
	else
		code 0
		says 'source diag: .*(not|without|no |only|miss)' 'recording'
	fi
}

@test "root without capabilities is not allowed either" {
	as setpriv --bounding-set -all --inh-caps -all -- life --source bpf -d 1ms
	not_allowed
}

@test "one of the capabilities alone is not enough" {
	local one
	for one in bpf perfmon net_admin; do
		as "${NOBODY[@]}" --inh-caps "-all,+$one" --ambient-caps "-all,+$one" -- \
			life --source bpf -d 1ms
		not_allowed
	done
}

@test "the capabilities that the message names are enough" {
	local caps=-all,+bpf,+perfmon,+net_admin
	namespace
	background "${NOBODY[@]}" --inh-caps "$caps" --ambient-caps "$caps" --bounding-set "$caps" \
		/proc/self/fd/9 life --source bpf --netns self -H -O pid,comm,tx_bytes,rx_bytes \
		9<"$SOCKTAPE" >"$W/rec.out" 2>"$W/rec.err" </dev/null
	starts "$W/rec.err" recording
	talk
	stop "$RECORDER"
	[ "$(tr -s ' ' <"$W/rec.out" | sed 's/ $//' | sort)" = "$TALKER talker 0 3000
$TALKER talker 3000 0" ] || {
		cat "$W/rec.out"
		false
	}
}

@test "wrong usage and help need no rights" {
	as "${NOBODY[@]}" -- life -p 12x
	code 2
	silent out
	one_line
	as "${NOBODY[@]}" -- life --help
	code 0
	silent err
	as "${NOBODY[@]}" -- life -O help
	code 0
	silent err
	as "${NOBODY[@]}" -- --version
	code 0
	silent err
}

status() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$RECORDER/status"
}

@test "once it records, no right is left" {
	namespace
	record rec
	[ "$(status Uid)" = $'65534\t65534\t65534\t65534' ]
	[ "$(status Gid)" = $'65534\t65534\t65534\t65534' ]
	[ -z "$(status Groups | tr -d ' ')" ]
	[ "$(status CapEff)" = 0000000000000000 ]
	[ "$(status CapPrm)" = 0000000000000000 ]
	[ "$(status CapInh)" = 0000000000000000 ]
	[ "$(status CapBnd)" = 0000000000000000 ]
	[ "$(status CapAmb)" = 0000000000000000 ]
	[ "$(status NoNewPrivs)" = 1 ]
	talk
	stop "$RECORDER"
	lines 3 "$W/rec.out"
}
