-- A world for random acts: loaded by tests/unit/db/acts_test.c as the
-- superuser of a private cluster.  t.step() is one act by somebody, legal or
-- not, as the api's role does it; t.pass() lets time go by; t.broken() looks,
-- by rules written down here once more, for what must never be.

CREATE SCHEMA t AUTHORIZATION assay_owner;
GRANT USAGE ON SCHEMA t TO assay_api, assay_authority;
SET search_path = assay, pg_temp;

SET ROLE assay_owner;
INSERT INTO test_clock (now) VALUES ('2027-01-01T00:00:00Z');
INSERT INTO organisation (handle, name, country, kind, state)
VALUES ('body', 'The Body', 'DE', 'body', 'active');
INSERT INTO organisation (handle, name, country, kind) VALUES
	('lookers', 'Lookers', 'NL', 'auditor'),
	('operator', 'Operator', 'FR', 'operator');
UPDATE organisation SET state = 'active' WHERE state = 'applicant';
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('officer-1', 'body', 'officer'),
	('officer-2', 'body', 'officer'), ('decider-1', 'body', 'decider'),
	('decider-2', 'body', 'decider'), ('security-1', 'body', 'security'),
	('security-2', 'body', 'security'), ('reader', 'body', 'reader'),
	('auditor-1', 'lookers', 'auditor'), ('auditor-2', 'lookers', 'auditor'),
	('operator-1', 'operator', 'operator'))
	AS v(h, org, r) JOIN organisation o ON o.handle = v.org;
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id)
VALUES (1, 'root', 'c', 's', 'k', decode(repeat('00', 20), 'hex'));
RESET ROLE;

-- The world at hand: one supplier with a platform, a TrE model and a terminal
-- model, all new; the worlds before it are left as they are.
CREATE TABLE t.world (one bool PRIMARY KEY DEFAULT true, n int,
	since timestamptz,
	history bigint); -- the last entry that t.broken() has looked at
INSERT INTO t.world (n, since, history) VALUES (0, '2027-01-01', 0);

CREATE FUNCTION t.n(name text) RETURNS text LANGUAGE sql STABLE
	SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT name || '-' || n FROM t.world $$;

CREATE FUNCTION t.new_world() RETURNS void LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE
	o bigint;
	s bigint;
	chip bigint;
	tre bigint;
	ter bigint;
BEGIN
	UPDATE test_clock SET now = now + interval '1 day';
	UPDATE t.world SET n = n + 1, since = assay_now();
	INSERT INTO organisation (handle, name, country, kind, makes)
	VALUES (t.n('acme'), t.n('Acme'), 'DE', 'supplier', '{tre,terminal}')
	RETURNING id INTO o;
	UPDATE organisation SET state = 'active' WHERE id = o;
	INSERT INTO principal (handle, organisation_id, role)
	VALUES (t.n('supplier'), o, 'supplier');
	INSERT INTO site (handle, organisation_id, name, country, address)
	VALUES (t.n('fab'), o, t.n('Fab'), 'DE', 'Street 1') RETURNING id INTO s;
	INSERT INTO site_scope (site_id, scope)
	VALUES (s, 'tre_production'), (s, 'terminal_assembly');
	INSERT INTO model (handle, kind, organisation_id, name, version)
	VALUES (t.n('chip'), 'hardware_platform', o, t.n('Chip'), '1')
	RETURNING id INTO chip;
	INSERT INTO model (handle, kind, organisation_id, name, version,
	    hardware_platform_id, tre_kind, least_firmware)
	VALUES (t.n('tre'), 'tre', o, t.n('TrE'), '1', chip, 'embedded', '1')
	RETURNING id INTO tre;
	INSERT INTO model (handle, kind, organisation_id, name, version, tacs)
	SELECT t.n('ter'), 'terminal', o, t.n('Ter'), '1',
	    ARRAY[lpad(n::text, 8, '3')] FROM t.world
	RETURNING id INTO ter;
	INSERT INTO model_contains VALUES (ter, tre);
	IF t.chance(0.5) THEN -- somebody has begun already
		UPDATE model SET state = 'registered' WHERE organisation_id = o;
		UPDATE site_scope SET state = 'full',
		    expires = assay_now() + interval '300 days'
		WHERE site_id = s;
	END IF;
