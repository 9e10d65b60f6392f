#!/usr/bin/env bash
# Revocation never loses a race: 32 askers and a revoker for a minute.  Whatever
# was committed before a question was sent, the permit knew of: its status
# event is no older.  And what is refused once stays refused.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/race.sh"

start_accredited
claim "two lots are issued" story_lots 30
race_begin 30 32
sleep "${RACE_SECONDS:-60}"
race_end
claim "there was a race: hundreds of answers, and revocations among them" \
	test "$(wc -l <"$r/all")" -ge 300 -a "$(wc -l <"$r/events")" -ge 5 -a "$(grep -c refuse "$r/all")" -ge 5
race_claims
stop_instance
finish
