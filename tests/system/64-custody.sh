#!/usr/bin/env bash
# Change of operator, on a whole instance: no operator has another's device
# without its consent, whatever it asks for; a consent is for one device, one
# operator, one time; a lock ends when it says so; the body decides disputes.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/consent.sh"
. "$top/tests/lib/receipt.sh"

start_accredited
claim "another operator, which may ask about terminals alone" \
	story_organisation fernfunk "Fernfunk" operator --may-platform-only
claim "its system, and a third operator's" eval 'story_principal fernfunk-hlr fernfunk operator &&
	story_organisation drittfunk "Drittfunk" operator && story_principal drittfunk-hlr drittfunk operator &&
	story_principal mobilfunk-2 mobilfunk operator && story_principal fernfunk-2 fernfunk operator'
claim "two lots are issued" story_lots 8

clock() { sql "INSERT INTO test_clock (now) VALUES (to_timestamp($1)) ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
# asks WHO N [options]: about TRE-N in TERM-N; the answer
asks() { local who=$1 n=$2; shift 2; j "$who" decide --terminal "$(term_id "$n")" "$@" 2>&1; }
# told "sentence" WHO N VERDICT REASON|- [options]
told() {
	local said=$1 who=$2 n=$3 want="$4 $5"
	shift 5
	claim "$said" is "$(asks "$who" "$n" "$@" | jq -r '"\(.verdict) \(.reasons | join(" ") | if . == "" then "-" else . end)"' 2>&1)" "$want"
}
# permitted WHO N [options]: prints the decision
permitted() { asks "$@" | jq -re 'select(.verdict == "permit") | .decision'; }
confirm() { a "$1" decision confirm "$2" --reference "$3" "${@:4}"; }
holder() { j reader custody list --device "tre/TRE-$1" | jq -r '.custody[0] | "\(.operator) \(.state)"'; }
custody() { j reader custody list --device "tre/TRE-$1" | jq -r '.custody[0].custody'; }
change="--purpose change_of_operator --current-operator mobilfunk"
precheck="--purpose precheck --current-operator mobilfunk"
consent() { assay --as "${3:-mobilfunk-hlr}" consent sign "$(cert_of "$(tre_id "$1")")" --target "$2"; }

# ---- the first operator
first=$(permitted mobilfunk-hlr 1)
lock=$(($(date +%s) + 86400))
claim "an operator confirms what it was permitted, and locks it for a day" \
	confirm mobilfunk-hlr "$first" C-4711 --locked-until "$(date -u -d "@$lock" +%FT%TZ)"
claim "the device is in its custody" is "$(holder 1)" "mobilfunk held"
claim "it is asked again and says the same" confirm mobilfunk-hlr "$first" C-4711 --locked-until "$(date -u -d "@$lock" +%FT%TZ)"
refused CONFIRMED_OTHERWISE "but nothing else" confirm mobilfunk-hlr "$first" C-4712
refused FIELD_RULE "a reference is no subscriber's number" confirm mobilfunk-hlr "$first" 262019876543210
claim "its operator is told nothing of the kind" is "$(asks mobilfunk-hlr 1 --purpose reprovision | jq -r .verdict)" permit
refused NOT_FOUND "nobody else sees it" a fernfunk-hlr custody show "$(custody 1)"
claim "or that there is any" is "$(j fernfunk-hlr custody list | jq '.custody | length')" 0

# ---- poaching
for purpose in initial_download reprovision change_of_operator precheck; do
	told "another is refused it for $purpose" fernfunk-hlr 1 refuse CONSENT_MISSING --purpose $purpose
	told "also by its terminal alone" fernfunk-hlr 1 refuse CONSENT_MISSING --purpose $purpose --mode platform_only
done
good=$(consent 1 fernfunk); echo "$good" >"$work/good"
refused REQUEST_MALFORMED "with an initial download goes no consent" asks fernfunk-hlr 1 --current-operator mobilfunk --consent "$work/good"
told "a consent within the lock" fernfunk-hlr 1 refuse MIGRATION_LOCKED $change --consent "$work/good"
told "by its terminal alone, too" fernfunk-hlr 1 refuse MIGRATION_LOCKED $change --consent "$work/good" --mode platform_only
told "of the lock hears nobody without" fernfunk-hlr 1 refuse CONSENT_MISSING $change

# ---- to the second
terms=$(consent_terms "$(cert_of TRE-1)" mobilfunk fernfunk | jq -c --argjson lock "$lock" '.exp = $lock + 60')
consent_signed mobilfunk-hlr "$terms" >"$work/long"
clock $((lock - 1))
told "a second before its end the lock holds" fernfunk-hlr 1 refuse MIGRATION_LOCKED $precheck --consent "$work/long"
clock "$lock"
told "at that second it does not" fernfunk-hlr 1 indeterminate PRECHECK_ONLY $precheck --consent "$work/long"
clock $((lock + 59))
told "a second before its end the consent holds" fernfunk-hlr 1 indeterminate PRECHECK_ONLY $precheck --consent "$work/long"
clock $((lock + 60))
told "at that second it does not" fernfunk-hlr 1 refuse CONSENT_INVALID $precheck --consent "$work/long"
sql "DELETE FROM test_clock"

# ---- a consent in whose every field something else stands
free=$(permitted mobilfunk-hlr 2)
claim "a device that is not locked" confirm mobilfunk-hlr "$free" C-4712
terms=$(consent_terms "$(cert_of TRE-2)" mobilfunk fernfunk)
consent_signed mobilfunk-hlr "$terms" >"$work/c"
told "one made by openssl alone holds" fernfunk-hlr 2 indeterminate PRECHECK_ONLY $precheck --consent "$work/c"
consent_signed mobilfunk-2 "$terms" >"$work/c"
told "whoever of that operator signs it" fernfunk-hlr 2 indeterminate PRECHECK_ONLY $precheck --consent "$work/c"
while IFS='|' read -r said change_it; do
	consent_signed mobilfunk-hlr "$(jq -c "$change_it" <<<"$terms")" >"$work/c"
	told "$said" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
done <<'MUTATED'
by another operator|.iss = "drittfunk"
by the one who asks|.iss = "fernfunk"
for another operator|.target = "drittfunk"
for nobody|del(.target)
for another system|.aud = "https://127.0.0.1:1"
for another system, by a letter|.aud += "/"
of another device|.certificate_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
of a device in capitals|.certificate_sha256 |= ascii_upcase
with a number that is none|.jti = "1"
without a number|del(.jti)
from the future|.iat += 600 | .exp += 600
without a beginning|del(.iat)
over before it began|.exp = .iat
over|.iat -= 7200 | .exp -= 7200
for longer than 30 days|.exp = .iat + 2592001
that ends never|del(.exp)
that ends at a text|.exp |= tostring
with more in it|.and = "more"
that is no object|[.]
MUTATED
consent_signed mobilfunk-hlr "$(sed 's/,/,"iss":"mobilfunk",/' <<<"$terms")" >"$work/c"
told "with a name twice" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
consent_signed mobilfunk-hlr "$(consent_terms "$(cert_of TERM-2)" mobilfunk fernfunk)" >"$work/c"
told "of the terminal instead of the TrE" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
consent 1 fernfunk >"$work/c"
told "of another device of the same operator" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
print=$(thumbprint "$VAR/credentials/mobilfunk-hlr.crt")
while IFS='|' read -r said header; do
	consent_signed mobilfunk-hlr "$terms" "${header//PRINT/$print}" >"$work/c"
	told "$said" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
done <<'MUTATED'
a header of another type|{"alg":"ES256","typ":"assay-act+jws","x5t#S256":"PRINT"}
of no type|{"alg":"ES256","x5t#S256":"PRINT"}
of another algorithm|{"alg":"ES384","typ":"assay-consent+jws","x5t#S256":"PRINT"}
of none|{"alg":"none","typ":"assay-consent+jws","x5t#S256":"PRINT"}
that names no signer|{"alg":"ES256","typ":"assay-consent+jws"}
that brings a key along|{"alg":"ES256","typ":"assay-consent+jws","x5t#S256":"PRINT","jwk":{}}
MUTATED
for who in fernfunk-hlr drittfunk-hlr officer-1 tresor-pki; do
	consent_signed $who "$terms" >"$work/c"
	told "signed by $who" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
done
consent_signed fernfunk-hlr "$terms" "$(printf '{"alg":"ES256","typ":"assay-consent+jws","x5t#S256":"%s"}' "$print")" >"$work/c"
told "signed by another in its name" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
consent_signed mobilfunk-hlr "$terms" >"$work/c"
sed 's/\.[^.]*\./.e30./' "$work/c" >"$work/d"
told "the signature of another payload" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/d"
echo "$(cat "$work/c")A" >"$work/d"
told "with a letter behind it" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/d"
told "shown by another operator than it is for" drittfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/c"
told "under another's name" fernfunk-hlr 2 refuse CONSENT_INVALID --purpose precheck --current-operator drittfunk --consent "$work/c"
told "after all that it still holds" fernfunk-hlr 2 indeterminate PRECHECK_ONLY $precheck --consent "$work/c"
consent_signed mobilfunk-2 "$terms" >"$work/d"
claim "a signer is locked" a security-1 principal lock mobilfunk-2 --reason tested
told "from then on its consents do not hold" fernfunk-hlr 2 refuse CONSENT_INVALID $precheck --consent "$work/d"

# ---- changed, once
moved=$(permitted fernfunk-hlr 2 $change --consent "$work/c" --out "$work/bundle.json")
claim "with consent the other is permitted it" test -n "$moved"
claim "the receipt says by which" is "$(jq -r .receipt "$work/bundle.json" | cut -d. -f2 | receipt_octets | jq -r .decision.consent)" "$(jq -r .jti <<<"$terms")"
claim "and does not show it" not grep -q "$(cut -d. -f3 "$work/c")" "$work/bundle.json"
claim "its operator hears of that" until_true 10 eval 'j mobilfunk-hlr notice list | jq -e "[.notices[] | select(.topic == \"consent.used\")] | length == 1"'
claim "until it is confirmed the device is where it was" is "$(holder 2)" "mobilfunk held"
told "the consent is used up" fernfunk-hlr 2 refuse CONSENT_INVALID $change --consent "$work/c"
sed 's/[^.]*$//' "$work/c" | tr -d '\n' >"$work/d"
printf %s "$(cut -d. -f1-2 "$work/c" | tr -d '\n')" | es256 "$VAR/credentials/mobilfunk-hlr.key" >>"$work/d"
told "also signed anew" fernfunk-hlr 2 refuse CONSENT_INVALID $change --consent "$work/d"
stop_instance
start_instance
told "and after a restart" fernfunk-hlr 2 refuse CONSENT_INVALID $change --consent "$work/c"
claim "the change is confirmed" confirm fernfunk-hlr "$moved" F-1
claim "the device has moved" is "$(holder 2)" "fernfunk held"
told "its operator of before is refused it" mobilfunk-hlr 2 refuse CONSENT_MISSING --purpose reprovision
consent 2 drittfunk >"$work/c"
told "nor does its consent count any more" drittfunk-hlr 2 refuse CONSENT_INVALID $change --consent "$work/c"
claim "it still sees that it had it" is "$(j mobilfunk-hlr custody list --state moved | jq -r '.custody[0].reference')" C-4712

# ---- a lock made shorter
refused LOCK_LONGER "a lock does not get longer" a mobilfunk-hlr custody lock "$(custody 1)" --until "$(date -u -d "@$((lock + 1))" +%FT%TZ)"
refused CUSTODY_ABSENT "nobody else shortens it" a fernfunk-hlr custody lock "$(custody 1)" --until "$(date -u +%FT%TZ)"
claim "who has the device lets it end" a mobilfunk-hlr custody lock "$(custody 1)" --until "$(date -u +%FT%TZ)"
told "then the consent of before counts" fernfunk-hlr 1 permit - $change --consent "$work/good" --mode platform_only

# ---- at the same time
x=$(permitted mobilfunk-hlr 3) y=$(permitted fernfunk-hlr 3)
claim "two operators have a permit for the same device" test -n "$x" -a -n "$y"
confirm mobilfunk-hlr "$x" C-3 >"$work/x" 2>&1 & p=$!
confirm fernfunk-hlr "$y" F-3 >"$work/y" 2>&1; y=$?
wait $p; x=$?
claim "both say that they used it: one has it" test $((x == 0)) -ne $((y == 0))
claim "the other is told" grep -q 'CUSTODY_TAKEN' "$work/x" "$work/y"
claim "a device" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr 4)" C-4
consent 4 fernfunk >"$work/c"
for i in 1 2 3 4; do asks fernfunk-hlr 4 $change --consent "$work/c" >"$work/r.$i" & pids[i]=$!; done
wait "${pids[@]}"
claim "of four questions with one consent one is permitted" is "$(cat "$work"/r.* | grep -c '"permit"')" 1
claim "the others are refused for that, or asked to ask again" is \
	"$(cat "$work"/r.* | grep -cE 'CONSENT_INVALID|REQUEST_IN_PROGRESS')" 3

