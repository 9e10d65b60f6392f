#!/usr/bin/env bash
# Issue 3: "the M2M equipment-customer needs to change the subscription due to
# change of power supplier, who happens to have a contract with a different mobile
# operator".  A fleet of meters goes from one operator to the other, each with a
# consent of its own, in one go (FLEET=10000: as many as the study has in mind).
. "${stage:-$(dirname "$0")/begin.sh}"

for ((i = 0; i < fleet; i++)); do device; echo "$tre $term"; done >"$work/fleet"
# installed WHO [options]: asked about all, confirmed; prints how many
installed() {
	local who=$1
	shift
	j "$who" decide --pairs "$work/asked" "$@" | jq -r 'select(.verdict == "permit") | "\(.decision) \(.tre)"' >"$work/permits"
	j "$who" decision confirm --lines "$work/permits" | jq -r .operator | sort | uniq -c | awk '{ print $1, $2 }'
}
refusals() { j "$1" decide --pairs "$work/asked" "${@:2}" | jq -r '"\(.verdict) \(.reasons[0])"' | sort | uniq -c | awk '{ print $1, $2, $3 }'; }

cp "$work/fleet" "$work/asked"
claim "$fleet meters have their first operator" is "$(installed mobilfunk-hlr)" "$fleet mobilfunk"

change="--purpose change_of_operator --current-operator mobilfunk"
claim "the other is refused them all without consent" is "$(refusals ferngas-hlr $change)" "$fleet refuse CONSENT_MISSING"

# The first operator signs, where its key is; no server is asked.
while read -r tre term; do cert_of "$tre"; done <"$work/fleet" >"$work/certificates"
xargs -n 500 "$bin/assay" --var "$VAR" --as mobilfunk-hlr consent sign --target ferngas \
	<"$work/certificates" >"$work/consents"
paste -d' ' "$work/fleet" "$work/consents" >"$work/asked"
claim "they change" is "$(installed ferngas-hlr $change)" "$fleet ferngas"
claim "not a second time by the same consents" is "$(refusals fernfunk-hlr $change)" "$fleet refuse CONSENT_INVALID"
claim "and the first operator sees that each has moved" is "$(j mobilfunk-hlr custody list --state moved --all |
	jq -rs '[.[] | .. | objects | select(.reference?) | .reference | select(startswith("TRE-"))] | length')" "$fleet"
scene_over
