#!/usr/bin/env bash
# Lots through the real system: what is certified, what is refused and why, and
# what somebody gets who has stolen the api's database role.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
devices=$VAR/devices

row() { jq -nc --arg id "$1" --arg csr "$2" '{id:$id,csr:$csr}'; }
tre_row() { jq -c --arg id "$1" 'select(.id==$id)' "$work/made"; }
# made KIND ID [OPTION...]: a device; its row goes to the end of $work/made
made() { a reader device new --kind "$1" --id "$2" "${@:3}" --rows "$work/one" && cat "$work/one" >>"$work/made"; }
csr_of() { tre_row "$1" | jq -r .csr; }
submit() { # supplier model site file
	j "$1" lot submit --model "$2" --site "$3" --rows "$4" --wait
}
tres() { submit tresor-pki tresor-m2 tresor-dresden "$1"; }
terminals() { submit karren-pki karren-t1 karren-ulm "$1"; }
result() { j "$1" lot results "$2" | jq -r --arg id "$3" '.[] | select(.id==$id) | .reason // .state'; }

# ---- TrEs: each bad row is refused with its reason, the others are issued

for n in 1 2 3 4 5; do made tre "TRE-$n"; done
made tre TRE-BROKEN
made tre TRE-TAIL
openssl ecparam -name secp384r1 -genkey -noout -out "$work/p384.key" 2>/dev/null
openssl req -new -key "$work/p384.key" -subj /CN=x -outform DER -out "$work/p384.csr"
openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=x -outform DER -out "$work/rsa.csr" 2>/dev/null
# a name changed after it was signed; an octet behind the end
csr_of TRE-BROKEN | base64 -d | sed 's/TRE-BROKEN/TRE-BROKEM/' | base64 -w0 >"$work/broken"
{ csr_of TRE-TAIL | base64 -d; printf '\0'; } | base64 -w0 >"$work/tail"
{
	tre_row TRE-1
	echo 'this is no JSON'
	row TRE-BROKEN "$(cat "$work/broken")"
	row TRE-TAIL "$(cat "$work/tail")"
	row TRE-P384 "$(base64 -w0 <"$work/p384.csr")"
	row TRE-RSA "$(base64 -w0 <"$work/rsa.csr")"
	tre_row TRE-2 | jq -c '. + {slot:"1"}'
	row TRE-AGAIN "$(csr_of TRE-1)"
	tre_row TRE-3
	row TRE-3 "$(csr_of TRE-4)"
	tre_row TRE-5 | jq . -c | sed 's/,/ , /' # not as plainly written as it could be
} >"$work/rows"
{ tre_row TRE-1; tre_row TRE-2 | jq -c '. + {imsi:"262011234567890"}'; } >"$work/secret"
refused SUBSCRIBER_DATA_REFUSED "one with an IMSI in a row is refused as a whole" tres "$work/secret"
lot=$(tres "$work/rows")
number=$(jq -r .number <<<"$lot")
claim "a lot with bad rows is issued as far as it is good" \
	is "$(jq -r '"\(.state) \(.issued) \(.refused)"' <<<"$lot")" "issued 3 8"
j tresor-pki lot results "$number" >"$work/results"
reason() { jq -r --argjson n "$1" '.[] | select(.row==$n) | .reason // .state' "$work/results"; }
for want in 1:issued 2:ROW_MALFORMED 3:CSR_SIGNATURE 4:CSR_MALFORMED 5:KEY_NOT_ALLOWED \
	6:KEY_NOT_ALLOWED 7:ROW_MALFORMED 8:KEY_REPEATED 9:issued 10:ID_REPEATED 11:issued; do
	claim "row ${want%%:*} is told ${want#*:}" is "$(reason "${want%%:*}")" "${want#*:}"
done
claim "a refusal says what is wrong" \
	grep -q 'slot' <<<"$(jq -r '.[] | select(.row==7) | .detail' "$work/results")"
