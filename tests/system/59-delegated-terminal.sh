#!/usr/bin/env bash
# A terminal maker's own CA: its certificates bind TrEs that ours has certified, and
# one that binds wrongly is refused, and an incident.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$(dirname "$0")/../lib/delegated.sh"
start_instance
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
dca_by=karren-pki dca_name="Karren Automotive" dca_site=karren-ulm dca_model=karren-t1
export EXTENSIONS=terminal
ca=$work/own
claim "suppliers, a terminal maker's site audited for a CA of its own, and models get accredited" eval 'story_people &&
	story_site tresor-dresden tresor tre_production wet &&
	story_site karren-ulm karren terminal_assembly dry &&
	story_site karren-ca karren delegated_ca wet && story_models'
a tresor-pki device new --kind tre --prefix TRE- --count 9 --rows "$work/tre.rows" >/dev/null
tres=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/tre.rows" --wait | jq -r .number)
a tresor-pki device collect "$tres" >/dev/null

# ---- certified
dca_new "$ca"
ask() { assay delegated-ca request --csr "$ca/ca.csr" --site karren-ca --as karren-pki "$@"; }
refused MODEL_UNKNOWN "a terminal maker's CA is for no TrE" ask --role tre --model karren-t1
claim "it is asked for" eval 'ask --role terminal --model karren-t1 --json | jq -r .number >"$ca/dca"'
number=$(cat "$ca/dca")
claim "two agree" eval 'a decider-1 delegated-ca propose "$number" --valid-days 400 && a decider-2 approve "$number"'
claim "it is certified" until_true 10 dca_certified "$ca"
claim "and verifies by openssl" openssl verify -x509_strict -CAfile "$VAR/credentials/root.crt" "$ca/ca.crt"
claim "for terminals alone" eval 'openssl x509 -in "$ca/ca.crt" -noout -ext certificatePolicies | grep -q "2.999.33812.1.2" &&
	not grep -q "2.999.33812.1.1" <(openssl x509 -in "$ca/ca.crt" -noout -ext certificatePolicies)'
TRE=TRE-1 dca_issue "$ca" TERM-1 >/dev/null
dca_crl "$ca" "$work/1.crl"
a karren-pki delegated-ca crl "$number" "$work/1.crl" >/dev/null
in_force() { [ "$(j reader delegated-ca show "$number" | jq -r '.crls[0].state')" = in_force ]; }
claim "its CRL is taken over" until_true 10 in_force

# ---- reported, and bound
claim "its certificate verifies by openssl" openssl verify -CAfile "$VAR/credentials/root.crt" -untrusted "$ca/ca.crt" "$ca/TERM-1.crt"
report=$(dca_report "$ca" TERM-1/TRE-1)
claim "a terminal with its TrE is taken" is "$(jq -r '"\(.state) \(.issued) \(.refused)"' <<<"$report")" "issued 1 0"
claim "the register has it bound" is "$(j reader device show terminal TERM-1 | jq -r '"\(.state) \(.tre) \(.tac)"')" "accredited TRE-1 35123456"
answers "a download to the two is permitted" permit - --tre TRE-1 --terminal TERM-1
answers "with another TrE it is not" refuse BINDING_MISMATCH --tre TRE-2 --terminal TERM-1
claim "the issuer's quota is the CoC's" is "$(record "SELECT used FROM coc WHERE number LIKE 'TER%'")" 1

# ---- what it must never have signed
cp "$ca/index.txt" "$work/index"
bad() { # "sentence" ID/TRE REASON INCIDENTS
	local lot
	lot=$(dca_report "$ca" "$2" | jq -r .number)
	claim "$1" is "$(j karren-pki lot results "$lot" | jq -r '.[0].reason') $(record "SELECT count(*) FROM incident i JOIN lot l ON l.id = i.lot_id WHERE l.number = '$lot' AND i.kind = 'mis_issuance'")" "$3 $4"
	cp "$work/index" "$ca/index.txt"
}
TRE=TRE-2 BOUND=TRE-3 dca_issue "$ca" TERM-2 >/dev/null
bad "a certificate that binds another TrE than its row says" TERM-2/TRE-2 LINT_FAILED 1
TRE=TRE-2 TAC=35999999 dca_issue "$ca" TERM-3 >/dev/null
bad "one with a TAC that is not the model's" TERM-3/TRE-2 LINT_FAILED 1
TRE=TRE-2 PLATFORM=other-soc dca_issue "$ca" TERM-4 >/dev/null
bad "one on another hardware platform" TERM-4/TRE-2 LINT_FAILED 1
TRE=TRE-1 dca_issue "$ca" TERM-5 >/dev/null
bad "a TrE that is in another terminal" TERM-5/TRE-1 TRE_BOUND_ELSEWHERE 0
TRE=TRE-2 dca_issue "$ca" TERM-6 >/dev/null
bad "a TrE that nobody knows" TERM-6/NO-TRE TRE_UNKNOWN 0
TRE=TRE-2 LEVEL=4 dca_issue "$ca" TERM-7 >/dev/null
bad "a level that the model has not" TERM-7/TRE-2 LINT_FAILED 1
EXTENSIONS=tre dca_issue "$ca" TERM-8 >/dev/null
bad "a TrE's certificate" TERM-8/TRE-2 LINT_FAILED 1
TRE=TRE-2 dca_issue "$ca" TERM-9 >/dev/null
bad "a row without its TrE" TERM-9 ROW_MALFORMED 0
claim "none of these is in the register" is "$(record "SELECT count(*) FROM device WHERE kind = 'terminal'")" 1
TRE=TRE-4 dca_issue "$ca" TERM-A >/dev/null
answers "what is not reported is no terminal" refuse CERTIFICATE_NOT_ISSUED --tre TRE-4 --terminal TERM-A
claim "and an incident of its maker" grep -qx karren <<<"$(record "SELECT o.handle FROM incident i JOIN organisation o ON o.id = i.organisation_id WHERE i.kind = 'mis_issuance' AND i.lot_id IS NULL")"

# ---- its revocations
dca_revoke "$ca" TERM-1 keyCompromise
dca_crl "$ca" "$work/2.crl"
claim "a CRL of it is handed over" a karren-pki delegated-ca crl "$number" "$work/2.crl"
claim "and taken over" until_true 10 eval '[ "$(j reader device show terminal TERM-1 | jq -r ".certificates[0].state")" = revoked ]'
answers "the terminal is refused" refuse CERTIFICATE_REVOKED --tre TRE-1 --terminal TERM-1
finish
