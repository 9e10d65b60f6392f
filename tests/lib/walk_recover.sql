-- Where a walk begins and what must be possible from wherever it ends; and two losses
-- in either order.  After walk_step.sql.

SET search_path = t, assay, pg_temp;

-- What the model knows at first, and a device of each TrE model with its terminal.
CREATE FUNCTION t.begin() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO t.m_org (o) VALUES ('acme'), ('bolt'), ('cleo');
	INSERT INTO t.m_site SELECT s.handle, true, false, x.expires,
	    t.hex('report of ' || s.handle)
	FROM assay.site s JOIN assay.site_scope x ON x.site_id = s.id;
	INSERT INTO t.m_decl (m, number, ends, lab) SELECT m.handle, d.number,
	    d.expires, CASE m.handle WHEN 'tre' THEN t.hex('lab') END
	FROM assay.declaration d JOIN assay.model m ON m.id = d.model_id;
	INSERT INTO t.m_ext SELECT number, expires, t.hex('cc')
	FROM assay.external_certificate;
	INSERT INTO t.m_coc (number, m, level, site, ext, days, asked, since, ends)
	SELECT c.number, m.handle, c.level, s.handle, CASE m.handle
	    WHEN 'tre-c' THEN 'EXT-2027-000001' END, 600, c.created, c.valid_from,
	    c.expires
	FROM assay.coc c JOIN assay.model m ON m.id = c.model_id
	LEFT JOIN assay.site_scope x ON x.id = c.site_scope_id
	LEFT JOIN assay.site s ON s.id = x.site_id;
	-- one that is yet to be issued, on whatever CoC is in force
	INSERT INTO assay.lot (number, organisation_id, model_id, site_id, coc_id,
	    reference, count, header_jws, rows_sha256, submitted_by, issued, state)
	SELECT 'NEW-' || m.handle, m.organisation_id, m.id, x.site_id, c.id, '', 1,
	    'x', t.sha('new ' || m.handle), p.id, 0, 'received'
	FROM assay.coc c JOIN assay.model m ON m.id = c.model_id
	JOIN assay.site_scope x ON x.id = c.site_scope_id, assay.principal p
	WHERE p.handle = 'acme-1';
	PERFORM t.issue('tre', 'TRE-A'), t.issue('ter', 'TER-A'),
	    t.issue('tre-c', 'TRE-B'), t.issue('ter', 'TER-B');
	INSERT INTO assay.binding (tre_id, terminal_id)
	SELECT a.id, b.id FROM assay.device a, assay.device b
	WHERE a.kind = 'tre' AND b.device_id = replace(a.device_id, 'TRE', 'TER');
	INSERT INTO t.m_dev (d, m, site, issued)
	SELECT d.device_id, m.handle, s.handle, c.issued
	FROM assay.device d JOIN assay.model m ON m.id = d.model_id
	JOIN assay.certificate c ON c.device_id = d.id
	JOIN assay.lot l ON l.id = d.lot_id JOIN assay.site s ON s.id = l.site_id;
END
$$;

-- ---- back again, by the people whom it takes

-- The open proposals on a subject, by somebody else.
CREATE FUNCTION t.second(subject text, v text DEFAULT 'approve') RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	p record;
	said text := 'nothing';
BEGIN
	FOR p IN SELECT x.id, (SELECT min(q.handle) FROM assay.principal q, assay.act a
		WHERE a.name = x.act AND q.role = ANY (a.approver_roles)
		AND q.id <> x.proposed_by AND q.state = 'active'
		AND q.handle NOT IN (SELECT w.handle FROM assay.declaration_challenge k
		    JOIN assay.principal w ON w.id = k.challenged_by)) AS w
	    FROM assay.proposal x WHERE x.state = 'open'
	    AND x.subject_number = coalesce(subject, x.subject_number) ORDER BY x.id
	LOOP
		said := t.try_it(t.judge_as(p.id, p.w, v));
	END LOOP;
	RETURN said;