a tresor-pki device collect "$number"
root=$VAR/credentials/root.crt
verifies() {
	awk '/BEGIN/{n++} n==2' "$devices/$1.crt" >"$work/issuer.pem"
	openssl verify -x509_strict -CAfile "$root" -untrusted "$work/issuer.pem" "$devices/$1.crt"
}
claim "what was issued verifies up to the root" verifies TRE-1
claim "it is for the key that was asked for" \
	is "$(openssl x509 -in "$devices/TRE-1.crt" -noout -pubkey)" "$(openssl pkey -in "$devices/TRE-1.key" -pubout)"
claim "certificates come as PEM too" \
	is "$(a tresor-pki lot certificates "$number" | grep -c BEGIN)" 3
claim "another supplier does not see the lot" \
	not a karren-pki lot show "$number"

# ---- the same again

again=$(tres "$work/rows")
claim "the same manifest again is the same lot, and issues nothing" \
	is "$(jq -r '"\(.number) \(.issued)"' <<<"$again")" "$number 3"
{
	row TRE-OTHER "$(csr_of TRE-1)"
	row TRE-1 "$(csr_of TRE-4)"
	tre_row TRE-2
} >"$work/rows2"
number=$(tres "$work/rows2" | jq -r .number)
claim "a key that is registered is refused" is "$(result tresor-pki "$number" TRE-OTHER)" KEY_REGISTERED
claim "an id that is registered is refused" is "$(result tresor-pki "$number" TRE-1)" ID_REGISTERED
claim "a row that was refused for its form can come again" is "$(result tresor-pki "$number" TRE-2)" issued

# ---- terminals and the TrEs in them

claim "the certificate of TRE-5 is revoked" a security-1 cert revoke \
	"$(openssl x509 -in "$devices/TRE-5.crt" -noout -serial | cut -d= -f2 | tr A-F a-f)" --reason keyCompromise
: >"$work/made"
made terminal TERM-1 --tre TRE-1
made terminal TERM-2 --tre TRE-1
made terminal TERM-3 --tre TRE-NONE
made terminal TERM-4 --tre TRE-5
made terminal TERM-5 --tre TRE-3 --tac 99999999
made terminal TERM-6 --tre TRE-3 --tac 35123456
made tre TERM-7 # a row without a TrE
cp "$work/made" "$work/rows"
number=$(terminals "$work/rows" | jq -r .number)
for want in TERM-1:issued TERM-2:TRE_BOUND_ELSEWHERE TERM-3:TRE_UNKNOWN TERM-4:TRE_NOT_GOOD \
	TERM-5:TAC_NOT_OF_MODEL TERM-6:issued TERM-7:ROW_MALFORMED; do
	claim "${want%%:*} is told ${want#*:}" is "$(result karren-pki "$number" "${want%%:*}")" "${want#*:}"
done
claim "the register knows which TrE sits in it" \
	is "$(j reader device show terminal TERM-1 | jq -r '"\(.tre) \(.tac)"')" "TRE-1 35123456"
: >"$work/made"
made terminal TERM-8 --tre TRE-1
number=$(terminals "$work/made" | jq -r .number)
claim "a TrE that sits in a terminal is not put into another" is "$(result karren-pki "$number" TERM-8)" TRE_BOUND_ELSEWHERE

# ---- manifests that are refused as a whole

: >"$work/made"
made tre TRE-20
made tre TRE-21
a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows "$work/made" --out "$work/manifest"
bad() { # code sentence; the manifest comes from stdin
	cat >"$work/bad"
	refused "$1" "$2" a "${3:-tresor-pki}" lot submit --manifest "$work/bad"
}
head -n 2 "$work/manifest" | bad MANIFEST_COUNT "a manifest with a row too few is refused"
sed '2s/TRE-20/TRE-2X/' "$work/manifest" | bad MANIFEST_DIGEST "a row changed after it was signed is refused"
head -c -1 "$work/manifest" | bad MANIFEST_CUT_OFF "a manifest that was cut off is refused"
tail -n 2 "$work/manifest" | bad MANIFEST_MALFORMED "rows without a header are refused"
{ head -n 1 "$work/manifest"; head -c 20000 /dev/zero | tr '\0' ' '; echo; } |
	bad MANIFEST_LINE_TOO_LONG "a line that is too long is refused"
