# Accredited models for tests of the registry's SQL: sourced after registry.sh.
# chip (a hardware platform of acme's), tre (on it, made at fab), ter (bolt's
# terminal that contains it, made at works).

sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO principal (handle, organisation_id, role)
SELECT h, id, r FROM organisation, (VALUES ('decider-3', 'decider'),
	('security-2', 'security')) AS v(h, r) WHERE kind = 'body';
INSERT INTO site (handle, organisation_id, name, country, address)
SELECT h, o.id, h, 'DE', 'Street 1' FROM (VALUES ('fab', 'acme'),
	('works', 'bolt')) AS v(h, org) JOIN organisation o ON o.handle = v.org;
INSERT INTO site_scope (site_id, scope)
SELECT id, CASE handle WHEN 'fab' THEN 'tre_production'
	ELSE 'terminal_assembly' END FROM site;
UPDATE site_scope SET state = 'full', expires = '2028-12-31';
INSERT INTO model (handle, kind, organisation_id, name, version)
SELECT 'chip', 'hardware_platform', id, 'Chip', '1' FROM organisation
	WHERE handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre', 'tre', organisation_id, 'TrE', '1', id, 'embedded', '1'
	FROM model;
INSERT INTO model (handle, kind, organisation_id, name, version, tacs)
SELECT 'ter', 'terminal', id, 'Ter', '1', '{12345678}' FROM organisation
	WHERE handle = 'bolt';
INSERT INTO model_contains (terminal_model_id, tre_model_id)
SELECT a.id, b.id FROM model a, model b
	WHERE a.handle = 'ter' AND b.handle = 'tre';
UPDATE model SET state = 'registered';
-- every rule of the newest version answered with yes, but for one
CREATE FUNCTION t.declare(m text, until timestamptz, except_for text DEFAULT '',
    evidence text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.declaration_submit(m, r.name, r.version,
	    (SELECT jsonb_object_agg(u.rule, jsonb_strip_nulls(
		jsonb_build_object('answer', CASE u.rule WHEN except_for
		THEN 'no' ELSE 'yes' END, 'statement', 'met by design',
		'evidence', CASE WHEN evidence IS NOT NULL
		THEN jsonb_build_array(evidence) END)))
	     FROM assay.ruleset_rules(r.content) u), until,
	    gen_random_uuid()::text)
	FROM assay.model x, assay.model_ruleset_now(x) r WHERE x.handle = m $$;
-- a CoC as its terms say, signed in these very words
CREATE FUNCTION t.propose(body text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/cocs', body);
	SELECT assay.coc_propose(b ->> 'model', (b ->> 'level')::int,
	    b ->> 'site', b ->> 'declaration', (b ->> 'quota')::bigint,
	    (b ->> 'valid_days')::int, b ->> 'on_expired',
	    b ->> 'on_suspended', (b ->> 'grace_days')::int,
	    CASE WHEN b ? 'external_certificates' THEN ARRAY(SELECT
		jsonb_array_elements_text(b -> 'external_certificates')) END,
	    b ->> 'instead_of', b ->> 'reason')
	FROM (SELECT body::jsonb AS b) x $$;
CREATE FUNCTION t.change(n text, what text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/cocs/' || n || '/' || what, '{"reason":"test"}');
	SELECT assay.coc_propose_change(n, what, 'test') $$;
CREATE FUNCTION t.challenge(n text, rules text[] DEFAULT '{SB-3}',
    ground text DEFAULT 'an older version starts', evidence text[] DEFAULT NULL)
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/declarations/' || n || '/challenge',
	    jsonb_build_object('rules', rules, 'ground', ground,
	    'evidence', evidence)::text);
	SELECT assay.declaration_challenge_open(n, rules, ground, evidence) $$;
CREATE FUNCTION t.settle(n text, verdict text, frozen bool DEFAULT false)
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/declarations/' || n || '/' || verdict,
	    jsonb_build_object('reason', 'test', 'freeze', frozen)::text);
	SELECT assay.declaration_settle(n, verdict, 'test', frozen) $$;
-- a file proves false: what that changed, as whoever says so is told
CREATE FUNCTION t.repudiate(content text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/evidence/' || encode(sha256(convert_to(content,
	    'UTF8')), 'hex') || '/repudiate', '{"reason":"forged"}');
	SELECT assay.evidence_repudiate(sha256(convert_to(content, 'UTF8')),
	    'forged') $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
