#!/usr/bin/env bash
# Challenges and decisions, as the database keeps them: one operator's, for 300
# seconds, once, whoever tries at the same time, and forgotten an hour later; and
# what was decided never changes.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

. tests/lib/device.sh

sql assay_test <<'SQL' >/dev/null || exit 1
SET ROLE assay_owner;
CREATE FUNCTION t.c(n int) RETURNS bytea LANGUAGE sql IMMUTABLE AS -- as given at 2027-01-01T00:00:00Z
	$$ SELECT substr(int8send(1798761600000), 3) || substr(sha256(int4send(n)), 7) $$;
GRANT EXECUTE ON FUNCTION t.c(int) TO assay_api;
SQL
consume() { echo "SELECT t.so(challenge_consume(t.c($1)) = '$2', challenge_consume(t.c($1)));"; }

# ---- 300 seconds

at 2027-01-01T00:00:00Z
for n in 1 2 3 4 5; do may operator-1 "challenge $n" <<<"SELECT challenge_add(t.c($n));"; done
so "it says that it is good for 300 seconds" "(SELECT bool_and(expires = created + interval '300 seconds') FROM challenge)"
may operator-1 "and that is what it says" <<<"SELECT t.so(expires = '2027-01-01T00:05:00Z') FROM challenge_add(t.c(9));"
may operator-1 "it begins with when it was given, whatever is asked for" <<<"
	SELECT t.so(value = t.c(8)) FROM challenge_add('\\xffffffffffff' || substr(t.c(8), 7));"
mustnt operator-1 challenge_value_check "one of 31 octets is none" <<<"SELECT challenge_add('\\x$(printf '00%.0s' {1..31})');"
mustnt operator-1 23505 "nor is one that was given before" <<<"SELECT challenge_add(t.c(1));"
mustnt acme-1 AY002 "a supplier gets none" <<<"SELECT challenge_add(t.c(10));"
at 2027-01-01T00:04:59Z
may other-1 "it is its operator's: to another it is unknown" <<<"$(consume 1 unknown)"
may operator-1 "in its last second it is good" <<<"$(consume 1 good)"
may operator-1 "once" <<<"$(consume 1 replayed)"
at 2027-01-01T00:05:00Z
may operator-1 "at 300 seconds it is expired" <<<"$(consume 2 expired)"
may operator-1 "what was used stays used" <<<"$(consume 1 replayed)"
may operator-1 "and nobody knows one that was never given" <<<"$(consume 77 unknown)"
at 2026-12-31T23:54:59Z
may operator-1 "one that was given by a clock that was ahead is good no longer than another" <<<"$(consume 4 expired)"
at 2027-01-01T00:05:00Z
so "an expired one is not used up" "(SELECT consumed IS NULL FROM challenge WHERE value = t.c(2))"

# ---- two at the same time: the second one waits, and finds it used

at 2027-01-01T00:01:00Z
coproc FIRST { sql assay_api; }
echo "BEGIN; CALL t.as('operator-1'); SELECT challenge_consume(t.c(3));" >&"${FIRST[1]}"
read -r -t 20 first <&"${FIRST[0]}"
[ "$first" = good ] && echo "ok - the first of two has it" || { echo "not ok - the first of two has it: $first"; bad=1; }
by operator-1 <<<"SELECT challenge_consume(t.c(3));" | sql assay_api >"$pg/second" &
second=$!
waits() { [ "$(sql assay_test <<<"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 1 ]; }
for _ in {1..100}; do waits && break; sleep 0.1; done
if waits; then echo "ok - the second waits for it"; else echo "not ok - the second waits for it"; bad=1; fi
pid=$FIRST_PID
echo "COMMIT; \\q" >&"${FIRST[1]}"
wait "$pid" "$second"
if [ "$(cat "$pg/second")" = replayed ]; then echo "ok - and finds it used"
else echo "not ok - and finds it used"; sed 's/^/# /' "$pg/second"; bad=1; fi

# ---- forgotten an hour after its end

tick() { claim assay_authority "$1" <<<"SELECT t.so($2, (clock_tick())::text)"; }
forgets="(SELECT clock_challenge(assay_now()))"
kept="(SELECT count(*) FROM challenge)"
for role in assay_api assay_authority; do
	refused $role 42501 "$role has none forgotten by itself" <<<"SELECT clock_challenge(assay_now());"
	refused $role 42501 "nor says that there are none" <<<"UPDATE challenge_left SET since = ''"
