#!/usr/bin/env bash
# Issue 1: an attacker "copies the customer's credentials to a different piece of
# M2M equipment".  Somebody has got hold of a TrE's key, and shows it in another
# terminal: that is refused, and noticed.
. "${stage:-$(dirname "$0")/begin.sh}"
device
mine=$tre
claim "a device in use" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr)" COPY-1
device
tre=$mine # its key and certificate, in this terminal
told "the copy gets nothing" mobilfunk-hlr refuse BINDING_MISMATCH
claim "the register knows it in another terminal" is "$(asks mobilfunk-hlr | jq '.reasons | index("TRE_BOUND_ELSEWHERE") != null')" true
claim "and has an incident of it" is "$(j reader incident list | jq -r --arg d "tre/$tre" \
	'[.incidents[] | select(.kind == "clone" and (tostring | contains($d)))] | length > 0')" true
# without the key the certificate is worth nothing
device
claim "a certificate alone proves nothing" is "$(j mobilfunk-hlr decide --terminal "$term" --tre "$mine" \
	--tre-key "$VAR/devices/$tre.key" | jq '.reasons | index("POSSESSION_TRE") != null')" true
tre=$mine term=TERM-${mine#TRE-}
told "the device itself goes on" mobilfunk-hlr permit - --purpose reprovision
scene_over
