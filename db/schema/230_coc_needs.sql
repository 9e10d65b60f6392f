-- What a CoC rests on, one thing after the other.  Read only: what is missing of
-- it is in 231, the acts are in 235.

-- suspended_by: the CoC whose suspension or withdrawal took this one with it;
-- none where two deciders suspended this one for itself.
ALTER TABLE coc ADD COLUMN suspended_by bigint REFERENCES coc;
-- A proposal may leave open which declaration; approval settles it.
ALTER TABLE coc ALTER COLUMN declaration_id DROP NOT NULL;
ALTER TABLE coc ALTER COLUMN ruleset_id DROP NOT NULL;
CREATE TRIGGER certified_rests_on_something
	AFTER INSERT OR UPDATE OF state, declaration_id, ruleset_id ON coc
	FOR EACH ROW WHEN (NOT (NEW.state IN ('proposed', 'refused') OR
	    (NEW.declaration_id IS NOT NULL AND NEW.ruleset_id IS NOT NULL)))
	EXECUTE FUNCTION does_not_fit();
CREATE TRIGGER only_suspended_by_another
	AFTER INSERT OR UPDATE OF state, suspended_by ON coc FOR EACH ROW
	WHEN (NOT (NEW.suspended_by IS NULL OR NEW.state = 'suspended'))
	EXECUTE FUNCTION does_not_fit();
CREATE UNIQUE INDEX coc_waiting ON coc (model_id) WHERE state = 'proposed';
CREATE INDEX coc_of_scope ON coc (site_scope_id)
	WHERE state IN ('provisional', 'certified');
CREATE INDEX model_on_platform ON model (hardware_platform_id);
CREATE INDEX model_contains_tre ON model_contains (tre_model_id);

-- The scope element that a site must hold for a kind of model.
CREATE FUNCTION coc_scope(p_kind text) RETURNS text
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE p_kind WHEN 'tre' THEN 'tre_production'
	    WHEN 'terminal' THEN 'terminal_assembly' END;
$$;

-- Models that a model consists of: a TrE's hardware platform, a terminal's
-- TrE models.
CREATE FUNCTION model_components(p_model bigint) RETURNS SETOF bigint
	ROWS 2 LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT hardware_platform_id FROM model
	WHERE id = p_model AND hardware_platform_id IS NOT NULL
	UNION ALL
	SELECT tre_model_id FROM model_contains
	WHERE terminal_model_id = p_model;
$$;

-- The other way round.
CREATE FUNCTION model_dependents(p_model bigint) RETURNS SETOF bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT id FROM model WHERE hardware_platform_id = p_model
	UNION ALL
	SELECT terminal_model_id FROM model_contains
	WHERE tre_model_id = p_model;
$$;

-- The model's CoC that gives trust at this moment, whether or not the clock's
-- changes have been written down yet: its own end, and that of the rule set
-- that its declaration answers; none while its supplier is suspended, unless that is
-- not asked: it may be let in again.
CREATE FUNCTION coc_good(p_model bigint, p_also_suspended bool DEFAULT false)
	RETURNS SETOF coc
	ROWS 1 LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT * FROM coc c
	WHERE model_id = p_model AND state IN ('provisional', 'certified')
	    AND expires > assay_now() AND (p_also_suspended OR EXISTS (SELECT
		FROM model m JOIN organisation o ON o.id = m.organisation_id
		WHERE m.id = p_model AND o.state = 'active'))
	    AND NOT EXISTS (SELECT
		FROM declaration d JOIN ruleset r ON r.id = d.ruleset_id
		WHERE d.model_id = p_model AND r.retires <= assay_now()
		AND d.state IN ('in_force', 'challenged'));
$$;

