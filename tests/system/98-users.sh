#!/usr/bin/env bash
# As root: each program as a user of its own, with what systemd is told of it
# (deploy/systemd), so that one that is taken over has no other's files, keys or
# role in the database.  In a mount namespace: nothing of it stays on the machine.
. "$(dirname "$0")/../lib/apart.sh"
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
claim "none sees people's credentials" is "$(grep -L '^InaccessiblePaths=.*-@VAR@/credentials' "$here"/*.service.in)" ""
claim "nor the record's files, but for PostgreSQL" \
	is "$(grep -L '^InaccessiblePaths=.*-@VAR@/postgres' "$here"/*.service.in | sed 's|.*/||')" assay-postgres.service.in
claim "none can fill the machine with processes, but for a session each" \
	is "$(grep -L "^TasksMax=" "$here"/*.service.in | sed "s|.*/||")" assay-postgres.service.in
oom() { for u in api@ notifier nginx status@ authority follower postgres; do sed -n 's/^OOMScoreAdjust=//p' "$here/assay-$u.service.in"; done | paste -sd' '; }
claim "when memory is at its end, what strangers reach goes first, the record last" is "$(oom)" "500 500 200 200 -500 -500 -900"
claim "whoever changes certificates without end has nginx reload each five seconds, not never again" \
	grep -qx 'ExecStartPre=/bin/sleep 5' "$here/reload-assay-nginx.service"
claim "PostgreSQL alone may give a file to a group" \
	is "$(grep -l '^SystemCallFilter=@chown' "$here"/*.service.in | sed 's|.*/||')" assay-postgres.service.in
claim "what only nginx has to follow, no other program does" exits 2 "$bin/assay" serve api-0 --follow
if [ -z "$apart" ]; then
	echo "skip - programs as users of their own: that takes root, a mount namespace and systemd-sysusers"
	finish
fi

apart
PORT=$(free_port) PUBLIC_PORT=$(free_port)
URL=https://127.0.0.1:$PORT PUBLIC_URL=http://127.0.0.1:$PUBLIC_PORT
mkdir -m 700 "$VAR" && chown assay:assay "$VAR"
init() { as assay "$bin/assay" init --var "$VAR" --root online --port "$PORT" --public-port "$PUBLIC_PORT"; }
claim "an instance is made by one user" init
claim "its programs become users of their own" separate
[ "$failed" -eq 0 ] || finish
claim "a second time, too" separate
refused SEPARATE "assay run leaves it alone from then on" as assay timeout 60 "$bin/assay" run --var "$VAR"
refused SEPARATE "and assay init" as assay timeout 60 "$bin/assay" init --var "$VAR"

# ---- systemd's own judgement

verify() {
	local said
	said=$(systemd-analyze verify --man=no "$units"/assay.target "$units"/assay.target.wants/* 2>&1 | grep -i assay)
	[ -z "$said" ] || { echo "$said"; return 1; }
}
if command -v systemd-analyze >/dev/null; then
	claim "systemd understands each word of them" verify
	for u in "$units"/assay.target.wants/*.service "$units/renew-assay-reader.service"; do
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
trap 'stop_units; alone; rm -rf "$work"' EXIT

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
# As it runs, but for the minute between its rounds.
hurry() {
	local words told i
	mapfile -d '' words <"/proc/${pid_of[check]}/cmdline"
	mapfile -d '' told <"/proc/${pid_of[check]}/environ"
	stop_unit check
	for i in "${!words[@]}"; do [ "${words[i]}" != --every ] || words[i + 1]=2; done
	(umask 077; cd /; exec setsid setpriv --reuid assay-check --regid assay-check --init-groups --no-new-privs --inh-caps=-all \
		--bounding-set=-all env -i "${told[@]}" "$bin/assay" "${words[@]:1}") >>"$work/check.out" 2>&1 </dev/null &
	pid_of[check]=$!
}
hurry
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

# Each one's whole reach, in folders: what is not here nobody has thought of.
reach() ( # who "find's words" folders...
	who=$1 how=$2
	shift 2
	set -f
	as "$who" find "$@" ! -type l $how 2>/dev/null | sed "s|^$VAR|VAR|; s|^/run/assay|run|; s|\\(^[^/]*/[^/]*\\)/.*|\\1|; s|5432.lock|5432|" |
		LC_ALL=C sort -u | paste -sd' '
)
writes() { is "$(reach "$1" -writable "$VAR" /run/assay "$prefix" /etc)" "$2"; }
db=run/.s.PGSQL.5432
claim "assay writes the record, what it made, and its log" writes assay "VAR/credentials VAR/log VAR/postgres run $db"
claim "the authority writes its folder, and rings" writes assay-authority "VAR/authority $db run/bell"
claim "the API writes its folders, and rings" writes assay-api "VAR/api VAR/evidence $db run/api run/bell"
claim "OCSP writes its keys and sockets" writes assay-status "VAR/status run/status"
claim "the follower writes what it shows" writes assay-follower "VAR/public VAR/status $db"
claim "the notifier writes nothing" writes assay-notifier "$db"
claim "nginx writes its folder, and to whom it passes on" writes assay-nginx "VAR/nginx run/api run/status"
claim "what checks writes its folder" writes assay-check "VAR/check"
keys() { for w in assay assay-authority $programs; do echo "$w:$(reach "$w" "-type f ( -name *.key -o -name seen ) -readable" "$VAR")"; done; }
claim "and no key is two users'" is "$(keys | paste -sd,)" "assay:VAR/credentials,assay-authority:VAR/authority,assay-api:VAR/api,assay-status:VAR/status,assay-follower:VAR/status,assay-notifier:,assay-nginx:VAR/nginx,assay-check:VAR/check"

