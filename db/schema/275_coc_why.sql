-- Why a CoC stands or falls: the tree of its prerequisites, down to the last,
-- and the first end in it.

-- One node.  Of other suppliers' CoCs no more is said than that they stand,
-- and until when.
CREATE FUNCTION coc_why_node(c coc) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	m model := (SELECT t FROM model t WHERE t.id = c.model_id);
	a accreditation := (SELECT accreditation_of(c, assay_now()));
	node jsonb;
	needs jsonb;
BEGIN
	node := jsonb_build_object('number', c.number, 'model', m.handle,
	    'kind', m.kind, 'level', c.level, 'state', a.state,
	    'holds', a.state IN ('provisional', 'certified'),
	    'ends', json_time(c.expires));
	IF NOT actor_sees(m.organisation_id) THEN
		RETURN node;
	END IF;
	SELECT jsonb_agg(coc_why_leaf(p)) INTO needs
	FROM coc_prerequisites(c) AS p;
	RETURN node || jsonb_build_object('prerequisites', needs,
	    'first_to_fall', coc_why_first(c, needs));
END
$$;

CREATE FUNCTION coc_why_leaf(p prerequisite) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN jsonb_strip_nulls(jsonb_build_object('kind', p.kind,
	    'subject', p.subject, 'state', p.state, 'holds', p.holds,
	    'ends', json_time(p.ends),
	    'code', CASE WHEN NOT p.holds THEN p.code END,
	    'what', CASE WHEN NOT p.holds THEN p.what END,
	    'todo', CASE WHEN NOT p.holds THEN p.todo END,
	    'coc', (SELECT coc_why_node(k) FROM coc k WHERE k.id = p.coc_id)));
END
$$;

-- Which end comes first: that of its own term, or that of a prerequisite; of
-- a component, the one that comes first in it, if the caller may see it.
CREATE FUNCTION coc_why_first(c coc, p_needs jsonb) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT first FROM (
		SELECT x ->> 'ends' AS ends, 1 AS own,
		    CASE WHEN x #>> '{coc,first_to_fall,on}' = x ->> 'ends'
		    THEN x #> '{coc,first_to_fall}'
		    ELSE jsonb_build_object('kind', x ->> 'kind', 'subject',
			coalesce(x #>> '{coc,number}', x ->> 'subject'),
			'on', x ->> 'ends') END AS first
		FROM jsonb_array_elements(p_needs) AS x
		WHERE (x -> 'holds')::bool AND x ? 'ends'
		UNION ALL
		SELECT json_time(c.expires), 2, jsonb_build_object('kind',
		    'coc', 'subject', c.number, 'on', json_time(c.expires))
		WHERE c.expires IS NOT NULL
	) AS ends
	ORDER BY ends, own LIMIT 1;
$$;

CREATE FUNCTION coc_why(p_number text) RETURNS SETOF jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT coc_why_node(c) FROM coc c
	WHERE c.number = p_number AND (actor_sees(owner_of_coc(c.id)) OR
	    actor_active() IS NOT NULL AND public_coc(c));
END
$$;

GRANT EXECUTE ON FUNCTION coc_why(text) TO assay_api;
