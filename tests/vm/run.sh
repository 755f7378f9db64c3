#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh 6.1|6.12
#
# Boots the newest Debian kernel of that series in qemu, by emulation (no KVM is
# needed), runs inside.sh there and passes its TAP through.  Exits 0 only if the
# plan was completed and nothing failed.
#
# SOCKTAPE	the program to test (default: build/socktape)
# NET_PROGRAMS	the folder of the net tests' programs, for storm (default: build/tests)
# VM_KEEP	a folder that receives the recordings, their truths and the kernel's log

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
socktape=${SOCKTAPE:-$here/../../build/socktape}
storm=${NET_PROGRAMS:-$here/../../build/tests}/storm
limit=180

die()
{
	echo "Bail out! $*"
	exit 1
}

# install_program FILE ROOT NAME: with the shared libraries it names, where it looks for them
install_program()
{
	local file=$1 root=$2 name=$3 lib

	cp -L "$file" "$root/bin/$name"
	{ ldd "$file" 2>/dev/null || true; } |
		sed -nE 's/^\t(.* => )?(\/[^ ]+) \(0x[0-9a-f]+\)$/\2/p' |
		while read -r lib; do
			mkdir -p "$root$(dirname "$lib")"
			cp -L "$lib" "$root$lib"
		done
}

make_root()
{
	local root=$1 kernel=$2

	mkdir -p "$root"/{bin,dev,proc,sys,tmp,tests,modules}
	install_program "$(command -v busybox)" "$root" busybox
	install_program "$(command -v jq)" "$root" jq
	install_program "$socktape" "$root" socktape
	install_program "$storm" "$root" storm
	${CC:-cc} -static -O2 -std=gnu11 "$here/traffic.c" -o "$root/bin/traffic"
	cp "$here"/inside.sh "$here"/judge.jq "$root/tests/"
	cp "$kernel"/modules/*.ko "$root/modules/"
	install -m 755 "$here/init.sh" "$root/init"
}

boot()
{
	local kernel=$1 initrd=$2 log=$3

	# Unknown words of the command line become the environment of init.
	timeout --foreground -k 5 "$limit" qemu-system-x86_64 \
		-accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 1024 \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$kernel/vmlinuz" -initrd "$initrd" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr \
			VM_SERIES=$series ${VM_KEEP:+VM_KEEP=1}" \
		-chardev "file,id=log,path=$log" -serial chardev:log \
		-chardev stdio,id=tap,signal=off -serial chardev:tap </dev/null
}

# Passes TAP through and judges it: every planned test must be there, once, in
# order, and be "ok".  Gives 1 if a test failed, 2 if the plan was not completed.
# Lines with "#@" are what the guest hands back.
judge()
{
	tr -d '\r' | awk -v kept="$work/kept" '
		/^#@ / { print substr($0, 4) >kept; next }
		/^1\.\.[0-9]+$/ { plan = substr($0, 4) + 0; plans++ }
		/^ok [0-9]+/ { if ($2 != ++n) disorder = 1 }
		/^not ok [0-9]+/ { if ($3 != ++n) disorder = 1; bad++ }
		/^(ok|not ok|#|1\.\.|Bail out!)/ { print; fflush(); next }
		{ print "# " $0; fflush() }
		END {
			if (plans != 1 || n != plan || !n || disorder)
				exit 2
			exit bad > 0
		}'
}

keep()
{
	mkdir -p "$VM_KEEP"
	cp "$work/kernel.log" "$VM_KEEP/"
	[ ! -s "$work/kept" ] || base64 -d "$work/kept" | tar -xz -C "$VM_KEEP" ||
		echo "# what the guest handed back is cut off"
}

[ $# -eq 1 ] || die "usage: run.sh 6.1|6.12"
series=$1
for program in "$socktape" "$storm"; do
	[ -x "$program" ] || die "$program is not there; build first"
done
for tool in qemu-system-x86_64 busybox jq cpio; do
	command -v "$tool" >/dev/null || die "$tool is not installed"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel=$("$here/kernels.sh" "$series" 2>"$work/kernels.log") || die "$(tail -n 1 "$work/kernels.log")"
sed 's/^/# /' "$work/kernels.log"

make_root "$work/root" "$kernel"
(cd "$work/root" && find . | cpio -o -H newc --quiet) >"$work/initrd"
echo "# $(cat "$kernel/release"), initramfs of $(du -k "$work/initrd" | cut -f1) KiB"

rc=0
boot "$kernel" "$work/initrd" "$work/kernel.log" | judge || rc=$?
[ -z "${VM_KEEP:-}" ] || keep 2>/dev/null
if [ "$rc" -gt 1 ]; then
	echo "# the plan was not completed within $limit s; the end of the kernel's log:"
	tail -n 30 "$work/kernel.log" | tr -d '\r' | sed 's/^/# | /'
fi
echo "# $SECONDS s in all"
exit "$rc"
