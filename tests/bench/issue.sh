#!/usr/bin/env bash
# How fast lots become certificates, end to end: a real instance, manifests by
# HTTPS, and, in the same run, what this machine's verifications, signatures
# and COPY would allow.  Prints a table and writes build/bench/issue.json.
#	DEVICES=10000 tests/bench/issue.sh
set -u
settings=(DEVICES=100000)
. "$(dirname "$0")/lib.sh"
devices=$DEVICES

"$bin/tests/devices" csr "$devices" CSR- >"$work/csr"
"$bin/tests/devices" key "$devices" KEY- >"$work/key"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
claim "a site is audited for key injection" story_keys
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")

# issue KIND MODEL SITE: devices a second, from the first octet sent to the
# last certificate stored, and what the steps of it took.
issue() {
	local t0 t1 t2 number
	processes >"$work/before"
	a tresor-pki lot sign --model "$2" --site "$3" --kind "$1" --rows "$work/$1" --out "$work/manifest"
	t0=$(now_ms)
	number=$(j tresor-pki lot submit --manifest "$work/manifest" | jq -re .number) || return 1
	t1=$(now_ms)
	a tresor-pki lot wait "$number" --timeout 86400 >/dev/null || return 1
	# not when whoever waits has asked again
	t2=$(owner <<<"SELECT floor(extract(epoch FROM finished) * 1000) FROM assay.lot WHERE number = '$number'")
	[ "$(j tresor-pki lot show "$number" | jq .issued)" -eq "$devices" ] || return 1
	processes >"$work/after"
	echo "# $1: sent in $((t1 - t0)) ms, checked and issued in $((t2 - t1)) ms; load $(load)" >&2
	echo "# what one costs: CPU us, switches" >&2
	costs "$work/before" "$work/after" "$devices" >&2
	echo "$devices $((t2 - t0))" | awk '{ printf "%.0f", $1 * 1000 / $2 }'
}
# The same rows, with all their octets, into a table with two indexes, by as many
# processes as there are cores: what performance.md calls COPY.
copy_rate() {
	local t0 t1 n i jobs=()
	n=$(nproc)
	owner <<<"CREATE VIEW public.whole AS SELECT issuer_id, index, profile, serial, assay.certificate_der(c) AS der,
		der_sha256, assay.certificate_key(c) AS spki_sha256, device_id, lot_id, lot_id AS coc_id, not_before, issued, state, reason, changed, invalidity, event_id
		FROM assay.certificate c WHERE profile = 'tre'"
	for ((i = 0; i < n; i++)); do
		psql -h "$run" -d assay -qAtX -c "COPY (SELECT * FROM (SELECT * FROM public.whole LIMIT $devices) w
			WHERE index % $n = $i) TO STDOUT (FORMAT binary)" >"$work/copied.$i"
	done
	owner <<<"CREATE TABLE public.copied (LIKE public.whole, PRIMARY KEY (issuer_id, index), UNIQUE (spki_sha256))"
	t0=$(now_ms)
	for ((i = 0; i < n; i++)); do
		psql -h "$run" -d assay -qAtX -c "COPY public.copied FROM STDIN (FORMAT binary)" <"$work/copied.$i" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	t1=$(now_ms)
	[ "$(owner <<<"SELECT count(*) FROM public.copied")" -eq "$devices" ] || not_ok "all rows are copied"
	echo "$devices $((t1 - t0))" | awk '{ printf "%.0f", $1 * 1000 / $2 }'
	owner <<<"DROP TABLE public.copied"
	rm "$work"/copied.*
}
# of WHAT, by one process or by as many as there are cores
limit() { awk -v w="$1" -v n="$2" '$1 == w && (n == "one") == ($2 == 1) { r = $3 } END { printf "%.0f", r }' "$work/limits"; }
calc() { awk "BEGIN { printf \"%.0f\", $1 }"; }

"$bin/tests/limits" 6 >"$work/limits.1"
size_before=$(owner <<<"SELECT pg_database_size('assay')")
csr=$(issue csr tresor-m2 tresor-dresden) || { not_ok "a lot of requests is issued"; finish; }
size_after=$(owner <<<"SELECT sum(pg_total_relation_size(c)) FROM unnest(ARRAY['assay.certificate',
	'assay.certificate_template', 'assay.device', 'assay.binding', 'assay.status_event']::regclass[]) c")
