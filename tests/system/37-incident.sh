#!/usr/bin/env bash
# Incidents and the life of devices on a whole instance: tamper reports made by
# openssl, clones that the register finds, stolen devices, repairs; and what a
# thief of the api's host can do about them.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/tamper_report.sh"

start_accredited
claim "a second operator, allowed to ask about platforms alone" \
	story_organisation fernfunk "Fernfunk" operator --may-platform-only
story_principal fernfunk-hlr fernfunk operator
claim "two lots are issued" story_lots 10

has() { grep -q "$1" <<<"$2" || { echo "no \"$1\" in: $2"; return 1; }; }
pair() { echo --tre "$(tre_id "$1")" --terminal "$(term_id "$1")"; }
key_of() { echo "$VAR/devices/$1.key"; }
state() { j reader device show "$1" "$2" | jq -r .state; }
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
stolen_role() { psql -h "$run" -U assay_api -d assay -qAtX -v ON_ERROR_STOP=1 2>&1; }
record() { psql -h "$run" -d assay -qAtX; }
number_of() { record <<<"SELECT id FROM assay.principal WHERE handle = '$1'"; }
newest() { j reader incident list | jq -r '.incidents[0].number'; }
of() { j reader incident show "$1" | jq -r "$2"; }

# ---- into service
claim "a device that never got a permit is accredited" is "$(state tre TRE-1)" accredited
answers "its first permit" permit - $(pair 1)
claim "puts it into service" is "$(state tre TRE-1)" in_service
claim "and its terminal" is "$(state terminal TERM-1)" in_service
answers "a refusal doesn't" refuse EVIDENCE_STALE $(pair 2) --signed-at "$(date -u -d '3 minutes ago' +%FT%TZ)"
claim "put anything into service" is "$(state tre TRE-2)" accredited

# ---- a report that a TrE has signed, made by openssl, brought by nobody
now() { date +%s; }
payload() { printf '{"what":"mesh","iat":%s,"seq":%s}' "${2:-$(now)}" "$1"; }
send() { # FILE [curl options]: what is answered, the problem's code or the incident
	local file=$1
	shift
	api -H 'Content-Type: application/jose' --data-binary "@$file" "$@" "$URL/v1/tamper-reports" |
		jq -r '.incident // (.type | sub(".*/"; ""))'
}
report() { tamper_report "$(key_of "$1")" <(leaf_of "$1") "${@:2}" >"$work/report"; }
answers "a device is permitted" permit - $(pair 2)
report TRE-2 "$(payload 5)"
cp "$work/report" "$work/first"
inc=$(send "$work/first")
claim "its TrE reports that it is tampered with" has '^INC-' "$inc"
answers "the next decision refuses" refuse DEVICE_QUARANTINED $(pair 2)
claim "for another operator its terminal alone, too" \
	is "$(j fernfunk-hlr decide --mode platform_only --terminal TERM-2 | jq -r '.reasons[0]')" TRE_KNOWN_BAD
claim "the report can be read by whoever judges it" \
	is "$(of "$inc" '.reports[0].jws')" "$(cat "$work/first")"
claim "the register says why it is quarantined" is "$(j reader device show tre TRE-2 | jq -r .reason)" "$inc"
claim "the same again is refused" is "$(send "$work/first")" TAMPER_REPLAYED
report TRE-2 "$(payload 5)"
claim "and a new one with that number" is "$(send "$work/report")" TAMPER_REPLAYED
report TRE-2 "$(payload 6)"
claim "one with the next number belongs to the same incident" is "$(send "$work/report")" "$inc"

