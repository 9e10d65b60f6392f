#!/usr/bin/env bash
# Issue 1: an attacker "modifies the credentials to those of another user, e.g.
# himself.  This would typically be performed on a piece of stolen M2M equipment".
. "${stage:-$(dirname "$0")/begin.sh}"
device
claim "a device in use" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr)" STOLEN-1
consent mobilfunk-hlr fernfunk >"$work/consent"
claim "its operator reports it stolen" a mobilfunk-hlr device stolen terminal "$term" --detail "car park"
incident=$(j reader incident list | jq -r '.incidents[0].number')
claim "somebody looks" a security-1 incident triage "$incident" --severity major --reason "police report"
claim "and confirms it" a decider-1 incident confirm "$incident" --reason "police report"
for purpose in initial_download reprovision precheck; do
	told "nobody's subscription goes there: $purpose" mobilfunk-hlr refuse DEVICE_STOLEN --purpose $purpose
done
told "not by a change of operator, with consent either" fernfunk-hlr refuse DEVICE_STOLEN \
	--purpose change_of_operator --current-operator mobilfunk --consent "$work/consent"
claim "not by the terminal alone" is "$(j fernfunk-hlr decide --mode platform_only --terminal "$term" \
	--purpose change_of_operator --current-operator mobilfunk --consent "$work/consent" | jq -r '.reasons[0]')" DEVICE_STOLEN
refused DEVICE_STATE "and nobody gives it back" a security-1 device release terminal "$term" --reason found
scene_over
