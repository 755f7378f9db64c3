#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# stdin, stdout and stderr: full, closed, a pipe that nobody reads; languages; two at once.

load lib.bash

# to OUT CALL: a call with its stdout where the first word says.
to() {
	local words
	read -ra words <<<"$2"
	: >"$W/out"
	case $1 in
	full) call "${words[@]}" >/dev/full 2>"$W/err" </dev/null ;;
	closed) call "${words[@]}" >&- 2>"$W/err" </dev/null ;;
	esac
	echo "socktape $2, stdout is $1"
}

@test "a full disk: exit code 1 and one line (recording)" {
	to full "life -q -d 1ms"
	code 1
	one_line
	says '^socktape life: ' 'No space left on device'
	to full "life -q -d 1ms -o jsonl"
	code 1
	one_line
	says '^socktape life: ' 'No space left on device'
}

@test "a full disk: exit code 1 and one line (help and version)" {
	local call
	for call in --help --version "life --help" "life -O help"; do
		to full "$call"
		code 1
		one_line
		says '^socktape' 'No space left on device'
	done
}

@test "a full disk ends the recording at once, and what it lost is counted" {
	local full=/dev/full
	namespace
	background "$SOCKTAPE" life --netns self -H -d 30s >"$full" 2>"$W/err" </dev/null
	: >"$W/out"
	starts "$W/err" recording
	talk
	ended "$RECORDER"
	code 1
	says '0 sessions, 2 lost \(output failed 2\)' 'No space left on device'
	[ "$(grep -c 'No space left' "$W/err")" = 1 ]
}

@test "a closed stdout: exit code 1 and one line (recording)" {
	to closed "life -q -d 1ms"
	code 1
	one_line
	says '^socktape( life)?: ' 'write|output|Bad file descriptor'
}

@test "a closed stdout: exit code 1 and one line (help and version)" {
	local call
	for call in --help --version "life --help" "life -O help"; do
		to closed "$call"
		code 1
		one_line
		says '^socktape'
	done
}

# no_reader CALL: stdout is a pipe whose reader is gone.
no_reader() {
	# shellcheck disable=SC2034 # call() reads AS
	local words AS=(env --default-signal=PIPE) pipe=$W/pipe
	read -ra words <<<"$1"
	mkfifo "$pipe"
	exec 7<>"$pipe" # opening one side alone would wait for the other
	exec 8>"$pipe" 7>&-
	rm "$pipe"
	: >"$W/out"
	call "${words[@]}" >&8 2>"$W/err" </dev/null
	exec 8>&-
	echo "socktape $1 to a pipe without a reader"
}

@test "a reader that is gone ends the recording well, without a word" {
	no_reader "life -q -d 30s"
	code 0
	silent err
	no_reader "life -q -d 30s -o csv"
	code 0
	silent err
}

@test "a reader that is gone still gets its count on stderr" {
	no_reader "life -d 30s --netns self"
	code 0
	says 'sessions, 0 lost'
}

@test "a reader that is gone is no error of help and version" {
	local call
	for call in --help --version "life --help" "life -O help"; do
		no_reader "$call"
		[ "$RC" = 0 ] || [ "$RC" = 141 ] || fail "neither done nor ended by SIGPIPE"
		silent err
	done
}

@test "the reader goes while it records: it ends by itself" {
	namespace
	mkfifo "$W/fifo"
	exec 7<>"$W/fifo"
	background "$SOCKTAPE" life --netns self -d 30s >"$W/fifo" 2>"$W/err" </dev/null 7>&-
	starts "$W/err" recording
	exec 7>&-
	: >"$W/out"
	talk
	ended "$RECORDER"
	code 0
	says '[0-9] sessions?, [0-9] lost'
}

@test "head reads what it wants" {
	run bash -c 'set -o pipefail; timeout 10 "$1" life --netns self -q -d 1ms | head -n 1' _ "$SOCKTAPE"
	[ "$status" = 0 ]
	[[ $output == PID* ]]
}

# recorded: two rows of the talker, after one of titles.
recorded() {
	lines 3 "$W/rec.out"
	[ "$(grep -c "^$TALKER  *talker " "$W/rec.out")" = 2 ]
}

@test "a closed stdin" {
	namespace
	background "$SOCKTAPE" life --netns self -d 50s >"$W/rec.out" 2>"$W/rec.err" <&-
	starts "$W/rec.err" recording
	talk
	stop "$RECORDER"
	recorded
}