END
$$;

-- ---- chance

CREATE FUNCTION t.chance(p float) RETURNS bool LANGUAGE sql VOLATILE
	AS $$ SELECT random() < p $$;
CREATE FUNCTION t.pick(VARIADIC words text[]) RETURNS text LANGUAGE sql VOLATILE
	AS $$ SELECT words[1 + floor(random() * cardinality(words))::int] $$;

-- Mostly somebody who may, sometimes just anybody.
CREATE FUNCTION t.act_as(VARIADIC roles text[]) RETURNS void LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE
	any_role bool := t.chance(0.1);
BEGIN
	PERFORM actor_begin((SELECT id FROM principal
	    WHERE (any_role OR role = ANY (roles)) AND state = 'active'
	    AND (role <> 'supplier' OR any_role OR handle = t.n('supplier'))
	    ORDER BY random() LIMIT 1));
END
$$;

CREATE FUNCTION t.sign(url text, body jsonb DEFAULT '{}') RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	IF url IS NULL THEN
		RAISE 'there is nothing of that kind'
		    USING ERRCODE = 'AY003', DETAIL = 'NOTHING';
	END IF;
	PERFORM assay.statement_add(url, convert_to(body::text, 'UTF8'),
	    gen_random_uuid()::text);
END
$$;

-- The number or handle of something of this world, at random; or nothing.
CREATE FUNCTION t.some(what text) RETURNS text LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
BEGIN
	RETURN (SELECT number FROM (
	    SELECT 'audit' AS w, a.number, a.id FROM audit a
	      JOIN site s ON s.id = a.site_id WHERE s.handle = t.n('fab')
	      AND a.state NOT IN ('closed', 'cancelled')
	    UNION ALL SELECT 'declaration', d.number, d.id FROM declaration d
	      JOIN model m ON m.id = d.model_id
	      WHERE m.handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	      AND (d.state = 'submitted' OR t.chance(0.3)
		AND d.state IN ('in_force', 'challenged'))
	    UNION ALL SELECT 'coc', c.number, c.id FROM coc c
	      JOIN model m ON m.id = c.model_id
	      WHERE m.handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	      AND c.state IN ('provisional', 'certified', 'suspended')
	    UNION ALL SELECT 'measure', number, id FROM measure
	      WHERE state = 'in_force'
	      AND created >= (SELECT since FROM t.world)
	    UNION ALL SELECT 'model', handle, id FROM model
	      WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	    UNION ALL SELECT 'proposal', id::text, id FROM proposal
	      WHERE state = 'open'
	      AND created >= (SELECT since FROM t.world)) x
	    WHERE w = what ORDER BY random() LIMIT 1);
END
$$;

-- The first model from the ground up that still wants one; now and then any.
CREATE FUNCTION t.wants(what text) RETURNS text LANGUAGE sql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
	SELECT CASE WHEN t.chance(0.2) THEN t.some('model') ELSE coalesce((
	    SELECT m.handle FROM model m
	    WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	    AND CASE what WHEN 'coc' THEN NOT EXISTS (SELECT FROM coc_good(m.id))
	    WHEN 'register' THEN m.state = 'draft'
	    ELSE NOT EXISTS (SELECT FROM declaration d WHERE d.model_id = m.id
		AND d.state IN ('submitted', 'in_force', 'challenged')) END
	    ORDER BY m.id LIMIT 1), t.some('model')) END $$;

-- ---- acts