-- Rules that a declaration leaves unmet at a level.
CREATE FUNCTION declaration_unmet(p_declaration bigint, p_level int)
	RETURNS text[]
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(array_agg(u.rule), '{}')
	FROM declaration d
	JOIN ruleset r ON r.id = d.ruleset_id,
	LATERAL ruleset_rules(r.content) AS u
	WHERE d.id = p_declaration AND p_level = ANY (u.levels)
	    AND coalesce(d.answers -> u.rule ->> 'answer', 'no') = 'no');
END
$$;

-- ---- the prerequisites of a CoC, as they are now: the one truth that
-- coc_missing(), coc_first_end() and `assay coc why` read.  In PL/pgSQL, which
-- keeps its plans for the session.

CREATE TYPE prerequisite AS (
	kind text,	   -- supplier model site declaration ruleset
			   -- hardware_platform tre_model external_certificate;
			   -- and, only while it bars: predecessor dependent
	subject text,	   -- number or handle
	state text,
	holds bool,
	ends timestamptz,  -- none: it has no end by itself
	code text,	   -- what its lack forbids; none: nothing, for others
	what text,	   -- will do
	todo text,
	coc_id bigint	   -- of a component: its CoC, the next node
);

CREATE FUNCTION coc_needs_supplier(c coc) RETURNS SETOF prerequisite
	ROWS 2 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT 'supplier', o.handle::text, o.state, o.state = 'active',
	    NULL::timestamptz, 'SUPPLIER_NOT_ACTIVE',
	    format('supplier "%s" is %s', o.handle, o.state),
	    'activate or reinstate it', NULL::bigint
	FROM model m JOIN organisation o ON o.id = m.organisation_id
	WHERE m.id = c.model_id
	UNION ALL
	SELECT 'model', m.handle::text, m.state, m.state = 'registered', NULL,
	    'MODEL_NOT_REGISTERED',
	    format('model "%s" is %s', m.handle, m.state),
	    format('an officer registers it: assay model register %s',
		m.handle), NULL
	FROM model m WHERE m.id = c.model_id;
END
$$;

CREATE FUNCTION coc_needs_site(c coc) RETURNS SETOF prerequisite
	ROWS 1 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT 'site', s.handle::text, now_.state,
	    now_.state IN ('provisional', 'full'), x.expires,
	    'SITE_NOT_ACCREDITED',
	    format('site "%s" is %s for %s, not provisional or full',
		s.handle, now_.state, replace(x.scope, '_', ' ')),
	    'audit it, and let two deciders decide the audit', NULL::bigint
	FROM site_scope x JOIN site s ON s.id = x.site_id,
	LATERAL (SELECT CASE WHEN x.state IN ('provisional', 'full')
	    AND (x.expires IS NULL OR x.expires <= assay_now())
	    THEN 'expired' ELSE x.state END AS state) AS now_
	WHERE x.id = c.site_scope_id;
END
$$;

-- The declaration of the model that counts now: in force, or challenged.
CREATE FUNCTION model_declaration(p_model bigint) RETURNS SETOF declaration
	ROWS 1 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT * FROM declaration d
	WHERE model_id = p_model AND state IN ('in_force', 'challenged')
	    AND declaration_end(d) > assay_now();
END
$$;

CREATE FUNCTION coc_needs_declaration(c coc) RETURNS SETOF prerequisite
	ROWS 1 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
	proposed text := (SELECT number FROM declaration
	    WHERE id = c.declaration_id);
