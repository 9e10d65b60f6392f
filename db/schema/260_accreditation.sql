-- The accreditation of a model, now (and at any time, in 352_history_at.sql): one
-- row or none.
--
-- A model may have had several CoCs.  The one that speaks for it is the last
-- that was certified by then; a renewed (superseded) one gives way to its
-- successor.  state is as people would have found it at that time: the end
-- counts from its very second, whether or not the clock's tick had written it
-- down.  Superseded is no state of an accreditation, only of a paper.

CREATE TYPE accreditation AS (
	model_id bigint,
	coc_id bigint,
	number text,
	state text,        -- provisional certified suspended withdrawn expired
	level int,
	since timestamptz, -- of the state
	valid_from timestamptz,
	expires timestamptz,
	site_scope_id bigint,
	declaration_id bigint,
	ruleset_id bigint,
	on_expired text,
	on_suspended text,
	on_withdrawn text,
	grace_days int
);

CREATE FUNCTION accreditation_of(c coc, p_t timestamptz)
	RETURNS accreditation
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT ROW(c.model_id, c.id, c.number,
	    CASE WHEN over.it THEN 'expired' ELSE c.state END, c.level,
	    CASE WHEN over.it THEN c.expires ELSE c.effective END,
	    c.valid_from, c.expires, c.site_scope_id, c.declaration_id,
	    c.ruleset_id, CASE WHEN over.it THEN coc_on_expired(c)
	    ELSE c.on_expired END, c.on_suspended, c.on_withdrawn,
	    c.grace_days)::accreditation
	FROM (SELECT c.expires <= p_t AND c.state IN
	    ('provisional', 'certified', 'suspended') AS it) AS over);
END
$$;

CREATE FUNCTION accreditation_now(p_model bigint)
	RETURNS SETOF accreditation
	ROWS 1 LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT a.* FROM (SELECT * FROM coc
	    WHERE coc.model_id = p_model
	    AND coc.state NOT IN ('proposed', 'refused', 'superseded')
	    ORDER BY coc.valid_from DESC, coc.id DESC LIMIT 1) AS c,
	LATERAL accreditation_of(c, assay_now()) AS a;
END
$$;
