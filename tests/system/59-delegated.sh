#!/usr/bin/env bash
# Delegated CAs: a supplier's own, which is openssl, certified by two people; what
# it reports is in the register, what it doesn't is an incident, and its CRLs are
# taken over.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$(dirname "$0")/../lib/delegated.sh"
. "$(dirname "$0")/../lib/statement.sh"
start_instance
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
d=$work/dca
ca=$d/own
mkdir "$d"
claim "suppliers, a site audited for a CA of its own, and models get accredited" eval 'story_people &&
	story_site tresor-dresden tresor tre_production wet &&
	story_site tresor-ca tresor delegated_ca wet &&
	story_site tresor-bautzen tresor tre_production wet &&
	story_site karren-ulm karren terminal_assembly dry && story_models'

# ---- asked for, agreed on by two, certified
dca_new "$ca"
ask() { assay delegated-ca request --role tre --model tresor-m2 --csr "$ca/ca.csr" "$@"; }
refused DELEGATED_CA_NOT_ACCREDITED "a site that is not audited for it gets none" ask --site tresor-bautzen --as tresor-pki
refused SITE_UNKNOWN "nor does another supplier ask for a CA there" ask --site tresor-ca --as karren-pki
refused ROLE_NOT_ALLOWED "nor does an operator" ask --site tresor-ca --as mobilfunk-hlr
openssl req -new -newkey rsa:2048 -nodes -keyout "$d/rsa.key" -subj /CN=x -out "$d/rsa.csr" 2>/dev/null
refused KEY_NOT_ALLOWED "a weak key is refused" assay delegated-ca request --role tre --model tresor-m2 --csr "$d/rsa.csr" --site tresor-ca --as tresor-pki
wrong_models() { # MODELS: as JSON; signed, and refused with this
	act tresor-pki /v1/delegated-cas "$(jq -nc --arg csr "$(openssl req -in "$ca/ca.csr" -outform DER | base64 -w0)" --argjson models "$1" \
		'{role: "tre", site: "tresor-ca", models: $models, csr: $csr}')" | jq -r '"\(.status) \(.type | split("/")[-1]) \(.detail)"'
}
for models in '["tresor-m2",7]' '[7]' '["tresor-m2",null]' '[["tresor-m2"]]'; do
	claim "what is no name is no model, whoever signs it: $models" is "$(wrong_models "$models")" \
		"400 FIELD_TYPE the field models must be a text"
done
claim "the supplier asks, with its key, site and model" eval 'ask --site tresor-ca --as tresor-pki --json >"$d/asked"'
jq -r .number "$d/asked" >"$ca/dca"
number=$(cat "$ca/dca")
state() { j reader delegated-ca show "$number" | jq -r .state; }
claim "it is requested" is "$(state)" requested
refused KEY_REGISTERED "the same key is not asked for twice" ask --site tresor-ca --as tresor-pki
refused NOT_FOUND "another supplier does not see it" assay delegated-ca show "$number" --as karren-pki
refused ROLE_NOT_ALLOWED "the supplier does not propose it itself" assay delegated-ca propose "$number" --as tresor-pki
claim "a decider proposes" a decider-1 delegated-ca propose "$number" --valid-days 400
refused FOUR_EYES "who proposed does not approve" assay approve "$number" --as decider-1
claim "so far nothing is certified" is "$(state) $(record "SELECT count(*) FROM issuer WHERE delegated")" "requested 0"
# What two approved rests on a site that is audited when it is certified.
authority=$(pgrep -P "$RUN_PID" -f assay-authority | head -n 1)
kill -STOP "$authority"
claim "another approves" a decider-2 approve "$number"
a officer-1 site suspend tresor-ca --reason "a doubt" >/dev/null
kill -CONT "$authority"
in_state() { is "$(state)" "$1"; }
claim "the authority certifies nothing whose site is suspended" until_true 10 in_state rejected
claim "and says why" grep -q "site" <<<"$(j reader delegated-ca show "$number" | jq -r .reason)"
claim "so no CA is there" is "$(record "SELECT count(*) FROM issuer WHERE delegated")" 0
a officer-1 site reinstate tresor-ca --reason "none" >/dev/null && a decider-1 approve tresor-ca >/dev/null
claim "the site's accreditation is back" is "$(record "SELECT site_has_scope(id, 'delegated_ca') FROM site WHERE handle = 'tresor-ca'")" t
claim "the supplier asks again, with the same key" eval 'ask --site tresor-ca --as tresor-pki --json >"$d/asked"'
jq -r .number "$d/asked" >"$ca/dca"
number=$(cat "$ca/dca")
claim "two approve again" eval 'a decider-1 delegated-ca propose "$number" --valid-days 400 && a decider-2 approve "$number"'
claim "the authority certifies it" until_true 10 dca_certified "$ca"
issuer=$(jq -r .issuer "$ca/show")
claim "it verifies by openssl" openssl verify -x509_strict -CAfile "$VAR/credentials/root.crt" "$ca/ca.crt"
text=$(openssl x509 -in "$ca/ca.crt" -noout -text)
claim "with path length 0" grep -q "CA:TRUE, pathlen:0" <<<"$text"
claim "constrained to the supplier's names" grep -q "DirName:C *= *DE, O *= *Tresor Elektronik" <<<"$text"
claim "and no others" grep -q "Excluded" <<<"$text"
claim "for as long as was agreed" is "$((($(date -d "$(openssl x509 -in "$ca/ca.crt" -noout -enddate | cut -d= -f2)" +%s) - $(date +%s)) / 86400))" 399
claim "its certificate is public" eval 'curl -fsS "$PUBLIC_URL/ca/$issuer.cer" | cmp - <(openssl x509 -in "$ca/ca.crt" -outform DER)'

