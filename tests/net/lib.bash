# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2119,SC2120
#
# Common ground of the net tests.  A test has network namespaces of its own (each held by a sleeping
# process), a recorder that writes to files, and traffic programs that print the truth about
# themselves.  check.py compares the two.  Nothing outlives a test: the holders die with it.

bats_require_minimum_version 1.5.0

NET=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOCKTAPE=${SOCKTAPE:-$NET/../../build/socktape}
NET_PROGRAMS=${NET_PROGRAMS:-$NET/../../build/tests}
export NET NET_PROGRAMS
export PYTHONDONTWRITEBYTECODE=1

declare -gA NS_HOLDER
declare -ga STARTED

# poll SECONDS COMMAND...: until the command succeeds; fails when the time is up.
poll() {
	local deadline=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.02
	done
}

new_namespace_of() {
	[ "$(stat -Lc %i "/proc/$1/ns/net")" != "$(stat -Lc %i /proc/self/ns/net)" ]
}

# namespace NAME: make a network namespace with lo up, held by a process that dies with the test.
namespace() {
	setpriv --pdeathsig KILL unshare -n sleep 300 >/dev/null 2>&1 3>&- &
	NS_HOLDER[$1]=$!
	disown
	STARTED+=("$!")
	poll 5 new_namespace_of "$!"
	inside "$1" ip link set lo up
}

# inside NAME COMMAND...: run a command in a namespace, in place of this shell where it is the last.
inside() {
	local holder=${NS_HOLDER[$1]}
	shift
	nsenter --net="/proc/$holder/ns/net" "$@"
}

inode_of() {
	stat -Lc %i "/proc/${NS_HOLDER[$1]}/ns/net"
}

# cable A ADDRESS B ADDRESS: join two namespaces by a veth pair, named after the other side.
cable() {
	ip link add "to$3" netns "/proc/${NS_HOLDER[$1]}/ns/net" type veth \
		peer name "to$1" netns "/proc/${NS_HOLDER[$3]}/ns/net"
	inside "$1" ip address add "$2/24" dev "to$3"
	inside "$3" ip address add "$4/24" dev "to$1"
	inside "$1" ip link set "to$3" up
	inside "$3" ip link set "to$1" up
}

net_setup() {
	W=$BATS_TEST_TMPDIR
	STEPS=$W/steps
	mkdir "$STEPS"
	NS_HOLDER=()
	STARTED=()
	namespace A
}

net_teardown() {
	local pid
	for pid in "${STARTED[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# The interpreter itself: a wrapper found first in PATH would be started hundreds of times.
setup_file() {
	PYTHON=$(python3 -c 'import sys; print(sys.executable)')
	export PYTHON
}

setup() {
	net_setup
}

teardown() {
	net_teardown
}

# record_raw NAME COMMAND...: start a recorder with its outputs in NAME.out and NAME.err.
record_raw() {
	local name=$1
	shift
	env --default-signal=INT,QUIT "$@" >"$W/$name.out" 2>"$W/$name.err" 3>&- &
	RECORDER=$!
	STARTED+=("$!")
	if ! poll 10 is_recording "$name" "$RECORDER"; then
		echo "socktape did not say that it is recording:"
		cat "$W/$name.err"
		return 1
	fi
}

is_recording() {
	grep -q recording "$W/$1.err" || ! kill -0 "$2" 2>/dev/null || return 1
	grep -q recording "$W/$1.err"
}

# record [OPTION...]: record the sessions of namespace A as JSON lines.
record() {
	record_raw rec nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$SOCKTAPE" life -o jsonl --netns "$(inode_of A)" "$@"
}

# reap PID SECONDS: wait for a child; its exit code is in RC.  One that hangs is killed: 137.
reap() {
	local watchdog
	(
		trap 'kill "$timer"; exit' TERM
		sleep "$2" &
		timer=$!
		wait "$timer"
		kill -KILL "$1"
	) >/dev/null 2>&1 3>&- &
	watchdog=$!
	RC=0
	wait "$1" 2>/dev/null || RC=$?
	kill "$watchdog"
	wait "$watchdog" || true
}

# stop [SIGNAL]: end the recorder, which must end well and soon.
stop() {
	kill "-${1:-INT}" "$RECORDER"
	ended
}

# ended: the recorder ends by itself.
ended() {
	reap "$RECORDER" 20
	if [ "$RC" != 0 ]; then
		echo "socktape ended with $RC:"
		tail -n 20 "$W"/*.err
		return 1
	fi
}

# traffic PROGRAM CASE [ARGUMENT...]: play a case in namespace A; the truth goes to truth.json.
traffic() {
	traffic_in A truth "$@"
}

# traffic_in NAMESPACE NAME PROGRAM CASE [ARGUMENT...]
traffic_in() {
	local ns=$1 name=$2 program=$3
	shift 3
	if ! inside "$ns" "$PYTHON" "$NET/$program.py" "$@" >"$W/$name.json" 2>"$W/$name.log" 3>&-; then
		echo "the traffic itself failed:"
		cat "$W/$name.log"
		return 1
	fi
}

# traffic_begin PROGRAM CASE...: play a case beside the test, which meets it at its steps.
traffic_begin() {
	local program=$1
	shift
	NET_STEPS=$STEPS nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" \
		"$PYTHON" "$NET/$program.py" "$@" \
		>"$W/truth.json" 2>"$W/truth.log" 3>&- &
	TRAFFIC=$!
	STARTED+=("$!")
}

# reached STEP: wait for the traffic to come to a step; go_on STEP: let it continue.
reached() {
	if ! poll 30 test -e "$STEPS/$1"; then
		echo "the traffic did not come to step $1:"
		cat "$W/truth.log"
		return 1
	fi
}

go_on() {
	: >"$STEPS/$1.done"
}

traffic_end() {
	reap "$TRAFFIC" 60
	if [ "$RC" != 0 ]; then
		echo "the traffic itself failed:"
		cat "$W/truth.log"
		return 1
	fi
}

# agree [OPTION...]: the records are what the traffic says, no more and no less.
agree() {
	"$PYTHON" "$NET/check.py" --truth "$W/truth.json" --records "$W/rec.out" \
		--stderr "$W/rec.err" "$@"
}

# recorded PROGRAM CASE [ARGUMENT...]: the usual test, from start to comparison.
recorded() {
	record
	traffic "$@"
	stop
	agree
}
