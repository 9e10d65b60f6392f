#!/usr/bin/env bash
# What somebody can do who has the api's database role and psql: nothing that
# the registry's functions would not let them do, and these keep four eyes.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

# ---- no way round the functions

# each_table VERB STATEMENT [BUT]: refused on every table there is
each_table() {
	claim assay_api "the api cannot $1 any table directly" <<SQL
DO \$\$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT c.relname, (SELECT attname FROM pg_attribute
	    WHERE attrelid = c.oid AND attnum > 0 AND attidentity = ''
	    ORDER BY attnum LIMIT 1) AS col FROM pg_class c
	    WHERE relnamespace = 'assay'::regnamespace AND relkind IN ('r', 'p')
	    AND relname <> '${3-}'
	LOOP
		BEGIN
			EXECUTE format('$2', t.relname, t.col);
			RAISE 'on % it was allowed', t.relname;
		EXCEPTION WHEN insufficient_privilege THEN
			NULL;
		END;
	END LOOP;
END
\$\$
SQL
}
# rows of a lot are copied in; its trigger (400) refuses all others
each_table "insert into" 'INSERT INTO assay.%I DEFAULT VALUES' lot_row
each_table "update" 'UPDATE assay.%1$I SET %2$I = %2$I'
each_table "delete from" 'DELETE FROM assay.%I'
each_table "truncate" 'TRUNCATE assay.%I'
each_table "lock for itself" 'LOCK TABLE assay.%I IN ACCESS EXCLUSIVE MODE'

refused assay_api 42501 "the api cannot become the owner" \
	<<<"SET ROLE assay_owner"
refused assay_api 42501 "the api cannot make functions in the schema" \
	<<<"CREATE FUNCTION assay.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
refused assay_api 42501 "the api cannot switch a trigger off" \
	<<<"ALTER TABLE assay.history DISABLE TRIGGER ALL"
refused assay_api 42501 "the api cannot switch triggers off for its session" \
	<<<"SET session_replication_role = replica"
refused assay_api 42501 "the api cannot read the server's files" \
	<<<"SELECT pg_read_file('/etc/passwd')"
refused assay_api 42501 "the api cannot run programs" \
	<<<"COPY (SELECT 1) TO PROGRAM 'true'"
refused assay_api 42501 "the api cannot read passwords" \
	<<<"SELECT * FROM pg_authid"
refused assay_api 42501 "the api cannot set the clock" \
	<<<"UPDATE test_clock SET now = '2040-01-01'"
refused assay_api 42501 "nor read whether one is set" \
	<<<"SELECT * FROM test_clock"
refused assay_api 42501 "the api cannot take numbers out of order" \
	<<<"SELECT next_number('AUD')"
refused assay_api 42501 "the api cannot read what numbers were given" \
	<<<"SELECT * FROM numbering"
refused assay_api 42501 "the api cannot call what approval calls" <<<"
	SELECT act_organisation_activate(p) FROM proposal p"
refused assay_api 42501 "the api cannot open a proposal in other words" <<<"
	SELECT proposal_open('organisation_activate', 1, 'acme', '{}')"
refused assay_api 42501 "the api cannot order certificates by itself" <<<"
	SELECT order_add('principal', 1, NULL)"
may officer-1 "temporary tables do not stand in for the registry's" <<'SQL'
CREATE TEMP TABLE principal (id bigint, handle text, organisation_id bigint,
	role text, state text);
CREATE TEMP TABLE act AS SELECT 'x' AS name;
SELECT t.so(t.role() = 'officer');
SQL
so "every function that runs as its owner has its search path pinned" \
	"NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'assay'::regnamespace AND prosecdef AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=assay, pg_temp'])"
refused assay_follower 42501 "the follower cannot read principals" \
	<<<"SELECT * FROM principal"
refused assay_follower 42501 "the follower cannot write a publication" \
	<<<"INSERT INTO publication (path, content) VALUES ('x', 'x')"
refused assay_authority 42501 "the authority cannot activate an organisation" \
	<<<"UPDATE organisation SET state = 'active'"
refused assay_authority 42501 "the authority cannot write an approval" \
	<<<"INSERT INTO approval (proposal_id, principal_id, verdict, statement_id) VALUES (1, 1, 'approve', 1)"

