#!/usr/bin/env bash
# Use case b, a home gateway: "the operator downloads a USIM application to the
# gateway"; "an ISIM application is also downloaded to the gateway".  Two
# applications in one session: each has its own permit, both of the same TrE.
. "${stage:-$(dirname "$0")/begin.sh}"
device
claims_of() { j mobilfunk-hlr decision show "$1" | jq -r .receipt | cut -d. -f2 | tr -- -_ +/ | base64 -di 2>/dev/null; }
hash_of() { claims_of "$1" | jq -r .decision.tre_certificate_sha256; }

usim=$(permitted mobilfunk-hlr --nonce session-0001)
claim "the USIM application may go into it" test -n "$usim"
claim "it does" confirm mobilfunk-hlr "$usim" GW-USIM
isim=$(permitted mobilfunk-hlr --purpose reprovision --nonce session-0001)
claim "so may the ISIM application, in the same session" test -n "$isim"
claim "it does, too" confirm mobilfunk-hlr "$isim" GW-ISIM
claim "both into the same TrE" is "$(hash_of "$usim")" "$(hash_of "$isim")"
claim "which is the gateway's" is "$(hash_of "$usim")" "$(leaf_of "$tre" | openssl x509 -outform DER | sha256sum | cut -d' ' -f1)"
for decision in "$usim" "$isim"; do
	claim "each receipt says that it is of this session" is "$(claims_of "$decision" | jq -r '.eat_nonce[0]')" session-0001
done
claim "and each is a decision of its own" test "$usim" != "$isim"
claim "the gateway is the operator's, once" is "$(j mobilfunk-hlr custody list --device "tre/$tre" |
	jq -r '[.custody[] | "\(.reference) \(.state)"] | join(" ")')" "GW-ISIM held"
told "to no other goes an ISIM beside it" fernfunk-hlr refuse CONSENT_MISSING --purpose reprovision
scene_over
