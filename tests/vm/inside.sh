#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs in the guest, started by init.sh, with busybox's sh: prints TAP.
#
# First everything is recorded, then the recordings are judged, so that one start
# of the recorder serves many tests.  All waiting is bounded.

set -u

out=/tmp/out
mkdir -p $out
netns=$(stat -Lc %i /proc/self/ns/net)

# Not from an error: the kernel either lists the tracepoint or has not got it.
io=false
[ ! -d /sys/kernel/tracing/events/sock/sock_send_length ] || io=true

# ---- the recorder ----

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for()
{
	deadline=$(($(date +%s) + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $deadline ] || return 1
		sleep 0.1
	done
}

alive()
{
	# a process that has ended stays a zombie until it is waited for
	grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

recording_or_gone()
{
	grep -q recording "$out/$1.err" || ! alive "$life"
}

# start_life NAME OPTIONS...: leaves the pid in $life; false if nothing is recorded
start_life()
{
	name=$1
	shift
	socktape life -o jsonl "$@" >"$out/$name.jsonl" 2>"$out/$name.err" &
	life=$!
	wait_for 40 recording_or_gone "$name"
	grep -q recording "$out/$name.err" && alive "$life" && return
	stop_life "$name"
	return 1
}

gone()
{
	! alive "$1"
}

# stop_life NAME: its exit code goes to a file.  Not by SIGINT, which a shell without
# job control has its background commands ignore.
stop_life()
{
	kill -TERM "$life" 2>/dev/null
	wait_for 20 gone "$life" || kill -KILL "$life"
	wait "$life"
	echo $? >"$out/$1.exit"
}

# traffic_as NAME MODE OPTIONS...: the truth goes to NAME.truth
traffic_as()
{
	name=$1
	shift
	timeout -s KILL 30 traffic "$@" >"$out/$name.truth" 2>"$out/$name.log"
}

# hold NAME PORT OPTIONS...: a session that stays open until $out/NAME.gate is there
hold()
{
	name=$1
	shift
	traffic client-first --port "$@" --ready "$out/$name.ready" --gate "$out/$name.gate" \
		>"$out/$name.truth" 2>"$out/$name.log" &
	echo $! >"$out/$name.pid"
	wait_for 10 test -e "$out/$name.ready"
}

release()
{
	touch "$out/$1.gate"
	wait "$(cat "$out/$1.pid")"
}

# ---- recordings ----

record_sessions()
{
	hold before 5100 --up 1001 --down 2003 --up2 30011 --down2 40013
	start_life sessions || return 1
	cat "/proc/$life/status" >$out/status

	traffic_as client-first client-first --port 5000 --up 12345 --down 678901
	traffic_as server-first server-first --port 5001 --up 70001 --down 1500000
	traffic_as reset reset --port 5002 --up 333 --down 4444
	traffic_as refused refused --port 5003
	traffic_as half-close half-close --port 5004 --up 2048 --down 100000
	traffic_as ip6 client-first --port 5005 --ip6 --up 55 --down 66
	traffic_as no-addr client-first --port 5006 --no-addr --up 77 --down 88
	traffic_as worker worker --port 5007 --up 99 --down 111
	traffic_as unaccepted unaccepted --port 5008 --up 222
	traffic_as reset-no-addr reset --port 5009 --no-addr --up 7 --down 8
	traffic_as late-read late-read --port 5010 --up 5005
	release before
	sleep 0.5
	stop_life sessions
}

record_open()
{
	hold old 5200 --up 5 --down 60007
	start_life open --all || return 1
	hold new 5201 --up 80009 --down 7
	stop_life open
	release old
	release new
}

# storm_as NAME SESSIONS: in a network namespace that the recorder has never entered
storm_as()
{
	timeout -s KILL 60 unshare -n sh -c "ip link set lo up && exec storm --sessions $2 \
		--threads 2 --mode mix --bytes 40 --reply 24" >"$out/$1.truth" 2>"$out/$1.log"
	echo $? >"$out/$1.rc"
}

record_storm()
{
	start_life storm || return 1
	storm_as storm 4000
	stop_life storm
}

# The recorder stands still, so that the smallest ring overflows.
record_loss()
{
	start_life loss --ring 64K || return 1
	kill -STOP "$life"
	storm_as loss 500
	kill -CONT "$life"
	stop_life loss
}

# ---- tests: a function each; what it prints is shown if it fails ----

# said NAME: what the recorder had to say
said()
{
	head -n 40 "$out/$1.err"
	[ ! -s "$out/$1.exit" ] || echo "exit code $(cat "$out/$1.exit")"
}

# agree NAME RECORDING ADOPTED OPEN
agree()
{
	cat "$out/$1.log"
	if [ ! -s "$out/$1.truth" ] || [ ! -e "$out/$2.exit" ]; then
		echo "no traffic, or no recording"
		said "$2"
		return 1
	fi
	jq -r --slurpfile rows "$out/$2.jsonl" --argjson io $io --argjson netns "$netns" \
		--arg adopted "$3" --argjson open "$4" -f judge.jq "$out/$1.truth" >$out/diff 2>&1
	rc=$?
	cat $out/diff
	[ $rc -eq 0 ] && [ ! -s $out/diff ] && return 0
	echo "truth: $(cat "$out/$1.truth")"
	jq -c --slurpfile t "$out/$1.truth" \
		'select(.lport == $t[0].port or .rport == $t[0].port)' "$out/$2.jsonl"
	return 1
}

# accounted NAME ROWS: the ledger, the rows and the truth agree, and nothing was lost
accounted()
{
	said "$1"
	[ "$(cat "$out/$1.exit")" = 0 ] || return 1
	jq -s -e --argjson want "$2" '
		([.[] | select(has("kind") | not)] | length) as $rows
		| last
		| "\($rows) rows, expected \($want); last line:", .,
		  (.kind == "ledger" and .sessions == $rows and $rows == $want and .lost == 0
		   and ([to_entries[] | select(.key | startswith("lost_")) | .value] | add) == 0)
		' "$out/$1.jsonl"
}

test_kernel()
{
	uname -r
	case $(uname -r) in "$VM_SERIES".*) ;; *) return 1 ;; esac
}

