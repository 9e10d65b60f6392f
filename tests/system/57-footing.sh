#!/usr/bin/env bash
# What the authority remembers of an open lot's right to be issued is worth nothing
# once anything that it stands on has moved: nothing is stored on it, whoever
# commits first; and indexes that were reserved ahead are issued or void.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c "SET search_path = assay" -c "$1" 2>&1; }
authority() { pgrep -f -P "$RUN_PID" assay-authority | head -1; }
cred=$VAR/credentials

lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 50 | jq -r .number)
in_state() { is "$(record "SELECT state FROM lot WHERE number = '$lot'")" "$1"; }
claim "a lot is opened" until_true 10 in_state open
# enrol NAME: the code
enrol() {
	[ -e "$work/$1.csr" ] || openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
		-subj "/CN=$1" -outform DER 2>/dev/null | base64 >"$work/$1.csr"
	api_as tresor-pki -o "$work/out" -w '%{http_code}' -H 'Content-Type: application/pkcs10' \
		--data-binary "@$work/$1.csr" "$URL/.well-known/est/$lot/simpleenroll"
}
problem() { jq -r .type "$work/out" | sed 's,.*/,,'; }
# Who comes to a new lot in the middle of one of the authority's turns is issued the
# long way, with nothing reserved ahead: the next one is not.
ranges() { record "SELECT count(*) FILTER (WHERE r.state = 'issued') || ' issued ' ||
	coalesce(sum(r.count) FILTER (WHERE r.state = 'reserved'), 0) || ' ahead'
	FROM index_range r JOIN lot l ON l.id = r.lot_id WHERE l.number = '$1'"; }
# comes LOT COMMAND NAME: five at most, NAME1 ..., until indexes are reserved ahead; all
# of them get their certificates
comes() {
	local i
	for i in 1 2 3 4 5; do
		[ "$("$2" "$3$i")" = 200 ] || return
		case $(ranges "$1") in *' 0 ahead') ;; *) return 0 ;; esac
	done
	return 1
}
claim "for devices of it indexes are reserved ahead" comes "$lot" enrol TRE-A
was=$(ranges "$lot")
claim "sixteen, of which the first is issued" is "${was#* issued }" "15 ahead"
claim "others get certificates" is "$(enrol TRE-F1) $(enrol TRE-F2)" "200 200"
claim "of the same range" is "$(ranges "$lot")" "${was% 15 ahead} 13 ahead"

terminals=$(j karren-pki lot open --model karren-t1 --site karren-ulm --count 15 | jq -r .number)
claim "a lot for terminals is opened" until_true 10 eval '[ "$(record "SELECT state FROM lot WHERE number = '"'$terminals'"'")" = open ]'
# terminal NAME: with the TrE of that name
terminal() {
	[ "$(enrol "TRE-$1")" = 200 ] || return
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -outform DER \
		-subj "/CN=$1/dnQualifier=TRE-$1/serialNumber=35123456" 2>/dev/null | base64 >"$work/$1.csr"
	api_as karren-pki -o "$work/out" -w '%{http_code}' -H 'Content-Type: application/pkcs10' \
		--data-binary "@$work/$1.csr" "$URL/.well-known/est/$terminals/simpleenroll"
}
claim "terminals go the same way" comes "$terminals" terminal TERM-A
claim "with their TrEs bound and their TACs" is "$(record "SELECT DISTINCT d.device_id = 'TERM-' || substr(t.device_id, 10) AND
	t.device_id LIKE 'TRE-TERM-%', d.tac, b.terminal_id IS NOT NULL FROM device d LEFT JOIN binding b ON b.terminal_id = d.id
	LEFT JOIN device t ON t.id = b.tre_id WHERE d.device_id LIKE 'TERM-%'")" "t|35123456|t"

