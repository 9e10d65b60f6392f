-- What witnesses know better than a database that was restored (380), and what
-- people read of it.

-- What a witness has told the world to be revoked or on hold, and this database
-- believes to be good.
CREATE TABLE restore_claim (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	restore_id bigint NOT NULL REFERENCES restore,
	witness text NOT NULL,
	issuer_id bigint,
	index bigint,
	cohort_kind text,
	cohort_id bigint,
	state text NOT NULL CHECK (state IN ('on_hold', 'revoked')),
	reason int NOT NULL,
	since timestamptz NOT NULL,
	invalidity timestamptz, -- as a CRL says
	CHECK ((issuer_id IS NULL) = (index IS NULL)),
	CHECK ((issuer_id IS NULL) <> (cohort_kind IS NULL)),
	CHECK ((cohort_kind IS NULL) = (cohort_id IS NULL))
);
-- One witness may know worse than another, and each is put back: what is no worse
-- is met by then.
CREATE UNIQUE INDEX restore_claim_one ON restore_claim
	(restore_id, issuer_id, index, state, reason,
	coalesce(invalidity, '-infinity')) WHERE issuer_id IS NOT NULL;
CREATE UNIQUE INDEX restore_claim_cohort ON restore_claim
	(restore_id, cohort_kind, cohort_id, state, reason)
	WHERE cohort_kind IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON restore_claim
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION restore_claim_is_met(c restore_claim) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF c.issuer_id IS NOT NULL THEN
		RETURN EXISTS (SELECT FROM certificate x
		    WHERE x.issuer_id = c.issuer_id AND x.index = c.index
		    AND (x.state = 'revoked' AND (x.reason = 1 OR c.reason <> 1)
			OR x.state = 'on_hold' AND c.state = 'on_hold')
		    AND (c.invalidity IS NULL OR x.invalidity IS NOT NULL));
	END IF;
	RETURN EXISTS (SELECT FROM cohort_status s
	    WHERE s.cohort_kind = c.cohort_kind AND s.cohort_id = c.cohort_id
	    AND (c.state = 'on_hold' OR
		s.reason <> 6 AND (s.reason = 1 OR c.reason <> 1)));
END
$$;

-- Does what it belongs to bring that back?
CREATE FUNCTION restore_is_claimed(c certificate, p_state text, p_reason int)
    RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM lot_cohorts(c.lot_id, c.issuer_id) k
	    JOIN restore_claim r ON r.cohort_kind = k.kind
	     AND r.cohort_id = k.id
	    JOIN restore o ON o.id = r.restore_id AND o.state = 'lost'
	     WHERE p_state = 'on_hold' OR r.state = 'revoked'
	       AND (r.reason = 1 OR p_reason <> 1));
$$;

-- Claims of a witness that has reported, in JSON; those that are met need none.
CREATE FUNCTION restore_claim_add(p_name text, p_claims jsonb) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r bigint;
BEGIN
	SELECT x.id INTO r FROM restore x JOIN restore_report p
	    ON p.restore_id = x.id AND p.witness = p_name
	WHERE x.state = 'lost';
	IF NOT FOUND OR (p_name = 'authority') <>
	    (session_user = 'assay_authority') THEN
		RAISE EXCEPTION 'nothing that % has reported is lost', p_name
		    USING ERRCODE = 'AY004', DETAIL = 'RESTORE_STATE';
	END IF;
	INSERT INTO restore_claim (restore_id, witness, issuer_id, index,
	    cohort_kind, cohort_id, state, reason, since, invalidity)
	SELECT r, p_name, c.issuer_id, c.index, c.cohort_kind, c.cohort_id,
	    c.state, c.reason, c.since, c.invalidity
	  FROM jsonb_to_recordset(p_claims) x (issuer bigint, index bigint,
	    cohort text, id bigint, state text, reason int, since bigint,
	    invalidity bigint)
	 CROSS JOIN LATERAL jsonb_populate_record(NULL::restore_claim,
	    jsonb_build_object('issuer_id', x.issuer, 'index', x.index,
	    'cohort_kind', x.cohort, 'cohort_id', x.id, 'state', x.state,
	    'reason', x.reason, 'since', to_timestamp(x.since), 'invalidity',
	    CASE x.state WHEN 'revoked' THEN to_timestamp(x.invalidity) END))
	    c
	 WHERE NOT restore_claim_is_met(c)
	ON CONFLICT DO NOTHING;
END
$$;

