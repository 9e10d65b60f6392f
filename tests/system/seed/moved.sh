#!/usr/bin/env bash
# Issue 1, option 3: "actions could be specified/taken ... to discourage/invalidate
# the UICC removal (i.e. making the UICC removal unproductive or even
# counterproductive for the attacker)".  A TrE is taken out and put into another
# terminal.
. "${stage:-$(dirname "$0")/begin.sh}"
device
mine=$tre home=$term
claim "a device in use" confirm mobilfunk-hlr "$(permitted mobilfunk-hlr)" MOVE-1
device
their=$tre
tre=$mine
for purpose in initial_download reprovision change_of_operator precheck; do
	told "in another terminal the TrE gets nothing: $purpose" mobilfunk-hlr refuse BINDING_MISMATCH --purpose $purpose
done
tre=$their term=$home
told "nor does the terminal with another TrE" mobilfunk-hlr refuse BINDING_MISMATCH
claim "to show the terminal alone is no way round: its TrE is another's" is \
	"$(j fernfunk-hlr decide --mode platform_only --terminal "$home" | jq -r '.reasons[0]')" CONSENT_MISSING
tre=$mine
told "put back, it goes on" mobilfunk-hlr permit - --purpose reprovision
scene_over