CREATE FUNCTION t.do_judge() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p assay.proposal;
	verdict text := CASE WHEN t.chance(0.05) THEN 'reject' ELSE 'approve' END;
	hit bigint; -- what revokes is counted
BEGIN
	SELECT * INTO p FROM t.proposal(t.some('proposal')::bigint);
	SELECT (r ->> 'devices')::bigint INTO hit FROM t.reach(p) r
	WHERE (r -> 'counted')::bool AND NOT t.chance(0.05);
	FOR i IN 1..3 LOOP -- mostly another than its proposer
		PERFORM t.act_as(VARIADIC (SELECT approver_roles FROM assay.act
		    WHERE name = p.act));
		EXIT WHEN assay.actor_id() <> p.proposed_by;
	END LOOP;
	PERFORM t.sign('/v1/proposals/' || p.id || '/approve',
	    jsonb_build_object('subject', p.subject_number, 'act', p.act,
	    'terms_sha256', encode(p.terms_sha256, 'hex'),
	    'verdict', verdict, 'reason', 'by chance', 'count', hit));
	PERFORM assay.proposal_judge(p.id, p.subject_number, p.act,
	    p.terms_sha256, verdict, 'by chance', hit);
END
$$;
CREATE FUNCTION t.proposal(p_id bigint) RETURNS SETOF assay.proposal
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT * FROM proposal WHERE id = p_id $$;

CREATE FUNCTION t.reach(p assay.proposal) RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT proposal_reach(p) $$;

CREATE FUNCTION t.do_organisation() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	o text := t.n('acme');
BEGIN
	PERFORM t.act_as('officer');
	IF t.chance(0.8) THEN
		PERFORM t.sign('/v1/organisations/' || o || '/reinstate');
		PERFORM assay.organisation_propose(o, 'organisation_reinstate');
	ELSE
		PERFORM assay.organisation_set_state(o, 'suspended');
	END IF;
END
$$;

CREATE FUNCTION t.file(content text) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_catalog.sha256(convert_to(content, 'UTF8')) $$;

CREATE FUNCTION t.next_step(a text) RETURNS text LANGUAGE sql STABLE
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
	SELECT CASE state WHEN 'planned' THEN 'start' WHEN 'reported'
	    THEN 'decide' ELSE CASE WHEN reported_by IS NULL THEN 'report'
	    ELSE 'confirm' END END FROM audit WHERE number = a $$;

-- One step of an audit of the site, mostly the next one.
CREATE FUNCTION t.do_audit() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	a text := t.some('audit');
	step text := CASE WHEN t.chance(0.8) THEN t.next_step(a)
	    ELSE t.pick('start', 'report', 'confirm', 'decide') END;
	result text := CASE WHEN t.chance(0.1) THEN 'non_' ELSE '' END
	    || 'compliant';
BEGIN
	IF a IS NULL OR t.chance(0.1) THEN
		PERFORM t.act_as('officer');
		PERFORM assay.audit_plan(t.n('fab'), t.pick('dry', 'wet', 'wet',
		    'renewal', 'repeat', 'extraordinary'),
		    CASE WHEN t.chance(0.5) THEN
			'{tre_production,terminal_assembly}'
		    ELSE ARRAY[t.pick('tre_production', 'terminal_assembly')]
		    END, '{auditor-1,auditor-2}', '2027-01-01');
		RETURN;
	END IF;
	CASE step
	WHEN 'start' THEN
		PERFORM t.act_as('auditor');
		PERFORM assay.audit_start(a);
	WHEN 'report' THEN
		PERFORM t.act_as('auditor');
		PERFORM assay.evidence_add(t.file(a), 10, 'text/plain', a);
		IF t.chance(0.9) THEN
			PERFORM t.act_as('officer');
			PERFORM assay.evidence_judge(t.file(a), 'accepted', NULL);
			PERFORM t.act_as('auditor');
		END IF;
		PERFORM assay.audit_report(a, result, assay.assay_now(),
		    t.file(a), '{}', 'as found');
	WHEN 'confirm' THEN
		PERFORM t.act_as('auditor');
		PERFORM assay.audit_confirm(a);
	ELSE
		PERFORM t.act_as('decider');
		PERFORM t.sign('/v1/audits/' || a || '/decide',
		    jsonb_build_object('result', result));
		PERFORM assay.audit_decide(a, result);
	END CASE;
