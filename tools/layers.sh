#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Includes go down only.  A line of the table: a folder of src/ and the folders it may include.
set -u
cd "$(dirname "$0")/../src" || exit 1
bad=0

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
wire
base
core base wire
bpf wire
source core base wire
sink core base wire
run source sink core base wire
cmd run source sink core base wire
TABLE

# A sink or a source is known by its vtable only: none includes another's header.
for file in source/*.c sink/*.c; do
  if grep -q '#include "sink/' "$file" && grep -q '#include "source/' "$file"; then
    echo "$file: a sink and a source see each other"
    bad=1
  fi
done
for layer in *; do
  case " wire base core bpf source sink run cmd " in
  *" $layer "*) ;;
  *)
    echo "src/$layer: not in the table of tools/layers.sh"
    bad=1
    ;;
  esac
done
exit $bad