BEGIN
	SELECT * INTO d FROM model_declaration(c.model_id);
	IF d.id IS NULL THEN
		RETURN QUERY SELECT 'declaration', proposed, 'missing', false,
		    NULL::timestamptz, 'DECLARATION_MISSING',
		    format('no declaration for "%s" is in force', m.handle),
		    'the supplier submits one and an officer accepts it: '
		    'assay declaration submit, assay declaration accept',
		    NULL::bigint
		FROM model m WHERE m.id = c.model_id;
	ELSIF d.state = 'challenged' THEN
		RETURN QUERY SELECT 'declaration', d.number, d.state, false,
		    d.expires, 'DECLARATION_CHALLENGED',
		    format('declaration %s is challenged', d.number),
		    'settle the challenge', NULL::bigint;
	ELSIF c.state = 'proposed' AND proposed <> d.number THEN
		RETURN QUERY SELECT 'declaration', proposed, 'not in force',
		    false, NULL::timestamptz, 'DECLARATION_MISSING',
		    format('declaration %s is not in force, %s is', proposed,
			d.number), 'propose with the one in force',
		    NULL::bigint;
	ELSE
		RETURN QUERY SELECT 'declaration', d.number, d.state, true,
		    d.expires, NULL, NULL, NULL, NULL::bigint;
	END IF;
END
$$;

-- Its answers reach the level, in a version that has not retired.
CREATE FUNCTION coc_needs_rules(c coc) RETURNS SETOF prerequisite
	ROWS 1 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT 'ruleset', r.name || '-' || r.version,
	    CASE WHEN unmet = '{}' THEN 'met' ELSE 'not met' END
		|| ' at level ' || c.level,
	    unmet = '{}', r.retires, 'DECLARATION_RULES',
	    format('declaration %s does not meet level %s: rule%s %s',
		d.number, c.level,
		CASE WHEN cardinality(unmet) > 1 THEN 's' ELSE '' END,
		array_to_string(unmet, ', ')),
	    'the supplier meets the rules and declares again, or propose a '
	    'lower level', NULL::bigint
	FROM model_declaration(c.model_id) AS d
	JOIN ruleset r ON r.id = d.ruleset_id,
	LATERAL declaration_unmet(d.id, c.level) AS unmet;
END
$$;

-- A TrE model's hardware platform, at the level at least; of a terminal
-- model's TrE models one is enough.
CREATE FUNCTION coc_needs_components(c coc) RETURNS SETOF prerequisite
	ROWS 2 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	WITH part AS (
		SELECT p.handle, p.kind, last.id, g.id AS good,
		    coalesce(CASE WHEN g.id IS NULL AND last.state IN
			('provisional', 'certified') THEN 'expired'
			ELSE last.state END, 'no CoC') AS state,
		    last.number, last.level, g.expires,
		    p.kind <> 'hardware_platform' OR g.level >= c.level AS fits,
		    count(g.id) OVER () AS goods
		FROM model_components(c.model_id) AS t
		JOIN model p ON p.id = t
		LEFT JOIN LATERAL (SELECT * FROM coc k WHERE k.model_id = t
		    AND k.state NOT IN ('proposed', 'refused', 'superseded')
		    ORDER BY k.valid_from DESC, k.id DESC LIMIT 1) AS last
		    ON true
		LEFT JOIN LATERAL coc_good(t) AS g ON true
	)
	SELECT CASE kind WHEN 'tre' THEN 'tre_model' ELSE kind END,
	    handle::text, state, good IS NOT NULL AND fits, expires,
	    CASE WHEN good IS NOT NULL AND NOT fits THEN 'COMPONENT_LEVEL'
		WHEN kind = 'hardware_platform' OR goods = 0
		THEN 'COMPONENT_NOT_ACCREDITED' END,
	    CASE WHEN good IS NOT NULL THEN
		format('hardware platform "%s" is accredited at level %s only '
		    '(%s)', handle, level, number)
	    ELSE format('%s "%s" has no CoC in force%s', model_kind_name(kind),
		handle, CASE WHEN kind = 'tre' THEN ', nor has another that '
		    'this terminal may contain' ELSE '' END) END,
	    CASE WHEN good IS NOT NULL THEN
		'accredit it at the level, or propose a lower one'
	    ELSE format('certify it first: assay coc propose --model %s',
		handle) END, id
	FROM part;
END
$$;

