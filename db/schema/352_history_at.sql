-- What held at one time by what was known at another: of every entity the last
-- entry that we had recorded by the one (known_at), of those that were in
-- effect at the other (as_of).
--
-- What has an end is over at that second, whether or not the clock has written
-- it down: the end was part of what we knew.

CREATE FUNCTION history_at(p_entity text, p_id bigint, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS SETOF history
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT * FROM history
	WHERE entity = p_entity AND subject_id = p_id
	    AND effective <= p_as_of AND recorded <= p_known_at
	ORDER BY id DESC LIMIT 1;
$$;

-- When an entry's state ends by itself, and as what.
CREATE FUNCTION history_end(h history, OUT at timestamptz, OUT state text)
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE WHEN h.entity = 'measure'
	    THEN (h.detail ->> 'lapses')::timestamptz
	    ELSE (h.detail ->> 'expires')::timestamptz END,
	    CASE WHEN h.entity IN ('measure', 'rebinding')
		THEN 'lapsed' ELSE 'expired' END
	WHERE h.to_state = ANY (CASE h.entity
	    WHEN 'coc' THEN '{provisional,certified,suspended}'::text[]
	    WHEN 'site_scope' THEN '{provisional,full,suspended}'
	    WHEN 'declaration' THEN '{in_force,challenged}'
	    WHEN 'measure' THEN '{in_force}'
	    WHEN 'rebinding' THEN '{approved}' ELSE '{}' END);
$$;

-- The state, and since when: {"state", "since"}.
CREATE FUNCTION history_state(h history, p_as_of timestamptz) RETURNS jsonb
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE WHEN x.at <= p_as_of
	    THEN jsonb_build_object('state', x.state, 'since', json_time(x.at))
	    ELSE jsonb_build_object('state', h.to_state, 'since',
		json_time(coalesce((h.detail ->> 'effective')::timestamptz,
		h.effective))) END
	FROM (SELECT e.* FROM (SELECT 1) AS one
	    LEFT JOIN history_end(h) AS e ON true) AS x;
$$;

CREATE FUNCTION history_state_of(p_entity text, p_id bigint,
    p_as_of timestamptz, p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT history_state(h, p_as_of)
	FROM history_at(p_entity, p_id, p_as_of, p_known_at) AS h;
$$;

-- ---- accreditation

CREATE FUNCTION accreditation_known(p_model bigint, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS SETOF accreditation
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT a.* FROM (SELECT r.* FROM coc AS k,
	    history_at('coc', k.id, p_as_of, p_known_at) AS h,
	    jsonb_populate_record(NULL::coc, h.detail) AS r
	    WHERE k.model_id = p_model AND r.valid_from <= p_as_of
	    AND r.state NOT IN ('proposed', 'refused', 'superseded')
	    ORDER BY r.valid_from DESC, r.id DESC LIMIT 1) AS c,
	LATERAL accreditation_of(c, p_as_of) AS a;
$$;

CREATE FUNCTION accreditation_known_json(p_model bigint,
    p_as_of timestamptz, p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce((SELECT jsonb_build_object('coc', a.number,
	    'state', a.state, 'level', a.level, 'since', json_time(a.since),
	    'valid_from', json_time(a.valid_from),
	    'expires', json_time(a.expires))
	FROM accreditation_known(p_model, p_as_of, p_known_at) AS a),
	'{"state": "none"}');
$$;

-- The last that its supplier had declared: in force, or no more.
CREATE FUNCTION declaration_known_json(p_model bigint, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', d.number)
	    || history_state(h, p_as_of)
	FROM declaration d,
	    history_at('declaration', d.id, p_as_of, p_known_at) AS h
	WHERE d.model_id = p_model
	    AND h.to_state NOT IN ('draft', 'submitted')
	ORDER BY h.to_state IN ('in_force', 'challenged') DESC, d.id DESC
	LIMIT 1;
$$;

-- ---- measures

-- Those in force on a subject; on a device also through the lot of a certificate that
-- it got after a repair.
CREATE FUNCTION history_in_force(s history_named, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS TABLE (m measure, since text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT m, t.state ->> 'since'
	FROM (SELECT * FROM history_scopes(s) UNION
	    SELECT v.kind, v.id FROM certificate c JOIN lot l ON l.id = c.lot_id,
	    LATERAL (VALUES ('lot', l.id), ('site', l.site_id)) AS v (kind, id)
	    WHERE s.entity IN ('tre', 'terminal') AND c.device_id = s.id
	    AND c.issued <= least(p_as_of, p_known_at)) AS x (scope_kind, scope_id)
	JOIN measure m USING (scope_kind, scope_id),
	LATERAL history_state_of('measure', m.id, p_as_of, p_known_at)
	    AS t (state)
	WHERE t.state ->> 'state' = 'in_force';
$$;

CREATE FUNCTION history_measures(s history_named, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('number', (x.m).number,
	    'kind', (x.m).kind, 'scope_kind', (x.m).scope_kind,
	    'scope', (x.m).scope_number, 'since', x.since)
	    ORDER BY (x.m).id), '[]')
	FROM history_in_force(s, p_as_of, p_known_at) AS x;
$$;

-- ---- devices

-- What the status log had said by then of all that a certificate belongs to:
-- on hold, or revoked, by which measures.
CREATE FUNCTION certificate_cohorts_known(c certificate,
    p_as_of timestamptz, p_known_at timestamptz)
	RETURNS TABLE (state text, reason int, since timestamptz, measure text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE e.kind WHEN 'cohort_held' THEN 'on_hold' ELSE 'revoked' END,
	    CASE e.kind WHEN 'cohort_held' THEN 6 ELSE e.reason END,
	    e.began, m.number
	FROM (SELECT DISTINCT ON (x.cohort_kind, x.cohort_id, x.measure_id,
		CASE x.kind WHEN 'cohort_revoked' THEN x.id END) x.*,
	    coalesce(x.since, x.at) AS began
	    FROM lot l JOIN model m ON m.id = l.model_id,
	    LATERAL (VALUES ('lot', l.id), ('model', m.id),
		('site', l.site_id), ('organisation', l.organisation_id),
		('hardware_platform', m.hardware_platform_id),
		('issuer', c.issuer_id)) AS v (kind, id)
	    JOIN status_event x ON x.cohort_kind = v.kind
		AND x.cohort_id = v.id AND x.at <= p_known_at
		AND coalesce(x.since, x.at) <= p_as_of
	    WHERE l.id = c.lot_id
	    ORDER BY x.cohort_kind, x.cohort_id, x.measure_id,
		CASE x.kind WHEN 'cohort_revoked' THEN x.id END, x.id DESC)
	    AS e
	LEFT JOIN measure m ON m.id = e.measure_id
	WHERE e.kind <> 'cohort_released';
$$;

-- As every channel said it (certificate_status()): its own state, or what is worse
-- of its cohorts; revoked since the first of these, or since its own hold, and with
-- keyCompromise if one says so.
CREATE FUNCTION certificate_known(c certificate, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH own AS (
		SELECT h.to_state AS state, (h.detail ->> 'reason')::int
		    AS reason, h.effective AS since
		FROM history_at('certificate', certificate_subject(c.issuer_id,
		    c.index), p_as_of, p_known_at) AS h
	), cohort AS MATERIALIZED (
		SELECT * FROM certificate_cohorts_known(c, p_as_of, p_known_at)
	), worst AS (
		SELECT state, reason, date_trunc('second', since) AS since,
		    true AS own FROM own UNION ALL
		SELECT state, reason, date_trunc('second', since), false
		FROM cohort UNION ALL
		SELECT 'issued', 0, c.issued, true
		WHERE NOT EXISTS (SELECT FROM own)
	)
	SELECT jsonb_strip_nulls(jsonb_build_object('state', w.state,
	    'since', json_time(CASE w.state WHEN 'revoked' THEN
		(SELECT min(x.since) FROM worst x WHERE x.state = 'revoked'
		    OR x.state = 'on_hold' AND x.own) ELSE w.since END),
	    'reason', CASE WHEN w.state <> 'issued'
		THEN crl_reason_name(w.reason) END,
	    'measures', (SELECT jsonb_agg(measure ORDER BY since, measure)
		FROM cohort WHERE measure IS NOT NULL)))
	FROM worst w
	ORDER BY array_position('{revoked,expired,on_hold,issued}', w.state),
	    w.state = 'revoked' AND w.reason = 1 DESC, w.since, w.own DESC
	LIMIT 1;
$$;

CREATE FUNCTION device_certificates_known(p_device bigint,
    p_as_of timestamptz, p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('serial',
	    encode(c.serial, 'hex')) || certificate_known(c, p_as_of,
		p_known_at) ORDER BY c.issuer_id, c.index), '[]')
	FROM certificate c
	WHERE c.device_id = p_device
	    AND c.issued <= p_as_of AND c.issued <= p_known_at;
$$;

-- What sat in it, or what it sat in.
CREATE FUNCTION device_bound_known(p_device bigint, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT x.kind || ':' || x.device_id
	FROM binding b JOIN device x ON x.id IN (b.tre_id, b.terminal_id)
	    AND x.id <> p_device
	WHERE p_device IN (b.tre_id, b.terminal_id)
	    AND b.since <= least(p_as_of, p_known_at)
	    AND (b.until IS NULL OR b.until > least(p_as_of, p_known_at))
	ORDER BY b.id DESC LIMIT 1;
$$;

CREATE FUNCTION device_known(s history_named, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(history_state_of('device', d.id, p_as_of, p_known_at),
	    jsonb_build_object('state', 'accredited', 'since',
		json_time(d.created)))
	    || jsonb_build_object('model', m.handle, 'organisation', o.handle,
	    'lot', l.number, 'site', t.handle, 'tac', d.tac,
	    'bound_to', device_bound_known(d.id, p_as_of, p_known_at),
	    'organisation_state', history_state_of('organisation', o.id,
		p_as_of, p_known_at) ->> 'state',
	    'accreditation',
	    accreditation_known_json(m.id, p_as_of, p_known_at),
	    'hardware_platform', CASE WHEN m.hardware_platform_id IS NOT NULL
		THEN accreditation_known_json(m.hardware_platform_id, p_as_of,
		p_known_at) END,
	    'certificates', device_certificates_known(d.id, p_as_of,
		p_known_at),
	    'measures', history_measures(s, p_as_of, p_known_at))
	FROM device d JOIN model m ON m.id = d.model_id
	JOIN organisation o ON o.id = m.organisation_id
	JOIN lot l ON l.id = d.lot_id JOIN site t ON t.id = l.site_id
	WHERE d.id = s.id AND d.created <= p_as_of
	    AND d.created <= p_known_at;
$$;

-- ---- every other subject

CREATE FUNCTION model_known(s history_named, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT history_state(h, p_as_of) || jsonb_build_object(
	    'kind', m.kind, 'organisation', o.handle,
	    'accreditation',
	    accreditation_known_json(m.id, p_as_of, p_known_at),
	    'measures', history_measures(s, p_as_of, p_known_at))
	    || CASE WHEN actor_sees(o.id) THEN jsonb_build_object(
	    'declaration', declaration_known_json(m.id, p_as_of, p_known_at))
	    ELSE '{}' END
	FROM model m JOIN organisation o ON o.id = m.organisation_id,
	    history_at('model', m.id, p_as_of, p_known_at) AS h
	WHERE m.id = s.id;
$$;

CREATE FUNCTION site_known(s history_named, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('organisation', o.handle,
	    'scopes', coalesce((SELECT jsonb_agg(jsonb_build_object(
		'scope', x.scope) || history_state(h, p_as_of)
		|| jsonb_build_object('expires', json_time(
		    (h.detail ->> 'expires')::timestamptz)) ORDER BY x.scope)
		FROM site_scope x, history_at('site_scope', x.id, p_as_of,
		    p_known_at) AS h
		WHERE x.site_id = t.id AND (actor_sees(o.id)
		    OR history_is_public(h.entity, h.to_state, h.detail))),
		'[]'),
	    'measures', history_measures(s, p_as_of, p_known_at))
	FROM site t JOIN organisation o ON o.id = t.organisation_id
	WHERE t.id = s.id;
$$;

-- Its state, and of its row what whoever asks may read.
CREATE FUNCTION anything_known(s history_named, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT history_state(h, p_as_of) || CASE
	    WHEN actor_sees(s.organisation_id) THEN history_readable(h.detail)
	    ELSE history_for_strangers(history_readable(h.detail)) END
	FROM history_at(s.entity, s.id, p_as_of, p_known_at) AS h
	WHERE actor_sees(s.organisation_id)
	    OR history_is_public(h.entity, h.to_state, h.detail);
$$;

CREATE FUNCTION certificate_subject_known(s history_named,
    p_as_of timestamptz, p_known_at timestamptz) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT certificate_known(c, p_as_of, p_known_at)
	    || CASE WHEN d.id IS NULL THEN '{}' ELSE jsonb_build_object(
	    'device', d.kind || ':' || d.device_id) END
	FROM certificate c LEFT JOIN device d ON d.id = c.device_id
	WHERE c.issuer_id = s.id >> 48 AND c.index = s.id & 281474976710655
	    AND c.issued <= p_as_of AND c.issued <= p_known_at;
$$;

-- The answer: what held ("held" is null when there was nothing), and all that
-- was known of it.
CREATE FUNCTION history_answer(p_name text, p_as_of text, p_known_at text)
	RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	as_of timestamptz := history_time('as_of', p_as_of);
	known_at timestamptz := history_time('known_at', p_known_at);
	s history_named;
BEGIN
	PERFORM actor(); -- whoever acts may ask, and nobody else
	s := history_find(p_name);
	IF date_trunc('second', known_at) > assay_now() THEN
		RAISE EXCEPTION 'known_at: % is yet to come: what we shall '
		    'know then nobody knows', json_time(known_at)
		    USING ERRCODE = 'AY001', DETAIL = 'TIME_IN_FUTURE';
	END IF;
	RETURN jsonb_build_object('subject', s.name, 'entity', s.entity,
	    'as_of', json_time(as_of), 'known_at', json_time(known_at),
	    'held', CASE
		WHEN s.entity IN ('tre', 'terminal')
		THEN device_known(s, as_of, known_at)
		WHEN s.entity = 'certificate'
		THEN certificate_subject_known(s, as_of, known_at)
		WHEN s.entity = 'model' THEN model_known(s, as_of, known_at)
		WHEN s.entity = 'site' THEN site_known(s, as_of, known_at)
		ELSE anything_known(s, as_of, known_at) END,
	    'entries', history_entries(s, known_at));
END
$$;

GRANT EXECUTE ON FUNCTION history_answer(text, text, text) TO assay_api;
