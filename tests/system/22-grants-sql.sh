#!/usr/bin/env bash
# Who may touch what, asked of the catalog and tried column by column: a grant
# too many, in a migration that is yet to be written, fails here.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

sql assay_test <<'SQL' || exit 1
-- Every INSERT, UPDATE, DELETE and TRUNCATE on every table, of every column
-- for itself, in the name of whoever calls: the ones that were not refused.
CREATE FUNCTION t.writes() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	FOR command IN
	    SELECT format(f, c.relname) FROM pg_class c, unnest(ARRAY[
		'DELETE FROM assay.%I WHERE false', 'TRUNCATE assay.%I CASCADE',
		'INSERT INTO assay.%I DEFAULT VALUES']) f
	     WHERE c.relnamespace = 'assay'::regnamespace
	       AND c.relkind IN ('r', 'p', 'v', 'm')
	    UNION ALL
	    SELECT format(f, c.relname, a.attname) FROM pg_class c
	      JOIN pg_attribute a ON a.attrelid = c.oid, unnest(ARRAY[
		'INSERT INTO assay.%I (%I) VALUES (DEFAULT)',
		'UPDATE assay.%I SET %I = DEFAULT WHERE false']) f
	     WHERE c.relnamespace = 'assay'::regnamespace
	       AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0
	       AND NOT a.attisdropped AND a.attgenerated = ''
	LOOP
		BEGIN
			EXECUTE command;
			RETURN NEXT command;
		EXCEPTION WHEN insufficient_privilege OR wrong_object_type OR
		    object_not_in_prerequisite_state THEN
			NULL; -- refused; the latter two: a view
		WHEN OTHERS THEN
			RETURN NEXT command; -- refused for another reason
		END;
	END LOOP;
END $$;
-- Nothing but commands on these tables?
CREATE FUNCTION t.only(allowed text) RETURNS void LANGUAGE sql AS $$
	SELECT t.so(count(*) = 0, string_agg(w, E'\n'))
	  FROM t.writes() w WHERE w !~ allowed $$;
GRANT USAGE ON SCHEMA t TO assay_authority, assay_follower, assay_notifier;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t
	TO assay_api, assay_authority, assay_follower, assay_notifier;
SQL

# ---- tables
claim assay_api "the api writes no table, but for rows of a lot that it has open" \
	<<<"SELECT t.only('^INSERT INTO assay.lot_row ')"
claim assay_follower "the follower writes none at all" <<<"SELECT t.only('^\$')"
claim assay_notifier "nor does the notifier" <<<"SELECT t.only('^\$')"
so "which reads none, either" "NOT EXISTS (SELECT FROM pg_class c, pg_attribute a
	WHERE c.relnamespace = 'assay'::regnamespace AND a.attrelid = c.oid AND a.attnum > 0
	  AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT a.attisdropped
	  AND has_column_privilege('assay_notifier', c.oid, a.attnum, 'SELECT'))"
so "and has five functions" "(SELECT count(*) = 5 FROM pg_proc WHERE pronamespace = 'assay'::regnamespace
	AND has_function_privilege('assay_notifier', oid, 'EXECUTE'))"
for role in assay_api assay_authority assay_follower assay_notifier; do
	so "a webhook's secret is nothing that $role selects" \
		"NOT has_any_column_privilege('$role', 'assay.subscription_secret', 'SELECT')"
done
claim assay_authority "the authority writes what issuance makes" \
	<<<"SELECT t.only('^(INSERT INTO assay.(issuer|index_range|lot_run|device|certificate_template|certificate|binding|delegated_certificate|delegated_key|publication|crl) |UPDATE assay.(issuer SET (next_index|state)|lot SET|lot_row SET|\"order\" SET (state|error)|index_range SET state|coc SET used|principal SET (csr|cert_)|principal_renewal SET (state|effective|cert_)|crl SET)|INSERT INTO assay.(issuer|index_range|lot_run|device|certificate_template|certificate|binding|delegated_certificate|delegated_key|publication|crl)\$)')"
