# A cast for tests of the registry's SQL: sourced after pg.sh and pg_start.
# The owner enters it; everything after that is said by assay_api.

sql assay_test <<'SQL' || exit 1
CREATE SCHEMA t AUTHORIZATION assay_owner;
SET ROLE assay_owner;
INSERT INTO test_clock (now) VALUES ('2027-01-01T00:00:00Z');
INSERT INTO organisation (handle, name, country, kind, state)
VALUES ('body', 'The Body', 'DE', 'body', 'active');
INSERT INTO organisation (handle, name, country, kind, makes) VALUES
	('acme', 'Acme', 'DE', 'supplier', '{tre,terminal}'),
	('bolt', 'Bolt', 'FR', 'supplier', '{terminal}');
INSERT INTO organisation (handle, name, country, kind) VALUES
	('lookers', 'Lookers', 'NL', 'auditor'),
	('operator', 'Operator', 'FR', 'operator');
UPDATE organisation SET state = 'active' WHERE state = 'applicant';
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('officer-1', 'body', 'officer'),
	('officer-2', 'body', 'officer'), ('decider-1', 'body', 'decider'),
	('decider-2', 'body', 'decider'), ('security-1', 'body', 'security'),
	('reader', 'body', 'reader'), ('auditor-1', 'lookers', 'auditor'),
	('auditor-2', 'lookers', 'auditor'),
	('auditor-3', 'lookers', 'auditor'), ('acme-1', 'acme', 'supplier'),
	('bolt-1', 'bolt', 'supplier'), ('operator-1', 'operator', 'operator'))
	AS v(h, org, r) JOIN organisation o ON o.handle = v.org;
-- act as somebody; sign a request; judge what is open on a subject
GRANT USAGE ON SCHEMA t TO assay_api;
CREATE PROCEDURE t.as(h text) LANGUAGE sql SECURITY DEFINER AS $$
	SELECT assay.actor_begin((SELECT id FROM assay.principal
	    WHERE handle = h)) $$;
CREATE FUNCTION t.sign(url text, body text DEFAULT '{}') RETURNS bigint
	LANGUAGE sql AS $$
	SELECT assay.statement_add(url, convert_to(body, 'UTF8'),
	    gen_random_uuid()::text) $$;
-- known to the test, whoever acts
CREATE FUNCTION t.open(subject text) RETURNS SETOF assay.proposal
	LANGUAGE sql SECURITY DEFINER AS $$
	SELECT * FROM assay.proposal
	 WHERE subject_number = subject AND state = 'open' $$;
-- of several proposals on one thing, that of an act
CREATE FUNCTION t.judge(subject text, verdict text, wanted text DEFAULT NULL)
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/proposals/' || id || '/approve', jsonb_build_object(
	    'subject', subject_number, 'act', act,
	    'terms_sha256', encode(terms_sha256, 'hex'), 'verdict', verdict,
	    'reason', 'as tested')::text)
	FROM t.open(subject) WHERE act = coalesce(wanted, act);
	SELECT assay.proposal_judge(id, subject_number, act, terms_sha256,
	    verdict, 'as tested')
	FROM t.open(subject) WHERE act = coalesce(wanted, act) $$;
-- what is proposed, signed as the api's caller does
CREATE FUNCTION t.role() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
	SELECT (assay.actor()).role $$;
CREATE FUNCTION t.sees(h text) RETURNS bool LANGUAGE sql SECURITY DEFINER AS $$
	SELECT assay.actor_sees(id) FROM assay.organisation WHERE handle = h $$;
CREATE FUNCTION t.organisation(h text, verb text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/organisations/' || h || '/' || verb);
	SELECT assay.organisation_propose(h, 'organisation_' || verb) $$;
CREATE FUNCTION t.principal(h text, o text, r text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/principals', jsonb_build_object('handle', h,
	    'organisation', o, 'role', r, 'csr', encode('csr', 'base64'))::text);
	SELECT assay.principal_new(h, o, r, 'csr') $$;
CREATE FUNCTION t.decide(n text, result text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/audits/' || n || '/decide',
	    jsonb_build_object('result', result)::text);
	SELECT assay.audit_decide(n, result) $$;
CREATE FUNCTION t.reinstate(s text, reason text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/sites/' || s || '/reinstate',
	    jsonb_build_object('reason', reason)::text);
	SELECT assay.site_reinstate(s, NULL, reason) $$;
-- a file that was submitted, and accepted or not
CREATE FUNCTION t.file(content text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.evidence_add(sha256(convert_to(content, 'UTF8')),
	    length(content), 'text/plain', content || '.txt') $$;
CREATE FUNCTION t.accept(content text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.evidence_judge(sha256(convert_to(content, 'UTF8')),
	    'accepted', NULL) $$;
CREATE FUNCTION t.report(n text, result text, ended timestamptz,
    content text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.audit_report(n, result, ended,
	    sha256(convert_to(content, 'UTF8')), '{}', 'as found') $$;
-- by another auditor, as it is
CREATE FUNCTION t.confirm_report(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.audit_confirm(n, (SELECT result FROM assay.audit
	    WHERE number = n), (SELECT e.sha256 FROM assay.audit a
	    JOIN assay.evidence e ON e.id = a.report_id WHERE a.number = n),
	    (SELECT ended FROM assay.audit WHERE number = n)) $$;
-- true, or the transaction fails
CREATE FUNCTION t.so(holds bool, what text DEFAULT '') RETURNS void
	LANGUAGE plpgsql AS $$ BEGIN
	IF holds IS NOT TRUE THEN RAISE 'not so: %', what; END IF; END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA t TO assay_api;
SQL

# at TIME: set the clock
at() { sql assay_test <<<"SET ROLE assay_owner;
	UPDATE assay.test_clock SET now = '$1'" >/dev/null; }
# acting WHO: a transaction of the api in somebody's name, from standard input, in
# $acts; by WHO: to standard output
acting() { IFS= read -rd '' acts; printf -v acts "BEGIN; CALL t.as('%s');\n%sCOMMIT;" "$1" "$acts"; }
by() { acting "$1"; echo "$acts"; }
# so "sentence" "condition": the owner finds that it holds
so() { claim assay_test "$1" <<<"SELECT t.so($2, \$\$$2\$\$)"; }
# may WHO "sentence", mustnt WHO CODE "sentence": what they try is standard
# input.  claim and refused set bad, so no pipe may run them in a subshell.
may() { acting "$1"; claim assay_api "$2" <<<"$acts"; }
mustnt() { acting "$1"; refused assay_api "$2" "$3" <<<"$acts"; }
