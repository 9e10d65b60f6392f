# Backups taken, put back, and what is seen of that.  After lib.sh and story.sh,
# with an instance running.
. "$top/tests/lib/account.sh"

pid_of() { pgrep -f -- "assay-$1 -c $VAR/assay.cnf" | head -1; }

# pg_basebackup and standbys come over the same socket.
replication_allowed() {
	echo "local replication all peer" >>"$VAR/postgres/pg_hba.conf"
	kill -HUP "$(postgres)"
	sleep 0.3
}
backup() { "$pg_bin/pg_basebackup" -h "$run" -U "$(id -un)" -D "$1" -c fast; }
dump() { "$pg_bin/pg_dump" -h "$run" -U "$(id -un)" -Fc -f "$1" assay; }
put_back() {
	rm -rf "$VAR/postgres"
	cp -a "$1" "$VAR/postgres"
}
load_dump() {
	psql -h "$run" -U "$(id -un)" -d postgres -qAtX -c 'DROP DATABASE assay WITH (FORCE)' &&
		"$pg_bin/pg_restore" -h "$run" -U "$(id -un)" -C -d postgres "$1"
}

# ---- a lot of PREFIX's devices, COUNT of them
submit() { # prefix count
	a tresor-pki device new --kind tre --prefix "$1" --count "$2" --rows "$VAR/$1.rows" >&2 &&
		j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/$1.rows" |
		jq -re .number
}
collected() { until_true 30 lot_is "$1" "$2" && a tresor-pki device collect "$1"; } # number count
lot_issued() { j tresor-pki lot show "$1" | jq .issued; }
lot_is() { [ "$(lot_issued "$1")" = "$2" ]; }

