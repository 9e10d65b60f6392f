#!/usr/bin/env bash
# Issues 1 and 3: an attacker "performs an unauthorised migration of the customer
# to another operator's network"; "another operator might try to migrate the
# current operator's customers, with or without the consent of the customers but
# without the consent of the current operator".
. "${stage:-$(dirname "$0")/begin.sh}"
device
until=$(date -u -d '+1 year' +%FT%TZ)
claim "a subsidised device" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr)" SUB-1 --locked-until "$until"
change="--purpose change_of_operator --current-operator mobilfunk"

# The customer plays along: both keys of the device sign.
for purpose in initial_download reprovision change_of_operator; do
	told "another operator is refused its customer: $purpose" fernfunk-hlr refuse CONSENT_MISSING --purpose $purpose
	told "and with the terminal alone: $purpose" fernfunk-hlr refuse CONSENT_MISSING --purpose $purpose --mode platform_only
done
a fernfunk-hlr consent sign "$(cert_of "$tre")" --target fernfunk >"$work/consent"
told "it does not consent for the other" fernfunk-hlr refuse CONSENT_INVALID $change --consent "$work/consent"
consent ferngas-hlr fernfunk >"$work/consent"
told "nor does a third one" fernfunk-hlr refuse CONSENT_INVALID $change --consent "$work/consent"
consent mobilfunk-hlr ferngas >"$work/consent"
told "a consent to a third one is none to it" fernfunk-hlr refuse CONSENT_INVALID $change --consent "$work/consent"

# b) "a customer might try to change operator in contravention of the contract
# with the current operator, e.g. if the equipment cost has been subsidised"
consent mobilfunk-hlr fernfunk >"$work/consent"
told "before the contract's end it stays, consent or not" fernfunk-hlr refuse MIGRATION_LOCKED $change --consent "$work/consent"
custody=$(j mobilfunk-hlr custody list --device "tre/$tre" | jq -r '.custody[0].custody')
claim "its operator lets the contract end" a mobilfunk-hlr custody lock "$custody" --until "$(date -u +%FT%TZ)"

# a) "authorized change of subscription"
moved=$(permitted fernfunk-hlr $change --consent "$work/consent")
claim "then it goes" confirm fernfunk-hlr "$moved" WON-1
claim "to the other" is "$(holder)" "fernfunk held"
claim "its operator of before hears of it" heard mobilfunk-hlr custody.moved
scene_over