# What it found is always shown.  6.1 lacks hooks, so doctor may say so by its exit
# code there; it may not be an unknown command, crash or hang anywhere.
test_doctor()
{
	timeout -s KILL 30 socktape doctor >$out/doctor 2>&1
	rc=$?
	sed 's/^/# doctor: /' $out/doctor >&3
	echo "exit code $rc"
	[ -s $out/doctor ] && [ $rc -ne 2 ] && [ $rc -lt 124 ] && { [ "$VM_SERIES" = 6.1 ] || [ $rc -eq 0 ]; }
}

test_starts()
{
	said sessions
	grep -q recording $out/sessions.err && [ -s $out/status ] && return 0
	# once more, for what libbpf has to say
	timeout -s KILL 30 socktape life -v -d 100ms >/dev/null 2>$out/verbose
	tail -n 80 $out/verbose
	return 1
}

test_privileges()
{
	grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp):' $out/status
	grep -qx 'Uid:.65534.65534.65534.65534' $out/status
}

test_client_first() { agree client-first sessions no false; }
test_server_first() { agree server-first sessions no false; }
test_reset() { agree reset sessions no false; }
test_refused() { agree refused sessions no false; }
test_half_close() { agree half-close sessions no false; }
test_ip6() { agree ip6 sessions no false; }
test_no_addr() { agree no-addr sessions no false; }
test_worker() { agree worker sessions no false; }
test_unaccepted() { agree unaccepted sessions no false; }
test_reset_no_addr() { agree reset-no-addr sessions no false; }
test_late_read() { agree late-read sessions no false; }
test_open_before() { agree before sessions yes false; }

# eleven sessions of two ends but for the refused one, and the session from before
test_complete() { accounted sessions 23; }

test_all_old() { agree old open yes true; }
test_all_new() { agree new open no true; }
test_all_complete() { accounted open 4; }

test_storm_complete()
{
	said storm
	cat $out/storm.log $out/storm.truth
	[ "$(cat $out/storm.rc)" = 0 ] || return 1
	[ "$(jq .endpoints $out/storm.truth)" = 8000 ] || return 1
	accounted storm 8000
}

test_storm_exact()
{
	jq -s -e --slurpfile t $out/storm.truth --argjson netns "$netns" '
		map(select(has("kind") | not)) as $rows
		| { tx: ($rows | map(.tx_bytes) | add), rx: ($rows | map(.rx_bytes) | add),
		    owners: ($rows | map([.direction, .pid, .comm]) | group_by(.) | map([.[0], length])),
		    outcomes: ($rows | map(.outcome) | group_by(.) | map([.[0], length])),
		    namespaces: ($rows | map(.netns) | unique) }
		| . , (.tx == ($t[0].client_tx + $t[0].server_tx)
		and .rx == ($t[0].client_rx + $t[0].server_rx)
		and (.owners | map(.[1])) == [4000, 4000]
		and (.owners | map(.[0][0])) == ["active", "passive"]
		and (.namespaces | length) == 1 and .namespaces[0] != $netns
		and .outcomes == [["closed", 5336], ["reset_by_peer", 1332], ["reset_here", 1332]])
		' $out/storm.jsonl
}

test_loss_counted()
{
	said loss
	cat $out/loss.log $out/loss.truth
	[ "$(cat $out/loss.rc)" = 0 ] || return 1
	jq -s -e --slurpfile t $out/loss.truth '
		(map(select(has("kind") | not)) | length) as $rows
		| last
		| "\($rows) rows; last line:", .,
		  (.kind == "ledger" and .sessions == $rows and $rows > 0 and .lost > 0
		   and .lost == .lost_ring and $rows + .lost == $t[0].endpoints)
		' $out/loss.jsonl
}

test_kernel_log()
{
	! dmesg | grep -E 'WARNING:|BUG:|Oops|Call Trace|general protection'
}

# ---- TAP ----

tests='kernel doctor starts privileges client_first server_first reset refused half_close ip6 no_addr
	worker unaccepted reset_no_addr late_read open_before complete all_old all_new all_complete storm_complete storm_exact
	loss_counted kernel_log'

count=0
for t in $tests; do
	count=$((count + 1))
done
exec 3>&1
echo "1..$count"
echo "# $(uname -r); sends and receives can be seen: $io"

uptime_s()
{
	cut -d' ' -f1 /proc/uptime
}

echo "# $(uptime_s) s: recording"
{ record_sessions && record_open && record_storm && record_loss; } >$out/steps 2>&1
sed 's/^/# /' $out/steps
echo "# $(uptime_s) s: judging"

n=0
for t in $tests; do
	n=$((n + 1))
	if "test_$t" >$out/diag 2>&1; then
		echo "ok $n - $t"
	else
		echo "not ok $n - $t"
		sed 's/^/#   /' $out/diag
	fi
done
echo "# $(uptime_s) s: done"
