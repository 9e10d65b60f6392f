# What tests of programs that are users of their own begin with: a machine of
# their own, as far as a mount namespace makes one: its users, its units, its /run,
# and the programs as root has installed them.  To be sourced as
#	. "$(dirname "$0")/../lib/apart.sh"
# and, where $apart is, after lib.sh: `apart`.
may_start() { [ "$(id -u)" -eq 0 ] && command -v systemd-sysusers && command -v systemd-tmpfiles && unshare --mount --propagation private true; }
if [ -z "${ASSAY_APART:-}" ] && may_start >/dev/null 2>&1; then
	ASSAY_APART=yes exec unshare --mount --propagation private "$0"
fi
apart=${ASSAY_APART:-}

apart() {
	cp -a /etc "$work/etc"
	rm -rf "$work"/etc/systemd/system/assay*
	mount --bind "$work/etc" /etc
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /etc/systemd/system /etc/tmpfiles.d
	chmod 755 "$work"
	# /tmp is anybody's, and root's folders are to be below root's alone.
	place=/mnt/${work##*/}
	mount -t tmpfs -o mode=755 tmpfs /mnt
	mkdir "$place" && mount --bind "$work" "$place"
	trap 'alone; rm -rf "$work"' EXIT
	prefix=$place/prefix units=/etc/systemd/system
	(umask 022 && make -s -C "$top" B="$B" PREFIX="$prefix" install >"$work/install.out" 2>&1) ||
		{ not_ok "it is installed"; tail "$work/install.out"; exit 1; }
	bin=$prefix/bin VAR=$place/var
}
# The end of it: what is mounted goes.
alone() {
	give_ports_back
	cd /
	umount -l "$place" /mnt /run /etc
}
as() { local who=$1; shift; setpriv --reuid "$who" --regid "$who" --init-groups "$@"; }
separate() { timeout -k 5 120 "$prefix/share/assay/systemd/separate" "$VAR"; }
