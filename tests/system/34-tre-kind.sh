#!/usr/bin/env bash
# A fourth kind of TrE, with a rule set of its own, without touching code: from
# a document in the folder to a permit.  What decides where the operator does
# not say.  A declaration doubted, upheld, refuted; a certificate of another
# scheme; the tree of a CoC; the next version of a rule set: on the real system.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
shows() { local what=$1 out; shift; out=$("$@" 2>&1); grep -qF -- "$what" <<<"$out" || { echo "$out"; return 1; }; }
is() { local want=$1 got; shift; got=$("$@" 2>&1); [ "$got" = "$want" ] || { echo "$got, not $want"; return 1; }; }
p() { local who=$1; shift; assay --as "$who" "$@"; } # with its words
member() { local filter=$1; shift; j "$@" | jq -r "$filter"; }

start_instance
claim "suppliers and operators are let in, one may ask for the platform alone" eval '
	story_people && story_organisation fernfunk "Fernfunk" operator --may-platform-only &&
	story_principal fernfunk-hlr fernfunk operator'
claim "five kinds of TrE are there" is "dice embedded integrated_uicc removable_uicc tpm" \
	member '[.tre_kinds[].name] | sort | join(" ")' mobilfunk-hlr tre-kind list
claim "on three rule sets" is 3 member '[.tre_kinds[].ruleset] | unique | length' reader tre-kind list
claim "sites are audited" eval 'story_site tresor-dresden tresor tre_production wet &&
	story_site karren-ulm karren terminal_assembly dry'
claim "an embedded TrE, its platform and its terminal are accredited" story_models
claim "devices are made" story_lots 1
stop_instance || not_ok "it stops"