sed '1s/\.\(.\)/.\1\1/' "$work/manifest" | bad MANIFEST_SIGNATURE "a header changed after it was signed is refused"
bad MANIFEST_SIGNER "another's manifest is refused" karren-pki <"$work/manifest"
refused SITE_UNKNOWN "somebody else's site is refused" a tresor-pki lot submit \
	--model tresor-m2 --site karren-ulm --rows "$work/made"
refused MODEL_UNKNOWN "somebody else's model is refused" a tresor-pki lot submit \
	--model karren-t1 --site tresor-dresden --rows "$work/made"
refused MODEL_KIND "a hardware platform has no lots" a tresor-pki lot submit \
	--model tresor-soc --site tresor-dresden --rows "$work/made"
refused ROLE_NOT_ALLOWED "an officer submits no lots" a officer-1 lot submit \
	--model tresor-m2 --site tresor-dresden --rows "$work/made"

# ---- no issuance while a measure forbids it

freeze=$(j security-1 measure impose --kind issuance_freeze --scope-kind model --scope tresor-m2 \
	--legal-basis "suspicion" | jq -r .number)
claim "an issuance freeze is imposed by two" a decider-1 approve "$freeze"
lot=$(tres "$work/made")
claim "a lot of a frozen model is rejected, and says by which measure" \
	is "$(jq -r '"\(.state) \(.reason | contains("'"$freeze"'"))"' <<<"$lot")" "rejected true"
claim "the freeze is lifted by two" \
	eval 'a security-1 measure lift "$freeze" --reason cleared && a decider-1 approve "$freeze"'
lot=$(tres "$work/made")
claim "the same manifest is issued afterwards" is "$(jq -r '"\(.state) \(.issued)"' <<<"$lot")" "issued 2"

# ---- two senders at once, and orders that cannot be carried out

: >"$work/made"
made tre TRE-22
tres "$work/made" >"$work/first" 2>&1 &
tres "$work/made" >"$work/second" 2>&1
wait $!
claim "two who send one manifest at the same time get one lot" \
	is "$(jq -r '"\(.number) \(.issued)"' "$work/first")" "$(jq -r '"\(.number) 1"' "$work/second")"

authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1; }
terminal_ca=$(owner <<<"SELECT id FROM assay.issuer WHERE role = 'terminal'")
mv "$VAR/authority/issuer-$terminal_ca.key" "$work/hidden"
kill -9 "$(authority)"
: >"$work/made"
made terminal TERM-20 --tre TRE-20
stuck=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/made" | jq -r .number)
: >"$work/made"
made tre TRE-23
claim "a lot whose CA has lost its key keeps no other lot waiting" \
	is "$(tres "$work/made" | jq -r '"\(.state) \(.issued)"')" "issued 1"
claim "it waits" is "$(j karren-pki lot show "$stuck" | jq -r .state)" issuing
mv "$work/hidden" "$VAR/authority/issuer-$terminal_ca.key"
claim "and is issued when the key is back" \
	is "$(j karren-pki lot wait "$stuck" --timeout 60 | jq -r '"\(.state) \(.issued)"')" "issued 1"

# ---- a right that ends half-way: set up by the owner, since it takes long lots

: >"$work/made"
made tre TRE-24
kill -STOP "$(authority)"
number=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/made" | jq -r .number)
for state in validated approved issuing; do
	owner <<<"UPDATE assay.lot SET state = '$state' WHERE number = '$number'"
done
freeze=$(j security-1 measure impose --kind issuance_freeze --scope-kind site --scope tresor-dresden \
	--legal-basis "suspicion" | jq -r .number)
a decider-1 approve "$freeze"
kill -CONT "$(authority)"
lot=$(j tresor-pki lot wait "$number")
claim "a freeze stops a lot that is being issued" \
	is "$(jq -r '"\(.state) \(.issued) \(.refused)"' <<<"$lot")" "issued 0 1"
