#!/usr/bin/env bash
# Who has the api's database role and psql, and acts as one tenant: sees no more
# than that tenant.  And nothing is left out: every table, every function.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/tenants.sh
tenants_begin
sql assay_test >/dev/null <<<"ANALYZE"
so() { claim assay_test "$1" <<<"DO \$so\$ BEGIN IF ($2) IS NOT TRUE THEN RAISE 'not so'; END IF; END \$so\$"; }
lists() { # "sentence" "what to do" SQL: a list that must be empty
	local out
	out=$(sql assay_test <<<"$3")
	if [ -z "$out" ]; then echo "ok - $1"; return; fi
	echo "not ok - $1"
	echo "# $2:"
	sed 's/^/#   /' <<<"$out"
	bad=1
}

# ---- the catalog
readable="pg_class c WHERE c.relnamespace = 'assay'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
	AND has_any_column_privilege('assay_api', c.oid, 'SELECT')"
lists "every table that the api may read has a policy" \
	"beside the table, after its grants, say CALL tenancy('TABLE', 'RULE'); (words: db/schema/105_tenancy.sql)
#   and add its line to policy/tenancy.md, to tables() here, and rows of A and B to tests/lib/tenants.sh; missing" \
	"SELECT c.relname FROM $readable AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p
	WHERE p.polrelid = c.oid AND p.polname = 'tenancy'))"
lists "no policy but that one, for reading, for the api" "these are others" "
	SELECT polrelid::regclass || ': ' || polname FROM pg_policy p WHERE polname <> 'tenancy' OR polcmd <> 'r'
	OR NOT polpermissive OR polroles <> ARRAY['assay_api'::regrole::oid]"
so "the owner's functions are not held by it" \
	"NOT EXISTS (SELECT FROM pg_class WHERE relforcerowsecurity)"
so "and the api is" "(SELECT NOT rolbypassrls AND NOT rolsuper FROM pg_roles WHERE rolname = 'assay_api')"
in_words=$(awk -F'|' '/^\| [a-z_]+ \| .*`.*` \|$/ && !/_one/ { gsub(/^ +| +$/, "", $2)
	gsub(/^ *`|` *$/, "", $4); if ($4 != "") print $2 "|" $4 }' policy/tenancy.md | LC_ALL=C sort)
