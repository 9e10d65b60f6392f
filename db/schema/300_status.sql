-- The status log's only pen, and what it tells of cohorts.

-- What an event's hash is over: all that it says, whatever the session's
-- settings.
CREATE FUNCTION status_event_octets(e status_event, p_id bigint)
    RETURNS bytea
	LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN convert_to(ROW(p_id, extract(epoch FROM e.at), e.kind,
	    e.issuer_id, e.first, e.count, e.reason,
	    extract(epoch FROM e.invalidity), e.lot_id, e.model_id, e.site_id,
	    e.organisation_id, e.hardware_platform_id, e.cohort_kind,
	    e.cohort_id, extract(epoch FROM e.since), e.measure_id)::text,
	    'UTF8');
END
$$;

-- Append one event.  The lock on status_head is held until the transaction
-- ends, so ids are gapless and in the order of commits: append last, and hold
-- it shortly.
CREATE FUNCTION status_write(e status_event) RETURNS bigint
	LANGUAGE plpgsql
AS $$
BEGIN
	e.at := assay_now();
	e.principal_id := coalesce(e.principal_id, actor_id());
	e.reason := coalesce(e.reason, 0);
	e.lot_id := coalesce(e.lot_id, 0);
	e.model_id := coalesce(e.model_id, 0);
	e.site_id := coalesce(e.site_id, 0);
	e.organisation_id := coalesce(e.organisation_id, 0);
	e.hardware_platform_id := coalesce(e.hardware_platform_id, 0);
	UPDATE status_head h SET last = h.last + 1,
	    hash = sha256(h.hash || status_event_octets(e, h.last + 1))
	RETURNING h.last, h.hash INTO e.id, e.hash;
	INSERT INTO status_event VALUES (e.*);
	RETURN e.id;
END
$$;

-- The same, and whoever listens on the channel status hears of the commit.
CREATE FUNCTION status_append(e status_event) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	made bigint;
BEGIN
	PERFORM must_be('issuer', e.issuer_id,
	    EXISTS (SELECT FROM issuer WHERE id = e.issuer_id));
	made := status_write(e);
	PERFORM pg_notify('status', made::text);
	RETURN made;
END
$$;

-- What the certificates of a lot by one CA have in common, for a measure to
-- take hold of.  Written so that PostgreSQL makes it part of the query that asks:
-- each decision does.
CREATE FUNCTION lot_cohorts(p_lot bigint, p_issuer bigint)
    RETURNS TABLE (kind text, id bigint)
	LANGUAGE sql STABLE
AS $$
	SELECT v.kind, v.id
	FROM assay.lot l JOIN assay.model m ON m.id = l.model_id,
	LATERAL (VALUES ('lot', l.id), ('model', l.model_id),
	    ('site', l.site_id), ('organisation', l.organisation_id),
	    ('hardware_platform', m.hardware_platform_id),
	    ('issuer', p_issuer)) AS v (kind, id)
	WHERE l.id = p_lot AND v.id IS NOT NULL;
$$;

-- Is one of these cohorts revoked?  Its certificates are, then, for good.
CREATE FUNCTION lot_is_revoked(p_lot bigint, p_issuer bigint) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM lot_cohorts(p_lot, p_issuer) c
	    JOIN status_event e ON e.cohort_kind = c.kind
	    AND e.cohort_id = c.id AND e.kind = 'cohort_revoked');
END
$$;

