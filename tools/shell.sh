#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Scripts without what shellcheck calls an error or a warning (but: functions with optional arguments,
# busybox as the interpreter).
cd "$(dirname "$0")/.." || exit 1
# shellcheck disable=SC2046 # names without blanks
exec shellcheck -S warning -e SC2120,SC2187 build.sh .ci/run $(find tools tests bench -name '*.sh' -o -name '*.bash')
