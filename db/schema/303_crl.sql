-- CRLs: which are due, what they list, their numbers, and the made ones.

-- What an issuer's log says of a block is found by the block.
CREATE INDEX status_event_issuer ON status_event (issuer_id, first)
	WHERE issuer_id IS NOT NULL;

-- ---- numbers

-- The greatest number that was taken for a CRL, whether it was made or not.  It
-- is committed before anything is signed with it (RFC 5280 section 5.2.3), so
-- that no crash gives one number to two CRLs.
CREATE TABLE crl_number (
	issuer_id bigint NOT NULL REFERENCES issuer,
	shard bigint NOT NULL CHECK (shard >= -1),
	taken bigint NOT NULL CHECK (taken >= 1),
	PRIMARY KEY (issuer_id, shard)
);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON crl_number
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CALL tenancy('crl_number', 'true');

-- The next one, and not below p_least: the clock, and what is published, which
-- a database that was restored has forgotten.
CREATE FUNCTION crl_number_take(p_issuer bigint, p_shard bigint,
    p_least bigint) RETURNS bigint
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO crl_number (issuer_id, shard, taken)
	VALUES (p_issuer, p_shard, greatest(p_least, 1, 1 + (SELECT number
	    FROM crl WHERE issuer_id = p_issuer AND shard = p_shard)))
	ON CONFLICT (issuer_id, shard) DO UPDATE
	   SET taken = greatest(crl_number.taken + 1, excluded.taken)
	RETURNING taken;
$$;

-- ---- which are due

-- The event of the last restore (380); 0: none.  A complete CRL of what it has
-- lost may lack what is on hold again: it is replaced at once, and no delta that
-- begins before that event goes with it (RFC 5280 section 5.2.4).
CREATE FUNCTION crl_restored() RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT coalesce(max(event_id), 0) FROM restore);
END
$$;

-- Events of cohorts, lot by lot; by one CA of a lot only where issuer_id says
-- so.
CREATE VIEW lot_event AS
	SELECT e.id, e.at, l.id AS lot_id, NULL::bigint AS issuer_id
	  FROM status_event e
	  JOIN lot l ON CASE e.cohort_kind
	      WHEN 'lot' THEN l.id = e.cohort_id
	      WHEN 'model' THEN l.model_id = e.cohort_id
	      WHEN 'site' THEN l.site_id = e.cohort_id
	      WHEN 'organisation' THEN l.organisation_id = e.cohort_id
	      ELSE l.model_id IN (SELECT m.id FROM model m
	          WHERE m.hardware_platform_id = e.cohort_id)
	      END
	 WHERE e.cohort_kind <> 'issuer'
	   AND e.kind NOT IN ('issued', 'void')
	 UNION ALL
	SELECT DISTINCT e.id, e.at, r.lot_id, r.issuer_id
	  FROM status_event e
	  JOIN index_range r ON r.issuer_id = e.cohort_id
	   AND r.lot_id IS NOT NULL
	 WHERE e.cohort_kind = 'issuer' AND e.kind NOT IN ('issued', 'void');