claim "its rows are told so" is "$(result tresor-pki "$number" TRE-24)" LOT_STOPPED
a security-1 measure lift "$freeze" --reason cleared
a decider-1 approve "$freeze"

# ---- with the api's database role: everything but people's keys

stolen() { psql -h "$run" -U assay_api -d assay -qAtX -v ON_ERROR_STOP=1 2>&1; }
number_of() { owner <<<"SELECT id FROM assay.principal WHERE handle = '$1'"; }
forge() { # handle url body: begin in that name with a "signed" statement
	echo "BEGIN; SELECT assay.actor_begin($(number_of "$1"));
	SELECT assay.statement_add('$2', convert_to('$3', 'UTF8'), 'forged.' || gen_random_uuid());"
}
csr=$(openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/thief.key" \
	-subj /CN=thief -outform DER 2>/dev/null | base64 -w0)
# karren's CoC is genuine; the thief has seen its signed manifest go by
: >"$work/made"
made terminal TERM-40 --tre TRE-21
a karren-pki lot sign --model karren-t1 --site karren-ulm --rows "$work/made" --out "$work/manifest"
jws=$(head -n 1 "$work/manifest" | jq -r .header)
digest=$(tail -n +2 "$work/manifest" | sha256sum | cut -d' ' -f1)
begin_lot() {
	echo "BEGIN; SELECT assay.actor_begin($(number_of karren-pki));
	SELECT assay.lot_begin('karren-t1', 'karren-ulm', 1, '', '$jws', '\\x$digest');"
}
add_row() { # csr
	echo "INSERT INTO assay.lot_row (lot_id, row, device_id, csr, tre_id, state)
		SELECT max(id), 1, 'TERM-40', decode('$1', 'base64'), 'TRE-21', 'received' FROM assay.lot;"
}
claim "a lot is not stored without its rows" \
	grep -q 'the header says 1 rows, and 0 came' <<<"$({ begin_lot; echo 'COMMIT;'; } | stolen)"
claim "the thief sends the lot with a key of their own" stolen < <(begin_lot; add_row "$csr"; echo 'COMMIT;')
lot=$(j karren-pki lot list | jq -r '(.lots? // .)[0].number')
lot=$(j karren-pki lot wait "$lot")
claim "the authority finds that the supplier did not sign that row" \
	is "$(jq -r '"\(.state) \(.issued) \(.reason | contains("not those that the supplier signed"))"' <<<"$lot")" "rejected 0 true"
lot=$(terminals "$work/made")
claim "and issues the lot that the supplier signed" is "$(jq -r '"\(.state) \(.issued)"' <<<"$lot")" "issued 1"

terms='{"model":"tresor-m2","level":2,"site":"tresor-dresden","quota":1000000,"valid_days":365}'
forged=$({
	forge decider-1 /v1/cocs "$terms"
	echo "SELECT assay.coc_propose('tresor-m2', 2, 'tresor-dresden', NULL, 1000000, 365) ->> 'number'; COMMIT;"
} | stolen | tail -n 1)
id=$(owner <<<"SELECT id FROM assay.proposal WHERE subject_number = '$forged'")
digest=$(printf %s "$terms" | sha256sum | cut -d' ' -f1)
forge_approval() {
	forge decider-2 "/v1/proposals/$id/approve" \
		"{\"subject\":\"$forged\",\"act\":\"coc_certify\",\"terms_sha256\":\"$digest\",\"verdict\":\"approve\"}"
	echo "SELECT assay.proposal_judge($id, '$forged', 'coc_certify', '\\x$digest', 'approve', NULL); COMMIT;"
}
forge_approval | stolen >"$work/forged" || cat "$work/forged"
claim "to the database the thief's CoC is as good as certified" \
	grep -Eq 'certified|provisional' <<<"$(j reader coc show "$forged" | jq -r .state)"
: >"$work/made"
made tre TRE-30
lot=$(tres "$work/made")
claim "the authority issues nothing for it: two people did not sign" \
	is "$(jq -r '"\(.state) \(.issued) \(.reason | contains("not signed by two"))"' <<<"$lot")" "rejected 0 true"

forge_principal() {
	forge officer-1 /v1/principals "{\"handle\":\"thief\",\"organisation\":\"tresor\",\"role\":\"supplier\",\"csr\":\"$csr\"}"
	echo "SELECT assay.principal_new('thief', 'tresor', 'supplier', decode('$csr', 'base64')); COMMIT;"
}
claim "the thief orders a supplier's credential" stolen < <(forge_principal)
IFS='|' read -r id digest < <(owner <<<"SELECT id, encode(terms_sha256, 'hex')
	FROM assay.proposal WHERE subject_number = 'thief'")
forge_second() {
	forge decider-2 "/v1/proposals/$id/approve" \
		"{\"subject\":\"thief\",\"act\":\"principal_create\",\"terms_sha256\":\"$digest\",\"verdict\":\"approve\"}"
	echo "SELECT assay.proposal_judge($id, 'thief', 'principal_create', '\\x$digest', 'approve', NULL); COMMIT;"
}
claim "and approves it" stolen < <(forge_second)
order() { j officer-1 principal show thief | jq -re .error; }
claim "the order fails" until_true 10 order
claim "and there is no certificate for it" is "$(j officer-1 principal show thief | jq -r '.certificate // "none"')" none

forged_row() { echo "BEGIN; SELECT assay.actor_begin($(number_of tresor-pki)); INSERT INTO assay.lot_row (lot_id, row, device_id, csr, state) SELECT id, 1000, 'TRE-99', '', 'received' FROM assay.lot WHERE number='$number';"; }
claim "rows cannot be added to a lot that was sent" grep -q 'this transaction has begun' <<<"$(forged_row | stolen)"
for sql in "UPDATE assay.lot SET state = 'approved'" "UPDATE assay.lot_row SET state = 'received'" \
	"DELETE FROM assay.lot_row" "INSERT INTO assay.certificate DEFAULT VALUES" \
	"UPDATE assay.coc SET quota = 1000000" "INSERT INTO assay.\"order\" (kind, subject_id) VALUES ('principal', 1)" \
	"SELECT assay.status_issued(3, 0, 10, NULL)"; do
	claim "the api's role may not: ${sql%% SET*}" grep -q 'permission denied' <<<"$(stolen <<<"$sql")"
done

claim "every device's certificate is put together from what it shares and what is its own, and is the one that was signed" \
	is "$(owner <<<"SELECT count(*) > 4, count(*) FILTER (WHERE template_id IS NULL OR der IS NOT NULL),
		count(*) FILTER (WHERE sha256(assay.certificate_der(c)) IS DISTINCT FROM der_sha256)
		FROM assay.certificate c WHERE profile IN ('tre', 'terminal')")" "t|0|0"
claim "a hundred of them share a few pieces" is "$(owner <<<"SELECT count(DISTINCT template_id) < 20
	FROM assay.certificate WHERE template_id IS NOT NULL")" t
stored() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v VERBOSITY=verbose 2>&1; }
# copied COLUMN VALUE: a certificate like another but for one column
copied() {
	echo "INSERT INTO assay.certificate SELECT (jsonb_populate_record(c, jsonb_build_object('index', 4294967295,
		'serial', '\\x0101', 'spki_sha256', pg_catalog.sha256('x'), '$1', $2))).* FROM assay.certificate c
		WHERE profile = 'terminal' ORDER BY issuer_id, index LIMIT 1;"
}
for other in "signature set_byte(signature, 20, get_byte(signature, 20) # 1)" "binding NULL" \
	"point set_byte(point, 5, get_byte(point, 5) # 1)" "not_before not_before + interval '1s'" \
	"device_id (SELECT min(id) FROM assay.device)" "template_id 2147483647"; do
	claim "nobody stores one that cannot be put together as it was signed: another ${other%% *}" \
		grep -q CERTIFICATE_NOT_WHOLE <<<"$(copied "${other%% *}" "${other#* }" | stored)"
done
claim "nor one of a device that is not there" grep -q 'there is no device' <<<"$({
	copied template_id NULL | sed "s/'template_id', NULL/'template_id', NULL, 'point', NULL, 'binding', NULL, 'signature', NULL, 'der', '\\\\x00', 'device_id', 0/"
} | stored)"
claim "nor a row of a lot that is not there" grep -q LOT_CLOSED \
	<<<"$(stored <<<"INSERT INTO assay.lot_row (lot_id, row, device_id, csr) VALUES (0, 1, 'TRE-1', '')")"
