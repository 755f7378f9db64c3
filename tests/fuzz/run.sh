#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fuzzes the parsers and the escapes, and prints TAP.  Each target must first find every mistake that is
# planted in it (at most 20 s each), then run for FUZZ_SECONDS (10) without finding one.
#   run.sh [TARGET...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../../src
unit=$here/../unit
seconds=${FUZZ_SECONDS:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

flags="-std=gnu11 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined
  -fno-sanitize-recover=undefined -I$source -I$unit"

# TARGET, the mistakes planted in it
targets='num 1 2
ports 1
columns 1 2
opt 1 2
text 1 2
json 1 2
sinks 1 2'

# Words that lead somewhere; the target's own first inputs, one a line, with \n for a line end.
seeds() {
  case $1 in
  num) printf '%s\n' 10 1.5s 500ms 2m 64K 8M 18446744073709551615 9223372036854775807ns 0.123456789d ;;
  ports) printf '%s\n' 80 80,443 8000-8080 0-65535 22,8000-8010,443 ;;
  columns)
    printf '%s\n' pid pid,comm,laddr,lport,raddr,rport,tx_kb,rx_kb,ms
    printf 'ip,%.0s' $(seq 62) # all but one that there is room for
    echo ip
    ;;
  opt) printf '%s\n' '-T\n-t' '-p5\n--pid\n7' '--name=x\nword\n--\n-T' '-d\n1.5s\n--ring=64K' '-L\n80,443' ;;
  text | json) printf '%s\n' curl '\0377\0376' '\0360\0237\0230\0200' '\0303\0251' 'a\\x41' ;;
  sinks) printf '%s\n' 'a,b "c"' ;;
  esac
}

cat >"$work/words" <<'WORDS'
"ms"
"us"
"ns"
"--"
"--pid="
"--time"
"-L"
"65535"
"18446744073709551615"
"ip,"
"pid,"
"\\x"
"\""
"\x1b["
"\xe2\x80\xae"
"\xef\xbb\xbf"
"\xed\xa0\x80"
"\xc0\x80"
"\xf0\x9f\x98\x80"
"\xf3\xa0\x80\x81"
WORDS

library() {
  for file in "$source"/base/*.c "$source"/core/*.c "$source"/sink/*.c "$unit/read_back.c"; do
    object=$work/$(basename "$(dirname "$file")")-$(basename "$file" .c).o
    # shellcheck disable=SC2086 # flags are words
    clang $flags -fsanitize=fuzzer-no-link -c "$file" -o "$object"
  done
  ar rcs "$work/library.a" "$work"/*.o
}

# build TARGET PLANTED
build() {
  # shellcheck disable=SC2086
  clang $flags -w -fsanitize=fuzzer "-DPLANTED=$2" "$here/$1.c" "$work/library.a" -o "$work/$1-$2"
}

# Runs it on the first inputs and what follows from them; what it finds is in $work/found/.
# fuzz TARGET PLANTED SECONDS
fuzz() {
  rm -rf "$work/corpus" "$work/found"
  mkdir "$work/corpus" "$work/found"
  n=0
  seeds "$1" | while IFS= read -r line; do
    n=$((n + 1))
    printf '%b' "$line" >"$work/corpus/$n"
  done
  "$work/$1-$2" -max_total_time="$3" -max_len=400 -timeout=5 -dict="$work/words" -verbosity=1 \
    -artifact_prefix="$work/found/" "$work/corpus" >"$work/log" 2>&1
}

count=0
failed=0
result() { # GOOD NAME
  count=$((count + 1))
  if [ "$1" = yes ]; then
    echo "ok $count - $2"
  else
    failed=1
    echo "not ok $count - $2"
    grep -a -E 'not so:|ERROR:|runtime error:|SUMMARY:|Base64:|error:' "$work/log" | head -n 8 | sed 's/^/# /'
  fi
}

# A mistake counts as found when the check or a sanitizer says so and the input is there.
planted() {
  good=no
  : >"$work/log"
  if build "$1" "$2" 2>"$work/log" && ! fuzz "$1" "$2" 20; then
    grep -a -q -E 'not so:|ERROR: AddressSanitizer|runtime error:' "$work/log" &&
      ls "$work"/found/crash-* >"$work/names" 2>&1 && good=yes
  fi
  result "$good" "$1: the planted mistake $2 is found"
}

# Clean: it ended by itself, after many runs, and left nothing.
clean() {
  good=no
  : >"$work/log"
  if build "$1" 0 2>"$work/log" && fuzz "$1" 0 "$seconds"; then
    runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$work/log")
    [ "${runs:-0}" -gt 1000 ] && [ -z "$(ls "$work/found")" ] && good=yes
  fi
  result "$good" "$1: nothing is found in ${runs:-0} runs"
}

wanted=" $* "
library
while read -r target mistakes; do
  [ $# -gt 0 ] && [ "${wanted#* "$target" }" = "$wanted" ] && continue
  for mistake in $mistakes; do
    planted "$target" "$mistake"
  done
  runs=
  clean "$target"
done <<TARGETS
$targets
TARGETS
echo "1..$count"
exit $failed