# ---- reports
claim "its software issues a certificate" dca_issue "$ca" TRE-D1
claim "which verifies by openssl" openssl verify -CAfile "$VAR/credentials/root.crt" -untrusted "$ca/ca.crt" "$ca/TRE-D1.crt"
why() { jq -r '"\(.state) \(.reason)"' <<<"$1"; }
claim "before there is a CRL nothing is taken" grep -q "no CRL that is in force" <<<"$(why "$(dca_report "$ca" TRE-D1)")"
hand_over() { j tresor-pki delegated-ca crl "$number" "$1"; }
crl_state() { j reader delegated-ca show "$number" | jq -r --arg h "$(sha256sum "$1" | cut -c-64)" '[.crls[] | select(.sha256 == $h)][0] | "\(.state) \(.reason // "-" | split(":")[0])"'; }
taken() { [ "$(crl_state "$1")" = "in_force -" ]; }
dca_crl "$ca" "$d/1.crl"
claim "the supplier hands its first CRL over" hand_over "$d/1.crl"
claim "the authority takes it over" until_true 10 taken "$d/1.crl"
published() { curl -fsS "$PUBLIC_URL/crl/$issuer/0.crl" | cmp -s - "$1"; }
claim "it is published octet for octet, where certificates point" until_true 10 published "$d/1.crl"
report=$(dca_report "$ca" TRE-D1)
claim "the report is taken" is "$(jq -r '"\(.state) \(.kind) \(.ca) \(.issued) \(.refused)"' <<<"$report")" "issued certificate $number 1 0"
lot=$(jq -r .number <<<"$report")
claim "the device is in the register, octet for octet" eval 'j reader device show tre TRE-D1 | jq -r ".certificates[0].certificate" | base64 -d | cmp - <(openssl x509 -in "$ca/TRE-D1.crt" -outform DER)'
claim "who reports it again is told so, without an incident" is "$(dca_issue "$ca" TRE-D2; again=$(dca_report "$ca" TRE-D1 TRE-D2); j tresor-pki lot results "$(jq -r .number <<<"$again")" | jq -r '[.[] | .reason // .state] | join(" ")') $(record "SELECT count(*) FROM incident")" "ALREADY_REPORTED issued 0"

