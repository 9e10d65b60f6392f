#!/usr/bin/env bash
# Delegated CAs: a supplier's own, which is openssl, certified by two people; what
# it reports is in the register, what it doesn't is an incident, and its CRLs are
# taken over.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$(dirname "$0")/../lib/delegated.sh"
start_instance
is() { [ "$1" = "$2" ] || { echo "wanted $2, got $1"; return 1; }; }
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
d=$work/dca
ca=$d/own
mkdir "$d"
claim "suppliers, a site audited for a CA of its own, and models get accredited" eval 'story_people &&
	story_site tresor-dresden tresor "tre_production delegated_ca" wet &&
	story_site tresor-bautzen tresor tre_production wet &&
	story_site karren-ulm karren terminal_assembly dry && story_models'

# ---- asked for, agreed on by two, certified
dca_new "$ca"
ask() { assay delegated-ca request --role tre --model tresor-m2 --csr "$ca/ca.csr" "$@"; }
refused DELEGATED_CA_NOT_ACCREDITED "a site that is not audited for it gets none" ask --site tresor-bautzen --as tresor-pki
refused SITE_UNKNOWN "nor does another supplier ask for a CA there" ask --site tresor-dresden --as karren-pki
refused ROLE_NOT_ALLOWED "nor does an operator" ask --site tresor-dresden --as mobilfunk-hlr
openssl req -new -newkey rsa:2048 -nodes -keyout "$d/rsa.key" -subj /CN=x -out "$d/rsa.csr" 2>/dev/null
refused KEY_NOT_ALLOWED "a weak key is refused" assay delegated-ca request --role tre --model tresor-m2 --csr "$d/rsa.csr" --site tresor-dresden --as tresor-pki
claim "the supplier asks, with its key, site and model" eval 'ask --site tresor-dresden --as tresor-pki --json >"$d/asked"'
jq -r .number "$d/asked" >"$ca/dca"
number=$(cat "$ca/dca")
state() { j reader delegated-ca show "$number" | jq -r .state; }
claim "it is requested" is "$(state)" requested
refused KEY_REGISTERED "the same key is not asked for twice" ask --site tresor-dresden --as tresor-pki
refused NOT_FOUND "another supplier does not see it" assay delegated-ca show "$number" --as karren-pki
refused ROLE_NOT_ALLOWED "the supplier does not propose it itself" assay delegated-ca propose "$number" --as tresor-pki
claim "a decider proposes" a decider-1 delegated-ca propose "$number" --valid-days 400
refused FOUR_EYES "who proposed does not approve" assay approve "$number" --as decider-1
claim "so far nothing is certified" is "$(state) $(record "SELECT count(*) FROM issuer WHERE delegated")" "requested 0"
claim "another approves" a decider-2 approve "$number"
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
a karren-pki device new --kind terminal --prefix TERM-D --count 1 --tre-prefix TRE-D --rows "$d/term.rows" >/dev/null
terminals=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$d/term.rows" --wait)
claim "a terminal with it gets its certificate" is "$(jq -r '"\(.state) \(.issued)"' <<<"$terminals")" "issued 1"
a karren-pki device collect "$(jq -r .number <<<"$terminals")" >/dev/null
one=(--tre TRE-D1 --terminal TERM-D1)
answers "a decision permits" permit - "${one[@]}"
claim "who reports it again is told so, without an incident" is "$(dca_issue "$ca" TRE-D2; again=$(dca_report "$ca" TRE-D1 TRE-D2); j tresor-pki lot results "$(jq -r .number <<<"$again")" | jq -r '[.[] | .reason // .state] | join(" ")') $(record "SELECT count(*) FROM incident")" "ALREADY_REPORTED issued 0"
ocsp() { openssl ocsp -issuer "$ca/ca.crt" -cert "$ca/TRE-D1.crt" -url "$PUBLIC_URL/ocsp" -CAfile "$VAR/credentials/root.crt" -no_nonce 2>&1; }
claim "OCSP does not speak for that CA" grep -q "unauthorized (6)" <<<"$(ocsp)"

# ---- what was not reported
cp "$VAR/devices/TRE-D1.key" "$d/d1.key"
cp "$VAR/devices/TRE-D1.crt" "$d/d1.crt"
claim "the CA issues one and says nothing" dca_issue "$ca" TRE-D1
answers "it is refused" refuse CERTIFICATE_NOT_ISSUED "${one[@]}" --tre-chain "$VAR/devices/TRE-D1.crt"
claim "and an incident of that supplier" is "$(record "SELECT i.kind || ' ' || o.handle || ' ' || (i.detail ->> 'issuer') FROM incident i JOIN organisation o ON o.id = i.organisation_id")" "mis_issuance tresor $issuer"
cp "$d/d1.crt" "$VAR/devices/TRE-D1.crt"
answers "the reported one is permitted still" permit - "${one[@]}"

finish