GRANT USAGE ON SCHEMA t TO assay_authority;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_authority;
SQL

# own: as the owner, from standard input
own() { { echo "SET ROLE assay_owner;"; cat; } | sql assay_test; }
# declared MODEL WHO UNTIL: declared and accepted; prints nothing
declared() {
	by "$2" <<<"SELECT t.declare('$1', '$3');" | sql assay_api >/dev/null &&
		by officer-1 <<<"SELECT declaration_accept(number) FROM declaration
			WHERE state = 'submitted';" | sql assay_api >/dev/null
}
# certified TERMS: proposed by one decider, approved by another; the number
certified() {
	local number
	number=$(by decider-1 <<<"SELECT t.propose('$1') ->> 'number';" | sql assay_api | tail -1) &&
		by decider-2 <<<"SELECT t.judge('$number', 'approve');" | sql assay_api >/dev/null &&
		echo "$number"
}
# all three, at level 2, to the end of the year
accredited() {
	declared chip acme-1 2028-01-01 && declared tre acme-1 2027-12-01 &&
		declared ter bolt-1 2028-01-01 &&
		certified '{"model":"chip","level":4,"quota":0,"valid_days":730}' &&
		certified '{"model":"tre","level":2,"site":"fab","quota":100,"valid_days":730}' &&
		certified '{"model":"ter","level":2,"site":"works","quota":100,"valid_days":730}'
}
# tre-c: another supplier's TrE on the same chip, made at mill, which the terminal may
# contain, too
another_tre() {
	own >/dev/null <<'SQL'
INSERT INTO organisation (handle, name, country, kind, makes) VALUES ('cleo', 'Cleo', 'IT', 'supplier', '{tre}');
UPDATE organisation SET state = 'active' WHERE handle = 'cleo';
INSERT INTO principal (handle, organisation_id, role) SELECT 'cleo-1', id, 'supplier' FROM organisation WHERE handle = 'cleo';
INSERT INTO site (handle, organisation_id, name, country, address) SELECT 'mill', id, 'Mill', 'IT', 'Via 1' FROM organisation WHERE handle = 'cleo';
INSERT INTO site_scope (site_id, scope) SELECT id, 'tre_production' FROM site WHERE handle = 'mill';
UPDATE site_scope SET state = 'full', expires = '2028-12-31' WHERE state = 'registered';
INSERT INTO model (handle, kind, organisation_id, name, version, hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre-c', 'tre', o.id, 'TrE C', '1', m.id, 'embedded', '1' FROM organisation o, model m WHERE o.handle = 'cleo' AND m.handle = 'chip';
INSERT INTO model_contains SELECT a.id, b.id FROM model a, model b WHERE a.handle = 'ter' AND b.handle = 'tre-c';
UPDATE model SET state = 'registered' WHERE state = 'draft';
SQL
}
# coc_is NUMBER STATE: a condition for so
coc_is() { echo "(SELECT state = '$2' FROM coc WHERE number = '$1')"; }
# tick "sentence" "condition on changes"
tick() { claim assay_authority "$1" <<<"SELECT t.so($2, changes::text) FROM clock_tick();"; }
# ticked "sentence" "condition": the clock ticks, and then that holds
ticked() { sql assay_authority <<<"SELECT clock_tick();" >/dev/null; so "$1" "$2"; }
notices() { echo "(SELECT count(*) FROM notice WHERE topic = '$1')"; }
