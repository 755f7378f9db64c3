#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds three times (gcc, clang, gcc with sanitizers) and runs every suite; ends with the sum.
#   tests/run.sh [SUITE…]     only these suites, with the gcc build
set -u
cd "$(dirname "$0")/.." || exit 1

# prepare DIR CC OPTION…: a build folder without warnings
prepare() {
  dir=$1 cc=$2
  shift 2
  [ -e "$dir/build.ninja" ] || CC=$cc meson setup "$dir" --werror -Dtests=true "$@" >/dev/null || exit 1
  ninja -C "$dir" >"$dir/build.log" 2>&1 || { cat "$dir/build.log"; exit 1; }
}

# suites DIR SUITE…: TAP goes to the build's log, failures are shown
suites() {
  dir=$1
  shift
  # shellcheck disable=SC2046
  meson test -C "$dir" --no-rebuild --num-processes 1 \
    $(for s in "$@"; do echo --suite "$s"; done) || true
  # Meson does not show why a TAP test failed: the comments after each "not ok" do.
  jq -r 'select(.result | IN("OK", "SKIP") | not) | "== \(.name)", (.stdout // "")' \
    "$dir/meson-logs/testlog.json" | awk '/^==/ { print } /^(not )?ok / { bad = /^not/ } bad'
  cat "$dir/meson-logs/testlog.json" >>"$logs"
}

logs=$(mktemp)
trap 'rm -f "$logs"' EXIT

prepare build-test gcc
if [ $# -gt 0 ]; then
  suites build-test "$@"
else
  prepare build-clang clang
  prepare build-asan gcc -Db_sanitize=address,undefined
  suites build-test style unit golden fuzz cli seeds net vm
  suites build-clang unit golden
  suites build-asan unit golden
  # A process that has given up root cannot be traced, and the leak check traces it.
  ASAN_OPTIONS=detect_leaks=0 suites build-asan cli seeds net
fi
jq -rs -f tests/sum.jq "$logs"
[ "$(jq -s '[.[] | select(.result | IN("OK", "SKIP") | not)] | length' "$logs")" = 0 ]