# ---- given up, disputed
claim "its operator gives one up" a mobilfunk-hlr custody release "$(custody 1)" --reason "contract ended"
told "then nobody's consent is needed" drittfunk-hlr 1 permit -
claim "a device" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr 5)" C-5
no=$(asks fernfunk-hlr 5 | jq -r .decision)
number=$(j fernfunk-hlr dispute open "$no" --ground "its owner sold it to our customer" | jq -re .number)
claim "who is refused it disputes that" test -n "$number"
claim "without being told who has it" is "$(j fernfunk-hlr dispute show "$number" | jq -r 'has("custodian")')" false
claim "who has it hears" until_true 10 eval 'j mobilfunk-hlr notice list | jq -e "[.notices[] | select(.topic == \"dispute.opened\")] | length == 1"'
claim "and answers" a mobilfunk-hlr dispute answer "$number" --text "we know of no sale"
consent 5 drittfunk >"$work/c"
told "meanwhile it moves nowhere, with consent either" drittfunk-hlr 5 refuse MIGRATION_LOCKED $change --consent "$work/c"
told "its operator goes on" mobilfunk-hlr 5 permit - --purpose reprovision
claim "a decider proposes" a decider-1 dispute decide "$number" --verdict awarded --operator fernfunk --reason "deed of sale seen"
refused FOUR_EYES "and does not approve it" a decider-1 approve "$number"
claim "another does" a decider-2 approve "$number"
claim "it is the other's" is "$(holder 5)" "fernfunk held"
told "who had it is refused it" mobilfunk-hlr 5 refuse CONSENT_MISSING
told "who has it is not" fernfunk-hlr 5 permit -

