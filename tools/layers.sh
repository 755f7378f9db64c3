#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Includes go down only.  A line of the table: a folder of src/ and the folders it may include.
set -u
cd "$(dirname "$0")/../src" || exit 1
bad=0

layers='wire
base
core base wire
bpf wire
source core base wire
sink core base wire
run source sink core base wire
cmd run source sink core base wire'

while read -r layer allowed; do
  for file in "$layer"/*.[ch]; do
    [ -e "$file" ] || continue
    for include in $(sed -n 's/^#include "\([a-z_]*\)\/.*/\1/p' "$file" | sort -u); do
      case " $layer $allowed " in
      *" $include "*) ;;
      *)
        echo "$file: $layer may not include $include"
        bad=1
        ;;
      esac
    done
  done
done <<TABLE
$layers
TABLE

for layer in *; do
  echo "$layers" | grep -q "^$layer\( \|$\)" && continue
  echo "src/$layer: not in the table of tools/layers.sh"
  bad=1
done
exit $bad
