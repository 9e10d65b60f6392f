-- How models, declarations, CoCs and measures read.

-- The open proposals on a subject, as whoever must judge them needs them: for
-- the body alone.
CREATE FUNCTION proposals_on(p_kind text, p_id bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object(
	    'proposal', p.id, 'act', p.act, 'proposed_by', w.handle,
	    'terms', p.terms, 'terms_sha256', encode(p.terms_sha256, 'hex'))
	    ORDER BY p.id), '[]')
	FROM proposal p JOIN act a ON a.name = p.act
	JOIN principal w ON w.id = p.proposed_by
	WHERE a.subject_kind = p_kind AND p.subject_id = p_id
	    AND p.state = 'open' AND actor_is_body());
END
$$;

-- What became of it, first to last, for its owner and who sees that.
CREATE FUNCTION history_json(p_entity text, p_id bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object(
	    'state', h.to_state, 'effective', json_time(h.effective),
	    'recorded', json_time(h.recorded),
	    'by', coalesce(w.handle, 'clock')) ORDER BY h.id), '[]')
	FROM history h LEFT JOIN principal w ON w.id = h.principal_id
	WHERE h.entity = p_entity AND h.subject_id = p_id
	    AND (SELECT subject_own(p_entity, p_id)));
END
$$;

CREATE FUNCTION model_json(m model) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	a accreditation;
BEGIN
	SELECT * INTO a FROM accreditation_now(m.id);
	RETURN jsonb_strip_nulls(jsonb_build_object(
	    'handle', m.handle, 'kind', m.kind, 'state', m.state,
	    'organisation', (SELECT handle FROM organisation
		WHERE id = m.organisation_id),
	    'name', m.name, 'version', m.version, 'number', m.id,
	    'hardware_platform', (SELECT handle FROM model
		WHERE id = m.hardware_platform_id),
	    'tre_kind', m.tre_kind, 'least_firmware', m.least_firmware,
	    'tacs', m.tacs,
	    'contains', (SELECT jsonb_agg(t.handle ORDER BY t.handle)
		FROM model_contains k JOIN model t ON t.id = k.tre_model_id
		WHERE k.terminal_model_id = m.id),
	    'created', json_time(m.created)))
	|| jsonb_build_object(
	    'declaration', (SELECT number FROM declaration
		WHERE model_id = m.id AND state IN ('in_force', 'challenged')
		AND actor_sees(m.organisation_id)),
	    'coc', a.number, 'accreditation', coalesce(a.state, 'none'),
	    'level', a.level);
END
$$;

-- With every declaration and CoC that it ever had; others are told of the CoCs
-- that came into force.
CREATE FUNCTION model_whole_json(m model) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	own bool := actor_sees(m.organisation_id);
BEGIN
	RETURN model_json(m) || jsonb_build_object(
	'declarations', (SELECT coalesce(jsonb_agg(jsonb_build_object(
	    'number', d.number, 'state', d.state,
	    'expires', json_time(d.expires)) ORDER BY d.id), '[]')
	    FROM declaration d WHERE d.model_id = m.id AND own),
	'cocs', (SELECT coalesce(jsonb_agg(jsonb_build_object(
	    'number', c.number, 'state', c.state, 'level', c.level,
	    'expires', json_time(c.expires)) ORDER BY c.id), '[]')
	    FROM coc c WHERE c.model_id = m.id
	    AND (own OR public_coc(c))));
END
$$;

-- The highest level whose rules are all met, 0 when not even the first.
CREATE FUNCTION declaration_level(p_declaration bigint) RETURNS int
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	no bool;
BEGIN
	-- nearly always every rule is answered, and none with "no"
	SELECT jsonb_path_exists(d.answers, '$.* ? (@.answer == "no")') OR
	    (SELECT count(*) FROM jsonb_object_keys(d.answers)) <>
	    (SELECT sum(jsonb_array_length(g -> 'rules'))
		FROM jsonb_array_elements(r.content -> 'groups') g)
	INTO no FROM declaration d JOIN ruleset r ON r.id = d.ruleset_id
	WHERE d.id = p_declaration;
	IF NOT no THEN
		RETURN 4;
	END IF;
	RETURN (SELECT coalesce(max(l), 0) FROM generate_series(1, 4) AS l
	WHERE l <> ALL (ARRAY(SELECT unnest(u.levels)
	    FROM declaration d
	    JOIN ruleset r ON r.id = d.ruleset_id,
	    LATERAL ruleset_rules(r.content) AS u
	    WHERE d.id = p_declaration
	    AND coalesce(d.answers -> u.rule ->> 'answer', 'no') = 'no')));