# ---- what even the owner cannot do
refused assay_test ILLEGAL_TRANSITION "a state cannot be jumped over" <<'SQL'
SET ROLE assay_owner;
UPDATE organisation SET state = 'applicant' WHERE handle = 'acme'
SQL
refused assay_test ILLEGAL_TRANSITION "nothing begins in the middle" <<'SQL'
SET ROLE assay_owner;
INSERT INTO evidence (sha256, size, media_type, filename, organisation_id,
	submitted_by, state) VALUES (pg_catalog.sha256('x'), 1, 'text/plain', 'x', 1, 1,
	'accepted')
SQL
refused assay_test APPEND_ONLY "history cannot be rewritten" <<'SQL'
SET ROLE assay_owner;
UPDATE history SET to_state = 'active'
SQL
refused assay_test APPEND_ONLY "history cannot be shortened" \
	<<<"SET ROLE assay_owner; DELETE FROM history"
refused assay_test APPEND_ONLY "history cannot be emptied" \
	<<<"SET ROLE assay_owner; TRUNCATE history"
refused assay_test APPEND_ONLY "an organisation cannot be deleted" \
	<<<"SET ROLE assay_owner; DELETE FROM organisation"

# ---- who acts
refused assay_api NO_ACTOR "nobody acts without a name" \
	<<<"SELECT organisation_new('x1', 'X', 'DE', 'operator', '{}', false)"
refused assay_api PRINCIPAL_NOT_ACTIVE "a principal that is none cannot act" \
	<<<"SELECT actor_begin(4711)"
mustnt acme-1 ROLE_REQUIRED "a supplier registers no organisations" \
	<<<"SELECT organisation_new('x1', 'X', 'DE', 'operator', '{}', false);"
mustnt reader ROLE_REQUIRED "a reader changes nothing" \
	<<<"SELECT organisation_set_state('acme', 'suspended', 'tested');"
may security-1 "a security officer locks a principal" \
	<<<"SELECT principal_set_state('bolt-1', 'locked', 'tested');"
for reason in NULL "''" "'  '"; do
	mustnt security-1 REASON_REQUIRED "for the reason $reason nobody is locked" \
		<<<"SELECT principal_set_state('acme-1', 'locked', $reason);"
	mustnt security-1 REASON_REQUIRED "nor is an organisation ended" \
		<<<"SELECT organisation_set_state('acme', 'terminated', $reason);"
done
mustnt bolt-1 PRINCIPAL_NOT_ACTIVE "a locked principal cannot act" \
	<<<"SELECT 1;"
refused assay_api NO_ACTOR "not even by naming itself in another way" <<'SQL'
BEGIN;
SELECT set_config('assay.actor', (SELECT id FROM principal
	WHERE handle = 'bolt-1')::text, true);
SELECT site_new('s1', 'bolt', 'S', 'FR', 'A', '{terminal_assembly}')
SQL
mustnt security-1 FOUR_EYES "one person does not unlock it" \
	<<<"SELECT principal_set_state('bolt-1', 'active', 'tested');"
mustnt security-1 STATEMENT_REQUIRED "nor proposes that unsigned" \
	<<<"SELECT principal_unlock('bolt-1');"
may security-1 "its unlocking is proposed" \
	<<<"SELECT t.sign('/v1/principals/bolt-1/unlock'); SELECT principal_unlock('bolt-1');"
mustnt bolt-1 PRINCIPAL_NOT_ACTIVE "which changes nothing" <<<"SELECT 1;"
may decider-1 "a decider unlocks it" <<<"SELECT t.judge('bolt-1', 'approve');"
mustnt officer-1 YOUR_OWN "nobody locks or unlocks themselves" \
	<<<"SELECT principal_set_state('officer-1', 'locked', 'tested');"
may security-1 "one person suspends an organisation" \
	<<<"SELECT organisation_set_state('bolt', 'suspended', 'tested');"
mustnt bolt-1 ORGANISATION_NOT_ACTIVE \
	"nobody acts for a suspended organisation" <<<"SELECT 1;"
mustnt officer-1 FOUR_EYES "one person cannot end the suspension" \
	<<<"SELECT organisation_set_state('bolt', 'active', 'tested');"