bad() { # CODE "sentence" PAYLOAD [HEADER]: of TRE-3
	report TRE-3 "${@:3}"
	claim "$2" is "$(send "$work/report")" "$1"
}
bad TAMPER_TIME "one of yesterday is refused" "$(payload 1 $(($(now) - 86410)))"
bad TAMPER_TIME "and one of tomorrow" "$(payload 1 $(($(now) + 310)))"
bad TAMPER_MALFORMED "and one with a member more" "$(payload 1 | sed 's/}/,"slot":"1"}/')"
bad SUBSCRIBER_DATA_REFUSED "and one with an IMSI" "$(payload 1 | sed 's/}/,"imsi":"262011234567890"}/')"
bad TAMPER_MALFORMED "and one of another kind" "$(payload 1)" '{"alg":"ES256","typ":"assay-act+jws","x5t#S256":"x"}'
bad TAMPER_MALFORMED "and one with no algorithm" "$(payload 1)" '{"alg":"none","typ":"tre-tamper+jws","x5t#S256":"x"}'
tamper_report "$(key_of TRE-4)" <(leaf_of TRE-3) "$(payload 1)" >"$work/report"
claim "and one by another TrE's key" is "$(send "$work/report")" TAMPER_SIGNATURE
report TERM-3 "$(payload 1)"
claim "and a terminal's" is "$(send "$work/report")" TAMPER_SIGNER
lookalike TRE-3 "$work/lookalike.pem"
tamper_report "$(key_of TRE-3)" <(openssl x509 -in "$work/lookalike.pem") "$(payload 1)" >"$work/report"
claim "and one under a certificate of a look-alike CA" is "$(send "$work/report")" TAMPER_SIGNER
report TRE-3 "$(payload 1)"
sed 's/....$/AAAA/' "$work/report" >"$work/cut"
claim "and one that was altered on the way" is "$(send "$work/cut")" TAMPER_SIGNATURE
printf '\n' | cat "$work/report" - >"$work/longer"
claim "and one with an octet behind it" is "$(send "$work/longer")" TAMPER_MALFORMED
claim "and one that is said to be JSON" is "$(api -H 'Content-Type: application/json' --data-binary "@$work/report" \
	"$URL/v1/tamper-reports" | jq -r .type)" https://assay.example/problems/MEDIA_TYPE
head -c 9000 /dev/zero | tr '\0' A >"$work/long"
claim "and nine kilobytes" is "$(send "$work/long")" BODY_TOO_LARGE
claim "none of all that quarantined anything" is "$(state tre TRE-3)" accredited
claim "nor is plain HTTP for it" is "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/jose' \
	--data-binary "@$work/report" "$PUBLIC_URL/v1/tamper-reports")" 404
claim "the player makes one, too" has "INC-" "$(assay device tamper TRE-9 --what voltage --detail "glitch" --json)"
claim "and it counts" is "$(state tre TRE-9)" quarantined
claim "a held certificate" a security-1 cert hold "$(serial_of TRE-8)" --legal-basis "a hint"
report TRE-8 "$(payload 1)"
claim "does not silence its TrE" has INC- "$(send "$work/report")"

stop_instance
start_instance
claim "after a restart the first report is refused still" is "$(send "$work/first")" TAMPER_REPLAYED
answers "and the device" refuse DEVICE_QUARANTINED $(pair 2)
flood() {
	# one program sends them: two hundred programs are slower than the limit on a busy machine
	printf "url = \"$URL/v1/tamper-reports\"\noutput = /dev/null\n%.0s" {1..200} |
		curl -s -Z -K - -w '%{http_code}\n' --cacert "$VAR/credentials/root.crt" \
			-H 'Content-Type: application/jose' --data-binary "@$work/first" | sort -u | xargs
}
claim "who sends too many is told so" is "$(flood)" "409 429"

# ---- what anybody else says waits
answers "a device in use" permit - $(pair 4)
claim "an operator reports it, unsigned by the TrE" a mobilfunk-hlr incident new --kind tamper_report \
	--device tre/TRE-4 --detail "seal broken"
inc=$(newest)
answers "which changes nothing" permit - $(pair 4)
refused NOT_FOUND "another operator sees nothing of it" a fernfunk-hlr incident show "$inc"
refused NOT_FOUND "nor does its maker, yet" a tresor-pki incident show "$inc"
refused ROLE_NOT_ALLOWED "nor triages it" a tresor-pki incident triage "$inc" --severity minor --reason none
claim "a security officer triages it and quarantines the device" \
	a security-1 incident triage "$inc" --severity major --reason "photos look real" --quarantine
answers "now it counts" refuse DEVICE_QUARANTINED $(pair 4)
claim "its maker sees it, and not who said so" is "$(j tresor-pki incident show "$inc" | jq -r .reported_by)" null
claim "a preliminary finding" a officer-1 incident finding "$inc" --finding "one device, seal replaced"
refused FINDING_GIVEN "once" a officer-1 incident finding "$inc" --finding "or two"
refused INCIDENT_OPEN "the device is not released while it is open" \
	a security-1 device release tre TRE-4 --reason "looks good"