END
$$;
-- By one, and by another where it takes two.
CREATE FUNCTION t.both(x t.try, subject text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text := t.try_it(x);
BEGIN
	IF said = 'done' AND subject IS NOT NULL THEN
		said := t.second(subject);
	END IF;
	RETURN said;
END
$$;
CREATE FUNCTION t.reinstate_org(o text) RETURNS text LANGUAGE sql AS $$
	SELECT t.both(t.try('officer-1', format('/v1/organisations/%s/reinstate', o),
	    '{}', format('assay.organisation_propose(%L, %L)', o,
	    'organisation_reinstate')), o) $$;
CREATE FUNCTION t.reinstate_site(s text) RETURNS text LANGUAGE sql AS $$
	SELECT t.both(t.try('officer-1', format('/v1/sites/%s/reinstate', s),
	    '{"reason": "x"}', format('assay.site_reinstate(%L, NULL, %L)', s, 'x')), s) $$;
CREATE FUNCTION t.lift(m text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text := t.both(t.try('security-1', format('/v1/measures/%s/lift', m),
	    '{"reason": "x"}', format('assay.measure_propose_lift(%L, %L)', m, 'x')), m);
BEGIN
	PERFORM t.carry_out();
	RETURN said;
END
$$;
CREATE FUNCTION t.settle_it(d text, v text) RETURNS text LANGUAGE sql AS $$
	SELECT t.both(t.settle_as((SELECT max(handle) FROM assay.principal p
	    WHERE role = 'decider' AND NOT EXISTS (SELECT
		FROM assay.declaration_challenge x WHERE x.challenged_by = p.id)),
	    d, v), d) $$;
CREATE FUNCTION t.declared(m text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	was text := (SELECT d.number FROM assay.declaration d JOIN assay.model x
	    ON x.id = d.model_id WHERE x.handle = m AND d.state = 'submitted');
	d text := t.next('DCL');
BEGIN
	PERFORM t.try_it(t.try('officer-1', NULL, NULL, format(
	    'assay.declaration_withdraw(%L)', was))) WHERE was IS NOT NULL;
	PERFORM t.try_it(t.declare_as(m, 300, NULL, NULL));
	RETURN t.try_it(t.try('officer-1', NULL, NULL, format(
	    'assay.declaration_accept(%L)', d), 'accept', jsonb_build_object('d', d)));
END
$$;
-- Findings that bar an audit are answered, planned, mended.
CREATE FUNCTION t.mended() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	f record;
	w text;
	h text;
	said text;
BEGIN
	FOR f IN SELECT x.number, s.handle AS site FROM assay.finding x
	    JOIN assay.audit a ON a.id = x.audit_id JOIN assay.site s ON s.id = a.site_id
	    WHERE x.severity = 'critical' AND x.state <> 'closed' AND (SELECT NOT gone
		FROM t.m_org WHERE o = t.maker(s.handle)) ORDER BY x.id
	LOOP
		w := t.maker(f.site) || '-1';
		h := 'mended ' || f.number;
		PERFORM t.try_it(t.try(w, NULL, NULL, format('assay.finding_respond(%L, %L, %L)',
		    f.number, 'yes', '{}')));
		PERFORM t.try_it(t.try(w, NULL, NULL, format('assay.finding_plan(%L, %L, %L)',
		    f.number, 'now', assay.assay_now()::date)));
		PERFORM t.try_it(t.try('officer-2', format('/v1/findings/%s/accept-plan', f.number),
		    '{"reason": "x"}', format('assay.finding_judge_plan(%L, %L, %L)', f.number,
		    'accepted', 'x')));
		PERFORM t.try_it(t.try(w, NULL, NULL, format('assay.evidence_add(%L, 9, %L, %L)',
		    t.sha(h), 'text/plain', 'proof')));
		PERFORM t.try_it(t.try('officer-1', NULL, NULL, format(
		    'assay.evidence_judge(%L, %L, NULL)', t.sha(h), 'accepted')));
		said := t.try_it(t.try('officer-2', format('/v1/findings/%s/close', f.number),
		    jsonb_build_object('evidence', ARRAY[t.hex(h)]), format(
		    'assay.finding_close(%L, %L)', f.number, ARRAY[t.sha(h)])));
		PERFORM t.wrong(format('%s cannot be closed: %s', f.number, said))
		WHERE said <> 'done';
	END LOOP;
	RETURN NULL;
END
$$;
CREATE FUNCTION t.audited(s text, st text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a text := t.next('AUD');
	x t.try;
	said text;
BEGIN
	FOR x IN SELECT * FROM t.audit_as(s, CASE st WHEN 'full' THEN 'renewal'
	    ELSE 'wet' END, NULL, true)
	LOOP
		said := t.try_it(x);
		EXIT WHEN said <> 'done';
	END LOOP;
	RETURN CASE said WHEN 'done' THEN t.second(a) ELSE said END;
END
$$;
-- A CoC for it, whichever way there is.
CREATE FUNCTION t.accredited(p_m text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	c t.m_coc;
	s text := (SELECT min(x.s) FROM t.m_site x WHERE ok AND NOT gone
	    AND x.s = ANY (t.sites(p_m)) AND ends > assay.assay_now());
	said text := 'done';
BEGIN
	SELECT * INTO c FROM t.m_coc WHERE m = p_m AND since IS NOT NULL
	    AND over IS NULL;
	IF t.in_force(c) THEN
		RETURN 'done';
	END IF;
	IF c.number IS NOT NULL THEN
		said := t.both(t.change_as('decider-1', c.number, 'reinstate'), c.number);
		IF said = 'done' THEN
			RETURN said;
		END IF;
		PERFORM t.second(c.number, 'reject');
	END IF;
	said := t.try_it(t.propose_as('decider-1', p_m, CASE p_m WHEN 'chip' THEN 4
	    ELSE 2 END, s, 200, c.number, NULL));
	RETURN CASE said WHEN 'done' THEN t.second((SELECT number FROM t.m_coc
	    WHERE m = p_m AND since IS NULL ORDER BY asked DESC LIMIT 1)) ELSE said END;
END
$$;
-- What keeps a model from being accredited, or made, for good.
CREATE FUNCTION t.for_good(p_m text) RETURNS bool LANGUAGE sql STABLE AS $$
	SELECT (SELECT gone FROM t.m_org WHERE o = t.maker(p_m))
	    OR p_m <> 'chip' AND NOT EXISTS (SELECT FROM t.m_site
		WHERE NOT gone AND s = ANY (t.sites(p_m)))
	    OR p_m <> 'chip' AND NOT EXISTS (SELECT FROM unnest(t.parts(p_m)) k
		WHERE NOT t.for_good(k)) $$;
CREATE FUNCTION t.is_final(p_m text) RETURNS bool LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM t.m_measure x, t.m_site s WHERE x.state = 'in_force'
	    AND s.s = ANY (t.sites(p_m)) AND kind IN ('withdrawal', 'mass_revocation')
	    AND t.under((NULL, p_m, s.s, NULL, false)::t.m_dev, x.sk, x.s)) $$;

CREATE FUNCTION t.recover() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n text;
	st text;
	mo text;
	said text;
BEGIN
	PERFORM set_config('walk.n', '0', true), t.later('1 minute'), t.tick();
	PERFORM t.settle(), t.carry_out(), t.second(NULL, 'reject');
	FOR n IN SELECT number FROM assay.measure WHERE state = 'proposed' ORDER BY id LOOP
		PERFORM t.wrong(n || ' is not dismissed: ' || x) FROM t.both(t.try('security-1',
		    format('/v1/measures/%s/dismiss', n), '{"reason": "x"}', format(
		    'assay.measure_propose_dismiss(%L, %L)', n, 'x')), n) x WHERE x <> 'done';
	END LOOP;
	FOR n IN SELECT number FROM t.m_measure WHERE state = 'in_force' AND kind NOT IN
	    ('withdrawal', 'mass_revocation', 'scope_reduction') ORDER BY number LOOP
		PERFORM t.wrong(n || ' is not lifted: ' || x) FROM t.lift(n) x WHERE x <> 'done';
	END LOOP;
	FOR n IN SELECT o FROM t.m_org WHERE out AND NOT gone ORDER BY o LOOP
		PERFORM t.wrong(n || ' is not let in: ' || x) FROM t.reinstate_org(n) x
		WHERE x <> 'done';
	END LOOP;
	FOR i IN 1..3 LOOP
		PERFORM t.wrong(n.number || ' is not settled: ' || x) FROM (SELECT d.number
		    FROM assay.declaration_challenge x JOIN assay.declaration d
		    ON d.id = x.declaration_id WHERE x.state IN ('open', 'answered', 'overdue')
		    ORDER BY d.id) n, t.settle_it(n.number, 'uphold') x WHERE x <> 'done';
		PERFORM t.later('1 second');
	END LOOP;
	PERFORM t.mended();
	FOR n, st IN SELECT i.handle, x.state FROM assay.site_scope x JOIN assay.site i
	    ON i.id = x.site_id JOIN t.m_org g ON g.o = t.maker(i.handle) AND NOT gone
	    WHERE x.state <> 'withdrawn' AND (x.state <> 'full'
		OR x.expires < assay.assay_now() + interval '60 days') ORDER BY 1
	LOOP
		PERFORM t.wrong(n || ' is not audited anew: ' || x) FROM t.audited(n, st) x
		WHERE x <> 'done';
	END LOOP;
	FOREACH mo IN ARRAY '{chip,tre,tre-c,ter}'::text[] LOOP
		CONTINUE WHEN t.for_good(mo);
		PERFORM t.wrong(mo || ' is not declared: ' || x) FROM t.declared(mo) x
		WHERE x <> 'done' AND NOT EXISTS (SELECT FROM t.m_decl d WHERE d.m = mo
		    AND there AND NOT doubted AND lie IS NULL
		    AND ends > assay.assay_now() + interval '60 days');
		PERFORM t.later('1 second');
		said := t.accredited(mo);
		PERFORM t.wrong(mo || ' is not accredited again: ' || said) WHERE said <> 'done';
	END LOOP;
	PERFORM t.wrong(t.differs(true));
	PERFORM t.wrong(format('%s is not made again: %s', k, t.m_bars(k)))
	FROM unnest('{tre,tre-c,ter}'::text[]) k
	WHERE NOT t.for_good(k) AND NOT t.is_final(k) AND t.m_bars(k) IS NOT NULL;
	PERFORM t.wrong(format('%s is not permitted again: %s', v.d, t.m_against(v)))
	FROM t.m_dev v WHERE NOT dead AND NOT t.for_good(v.m) AND NOT t.is_final(v.m)
	    AND t.m_against(v) IS NOT NULL AND NOT EXISTS (SELECT FROM t.m_coc c
		WHERE c.m = v.m AND c.over = 'withdrawn');
END
$$;
