#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests the judge: rows made from a truth must pass, and the same rows with any one
# value changed, a row missing or a row doubled must not.  Needs jq only; prints TAP.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

truth()	# MODE, kept the shape of traffic.c
{
	jq -nc --arg mode "$1" '{ mode: $mode, ip: 4, addr: "127.0.0.1", port: 5000, accept_addr: true,
		client: { pid: 11, comm: "vm-client", port: 40000, tx: 100, rx: 200 },
		server: { pid: 12, comm: "vm-server", tx: 200, rx: 100, acceptor: 12 } }
		| if $mode == "refused" then .server = null | .client.tx = 0 | .client.rx = 0
		  elif $mode == "worker" then .server.acceptor = 13 else . end'
}

# What a faultless recorder prints for that truth; a reset may have any error.
rows()
{
	jq -c --argjson o "$2" '. as $t
		| { ip: 4, netns: 7, laddr: "127.0.0.1", raddr: "127.0.0.1", adopted: false, error: null, opener_pid: null,
		    opened_ns: 1000, established_ns: 1500, ended_ns: 9000, duration_ns: 7500 } as $both
		| ($both + { lport: .client.port, rport: .port, pid: .client.pid, comm: .client.comm,
			tx_bytes: .client.tx, rx_bytes: .client.rx, direction: "active",
			owner_by: "io", connect_ns: 500, outcome: $o[0] }
			| if $t.mode == "refused" then .established_ns = null | .connect_ns = null
				| .duration_ns = 8000 | .error = "ECONNREFUSED" | .owner_by = "connect" else . end),
		  if .server then $both + { lport: .port, rport: .client.port, pid: .server.pid,
			comm: .server.comm, tx_bytes: .server.tx, rx_bytes: .server.rx,
			direction: "passive", owner_by: "io", connect_ns: null, outcome: $o[1] }
			| if $t.mode == "worker" then .opener_pid = $t.server.acceptor else . end
		  else empty end
		| if $t.mode == "reset" then del(.error) else . end' "$1"
}

differences()
{
	{ jq -r --slurpfile rows "$1" --argjson io true --argjson netns 7 --arg adopted no \
		--argjson open false -f "$here/judge.jq" "$work/truth" || echo "jq failed"; } | wc -l
}

# Every key of every row in turn gets a value that it cannot have.
mutations()
{
	jq -s -c 'range(length) as $i | .[$i] | keys[] | [$i, .]' "$1"
}

check()	# MODE OUTCOMES
{
	local i key rc=0

	truth "$1" >"$work/truth"
	rows "$work/truth" "$2" >"$work/good"
	[ "$(differences "$work/good")" = 0 ] || { echo "# $1: good rows are refused"; return 1; }
	while IFS=$'\t' read -r i key; do
		jq -s -c --argjson i "$i" --arg key "$key" \
			'.[$i][$key] |= (if type == "number" then . + 100000 elif type == "boolean" then not
				else 7 end) | .[]' "$work/good" >"$work/bad"
		[ "$(differences "$work/bad")" != 0 ] || { echo "# $1: row $i: $key is not judged"; rc=1; }
	done < <(mutations "$work/good" | jq -r '@tsv')
	tail -n +2 "$work/good" >"$work/bad"
	[ "$(differences "$work/bad")" != 0 ] || { echo "# $1: a missing row passes"; rc=1; }
	cat "$work/good" "$work/good" >"$work/bad"
	[ "$(differences "$work/bad")" != 0 ] || { echo "# $1: a doubled row passes"; rc=1; }
	return $rc
}

echo "1..4"
n=0
bad=0
for case in client-first:closed:closed reset:reset_here:reset_by_peer worker:closed:closed refused:refused; do
	n=$((n + 1))
	IFS=: read -r mode client server <<<"$case"
	if check "$mode" "[\"$client\",\"$server\"]"; then
		echo "ok $n - $mode"
	else
		echo "not ok $n - $mode"
		bad=1
	fi
done
exit $bad
