#!/usr/bin/env bash
# No room.  PostgreSQL's tables, its log, the API's files and the follower's are
# each on a small disk, which gets full in the middle of lots and is given room
# again: whoever is refused is told so, nothing is acknowledged that was not
# kept, no file is torn, and in the end nothing is lost.
#   SEED=n ROUNDS=n tests/system/91-disk-full.sh	says again what went wrong
# The small disks are tmpfs, in a user namespace of this test's own.  Where
# that is not allowed, strace says ENOSPC in their place.
own="unshare -U -m --map-current-user --keep-caps"
if [ -z "${OWN_MOUNTS:-}" ] && $own mount -t tmpfs none /mnt 2>/dev/null; then
	TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/assay-disk.XXXXXX")
	trap 'rm -rf "$TMPDIR"' EXIT
	trap 'exit 1' INT TERM
	export TMPDIR OWN_MOUNTS=yes
	$own "$0" "$@"
	exit
fi
OWN_MOUNTS=${OWN_MOUNTS:-no}
. "$(dirname "$0")/lib.sh"
WHOLE=yes
. "$(dirname "$0")/story.sh"
rounds=${ROUNDS:-20}
seed=${SEED:-$RANDOM}
echo "# seed $seed: SEED=$seed $0 does the same again"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/traffic.sh"
. "$top/tests/lib/inject.sh"
RANDOM=$seed
traffic_prepare $((rounds + 2))
give_up=$((SECONDS + ${GIVE_UP:-900}))
traffic_send 0
claim "a lot is issued while there is room" until_true 20 traffic_done

# ---- small disks

# small NAME SIZE FOLDER...: these folders of VAR on one disk of that size.
mounts=()
small() {
	local disk=$work/disk.$1 size=$2 folder
	shift 2
	mkdir "$disk" && mount -t tmpfs -o "size=$size,mode=700" none "$disk" || return 1
	mounts=("$disk" "${mounts[@]}")
	for folder; do
		mkdir -p "$disk/$folder" "$VAR/$folder"
		cp -a "$VAR/$folder/." "$disk/$folder" && mount --bind "$disk/$folder" "$VAR/$folder" || return 1
		mounts=("$VAR/$folder" "${mounts[@]}")
	done
}
small_disks() {
	local programs
	stop_instance
	# A log in pieces of 1 MiB, so that it wants another one soon.
	programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/pg_resetwal | tail -n 1)")
	"$programs/pg_resetwal" --wal-segsize=1 "$VAR/postgres" >/dev/null || return 1
	printf 'min_wal_size = 2MB\nwal_recycle = off\n' >>"$VAR/postgres/postgresql.conf"
	small tables 400m postgres/base && small log 64m postgres/pg_wal &&
		small api 64m api/tmp nginx/body evidence && small follower 64m public status || return 1
	start_instance
}
room() { df --output=avail -k "$work/disk.$1" | tail -n 1; }

# fill NAME KIB: no more room than that.
fill() {
	if [ "$OWN_MOUNTS" = yes ]; then
		# The API's: when idle, since a body may still be on its way out.
		local room=$idle
		[ "$1" = api ] || room=$(room "$1")
		fallocate -l "$((room - $2))k" "$work/disk.$1/ballast"
		return
	fi
	case $1 in
	tables | log) inject "pwrite64:error=ENOSPC:when=$((1 + $2 / 8))+" $(postgres_all) ;;
	api) inject "fsync:error=ENOSPC:syscall=gettid:when=1+" $(pgrep -P "$(cat "$VAR"/api/kore-*.pid | paste -sd,)") ;;
	follower) inject "fsync,fallocate:error=ENOSPC:when=1+" "$(child assay-follower)" ;;
	esac
}
give_back() {
	if [ "$OWN_MOUNTS" = yes ]; then rm "$work/disk.$1/ballast"; else relent; fi
}
if [ "$OWN_MOUNTS" = yes ]; then
	if small_disks; then ok "the instance runs on small disks"; else not_ok "the instance runs on small disks"; fi
else
	echo "# no user namespace here: strace says ENOSPC"
fi

# ---- the API's: evidence and long bodies

