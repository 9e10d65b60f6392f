-- What must be so after what was done in the world of walk_world.sql, by the words of
-- policy/README.md, from the acts alone: a small model beside the schema, which
-- t.learn() tells each act that was not refused, and t.differs() compares with it.

SET search_path = t, assay, pg_temp;

CREATE TABLE t.m_org (o text PRIMARY KEY, out bool DEFAULT false,
	gone bool DEFAULT false);
CREATE TABLE t.m_site (s text PRIMARY KEY, ok bool DEFAULT true,
	gone bool DEFAULT false, ends timestamptz, report text);
-- the declaration that counts: the last that was accepted
CREATE TABLE t.m_decl (m text PRIMARY KEY, number text, ends timestamptz,
	lie text, lab text, lab_seen bool DEFAULT false,
	there bool DEFAULT true, doubted bool DEFAULT false);
CREATE TABLE t.m_sub (number text PRIMARY KEY, m text, ends timestamptz,
	lie text, lab text);
CREATE TABLE t.m_ext (x text PRIMARY KEY, ends timestamptz, e text,
	good bool DEFAULT true);
CREATE TABLE t.m_false (e text PRIMARY KEY); -- evidence that proved so
CREATE TABLE t.m_coc (number text PRIMARY KEY, m text, level int, site text,
	ext text, instead text, days int, asked timestamptz,
	since timestamptz,     -- in force; NULL: proposed
	ends timestamptz,
	self bool DEFAULT false, -- down until two reinstate it
	fell text,             -- down with that one, and back with it
	over text);
CREATE TABLE t.m_loss (m text PRIMARY KEY, at timestamptz);
CREATE TABLE t.m_measure (number text PRIMARY KEY, kind text, sk text, s text,
	effect text, since timestamptz, lapses timestamptz, cause text, state text);
CREATE TABLE t.m_dev (d text PRIMARY KEY, m text, site text,
	issued timestamptz, dead bool DEFAULT false);
CREATE TABLE t.seen (at timestamptz, d text, good bool);
CREATE TABLE t.log (n int GENERATED ALWAYS AS IDENTITY, said text);

-- ---- CoCs

CREATE FUNCTION t.in_force(c t.m_coc) RETURNS bool LANGUAGE sql STABLE AS $$
	SELECT c.since IS NOT NULL AND c.over IS NULL AND NOT c.self
	    AND c.fell IS NULL AND c.ends > assay.assay_now() $$;

-- Is what it rests on itself there: declaration, site, certificate of another scheme?
CREATE FUNCTION t.grounded(c t.m_coc) RETURNS bool LANGUAGE plpgsql STABLE AS $$
DECLARE
	now timestamptz := assay.assay_now();
BEGIN
	RETURN EXISTS (SELECT FROM t.m_decl d WHERE d.m = c.m AND d.there
		AND d.ends > now AND NOT (d.lie IS NOT NULL AND EXISTS (SELECT
		    FROM assay.declaration x JOIN assay.ruleset r
			ON r.id = x.ruleset_id,
		    jsonb_array_elements(r.content -> 'groups') g,
		    jsonb_array_elements(g -> 'rules') u
		    WHERE x.number = d.number AND u ->> 'id' = d.lie
		    AND u -> 'levels' @> to_jsonb(c.level))))
	    AND (c.site IS NULL OR EXISTS (SELECT FROM t.m_site s
		WHERE s.s = c.site AND s.ok AND s.ends > now))
	    AND (c.ext IS NULL OR EXISTS (SELECT FROM t.m_ext x
		WHERE x.x = c.ext AND x.good AND x.ends > now));
END
$$;
-- And what it consists of?  strictly: also of a supplier who is in
CREATE FUNCTION t.carried(c t.m_coc, strictly bool) RETURNS bool
	LANGUAGE sql STABLE AS $$
	SELECT c.m = 'chip' OR EXISTS (SELECT FROM t.m_coc k
	    WHERE k.m = ANY (t.parts(c.m)) AND t.in_force(k)
	    AND (c.m = 'ter' OR k.level >= c.level)
	    AND NOT (strictly AND (SELECT out FROM t.m_org
		WHERE o = t.maker(k.m)))) $$;
