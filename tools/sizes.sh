#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Limits that keep the code readable: files, headers, functions, lines.
set -u
cd "$(dirname "$0")/.." || exit 1

# shellcheck disable=SC2046 # names without blanks
# A function begins with a line that is "{" and ends with one that is "}".
awk '
  FNR == 1 { headers = FILENAME ~ /\.h$/ && FILENAME !~ /src\/bpf/ ? 140 : 500 }
  FNR == headers + 1 { print FILENAME ": more than " headers " lines"; bad = 1 }
  /^\{/ { start = FNR }
  /^\}/ && start {
    if (FNR - start > 60) { print FILENAME ":" start ": a function of " FNR - start " lines"; bad = 1 }
    start = 0
  }
  { width = $0; gsub(/\t/, "        ", width) }
  length(width) > 112 { print FILENAME ":" FNR ": " length(width) " columns"; bad = 1 }
  /[ \t]$/ { print FILENAME ":" FNR ": blanks at the end of the line"; bad = 1 }
  END { exit bad }
' $(find src tests bench -name '*.[ch]' -o -name '*.def')
