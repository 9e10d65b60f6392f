-- The offline kit: all status so small that an operator keeps it, numbered,
-- signed and chained (policy/offline-kit.md, ca/kit/kit.h).  Each number is a
-- delta; some are a full snapshot as well.

CREATE TABLE kit (
	number bigint PRIMARY KEY CHECK (number >= 1),
	sha256 sha256 NOT NULL UNIQUE, -- of the delta, as it was published
	previous sha256 UNIQUE,        -- of the one before
	-- it does not say what has changed: only a full snapshot leads past it
	anew bool NOT NULL,
	issued timestamptz NOT NULL,
	next_update timestamptz NOT NULL,
	covered timestamptz NOT NULL, -- it knows what was valid before then
	event_id bigint NOT NULL,     -- the status log's last
	lots bigint[] NOT NULL,       -- under a measure that status doesn't show
	-- NULL: it was published before a restore that has lost it (380)
	publication_id bigint UNIQUE REFERENCES publication,
	CHECK ((number = 1 OR publication_id IS NULL) = (previous IS NULL)),
	CHECK (next_update > issued AND covered <= issued)
);

CREATE TABLE kit_full (
	number bigint PRIMARY KEY REFERENCES kit,
	sha256 sha256 NOT NULL,
	publication_id bigint NOT NULL UNIQUE REFERENCES publication,
	created timestamptz NOT NULL DEFAULT assay_now()
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kit
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kit_full
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- One after the other (360), none with less of the log than the one before.
CREATE TRIGGER kit_chain BEFORE INSERT ON kit
	FOR EACH ROW EXECUTE FUNCTION chain_grows('delta');
CREATE FUNCTION kit_grows() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NEW.event_id < (SELECT max(event_id) FROM kit) THEN
		RAISE EXCEPTION 'kit % knows less than the one before it',
		    NEW.number
		    USING ERRCODE = 'AY004', DETAIL = 'KIT_CHAIN';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER kit_grows BEFORE INSERT ON kit
	FOR EACH ROW EXECUTE FUNCTION kit_grows();

-- ---- when

-- For so long a number is good, as a CRL is.
CREATE FUNCTION kit_validity() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '7 days' $$;
CREATE FUNCTION kit_hourly() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '1 hour' $$;
-- A full snapshot so often: whoever begins, or was away, has no more deltas
-- than that to fetch.
CREATE FUNCTION kit_daily() RETURNS interval
	LANGUAGE sql IMMUTABLE AS $$ SELECT interval '1 day' $$;

-- Is it time for a number?  At the first moment of an instance; hourly; when
-- the last one was issued by a clock that was ahead; and when the full snapshot
-- that it needs was never finished.  full: for a full snapshot, too?
CREATE FUNCTION kit_due(OUT due bool, OUT needs_full bool)
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	last kit := (SELECT k FROM kit k ORDER BY k.number DESC LIMIT 1);
	since timestamptz := (SELECT k.issued FROM kit_full f
	    JOIN kit k USING (number) ORDER BY f.number DESC LIMIT 1);
	lacking bool := coalesce((SELECT max(number) FROM kit WHERE anew), 1) >
	    coalesce((SELECT max(number) FROM kit_full), 0);
BEGIN
	due := last IS NULL OR lacking OR last.issued > assay_now() OR
	    last.issued + kit_hourly() <= assay_now();
	needs_full := lacking OR since > assay_now() OR
	    since + kit_daily() <= assay_now();
END
$$;

-- ---- what it says of certificates

-- Lots under a measure that no certificate's status shows, and in no
-- certificate is its lot: of theirs the kit says that one must ask.
CREATE FUNCTION kit_lots() RETURNS bigint[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(array_agg(DISTINCT scope_id ORDER BY scope_id), '{}')
	  FROM measure
	 WHERE scope_kind = 'lot' AND state = 'in_force'
	   AND kind NOT IN ('hold', 'mass_revocation');
$$;

-- The next number: the one before, and the moment.  since_event lies some
-- seconds before that one: what was issued in its very second is in neither its
-- filters nor its lists, and what is listed twice does no harm.
CREATE FUNCTION kit_begin(OUT number bigint, OUT link bytea,
    OUT since_event bigint, OUT event bigint, OUT now timestamptz,
    OUT next_update timestamptz, OUT lots bigint[], OUT same_lots bool)
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	last kit := (SELECT k FROM kit k ORDER BY k.number DESC LIMIT 1);
BEGIN
	IF current_setting('transaction_isolation') <> 'repeatable read' THEN
		RAISE EXCEPTION 'a kit is made from one snapshot'
		    USING ERRCODE = 'AY004', DETAIL = 'KIT_SNAPSHOT';
	END IF;
	number := coalesce(last.number, 0) + 1;
	link := coalesce(last.sha256::bytea, decode(repeat('00', 32), 'hex'));
	since_event := (SELECT e.id FROM status_event e
	    WHERE e.id <= last.event_id
	    AND e.at < last.issued - interval '10 seconds'
	    ORDER BY e.id DESC LIMIT 1);
	event := (SELECT h.last FROM status_head h);
	now := date_trunc('second', assay_now());
	next_update := now + kit_validity();
	lots := kit_lots();
	same_lots := lots = last.lots AND last.publication_id IS NOT NULL;
END
$$;

-- CAs whose certificates devices have.
CREATE FUNCTION kit_issuers() RETURNS TABLE (id bigint, key_id bytea,
    sha256 bytea, standing text, delegated bool, next_index bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT i.id, i.key_id, pg_catalog.sha256(i.cert_der),
	    issuer_standing(i), i.delegated, i.next_index
	  FROM issuer i WHERE i.role IN ('tre', 'terminal') ORDER BY i.id;
$$;

-- What lots say of their certificates beyond what these say themselves: 1
-- revoked, 2 on hold, 4 to be asked about; the least counts.
CREATE VIEW kit_lot AS
	SELECT lot_id, min(class) AS class FROM (
		SELECT cohort_id, CASE reason WHEN 6 THEN 2 ELSE 1 END
		  FROM cohort_status WHERE cohort_kind = 'lot'
		UNION ALL
		SELECT l, 4 FROM unnest(kit_lots()) AS l
	) AS x (lot_id, class) GROUP BY lot_id;

-- Runs of indexes that are not simply good: those classes, and 3 of no
-- certificate.  Several may be of one index: the least counts.  late: notBefore
-- may not lie before p_covered.  Of cohorts lots alone count here: others a
-- certificate names, and the kit says how they stand.
CREATE FUNCTION kit_states(p_issuer bigint, p_first bigint, p_last bigint,
    p_covered timestamptz)
    RETURNS TABLE (first bigint, count bigint, class int, late bool)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT index, 1::bigint, CASE state WHEN 'revoked' THEN 1 ELSE 2 END,
	    not_before >= p_covered
	  FROM certificate
	 WHERE issuer_id = p_issuer AND index BETWEEN p_first AND p_last
	   AND state IN ('on_hold', 'revoked')
	UNION ALL
	SELECT greatest(r.first, p_first),
	    least(r.first + r.count - 1, p_last) - greatest(r.first, p_first) + 1,
	    coalesce(l.class, 3), r.created >= p_covered
	  FROM index_range r LEFT JOIN kit_lot l ON l.lot_id = r.lot_id
	   AND r.state = 'issued'
	 WHERE r.issuer_id = p_issuer AND r.first + r.count > p_first
	   AND r.first BETWEEN coalesce((SELECT max(x.first) FROM index_range x
	    WHERE x.issuer_id = p_issuer AND x.first <= p_first), 0) AND p_last
	   AND (r.state <> 'issued' OR l.class IS NOT NULL);
$$;

-- Certificates whose class may have changed since that event, and what it is
-- now; 0 is good.  p_most and one more rows at most.
CREATE FUNCTION kit_changes(p_after bigint, p_most bigint)
    RETURNS TABLE (issuer_id bigint, first bigint, count bigint, class int,
    serial bytea)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH lots AS MATERIALIZED (SELECT * FROM kit_lot), changed AS (
		SELECT e.issuer_id, e.first, e.count FROM status_event e
		 WHERE e.id > p_after
		   AND e.kind IN ('revoked', 'held', 'released')
		UNION
		SELECT r.issuer_id, r.first, r.count FROM status_event e
		  JOIN index_range r ON r.lot_id = e.cohort_id
		   AND r.state = 'issued'
		 WHERE e.id > p_after AND e.cohort_kind = 'lot'
		UNION -- issued into such a lot
		SELECT e.issuer_id, e.first, e.count FROM status_event e
		  JOIN lots l USING (lot_id)
		 WHERE e.id > p_after AND e.kind = 'issued'
	)
	SELECT x.* FROM (
		SELECT c.issuer_id, c.index, 1::bigint, coalesce(least(CASE c.state
		    WHEN 'revoked' THEN 1 WHEN 'on_hold' THEN 2 END, l.class), 0),
		    c.serial
		  FROM changed x JOIN certificate c ON c.issuer_id = x.issuer_id
		   AND c.index BETWEEN x.first AND x.first + x.count - 1
		  LEFT JOIN lots l ON l.lot_id = c.lot_id
		UNION ALL
		SELECT e.issuer_id, e.first, e.count, 3, NULL
		  FROM status_event e WHERE e.id > p_after AND e.kind = 'void'
	) AS x (issuer_id, first, count, class, serial)
	  JOIN issuer i ON i.id = x.issuer_id AND i.role IN ('tre', 'terminal')
	 LIMIT p_most + 1;
$$;

-- What a supplier's own CA has numbered itself.
CREATE FUNCTION kit_serials(p_issuer bigint, p_first bigint, p_last bigint)
    RETURNS TABLE (index bigint, serial bytea)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT index, serial FROM certificate
	 WHERE issuer_id = p_issuer AND index BETWEEN p_first AND p_last;
$$;

-- ---- what it says of accreditations and measures

-- When a CoC of the model was provisional or certified, as was known then, as
-- pairs of seconds: coc_facts() asks the same of one moment.
CREATE FUNCTION kit_coc_windows(p_model bigint) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(string_agg(format('%s %s', floor(extract(epoch
	    FROM w.recorded)), ceil(extract(epoch FROM w.ends))), ' '
	    ORDER BY w.recorded), '')
	  FROM (SELECT h.to_state, h.recorded, least(x.expires,
		lead(h.recorded) OVER (PARTITION BY x.id ORDER BY h.id)) AS ends
	      FROM coc x JOIN history h ON h.entity = 'coc'
	       AND h.subject_id = x.id
	     WHERE x.model_id = p_model) w
	 WHERE w.to_state IN ('provisional', 'certified')
	   AND w.ends > w.recorded;
$$;

-- The same of a site's scope: site_accredited_of().
CREATE FUNCTION kit_site_windows(p_site_scope bigint) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(string_agg(format('%s %s', floor(extract(epoch
	    FROM w.recorded)), ceil(extract(epoch FROM w.ends))), ' '
	    ORDER BY w.recorded), '')
	  FROM (SELECT h.to_state, h.recorded,
		least((h.detail ->> 'expires')::timestamptz,
		    lead(h.recorded) OVER (ORDER BY h.id)) AS ends
	      FROM history h
	     WHERE h.entity = 'site_scope' AND h.subject_id = p_site_scope) w
	 WHERE w.to_state IN ('provisional', 'full')
	   AND w.ends > w.recorded;
$$;

CREATE FUNCTION kit_models() RETURNS TABLE (handle text, organisation text,
    platform text, facts text, windows text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT m.handle, o.handle, p.handle,
	    row_to_json(coc_facts(m.id, assay_now()))::text,
	    kit_coc_windows(m.id)
	  FROM model m JOIN organisation o ON o.id = m.organisation_id
	  LEFT JOIN model p ON p.id = m.hardware_platform_id
	 WHERE EXISTS (SELECT FROM coc c WHERE c.model_id = m.id
	    AND c.state NOT IN ('proposed', 'refused'))
	 ORDER BY m.handle;
$$;

CREATE FUNCTION kit_sites() RETURNS TABLE (coc text, windows text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT c.number, kit_site_windows(c.site_scope_id)
	  FROM coc c
	 WHERE c.site_scope_id IS NOT NULL
	   AND c.state NOT IN ('proposed', 'refused')
	 ORDER BY c.number;
$$;

CREATE FUNCTION kit_scope(p_kind text, p_id bigint) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE p_kind
	    WHEN 'organisation' THEN (SELECT handle FROM organisation
		WHERE id = p_id)
	    WHEN 'site' THEN (SELECT handle FROM site WHERE id = p_id)
	    WHEN 'issuer' THEN (SELECT encode(key_id, 'hex') FROM issuer
		WHERE id = p_id)
	    ELSE (SELECT handle FROM model WHERE id = p_id) END;
$$;

-- Measures in force but those on lots; as device_measures() has them.
CREATE FUNCTION kit_measures() RETURNS TABLE (scope_kind text, scope text,
    measure text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT x.scope_kind, kit_scope(x.scope_kind, x.scope_id),
	    jsonb_strip_nulls(jsonb_build_object('number', x.number,
	    'kind', x.kind, 'effect', x.effect,
	    'since', floor(extract(epoch FROM x.effective))::bigint,
	    'least_firmware', x.least_firmware,
	    'firmware_from', x.firmware_from, 'firmware_to', x.firmware_to))::text
	  FROM measure x
	 WHERE x.state = 'in_force' AND x.scope_kind <> 'lot'
	   AND (x.scope_kind <> 'issuer' OR EXISTS (SELECT FROM issuer i
	    WHERE i.id = x.scope_id AND i.role IN ('tre', 'terminal')))
	 ORDER BY x.id;
$$;

-- Cohorts that are revoked for good.  (Those on hold are by a measure.)
CREATE FUNCTION kit_cohorts() RETURNS TABLE (scope_kind text, scope text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT DISTINCT e.cohort_kind, kit_scope(e.cohort_kind, e.cohort_id)
	  FROM status_event e
	 WHERE e.kind = 'cohort_revoked' AND e.cohort_kind <> 'lot'
	 ORDER BY 1, 2;
$$;

-- ---- storing

CREATE FUNCTION kit_store(p_number bigint, p_anew bool, p_issued timestamptz,
    p_next timestamptz, p_covered timestamptz, p_event bigint, p_lots bigint[],
    p_delta bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	placed bigint;
BEGIN
	INSERT INTO publication (path, also, content, next_update)
	VALUES (format('public/kit/%s.delta', p_number),
	    'public/kit/latest.delta', p_delta, p_next)
	RETURNING id INTO placed;
	INSERT INTO kit (number, sha256, previous, anew, issued, next_update,
	    covered, event_id, lots, publication_id)
	VALUES (p_number, pg_catalog.sha256(p_delta), (SELECT sha256 FROM kit
	    ORDER BY number DESC LIMIT 1), p_anew, p_issued, p_next, p_covered,
	    p_event, p_lots, placed);
END
$$;

CREATE FUNCTION kit_full_store(p_number bigint, p_full bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	placed bigint;
BEGIN
	INSERT INTO publication (path, also, content, next_update)
	SELECT format('public/kit/%s.full', p_number),
	    'public/kit/latest.full', p_full, k.next_update
	FROM kit k WHERE k.number = p_number
	RETURNING id INTO placed;
	IF placed IS NULL THEN
		RAISE EXCEPTION 'there is no kit %', p_number
		    USING ERRCODE = 'AY003', DETAIL = 'KIT_UNKNOWN';
	END IF;
	INSERT INTO kit_full (number, sha256, publication_id)
	VALUES (p_number, pg_catalog.sha256(p_full), placed);
END
$$;

-- The newest, for assay status check (382); before there is one, since when there
-- should be.
CREATE FUNCTION status_check_kit() RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', coalesce(k.number, 0), 'issued',
	    floor(extract(epoch FROM coalesce(k.issued, e.at)))::bigint)
	  FROM (SELECT at FROM status_event ORDER BY id LIMIT 1) e
	  LEFT JOIN (SELECT number, issued FROM kit
	    ORDER BY number DESC LIMIT 1) k ON true;
$$;

REVOKE EXECUTE ON FUNCTION kit_store(bigint, bool, timestamptz, timestamptz,
	timestamptz, bigint, bigint[], bytea), kit_full_store(bigint, bytea)
	FROM PUBLIC;
GRANT SELECT ON kit TO assay_authority;
GRANT EXECUTE ON FUNCTION kit_due(), kit_lots(), kit_begin(), kit_issuers(),
	kit_states(bigint, bigint, bigint, timestamptz), kit_changes(bigint, bigint),
	kit_serials(bigint, bigint, bigint), kit_models(), kit_sites(),
	kit_measures(), kit_cohorts(),
	kit_store(bigint, bool, timestamptz, timestamptz, timestamptz, bigint,
	    bigint[], bytea),
	kit_full_store(bigint, bytea)
	TO assay_authority;
