#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The init of the test guest.  The first serial port is the kernel's console;
# TAP goes to the second one, so kernel messages never cut a line in two.

/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up

# inet_diag before tcp_diag
for module in /modules/*.ko; do
	insmod "$module"
done

cd /tests || poweroff -f
sh ./inside.sh >/dev/ttyS1 2>&1 </dev/null
[ -z "${VM_KEEP:-}" ] || tar -cz -C /tmp/out . | base64 | sed 's/^/#@ /' >/dev/ttyS1
sleep 0.2
poweroff -f
