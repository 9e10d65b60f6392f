#!/usr/bin/env bash
# Issue 1: "an attacker maliciously renders the customer's credentials unusable,
# e.g. in an attack over an IP channel to the equipment".  Here: by false reports
# to the body.  Words change nothing until somebody has looked; only the TrE's own
# signature quarantines at once.
. "${stage:-$(dirname "$0")/begin.sh}"
. "$top/tests/lib/tamper_report.sh"
device
claim "a device in use" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr)" USE-1
good() { told "$1" mobilfunk-hlr permit - --purpose reprovision; }
send() { api -H 'Content-Type: application/jose' --data-binary "@$1" "$URL/v1/tamper-reports" | jq -r '.incident // (.type | sub(".*/"; ""))'; }

refused NOT_YOURS "a competitor does not report it stolen" a fernfunk-hlr device stolen terminal "$term" --detail "gone"
refused ROLE_NOT_ALLOWED "nor quarantine it" a fernfunk-hlr device quarantine tre "$tre" --reason "odd"
claim "its own operator's word waits, too" a mobilfunk-hlr device stolen terminal "$term" --detail "a prank"
good "until somebody has looked"
word=$(j reader incident list | jq -r '.incidents[0].number')
claim "who finds nothing in it" a officer-1 incident triage "$word" --severity minor --reason "a prank"
claim "dismisses it" a officer-1 incident dismiss "$word" --reason "a prank"
claim "with a second one" a decider-1 approve "$word"
good "and nothing has happened"

# "The TrE says that it is tampered with", says somebody else.
report='{"what":"mesh","iat":'$(date +%s)',"seq":1}'
mine=$tre
device
tamper_report "$VAR/devices/$tre.key" <(leaf_of "$mine") "$report" >"$work/report"
claim "a report that another device signed is refused" is "$(send "$work/report")" TAMPER_SIGNATURE
lookalike "$mine" "$work/lookalike.pem"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/own.key"
tamper_report "$work/own.key" <(openssl x509 -in "$work/lookalike.pem") "$report" >"$work/report"
claim "and one of a look-alike" is "$(send "$work/report")" TAMPER_SIGNER
tre=$mine term=TERM-${mine#TRE-}
no=$(asks fernfunk-hlr --purpose precheck | jq -r .decision)
refused DISPUTE_CAUSE "a competitor does not freeze it by a dispute without the device" a fernfunk-hlr dispute open "$no" --ground "ours"
good "the device still works"
scene_over
