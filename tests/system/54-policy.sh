#!/usr/bin/env bash
# Operators' own policies: drafted by one, put into force by another, tried on
# earlier decisions first; each term refuses what it is about, and none lets in
# what the floor does not.  And what a device says against itself.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/receipt.sh"

start_accredited
claim "a second person of the operator" story_principal mobilfunk-2 mobilfunk operator
claim "another operator, which may ask about terminals alone" \
	story_organisation fernfunk "Fernfunk" operator --may-platform-only
claim "its two people" eval 'story_principal fernfunk-1 fernfunk operator && story_principal fernfunk-2 fernfunk operator'
claim "two lots are issued" story_lots 3

pair() { echo --tre "$(tre_id "$1")" --terminal "$(term_id "$1")"; }
# draft WHO TERMS [PURPOSE]: prints the number
draft() {
	echo "$2" >"$work/terms.json"
	j "$1" policy draft "$work/terms.json" --purpose "${3:-initial_download}" >"$work/drafted" &&
		jq -re .number "$work/drafted"
}
# in_force TERMS [PURPOSE]: drafted by one, activated by the other
in_force() {
	local number
	number=$(draft mobilfunk-hlr "$@") && a mobilfunk-2 policy activate "$number"
}
bad() { # code sentence terms
	refused "$1" "$2" draft mobilfunk-hlr "$3"
}

# ---- what a device says against itself (check 9)

# shellcheck disable=SC2046 # pair gives words
{
answers "a good device" permit - $(pair 1)
answers "it says that it was tampered with" refuse TAMPER_INDICATED $(pair 1) --tamper detected
answers "its debug port is open" refuse DEBUG_ENABLED $(pair 1) --debug enabled
answers "one that was closed since it started" permit - $(pair 1) --debug disabled_since_boot
}

# ---- what is refused at once

bad FIELD_UNKNOWN "a term that there is not" '{"min_levels": 2}'
bad FIELD_RULE "a level that there is not" '{"min_level": 5}'
bad POLICY_BELOW_FLOOR "more grace than the floor has" '{"grace_days": 366}'
bad POLICY_BELOW_FLOOR "terminals alone, which the body does not allow" '{"platform_only": true}'
bad POLICY_NAME_UNKNOWN "a supplier that there is not" '{"denied_suppliers": ["nobody"]}'
bad POLICY_NAME_UNKNOWN "an operator is no supplier" '{"allowed_suppliers": ["mobilfunk"]}'
bad POLICY_NAME_UNKNOWN "a model that there is not" '{"allowed_models": ["tresor-m9"]}'
bad POLICY_CONTRADICTS "allowed and denied" '{"allowed_models": ["tresor-m2"], "denied_models": ["tresor-m2"]}'
bad POLICY_CONTRADICTS "a model whose supplier is denied" \
	'{"allowed_models": ["tresor-m2"], "denied_suppliers": ["tresor"]}'
bad POLICY_TERM "a way of validating that there is not" '{"require_validation": ["by_hope"]}'
bad POLICY_TERM "an empty list, which would allow nobody" '{"allowed_suppliers": []}'
claim "what is no JSON" not draft mobilfunk-hlr '{"min_level": 2'

# ---- four eyes, on the operator's side

strict=$(draft mobilfunk-hlr '{"min_level": 3}')
claim "a draft changes nothing" is "$(j mobilfunk-hlr decide $(pair 1) | jq -r .verdict)" permit
refused FOUR_EYES "who drafted it does not put it into force" a mobilfunk-hlr policy activate "$strict"
refused POLICY_ABSENT "nor does somebody of another operator" eval \
	'curl_sha=$(j mobilfunk-hlr policy show "$strict" | jq -r .sha256); a fernfunk-1 policy retire "$strict" --reason x'
refused NOT_FOUND "who does not even see it" a fernfunk-1 policy show "$strict"
refused ROLE_NOT_ALLOWED "the body sees it, and has no part in it" a officer-1 policy activate "$strict"
claim "the body sees it" a officer-1 policy show "$strict"

# ---- tried before it is in force

trial=$(j mobilfunk-2 policy test "$strict")
claim "it would have refused every permit" is "$(jq -r '.after.permit' <<<"$trial")" 0
claim "of which there were some" test "$(jq -r '.before.permit' <<<"$trial")" -ge 3
claim "for the level, among other reasons of theirs" is "$(jq '.reasons.POLICY_LEVEL == .decisions' <<<"$trial")" true
claim "and says which" is "$(jq -r '.changed[0] | "\(.verdict) \(.would_be) \(.reasons[0])"' <<<"$trial")" \
	"permit refuse POLICY_LEVEL"