-- A range of certificates now exists.  Those of a lot belong to its cohorts;
-- without a lot (people, systems, CAs) to none.  Into a cohort that is revoked
-- none is issued: seen after the lock, so that no measure comes between.
CREATE FUNCTION status_issued(p_issuer bigint, p_first bigint, p_count bigint,
    p_lot bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	SELECT l.id, l.model_id, l.site_id, l.organisation_id,
	    m.hardware_platform_id
	  INTO e.lot_id, e.model_id, e.site_id, e.organisation_id,
	    e.hardware_platform_id
	  FROM lot l JOIN model m ON m.id = l.model_id
	 WHERE l.id = p_lot;
	IF p_lot IS NOT NULL AND NOT FOUND THEN
		RAISE EXCEPTION 'there is no lot %', p_lot
		    USING ERRCODE = 'AY003', DETAIL = 'LOT_UNKNOWN';
	END IF;
	e.kind := 'issued';
	e.issuer_id := p_issuer;
	e.first := p_first;
	e.count := p_count;
	e.id := status_append(e);
	IF lot_is_revoked(p_lot, p_issuer) THEN
		RAISE EXCEPTION 'what the lot belongs to is revoked for good: '
		    'nothing is issued into it'
		    USING ERRCODE = 'AY004', DETAIL = 'COHORT_REVOKED';
	END IF;
	RETURN e.id;
END
$$;

-- A reserved range that will never be issued.
CREATE FUNCTION status_void(p_issuer bigint, p_first bigint, p_count bigint)
    RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	IF EXISTS (SELECT FROM certificate WHERE issuer_id = p_issuer
	    AND index >= p_first AND index < p_first + p_count) THEN
		RAISE EXCEPTION 'a range that holds certificates cannot be void'
		    USING ERRCODE = 'AY004', DETAIL = 'RANGE_ISSUED';
	END IF;
	e.kind := 'void';
	e.issuer_id := p_issuer;
	e.first := p_first;
	e.count := p_count;
	RETURN status_append(e);
END
$$;

-- A measure takes hold of a cohort, or lets go of it.  For the functions that
-- put measures in force and lift them; nobody else may call it.
CREATE FUNCTION status_cohort(p_held bool, p_kind text, p_id bigint,
    p_measure bigint, p_since timestamptz DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	e.kind := CASE WHEN p_held THEN 'cohort_held' ELSE 'cohort_released' END;
	e.cohort_kind := p_kind;
	e.cohort_id := p_id;
	e.measure_id := p_measure;
	e.since := p_since;
	RETURN status_append(e);
END
$$;

-- A measure revokes a cohort, for good.  What is on hold counts as revoked from
-- the time of the hold, as a single certificate does.
CREATE FUNCTION status_cohort_revoked(p_kind text, p_id bigint,
    p_measure bigint, p_reason int) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	e.kind := 'cohort_revoked';
	e.cohort_kind := p_kind;
	e.cohort_id := p_id;
	e.measure_id := p_measure;
	e.reason := p_reason;
	SELECT min(since) INTO e.since FROM cohort_hold
	 WHERE cohort_kind = p_kind AND cohort_id = p_id;
	RETURN status_append(e);
END
$$;

-- Holds in force, one a measure, as the log says.
CREATE VIEW cohort_hold AS
	SELECT cohort_kind, cohort_id, measure_id, coalesce(since, at) AS since,
	       id AS event_id
	  FROM (SELECT DISTINCT ON (cohort_kind, cohort_id, measure_id) *
	          FROM status_event
	         WHERE cohort_kind IS NOT NULL AND kind <> 'cohort_revoked'
	         ORDER BY cohort_kind, cohort_id, measure_id, id DESC) latest
	 WHERE kind = 'cohort_held';

-- What the log says of cohorts now: reason 6 of those on hold, another of
-- those revoked, which nothing undoes.  In whole seconds, as every channel has
-- them: what came first is settled alike.
CREATE VIEW cohort_status AS
	SELECT cohort_kind, cohort_id, measure_id,
	       date_trunc('second', since) AS since, event_id, 6 AS reason
	  FROM cohort_hold
	 UNION ALL
	SELECT cohort_kind, cohort_id, measure_id,
	       date_trunc('second', coalesce(since, at)), id, reason
	  FROM status_event
	 WHERE kind = 'cohort_revoked';

-- The same, lot by lot; by one CA of a lot only where issuer_id says so.
CREATE VIEW lot_status AS
	SELECT l.id AS lot_id, NULL::bigint AS issuer_id, s.measure_id, s.since,
	       s.event_id, s.reason
	  FROM cohort_status s
	  JOIN lot l ON CASE s.cohort_kind
	      WHEN 'lot' THEN l.id = s.cohort_id
	      WHEN 'model' THEN l.model_id = s.cohort_id
	      WHEN 'site' THEN l.site_id = s.cohort_id
	      WHEN 'organisation' THEN l.organisation_id = s.cohort_id
	      ELSE l.model_id IN (SELECT m.id FROM model m
	          WHERE m.hardware_platform_id = s.cohort_id)
	      END
	 WHERE s.cohort_kind <> 'issuer'
	 UNION ALL
	SELECT DISTINCT r.lot_id, r.issuer_id, s.measure_id, s.since, s.event_id,
	       s.reason
	  FROM cohort_status s
	  JOIN index_range r ON r.issuer_id = s.cohort_id
	   AND r.lot_id IS NOT NULL
	 WHERE s.cohort_kind = 'issuer';

REVOKE EXECUTE ON FUNCTION status_write(status_event), status_append(status_event),
	status_issued(bigint, bigint, bigint, bigint),
	status_void(bigint, bigint, bigint),
	status_cohort(bool, text, bigint, bigint, timestamptz),
	status_cohort_revoked(text, bigint, bigint, int)
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION status_issued(bigint, bigint, bigint, bigint),
	status_void(bigint, bigint, bigint), json_time(timestamptz),
	lot_is_revoked(bigint, bigint)
	TO assay_authority;
GRANT EXECUTE ON FUNCTION json_time(timestamptz) TO assay_api;