# ---- an operator that is no more
claim "a device" confirm fernfunk-hlr "$(permitted fernfunk-hlr 6)" F-6
refused CUSTODIAN_ACTIVE "an operator that goes on keeps what it has" a officer-1 custody release-all fernfunk --reason x
claim "one is suspended" a security-1 org suspend fernfunk --reason tested
claim "an officer proposes that it gives up its devices" a officer-1 custody release-all fernfunk --reason insolvent
claim "a decider approves" a decider-1 approve fernfunk
told "then others may have them" mobilfunk-hlr 6 permit -

# ---- an operator's own policy
echo '{"require_consent": true}' >"$work/terms.json"
refused POLICY_CONTRADICTS "only a change of operator comes with consent" \
	a drittfunk-hlr policy draft "$work/terms.json" --purpose reprovision
claim "a second person of the operator" story_principal drittfunk-2 drittfunk operator
number=$(j drittfunk-hlr policy draft "$work/terms.json" --purpose change_of_operator | jq -re .number)
claim "an operator that wants consent where nobody is known" a drittfunk-2 policy activate "$number"
told "is told so" drittfunk-hlr 7 refuse POLICY_CONSENT $change
consent 7 drittfunk >"$work/c"
told "with one it is permitted" drittfunk-hlr 7 permit - $change --consent "$work/c"

