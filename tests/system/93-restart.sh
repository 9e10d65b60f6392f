#!/usr/bin/env bash
# The database comes and goes.  In the middle of lots, PostgreSQL is started
# again (fast, and at once) and sessions of each of our roles are ended: no lot
# is lost, who only asks hears nothing of an ended session, and who is refused
# is told to try again.
#   SEED=n ROUNDS=n tests/system/93-restart.sh	says again what went wrong
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
rounds=${ROUNDS:-100}
size=20
seed=${SEED:-$RANDOM}
echo "# seed $seed: SEED=$seed $0 does the same again"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/traffic.sh"
RANDOM=$seed
traffic_prepare "$rounds"

roles="assay_api assay_authority assay_authority assay_follower assay_notifier"
end_sessions() { # role
	local n
	n=$(owner <<<"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '$1'")
	[ "$n" -eq 0 ] || echo "session of $1" >>"$work/ended"
}
# SIGINT: fast, SIGQUIT: immediate.
restart() { kill "-$1" "$(postgres)" && echo "PostgreSQL by $1" >>"$work/ended"; }
strike() { # milliseconds what
	sleep "0.$(printf %03d "$1")"
	case $2 in assay_*) end_sessions "$2" ;; *) restart "$2" ;; esac
}
alive() { kill -0 "$(postgres)" && assay health --quiet; }

# Somebody who asks, twenty times and soon again, as long as PostgreSQL is
# there.  (An address's part behind # stays with curl.)
watching() {
	while [ ! -e "$work/enough" ] && kill -0 $$; do
		if [ -e "$work/away" ]; then sleep 0.1; continue; fi
		api_as reader -w '%{http_code}\n' -o /dev/null "$URL/v1/lots#[1-20]" >"$work/answers"
		[ -e "$work/away" ] || cat "$work/answers" >>"$work/asked"
		sleep 0.1
	done
}
: >"$work/asked" >"$work/ended"
watching &
watcher=$!

give_up=$((SECONDS + ${GIVE_UP:-900}))
for ((round = 0; round < rounds && SECONDS < give_up; round++)); do
	delay=$((RANDOM % 90))
	what=$(set -- $roles; shift $((RANDOM % 5)); echo "$1")
	# Each tenth is a restart, one in two of them at once.
	if [ $((round % 10)) -eq 9 ]; then
		[ $((round % 20)) -eq 9 ] && what=INT || what=QUIT
		touch "$work/away"
		sleep 0.1
	fi
	strike "$delay" "$what" &
	striker=$!
	traffic_send "$round" || break
	wait "$striker"
	if [ -e "$work/away" ]; then
		until_true 20 alive || break
		rm "$work/away"
	fi
done
echo "# $SECONDS s until the last round is over"
claim "in $rounds rounds everything was accepted" is "$round" "$rounds"
claim "each role's sessions were ended, and PostgreSQL started again both ways" \
	is "$(sort -u "$work/ended" | wc -l)" 6
echo "# ended: $(sort "$work/ended" | uniq -c | tr -s ' \n' ' ')"
touch "$work/enough"
wait "$watcher"
claim "$(wc -l <"$work/asked") questions were asked" test "$(wc -l <"$work/asked")" -gt $((3 * rounds))
claim "and none failed because a session was ended" not grep -v 200 "$work/asked"
traffic_account "$rounds"
finish
