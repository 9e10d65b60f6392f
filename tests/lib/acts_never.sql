-- What must never be, whatever was done by acts.sql: t.broken() and t.bars()
-- look, by the rules of the domain as they are written down here once more.

SET search_path = assay, pg_temp;

-- Why a model's CoC may not be in force, by the rules of the domain as they
-- are written here, not by the functions that grant it.
CREATE FUNCTION t.lacks(c coc) RETURNS SETOF text LANGUAGE plpgsql STABLE
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT 'supplier ' || o.state FROM model m
	JOIN organisation o ON o.id = m.organisation_id
	WHERE m.id = c.model_id AND o.state <> 'active'
	UNION ALL SELECT 'model ' || m.state FROM model m
	WHERE m.id = c.model_id AND m.state <> 'registered'
	UNION ALL SELECT 'site ' || coalesce(x.state, 'absent') FROM model m
	LEFT JOIN site_scope x ON x.id = c.site_scope_id
	WHERE m.id = c.model_id AND m.kind <> 'hardware_platform'
	    AND NOT coalesce(x.state IN ('provisional', 'full')
		AND x.expires > assay_now() AND x.expires >= c.expires, false)
	UNION ALL SELECT 'firmer than its site' FROM site_scope x
	WHERE x.id = c.site_scope_id AND x.state = 'provisional'
	    AND c.state = 'certified'
	UNION ALL SELECT 'declaration' WHERE NOT EXISTS (
	    SELECT FROM declaration d WHERE d.model_id = c.model_id
	    AND d.state IN ('in_force', 'challenged') AND d.expires >= c.expires
	    AND NOT EXISTS (SELECT FROM ruleset r,
		jsonb_array_elements(r.content -> 'groups') g,
		jsonb_array_elements(g -> 'rules') u
		WHERE r.id = d.ruleset_id AND u -> 'levels' @> to_jsonb(c.level)
		AND d.answers -> (u ->> 'id') ->> 'answer' <> 'yes'))
	UNION ALL SELECT 'doubt' FROM declaration d
	WHERE d.model_id = c.model_id AND d.state = 'challenged'
	UNION ALL SELECT 'component' FROM model m
	WHERE m.id = c.model_id AND m.kind <> 'hardware_platform'
	    AND NOT EXISTS (SELECT FROM coc p WHERE p.model_id IN (
		SELECT m.hardware_platform_id UNION SELECT tre_model_id
		FROM model_contains WHERE terminal_model_id = m.id)
		AND p.state IN ('provisional', 'certified')
		AND p.expires > assay_now()
		AND (m.kind = 'terminal' OR p.level >= c.level));
END
$$;

-- Since it last looked: a CoC that came into force without all it needs, or
-- that was not granted by two people.  A doubt forbids by itself while it lasts, and
-- keeps nothing down that comes back with what it fell with.  And at any time: one
-- that is in force although its site, declaration or components no longer carry it.
CREATE FUNCTION t.broken() RETURNS SETOF text LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT format('%s became %s: %s', c.number, h.to_state, x)
	FROM history h JOIN coc c ON c.id = h.subject_id, t.lacks(c) x
	WHERE h.entity = 'coc' AND h.id > (SELECT history FROM t.world)
	    AND h.to_state IN ('provisional', 'certified')
	    AND h.from_state <> h.to_state -- else only its end came nearer
	    AND c.state = h.to_state
	    AND NOT (x = 'doubt' AND h.from_state = 'suspended' AND EXISTS (
		SELECT FROM history k WHERE k.entity = 'coc' AND k.id < h.id
		AND k.recorded = h.recorded AND k.subject_id <> c.id
		AND k.to_state IN ('provisional', 'certified')))
	UNION ALL
	SELECT format('%s is %s: %s', c.number, c.state, x)
	FROM coc c, t.lacks(c) x
	WHERE c.state IN ('provisional', 'certified')
	    AND c.model_id IN (SELECT id FROM model
		WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter')))
	    AND c.expires > assay_now() AND x !~ '^(supplier|model|doubt)( |$)'
	UNION ALL
	SELECT format('%s was granted by one', c.number) FROM coc c
	WHERE c.model_id IN (SELECT id FROM model
	    WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter')))
	    AND c.state IN ('provisional', 'certified') AND NOT EXISTS (
	    SELECT FROM proposal p JOIN approval a ON a.proposal_id = p.id
	    WHERE p.act = 'coc_certify' AND p.subject_id = c.id
	    AND a.verdict = 'approve' AND a.principal_id <> p.proposed_by);
	UPDATE t.world SET history = (SELECT coalesce(max(id), 0) FROM history);
END
$$;

-- Why these two may not be permitted, by the same kind of rules.
CREATE FUNCTION t.bars(p_tre bytea, p_ter bytea) RETURNS SETOF text
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp AS $$
DECLARE
	c certificate;
	m bigint;
	models bigint[];
BEGIN
	FOR c IN SELECT * FROM certificate WHERE der_sha256 IN (p_tre, p_ter)
	LOOP
		IF c.state <> 'issued' THEN
			RETURN NEXT 'certificate ' || c.state;
		END IF;
		SELECT array_agg(x) INTO models FROM (
		    SELECT model_id AS x FROM device WHERE id = c.device_id
		    UNION SELECT hardware_platform_id FROM model k
		    JOIN device d ON d.model_id = k.id
		    WHERE d.id = c.device_id AND k.kind = 'tre') y;
		FOREACH m IN ARRAY models LOOP
			IF NOT EXISTS (SELECT FROM coc k WHERE k.model_id = m
			    AND (k.state IN ('provisional', 'certified')
				AND k.expires > assay_now()
			    OR k.state IN ('provisional', 'certified',
				'expired')
				AND k.on_expired = 'permit' AND k.expires +
				make_interval(days => k.grace_days)
				> assay_now())) THEN
				RETURN NEXT 'no CoC in force or grace';
			END IF;
			IF EXISTS (SELECT FROM coc k WHERE k.model_id = m
			    AND k.state = 'withdrawn'
			    AND k.effective >= c.issued) THEN
				RETURN NEXT 'its CoC was withdrawn';
			END IF;
			IF EXISTS (SELECT FROM declaration d WHERE d.model_id = m
			    AND d.state = 'challenged') THEN
				RETURN NEXT 'challenged';
			END IF;
			IF NOT EXISTS (SELECT FROM history h
			    JOIN coc k ON k.id = h.subject_id
			    WHERE h.entity = 'coc' AND k.model_id = m
			    AND h.to_state IN ('provisional', 'certified')
			    AND h.effective <= c.issued) THEN
				RETURN NEXT 'never accredited before issue';
			END IF;
		END LOOP;
		IF EXISTS (SELECT FROM measure x JOIN lot l ON l.id = c.lot_id
		    WHERE x.state = 'in_force' AND x.kind <> 'issuance_freeze'
		    AND CASE x.scope_kind
			WHEN 'organisation' THEN x.scope_id = l.organisation_id
			WHEN 'site' THEN x.scope_id = l.site_id
			ELSE x.scope_id = ANY (models) END) THEN
			RETURN NEXT 'measure';
		END IF;
		IF EXISTS (SELECT FROM lot l JOIN organisation o
		    ON o.id = l.organisation_id WHERE l.id = c.lot_id
		    AND o.state <> 'active') THEN
			RETURN NEXT 'supplier';
		END IF;
	END LOOP;
END
$$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
