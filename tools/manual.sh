#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The generated manual is one that man(1) can show, and names every command and option.
set -eu
page=$(mktemp)
trap 'rm -f "$page"' EXIT
"$1" man | scdoc >"$page"
mandoc -Tlint -Werror "$page"
"$1" life --help | grep -o -- '--[a-z-]*' | sort -u | while read -r option; do
  mandoc -Tutf8 "$page" | sed 's/.\x08//g' | grep -q -- "$option" || { echo "$option is missing"; exit 1; }
done
