-- What the model of walk_model.sql says of devices and lots, what the schema does, and
-- where they differ.

SET search_path = t, assay, pg_temp;

-- ---- what it says

-- May a device go on?
CREATE FUNCTION t.m_stands(p_m text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	now timestamptz := assay.assay_now();
	c t.m_coc;
BEGIN
	SELECT * INTO c FROM t.m_coc WHERE m = p_m AND since IS NOT NULL
	    AND over IS DISTINCT FROM 'superseded' ORDER BY since DESC,
	    number DESC LIMIT 1;
	RETURN CASE WHEN (SELECT out FROM t.m_org WHERE o = t.maker(p_m))
	    THEN 'the supplier of ' || p_m || ' is out'
	    WHEN c.over = 'withdrawn' THEN c.number || ' is withdrawn'
	    WHEN c.self OR c.fell IS NOT NULL THEN c.number || ' is down'
	    WHEN c.ends + interval '365 days' <= now THEN c.number || ' is over'
	    WHEN (SELECT doubted FROM t.m_decl WHERE m = p_m)
		THEN p_m || ' is doubted'
	    WHEN NOT (SELECT there FROM t.m_decl WHERE m = p_m)
		THEN p_m || ' is not declared' END;
END
$$;
CREATE FUNCTION t.m_against(d t.m_dev) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT coalesce(CASE WHEN d.dead THEN 'revoked' END, t.m_stands(d.m),
	    CASE WHEN d.m <> 'ter' THEN t.m_stands('chip') END,
	    (SELECT min(number || ' is in force') FROM t.m_measure x
		WHERE state = 'in_force' AND t.under(d, x.sk, x.s)
		AND kind NOT IN ('corrective_action', 'scope_reduction')
		AND NOT (kind = 'minimum_firmware' AND d.m = 'ter')
		AND effect <> 'permit' AND NOT (effect = 'permit_if_issued_before'
		    AND d.issued < since))) $$;
-- May one be issued?
CREATE FUNCTION t.m_bars(p_m text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT coalesce(CASE WHEN (SELECT out FROM t.m_org
		WHERE o = t.maker(p_m)) THEN 'the supplier is out'
	    WHEN c.number IS NULL THEN 'no CoC is in force'
	    WHEN NOT t.grounded(c) THEN 'it has no ground'
	    WHEN EXISTS (SELECT FROM t.m_decl WHERE doubted AND (m = p_m
		OR m = 'chip' AND p_m LIKE 'tre%')) THEN 'there is a doubt'
	    WHEN NOT t.carried(c, true) OR p_m = 'ter' AND (SELECT out
		FROM t.m_org WHERE o = 'acme') THEN 'nothing carries it' END,
	    (SELECT min(x.number || ' is in force') FROM t.m_measure x
		WHERE x.state = 'in_force' AND t.under((NULL, p_m, c.site, NULL,
		    false)::t.m_dev, x.sk, x.s) AND (x.effect = 'hold' OR kind IN
		('issuance_freeze', 'hold', 'mass_revocation', 'withdrawal', 'ban'))))
	FROM (SELECT) one LEFT JOIN t.m_coc c ON c.m = p_m AND t.in_force(c) $$;

-- ---- what the schema says

CREATE FUNCTION t.says(p_d text) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
	s record;
	f jsonb;
	now bigint := floor(extract(epoch FROM assay.assay_now()));
	against text[] := '{}';
BEGIN
	SELECT * INTO STRICT s FROM assay.decision_sides_for(ARRAY[t.sha(p_d)],
	    ARRAY[(SELECT id FROM assay.organisation WHERE handle = 'operator')]);
	IF s.standing <> 'issued' OR s.issuer_standing NOT IN ('active', 'retired')
	THEN
		against := against || ('certificate ' || s.standing);
	END IF;
	IF NOT s.site_accredited THEN
		against := against || 'site at issue'::text;
	END IF;
	FOREACH f IN ARRAY CASE WHEN p_d LIKE 'TRE%'
	    THEN ARRAY[s.model::jsonb, s.hardware::jsonb] ELSE ARRAY[s.model::jsonb] END
	LOOP
		IF f ->> 'supplier' <> 'active' THEN
			against := against || 'supplier'::text;
		END IF;
		IF coalesce(f ->> 'at_issue', '') NOT IN ('provisional', 'certified')
		THEN
			against := against || 'at issue'::text;
		END IF;
		IF NOT (CASE WHEN f ->> 'now' IN ('provisional', 'certified')
		    AND (f ->> 'expires')::bigint > now THEN true
		    WHEN f ->> 'now' IN ('suspended', 'withdrawn') THEN false
		    ELSE f ->> 'on_expired' = 'permit' AND now < (f ->> 'expires')::bigint
			+ 86400 * (f ->> 'grace_days')::int END) THEN
			against := against || ('CoC ' || (f ->> 'now'));
		END IF;
		IF coalesce(f ->> 'declaration', '') NOT IN
		    ('in_force', 'expired', 'superseded') THEN
			against := against || ('declaration ' ||
			    coalesce(f ->> 'declaration', 'none'));
		END IF;
	END LOOP;
	RETURN against || ARRAY(SELECT x ->> 'number'
	    FROM jsonb_array_elements(s.measures::jsonb) x
	    WHERE x ->> 'kind' NOT IN ('corrective_action', 'scope_reduction')
	    AND x ->> 'effect' <> 'permit' AND NOT (x ->> 'effect' =
		'permit_if_issued_before' AND (x -> 'issued')::bigint
		< (x -> 'since')::bigint));
END
$$;
-- t.lot_obstacles(), t.coc_of_model() and t.model_parts() are the authority's own
-- statements
CREATE FUNCTION t.proven(p_m bigint) RETURNS bool LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM t.coc_of_model(p_m)) AND (NOT EXISTS (SELECT
	    FROM t.model_parts(p_m)) OR EXISTS (SELECT FROM t.model_parts(p_m) k
		WHERE t.proven(k)));
END
$$;
CREATE FUNCTION t.bars(p_m text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m bigint := (SELECT id FROM assay.model WHERE handle = p_m);
	said text;
BEGIN
	UPDATE assay.lot l SET coc_id = c.id, site_id = s.site_id
	FROM assay.coc c JOIN assay.site_scope s ON s.id = c.site_scope_id
	WHERE l.number = 'NEW-' || p_m AND c.model_id = m
	    AND c.state IN ('provisional', 'certified', 'suspended');
	SELECT min(x) INTO said FROM assay.lot l, t.lot_obstacles(l.id, 1) x
	WHERE l.number = 'NEW-' || p_m;
	RETURN coalesce(said, CASE WHEN NOT t.proven(m) THEN 'unproven' END);
END
$$;

-- ---- where they differ

-- before the clock has written down what has ended, more may be refused
CREATE FUNCTION t.differs(ticked bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	now timestamptz := assay.assay_now();
	said text;
BEGIN
	SELECT format('%s is %s, and was to be %s', c.number, has, shall) INTO said
	FROM t.m_coc c JOIN assay.coc x USING (number), LATERAL (SELECT
	    CASE WHEN x.state IN ('provisional', 'certified') AND x.expires > now
		THEN 'in force'
		WHEN x.state = 'suspended' AND x.expires > now THEN
		coalesce('down with ' || (SELECT number FROM assay.coc
		    WHERE id = x.suspended_by), 'down by itself')
		WHEN x.state IN ('provisional', 'certified', 'suspended')
		THEN 'expired' ELSE x.state END,
	    CASE WHEN c.since IS NULL THEN CASE x.state WHEN 'refused' THEN x.state
		ELSE 'proposed' END WHEN c.over IS NOT NULL
		THEN c.over WHEN c.self THEN 'down by itself' WHEN c.fell IS NOT NULL
		THEN 'down with ' || c.fell ELSE 'in force' END) v (has, shall)
	WHERE has <> shall LIMIT 1;
	IF FOUND THEN RETURN said; END IF;
	SELECT format('%s is to end %s, and outlives what it rests on', c.number,
	    x.expires) INTO said
	FROM t.m_coc c JOIN assay.coc x USING (number)
	WHERE t.in_force(c) AND (x.expires > (SELECT ends FROM t.m_decl d
		WHERE d.m = c.m)
	    OR x.expires > (SELECT ends FROM t.m_site s WHERE s.s = c.site)
	    OR x.expires > (SELECT ends FROM t.m_ext e WHERE e.x = c.ext)
	    OR x.expires > (SELECT max(k.ends) FROM t.m_coc k
		WHERE k.m = ANY (t.parts(c.m)) AND t.in_force(k))
	    OR x.expires > c.since + make_interval(days => c.days)) LIMIT 1;
	IF FOUND THEN RETURN said; END IF;
	UPDATE t.m_coc c SET ends = least(c.ends, x.expires) FROM assay.coc x
	WHERE x.number = c.number AND c.over IS NULL AND c.ends <> x.expires;
	SELECT format('%s is %s', o.handle, o.state) INTO said
	FROM t.m_org g JOIN assay.organisation o ON o.handle = g.o
	WHERE o.state <> CASE WHEN gone THEN 'terminated' WHEN out
	    THEN 'suspended' ELSE 'active' END LIMIT 1;
	IF FOUND THEN RETURN said; END IF;
	SELECT format('%s is %s to %s, not to %s', s.s, x.state, x.expires, s.ends) INTO said
	FROM t.m_site s JOIN assay.site i ON i.handle = s.s
	JOIN assay.site_scope x ON x.site_id = i.id
	WHERE (x.state = 'withdrawn') <> s.gone OR NOT s.gone AND
	    (x.expires <> s.ends OR s.ends > now AND (x.state = 'full') <> s.ok) LIMIT 1;
	IF FOUND THEN RETURN said; END IF;
	SELECT format('%s is %s, and was to be %s', number, x.state, m.state) INTO said
	FROM t.m_measure m FULL JOIN assay.measure x USING (number)
	WHERE coalesce(m.state, 'proposed') <> CASE WHEN x.lapses <= now AND
	    x.state = 'in_force' THEN 'lapsed' WHEN x.state = 'rejected'
	    THEN 'proposed' ELSE x.state END LIMIT 1;
	IF FOUND THEN RETURN said; END IF;
	SELECT format('%s: decisions say %s, and were to say %s', d, has, shall) INTO said
	FROM t.m_dev v, LATERAL (SELECT nullif(t.says(v.d), '{}')::text,
	    t.m_against(v)) x (has, shall)
	WHERE (has IS NULL) <> (shall IS NULL) AND (ticked OR has IS NULL) LIMIT 1;
	IF FOUND THEN RETURN said; END IF;
	SELECT format('issuing %s: %s, and was to be %s', m, coalesce(has, 'nothing '
	    'is against it'), coalesce(shall, 'possible')) INTO said
	FROM unnest('{tre,tre-c,ter}'::text[]) m, LATERAL (SELECT t.bars(m),
	    t.m_bars(m)) v (has, shall)
	WHERE (has IS NULL) <> (shall IS NULL) AND (ticked OR has IS NULL) LIMIT 1;
	RETURN said;
END
$$;