claim "what is refused for more is still refused" is \
	"$(jq -r '[.before.refuse, .after.refuse - .before.permit] | join(" ")' <<<"$trial")" \
	"$(jq -r '[.before.refuse, .before.refuse] | join(" ")' <<<"$trial")"
claim "over the newest one alone" is "$(j mobilfunk-2 policy test "$strict" --last 1 | jq .decisions)" 1
claim "people see a table" eval 'assay --as mobilfunk-2 policy test "$strict" | grep -qi would.be'

# ---- in force

claim "the other one puts it into force" a mobilfunk-2 policy activate "$strict"
answers "the level is too low" refuse POLICY_LEVEL $(pair 1) --out "$work/refusal.json"
claim "the receipt names the policy" is "$(cut -d. -f2 <<<"$(jq -r .receipt "$work/refusal.json")" | receipt_octets |
	jq -r '.decision.operator_policy | "\(.number) \(.version)"')" "$strict 1"
claim "and its hash" is "$(cut -d. -f2 <<<"$(jq -r .receipt "$work/refusal.json")" | receipt_octets |
	jq -r .decision.operator_policy.sha256)" "$(j mobilfunk-hlr policy show "$strict" | jq -r .sha256)"
answers "another purpose has its own" permit - $(pair 1) --purpose reprovision
claim "another operator has its own" is "$(j fernfunk-1 decide $(pair 1) | jq -r .verdict)" permit
refused POLICY_STATE "what is active is not put away" a mobilfunk-hlr policy retire "$strict" --reason "too strict"

old=$(draft mobilfunk-hlr '{"min_level": 4}')
claim "another takes its place" in_force '{"min_level": 2}'
claim "the one before is retired" is "$(j mobilfunk-hlr policy show "$strict" | jq -r .state)" retired
answers "the level is reached" permit - $(pair 1)
refused POLICY_OLD "an older draft does not come back" a mobilfunk-2 policy activate "$old"
claim "it is put away" a mobilfunk-hlr policy retire "$old" --reason "never meant"
claim "all of it is in the history" is \
	"$(j mobilfunk-hlr policy show "$strict" | jq -r '[.history[].state] | sort | join(" ")')" "active draft retired"

# ---- each term

while read -r reason terms options; do
	claim "in force: $terms" in_force "$terms"
	# shellcheck disable=SC2046,SC2086
	answers "it refuses" refuse "$reason" $(pair 1) $options
done <<'TERMS'
POLICY_PROVISIONAL {"accept_provisional":false}
POLICY_SELF_DECLARED {"accept_self_declared_only":false}
POLICY_SUPPLIER {"allowed_suppliers":["tresor"]}
POLICY_SUPPLIER {"denied_suppliers":["karren"]}
POLICY_MODEL {"denied_models":["tresor-soc"]}
POLICY_MODEL {"allowed_models":["tresor-m2"]}
POLICY_VALIDATION {"require_validation":["remote"]} --validation autonomous
TERMS
while read -r terms options; do
	claim "in force: $terms" in_force "$terms"
	# shellcheck disable=SC2046,SC2086
	answers "it permits" permit - $(pair 1) $options
done <<'TERMS'
{"max_audit_age":1,"grace_days":0,"max_status_age":60}
{"allowed_suppliers":["tresor","karren"],"allowed_models":["tresor-m2","karren-t1"]}
{"require_validation":["remote","autonomous"]} --validation remote
{}
TERMS

# ---- terminals alone

q=$(jq -n '{platform_only: false}')
claim "a terminal alone" is "$(j fernfunk-1 decide --mode platform_only --terminal "$(term_id 1)" | jq -r .verdict)" permit
number=$(draft fernfunk-1 "$q")
claim "an operator that wants no more of that" a fernfunk-2 policy activate "$number"
claim "is told so" is "$(j fernfunk-1 decide --mode platform_only --terminal "$(term_id 1)" | jq -r '.reasons[0]')" POLICY_MODE

# ---- the floor stays

claim "a measure on the model" eval 'n=$(j security-1 measure impose --kind download_freeze --scope-kind model --scope tresor-m2 --legal-basis "a test" | jq -re .number) && a security-2 approve "$n"'
answers "no policy lets it in" refuse MEASURE_DOWNLOAD_FREEZE $(pair 1)
trial=$(j mobilfunk-2 policy test "$(draft mobilfunk-hlr '{}')")
claim "nor would one have" is "$(jq '[.changed[] | select(.would_be == "permit") | .reasons | length] | add // 0' <<<"$trial")" 0

stop_instance
finish