# ---- what moves it
moves() { # SQL that changes something: by how much the footing moves
	record "SELECT n FROM footing" >"$work/n"
	record "$1" >"$work/moves" || { cat "$work/moves"; return; }
	record "SELECT n - $(cat "$work/n") FROM footing"
}
for change in "UPDATE organisation SET name = name WHERE handle = 'tresor'" "UPDATE site SET name = name" \
	"UPDATE site_scope SET expires = expires" "UPDATE model SET version = version WHERE handle = 'tresor-m2'" \
	"UPDATE coc SET state = state" "UPDATE coc SET expires = expires - interval '1 second'" \
	"UPDATE declaration SET state = state" "UPDATE ruleset SET retires = retires" "UPDATE audit SET state = state" \
	"UPDATE issuer SET state = state" "UPDATE certificate SET state = state WHERE profile = 'access'" \
	"SELECT status_cohort(true, 'model', 1, NULL), status_cohort(false, 'model', 1, NULL)"; do
	claim "it is moved once by: ${change:0:60}" is "$(moves "$change")" 1
done
claim "not by what is issued" is "$(moves "UPDATE coc SET used = used + 1; UPDATE issuer SET next_index = next_index + 0;
	UPDATE certificate SET state = state WHERE device_id IS NOT NULL")" 0
claim "nothing that the judgement reads is left out" is "$(record "SELECT string_agg(tgrelid::regclass::text, ' ' ORDER BY 1)
	FROM pg_trigger WHERE tgname = 'footing_moves'" | tr ' ' '\n' | sort | xargs)" \
	"act audit certificate coc declaration delegated_ca issuer measure measure_kind model model_contains organisation ruleset site site_scope status_event"