END
$$;

CREATE FUNCTION declaration_json(d declaration) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('number', d.number,
	    'model', m.handle, 'organisation', o.handle, 'ruleset', r.name,
	    'version', r.version, 'state', d.state,
	    'level', declaration_level(d.id),
	    'submitted_by', s.handle, 'accepted_by', a.handle,
	    'effective', json_time(d.effective),
	    'expires', json_time(d.expires),
	    'created', json_time(d.created))
	FROM model m JOIN organisation o ON o.id = m.organisation_id,
	    ruleset r, principal s
	LEFT JOIN principal a ON a.id = d.accepted_by
	WHERE m.id = d.model_id AND r.id = d.ruleset_id
	    AND s.id = d.submitted_by);
END
$$;

-- Whether a model is accredited is for everybody here; how many devices its
-- supplier may make is not.
CREATE FUNCTION coc_json(c coc) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('number', c.number,
	    'model', m.handle, 'kind', m.kind, 'organisation', o.handle,
	    'level', c.level, 'state', c.state,
	    'effective', json_time(c.effective),
	    'valid_from', json_time(c.valid_from),
	    'expires', json_time(c.expires),
	    'quota', c.quota, 'used', c.used,
	    'site', (SELECT s.handle FROM site_scope x
		JOIN site s ON s.id = x.site_id WHERE x.id = c.site_scope_id),
	    'declaration', (SELECT number FROM declaration
		WHERE id = c.declaration_id),
	    'ruleset', (SELECT name || ' ' || version FROM ruleset
		WHERE id = c.ruleset_id),
	    'created', json_time(c.created))
	- CASE WHEN actor_sees(o.id) THEN '{}'::text[]
	    ELSE '{quota,used,site,declaration}' END
	FROM model m JOIN organisation o ON o.id = m.organisation_id
	WHERE m.id = c.model_id);
END
$$;

-- A CoC with all that it rests on, what it lacks, and what became of it.
CREATE FUNCTION coc_whole_json(c coc) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	rests jsonb;
	missing jsonb := '[]';
BEGIN
	SELECT coalesce(jsonb_agg(jsonb_build_object('coc', k.number,
	    'model', m.handle, 'state', k.state,
	    'expires', json_time(k.expires)) ORDER BY k.id), '[]')
	INTO rests
	FROM coc_component x JOIN coc k ON k.id = x.component_id
	JOIN model m ON m.id = k.model_id WHERE x.coc_id = c.id;
	IF NOT actor_sees((SELECT organisation_id FROM model
	    WHERE id = c.model_id)) THEN
		RETURN coc_json(c) || jsonb_build_object('components', rests);
	END IF;
	IF c.state IN ('proposed', 'provisional', 'certified', 'suspended') THEN
		SELECT coalesce(jsonb_agg(jsonb_build_object('code', x.code,
		    'what', x.what, 'todo', x.todo)), '[]')
		INTO missing FROM coc_missing(c.id) AS x;
	END IF;
	RETURN coc_json(c) || jsonb_build_object(
	    'site_scope', (SELECT jsonb_build_object('scope', x.scope,
		'state', x.state, 'expires', json_time(x.expires))
		FROM site_scope x WHERE x.id = c.site_scope_id),
	    'declaration_expires', (SELECT json_time(expires)
		FROM declaration WHERE id = c.declaration_id),
	    'suspended_by', (SELECT number FROM coc
		WHERE id = c.suspended_by),
	    'instead_of', (SELECT number FROM coc WHERE id = c.instead_of),
	    'on_expired', c.on_expired, 'on_suspended', c.on_suspended,
	    'on_withdrawn', c.on_withdrawn, 'grace_days', c.grace_days,
	    'external_certificates', (SELECT coalesce(jsonb_agg(
		external_certificate_json(x) ORDER BY x.id), '[]')
		FROM coc_external k JOIN external_certificate x
		ON x.id = k.external_certificate_id WHERE k.coc_id = c.id),
	    'components', rests, 'missing', missing,
	    'proposals', proposals_on('coc', c.id),
	    'history', history_json('coc', c.id));
