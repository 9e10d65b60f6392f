#!/usr/bin/env bash
# Models, declarations, CoCs and measures as somebody meets them who has the
# api's database role and psql: what the functions allow, what they refuse, and
# what the clock does.
set -u
. tests/lib/pg.sh
pg_start || exit 1

# ---- the cast, entered by the owner; everything after that is refused or
# allowed to assay_api
sql assay_test <<'SQL' || exit 1
CREATE SCHEMA t AUTHORIZATION assay_owner;
SET ROLE assay_owner;
INSERT INTO test_clock (now) VALUES ('2027-01-01T00:00:00Z');
INSERT INTO organisation (handle, name, country, kind, state)
VALUES ('body', 'The Body', 'DE', 'body', 'active');
INSERT INTO organisation (handle, name, country, kind, makes) VALUES
	('acme', 'Acme', 'DE', 'supplier', '{tre,terminal}'),
	('bolt', 'Bolt', 'FR', 'supplier', '{terminal}');
INSERT INTO organisation (handle, name, country, kind)
VALUES ('operator', 'Operator', 'FR', 'operator');
UPDATE organisation SET state = 'active' WHERE state = 'applicant';
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('officer-1', 'body', 'officer'),
	('decider-1', 'body', 'decider'), ('decider-2', 'body', 'decider'),
	('security-1', 'body', 'security'), ('security-2', 'body', 'security'),
	('auditor-1', 'body', 'auditor'), ('acme-1', 'acme', 'supplier'),
	('bolt-1', 'bolt', 'supplier'), ('operator-1', 'operator', 'operator'))
	AS v(h, org, r) JOIN organisation o ON o.handle = v.org;
INSERT INTO site (handle, organisation_id, name, country, address)
SELECT h, o.id, h, 'DE', 'Street 1' FROM (VALUES ('fab', 'acme'),
	('works', 'bolt')) AS v(h, org) JOIN organisation o ON o.handle = v.org;
INSERT INTO site_scope (site_id, scope)
SELECT s.id, x FROM site s, unnest(ARRAY['tre_production',
	'terminal_assembly']) AS x WHERE s.handle = 'fab';
-- tools for the test: act as somebody, sign, answer every rule with yes
GRANT USAGE ON SCHEMA t TO assay_api, assay_authority;
CREATE PROCEDURE t.as(h text) LANGUAGE sql SECURITY DEFINER AS $$
	SELECT assay.actor_begin((SELECT id FROM assay.principal
	    WHERE handle = h)) $$;
CREATE FUNCTION t.sign(url text, body text) RETURNS bigint LANGUAGE sql AS $$
	SELECT assay.statement_add(url, convert_to(body, 'UTF8'),
	    gen_random_uuid()::text) $$;
CREATE FUNCTION t.yes(rs text, except_for text DEFAULT '') RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT jsonb_object_agg(u.rule, jsonb_build_object('answer',
	    CASE u.rule WHEN except_for THEN 'no' ELSE 'yes' END,
	    'statement', 'met by design'))
	FROM assay.ruleset r, assay.ruleset_rules(r.content) u
	WHERE r.name = rs $$;