claim "its dismissal is proposed" a security-1 incident dismiss "$inc" --reason "a sticker came off"
refused FOUR_EYES "not by one" a security-1 approve "$inc"
claim "approved by a second" a decider-1 approve "$inc"
claim "a release is proposed" a security-1 device release tre TRE-4 --reason "looked at"
refused FOUR_EYES "not approved by the same" a security-1 approve tre/TRE-4
claim "approved by a second" a security-2 approve tre/TRE-4
claim "and carried out by the authority" is "$(state tre TRE-4)" in_service
answers "permitted again" permit - $(pair 4)
claim "it is closed" a officer-1 incident close "$inc" --reason "sticker replaced"
claim "it is quarantined again" a security-1 device quarantine tre TRE-4 --reason odd
forge() { # handle url body
	echo "BEGIN; SET search_path = assay;
	SELECT actor_begin($(number_of "$1"));
	SELECT statement_add('$2', convert_to('$3', 'UTF8'), 'forged.' || gen_random_uuid());"
}
forge_approval() { # handle subject
	local id sum act
	IFS='|' read -r id sum act < <(record <<<"SELECT id, encode(terms_sha256, 'hex'), act
		FROM assay.proposal WHERE subject_number = '$2' AND state = 'open'")
	{
		forge "$1" "/v1/proposals/$id/approve" \
			"{\"subject\":\"$2\",\"act\":\"$act\",\"terms_sha256\":\"$sum\",\"verdict\":\"approve\"}"
		echo "SELECT proposal_judge($id, '$2', '$act', '\\x$sum', 'approve', NULL); COMMIT;"
	} | stolen_role >"$work/forged" || { cat "$work/forged"; return 1; }
}
claim "the thief of the host forges a release, of the signatures of seconds ago" stolen_role < <(forge security-1 /v1/devices/tre/TRE-4/release '{"reason":"x"}'
	echo "SELECT device_release_propose('tre', 'TRE-4', 'x'); COMMIT;")
claim "and its approval" forge_approval security-2 tre/TRE-4
order_says() { record <<<"SELECT state, error FROM assay.order WHERE kind = 'device_release' ORDER BY id DESC LIMIT 1"; }
order_failed() { has '^failed|.*not signed by two' "$(order_says)"; }
claim "the authority finds that nobody signed" until_true 10 order_failed
answers "and the device is refused" refuse DEVICE_QUARANTINED $(pair 4)

# ---- from incident to measure, in one step
claim "a device is reported" a karren-pki incident new --kind vulnerability --device tre/TRE-5 --detail "glitch opens debug"
inc=$(newest)
refused INCIDENT_STATE "what nobody triaged leads to no measure" a security-1 incident measure "$inc" --kind hold --scope model
claim "triaged" a security-1 incident triage "$inc" --severity critical --reason "reproduced"
refused SCOPE_NOT_CONCERNED "not on what it does not concern" \
	a security-1 incident measure "$inc" --kind hold --scope model --name karren-t1
claim "a measure arises for two to adopt" is "$(j security-1 incident measure "$inc" --kind download_freeze --scope hardware_platform |
	jq -r '"\(.state) \(.scope)"')" "proposed tresor-soc"
answers "until then nothing changes" permit - $(pair 5)
measure=$(j security-1 incident measure "$inc" --kind hold --scope model --emergency | jq -r .number)
answers "in an emergency it is in force at once" refuse MEASURE_HOLD $(pair 5)
claim "the incident names both" is "$(of "$inc" '.measures | length')" 2
claim "a second person confirms it" a security-2 measure confirm "$measure"
claim "and two lift it" lift_measure "$measure"
answers "permitted again" permit - $(pair 5)

# ---- confirmed, with the keys gone
claim "confirmed, and revoked in the same step" a security-1 incident confirm "$inc" --reason "keys read out" --revoke keyCompromise
claim "OCSP says so" until_true 5 ocsp_says TRE-5 revoked
answers "the decision says so" refuse CERTIFICATE_REVOKED $(pair 5)