done
at 2027-01-01T01:04:59.999Z
tick "an hour after its end, less a millisecond" "(SELECT changes = 0 FROM clock_tick())"
may operator-1 "it is known that one was used" <<<"$(consume 1 replayed)"
may operator-1 "and one was not" <<<"$(consume 2 expired)"
may operator-1 "another is given, that is not over" <<<"SELECT challenge_add(t.c(1));"
at 2027-01-01T01:05:00Z
coproc HOLDER { sql assay_test; }
echo "BEGIN; SELECT clock_challenge(assay_now());" >&"${HOLDER[1]}"
read -r -t 20 gone <&"${HOLDER[0]}"
[ "$gone" = 7 ] && echo "ok - then all seven go" || { echo "not ok - then all seven go: $gone"; bad=1; }
may operator-1 "and nobody waits for the clock" <<<"SET LOCAL lock_timeout = '200ms'; $(consume 1 replayed)"
pid=$HOLDER_PID
echo "COMMIT; \\q" >&"${HOLDER[1]}"
wait "$pid"
may operator-1 "they are forgotten: one that was used" <<<"$(consume 1 unknown)"
may operator-1 "and one that was not" <<<"$(consume 2 unknown)"
so "what is not over stays" "$kept = 1"
tick "a second tick has nothing to do" "(SELECT changes = 0 FROM clock_tick())"
given() { # FROM TO AT: as if these had been given then
	sql assay_test <<<"INSERT INTO assay.challenge (value, organisation_id, created, expires)
		SELECT assay.challenge_begins('$3') || substr(sha256(int4send(n)), 7), 1, '$3', '$3'::timestamptz + interval '300 s'
		FROM generate_series($1, $2) n"
}
given 1 12000 2027-01-01T00:30:00Z
at 2027-01-01T01:40:00Z
for n in 5000 5000 2000 0; do so "of many so many at a time: $n" "$forgets = $n"; done
so "and what is not over stays" "$kept = 1"
at 2027-01-01T00:20:00Z # a clock that was set back
given 1 5 2027-01-01T00:10:00Z
at 2027-01-01T01:20:00Z
so "what a clock that was set back gave goes, too" "$forgets = 5"
at 2027-01-01T02:09:59.999Z
so "the last one goes" "$forgets = 1"
so "then there is none" "$kept = 0"
at 2027-01-03T00:00:00Z
plan=$(sql assay_test <<'SQL'
INSERT INTO assay.challenge (value, organisation_id, created, expires) SELECT assay.challenge_begins(t) || substr(sha256(int4send(n)), 7),
	1, t, t + interval '300 s' FROM generate_series(1, 50000) n, LATERAL (SELECT timestamptz '2027-01-02' + n * interval '1 ms') x (t);
SELECT assay.clock_challenge('2027-01-03') FROM generate_series(1, 11);
SET enable_seqscan = off;
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS) SELECT assay.clock_challenge('2027-01-03');
SQL
)
pages=$(sed -n 's/.*shared hit=\([0-9]*\).*/\1/p' <<<"$plan" | sort -n | tail -1)
[ "${pages:-999}" -lt 20 ] && echo "ok - and where nothing is over it does not look at all that is gone: $pages pages" ||
	{ echo "not ok - where nothing is over it looks at all that is gone"; sed 's/^/# /' <<<"$plan"; bad=1; }
at 2027-01-01T00:01:00Z

# ---- what was decided

decide() { # ID REQUEST SHA256
	echo "SELECT decision_add('00000000-0000-4000-8000-00000000000$1', '00000000-0000-4000-8000-0000000000a$2', t.sha('$3'),
	    'precheck', 'tre_and_platform', 'indeterminate', '{PRECHECK_ONLY}', '{}', NULL, NULL, 0, 'r', 1);"
}
may operator-1 "a decision is recorded" <<<"$(decide 1 1 question)"
mustnt operator-1 REQUEST_ID_REUSED "its request's id is for no other question" <<<"$(decide 2 1 another)"
mustnt operator-1 REQUEST_IN_PROGRESS "nor for the same a second time" <<<"$(decide 2 1 question)"
may other-1 "another operator may have the same id" <<<"$(decide 2 1 another)"
mustnt acme-1 AY002 "a supplier has no decisions" <<<"$(decide 3 3 question)"
for change in "UPDATE decision SET verdict = 'permit'" "DELETE FROM decision" "TRUNCATE decision CASCADE"; do
	refused assay_test APPEND_ONLY "not even its owner can: ${change%% *}" <<<"SET ROLE assay_owner; $change"
	refused assay_api "permission denied" "the api can still less: ${change%% *}" <<<"$change"
done
refused assay_api "permission denied" "nor does it give itself a challenge back" <<<"UPDATE challenge SET consumed = NULL"
exit $bad
