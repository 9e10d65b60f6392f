#!/usr/bin/env bash
# As root: each program as a user of its own, with what systemd is told of it
# (deploy/systemd), so that one that is taken over has no other's files, keys or
# role in the database.  In a mount namespace: nothing of it stays on the machine.
may_start() { [ "$(id -u)" -eq 0 ] && command -v systemd-sysusers && command -v systemd-tmpfiles && unshare --mount --propagation private true; }
if [ -z "${ASSAY_APART:-}" ] && may_start >/dev/null 2>&1; then
	ASSAY_APART=yes exec unshare --mount --propagation private "$0"
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
here=$top/deploy/systemd

# ---- what every unit says

claim "no unit's program is root" test -z "$(grep -L '^User=assay' "$here"/*.service.in)"
claim "none but nginx has a capability" \
	is "$(grep -L '^CapabilityBoundingSet=$' "$here"/*.service.in | sed 's|.*/||')" assay-nginx.service.in
claim "the authority has no network" grep -q '^PrivateNetwork=yes' "$here/assay-authority.service.in"
claim "all others cannot even see its folder" \
	is "$(grep -L '^InaccessiblePaths=@VAR@/authority' "$here"/*.service.in | sed 's|.*/||')" assay-authority.service.in
# PostgreSQL has a group for its socket, which is chown(2); Kore calls seccomp(2).
claim "each may make the system calls of a service, and no privileged one" \
	is "$(grep -L '^SystemCallFilter=~@privileged' "$here"/assay-*.service.in)" ""
claim "PostgreSQL alone may give a file to a group" \
	is "$(grep -l '^SystemCallFilter=@chown' "$here"/*.service.in | sed 's|.*/||')" assay-postgres.service.in
claim "what only nginx has to follow, no other program does" exits 2 "$bin/assay" serve api-0 --follow
if [ -z "${ASSAY_APART:-}" ]; then
	echo "skip - programs as users of their own: that takes root, a mount namespace and systemd-sysusers"
	finish
fi

# ---- a machine of its own: its users, its units

cp -a /etc "$work/etc"
rm -rf "$work"/etc/systemd/system/assay*
mount --bind "$work/etc" /etc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /etc/systemd/system /etc/tmpfiles.d
chmod 755 "$work"
prefix=$work/prefix
(umask 022 && make -s -C "$top" B="$B" PREFIX="$prefix" install >"$work/install.out" 2>&1) ||
	{ not_ok "it is installed"; tail "$work/install.out"; finish; }
bin=$prefix/bin VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
URL=https://127.0.0.1:$PORT PUBLIC_URL=http://127.0.0.1:$PUBLIC_PORT
as() { local who=$1; shift; setpriv --reuid "$who" --regid "$who" --init-groups "$@"; }
mkdir -m 700 "$VAR" && chown assay:assay "$VAR"
init() { as assay "$bin/assay" init --var "$VAR" --root online --port "$PORT" --public-port "$PUBLIC_PORT"; }
claim "an instance is made by one user" init
separate() { "$prefix/share/assay/systemd/separate" "$VAR"; }
claim "its programs become users of their own" separate
[ "$failed" -eq 0 ] || finish
claim "a second time, too" separate
refused SEPARATE "assay run leaves it alone from then on" as assay timeout 60 "$bin/assay" run --var "$VAR"
refused SEPARATE "and assay init" as assay timeout 60 "$bin/assay" init --var "$VAR"

# ---- systemd's own judgement