mustnt security-1 BODY "the body cannot be suspended" \
	<<<"SELECT organisation_set_state('body', 'suspended', 'tested');"

# ---- four eyes
mustnt officer-1 STATEMENT_REQUIRED "what is not signed is not proposed" \
	<<<"SELECT organisation_propose('bolt', 'organisation_reinstate');"
may officer-1 "an officer proposes, and signs it" <<'SQL'
SELECT t.organisation('bolt', 'reinstate');
SQL
mustnt officer-1 ACT_NOT_ALLOWED "only what is done to organisations" <<'SQL'
SELECT t.sign('/v1/organisations/bolt/x');
SELECT organisation_propose('bolt', 'principal_create');
SQL
mustnt officer-2 PROPOSAL_OPEN "the same is not proposed twice" <<'SQL'
SELECT t.organisation('bolt', 'reinstate');
SQL
mustnt officer-2 ROLE_REQUIRED "another officer is not who approves it" \
	<<<"SELECT t.judge('bolt', 'approve');"
mustnt acme-1 ROLE_REQUIRED "nor is a supplier" \
	<<<"SELECT t.judge('bolt', 'approve');"
mustnt decider-1 STATEMENT_REQUIRED "a verdict that is not signed is none" <<'SQL'
SELECT proposal_judge(id, subject_number, act, terms_sha256, 'approve', NULL)
	FROM proposal WHERE state = 'open';
SQL
mustnt decider-1 STATEMENT_REQUIRED "somebody else's signature does not count" <<'SQL'
SELECT set_config('assay.statement', (SELECT statement_id FROM proposal
	WHERE state = 'open')::text, true);
SELECT proposal_judge(id, subject_number, act, terms_sha256, 'approve', NULL)
	FROM proposal WHERE state = 'open';
SQL
mustnt decider-1 TERMS_CHANGED "a verdict on other terms is refused" <<'SQL'
SELECT t.sign('/v1/proposals');
SELECT proposal_judge(id, subject_number, act, pg_catalog.sha256('other'),
	'approve', NULL) FROM proposal WHERE state = 'open';
SQL
mustnt decider-1 TERMS_CHANGED "a verdict on another subject is refused" <<'SQL'
SELECT t.sign('/v1/proposals');
SELECT proposal_judge(id, 'acme', act, terms_sha256, 'approve', NULL)
	FROM proposal WHERE state = 'open';
SQL
mustnt decider-1 REASON_REQUIRED "a rejection says why" <<'SQL'
SELECT t.sign('/v1/proposals');
SELECT proposal_judge(id, subject_number, act, terms_sha256, 'reject', '')
	FROM proposal WHERE state = 'open';
SQL
mustnt decider-1 STATEMENT_DIFFERS "a rejection is not counted as approval" <<'SQL'
SELECT t.sign('/v1/proposals/' || id || '/approve', jsonb_build_object(
	'subject', subject_number, 'act', act,
	'terms_sha256', encode(terms_sha256, 'hex'), 'verdict', 'reject',
	'reason', 'no')::text) FROM proposal WHERE state = 'open';
SELECT proposal_judge(id, subject_number, act, terms_sha256, 'approve', 'no')
	FROM proposal WHERE state = 'open';
SQL
so "nothing of that happened" \
	"(SELECT state = 'suspended' FROM organisation WHERE handle = 'bolt') AND NOT EXISTS (SELECT FROM approval a JOIN proposal p ON p.id = a.proposal_id WHERE p.act = 'organisation_reinstate')"
may decider-1 "a decider approves, and it happens" \
	<<<"SELECT t.judge('bolt', 'approve');"
so "the organisation is active" \
	"(SELECT state = 'active' FROM organisation WHERE handle = 'bolt')"
so "history knows who did it" \
	"(SELECT w.handle = 'decider-1' FROM history h JOIN principal w ON w.id = h.principal_id WHERE entity = 'organisation' AND from_state = 'suspended' ORDER BY h.id DESC LIMIT 1)"
mustnt decider-2 PROPOSAL_CLOSED "what is approved is not judged again" <<'SQL'
SELECT t.sign('/v1/proposals');
SELECT proposal_judge(id, subject_number, act, terms_sha256, 'reject', 'no')
	FROM proposal WHERE subject_number = 'bolt';
