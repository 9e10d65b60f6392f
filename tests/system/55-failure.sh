#!/usr/bin/env bash
# Whatever fails while a question is answered: no permit, nothing on record, and
# its challenge as good as before, so that the same octets are permitted when it is
# over.  What was in the way is tried five times.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 2
d=$work/d
mkdir "$d"
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
json='Content-Type: application/json'

# question NAME: about the first device, signed just now, into $d/NAME
question() {
	api_as mobilfunk-hlr -H "$json" -d '{}' "$URL/v1/challenges" | jq -c . |
		"$bin/tests/decide" "$VAR" mobilfunk 1 >"$d/$1"
}
# ask NAME: status and verdict, or the problem's code
ask() {
	local status
	status=$(api_as mobilfunk-hlr -m 90 -o "$d/$1.out" -w '%{http_code}' -H "$json" --data-binary "@$d/$1" "$URL/v1/decisions")
	echo "$status $(jq -r '.verdict // (.type | split("/")[-1])' "$d/$1.out" 2>&1)"
}
recorded() { sql "SELECT count(*) FROM decision WHERE request_id = '$(jq -r .request_id "$d/$1")'"; }
used() { sql "SELECT count(consumed) FROM challenge WHERE value = decode('$(jq -r .challenge "$d/$1")', 'base64')"; }
# no_permit "sentence" NAME "STATUS CODE": with no trace of it
no_permit() {
	claim "$1: $3" is "$(cat "$d/$2.said")" "$3"
	claim "  and no word of a verdict" not grep -Eq '"verdict"|"receipt"|permit' "$d/$2.out"
	claim "  nothing is on record, and the challenge is not used" is "$(recorded "$2") $(used "$2")" "0 0"
}
# then_permit NAME: the same octets again
then_permit() { claim "  the same octets are permitted when it is over" is "$(ask "$1")" "200 permit"; }

question good
claim "a good question" is "$(ask good)" "200 permit"
claim "is on record, and its challenge is used" is "$(recorded good) $(used good)" "1 1"

# ---- somebody's lock, longer than anybody waits

# A session that holds the table that decisions are recorded in.
mkfifo "$d/commands"
psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 <"$d/commands" >"$d/session" 2>&1 &
exec 9>"$d/commands"
says() { echo "$1" >&9; }
waiting() { sql "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'decision'::regclass"; }
held() { [ "$(sql "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'ShareRowExclusiveLock' AND relation = 'decision'::regclass")" = 1 ]; }
hold() { says "SET search_path = assay; BEGIN; LOCK TABLE decision IN SHARE ROW EXCLUSIVE MODE;" && until_true 10 held; }

question locked
claim "somebody holds the table of decisions" hold
ask locked >"$d/locked.said"
no_permit "who waits for a lock too long" locked "503 BUSY"
says "ROLLBACK;"
then_permit locked

# ---- its session is ended, at whatever it is

question ended
claim "the table is held again" hold
ask ended >"$d/ended.said" &
asking=$!
ends() { # every session that waits for it, until there is an answer
	while kill -0 $asking 2>/dev/null; do
		sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'decision'::regclass" >/dev/null
		sleep 0.1
	done
}
ends
wait $asking
no_permit "whose session is ended" ended "503 $(cut -d' ' -f2 "$d/ended.said")"
claim "  it is told to ask again" grep -qE '^503 (BUSY|DATABASE_AWAY)$' "$d/ended.said"
says "ROLLBACK;"
then_permit ended

# ---- contended: two wait for each other, and the API's side is given up

# contend NAME N: a decision of the same request is recorded and not yet committed, so
# that the API's waits for it; and what the API holds meanwhile, the table of
# challenges, is asked for, N times.  This session never looks for a deadlock, so it is
# always the other one that is given up; and a table's lock, not a row's, is handed on
# to whoever waits for it, so that the API's next try is not there before this session.
in_the_way() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND state = 'idle in transaction' AND query LIKE '%in the way%'")" = 1 ]; }
contend() {
	says "BEGIN; INSERT INTO decision SELECT (jsonb_populate_record(x, jsonb_build_object('id', gen_random_uuid(),
	    'request_id', '$(jq -r .request_id "$d/$1")'))).* FROM decision x WHERE request_id = '$(jq -r .request_id "$d/good")';
	SELECT 'in the way';"
	until_true 10 in_the_way || return
	says "SET deadlock_timeout = '1h'; DO \$\$ DECLARE n int; BEGIN
	FOR i IN 1..$2 LOOP
		n := 0;
		WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid) LOOP
			PERFORM pg_sleep(0.02);
			n := n + 1;
			IF n > 1500 THEN RAISE 'nobody came for time %', i; END IF;
		END LOOP;
		BEGIN
			LOCK TABLE challenge IN SHARE ROW EXCLUSIVE MODE;
			RAISE EXCEPTION 'had it';
		EXCEPTION WHEN raise_exception THEN NULL;
		END;
	END LOOP; END \$\$; ROLLBACK;"
}
deadlocks() { grep -c 'deadlock detected' "$VAR/log/postgres.log"; }
# Once with those that came with it, which is nobody, and then by itself.
question contended
before=$(deadlocks)
claim "somebody else's record of it is in the way" contend contended 6
ask contended >"$d/contended.said"
no_permit "who was in somebody's way five times" contended "503 CONTENDED"
claim "  five times by itself, after once with whoever came with it" is $(($(deadlocks) - before)) 6
then_permit contended
question fifth
before=$(deadlocks)
claim "somebody else's record of it is in the way" contend fifth 5
claim "the fifth time is one more than four" is "$(ask fifth)" "200 permit"
claim "  of which each was given up" is $(($(deadlocks) - before)) 5
claim "  on record once" is "$(recorded fifth) $(used fifth)" "1 1"
exec 9>&-

# ---- what the database refuses, at the row and at the commit

refuse() { # SQLSTATE WHEN
	sql "CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no'' USING ERRCODE = ''$1''; END';
	CREATE CONSTRAINT TRIGGER refuses AFTER INSERT ON decision DEFERRABLE INITIALLY $2 FOR EACH ROW EXECUTE FUNCTION refuses()"
}
for when in immediate deferred; do
	# a statement that took too long; a full disk; what nobody has thought of
	for state in 57014:503:BUSY 53100:507:STORAGE_FULL XX000:500:INTERNAL; do
		IFS=: read -r code status word <<<"$state"
		question "$code.$when"
		refuse "$code" "$when"
		ask "$code.$when" >"$d/$code.$when.said"
		no_permit "SQLSTATE $code, ${when/deferred/at the commit}" "$code.$when" "$status $word"
		sql "DROP TRIGGER refuses ON decision; DROP FUNCTION refuses"
		then_permit "$code.$when"
	done
done

# ---- nobody to sign the receipt

authority=$(pgrep -P "$RUN_PID" assay-authority)
kill -STOP "$authority" # or it would make another
workers() { for f in "$VAR"/api/kore-*.pid; do pgrep -P "$(cat "$f")"; done; }
signers() { sql_past "UPDATE delegated_certificate c SET not_after = not_after $1 interval '100 years'
	FROM delegated_key k WHERE k.id = c.key_id AND k.kind = 'receipt'"; }
question unsigned
signers -
kill -9 $(workers) # who remember the certificate for a minute
unsigned() { ask unsigned >"$d/unsigned.said"; [ "$(cat "$d/unsigned.said")" != "503 BUSY" ]; }
until_true 10 unsigned
no_permit "no certificate to sign with" unsigned "503 NO_RECEIPT_SIGNER"
signers +
then_permit unsigned
kill -CONT "$authority"
finish
