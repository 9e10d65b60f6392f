#!/usr/bin/env bash
# How much one may ask for in a while: refused with 429 and when to come again,
# and nobody else waits for it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
at() { record "INSERT INTO test_clock (now) VALUES ('$1') ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
rate() { record "UPDATE rate SET most = $2 WHERE name = '$1'"; }
claim "rates are in force" is "$(record "SELECT string_agg(name, ' ' ORDER BY name) FROM rate")" \
	"ca_crl_megabytes coc_devices device_disputes device_refusals device_renewals device_transactions operator_disputes organisation_evidence organisation_evidence_year organisation_secrets principal_crls principal_lots principal_renewals principal_requests"
stolen=$(psql -h "$run" -U assay_api -d assay -qAtX 2>&1 <<<"UPDATE assay.rate SET most = 1e9")
claim "the api's role raises none" grep -q "permission denied" <<<"$stolen"

# lots NAME...: one of one TrE each, under that name
lot() {
	a reader device new --kind tre --id "$1" --rows "$work/$1.rows" &&
		a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows "$work/$1.rows" --out "$work/$1.lot"
}
# post WHO NAME: the code, and when to come again
post() {
	api_as "$1" -o "$work/answer" -D "$work/head" -w '%{http_code}' -H 'Content-Type: application/x-ndjson' \
		--data-binary @"$work/$2.lot" "$URL/v1/lots"
}
retry() { tr -d '\r' <"$work/head" | awk 'tolower($1) == "retry-after:" { print $2 }'; }
code() { jq -r .type "$work/answer" | sed 's,.*/,,'; }
for n in A1 A2 A3 A4; do lot "TRE-$n"; done
began=$(date -u +%s)
rate principal_lots 2
claim "the first lot is taken" is "$(post tresor-pki TRE-A1)" 201
claim "the second is" is "$(post tresor-pki TRE-A2)" 201
claim "the third is too often" is "$(post tresor-pki TRE-A3) $(code)" "429 RATE_LIMITED"
claim "and says when" test "$(retry)" -gt 3500 -a "$(retry)" -le 3600
claim "the same lot again is no new one" is "$(post tresor-pki TRE-A1)" 200
refused RATE_LIMITED "nor is an open one taken" assay lot open --model tresor-m2 --site tresor-dresden --count 1 --as tresor-pki
claim "another supplier doesn't wait" a karren-pki lot open --model karren-t1 --site karren-ulm --count 1
at "$(date -u -d "@$((began + 3590))" +%FT%TZ)"
claim "ten seconds early it is too often still" is "$(post tresor-pki TRE-A3)" 429
at "$(date -u -d "@$((began + 3615))" +%FT%TZ)"
claim "an hour later it is taken" is "$(post tresor-pki TRE-A3)" 201
record "DELETE FROM test_clock"
rate principal_lots 1000
rate coc_devices 3
claim "a fourth device under one CoC in a day is too many" is "$(post tresor-pki TRE-A4) $(code)" "429 RATE_LIMITED"
rate coc_devices 4
claim "where four are allowed it is not" is "$(post tresor-pki TRE-A4)" 201

# ---- one at a time
rate coc_devices 100
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 30 | jq -r .number)
rate principal_requests 1
est() { # ID [CURVE [options]]; again, while it is told to ask later
	openssl req -new -newkey ec -pkeyopt "ec_paramgen_curve:${2:-P-256}" -nodes -keyout "$work/k" -subj "/CN=$1" -outform DER "${@:3}" 2>/dev/null |
		base64 -w0 >"$work/csr"
	for _ in {1..60}; do [ "$(post_csr)" = 202 ] || break; sleep 1; done
	cat "$work/status"
}
post_csr() {
	api_as tresor-pki -o "$work/answer" -D "$work/head" -w '%{http_code}' -H 'Content-Type: application/pkcs10' \
		--data-binary @"$work/csr" "$URL/.well-known/est/$lot/simpleenroll" | tee "$work/status"
}
claim "a request is recorded" grep -q '20[02]' <<<"$(est TRE-B1)"
claim "a second in the same minute is too often" is "$(est TRE-B2) $(code)" "429 RATE_LIMITED"
claim "for less than a minute" test "$(retry)" -ge 1 -a "$(retry)" -le 60
rate principal_requests 1000
rate coc_devices 4
claim "those count under the CoC, too" is "$(est TRE-B3) $(code)" "429 RATE_LIMITED"
rate coc_devices 100
rate device_refusals 2
came() { j reader lot show "$lot" | jq .enrolled; }
claim "a device with a key that is not taken is refused" is "$(est TRE-B9 P-384 -sha384 >/dev/null; code)" KEY_NOT_ALLOWED
claim "again" is "$(est TRE-B9 P-384 -sha384 >/dev/null; code)" KEY_NOT_ALLOWED
before=$(came)
claim "and then asks too often" is "$(est TRE-B9 P-384 -sha384) $(code)" "429 RATE_LIMITED"
claim "for a day" test "$(retry)" -gt 86000 -a "$(retry)" -le 86400
claim "so that it fills nobody's lot" is "$(came)" "$before"
claim "another device goes on" grep -q '20[02]' <<<"$(est TRE-B8)"
record "UPDATE rate SET per = '1 second' WHERE name = 'device_refusals'"
sleep 2
claim "once that is over it may ask with another key" grep -q '20[02]' <<<"$(est TRE-B9)"
record "UPDATE rate SET per = '1 day' WHERE name = 'device_refusals'"
rate device_refusals 16

