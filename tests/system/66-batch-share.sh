#!/usr/bin/env bash
# Batches and others: one operator's leave room for another's, and what was in the
# way of one is over when it is tried again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
story_organisation fernfunk "Fernfunk" operator
story_principal fernfunk-hlr fernfunk operator
story_principal mobilfunk-two mobilfunk operator
claim "two lots are issued" story_lots 4
d=$work/d
mkdir -p "$d"
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
sql() { psql -h "$run" -d assay -qAtX -c "SET search_path = assay; $1"; }
uuid() { cat /proc/sys/kernel/random/uuid; }
# ask NAME [WHO]: $d/NAME.out, $d/NAME.head; the status on standard output
ask() {
	api_as "${2:-mobilfunk-hlr}" -o "$d/$1.out" -D "$d/$1.head" -w '%{http_code}' --max-time 120 \
		-H 'Content-Type: application/x-ndjson' --data-binary "@$d/$1" "$URL/v1/decisions/batch"
}
code() { head -1 "$d/$1.out" | jq -r '.type // "" | sub(".*/"; "")'; }
many() { # NAME N: prechecks of nothing at all
	echo "{\"batch\":\"$(uuid)\",\"items\":$2,\"purpose\":\"precheck\"}" >"$d/$1"
	yes '{}' | head -"$2" >>"$d/$1"
}

# Who waits here waits for as long as it takes a slow machine to look.
sql "ALTER ROLE assay_api SET lock_timeout = '60s'"
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'assay_api'" >/dev/null

# A session of the database's own, which stands in the way of that batch alone.
mkfifo "$d/commands"
psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 <"$d/commands" >"$d/session" 2>&1 &
exec 9>"$d/commands"
says() { echo "$1" >&9; }
came_in() { [ "$(sql "SELECT 1 FROM decision_batch WHERE batch = '$1'")" = 1 ]; }
waits() { [ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%$1%'")" = t ]; }
says 'SET search_path = assay;'
# stand_in_its_way NAME: of the batch in $d/NAME, once it has come in; there is an
# answer to it already, or there is not, as this session will say
stand_in_its_way() {
	local id
	id=$(head -1 "$d/$1" | jq -r .batch)
	until_true 20 came_in "$id" &&
		says "BEGIN; INSERT INTO decision_batch_answer (batch_id, permit, refuse, indeterminate, event_id, leaves,
			receipt, signer_id) SELECT b.id, 0, 0, 0, 0, '', '', min(c.id) FROM decision_batch b,
			delegated_certificate c WHERE b.batch = '$id' GROUP BY b.id;" &&
		until_true 60 waits decision_batch_end
}

# ---- a share each

many first 30000 # they take longer than it takes to see that they came
many second 10
many theirs 10
ask first >"$d/status" &
asker=$!
claim "an operator's batch is being judged" stand_in_its_way first
claim "its next one is not, meanwhile" is "$(ask second) $(code second)" "429 RATE_LIMITED"
claim "and it is told when to come again" grep -qi '^retry-after: [1-9]' "$d/second.head"
claim "by whichever of its people" is "$(ask second mobilfunk-two) $(code second)" "429 RATE_LIMITED"
printf 'tre,terminal\nTRE-3,TERM-3\n' >"$d/in.csv"
assay --as mobilfunk-two decide --batch "$d/in.csv" --out "$d/out.csv" 2>"$d/err" &
table=$!
claim "who asks by table is told, too" until_true 20 grep -q '"POST /v1/decisions/batch" 429 ' "$VAR/log/access.log"
claim "another operator's is" is "$(ask theirs fernfunk-hlr)" 200
claim "though the first is not answered yet" kill -0 "$asker"
says "ROLLBACK;"
wait "$asker"
if wait "$table"; then ok "and goes on once there is room"; else not_ok "and goes on"; cat "$d/err"; fi
claim "permitted" grep -q '^TRE-3,TERM-3,permit' "$d/out.csv"
claim "once" is "$(sql "SELECT count(*) FROM decision d JOIN certificate c ON c.der_sha256 = d.tre_sha256")" 1
claim "the first is answered" is "$(cat "$d/status")" 200
claim "then the next one" is "$(ask second)" 200
claim "which came in before, and not a second time" is \
	"$(sql "SELECT count(*) FROM decision_batch WHERE batch = '$(head -1 "$d/second" | jq -r .batch)'")" 1

# ---- what was in the way

for i in 1 2; do echo "$(tre_id $i) $(term_id $i)"; done |
	"$bin/tests/batch" "$VAR/devices" "$(uuid)" "$(j mobilfunk-hlr challenge new | jq -r .challenge)" mobilfunk \
		initial_download >"$d/x"
{
	head -1 "$d/x" | jq -c '.items = 30002'
	tail -n +2 "$d/x"
	yes '{}' | head -30000 # which take their time, and nothing else
} >"$d/two"
ask two >"$d/status" &
asker=$!
# its snapshot is there, and what follows from its permits comes when all are judged
is_judged() { [ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'assay_api' AND xact_start IS NOT NULL
	AND query ~ 'decision_(sides|batch_add)'")" = t ]; }
claim "a batch of devices that never got a permit is being judged" until_true 60 is_judged
says "UPDATE device SET state = 'in_service' WHERE device_id = '$(tre_id 1)';"
wait "$asker"
claim "one of them gets one by another question first: it is judged again" is "$(cat "$d/status")" 200
claim "and all are permitted" is "$(sed -n 2,4p "$d/two.out" | jq -r .item.decision.verdict | xargs)" "permit permit refuse"
claim "once, beside what the table asked for" is "$(sql "SELECT count(*) FROM decision WHERE tre_sha256 IS NOT NULL AND verdict = 'permit'")" 3
claim "that there was something in the way the database knows" is "$(grep -c 'could not serialize access' "$VAR/log/postgres.log")" 1

# ---- what waited for others until it had lapsed

many third 30000
ask third >"$d/status" &
asker=$!
claim "a batch is being judged again" stand_in_its_way third
printf 'tre,terminal\nTRE-4,TERM-4\n' >"$d/in.csv"
told() { grep -c '"POST /v1/decisions/batch" 429 ' "$VAR/log/access.log"; }
before=$(told)
assay --as mobilfunk-two decide --batch "$d/in.csv" --out "$d/out.csv" 2>"$d/err" &
table=$!
claim "who asks by table meanwhile waits" until_true 20 eval '[ "$(told)" -gt "$before" ]'
lapsed=$(sql "SET session_replication_role = replica; UPDATE decision_batch SET received = received - interval '10 minutes'
	WHERE id = (SELECT max(id) FROM decision_batch) AND size = 1 RETURNING id")
says "ROLLBACK;"
wait "$asker"
claim "for ten minutes, it seems to the server" test -n "$lapsed"
if wait "$table"; then ok "its devices sign anew"; else not_ok "its devices sign anew"; cat "$d/err"; fi
claim "and are permitted" grep -q '^TRE-4,TERM-4,permit' "$d/out.csv"
claim "by another batch: the one that lapsed is never answered" is "$(sql "SELECT count(*) FROM decision WHERE batch_id = $lapsed")" 0
exec 9>&-
finish