# ---- what two have signed, with a number among the models: the API takes none, but
# whoever has taken its host over, and two people's consoles, leaves one in the record
owned() { record "SET session_replication_role = replica; $1"; }
proposal=$(record "SELECT id FROM proposal WHERE subject_number = '$number' AND act = 'delegated_ca_certify' AND state = 'approved'")
signed() { # WHO PATH BODY: into the record; the statement's number
	local jws
	jws=$(statement "$1" "$2" "$3")
	owned "INSERT INTO statement (principal_id, url, body, jws, jws_sha256) SELECT id, '$2', convert_to('$3', 'UTF8'), '$jws',
		sha256(convert_to('$jws', 'UTF8')) FROM principal WHERE handle = '$1' RETURNING id"
}
two_signed() { # MODELS
	local body approval of by
	body=$(record "SELECT convert_from(body, 'UTF8') FROM statement s JOIN proposal p ON p.statement_id = s.id WHERE p.id = $proposal" |
		jq -c --argjson models "$1" '.models = $models')
	approval=$(jq -nc --arg n "$number" --arg h "$(printf %s "$body" | openssl dgst -sha256 -r | cut -d' ' -f1)" \
		'{subject: $n, act: "delegated_ca_certify", terms_sha256: $h, verdict: "approve"}')
	of=$(signed decider-1 "/v1/delegated-cas/$number/propose" "$body")
	by=$(signed decider-2 "/v1/proposals/$proposal/approve" "$approval")
	owned "UPDATE proposal SET statement_id = $of WHERE id = $proposal; UPDATE approval SET statement_id = $by WHERE proposal_id = $proposal"
}
before=$(record "SELECT p.statement_id || ' ' || a.statement_id FROM proposal p JOIN approval a ON a.proposal_id = p.id WHERE p.id = $proposal")
dca_issue "$ca" TRE-D9
for models in '[7]' '[7,null,["tresor-m2"],{}]'; do
	claim "two sign for what is no model" two_signed "$models"
	claim "no certificate is taken for it: $models" grep -q "is not what was signed for" <<<"$(why "$(dca_report "$ca" TRE-D9)")"
done
claim "two sign for a number, and for the model" two_signed '[7,"tresor-m2"]'
claim "its certificates are taken" is "$(dca_report "$ca" TRE-D9 | jq -r '"\(.state) \(.issued)"')" "issued 1"
claim "and it is the authority of before, which none of that has ended" is "$(pgrep -P "$RUN_PID" -f assay-authority | head -n 1)" "$authority"
owned "UPDATE proposal SET statement_id = ${before% *} WHERE id = $proposal; UPDATE approval SET statement_id = ${before#* } WHERE proposal_id = $proposal"

# ---- its devices
a karren-pki device new --kind terminal --prefix TERM-D --count 2 --tre-prefix TRE-D --rows "$d/term.rows" >/dev/null
terminals=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$d/term.rows" --wait)
claim "terminals with them get their certificates" is "$(jq -r '"\(.state) \(.issued)"' <<<"$terminals")" "issued 2"
a karren-pki device collect "$(jq -r .number <<<"$terminals")" >/dev/null
one=(--tre TRE-D1 --terminal TERM-D1)
answers "a decision permits" permit - "${one[@]}"
ocsp() { openssl ocsp -issuer "$ca/ca.crt" -cert "$ca/TRE-D1.crt" -url "$PUBLIC_URL/ocsp" -CAfile "$VAR/credentials/root.crt" -no_nonce 2>&1; }
claim "OCSP does not speak for that CA" grep -q "unauthorized (6)" <<<"$(ocsp)"

# ---- what was not reported
cp "$VAR/devices/TRE-D1.crt" "$d/d1.crt"
claim "the CA issues one and says nothing" dca_issue "$ca" TRE-D1
answers "it is refused" refuse CERTIFICATE_NOT_ISSUED "${one[@]}" --tre-chain "$VAR/devices/TRE-D1.crt"
claim "and an incident of that supplier" is "$(record "SELECT i.kind || ' ' || o.handle || ' ' || (i.detail ->> 'issuer') FROM incident i JOIN organisation o ON o.id = i.organisation_id")" "mis_issuance tresor $issuer"
cp "$d/d1.crt" "$VAR/devices/TRE-D1.crt"
openssl x509 -in "$d/d1.crt" -out "$ca/TRE-D1.crt"
answers "the reported one is permitted still" permit - "${one[@]}"
many() { # N: certificates of that CA that nobody knows; how many incidents they are
	record "BEGIN; SELECT actor_begin(id) FROM principal WHERE handle = 'mobilfunk-hlr';
		SELECT count(DISTINCT incident_mis_issuance(('certificate ' || n)::bytea, (SELECT cert_der FROM issuer WHERE id = $issuer)))
		FROM generate_series(1, $1) n; ROLLBACK" | tail -n 1
}
claim "a hundred more that it says nothing of are no hundred incidents" is "$(many 3) $(($(many 100) <= 20))" "3 1"
told() { # how many others are opened beside 25 that the supplier has reported itself
	record "BEGIN; SET LOCAL session_replication_role = replica;
		INSERT INTO incident (number, kind, source, severity, detail)
		SELECT 'INC-X-' || n, 'mis_issuance', 'register', 'critical', jsonb_build_object('issuer', $issuer) FROM generate_series(1, 25) n;
		SET LOCAL session_replication_role = origin;
		SELECT actor_begin(id) FROM principal WHERE handle = 'mobilfunk-hlr';
		SELECT count(DISTINCT incident_mis_issuance(('certificate ' || n)::bytea, (SELECT cert_der FROM issuer WHERE id = $issuer)))
		FROM generate_series(1, 3) n; ROLLBACK" | tail -n 1
}
claim "nor are they hidden behind what it reports itself" is "$(told)" 3
kill -STOP "$authority"
dca_issue "$ca" TRE-D5
dca_rows "$ca" TRE-D5 >"$ca/rows"
report_under_way=$(j tresor-pki lot submit --kind certificate --ca "$number" --model tresor-m2 --site tresor-dresden --rows "$ca/rows" | jq -r .number)
under_way() { # what an incident of now would say
	record "BEGIN; SELECT actor_begin(id) FROM principal WHERE handle = 'mobilfunk-hlr';
		SELECT incident_mis_issuance('one', (SELECT cert_der FROM issuer WHERE id = $issuer));
		SELECT detail ->> 'under_way' FROM incident ORDER BY id DESC LIMIT 1; ROLLBACK" | tail -n 1
}
claim "who looks at an incident reads which reports were under way" is "$(under_way)" "[\"$report_under_way\"]"
kill -CONT "$authority"
looked_at() { is "$(j tresor-pki lot show "$report_under_way" | jq -r .state)" issued; }
claim "which are over some time" until_true 20 looked_at
claim "and then it says nothing of that" is "$(under_way)" ""