-- Which CRLs have to be made, the most urgent first: of each issuer each block
-- of indexes that was ever begun, when it has none yet, when what it says has
-- changed, or when it is older than p_renew; of a root that is offline, none.
-- A block has p_root, p_access or p_issuing indexes; 0: all that there are.  An
-- issuer of at most p_access_all or p_issuing_all has a complete one besides.
CREATE FUNCTION crl_due(p_root bigint, p_access bigint, p_issuing bigint,
    p_renew interval, p_access_all bigint DEFAULT 0,
    p_issuing_all bigint DEFAULT 0)
    RETURNS TABLE (issuer_id bigint, shard bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH since AS (SELECT coalesce(min(c.event_id), 0) AS id,
	      crl_restored() AS restored, clock_steady() AS now
	      FROM crl c JOIN issuer i ON i.id = c.issuer_id
	     WHERE NOT i.offline AND NOT i.delegated
	       AND i.key_destroyed IS NULL
	       AND c.this_update > (SELECT clock_steady()) - 2 * p_renew),
	change AS (
		SELECT e.id, e.issuer_id, e.first, e.first + e.count - 1 AS last
		  FROM status_event e, since
		 WHERE e.id > since.id
		   AND e.kind IN ('revoked', 'held', 'released')
		UNION ALL
		SELECT e.id, r.issuer_id, r.first, r.first + r.count - 1
		  FROM since JOIN lot_event e ON e.id > since.id
		  JOIN index_range r ON r.lot_id = e.lot_id
		   AND (e.issuer_id IS NULL OR r.issuer_id = e.issuer_id)
		UNION ALL -- issued into a lot that is on hold
		SELECT e.id, e.issuer_id, e.first, e.first + e.count - 1
		  FROM lot_status h CROSS JOIN since
		  JOIN status_event e ON e.id > since.id
		   AND e.kind = 'issued' AND e.lot_id = h.lot_id
	),
	sized AS (
		SELECT i.id, i.next_index, coalesce(nullif(CASE i.role
		    WHEN 'root' THEN p_root WHEN 'access' THEN p_access
		    ELSE p_issuing END, 0), 281474976710656) AS size,
		    CASE i.role WHEN 'root' THEN 0
		    WHEN 'access' THEN p_access_all
		    ELSE p_issuing_all END AS complete
		  FROM issuer i WHERE NOT i.offline AND NOT i.delegated
	       AND i.key_destroyed IS NULL
	),
	changed AS (
		SELECT e.issuer_id, s.shard, max(e.id) AS id
		  FROM change e JOIN sized i ON i.id = e.issuer_id
		 CROSS JOIN LATERAL generate_series(e.first / i.size,
		     e.last / i.size) AS s (shard)
		 GROUP BY e.issuer_id, s.shard
		UNION ALL
		SELECT e.issuer_id, -1, max(e.id) FROM change e
		 GROUP BY e.issuer_id
	),
	wanted AS (
		SELECT i.id, s.shard
		  FROM sized i
		 CROSS JOIN LATERAL generate_series(0,
		     greatest(i.next_index - 1, 0) / i.size) AS s (shard)
		UNION ALL
		SELECT i.id, -1 FROM sized i
		 WHERE i.next_index BETWEEN 1 AND i.complete
	)
	SELECT w.id, w.shard
	  FROM wanted w CROSS JOIN since
	  LEFT JOIN crl c ON c.issuer_id = w.id AND c.shard = w.shard
	  LEFT JOIN changed ON changed.issuer_id = w.id
	   AND changed.shard = w.shard
	 WHERE c.number IS NULL
	    OR c.this_update <= since.now - p_renew
	    OR c.this_update > since.now
	    OR c.event_id < since.restored
	    OR changed.id > c.event_id
	 ORDER BY coalesce(changed.id > c.event_id, c.number IS NULL) DESC,
	    c.this_update NULLS FIRST, w.id, w.shard;
$$;

-- ---- what they list

-- What was issued into lots in that block, run by run, as the log says.  Runs
-- don't overlap: the one that reaches into the block from before it is the last
-- before it.
CREATE FUNCTION crl_runs(p_issuer bigint, p_first bigint, p_last bigint)
    RETURNS TABLE (first bigint, count bigint, lot_id bigint, event_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT greatest(e.first, p_first),
	    least(e.first + e.count - 1, p_last) - greatest(e.first, p_first)
	    + 1, e.lot_id, e.id
	  FROM status_event e
	 WHERE e.issuer_id = p_issuer AND e.kind = 'issued' AND e.lot_id <> 0
	   AND e.first BETWEEN coalesce((SELECT b.first FROM status_event b
		WHERE b.issuer_id = p_issuer AND b.kind = 'issued'
		AND b.first <= p_first ORDER BY b.first DESC LIMIT 1), 0)
	       AND p_last
	   AND e.first + e.count > p_first;
$$;

-- What the CRL of a block lists, in the order of the indexes, taken together as
-- certificate_status() does: a row of count 0 is one certificate that is revoked
-- or held by itself; another is a run in which a measure revokes or holds all
-- but those.  Ten million devices on hold are some hundreds of rows: their
-- serial numbers are computed by who has the key.
CREATE FUNCTION crl_rows(p_issuer bigint, p_first bigint, p_last bigint)
    RETURNS TABLE (first bigint, count bigint, serial bytea, reason int,
    since timestamptz, invalidity timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH run AS MATERIALIZED (
		SELECT * FROM crl_runs(p_issuer, p_first, p_last)
	), by_lot AS MATERIALIZED (
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
	SELECT index, 0::bigint, serial, CASE WHEN speaks THEN reason
		ELSE coalesce(lot_reason, 6) END,
	    least(changed, revoked, CASE WHEN state = 'on_hold'
		AND revoked IS NULL THEN held END),
	    CASE WHEN speaks THEN invalidity END
	  FROM own
	UNION ALL
	SELECT r.first, r.count, NULL, coalesce(l.reason, 6),
	    coalesce(l.revoked, l.held), NULL
	  FROM run r JOIN by_lot l ON l.lot_id = r.lot_id
	ORDER BY 1, 2 DESC;
$$;

-- The same, certificate by certificate.
CREATE FUNCTION crl_entries(p_issuer bigint, p_first bigint, p_last bigint)
    RETURNS TABLE (serial bytea, reason int, since timestamptz,
    invalidity timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH r AS MATERIALIZED (
		SELECT * FROM crl_rows(p_issuer, p_first, p_last)
	)
	SELECT serial, reason, since, invalidity FROM (
		SELECT first AS index, serial, reason, since, invalidity
		  FROM r WHERE count = 0
		UNION ALL
		SELECT c.index, c.serial, r.reason, r.since, r.invalidity
		  FROM r JOIN certificate c ON c.issuer_id = p_issuer
		   AND c.index BETWEEN r.first AND r.first + r.count - 1
		 WHERE c.state = 'issued'
	) entry ORDER BY index;
$$;

-- Of a block, the indexes about which something was said after an event: what a
-- delta lists, by what is true of them now (RFC 5280 section 5.2.4).
CREATE FUNCTION crl_touched(p_issuer bigint, p_first bigint, p_last bigint,
    p_event bigint) RETURNS TABLE (first bigint, count bigint, at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT e.first, 1::bigint, max(e.at) FROM status_event e
	 WHERE e.issuer_id = p_issuer AND e.first BETWEEN p_first AND p_last
	   AND e.kind IN ('revoked', 'held', 'released') AND e.id > p_event
	 GROUP BY e.first
	UNION ALL
	SELECT r.first, r.count, max(m.at)
	  FROM crl_runs(p_issuer, p_first, p_last) r
	  JOIN (SELECT lot_id, issuer_id, at FROM lot_event WHERE id > p_event
	       UNION ALL -- issued into a lot that is on hold
	       SELECT lot_id, issuer_id, since FROM lot_status) m
	    ON m.lot_id = r.lot_id
	   AND (m.issuer_id IS NULL OR m.issuer_id = p_issuer)
	 WHERE r.event_id > p_event OR EXISTS (SELECT FROM lot_event e
		WHERE e.id > p_event AND e.lot_id = r.lot_id
		AND (e.issuer_id IS NULL OR e.issuer_id = p_issuer))
	 GROUP BY r.first, r.count
	ORDER BY 1;
$$;

-- ---- made

-- The file that the follower will place.  Octets that were replaced a while ago
-- go: what was said when is in the log, and an issuer of a thousand million
-- would keep ten gigabytes of CRLs a day.
CREATE FUNCTION crl_place(p_path text, p_der bytea, p_next timestamptz)
    RETURNS bigint
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	DELETE FROM publication
	 WHERE path = p_path AND created < assay_now() - interval '10 minutes';
	INSERT INTO publication (path, content, next_update)
	VALUES (p_path, p_der, p_next)
	RETURNING id;
$$;

-- What comes next of the one that this transaction places.
CREATE FUNCTION crl_place_more(p_publication bigint, p_der bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO publication_part (publication_id, part, content)
	SELECT p.id, 1 + coalesce((SELECT max(part) FROM publication_part
	    WHERE publication_id = p.id), 0), p_der
	  FROM publication p
	 WHERE p.id = p_publication AND p.path LIKE 'public/crl/%'
	   AND p.xmin = pg_current_xact_id()::xid;
	IF NOT FOUND THEN
		RAISE EXCEPTION '% is no CRL that is being placed',
		    p_publication
		    USING ERRCODE = 'AY004', DETAIL = 'CRL_PLACED';
	END IF;
END
$$;

-- Deltas begin at a complete CRL that is seven days old at least, and fourteen
-- at most: whoever has one that has not ended needs the delta only.  Behind a
-- restore they begin anew.
CREATE FUNCTION crl_store(p_issuer bigint, p_shard bigint, p_number bigint,
    p_event bigint, p_this timestamptz, p_next timestamptz, p_path text,
    p_der bytea) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c crl;
BEGIN
	SELECT * INTO c FROM crl WHERE issuer_id = p_issuer
	   AND shard = p_shard FOR UPDATE;
	IF NOT FOUND OR c.base_event < crl_restored() THEN
		c.base_number := p_number;
		c.base_event := p_event;
		c.coming_number := p_number;
		c.coming_event := p_event;
		c.coming_update := p_this;
	ELSIF c.coming_update <= p_this - interval '7 days' THEN
		c.base_number := coalesce(c.coming_number, p_number);
		c.base_event := coalesce(c.coming_event, p_event);
		c.coming_number := p_number;
		c.coming_event := p_event;
		c.coming_update := p_this;
	END IF;
	INSERT INTO crl VALUES (p_issuer, p_shard, p_number, p_event, p_this,
	    p_next, c.base_number, c.base_event, c.coming_number,
	    c.coming_event, c.coming_update)
	ON CONFLICT (issuer_id, shard) DO UPDATE
	   SET number = excluded.number, event_id = excluded.event_id,
	       this_update = excluded.this_update,
	       next_update = excluded.next_update,
	       base_number = excluded.base_number,
	       base_event = excluded.base_event,
	       coming_number = excluded.coming_number,
	       coming_event = excluded.coming_event,
	       coming_update = excluded.coming_update;
	RETURN crl_place(p_path, p_der, p_next);
END
$$;

REVOKE EXECUTE ON FUNCTION crl_store(bigint, bigint, bigint, bigint,
	timestamptz, timestamptz, text, bytea),
	crl_place(text, bytea, timestamptz), crl_place_more(bigint, bytea),
	crl_number_take(bigint, bigint, bigint)
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crl_restored(),
	crl_due(bigint, bigint, bigint, interval, bigint,
	bigint),
	crl_rows(bigint, bigint, bigint),
	crl_entries(bigint, bigint, bigint),
	crl_touched(bigint, bigint, bigint, bigint),
	crl_number_take(bigint, bigint, bigint),
	crl_place(text, bytea, timestamptz),
	crl_place_more(bigint, bytea),
	crl_store(bigint, bigint, bigint, bigint, timestamptz, timestamptz, text,
	    bytea)
	TO assay_authority;
