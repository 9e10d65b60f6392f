-- What the register says of certificates, for whoever compares it with what the
-- world is told (assay status check).

-- When the log last said something that may concern it.
CREATE FUNCTION certificate_told(c certificate, p_event bigint)
    RETURNS timestamptz
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN greatest(c.issued, (SELECT at FROM status_event
	    WHERE id = p_event), (SELECT at FROM status_event
	    WHERE kind IN ('released', 'cohort_released', 'restored')
	    ORDER BY id DESC LIMIT 1));
END
$$;
CREATE INDEX status_event_release ON status_event (id)
	WHERE kind IN ('released', 'cohort_released', 'restored');

-- changed: when what is compared last changed, of those that are asked for that;
-- listed: the same, of what CRLs list by itself or by its lot.
CREATE FUNCTION status_check_json(c certificate, p_changed timestamptz,
    p_listed timestamptz)
    RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('issuer', c.issuer_id, 'index', c.index,
	    'serial', encode(c.serial, 'hex'), 'profile', c.profile,
	    'state', s.state,
	    'reason', CASE s.state WHEN 'issued' THEN 0 ELSE s.reason END,
	    'since', CASE s.state WHEN 'issued' THEN 0 ELSE
		floor(extract(epoch FROM s.since))::bigint END,
	    'told', floor(extract(epoch FROM
		certificate_told(c, s.event_id)))::bigint,
	    'event', coalesce(greatest(s.event_id, (SELECT id
		FROM status_event
		WHERE kind IN ('released', 'cohort_released', 'restored')
		ORDER BY id DESC LIMIT 1)), 0),
	    'changed', coalesce(floor(extract(epoch FROM p_changed))::bigint, 0),
	    'listed', coalesce(floor(extract(epoch FROM p_listed))::bigint, 0),
	    'certificate', translate(encode(certificate_der(c), 'base64'), E'\n', ''))
	  FROM certificate_status(c) s;
$$;

-- What an event is about; of a cohort, one that is in it.
CREATE FUNCTION certificate_of_event(e status_event) RETURNS SETOF certificate
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	one bigint;
BEGIN
	IF e.issuer_id IS NOT NULL THEN
		RETURN QUERY SELECT * FROM certificate
		WHERE issuer_id = e.issuer_id AND index = e.first;
	ELSIF e.cohort_kind = 'issuer' THEN
		RETURN QUERY SELECT * FROM certificate
		WHERE issuer_id = e.cohort_id ORDER BY index DESC LIMIT 1;
	ELSE
		one := CASE e.cohort_kind
		    WHEN 'lot' THEN (SELECT d.id FROM device d
			WHERE d.lot_id = e.cohort_id LIMIT 1)
		    WHEN 'model' THEN (SELECT d.id FROM device d
			WHERE d.model_id = e.cohort_id LIMIT 1)
		    WHEN 'organisation' THEN (SELECT d.id FROM device d
			WHERE d.organisation_id = e.cohort_id LIMIT 1)
		    WHEN 'site' THEN (SELECT d.id FROM lot l
			JOIN device d ON d.lot_id = l.id
			WHERE l.site_id = e.cohort_id LIMIT 1)
		    ELSE (SELECT d.id FROM model m
			JOIN device d ON d.model_id = m.id
			WHERE m.hardware_platform_id = e.cohort_id LIMIT 1)
		    END;
		-- its first one is of the lot that the device is of
		RETURN QUERY SELECT * FROM certificate
		WHERE device_id = one ORDER BY issued LIMIT 1;
	END IF;
END
$$;

