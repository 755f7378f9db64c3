#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# What socktape says about itself: on stdout, with exit code 0.

load lib.bash

# begins_with_examples: after a title come the examples, before anything else.
begins_with_examples() {
	code 0
	silent err
	sed -n 1p "$W/out" | grep -Eq '^socktape( [a-z]+)?: .' || fail "the first line is no title"
	[ -z "$(sed -n 2p "$W/out")" ] || fail "the second line is not empty"
	sed -n 3p "$W/out" | grep -Eq '^  socktape [a-z]+' || fail "the third line is no example"
}

commands() {
	"$SOCKTAPE" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

@test "--help, -h and help begin with examples" {
	local word
	for word in --help -h help; do
		try "$word"
		begins_with_examples
		grep -Eq '^ +life +[a-z]' "$W/out" || fail "life is not listed"
	done
}

@test "the --help of each command begins with examples and lists the options" {
	local command
	[ -n "$(commands)" ]
	for command in $(commands); do
		try "$command" --help
		begins_with_examples
		grep -Eq '^ +-h, --help +[a-z]' "$W/out" || fail "--help is not listed"
		cp "$W/out" "$W/long"
		try "$command" -h
		cmp "$W/long" "$W/out"
	done
}

@test "every example of life in the help is accepted" {
	local example width
	try life --help
	cp "$W/out" "$W/examples"
	try --help
	cat "$W/out" >>"$W/examples"
	# Every meaning begins in one column: that of the first.
	width=$(awk '/^  socktape life /{
		match($0, /  +every/)
		print RSTART + RLENGTH - 6
		exit
	}' "$W/examples")
	sed -n '/^  socktape life /p' "$W/examples" | cut -c "16-$width" | sort -u >"$W/list"
	[ "$(wc -l <"$W/list")" -ge 5 ] || fail "not five examples"
	while read -r example; do
		# shellcheck disable=SC2086 # words, as a shell would take them
		right $example -d 1ms
	done <"$W/list"
}

@test "in the examples, two spaces stand between a command and what it does" {
	try --help
	! grep '^  socktape ' "$W/out" | grep -Evq '^  socktape [^ ]+( [^ ]+)*  +[a-z]' ||
		fail "an example without them"
}

@test "--help lists every option with what it does, and fits 100 columns" {
	local name
	try life --help
	for name in time timestamp wide csv pid localport remoteport ipv4 ipv6 netns cgroup output \
		columns no-header raw-addr count duration all source ring quiet verbose help version; do
		grep -Eq -e "--$name( [A-Z]+)? +[a-z0-9]" "$W/out" || fail "--$name is not there"
	done
	! grep -Eq '.{101}' "$W/out" || fail "a line is longer than 100 characters"
}

@test "--help wins over what stands beside it" {
	try life -t --help
	begins_with_examples
	try life --help -p 1
	begins_with_examples
}

@test "-V and --version say name and version" {
	local words
	for words in -V --version "life -V" "life --version"; do
		# shellcheck disable=SC2086 # words
		try $words
		code 0
		silent err
		[ "$(cat "$W/out")" = "$(grep -E '^socktape [0-9]+\.[0-9]+\.[0-9]+$' "$W/out")" ] ||
			fail "$words does not print the version"
		lines 1 "$W/out"
	done
}

@test "-O help lists each column with its meaning" {
	local key
	try life -O help
	code 0
	silent err
	for key in pid comm uid netns cgroup laddr lport raddr rport direction outcome adopted label \
		tx_bytes rx_bytes duration_ns connect_ns opened_ns established_ns ended_ns \
		opened_unix_ns ip tid thread_comm owner_by opener_pid opener_comm cookie segs_out \
		segs_in retrans srtt_us min_rtt_us mptcp error time time_s tx_kb rx_kb ms; do
		grep -Eq "^$key +[^ ]+.* [^ ]+" "$W/out" || fail "$key has no meaning"
	done
}

@test "every column of -O help can be asked for" {
	local all
	try life -O help
	all=$(cut -d ' ' -f 1 "$W/out" | paste -sd ,)
	right -o tsv -O "$all"
	lines 1 "$W/out"
	[ "$(tr '\t' '\n' <"$W/out" | wc -l)" = "$(echo "$all" | tr , '\n' | wc -l)" ] ||
		fail "not as many titles as columns"
}

@test "every key of the JSON lines is a column" {
	local key
	namespace
	record rec -o jsonl
	talk
	stop "$RECORDER"
	try life -O help
	for key in $(head -n 1 "$W/rec.out" | jq -r 'keys_unsorted[]'); do
		grep -Eq "^$key " "$W/out" || fail "the key $key is no column"
	done
}