device() { # LOT MODEL LATEST_LOT LATEST_SITE
	echo "INSERT INTO assay.device (kind, device_id, lot_id, model_id, organisation_id, latest_lot_id, latest_site_id)
		SELECT 'tre', 'TRE-LATE', $1, $2, organisation_id, $3, $4 FROM assay.device LIMIT 1;"
}
while read -r what row; do
	claim "nor a device of a $what that is not there" grep -q "there is no ${what#latest-} 0" <<<"$(device $row | stored)"
done <<-ROWS
	lot 0 model_id NULL NULL
	model lot_id 0 NULL NULL
	latest-lot lot_id model_id 0 NULL
	latest-site lot_id model_id NULL 0
ROWS
for what in lot site; do
	claim "nor may it move to a $what that is not there" grep -q "there is no $what 0" \
		<<<"$(stored <<<"UPDATE assay.device SET latest_${what}_id = 0 WHERE device_id = 'TRE-1'")"
done
claim "nor one with neither its octets nor a template" grep -q certificate_check <<<"$(copied template_id NULL | stored)"
# A lot's rows become certificates once, and only those that wait.
ran() { echo "INSERT INTO assay.lot_run SELECT lot_id, $1, $2, issuer_id, index FROM assay.lot_run ORDER BY lot_id LIMIT 1;"; }
for rows in "row 1" "row+count-1 1" "row+count 1000000"; do
	claim "no rows become certificates that do not wait: $rows" \
		grep -q LOT_ROWS_NOT_WAITING <<<"$(ran $rows | stored)"