-- What changed last, and when; and when what CRLs list, which cohorts change of lots.
CREATE FUNCTION status_check_changed(p_count int)
    RETURNS TABLE (issuer_id bigint, index bigint, at timestamptz,
    listed timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT c.issuer_id, c.index, max(e.at), max(e.at) FILTER
	    (WHERE e.issuer_id IS NOT NULL OR c.lot_id IS NOT NULL)
	  FROM (SELECT * FROM status_event
	      WHERE kind NOT IN ('issued', 'void')
	      ORDER BY id DESC LIMIT p_count) e
	 CROSS JOIN LATERAL certificate_of_event(e::status_event) c
	 GROUP BY c.issuer_id, c.index;
$$;

-- Half of them at random among all that there are, half what changed last.  Of
-- suppliers' own CAs none: these speak for themselves.
CREATE FUNCTION status_check_sample(p_count int) RETURNS SETOF certificate
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT c.* FROM certificate c WHERE (c.issuer_id, c.index) IN (
	    (SELECT i.id, floor(random() * i.next_index)::bigint
	      FROM generate_series(1, p_count / 2 + 1) n,
	      LATERAL (SELECT id, next_index FROM issuer
		WHERE NOT delegated AND next_index > 0 AND n > 0
		ORDER BY random() * next_index DESC LIMIT 1) i)
	    UNION
	    (SELECT issuer_id, index FROM status_check_changed(p_count / 2)));
$$;

-- The next hundred behind one, in the order of issuers and indexes.
CREATE FUNCTION status_check_after(p_issuer bigint, p_index bigint)
    RETURNS SETOF certificate
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT c.* FROM certificate c
	WHERE (c.issuer_id, c.index) > (p_issuer, p_index)
	ORDER BY c.issuer_id, c.index LIMIT 100;
$$;

-- The same of those that are revoked or on hold by themselves: what whoever has
-- taken a channel over would have good, however many others there are.
CREATE FUNCTION status_check_not_good(p_issuer bigint, p_index bigint)
    RETURNS SETOF certificate
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT c.* FROM certificate c
	WHERE c.state IN ('on_hold', 'revoked')
	AND (c.issuer_id, c.index) > (p_issuer, p_index)
	ORDER BY c.issuer_id, c.index LIMIT 100;
$$;

-- What is compared: some certificates, a sample or (after ISSUER/INDEX) a
-- hundred, of all or of those that are not good; their issuers; the measures
-- that changed last; the newest kit.
CREATE FUNCTION status_check(p_sample int, p_after text, p_only text)
    RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	sample int := CASE WHEN p_after IS NULL THEN
	    least(greatest(coalesce(p_sample, 50), 1), 200) ELSE 0 END;
	these certificate[];
BEGIN
	PERFORM actor_must('officer', 'decider', 'security', 'reader');
	IF NOT actor_is_body() THEN
		RAISE EXCEPTION 'this is for the body'
		    USING ERRCODE = 'AY002', DETAIL = 'ROLE_REQUIRED';
	END IF;
	IF p_after !~ '^[0-9]{1,10}/[0-9]{1,15}$' THEN
		RAISE EXCEPTION 'after: ISSUER/INDEX, as "next" said'
		    USING ERRCODE = 'AY001', DETAIL = 'AFTER';
	END IF;
	IF p_only <> 'not_good' OR p_only IS NOT NULL AND p_after IS NULL THEN
		RAISE EXCEPTION 'only: "not_good", with after'
		    USING ERRCODE = 'AY001', DETAIL = 'ONLY';
	END IF;
	IF p_only IS NOT NULL THEN
		these := ARRAY(SELECT c FROM status_check_not_good(
		    split_part(p_after, '/', 1)::bigint,
		    split_part(p_after, '/', 2)::bigint) c);
	ELSIF p_after IS NOT NULL THEN
		these := ARRAY(SELECT c FROM status_check_after(
		    split_part(p_after, '/', 1)::bigint,
		    split_part(p_after, '/', 2)::bigint) c);
	ELSE
		these := ARRAY(SELECT c FROM status_check_sample(sample) c);
	END IF;
	RETURN jsonb_build_object(
	    'time', floor(extract(epoch FROM assay_now()))::bigint,
	    'event', (SELECT last FROM status_head),
	    'next', CASE WHEN p_after IS NOT NULL AND
		cardinality(these) = 100 THEN
		(these[100]).issuer_id || '/' || (these[100]).index END,
	    'certificates', (SELECT coalesce(jsonb_agg(
		status_check_json(c, x.at, x.listed)), '[]')
		FROM unnest(these) c JOIN issuer i ON i.id = c.issuer_id
		LEFT JOIN status_check_changed(sample / 2) x
		    ON x.issuer_id = c.issuer_id AND x.index = c.index
		WHERE c.profile <> 'root' AND NOT i.delegated
		AND i.key_destroyed IS NULL
		AND c.state <> 'expired'),
	    'issuers', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', i.id,
		'offline', i.offline, 'certificate',
		translate(encode(i.cert_der, 'base64'), E'\n', ''))), '[]')
		FROM issuer i WHERE i.id IN (SELECT x.issuer_id
		FROM unnest(these) x)),
	    'measures', (SELECT coalesce(jsonb_agg(m.j), '[]') FROM (
		SELECT jsonb_build_object('number', m.number, 'state', m.state,
		    'told', floor(extract(epoch FROM max(h.recorded)))::bigint)
		    AS j
		  FROM measure m JOIN history h ON h.entity = 'measure'
		   AND h.subject_id = m.id
		 WHERE m.state NOT IN ('proposed', 'rejected')
		 GROUP BY m.id ORDER BY m.id DESC LIMIT 100) m),
	    'kit', status_check_kit());
END
$$;

GRANT EXECUTE ON FUNCTION status_check(int, text, text) TO assay_api;
