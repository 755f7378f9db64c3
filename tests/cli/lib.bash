# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Common ground of the command line tests: how socktape is called, and what a refusal looks like.

CLI=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOCKTAPE=${SOCKTAPE:-$CLI/../../build/socktape}
PATIENCE=10

# poll SECONDS COMMAND...: until the command succeeds; fails when the time is up.
poll() {
	local deadline=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.02
	done
}

setup() {
	W=$BATS_TEST_TMPDIR
	STARTED=()
	poll 30 test -x "$SOCKTAPE"
}

teardown() {
	local pid
	for pid in "${STARTED[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# try WORD...: call socktape; exit code in RC, outputs in $W/out and $W/err.  124: it hung.
try() {
	call "$@" >"$W/out" 2>"$W/err" </dev/null
}

# call WORD...: the same with the caller's redirections.  126 and 127 are a shell's: the binary is
# being linked anew.
call() {
	local i
	for ((i = 0; i < 100; i++)); do
		RC=0
		timeout -k 1 5 ${AS+"${AS[@]}"} "${EXE:-$SOCKTAPE}" "$@" || RC=$?
		[ "$RC" = 126 ] || [ "$RC" = 127 ] || return 0
		sleep 0.3
	done
}

# show: what try() found, for the log of a failed test.
show() {
	echo "exit code $RC; stdout:"
	head -n 50 "$W/out"
	echo "stderr:"
	head -n 50 "$W/err"
}

fail() {
	echo "$*"
	show
	return 1
}

# code NUMBER
code() {
	[ "$RC" = "$1" ] || fail "the exit code is not $1"
}

# silent FILE: nothing was written there.
silent() {
	[ ! -s "$W/$1" ] || fail "std$1 is not empty"
}

# one_line: stderr is one line, with nothing in it that a terminal would obey.
one_line() {
	[ "$(wc -l <"$W/err")" = 1 ] || fail "stderr is not one line"
	[ "$(grep -c '' "$W/err")" = 1 ] || fail "stderr does not end with its line"
	! LC_ALL=C grep -q '[[:cntrl:]]' "$W/err" || fail "a control character in the message"
}

# says PATTERN...: the message has each of them.
says() {
	local pattern
	for pattern in "$@"; do
		grep -Eq -e "$pattern" "$W/err" || fail "the message does not say '$pattern'"
	done
}

# wrong WORD... SAYS PATTERN...: refused as wrong usage, in one line that has every pattern.
wrong() {
	local words=()
	while [ "$1" != SAYS ]; do
		words+=("$1")
		shift
	done
	shift
	echo "socktape ${words[*]}"
	try "${words[@]}"
	code 2
	silent out
	one_line
	says '^socktape( [a-z]+)?: ' "$@"
}

# right WORD...: `life` takes the words: it records for a moment, says nothing and succeeds.
right() {
	echo "socktape life $*"
	try life -q -d 1ms --netns "$(stat -Lc %i /proc/self/ns/net)" "$@"
	code 0
	silent err
}

# title TEXT: the first line of stdout.
title() {
	[ "$(head -n 1 "$W/out")" = "$1" ] || fail "the first line is not '$1'"
}

new_namespace() {
	[ "$(stat -Lc %i "/proc/$1/ns/net")" != "$(stat -Lc %i /proc/self/ns/net)" ]
}

# namespace: make a network namespace for this test, held by a process that dies with it.
namespace() {
	setpriv --pdeathsig KILL unshare -n sleep 60 >/dev/null 2>&1 3>&- &
	HOLDER=$!
	disown
	STARTED+=("$HOLDER")
	poll 5 new_namespace "$HOLDER"
	inside ip link set lo up
}

inside() {
	nsenter --net="/proc/$HOLDER/ns/net" "$@"
}

# background COMMAND...: start it in the namespace, without a shell around it; its pid is in
# RECORDER.  stdin, stdout and stderr are the caller's.
background() {
	nsenter --net="/proc/$HOLDER/ns/net" "$@" 3>&- &
	started "$!"
}

started() {
	export RECORDER=$1
	STARTED+=("$1")
}

# talk [NAME]: one session of a process with itself, so two ends; its pid is in TALKER.
talk() {
	TALKER=$(inside python3 "$CLI/talk.py" "${1:-talker}")
	export TALKER
}

# starts FILE WORD: wait for the word in the file.
starts() {
	poll "$PATIENCE" grep -qs -e "$2" "$1" || {
		cat "$1"
		return 1
	}
}

# record NAME OPTION...: start a recorder of the namespace; outputs in NAME.out and NAME.err.
record() {
	local name=$1
	shift
	background "$SOCKTAPE" life --netns self -d 50s "$@" >"$W/$name.out" 2>"$W/$name.err" </dev/null
	starts "$W/$name.err" recording
}

# ended PID: it ends by itself, and soon; its exit code is in RC.
ended() {
	local watchdog
	(
		sleep "$PATIENCE"
		kill -KILL "$1"
	) >/dev/null 2>&1 3>&- &
	watchdog=$!
	RC=0
	wait "$1" || RC=$?
	kill "$watchdog" 2>/dev/null || true
	wait "$watchdog" 2>/dev/null || true
}

# stop PID: end a recorder, which must end well.
stop() {
	kill -TERM "$1"
	ended "$1"
	[ "$RC" = 0 ] || {
		echo "the recorder ended with $RC"
		tail -n 5 "$W"/*.err
		return 1
	}
}

# lines NUMBER FILE
lines() {
	[ "$(wc -l <"$2")" = "$1" ] || {
		echo "not $1 lines:"
		head -n 50 "$2"
		return 1
	}
}