# ---- its CRLs are taken over
two=(--tre TRE-D2 --terminal TERM-D2)
answers "the second device is permitted" permit - "${two[@]}"
judged() { [ "$(crl_state "$1")" != "received -" ]; }
refusal() { # FILE REASON: it is handed over, and refused for that
	hand_over "$1" >/dev/null
	until_true 10 judged "$1"
	is "$(crl_state "$1")" "refused $2"
}
dca_revoke "$ca" TRE-D2 superseded
dca_crl "$ca" "$d/2.crl"
cp "$ca/index.txt" "$d/index.2"
claim "a CRL that lists it is handed over, in PEM" eval 'openssl crl -inform DER -in "$d/2.crl" -out "$d/2.pem" && hand_over "$d/2.pem" && until_true 10 taken "$d/2.crl"'
answers "its device is refused" refuse CERTIFICATE_REVOKED "${two[@]}"
claim "the register says why" is "$(j reader device show tre TRE-D2 | jq -r '.certificates[0] | "\(.state) \(.reason)"')" "revoked superseded"
claim "and the file is the new one" until_true 10 published "$d/2.crl"
claim "handed over again it is the same" is "$(hand_over "$d/2.crl" | jq -r '"\(.state) \(.number)"')" "in_force 2"
hand_over "$d/1.crl" >"$d/again"
claim "an older one stays superseded" is "$(jq -r .state "$d/again")" superseded
echo 02 >"$ca/crlnumber"
dca_crl "$ca" "$d/old.crl"
claim "a number that does not grow is refused" refusal "$d/old.crl" CRL_NUMBER
sed 's/^R\(\t[^\t]*\t\)[^\t]*/V\1/' "$d/index.2" >"$ca/index.txt"
echo 09 >"$ca/crlnumber"
dca_crl "$ca" "$d/back.crl"
claim "so is one that takes a revocation back" refusal "$d/back.crl" CRL_UNREVOKES
cp "$d/index.2" "$ca/index.txt"
sed 's/,superseded/,certificateHold,holdInstructionNone/' "$d/index.2" >"$ca/index.txt"
dca_crl "$ca" "$d/softer.crl"
claim "or makes it a mere hold" refusal "$d/softer.crl" CRL_UNREVOKES
cp "$d/index.2" "$ca/index.txt"
dca_crl "$ca" "$d/long.crl" -crldays 32
claim "or is for more than 31 days" refusal "$d/long.crl" CRL_TIME
printf 'R\t99991231235959Z\t261125000000Z,keyCompromise\t0100000000000000000000000000000000\tunknown\t/CN=x\n' >>"$ca/index.txt"
dca_crl "$ca" "$d/arc.crl"
claim "or lists what is not the CA's" refusal "$d/arc.crl" CRL_SERIAL
sed 's/^\(R\t[^\t]*\t\)[0-9]*Z/\1200101000000Z/' "$d/index.2" >"$ca/index.txt"
dca_crl "$ca" "$d/early.crl"
claim "or dates a revocation before there was the CA" refusal "$d/early.crl" CRL_ENTRY
for when in 20200101000000Z 20990101000000Z; do
	sed "s/,superseded/,keyTime,$when/" "$d/index.2" >"$ca/index.txt"
	dca_crl "$ca" "$d/$when.crl"
	claim "or says since when a key was bad that was not there, or will be: $when" refusal "$d/$when.crl" CRL_ENTRY
