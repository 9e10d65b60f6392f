#!/usr/bin/env bash
# A complete CRL of two million, a hundred megabytes: no program, and no session of
# PostgreSQL that serves one, has it in memory.  tests/bench/crl.sh does it with ten.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
own_installation
sed -i '/^\[ issuing_ca \]/,/^\[/ s/^crl_complete.*/crl_complete = 16777216/' "$profiles"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/many.sh"
. "$top/tests/lib/memory.sh"
claim "two lots are issued" story_lots 2
leaf_of "$(tre_id 1)" >"$work/leaf.pem"
issuer_of "$(tre_id 1)" >"$work/issuer.pem"
issuer=$(openssl x509 -in "$work/leaf.pem" -noout -ext crlDistributionPoints | sed -n 's/.*crl\/\([0-9]*\)\/.*/\1/p')
[ -n "$issuer" ] || finish

claim "a model is put on hold" eval 'j security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 \
	--legal-basis "contract, section 9" --emergency | jq -e .number >/dev/null'
# complete COUNT: its devices of that model, all on hold, as the world gets them
complete() {
	grep -q "of issuer $issuer, block -1: $1 entries" "$VAR/log/authority.log" &&
		curl -fsS "$PUBLIC_URL/crl/$issuer/complete.crl" -o "$work/complete.der" &&
		[ "$(stat -c %s "$work/complete.der")" -gt $(($1 * 45)) ]
}
is_signed() { openssl crl -inform DER -in "$work/complete.der" -noout -CAfile "$work/issuer.pem" 2>&1 | grep -q 'verify OK'; }
memory_watch
claim "two million are" eval 'register_many 1999998 tresor-m2 && until_true 120 complete 2000000'
claim "which the CA has signed" is_signed
memory_end
for who in assay-authority assay-follower "postgres assay_authority" "postgres assay_follower"; do
	claim "$who has less than 64 MiB" memory_within "$who" 64
done
finish