# ---- stolen
claim "a stolen device" a mobilfunk-hlr device stolen terminal TERM-6 --detail "car park"
number=$(j reader incident list | jq -r '.incidents[0].number')
claim "is one once somebody has looked" eval 'a security-1 incident triage "$number" --severity major --reason seen && a security-1 incident confirm "$number" --reason "police report"'
for purpose in initial_download reprovision change_of_operator precheck; do
	told "it gets nothing: $purpose" mobilfunk-hlr 6 refuse DEVICE_STOLEN --purpose $purpose
done
claim "the operator that may ask so is back" eval 'a officer-1 org reinstate fernfunk && a decider-1 approve fernfunk'
for purpose in initial_download reprovision change_of_operator precheck; do
	told "nor by its terminal alone: $purpose" fernfunk-hlr 6 refuse DEVICE_STOLEN --purpose $purpose --mode platform_only
done

# ---- verified again, years later, by a machine that believes the server nothing

verified() { assay --as reader --json custody verify --root "$VAR/credentials/root.crt"; }
# what fails, and how it ends
failures() {
	local rc=0
	verified >"$work/verified" || rc=$?
	echo "$(jq -r 'select(.held == false) | .code' "$work/verified" | sort -u | tr '\n' ' ')exit $rc"
}
claim "an operator does not read what others signed" exits 3 assay --as mobilfunk-hlr custody verify
claim "all that was signed holds" exits 0 verified
claim "each consent that was used up is among it" is "$(verified | jq -r 'select(.what == "consent") | .name' | sort)" \
	"$(sql "SELECT jti FROM consent" | sort)"
