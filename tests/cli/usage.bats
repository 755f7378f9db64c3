#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# Wrong usage: exit code 2, nothing on stdout and one line on stderr that names the option, what is
# wrong with it and what would be right.

load lib.bash

@test "no command" {
	try
	code 2
	silent out
	says 'socktape life' '--help'
}

@test "an unknown command" {
	wrong nosuch SAYS "'nosuch'" 'not a command' '--help'
	wrong '' SAYS "''" 'not a command'
	wrong lif SAYS "'lif'" 'not a command'
	wrong -x SAYS "'-x'" '--help'
	wrong --nosuch SAYS "'--nosuch'" '--help'
}

@test "an unknown option" {
	wrong life --foo SAYS "'--foo'" 'not an option' '--help'
	wrong life -Z SAYS "'-Z'" 'not an option' '--help'
	wrong life -tZ SAYS "'-Z'" 'not an option'
	wrong life -- --foo SAYS "'--foo'"
}

@test "an unknown option with a value is unknown" {
	wrong life --foo=bar SAYS "--foo" 'is not an option' '--help'
	! grep -q 'takes no' "$W/err" || fail "the message cannot tell which of two it is"
}

@test "a value for an option that takes none" {
	local name
	for name in time wide no-header quiet; do
		wrong life "--$name=3" SAYS "--$name" 'takes no'
		! grep -q 'is not an option' "$W/err" || fail "the message cannot tell which of two it is"
	done
}

@test "a missing argument, of each option that takes one" {
	local name letter
	"$SOCKTAPE" life --help | sed -n 's/^  \(..\).* --\([a-z-]*\) [A-Z].*/\1 \2/p' >"$W/with"
	[ "$(wc -l <"$W/with")" -ge 8 ]
	while read -r letter name; do
		wrong life "${name:+--}${name:-$letter}" SAYS 'needs an argument'
		case $letter in
		-?) wrong life "$letter" SAYS "'$letter'" 'needs an argument' ;;
		esac
	done < <(sed 's/^   */- /' "$W/with")
}

@test "-p that is no process number" {
	local bad
	for bad in 12x x 0 -1 ' 5' '' 0x10 1.5 4194305 99999999999999999999; do
		wrong life -p "$bad" SAYS '--pid|-p' "'$bad'" 'number from 1 to 4194304'
	done
	wrong life --pid=12x SAYS '--pid' "'12x'"
}

@test "-L and -D that are no list of ports" {
	local bad
	for bad in abc 80- -80 '' ',' ',80' '80,' 80,,81 80-81-82 80x 1.5 80,abc; do
		wrong life -L "$bad" SAYS '--localport|-L' "'$bad'" 'ports' '65535' '80,443'
		wrong life "--remoteport=$bad" SAYS '--remoteport|-D' "'$bad'" 'ports'
	done
}

@test "-L and -D with a port above 65535" {
	local bad
	for bad in 70000 65536 80,70000 80-70000 70000-70001 99999999999999999999; do
		wrong life -L "$bad" SAYS '--localport|-L' "'$bad'" '65535'
		wrong life -D "$bad" SAYS '--remoteport|-D' "'$bad'" '65535'
	done
}

@test "-L and -D with a range that goes down" {
	wrong life -L 90-80 SAYS '--localport|-L' "'90-80'"
	wrong life -D 80,90-80 SAYS '--remoteport|-D' "'80,90-80'"
}

@test "-L and -D take a port, a list, a range and both" {
	local good
	for good in 1 65535 80,81 80,8000-8080,443 80-80; do
		right -L "$good" -D "$good"
	done
}

@test "-O with a column that there is not names the nearest" {
	local pair
	wrong life -O nosuch SAYS '--columns|-O' "'nosuch'" "nearest is '[a-z_]+'" '-O help'
	for pair in outcom:outcome rx_byte:rx_bytes lprot:lport duration:duration_ns netn:netns \
		PID:pid raddress:raddr tx-bytes:tx_bytes retran:retrans; do
		wrong life -O "${pair%:*}" SAYS "'${pair%:*}'" "nearest is '${pair#*:}'"
	done
	wrong life -O pid,comm,nosuch SAYS "'nosuch'"
	wrong life -O +nosuch SAYS "'nosuch'"
}

@test "-O with a title as it is printed names the column with that title" {
	local pair
	for pair in 'DIR:direction' 'BY:owner_by' 'OPENER:opener_pid' 'TIME(s):time_s' \
		'CONN_MS:connect_ms' 'THREAD:thread_comm'; do
		wrong life -O "${pair%:*}" SAYS "nearest is '${pair#*:}'"
	done
}

