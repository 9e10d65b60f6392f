#!/usr/bin/env bash
# What must hold of several columns of a lot, a CoC or an event of the status log
# holds, whichever of them is written, by the owner too; and what time it is.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/follower.sh

so() { # sentence expression
	claim assay_test "$1" <<<"SELECT t.so($2, \$\$$2\$\$)"
}
unfit() { # sentence, and a statement, after the guards that would refuse it first are off
	refused assay_test 23514 "$1" <<<"BEGIN;
		ALTER TABLE lot DISABLE TRIGGER state_guard, DISABLE TRIGGER state_guard_change;
		ALTER TABLE coc DISABLE TRIGGER state_guard, DISABLE TRIGGER state_guard_change, DISABLE TRIGGER coc_is_fixed;
		$2; COMMIT"
}
fits() {
	claim assay_test "$1" <<<"BEGIN;
		ALTER TABLE lot DISABLE TRIGGER state_guard, DISABLE TRIGGER state_guard_change;
		ALTER TABLE coc DISABLE TRIGGER state_guard, DISABLE TRIGGER state_guard_change, DISABLE TRIGGER coc_is_fixed;
		$2; ROLLBACK"
}

unfit "a lot that is not open has no end" "UPDATE lot SET until = now()"
unfit "an open one has one" "UPDATE lot SET kind = 'open'"
fits "one with an end may be open" "UPDATE lot SET kind = 'open', until = now()"
unfit "a lot that a CA reports has a CA" "UPDATE lot SET kind = 'certificate'"
unfit "a lot that is paused goes on somewhere" "UPDATE lot SET state = 'paused'"
unfit "and does not forget where" "UPDATE lot SET state = 'paused', paused_in = 'issuing'; UPDATE lot SET paused_in = NULL"
fits "as one does that says where" "UPDATE lot SET state = 'paused', paused_in = 'issuing'"
unfit "nor does one begin otherwise" "INSERT INTO lot OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(l,
	'{\"id\": 99, \"number\": \"LOT-99\", \"rows_sha256\": \"\\\\x$(printf '%064d' 9)\", \"state\": \"paused\"}')).* FROM lot l"

unfit "a CoC in force has an end" "UPDATE coc SET state = 'certified', valid_from = now()"
unfit "and a beginning" "UPDATE coc SET state = 'certified', expires = now()"
fits "with both it may be" "UPDATE coc SET state = 'certified', valid_from = now(), expires = now()"
unfit "which it does not lose" "UPDATE coc SET state = 'certified', valid_from = now(), expires = now(); UPDATE coc SET expires = NULL"
unfit "it rests on a declaration" "UPDATE coc SET state = 'certified', valid_from = now(), expires = now(); UPDATE coc SET declaration_id = NULL"
unfit "and on a rule set" "UPDATE coc SET state = 'certified', valid_from = now(), expires = now(), ruleset_id = NULL"
unfit "one that is not suspended was suspended by none" "UPDATE coc SET suspended_by = id"
unfit "no more is used than the quota" "UPDATE coc SET used = quota + 1"

unfit "an event of certificates has a range" "INSERT INTO status_event (id, at, kind, issuer_id) VALUES (9, now(), 'issued', 3)"
unfit "and an issuer" "INSERT INTO status_event (id, at, kind, first, count) VALUES (9, now(), 'issued', 1, 1)"
unfit "and none alone" "INSERT INTO status_event (id, at, kind) VALUES (9, now(), 'void')"
unfit "one of a cohort names it" "INSERT INTO status_event (id, at, kind) VALUES (9, now(), 'cohort_held')"
unfit "no other does" "INSERT INTO status_event (id, at, kind, issuer_id, first, count, cohort_kind, cohort_id) VALUES (9, now(), 'held', 3, 1, 1, 'lot', 1)"
unfit "nor has a cohort's a range" "INSERT INTO status_event (id, at, kind, issuer_id, first, count, cohort_kind, cohort_id) VALUES (9, now(), 'cohort_held', 3, 1, 1, 'lot', 1)"
unfit "there are no other kinds" "INSERT INTO status_event (id, at, kind) VALUES (9, now(), 'forgotten')"
append() { echo "SELECT assay.status_append(jsonb_populate_record(NULL::assay.status_event, '$1'))"; }
refused assay_test 23503 "nothing is said of a CA that there is not" <<<"$(append '{"kind": "held", "issuer_id": 77, "first": 1, "count": 1}')"
claim assay_test "but of one that there is" <<<"$(append '{"kind": "held", "issuer_id": 3, "first": 1, "count": 1}')"

# ---- what time it is
so "it is now" "assay_now() = now()"
claim assay_test "which no statement looks up" <<<"SET ROLE assay_authority; PREPARE n AS SELECT assay_now(); EXECUTE n;
	DO \$\$ DECLARE l text; BEGIN
	FOR l IN EXECUTE 'EXPLAIN (VERBOSE) SELECT assay_now()' LOOP ASSERT l NOT LIKE '%assay_now%', l; END LOOP; END \$\$"
refused assay_api 42501 "the api does not set it" <<<"INSERT INTO test_clock (now) VALUES ('2031-01-01')"
refused assay_authority 42501 "nor makes the function another" <<<"CREATE OR REPLACE FUNCTION assay.assay_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'"
claim assay_authority "a test sets it, also with triggers off, and whoever keeps a plan of before hears of it" <<<"SET plan_cache_mode = force_generic_plan;
	PREPARE n AS SELECT assay_now() = '2031-01-01' AS set;
	EXECUTE n \\gset before_
	\\! psql -h $pg -U assay_test -d $database -qc \"SET session_replication_role = replica; SET ROLE assay_owner; INSERT INTO assay.test_clock (now) VALUES ('2031-01-01')\"
	EXECUTE n \\gset after_
	SELECT t.so(NOT :'before_set'::bool AND :'after_set'::bool, 'the plan of before')"
claim assay_test "the time goes on from there" <<<"UPDATE test_clock SET now = '2032-01-01'; SELECT t.so(assay_now() = '2032-01-01')"
claim assay_test "and is now again" <<<"DELETE FROM test_clock; SELECT t.so(assay_now() = now())"
exit $bad
