-- Random acts in the world of acts_world.sql: t.step() is one by somebody, legal
-- or not, as the api's role does it; t.pass() lets time go by.

SET search_path = assay, pg_temp;

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
		EXIT WHEN nullif(current_setting('assay.actor', true), '')::bigint <> p.proposed_by;
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
		PERFORM assay.organisation_set_state(o, 'suspended', 'tested');
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
		PERFORM assay.audit_confirm(a, (SELECT x.result
		    FROM assay.audit x WHERE x.number = a), t.file(a),
		    (SELECT x.ended FROM assay.audit x WHERE x.number = a));
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

CREATE FUNCTION t.down(m text) RETURNS text LANGUAGE sql SECURITY DEFINER
	SET search_path = assay, pg_temp AS $$
	SELECT c.number FROM coc c JOIN model d ON d.id = c.model_id
	WHERE d.handle = m AND c.state = 'suspended' $$;

CREATE FUNCTION t.do_coc() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m text := t.wants('coc');
	instead text := CASE WHEN t.chance(0.5) THEN t.down(m) END;
	terms jsonb := jsonb_strip_nulls(jsonb_build_object('model', m,
	    'level', 1 + floor(4 * random() ^ 2)::int,
	    'site', CASE WHEN m NOT LIKE 'chip%' THEN t.n('fab') END,
	    'quota', 1000, 'valid_days', 30 + floor(random() * 600)::int,
	    'instead_of', instead,
	    'reason', CASE WHEN instead IS NOT NULL THEN 'by chance' END));
BEGIN
	PERFORM t.act_as('decider');
	PERFORM t.sign('/v1/cocs', terms);
	PERFORM assay.coc_propose(m, (terms ->> 'level')::int,
	    terms ->> 'site', NULL, 1000, (terms ->> 'valid_days')::int,
	    p_instead_of => instead, p_reason => terms ->> 'reason');
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

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
