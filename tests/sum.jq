# SPDX-License-Identifier: BSD-2-Clause
# From Meson's log (one object a test program) to the line "N passed, N failed, N skipped".
# A program that speaks TAP counts a test a line; one that failed without saying which counts one.
def tap: [(.stdout // "") | split("\n")[] | select(test("^(not )?ok "))];
def skipped: map(select(test("# *skip"; "i")));
def failed: map(select(startswith("not ok")));

map(tap as $lines
  | if $lines == [] then
      {passed: (if .result == "OK" then 1 else 0 end), failed: (if .result == "OK" or .result == "SKIP" then 0 else 1 end),
       skipped: (if .result == "SKIP" then 1 else 0 end)}
    else
      ($lines | failed | length) as $f
      | {passed: (($lines | length) - $f - ($lines | skipped | length)),
         failed: (if $f == 0 and (.result == "OK" or .result == "SKIP" | not) then 1 else $f end),
         skipped: ($lines | skipped | length)}
    end)
| "\(map(.passed) | add // 0) passed, \(map(.failed) | add // 0) failed, \(map(.skipped) | add // 0) skipped"