@test "a closed stderr" {
	namespace
	background "$SOCKTAPE" life --netns self -d 50s >"$W/rec.out" 2>&- </dev/null
	starts "$W/rec.out" PID
	talk
	stop "$RECORDER"
	recorded
}

@test "closed stdin and stderr" {
	namespace
	background "$SOCKTAPE" life --netns self -d 50s >"$W/rec.out" 2>&- <&-
	starts "$W/rec.out" PID
	talk
	stop "$RECORDER"
	recorded
}

@test "nothing is open: it fails and does not hang" {
	: >"$W/out"
	: >"$W/err"
	call life -d 1ms <&- >&- 2>&-
	code 1
}

@test "stderr has one line when it records, one at the end" {
	namespace
	record rec
	lines 1 "$W/rec.err"
	talk
	stop "$RECORDER"
	lines 2 "$W/rec.err"
	sed -n 1p "$W/rec.err" | grep -q '^socktape life: recording'
	sed -n 2p "$W/rec.err" | grep -Eq '^socktape life: 2 sessions, 0 lost$'
	recorded
}

@test "-q: nothing on stderr" {
	namespace
	background "$SOCKTAPE" life --netns self -d 50s -q >"$W/rec.out" 2>"$W/rec.err" </dev/null
	starts "$W/rec.out" PID
	talk
	stop "$RECORDER"
	[ ! -s "$W/rec.err" ]
	recorded
}

@test "-q does not hide errors" {
	wrong life -q -p x SAYS '--pid'
	to full "life -q -d 1ms"
	code 1
	one_line
}

# said LANGUAGE WORD...: what a call prints there.
said() {
	# shellcheck disable=SC2034 # call() reads it
	local AS=(env "LC_ALL=$1" "LANG=$1")
	shift
	try "$@"
	cat "$W/out" "$W/err"
}

@test "help and refusals are the same in every language" {
	local words language
	for words in "life --help" "life -O help" "life -p 1x"; do
		# shellcheck disable=SC2086 # words
		said C $words >"$W/c"
		[ -s "$W/c" ]
		for language in C.UTF-8 POSIX nosuch; do
			# shellcheck disable=SC2086 # words
			said $language $words | cmp - "$W/c"
		done
	done
}

@test "rows are the same in every language" {
	local language pid pids=()
	localedef -i de_DE -f UTF-8 "$W/de_DE.UTF-8"
	[ "$(env LOCPATH="$W" LC_ALL=de_DE.UTF-8 /usr/bin/printf %.1f 1,5)" = 1,5 ]
	namespace
	for language in C C.UTF-8 de_DE.UTF-8; do
		background env LOCPATH="$W" LC_ALL="$language" "$SOCKTAPE" life --netns self -d 50s -t \
			-O pid,comm,tx_bytes,rx_bytes,outcome >"$W/$language.out" 2>"$W/err" </dev/null
		pids+=("$RECORDER")
		starts "$W/err" recording
	done
	talk 'grün→weiß'
	for pid in "${pids[@]}"; do
		stop "$pid"
	done
	lines 3 "$W/C.out"
	grep -q '^0\.000000 .* grün→weiß ' "$W/C.out"
	sed -i 's/^[0-9]\.[0-9]* *//' "$W"/*.out # each recorder has its own first microsecond
	cmp "$W/C.out" "$W/C.UTF-8.out"
	cmp "$W/C.out" "$W/de_DE.UTF-8.out"
}

@test "two recorders at once see the same" {
	local first
	namespace
	record a -o jsonl
	first=$RECORDER
	record b -o jsonl
	talk
	talk other
	stop "$first"
	stop "$RECORDER"
	facts() {
		jq -c 'select(.kind == null) | [.pid, .comm, .laddr, .lport, .raddr, .rport, .direction,
			.outcome, .tx_bytes, .rx_bytes, .cookie, .owner_by]' "$1" | sort
	}
	[ "$(facts "$W/a.out" | wc -l)" = 4 ]
	[ "$(facts "$W/a.out")" = "$(facts "$W/b.out")" ]
	jq -se 'last | .kind == "ledger" and .sessions == 4 and .lost == 0' "$W/a.out" "$W/b.out"
	jq -se 'last | .kind == "ledger" and .sessions == 4 and .lost == 0' "$W/a.out"
}

@test "a recorder that ends does not disturb another" {
	local first
	namespace
	record a -H
	first=$RECORDER
	record b -H
	stop "$first"
	talk
	stop "$RECORDER"
	lines 0 "$W/a.out"
	lines 2 "$W/b.out"
}