done
cp "$d/index.2" "$ca/index.txt"
cp "$ca/conf" "$d/conf.kept"
sed -i "/^\[ crl \]/a freshestCRL = URI:http://tresor.example/delta.crl" "$ca/conf"
dca_crl "$ca" "$d/deltas.crl"
cp "$d/conf.kept" "$ca/conf"
claim "or says that it has deltas, by which a hold could end" eval 'openssl crl -inform DER -in "$d/deltas.crl" -noout -text | grep -q "Freshest CRL" &&
	refusal "$d/deltas.crl" CRL_DELTAS'
false_ca=$d/false
mkdir -p "$false_ca/new"
cp "$ca/index.txt" "$ca/crlnumber" "$false_ca"
openssl ecparam -name prime256v1 -genkey -noout -out "$false_ca/ca.key"
openssl req -x509 -new -key "$false_ca/ca.key" -config /dev/null -utf8 -days 30 -out "$false_ca/ca.crt" \
	-subj "/C=DE/O=Tresor Elektronik/CN=$(openssl x509 -in "$ca/ca.crt" -noout -subject -nameopt multiline | sed -n 's/.*commonName *= //p')" \
	-addext "subjectKeyIdentifier=$(openssl x509 -in "$ca/ca.crt" -noout -ext subjectKeyIdentifier | tail -1 | tr -d ' ')" 2>/dev/null
sed "s,$ca,$false_ca,g" "$ca/conf" >"$false_ca/conf"
dca_crl "$false_ca" "$d/foreign.crl"
refused CRL_SIGNATURE "what another has signed is not even taken in" assay delegated-ca crl "$number" "$d/foreign.crl" --as tresor-pki
openssl req -in "$ca/ca.csr" -outform DER -out "$d/ca.der"
refused CRL_MALFORMED "what is no CRL is not even taken in" assay delegated-ca crl "$number" "$d/ca.der" --as tresor-pki
refused DELEGATED_CA_UNKNOWN "another supplier hands in none" assay delegated-ca crl "$number" "$d/2.crl" --as karren-pki
claim "after all that the second is in force" taken "$d/2.crl"
answers "and the first device permitted" permit - "${one[@]}"

# a hold is the CA's to make, and two of the body's to end
dca_revoke "$ca" TRE-D1 certificateHold
dca_crl "$ca" "$d/hold.crl"
cp "$ca/index.txt" "$d/index.hold"
claim "a CRL puts the first one on hold" eval 'hand_over "$d/hold.crl" && until_true 10 taken "$d/hold.crl"'
answers "it is refused" refuse CERTIFICATE_ON_HOLD "${one[@]}"
cp "$d/index.2" "$ca/index.txt"
dca_crl "$ca" "$d/released.crl"
claim "the CA alone does not end it" refusal "$d/released.crl" CRL_UNREVOKES
serial1=$(openssl x509 -in "$d/d1.crt" -noout -serial | cut -d= -f2 | tr A-F a-f)
claim "two of the body do" eval 'a security-1 cert release "$serial1" --reason "found" && a security-2 approve "$serial1"'
permitted() { [ "$(j mobilfunk-hlr decide "${one[@]}" | jq -r .verdict)" = permit ]; }
claim "and it is permitted" until_true 10 permitted
dca_crl "$ca" "$d/released2.crl"
claim "then the CA's CRL may leave it out" eval 'hand_over "$d/released2.crl" && until_true 10 taken "$d/released2.crl"'

# what was revoked before it was reported
dca_issue "$ca" TRE-D3
dca_revoke "$ca" TRE-D3 keyCompromise
dca_crl "$ca" "$d/3.crl"
claim "a CRL lists what was never reported" eval 'hand_over "$d/3.crl" && until_true 10 taken "$d/3.crl"'
claim "the body is alarmed" is "$(record "SELECT count(*) FROM notice WHERE topic = 'alarm.delegated_unreported'")" 1
claim "reported, it is revoked at once" is "$(dca_report "$ca" TRE-D3 | jq -r .issued) $(j reader device show tre TRE-D3 | jq -r '.certificates[0] | "\(.state) \(.reason)"')" "1 revoked keyCompromise"

