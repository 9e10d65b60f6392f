#!/usr/bin/env bash
# What a million devices cost in a year, channel by channel: seconds of
# processor time, octets kept and octets sent, signatures.  What one event of a
# channel costs is measured on a real instance, all its processes counted; how
# many there are in a year stands in the table below.  Prints the table and
# writes build/bench/cost.json.
#	COUNT=5000 tests/bench/cost.sh
set -u
settings=(COUNT=5000)
. "$(dirname "$0")/lib.sh"

# Events a year.  The dearest year: all the million arrive in it, a TrE and a
# terminal each; an operator takes each one on; somebody asks for its status each
# week, nine of ten times for what nginx still has; one in a hundred is revoked.
# A CRL block of 65,536 certificates is made anew each hour; ten operators take
# every number of the offline kit, and each block once a day.
devices=1000000 operators=10
certificates=$((2 * devices)) blocks=$((2 * devices / 65536 + 1))
declare -A a_year=(
	[certificate]=$certificates
	[decision]=$devices
	[ocsp.signed]=$((certificates * 52 / 10))
	[ocsp.cached]=$((certificates * 52 * 9 / 10))
	[revocation]=$((certificates / 100))
	[crl]=$((blocks * 24 * 365))
	[crl.fetched]=$((blocks * 365 * operators))
	[kit.delta]=$((24 * 365))
	[kit.full]=365
	[kit.fetched]=$((24 * 365 * operators))
	[second]=$((365 * 86400)) # of the daemons, when nothing happens
)
# Signatures of one event by our keys, as the profiles and protocols have it.
declare -A signed=([certificate]=1 [decision]=1 [ocsp.signed]=1 [crl]=2 [kit.delta]=1 [kit.full]=1)

start_instance
claim "suppliers, sites and models get accredited" story_accredited
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")

# ---- counting
cpu_us() { processes | awk -F'|' '{ s += $2 } END { printf "%.0f\n", s }'; }
kept() { # octets: the register, without what fills up again, and what is published
	echo $(($(owner <<<"SELECT sum(pg_relation_size(c.oid) + coalesce(pg_indexes_size(c.oid), 0)
		+ coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0))::bigint
		FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'assay'::regnamespace") + $(
			find "$VAR/public" -type f -printf '%s\n' | awk '{ s += $1 } END { print s + 0 }')))
}
begin() { cpu0=$(cpu_us) kept0=$(kept) at0=$(now_ms); }
# end CHANNEL EVENTS SENT: "channel us-each kept-each sent-each"; what the daemons
# would have taken in that time anyhow is not the channel's.
end() {
	local us=$(($(cpu_us) - cpu0)) octets=$(($(kept) - kept0)) ms=$(($(now_ms) - at0))
	awk -v c="$1" -v n="$2" -v us="$us" -v o="$octets" -v sent="$3" -v idle="${idle:-0}" -v ms="$ms" 'BEGIN {
		us -= idle * ms / 1000
		printf "%s %.1f %.0f %.0f\n", c, (us > 0 ? us : 0) / n, (o > 0 ? o : 0) / n, sent / n }' >>"$work/costs"
}
size() { cat "$@" | wc -c; }

# ---- what one of each costs
sleep 5 # what accreditation has set going comes to an end
begin
sleep 20
end second 20 0
idle=$(awk '$1 == "second" { print $2 }' "$work/costs")
# So short a time shows no growth; what the clock's rules keep is little.
sed -i 's/^\(second [0-9.]*\) .*/\1 0 0/' "$work/costs"

begin
claim "$COUNT devices get their certificates" story_lots "$COUNT"
end certificate $((2 * COUNT)) "$(size "$VAR"/*.rows "$VAR"/devices/*.crt)"

ask() { # path type connections ANSWERS <bodies
	"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$VAR/credentials/mobilfunk-hlr.crt" \
		"$VAR/credentials/mobilfunk-hlr.key" "$1" application/json 16 "$2" >"$work/asked"
}
questions=$((COUNT / 5))
begin
claim "$questions challenges" ask /v1/challenges "$work/challenges" < <(yes '{}' | head -n "$questions")
"$bin/tests/decide" "$VAR" mobilfunk "$questions" <"$work/challenges" >"$work/questions"
claim "and permits" ask /v1/decisions "$work/answers" <"$work/questions"
claim "which they are" [ "$(grep -c '"verdict": *"permit"' "$work/answers")" -eq "$questions" ]
end decision "$questions" "$(size "$work/challenges" "$work/questions" "$work/answers")"

issuer=$(leaf_of "$(tre_id 1)" | openssl x509 -noout -ext crlDistributionPoints | sed -n 's/.*crl\/\([0-9]*\)\/.*/\1/p')
"$bin/tests/status" requests "$VAR" "$issuer" "$COUNT" 20000 nonce >"$work/nonce"
"$bin/tests/status" requests "$VAR" "$issuer" "$COUNT" 1 get >"$work/get"
asked() { # CHANNEL REQUESTS: for five seconds
	local said
	begin
	said=$(REQUESTS=$2 wrk -t1 -c16 -d5s -s "$top/tests/bench/status.lua" "http://127.0.0.1:$PUBLIC_PORT" | awk '$1 == "wrk"')
	claim "none of $1 is refused" [ "$(cut -d' ' -f6 <<<"$said")" = 0 ]
	end "$1" $(cut -d' ' -f2,7 <<<"$said")
}
asked ocsp.signed "$work/nonce"
asked ocsp.cached "$work/get"