-- The same of what published CRLs list, one by one: what the register has not so,
-- by itself or by what it belongs to, and what no cohort's claim brings.
CREATE FUNCTION restore_claim_listed(p_claims jsonb) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM restore_claim_add('authority', jsonb_agg(x))
	  FROM jsonb_to_recordset(p_claims) x (issuer bigint, index bigint,
	    state text, reason int, since bigint, invalidity bigint)
	  JOIN certificate c ON c.issuer_id = x.issuer AND c.index = x.index
	 CROSS JOIN LATERAL certificate_status(c) s
	 WHERE NOT ((s.state = 'revoked' AND (s.reason = 1 OR x.reason <> 1)
	    OR s.state = 'on_hold' AND x.state = 'on_hold')
	    AND (x.invalidity IS NULL OR s.invalidity IS NOT NULL))
	   AND NOT restore_is_claimed(c, x.state, x.reason)
	HAVING count(*) > 0;
END
$$;

-- ---- as people read it

-- A claim; one on a certificate that this database has never had is about one
-- that was issued in what is lost.
CREATE FUNCTION restore_claim_json(c restore_claim) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('issuer', c.issuer_id,
	    'index', c.index, 'serial', (SELECT encode(x.serial, 'hex')
		FROM certificate x WHERE x.issuer_id = c.issuer_id
		AND x.index = c.index),
	    'scope_kind', c.cohort_kind, 'scope', CASE
		WHEN c.cohort_kind IS NOT NULL THEN coalesce(
		    measure_scope_name(c.cohort_kind, c.cohort_id),
		    c.cohort_id::text) END,
	    'state', c.state, 'reason', crl_reason_name(c.reason),
	    'since', json_time(c.since), 'witness', c.witness));
$$;

CREATE FUNCTION restore_seen(p_restore bigint, OUT event bigint,
    OUT claims bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT (SELECT max(event) FROM restore_report
	    WHERE restore_id = p_restore),
	    (SELECT count(*) FROM restore_claim WHERE restore_id = p_restore);
$$;

CREATE FUNCTION restore_json(r restore) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', r.number, 'state', r.state,
	    'cause', r.cause, 'last', r.last, 'seen', s.event,
	    'claims', s.claims, 'event', r.event_id,
	    'effective', json_time(r.effective),
	    'created', json_time(r.created))
	FROM restore_seen(r.id) s;
$$;

CREATE FUNCTION restore_whole_json(r restore) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN restore_json(r) || jsonb_build_object(
	    'witnesses', (SELECT jsonb_agg(jsonb_build_object('witness',
		x.witness, 'event', x.event, 'feed', x.feed, 'at',
		json_time(x.created), 'claims', (SELECT count(*)
		FROM restore_claim c WHERE c.restore_id = r.id
		AND c.witness = x.witness), 'disbelieved', x.disbelieved)
		ORDER BY x.witness)
		FROM restore_report x WHERE x.restore_id = r.id),
	    'indexes', (SELECT coalesce(jsonb_agg(jsonb_build_object('issuer',
		m.id, 'first', coalesce(i.next_index, 0), 'count',
		m.next - coalesce(i.next_index, 0)) ORDER BY m.id), '[]')
		FROM restore_marks(r.id) m LEFT JOIN issuer i ON i.id = m.id
		WHERE m.next > coalesce(i.next_index, 0)),
	    'feed', (SELECT jsonb_build_object('last', (SELECT
		coalesce(max(number), 0) FROM feed), 'seen', max(x.feed))
		FROM restore_report x WHERE x.restore_id = r.id),
	    'kit', (SELECT jsonb_build_object('last', (SELECT
		coalesce(max(number), 0) FROM kit), 'seen', max(x.kit))
		FROM restore_report x WHERE x.restore_id = r.id),
	    'known_better', (SELECT coalesce(jsonb_agg(restore_claim_json(c)
		ORDER BY c.id), '[]') FROM (SELECT * FROM restore_claim
		WHERE restore_id = r.id ORDER BY id LIMIT 1000) c),
	    'proposals', proposals_on('restore', r.id),
	    'history', history_json('restore', r.id));
END
$$;

-- How far the witnesses know that indexes went.
CREATE FUNCTION restore_marks(p_restore bigint)
    RETURNS TABLE (id bigint, next bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT m.id::bigint, max(m.next::bigint)
	FROM restore_report r, jsonb_each_text(r.marks) m (id, next)
	WHERE r.restore_id = p_restore GROUP BY 1;
$$;

GRANT EXECUTE ON FUNCTION restore_claim_add(text, jsonb)
	TO assay_authority, assay_follower;
GRANT EXECUTE ON FUNCTION restore_claim_listed(jsonb) TO assay_authority;
