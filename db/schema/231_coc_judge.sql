-- A CoC judged by all that it rests on (230): what is missing, how firm it is,
-- when it ends.

CREATE FUNCTION coc_prerequisites(c coc) RETURNS SETOF prerequisite
	ROWS 10 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT * FROM coc_needs_supplier(c)
	UNION ALL SELECT * FROM coc_needs_site(c)
	UNION ALL SELECT * FROM coc_needs_declaration(c)
	UNION ALL SELECT * FROM coc_needs_rules(c)
	UNION ALL SELECT * FROM coc_needs_components(c)
	UNION ALL SELECT * FROM coc_needs_external(c)
	UNION ALL SELECT * FROM coc_bars(c);
END
$$;

-- Every prerequisite that is missing now: which rule, what is so, what to do.
CREATE FUNCTION coc_missing(p_coc bigint)
	RETURNS TABLE (code text, what text, todo text)
	ROWS 2 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT p.code, p.what, p.todo
	FROM coc c, coc_prerequisites(c) AS p
	WHERE c.id = p_coc AND NOT p.holds AND p.code IS NOT NULL;
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
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT CASE WHEN EXISTS (SELECT FROM site_scope
	    WHERE id = c.site_scope_id AND state = 'provisional')
	    OR EXISTS (SELECT FROM model_components(c.model_id) AS t,
		coc_good(t, true) AS g WHERE g.state = 'provisional')
	    THEN 'provisional' ELSE 'certified' END);
END
$$;

-- The first end among what it rests on.
CREATE FUNCTION coc_first_end(c coc) RETURNS timestamptz
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT min(ends) FROM coc_prerequisites(c) WHERE holds);
END
$$;