head -c 700000 /dev/urandom | base64 -w 0 >"$work/noise"
{ printf '%%PDF-1.4\n%%'; cat "$work/noise"; printf '\ntrailer\n<<>>\n%%%%EOF\n'; } >"$work/evidence.pdf"
sum=$(sha256sum "$work/evidence.pdf" | cut -d' ' -f1)
put() {
	api_as auditor-1 -o "$work/put.out" -w '%{http_code}' -X PUT -H 'Content-Type: application/pdf' \
		--data-binary "@$work/evidence.pdf" "$URL/v1/evidence/$sum?filename=e.pdf"
}
known() { owner <<<"SELECT count(*) FROM assay.evidence WHERE sha256 = '\\x$sum'"; }
said() { jq -r '"\(.status) \(.type | sub(".*/"; ""))"' "$work/put.out"; }
if [ "$OWN_MOUNTS" = yes ]; then
	# nginx keeps the body first, then Kore does, then we: n has room for
	# so many of them.
	size_kib=$(($(stat -c %s "$work/evidence.pdf") / 1024 + 1))
	idle=$(room api)
	fill api $((size_kib / 2))
	claim "evidence whose body has no room is refused" is "$(put) $(said)" "503 503 BUSY"
	give_back api
	fill api $((size_kib * 3 / 2))
	claim "and where it has none the second time" grep -q '^50[03]' <<<"$(put)"
	give_back api
	fill api $((size_kib * 5 / 2))
	claim "evidence that cannot be kept is refused with the reason" is "$(put) $(said)" "507 507 STORAGE_FULL"
	claim "which does not say where" not grep -qi "$VAR\|evidence/" "$work/put.out"
else
	fill api 0
	claim "evidence that cannot be kept is not acknowledged" not grep -q '^20' <<<"$(put)"
fi
claim "nobody knows of it" is "$(known)" 0
claim "no half of it is left" is "$(find "$VAR/evidence" -name 'new.*' | wc -l)" 0
give_back api
claim "with room again it is taken" is "$(put)" 201
claim "whole" is "$(api_as auditor-1 "$URL/v1/evidence/$sum/content" | sha256sum | cut -d' ' -f1)" "$sum"

# ---- the follower's: what it cannot keep it says later, and never half

crl_number() { openssl crl -inform DER -in "$VAR/public/crl/2/0.crl" -noout -crlnumber; }
behind() { grep -q "follower.*behind.*No space left" "$VAR/log/follower.log"; }
serial_of_officer_2() { openssl x509 -in "$VAR/credentials/officer-2.crt" -noout -serial | sed 's/.*=//' | tr A-Z a-z; }
fill follower 0
before=$(crl_number)
claim "a certificate is held" a security-1 cert hold "$(serial_of_officer_2)" --legal-basis "a test"
traffic_send 1
claim "lots are issued while the follower has no room" until_true 20 traffic_done
claim "the follower says that it is behind, and why" until_true 20 behind
claim "the CRL of before is there, whole" is "$(crl_number)" "$before"
claim "nothing lies beside it" is "$(find "$VAR/public" -name '*.??????' | wc -l)" 0
give_back follower
changed() { ! is "$(crl_number)" "$before"; }
claim "with room again the new one is there" until_true 20 changed
claim "and the index is where the register is" until_true 20 caught_up

# ---- PostgreSQL's, in the middle of lots

alive() { kill -0 "$(postgres)" && assay health --quiet; }
full() { grep -c 'No space left on device' "$VAR/log/postgres.log"; }
hit=0
for ((round = 2; round < rounds + 2 && SECONDS < give_up; round++)); do
	until_true 20 alive || break
	disk=tables before=$(full)
	[ $((RANDOM % 3)) -eq 0 ] && disk=log
	fill "$disk" $((RANDOM % 12 * 8))
	# The rest of a piece of the log is used up at once.
	[ "$disk" = log ] && { owner <<<"SELECT pg_switch_wal()" >"$work/switch" 2>&1 & }
	traffic_send "$round" &
	sender=$!
	is_full() { [ "$(full)" -gt "$before" ]; }
	until_true 2 is_full && hit=$((hit + 1))
	sleep "0.$(printf %03d $((RANDOM % 300)))"
	give_back "$disk"
	wait "$sender" || break
done
echo "# $SECONDS s until the last round is over"
claim "in $rounds rounds everything was accepted" is $((round - 2)) "$rounds"
claim "in $hit of them there was no room" test "$hit" -ge $((rounds / 3))
claim "whoever was refused was told that there is no room, or to try again" \
	not grep -vE '^\[(STORAGE_FULL|BUSY|DATABASE_AWAY|WAITING)\]' "$work/again.full"
traffic_account $((rounds + 2))
stop_instance
[ "$OWN_MOUNTS" = no ] || umount -l "${mounts[@]}"
finish