-- May two people let it (back) in?
CREATE FUNCTION t.complete(c t.m_coc) RETURNS bool LANGUAGE sql STABLE AS $$
	SELECT t.grounded(c) AND t.carried(c, true)
	    AND NOT (SELECT out FROM t.m_org WHERE o = t.maker(c.m))
	    AND NOT (SELECT doubted FROM t.m_decl d WHERE d.m = c.m)
	    AND NOT EXISTS (SELECT FROM t.m_coc k WHERE k.m = c.m
		AND k.number <> c.number AND k.since IS NOT NULL
		AND k.over IS NULL AND k.ends > assay.assay_now()
		AND NOT t.in_force(k) AND k.number IS DISTINCT FROM c.instead)
	    AND NOT (c.m = 'chip' AND EXISTS (SELECT FROM t.m_coc k
		WHERE k.m LIKE 'tre%' AND t.in_force(k) AND k.level > c.level)) $$;

CREATE FUNCTION t.lost(p_m text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO t.m_loss VALUES (p_m, assay.assay_now())
	ON CONFLICT (m) DO UPDATE SET at = excluded.at $$;
-- One is down: those that have nothing else to stand on fall with it.
CREATE FUNCTION t.fall(p_c text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	k t.m_coc;
	c t.m_coc;
BEGIN
	SELECT * INTO c FROM t.m_coc WHERE number = p_c;
	PERFORM t.lost(c.m);
	FOR k IN SELECT * FROM t.m_coc x WHERE c.m = ANY (t.parts(x.m))
	    AND t.in_force(x) AND NOT EXISTS (SELECT FROM t.m_coc y
		WHERE y.m = ANY (t.parts(x.m)) AND t.in_force(y))
	    ORDER BY number
	LOOP
		UPDATE t.m_coc SET fell = p_c WHERE number = k.number;
		PERFORM t.fall(k.number);
	END LOOP;
END
$$;
-- It is back: those that fell for want of it, or of another like it, and for nothing
-- else.
CREATE FUNCTION t.rise(p_c text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	k t.m_coc;
BEGIN
	FOR k IN SELECT * FROM t.m_coc x WHERE fell IS NOT NULL
	    AND over IS NULL AND ends > assay.assay_now() AND (SELECT m
		FROM t.m_coc WHERE number = p_c) = ANY (t.parts(x.m))
	    ORDER BY number
	LOOP
		IF t.grounded(k) AND t.carried(k, false) THEN
			UPDATE t.m_coc SET fell = NULL WHERE number = k.number;
			PERFORM t.rise(k.number);
		END IF;
	END LOOP;
END
$$;
-- What has lost its ground is down until two let it in again, in whatever state.
CREATE FUNCTION t.settle() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c t.m_coc;
BEGIN
	UPDATE t.m_coc SET over = 'expired' WHERE over IS NULL
	    AND since IS NOT NULL AND ends <= assay.assay_now();
	UPDATE t.m_measure SET state = 'lapsed' WHERE state = 'in_force'
	    AND lapses <= assay.assay_now();
	FOR c IN SELECT * FROM t.m_coc x WHERE since IS NOT NULL
	    AND over IS NULL AND NOT self AND NOT t.grounded(x) ORDER BY number
	LOOP
		UPDATE t.m_coc SET self = true, fell = NULL WHERE number = c.number;
		IF c.fell IS NULL THEN
			PERFORM t.fall(c.number);
		ELSE
			PERFORM t.lost(c.m);
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION t.certify(p_c text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c t.m_coc;
	old t.m_coc;
BEGIN
	SELECT * INTO c FROM t.m_coc WHERE number = p_c;
	SELECT * INTO old FROM t.m_coc WHERE m = c.m AND since IS NOT NULL
	    AND over IS NULL;
	UPDATE t.m_coc SET over = 'superseded' WHERE number = old.number;
	UPDATE t.m_coc SET since = assay.assay_now(), ends = (SELECT expires
	    FROM assay.coc x WHERE x.number = p_c) WHERE number = p_c;
	IF old.self OR old.fell IS NOT NULL THEN
		PERFORM t.rise(old.number);
	END IF;
END
$$;

-- ---- measures, and what they and withdrawals revoke

CREATE FUNCTION t.under(d t.m_dev, sk text, s text) RETURNS bool
	LANGUAGE sql STABLE AS $$
	SELECT CASE sk WHEN 'organisation' THEN t.maker(d.m) = s
	    WHEN 'site' THEN d.site = s WHEN 'model' THEN d.m = s
	    WHEN 'lot' THEN 'LOT-' || d.d = s
	    ELSE s = ANY (t.parts(d.m)) END $$;
CREATE FUNCTION t.revoke(sk text, s text) RETURNS void LANGUAGE sql AS $$
	UPDATE t.m_dev v SET dead = true WHERE t.under(v, sk, s) $$;
CREATE FUNCTION t.withdrawn(p_c text, revokes bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c t.m_coc;
BEGIN
	UPDATE t.m_coc SET over = 'withdrawn', self = false, fell = NULL
	WHERE number = p_c RETURNING * INTO c;
	PERFORM t.fall(p_c);
	IF revokes THEN
		PERFORM t.revoke(CASE c.m WHEN 'chip' THEN 'hardware_platform'
		    ELSE 'model' END, c.m);
	END IF;
END
$$;
CREATE FUNCTION t.impose(p_n text, j jsonb, p_cause text) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	k text := j ->> 'kind';
	fx text := coalesce(j ->> 'effect', CASE k WHEN 'issuance_freeze'
	    THEN 'permit_if_issued_before' WHEN 'hold' THEN 'hold'
	    WHEN 'corrective_action' THEN 'permit' WHEN 'scope_reduction'
	    THEN 'permit' ELSE 'refuse' END);
	c text;
BEGIN
	INSERT INTO t.m_measure VALUES (p_n, k, j ->> 'scope_kind', j ->> 'scope',
	    fx, assay.assay_now(), CASE WHEN (j -> 'emergency')::bool
	    THEN assay.assay_now() + interval '72 hours' END, p_cause, 'in_force');
	UPDATE t.m_measure SET state = 'superseded'
	WHERE number = j ->> 'supersedes';
	UPDATE t.m_measure SET state = 'escalated' WHERE number = p_cause
	    AND kind = 'corrective_action' AND state = 'in_force';
	CASE k WHEN 'ban' THEN
		UPDATE t.m_org SET out = true WHERE o = j ->> 'scope';
	WHEN 'scope_reduction' THEN
		UPDATE t.m_site SET ok = false, gone = true WHERE s = j ->> 'scope';
	WHEN 'mass_revocation' THEN
		PERFORM t.revoke(j ->> 'scope_kind', j ->> 'scope');
	WHEN 'withdrawal' THEN
		SELECT number INTO c FROM t.m_coc WHERE m = j ->> 'scope'
		    AND since IS NOT NULL AND over IS NULL;
		PERFORM t.withdrawn(c, false) WHERE c IS NOT NULL;
		IF fx = 'refuse' THEN
			PERFORM t.revoke(j ->> 'scope_kind', j ->> 'scope');
		END IF;
	ELSE NULL;
	END CASE;
END
$$;
-- carried out by the authority: it, or what it is about and what that escalated to
CREATE FUNCTION t.lifted(p assay.proposal) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n text := CASE p.act WHEN 'measure_lift' THEN p.subject_number
	    ELSE p.terms ->> 'measure' END;
BEGIN
	UPDATE t.m_measure SET state = 'lifted'
	WHERE (number = n OR cause = n AND p.act <> 'measure_lift')
	    AND state IN ('in_force', 'escalated') AND kind NOT IN
	    ('withdrawal', 'mass_revocation', 'scope_reduction');
END
$$;

-- ---- an act was done

CREATE FUNCTION t.learn_approved(a jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n text := a ->> 'subject_number';
	c t.m_coc := (SELECT x FROM t.m_coc x WHERE number = n);
	u assay.audit;
BEGIN
	CASE a ->> 'act'
	WHEN 'organisation_reinstate' THEN
		UPDATE t.m_org SET out = false WHERE o = n;
	WHEN 'site_reinstate' THEN
		UPDATE t.m_site SET ok = true WHERE s = n;
	WHEN 'audit_decide' THEN
		SELECT * INTO u FROM assay.audit WHERE number = n;
		UPDATE t.m_site s SET ok = CASE u.type WHEN 'extraordinary'
		    THEN s.ok AND u.result = 'compliant' ELSE true END,
		    report = CASE u.type WHEN 'extraordinary' THEN s.report
			ELSE t.hex('report of ' || n) END,
		    ends = CASE u.type WHEN 'extraordinary' THEN s.ends
			WHEN 'wet' THEN u.ended + interval '12 months'
			ELSE u.ended + interval '24 months' END
		WHERE s.s = (SELECT handle FROM assay.site WHERE id = u.site_id)
		    AND NOT gone AND (u.type = 'extraordinary' OR u.result = 'compliant');
	WHEN 'coc_certify' THEN PERFORM t.certify(n);
	WHEN 'coc_suspend' THEN
		UPDATE t.m_coc SET self = true, fell = NULL WHERE number = n;
		IF c.self OR c.fell IS NOT NULL THEN
			PERFORM t.lost(c.m);
		ELSE
			PERFORM t.fall(n);
		END IF;
	WHEN 'coc_reinstate' THEN
		UPDATE t.m_coc SET self = false, fell = NULL WHERE number = n;
		PERFORM t.rise(n);
	WHEN 'coc_withdraw' THEN PERFORM t.withdrawn(n, true);
	WHEN 'declaration_uphold' THEN
		UPDATE t.m_decl SET doubted = there AND ends > assay.assay_now()
		    AND NOT lab_seen AND lab IN (SELECT e FROM t.m_false),
		    lab_seen = lab_seen OR lab IN (SELECT e FROM t.m_false)
		WHERE number = n;
		UPDATE t.m_decl SET doubted = coalesce(doubted, false),
		    lab_seen = coalesce(lab_seen, false);
	WHEN 'declaration_refute' THEN
		UPDATE t.m_decl SET doubted = false, there = false WHERE number = n;
	WHEN 'measure_impose' THEN
		PERFORM t.impose(n, (a -> 'terms') - 'emergency', (SELECT cause
		    FROM assay.measure WHERE number = n));
	ELSE NULL;
	END CASE;
END
$$;

CREATE FUNCTION t.learn(verb text, a jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CASE verb
	WHEN 'organisation' THEN
		UPDATE t.m_org SET out = true, gone = gone OR a ->> 'to' = 'terminated'
		WHERE o = a ->> 'o';
	WHEN 'site' THEN
		UPDATE t.m_site SET ok = false, gone = gone OR a ->> 'to' = 'withdraw'
		WHERE s = a ->> 's';
	WHEN 'propose' THEN
		INSERT INTO t.m_coc SELECT c.number, m.handle, c.level,
		    a ->> 'site', a #>> '{external_certificates,0}',
		    a ->> 'instead_of', (a ->> 'valid_days')::int, assay.assay_now()
		FROM assay.coc c JOIN assay.model m ON m.id = c.model_id
		WHERE c.state = 'proposed' AND m.handle = a ->> 'model';
	WHEN 'declare' THEN
		INSERT INTO t.m_sub VALUES (a ->> 'number', a ->> 'm',
		    (a ->> 'ends')::timestamptz, a ->> 'lie', a ->> 'lab');
	WHEN 'accept' THEN
		INSERT INTO t.m_decl (m, number, ends, lie, lab)
		SELECT m, number, ends, lie, lab FROM t.m_sub WHERE number = a ->> 'd'
		ON CONFLICT (m) DO UPDATE SET (number, ends, lie, lab, lab_seen,
		    there, doubted) = (excluded.number, excluded.ends, excluded.lie,
		    excluded.lab, false, true, false);
	WHEN 'withdraw' THEN
		UPDATE t.m_decl SET there = false WHERE number = a ->> 'd';
	WHEN 'challenge' THEN
		UPDATE t.m_decl SET doubted = true WHERE number = a ->> 'd';
	WHEN 'repudiate' THEN
		INSERT INTO t.m_false VALUES (a ->> 'e');
		UPDATE t.m_decl SET lab_seen = true, doubted = true
		WHERE lab = a ->> 'e' AND there AND NOT doubted
		    AND ends > assay.assay_now();
		UPDATE t.m_site SET ok = false WHERE report = a ->> 'e';
		UPDATE t.m_ext SET good = false WHERE e = a ->> 'e';
	WHEN 'external' THEN
		INSERT INTO t.m_ext VALUES (a ->> 'x', (a ->> 'ends')::timestamptz,
		    a ->> 'e');
	WHEN 'no_external' THEN
		UPDATE t.m_ext SET good = false WHERE x = a ->> 'x';
	WHEN 'measure' THEN
		PERFORM t.impose(a ->> 'number', a, NULL)
		WHERE (a -> 'emergency')::bool;
	WHEN 'confirm' THEN
		UPDATE t.m_measure SET lapses = NULL WHERE number = a ->> 'm';
	WHEN 'approve' THEN PERFORM t.learn_approved(a);
	WHEN 'reject' THEN
		DELETE FROM t.m_coc WHERE number = a ->> 'subject_number'
		    AND a ->> 'act' = 'coc_certify';
	ELSE NULL;
	END CASE;
	PERFORM t.settle();
END
$$;
