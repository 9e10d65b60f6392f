#!/usr/bin/env bash
# A follower that was taken over says that it has seen what never was.  It can stop
# everything, as any witness can; two people go on without it, and nothing that it
# said is put back.  What is really lost is found nevertheless.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
. "$top/tests/lib/restore.sh"
claim "two lots are issued" story_lots 3

liar=follower-00000000000000ff
says() { # EVENT MARKS FEED KIT NOTICES [WHO]
	owner <<<"SELECT assay.witness_say('${6:-$liar}', $1, h, '$2', $3, h, $4, h, $5) FROM pg_catalog.sha256('a lie') h" 2>&1
}
issuer() { owner <<<"SELECT max(next_index) FROM assay.issuer"; }
before=$(issuer)

# ---- what cannot be
huge=$((1 << 60))
for lie in "$huge {} 0 0 0" "0 {\"2\":$huge} 0 0 0" "0 {\"99999999\":1} 0 0 0" "0 {\"60000\":5} 0 0 0" \
	"0 {\"2\":$((1 << 40))} 0 0 0" "0 {\"2\":-1} 0 0 0" "0 {} $huge 0 0" "0 {} 0 $huge 0" \
	"0 {} 0 0 $huge" "-1 {} 0 0 0" "0 {} 0 0 NULL"; do
	claim "what cannot be is not heard: $lie" grep -q "says what cannot be" <(says $lie)
done
claim "nothing is lost by that" vouched

# ---- what could be
claim "what could be stops everything" is "$(says $((1 << 46)) "{\"2\":$((1 << 31)),\"500\":5}" $((1 << 40)) $((1 << 40)) $((1 << 40)))" lost
owner >/dev/null <<SQL
SELECT assay.restore_claim_add('$liar', jsonb_agg(jsonb_build_object('issuer', issuer_id, 'index', index, 'state', 'revoked',
	'reason', 1, 'since', 1700000000))) FROM assay.certificate WHERE profile = 'tre';
SQL
claim "and is noticed" until_true 15 is_lost
first=$(shown .number)
claim "it is said who says so, and how much it claims" is "$(shown '.witnesses[] | [.witness, .claims, .disbelieved] | join(" ")')" "$liar 3 false"
refused WITNESS_ABSENT "the authority cannot be disbelieved" a security-1 restore resolve --reason x --disbelieve authority
refused WITNESS_ABSENT "nor a follower that has said nothing" a security-1 restore resolve --reason x --disbelieve follower-0000000000000001
refused ROLE_NOT_ALLOWED "nor by an officer" assay --as officer-1 restore resolve --reason x --disbelieve $liar
claim "a security officer proposes not to believe it" a security-1 restore resolve --reason "its machine was taken over" --disbelieve $liar
claim "one alone is not enough" is_lost
claim "a decider approves" a decider-1 approve "$first"
claim "it is vouched for again" until_true 40 vouched
claim "and dismissed" is "$(j security-1 restore show "$first" | jq -r '.state + " " + (.witnesses[0].disbelieved | tostring)')" "dismissed true"
claim "nothing is revoked" until_true 20 ocsp_says TRE-1 good
claim "no index is void" is "$(issuer)" "$before"
claim "CAs have numbers as before" test "$(owner <<<"SELECT nextval('assay.issuer_id')")" -lt 1000
claim "the log goes on where it was" test "$(head_event)" -lt 100000
claim "it is not heard again" grep -q "do not believe $liar" <(says 5 "{}" 0 0 0)
claim "not even where it says what is so" grep -q "do not believe" <(says 0 "{}" 0 0 0)
claim "others are" is "$(says 0 "{}" 0 0 0 follower-00000000000000aa)" stands
late=$(submit LATE- 2)
claim "lots are issued" until_true 40 lot_is "$late" 2

# ---- the most that could be: numbers go on behind it, and whoever has them from here is heard
most=$((1 << 47))
liar=follower-00000000000000fd
claim "another says the most that could be" is "$(says 0 "{}" 0 0 $most)" lost
third=$(shown .number)
claim "and is not believed" a security-1 restore resolve --reason "another" --disbelieve $liar
claim "by two" a decider-1 approve "$third"
claim "it is vouched for again" until_true 40 vouched
noted() { [ "$(awk '$1 == "notices" { print $2 }' "$VAR/authority/seen")" -gt $most ]; }
claim "notices have numbers behind that" until_true 40 noted
stop_instance
start_instance
claim "and whoever has seen those is believed after a restart" until_true 40 vouched
claim "of everything that it said" not grep "says what cannot be" "$VAR/log/authority.log" "$VAR/log/follower.log"

# ---- what is lost, while somebody lies
stop_instance
sed -i 's/^event .*/event 1 00/' "$VAR/authority/seen"
start_instance
claim "an authority that has lost its head does not go on" until_true 15 is_lost
liar=follower-00000000000000fe
claim "and somebody lies" is "$(says $((1 << 46)) "{}" 0 0 0)" lost
second=$(shown .number)
claim "who is not believed" a security-1 restore resolve --reason "that one, too" --disbelieve $liar
claim "by two" a decider-1 approve "$second"
claim "what is lost is found again" until_true 20 eval '[ "$(shown .number)" != "$second" ] && is_lost'
claim "without it" is "$(shown '.witnesses | map(.witness) | join(" ")')" authority
claim "and two people resolve that" resolve
claim "the log goes on where it was" test "$(head_event)" -lt 100000

# ---- believed
liar=follower-00000000000000fc
claim "one says so of all" is "$(says $most "{\"2\":$((1 << 20))}" $most $most $most)" lost
claim "and two people believe it" resolve
stop_instance
start_instance
claim "all goes on behind that" until_true 40 vouched
after=$(submit AFTER- 2)
claim "lots are issued" until_true 40 lot_is "$after" 2
claim "the log is that far" test "$(head_event)" -gt $most
claim "its witnesses are heard" not grep "says what cannot be" "$VAR/log/authority.log" "$VAR/log/follower.log"
stop_instance
finish
