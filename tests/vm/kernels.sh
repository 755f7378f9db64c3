#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# kernels.sh PREFIX...   (6.1, 6.12)
#
# Fetches the newest Debian kernel of each series with apt-get and unpacks the
# image and the few modules that the tests use.  Prints one folder for each
# series: it holds vmlinuz, release and modules/*.ko.  Kernels that are there
# already are used again.  The cache is $VM_CACHE, by default
# ${XDG_CACHE_HOME:-$HOME/.cache}/socktape-vm.
#
# Package lists must be there: run "apt-get update" first.

set -euo pipefail

cache=${VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/socktape-vm}
modules=(inet_diag tcp_diag)

die()
{
	echo "kernels.sh: $*" >&2
	exit 1
}

# The newest signed image of a series.  The cloud flavour comes first: it is
# smaller and has BTF, cgroup2 and the inet_diag modules.  "unsigned", "dbg" and
# "rt" packages do not match; a dot after the series keeps 6.1 from matching 6.12.
newest_package()
{
	local series=${1//./\\.} flavour name

	for flavour in cloud- ''; do
		name=$(apt-cache pkgnames "linux-image-$1." |
			grep -E "^linux-image-$series\.[0-9]+[0-9a-z.+~]*(-[0-9]+)?-${flavour}amd64\$" |
			sort -V | tail -n 1) || true
		[ -z "$name" ] || { echo "$name"; return; }
	done
}

# Without package lists the newest kernel of the cache will do.
newest_cached()
{
	find "$cache" -maxdepth 1 -type d -name "linux-image-$1.*-*amd64" -printf '%f\n' 2>/dev/null |
		sort -V | tail -n 1
}

# Only the image and the named modules leave the package; a module may be
# compressed, and the guest should not have to care.
unpack()
{
	local deb=$1 to=$2 m ko

	mkdir "$to" "$to/raw" "$to/modules"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to/raw" --wildcards \
		'*/boot/vmlinuz-*' '*/kernel/net/ipv4/*_diag.ko*' || die "cannot unpack $deb"
	for m in "${modules[@]}"; do
		ko=$(find "$to/raw" -name "$m.ko*" | head -n 1)
		case $ko in
		*.ko)	cp "$ko" "$to/modules/" ;;
		*.xz)	xz -dc "$ko" >"$to/modules/$m.ko" ;;
		*.zst)	zstd -qdc "$ko" >"$to/modules/$m.ko" ;;
		*)	die "no module $m in $deb" ;;
		esac
	done
	mv "$to"/raw/boot/vmlinuz-* "$to/vmlinuz" || die "no kernel image in $deb"
	rm -r "$to/raw"
}

fetch()
{
	local name=$1 tmp start=$SECONDS

	mkdir -p "$cache"
	tmp=$(mktemp -d "$cache/fetch.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	(cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root download "$name") >&2 ||
		die "apt-get download $name failed; are the package lists fresh (apt-get update)?"
	unpack "$tmp"/*.deb "$tmp/new"
	echo "${name#linux-image-}" >"$tmp/new/release"
	echo "kernels.sh: $name: $(du -k "$tmp"/*.deb | cut -f1) KiB fetched," \
		"$(du -sk "$tmp/new" | cut -f1) KiB kept, $((SECONDS - start)) s" >&2
	# Two runs at once may both get here: the first one stays.
	mv -T "$tmp/new" "$cache/$name" 2>/dev/null || [ -s "$cache/$name/vmlinuz" ]
	rm -rf "$tmp"
	trap - EXIT
}

[ $# -gt 0 ] || die "usage: kernels.sh PREFIX... (6.1, 6.12)"
[ "$(dpkg --print-architecture)" = amd64 ] || die "these tests know amd64 only"

for series; do
	[[ $series =~ ^[0-9]+\.[0-9]+$ ]] || die "\"$series\" is no kernel series such as 6.1"
	name=$(newest_package "$series")
	[ -n "$name" ] || name=$(newest_cached "$series")
	[ -n "$name" ] || die "apt knows no linux-image-$series.*; is it in the configured suites?"
	[ -s "$cache/$name/vmlinuz" ] || fetch "$name"
	echo "$cache/$name"
done