# ---- the same programs beside documents of their own: the system is started again
mkdir -p "$work/tree/build"
cp -rL "$top/db" "$top/policy" "$top/conf" "$work/tree/"
cp "$bin"/assay "$bin"/assay-* "$bin"/*.so "$work/tree/build/"
bin=$work/tree/build
cat >"$work/tree/policy/rulesets/tre-soldered-1.json" <<'JSON'
{ "ruleset": "tre-soldered", "version": 1, "title": "Robustness rules for soldered cards", "applies_to": "tre",
  "extends": { "ruleset": "tre-robustness", "version": 1 }, "aim": "A card that is soldered on.",
  "levels": { "1": "a", "2": "b", "3": "c", "4": "d" },
  "groups": [ { "id": "SO", "name": "Solder", "aim": "It stays.", "rules": [
    { "id": "SO-1", "title": "Soldered", "text": "The card shall be soldered on.", "levels": [1, 2, 3, 4], "evidence": "A photograph." } ] } ] }
JSON
jq '.version = 2 | .groups[0].rules[0].title = "Isolation, better"' \
	"$top/policy/rulesets/tre-robustness-1.json" >"$work/tree/policy/rulesets/tre-robustness-2.json"
start_instance
claim "the rule set is in force" is in_force member '.versions[0].state' reader ruleset show tre-soldered
claim "the next version of another is a draft" is "2 draft" member '"\(.versions[0].version) \(.versions[0].state)"' \
	reader ruleset show tre-robustness

# ---- the kind
soldered() { a tresor-pki model new tresor-s1 --kind tre --organisation tresor --name "Tresor S1" \
	--version 1 --hardware-platform tresor-soc --tre-kind soldered_card --least-firmware 1.0.0; }
refused TRE_KIND_UNKNOWN "a model of a kind that isn't there is refused" soldered
kind() { local who=$1; shift; a "$who" tre-kind new soldered_card --what "A card that is soldered on" "$@"; }
refused ROLE_NOT_ALLOWED "an officer adds no kind" kind officer-1 --ruleset tre-soldered --default-mode platform_only
refused RULESET_ABSENT "a kind has a rule set that exists" kind decider-1 --ruleset nix --default-mode platform_only
refused RULESET_ABSENT "for TrEs" kind decider-1 --ruleset terminal-robustness --default-mode platform_only
claim "a decider proposes it" kind decider-1 --ruleset tre-soldered --default-mode platform_only
refused TRE_KIND_UNKNOWN "which is no kind yet" soldered
refused FOUR_EYES "not alone" a decider-1 approve soldered_card
claim "rejected, it may be proposed again in other words" eval '
	a decider-2 reject soldered_card --reason "say more" &&
	a decider-1 tre-kind new soldered_card --what "A card without a holder, soldered on" \
		--ruleset tre-soldered --default-mode platform_only'
claim "a second decider approves it" a decider-2 approve soldered_card
refused ALREADY_EXISTS "it is there once" kind decider-2 --ruleset tre-soldered --default-mode platform_only
claim "now a model of it is entered and registered" eval 'soldered && a officer-1 model register tresor-s1'
claim "its declaration answers the rules of its kind" is 47 \
	eval 'a tresor-pki declaration template --model tresor-s1 | jq ".answers | length"'
claim "it is declared" story_declaration tresor-s1 tresor-pki
coc=$(story_coc tresor-s1 --site tresor-dresden --grace-days 100 --on-expired permit_if_issued_before --on-suspended hold)
claim "and certified ($coc)" is certified member .state reader coc show "$coc"
claim "a terminal with it too" eval '
	a karren-pki model new karren-s1 --kind terminal --organisation karren --name "Karren S1" \
		--version 1 --tac 35123457 --contains tresor-s1 &&
	a officer-1 model register karren-s1 && story_declaration karren-s1 karren-pki &&
	ter=$(story_coc karren-s1 --site karren-ulm)'
claim "devices of that kind are made" eval '
	a tresor-pki device new --kind tre --prefix SOL- --count 2 --rows "$work/sol.rows" &&
	lot=$(j tresor-pki lot submit --model tresor-s1 --site tresor-dresden --rows "$work/sol.rows" --wait | jq -re .number) &&
	a tresor-pki device collect "$lot" &&
	a karren-pki device new --kind terminal --prefix STE- --count 2 --tre-prefix SOL- --rows "$work/ste.rows" &&
	lot=$(j karren-pki lot submit --model karren-s1 --site karren-ulm --rows "$work/ste.rows" --wait | jq -re .number) &&
	a karren-pki device collect "$lot"'
answers "the fourth kind is permitted" permit - --tre SOL-1 --terminal STE-1

# ---- the default mode
alone() { j "$1" decide --mode default --terminal "$2" | jq -r '"\(.verdict) \(.reasons | join(" "))"'; }
mode_of() { local id; id=$(j "$1" decide "${@:2}" | jq -r .decision)
	api_as "$1" "$URL/v1/decisions/$id" | jq -r .mode; }
claim "left out, the mode is the kind's where the operator may ask so" is "permit " alone fernfunk-hlr STE-1
claim "the receipt says which it was" is platform_only mode_of fernfunk-hlr --mode default --terminal STE-1
claim "another operator is not let off the TrE by it" is "refuse NO_CERTIFICATE" alone mobilfunk-hlr STE-1
claim "nor is another kind of TrE" is "refuse NO_CERTIFICATE" alone fernfunk-hlr TERM-1
claim "a TrE that is shown is judged, whatever the kind's default" is tre_and_platform \
	mode_of fernfunk-hlr --mode default --tre SOL-1 --terminal STE-1
claim "and found wanting where it is" is "refuse BINDING_MISMATCH" \
	eval 'j fernfunk-hlr decide --mode default --tre SOL-2 --terminal STE-1 | jq -r "\"\(.verdict) \(.reasons[0])\""'

# ---- what two people signed is what counts, also to the authority
forged() { psql -h "$VAR/run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1 <<<"SET session_replication_role = replica;
	UPDATE assay.coc SET $1 WHERE number = '$coc'"; }
lot_of() { a tresor-pki device new --kind tre --prefix "$1" --count 1 --rows "$work/$1.rows" &&
	p tresor-pki lot submit --model tresor-s1 --site tresor-dresden --rows "$work/$1.rows" --wait; }
for term in "grace_days = 365" "on_expired = 'permit'" "on_suspended = 'permit_if_issued_before'"; do
	forged "$term"
	claim "under other terms than were signed nothing is issued: $term" shows "is not what two people signed" lot_of FORG-
	forged "grace_days = 100, on_expired = 'permit_if_issued_before', on_suspended = 'hold'"
done
claim "under these it is" eval 'lot_of GOOD-'

# ---- why
claim "why shows the tree, down to the platform's declaration" shows "    ├── ✓ declaration DCL-" p decider-1 coc why "$coc"
claim "what holds it up" shows "held up by: supplier tresor, model tresor-s1, site tresor-dresden" p decider-1 coc why "$coc"
claim "and what will fall first" shows "first to fall: declaration DCL-" p decider-1 coc why "$coc"
claim "another supplier sees that it stands, no more" is "certified null" \
	member '"\(.state) \(.prerequisites)"' karren-pki coc why "$coc"
claim "there is no tree of what isn't there" exits 4 assay --as reader coc why TRE-1999-000001

# ---- doubt
declaration=$(member .declaration reader coc show "$coc")
challenge() { a "$1" declaration challenge "$declaration" --rule SO-1 --ground "it came off"; }
refused ROLE_NOT_ALLOWED "an operator doubts nothing" challenge mobilfunk-hlr
claim "a security officer doubts the declaration" challenge security-1
answers "from then on nothing is downloaded" refuse DECLARATION_CHALLENGED --tre SOL-1 --terminal STE-1
a tresor-pki device new --kind tre --prefix SOX- --count 1 --rows "$work/sox.rows"
claim "and nothing is issued" shows "is challenged" p tresor-pki lot submit --model tresor-s1 --site tresor-dresden \
	--rows "$work/sox.rows" --wait
claim "its supplier answers" a tresor-pki declaration answer "$declaration" --text "a prototype did"
claim "two deciders uphold it" eval 'a decider-1 declaration uphold "$declaration" --reason "shown" &&
	a decider-2 approve "$declaration"'
answers "and it is permitted again" permit - --tre SOL-1 --terminal STE-1
claim "doubted again and refuted" eval 'challenge security-1 &&
	a decider-1 declaration refute "$declaration" --reason "it does come off" --freeze &&
	a decider-2 approve "$declaration"'
answers "nothing is downloaded any more" refuse COC_SUSPENDED --tre SOL-1 --terminal STE-1
claim "the CoC is suspended" is suspended member .state reader coc show "$coc"
claim "and two measures arose" is "corrective_action download_freeze" \
	member '[.measures[] | select(.scope == "tresor-s1") | .kind] | sort | join(" ")' reader measure list
claim "why says what is amiss, and what to do" shows "assay declaration submit" p decider-1 coc why "$coc"

# ---- a certificate of another scheme
printf '%%PDF-1.4\n%% certificate\n%%%%EOF\n' >"$work/cc.pdf"
sha=$(sha256sum "$work/cc.pdf" | cut -c-64)
external() { a "$1" external-certificate new --scheme "$2" --model tresor-soc --certificate CC-17 --level "EAL5+" \
	--issuer Lab --valid-from 2026-01-01T00:00:00Z --expires "$(date -u -d '+90 days' +%FT00:00:00Z)" --evidence "$sha"; }
claim "the schemes are a table" shows gsma_sas p reader external-certificate schemes
claim "the certificate is uploaded" a tresor-pki evidence put "$work/cc.pdf"
refused SCHEME_UNFIT "a scheme for sites speaks for no model" external tresor-pki gsma_sas
claim "and entered" external tresor-pki common_criteria
ext=$(member '.external_certificates[0].number' tresor-pki external-certificate list)
refused EVIDENCE_NOT_ACCEPTED "the file first" a officer-1 external-certificate accept "$ext"
claim "an officer accepts the file, and then the certificate ($ext)" eval 'a officer-1 evidence accept "$sha" &&
	a officer-1 external-certificate accept "$ext"'
claim "a CoC that names it ends with it" eval '
	hwp=$(story_coc tresor-soc --external-certificate "$ext" --grace-days 30 --on-suspended hold) &&
	[ "$(member ".expires[0:10]" reader coc show "$hwp")" = "$(date -u -d "+90 days" +%F)" ] &&
	[ "$(member "\"\(.grace_days) \(.on_suspended)\"" reader coc show "$hwp")" = "30 hold" ]'
hwp=$(member '[.cocs[] | select(.model == "tresor-soc" and .state == "certified")][0].number' reader coc list)
claim "and why names it as the first to fall" shows "first to fall: external certificate $ext" p decider-1 coc why "$hwp"
answers "the embedded TrE on that platform is permitted" permit - --tre TRE-1 --terminal TERM-1
claim "withdrawn by one person" a security-1 external-certificate withdraw "$ext" --reason "its scheme did"
claim "the platform falls with it" is suspended member .state reader coc show "$hwp"
answers "and every device on it at once" refuse COC_SUSPENDED --tre TRE-1 --terminal TERM-1

# ---- the next version of a rule set
day=$(date -u -d '+200 days' +%FT00:00:00Z)
refused TRANSITION_DATE "a transition leaves time" a decider-1 ruleset adopt tre-robustness 2 --transition "$(date -u -d '+3 days' +%FT00:00:00Z)"
claim "a version is adopted by two, with a date" eval 'a decider-1 ruleset adopt tre-robustness 2 --transition "$day" &&
	a decider-2 approve tre-robustness-2'
claim "both are in force, the old one until then" is "in_force null in_force $day" \
	member '[.versions[] | "\(.state) \(.retires)"] | join(" ")' reader ruleset show tre-robustness
claim "the transition reads as a table" shows "$day" p reader ruleset show tre-robustness
claim "a new declaration answers the new one" is 2 \
	eval 'a tresor-pki declaration template --model tresor-m2 | jq .version'
stop_instance || not_ok "it stops"
start_instance
claim "another start changes nothing" is 2 member '[.versions[] | select(.state == "in_force")] | length' \
	reader ruleset show tre-robustness
finish
