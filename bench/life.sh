#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What `socktape life` costs beside tcplife, and whether it misses anything: rounds of the same storm
# of sessions under each tool in turn.  Needs root; see --help.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")

usage() {
	cat <<'EOF'
usage: bench/life.sh [options]
  --sessions N      sessions per storm (40000)
  --rounds N        rounds of everything (3)
  --tools LIST      of none,tcplife,table,null,jsonl (none,tcplife,table,null)
  --parts LIST      of throughput,kernel,ready (all three)
  --mode MODE       how sessions end: fin, server-fin, rst, mix, refused (fin)
  --threads N       client threads of the storm, and as many servers (2)
  --bytes N         written by the client per session (100)
  --reply N         written by the server per session (100)
  --rate N          sessions per second (0: as fast as it can)
  --open N          sessions open while the time to be ready is measured (10000)
  --unfiltered      socktape without --netns, as tcplife runs (then /dev/null is not counted)
  --extra OPTIONS   more options for socktape, in one word: --extra '--ring 64M'
  --socktape PATH   (build/socktape)
  --tcplife PATH    (tcplife of PATH, from libbpf-tools)
  --json FILE       keep every measurement, one JSON object per line
  --results         append the tables to bench/RESULTS.md

  bench/life.sh --sessions 1000000 --rounds 1 --parts throughput --tools table,null,jsonl
is the run for completeness.
EOF
}

die() {
	echo "life.sh: $*" >&2
	exit 1
}

sessions=40000 rounds=3 tools=none,tcplife,table,null parts=throughput,kernel,ready
open=10000 socktape=$root/build/socktape tcplife=tcplife json='' results='' extra='' mode=fin
storm_options=() tool_options=()
while [ $# -gt 0 ]; do
	case $1 in
	--unfiltered) tool_options+=("$1"); shift; continue ;;
	--results) results=1; shift; continue ;;
	-h | --help) usage; exit 0 ;;
	esac
	[ $# -ge 2 ] || { usage >&2; exit 2; }
	case $1 in
	--sessions) sessions=$2 ;;
	--rounds) rounds=$2 ;;
	--tools) tools=$2 ;;
	--parts) parts=$2 ;;
	--mode) mode=$2 ;;
	--threads | --bytes | --reply | --rate) storm_options+=("$1" "$2") ;;
	--open) open=$2 ;;
	--extra) extra=$2 ;;
	--socktape) socktape=$2 ;;
	--tcplife) tcplife=$2 ;;
	--json) json=$2 ;;
	*) usage >&2; exit 2 ;;
	esac
	shift 2
done
[ "$(id -u)" = 0 ] || die "needs root"
for command in python3 bpftool unshare nsenter ip; do
	command -v "$command" >/dev/null || die "needs $command"
done

has() {
	case ",$2," in *",$1,"*) return 0 ;; esac
	return 1
}

IFS=, read -r -a order <<<"$tools"
own=''
for tool in "${order[@]}"; do
	case $tool in
	none) ;;
	tcplife) command -v "$tcplife" >/dev/null || die "no tcplife (Debian: libbpf-tools)" ;;
	table | null | jsonl) own=1 ;;
	*) die "there is no tool '$tool'" ;;
	esac
done
[ -z "$own" ] || [ -x "$socktape" ] || die "no $socktape: build it, or choose other --tools"

# The kernel's statistics cost time of their own: on in the kernel part only, as before at the end.
stats=/proc/sys/kernel/bpf_stats_enabled
stats_before=$(cat "$stats")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/socktape-bench.XXXXXX")
cleanup() {
	echo "$stats_before" >"$stats"
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

load=$(cut -d' ' -f1 /proc/loadavg)
${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -o "$scratch/storm" "$root/tests/net/storm.c" -lpthread
: "${json:=$scratch/json}"
: >"$json"

# The namespace of the round before and its sockets in TIME_WAIT are taken down in the background.
pause() {
	sleep $((1 + sessions / 200000))
}

measure() {
	echo "$(date +%T) $*" >&2
	python3 "$here/measure.py" "$1" --socktape "$socktape" --scratch "$scratch" \
		--extra="$extra" "${@:2}" >>"$json"
	pause
}

storm() {
	measure storm --tool "$1" --tcplife "$tcplife" --storm "$scratch/storm" \
		--sessions "$sessions" --mode "$mode" "${storm_options[@]}" "${tool_options[@]}" "${@:2}"
}

# Every round begins with another tool, so that none always runs first.
throughput() {
	local round i n=${#order[@]}

	echo 0 >"$stats"
	for ((round = 0; round < rounds; round++)); do
		for ((i = 0; i < n; i++)); do
			storm "${order[(i + round) % n]}"
		done
	done
}

kernel() {
	local round tool i n some=()

	for tool in tcplife table; do
		! has "$tool" "$tools" || some+=("$tool")
	done
	some+=(empty)
	n=${#some[@]}
	echo 1 >"$stats"
	for ((round = 0; round < rounds && n > 1; round++)); do
		for ((i = 0; i < n; i++)); do
			storm "${some[(i + round) % n]}" --stats
		done
	done
	echo 0 >"$stats"
}

ready() {
	local round

	[ -n "$own" ] || return 0
	for ((round = 0; round < rounds; round++)); do
		measure ready --open 0
		measure ready --open "$open"
	done
}

for part in throughput kernel ready; do
	! has "$part" "$parts" || "$part"
done

title=$(printf '%s x %s sessions, mode %s; Linux %s, %s cpus, load average %s before, %s after' \
	"$rounds" "$sessions" "$mode" "$(uname -r)" "$(nproc)" "$load" "$(cut -d' ' -f1 /proc/loadavg)")
more="${storm_options[*]} ${tool_options[*]} $extra"
[ "$more" = '  ' ] || title="$title; $more"
python3 "$here/report.py" "$mode" "$title" <"$json" >"$scratch/report"
echo
cat "$scratch/report"

if [ -n "$results" ]; then
	commit=$(git -C "$root" rev-parse --short HEAD 2>/dev/null) || commit=unknown
	[ -e "$here/RESULTS.md" ] || printf '# Measurements\n' >"$here/RESULTS.md"
	{
		printf '\n## %s, commit %s, bench/life.sh\n\n' "$(date +%F)" "$commit"
		cat "$scratch/report"
	} >>"$here/RESULTS.md"
fi
