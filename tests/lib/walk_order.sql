-- Two losses in either order, and what gives each back in either order: what stands
-- then, and what two people must look at, is the same.  After walk_recover.sql.

SET search_path = t, assay, pg_temp;

CREATE FUNCTION t.current(p_m text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT number FROM t.m_coc WHERE m = p_m AND over IS NULL AND since IS NOT NULL $$;
CREATE FUNCTION t.declaration_of(p_m text) RETURNS text LANGUAGE sql STABLE
	AS $$ SELECT number FROM t.m_decl WHERE m = p_m $$;
CREATE FUNCTION t.change(n text, what text, by_two bool) RETURNS text LANGUAGE sql
	AS $$ SELECT t.both(t.change_as('decider-1', n, what), n) $$;

CREATE TABLE t.loss (n int GENERATED ALWAYS AS IDENTITY, kind text, what text);
INSERT INTO t.loss (kind, what) SELECT 'organisation', unnest('{acme,bolt,cleo}'::text[]);
INSERT INTO t.loss (kind, what) SELECT 'site', unnest('{fab,mill,works}'::text[]);
INSERT INTO t.loss (kind, what) SELECT k, m
FROM unnest('{coc,undeclared,doubt}'::text[]) k, unnest('{chip,tre,tre-c,ter}'::text[]) m;
INSERT INTO t.loss (kind, what) VALUES ('withdrawn', 'tre'), ('withdrawn', 'chip'),
	('external', 'tre-c'), ('report', 'mill'), ('lab', 'tre'), ('hold', 'chip'), ('ban', 'cleo');

CREATE FUNCTION t.lose(l t.loss) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	d text := t.declaration_of(l.what);
	e text := CASE l.kind WHEN 'lab' THEN t.hex('lab')
	    ELSE t.hex('report of ' || l.what) END;
	j jsonb := jsonb_build_object('kind', l.kind, 'scope', l.what, 'legal_basis', 'x',
	    'scope_kind', CASE l.kind WHEN 'ban' THEN 'organisation' ELSE 'hardware_platform' END);
	r text := (SELECT min(k) FROM assay.declaration x,
	    jsonb_object_keys(x.answers) k WHERE x.number = d);
BEGIN
	PERFORM t.later('1 second');
	RETURN CASE l.kind
	WHEN 'organisation' THEN t.try_it(t.try('security-1', NULL, NULL, format(
	    'assay.organisation_set_state(%L, %L, %L)', l.what, 'suspended', 'x'),
	    'organisation', jsonb_build_object('o', l.what, 'to', 'suspended')))
	WHEN 'site' THEN t.try_it(t.try('security-1', NULL, NULL, format(
	    'assay.site_suspend(%L, NULL, %L)', l.what, 'x'), 'site',
	    jsonb_build_object('s', l.what, 'to', 'suspend')))
	WHEN 'coc' THEN t.change(t.current(l.what), 'suspend', true)
	WHEN 'withdrawn' THEN t.change(t.current(l.what), 'withdraw', true)
	WHEN 'undeclared' THEN t.try_it(t.try('officer-1', NULL, NULL, format(
	    'assay.declaration_withdraw(%L)', d), 'withdraw', jsonb_build_object('d', d)))
	WHEN 'doubt' THEN t.try_it(t.try('security-1', format('/v1/declarations/%s/challenge', d),
	    jsonb_build_object('rules', ARRAY[r], 'ground', 'x', 'evidence', '[]'::jsonb), format(
	    'assay.declaration_challenge_open(%L, %L, %L, %L)', d, ARRAY[r], 'x', '{}'),
	    'challenge', jsonb_build_object('d', d)))
	WHEN 'external' THEN t.try_it(t.try('security-1', NULL, NULL, format(
	    'assay.external_certificate_withdraw(%L, %L)', 'EXT-2027-000001', 'x'), 'no_external',
	    '{"x": "EXT-2027-000001"}'))
	WHEN CASE WHEN l.kind IN ('report', 'lab') THEN l.kind END THEN t.try_it(t.try('security-1', format(
	    '/v1/evidence/%s/repudiate', e), '{"reason": "x"}', format(
	    'assay.evidence_repudiate(decode(%L, %L), %L)', e, 'hex', 'x'), 'repudiate',
	    jsonb_build_object('e', e)))
	ELSE t.both(t.try('security-1', '/v1/measures', j, format(
	    'assay.measure_propose(%L)', j), 'measure', j), t.next('MEA'))
	END;
END
$$;

-- What gives it back; what there is nothing for is lost.
CREATE FUNCTION t.give(l t.loss) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	PERFORM t.later('1 second');
	CASE l.kind
	WHEN 'organisation' THEN RETURN t.reinstate_org(l.what);
	WHEN 'site' THEN RETURN t.reinstate_site(l.what);
	WHEN 'coc' THEN
		said := t.change(t.current(l.what), 'reinstate', true);
		PERFORM t.second(t.current(l.what), 'reject') WHERE said <> 'done';
		RETURN said;
	WHEN 'undeclared' THEN RETURN t.declared(l.what);
	WHEN 'doubt', 'lab' THEN RETURN t.settle_it(t.declaration_of(l.what), 'uphold');
	WHEN 'hold', 'ban' THEN
		said := t.lift((SELECT number FROM t.m_measure WHERE kind = l.kind
		    AND state = 'in_force'));
		RETURN CASE l.kind WHEN 'ban' THEN t.reinstate_org(l.what) ELSE said END;
	ELSE RETURN 'done';
	END CASE;
END
$$;
-- Who stands, who is down and until whom it takes two, who is permitted and made.
CREATE FUNCTION t.outcome() RETURNS text LANGUAGE sql AS $$
	SELECT (SELECT string_agg(format('%s %s%s', c.number, c.state, CASE WHEN suspended_by
		IS NOT NULL THEN ' with another' END), ', ' ORDER BY c.id) FROM assay.coc c)
	    || (SELECT string_agg(format('; %s %s', d, t.says(d) = '{}'), '' ORDER BY d)
		FROM t.m_dev) || (SELECT string_agg(format('; %s %s', k, t.bars(k) IS NULL),
		'') FROM unnest('{tre,tre-c,ter}'::text[]) k) $$;
CREATE FUNCTION t.in_order(losses int[], gifts int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	which int;
	said text := '';
BEGIN
	FOREACH which IN ARRAY losses LOOP
		IF (SELECT t.lose(l) FROM t.loss l WHERE l.n = which) <> 'done' THEN
			RAISE EXCEPTION 'impossible' USING ERRCODE = 'WALK0';
		END IF;
	END LOOP;
	PERFORM t.wrong(t.differs(true));
	said := t.outcome();
	-- what waits for the other is tried again
	FOREACH which IN ARRAY gifts || gifts LOOP
		PERFORM t.give(l) FROM t.loss l WHERE l.n = which;
	END LOOP;
	PERFORM t.wrong(t.differs(true));
	RAISE EXCEPTION USING ERRCODE = 'WALK0', MESSAGE = said || E'\n then ' || t.outcome();
EXCEPTION WHEN SQLSTATE 'WALK0' THEN
	RETURN SQLERRM;
WHEN SQLSTATE 'WALK1' THEN
	RETURN 'wrong: ' || SQLERRM;
END
$$;
-- The n-th pair of them by chance; NULL: in each order it comes to the same, or one of
-- them leaves nothing to lose for the other.
CREATE FUNCTION t.orders(p_n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	k int[];
	said text[];
BEGIN
	PERFORM set_config('walk.n', p_n::text, true), set_config('walk.k', '0', true);
	k := ARRAY(SELECT n FROM t.loss ORDER BY hashtextextended(n || '.' || t.d(), 0), n LIMIT 2);
	said := ARRAY[t.in_order(k, k), t.in_order(ARRAY[k[2], k[1]], k),
	    t.in_order(k, ARRAY[k[2], k[1]])];
	RETURN (SELECT format(E'%s of %s, %s of %s:\n%s', a.kind, a.what, b.kind, b.what,
	    array_to_string(said, E'\n'))
	FROM t.loss a, t.loss b WHERE a.n = k[1] AND b.n = k[2] AND 'impossible' <> ALL (said)
	    AND (said[1] <> said[2] OR said[1] <> said[3] OR said[1] LIKE 'wrong:%'));
END
$$;