END
$$;

CREATE FUNCTION t.do_site() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	scope text := t.pick('tre_production', 'terminal_assembly');
BEGIN
	PERFORM t.act_as('officer', 'security');
	IF t.chance(0.75) THEN
		PERFORM t.sign('/v1/sites/' || t.n('fab') || '/reinstate',
		    jsonb_build_object('scope', scope, 'reason', 'by chance'));
		PERFORM assay.site_reinstate(t.n('fab'), scope, 'by chance');
	ELSIF t.chance(0.95) THEN
		PERFORM assay.site_suspend(t.n('fab'), scope, 'by chance');
	ELSE
		PERFORM assay.site_withdraw(t.n('fab'), scope, 'by chance');
	END IF;
END
$$;

CREATE FUNCTION t.do_model() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM t.act_as('officer');
	IF t.chance(0.98) THEN
		PERFORM assay.model_register(t.wants('register'));
	ELSE
		PERFORM assay.model_retire(t.some('model'));
	END IF;
END
$$;

CREATE FUNCTION t.ruleset(m text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE split_part(m, '-', 1)
	    WHEN 'chip' THEN 'hardware-platform-robustness'
	    WHEN 'tre' THEN 'tre-robustness' ELSE 'terminal-robustness' END $$;

CREATE FUNCTION t.do_declare() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m text := t.wants('declaration');
	lie float := CASE WHEN t.chance(0.3) THEN 0.02 ELSE 0 END;
BEGIN
	PERFORM t.act_as('supplier');
	PERFORM assay.declaration_submit(m, t.ruleset(m), 1,
	    (SELECT jsonb_object_agg(u.rule, jsonb_build_object('answer',
		CASE WHEN t.chance(lie) THEN 'no' ELSE 'yes' END,
		'statement', 'met by design'))
	     FROM assay.ruleset r, assay.ruleset_rules(r.content) u
	     WHERE r.name = t.ruleset(m)),
	    assay.assay_now() + make_interval(days =>
		1 + floor(random() * 364)::int), gen_random_uuid()::text);
END
$$;

CREATE FUNCTION t.do_declaration() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	d text := t.some('declaration');
BEGIN
	IF t.chance(0.95) THEN
		PERFORM t.act_as('officer');
		PERFORM assay.declaration_accept(d);
	ELSE
		PERFORM t.act_as('supplier', 'officer');
		PERFORM assay.declaration_withdraw(d);
	END IF;
END
$$;

-- Somebody doubts what was declared; two settle it.
CREATE FUNCTION t.do_challenge() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	d text := t.some('declaration');
	verdict text := t.pick('uphold', 'uphold', 'refute');
BEGIN
	IF t.chance(0.3) THEN
		PERFORM t.act_as('security', 'officer', 'decider');
		PERFORM t.sign('/v1/declarations/' || d || '/challenge',
		    jsonb_build_object('rules', t.a_rule(d), 'ground', 'by chance'));
		PERFORM assay.declaration_challenge_open(d, t.a_rule(d),
		    'by chance', NULL);
	ELSE
		PERFORM t.act_as('decider');
		PERFORM t.sign('/v1/declarations/' || d || '/' || verdict,
		    '{"reason": "by chance"}');
		PERFORM assay.declaration_settle(d, verdict, 'by chance', false);
	END IF;
END
$$;
CREATE FUNCTION t.a_rule(d text) RETURNS text[] LANGUAGE sql SECURITY DEFINER
	SET search_path = assay, pg_temp AS $$
	SELECT ARRAY[min(u.rule)] FROM declaration k
	JOIN ruleset r ON r.id = k.ruleset_id, ruleset_rules(r.content) u
	WHERE k.number = d $$;

-- A report proves false: what rests on it falls.
CREATE FUNCTION t.do_repudiate() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	e bytea := t.a_report();
BEGIN
	PERFORM t.act_as('officer', 'security');
	PERFORM t.sign('/v1/evidence/' || encode(e, 'hex') || '/repudiate',
	    '{"reason": "by chance"}');
	PERFORM assay.evidence_repudiate(e, 'by chance');
END
$$;
CREATE FUNCTION t.a_report() RETURNS bytea LANGUAGE sql SECURITY DEFINER
	SET search_path = assay, pg_temp AS $$
	SELECT e.sha256::bytea FROM audit a JOIN evidence e ON e.id = a.report_id
	JOIN site s ON s.id = a.site_id WHERE s.handle = t.n('fab')
	ORDER BY random() LIMIT 1 $$;

CREATE FUNCTION t.do_coc() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m text := t.wants('coc');
	terms jsonb := jsonb_strip_nulls(jsonb_build_object('model', m,
	    'level', 1 + floor(4 * random() ^ 2)::int,
	    'site', CASE WHEN m NOT LIKE 'chip%' THEN t.n('fab') END,
	    'quota', 1000, 'valid_days', 30 + floor(random() * 600)::int));
BEGIN
	PERFORM t.act_as('decider');
	PERFORM t.sign('/v1/cocs', terms);
	PERFORM assay.coc_propose(m, (terms ->> 'level')::int,
	    terms ->> 'site', NULL, 1000, (terms ->> 'valid_days')::int);
END
$$;

CREATE FUNCTION t.do_coc_change() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c text := t.some('coc');
	change text := t.pick('suspend', 'reinstate', 'reinstate', 'reinstate',
	    CASE WHEN t.chance(0.2) THEN 'withdraw' ELSE 'suspend' END);
BEGIN
	PERFORM t.act_as('decider');
	PERFORM t.sign('/v1/cocs/' || c || '/' || change,
	    '{"reason": "by chance"}');
	PERFORM assay.coc_propose_change(c, change, 'by chance');
END
$$;

CREATE FUNCTION t.do_measure() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m text := t.some('measure');
	terms jsonb;
BEGIN
	PERFORM t.act_as('security', 'decider');
	IF m IS NOT NULL AND t.chance(0.8) THEN
		PERFORM t.sign('/v1/measures/' || m || '/lift',
		    '{"reason": "by chance"}');
		PERFORM assay.measure_propose_lift(m, 'by chance');
		RETURN;
	END IF;
	terms := jsonb_build_object('kind',
	    t.pick('issuance_freeze', 'download_freeze', 'hold'),
	    'legal_basis', 'by chance', 'emergency', t.chance(0.7))
	    || (SELECT jsonb_build_object('scope_kind', k, 'scope', CASE k
		WHEN 'organisation' THEN t.n('acme')
		WHEN 'site' THEN t.n('fab')
		WHEN 'hardware_platform' THEN t.n('chip')
		ELSE t.n(t.pick('tre', 'ter')) END)
	    FROM t.pick('organisation', 'site', 'hardware_platform', 'model')
		AS k);
	PERFORM t.sign('/v1/measures', terms);
	PERFORM assay.measure_propose(terms);
END
$$;

CREATE FUNCTION t.do_certificate() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c text := t.certificate();
BEGIN
	PERFORM t.act_as('security');
	IF t.chance(0.5) THEN
		PERFORM assay.certificate_hold(c, 'by chance');
	ELSIF t.chance(0.7) THEN
		PERFORM t.sign('/v1/certificates/' || c || '/release',
		    '{"reason": "by chance"}');
		PERFORM assay.certificate_release_propose(c, 'by chance');
	ELSE
		PERFORM assay.certificate_revoke(c, 'keyCompromise', NULL);
	END IF;
END
$$;
CREATE FUNCTION t.certificate() RETURNS text LANGUAGE sql SECURITY DEFINER
	SET search_path = assay, pg_temp AS $$
	SELECT encode(c.serial, 'hex') FROM certificate c
	JOIN lot l ON l.id = c.lot_id JOIN model m ON m.id = l.model_id
	WHERE m.handle IN (t.n('tre'), t.n('ter'))
	ORDER BY random() LIMIT 1 $$;

-- ---- one step

CREATE FUNCTION t.step() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	what text := CASE WHEN t.chance(0.88)
	    THEN t.pick('judge', 'judge', 'judge', 'judge', 'audit', 'audit',
		'audit', 'model', 'declare', 'declare', 'declaration',
		'declaration', 'coc')
	    ELSE t.pick('organisation', 'site', 'certificate', 'measure',
		'measure', 'coc_change', 'coc_change', 'coc_change',
		'challenge', 'challenge',
		CASE WHEN t.chance(0.2) THEN 'repudiate' ELSE 'challenge' END) END;
	why text;
BEGIN
	EXECUTE 'SELECT t.do_' || what || '()';
	RETURN what;
EXCEPTION WHEN OTHERS THEN
	-- refused by a rule of ours; else it is a defect
	GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL;
	IF SQLSTATE !~ '^AY00[1-4]$' THEN
		RETURN format('DEFECT %s: %s %s', what, SQLSTATE, SQLERRM);
	END IF;
	RETURN format('%s: %s', what, why);
END
$$;

-- What the authority would do with what is approved, whoever wrote it; and
-- time goes by, noticed or not.
CREATE FUNCTION t.pass() RETURNS void LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE
	o "order";
BEGIN
	FOR o IN SELECT * FROM "order" WHERE state = 'queued' LOOP
		BEGIN
			PERFORM give_back(o.subject_id);
		EXCEPTION WHEN OTHERS THEN
			UPDATE "order" SET state = 'failed' WHERE id = o.id;
		END;
	END LOOP;
	PERFORM set_config('assay.actor', '', true);
	IF t.chance(0.02) THEN
		UPDATE test_clock SET now = now + make_interval(
		    days => floor(random() * 40)::int);
	END IF;
	UPDATE test_clock SET now = now + make_interval(
	    secs => 1 + floor(random() * 7200)::int);
	IF t.chance(0.8) THEN
		PERFORM clock_tick();
	END IF;
END
$$;

-- A TrE and its terminal, made without asking anybody: what a CA would issue
-- that asked nobody either.
CREATE FUNCTION t.issue(OUT tre bytea, OUT ter bytea) LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE
	side text;
	m model;
	k bigint;
	l bigint;
	d bigint[];
	der bytea;
BEGIN
	SET LOCAL session_replication_role = replica; -- no guards
	FOREACH side IN ARRAY '{tre,ter}'::text[] LOOP
		SELECT * INTO m FROM model WHERE handle = t.n(side);
		SELECT max(id) INTO k FROM coc WHERE model_id = m.id
		    AND state IN ('provisional', 'certified');
		SELECT coalesce(k, max(id)) INTO k FROM coc
		WHERE model_id = m.id AND state NOT IN ('proposed', 'refused');
		IF k IS NULL THEN
			RETURN;
		END IF;
		INSERT INTO lot (number, organisation_id, model_id, site_id,
		    coc_id, reference, count, header_jws, rows_sha256,
		    submitted_by, state, issued)
		SELECT next_number('LOT'), m.organisation_id, m.id, s.id, k,
		    'x', 1, 'x', sha256(gen_random_uuid()::text::bytea), p.id,
		    'issued', 1
		FROM site s, principal p WHERE s.handle = t.n('fab')
		    AND p.handle = t.n('supplier')
		RETURNING id INTO l;
		INSERT INTO device (kind, device_id, model_id, lot_id,
		    organisation_id)
		SELECT m.kind, upper(side) || '-' || l, m.id, l,
		    m.organisation_id
		RETURNING d || id INTO d;
		der := decode(md5(random()::text) || md5(random()::text), 'hex');
		INSERT INTO certificate (issuer_id, index, profile, serial, der,
		    der_sha256, spki_sha256, device_id, lot_id, coc_id,
		    not_before, issued)
		VALUES (1, l, m.kind, substr(der, 1, 17), der, sha256(der),
		    sha256(der), d[cardinality(d)], l, k, assay_now(),
		    assay_now());
		IF side = 'tre' THEN
			tre := sha256(der);
		ELSE
			ter := sha256(der);
		END IF;
	END LOOP;
	INSERT INTO binding (tre_id, terminal_id) VALUES (d[1], d[2]);
	SET LOCAL session_replication_role = origin;
END
$$;

-- ---- what must never be

-- Why a model's CoC may not be in force, by the rules of the domain as they
-- are written here, not by the functions that grant it.
CREATE FUNCTION t.lacks(c coc) RETURNS SETOF text LANGUAGE sql STABLE
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
	SELECT 'supplier ' || o.state FROM model m
	JOIN organisation o ON o.id = m.organisation_id
	WHERE m.id = c.model_id AND o.state <> 'active'
	UNION ALL SELECT 'model ' || m.state FROM model m
	WHERE m.id = c.model_id AND m.state <> 'registered'
	UNION ALL SELECT 'site ' || coalesce(x.state, 'absent') FROM model m
	LEFT JOIN site_scope x ON x.id = c.site_scope_id
	WHERE m.id = c.model_id AND m.kind <> 'hardware_platform'
	    AND NOT coalesce(x.state IN ('provisional', 'full')
		AND x.expires > assay_now() AND x.expires >= c.expires, false)
	UNION ALL SELECT 'firmer than its site' FROM site_scope x
	WHERE x.id = c.site_scope_id AND x.state = 'provisional'
	    AND c.state = 'certified'
	UNION ALL SELECT 'declaration' WHERE NOT EXISTS (
	    SELECT FROM declaration d WHERE d.model_id = c.model_id
	    AND d.state = 'in_force' AND d.expires >= c.expires
	    AND NOT EXISTS (SELECT FROM ruleset r,
		jsonb_array_elements(r.content -> 'groups') g,
		jsonb_array_elements(g -> 'rules') u
		WHERE r.id = d.ruleset_id AND u -> 'levels' @> to_jsonb(c.level)
		AND d.answers -> (u ->> 'id') ->> 'answer' <> 'yes'))
	UNION ALL SELECT 'component' FROM model m
	WHERE m.id = c.model_id AND m.kind <> 'hardware_platform'
	    AND NOT EXISTS (SELECT FROM coc p WHERE p.model_id IN (
		SELECT m.hardware_platform_id UNION SELECT tre_model_id
		FROM model_contains WHERE terminal_model_id = m.id)
		AND p.state IN ('provisional', 'certified')
		AND p.expires > assay_now()
		AND (m.kind = 'terminal' OR p.level >= c.level));
$$;

-- Since it last looked: a CoC that came into force without all it needs, or
-- that was not granted by two people.  And at any time: one that is in force
-- although its site, declaration or components no longer carry it.
CREATE FUNCTION t.broken() RETURNS SETOF text LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT format('%s became %s: %s', c.number, h.to_state, x)
	FROM history h JOIN coc c ON c.id = h.subject_id, t.lacks(c) x
	WHERE h.entity = 'coc' AND h.id > (SELECT history FROM t.world)
	    AND h.to_state IN ('provisional', 'certified')
	    AND h.from_state <> h.to_state -- else only its end came nearer
	    AND c.state = h.to_state
	UNION ALL
	SELECT format('%s is %s: %s', c.number, c.state, x)
	FROM coc c, t.lacks(c) x
	WHERE c.state IN ('provisional', 'certified')
	    AND c.model_id IN (SELECT id FROM model
		WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter')))
	    AND c.expires > assay_now() AND x !~ '^(supplier|model) '
	    AND NOT (x = 'declaration' AND EXISTS (SELECT FROM declaration d
		WHERE d.model_id = c.model_id AND d.state = 'challenged'))
	UNION ALL
	SELECT format('%s was granted by one', c.number) FROM coc c
	WHERE c.model_id IN (SELECT id FROM model
	    WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter')))
	    AND c.state IN ('provisional', 'certified') AND NOT EXISTS (
	    SELECT FROM proposal p JOIN approval a ON a.proposal_id = p.id
	    WHERE p.act = 'coc_certify' AND p.subject_id = c.id
	    AND a.verdict = 'approve' AND a.principal_id <> p.proposed_by);
	UPDATE t.world SET history = (SELECT coalesce(max(id), 0) FROM history);
END
$$;

-- Why these two may not be permitted, by the same kind of rules.
CREATE FUNCTION t.bars(p_tre bytea, p_ter bytea) RETURNS SETOF text
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp AS $$
DECLARE
	c certificate;
	m bigint;
	models bigint[];
BEGIN
	FOR c IN SELECT * FROM certificate WHERE der_sha256 IN (p_tre, p_ter)
	LOOP
		IF c.state <> 'issued' THEN
			RETURN NEXT 'certificate ' || c.state;
		END IF;
		SELECT array_agg(x) INTO models FROM (
		    SELECT model_id AS x FROM device WHERE id = c.device_id
		    UNION SELECT hardware_platform_id FROM model k
		    JOIN device d ON d.model_id = k.id
		    WHERE d.id = c.device_id AND k.kind = 'tre') y;
		FOREACH m IN ARRAY models LOOP
			IF NOT EXISTS (SELECT FROM coc k WHERE k.model_id = m
			    AND (k.state IN ('provisional', 'certified')
				AND k.expires > assay_now()
			    OR k.state IN ('provisional', 'certified',
				'expired')
				AND k.on_expired = 'permit' AND k.expires +
				make_interval(days => k.grace_days)
				> assay_now())) THEN
				RETURN NEXT 'no CoC in force or grace';
			END IF;
			IF EXISTS (SELECT FROM coc k WHERE k.model_id = m
			    AND k.state = 'withdrawn'
			    AND k.effective >= c.issued) THEN
				RETURN NEXT 'its CoC was withdrawn';
			END IF;
			IF EXISTS (SELECT FROM declaration d WHERE d.model_id = m
			    AND d.state = 'challenged') THEN
				RETURN NEXT 'challenged';
			END IF;
			IF NOT EXISTS (SELECT FROM history h
			    JOIN coc k ON k.id = h.subject_id
			    WHERE h.entity = 'coc' AND k.model_id = m
			    AND h.to_state IN ('provisional', 'certified')
			    AND h.effective <= c.issued) THEN
				RETURN NEXT 'never accredited before issue';
			END IF;
		END LOOP;
		IF EXISTS (SELECT FROM measure x JOIN lot l ON l.id = c.lot_id
		    WHERE x.state = 'in_force' AND x.kind <> 'issuance_freeze'
		    AND CASE x.scope_kind
			WHEN 'organisation' THEN x.scope_id = l.organisation_id
			WHEN 'site' THEN x.scope_id = l.site_id
			ELSE x.scope_id = ANY (models) END) THEN
			RETURN NEXT 'measure';
		END IF;
		IF EXISTS (SELECT FROM lot l JOIN organisation o
		    ON o.id = l.organisation_id WHERE l.id = c.lot_id
		    AND o.state <> 'active') THEN
			RETURN NEXT 'supplier';
		END IF;
	END LOOP;
END
$$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