claim assay_authority "and empties none" <<<"
	SELECT t.so(count(*) = 0, string_agg(w, E'\n')) FROM t.writes() w WHERE w ~ '^(DELETE|TRUNCATE)'"
so "no role of a program owns anything" \
	"NOT EXISTS (SELECT FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname IN ('assay_api', 'assay_authority', 'assay_follower', 'assay_notifier')))"

# ---- functions
so "no function may be run by everybody" \
	"NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'assay'::regnamespace AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0)))"
internal="(proname ~ '^(act|reject)_' OR proname ~ '_(take|apply)$' OR proname IN
	('proposal_open', 'order_add', 'status_append', 'status_cohort', 'status_cohort_revoked',
	'measure_take', 'measure_begin', 'measure_arise', 'measure_lift', 'coc_withdraw_of',
	'next_number', 'clock_tick') OR prorettype = 'trigger'::regtype)"
so "there are such functions" "(SELECT count(*) > 30 FROM pg_proc WHERE pronamespace = 'assay'::regnamespace AND $internal)"
for role in assay_api assay_follower assay_notifier; do
	claim assay_test "$role calls no function that is another's inside" <<SQL
SELECT t.so(count(*) = 0, string_agg(proname, ' ')) FROM pg_proc
 WHERE pronamespace = 'assay'::regnamespace AND $internal
   AND has_function_privilege('$role', oid, 'EXECUTE')
