#!/usr/bin/env bash
# PostgreSQL fails over.  A synchronous standby has everything: it is promoted
# and the system goes on without anybody.  An asynchronous one that was behind has
# lost a revocation and an issuance: nothing is issued, permitted or said to be
# good until two people have looked.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
. "$top/tests/lib/restore.sh"
story_lots 6 >/dev/null
answers "at first all is well" permit - --tre TRE-1 --terminal TERM-1
replication_allowed

# ---- a synchronous standby
claim "a standby follows, synchronously" standby_new one sync
claim "a certificate is revoked" a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise
revoked_at=$(head_event)
primary_dies
standby_takes_over one
claim "the standby is promoted, and permits are given again" until_true 25 permitted TRE-1 TERM-1
claim "nobody had to do anything" is "$(j security-1 restore list | jq '.restores | length')" 0
claim "on another timeline" test "$(owner <<<"SELECT timeline_id FROM pg_control_checkpoint()")" -gt 1
answers "the revocation is there" refuse CERTIFICATE_REVOKED --tre TRE-2 --terminal TERM-2
claim "by the same event" test "$(head_event)" -ge "$revoked_at"
claim "OCSP goes on" until_true 10 ocsp_says TRE-1 good
claim "and says so" ocsp_says TRE-2 revoked
number=$(submit AFTER- 2)
claim "and issuing goes on" collected "$number" 2
claim "what is revoked now" a security-1 cert revoke "$(serial_of TRE-3)" --reason superseded
claim "is seen" until_true 10 ocsp_says TRE-3 revoked

# ---- the same in the middle of revocations: none that was answered is lost
claim "a second synchronous standby" standby_new two sync

# Whoever ends the wait for a standby that is silent has nothing acknowledged by it.
receiver=$(pgrep -P "$(head -n 1 "$work/two/postmaster.pid")" -f walreceiver)
kill -STOP "$receiver"
a security-1 cert revoke "$(serial_of TRE-5)" --reason superseded >"$work/alone" 2>&1 &
asker=$!
ends_waits() {
	owner <<<"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'" >/dev/null
	! kill -0 "$asker" 2>/dev/null
}
claim "a wait for the standby is ended from outside" until_true 20 ends_waits
claim "and what was waited for is not acknowledged" grep -q STANDBY_AWAY "$work/alone"
kill -CONT "$receiver"
claim "though it was done, as it said it might be" until_true 10 ocsp_says TRE-5 revoked

a tresor-pki device new --kind tre --prefix MANY- --count 20 --rows "$VAR/many.rows"
number=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/many.rows" | jq -r .number)
claim "twenty devices more" collected "$number" 20
: >"$work/answered"
for i in $(seq 20); do
	a security-1 cert revoke "$(serial_of MANY-$i)" --reason superseded 2>/dev/null && echo "MANY-$i" >>"$work/answered"
done &
revoker=$!
sleep 0.6
primary_dies
standby_takes_over two
wait "$revoker"
claim "the second one takes over in the middle of revoking" until_true 25 permitted TRE-1 TERM-1
claim "without anybody" is "$(j security-1 restore list | jq '.restores | length')" 0
claim "each of the $(wc -l <"$work/answered") revocations that were answered is there" eval \
	'test -s "$work/answered" && while read -r t; do ocsp_says "$t" revoked || { echo "$t"; exit 1; }; done <"$work/answered"'

# ---- a follower of a standby: what is cut off vouches for nothing new
claim "a standby for readers" standby_new reader async
sed "s|^run = .*|run = $(cat "$work/reader.socket")|; s|^var = .*|var = $work/node|" "$VAR/assay.cnf" >"$work/node.cnf"
mkdir -p "$work/node"
"$bin/assay-follower" -c "$work/node.cnf" 2>"$work/node.log" &
node=$!
node_says() { "$bin/assay-follower" -c "$work/node.cnf" status | awk -v of="$1" '$1 == of { print $2 }'; }
is_vouched() { [ -n "$(node_says checked)" ] && [ "$(node_says event)" = "$(head_event)" ]; }
claim "its follower vouches for what it has heard" until_true 90 is_vouched
claim "and hears on" until_true 90 eval '[ "$(node_says behind)" -lt 10 ]'
standby_falls_behind reader
sleep 3 # what was on its way is heard
last=$(node_says checked)
claim "what happens when it is cut off" a security-1 cert revoke "$(serial_of TRE-6)" --reason superseded
sleep 3
claim "it has not heard of" test "$(node_says event)" -lt "$(head_event)"
claim "and does not vouch for" is "$(node_says checked)" "$last"
kill $node
wait $node
"$pg_bin/pg_ctl" -D "$work/reader" -m fast -w stop >/dev/null
rm -rf "$(cat "$work/reader.socket")"

# ---- an asynchronous one, behind
claim "a third standby follows, but not synchronously" standby_new three async
standby_falls_behind three
claim "a certificate is revoked that it never hears of" a security-1 cert revoke "$(serial_of TRE-4)" \
	--reason keyCompromise
claim "the world does" until_true 10 ocsp_says TRE-4 revoked
lost_number=$(submit LOST- 3)
claim "and three more are issued" collected "$lost_number" 3
remember
sleep 1.2
primary_dies
standby_takes_over three
claim "that it has lost something is noticed" until_true 25 is_lost
claim "no decision is given, whatever is asked in the first seconds" never_permitted 5 TRE-4 TERM-4
claim "OCSP says of nothing that it is good" never_good 2 TRE-1 TRE-4 LOST-1
late=$(submit LATE- 2)
sleep 2
claim "nothing is issued" is "$(lot_issued "$late")" 0
claim "which certificate was revoked is known" is "$(known "$(serial_of TRE-4)")" "revoked keyCompromise"
claim "two people resolve it" resolve
claim "then what was revoked is revoked" until_true 20 ocsp_says TRE-4 revoked
answers "for decisions, too" refuse CERTIFICATE_REVOKED --tre TRE-4 --terminal TERM-4
claim "what is good is good" until_true 10 ocsp_says TRE-1 good
claim "what is lost is not" not ocsp_says LOST-1 good
claim "the lot that had waited is issued" until_true 30 lot_is "$late" 2
claim "and no serial number comes twice" no_serial_twice LATE-1 LATE-2
channels_agree
finish
