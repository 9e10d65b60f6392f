#!/usr/bin/env bash
# CRLs as large as they get: our writer beside `openssl ca -gencrl`, from the same
# database, in turn, by the processor's time; its memory as the list grows; and
# with a real instance how long a mass event takes to be in every CRL that it
# concerns.  Prints a table and writes build/bench/crl.json.
#	ENTRIES=1000000 ROUNDS=3 MASS=10000000 tests/bench/crl.sh	MASS=0: no mass events
set -u
settings=(ENTRIES=1000000 ROUNDS=3 MASS=10000000)
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# ---- the peer's database

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=CA -days 9000 \
	-addext "keyUsage = critical, keyCertSign, cRLSign" -addext "authorityKeyIdentifier = keyid" 2>/dev/null
chmod 600 ca.key
awk -v n="$ENTRIES" 'BEGIN { srand(1); for (i = 0; i < n; i++) {
	s = "01"; for (k = 0; k < 4; k++) s = s sprintf("%08X", int(rand() * 4294967295));
	printf "R\t350101000000Z\t27%02d%02d%02d%02d%02dZ,keyCompromise\t%s\tunknown\t/CN=x\n", 1 + int(rand() * 12),
		1 + int(rand() * 28), int(rand() * 24), int(rand() * 60), int(rand() * 60), s } }' >index.txt
echo 01 >number
cat >ca.cnf <<'CNF'
[ ca ]
default_ca = it
[ it ]
database = index.txt
crlnumber = number
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_crl_days = 7
unique_subject = no
crl_extensions = ext
[ ext ]
authorityKeyIdentifier = keyid
CNF

peer() { "$bin/tests/crl" cost openssl ca -config ca.cnf -gencrl -out peer.crl 2>/dev/null; }
ours() { "$bin/tests/crl" cost "$bin/tests/crl" index index.txt ca.pem ca.key ours.crl; }
run() { "$bin/tests/crl" cost "$bin/tests/crl" run "$1" ca.pem ca.key run.crl; }
# median of a column
median() { sort -n -k"$2,$2" "$1" | awk -v c="$2" '{ a[NR] = $c } END { print a[int((NR + 1) / 2)] }'; }
for ((i = 0; i < ROUNDS; i++)); do
	peer >>peer
	ours >>ours
	run "$ENTRIES" >>run.1
done
run $((ENTRIES * 10)) >run.10
serials() { openssl crl "$@" -noout -text | awk '/Serial Number:/ { print $3 }' | sort | sha256sum; }
claim "both list the same certificates" [ "$(serials -in peer.crl)" = "$(serials -inform DER -in ours.crl)" ]
claim "and openssl verifies ours" openssl crl -inform DER -in ours.crl -noout -CAfile ca.pem
rm -f peer.crl ours.crl run.crl index.txt*

# ---- the report

first=1 missed=0
: >"$report"
echo '[' >>"$report"
# line NAME UNIT PEER OURS GOAL MOST: at most that ratio
line() {
	local ratio met
	ratio=$(awk -v p="$3" -v o="$4" 'BEGIN { printf "%.4f", (p > 0 ? o / p : 0) }')
	met=$(awk -v r="$ratio" -v w="$6" 'BEGIN { print (r <= w ? "true" : "false") }')
	[ "$met" = true ] || missed=$((missed + 1))
	printf '%-16s %-14s %12s %12s %8s  %s: %s\n' "$1" "$2" "$3" "$4" "$ratio" "$5" \
		"$([ "$met" = true ] && echo met || echo MISSED)"
	[ $first = 1 ] || echo , >>"$report"
	first=0
	jq -nc --arg name "$1" --arg unit "$2" --argjson peer "$3" --argjson ours "$4" --argjson ratio "$ratio" \
		--arg goal "$5" --argjson met "$met" '{name: $name, unit: $unit, limit: null, peer: $peer,
		ours: $ours, ratio: $ratio, goal: $goal, met: $met}' >>"$report"
}
echo "# $ENTRIES entries, $(nproc) cores, load $(load), $(openssl version)"
echo "# by the clock: openssl $(median peer 1) ms, ours $(median ours 1) ms," \
	"out of the register's runs $(median run.1 1) ms"
printf '%-16s %-14s %12s %12s %8s  %s\n' what unit peer ours ratio goal
line crl.time "CPU ms" "$(median peer 2)" "$(median ours 2)" "at most 1/30 of openssl ca -gencrl" 0.0333
line crl.memory octets "$(median peer 3)" "$(median ours 3)" "at most 1/15 of openssl ca -gencrl" 0.0667
line crl.flat octets "$(median run.1 3)" "$(median run.10 3)" "ten times the entries in the same memory" 1.1

# ---- mass events, on the CRL channel of a real instance

