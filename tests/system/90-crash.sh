#!/usr/bin/env bash
# Death at any moment.  Again and again assay-authority or PostgreSQL is killed
# while lots are on their way; afterwards nothing may be lost, nothing doubled,
# and nothing good that is not in the register.
#   SEED=n ROUNDS=n tests/system/90-crash.sh	says again what went wrong
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
rounds=${ROUNDS:-36}
lots=1
size=60
seed=${SEED:-$RANDOM}
echo "# seed $seed: SEED=$seed $0 does the same again"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/traffic.sh"
RANDOM=$seed
traffic_prepare "$rounds"

# Somebody who fetches whatever is to be had, all the time.
fetch() {
	local n lot
	for ((n = 0; ; n++)); do
		[ -e "$work/enough" ] || ! kill -0 $$ && return
		for lot in $(tail -n 4 "$work/lots" 2>/dev/null); do
			a tresor-pki lot certificates "$lot" --json --out "$work/got/$lot.$((n % 2))" 2>/dev/null ||
				rm -f "$work/got/$lot.$((n % 2))"
		done
		sleep 0.2
	done
}
fetch &
fetcher=$!

authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
kill_after() { # milliseconds authority|postgres
	sleep "0.$(printf %03d "$1")"
	kill -9 "$($2)" 2>/dev/null && echo "$2" >>"$work/killed"
}
alive() { kill -0 "$(authority)" && kill -0 "$(postgres)" && assay health --quiet; }
: >"$work/killed"
give_up=$((SECONDS + ${GIVE_UP:-900}))
for ((round = 0; round < rounds && SECONDS < give_up; round++)); do
	until_true 20 alive || break
	victim=authority delay=$((RANDOM % 200))
	[ $((RANDOM % 3)) -eq 0 ] && victim=postgres
	kill_after "$delay" "$victim" &
	killer=$!
	traffic_send "$round" || break
	wait "$killer"
done
echo "# $SECONDS s until the last round is over"
claim "in $rounds rounds everything was accepted" is "$round" "$rounds"
claim "somebody was killed in most of them" test "$(wc -l <"$work/killed")" -gt $((rounds / 2))
echo "# killed: $(sort "$work/killed" | uniq -c | tr -s ' \n' ' ')"
claim "everything comes to its end" until_true 60 traffic_done
touch "$work/enough"
wait "$fetcher"
traffic_account "$rounds"
finish