# ---- what takes long has processes of its own, as if ten million requests came in
rate coc_devices 1000
rate principal_lots 1000
lot TRE-L1
long=$(for n in 2 3; do pgrep -P "$(cat "$VAR/api/kore-$n.pid")"; done)
kill -STOP $long
post tresor-pki TRE-L1 >"$work/long" &
sending=$!
sleep 1
answered() { # how many of twenty, within five seconds each
	local i n=0
	for ((i = 0; i < 20; i++)); do
		[ "$(api_as security-1 -m 5 -o /dev/null -w '%{http_code}' "$URL/v1/lots")" = 200 ] && n=$((n + 1))
	done
	echo "$n"
}
claim "while a lot is taken in, everybody else is answered" is "$(answered)" 20
# on a slow machine by 202, which is an answer, too; so another asks
nth=3
enrolled() { nth=$((nth + 1)) && [ "$(est TRE-B$nth)" = 200 ]; }
claim "devices that enrol, too" until_true 10 enrolled
claim "the lot waits" test ! -s "$work/long"
kill -CONT $long
wait "$sending"
claim "and is taken" is "$(cat "$work/long")" 201

# ---- what one operator asks beyond its share waits for itself
claim "a second operator" story_organisation fernfunk "Fernfunk" operator
story_principal fernfunk-hlr fernfunk operator
crowd=$(pgrep -P "$(cat "$VAR/api/kore-4.pid")")
kill -STOP $crowd
for ((i = 0; i < 24; i++)); do
	api_as mobilfunk-hlr -m 40 -o /dev/null -w '%{http_code}\n' -d '{}' -H 'Content-Type: application/json' "$URL/v1/challenges" >"$work/greedy.$i" &
	asking[i]=$!
done
sleep 1
challenged() { # how many of twenty, within five seconds each
	local i n=0
	for ((i = 0; i < 20; i++)); do
		[ "$(api_as fernfunk-hlr -m 5 -o /dev/null -w '%{http_code}' -d '{}' -H 'Content-Type: application/json' \
			"$URL/v1/challenges")" = 201 ] && n=$((n + 1))
	done
	echo "$n"
}
claim "beside a greedy operator another's questions are answered" is "$(challenged)" 20
claim "while some of its own wait" test "$(cat "$work"/greedy.* | wc -l)" -lt 24
kill -CONT $crowd
wait "${asking[@]}"
claim "and are answered, too" is "$(cat "$work"/greedy.* | sort | uniq -c | xargs)" "24 201"

# ---- evidence is kept for ever
evidence() { # WHO NAME: the code
	echo "of $2" >"$work/$2.txt"
	api_as "$1" -X PUT -o "$work/answer" -D "$work/head" -w '%{http_code}' -H 'Content-Type: text/plain' --data-binary @"$work/$2.txt" \
		"$URL/v1/evidence/$(sha256sum <"$work/$2.txt" | cut -d' ' -f1)?filename=$2.txt"
}
kept() { find "$VAR/evidence" -type f | wc -l; }
of_tresor=$(record "SELECT count(*) FROM evidence WHERE organisation_id = (SELECT id FROM organisation WHERE handle = 'tresor')")
for name in organisation_evidence organisation_evidence_year; do
	rate $name $((of_tresor + 1))
	claim "evidence is taken, of a megabyte at the least ($name)" is "$(evidence tresor-pki $name-1)" 201
	before=$(kept)
	claim "more than its organisation may bring is not" is "$(evidence tresor-pki $name-2) $(code)" "429 RATE_LIMITED"
	claim "nor kept" is "$(kept)" "$before"
	claim "what is there is no more" is "$(evidence tresor-pki $name-1)" 200
	claim "another's is taken" is "$(evidence karren-pki $name-3)" 201
	of_tresor=$((of_tresor + 1))
	rate $name 100000
done
claim "the API's sessions put so much on the disk at the most, and cannot say otherwise" is \
	"$(psql -h "$run" -U assay_api -d assay -qAtX 2>&1 <<<"SHOW temp_file_limit; SET temp_file_limit = -1" | head -n 2 | sed "s, to .*,," | xargs)" \
	"1GB ERROR: permission denied"

# ---- requests of one credential, at nginx; a smaller limit than ours, so that a
# slow machine reaches it
conf=$(find "$VAR" -name nginx.conf | head -1)
claim "a credential is limited in nginx" grep -q 'zone=principal burst=5000' "$conf"
sed -i 's/zone=principal burst=5000/zone=principal burst=20/; s/zone=principal:8m rate=500r/zone=principal:8m rate=1r/' "$conf"
nginx_reload
# until one is refused, its answer kept
refuses() {
	for ((i = 0; i < 60; i++)); do
		[ "$(api_as "$1" -o "$work/answer" -D "$work/head" -w '%{http_code}' "$URL/v1/whoami")" = 429 ] && return
	done
	return 1
}
claim "too many requests at once from one are refused" until_true 10 refuses reader
claim "who is refused is told when to come again" is "$(code) $(retry)" "TOO_OFTEN 1"
claim "another's is answered meanwhile" is "$(api_as security-1 -o /dev/null -w '%{http_code}' "$URL/v1/whoami")" 200
finish
