#!/usr/bin/env bash
# A database that is put back to an earlier moment: by a file copy, in the middle
# of everything by a dump, and after kill -9.  Nothing that was told to the world
# is taken back, no serial number comes twice, nothing is issued or permitted
# until two people have looked; a restart that loses nothing needs nobody.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
. "$top/tests/lib/restore.sh"
. "$top/tests/lib/consent.sh"
lots=$(story_lots 6)
term_lot=${lots#* }
for i in 1 2; do answers "before the backup all is well" permit - --tre TRE-$i --terminal TERM-$i; done
claim "another operator" story_second_operator
decision=$(j mobilfunk-hlr decide --tre TRE-6 --terminal TERM-6 | jq -r .decision)
claim "the first has a device in its custody" a mobilfunk-hlr decision confirm "$decision" --reference C-6
moves() { # "sentence" VERDICT REASON|- CONSENT
	claim "$1" is "$(j fernfunk-hlr decide --tre TRE-6 --terminal TERM-6 --purpose change_of_operator \
		--current-operator mobilfunk --consent "$4" 2>&1 |
		jq -r '"\(.verdict) \(.reasons | join(" ") | if . == "" then "-" else . end)"')" "$2 $3"
}

# ---- a backup, and what comes after it
consent_terms "$(cert_of TRE-6)" mobilfunk fernfunk >"$work/terms"
consent_signed mobilfunk-hlr "$(cat "$work/terms")" >"$work/consent"
replication_allowed
claim "a backup is made while all goes on" backup "$work/copy"
claim "and a dump" dump "$work/dump"
claim "then a certificate is revoked" a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
moves "the other takes the device over, with consent" permit - "$work/consent"
claim "one put on hold" a security-1 cert hold "$(serial_of TRE-3)" --legal-basis "under suspicion"
hold=$(j security-1 measure impose --kind hold --scope-kind lot --scope "$term_lot" --legal-basis "a report" \
	--emergency | jq -r .number)
lost_number=$(submit LOST- 3)
claim "and three more are issued" collected "$lost_number" 3
for what in TRE-2 TRE-3 TERM-1; do
	claim "the world hears by OCSP that $what is revoked" until_true 10 ocsp_says "$what" revoked
	claim "and by CRL" until_true 70 crl_says "$what" revoked
done
claim "that LOST-1 is good" until_true 10 ocsp_says LOST-1 good
claim "by the offline kit that TRE-2 is revoked" eval 'one_more_kit && kit_refuses TRE-2 TERM-2'
claim "and by the feed" assay feed sync "$work/feeds" --root "$VAR/credentials/root.crt"
remember
sleep 1.2 # the authority's head is a second behind at most

# ---- put back, after everything died
postgres_dies "$(pid_of authority)" "$(pid_of follower)"
stop_instance
put_back "$work/copy"
start_instance
claim "that it was put back is noticed" until_true 15 is_lost
claim "the follower raises an alarm" grep -q 'ALARM.*restored to an earlier moment' "$VAR/log/follower.log"
claim "the authority, too" grep -q 'ALARM.*restored to an earlier moment' "$VAR/log/authority.log"
claim "the body hears of it" eval "j security-1 notice list | grep -q alarm.restore"
claim "health says that the database is not vouched for" is "$(assay health --json | jq .vouched)" false
claim "OCSP says of nothing that it is good" never_good 3 TRE-1 TRE-2 TRE-3 TRE-4 LOST-1
refused DATABASE_RESTORED "no decision is given" assay --as mobilfunk-hlr decide --tre TRE-4 --terminal TERM-4
refused DATABASE_RESTORED "nor anything signed of what was" assay --as reader history TRE-4 --out "$work/standing.json"
late=$(submit LATE- 2)
claim "a lot is taken in" test -n "$late"
sleep 3
claim "but nothing of it is issued" is "$(lot_issued "$late")" 0
claim "no status event is written by the authority" is "$(head_event)" "$(shown .last)"
claim "assay restore show says which event was seen" is "$(shown .seen)" "$seen_event"
claim "which was lost" test "$(shown .last)" -lt "$seen_event"
claim "what is known better: a certificate revoked" \
	is "$(known "$(serial_of TRE-2)")" "revoked keyCompromise"
