#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# socktape doctor: what it says follows from what it tried.

bats_require_minimum_version 1.5.0

setup() {
	SOCKTAPE=${SOCKTAPE:-$BATS_TEST_DIRNAME/../../build/socktape}
}

# Its own trial needs a loopback: a namespace where nobody else disturbs it.
doctor() {
	run --separate-stderr unshare -n -m sh -c 'ip link set lo up; exec "$@" "$SOCKTAPE" doctor' _ "$@"
}

@test "with all rights everything is there, and life would record without loss" {
	export SOCKTAPE
	doctor
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	! grep -E '^(no|\?) ' <<<"$output"
	grep -q '^yes  trial of bpf' <<<"$output"
	grep -q 'life uses source bpf: it records every session, without loss' <<<"$output"
}

@test "without rights it says which are missing, and that diag would be used" {
	export SOCKTAPE
	doctor setpriv --reuid 65534 --regid 65534 --clear-groups
	[ "$status" = 1 ]
	grep -q '^no   rights' <<<"$output"
	grep -q 'mended by  *sudo socktape doctor' <<<"$output"
	grep -q '^?    state tracepoint' <<<"$output"
	grep -q 'life uses source diag' <<<"$output"
}

@test "without cgroup2 it names the command that mounts it" {
	export SOCKTAPE
	doctor sh -c 'umount "$(awk "\$3 == \"cgroup2\" { print \$2; exit }" /proc/self/mounts)" && exec "$@"' _
	[ "$status" = 1 ]
	grep -q '^no   cgroup2' <<<"$output"
	grep -q 'mount -t cgroup2' <<<"$output"
	grep -q 'life uses source bpf: .*may miss some, and counts them' <<<"$output"
}

@test "without a loopback the trial says so" {
	run -1 unshare -n "$SOCKTAPE" doctor
	grep -q '^no   trial of bpf .*ip link set lo up' <<<"$output"
}

@test "other words are refused" {
	run -2 --separate-stderr "$SOCKTAPE" doctor now
	[ "$stderr" = "socktape doctor: 'now' is not an option: doctor takes no other words" ]
}
