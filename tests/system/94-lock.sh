#!/usr/bin/env bash
# Somebody holds a lock, and longer than anybody waits for one: the authority
# and the API give up in time and say BUSY, what does not need it goes on, and
# all is done when it is free.
#   SEED=n ROUNDS=n tests/system/94-lock.sh	says again what went wrong
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
rounds=${ROUNDS:-24}
size=20
seed=${SEED:-$RANDOM}
echo "# seed $seed: SEED=$seed $0 does the same again"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/traffic.sh"
RANDOM=$seed
traffic_prepare $((rounds + 4))
give_up=$((SECONDS + ${GIVE_UP:-900}))

timeout_of() { # role setting
	owner <<<"SELECT option FROM pg_roles, unnest(rolconfig) option
		WHERE rolname = '$1' AND option LIKE '$2=%'"
}
for role in assay_api assay_authority assay_follower assay_notifier; do
	claim "$role waits for a lock for some seconds" grep -qE '^lock_timeout=[0-9]s$' <<<"$(timeout_of $role lock_timeout)"
done
claim "no statement of the API outlasts nginx's patience" is "$(timeout_of assay_api statement_timeout)" statement_timeout=55s

# hold SQL...: a session that holds what the SQL locks, until let_go.
hold() {
	coproc HOLDER { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1 2>&1; }
	echo "BEGIN; SET search_path = assay; $*; \\echo held" >&"${HOLDER[1]}"
	local line
	while read -r -t 20 line <&"${HOLDER[0]}"; do [ "$line" = held ] && return; done
	return 1
}
let_go() {
	local pid=$HOLDER_PID
	echo "ROLLBACK; \\q" >&"${HOLDER[1]}"
	wait "$pid"
}

# ---- each by itself, with the time-outs as they are

newest() { tail -n 1 "$work/lots"; }
state_of() { owner <<<"SELECT state FROM assay.lot WHERE number = '$1'"; }
issued() { is "$(state_of "$1")" issued; }

# A lot that is caught before its first step: its row cannot be written.
kill -STOP "$(pgrep -P "$RUN_PID" -f assay-authority)"
lot_send 0
caught=$(newest)
hold "SELECT FROM lot WHERE number = '$caught' FOR UPDATE"
kill -CONT "$(pgrep -P "$RUN_PID" -f assay-authority)"
lot_send 1
claim "another lot is issued while somebody holds the first one's row" until_true 15 issued "$(newest)"
claim "and the first one waits" not issued "$caught"
claim "the authority says why" grep -q 'work off a lot.*lock timeout' "$VAR/log/authority.log"
let_go
claim "it is issued when its row is free" until_true 20 issued "$caught"

# What the API must write, and what it must read.
hold "LOCK TABLE organisation IN SHARE ROW EXCLUSIVE MODE"
began=$SECONDS
refused BUSY "an organisation cannot be made while somebody holds the table" \
	assay --as officer-1 --quiet org new laggard --name Laggard --country DE --kind auditor
claim "which is said within ten seconds" test $((SECONDS - began)) -le 10
claim "others' questions are answered meanwhile" a reader org list --json
claim "and the clock's lock keeps no lot waiting" lot_send 2
claim "which is issued" until_true 15 issued "$(newest)"
let_go
claim "afterwards it can be made" a officer-1 org new laggard --name Laggard --country DE --kind auditor

# Whoever else is a source comes to these rounds now; lots have been there.
for round in 0 1 2; do traffic_send $round; done

# ---- many, with shorter time-outs, so that each is over soon

for role in assay_api assay_authority assay_follower; do
	echo "ALTER ROLE $role SET lock_timeout = '200ms';"
done | owner
owner <<<"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename LIKE 'assay_%'" >"$work/ended"
holds=("SELECT FROM lot ORDER BY id DESC LIMIT 1 FOR UPDATE"
	"SELECT FROM coc FOR UPDATE"
	"SELECT FROM status_head FOR UPDATE"
	"SELECT FROM issuer FOR UPDATE"
	"LOCK TABLE certificate IN ACCESS EXCLUSIVE MODE"
	"LOCK TABLE lot_row IN SHARE MODE"
	"LOCK TABLE index_range IN EXCLUSIVE MODE"
	"LOCK TABLE publication IN ACCESS EXCLUSIVE MODE")
hold "LOCK TABLE certificate IN SHARE MODE" # the API still reads it
lot_send 3
void() { [ "$(owner <<<"SELECT count(*) FROM assay.index_range WHERE state = 'void'")" -gt 0 ]; }
claim "a range is given up when its certificates cannot be stored" until_true 20 void
let_go
traffic_send 3
held=0
for ((round = 4; round < rounds + 4 && SECONDS < give_up; round++)); do
	lock=${holds[(round - 4) % ${#holds[@]}]}
	# Each of them before anything is sent, then each in its middle.
	[ $(((round - 4) / ${#holds[@]} % 2)) -eq 0 ] && { hold "$lock" && held=$((held + 1)) && lock=; }
	traffic_send "$round" &
	sender=$!
	[ -n "$lock" ] && sleep "0.$(printf %03d $((RANDOM % 40)))" && hold "$lock" && held=$((held + 1))
	sleep "0.$(printf %03d $((350 + RANDOM % 150)))"
	let_go
	wait "$sender" || break
done
echo "# $SECONDS s until the last round is over"
claim "in $rounds rounds everything was accepted" is $((round - 4)) "$rounds"
claim "and each had its lock" is "$held" "$rounds"
claim "whoever was refused was told to try again" not grep -vE '^\[(BUSY|DATABASE_AWAY|WAITING)\]' "$work/again.full"
traffic_account $((rounds + 4))
finish
