#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Which of the kernel's hooks sees how many closes of a storm: tracepoint, its twin, the socket's
# destruction, sockops.  As root:  bench/hooks.sh [SESSIONS [ROUNDS]]
set -eu
cd "$(dirname "$0")/.."
sessions=${1-40000} rounds=${2-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

clang -mcpu=v3 -O2 -g -target bpf -D__TARGET_ARCH_"$(uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')" \
  -Isrc -I/usr/include/"$(gcc -print-multiarch)" -c bench/hooks/hooks.bpf.c -o "$work/hooks.bpf.o"
"$(command -v bpftool || echo /usr/sbin/bpftool)" gen skeleton "$work/hooks.bpf.o" name hooks >"$work/hooks.skel.h"
gcc -O2 -D_GNU_SOURCE -Isrc -I"$work" bench/hooks/hooks.c -o "$work/hooks" -lbpf
gcc -O2 -D_GNU_SOURCE -pthread tests/net/storm.c -o "$work/storm"
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)

for mode in fin server-fin rst; do
  round=0
  while [ "$round" -lt "$rounds" ]; do
    unshare -n sh -c 'ip link set lo up
      "$1/hooks" "$2" "$1/storm --sessions $3 --threads 2 --mode $4 --bytes 100 --reply 100"' \
      _ "$work" "$cgroup" "$sessions" "$mode" | sed -n "s/^tracepoint/$mode: tracepoint/p"
    round=$((round + 1))
  done
done