# ---- clones: one key with two suppliers
cp "$(key_of TRE-6)" "$VAR/devices/TERM-X.key"
lot() { # principal model site rows
	j "$1" lot submit --model "$2" --site "$3" --rows "$4" --wait | jq -r .number
}
row_of() { j "$1" lot results "$2" | jq -r '.[0].reason // .[0].state'; }
count() { j reader incident list | jq '[.incidents[] | select(.kind == "clone")] | length'; }
a karren-pki device new --kind terminal --id TERM-X --tre TRE-10 --rows "$work/rows" >/dev/null
n=$(lot karren-pki karren-t1 karren-ulm "$work/rows")
claim "a terminal with the key of another supplier's TrE is refused" is "$(row_of karren-pki "$n")" KEY_REGISTERED
inc=$(newest)
claim "the register has found a clone" is "$(of "$inc" '"\(.kind) \(.source) \(.severity)"')" "clone register critical"
claim "of that TrE" is "$(of "$inc" '.devices | join(" ")')" tre/TRE-6
claim "from that supplier" is "$(of "$inc" '.sightings[0].from')" karren
claim "one" is "$(count)" 1
jq -c '.tac = "35123456"' "$work/rows" >"$work/again"
n=$(lot karren-pki karren-t1 karren-ulm "$work/again")
claim "tried again it is refused" is "$(row_of karren-pki "$n")" KEY_REGISTERED
claim "and no further incident" is "$(count)" 1
refused NOT_FOUND "before triage its maker sees nothing" a tresor-pki incident show "$inc"
answers "nobody is quarantined for it" permit - $(pair 6)

# ---- clones: one TrE in two terminals
answers "a TrE answers in another terminal" refuse BINDING_MISMATCH --tre TRE-6 --terminal TERM-3
inc=$(newest)
claim "which is an incident" is "$(of "$inc" '"\(.kind) \(.severity) \(.detail.earlier.operator)"')" "clone critical mobilfunk"
j mobilfunk-hlr decide --tre TRE-6 --terminal TERM-3 >/dev/null
claim "one, however often it is shown" is "$(count)" 2
answers "without its key" refuse BINDING_MISMATCH --tre TRE-7 --terminal TERM-3 --tre-key "$(key_of TRE-8)"
claim "it is none" is "$(count)" 2

# ---- stolen
refused NOT_YOURS "an operator reports nothing stolen that it has no permit for" \
	a fernfunk-hlr device stolen terminal TERM-6 --detail "gone"
claim "one that has does" a mobilfunk-hlr device stolen terminal TERM-6 --detail "car park" --reference 4711/26
inc=$(newest)
answers "which changes nothing yet" permit - $(pair 6)
claim "triaged" a officer-1 incident triage "$inc" --severity major --reason "police report"
claim "and confirmed" a decider-1 incident confirm "$inc" --reason "police report"
answers "it is refused" refuse DEVICE_STOLEN $(pair 6)
refused DEVICE_STATE "for good" a security-1 device release terminal TERM-6 --reason "found"

# ---- repaired: a terminal goes on with another TrE
a tresor-pki device new --kind tre --prefix SPARE- --count 2 --rows "$work/spare" >/dev/null
spare=$(lot tresor-pki tresor-m2 tresor-dresden "$work/spare")
a tresor-pki device collect "$spare" >/dev/null
mv "$VAR/devices/TERM-2.key" "$work/TERM-2.key"
cp "$VAR/devices/TERM-2.crt" "$work/TERM-2.crt"
a karren-pki device new --kind terminal --id TERM-2 --tre SPARE-1 --rows "$work/rows" >/dev/null # with a new key
repaired() { lot karren-pki karren-t1 karren-ulm "$work/rows"; }
n=$(repaired)
claim "a terminal that is there is not certified again" is "$(row_of karren-pki "$n")" ID_REGISTERED
printf '%%PDF-1.4\n%% repair of TERM-2\n%%%%EOF\n' >"$work/repair.pdf"
report=$(sha256sum <"$work/repair.pdf" | cut -c-64)
a karren-pki evidence put "$work/repair.pdf" >/dev/null
ask() { a karren-pki device rebind TERM-2 --tre "$1" --evidence "$report" --reason "module exchanged"; }
refused EVIDENCE_NOT_ACCEPTED "evidence that nobody accepted proves no repair" ask SPARE-1
a officer-1 evidence accept "$report" >/dev/null
refused REBINDING_OBSTACLE "nor may the TrE be in another terminal" ask TRE-7
claim "its supplier asks for it" ask SPARE-1
reb=$(j reader rebinding list | jq -r '.rebindings[0].number')
rows() { sed "s/}\$/,\"tac\":\"35123456\"}/" "$work/rows" >"$work/rows.$1" && mv "$work/rows.$1" "$work/rows"; }
claim "the thief proposes it as if an officer had" stolen_role < <(forge officer-1 "/v1/rebindings/$reb/propose" \
	"{\"terminal\":\"TERM-2\",\"tre\":\"SPARE-1\",\"evidence\":\"$report\"}"
	echo "SELECT rebinding_propose('$reb', 'TERM-2', 'SPARE-1', '\\x$report'); COMMIT;")
