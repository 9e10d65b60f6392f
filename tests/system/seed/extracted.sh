#!/usr/bin/env bash
# Issue 1: an attacker "copies the credentials so as to be able to determine the
# derived ciphering and integrity keys"; and the assumption that the module "is
# tamper resistant".  Keys were got out of a whole lot: all of it is revoked, and
# where it is known since when, the CRL says that (invalidityDate, RFC 5280 5.3.2).
. "${stage:-$(dirname "$0")/begin.sh}"
claim "one more lot of TrEs" a tresor-pki device new --kind tre --prefix LEAK- --count 4 --rows "$work/leak.rows"
lot=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$work/leak.rows" --wait | jq -re .number)
claim "is made" a tresor-pki device collect "$lot"
claim "in terminals of theirs" a karren-pki device new --kind terminal --prefix LT- --count 4 --tre-prefix LEAK- --rows "$work/lt.rows"
terminals=$(j karren-pki lot submit --model karren-t1 --site karren-ulm --rows "$work/lt.rows" --wait | jq -re .number)
claim "too" a karren-pki device collect "$terminals"
for i in 1 2; do
	tre=LEAK-$i term=LT-$i
	claim "$tre is in use" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr)" $tre
done
revoked_since() { # DEVICE: as the CRL has it
	local url serial
	url=$(leaf_of "$1" | openssl x509 -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
	serial=$(serial_of "$1")
	curl -fsS "$url" | openssl crl -inform DER -noout -text |
		awk -v s="${serial^^}" '/Serial Number:/ { mine = $3 == s } mine && /Invalidity Date/ { getline; print $1, $2, $4; exit }'
}

# Of one it is known since when.
claim "the one that was opened is revoked, with the day on which it was" a security-1 cert revoke "$(serial_of LEAK-1)" \
	--reason keyCompromise --invalidity-date 2026-01-01T00:00:00Z
tre=LEAK-1 term=LT-1
told "it gets nothing from that moment" mobilfunk-hlr refuse CERTIFICATE_REVOKED --purpose reprovision

# The whole lot, by two people, of whom the second says how many that are.
measure=$(j security-1 measure impose --kind mass_revocation --scope-kind lot --scope "$lot" --reason keyCompromise \
	--legal-basis "contract, section 9" | jq -re .number)
refused REACH_CHANGED "a wrong number revokes nothing" a security-2 approve "$measure" --count 40
claim "the right one does" a security-2 approve "$measure" --count 4
for i in 2 3 4; do
	tre=LEAK-$i term=LT-$i
	told "no TrE of it gets anything: $tre" mobilfunk-hlr refuse CERTIFICATE_REVOKED
done
claim "its operator hears of it" heard mobilfunk-hlr measure.in_force
claim "OCSP says so" until_true 10 ocsp_says LEAK-4 revoked
claim "the CRL says so" until_true 90 crl_says LEAK-4 revoked
claim "and since when, where that is known" until_true 60 eval 'is "$(revoked_since LEAK-1)" "Jan 1 2026"'
device
told "other devices of the model go on" mobilfunk-hlr permit -
scene_over