CREATE FUNCTION t.propose(body text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/cocs', body);
	SELECT assay.coc_propose(b ->> 'model', (b ->> 'level')::int,
	    b ->> 'site', b ->> 'declaration', (b ->> 'quota')::bigint,
	    (b ->> 'valid_days')::int) FROM (SELECT body::jsonb AS b) x $$;
CREATE FUNCTION t.change(n text, what text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/cocs/' || n || '/' || what, '{"reason":"test"}');
	SELECT assay.coc_propose_change(n, what, 'test') $$;
-- known to the test, whoever acts
CREATE FUNCTION t.open(subject text) RETURNS SETOF assay.proposal
	LANGUAGE sql SECURITY DEFINER AS $$
	SELECT * FROM assay.proposal
	 WHERE subject_number = subject AND state = 'open' $$;
CREATE FUNCTION t.judge(subject text, verdict text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/proposals/' || id || '/approve', jsonb_build_object(
	    'subject', subject_number, 'act', act,
	    'terms_sha256', encode(terms_sha256, 'hex'), 'verdict', verdict,
	    'reason', 'as tested')::text)
	FROM t.open(subject);
	SELECT assay.proposal_judge(id, subject_number, act, terms_sha256, verdict, 'as tested')
	FROM t.open(subject) $$;
CREATE FUNCTION t.measure(body text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures', body);
	SELECT assay.measure_propose(body::jsonb) $$;
CREATE FUNCTION t.lift(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures/' || n || '/lift', '{"reason":"test"}');
	SELECT assay.measure_propose_lift(n, 'test') $$;
CREATE FUNCTION t.confirm(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/measures/' || n || '/confirm', '{}');
	SELECT assay.measure_confirm(n, NULL) $$;
-- true, or the transaction fails
CREATE FUNCTION t.so(holds bool, what text DEFAULT '') RETURNS void
	LANGUAGE plpgsql AS $$ BEGIN
	IF holds IS NOT TRUE THEN RAISE 'not so: %', what; END IF; END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_authority;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA t TO assay_api;
SQL

# at TIME: set the clock
at() { sql assay_test <<<"SET ROLE assay_owner;
	UPDATE assay.test_clock SET now = '$1'" >/dev/null; }
# by WHO: a transaction of the api in somebody's name, from standard input
by() { echo "BEGIN; CALL t.as('$1');"; cat; echo "COMMIT;"; }
# so "sentence" "condition": the owner finds that it holds
so() { claim assay_test "$1" <<<"SELECT t.so($2, \$\$$2\$\$)"; }
mustnt() { local in; in=$(by "$1"); refused assay_api "$2" "$3" <<<"$in"; }
# claim and refused set bad, so no pipe may run them in a subshell
may() { local in; in=$(by "$1"); claim assay_api "$2" <<<"$in"; }

so "no function may be run by everybody" \
	"NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'assay'::regnamespace AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0)))"

# ---- rule sets
so "the first version of every rule set is in force" \
	"(SELECT count(*) = 5 FROM ruleset WHERE state = 'in_force')"
refused assay_test RULESET_CHANGED "a changed file of a version in force is refused" <<'SQL'
SET ROLE assay_owner;
SELECT ruleset_load((SELECT jsonb_set(content, '{title}', '"other"')::text
	FROM ruleset WHERE name = 'tre-robustness'));
SQL
refused assay_api 42501 "the api cannot load a rule set" \
	<<<"SELECT ruleset_load('{}')"

# ---- models
may acme-1 "a supplier enters a hardware platform and a TrE model of its own" <<'SQL'
SELECT model_create('chip', 'hardware_platform', 'acme', 'Chip', '1', NULL, NULL, NULL, NULL, NULL);
SELECT model_create('tre', 'tre', 'acme', 'TrE', '1', 'chip', 'embedded', '1.0', NULL, NULL);
SQL
mustnt acme-1 OTHER_ORGANISATION "a supplier cannot enter another's model" <<'SQL'
SELECT model_create('x1', 'terminal', 'bolt', 'X', '1', NULL, NULL, NULL, '{00000001}', '{tre}');
SQL
mustnt bolt-1 NOT_A_MAKER "a maker of terminals enters no TrE model" <<'SQL'
SELECT model_create('x1', 'tre', 'bolt', 'X', '1', 'chip', 'embedded', '1', NULL, NULL);
SQL
mustnt acme-1 CONTAINS_UNFIT "a terminal model contains registered TrE models only" <<'SQL'
SELECT model_create('ter', 'terminal', 'acme', 'Ter', '1', NULL, NULL, NULL, '{12345678}', '{tre}');
SQL
mustnt acme-1 ROLE_REQUIRED "a supplier cannot register its model" <<<"SELECT model_register('chip');"
mustnt officer-1 PLATFORM_UNFIT "a TrE model isn't registered before its hardware platform" <<<"SELECT model_register('tre');"
may officer-1 "an officer registers both" <<<"SELECT model_register('chip'); SELECT model_register('tre');"
may acme-1 "a terminal model contains a registered TrE model" <<'SQL'
SELECT model_create('ter', 'terminal', 'acme', 'Ter', '1', NULL, NULL, NULL, '{12345678,12345679}', '{tre}');
SQL
mustnt bolt-1 TAC_TAKEN "a TAC belongs to one model" <<'SQL'
SELECT model_create('ter2', 'terminal', 'bolt', 'T', '1', NULL, NULL, NULL, '{12345679}', '{tre}');
SQL
mustnt bolt-1 TAC_MALFORMED "a TAC has 8 digits" <<'SQL'
SELECT model_create('ter2', 'terminal', 'bolt', 'T', '1', NULL, NULL, NULL, '{1234567}', '{tre}');
SQL
mustnt bolt-1 FIELD_UNFIT "a terminal model has no firmware of a TrE" <<'SQL'
SELECT model_create('ter2', 'terminal', 'bolt', 'T', '1', NULL, NULL, '1.0', '{12345670}', '{tre}');
SQL
may officer-1 "an officer registers the terminal model" <<<"SELECT model_register('ter');"
refused assay_api 42501 "the api cannot update a model" <<<"UPDATE model SET state = 'registered';"
refused assay_test MODEL_FIXED "not even its owner changes what a model says" <<<"SET ROLE assay_owner; UPDATE model SET name = 'x';"

# ---- declarations
declare_() { # model ruleset until answers
	echo "SELECT declaration_submit('$1', '$2', 1, $4, '$3', gen_random_uuid()::text);"
}
mustnt bolt-1 OTHER_ORGANISATION "nobody declares for another's model" \
	< <(declare_ chip hardware-platform-robustness 2027-11-01 "'{}'")
mustnt acme-1 RULE_UNANSWERED "a rule left out is refused" \
	< <(declare_ tre tre-robustness 2027-11-01 "t.yes('tre-robustness') - 'SB-3'")
mustnt acme-1 RULE_UNKNOWN "a rule that isn't there is refused" \
	< <(declare_ tre tre-robustness 2027-11-01 "t.yes('tre-robustness') || '{\"XX-1\": {}}'")
mustnt acme-1 RULE_APPLIES "a rule that always applies cannot be not applicable" \
	< <(declare_ tre tre-robustness 2027-11-01 "jsonb_set(t.yes('tre-robustness'), '{SB-3,answer}', '\"not_applicable\"')")
mustnt acme-1 STATEMENT_MISSING "an answer without a statement is refused" \
	< <(declare_ tre tre-robustness 2027-11-01 "t.yes('tre-robustness') #- '{SB-3,statement}'")
mustnt acme-1 EVIDENCE_ABSENT "evidence that nobody uploaded is refused" \
	< <(declare_ tre tre-robustness 2027-11-01 "jsonb_set(t.yes('tre-robustness'), '{SB-3,evidence}', '[\"00\"]')")
mustnt acme-1 VALID_UNTIL "a declaration holds for twelve months at most" \
	< <(declare_ tre tre-robustness 2028-01-01T00:00:01Z "t.yes('tre-robustness')")
mustnt acme-1 RULESET_ABSENT "a terminal doesn't answer a TrE's rules" \
	< <(declare_ ter tre-robustness 2027-11-01 "t.yes('tre-robustness')")
may acme-1 "a supplier declares for its three models" < <(
	declare_ chip hardware-platform-robustness 2028-01-01 "t.yes('hardware-platform-robustness')"
	declare_ tre tre-robustness 2027-12-01 "t.yes('tre-robustness', 'SS-6')"
	declare_ ter terminal-robustness 2027-11-01 "t.yes('terminal-robustness')")
mustnt acme-1 DECLARATION_WAITING "one declaration waits at a time" \
	< <(declare_ tre tre-robustness 2027-12-01 "t.yes('tre-robustness')")
mustnt acme-1 ROLE_REQUIRED "a supplier cannot accept its declaration" <<<"SELECT declaration_accept('DCL-2027-000001');"
may officer-1 "an officer accepts two of them" <<<"SELECT declaration_accept('DCL-2027-000001'); SELECT declaration_accept('DCL-2027-000002');"
so "the level that a declaration reaches is told" "declaration_level(2) = 3 AND declaration_level(1) = 4"
refused assay_test DECLARATION_FIXED "answers never change" <<<"SET ROLE assay_owner; UPDATE declaration SET answers = '{}';"

# ---- CoCs: four eyes
TRE3='{"model":"tre","level":3,"site":"fab","quota":5000,"valid_days":365}'
mustnt officer-1 ROLE_REQUIRED "an officer proposes no CoC" <<<"SELECT t.propose('$TRE3');"
mustnt decider-1 STATEMENT_REQUIRED "a CoC is not proposed without a signature" <<<"SELECT coc_propose('tre', 3, 'fab', NULL, 5000, 365);"
mustnt decider-1 STATEMENT_DIFFERS "a CoC is not proposed under another's terms" <<<"SELECT t.sign('/v1/cocs', '$TRE3'); SELECT coc_propose('tre', 4, 'fab', NULL, 5000, 365);"
mustnt decider-1 STATEMENT_DIFFERS "a signature for another act doesn't count" <<<"SELECT t.sign('/v1/measures', '$TRE3'); SELECT coc_propose('tre', 3, 'fab', NULL, 5000, 365);"
mustnt decider-1 SITE_UNFIT "the site of another supplier is refused" <<<"SELECT t.propose('{\"model\":\"tre\",\"level\":3,\"site\":\"works\",\"quota\":1,\"valid_days\":1}');"
mustnt decider-1 SITE_MISSING "a TrE model's CoC names a site" <<<"SELECT t.propose('{\"model\":\"tre\",\"level\":3,\"quota\":1,\"valid_days\":1}');"
may decider-1 "a decider proposes a CoC" <<<"SELECT t.propose('$TRE3');"
mustnt decider-2 COC_WAITING "one CoC of a model is proposed at a time" <<<"SELECT t.propose('$TRE3');"
mustnt decider-1 FOUR_EYES "who proposed it cannot approve it" <<<"SELECT t.judge('TRE-2027-000001', 'approve');"
mustnt auditor-1 ROLE_REQUIRED "an auditor approves nothing" <<<"SELECT t.judge('TRE-2027-000001', 'approve');"
mustnt decider-2 TERMS_CHANGED "a verdict on other terms is refused" <<<"SELECT t.sign('/v1/proposals', 'x'); SELECT proposal_judge(id, subject_number, act, pg_catalog.sha256('x'::bytea), 'approve', NULL) FROM proposal WHERE state = 'open';"
missing=$(sql assay_api < <(by decider-2 <<<"SELECT t.judge('TRE-2027-000001', 'approve');"))
for what in 'site "fab" is registered for tre production, not provisional or full' 'hardware platform "chip" has no CoC' 'COC_PREREQUISITES' '2 prerequisites are missing'; do
	if grep -q "$what" <<<"$missing"; then echo "ok - a refusal lists what is missing: $what"
	else echo "not ok - a refusal lists what is missing: $what"; echo "# $missing"; bad=1; fi
done
so "nothing was certified, and the proposal is still open" \
	"(SELECT state = 'proposed' FROM coc WHERE number = 'TRE-2027-000001') AND (SELECT state = 'open' FROM proposal)"
may decider-1 "the hardware platform is proposed" <<<"SELECT t.propose('{\"model\":\"chip\",\"level\":4,\"quota\":0,\"valid_days\":730}');"
may decider-2 "and certified by another" <<<"SELECT t.judge('HWP-2027-000001', 'approve');"
so "it ends with its declaration" "(SELECT state = 'certified' AND expires = '2028-01-01' FROM coc WHERE number = 'HWP-2027-000001')"
sql assay_test >/dev/null <<<"SET ROLE assay_owner; UPDATE assay.site_scope SET state = 'provisional', was_provisional = true, expires = '2027-10-01' WHERE scope = 'tre_production'; UPDATE assay.site_scope SET state = 'full', expires = '2028-01-01' WHERE scope = 'terminal_assembly';"
may decider-2 "with all prerequisites the TrE model is certified" <<<"SELECT t.judge('TRE-2027-000001', 'approve');"
so "provisional with its site, and ending with it" "(SELECT state = 'provisional' AND expires = '2027-10-01' AND valid_from = assay_now() FROM coc WHERE number = 'TRE-2027-000001')"
may decider-1 "the terminal model is proposed" <<<"SELECT t.propose('{\"model\":\"ter\",\"level\":2,\"site\":\"fab\",\"quota\":10,\"valid_days\":100}');"
mustnt decider-2 "no declaration for \"ter\" is in force" "without a declaration in force there is no CoC" <<<"SELECT t.judge('TER-2027-000001', 'approve');"
may officer-1 "its declaration is accepted" <<<"SELECT declaration_accept('DCL-2027-000003');"
may decider-2 "it is certified" <<<"SELECT t.judge('TER-2027-000001', 'approve');"
so "provisional with its component, ending after its days" "(SELECT state = 'provisional' AND expires = assay_now() + interval '100 days' FROM coc WHERE number = 'TER-2027-000001')"
so "it records what it rests on" "(SELECT count(*) = 2 FROM coc_component)"
may decider-1 "a level that the declaration doesn't reach can be proposed" <<<"SELECT t.propose('{\"model\":\"tre\",\"level\":4,\"site\":\"fab\",\"quota\":1,\"valid_days\":1}');"
mustnt decider-2 'does not meet level 4: rule SS-6' "but not certified" <<<"SELECT t.judge('TRE-2027-000002', 'approve');"
may decider-2 "a rejected proposal refuses the CoC" <<<"SELECT t.judge('TRE-2027-000002', 'reject');"
so "refused it is" "(SELECT state = 'refused' FROM coc WHERE number = 'TRE-2027-000002')"

# ---- CoCs: by hand
for column in "state = 'certified'" "used = 0" "expires = '2099-01-01'" "quota = 1000000" "level = 4"; do
	refused assay_api 42501 "the api cannot set a CoC's ${column%% *}" <<<"UPDATE coc SET $column;"
done
refused assay_authority 42501 "the authority cannot certify" <<<"UPDATE coc SET state = 'certified';"
refused assay_authority COC_FIXED "nor give back what was used" <<<"UPDATE coc SET used = 5 WHERE number LIKE 'TRE%1'; UPDATE coc SET used = 4 WHERE number LIKE 'TRE%1';"
refused assay_api 42501 "the api cannot call an act by itself" <<<"SELECT act_coc_certify(p) FROM proposal p;"
refused assay_api 42501 "nor propose without the functions" <<<"SELECT proposal_open('coc_certify', 1, 'x', '{}');"
refused assay_api 42501 "nor approve by a row" <<<"INSERT INTO approval (proposal_id, principal_id, verdict) VALUES (1, 2, 'approve');"
refused assay_api 42501 "nor set the clock" <<<"UPDATE test_clock SET now = now() + interval '1 year';"

# ---- suspension, all the way up, and back
may decider-1 "a suspension is proposed" <<<"SELECT t.change('HWP-2027-000001', 'suspend');"
mustnt decider-1 PROPOSAL_OPEN "once at a time" <<<"SELECT t.change('HWP-2027-000001', 'suspend');"
mustnt decider-1 FOUR_EYES "not by one alone" <<<"SELECT t.judge('HWP-2027-000001', 'approve');"
may decider-2 "a second decider approves" <<<"SELECT t.judge('HWP-2027-000001', 'approve');"
so "a suspended hardware platform reaches every model on it" "(SELECT count(*) = 3 FROM coc WHERE state = 'suspended')"
may decider-1 "reinstating a TrE model on it is proposed" <<<"SELECT t.change('TRE-2027-000001', 'reinstate');"
mustnt decider-2 COC_PREREQUISITES "but refused while its platform is suspended" <<<"SELECT t.judge('TRE-2027-000001', 'approve');"
may decider-2 "so it is rejected" <<<"SELECT t.judge('TRE-2027-000001', 'reject');"
may decider-1 "what fell with another can be suspended for itself" <<<"SELECT t.change('TER-2027-000001', 'suspend');"
may decider-2 "by two" <<<"SELECT t.judge('TER-2027-000001', 'approve');"
may decider-1 "reinstating the platform is proposed" <<<"SELECT t.change('HWP-2027-000001', 'reinstate');"
may decider-2 "and approved" <<<"SELECT t.judge('HWP-2027-000001', 'approve');"
so "what fell with it rises with it" "(SELECT count(*) = 1 FROM coc WHERE state = 'suspended') AND (SELECT state = 'provisional' FROM coc WHERE number = 'TRE-2027-000001')"
so "and what is down for itself stays down, as the history says" "(SELECT state = 'suspended' FROM coc WHERE number = 'TER-2027-000001') AND (SELECT detail ->> 'suspended_by' IS NULL FROM history WHERE entity = 'coc' AND subject_id = (SELECT id FROM coc WHERE number = 'TER-2027-000001') ORDER BY id DESC LIMIT 1)"
may decider-1 "until it is reinstated for itself" <<<"SELECT t.change('TER-2027-000001', 'reinstate');"
may decider-2 "by two as well" <<<"SELECT t.judge('TER-2027-000001', 'approve');"
so "then all are back" "(SELECT count(*) = 3 FROM coc WHERE state IN ('provisional', 'certified'))"
may acme-1 "a supplier withdraws its declaration" <<<"SELECT declaration_withdraw('DCL-2027-000002');"
so "what rested on it is suspended" "(SELECT state = 'suspended' AND suspended_by IS NULL FROM coc WHERE number = 'TRE-2027-000001') AND (SELECT state = 'suspended' FROM coc WHERE number = 'TER-2027-000001')"
may acme-1 "it declares again" < <(declare_ tre tre-robustness 2027-12-01 "t.yes('tre-robustness', 'SS-6')")
may officer-1 "an officer accepts" <<<"SELECT declaration_accept('DCL-2027-000004');"
may decider-1 "reinstating is proposed again" <<<"SELECT t.change('TRE-2027-000001', 'reinstate');"
may decider-2 "and approved again" <<<"SELECT t.judge('TRE-2027-000001', 'approve');"
so "and both are back" "(SELECT count(*) = 3 FROM coc WHERE state IN ('provisional', 'certified'))"
sql assay_test >/dev/null <<<"SET ROLE assay_owner; UPDATE assay.site_scope SET state = 'full', expires = '2027-12-15' WHERE scope = 'tre_production';"
so "a provisional CoC firms up with its site, and what stands on it" "(SELECT count(*) = 3 FROM coc WHERE state = 'certified')"
so "its end stays" "(SELECT expires = '2027-10-01' FROM coc WHERE number = 'TRE-2027-000001')"
may decider-1 "a new CoC for the same model is proposed" <<<"SELECT t.propose('$TRE3');"
may decider-2 "and certified" <<<"SELECT t.judge('TRE-2027-000003', 'approve');"
so "it supersedes the earlier one, and is full now" "(SELECT state = 'superseded' FROM coc WHERE number = 'TRE-2027-000001') AND (SELECT state = 'certified' AND expires = '2027-12-01' FROM coc WHERE number = 'TRE-2027-000003')"
so "what stood on the earlier one stands on it" "(SELECT count(*) = 1 FROM coc_component k JOIN coc c ON c.id = k.component_id JOIN coc d ON d.id = k.coc_id WHERE c.number = 'TRE-2027-000003' AND d.number = 'TER-2027-000001')"
so "the model is accredited by the new one" "(SELECT number = 'TRE-2027-000003' AND state = 'certified' FROM accreditation_now(2))"

# ---- measures
held="(SELECT count(*) FROM cohort_hold WHERE cohort_kind = 'model' AND cohort_id = 2)"
HOLD='{"kind":"hold","scope_kind":"model","scope":"tre","legal_basis":"case 1"}'
mustnt officer-1 ROLE_REQUIRED "an officer imposes no measure" <<<"SELECT t.measure('$HOLD');"
mustnt security-1 SCOPE_ABSENT "a measure has a scope that exists" <<<"SELECT t.measure('{\"kind\":\"hold\",\"scope_kind\":\"model\",\"scope\":\"nix\",\"legal_basis\":\"x\"}');"
mustnt security-1 MEASURE_SCOPE "and one that its kind can be on" <<<"SELECT t.measure('{\"kind\":\"ban\",\"scope_kind\":\"model\",\"scope\":\"tre\",\"legal_basis\":\"x\"}');"
may security-1 "a security officer proposes a hold" <<<"SELECT t.measure('$HOLD');"
so "which holds nothing yet" "$held = 0"
mustnt security-1 FOUR_EYES "and cannot approve it" <<<"SELECT t.judge('MEA-2027-000001', 'approve');"
may decider-1 "a decider approves it" <<<"SELECT t.judge('MEA-2027-000001', 'approve');"
so "the status log holds the cohort from then on" "$held = 1"
may security-2 "a second hold in an emergency is in force at once" <<<"SELECT t.measure('{\"kind\":\"hold\",\"scope_kind\":\"model\",\"scope\":\"tre\",\"legal_basis\":\"case 2\",\"emergency\":true}');"
so "and lapses after 72 hours" "$held = 2 AND (SELECT lapses = assay_now() + interval '72 hours' FROM measure WHERE number = 'MEA-2027-000002')"
mustnt security-2 FOUR_EYES "who imposed it cannot confirm it" <<<"SELECT t.confirm('MEA-2027-000002');"
may security-1 "lifting the first is proposed" <<<"SELECT t.lift('MEA-2027-000001');"
mustnt security-1 FOUR_EYES "nobody lifts a measure alone" <<<"SELECT t.judge('MEA-2027-000001', 'approve');"
may security-2 "a second person approves" <<<"SELECT t.judge('MEA-2027-000001', 'approve');"
so "which the database alone doesn't believe" "$held = 2"
refused assay_api 42501 "and the api cannot make it" <<<"SELECT give_back(max(id)) FROM proposal;"
claim assay_authority "the authority lifts it" <<<"SELECT give_back(max(id)) FROM proposal;"
so "the cohort stays held by the other" "$held = 1"
may decider-2 "a download freeze in an emergency" <<<"SELECT t.measure('{\"kind\":\"download_freeze\",\"scope_kind\":\"organisation\",\"scope\":\"acme\",\"legal_basis\":\"case 3\",\"emergency\":true}');"
may decider-1 "a second person confirms it" <<<"SELECT t.confirm('MEA-2027-000003');"
mustnt security-1 MEASURE_STATE "what is confirmed isn't confirmed again" <<<"SELECT t.confirm('MEA-2027-000003');"
refused assay_api 42501 "the api cannot lift a measure by hand" <<<"UPDATE measure SET state = 'lifted';"
refused assay_api 42501 "nor release a cohort by hand" <<<"SELECT status_cohort(false, 'model', 2, 2);"
may operator-1 "an operator sees what is held, not why" <<<"SELECT t.so(NOT j ? 'legal_basis' AND NOT j ? 'reach') FROM measure, shown_whole('measure', id) j;"
may acme-1 "its supplier sees why, and how much" <<<"SELECT t.so(j -> 'reach' ->> 'devices' = '0' AND NOT j -> 'reach' ? 'operators' AND j ? 'legal_basis') FROM measure, shown_whole('measure', id) j WHERE number = 'MEA-2027-000002';"
may bolt-1 "a competitor doesn't see quotas" <<<"SELECT t.so(NOT j ? 'quota' AND NOT j ? 'history') FROM coc, shown_whole('coc', id) j;"

# ---- the clock, at the second before and at the second itself
tick() { claim assay_authority "$1" <<<"SELECT t.so($2, (clock_tick())::text)"; }
refused assay_api 42501 "the api doesn't turn the clock" <<<"SELECT clock_tick();"
refused assay_api 42501 "nor holds it back" <<<"SELECT FROM clock_rule FOR UPDATE;"
# Each second: what is in SQL is planned anew.  Rules, and the sets that they read.
claim assay_test "no rule of the clock is planned anew each second" <<'SQL'
SELECT t.so(count(*) = 0, string_agg(p.proname, ' ')) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname = 'sql' AND p.pronamespace = 'assay'::regnamespace AND (p.proname IN (SELECT 'clock_' || name FROM clock_rule)
    OR p.proretset AND EXISTS (SELECT FROM pg_proc r WHERE r.proname IN (SELECT 'clock_' || name FROM clock_rule)
	AND r.prosrc ~ ('FROM ' || p.proname || '\(')));
SQL
tick "nothing is due" "(SELECT changes = 0 FROM clock_tick())"
at 2027-01-03T23:59:59Z
tick "a second before, the emergency measure stands" "(SELECT changes = 0 FROM clock_tick())"
at 2027-01-04T00:00:00Z
mustnt security-1 MEASURE_STATE "at the second it can no longer be confirmed" <<<"SELECT t.confirm('MEA-2027-000002');"
tick "at the second it lapses" "(SELECT changes = 1 FROM clock_tick())"
so "and the status log lets go" "$held = 0 AND (SELECT state = 'lapsed' FROM measure WHERE number = 'MEA-2027-000002')"
tick "a second tick changes nothing" "(SELECT changes = 0 FROM clock_tick())"
mustnt security-2 EMERGENCY_REPEATED "nobody stretches an emergency by imposing it again" <<<"SELECT t.measure('{\"kind\":\"hold\",\"scope_kind\":\"model\",\"scope\":\"tre\",\"legal_basis\":\"again\",\"emergency\":true}');"
may security-1 "another person may" <<<"SELECT t.measure('{\"kind\":\"hold\",\"scope_kind\":\"model\",\"scope\":\"tre\",\"legal_basis\":\"again\",\"emergency\":true}');"
so "the confirmed one stands" "(SELECT state = 'in_force' FROM measure WHERE number = 'MEA-2027-000003')"
at 2027-04-10T23:59:59Z
so "a second before its end a CoC is good" "(SELECT state = 'certified' FROM accreditation_now(3))"
at 2027-04-11T00:00:00Z
so "at its end it is over, before any tick" "(SELECT state = 'expired' FROM accreditation_now(3))"
at 2027-04-20T12:00:00Z
tick "a late tick writes it down" "(SELECT changes = 2 FROM clock_tick())"
so "with the time when it was due, and the time when we knew" "(SELECT effective = '2027-04-11' AND recorded = '2027-04-20T12:00:00Z' FROM history WHERE entity = 'coc' AND to_state = 'expired')"
at 2027-12-31T23:59:59Z
tick "declarations, sites and CoCs end when they are due" "(SELECT changes > 0 FROM clock_tick())"
so "the TrE model's with its declaration" "(SELECT state = 'expired' AND effective = '2027-12-01' FROM coc WHERE number = 'TRE-2027-000003') AND (SELECT state = 'expired' FROM declaration WHERE number = 'DCL-2027-000004') AND (SELECT state = 'expired' FROM site_scope WHERE scope = 'tre_production')"
so "the platform's has a second left" "(SELECT state = 'certified' FROM accreditation_now(1))"
so "was it accredited on the second of January? By the one of that day" "(SELECT number = 'TRE-2027-000003' AND state = 'certified' FROM accreditation_known(2, '2027-01-02', assay_now()))"
so "and before the first of January not at all" "NOT EXISTS (SELECT FROM accreditation_known(2, '2026-12-31', assay_now()))"
so "at issue it was in force, now it isn't" "(SELECT number = 'TRE-2027-000003' AND state = 'certified' FROM accreditation_known(2, '2027-06-01', assay_now())) AND (SELECT number = 'TRE-2027-000003' AND state = 'expired' FROM accreditation_known(2, assay_now(), assay_now()))"

# ---- somebody holds what the clock's rules read, and does not let go
sql assay_test >"$pg/held" <<'SQL' &
BEGIN;
LOCK TABLE subscription_secret, rebinding, principal_renewal, declaration_challenge, attestation_key,
	external_certificate IN ACCESS EXCLUSIVE MODE;
SELECT 'held';
SELECT pg_sleep(30);
SQL
holder=$!
for i in $(seq 100); do grep -q held "$pg/held" && break; sleep 0.05; done
began=$(date +%s%N)
claim assay_authority "a tick goes on without these rules" <<<"SET lock_timeout = '1s'; SELECT clock_tick()"
took=$((($(date +%s%N) - began) / 1000000))
[ "$took" -ge 1000 ] && [ "$took" -lt 3500 ] && echo "ok - it waits for the first of six, and hardly for the others" ||
	{ echo "not ok - it waits for the first of six, and hardly for the others: $took ms"; bad=1; }
so "and the body hears of each" "(SELECT count(*) = 6 FROM notice WHERE topic = 'alarm.clock')"
kill "$holder" 2>/dev/null
exit $bad