claim "and approves that" forge_approval decider-1 "$reb"
rows 1
n=$(repaired)
claim "the authority finds that nobody signed" is "$(row_of karren-pki "$n")" REBINDING_NOT_SIGNED
claim "the binding is the old one" is "$(j reader device show terminal TERM-2 | jq -r .tre)" TRE-2
psql -h "$run" -d assay -qAtX <<<"UPDATE assay.rebinding SET state = 'rejected' WHERE number = '$reb'" # what the body would do
claim "asked for again" ask SPARE-1
reb=$(j reader rebinding list | jq -r '.rebindings[0].number')
claim "an officer proposes it" a officer-1 rebinding propose "$reb"
refused ROLE_NOT_ALLOWED "who is no decider" a officer-1 approve "$reb"
claim "a decider approves" a decider-1 approve "$reb"
answers "so far the old TrE is its TrE" refuse DEVICE_QUARANTINED --tre TRE-2 --terminal TERM-2 \
	--platform-key "$work/TERM-2.key" --platform-chain "$work/TERM-2.crt"
sed 's/SPARE-1/SPARE-2/' "$work/rows" >"$work/other"
n=$(lot karren-pki karren-t1 karren-ulm "$work/other")
claim "with another TrE than was allowed it is not certified" is "$(row_of karren-pki "$n")" ID_REGISTERED
sed -i 's/,"tac":"35123456"//' "$work/rows"
jq -c '{id, csr, tac: "35123456", tre}' "$work/rows" >"$work/plain" && mv "$work/plain" "$work/rows"
n=$(repaired)
claim "with that TrE it is" is "$(row_of karren-pki "$n")" issued
a karren-pki device collect "$n" >/dev/null
claim "the register has the new binding" is "$(j reader device show terminal TERM-2 | jq -r '"\(.tre) \(.certificates | length)"')" "SPARE-1 2"
claim "the rebinding is done" is "$(j karren-pki rebinding show "$reb" | jq -r .state)" done
answers "the repaired device is permitted" permit - --tre SPARE-1 --terminal TERM-2
answers "with its old certificate it isn't" refuse CERTIFICATE_REVOKED --tre SPARE-1 --terminal TERM-2 \
	--platform-key "$work/TERM-2.key" --platform-chain "$work/TERM-2.crt"
superseded() {
	openssl ocsp -issuer <(sed '1,/END/d' "$work/TERM-2.crt") -cert "$work/TERM-2.crt" -url "$PUBLIC_URL/ocsp" \
		-CAfile "$VAR/credentials/root.crt" -no_nonce 2>&1 | grep -q superseded
}
claim "OCSP says that it was superseded" until_true 5 superseded
claim "and that the new one is good" until_true 5 ocsp_says TERM-2 good
claim "the old TrE knows no terminal any more" is "$(j reader device show tre TRE-2 | jq -r .terminal)" null
jq -c '{tre, id, csr}' "$work/rows" >"$work/again"
n=$(lot karren-pki karren-t1 karren-ulm "$work/again")
claim "a rebinding counts once" is "$(row_of karren-pki "$n")" KEY_REGISTERED

# ---- retired
refused DEVICE_UNKNOWN "another's device is none to a supplier" a karren-pki device retire tre TRE-7 --reason x
claim "its maker retires it" a tresor-pki device retire tre TRE-7 --reason scrapped
answers "it is refused" refuse CERTIFICATE_REVOKED $(pair 7)
report TRE-7 "$(payload 1)"
claim "and has nothing to report" is "$(send "$work/report")" DEVICE_RETIRED

for c in "incident new" "incident triage" "incident finding" "incident confirm" "incident dismiss" "incident close" \
	"incident measure" "device quarantine" "device release" "device retire" "device stolen" "device tamper" \
	"device rebind" "rebinding propose"; do
	# shellcheck disable=SC2086
	claim "there is help for $c" exits 0 assay $c --help
done

channels_agree
finish
