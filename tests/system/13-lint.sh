#!/usr/bin/env bash
# What lint refuses is never signed: an administrator breaks profiles.cnf, and a
# lot is stopped, with an alarm, until it is mended.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

own_installation
cp "$profiles" "$work/good.cnf"

owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1; }
ask() { owner <<<"SELECT $1"; }
lot() { j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$1" --wait; }
# edit SECTION FROM TO: one setting of a profile, and a fresh start
edit() {
	sed "/^\[ $1 \]/,/^\[/ s/^$2.*/$3/" "$work/good.cnf" >"$profiles"
	stop_instance
	start_instance
}
alarms() {
	j officer-1 notice list --topic alarm.lint_failed |
		jq -r '.notices[] | "\(.subject) \(.detail.code)"'
}

start_instance
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
claim "suppliers, sites and models get accredited" story_accredited
a reader device new --kind tre --prefix GOOD- --count 2 --rows "$work/good.rows"
claim "a lot is issued while the profiles are right" is "$(lot "$work/good.rows" | jq -r .state)" issued
claim "and nobody is alarmed" is "$(alarms)" ""

# ---- certificates that could never be revoked

sed -e '/^\[ tre \]/,/^\[/ s/^crlDistributionPoints.*/crlDistributionPoints = no/' \
	-e '/^\[ tre \]/,/^\[/ s/^OCSP.*/OCSP = no/' "$work/good.cnf" >"$profiles"
stop_instance
start_instance
a reader device new --kind tre --prefix BAD- --count 5 --rows "$work/bad.rows"
before=$(ask "count(*) FROM assay.certificate")
bad=$(lot "$work/bad.rows")
number=$(jq -r .number <<<"$bad")
claim "a profile without CRL and OCSP stops the lot" is "$(jq -r '"\(.state) \(.issued) \(.refused)"' <<<"$bad")" "rejected 0 5"
claim "which says so" grep -q '^LINT_FAILED: .*revocation' <<<"$(jq -r .reason <<<"$bad")"
claim "as its rows do" is "$(j tresor-pki lot results "$number" | jq -r '[.[].reason] | unique | join(" ")')" LINT_FAILED
claim "nothing of it is in the register" is "$(ask "count(*) FROM assay.certificate")" "$before"
claim "and its indexes are void" \
	is "$(ask "string_agg(DISTINCT state, ' ') FROM assay.index_range WHERE lot_id = (SELECT id FROM assay.lot WHERE number = '$number')")" void
claim "the body is alarmed" is "$(alarms)" "$number LINT_REVOCABLE"
claim "the journal has it" grep -q "$number is stopped by lint" "$VAR/log/authority.log"

# ---- a person whose certificate could sign CRLs

edit access keyUsage 'keyUsage = digitalSignature, cRLSign'
refused NOT_CERTIFIED_YET "a person's certificate is not made by a wrong profile either" \
	story_principal reader-9 mobilfunk operator
claim "the body is alarmed again" is "$(alarms | head -1)" "authority LINT_KIND"
void_access() { ask "coalesce(sum(count), 0) FROM assay.index_range r JOIN assay.issuer i ON i.id = r.issuer_id
	WHERE i.role = 'access' AND r.state = 'void'"; }
voided=$(void_access)
sleep 6
claim "it is not tried again each two seconds, at an index each time" is "$(void_access)" "$voided"
claim "others who ask meanwhile are told so soon, too" eval 'story_principal reader-8 mobilfunk operator
	until_true 10 eval "[ \"\$(void_access)\" -gt $voided ]"'
claim "and nobody has it" is "$(ask "count(*) FROM assay.principal WHERE handle = 'reader-9' AND cert_der IS NOT NULL")" 0

# ---- an issuer's CA that no root may issue

edit issuing_ca backdate 'backdate = 9000 days'
a reader device new --kind terminal --prefix TERM- --count 1 --tre-prefix GOOD- --rows "$work/term.rows"
term=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/term.rows" | jq -r .number)
until_true 20 grep -q "notBefore is outside the issuer" "$VAR/log/authority.log"
claim "a CA that would begin before the root is not made" is "$(ask "count(*) FROM assay.issuer WHERE role = 'terminal'")" 0

# ---- mended

edit tre keyUsage 'keyUsage = digitalSignature'
claim "with the profiles mended the same manifest is issued" \
	is "$(lot "$work/bad.rows" | jq -r '"\(.state) \(.issued)"')" "issued 5"
claim "the lot that waited for its CA, too" \
	is "$(j karren-pki lot wait "$term" --timeout 60 | jq -r '"\(.state) \(.issued)"')" "issued 1"
claim "openssl sees where its revocation is told" \
	grep -q 'OCSP - URI' <<<"$(a tresor-pki device collect "$(ask "number FROM assay.lot WHERE state = 'issued' ORDER BY id LIMIT 1")" >/dev/null; openssl x509 -in "$VAR/devices/GOOD-1.crt" -noout -text)"
finish