# ---- by what others believe

as assay-follower ln -s "$VAR/nginx/tls.key" "$VAR/public/ca/mine.cer"
asked() { curl -s "$PUBLIC_URL/ca/$1"; }
claim "nginx publishes no key of its own by a link of the follower's" not grep -aq "PRIVATE KEY" <(asked mine.cer)
claim "what is published it does" eval 'asked root.cer | cmp - "$VAR/public/ca/root.cer"'
as assay-follower rm "$VAR/public/ca/mine.cer"
followed() { as assay-nginx timeout 10 "$bin/assay" serve nginx --follow --var "$VAR"; }
as assay-follower sh -c 'cd "$1/public/ca" && mv roots.pem kept && mkfifo roots.pem' - "$VAR"
claim "nor waits for ever at a pipe where the roots were" followed
roots=$(sha256sum <"$VAR/nginx/client-ca.pem")
as assay-follower sh -c 'cd "$1/public/ca" && rm roots.pem && { cat kept; echo "-----BEGIN CERTIFICATE-----"; } >roots.pem' - "$VAR"
said=$(followed 2>&1)
claim "nor takes over what it could not start with" is "$(sha256sum <"$VAR/nginx/client-ca.pem")" "$roots"
claim "and says so" grep -q "could not take the roots over: .*roots.pem is not what it should be" <<<"$said"
as assay-follower mv "$VAR/public/ca/kept" "$VAR/public/ca/roots.pem"
claim "with what was there it is as before" followed

elsewhere() { local d; for d in postgres template1; do as "$1" psql -h /run/assay -U "${1//-/_}" -d "$d" -qAtXc "SELECT 1" >/dev/null 2>&1 && { echo "$d"; return; }; done; return 1; }
for who in assay-authority assay-api assay-follower assay-notifier; do
	claim "$who is in no other database" not elsewhere "$who"
	claim "nor fills the disk by large objects" grep -q "permission denied" <(psql_as "$who" "${who//-/_}" "SELECT lo_from_bytea(0, 'x')")
	claim "or by messages in its log" grep -q "permission denied" <(psql_as "$who" "${who//-/_}" "SELECT pg_logical_emit_message(false, 'x', 'x')")
	psql_as "$who" "${who//-/_}" "ALTER ROLE ${who//-/_} SET synchronous_commit = off; ALTER ROLE ${who//-/_} IN DATABASE assay SET lock_timeout = 0"
done
claim "the record is prepared, as at each start" as assay "$bin/assay" prepare --var "$VAR"
for who in assay-authority assay-api assay-follower assay-notifier; do
	claim "what $who has set for its sessions to come is gone" not grep -v '^on$\|^[25]s$' <(psql_as "$who" "${who//-/_}" "SHOW synchronous_commit; SHOW lock_timeout")
done

crowd=()
for i in {1..45}; do
	as assay-api psql -h /run/assay -U assay_api -d assay -qAtXc "SELECT pg_sleep(60)" >/dev/null 2>&1 &
	crowd+=($!)
done
sessions() { psql_as assay assay "SELECT count(*) FROM pg_stat_activity WHERE usename = 'assay_api'"; }
claim "whoever is the API opens as many sessions as it gets" until_true 10 eval '[ "$(sessions)" -ge 20 ]'
for who in assay-authority assay-follower assay-notifier; do
	claim "$who still has one" is "$(psql_as "$who" "${who//-/_}" "SELECT 1")" 1
done
kill "${crowd[@]}" 2>/dev/null
wait "${crowd[@]}" 2>/dev/null

# ---- a folder that was opened by mistake

for f in authority credentials postgres; do
	stop_unit api-0
	chmod 711 "$VAR/$f"
	start_unit api-0
	claim "an API that could enter $f does not start" \
		until_true 10 grep -q "separate = yes, but this user can enter .*$f" "$work/api-0.out"
	stop_unit api-0
	chmod 700 "$VAR/$f"
done
start_unit api-0
claim "closed again, it does" until_true 10 as assay-nginx test -S /run/assay/api/api-0.sock

stop_units
left_over() { ! grep -al -- "$VAR" /proc/[0-9]*/environ 2>/dev/null; }
claim "all of it ends, and leaves no process" until_true 10 left_over
trap - EXIT
alone
rm -rf "$work"
[ "$failed" -eq 0 ]