END
$$;

-- The supplier that a measure meets.
CREATE FUNCTION measure_organisation(m measure) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN CASE m.scope_kind
	    WHEN 'organisation' THEN m.scope_id
	    WHEN 'site' THEN (SELECT organisation_id FROM site
		WHERE id = m.scope_id)
	    WHEN 'lot' THEN (SELECT organisation_id FROM lot
		WHERE id = m.scope_id)
	    WHEN 'issuer' THEN (SELECT organisation_id FROM issuer
		WHERE id = m.scope_id)
	    ELSE (SELECT organisation_id FROM model WHERE id = m.scope_id) END;
END
$$;

-- What is frozen or held is for everybody here; why, and how much of whose,
-- for the body and the supplier it meets; whose permits, for the body alone.
CREATE FUNCTION measure_json(m measure) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (jsonb_build_object('number', m.number, 'kind', m.kind,
	    'scope_kind', m.scope_kind, 'scope', m.scope_number,
	    'state', CASE WHEN m.state = 'in_force'
		AND m.lapses <= assay_now() THEN 'lapsed' ELSE m.state END,
	    'effect', m.effect, 'emergency', m.emergency,
	    'lapses', json_time(m.lapses),
	    'legal_basis', m.legal_basis,
	    'effective', json_time(m.effective),
	    'proposed_by', (SELECT handle FROM principal
		WHERE id = m.proposed_by),
	    'created', json_time(m.created))
	|| jsonb_strip_nulls(jsonb_build_object(
	    'deadline', json_time(m.deadline),
	    'escalates_to', m.escalates_to, 'reason', m.reason,
	    'least_firmware', m.least_firmware,
	    'firmware_from', m.firmware_from, 'firmware_to', m.firmware_to,
	    'scopes', m.scopes, 'cause', m.cause,
	    'supersedes', (SELECT number FROM measure
		WHERE id = m.supersedes))))
	- CASE WHEN actor_sees(measure_organisation(m)) THEN '{}'::text[]
	    ELSE '{legal_basis,proposed_by,cause,deadline,escalates_to}' END;
END
$$;

CREATE FUNCTION measure_whole_json(m measure) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT actor_sees(measure_organisation(m)) THEN
		RETURN measure_json(m);
	END IF;
	RETURN measure_json(m) || jsonb_build_object(
	    'reach', measure_reach(m.scope_kind, m.scope_id) -
		CASE WHEN EXISTS (SELECT FROM principal p
		    JOIN organisation o ON o.id = p.organisation_id
		    WHERE p.id = actor_id() AND o.kind = 'body')
		THEN '' ELSE 'operators' END,
	    'appeals', (SELECT coalesce(jsonb_agg(jsonb_build_object(
		'appeal', a.number, 'state', a.state) ORDER BY a.id), '[]')
		FROM appeal a WHERE a.measure_id = m.id),
	    'corrections', (SELECT coalesce(jsonb_agg(jsonb_build_object(
		'correction', c.number, 'state', c.state) ORDER BY c.id), '[]')
		FROM correction c WHERE c.measure_id = m.id),
	    'proposals', proposals_on('measure', m.id),
	    'history', history_json('measure', m.id));
END
$$;

-- None of these that take a row is for the api: a row could be made up.  It
-- asks for what it may see by its id: shown(), 105_tenancy.sql.
GRANT EXECUTE ON FUNCTION proposals_on(text, bigint),
	history_json(text, bigint), ruleset_rules(jsonb) TO assay_api;