@test "-O without a name" {
	local bad
	for bad in '' ',' 'pid,' ',pid' pid,,comm + '+,'; do
		wrong life -O "$bad" SAYS '--columns|-O' '-O help'
	done
}

@test "-o with a format that there is not lists them" {
	local bad
	for bad in nosuch '' CSV 'csv '; do
		wrong life -o "$bad" SAYS '--output|-o' "'$bad'" table wide csv tsv jsonl
	done
}

@test "-d that is no duration" {
	local bad
	for bad in 0 0s abc -5 '' 10x s 1e9 '1 s' 1.s .5s 10S 99999999999d; do
		wrong life -d "$bad" SAYS '--duration|-d' "'$bad'" '10s'
	done
}

@test "-c that is no count" {
	local bad
	for bad in 0 abc -1 '' 1x 1.5 99999999999999999999; do
		wrong life -c "$bad" SAYS '--count|-c' "'$bad'" 'number from 1'
	done
}

@test "--ring that is no size" {
	local bad
	for bad in 1 0 abc -1 '' 8X 63K 2G 1025M; do
		wrong life --ring "$bad" SAYS '--ring' "'$bad'" '64K' '8M'
	done
}

@test "--source that there is not lists them" {
	local bad
	for bad in nosuch '' BPF; do
		wrong life --source "$bad" SAYS '--source' "'$bad'" auto bpf diag
	done
}

@test "--netns that is none" {
	local bad
	for bad in nosuch '' 0 /nosuch /tmp /dev/null -1 ../netns/nosuch; do
		wrong life --netns "$bad" SAYS '--netns' "'$bad'" 'self' '/proc/PID/ns/net' 'inode'
	done
}

@test "--netns that is a namespace of another kind" {
	wrong life --netns /proc/self/ns/mnt SAYS '--netns' '/proc/self/ns/mnt' 'not a network namespace'
}

@test "--cgroup that is none" {
	local bad
	for bad in /nosuch '' /tmp /dev/null nosuch; do
		wrong life --cgroup "$bad" SAYS '--cgroup' "'$bad'" 'not a cgroup'
	done
}

@test "options that exclude each other" {
	wrong life -4 -6 SAYS '-4' '-6'
	wrong life --ipv6 --ipv4 SAYS '-4|--ipv4' '-6|--ipv6'
	wrong life -s -o csv SAYS '-s|--csv' '-o|--output'
	wrong life -o jsonl -s SAYS '-s|--csv' '-o|--output'
}

@test "stray words" {
	wrong life stray SAYS "'stray'"
	wrong life -t stray -w SAYS "'stray'"
	wrong life 5 3 SAYS "'5'"
	wrong life '' SAYS "''"
	wrong life -- -t SAYS "'-t'"
}

@test "the first of several mistakes is told, in one line" {
	wrong life -p x -L y SAYS '--pid'
	wrong life stray -p x SAYS .
	wrong life -o nosuch -O nosuch SAYS .
}

@test "a message stays one line, whatever the argument" {
	local long
	long=$(printf '%05000d' 0)
	wrong life -p $'1\n2' SAYS '--pid'
	wrong life -p $'\e[31mred' SAYS '--pid'
	wrong life -O $'a\nb' SAYS '--columns'
	wrong life -o $'\r' SAYS '--output'
	wrong life --netns $'a\nb' SAYS '--netns'
	wrong $'a\nb' SAYS 'not a command'
	wrong life $'--a\nb' SAYS 'not an option'
	wrong life $'a\tb' SAYS .
	wrong life -p "$long" SAYS '--pid'
	[ "$(wc -c <"$W/err")" -lt 400 ] || fail "the message repeats all of a long argument"
	wrong life "--$long" SAYS 'not an option'
	wrong life -O "$long" SAYS '--columns'
}

@test "wrong usage is told before anything is recorded or asked of the kernel" {
	# shellcheck disable=SC2034 # call() reads it
	local AS=(strace -f -o "$W/trace" -e "trace=bpf,socket,execve")
	try life -o nosuch
	code 2
	grep -q 'execve(.*"life"' "$W/trace" || fail "nothing was traced"
	! grep -Eq '^[0-9]* *(bpf|socket)\(' "$W/trace" || fail "$(cat "$W/trace")"
}