SQL
done
# What a program's statements name, or what these rest on: policies, views, and
# functions that run as whoever calls them.
own=$(sed 's/--.*//' db/sql/*.sql | grep -oE '[a-z_][a-z0-9_]+' | sort -u | paste -sd' ')
for role in assay_api assay_authority assay_follower assay_notifier; do
	claim assay_test "$role may run nothing that it never does" <<SQL
SELECT t.so(count(*) = 0, string_agg(proname, ' ')) FROM pg_proc
 WHERE pronamespace = 'assay'::regnamespace AND has_function_privilege('$role', oid, 'EXECUTE')
   AND proname <> ALL (string_to_array('$own', ' '))
   AND NOT EXISTS (SELECT FROM (
	SELECT prosrc FROM pg_proc WHERE pronamespace = 'assay'::regnamespace AND NOT prosecdef
	    AND (has_function_privilege('$role', oid, 'EXECUTE') OR prorettype = 'trigger'::regtype)
	UNION ALL SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
	UNION ALL SELECT pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'assay'::regnamespace AND relkind = 'v'
	UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
	UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c') x (said)
	WHERE said ~ ('\m' || proname || '\M'))
SQL
done
# A reason that the caller gives is signed as a term of the act, or asked for here, by the
# function or by one that it calls; a handler that forgets it is refused.
claim assay_test "what the api gives a reason to needs one" <<'SQL'
WITH asking AS (SELECT proname FROM pg_proc WHERE pronamespace = 'assay'::regnamespace
    AND prosrc ~ '\m(reason_must|statement_must_say|coc_instead)\(|REASON_UNKNOWN')
SELECT t.so(count(*) > 10 AND count(*) FILTER (WHERE NOT asked) = 0, count(*) || ': ' ||
    coalesce(string_agg(proname, ' ') FILTER (WHERE NOT asked), ''))
  FROM (SELECT p.proname, EXISTS (SELECT FROM asking a
	WHERE a.proname = p.proname OR p.prosrc ~ ('\m' || a.proname || '\(')) AS asked
     FROM pg_proc p WHERE pronamespace = 'assay'::regnamespace
      AND coalesce((proargtypes::regtype[])[(array_position(proargnames, 'p_reason') - 1)] = 'text'::regtype, false)
      AND has_function_privilege('assay_api', oid, 'EXECUTE')) x
SQL
for role in assay_api assay_authority assay_follower assay_notifier; do
	refused $role 42501 "$role makes no function among ours" <<<"
		CREATE FUNCTION assay.assay_now(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
	refused $role 42501 "$role makes no table among ours" <<<"CREATE TABLE assay.x (i int)"
	refused $role 42501 "$role doesn't become the owner" <<<"SET ROLE assay_owner"
	refused $role 42501 "$role doesn't set the clock" <<<"UPDATE test_clock SET now = '2040-01-01'"
	refused $role 42501 "$role drops no guard" <<<"DROP TRIGGER state_guard ON audit"
done

# ---- names that lie: the caller's own tables before ours
may officer-1 "a supplier is ended" <<<"SELECT organisation_set_state('bolt', 'terminated', 'tested');"
refused assay_api ILLEGAL_TRANSITION "a table of one's own changes no rule" <<'SQL'
CREATE TEMP TABLE transition (entity text, from_state text, to_state text);
INSERT INTO pg_temp.transition VALUES ('organisation', 'terminated', 'suspended');
SET search_path = pg_temp, assay;
BEGIN;
CALL t.as('officer-1');
SELECT organisation_set_state('bolt', 'suspended', 'tested')
SQL
refused assay_api ROLE_REQUIRED "nor makes anybody an officer" <<'SQL'
CREATE TEMP TABLE principal AS SELECT id, handle, organisation_id,
	'officer'::text AS role, state FROM assay.principal;
SET search_path = pg_temp, assay;
BEGIN;
CALL t.as('reader');
SELECT organisation_new('x2', 'X2', 'DE', 'operator', '{}', false)
SQL

# ---- requests that last too long
refused assay_api NO_ACTOR "who is locked halfway through does no more" <<'SQL'
BEGIN;
CALL t.as('acme-1');
SELECT t.file('first');
CALL t.as('officer-1');
SELECT principal_set_state('acme-1', 'locked', 'tested');
SELECT set_config('assay.actor', (SELECT id FROM principal
	WHERE handle = 'acme-1')::text, true);
SELECT t.file('second')
SQL
may officer-1 "two applicants come in" <<'SQL'
SELECT organisation_new('nova', 'Nova', 'SE', 'operator', '{}', false);
SELECT organisation_new('orb', 'Orb', 'SE', 'operator', '{}', false);
SQL
mustnt officer-1 STATEMENT_DIFFERS "one signature stands behind one proposal" <<'SQL'
SELECT t.sign('/v1/organisations/nova/activate');
SELECT organisation_propose('nova', 'organisation_activate');
SELECT organisation_propose('orb', 'organisation_activate');
SQL
sql assay_test >/dev/null <<<"SET ROLE assay_owner; DELETE FROM assay.test_clock;"
may officer-1 "a request is signed" <<<"SELECT t.sign('/v1/organisations/nova/activate');"
mustnt officer-1 STATEMENT_REQUIRED "what was signed for an earlier request doesn't count" <<'SQL'
SELECT set_config('assay.statement', (SELECT max(id) FROM statement)::text, true);
SELECT organisation_propose('nova', 'organisation_activate');
SQL

# ---- what auditors see
may officer-1 "a site of acme's is registered" \
	<<<"SELECT site_new('fab', 'acme', 'Fab', 'DE', 'Street 1', '{tre_production}');"
sees="t.sees('acme')"
may auditor-1 "auditors don't see who isn't audited" <<<"SELECT t.so(NOT $sees);"
may officer-1 "an audit of it is planned" <<<"
	SELECT audit_plan('fab', 'dry', '{tre_production}', '{auditor-1,auditor-2}', '2027-01-01');"
may auditor-1 "its auditors see it from then on" <<<"SELECT t.so($sees);"
may auditor-3 "and their colleagues" <<<"SELECT t.so($sees);"
may operator-1 "operators don't" <<<"SELECT t.so(NOT $sees);"

exit $bad