# Revoked, and in its CRL: one by one.
crl=$VAR/public/crl/$issuer/0.crl
number() { openssl crl -inform DER -in "$crl" -noout -crlnumber; }
again() { [ "$(number)" != "$was" ]; }
revoked() {
	was=$(number)
	a security-1 cert revoke "$(serial_of "$(tre_id "$1")")" --reason keyCompromise >/dev/null && until_true 70 again
}
# A CRL goes ten minutes after the next one of its block has come, which is too long for us.
replaced_go() {
	owner <<<"DELETE FROM assay.publication p WHERE path LIKE 'public/crl/%'
		AND id < (SELECT max(id) FROM assay.publication n WHERE n.path = p.path)"
	owner <<<"VACUUM FULL assay.publication"
}
replaced_go
begin
for i in 1 2 3 4 5; do claim "a revocation is in its CRL" revoked $i; done
replaced_go
end revocation 5 0
# The same work again is what an hour costs a block: all but the act itself, so
# what is said of it is a little too much.  Nothing of it is kept: it takes
# the place of the one before.
awk '$1 == "revocation" { print "crl", $2, 0, 0 }' "$work/costs" >>"$work/costs"
fetch() { # CHANNEL FILE TIMES
	local i
	begin
	for ((i = 0; i < $3; i++)); do curl -fsS --compressed -o /dev/null -w '%{size_download}\n' "$PUBLIC_URL/$2"; done >"$work/fetched"
	end "$1" "$3" "$(awk '{ s += $1 } END { print s }' "$work/fetched")"
}
fetch crl.fetched "crl/$issuer/0.crl" 50

# The kit, each second instead of each hour; then with a snapshot each time.
interval() { owner <<<"CREATE OR REPLACE FUNCTION assay.kit_$1() RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '$2' \$\$"; }
newest() { owner <<<"SELECT coalesce(max(number), 0) FROM assay.$1"; }
made() { [ $(($(newest "$1") - was)) -ge "$2" ]; }
kits() { # CHANNEL TABLE INTERVAL
	was=$(newest "$2")
	begin
	interval "$3" "0 seconds"
	[ "$3" = hourly ] || interval hourly "0 seconds"
	claim "five of $1 are made" until_true 60 made "$2" 5
	interval "$3" "1 day"
	interval hourly "1 day"
	end "$1" "$(($(newest "$2") - was))" 0
}
kits kit.delta kit hourly
kits kit.full kit_full daily
until_true 20 [ -e "$VAR/public/kit/$(newest kit).delta" ]
fetch kit.fetched "kit/$(newest kit).delta" 50

# ---- the table
echo "# $devices devices in a year; $(nproc) cores, load $(load), PostgreSQL $(owner <<<'SHOW server_version'), $(openssl version)"
printf '%-12s %12s %10s %10s %10s %4s %12s %10s %10s %12s\n' channel "a year" "us each" "kept each" "sent each" sig \
	"CPU s" "kept MiB" "sent MiB" signatures
: >"$work/rows"
while read -r channel us octets sent; do
	n=${a_year[$channel]} s=${signed[$channel]:-0}
	jq -nc --arg c "$channel" --argjson n "$n" --argjson us "$us" --argjson k "$octets" --argjson sent "$sent" --argjson s "$s" \
		'{channel: $c, a_year: $n, cpu_us: $us, kept: $k, sent: $sent, signatures: $s}' >>"$work/rows"
	awk -v c="$channel" -v n="$n" -v us="$us" -v o="$octets" -v sent="$sent" -v s="$s" 'BEGIN {
		printf "%-12s %12d %10.1f %10d %10d %4d %12.0f %10.0f %10.0f %12d\n", c, n, us, o, sent, s,
			n * us / 1e6, n * o / 1048576, n * sent / 1048576, n * s }'
done <"$work/costs"
jq -s '{name: "cost.million", unit: "CPU seconds a year", limit: (365 * 86400), peer: null,
	ours: (map(.a_year * .cpu_us) | add / 1e6 | round), goal: "less than one core", channels: .,
	kept: (map(.a_year * .kept) | add), sent: (map(.a_year * .sent) | add), signatures: (map(.a_year * .signatures) | add)}
	| .ratio = .ours / .limit | .met = (.ratio < 1) | [.]' "$work/rows" >"$report"
jq -r '.[0] | "cost.million: \(.ours) CPU seconds, \(.ratio * 1000 | round / 10) % of one core (\(if .met then "met" else "missed" end)); " +
	"\(.kept / 1073741824 * 10 | round / 10) GiB kept, \(.sent / 1073741824 * 10 | round / 10) GiB sent, \(.signatures) signatures"' "$report"
finish
