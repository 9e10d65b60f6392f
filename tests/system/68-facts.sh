#!/usr/bin/env bash
# What a decision rests on is looked up in three ways: for a question with others
# that came with it, for one by itself, and for a batch.  The record is changed, one
# fact at a time, as no way of the system's leads to; each way finds it, and nothing
# but it.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "a second operator, allowed to ask about platforms alone" story_second_operator --may-platform-only
claim "two lots are issued" story_lots 2
d=$work/d
mkdir "$d"
a tresor-pki device new --kind tre --prefix SPARE- --count 1 --rows "$d/spare" >/dev/null
spare=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$d/spare" --wait | jq -re .number)
claim "and a TrE without a terminal" a tresor-pki device collect "$spare"
tre="(SELECT id FROM device WHERE device_id = 'TRE-1')" term="(SELECT id FROM device WHERE device_id = 'TERM-1')"

# in_batch [WHO MODE] <pairs: verdict and reasons of its only item
in_batch() {
	"$bin/tests/batch" "$VAR/devices" "$(cat /proc/sys/kernel/random/uuid)" "$(j mobilfunk-hlr challenge new | jq -r .challenge)" \
		mobilfunk initial_download >"$d/batch"
	api_as mobilfunk-hlr -H 'Content-Type: application/x-ndjson' --data-binary @"$d/batch" "$URL/v1/decisions/batch" |
		tail -n 1 | jq -r '.item.decision | .reasons | join(" ")'
}
# with others, where it has a challenge; a precheck has none, so it is by itself
told() { j "$1" decide "${@:2}" | jq -r '.reasons | join(" ")'; }
said() { # "sentence" CODES TRE TERMINAL: in each of the three ways
	claim "$1, with others" is "$(told mobilfunk-hlr --tre "$3" --terminal "$4")" "$2"
	claim "$1, by itself" is "$(told mobilfunk-hlr --tre "$3" --terminal "$4" --purpose precheck)" "${2:-PRECHECK_ONLY}"
	claim "$1, in a batch" is "$(echo "$3 $4" | in_batch)" "$2"
}
# touched CODES "sentence" TABLE SET WHERE BACK
touched() {
	claim "$2: laid down" sql_past "UPDATE $3 SET $4 WHERE $5"
	said "$2" "$1" TRE-1 TERM-1
	claim "$2: taken back" sql_past "UPDATE $3 SET $6 WHERE $5"
}
said "a good pair" "" TRE-1 TERM-1

# ---- bound by the certificate, and by the register: neither is enough

claim "the register has another TrE in the terminal" sql_past "UPDATE binding SET tre_id = (SELECT id FROM device WHERE device_id = 'SPARE-1')
	WHERE terminal_id = $term"
said "bound by the certificate alone" BINDING_MISMATCH TRE-1 TERM-1
said "bound by the register alone" BINDING_MISMATCH SPARE-1 TERM-1
two="(SELECT id FROM device WHERE device_id = 'TRE-2')"
claim "the register has the TrE in another terminal" sql_past "UPDATE binding SET until = now() WHERE tre_id = $two;
	UPDATE binding SET tre_id = $tre, terminal_id = (SELECT id FROM device WHERE device_id = 'TERM-2') WHERE terminal_id = $term"
said "whose certificate says otherwise" "BINDING_MISMATCH TRE_BOUND_ELSEWHERE" TRE-1 TERM-1
claim "all as it was" sql_past "UPDATE binding SET terminal_id = $term WHERE tre_id = $tre; UPDATE binding SET until = NULL WHERE tre_id = $two"
said "a good pair again" "" TRE-1 TERM-1

# ---- each side's device and certificate

for side in "$tre:the TrE" "$term:the terminal"; do
	for state in quarantined stolen retired; do
		touched "DEVICE_${state^^}" "${side#*:} is $state" device "state = '$state'" "id = ${side%:*}" "state = 'accredited'"
	done
	touched CERTIFICATE_REVOKED "${side#*:}'s certificate is revoked" certificate "state = 'revoked'" "device_id = ${side%:*}" "state = 'issued'"
	touched CERTIFICATE_ON_HOLD "${side#*:}'s certificate is on hold" certificate "state = 'on_hold'" "device_id = ${side%:*}" "state = 'issued'"
	touched CERTIFICATE_NOT_ISSUED "${side#*:}'s certificate is another one" certificate \
		"der_sha256 = set_byte(der_sha256, 0, 255 - get_byte(der_sha256, 0))" "device_id = ${side%:*}" \
		"der_sha256 = set_byte(der_sha256, 0, 255 - get_byte(der_sha256, 0))"
