-- What a CoC rests on, and what is missing.  Read only: the acts are in 235.

-- suspended_by: the CoC whose suspension or withdrawal took this one with it;
-- none where two deciders suspended this one for itself.
ALTER TABLE coc ADD COLUMN suspended_by bigint REFERENCES coc;
-- A proposal may leave open which declaration; approval settles it.
ALTER TABLE coc ALTER COLUMN declaration_id DROP NOT NULL;
ALTER TABLE coc ALTER COLUMN ruleset_id DROP NOT NULL;
ALTER TABLE coc ADD CHECK (state IN ('proposed', 'refused') OR
	(declaration_id IS NOT NULL AND ruleset_id IS NOT NULL));
ALTER TABLE coc ADD CHECK (suspended_by IS NULL OR state = 'suspended');
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
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
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
-- changes have been written down yet.
CREATE FUNCTION coc_good(p_model bigint) RETURNS SETOF coc
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT * FROM coc
	WHERE model_id = p_model AND state IN ('provisional', 'certified')
	    AND expires > assay_now();
$$;

-- Rules that a declaration leaves unmet at a level.
CREATE FUNCTION declaration_unmet(p_declaration bigint, p_level int)
	RETURNS text[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(array_agg(u.rule), '{}')
	FROM declaration d
	JOIN ruleset r ON r.id = d.ruleset_id,
	LATERAL ruleset_rules(r.content) AS u
	WHERE d.id = p_declaration AND p_level = ANY (u.levels)
	    AND coalesce(d.answers -> u.rule ->> 'answer', 'no') = 'no';
$$;

CREATE FUNCTION coc_missing_supplier(c coc)
	RETURNS TABLE (code text, what text, todo text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT 'SUPPLIER_NOT_ACTIVE',
	    format('supplier "%s" is %s', o.handle, o.state),
	    'activate or reinstate it'
	FROM model m JOIN organisation o ON o.id = m.organisation_id
	WHERE m.id = c.model_id AND o.state <> 'active'
	UNION ALL
	SELECT 'MODEL_NOT_REGISTERED',
	    format('model "%s" is %s', m.handle, m.state),
	    format('an officer registers it: assay model register %s', m.handle)
	FROM model m WHERE m.id = c.model_id AND m.state <> 'registered'
	UNION ALL
	SELECT 'PREDECESSOR_SUSPENDED',
	    format('%s of the same model is suspended', p.number),
	    'reinstate or withdraw that one first'
	FROM coc p
	WHERE p.model_id = c.model_id AND p.state = 'suspended' AND p.id <> c.id;
$$;

CREATE FUNCTION coc_missing_site(c coc)
	RETURNS TABLE (code text, what text, todo text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT 'SITE_NOT_ACCREDITED',
	    format('site "%s" is %s for %s, not provisional or full', s.handle,
		CASE WHEN x.expires <= assay_now()
		    AND x.state IN ('provisional', 'full')
		    THEN 'expired' ELSE x.state END,
		replace(x.scope, '_', ' ')),
	    'audit it, and let two deciders decide the audit'
	FROM site_scope x JOIN site s ON s.id = x.site_id
	WHERE x.id = c.site_scope_id AND (x.state NOT IN ('provisional', 'full')
	    OR x.expires IS NULL OR x.expires <= assay_now());
$$;

CREATE FUNCTION coc_missing_declaration(c coc)
	RETURNS TABLE (code text, what text, todo text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
	unmet text[];
	v_model text := (SELECT m.handle FROM model m WHERE m.id = c.model_id);
BEGIN
	SELECT * INTO d FROM declaration t
	WHERE t.model_id = c.model_id AND t.state IN ('in_force', 'challenged')
	    AND t.expires > assay_now();
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'DECLARATION_MISSING',
		    format('no declaration for "%s" is in force', v_model),
		    'the supplier submits one and an officer accepts it: '
		    'assay declaration submit, assay declaration accept';
		RETURN;
	END IF;
	IF d.state = 'challenged' THEN
		RETURN QUERY SELECT 'DECLARATION_CHALLENGED',
		    format('declaration %s is challenged', d.number),
		    'settle the challenge';
	END IF;
	IF c.state = 'proposed' AND c.declaration_id <> d.id THEN
		RETURN QUERY SELECT 'DECLARATION_MISSING',
		    format('declaration %s is not in force, %s is',
			(SELECT t.number FROM declaration t
			 WHERE t.id = c.declaration_id), d.number),
		    'propose with the one in force';
	END IF;
	unmet := declaration_unmet(d.id, c.level);
	IF unmet <> '{}' THEN
		RETURN QUERY SELECT 'DECLARATION_RULES',
		    format('declaration %s does not meet level %s: rule%s %s',
			d.number, c.level,
			CASE WHEN cardinality(unmet) > 1 THEN 's' ELSE '' END,
			array_to_string(unmet, ', ')),
		    'the supplier meets the rules and declares again, or '
		    'propose a lower level';
	END IF;
END
$$;

CREATE FUNCTION coc_missing_components(c coc)
	RETURNS TABLE (code text, what text, todo text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	m model := (SELECT t FROM model t WHERE t.id = c.model_id);
	platform model;
	g coc;
	names text;
BEGIN
	IF m.kind = 'tre' THEN
		SELECT * INTO platform FROM model t
		WHERE t.id = m.hardware_platform_id;
		SELECT * INTO g FROM coc_good(platform.id);
		IF g.id IS NULL THEN
			RETURN QUERY SELECT 'COMPONENT_NOT_ACCREDITED',
			    format('hardware platform "%s" has no CoC in force',
				platform.handle),
			    format('certify it first: assay coc propose '
				'--model %s', platform.handle);
		ELSIF g.level < c.level THEN
			RETURN QUERY SELECT 'COMPONENT_LEVEL',
			    format('hardware platform "%s" is accredited at '
				'level %s only (%s)', platform.handle,
				g.level, g.number),
			    'accredit it at the level, or propose a lower one';
		END IF;
	ELSIF m.kind = 'terminal' AND NOT EXISTS (SELECT
	    FROM model_components(m.id) AS t, coc_good(t)) THEN
		SELECT string_agg(format('"%s"', t.handle), ', ') INTO names
		FROM model t WHERE t.id IN (SELECT model_components(m.id));
		RETURN QUERY SELECT 'COMPONENT_NOT_ACCREDITED',
		    format('none of the TrE models it may contain has a CoC in '
			'force: %s', names),
		    'certify one of them first: assay coc propose';
	END IF;
END
$$;

-- TrE models in force at a higher level than the platform's new CoC would be.
CREATE FUNCTION coc_missing_dependents(c coc)
	RETURNS TABLE (code text, what text, todo text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT 'DEPENDENT_LEVEL',
	    format('%s rests on it at level %s', g.number, g.level),
	    'withdraw that one first, or propose its level'
	FROM model m
	JOIN model t ON t.hardware_platform_id = m.id,
	LATERAL coc_good(t.id) AS g
	WHERE m.id = c.model_id AND m.kind = 'hardware_platform'
	    AND g.level > c.level;
$$;

-- Every prerequisite that is missing now: which rule, what is so, what to do.
CREATE FUNCTION coc_missing(p_coc bigint)
	RETURNS TABLE (code text, what text, todo text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc := (SELECT t FROM coc t WHERE t.id = p_coc);
BEGIN
	RETURN QUERY SELECT * FROM coc_missing_supplier(c)
	UNION ALL SELECT * FROM coc_missing_site(c)
	UNION ALL SELECT * FROM coc_missing_declaration(c)
	UNION ALL SELECT * FROM coc_missing_components(c)
	UNION ALL SELECT * FROM coc_missing_dependents(c);
END
$$;

-- All of it in one refusal.
CREATE FUNCTION coc_must_be_complete(c coc, p_verb text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
	list text;
BEGIN
	SELECT count(*), string_agg(format('(%s) %s: %s', ord, what, todo),
	    '; ' ORDER BY ord)
	INTO n, list
	FROM coc_missing(c.id) WITH ORDINALITY AS t(code, what, todo, ord);
	IF n > 0 THEN
		RAISE EXCEPTION '% cannot be %, % missing: %', c.number, p_verb,
		    CASE n WHEN 1 THEN 'a prerequisite is'
		    ELSE n || ' prerequisites are' END, list
		    USING ERRCODE = 'AY004', DETAIL = 'COC_PREREQUISITES';
	END IF;
END
$$;

-- A CoC is no firmer than the softest thing under it.
CREATE FUNCTION coc_firmness(c coc) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM site_scope
	    WHERE id = c.site_scope_id AND state = 'provisional')
	    OR EXISTS (SELECT FROM model_components(c.model_id) AS t,
		coc_good(t) AS g WHERE g.state = 'provisional')
	    THEN 'provisional' ELSE 'certified' END;
$$;

-- The first end among what it rests on.
CREATE FUNCTION coc_first_end(c coc) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT min(e) FROM (
		SELECT expires AS e FROM site_scope WHERE id = c.site_scope_id
		UNION ALL
		SELECT expires FROM declaration WHERE model_id = c.model_id
		    AND state = 'in_force'
		UNION ALL
		SELECT g.expires FROM model_components(c.model_id) AS t,
		    coc_good(t) AS g
	) AS ends;
$$;

-- Why a proposal would fail now, for `coc show` and for whoever must act.
GRANT EXECUTE ON FUNCTION coc_missing(bigint) TO assay_api, assay_authority;
