# Backups taken, put back, and what is seen of that.  After lib.sh, story.sh and
# account.sh, with an instance running.
pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)

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

# ---- what the system says of it
shown() { j security-1 restore show | jq -r "$1"; }
known() { shown ".known_better[] | select(.serial == \"$1\") | .state + \" \" + .reason"; }
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
