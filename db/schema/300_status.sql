-- The status log's only pen, and the holds that it tells of.

-- Append one event.  The lock on status_head is held until the transaction
-- ends, so ids are gapless and in the order of commits: append last, and hold
-- it shortly.  Whoever listens on the channel status hears of the commit.
CREATE FUNCTION status_append(e status_event) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE status_head SET last = last + 1 RETURNING last INTO e.id;
	e.at := assay_now();
	e.principal_id := coalesce(e.principal_id, actor_id());
	e.reason := coalesce(e.reason, 0);
	e.lot_id := coalesce(e.lot_id, 0);
	e.model_id := coalesce(e.model_id, 0);
	e.site_id := coalesce(e.site_id, 0);
	e.organisation_id := coalesce(e.organisation_id, 0);
	e.hardware_platform_id := coalesce(e.hardware_platform_id, 0);
	INSERT INTO status_event VALUES (e.*);
	PERFORM pg_notify('status', e.id::text);
	RETURN e.id;
END
$$;

-- A range of certificates now exists.  Those of a lot belong to its cohorts;
-- without a lot (people, systems, CAs) to none.
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
	RETURN status_append(e);
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
    p_measure bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	e.kind := CASE WHEN p_held THEN 'cohort_held' ELSE 'cohort_released' END;
	e.cohort_kind := p_kind;
	e.cohort_id := p_id;
	e.measure_id := p_measure;
	RETURN status_append(e);
END
$$;

-- Holds in force, one a measure, as the log says.
CREATE VIEW cohort_hold AS
	SELECT cohort_kind, cohort_id, measure_id, at AS since, id AS event_id
	  FROM (SELECT DISTINCT ON (cohort_kind, cohort_id, measure_id) *
	          FROM status_event
	         WHERE cohort_kind IS NOT NULL
	         ORDER BY cohort_kind, cohort_id, measure_id, id DESC) latest
	 WHERE kind = 'cohort_held';

-- The same, lot by lot.
CREATE VIEW lot_hold AS
	SELECT l.id AS lot_id, h.measure_id, h.since, h.event_id
	  FROM cohort_hold h
	  JOIN lot l ON CASE h.cohort_kind
	      WHEN 'lot' THEN l.id = h.cohort_id
	      WHEN 'model' THEN l.model_id = h.cohort_id
	      WHEN 'site' THEN l.site_id = h.cohort_id
	      WHEN 'organisation' THEN l.organisation_id = h.cohort_id
	      ELSE l.model_id IN (SELECT m.id FROM model m
	          WHERE m.hardware_platform_id = h.cohort_id)
	      END;

REVOKE EXECUTE ON FUNCTION status_append(status_event),
	status_issued(bigint, bigint, bigint, bigint),
	status_void(bigint, bigint, bigint),
	status_cohort(bool, text, bigint, bigint)
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION status_issued(bigint, bigint, bigint, bigint),
	status_void(bigint, bigint, bigint), json_time(timestamptz)
	TO assay_authority;
GRANT EXECUTE ON FUNCTION json_time(timestamptz) TO assay_api;