claim "each confirmation" is "$(verified | jq -s '[.[] | select(.what == "confirm")] | length')" "$(sql "SELECT count(*) FROM custody_confirmation")"
claim "each custody" is "$(verified | jq -s '[.[] | select(.what == "custody")] | length')" "$(sql "SELECT count(*) FROM custody")"
claim "the lock, what was given up, the dispute" is "$(verified | jq -r 'select(.what | . == "lock" or . == "release" or . == "dispute") | .what' | sort | tr '\n' ' ')" \
	"dispute lock release "
claim "it counts them" is "$(verified | jq -s '(.[-1].held == length - 1) and .[-1].failed == 0')" true
claim "with another root it believes nothing" eval 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout "$work/o.key" \
	-out "$work/o.crt" -subj /CN=Other -addext keyUsage=critical,keyCertSign 2>/dev/null
	assay --as reader --json custody verify --root "$work/o.crt" | jq -se "[.[] | select(.what == \"consent\" or .what == \"confirm\") | .code] | unique == [\"SIGNER_UNTRUSTED\"]"'

# The database's administrator can do anything there, and triggers stop nobody
# who switches them off.  What is signed no administrator can change unseen.
tables="consent custody custody_confirmation statement dispute approval principal certificate"
admin() { sql "SET session_replication_role = replica; $1"; }
for t in $tables; do admin "CREATE TABLE public.kept_$t AS TABLE $t"; done
put_back() { for t in $tables; do echo "DELETE FROM $t; INSERT INTO $t OVERRIDING SYSTEM VALUE SELECT * FROM public.kept_$t;"; done; }
# tampered "sentence" "CODES " SQL: it is found, and the command says so in its exit code
tampered() {
	claim "an administrator $1" admin "$3"
	claim "... is found out: $2" is "$(failures)" "$2exit 1"
	admin "BEGIN; $(put_back) COMMIT" >/dev/null
}
used() { sql "SELECT quote_literal(decision_id) FROM consent WHERE custody_id IS NOT NULL ORDER BY used $1 LIMIT 1"; }
one=$(used ASC) two=$(used DESC)
flip="overlay(jws PLACING translate(substr(jws, length(jws) - 9, 1), 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 'BADCFEHGJILKNMPORQTSVUXWZYbadcfehgjilknmporqtsvuxwzy1032547698_-') FROM length(jws) - 9)"
tampered "changes a letter of a consent" "CONSENT_SIGNATURE " "UPDATE consent SET jws = $flip WHERE decision_id = $one"
tampered "puts rubbish in its place" "CONSENT_MALFORMED " "UPDATE consent SET jws = 'x' WHERE decision_id = $one"
tampered "puts another device's in its place" "CONSENT_DIFFERS " "UPDATE consent SET jws = (SELECT jws FROM consent WHERE decision_id = $two) WHERE decision_id = $one"
tampered "has that one's number, too" "CONSENT_DEVICE " "DELETE FROM consent WHERE decision_id = $two;
	UPDATE consent SET (jws, jti) = (SELECT jws, jti FROM public.kept_consent WHERE decision_id = $two) WHERE decision_id = $one"
