#!/usr/bin/env bash
# A promise that proves false, from end to end: a maker declared a rule that
# its model does not meet.  The declaration is challenged and refuted, the
# measure that this forces passes its deadline and escalates, the maker mends it,
# the measures are lifted, the model is accredited again and its devices are
# permitted again.  On a whole instance, with real signatures; the clock of the
# record is set around the deadline, as only its owner can, and then let go, since
# the authority believes no signature that is much older than its record.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
claim "two lots are issued" story_lots 1
pair="--tre TRE-1 --terminal TERM-1"
at() { sql "INSERT INTO test_clock (now) VALUES ('$1') ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
# told "sentence" VERDICT REASON|-: what the operator is told
told() { answers "$1" "$2" "$3" $pair; }
began=$(date -u +%FT%TZ)
sleep 1 # a second is asked about as it ended
state_of() { j reader "$1" show "$2" | jq -r .state; }
measure_on() { # kind of measure on the model: the newest
	j reader measure list --kind "$1" --scope-kind model --scope tresor-m2 | jq -re '.measures[0].number // empty'
}
heard() { # who topic: it has a notice of it
	j "$1" notice list | jq -e --arg t "$2" '[.notices[] | select(.topic == $t)] | length > 0'
}
told "at first the device may" permit -

# ---- challenged: one is enough, and it counts at once
declaration=$(j reader model show tresor-m2 | jq -r .declaration)
coc=$(j reader model show tresor-m2 | jq -r .coc)
refused ROLE_NOT_ALLOWED "its own maker does not challenge a declaration" a tresor-pki \
	declaration challenge "$declaration" --rule SB-3 --ground "doubt"
claim "a security officer does" a security-1 declaration challenge "$declaration" --rule SB-3 \
	--ground "an older version was seen to start"
told "from then on nothing is downloaded" refuse DECLARATION_CHALLENGED
claim "its maker hears of it" until_true 10 heard tresor-pki declaration.challenged
claim "and answers" a tresor-pki declaration answer "$declaration" --text "only on samples"

# ---- refuted: by two, neither of whom had doubted
claim "a decider proposes to refute it" a decider-1 declaration refute "$declaration" \
	--reason "seen on devices from the market"
refused FOUR_EYES "and does not approve it" a decider-1 approve "$declaration"
claim "another decider does" a decider-2 approve "$declaration"
claim "it is refuted" is "$(state_of declaration "$declaration")" refuted
claim "its CoC is suspended with it" is "$(state_of coc "$coc")" suspended
claim "so is that of the terminal in which it sits" is \
	"$(j reader model show karren-t1 | jq -r .accreditation)" suspended
told "its devices are refused" refuse COC_SUSPENDED

# ---- the measure that this forces
action=$(measure_on corrective_action)
claim "a corrective action was proposed by nobody" is \
	"$(j reader measure show "$action" | jq -r '"\(.state) \(.proposed_by) \(.cause[:3])"')" "proposed null CHA"
deadline=$(date -u -d "14 days" +%F)
claim "a security officer adopts it, with a deadline" a security-1 measure adopt "$action" \
	--deadline "$deadline" --escalates-to download_freeze
refused FOUR_EYES "which takes another person" a security-1 approve "$action"
claim "who approves" a security-2 approve "$action"
claim "its maker hears of it" until_true 10 heard tresor-pki measure.in_force

# ---- the deadline passes: by the clock, to the second
at "$(date -u -d "$deadline - 1 second" +%FT%TZ)"
sleep 3
claim "a second before the deadline nothing happens" is \
	"$(state_of measure "$action") $(measure_on download_freeze)" "in_force "
at "${deadline}T00:00:00Z"
claim "at the second its escalation is proposed" until_true 15 measure_on download_freeze
freeze=$(measure_on download_freeze)
sql "DELETE FROM test_clock"
claim "a security officer adopts it" a security-1 measure adopt "$freeze"
claim "another approves" a security-2 approve "$freeze"
claim "the corrective action is escalated" is "$(state_of measure "$action")" escalated
told "its devices are refused, for more than one reason" refuse COC_SUSPENDED
claim "the freeze among them" eval \
	'j mobilfunk-hlr decide $pair | jq -e ".reasons | index(\"MEASURE_DOWNLOAD_FREEZE\")"'
sleep 1
then=$(date -u +%FT%TZ)
sleep 1

# ---- corrected, late; lifted; accredited again
correction=$(j tresor-pki measure correct "$action" --what "the loader checks versions now" | jq -r .number)
claim "an officer has seen the correction" a officer-1 correction confirm "$correction" --reason "seen at the plant"
claim "a decider approves, and the authority lifts both" a decider-1 approve "$correction"
claim "both are lifted" is "$(state_of measure "$action") $(state_of measure "$freeze")" "lifted lifted"
told "that alone brings no trust back" refuse COC_SUSPENDED
refused COC_PREREQUISITES "nor does a CoC rise on a declaration that was false" eval \
	'a decider-1 coc reinstate "$coc" --reason mended && a decider-2 approve "$coc"'
claim "that proposal is rejected" a decider-2 reject "$coc" --reason "no declaration"
claim "the maker declares anew, an officer accepts" story_declaration tresor-m2 tresor-pki
claim "two deciders reinstate the CoC" eval \
	'a decider-1 coc reinstate "$coc" --reason mended && a decider-2 approve "$coc"'
claim "what fell with it rises with it" is \
	"$(j reader model show karren-t1 | jq -r .accreditation)" provisional
told "the device may again" permit -

# ---- and all of it is told, for ever
claim "what held in the meantime can be asked for" is \
	"$(j reader history tresor-m2 --as-of "$then" | jq -r '.held.accreditation.state + " " + (.held.measures | map(.kind) | join(","))')" \
	"suspended download_freeze"
claim "and what was known of it before anybody doubted" is \
	"$(j reader history "$coc" --as-of "$then" --known-at "$began" | jq -r .held.state)" certified
channels_agree
finish