claim "one on hold" is "$(known "$(serial_of TRE-3)")" "on_hold certificateHold"
claim "and a lot" is "$(shown '.known_better[] | select(.scope_kind == "lot") | .scope + " " + .state')" \
	"$term_lot on_hold"
claim "and which indexes may have been issued" is "$(shown '.indexes | map(.count) | add')" "$lost_indexes"

# ---- two people
refused ROLE_NOT_ALLOWED "an officer does not resolve it" assay --as officer-1 restore resolve --reason "so what"
claim "a security officer proposes to go on" a security-1 restore resolve --reason "disk lost, backup of tonight"
number=$(shown .number)
refused ROLE_REQUIRED "another one cannot approve that" assay --as security-2 approve "$number"
claim "nothing has happened yet" is_lost
claim "a decider approves" a decider-1 approve "$number"
claim "and the authority does it" until_true 15 is_resolved "$number"
claim "the database is vouched for" until_true 20 vouched
claim "OCSP says what is good again" until_true 20 ocsp_says TRE-1 good
claim "what was revoked stays revoked" ocsp_says TRE-2 revoked
claim "since the same second" is "$(ocsp_since TRE-2)" "$revoked_since"
claim "what was on hold stays on hold" ocsp_says TRE-3 revoked
claim "and the lot" ocsp_says TERM-1 revoked
claim "the register says so" is "$(j reader cert show "$(serial_of TRE-2)" | jq -r '.state + " " + .reason')" \
	"revoked keyCompromise"
claim "what was issued and lost is not good" not ocsp_says LOST-1 good
answers "a decision knows the revocation" refuse CERTIFICATE_REVOKED --tre TRE-2 --terminal TERM-2
again=$(owner <<<"SELECT number FROM assay.measure WHERE cause = '$number'")
told() { j "$1" notice list | jq -e --arg t "$2" --arg s "$3" '.notices | any(.topic == $t and .subject == $s)'; }
for who in mobilfunk-hlr fernfunk-hlr tresor-pki karren-pki; do
	claim "$who hears that something is lost" told $who restore.resolved "$number"
done
claim "who had permits hears of what was revoked" told mobilfunk-hlr certificate.revoked tre/TRE-2
for who in mobilfunk-hlr karren-pki; do claim "$who hears of the hold" told $who measure.in_force "$again"; done
claim "the hold is a measure, which two people lift" lift_measure "$again"
claim "under a number that was never used" not is "$again" "$hold"
answers "and then there are permits again" permit - --tre TRE-1 --terminal TERM-1
moves "but not with a consent that was used up in what is lost" refuse CONSENT_INVALID "$work/consent"
consent_signed mobilfunk-hlr "$(jq -c '.iat = (now | floor) + 1' "$work/terms")" >"$work/anew"
moves "nor one with its number, signed anew at once" refuse CONSENT_INVALID "$work/anew"
consent_signed mobilfunk-hlr "$(consent_terms "$(cert_of TRE-6)" mobilfunk fernfunk | jq -c '.iat += 299')" >"$work/anew"
moves "one that cannot have been there is" permit - "$work/anew"
claim "the lot that had waited is issued" until_true 30 lot_is "$late" 2
claim "no serial number comes twice" no_serial_twice LATE-1 LATE-2
claim "the CRL has a greater number than any that was seen" until_true 70 crl_is_newer
claim "and lists what it listed" crl_says TRE-2 revoked
claim "lots go on behind the numbers that were used" is "$(owner <<<"SELECT count(*) FROM assay.lot
	WHERE number = '$lost_number'")" 0