in_fact=$(sql assay_test <<<"SELECT c.relname || '|' || obj_description(p.oid, 'pg_policy')
	FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid" | LC_ALL=C sort)
if [ -n "$in_fact" ] && [ "$in_words" = "$in_fact" ]; then echo "ok - policy/tenancy.md has the rules as they are"
else
	echo "not ok - policy/tenancy.md has the rules as they are"
	diff <(echo "$in_words") <(echo "$in_fact") | sed 's/^</# written: /; s/^>/# in force: /'
	bad=1
fi

# A row can be made up, so no function of the owner takes one from the api.
lists "no function that the api may run takes a row and reads as the owner" \
	"revoke it from assay_api; let its SQL say shown('NOUN', id) or list_json(), 105_tenancy.sql, beside owner_of_NOUN(id)" \
	"SELECT p.oid::regprocedure FROM pg_proc p, unnest(p.proargtypes::oid[]) a JOIN pg_type t ON t.oid = a
	WHERE p.pronamespace = 'assay'::regnamespace AND p.prosecdef AND t.typtype = 'c'
	AND has_function_privilege('assay_api', p.oid, 'EXECUTE')"

# Functions that read, and that the api may run: what each tells is asked below,
# or is nobody's secret (the second list).
looked_at='ca_crl_entries|ca_crl_next|ca_request_each|certificate_get|certificate_turned_over|coc_why|consent_facts|consent_proof_list|custody_on|custody_proof_list|signer_json|decision_sides|standing_answer|dispute_list|dispute_one|declaration_whole_json|device_one|history_answer|history_json|incident_list|incident_one
list_json|lot_one|notice_list|operator_policy_active|rebinding_one|subscription_get|subscription_list|tamper_report_signer
lot_results|organisation_named|principal_by_certificate|principal_renewal_newest|proposal_json|proposals_on|receipt_recorded|shown
shown_whole|subject_own|decision_rests_on|enrol_cas|enrol_result|enrol_results|cmp_lot|cmp_transaction_get|cmp_confirm_until|cmp_device_certificate
ek_roots|evidence_judge_shown|actor|actor_active|actor_id|actor_is_body|actor_kind|actor_must|actor_must_own|actor_org|actor_organisations
actor_role|actor_sees|assay_now|crl_reason|crl_reason_name|database_stands|json_time|model_ruleset|model_ruleset_now|publication_content|ruleset_json|tre_kind_json|root_certificates|root_links|ruleset_rules|statement_id|evidence_room'
lists "every function that reads and that the api may run is looked at here" \
	"if it tells of anything by a name or an id, ask for A's and B's in functions() of tests/system/45-tenancy-sql.sh, and add it to looked_at; new" \
	"SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'assay'::regnamespace
	AND p.provolatile <> 'v' AND has_function_privilege('assay_api', p.oid, 'EXECUTE')
	AND p.proname NOT IN ('$(sed "s/|/','/g" <<<"$looked_at" | paste -sd'|' | sed "s/|/','/g")')"

# ---- every table, read as it lies
tables() {
	cat <<'LINES'
act|-|
appeal|-AB|own audit body
delegated_ca|-AB|own audit body
approval|-AB|body
audit|-AB|own audit body
binding|-|
ca_import|-|
ca_request|-|
ca_request_file|-|
certificate|-AB|own audit body|WHERE profile <> 'access'
coc|-AB|own audit body
coc_component|-|
correction|-AB|own audit body
crl|-|
custody|-CD|own body
decision|-CD|own body
decision_batch|-CD|own body
decision_batch_answer|-CD|own body
decision_looked_at|-CD|own body
operator_policy|-CD|own body
declaration|-AB|own audit body
delegated_certificate|-|
delegated_key|-|
device|-AB|own audit body
evidence|-AB|own audit body
external_certificate|-AB|own audit body
finding|-AB|own audit body
finding_plan|-AB|own audit body
finding_response|-AB|own audit body
history|-ABCD|own audit body
issuer|-|
lot|-AB|own audit body
measure|-AB|own audit body
measure_kind|-|
migration|-|
model|-AB|own audit body
model_contains|-|
order|-ABCD|body
organisation|-ABCD|own audit body
principal|-ABCD|own audit body
proposal|-AB|body
publication|-|
publication_part|-|
reference|-AB|own audit body
attestation_key|-AB|own audit body
ek_crl|-AB|own audit body
rebinding|-AB|own audit body
standing|-CD|own body
receipt_stamp|-|
receipt_stamp_token|-|
restore|-|body
root_link|-|
ruleset|-|
scheme|-|
site|-AB|own audit body
site_scope|-AB|own audit body
statement|-ABCD|mine body
status_event|-AB|own audit body
status_head|-|
transition|-|
tre_kind|-|
LINES
}
# certificates of people, and rows that have no words
counts() {
	cat <<'LINES'
people|-ABCD|body|SELECT * FROM certificate WHERE profile = 'access'
components|-AB|own audit body|SELECT 'secret' || CASE coc_id WHEN 1001 THEN 'A' WHEN 2001 THEN 'B' END FROM coc_component
contents|-AB|own audit body|SELECT 'secret' || CASE terminal_model_id WHEN 1003 THEN 'A' WHEN 2003 THEN 'B' END FROM model_contains
bindings|-AB|own audit body|SELECT 'secret' || CASE tre_id WHEN 1000 THEN 'A' WHEN 2000 THEN 'B' END FROM binding
LINES
}
columns() { # table: those that the api may read
	sql assay_test <<<"SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
		WHERE attrelid = 'assay.\"$1\"'::regclass AND attnum > 0 AND NOT attisdropped
		AND has_column_privilege('assay_api', attrelid, attnum, 'SELECT')"
}
lists "every one of these tables is read below" "add its line to tables()" \
	"SELECT c.relname FROM $readable AND c.relname NOT IN ('$(tables | cut -d'|' -f1 | paste -sd, | sed "s/,/','/g")')"
{
	while IFS='|' read -r table about words but; do
		echo "table_$table|$about|$words|SELECT $(columns "$table") FROM \"$table\" $but"
	done < <(tables)
	counts
} >"$pg/lines"
ask <"$pg/lines"

# ---- functions, called with another's name or number
functions() {
	cat <<'LINES'
history|AB|own audit body|SELECT history_json(e, {n}) FROM unnest('{organisation,site,audit,lot,device}'::text[]) e
history_of_coc|AB|own audit body|SELECT history_json('coc', {n} + 1)
history_of_person|ABCD|own audit body|SELECT history_json('principal', {n})
history_of_certificate|AB|own audit body|SELECT history_json('certificate', ({n}::bigint << 48) + 1)
history_of_other|AB||SELECT history_json(e, {n}) FROM unnest('{order,proposal,approval,x"y}'::text[]) e
proposals_on|AB|body|SELECT proposals_on('organisation', {n})
history_answer|AB|own audit body|SELECT history_answer('secret{t}-draft', NULL, NULL)
standing_answer|AB|own audit body|SELECT standing_answer('secret{t}-draft', NULL, NULL)
proposal_json|AB|body|SELECT proposal_json({n})
shown|AB|own audit body|SELECT shown(e, {n}) FROM unnest('{organisation,principal,evidence,site,audit,lot,device,declaration}'::text[]) e
finding|AB|own audit body|SELECT shown_whole('finding', {n}), history_json('finding', {n})
notices|-CD|own|SELECT notice_list(0, NULL, NULL)
subscription|CD|own body|SELECT subscription_get('SUB-secret{T}'), history_json('subscription', {n})
subscription_list|-CD|own body|SELECT subscription_list(NULL, NULL)
coc_why|AB|own audit body|SELECT coc_why('COC-public{T}'), coc_why('COC-secret{T}')
declaration|AB|own audit body|SELECT declaration_whole_json({n})
delegated_ca|AB|own audit body|SELECT shown_whole('delegated_ca', {n}), history_json('delegated_ca', {n})
appeal|AB|own audit body|SELECT shown_whole('appeal', {n}), shown('correction', {n}), shown('external_certificate', {n})
incident|AB|own audit body|SELECT incident_one('INC-secret{T}')
incident_history|AB|own audit body|SELECT history_json('rebinding', {n})
incident_received|-E|body|SELECT incident_one('INC-secretE')
rebinding|AB|own audit body|SELECT rebinding_one('REB-secret{T}')
reference|AB|own audit body|SELECT shown_whole('reference', {n}), history_json('reference', {n})
attestation_key|AB|own audit body|SELECT shown_whole('attestation_key', {n}), history_json('attestation_key', {n})
ek_crl|AB|own audit body|SELECT shown_whole('ek_crl', {n}), history_json('ek_crl', {n})
ek_roots|AB|own body|SELECT number FROM ek_roots('public{t}-tre')
evidence_judge_shown|AB|operator|SELECT 'secret{T}' FROM evidence_judge_shown(pg_catalog.sha256('secret{T}-- tre'), 'dice', 'secret{T}', NULL) WHERE measurement = 'good'
shown_coc|AB|own audit body|SELECT shown('coc', {n})
shown_coc_whole|AB|own audit body|SELECT shown_whole('coc', {n}), shown_whole('coc', {n} + 1)
shown_measure|AB|own audit body|SELECT shown('measure', {n}), shown('measure', {n} + 1)
shown_model|AB|own audit body|SELECT shown_whole('model', {n} + 3), shown_whole('model', {n} + 1)
shown_person|ABCD|own audit body|SELECT shown_whole('principal', {n})
renewal|ABCD|own audit body|SELECT principal_renewal_newest({n})
shown_proposal|AB|body|SELECT shown('proposal', {n})
list_json|-AB|own audit body|SELECT list_json('x', 'site', '{handle}', '{1000,2000}')
list_json_more|-AB|own audit body|SELECT list_json('x', 'lot', '{number}', array_agg(i)) FROM generate_series(1950, 2060) i UNION ALL SELECT list_json('x', 'lot', '{number}', array_agg(i)) FROM generate_series(950, 1060) i
organisation_named|-CD|own body|SELECT 'secret' || t FROM unnest('{C,D}'::text[]) t WHERE organisation_named('secret' || lower(t) || '-op') IS NOT NULL
subject_own|-ABCD|own audit body|SELECT 'secret' || substr('ABCD', n, 1) FROM generate_series(1, 4) n WHERE subject_own('organisation', n * 1000)
operator_policy_active|CD|own body|SELECT operator_policy_active({n}, 'precheck')
custody|CD|own body|SELECT shown_whole('custody', {n}), history_json('custody', {n})
custody_on|-CD|own body|SELECT c.reference FROM unnest('{C,D}'::text[]) t, custody_on('tre/PUBLIC' || t || '-TRE') i JOIN custody c ON c.id = i
custody_of_others|-CD||SELECT s.custody FROM unnest('{C,D}'::text[]) t, decision_sides(ARRAY[pg_catalog.sha256(('public' || t || '-- tre')::bytea)]) s
consent_facts|CD|operator|SELECT der, facts FROM consent_facts(pg_catalog.sha256('secret{T}-- person'), 'x', pg_catalog.sha256('public{T}-- tre'))
dispute|CD|own body|SELECT dispute_one('DSP-secret{T}')
custody_proof_list|-CD|body|SELECT custody_proof_list(NULL)
consent_proof_list|-CD|body|SELECT consent_proof_list(NULL)
signer_json|CD|body|SELECT signer_json(pg_catalog.sha256('secret{T}-- person'))
dispute_list|-CD|own body|SELECT dispute_list(NULL, NULL)
decision_sides|AB|operator|SELECT device_name FROM decision_sides(ARRAY[pg_catalog.sha256('secret{T}-- tre')])
LINES
	# not to be run at all
	cat <<'LINES'
inside_coc|AB||SELECT coc_json(NULL::coc), coc_missing({n})
inside_row|AB||SELECT audit_json(ROW({n}, 'x', {n}, 'wet', '{}', {n}, {n}, now(), 'x', NULL, NULL, {n}, '{}', NULL, NULL, NULL, 1, now())::audit)
inside_certificate|AB||SELECT certificate_find(encode('secret{T}--', 'hex'))
inside_facts|AB||SELECT device_measures({n}), coc_facts({n} + 1, now())
inside_principal|AB||SELECT principal_find('secret{t}-pki')
inside_owner|AB||SELECT owner_of_site({n}), subject_owner('site', {n})
LINES
}
# ---- tricks
tricks() {
	cat <<'LINES'
join|-AB|own audit body|SELECT s.handle, e.filename, l.number FROM organisation o FULL JOIN site s ON s.organisation_id = o.id FULL JOIN evidence e ON e.organisation_id = s.organisation_id FULL JOIN lot l ON l.site_id = s.id
lateral|-AB|own audit body|SELECT x.handle FROM generate_series(900, 2100) n, LATERAL (SELECT handle FROM site WHERE id = n OFFSET 0) x
subquery|-AB|own audit body|SELECT (SELECT string_agg(handle, ' ') FROM site), EXISTS (SELECT FROM site WHERE handle = 'x')
row_security_off|-||SET LOCAL row_security = off; SELECT * FROM site
become_owner|-||SET LOCAL ROLE assay_owner; SELECT * FROM site
become_superuser|-||SET LOCAL SESSION AUTHORIZATION assay_test; SELECT * FROM site
become_authority|-||SET LOCAL ROLE assay_authority; SELECT * FROM site
cast_in_where|-||SELECT 1 FROM site WHERE handle::text::int = 1 AND organisation_id NOT IN (1000, 2000)
own_function|-||CREATE FUNCTION pg_temp.tell(text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $f$ BEGIN IF $1 ~ 'secret' THEN RAISE NOTICE 'told %', $1; END IF; RETURN true; END $f$; SELECT 1 FROM lot_row WHERE pg_temp.tell(device_id)
own_function_site|-AB|own audit body|CREATE FUNCTION pg_temp.tell(text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $f$ BEGIN RAISE NOTICE 'told %', $1; RETURN true; END $f$; SELECT 1 FROM site WHERE pg_temp.tell(handle) AND pg_temp.tell(address)
own_operator|-AB|own audit body|CREATE FUNCTION pg_temp.tells(text, text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS $f$ BEGIN RAISE NOTICE 'told %', $1; RETURN true; END $f$; CREATE OPERATOR pg_temp.<<<< (FUNCTION = pg_temp.tells, LEFTARG = text, RIGHTARG = text); SELECT 1 FROM evidence WHERE filename OPERATOR(pg_temp.<<<<) 'x'
says_it_leaks_not|-||CREATE FUNCTION pg_temp.quiet(text) RETURNS bool LANGUAGE plpgsql LEAKPROOF AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'
own_view|-AB|own audit body|CREATE TEMP VIEW v AS SELECT * FROM site; SELECT * FROM v
own_table|-AB|own audit body|CREATE TEMP TABLE site AS SELECT * FROM assay.site; SELECT * FROM pg_temp.site
own_principal|-AB|own audit body|CREATE TEMP TABLE principal AS SELECT 1000 AS id, 1 AS organisation_id, 'active' AS state, 'officer' AS role; CREATE TEMP TABLE organisation AS SELECT 1 AS id, 'body' AS kind, 'active' AS state; SET LOCAL search_path = pg_temp, assay; SELECT * FROM assay.site
own_actor|-AB|own audit body|CREATE FUNCTION pg_temp.actor_is_body() RETURNS bool LANGUAGE sql AS 'SELECT true'; SET LOCAL search_path = pg_temp, assay; SELECT * FROM assay.site
replaced|-||CREATE OR REPLACE FUNCTION assay.actor_is_body() RETURNS bool LANGUAGE sql AS 'SELECT true'
replaced_policy|-||DROP POLICY tenancy ON site
opened|-||ALTER TABLE site DISABLE ROW LEVEL SECURITY
copied_out|-AB|own audit body|COPY (SELECT * FROM site) TO STDOUT
statistics|-||SELECT tablename, attname, most_common_vals, histogram_bounds FROM pg_stats WHERE schemaname = 'assay' AND tablename NOT IN ('transition')
statistics_raw|-||SELECT * FROM pg_statistic
plan|-AB|own audit body|EXPLAIN (ANALYZE, VERBOSE, TIMING off, COSTS off) SELECT handle FROM site; SELECT handle FROM site
hidden_columns|-||SELECT quota FROM coc
hidden_grounds|-||SELECT legal_basis, cause FROM measure
whole_row|-||SELECT c FROM coc c
forged_words|-AB|own audit body|SELECT set_config('assay.statement', '1001', true) \g /dev/null \\ SELECT * FROM site
lock|-||SELECT handle FROM site FOR UPDATE
LINES
}
{ functions; tricks; } >"$pg/lines"
ask <"$pg/lines"

# Where a list goes on is a name, too: another's is as good as one that nobody has.
goes_on() { # WHO LIST ARGUMENTS-BEFORE NUMBER
	claim assay_api "$2 goes on from nobody else's: $4" < <(
		echo "SELECT set_config('assay.actor', '$1', false);
		DO \$\$ BEGIN IF $2($3, '$4') IS DISTINCT FROM $2($3, 'XXX-2026-000001')
		THEN RAISE 'it tells that there is one'; END IF; END \$\$")
}
goes_on 3000 subscription_list NULL SUB-secretD
goes_on 3000 dispute_list NULL DSP-secretD
goes_on 4000 dispute_list NULL DSP-secretC
goes_on 1000 incident_list NULL INC-secretB
goes_on 2000 incident_list NULL INC-secretA

# ---- claiming to be somebody
sql assay_test >/dev/null <<'SQL'
SET session_replication_role = replica;
UPDATE principal SET state = 'locked' WHERE id = 2000;
INSERT INTO organisation OVERRIDING SYSTEM VALUE VALUES
	(6000, 'gone', 'Gone', 'DE', 'operator', '{}', 'suspended');
INSERT INTO principal (id, handle, organisation_id, role) OVERRIDING SYSTEM VALUE VALUES
	(6000, 'gone-1', 6000, 'operator'), (13, 'locked-officer', 1, 'officer');
UPDATE principal SET state = 'locked' WHERE id = 13;
SQL
as() { echo "SELECT set_config('assay.actor', '$1', false);"; }
all_tables=$(grep -v '|true$' <<<"$in_fact" | cut -d'|' -f1) # but what is everybody's
sees_none() { # who, in words: principal
	local t
	{
		as "$2"
		echo "DO \$\$ DECLARE t text; n bigint; BEGIN"
		for t in $all_tables; do
			echo "SELECT count(*) INTO n FROM \"$t\"; IF n <> 0 THEN RAISE '% rows of $t', n; END IF;"
		done
		echo "END \$\$;"
	} >"$pg/none.sql"
	claim assay_api "$1 sees nothing but what is everybody's" <"$pg/none.sql"
}
sees_none "nobody" ""
sees_none "who was never there" 4711
sees_none "who is locked" 2000
sees_none "a locked officer of the body" 13
sees_none "who is of a suspended organisation" 6000
refused assay_api 22P02 "who is no number" < <(as "1000 OR true"; echo "SELECT * FROM site")
claim assay_api "set_config() alone shows what actor_begin() would" < <(
	as 1000
	echo "DO \$\$ BEGIN IF (SELECT count(*) FROM site) <> 1 OR (SELECT count(*) FROM lot) <> 1
		OR EXISTS (SELECT FROM proposal) THEN RAISE 'another view'; END IF; END \$\$"
	)
refused assay_api PRINCIPAL_NOT_ACTIVE "and who is locked cannot begin" <<<"SELECT actor_begin(2000)"
refused assay_api 22012 "a condition does run on what is one's own" < <(
	as 1000; echo "SELECT 1 FROM site WHERE 1 / (length(handle) - length('secreta-site')) > 0")
claim assay_api "and not on what is another's" < <(
	as 5003; echo "SELECT 1 FROM site WHERE organisation_id <> 2000 AND 1 / (length(handle) - length('secreta-site')) > 0")

# ---- this very test: a leak is noticed
leaks() { # "what" SQL of the owner's, question
	sql assay_test >/dev/null <<<"$2"
	if (bad=0; ask <<<"$3"; exit $bad) | grep -q '^not ok'; then echo "ok - $1 is noticed"
	else echo "not ok - $1 is noticed"; bad=1; fi
}
leaks "a policy that is too wide" "CREATE POLICY too_wide ON assay.site FOR SELECT USING (true)" \
	"site|-AB|own audit body|SELECT * FROM site"
leaks "a function that tells too much" "GRANT EXECUTE ON FUNCTION assay.certificate_find(text) TO assay_api" \
	"found|AB|own audit body|SELECT certificate_find(encode('secret{T}--', 'hex'))"
leaks "a policy that is too narrow" "ALTER POLICY tenancy ON assay.lot USING (false)" \
	"lots|-AB|own audit body|SELECT * FROM lot"

exit $bad
