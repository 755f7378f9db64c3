#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

@test "IPv6" {
	recorded addresses loopback ::1
}

@test "IPv6 with an address of its own" {
	inside A ip -6 address add fd00::5/128 dev lo
	recorded addresses loopback fd00::5
}

@test "IPv4 with another loopback address" {
	recorded addresses loopback 127.9.8.7
}

@test "a server on :: and an IPv4 client: both ends are IPv4" {
	recorded addresses mapped-server
}

@test "an IPv6 socket connected to an IPv4 server: both ends are IPv4" {
	recorded addresses mapped-client
}

@test "a v4-mapped connect that is refused" {
	recorded addresses mapped-refused
}

@test "--raw-addr shows a server's v4-mapped addresses" {
	record --raw-addr
	traffic addresses mapped-server raw
	stop
	agree
}

@test "--raw-addr shows a client's v4-mapped addresses" {
	record --raw-addr
	traffic addresses mapped-client raw
	stop
	agree
}

@test "the same four numbers in two namespaces at once" {
	namespace B
	[ "$(inode_of A)" != "$(inode_of B)" ]
	record_raw rec "$SOCKTAPE" life -o jsonl
	traffic_in A truth addresses fixed 111
	traffic_in B truth-b addresses fixed 222
	stop
	agree --truth "$W/truth-b.json" --any-netns
}

@test "--netns tells them apart, wherever the recorder itself is" {
	namespace B
	[ "$(inode_of A)" != "$(inode_of B)" ]
	record_raw rec "$SOCKTAPE" life -o jsonl --netns "$(inode_of A)"
	traffic_in B truth-b addresses fixed 222
	traffic_in A truth addresses fixed 111
	stop
	agree
}
