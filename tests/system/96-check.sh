#!/usr/bin/env bash
# Does everybody hear the same?  assay status check compares the register with
# the index, OCSP, the CRL, the feed and the offline kit; with a fault planted in
# each of them it says which, and since when.  How soon a change is seen on each is
# measured.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
. "$top/tests/lib/restore.sh"
lots=$(story_lots 7)
check() { assay status check --as reader "$@"; }
# found CHANNEL SUBJECT "WORDS": a difference is named, and the exit code is 1.
found() {
	local out rc=0
	out=$(check --all --json) || rc=$?
	[ $rc = 1 ] && jq -e --arg c "$1" --arg s "$2" --arg t "$3" '.differ[] | select(.channel == $c and
		.subject == $s and .delay == "beyond" and (.told | contains($t)))' <<<"$out" >/dev/null && return
	echo "exit code $rc"
	jq -c '.differ[]' <<<"$out"
	return 1
}
metric() { awk -v n="assay_status_$1" '$1 == n { print $2 }' "$VAR/log/status.prom"; }
channels_agree
claim "all of them, too" check --all --settled
claim "a sample has so many" test "$(check --sample 20 --json | jq .certificates)" -le 20
claim "nobody but the body asks" exits 3 assay status check --as tresor-pki
claim "a sample of nothing makes no sense" exits 2 check --sample 0

# ---- what changes is seen by all, and how soon
until_true 20 test -e "$VAR/log/status.prom"
mkdir "$work/old"
cp -r "$VAR/public/crl" "$VAR/public/feed" "$VAR/public/kit" "$work/old/"
begun=$(date +%s)
claim "a certificate is revoked" a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
claim "one is put on hold" a security-1 cert hold "$(serial_of TRE-3)" --legal-basis "under suspicion"
measure=$(j security-1 measure impose --kind hold --scope-kind lot --scope "${lots#* }" --legal-basis "a report" \
	--emergency | jq -r .number)
claim "at once nothing is beyond its delay" check
channels_agree
# measured CHANNEL SECONDS: there is a number, and it is within that.
visible() { metric "visible_seconds{channel=\"$1\"}"; }
measured() {
	local n
	n=$(visible "$1") && [ -n "$n" ] && [ "$n" -le "$2" ] || { echo "$1: $n"; return 1; }
}
claim "the continuous check has measured the index" until_true 70 measured index 5
claim "OCSP" until_true 70 measured ocsp 10
claim "the CRL" until_true 80 measured crl 75
claim "and the feed, by the measure" until_true 70 measured feed 60
claim "not yet the kit: there is one an hour" eval 'not measured kit 3600'
claim "which comes" one_more_kit
made=$(date +%s)
claim "and is measured" until_true 70 measured kit 3600
claim "from the first of its changes on" eval '[ "$(visible kit)" -ge $((made - begun - 5)) ] &&
	[ "$(visible kit)" -le $((made - begun + 15)) ] || { echo "$(visible kit) s, $((made - begun)) ago"; exit 1; }'