rows_size=$(owner <<<"SELECT pg_total_relation_size('assay.lot_row')")
# Table by table and index by index, those of an octet a certificate at least.
relations=$(owner <<<"SELECT format('#   %-28s %5s', c.relname, pg_relation_size(c.oid) / $devices) FROM pg_class c
	WHERE c.relkind IN ('r', 'i') AND c.relnamespace = 'assay'::regnamespace
	AND pg_relation_size(c.oid) >= $devices ORDER BY pg_relation_size(c.oid) DESC")
"$bin/tests/limits" 6 >"$work/limits.2"
key=$(issue key tresor-k1 tresor-bautzen) || { not_ok "a lot of keys is issued"; finish; }
"$bin/tests/limits" 6 >"$work/limits.3"
# the mean of what was measured before, between and after
awk '{ s[$1 " " $2] += $3; n[$1 " " $2]++ } END { for (k in s) print k, s[k] / n[k] }' "$work"/limits.? >"$work/limits"
copy=$(copy_rate)
memory=$(awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$(authority)/status")

first=1 missed=0
# line NAME UNIT LIMIT OURS GOAL WANTED: WANTED is the least ratio, or the most
# where it begins with <
line() {
	local ratio met
	ratio=$(awk -v l="$3" -v o="$4" 'BEGIN { printf "%.3f", (l > 0 ? o / l : 0) }')
	met=$(awk -v r="$ratio" -v w="${6#<}" -v less="${6%%[0-9]*}" \
		'BEGIN { print ((less == "<" ? r <= w : r >= w) ? "true" : "false") }')
	[ "$met" = true ] || missed=$((missed + 1))
	printf '%-14s %-14s %12s %12s %7s  %s: %s\n' "$1" "$2" "$3" "$4" "$ratio" "$5" \
		"$([ "$met" = true ] && echo met || echo MISSED)"
	[ $first = 1 ] || echo , >>"$report"
	first=0
	jq -nc --arg name "$1" --arg unit "$2" --argjson limit "$3" --argjson ours "$4" --argjson ratio "$ratio" \
		--arg goal "$5" --argjson met "$met" '{name: $name, unit: $unit, limit: $limit, peer: null,
		ours: $ours, ratio: $ratio, goal: $goal, met: $met}' >>"$report"
}
echo "# $devices devices, $(nproc) cores, load $(load), PostgreSQL $(owner <<<'SHOW server_version'), $(openssl version)"
echo "# verify/s: 1 process $(limit verify one), all cores $(limit verify all);" \
	"sign/s: $(limit sign one), $(limit sign all); COPY rows/s, all cores: $copy"
together=$(calc "1 / (1 / $(limit verify all) + 1 / $(limit sign all) + 1 / $copy)")
echo "# verifying, signing and COPY in turn would allow $together requests a second; ours are" \
	"$(awk -v o="$csr" -v l="$together" 'BEGIN { printf "%.3f", o / l }') of that"
printf '%-14s %-14s %12s %12s %7s  %s\n' what unit limit ours ratio goal
: >"$report"
echo '[' >>"$report"
line issue.sign 'certs/s, 1 core' "$(limit sign one)" "$(limit certify one)" \
	"at least 0.85 of pure signing" 0.85
line issue.csr certs/s "$(limit verify all)" "$csr" "at least 0.6 of verify/s on all cores" 0.6
line issue.key certs/s "$(calc "1 / (1 / $(limit sign all) + 1 / $copy)")" "$key" \
	"at least 0.6 of signing and COPY in turn" 0.6
line issue.octets octets/cert 1000 "$(calc "$size_after / $devices")" "at most 1,000 in PostgreSQL" '<1'
line issue.memory octets $((128 << 20)) "$memory" "the authority within 128 MiB" '<1'
echo ']' >>"$report"
printf '# octets a certificate, of the lot of requests:\n%s\n' "$relations"
echo "# what was sent, kept in lot_row: $(calc "$rows_size / $devices") octets a row"
[ "$missed" -eq 0 ] || echo "# $missed goals are missed"
jq -e . "$report" >/dev/null || not_ok "the report is JSON"
finish
