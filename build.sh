#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Everything from a fresh Debian 12 on: installs what is missing, builds, and then
#   ./build.sh run [OPTION…]   records this machine's TCP sessions (socktape life)
#   ./build.sh test            passes every test
#   ./build.sh                 only builds: build/socktape
set -eu
cd "$(dirname "$0")"

build_packages='gcc libc6-dev clang llvm bpftool libbpf-dev libcap-ng-dev libmnl-dev
  linux-libc-dev meson ninja-build pkg-config scdoc'
test_packages='bats busybox-static cpio iproute2 jq libclang-rt-dev libcmocka-dev liburing-dev
  locales mandoc nginx-light procps python3 qemu-system-x86 shellcheck strace util-linux xz-utils'

# Prints those of its arguments that are not installed.
missing() {
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  wanted=$(missing "$@")
  [ -n "$wanted" ] || return 0
  echo "build.sh: installing" $wanted >&2
  as_root apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >&2
}

build() {
  [ -e build/build.ninja ] || meson setup build >&2
  ninja -C build >&2
}

case ${1-} in
run)
  shift
  # shellcheck disable=SC2086
  install_packages $build_packages
  build
  if [ "$(id -u)" = 0 ]; then exec build/socktape life "$@"; fi
  exec sudo build/socktape life "$@"
  ;;
test)
  # shellcheck disable=SC2086
  install_packages $build_packages $test_packages
  [ "$(id -u)" = 0 ] || exec sudo tests/run.sh # the tests make network namespaces and load programs
  exec tests/run.sh
  ;;
'')
  # shellcheck disable=SC2086
  install_packages $build_packages
  build
  ;;
*)
  echo "build.sh: '$1' is not one of: run [OPTION…], test, or nothing (only build)" >&2
  exit 2
  ;;
esac
