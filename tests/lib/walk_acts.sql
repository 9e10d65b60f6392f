-- What people do in the world of walk_world.sql: each t.do_NAME() says who tries
-- what, of which the last columns are for the model (walk_model.sql).

SET search_path = assay, pg_temp;

CREATE TYPE t.try AS (who text, url text, body jsonb, call text,
	verb text, a jsonb);
CREATE FUNCTION t.try(who text, url text, body jsonb, call text,
    verb text DEFAULT 'nothing', a jsonb DEFAULT '{}') RETURNS t.try
	LANGUAGE sql AS $$ SELECT (who, url, body, call, verb, a)::t.try $$;

-- One of what there is; NULL: there is none.
CREATE FUNCTION t.of(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a text[];
BEGIN
	EXECUTE 'SELECT array_agg(x ORDER BY x) FROM (' || q || ') q (x)' INTO a;
	RETURN t.one(a);
END
$$;
CREATE FUNCTION t.model_one() RETURNS text LANGUAGE sql
	AS $$ SELECT t.pick('chip', 'tre', 'tre-c', 'ter') $$;
CREATE FUNCTION t.site_one() RETURNS text LANGUAGE sql
	AS $$ SELECT t.pick('fab', 'fab', 'fab-2', 'mill', 'works', 'works', 'works-2') $$;

CREATE FUNCTION t.judge_as(p_id bigint, w text, v text) RETURNS t.try
	LANGUAGE plpgsql AS $$
DECLARE
	p assay.proposal := (SELECT x FROM assay.proposal x WHERE id = p_id);
	said jsonb := jsonb_build_object('reason', 'by chance');
	hit bigint := CASE WHEN v = 'approve' AND
	    (assay.proposal_reach(p) -> 'counted')::bool
	    THEN (assay.proposal_reach(p) ->> 'devices')::bigint END;
BEGIN
	IF v = 'withdraw' THEN
		RETURN t.try((SELECT handle FROM assay.principal
		    WHERE id = p.proposed_by), format('/v1/proposals/%s/withdraw',
		    p.id), said, format('assay.proposal_withdraw(%s, %L)', p.id,
		    'by chance'), 'reject', to_jsonb(p));
	END IF;
	RETURN t.try(w, format('/v1/proposals/%s/approve', p.id),
	    said || jsonb_build_object('subject', p.subject_number,
		'act', p.act, 'terms_sha256', encode(p.terms_sha256, 'hex'),
		'verdict', v, 'count', hit),
	    format('assay.proposal_judge(%s, %L, %L, %L, %L, %L, %L)', p.id,
		p.subject_number, p.act, p.terms_sha256::bytea, v, 'by chance',
		hit), v, to_jsonb(p));
END
$$;
CREATE FUNCTION t.do_judge() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	p assay.proposal;
	w text;
BEGIN
	SELECT * INTO p FROM assay.proposal WHERE id = t.of(
	    $q$SELECT lpad(id::text, 12, '0') FROM assay.proposal WHERE state = 'open'$q$)::bigint;
	IF FOUND THEN
		w := t.of(format($q$SELECT q.handle FROM assay.principal q,
		    assay.act a WHERE a.name = %L AND q.role = ANY
		    (a.approver_roles) AND q.id <> %s$q$, p.act, p.proposed_by));
		RETURN NEXT t.judge_as(p.id, CASE WHEN t.chance(0.08)
		    THEN (SELECT handle FROM assay.principal WHERE id = p.proposed_by)
		    ELSE t.who(w) END, CASE WHEN t.chance(0.88) THEN 'approve'
		    ELSE t.pick('reject', 'withdraw') END);
	END IF;
END
$$;

-- ---- CoCs

CREATE FUNCTION t.propose_as(w text, m text, lvl int, s text, days int,
    instead text, ext text) RETURNS t.try LANGUAGE sql AS $$
	SELECT t.try(w, '/v1/cocs', j, format('assay.coc_propose(%L, %s, %L, '
	    'NULL, 100, %s, p_external => %L, p_instead_of => %L, p_reason => %L)',
	    m, lvl, s, days, CASE WHEN ext IS NOT NULL THEN ARRAY[ext] END,
	    instead, j ->> 'reason'), 'propose', j)
	FROM jsonb_strip_nulls(jsonb_build_object('model', m, 'level', lvl,
	    'site', s, 'quota', 100, 'valid_days', days, 'instead_of', instead,
	    'reason', CASE WHEN instead IS NOT NULL THEN 'it is gone' END,
	    'external_certificates', CASE WHEN ext IS NOT NULL
	    THEN jsonb_build_array(ext) END)) j $$;
CREATE FUNCTION t.do_coc() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	m text := t.model_one();
	down text := (SELECT number FROM assay.coc c JOIN assay.model x
	    ON x.id = c.model_id WHERE x.handle = m AND c.state = 'suspended');
BEGIN
	RETURN NEXT t.propose_as(t.who('decider-1', 'decider-2', 'decider-3',
	    'decider-4'), m, CASE WHEN t.chance(0.8) THEN
		CASE m WHEN 'chip' THEN 4 ELSE 2 END ELSE 1 + floor(3 * t.d())::int
	    END, t.one(t.sites(m)), 20 + floor(700 * t.d())::int,
	    CASE WHEN t.chance(0.7) THEN down
		WHEN t.chance(0.2) THEN t.of('SELECT number FROM assay.coc') END,
	    CASE WHEN m = 'tre-c' AND t.chance(0.3) THEN t.of(
		'SELECT number FROM assay.external_certificate') END);
END
$$;
CREATE FUNCTION t.change_as(w text, c text, v text) RETURNS t.try LANGUAGE sql AS $$
	SELECT t.try(w, format('/v1/cocs/%s/%s', c, v), '{"reason": "by chance"}',
	    format('assay.coc_propose_change(%L, %L, %L)', c, v, 'by chance')) $$;
CREATE FUNCTION t.do_change() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	v text := t.pick('suspend', 'suspend', 'reinstate', 'reinstate',
	    'reinstate', CASE WHEN t.chance(0.3) THEN 'withdraw' ELSE 'suspend' END);
BEGIN
	RETURN NEXT t.change_as(t.who('decider-1', 'decider-2', 'decider-3'),
	    t.of(format($q$SELECT number FROM assay.coc WHERE state = ANY (%L)$q$,
	    CASE WHEN v = 'reinstate' THEN '{suspended}'
		WHEN t.chance(0.1) THEN '{superseded,expired,withdrawn}'
		ELSE '{certified,provisional,suspended}' END)), v);
END
$$;

-- ---- suppliers, sites

CREATE FUNCTION t.do_organisation() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	o text := t.pick('acme', 'bolt', 'cleo');
	v text := CASE WHEN t.chance(0.02) THEN 'terminated' ELSE 'suspended' END;
BEGIN
	IF t.chance(0.4) THEN
		RETURN NEXT t.try(t.who('officer-1', 'security-1'), NULL, NULL,
		    format('assay.organisation_set_state(%L, %L, %L)', o, v,
		    'by chance'), 'organisation', jsonb_build_object('o', o, 'to', v));
	ELSE
		o := coalesce(t.of($q$SELECT handle FROM assay.organisation
		    WHERE state = 'suspended'$q$), o);
		RETURN NEXT t.try(t.who('officer-1', 'officer-2'),
		    format('/v1/organisations/%s/reinstate', o), '{}',
		    format('assay.organisation_propose(%L, %L)', o,
		    'organisation_reinstate'));
	END IF;
END
$$;
CREATE FUNCTION t.do_site() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	s text := t.site_one();
	v text := CASE WHEN t.chance(0.12) THEN 'withdraw' ELSE 'suspend' END;
BEGIN
	IF t.chance(0.5) THEN
		RETURN NEXT t.try(t.who('officer-1', 'security-1'), NULL, NULL,
		    format('assay.site_%s(%L, NULL, %L)', v, s, 'by chance'),
		    'site', jsonb_build_object('s', s, 'to', v));
	ELSE
		RETURN NEXT t.try(t.who('officer-1', 'security-2'),
		    format('/v1/sites/%s/reinstate', s), '{"reason": "by chance"}',
		    format('assay.site_reinstate(%L, NULL, %L)', s, 'by chance'));
	END IF;
END
$$;

-- An audit, up to where somebody proposes its decision; sometimes it finds something.
CREATE FUNCTION t.audit_as(s text, kind text, gap text, good bool)
	RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	a text := t.next('AUD');
	r text := CASE WHEN good THEN 'compliant' ELSE 'non_compliant' END;
	f text := 'report of ' || a;
	now_ text := assay.assay_now()::text;
BEGIN
	RETURN NEXT t.try('officer-1', NULL, NULL, format('assay.audit_plan(%L, %L,
	    %L, %L, %L)', s, kind, ARRAY[t.scope(s)], '{auditor-1,auditor-2}',
	    now_::date));
	RETURN NEXT t.try('auditor-1', NULL, NULL, format('assay.audit_start(%L)', a));
	IF gap IS NOT NULL THEN
		RETURN NEXT t.try('auditor-1', NULL, NULL, format('assay.finding_new(
		    %L, %L, %L, NULL, %L)', a, t.scope(s), gap, 'a gap'));
	END IF;
	RETURN NEXT t.try('auditor-1', NULL, NULL, format('assay.evidence_add(%L, 9,
	    %L, %L)', t.sha(f), 'text/plain', f));
	RETURN NEXT t.try('officer-1', NULL, NULL, format('assay.evidence_judge(%L,
	    %L, NULL)', t.sha(f), 'accepted'));
	RETURN NEXT t.try('auditor-1', NULL, NULL, format('assay.audit_report(%L, %L,
	    %L, %L, %L, %L)', a, r, now_, t.sha(f), '{}', 'as found'));
	RETURN NEXT t.try('auditor-2', NULL, NULL, format('assay.audit_confirm(%L, %L,
	    %L, %L)', a, r, t.sha(f), now_));
	RETURN NEXT t.try('decider-1', format('/v1/audits/%s/decide', a),
	    jsonb_build_object('result', r), format('assay.audit_decide(%L, %L)',
	    a, r));
END
$$;
CREATE FUNCTION t.do_audit() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	s text := t.site_one();
	st text := (SELECT x.state FROM assay.site_scope x JOIN assay.site i
	    ON i.id = x.site_id WHERE i.handle = s);
BEGIN
	RETURN QUERY SELECT * FROM t.audit_as(s, CASE
	    WHEN t.chance(0.3) THEN 'extraordinary' WHEN st = 'full'
	    THEN 'renewal' ELSE 'wet' END, CASE WHEN t.chance(0.4)
	    THEN t.pick('minor', 'major', 'major', 'critical') END,
	    t.chance(0.75));
END
$$;

-- One step of what becomes of a finding.
CREATE FUNCTION t.do_finding() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	f assay.finding;
	s text;
BEGIN
	SELECT * INTO f FROM assay.finding WHERE number = t.of(
	    $q$SELECT number FROM assay.finding WHERE state <> 'closed'$q$);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT i.handle INTO s FROM assay.audit a JOIN assay.site i
	ON i.id = a.site_id WHERE a.id = f.audit_id;
	CASE (CASE WHEN t.chance(0.2) THEN t.pick('open', 'responded',
	    'plan_accepted') ELSE f.state END)
	WHEN 'open', 'overdue' THEN
		RETURN NEXT t.try(t.maker(s) || '-1', NULL, NULL, format(
		    'assay.finding_respond(%L, %L, %L)', f.number, 'yes', '{}'));
	WHEN 'responded' THEN
		NULL;
	ELSE
		RETURN NEXT t.try(t.maker(s) || '-1', NULL, NULL, format('assay.evidence_add(
		    %L, 9, %L, %L)', t.sha('proof of ' || f.number || f.effective::text),
		    'text/plain', 'proof'));
		RETURN NEXT t.try('officer-1', NULL, NULL, format('assay.evidence_judge(%L,
		    %L, NULL)', t.sha('proof of ' || f.number || f.effective::text), 'accepted'));
		RETURN NEXT t.try(t.who('officer-1', 'auditor-1'), format('/v1/findings/%s/close',
		    f.number), jsonb_build_object('evidence', ARRAY[t.hex(
		    'proof of ' || f.number || f.effective::text)]), format('assay.finding_close(%L, %L)',
		    f.number, ARRAY[t.sha('proof of ' || f.number || f.effective::text)]));
		RETURN;
	END CASE;
	RETURN NEXT t.try(t.maker(s) || '-1', NULL, NULL, format('assay.finding_plan(
	    %L, %L, %L)', f.number, 'soon', (assay.assay_now() + interval '3 days')::date));
	RETURN NEXT t.try(t.who('officer-1', 'auditor-2'), format(
	    '/v1/findings/%s/accept-plan', f.number), '{"reason": "good"}', format(
	    'assay.finding_judge_plan(%L, %L, %L)', f.number, 'accepted', 'good'));
END
$$;

-- ---- declarations, and what they and others name

CREATE FUNCTION t.declare_as(m text, days int, lie text, lab text)
	RETURNS t.try LANGUAGE sql AS $$
	SELECT t.try(t.maker(m) || '-1', NULL, NULL, format('t.declare(%L, %L, %L, %L)',
	    m, u, coalesce(lie, ''), lab), 'declare', jsonb_build_object('m', m,
	    'number', t.next('DCL'), 'ends', u, 'lie', lie, 'lab', lab))
	FROM (SELECT assay.assay_now() + make_interval(days => days) AS u) x $$;
CREATE FUNCTION t.do_declare() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT t.declare_as(t.model_one(), 30 + floor(t.d() * 330)::int,
	    CASE WHEN t.chance(0.1) THEN t.pick('SB-3', 'HB-1', 'SS-6') END, NULL);
END
$$;
CREATE FUNCTION t.do_accept() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	d text := t.of($q$SELECT number FROM assay.declaration WHERE state = 'submitted'$q$);
BEGIN
	IF t.chance(0.88) THEN
		RETURN NEXT t.try(t.who('officer-1', 'officer-2'), NULL, NULL,
		    format('assay.declaration_accept(%L)', d), 'accept',
		    jsonb_build_object('d', d));
	ELSE
		d := t.of($q$SELECT number FROM assay.declaration
		    WHERE state IN ('submitted', 'in_force', 'challenged')$q$);
		RETURN NEXT t.try(t.who('officer-1', 'acme-1', 'cleo-1', 'bolt-1'), NULL,
		    NULL, format('assay.declaration_withdraw(%L)', d), 'withdraw',
		    jsonb_build_object('d', d));
	END IF;
END
$$;
CREATE FUNCTION t.settle_as(w text, d text, v text) RETURNS t.try LANGUAGE sql AS $$
	SELECT t.try(w, format('/v1/declarations/%s/%s', d, v),
	    '{"reason": "by chance"}', format('assay.declaration_settle(%L, %L, %L, false)',
	    d, v, 'by chance')) $$;
CREATE FUNCTION t.do_challenge() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	d text := t.of($q$SELECT number FROM assay.declaration
	    WHERE state IN ('in_force', 'challenged', 'expired')$q$);
	r text := (SELECT min(k) FROM assay.declaration x,
	    jsonb_object_keys(x.answers) k WHERE x.number = d);
BEGIN
	IF t.chance(0.35) THEN
		RETURN NEXT t.try(t.who('security-1', 'officer-2', 'decider-4'), format(
		    '/v1/declarations/%s/challenge', d), jsonb_build_object('rules',
		    ARRAY[r], 'ground', 'a doubt', 'evidence', '[]'::jsonb), format(
		    'assay.declaration_challenge_open(%L, %L, %L, %L)', d, ARRAY[r],
		    'a doubt', '{}'), 'challenge', jsonb_build_object('d', d));
	ELSIF t.chance(0.15) THEN
		RETURN NEXT t.try(t.who('acme-1', 'cleo-1', 'bolt-1'), NULL, NULL, format(
		    'assay.declaration_answer(%L, %L, NULL)', d, 'not so'));
	ELSE
		d := coalesce(t.of($q$SELECT d.number FROM assay.declaration d
		    JOIN assay.declaration_challenge x ON x.declaration_id = d.id
		    WHERE x.state IN ('open', 'answered', 'overdue')$q$), d);
		RETURN NEXT t.settle_as(t.who('decider-1', 'decider-2', 'decider-4'), d,
		    t.pick('uphold', 'uphold', 'refute'));
	END IF;
END
$$;
CREATE FUNCTION t.do_repudiate() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	e text := t.of($q$SELECT encode(sha256, 'hex') FROM assay.evidence
	    WHERE state IN ('accepted', 'expired')$q$);
BEGIN
	RETURN NEXT t.try(t.who('officer-1', 'security-1', 'decider-2'), format(
	    '/v1/evidence/%s/repudiate', e), '{"reason": "by chance"}', format(
	    'assay.evidence_repudiate(decode(%L, %L), %L)', e, 'hex', 'by chance'),
	    'repudiate', jsonb_build_object('e', e));
END
$$;
CREATE FUNCTION t.do_external() RETURNS SETOF t.try LANGUAGE plpgsql AS $$
DECLARE
	x text := t.next('EXT');
	w text := t.of($q$SELECT number FROM assay.external_certificate
	    WHERE state IN ('registered', 'accepted')$q$);
	u timestamptz := assay.assay_now() + make_interval(days => 20 + floor(t.d() * 400)::int);
BEGIN
	IF t.chance(0.5) THEN
		RETURN NEXT t.try('cleo-1', NULL, NULL, format('assay.evidence_add(%L, 9,
		    %L, %L)', t.sha('cc ' || x), 'text/plain', 'cc'));
		RETURN NEXT t.try('officer-1', NULL, NULL, format('assay.evidence_judge(%L,
		    %L, NULL)', t.sha('cc ' || x), 'accepted'));
		RETURN NEXT t.try('cleo-1', NULL, NULL, format('assay.external_certificate_new(
		    %L, %L, NULL, %L, %L, %L, %L, %L, %L)', 'sesip', 'tre-c', x, '4', 'Lab',
		    '2026-06-01', u, t.sha('cc ' || x)));
		RETURN NEXT t.try(t.who('officer-1', 'officer-2'), NULL, NULL, format(
		    'assay.external_certificate_accept(%L)', x), 'external',
		    jsonb_build_object('x', x, 'ends', u, 'e', t.hex('cc ' || x)));
	ELSE
		RETURN NEXT t.try(t.who('cleo-1', 'officer-1', 'security-1'), NULL, NULL,
		    format('assay.external_certificate_withdraw(%L, %L)', w, 'by chance'),
		    'no_external', jsonb_build_object('x', w));
	END IF;
END
$$;