# ---- a certificate that was made meanwhile
kill -STOP "$(authority)"
claim "who asks while the authority is away is told to come again" is "$(enrol TRE-F3)" 202
row=$(record "SELECT row FROM lot_row WHERE device_id = 'TRE-F3'")
claim "and that it is on the disk: the row is there" test "$row" -gt 0
hash="pg_catalog.sha256('x')"
# issue FOOTING PROVEN UNTIL [LAST-ROW [DEVICES]]: what the authority would say, with its range
issue() {
	echo "SELECT enrol_issue(l.id, r.id, r.first, $1, $2, $3, ${4:-$row},
		${5:-enrol_begin(l.id, r.id, r.first, ${4:-$row}, ARRAY['TRE-F3'], ARRAY[''])}, ARRAY['\\x01'::bytea],
		ARRAY['x'::bytea], ARRAY[$hash], ARRAY[$hash], ARRAY[0], now(), true)
		FROM lot l JOIN index_range r ON r.lot_id = l.id AND r.state = 'reserved' WHERE l.number = '$lot'"
}
now="now() - interval '1 second'" later="now() + interval '1 hour'" here="(SELECT n FROM footing)"
says() { record "$1" | sed -n 's/^DETAIL: *//p'; }
counts() { record "SELECT count(*), (SELECT sum(issued) FROM lot), (SELECT sum(used) FROM coc), (SELECT last FROM status_head),
	(SELECT string_agg(state || count, ' ' ORDER BY id) FROM index_range) FROM certificate"; }
before=$(counts)
claim "on a footing that has moved it is not stored" is "$(says "$(issue "$here - 1" "$now" "$later")")" FOOTING_MOVED
claim "nor past the end of the right" is "$(says "$(issue "$here" "$now" "now()")")" FOOTING_MOVED
claim "nor before it was proven" is "$(says "$(issue "$here" "now() + interval '1 minute'" "$later")")" FOOTING_MOVED
claim "nor for a row that has an answer" is "$(says "$(issue "$here" "$now" "$later" $((row - 1)))")" LOT_MOVED
claim "nor without what comes before it" is "$(says "$(issue "$here" "$now" "$later" $((row - 1)) "ARRAY(SELECT id FROM device ORDER BY id DESC LIMIT 1)")")" LOT_MOVED
# Somebody takes the right away and has not committed when the certificate is to be stored.
(echo "SET search_path = assay; BEGIN; UPDATE coc SET state = state; SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_sleep(3); COMMIT" |
	psql -h "$run" -d assay -qAtX >/dev/null) &
sleep 1
began=$(now_ms)
claim "while somebody moves it, storing waits for them, and is refused then" is "$(says "$(issue "$here" "$now" "$later")")" FOOTING_MOVED
claim "it has waited" test $(($(now_ms) - began)) -gt 1000
claim "nothing is left of any of these" is "$(counts)" "$before"
kill -CONT "$(authority)"
claim "the request itself is answered" until_true 15 eval '[ "$(enrol TRE-F3)" = 200 ]'
claim "and others" is "$(enrol TRE-F6) $(enrol TRE-F7)" "200 200"

# ---- the CA of a TrE does not stand
claim "a TrE is there" is "$(enrol TRE-TERM-H)" 200
tre_ca=$(record "SELECT encode(c.serial, 'hex') FROM certificate c JOIN issuer i ON pg_catalog.sha256(i.cert_der) = c.der_sha256 WHERE i.role = 'tre'")
claim "the CA that certified it is put on hold" a security-1 cert hold "$tre_ca" --legal-basis "a report"
claim "no terminal is bound to that TrE" is "$(terminal TERM-H) $(problem)" "409 TRE_NOT_GOOD"
claim "it is released by two" eval 'a security-1 cert release "$tre_ca" --reason "nothing in it" && a security-2 approve "$tre_ca"'
claim "then it is" until_true 15 eval '[ "$(terminal TERM-H)" = 200 ]'

# ---- the authority ends
over() { is "$(record "SELECT count(*) FROM index_range WHERE state = 'reserved'")" 0; }
claim "something is reserved" not over
record "ALTER ROLE assay_authority SET lock_timeout = '60s'" # of the next one
kill -TERM "$(authority)"
claim "an authority that ends in order leaves nothing reserved" until_true 10 over

# ---- a manifest's right ends while what was made of it is being stored
"$bin/tests/devices" csr 3 LATE- >"$work/late"
mkfifo "$work/holder"
psql -h "$run" -d assay -qAtX <"$work/holder" >/dev/null &
holder=$!
exec 9>"$work/holder"
echo "SET search_path = assay; BEGIN; UPDATE status_head SET last = last;" >&9
late=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/late" | jq -r .number)
stores() { is "$(record "SELECT count(*) FROM pg_stat_activity WHERE usename = 'assay_authority' AND wait_event_type = 'Lock' AND query LIKE '%status_issued%'")" 1; }
claim "certificates of a manifest wait for the status log" within 8 stores
claim "somebody of the body freezes what is issued" a security-1 measure impose --kind issuance_freeze --scope-kind model \
	--scope tresor-m2 --legal-basis "a report" --emergency
claim "and is answered while they wait" stores
echo "COMMIT;" >&9
exec 9>&-
wait "$holder"
late_is() { is "$(record "SELECT state, issued, refused FROM lot WHERE number = '$late'")" "$1"; }
claim "then none of them is stored" until_true 10 late_is "issued|0|3"
claim "nor any index of them in the air" until_true 10 over
measure=$(j security-1 measure list | jq -r '.measures[0].number')
claim "it is lifted" eval 'a security-1 measure lift "$measure" --reason "it was wrong" && a security-2 approve "$measure"'

# ---- the right ends
coc=$(record "SELECT c.number FROM coc c JOIN model m ON m.id = c.model_id WHERE m.handle = 'tresor-m2'")
claim "the next one issues" until_true 15 eval '[ "$(enrol TRE-F4)" = 200 ]'
claim "a CoC is suspended" eval 'a decider-1 coc suspend "$coc" --reason "a finding" && a decider-2 approve "$coc"'
claim "the next request finds the lot stopped" is "$(enrol TRE-F5) $(problem)" "409 LOT_STOPPED"
claim "nothing was issued after it" is "$(record "SELECT count(*) FROM certificate c, history h WHERE h.entity = 'coc'
	AND h.to_state = 'suspended' AND c.device_id IS NOT NULL AND c.issued > h.recorded")" 0
claim "and what was reserved ahead for it is void" until_true 10 over
claim "each index of its CA is issued or void" is "$(record "SELECT bool_and(i.next_index = (SELECT sum(count) FROM index_range r
	WHERE r.issuer_id = i.id AND r.state IN ('issued', 'void'))) FROM issuer i WHERE i.role = 'tre'")" t

# ---- and comes back
shown() { j tresor-pki lot show "$lot" | jq -r "$1"; }
rows() { record "SELECT c.n FROM enrolment_count c JOIN lot l ON l.id = c.lot_id WHERE l.number = '$lot'"; }
claim "the lot is open, and says what stands against it" is "$(shown '"\(.state) \(.reason)"')" "open the CoC $coc is suspended"
claim "its supplier hears of it, once" is "$(record "SELECT count(*) FROM notice WHERE topic = 'lot.stopped'")" 1
before=$(rows)
claim "who asks meanwhile is refused at the door" is "$(enrol TRE-G6) $(problem) $(($(rows) - before))" "409 LOT_STOPPED 0"
claim "and who has a certificate is given it again" is "$(enrol TRE-F4)" 200
claim "something else moves" record "UPDATE site SET name = name"
claim "then one is judged, and refused" is "$(enrol TRE-G6) $(problem) $(($(rows) - before))" "409 LOT_STOPPED 1"
claim "the CoC is reinstated by two" eval 'a decider-1 coc reinstate "$coc" --reason "it is mended" && a decider-2 approve "$coc"'
claim "the lot goes on" is "$(enrol TRE-F5) $(enrol TRE-G6)" "200 200"
claim "and nothing stands against it" is "$(shown '"\(.state) \(.reason // "-")"')" "open -"
claim "the supplier is suspended" a security-1 org suspend tresor --reason "a doubt"
claim "whose devices get nothing" is "$(enrol TRE-G7)" 403
claim "whose lot is open" in_state open
claim "it is let in again by two" eval 'a officer-1 org reinstate tresor && a decider-1 approve tresor'
claim "and its devices with it" until_true 15 eval '[ "$(enrol TRE-G7)" = 200 ]'

# ---- the quota
# a device of before, with its key
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/TRE-K.key" -subj /CN=TRE-K -outform DER 2>/dev/null |
	base64 >"$work/TRE-K.csr"
claim "a device has a certificate" is "$(enrol TRE-K)" 200
{
	base64 -d "$work/out" | openssl pkcs7 -inform DER -print_certs
	api "$URL/.well-known/est/$lot/cacerts" | base64 -d | openssl pkcs7 -inform DER -print_certs
} >"$work/TRE-K.crt"
# it only grows, but here
left() { record "SET session_replication_role = replica; UPDATE coc SET used = quota - $1 WHERE number = '$coc'"; }
claim "the quota leaves one" left 1
for n in 1 2 3; do enrol "TRE-Q$n" >"$work/q$n" & pids[n]=$!; done
wait "${pids[@]}"
claim "of three one gets it" is "$(cat "$work"/q[123] | fold -w 3 | sort | xargs)" "200 409 409"
claim "the next one is told why" is "$(enrol TRE-Q4) $(problem) $(jq -r .detail "$work/out" | grep -c "quota of the CoC $coc is used up")" "409 LOT_STOPPED 1"
claim "the lot is open" in_state open
full=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 5 --renewal --reference full | jq -r .number)
full_is() { is "$(record "SELECT state FROM lot WHERE number = '$full'")" "$1"; }
claim "so is another one, for known devices to renew" until_true 10 full_is open
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=TRE-K -outform DER 2>/dev/null |
	base64 >"$work/next.csr"
renews() {
	is "$(api --cert "$work/TRE-K.crt" --key "$work/TRE-K.key" -o "$work/out" -w '%{http_code}' -H 'Content-Type: application/pkcs10' \
		--data-binary "@$work/next.csr" "$URL/.well-known/est/$full/simplereenroll")" 200
}
claim "which they do, for the quota counts devices" until_true 10 renews
claim "and it is as used up as before" is "$(record "SELECT quota - used FROM coc WHERE number = '$coc'")" 0
claim "there is room again" left 100
claim "and all get theirs" is "$(enrol TRE-Q1) $(enrol TRE-Q2) $(enrol TRE-Q3) $(enrol TRE-Q4)" "200 200 200 200"

finish