SQL
refused assay_api STATEMENT_REPLAYED "a signature counts once" <<'SQL'
BEGIN;
CALL t.as('officer-1');
SELECT statement_add('/v1/x', '{}', 'the-same-jws');
SELECT statement_add('/v1/x', '{}', 'the-same-jws')
SQL
so "the acts and who may do them are one table" \
	"(SELECT bool_and(to_regprocedure('assay.act_' || name || '(assay.proposal)') IS NOT NULL AND approver_roles <@ '{officer,decider,security}' AND proposer_roles <@ '{officer,decider,security}') FROM act)"

# ---- organisations and principals
may officer-1 "an officer registers an applicant" \
	<<<"SELECT organisation_new('nova', 'Nova', 'SE', 'supplier', '{tre}', false);"
mustnt officer-1 23505 "a handle is given once" \
	<<<"SELECT organisation_new('nova', 'Nova 2', 'SE', 'supplier', '{tre}', false);"
mustnt officer-1 KIND_NOT_ALLOWED "there is one body" \
	<<<"SELECT organisation_new('b2', 'B2', 'SE', 'body', '{}', false);"
mustnt officer-1 MAKES_MISMATCH "a supplier says what it makes" \
	<<<"SELECT organisation_new('n2', 'N2', 'SE', 'supplier', '{}', false);"
mustnt officer-1 ORGANISATION_NOT_ACTIVE "an applicant has no principals" <<'SQL'
SELECT t.principal('nova-1', 'nova', 'supplier');
SQL
mustnt officer-1 ROLE_MISMATCH "a supplier's principal cannot be a decider" <<'SQL'
SELECT t.principal('acme-2', 'acme', 'decider');
SQL
may officer-1 "an officer proposes a supplier's principal" <<'SQL'
SELECT t.principal('acme-2', 'acme', 'supplier');
SQL
may decider-1 "a decider approves it" <<<"SELECT t.judge('acme-2', 'approve');"
may officer-1 "a reader takes one officer" <<'SQL'
SELECT t.principal('acme-r', 'acme', 'reader');
SQL
mustnt officer-1 STATEMENT_DIFFERS "with the key that the officer signed for" <<'SQL'
SELECT t.sign('/v1/principals', '{"handle":"acme-3","organisation":"acme","role":"supplier","csr":"AAAA"}');
SELECT principal_new('acme-3', 'acme', 'supplier', 'csr');
SQL
so "the authority has the order for it" \
	"(SELECT count(*) = 1 FROM \"order\" o JOIN principal p ON p.id = o.subject_id WHERE p.handle = 'acme-2' AND o.state = 'queued' AND o.statement_id IS NOT NULL)"
may officer-1 "one of the body's own is only proposed" <<'SQL'
SELECT t.principal('decider-3', 'body', 'decider');
SQL
so "and not ordered yet" \
	"(SELECT count(*) = 2 FROM \"order\")"
mustnt decider-3 PRINCIPAL_NOT_ACTIVE "who is proposed cannot act" \
	<<<"SELECT 1;"
mustnt security-1 ILLEGAL_TRANSITION "nor be unlocked into office" \
	<<<"SELECT t.sign('/v1/principals/decider-3/unlock'); SELECT principal_unlock('decider-3');"
may decider-1 "a decider approves them" \
	<<<"SELECT t.judge('decider-3', 'approve');"
so "now there is an order" "(SELECT count(*) = 3 FROM \"order\")"
may officer-1 "another one is proposed" <<'SQL'
SELECT t.principal('decider-4', 'body', 'decider');
SQL
may decider-1 "and rejected" <<<"SELECT t.judge('decider-4', 'reject');"
so "it is removed, for good" \
	"(SELECT state = 'removed' FROM principal WHERE handle = 'decider-4')"

# ---- what others see
may acme-1 "a supplier does not see other suppliers" \
	<<<"SELECT t.so(NOT t.sees('bolt') AND t.sees('acme'));"
may reader "the body sees all" \
	<<<"SELECT t.so((SELECT bool_and(t.sees(handle)) FROM organisation));"

exit $bad