done
claim "nor is forgotten which did" grep -q APPEND_ONLY \
	<<<"$(stored <<<"DELETE FROM assay.lot_run")"
claim "a key's hash is computed, from the key that is in the certificate" is "$(owner <<<"SELECT count(*) > 4, count(*) FILTER (
	WHERE spki_sha256 IS NOT NULL OR position(assay.p256_header() || point IN assay.certificate_der(c)) = 0)
	FROM assay.certificate c WHERE template_id IS NOT NULL")" "t|0"
claim "no other certificate has it, either" grep -q '23505.*certificate_key' <<<"$(stored <<<"INSERT INTO assay.certificate
	(issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
	SELECT issuer_id, 4294967295, profile, '\\x0101', '\\x30', pg_catalog.sha256('\\x30'), assay.certificate_key(c), not_before
	FROM assay.certificate c WHERE template_id IS NOT NULL LIMIT 1" | tr '\n' ' ')"
claim "the CoC of a template is the one whose number is in it" is "$(owner <<<"SELECT count(*) > 0, count(*) FILTER (
	WHERE position(convert_to(k.number, 'UTF8') IN (SELECT string_agg(p, '') FROM unnest(t.pieces) p)) = 0)
	FROM assay.certificate_template t JOIN assay.coc k ON k.id = t.coc_id")" "t|0"
claim "what they share does not change" grep -q APPEND_ONLY <<<"$(stored <<<"UPDATE assay.certificate_template SET octets = octets + 1")"
claim "nor does a device's id, which stands in them" grep -q DEVICE_IMMUTABLE \
	<<<"$(stored <<<"UPDATE assay.device SET device_id = 'TRE-MOVED' WHERE id = (SELECT min(id) FROM assay.device)")"
channels_agree
finish
