# SPDX-License-Identifier: BSD-2-Clause
#
# Compares the rows of "socktape life -o jsonl" with the truth that traffic.c
# printed, one line of text for each difference.  No output: they agree.
#
# Input: the truth.  --slurpfile rows: the recording.  --argjson io: whether this
# kernel tells who sends and receives (false on 6.1).  --argjson netns: the inode
# number.  --arg adopted: "yes", "no".  --argjson open: the sessions have not ended.

def differ($who; $key; $got; $want):
	if $got == $want then empty
	else "\($who): \($key) is \($got | tojson), the truth is \($want | tojson)" end;

def one_of($who; $key; $got; $allowed):
	if any($allowed[]; . == $got) then empty
	else "\($who): \($key) is \($got | tojson), not one of \($allowed | tojson)" end;

def outcome($side):
	if $open then "open"
	else {
		"reset": { client: "reset_here", server: "reset_by_peer" },
		"refused": { client: "refused" },
		"unaccepted": { client: "reset_by_peer", server: "never_accepted" }
	}[.mode][$side] // "closed" end;

# What tells the owner.  Where sends and receives are not to be seen, a server is known
# for good when it closes (a record waits for that); a session that is still open knows it from
# accept(), if that was asked for an address.  Who listened (another process) is never it.
def owner_by($side):
	if $adopted == "yes" and $open then "adopt"
	elif $io and .mode != "refused" and (.mode != "unaccepted" or $side == "client") then "io"
	elif $adopted == "yes" then "release"
	elif $side == "client" then "connect"
	elif .mode == "unaccepted" then "listen"
	elif $open and .accept_addr then "accept"
	else "release" end;

def times($t; $who):
	if $adopted == "yes" or $open then empty
	elif $t.mode == "refused" then
		differ($who; "established_ns"; .established_ns; null),
		differ($who; "connect_ns"; .connect_ns; null),
		differ($who; "duration_ns"; .duration_ns; .ended_ns - .opened_ns)
	else
		differ($who; "duration_ns"; .duration_ns; .ended_ns - .established_ns),
		differ($who; "established after opened"; .established_ns >= .opened_ns; true),
		differ($who; "ended after established"; .ended_ns >= .established_ns; true),
		differ($who; "connect_ns"; .connect_ns;
			if .direction == "active" then .established_ns - .opened_ns else null end)
	end;

# Who connected or accepted, where that is another process than the owner.
def opener($side):
	if $side == "server" and .mode == "worker" then .server.acceptor else null end;

# What a session that was reset has to say for an error is not judged.
def error($t; $side; $who):
	if $t.mode == "refused" then differ($who; "error"; .error; "ECONNREFUSED")
	elif $t | outcome($side) | . == "closed" or . == "open" then differ($who; "error"; .error; null)
	else empty end;

def row($t; $side):
	. as $r | $t[$side] as $s
	| "\($t.mode) \($side)" as $who
	| ($side == "client") as $active
	| differ($who; "lport"; $r.lport; if $active then $s.port else $t.port end),
	  differ($who; "rport"; $r.rport; if $active then $t.port else $t.client.port end),
	  differ($who; "laddr"; $r.laddr; $t.addr),
	  differ($who; "raddr"; $r.raddr; $t.addr),
	  differ($who; "ip"; $r.ip; $t.ip),
	  differ($who; "netns"; $r.netns; $netns),
	  differ($who; "tx_bytes"; $r.tx_bytes; $s.tx),
	  differ($who; "rx_bytes"; $r.rx_bytes; $s.rx),
	  differ($who; "outcome"; $r.outcome; $t | outcome($side)),
	  differ($who; "adopted"; $r.adopted; $adopted == "yes"),
	  one_of($who; "direction"; $r.direction;
		[if $active then "active" else "passive" end] + if $adopted == "yes" then [null] else [] end),
	  differ($who; "pid"; $r.pid; $s.pid),
	  differ($who; "comm"; $r.comm; $s.comm),
	  differ($who; "owner_by"; $r.owner_by; $t | owner_by($side)),
	  if $adopted == "yes" or ($active or $t.accept_addr | not) then empty
	  else differ($who; "opener_pid"; $r.opener_pid; $t | opener($side)) end,
	  ($r | error($t; $side; $who)),
	  ($r | times($t; $who));

. as $t
| [$rows[] | select(has("kind") | not)] as $all
| ([$all[] | select(.rport == $t.port)]) as $clients
| ([$all[] | select(.lport == $t.port)]) as $servers
| differ($t.mode; "rows of the client"; $clients | length; 1),
  differ($t.mode; "rows of the server"; $servers | length; if $t.server then 1 else 0 end),
  ($clients[] | row($t; "client")),
  if $t.server then $servers[] | row($t; "server") else empty end