done
touched DEVICE_ID_MISMATCH "the register has another TAC than the certificate" device "tac = '35999999'" "id = $term" "tac = '35123456'"
for model in tresor-soc tresor-m2 karren-t1; do
	what="model_id = (SELECT id FROM model WHERE handle = '$model')"
	touched COC_SUSPENDED "the CoC of $model is suspended" coc "state = 'suspended'" "$what" \
		"state = CASE WHEN model_id = (SELECT id FROM model WHERE handle = 'karren-t1') THEN 'provisional' ELSE 'certified' END"
	touched DECLARATION_MISSING "the declaration of $model is withdrawn" declaration "state = 'withdrawn'" "$what" "state = 'in_force'"
done
for supplier in tresor karren; do
	touched SUPPLIER_SUSPENDED "$supplier is suspended" organisation "state = 'suspended'" "handle = '$supplier'" "state = 'active'"
done
for site in tresor-dresden karren-ulm; do
	what="entity IN ('site_scope', 'lost') AND subject_id IN (SELECT x.id FROM site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = '$site')"
	touched SITE_NOT_ACCREDITED_AT_ISSUE "$site was not accredited at issue" history "entity = 'lost'" "$what" "entity = 'site_scope'"
done
said "a good pair at last" "" TRE-1 TERM-1

# ---- a terminal alone does not get round what is known of its TrE

alone() { # WANT: with others, and by itself
	claim "$2, with others" is "$(told fernfunk-hlr --terminal TERM-1 --mode platform_only)" "$1"
	claim "$2, by itself" is "$(told fernfunk-hlr --terminal TERM-1 --mode platform_only --purpose precheck)" "${1:-PRECHECK_ONLY}"
}
around() { # "sentence" TABLE SET WHERE BACK
	claim "$1: laid down" sql_past "UPDATE $2 SET $3 WHERE $4"
	alone TRE_KNOWN_BAD "$1"
	claim "$1: taken back" sql_past "UPDATE $2 SET $5 WHERE $4"
}
alone "" "a terminal alone"
for state in quarantined stolen retired; do
	around "its TrE is $state" device "state = '$state'" "id = $tre" "state = 'accredited'"
done
for state in revoked on_hold; do
	around "its TrE's certificate is $state" certificate "state = '$state'" "device_id = $tre" "state = 'issued'"
done
around "its TrE's CA is revoked" issuer "state = 'revoked'" "role = 'tre'" "state = 'active'"
around "its TrE's CA is on hold" certificate "state = 'on_hold'" "der_sha256 IN (SELECT pg_catalog.sha256(cert_der) FROM issuer WHERE role = 'tre')" "state = 'issued'"
m2="model_id = (SELECT id FROM model WHERE handle = 'tresor-m2')"
for state in suspended withdrawn; do
	around "the CoC of its TrE's model is $state" coc "state = '$state'" "$m2" "state = 'certified'"
done
for model in tresor-m2 tresor-soc; do
	around "the declaration of $model is challenged" declaration "state = 'challenged'" "model_id = (SELECT id FROM model WHERE handle = '$model')" "state = 'in_force'"
done
around "the supplier of its TrE is suspended" organisation "state = 'suspended'" "handle = 'tresor'" "state = 'active'"
claim "a suspended CoC may let those go on that were there before" sql_past "UPDATE coc SET state = 'suspended', on_suspended = 'permit_if_issued_before',
	effective = effective + interval '1 day' WHERE $m2"
alone "" "then a terminal alone does, too"
claim "it is as it was" sql_past "UPDATE coc SET state = 'certified', on_suspended = 'refuse', effective = effective - interval '1 day' WHERE $m2"
claim "the CoC of its TrE's model is over, and its grace" sql_past "UPDATE coc SET expires = expires - interval '3 years' WHERE $m2"
alone TRE_KNOWN_BAD "whose CoC is over"
claim "it is not" sql_past "UPDATE coc SET expires = expires + interval '3 years' WHERE $m2"
alone "" "and again"
finish