claim "one CA's CRLs, however many, do not keep another's waiting" is "$(record "BEGIN; SET LOCAL session_replication_role = replica;
	INSERT INTO delegated_crl (delegated_ca_id, der, sha256, submitted_by, state)
	SELECT d.id, x.n::text::bytea, pg_catalog.sha256(x.n::text::bytea), d.requested_by, 'received'
	FROM (VALUES (1, 'active'), (2, 'active'), (3, 'rejected')) AS x (n, state) JOIN delegated_ca d ON d.state = x.state ORDER BY x.n;
	SELECT ca = '$number' FROM delegated_crl_next(); ROLLBACK")" f

# ---- overdue
authority=$(pgrep -P "$RUN_PID" assay-authority)
kill -STOP "$authority"
end=$(j reader delegated-ca show "$number" | jq -r '.crls[] | select(.state == "in_force") | .next_update')
at() { record "INSERT INTO test_clock (now) VALUES ('$1') ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
# the CRL that the receipts' signer would be in has ended by then, too, and no receipt
# proves anything; the verdict is on record
recorded() { # "sentence" VERDICT REASON OPTIONS
	refused RECEIPT_STATUS "$1, which no receipt proves" assay --as mobilfunk-hlr decide "${@:4}"
	claim "$1" is "$(j mobilfunk-hlr decision list | jq -r '.decisions[0] | "\(.verdict) \(.reasons[0] // "-")"')" "$2 $3"
}
last=$(date -u -d "$end - 1 second" +%FT%TZ)
at "$last"
recorded "at the second before its end the device is permitted" permit - "${one[@]}" --signed-at "$last"
claim "and the clock has nothing to do" is "$(record "SELECT clock_delegated_crl(assay_now())")" 0
at "$end"
recorded "at that second nobody knows" indeterminate STATUS_STALE "${one[@]}" --signed-at "$end"
claim "the clock says so" is "$(record "BEGIN; SELECT clock_delegated_crl(assay_now()); ROLLBACK")" 1
kill -CONT "$authority"
overdue() { [ "$(j reader delegated-ca show "$number" | jq -r '.crls[0].state')" = overdue ]; }
claim "by itself" until_true 15 overdue
claim "body and supplier hear of it" is "$(record "SELECT string_agg(DISTINCT topic, ' ' ORDER BY topic) FROM notice WHERE topic ~ 'overdue' AND subject = '$number'")" "alarm.delegated_crl_overdue delegated_crl.overdue"
told() { record "SELECT count(*) FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.kind = 'operator' AND topic = '$1'"; }
claim "and the operator" is "$(told ca.overdue)" 1
released=$(told ca.released)
record "DELETE FROM test_clock"
dca_crl "$ca" "$d/4.crl"
claim "a new CRL ends that" eval 'hand_over "$d/4.crl" && until_true 10 taken "$d/4.crl" && until_true 10 permitted'
claim "of which the operator hears, too" is "$(told ca.released)" $((released + 1))

# ---- attacks: what it must never have issued
before=$(record "SELECT count(*) FROM incident")
bad() { # "sentence" ID REASON: refused for that, and an incident
	local lot
	lot=$(dca_report "$ca" "$2" | jq -r .number)
	claim "$1" is "$(j tresor-pki lot results "$lot" | jq -r '.[0].reason') $(record "SELECT count(*) FROM incident i JOIN lot l ON l.id = i.lot_id WHERE l.number = '$lot' AND i.kind = 'mis_issuance'")" "$3 ${4:-1}"
	cp "$d/index.2" "$ca/index.txt"
}
SERIAL=02$(printf %08x $((issuer + 1)))$(openssl rand -hex 12) dca_issue "$ca" TRE-B1
bad "a serial number of another CA's arc" TRE-B1 SERIAL_OUT_OF_ARC
SERIAL=01$(openssl rand -hex 16) dca_issue "$ca" TRE-B2
bad "one like ours" TRE-B2 SERIAL_OUT_OF_ARC
SUBJECT="/C=DE/O=Karren Automotive/CN=tresor-m2/serialNumber=TRE-B3" dca_issue "$ca" TRE-B3
claim "a certificate in another's name openssl refuses, too" grep -q "permitted subtree violation" <<<"$(openssl verify -CAfile "$VAR/credentials/root.crt" -untrusted "$ca/ca.crt" "$ca/TRE-B3.crt" 2>&1)"
bad "in another's name" TRE-B3 LINT_FAILED
LEVEL=4 dca_issue "$ca" TRE-B4
bad "of a level that the model has not" TRE-B4 LINT_FAILED
STARTDATE=20200101000000Z dca_issue "$ca" TRE-B5
bad "older than the model's accreditation" TRE-B5 LINT_DATES
DEVICE_CURVE=secp384r1 dca_issue "$ca" TRE-B6
bad "of a key that no TrE has" TRE-B6 KEY_NOT_ALLOWED
EXTENSIONS=sub_ca dca_issue "$ca" TRE-B7
bad "a CA below it" TRE-B7 CERTIFICATE_OF_A_CA
serial=$(jq -r .serial_prefix "$ca/show")$(openssl rand -hex 12)
SERIAL=$serial dca_issue "$ca" TRE-B8
claim "a good one" is "$(dca_report "$ca" TRE-B8 | jq -r .issued)" 1
cp "$d/index.2" "$ca/index.txt"
SERIAL=$serial dca_issue "$ca" TRE-B9
bad "and another with its serial number" TRE-B9 SERIAL_REPEATED
cp "$ca/ca.crt" "$ca/TRE-C1.crt"
bad "the CA's own certificate, which is the root's work" TRE-C1 CERTIFICATE_FOREIGN 0
EKU= dca_issue "$ca" TRE-C3
bad "one that does not say what it is for" TRE-C3 LINT_FAILED
EKU="extendedKeyUsage = clientAuth, serverAuth" dca_issue "$ca" TRE-C4
bad "one that could be a TLS server" TRE-C4 LINT_FAILED
for_tls() { openssl verify -purpose "$1" -CAfile "$VAR/credentials/root.crt" -untrusted "$ca/ca.crt" "$ca/$2.crt" 2>&1; }
claim "which nobody would take for one, because of the CA" grep -Eq "(unsuitable|unsupported) certificate purpose" <<<"$(for_tls sslserver TRE-C4)"
claim "and a client is what its devices are" grep -q ": OK$" <<<"$(for_tls sslclient TRE-D1)"
resign "$false_ca/ca.key" <"$ca/TRE-D1.crt" >"$ca/TRE-C2.crt"
bad "one that another key has signed" TRE-C2 CERTIFICATE_FOREIGN 0
refused DELEGATED_CA_UNKNOWN "another supplier reports nothing for it" assay lot submit --kind certificate --ca "$number" --model karren-t1 --site karren-ulm --rows "$ca/rows" --as karren-pki
claim "none of these is in the register" is "$(record "SELECT count(*) FROM device WHERE device_id ~ 'TRE-(B[1-79]|C)'")" 0
claim "the supplier's incidents are its own" is "$(record "SELECT count(DISTINCT o.handle) || ' ' || min(o.handle) FROM incident i JOIN organisation o ON o.id = i.organisation_id WHERE i.kind = 'mis_issuance'")" "1 tresor"

# ---- what it stands on, and its end
claim "the site's accreditation for it is suspended, by one" a officer-1 site suspend tresor-ca --reason "a doubt"
answers "its devices are refused" refuse ISSUER_REVOKED "${one[@]}"
dca_issue "$ca" TRE-D4
claim "and nothing is taken" grep -q "not accredited" <<<"$(why "$(dca_report "$ca" TRE-D4)")"
claim "two bring it back" eval 'a officer-1 site reinstate tresor-ca --reason "none" && a decider-1 approve tresor-ca'
claim "and its devices are permitted" until_true 10 permitted
claim "a measure holds the CA" eval 'a security-1 measure impose --kind hold --scope-kind issuer --scope "$issuer" --legal-basis "section 1" --emergency'
claim "in decisions at once" grep -qw MEASURE_HOLD <<<"$(j mobilfunk-hlr decide "${one[@]}" | jq -r '.reasons[]')"
measure=$(j reader measure list | jq -r '[.measures[] | select(.state == "in_force" and .kind == "hold")][0].number')
claim "two lift it" eval 'lift_measure "$measure" && until_true 10 permitted'
# ---- whoever holds its row holds up nobody else

holder() { # HOW SECONDS: in a transaction of its own
	psql -h "$run" -d assay -qAtX >/dev/null <<<"BEGIN; SELECT FROM assay.delegated_ca WHERE number = '$number' FOR $1; SELECT pg_sleep($2)" &
	holding=$!
	until_true 5 eval '[ "$(record "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '"'%pg_sleep($2)%'"' AND state = '"'active'"' AND pid <> pg_backend_pid()")" -gt 0 ]'
}
cp "$d/index.2" "$ca/index.txt"
printf 'R\t99991231235959Z\t%sZ,keyCompromise\t%s\tunknown\t/CN=x\n' "$(date -u +%y%m%d%H%M%S)" "$(openssl x509 -in "$ca/TRE-D3.crt" -noout -serial | cut -d= -f2)" >>"$ca/index.txt"
cp "$ca/index.txt" "$d/index.3"
dca_crl "$ca" "$d/6.crl"
holder "KEY SHARE" 20 # as the lot does while its rows arrive
claim "while a report arrives a CRL is handed over, and taken" eval 'hand_over "$d/6.crl" && until_true 10 taken "$d/6.crl"'
kill "$holding" 2>/dev/null
authority=$(pgrep -P "$RUN_PID" -f assay-authority | head -n 1)
dca_crl "$ca" "$d/7.crl"
kill -STOP "$authority"
hand_over "$d/7.crl" >/dev/null
holder UPDATE 15
kill -CONT "$authority"
a karren-pki device new --kind terminal --prefix TERM-W --count 1 --tre-prefix NO-TRE- --rows "$d/wait.rows" >/dev/null
claim "while its row is locked other suppliers' lots go on" timeout 8 "$bin/assay" --var "$VAR" --as karren-pki lot submit \
	--model karren-t1 --site karren-ulm --rows "$d/wait.rows" --wait
claim "and it is locked still" kill -0 "$holding"
kill "$holding" 2>/dev/null
psql -h "$run" -U "$(id -un)" -d assay -qAtX -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()" >/dev/null
claim "its CRL is taken afterwards" until_true 10 taken "$d/7.crl"

refused ROLE_NOT_ALLOWED "an operator does not withdraw a CA" assay delegated-ca withdraw "$number" --reason x --as mobilfunk-hlr
claim "the supplier withdraws it, alone" a tresor-pki delegated-ca withdraw "$number" --reason "closed"
claim "it is" is "$(state)" withdrawn
answers "its devices live on" permit - "${one[@]}"
refused DELEGATED_CA_STATE "it reports no more" assay lot submit --kind certificate --ca "$number" --model tresor-m2 --site tresor-dresden --rows "$ca/rows" --as tresor-pki
cp "$d/index.3" "$ca/index.txt"
dca_crl "$ca" "$d/5.crl"
claim "its CRLs it goes on to hand over" eval 'hand_over "$d/5.crl" && until_true 10 taken "$d/5.crl"'
claim "its certificate is revoked, by one" a security-1 cert revoke "$(openssl x509 -in "$ca/ca.crt" -noout -serial | cut -d= -f2 | tr A-F a-f)" --reason cACompromise
answers "that ends all of it" refuse ISSUER_REVOKED "${one[@]}"
listed() { curl -fsS "$PUBLIC_URL/crl/root.crl" | openssl crl -inform DER -noout -text | grep -qi "$(openssl x509 -in "$ca/ca.crt" -noout -serial | cut -d= -f2)"; }
claim "and stands on the root's CRL" until_true 70 listed


# ---- a long one: 60,000 entries, of 2.4 MB
awk -v arc="$(printf '02%08X' "$issuer")" -v now="$(date -u +%y%m%d%H%M%SZ)" 'BEGIN { for (i = 0; i < 60000; i++)
	printf "R\t99991231235959Z\t%s,keyCompromise\t%sFF%022X\tunknown\t/CN=x\n", now, arc, i }' >>"$ca/index.txt"
dca_crl "$ca" "$d/long.crl"
entries() { j reader delegated-ca show "$number" | jq '[.crls[] | select(.state == "in_force")][0].entries'; }
record "UPDATE rate SET most = 2 WHERE name = 'ca_crl_megabytes'"
refused RATE_LIMITED "so many megabytes in a day are taken of one CA" assay delegated-ca crl "$number" "$d/long.crl" --as tresor-pki
record "UPDATE rate SET most = 2048 WHERE name = 'ca_crl_megabytes'"
claim "a CRL of megabytes is handed over" hand_over "$d/long.crl"
claim "while it is taken in others are heard" eval 'began=$SECONDS
	a security-1 cert hold "$(openssl x509 -in "$VAR/credentials/officer-2.crt" -noout -serial | cut -d= -f2 | tr A-F a-f)" \
		--legal-basis "section 1" && [ $((SECONDS - began)) -le 5 ]'
claim "and all of it is" until_true 300 taken "$d/long.crl"
claim "with its entries" [ "$(entries)" -ge 60000 ]
claim "and published" until_true 10 published "$d/long.crl"
finish
