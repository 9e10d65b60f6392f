#!/usr/bin/env bash
# Revocation never loses a race, also while PostgreSQL fails over to a
# synchronous standby in the middle of it: no permit is older than a revocation
# that was answered before the question was sent, whichever of the two answered
# either; and what was answered is on record at the new one.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
. "$top/tests/lib/restore.sh"
. "$top/tests/lib/race.sh"
claim "two lots are issued" story_lots 80
replication_allowed
claim "a standby follows, synchronously" standby_new one sync

race_begin 80 12
# however slow the machine is
raced_since() {
	[ "$(awk -v t="$1" '$1 > t' "$r"/answers.* | wc -l)" -ge 40 ] &&
		[ "$(awk -v t="$1" '$2 > t' "$r/revoked" | wc -l)" -ge 3 ]
}
sleep "${RACE_SECONDS:-10}"
claim "they race" until_true 60 raced_since 0
before=$(now_us)
primary_dies
standby_takes_over one
# on both sides of the switch
permitted_since() { awk -v t="$1" '$1 > t && $3 == "permit"' "$r"/answers.* | grep -q .; }
revoked_since() { awk -v t="$1" '$2 > t' "$r/revoked" | grep -q .; }
claim "the standby is promoted, and permits are given again" until_true 40 permitted_since "$(now_us)"
claim "certificates are revoked again" until_true 20 revoked_since "$(now_us)"
after=$(now_us)
sleep "${RACE_SECONDS:-8}"
claim "they race again" until_true 60 raced_since "$after"
race_end
claim "nobody had to do anything" is "$(j security-1 restore list | jq '.restores | length')" 0
of() { awk -v a="$1" -v b="$2" "\$$3 > a && \$$3 < b" "$4" | wc -l; }
now=$(now_us)
echo "# before the switch $(of 0 "$before" 1 "$r/all") answers and $(of 0 "$before" 2 "$r/events") revocations," \
	"after it $(of "$after" "$now" 1 "$r/all") and $(of "$after" "$now" 2 "$r/events")"
claim "there was a race before it" test "$(of 0 "$before" 1 "$r/all")" -ge 40 -a "$(of 0 "$before" 2 "$r/events")" -ge 2
claim "and after it" test "$(of "$after" "$now" 1 "$r/all")" -ge 40 -a "$(of "$after" "$now" 2 "$r/events")" -ge 2
race_claims
finish