tampered "says that another gave it" "CONSENT_DIFFERS " "UPDATE consent SET organisation_id = (SELECT id FROM organisation WHERE handle = 'drittfunk') WHERE decision_id = $one"
tampered "dates it back, before its signer was there" "SIGNER_NOT_GOOD " "UPDATE consent SET used = used - interval '1 day' WHERE decision_id = $one"
tampered "dates it forward" "CONSENT_TIME " "UPDATE consent SET used = used + interval '2 hours' WHERE decision_id = $one"
tampered "lets one go that a device moved by" "CONSENT_ABSENT " "DELETE FROM consent WHERE decision_id = (SELECT f.decision_id FROM custody_confirmation f JOIN consent USING (decision_id) LIMIT 1)"
tampered "changes what an operator called a device" "CUSTODY_DIFFERS STATEMENT_DIFFERS " "UPDATE custody_confirmation SET reference = 'X-1' WHERE reference = 'C-3' OR reference = 'F-3'"
tampered "in the words as well" "CUSTODY_UNSIGNED STATEMENT_SIGNATURE " "UPDATE custody_confirmation SET reference = 'X-1' WHERE reference = 'C-4';
	UPDATE statement SET body = convert_to(replace(convert_from(body, 'UTF8'), 'C-4\"', 'X-1\"'), 'UTF8') WHERE convert_from(body, 'UTF8') LIKE '%\"C-4\"%'"
tampered "loses the words" "CUSTODY_UNSIGNED STATEMENT_ABSENT " "DELETE FROM statement WHERE id = (SELECT statement_id FROM custody_confirmation WHERE reference = 'C-4')"
tampered "dates them forward" "CUSTODY_UNSIGNED STATEMENT_TIME " "UPDATE statement SET recorded = recorded + interval '1 hour' WHERE id = (SELECT statement_id FROM custody_confirmation WHERE reference = 'C-4')"
tampered "ends a lock" "CUSTODY_DIFFERS " "UPDATE custody SET locked_until = NULL WHERE locked_until IS NOT NULL"
tampered "locks a device" "CUSTODY_DIFFERS " "UPDATE custody SET locked_until = now() + interval '1 year' WHERE reference = 'C-4'"
tampered "gives a device up in its operator's name" "CUSTODY_UNSIGNED " "UPDATE custody SET state = 'released' WHERE reference = 'C-4'"
tampered "takes back that it was given up" "CUSTODY_DIFFERS " "UPDATE custody SET state = 'held' WHERE reference = 'C-4711'"
tampered "makes a device over to another" "CUSTODY_UNSIGNED SIGNER_NOT_THEIRS " "UPDATE custody SET organisation_id = (SELECT id FROM organisation WHERE handle = 'drittfunk') WHERE reference = 'C-4'"
tampered "makes a custody up" "CUSTODY_UNSIGNED " "INSERT INTO custody (device_id, organisation_id) SELECT device_id, organisation_id FROM custody WHERE state = 'released' LIMIT 1"
tampered "awards a device to another" "CUSTODY_UNSIGNED " "UPDATE custody SET organisation_id = (SELECT id FROM organisation WHERE handle = 'drittfunk') WHERE reference IS NULL"
tampered "changes what a dispute was about" "STATEMENT_DIFFERS " "UPDATE dispute SET ground = 'it was stolen'"
tampered "what was answered" "STATEMENT_DIFFERS " "UPDATE dispute SET answer = 'take it'"
tampered "what was decided" "CUSTODY_UNSIGNED STATEMENT_DIFFERS " "UPDATE dispute SET state = 'dismissed'"

