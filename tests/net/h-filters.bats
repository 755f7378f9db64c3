#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

teardown() {
	if [ -n "${NAMED:-}" ]; then
		ip netns del "$NAMED" || true
	fi
	net_teardown
	if [ -n "${GROUP:-}" ]; then
		poll 5 rmdir "$GROUP/below" "$GROUP"
	fi
}

# pid_of ROLE: from the step that the traffic came to.
pid_of() {
	sed -n "s/^$1 //p" "$STEPS/before"
}

# only_pid ROLE CASE: -p with the pid of a role shows the sessions of that role alone.
only_pid() {
	traffic_begin filters "$2"
	reached before
	record -p "$(pid_of "$1")"
	go_on before
	traffic_end
	stop
	agree --only "pid=$(pid_of "$1")"
}

@test "-p of a server that closes first" {
	only_pid srv server-first
}

@test "-p of the client of a server that closes first" {
	only_pid cli server-first
}

@test "-p of a worker that got the socket from a broker" {
	only_pid worker by-worker
}

@test "-p of a broker that only passes sockets on shows nothing" {
	traffic_begin filters by-worker
	reached before
	record -p "$(pid_of broker)"
	go_on before
	traffic_end
	stop
	"$PYTHON" "$NET/check.py" --records "$W/rec.out" --stderr "$W/rec.err" --ledger sessions=0
}

@test "-p with a session from before the start" {
	traffic_begin adopted silent-since server
	reached before
	record -p "$(pgrep -P "$TRAFFIC" -x srv)"
	go_on before
	traffic_end
	stop
	agree --only side=srv
}

@test "-L with the port that the kernel gave a client" {
	inside A sysctl -qw net.ipv4.ip_local_port_range="45678 45678"
	record -L 45678
	traffic basics client-first
	stop
	agree --only side=cli
}

@test "-L with a list and a range" {
	record -L 5000,5002-5003
	traffic addresses mixed 127.0.0.1 ::1 127.0.0.1 ::1 127.0.0.1
	stop
	agree --only lport=5000,5002,5003
}

@test "-D with a list and a range" {
	record -D 5001-5002,5004
	traffic addresses mixed 127.0.0.1 ::1 127.0.0.1 ::1 127.0.0.1
	stop
	agree --only rport=5001,5002,5004
}

@test "-L and -D together" {
	inside A sysctl -qw net.ipv4.ip_local_port_range="45678 45678"
	record -L 45678 -D 5001
	traffic addresses mixed 127.0.0.1 127.0.0.1 127.0.0.1
	stop
	agree --only lport=45678 --only rport=5001
}

@test "-L of a refused connect: the port the program chose" {
	record -L 40777
	traffic outcomes refused-bound
	stop
	agree
}

@test "-4" {
	record -4
	traffic addresses mixed 127.0.0.1 ::1 127.0.0.2 ::1
	stop
	agree --only ip=4
}

@test "-6" {
	record -6
	traffic addresses mixed 127.0.0.1 ::1 127.0.0.2 ::1
	stop
	agree --only ip=6
}

@test "-4 shows both ends of a v4-mapped session" {
	record -4
	traffic addresses mapped-server
	stop
	agree
}

@test "-6 shows neither end of a v4-mapped session" {
	record -6
	traffic addresses mapped-server
	stop
	"$PYTHON" "$NET/check.py" --records "$W/rec.out" --stderr "$W/rec.err" \
		--ledger sessions=0 filtered=2
}

@test "--netns self" {
	record_raw rec nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -o jsonl --netns self
	namespace B
	traffic_in B truth-b basics server-first
	traffic basics client-first
	stop
	agree
}

@test "--netns with a path" {
	record_raw rec "$SOCKTAPE" life -o jsonl --netns "/proc/${NS_HOLDER[A]}/ns/net"
	namespace B
	traffic_in B truth-b basics server-first
	traffic basics client-first
	stop
	agree
}

@test "--netns with a name under /run/netns" {
	NAMED=socktape-test-$$
	ip netns attach "$NAMED" "${NS_HOLDER[A]}"
	record_raw rec "$SOCKTAPE" life -o jsonl --netns "$NAMED"
	namespace B
	traffic_in B truth-b basics server-first
	traffic basics client-first
	stop
	agree
}

# new_group: a cgroup and one below it, where cgroup2 is mounted.
new_group() {
	GROUP=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)/socktape-test-$$
	mkdir -p "$GROUP/below"
}

@test "--cgroup with a client in it" {
	new_group
	record --cgroup "$GROUP"
	traffic filters in-cgroup "$GROUP" cli
	stop
	agree --only side=cli
}

@test "--cgroup with a server in a cgroup below it" {
	new_group
	record --cgroup "$GROUP"
	traffic filters in-cgroup "$GROUP/below" srv
	stop
	agree --only side=srv
}

@test "--cgroup with nobody in it" {
	new_group
	record --cgroup "$GROUP/below"
	traffic filters in-cgroup "$GROUP" cli
	stop
	"$PYTHON" "$NET/check.py" --records "$W/rec.out" --stderr "$W/rec.err" --ledger sessions=0
}

@test "-c ends after so many sessions" {
	record -c 7
	traffic filters one-by-one 20
	ended
	[ "$(grep -c '"lport"' "$W/rec.out")" = 7 ]
	[ "$(grep -c '"kind":"ledger","sessions":7,"lost":0' "$W/rec.out")" = 1 ]
	grep -q '7 sessions, 0 lost' "$W/rec.err"
}

@test "-d ends after that time" {
	local begun=$EPOCHREALTIME
	record -d 700ms
	traffic basics client-first
	ended
	local took=$(((${EPOCHREALTIME/./} - ${begun/./}) / 1000))
	echo "it took $took ms"
	((took >= 700 && took < 2500))
	agree
}
