-- What the authority makes for the public: CRLs, and the certificates of the
-- keys that answer for it.

-- Which CRLs have to be made: of each issuer each block of indexes that was
-- ever begun, when it has none yet, when what it says has changed, or when it
-- is older than p_renew; of a root that is offline, none.  A block has p_root, p_access or p_issuing indexes; 0:
-- all that there are.
CREATE FUNCTION crl_due(p_root bigint, p_access bigint, p_issuing bigint,
    p_renew interval)
    RETURNS TABLE (issuer_id bigint, shard bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH since AS (SELECT coalesce(min(c.event_id), 0) AS id
	      FROM crl c JOIN issuer i ON i.id = c.issuer_id
	     WHERE NOT i.offline AND NOT i.delegated),
	change AS (
		SELECT e.id, e.issuer_id, e.first, e.first + e.count - 1 AS last
		  FROM status_event e, since
		 WHERE e.id > since.id
		   AND e.kind IN ('revoked', 'held', 'released')
		UNION ALL
		SELECT e.id, r.issuer_id, r.first, r.first + r.count - 1
		  FROM status_event e CROSS JOIN since
		  JOIN lot l ON CASE e.cohort_kind
		      WHEN 'lot' THEN l.id = e.cohort_id
		      WHEN 'model' THEN l.model_id = e.cohort_id
		      WHEN 'site' THEN l.site_id = e.cohort_id
		      WHEN 'organisation' THEN l.organisation_id = e.cohort_id
		      ELSE l.model_id IN (SELECT m.id FROM model m
		          WHERE m.hardware_platform_id = e.cohort_id)
		      END
		  JOIN index_range r ON r.lot_id = l.id
		 WHERE e.id > since.id AND e.cohort_kind <> 'issuer'
		UNION ALL
		SELECT e.id, r.issuer_id, r.first, r.first + r.count - 1
		  FROM status_event e CROSS JOIN since
		  JOIN index_range r ON r.issuer_id = e.cohort_id
		   AND r.lot_id IS NOT NULL
		 WHERE e.id > since.id AND e.cohort_kind = 'issuer'
		UNION ALL -- issued into a lot that is on hold
		SELECT e.id, e.issuer_id, e.first, e.first + e.count - 1
		  FROM lot_status h CROSS JOIN since
		  JOIN status_event e ON e.id > since.id
		   AND e.kind = 'issued' AND e.lot_id = h.lot_id
	),
	sized AS (
		SELECT i.id, i.next_index, coalesce(nullif(CASE i.role
		    WHEN 'root' THEN p_root WHEN 'access' THEN p_access
		    ELSE p_issuing END, 0), 281474976710656) AS size
		  FROM issuer i WHERE NOT i.offline AND NOT i.delegated
	),
	changed AS (
		SELECT e.issuer_id, s.shard, max(e.id) AS id
		  FROM change e JOIN sized i ON i.id = e.issuer_id
		 CROSS JOIN LATERAL generate_series(e.first / i.size,
		     e.last / i.size) AS s (shard)
		 GROUP BY e.issuer_id, s.shard
	)
	SELECT i.id, s.shard
	  FROM sized i
	 CROSS JOIN LATERAL generate_series(0,
	     greatest(i.next_index - 1, 0) / i.size) AS s (shard)
	  LEFT JOIN crl c ON c.issuer_id = i.id AND c.shard = s.shard
	  LEFT JOIN changed ON changed.issuer_id = i.id
	   AND changed.shard = s.shard
	 WHERE c.number IS NULL
	    OR c.this_update <= assay_now() - p_renew
	    OR c.this_update > assay_now()
	    OR changed.id > c.event_id
	 ORDER BY i.id, s.shard;
$$;

-- What the CRL of a block lists, in the order of the indexes: what is revoked
-- or held by itself, and what is by a measure on its lot; the two taken together
-- as certificate_status() does.
CREATE FUNCTION crl_entries(p_issuer bigint, p_first bigint, p_last bigint)
    RETURNS TABLE (serial bytea, reason int, since timestamptz,
    invalidity timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH by_lot AS MATERIALIZED (
		SELECT s.lot_id,
		    min(s.since) FILTER (WHERE s.reason = 6) AS held,
		    min(s.since) FILTER (WHERE s.reason <> 6) AS revoked,
		    (array_agg(s.reason ORDER BY s.reason = 1 DESC, s.since,
			s.event_id) FILTER (WHERE s.reason <> 6))[1] AS reason
		  FROM lot_status s
		 WHERE s.issuer_id IS NULL OR s.issuer_id = p_issuer
		 GROUP BY s.lot_id
	), own AS ( -- is it the certificate's own revocation that speaks?
		SELECT c.index, c.serial, c.state, c.reason, t.changed,
		    c.invalidity, l.held, l.revoked, l.reason AS lot_reason,
		    c.state = 'revoked' AND (l.revoked IS NULL OR
			c.reason = 1 OR
			t.changed <= l.revoked AND l.reason <> 1) AS speaks
		  FROM certificate c LEFT JOIN by_lot l ON l.lot_id = c.lot_id
		 CROSS JOIN LATERAL (SELECT date_trunc('second', c.changed)
		    AS changed) t
		 WHERE c.issuer_id = p_issuer
		   AND c.index BETWEEN p_first AND p_last
		   AND c.state IN ('on_hold', 'revoked')
	)
	SELECT serial, reason, since, invalidity FROM (
		SELECT index, serial, CASE WHEN speaks THEN reason
			ELSE coalesce(lot_reason, 6) END AS reason,
		    least(changed, revoked, CASE WHEN state = 'on_hold'
			AND revoked IS NULL THEN held END) AS since,
		    CASE WHEN speaks THEN invalidity END AS invalidity
		  FROM own
		UNION ALL
		SELECT c.index, c.serial, coalesce(l.reason, 6),
		    coalesce(l.revoked, l.held), NULL
		  FROM by_lot l
		  JOIN index_range r ON r.lot_id = l.lot_id
		   AND r.issuer_id = p_issuer AND r.first <= p_last
		   AND r.first + r.count > p_first
		  JOIN certificate c ON c.issuer_id = p_issuer
		   AND c.index BETWEEN greatest(r.first, p_first)
		       AND least(r.first + r.count - 1, p_last)
		 WHERE c.state = 'issued'
	) entry ORDER BY index;
$$;

-- A made CRL: its number, and the file that the follower will place.
CREATE FUNCTION crl_store(p_issuer bigint, p_shard bigint, p_number bigint,
    p_event bigint, p_this timestamptz, p_next timestamptz, p_path text,
    p_der bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO crl (issuer_id, shard, number, event_id, this_update,
	    next_update)
	VALUES (p_issuer, p_shard, p_number, p_event, p_this, p_next)
	ON CONFLICT (issuer_id, shard) DO UPDATE
	   SET number = excluded.number, event_id = excluded.event_id,
	       this_update = excluded.this_update,
	       next_update = excluded.next_update;
	INSERT INTO publication (path, content, next_update)
	VALUES (p_path, p_der, p_next);
END
$$;

-- The follower waits on one channel for both.
CREATE FUNCTION publication_notify() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM pg_notify('status', 'publication');
	RETURN NULL;
END
$$;
CREATE TRIGGER publication_notify AFTER INSERT ON publication
	FOR EACH STATEMENT EXECUTE FUNCTION publication_notify();

-- Delegated certificates that are missing or past half their life: an OCSP key
-- has one of each issuer (a root that is offline is asked for it), to its end, though it issues nothing else any more; a
-- receipt key and the feed's one of the access CA that certifies.
-- One that a clock ahead has made does not count until its time.
CREATE FUNCTION delegated_due()
    RETURNS TABLE (key_id bigint, issuer_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT k.id, i.id
	  FROM delegated_key k
	  JOIN issuer i ON NOT i.delegated AND CASE k.kind WHEN 'ocsp'
	      THEN coalesce(i.not_after > assay_now(), true)
	      ELSE i.role = 'access' AND i.state = 'active' END
	  LEFT JOIN LATERAL (SELECT d.not_before, d.not_after
	      FROM delegated_certificate d
	     WHERE d.key_id = k.id AND d.issuer_id = i.id
	       AND d.not_before <= assay_now()
	     ORDER BY d.not_after DESC LIMIT 1) d ON true
	 WHERE k.state = 'active' AND NOT i.offline
	   AND (d.not_after IS NULL
	        OR d.not_before + (d.not_after - d.not_before) / 2
	            <= assay_now())
	 ORDER BY k.id, i.id;
$$;

REVOKE EXECUTE ON FUNCTION crl_store(bigint, bigint, bigint, bigint,
	timestamptz, timestamptz, text, bytea)
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crl_due(bigint, bigint, bigint, interval),
	crl_entries(bigint, bigint, bigint),
	crl_store(bigint, bigint, bigint, bigint, timestamptz, timestamptz, text,
	    bytea),
	delegated_due()
	TO assay_authority;