# signed WHO STATEMENT BODY: that statement as WHO would sign it with this body; s is low
signed() {
	local jws header
	header=$(sql "SELECT json_build_object('alg', 'ES256', 'typ', 'assay-act+jws', 'x5t#S256', '$(thumbprint "$VAR/credentials/$1.crt")',
		'url', url, 'iat', floor(extract(epoch FROM recorded))::bigint)::text FROM statement WHERE id = $2")
	until jws=$(consent_signed "$1" "$3" "$header") && [[ $(tr -- '-_' '+/' <<<"${jws##*.}==" | base64 -d | od -An -tx1 -j32 -N1) =~ ^" "[0-7] ]]; do :; done
	echo "${jws%%.*}..${jws##*.}"
}
body() { sql "SELECT convert_from(body, 'UTF8') FROM statement WHERE id = $1"; }
approval=$(sql "SELECT a.statement_id FROM approval a JOIN proposal p ON p.id = a.proposal_id WHERE p.act = 'dispute_decide'")
tampered "lets one decider decide alone, who signs twice" "NOT_SIGNED_BY_TWO " \
	"UPDATE statement SET jws = '$(signed decider-1 "$approval" "$(body "$approval")")' WHERE id = $approval"
tampered "takes an operator's word for a decider's" "SIGNER_NOT_THEIRS " \
	"UPDATE statement SET jws = '$(signed mobilfunk-hlr "$approval" "$(body "$approval")")' WHERE id = $approval"

# an operator's person that the administrator has made: all rows are there, and no CA of ours signed it
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$VAR/credentials/made-up.key" \
	-out "$VAR/credentials/made-up.crt" -days 30 -subj "/C=DE/O=mobilfunk/CN=made-up" 2>/dev/null
hex=$(openssl x509 -in "$VAR/credentials/made-up.crt" -outform DER | od -An -v -tx1 | tr -d ' \n')
words=$(sql "SELECT statement_id FROM custody_confirmation WHERE reference = 'C-4'")
other=$(body "$words" | sed s/C-4/X-4/)
tampered "makes a person of an operator up, who signs" "CUSTODY_UNSIGNED SIGNER_UNTRUSTED " "
	UPDATE custody_confirmation SET reference = 'X-4' WHERE reference = 'C-4'; UPDATE custody SET reference = 'X-4' WHERE reference = 'C-4';
	INSERT INTO principal (handle, organisation_id, role, cert_der) SELECT 'made-up', organisation_id, role, '\\x$hex' FROM principal WHERE handle = 'mobilfunk-hlr';
	INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
	SELECT issuer_id, 99999999, 'access', '\\x0102', '\\x$hex', pg_catalog.sha256('\\x$hex'), pg_catalog.sha256('made up'), now() FROM certificate WHERE profile = 'access' LIMIT 1;
	UPDATE statement SET body = convert_to('$other', 'UTF8'), jws = '$(signed made-up "$words" "$other")' WHERE id = $words"
claim "after all that it holds as before" exits 0 verified

stop_instance
finish
