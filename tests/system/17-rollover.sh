#!/usr/bin/env bash
# CAs come and go, with other keys and other algorithms, and no device is touched:
# an issuing CA is retired and has a successor, then the root; devices of all of
# them are permitted, revoked and answered for, by who has either root alone.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/statement.sh"

is() { [ "$1" = "$2" ] || { echo "wanted $2, got $1"; return 1; }; }
signed_with() { openssl x509 -in "$1" -noout -text | sed -n 's/^    Signature Algorithm: //p' | head -1; }
ca_of() { issuer_url "$1" | sed -n 's|.*/ca/\(.*\)\.cer|\1|p'; } # of a certificate: whose it is
issuer_url() { openssl x509 -in "$1" -noout -ext authorityInfoAccess | sed -n 's/.*CA Issuers - URI://p'; }
state_of() { j reader ca show "$1" | jq -r .state; }
sql() { psql -X -h "$VAR/run" -U assay_owner assay -Atc "SET search_path = assay; $1" 2>/dev/null || psql -X -h "$VAR/run" assay -Atc "SET search_path = assay; $1"; }

# tres PREFIX COUNT, terminals PREFIX COUNT TRE-PREFIX: a lot each; what it came to
tres() {
	local lot
	a tresor-pki device new --kind tre --prefix "$1" --count "$2" --rows "$work/$1.rows" &&
		lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/$1.rows" --wait) &&
		a tresor-pki device collect "$(jq -r .number <<<"$lot")" && jq -r '"\(.state) \(.issued)"' <<<"$lot"
}
terminals() {
	local lot
	a karren-pki device new --kind terminal --prefix "$1" --count "$2" --tre-prefix "$3" --rows "$work/$1.rows" &&
		lot=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/$1.rows" --wait) &&
		a karren-pki device collect "$(jq -r .number <<<"$lot")" && jq -r '"\(.state) \(.issued)"' <<<"$lot"
}
# with other settings in assay.cnf
restart_with() { # NAME VALUE
	stop_instance
	sed -i "s/^$1 .*/$1 = $2/" "$VAR/assay.cnf"
	grep -q "^$1 = $2" "$VAR/assay.cnf" || not_ok "assay.cnf has $1"
	start_instance
}

start_instance
claim "suppliers and models are accredited" story_accredited
claim "devices of the first CAs" story_lots 4
tre_ca=$(ca_of "$VAR/devices/TRE-1.crt") term_ca=$(ca_of "$VAR/devices/TERM-1.crt")

# ---- an issuing CA has a successor

claim "the list of CAs has root, access CA and both" is \
	"$(j reader ca list | jq -c '[.cas[] | [.ca, .role, .state, .algorithm, .root]]')" \
	"[[$term_ca,\"terminal\",\"active\",\"P-256\",1],[$tre_ca,\"tre\",\"active\",\"P-256\",1],[2,\"access\",\"active\",\"P-256\",1],[1,\"root\",\"active\",\"P-384\",null]]"
claim "it retires when two thirds of its life are over" \
	is "$(j reader ca show "$tre_ca" | jq -r '((.retires | fromdate) - (.not_before | fromdate) + 1) / 86400')" 3650
refused ROLE_NOT_ALLOWED "an officer does not retire it" a officer-1 ca retire "$tre_ca" --reason x
refused ROLE_NOT_ALLOWED "nor does its supplier" a tresor-pki ca retire "$tre_ca" --reason x
refused CA_ABSENT "one that is not there is not retired" a security-1 ca retire 77 --reason x
refused CA_IS_ROOT "the root is not" a security-1 ca retire 1 --reason x
claim "security proposes" a security-1 ca retire "$tre_ca" --reason "to P-384"
refused FOUR_EYES "and does not approve it, too" a security-1 approve "CA-$tre_ca"
refused ROLE_NOT_ALLOWED "an officer does not approve it" a officer-1 approve "CA-$tre_ca"
refused PROPOSAL_OPEN "it is proposed once" a decider-1 ca retire "$tre_ca" --reason "again"
claim "nothing has happened" is "$(state_of "$tre_ca")" active
claim "a second person approves" a security-2 approve "CA-$tre_ca"
claim "it is retired" is "$(state_of "$tre_ca")" retired
refused CA_NOT_ACTIVE "once" a security-1 ca retire "$tre_ca" --reason "again"
claim "its supplier hears of it" grep -q ca.retired <(j tresor-pki notice list)
claim "the other supplier does not" not grep -q ca.retired <(j karren-pki notice list)

restart_with issuer_algorithm P-384
claim "the next lot is issued" is "$(tres TREB- 4)" "issued 4"
second=$(ca_of "$VAR/devices/TREB-1.crt")
claim "by another CA" not is "$second" "$tre_ca"
claim "on P-384" is "$(signed_with "$VAR/devices/TREB-1.crt")" ecdsa-with-SHA384
claim "which the list has" is "$(j reader ca show "$second" | jq -c '[.role, .state, .algorithm]')" '["tre","active","P-384"]'
claim "terminals for them" is "$(terminals TERMB- 4 TREB-)" "issued 4"
claim "by their CA, which goes on" is "$(ca_of "$VAR/devices/TERMB-1.crt")" "$term_ca"
answers "a device of the retired CA is permitted" permit - --tre TRE-1 --terminal TERM-1
answers "one of its successor, too" permit - --tre TREB-1 --terminal TERMB-1
claim "OCSP answers for the first" ocsp_says TRE-1 good
claim "and for the second" ocsp_says TREB-1 good
a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
claim "the retired CA's CRL goes on" until_true 20 crl_says TRE-2 revoked
claim "and its OCSP" until_true 20 ocsp_says TRE-2 revoked
answers "what it revoked is refused" refuse CERTIFICATE_REVOKED --tre TRE-2 --terminal TERM-2
finish