for channel in index ocsp crl feed kit; do
	claim "the longest that $channel took is kept" [ "$(metric "visible_most_seconds{channel=\"$channel\"}")" -ge "$(visible $channel)" ]
done
echo "# visible after: index $(visible index) s, OCSP $(visible ocsp) s, CRL $(visible crl) s, feed $(visible feed) s," \
	"kit $(visible kit) s"
claim "and finds nothing beyond its delay" test "$(metric 'differ{delay="beyond"}')" = 0
left=$((made + 78 - $(date +%s)))
[ $left -le 0 ] || sleep $left # now every channel's delay is over

# ---- planted faults
serial=$(serial_of TRE-2)
issuer=$(j reader cert show "$serial" | jq .issuer) index=$(j reader cert show "$serial" | jq .index)
octet() { dd if="$VAR/status/$issuer.state" bs=1 skip="$index" count=1 2>/dev/null; }
octet >"$work/octet"
plant() { dd of="$VAR/status/$issuer.state" bs=1 seek="$index" conv=notrunc 2>/dev/null; }
# The follower finds it within a second, and builds the index anew: not now.
follower=$(pgrep -P "$RUN_PID" assay-follower)
kill -STOP "$follower"
printf '\341' | plant # good
claim "an octet of the index that says good of what is revoked" found index "$serial" damaged
printf '\000' | plant
claim "one that says never issued" found index "$serial" damaged
printf '\103' | plant
claim "one that says nothing" found index "$serial" damaged
kill -CONT "$follower"
claim "the follower mends it by itself" until_true 10 check --all
printf '\341' | plant
claim "and again, before anybody asks" until_true 10 eval '[ "$(octet | od -An -tx1)" = "$(od -An -tx1 "$work/octet")" ]'
claim "mended, all agree" until_true 10 check --all

crl=$(cd "$VAR/public/crl" && find "$issuer" -name '[0-9]*.crl' ! -name '*-delta.crl' | head -1)
cp "$VAR/public/crl/$crl" "$work/today.crl"
cp "$work/old/crl/$crl" "$VAR/public/crl/$crl"
claim "a CRL of yesterday" found crl "$serial" good
claim "of one on hold as well" found crl "$(serial_of TRE-3)" good
printf 'x' | dd of="$VAR/public/crl/$crl" bs=1 seek=60 conv=notrunc 2>/dev/null
claim "one that was altered" found crl "$(serial_of TRE-1)" ""
rm "$VAR/public/crl/$crl"
claim "one that is missing" found crl "$serial" "nothing at"
cp "$work/today.crl" "$VAR/public/crl/$crl"
claim "mended, all agree" until_true 10 check --all

# The delta beside it, for whoever has an older complete one.
delta=${crl%.crl}-delta.crl
cp "$VAR/public/crl/$delta" "$work/today-delta.crl"
claim "a delta CRL is there" [ -s "$work/today-delta.crl" ]
cp "$work/old/crl/$delta" "$VAR/public/crl/$delta"
claim "a delta CRL of yesterday" found crl "$(serial_of TRE-1)" "of an earlier CRL"
printf 'x' | dd of="$VAR/public/crl/$delta" bs=1 seek=60 conv=notrunc 2>/dev/null
claim "one that was altered" found crl "$(serial_of TRE-1)" "the delta CRL: "
cp "$work/today.crl" "$VAR/public/crl/$delta"
claim "a complete one in its place" found crl "$(serial_of TRE-1)" "it is no delta"
rm "$VAR/public/crl/$delta"
claim "one that is missing" found crl "$(serial_of TRE-1)" "the delta CRL: there is nothing at"
cp "$work/today-delta.crl" "$VAR/public/crl/$delta"
claim "mended, all agree" until_true 10 check --all
owner <<<"SELECT pg_get_functiondef('assay.crl_touched'::regproc)" >"$work/crl_touched.sql"
claim "one is revoked, and whoever makes deltas does not look" eval 'sed "s/e.id > p_event/false/" "$work/crl_touched.sql" | owner &&
	a security-1 cert revoke "$(serial_of TRE-6)" --reason superseded'
listed() { openssl crl -inform DER -in "$VAR/public/crl/$crl" -noout -text | grep -qi "Serial Number: $(serial_of TRE-6)"; }
claim "the CRL has it" until_true 75 listed
sleep 76 # what was told since then is late
claim "the delta CRL that lacks it" found crl "$(serial_of TRE-6)" "lacks it"
claim "one that was on hold is good again" eval 'a security-1 cert release "$(serial_of TRE-3)" --reason "found" &&
	a decider-1 approve "$(serial_of TRE-3)"'
gone() { ! openssl crl -inform DER -in "$VAR/public/crl/$crl" -noout -text | grep -qi "Serial Number: $(serial_of TRE-3)"; }
claim "the CRL lists it no more" until_true 75 gone
sleep 76
amiss() { check --sample 200 --json | jq -e --arg s "$(serial_of TRE-3)" ".differ[] | select(.channel == \"crl\" and .subject == \$s and
	.delay == \"beyond\" and (.told | contains(\"does not say that it is good again\")))"; }
claim "the delta CRL that does not take it off" until_true 10 amiss
owner <"$work/crl_touched.sql" >/dev/null
claim "another is revoked, and all are looked for" a security-1 cert revoke "$(serial_of TRE-7)" --reason superseded
claim "mended, all agree" until_true 75 check --all --settled

cp "$VAR/public/feed/latest.jws" "$work/latest.jws"
cp "$work/old/feed/latest.jws" "$VAR/public/feed/latest.jws"
claim "a feed that misses an event" found feed "$measure" missing
cp "$work/latest.jws" "$VAR/public/feed/latest.jws"
claim "mended, all agree" check --all

kit=$VAR/public/kit newest=$(kit_number)
mkdir "$work/kits"
cp "$kit"/latest.* "$kit/$newest.delta" "$work/kits/"
cp "$work/old/kit/latest.delta" "$kit/latest.delta"
yesterday=$(ls "$work/old/kit" | sed -n "s/^\\([0-9]*\\)\.delta/\\1/p" | sort -n | tail -1)
claim "a kit of yesterday" found kit latest "kit $yesterday"
claim "says which there should be" eval 'check --json | jq -e --arg n "kit $newest" ".differ[] | select(.register == \$n)"'
cp "$work/kits/latest.delta" "$kit/"
printf 'x' | dd of="$kit/latest.delta" bs=1 seek=300 conv=notrunc 2>/dev/null
claim "one that was altered" found kit latest "kit"
rm "$kit/latest.delta"
claim "one that is missing" found kit latest "nothing at"
cp "$work/kits/latest.delta" "$kit/"
claim "mended, all agree" check --all
owner <<<"SELECT pg_get_functiondef('assay.kit_changes'::regproc)" >"$work/kit_changes.sql"
claim "one is revoked, and the kit's maker does not look" eval 'a security-1 cert revoke "$(serial_of TRE-4)" --reason superseded &&
	sed "s/WHERE e.id > p_after/WHERE false AND e.id > p_after/" "$work/kit_changes.sql" | owner'
claim "so that one is made without it" one_more_kit
claim "a kit that misses a revocation" found kit "$(serial_of TRE-4)" good
owner <"$work/kit_changes.sql" >/dev/null
claim "the maker looks again, and makes a snapshot" eval 'owner <<<"CREATE OR REPLACE FUNCTION assay.kit_daily()
	RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '"'0 seconds'"' \$\$" && one_more_kit'
claim "mended, all agree" until_true 60 check --all

# Between us and the world is a cache that keeps what it has, for a day.
conf=$VAR/nginx/nginx.conf
cp "$conf" "$work/nginx.conf"
sed -i -e '/location = \/ocsp {/a proxy_cache_valid 200 1d; proxy_ignore_headers Cache-Control Expires X-Accel-Expires;' \
	-e 's/proxy_cache_min_uses .*/proxy_cache_min_uses 1;/' -e 's/inactive=2s use_temp/inactive=1d use_temp/' "$conf"
rm -rf "$VAR"/nginx/ocsp/* # what is there is kept for less
nginx_reload
claim "a cache is filled while all is well" check --all
claim "with what it was told" [ -n "$(find "$VAR/nginx/ocsp" -type f | head -n 1)" ]
claim "then a certificate is revoked" a security-1 cert revoke "$(serial_of TRE-5)" --reason superseded
sleep 11
claim "a cache that replays the OCSP answer of before" found ocsp "$(serial_of TRE-5)" good
cp "$work/nginx.conf" "$conf"
rm -rf "$VAR"/nginx/ocsp/*
nginx_reload
claim "mended, all agree" until_true 90 check --all --settled
finish