# ---- what the world has seen
notices() { owner <<<"SELECT max(last) FROM assay.notice_head"; }
crl_number() {
	curl -fsS "$(leaf_of TRE-2 | openssl x509 -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')" |
		openssl crl -inform DER -noout -crlnumber | sed 's/.*=//; s/^0x//'
}
ocsp_since() {
	openssl ocsp -issuer <(issuer_of "$1") -cert <(leaf_of "$1") -url "$PUBLIC_URL/ocsp" \
		-CAfile "$VAR/credentials/root.crt" -no_nonce 2>&1 | sed -n 's/.*Revocation Time: //p'
}
remember() {
	seen_event=$(head_event)
	seen_notices=$(notices)
	seen_crl=$(crl_number)
	seen_kit=$(kit_number)
	kit_sha256=$(sha256sum <"$VAR/public/kit/$seen_kit.delta")
	revoked_since=$(ocsp_since TRE-2)
	lost_indexes=3
	for t in LOST-1 LOST-2 LOST-3; do serial_of "$t"; done >"$work/lost"
}
crl_is_newer() { [ $((16#$(crl_number))) -gt $((16#$seen_crl)) ]; }
no_serial_twice() {
	a tresor-pki device collect "$late" || return 1
	local t
	for t in "$@"; do serial_of "$t"; done >"$work/fresh"
	[ "$(wc -l <"$work/fresh")" = $# ] && not grep -qFf "$work/lost" "$work/fresh"
}
feed_goes_on() {
	local before
	before=$(ls "$work/feeds" | grep -c '^[0-9]*\.jws')
	assay feed sync "$work/feeds" --root "$VAR/credentials/root.crt" &&
		assay feed verify "$work/feeds" --root "$VAR/credentials/root.crt" &&
		[ "$(ls "$work/feeds" | grep -c '^[0-9]*\.jws')" -gt "$before" ]
}

# ---- the offline kit
kit_number() { owner <<<"SELECT max(number) FROM assay.kit"; }
kit_fetched() { assay offline fetch "$work/kit" --root "$VAR/credentials/root.crt" --public-url "$PUBLIC_URL"; }
kit_shown() { assay offline show "$work/kit" --root "$VAR/credentials/root.crt" --json | jq "$1"; }
kit_interval() {
	owner <<<"CREATE OR REPLACE FUNCTION assay.kit_hourly() RETURNS interval LANGUAGE sql IMMUTABLE AS
		\$\$ SELECT interval '$1' \$\$"
}
kit_is() { kit_fetched && [ "$(kit_shown .number)" "$@" ]; }
kit_begun_after() { [ "$(owner <<<"SELECT floor(extract(epoch FROM max(issued))) > $1 FROM assay.kit")" = t ]; }
# one_more_kit: a number that was begun after now (in a later second: one in the making is there
# after now and knows what was before), fetched
one_more_kit() {
	local t
	t=$(owner <<<"SELECT floor(extract(epoch FROM assay.assay_now()))")
	kit_interval "0 seconds" && until_true 30 kit_begun_after "$t" && kit_interval "1 hour" &&
		until_true 20 kit_is -ge "$(kit_number)"
}
kit_refuses() { # TRE TERM
	assay offline decide "$work/kit" --root "$VAR/credentials/root.crt" --tre "$VAR/devices/$1.crt" \
		--terminal "$VAR/devices/$2.crt" --json | jq -e '.verdict == "refuse" and .reasons[0] == "CERTIFICATE_REVOKED"'
}

# ---- what the system says of it
shown() { j security-1 restore show | jq -r "$1"; }
known() { shown ".known_better[] | select(.serial == \"$1\") | .state + \" \" + .reason"; }
is_known() { [ "$(known "$1")" = "$2" ]; }
# The follower's files, but for keys.
index_is_lost() { rm "$VAR"/status/{*.ranges,*.state,head,told,seen,seen.key}; }
is_lost() { [ "$(shown .state)" = lost ]; }
is_resolved() { [ "$(j security-1 restore show "$1" | jq -r .state)" = resolved ]; }
vouched() { [ "$(assay health --json | jq .vouched)" = true ]; }
permitted() { [ "$(j mobilfunk-hlr decide --tre "$1" --terminal "$2" | jq -r .verdict)" = permit ]; }
# never_good ROUNDS DEVICE...: asked again and again, OCSP never says good.
never_good() {
	local n t
	for ((n = $1; n > 0; n--)); do
		for t in "${@:2}"; do
			ocsp_says "$t" good && { echo "$t is said to be good"; return 1; }
		done
		sleep 0.5
	done
}
resolve() {
	local number
	sleep 2 # until every witness has spoken
	number=$(shown .number) && a security-1 restore resolve --reason "as tested" &&
		a decider-1 approve "$number" && until_true 15 is_resolved "$number" && until_true 40 vouched
}
# never_permitted SECONDS TRE TERMINAL: asked all the time, no answer permits.
never_permitted() {
	local end=$((SECONDS + $1))
	while [ "$SECONDS" -lt "$end" ]; do
		permitted "$2" "$3" 2>/dev/null && { echo "it was permitted"; return 1; }
	done
	return 0
}

# ---- standbys: a folder beside VAR, on the same machine, in a socket of its own
standby_new() { # name sync|async
	local d=$work/$1 socket
	socket=$(mktemp -d /tmp/assay-sb.XXXXXX)
	echo "$socket" >"$work/$1.socket"
	"$pg_bin/pg_basebackup" -h "$run" -U "$(id -un)" -D "$d" -c fast -R -X stream || return 1
	sed -i "s/application_name=[^ ']*//; s/^primary_conninfo = '/&application_name=$1 /" "$d/postgresql.auto.conf"
	sed -i "s|^unix_socket_directories.*|unix_socket_directories = '$socket'|; s|'$VAR/postgres/|'$d/|" "$d/postgresql.conf"
	"$pg_bin/pg_ctl" -D "$d" -l "$work/$1.log" -w start >/dev/null || { cat "$work/$1.log"; return 1; }
	if [ "$2" = sync ]; then
		owner <<-SQL
			ALTER SYSTEM SET synchronous_standby_names = '$1';
			SELECT pg_reload_conf();
		SQL
	fi
	until_true 10 standby_follows "$1" "$2"
}
standby_follows() { [ "$(owner <<<"SELECT sync_state FROM pg_stat_replication WHERE application_name = '$1'")" = "$2" ]; }
# It receives nothing any more.
standby_falls_behind() { # name
	sed -i '/primary_conninfo/d' "$work/$1/postgresql.auto.conf"
	"$pg_bin/pg_ctl" -D "$work/$1" reload >/dev/null
	until_true 10 not standby_follows "$1" async
	sleep 0.5
}
# The machine of the primary is gone, and with it the process that starts it:
# what `assay run` would start again must find the standby's data in its place.
primary_dies() {
	kill -STOP "$RUN_PID"
	postgres_dies
	mv "$VAR/postgres" "$work/dead.$RANDOM"
}
# Promoted, and put where the programs look for PostgreSQL.
standby_takes_over() { # name
	local d=$work/$1
	"$pg_bin/pg_ctl" -D "$d" -w promote >/dev/null
	sed -i '/synchronous_standby_names/d; /primary_conninfo/d' "$d/postgresql.auto.conf"
	"$pg_bin/pg_ctl" -D "$d" -m fast -w stop >/dev/null
	sed -i "s|^unix_socket_directories.*|unix_socket_directories = '$run'|; s|'$d/|'$VAR/postgres/|" "$d/postgresql.conf"
	mv "$d" "$VAR/postgres"
	rm -rf "$(cat "$work/$1.socket")"
	kill -CONT "$RUN_PID"
}
