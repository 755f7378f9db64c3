#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

@test "MPTCP with one subflow, the client closes first" {
	recorded mptcp both client
}

@test "MPTCP with one subflow, the server closes first" {
	recorded mptcp both server
}

@test "MPTCP with two subflows: together they carry it all" {
	inside A ip address add 127.0.0.2/8 dev lo
	inside A ip mptcp limits set subflow 2 add_addr_accepted 2
	inside A ip mptcp endpoint add 127.0.0.2 dev lo subflow
	recorded mptcp two-subflows
}

@test "an MPTCP client falls back to TCP" {
	recorded mptcp fallback client
}

@test "an MPTCP server falls back to TCP" {
	recorded mptcp fallback server
}
