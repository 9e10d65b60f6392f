#!/usr/bin/env bash
# From a model on paper to an accredited one, and back, by people with the
# command line: what each may do, and what they are told when they may not.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
a() { local who=$1; shift; assay --as "$who" "$@"; }
j() { local who=$1; shift; assay --as "$who" --json "$@"; }
# shows WHAT COMMAND...: does its output say so?
shows() { local what=$1 out; shift; out=$("$@" 2>&1); grep -qF -- "$what" <<<"$out" || { echo "$out"; return 1; }; }
is() { local want=$1 got; shift; got=$("$@" 2>&1); [ "$got" = "$want" ] || { echo "$got, not $want"; return 1; }; }
member() { local filter=$1; shift; j "$@" | jq -r "$filter"; }

start_instance
claim "suppliers, auditors and an operator are let in" story_people
claim "the rule sets are in force" is "5" member '[.rulesets[] | select(.state == "in_force")] | length' reader ruleset list
claim "a rule set reads as text" shows "SB-3  No old firmware" a mobilfunk-hlr ruleset show tre-robustness 1
claim "and its versions as a table" shows "in_force" a mobilfunk-hlr ruleset show tre-robustness

# ---- nothing is there yet
claim "a supplier enters a hardware platform" a tresor-pki model new tresor-soc \
	--kind hardware_platform --organisation tresor --name "Tresor SoC" --version 1
refused ALREADY_EXISTS "a handle is given once" a tresor-pki model new tresor-soc \
	--kind hardware_platform --organisation tresor --name "Tresor SoC" --version 1
refused OTHER_ORGANISATION "not for another supplier" a karren-pki model new other \
	--kind terminal --organisation tresor --name X --version 1 --tac 35000000 --contains tresor-soc
refused ROLE_NOT_ALLOWED "an operator enters no model" a mobilfunk-hlr model new other \
	--kind terminal --organisation karren --name X --version 1
refused ROLE_NOT_ALLOWED "a supplier doesn't register its own" a tresor-pki model register tresor-soc
claim "an officer registers it" a officer-1 model register tresor-soc

a tresor-pki declaration template --model tresor-soc >"$work/empty.json"
claim "the template asks every rule" is 15 jq '.answers | length' "$work/empty.json"
refused ANSWER_MALFORMED "an empty template is no declaration" a tresor-pki declaration submit \
	--model tresor-soc --answers "$work/empty.json"
jq 'del(.answers["HB-1"]) | .answers |= map_values(.answer = "yes" | .statement = "met")' \
	"$work/empty.json" >"$work/short.json"
refused RULE_UNANSWERED "a rule left out is named" a tresor-pki declaration submit \
	--model tresor-soc --answers "$work/short.json"
jq '.valid_until = "2099-01-01T00:00:00Z" | .answers |= map_values(.answer = "yes" | .statement = "met")' \
	"$work/empty.json" >"$work/long.json"
refused VALID_UNTIL "twelve months at most" a tresor-pki declaration submit \
	--model tresor-soc --answers "$work/long.json"
claim "the declaration is signed, submitted and accepted" story_declaration tresor-soc tresor-pki

# ---- four eyes
refused ROLE_NOT_ALLOWED "an officer proposes no CoC" a officer-1 coc propose \
	--model tresor-soc --level 2 --quota 0
claim "a decider proposes one, and is told who is next" shows "assay approve HWP-" \
	a decider-1 coc propose --model tresor-soc --level 2 --quota 0
hwp=$(member '.cocs[0].number' reader coc list)
refused FOUR_EYES "who proposed it cannot approve it" a decider-1 approve "$hwp"
refused ROLE_NOT_ALLOWED "nor can an officer" a officer-1 approve "$hwp"
claim "another decider approves" a decider-2 approve "$hwp"
claim "it is certified" is certified member .state reader coc show "$hwp"
unsigned() { api_as decider-1 -X POST -H 'Content-Type: application/json' \
	-d '{"reason":"x"}' "$URL/v1/cocs/$hwp/suspend" | jq -r .type; }
claim "an act without a signature is refused" is \
	https://assay.example/problems/STATEMENT_MISSING unsigned

# ---- all that is missing, at once
refused FIRMWARE_MALFORMED "its least firmware is a version, or no device could show it" a tresor-pki model new tresor-m0 \
	--kind tre --organisation tresor --name "Tresor M0" --version 1 --hardware-platform tresor-soc \
	--tre-kind embedded --least-firmware newest
claim "a TrE model is entered" a tresor-pki model new tresor-m2 --kind tre --organisation tresor \
	--name "Tresor M2" --version 1 --hardware-platform tresor-soc --tre-kind embedded \
	--least-firmware 1.0.0
claim "with a site for it" a tresor-pki site new tresor-dresden --organisation tresor \
	--name Dresden --country DE --address "Werkstrasse 1" --scope tre_production
claim "a CoC is proposed, and shows what is missing" shows MODEL_NOT_REGISTERED a decider-1 \
	coc propose --model tresor-m2 --level 2 --site tresor-dresden --quota 10
tre=$(member '.cocs[] | select(.model == "tresor-m2") | .number' reader coc list)
for missing in 'model "tresor-m2" is draft' 'site "tresor-dresden" is registered' 'no declaration for "tresor-m2"'; do
	claim "approving says so: $missing" shows "$missing" a decider-2 approve "$tre"
done
claim "rejected, the CoC is refused" a decider-2 reject "$tre" --reason "too early"
claim "and says so" is refused member .state reader coc show "$tre"

# ---- suspension and measures
claim "suspending the platform takes two" a decider-1 coc suspend "$hwp" --reason "report 12"
refused PROPOSAL_OPEN "once at a time" a decider-2 coc suspend "$hwp" --reason "report 13"
claim "a second decider approves it" a decider-2 approve "$hwp"
claim "the platform is suspended" is suspended member .accreditation reader model show tresor-soc
claim "a security officer freezes it in an emergency" a security-1 measure impose --kind hold \
	--scope-kind hardware_platform --scope tresor-soc --legal-basis "report 12" --emergency
refused FOUR_EYES "and cannot confirm it alone" a security-1 measure confirm MEA-"$(date -u +%Y)"-000001
claim "a second person confirms" a security-2 measure confirm MEA-"$(date -u +%Y)"-000001
claim "lifting is proposed" a security-1 measure lift MEA-"$(date -u +%Y)"-000001 --reason "mended"
refused FOUR_EYES "and not approved by the same" a security-1 approve MEA-"$(date -u +%Y)"-000001
claim "but by another" a security-2 approve MEA-"$(date -u +%Y)"-000001
claim "it is lifted" is lifted member .state reader measure show MEA-"$(date -u +%Y)"-000001
claim "a competitor sees that a model is accredited" is suspended member .state karren-pki coc show "$hwp"
claim "but not its quota" is null member .quota karren-pki coc show "$hwp"
claim "nor its declaration" exits 4 assay --as karren-pki declaration show DCL-"$(date -u +%Y)"-000001
channels_agree
finish
