#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause

load lib.bash

@test "fork after accept, the client closes first" {
	recorded owners fork-accept client
}

@test "fork after accept, the child closes first" {
	recorded owners fork-accept server
}

@test "prefork, the client closes first" {
	recorded owners prefork client
}

@test "prefork, the worker closes first" {
	recorded owners prefork server
}

@test "prefork, accept without an address, the worker closes first" {
	recorded owners prefork server without
}

# nginx [first]: the real one with two workers, in namespace A.
nginx_case() {
	mkdir "$W/nginx"
	cat >"$W/nginx/nginx.conf" <<-END
		daemon off;
		user root;
		worker_processes 2;
		pid $W/nginx/pid;
		error_log $W/nginx/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			client_body_temp_path $W/nginx/a;
			proxy_temp_path $W/nginx/b;
			fastcgi_temp_path $W/nginx/c;
			uwsgi_temp_path $W/nginx/d;
			scgi_temp_path $W/nginx/e;
			server {
				listen 127.0.0.1:8080;
				add_header X-Pid \$pid;
				location / { return 200 "hello \$request_uri"; }
			}
		}
	END
	nsenter --net="/proc/${NS_HOLDER[A]}/ns/net" nginx -c "$W/nginx/nginx.conf" \
		>"$W/nginx/log" 2>&1 3>&- &
	STARTED+=("$!")
	local master=$!
	poll 10 test -s "$W/nginx/pid"
	record
	traffic owners nginx 8080 "$1"
	stop
	kill -TERM "$master"
	reap "$master" 10
	agree
}

@test "nginx with two workers, the client closes first" {
	nginx_case client
}

@test "nginx with two workers, the worker closes first" {
	nginx_case server
}

@test "threads: the process has the leader's name, the thread its own (client first)" {
	recorded owners threads client
}

@test "threads: the process has the leader's name, the thread its own (server first)" {
	recorded owners threads server
}

@test "one thread accepts, another talks" {
	recorded owners thread-to-thread
}

@test "SCM_RIGHTS: the worker owns, the broker opened (client first)" {
	recorded owners passed-on client
}

@test "SCM_RIGHTS: the worker owns, the broker opened (worker first)" {
	recorded owners passed-on server
}

@test "SCM_RIGHTS: a connected socket from a helper" {
	recorded owners client-passed-on
}

@test "SCM_RIGHTS: the sender is gone before the socket arrives" {
	recorded owners in-flight
}

@test "socket activation: the service accepts on a listener of another program" {
	recorded owners listener-passed-on with
}

@test "socket activation: accept without an address" {
	recorded owners listener-passed-on without
}

@test "inetd: accept, fork, exec" {
	recorded owners inetd
}

@test "a connected socket inherited by an exec'd child" {
	recorded owners inherited-by-exec child
}

@test "a connected socket kept over exec" {
	recorded owners inherited-by-exec itself
}

@test "a process that renames itself" {
	recorded owners renamed
}

@test "parent and child use one socket: the last user owns it" {
	recorded owners both-use-it
}

@test "a holder that only closes last does not own the session" {
	recorded owners last-holder-closes
}

@test "SO_REUSEPORT: two processes listen on one port" {
	recorded owners two-listeners
}

@test "silent, the server closes first" {
	recorded silent silent server-first with
}

@test "silent, the server closes first, accept without an address" {
	recorded silent silent server-first without
}

@test "silent, the client closes first" {
	recorded silent silent client-first with
}

@test "silent, the client closes first, accept without an address" {
	recorded silent silent client-first without
}

@test "silent, the peer resets while the server holds the socket" {
	recorded silent silent reset with
}

@test "silent, the peer resets, accept without an address" {
	recorded silent silent reset without
}

@test "silent prefork, the peer resets, accept without an address" {
	recorded silent silent-prefork-reset
}

@test "reset, and the socket is still held when the recorder stops" {
	record
	traffic_begin silent held-after-reset
	reached held
	stop
	go_on held
	traffic_end
	agree
}
