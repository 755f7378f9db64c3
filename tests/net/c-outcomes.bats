#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

# A slow link, on which two packets can be on their way at once.
slow_lo() {
	inside A ip link set lo mtu 1500
	inside A tc qdisc add dev lo root tbf rate 200kbit burst 1600 limit 100kb
}

# A neighbour 10.1.0.2 that takes every packet and answers none.
blackhole() {
	namespace B
	cable A 10.1.0.1 B 10.1.0.3
	inside A ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:99 dev toB nud permanent
	inside A sysctl -qw net.ipv4.tcp_syn_retries=1
}

# A router 10.1.0.2 that answers with ICMP errors for two addresses.
router() {
	namespace B
	cable A 10.1.0.1 B 10.1.0.2
	inside A ip route add default via 10.1.0.2
	inside B sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
	inside B ip route add unreachable 10.9.9.8
	inside B ip route add prohibit 10.9.9.7
}

@test "reset by the client, everything read" {
	recorded outcomes reset-without-unread client
}

@test "reset by the server, everything read" {
	recorded outcomes reset-without-unread server
}

@test "the client closes with unread data: a reset" {
	recorded outcomes unread-data client
}

@test "the server closes with unread data: a reset" {
	recorded outcomes unread-data server
}

@test "reset with full buffers: written counts, sent or not" {
	recorded outcomes reset-with-unsent
}

@test "kill -9 of the client" {
	recorded outcomes killed client read
}

@test "kill -9 of the server" {
	recorded outcomes killed server read
}

@test "kill -9 of the client with unread data" {
	recorded outcomes killed client unread
}

@test "kill -9 of the server with unread data" {
	recorded outcomes killed server unread
}

@test "refused" {
	recorded outcomes refused 127.0.0.1
}

@test "refused over IPv6" {
	recorded outcomes refused ::1
}

@test "refused from a port the program chose" {
	recorded outcomes refused-bound
}

@test "refused, then connected by the same socket" {
	recorded again refused-then-connected
}

@test "timed out: nobody answers the SYN" {
	blackhole
	recorded outcomes fails 10.1.0.2 timed_out ETIMEDOUT 1 8
}

@test "unreachable: no such host on the link" {
	namespace B
	cable A 10.1.0.1 B 10.1.0.2
	inside A sysctl -qw net.ipv4.neigh.toB.mcast_solicit=1 net.ipv4.neigh.toB.retrans_time_ms=300
	recorded outcomes fails 10.1.0.77 unreachable EHOSTUNREACH 0 8
}

@test "unreachable: a router says so" {
	router
	recorded outcomes fails 10.9.9.8 unreachable EHOSTUNREACH 0 8
}

@test "unreachable: a router prohibits it" {
	router
	recorded outcomes fails 10.9.9.7 unreachable EHOSTUNREACH 0 8
}

@test "a connect that the own routing table refuses is no session" {
	inside A ip route add unreachable 10.9.9.8
	recorded outcomes no-route 10.9.9.8 EHOSTUNREACH
}

@test "a connect that the own routing table prohibits is no session" {
	inside A ip route add prohibit 10.9.9.7
	recorded outcomes no-route 10.9.9.7 EACCES
}

@test "aborted: the program gives up while connecting" {
	blackhole
	recorded outcomes given-up 10.1.0.2 closed
}

@test "aborted: the program is killed while connecting" {
	blackhole
	recorded outcomes given-up 10.1.0.2 killed
}

@test "timed out in the middle of a session, both sides" {
	namespace B
	cable A 10.1.0.1 B 10.1.0.2
	record_both
	traffic outcomes timed-out-established "/proc/${NS_HOLDER[B]}/ns/net"
	stop
	agree --any-netns
}

# Without --netns: all namespaces, of which check.py picks ours.
record_both() {
	record_raw rec nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" "$SOCKTAPE" life -o jsonl
}

@test "never accepted: the listener is closed" {
	recorded outcomes never-accepted 0 closed
}

@test "never accepted: the listener is closed with data waiting" {
	recorded outcomes never-accepted 100 closed
}

@test "never accepted: the listener is killed" {
	recorded outcomes never-accepted 100 killed
}

@test "never accepted: the client has closed long before" {
	recorded outcomes left-in-queue closed
}

@test "never accepted: the client has reset before" {
	recorded outcomes left-in-queue reset
}

@test "accepted after the client has reset" {
	recorded outcomes accepted-dead
}

@test "written after the peer closed: answered by a reset" {
	recorded outcomes write-after-peer-closed
}

@test "shutdown of both directions, then close" {
	recorded outcomes shutdown-both
}

@test "shutdown of the reading side changes nothing" {
	recorded outcomes shutdown-read
}

@test "simultaneous close" {
	slow_lo
	recorded again simultaneous-close
}

@test "simultaneous open" {
	slow_lo
	recorded again simultaneous-open
}

@test "AF_UNSPEC and reconnect: two sessions of one socket" {
	recorded again disconnect-reconnect 0
}

@test "AF_UNSPEC and reconnect from the same port" {
	recorded again disconnect-reconnect 40555
}

@test "a socket connected to itself is one session" {
	recorded again connected-to-itself
}