units=/etc/systemd/system
verify() {
	local said
	said=$(systemd-analyze verify --man=no "$units"/assay.target "$units"/assay.target.wants/* 2>&1 | grep -i assay)
	[ -z "$said" ] || { echo "$said"; return 1; }
}
if command -v systemd-analyze >/dev/null; then
	claim "systemd understands each word of them" verify
	for u in "$units"/assay.target.wants/*.service; do
		case $u in *@[1-9]*) continue ;; esac
		claim "$(basename "$u") is confined: exposure $(systemd-analyze security --offline=true --no-pager "$u" 2>/dev/null |
			grep -o 'exposure.*: [0-9.]*' | grep -o '[0-9.]*$') of 10" \
			systemd-analyze security --offline=true --no-pager --threshold=35 "$u"
	done
else
	echo "skip - units are not judged: there is no systemd-analyze"
fi

# ---- started as the units say

declare -A pid_of stop_of
said_in() { sed -n "s/^$2=//p" "$units/$1" | tail -n 1; }
start_unit() { # api-3
	local unit file user logs
	case $1 in *-[0-9]*) unit=assay-${1%-*}@.service ;; *) unit=assay-$1.service ;; esac
	user=$(said_in "$unit" User)
	stop_of[$1]=$(said_in "$unit" KillSignal)
	logs=$(said_in "$unit" LogsDirectory)
	[ -z "$logs" ] || install -d -o "$user" -g "$user" -m 750 "$work/log-$1"
	file=$(said_in "$unit" ExecStart)
	(
		umask 077
		cd /
		exec setsid setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
			env -i PATH="$PATH" ASSAY_VAR="$VAR" ${logs:+LOGS_DIRECTORY="$work/log-$1"} \
			${ASSAY_KORE_PRELOAD:+ASSAY_KORE_PRELOAD="$ASSAY_KORE_PRELOAD"} \
			${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} ${file//%i/${1##*-}}
	) >"$work/$1.out" 2>&1 </dev/null &
	pid_of[$1]=$!
}
stop_unit() {
	[ -n "${pid_of[$1]:-}" ] || return 0
	kill -s "${stop_of[$1]:-TERM}" "${pid_of[$1]}" 2>/dev/null
	wait "${pid_of[$1]}" 2>/dev/null
	unset "pid_of[$1]"
}
stop_units() { local n; for n in check nginx notifier $(names | grep '^status\|^api') follower authority postgres; do stop_unit "$n"; done; }
names() { "$bin/assay" serve --var "$VAR"; }
trap 'stop_units; give_ports_back; cd /; umount -l /etc; rm -rf "$work"' EXIT

start_unit postgres
claim "PostgreSQL starts, and the record is as it should be" as assay "$bin/assay" prepare --var "$VAR"
for n in $(names | grep -v postgres); do start_unit "$n"; done
healthy() { curl -sf --cacert "$VAR/credentials/root.crt" "$URL/v1/health" >/dev/null; }
claim "all of it answers" until_true 30 healthy
refused_now() { separate 2>&1 | grep -q "is in use: systemctl stop"; }
claim "while it runs, it is not changed" refused_now
all_run() { local n; for n in $(names); do kill -0 "${pid_of[$n]}" || { echo "$n"; tail -3 "$work/$n.out"; return 1; }; done; }
claim "all that is to run does" all_run
users() { local n; for n in $(names); do stat -c %U "/proc/${pid_of[$n]}"; done | sort | uniq -c | awk '{ print $2 ":" $1 }' | paste -sd' '; }
claim "each kind as one user, none as root" is "$(users)" \
	"assay:1 assay-api:6 assay-authority:1 assay-check:1 assay-follower:1 assay-nginx:1 assay-notifier:1 assay-status:2"

# ---- it does its work

claim "who calls is known" assay whoami --as officer-1
claim "suppliers and models are accredited, with evidence" story_accredited
claim "lots are issued" story_lots 2
claim "OCSP says so" until_true 10 ocsp_says "$(tre_id 1)" good
answers "a decision is signed" permit - --tre "$(tre_id 1)" --terminal "$(term_id 1)"
claim "a CRL is published for all to read" until_true 30 curl -sf -o /dev/null "$PUBLIC_URL/crl/root.crl"
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 5 | jq -r .number)
enrol() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=TRE-U1 \
		-outform DER 2>/dev/null | base64 |
		api_as tresor-pki -o /dev/null -w '%{http_code}' -H 'Content-Type: application/pkcs10' --data-binary @- \
			"$URL/.well-known/est/$lot/simpleenroll" | grep -qx 200
}
claim "a device enrols" until_true 10 enrol
bells() { psql_as assay assay "SELECT count(bell) FROM assay.enrolment WHERE device_id = 'TRE-U1'"; }
psql_as() { as "$1" psql -h /run/assay -U "$2" -d assay -qAtX -c "$3" 2>&1; }
claim "and was waited for by a bell" is "$(bells)" 1
claim "which one group may ring" is "$(stat -c '%a %U %G' /run/assay/bell/authority/authority.bell)" \
	"620 assay-authority assay-api"
checked() { grep -q '^assay_status_checks_total{result="done"} [1-9]' "$VAR/check/log/status.prom"; }
claim "all channels are compared" until_true 90 checked

renewed() {
	local before
	before=$(sha256sum "$VAR/check/credentials/reader.crt")
	as assay-check $(said_in renew-assay-reader.service ExecStart | sed "s|--before 60|--before 397|") &&
		! is "$(sha256sum "$VAR/check/credentials/reader.crt")" "$before" >/dev/null
}
claim "the certificate by which that is done is renewed, as the timer has it" renewed
counted() { sed -n "s|^assay_status_checks_total{result=\"done\"} ||p" "$VAR/check/log/status.prom"; }
rounds=$(counted)
claim "and is good for the next time" until_true 70 eval '[ "$(counted)" -gt "$rounds" ]'

# ---- whoever takes over one of them

there() { local f; for f in authority/access.key credentials/officer-1.key postgres/PG_VERSION status/ocsp.key \
	status/serial.key api/receipt.key api/cmp.key nginx/tls.key; do [ -s "$VAR/$f" ] || { echo "$f"; return 1; }; done; }
claim "all that is guarded is there" there
programs="assay-api assay-status assay-follower assay-notifier assay-nginx assay-check"
for who in $programs; do
	claim "$who cannot list the authority's folder" not as "$who" ls "$VAR/authority"
	claim "nor read a key of a CA" not as "$who" cat "$VAR/authority/access.key"
	claim "nor a person's" not as "$who" cat "$VAR/credentials/officer-1.key"
	claim "nor the database's files" not as "$who" cat "$VAR/postgres/PG_VERSION"
	claim "nor the authority's memory" not as "$who" head -c 1 "/proc/${pid_of[authority]}/mem"
	for role in assay assay_owner assay_authority assay_api assay_follower assay_notifier; do
		said=$(psql_as "$who" $role "SELECT 1")
		case ${who//-/_} in
		"$role") claim "$who is $role in the database" is "$said" 1 ;;
		*) claim "$who is not $role in the database" not grep -qx 1 <<<"$said" ;;
		esac
	done
done
other() { # who file...
	local who=$1 f
	shift
	for f; do ! as "$who" cat "$f" >/dev/null 2>&1 || { echo "$who reads $f"; return 1; }; done
}
claim "the API has neither OCSP's keys nor nginx's" other assay-api "$VAR/status/ocsp.key" "$VAR/status/serial.key" "$VAR/nginx/tls.key"
claim "OCSP has no key of the API's or nginx's" other assay-status "$VAR/api/receipt.key" "$VAR/api/cmp.key" "$VAR/nginx/tls.key"
claim "the follower has none of theirs" other assay-follower "$VAR/status/ocsp.key" "$VAR/status/serial.key" "$VAR/api/receipt.key"
claim "nginx has none of theirs" other assay-nginx "$VAR/status/ocsp.key" "$VAR/status/serial.key" "$VAR/api/receipt.key"
forged() { as "$1" curl -s --unix-socket /run/assay/api/api-0.sock -o /dev/null http://assay/v1/health; }
claim "nginx reaches the API" forged assay-nginx
for who in assay-status assay-follower assay-notifier assay-check; do
	claim "$who does not: it could say there who called" not forged "$who"
done
claim "OCSP cannot change the index that it reads" not as assay-status touch "$VAR/status/head"
claim "nobody but the follower writes what is published" not as assay-nginx touch "$VAR/public/crl/root.crl"
claim "nor anybody the settings" not as assay-api touch "$VAR/assay.cnf"

# ---- a folder that was opened by mistake

stop_unit api-0
chmod 755 "$VAR/authority"
start_unit api-0
claim "an API that could enter the authority's folder does not start" \
	until_true 10 grep -q 'separate = yes, but this user can enter .*authority' "$work/api-0.out"
stop_unit api-0
chmod 700 "$VAR/authority"
start_unit api-0
claim "closed again, it does" until_true 10 as assay-nginx test -S /run/assay/api/api-0.sock

stop_units
left_over() { ! grep -al -- "$VAR" /proc/[0-9]*/environ 2>/dev/null; }
claim "all of it ends, and leaves no process" until_true 10 left_over
trap 'give_ports_back; cd /; umount -l /etc; rm -rf "$work"' EXIT
cd /
umount -l /run /etc
give_ports_back
rm -rf "$work"
[ "$failed" -eq 0 ]
