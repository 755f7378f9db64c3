#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

@test "io_uring: accept, receive, send, close" {
	recorded calls io-uring server plain
}

@test "io_uring: connect, send, receive, close" {
	recorded calls io-uring client plain
}

@test "io_uring by worker threads, server" {
	recorded calls io-uring server async
}

@test "io_uring by worker threads, client" {
	recorded calls io-uring client async
}

@test "io_uring by a polling kernel thread, server" {
	recorded calls io-uring server sqpoll
}

@test "io_uring by a polling kernel thread, client" {
	recorded calls io-uring client sqpoll
}

@test "splice in and out, both ways" {
	recorded calls splice
}

@test "a worker that only splices from the socket" {
	recorded calls splice-reader
}

@test "sendfile both ways" {
	recorded calls sendfile
}

@test "MSG_ZEROCOPY" {
	recorded calls zerocopy-send
}

@test "TCP_ZEROCOPY_RECEIVE, mapped and copied" {
	recorded calls zerocopy-read
}

@test "every system call that sends or receives" {
	recorded calls every-call
}

@test "urgent data" {
	recorded calls urgent
}

@test "MSG_PEEK does not count" {
	recorded calls peek
}

@test "peeked at but never read" {
	recorded calls peek-only
}

@test "MSG_TRUNC counts what it discards" {
	recorded calls discard
}

@test "calls that would block count nothing" {
	recorded calls would-block
}

@test "data read after the peer reset" {
	recorded calls read-after-reset
}

@test "data read after both sides closed" {
	recorded calls read-after-close
}

@test "a connect that takes a second: connect_ns apart from duration_ns" {
	recorded handshakes slow-connect
}

@test "TCP fast open by sendto" {
	inside A sysctl -qw net.ipv4.tcp_fastopen=3
	recorded handshakes fast-open sendto
}

@test "TCP fast open by socket option" {
	inside A sysctl -qw net.ipv4.tcp_fastopen=3
	recorded handshakes fast-open option
}

@test "TCP_DEFER_ACCEPT" {
	recorded handshakes deferred
}

@test "SYN cookies" {
	inside A sysctl -qw net.ipv4.tcp_syncookies=2
	recorded handshakes syn-cookies
}
