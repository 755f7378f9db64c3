#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
#
# The tests of the tests: a comparison that cannot fail proves nothing.

load lib.bash

@test "check.py notices whatever is wrong with a recording" {
	recorded basics client-first
	"$PYTHON" "$NET/mutate.py" "$W"
}

@test "check.py notices a truth that says nothing" {
	recorded basics client-first
	echo '{"netns": 1, "ends": [], "sums": [], "start": [0, 0], "stop": [1, 1]}' >"$W/truth.json"
	run agree
	[ "$status" = 1 ]
}