crls() { find "$VAR/public/crl/$issuer" -name '[0-9]*.crl' "$@" | grep -vc delta; }
blocks() { owner <<<"SELECT next_index / 65536 + 1 FROM assay.issuer WHERE id = $issuer"; }
# event SQL HOW-MANY: what happens to the log, and how many milliseconds later the
# first and the last of so many CRLs have it
event() {
	local t0 first= n
	sleep 1.1 # files have their times in seconds
	touch "$work/before"
	sleep 1.1
	t0=$(now_ms)
	owner <<<"SET search_path = assay; SELECT $1" >/dev/null || return 1
	while :; do
		n=$(crls -newer "$work/before" -size +100k)
		[ "$n" -gt 0 ] && [ -z "$first" ] && first=$(($(now_ms) - t0))
		[ "$n" -ge "$2" ] && break
		[ $(($(now_ms) - t0)) -lt 400000 ] || return 1
		sleep 0.05
	done
	echo "$first $(($(now_ms) - t0))"
}
cpu() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / hz }' "/proc/$(authority)/stat"; }
rss() { awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$(authority)/status"; }

if [ "$MASS" -gt 0 ]; then
	own_installation
	start_instance
	. "$top/tests/lib/memory.sh"
	claim "suppliers, sites and models get accredited" story_accredited
	claim "two lots are issued" story_lots 2
	[ "$failed" -eq 0 ] || finish
	run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
	issuer=$(leaf_of "$(tre_id 1)" | openssl x509 -noout -ext crlDistributionPoints |
		sed -n 's/.*crl\/\([0-9]*\)\/.*/\1/p')
	claim "so many are in the register" register_many "$MASS" tresor-m2
	n=$(blocks)
	claim "each block has its first CRL" until_true 400 eval '[ "$(crls)" -eq "$n" ]'
	[ "$failed" -eq 0 ] || finish
	before=$(cpu)
	lot=$(event "status_cohort_revoked('lot', (SELECT id FROM lot WHERE number = 'LOT-MASS-1'), NULL, 5)" \
		$((1000000 / 65536 + 1))) || { not_ok "each CRL has it"; finish; }
	echo "# a lot of 1,000,000 revoked: the first CRL after ${lot% *} ms, the last after ${lot#* } ms;" \
		"the authority worked $(awk "BEGIN { print $(cpu) - $before }") ms; load $(load)"
	before=$(cpu)
	all=$(event "status_cohort(true, 'model', (SELECT id FROM model WHERE handle = 'tresor-m2'), NULL)" \
		"$n") || { not_ok "each CRL has it"; finish; }
	echo "# a model of $MASS held: the first CRL after ${all% *} ms, the last after ${all#* } ms;" \
		"the authority worked $(awk "BEGIN { print $(cpu) - $before }") ms; load $(load)"
	line crl.mass_lot ms 60000 "${lot#* }" "a lot of 1 M in each CRL within 60 s" 1
	line crl.mass_model ms 60000 "${all#* }" "a model of $MASS in each CRL within 60 s" 1
	line crl.authority octets $((128 << 20)) "$(rss)" "the authority within 128 MiB" 1
	claim "a full block lists every one of it" \
		[ "$(openssl crl -inform DER -in "$VAR/public/crl/$issuer/5.crl" -noout -text | grep -c 'Serial Number')" -eq 65536 ]
	echo "# a full block: $(stat -c %s "$VAR/public/crl/$issuer/5.crl") octets," \
		"$(gzip -1 <"$VAR/public/crl/$issuer/5.crl" | wc -c) compressed;" \
		"database $(owner <<<"SELECT pg_size_pretty(pg_database_size('assay'))")"

	# ---- and all of it in one CRL
	sed -i '/^\[ issuing_ca \]/,/^\[/ s/^crl_complete.*/crl_complete = 16777216/' "$profiles"
	complete=$VAR/public/crl/$issuer/complete.crl
	rm -f "$complete" # of the two that there were at first
	old=$(authority)
	kill "$old"
	claim "the authority starts again" until_true 30 eval 'new=$(authority) && [ -n "$new" ] && [ "$new" != "$old" ]'
	memory_watch
	t0=$(now_ms)
	claim "one CRL has all of them" until_true 60 [ -s "$complete" ]
	t=$(($(now_ms) - t0))
	memory_end
	entries=$(sed -n 's/.*block -1: \([0-9]*\) entries.*/\1/p' "$VAR/log/authority.log" | tail -n 1)
	echo "# $entries in one CRL: $(stat -c %s "$complete") octets, there after $t ms, of which the authority worked $(cpu) ms; load $(load)"
	claim "each of them" [ "$entries" -ge "$MASS" ]
	for who in assay-authority assay-follower "postgres assay_authority" "postgres assay_follower"; do
		line "crl.complete" octets $((64 << 20)) \
			"$(memory_said | awk -F'|' -v n="$who" '$1 == n { m = $2 } END { print m * 1024 }')" "$who within 64 MiB" 1
	done
fi
echo ']' >>"$report"
[ "$missed" -eq 0 ] || echo "# $missed goals are missed"
jq -e . "$report" >/dev/null || not_ok "the report is JSON"
finish