-- A piece of what a rule set requires, and the certificate that gives it: of
-- those that hold the one that ends last.
CREATE FUNCTION coc_required_external(c coc, p_require jsonb)
	RETURNS SETOF external_certificate
	ROWS 1 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT x.* FROM external_certificate x, model m
	WHERE m.id = c.model_id AND external_certificate_good(x)
	    AND p_require -> 'schemes' ? x.scheme
	    AND CASE p_require ->> 'for'
		WHEN 'model' THEN x.model_id = m.id
		WHEN 'hardware_platform' THEN
		    x.model_id = coalesce(m.hardware_platform_id, m.id)
		WHEN 'site' THEN x.site_id = (SELECT site_id FROM site_scope
		    WHERE id = c.site_scope_id) END
	ORDER BY x.expires DESC, x.id DESC LIMIT 1;
END
$$;

-- Certificates of other schemes: required by the rule set at this level, and
-- those that the CoC names.
CREATE FUNCTION coc_needs_external(c coc) RETURNS SETOF prerequisite
	ROWS 2 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT 'external_certificate', coalesce(x.number, 'none'),
	    CASE WHEN x.id IS NULL THEN 'missing' ELSE x.scheme || ' '
		|| x.level END,
	    x.id IS NOT NULL, x.expires, 'EXTERNAL_CERTIFICATE_MISSING',
	    format('at level %s the %s needs an accepted certificate of %s',
		c.level, replace(e ->> 'for', '_', ' '),
		(SELECT string_agg(n, ' or ')
		 FROM jsonb_array_elements_text(e -> 'schemes') AS n)),
	    'enter it and let an officer accept it: '
	    'assay external-certificate new', NULL::bigint
	FROM model_declaration(c.model_id) AS d
	JOIN ruleset r ON r.id = d.ruleset_id,
	LATERAL jsonb_array_elements(
	    coalesce(r.content -> 'requires', '[]')) AS e
	LEFT JOIN LATERAL coc_required_external(c, e) AS x ON true
	WHERE (e ->> 'from_level')::int <= c.level
	UNION ALL
	SELECT 'external_certificate', x.number,
	    CASE WHEN external_certificate_good(x) THEN x.scheme || ' '
		|| x.level ELSE x.state END,
	    external_certificate_good(x), x.expires,
	    'EXTERNAL_CERTIFICATE_INVALID',
	    format('external certificate %s is %s', x.number,
		CASE WHEN x.state = 'accepted' THEN 'not valid at this time'
		ELSE x.state END),
	    'let an officer accept it, or propose without it', NULL
	FROM coc_external k
	JOIN external_certificate x ON x.id = k.external_certificate_id
	WHERE k.coc_id = c.id;
END
$$;

-- What stands in the way without being something to rest on: an earlier CoC that is
-- suspended, unless it is to take that one's place; and TrE models in force at a
-- higher level than the platform's new CoC would be, also while their supplier is
-- suspended: it may be let in again.
CREATE FUNCTION coc_bars(c coc) RETURNS SETOF prerequisite
	ROWS 1 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT 'predecessor', p.number, p.state, false, NULL::timestamptz,
	    'PREDECESSOR_SUSPENDED',
	    format('%s of the same model is suspended', p.number),
	    'reinstate or withdraw that one first, or name it: --instead-of',
	    NULL::bigint
	FROM coc p
	WHERE p.model_id = c.model_id AND p.state = 'suspended' AND p.id <> c.id
	    AND p.id IS DISTINCT FROM c.instead_of
	UNION ALL
	SELECT 'dependent', g.number, g.state, false, NULL, 'DEPENDENT_LEVEL',
	    format('%s rests on it at level %s', g.number, g.level),
	    'withdraw that one first, or propose its level', NULL
	FROM model m
	JOIN model t ON t.hardware_platform_id = m.id
	JOIN coc g ON g.model_id = t.id AND g.expires > assay_now()
	    AND g.state IN ('provisional', 'certified')
	WHERE m.id = c.model_id AND m.kind = 'hardware_platform'
	    AND g.level > c.level;
END
$$;