claim "notices, too" test "$(notices)" -gt "$seen_notices"
claim "and the feed, in one chain with what was seen" until_true 30 feed_goes_on
claim "so does the kit, for who keeps what is lost" until_true 60 kit_is -gt "$seen_kit"
claim "from a snapshot, since no delta leads on" eval '[ "$(kit_shown .snapshot)" -gt "$seen_kit" ]'
claim "and what was refused by it is" kit_refuses TRE-2 TERM-2
claim "no number of it is told twice" is "$(sha256sum <"$VAR/public/kit/$seen_kit.delta")" "$kit_sha256"
claim "by the database neither" is "$(owner <<<"SELECT publication_id IS NULL AND sha256 = decode('${kit_sha256%% *}', 'hex')
	FROM assay.kit WHERE number = $seen_kit")" t

# ---- a restart that loses nothing needs nobody
claim "one more is revoked" a security-1 cert revoke "$(serial_of TRE-4)" --reason superseded
kill -9 "$(postgres)"
claim "after kill -9 of PostgreSQL permits are given again" until_true 20 permitted TRE-1 TERM-1
claim "and nothing is said to be lost" is "$(j security-1 restore list --state lost | jq '.restores | length')" 0
claim "the revocation is there" until_true 10 ocsp_says TRE-4 revoked

# ---- a dump, loaded under the running programs
load_dump "$work/dump"
claim "a dump that is loaded under everything is noticed" until_true 30 is_lost
refused DATABASE_RESTORED "and nothing permitted" assay --as mobilfunk-hlr decide --tre TRE-1 --terminal TERM-1
claim "within seconds nothing is good" until_true 5 not ocsp_says TRE-1 good
claim "and stays so" never_good 2 TRE-1 TRE-4
claim "it is resolved as well" resolve
claim "all revocations of before are there" eval "for t in TRE-2 TRE-3 TRE-4; do
	until_true 20 ocsp_says \$t revoked || exit 1; done; until_true 5 ocsp_says TRE-1 good"

# ---- a head that is lost is no excuse
stop_instance
rm "$VAR/authority/seen"
start_instance
claim "an authority that has lost its head does not go on" until_true 15 is_lost
claim "and the reason is said" is "$(shown .cause)" head
claim "until two people resolve that" resolve
stop_instance
sed -i 's/^event .*/event 1 00/' "$VAR/authority/seen"
start_instance
claim "the same when somebody has altered it" until_true 15 is_lost
claim "and two resolve that" resolve

# ---- the index is lost with it: what CRLs have listed is known
claim "one more is revoked" a security-1 cert revoke "$(serial_of TRE-5)" --reason superseded
claim "and the world hears by CRL" until_true 70 crl_says TRE-5 revoked
stop_instance
put_back "$work/copy"
claim "the index is lost" index_is_lost
# Two people are quicker than who reads the CRLs, and dies before that.
alarms() { grep -c 'ALARM.*restored to an earlier moment' "$VAR/log/authority.log"; }
before=$(alarms)
{
	until [ "$(alarms)" -gt "$before" ]; do sleep 0.05; done
	kill -STOP "$(pid_of authority)"
} &
watching=$!
start_instance
claim "that is noticed" until_true 15 is_lost
wait $watching
hasty=$(shown .number)
claim "nothing is known yet of what CRLs have listed" is "$(shown '.known_better | length')" 0
claim "a security officer has it resolved at once" a security-1 restore resolve --reason "in a hurry"
a decider-1 approve "$hasty" >/dev/null 2>&1 &
approving=$!
awaits() { [ "$(sql "SELECT count(*) FROM \"order\" WHERE kind = 'restore_resolve' AND state = 'queued'")" = 1 ]; }
claim "and a decider, before anybody has read them" until_true 15 awaits
kill -9 "$(pid_of authority)"
wait $approving
claim "that is not carried out" is_lost
claim "and by CRLs what was revoked" until_true 15 is_known "$(serial_of TRE-5)" "revoked superseded"
claim "all of it" is_known "$(serial_of TRE-2)" "revoked keyCompromise"
claim "OCSP says good of nothing meanwhile" never_good 1 TRE-1 TRE-5
claim "and two resolve that, too" resolve
claim "it is revoked again" until_true 20 ocsp_says TRE-5 revoked
claim "and others are good" until_true 20 ocsp_says TRE-1 good
claim "by CRL it stays so" crl_says TRE-5 revoked
channels_agree
finish
