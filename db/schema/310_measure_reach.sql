-- What a measure hits: lots, devices, models, terminals, and the operators who
-- hold permits for them, of whom 10,000 permits each are counted at most.  From
-- sums that are kept along the way, so that ten million devices take no longer
-- than ten.

CREATE INDEX index_range_lot ON index_range (lot_id);

-- The lots that a measure reaches.  Through a hardware platform: those of the
-- TrE models on it.
CREATE FUNCTION measure_lots(p_scope_kind text, p_scope_id bigint)
	RETURNS SETOF lot
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT l.* FROM lot l JOIN model m ON m.id = l.model_id
	WHERE CASE p_scope_kind
	    WHEN 'organisation' THEN l.organisation_id = p_scope_id
	    WHEN 'site' THEN l.site_id = p_scope_id
	    WHEN 'hardware_platform' THEN m.hardware_platform_id = p_scope_id
	    WHEN 'model' THEN l.model_id = p_scope_id
	    WHEN 'lot' THEN l.id = p_scope_id
	    WHEN 'issuer' THEN l.id IN (SELECT r.lot_id FROM index_range r
		WHERE r.issuer_id = p_scope_id)
	    END;
$$;

CREATE FUNCTION measure_devices(p_scope_kind text, p_scope_id bigint)
	RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(CASE p_scope_kind WHEN 'issuer' THEN
	    (SELECT sum(count) FROM index_range WHERE issuer_id = p_scope_id
		AND lot_id IS NOT NULL AND state = 'issued')
	    ELSE (SELECT sum(issued)
		FROM measure_lots(p_scope_kind, p_scope_id)) END, 0)::bigint;
$$;

-- ---- permits that are outstanding

-- Each certificate that an operator was ever told "permit" of, and whether it
-- has been refused since.  What decisions say (080_decision.sql), kept so that
-- it can be asked by lot.
CREATE TABLE permit (
	organisation_id bigint NOT NULL REFERENCES organisation, -- the operator
	certificate sha256 NOT NULL, -- of its DER
	lot_id bigint NOT NULL REFERENCES lot,
	outstanding bool NOT NULL,
	since timestamptz NOT NULL, -- of the last change
	PRIMARY KEY (organisation_id, certificate)
);
CREATE INDEX permit_lot ON permit (organisation_id, lot_id, outstanding);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON permit
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What a decision was about, by certificates; of a terminal alone also the TrE's in it,
-- on which that stands as well.  Written so that PostgreSQL makes it part of the query
-- that asks.
CREATE FUNCTION permit_about(p_tre bytea, p_platform bytea, p_mode text)
	RETURNS TABLE (shown bytea)
	LANGUAGE sql STABLE
AS $$
	SELECT v.shown FROM (VALUES (p_tre), (p_platform),
	    (CASE WHEN p_mode = 'platform_only' THEN (SELECT t.der_sha256
		FROM assay.certificate c
		JOIN assay.binding b ON b.terminal_id = c.device_id
		    AND b.until IS NULL
		JOIN assay.certificate t ON t.device_id = b.tre_id
		WHERE c.der_sha256 = p_platform
		ORDER BY t.issued DESC, t.issuer_id DESC, t.index DESC LIMIT 1)
	    END)) AS v (shown);
$$;

-- Of all that are recorded at once.  One that is outstanding stays so, and is not
-- touched.  In an order, or two transactions could wait for each other; and however
-- few certificates and permits the statistics say there are, each is looked up.
CREATE FUNCTION permit_follow() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
	SET enable_seqscan = off SET enable_hashjoin = off
	SET enable_mergejoin = off SET enable_bitmapscan = off
	SET enable_material = off
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM added a WHERE a.verdict = 'refuse'
	    OR a.verdict = 'permit' AND (a.mode = 'platform_only'
	    OR (SELECT x.outstanding FROM permit x
		WHERE x.organisation_id = a.organisation_id
		AND x.certificate = a.tre_sha256) IS NOT TRUE
	    OR (SELECT x.outstanding FROM permit x
		WHERE x.organisation_id = a.organisation_id
		AND x.certificate = a.platform_sha256) IS NOT TRUE)) THEN
		RETURN NULL; -- nothing that is not so already
	END IF;
	INSERT INTO permit AS p
	SELECT DISTINCT ON (a.organisation_id, c.der_sha256)
	    a.organisation_id, c.der_sha256, c.lot_id, true, a.created
	  FROM added a
	 CROSS JOIN LATERAL permit_about(a.tre_sha256, a.platform_sha256,
	    a.mode) s
	  JOIN certificate c ON c.der_sha256 = s.shown
	 WHERE a.verdict = 'permit' AND c.lot_id IS NOT NULL
	   -- no join, which may read all that the operator has
	   AND (SELECT x.outstanding FROM permit x
	     WHERE x.organisation_id = a.organisation_id
	     AND x.certificate = s.shown) IS NOT TRUE
	 ORDER BY a.organisation_id, c.der_sha256
	ON CONFLICT (organisation_id, certificate) DO UPDATE
	    SET outstanding = true, since = excluded.since
	    WHERE NOT p.outstanding;
	IF EXISTS (SELECT FROM added WHERE verdict = 'refuse') THEN
		WITH hit AS MATERIALIZED (
			SELECT p.organisation_id, p.certificate, a.created
			  FROM added a
			 CROSS JOIN LATERAL permit_about(a.tre_sha256,
			    a.platform_sha256, a.mode) s
			  JOIN permit p ON p.organisation_id = a.organisation_id
			   AND p.certificate = s.shown AND p.outstanding
			 WHERE a.verdict = 'refuse'
			 ORDER BY p.organisation_id, p.certificate
			   FOR UPDATE OF p
		) UPDATE permit p SET outstanding = false, since = hit.created
		  FROM hit WHERE p.organisation_id = hit.organisation_id
		   AND p.certificate = hit.certificate;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER permit_follow AFTER INSERT ON decision
	REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION permit_follow();

-- How many each operator has for what a measure reaches, up to so many as anybody
-- wants to know; who has none is left out.  One look-up each: LIMIT keeps the
-- planner from reading all permits.
CREATE FUNCTION measure_permits(p_scope_kind text, p_scope_id bigint,
    p_most int) RETURNS TABLE (organisation_id bigint, permits bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH hit AS MATERIALIZED (
		SELECT array_agg(id) AS lots
		FROM measure_lots(p_scope_kind, p_scope_id)
	)
	SELECT o.id, n.count FROM organisation o CROSS JOIN hit,
	LATERAL (SELECT count(*) FROM (SELECT FROM permit p WHERE p.outstanding
	    AND p.organisation_id = o.id AND p.lot_id = ANY (hit.lots)
	    LIMIT p_most) x) n
	WHERE o.kind = 'operator' AND n.count > 0;
$$;

-- Who hears of it: whoever ever had one, whatever it was told since.  A refusal
-- takes no subscription back, and may be for a question that was stale.
CREATE FUNCTION measure_operators(p_scope_kind text, p_scope_id bigint)
	RETURNS SETOF bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH hit AS MATERIALIZED (
		SELECT array_agg(id) AS lots
		FROM measure_lots(p_scope_kind, p_scope_id)
	)
	SELECT o.id FROM organisation o CROSS JOIN hit,
	LATERAL (SELECT FROM permit p WHERE p.organisation_id = o.id
	    AND p.lot_id = ANY (hit.lots) LIMIT 1) x
	WHERE o.kind = 'operator';
$$;

-- ---- terminals that the TrEs of a lot sit in

CREATE TABLE lot_bound (
	lot_id bigint PRIMARY KEY REFERENCES lot,
	terminals bigint NOT NULL
);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON lot_bound
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION lot_bound_add(p_tres bigint[], p_step int) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO lot_bound AS b
	SELECT d.lot_id, p_step * count(*) FROM unnest(p_tres) t
	JOIN device d ON d.id = t GROUP BY d.lot_id ORDER BY d.lot_id
	ON CONFLICT (lot_id) DO UPDATE
	    SET terminals = b.terminals + excluded.terminals;
$$;

CREATE FUNCTION lot_bound_follow() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		PERFORM lot_bound_add(ARRAY(SELECT tre_id FROM was
		    WHERE until IS NULL), -1);
	END IF;
	PERFORM lot_bound_add(ARRAY(SELECT tre_id FROM becomes
	    WHERE until IS NULL), 1);
	RETURN NULL;
END
$$;
CREATE TRIGGER lot_bound_insert AFTER INSERT ON binding
	REFERENCING NEW TABLE AS becomes
	FOR EACH STATEMENT EXECUTE FUNCTION lot_bound_follow();
CREATE TRIGGER lot_bound_update AFTER UPDATE ON binding
	REFERENCING OLD TABLE AS was NEW TABLE AS becomes
	FOR EACH STATEMENT EXECUTE FUNCTION lot_bound_follow();

-- ---- all of it

CREATE FUNCTION measure_reach(p_scope_kind text, p_scope_id bigint)
	RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH hit AS MATERIALIZED (
		SELECT id, model_id, lot_is_revoked(id, p_issuer) AS revoked
		FROM measure_lots(p_scope_kind, p_scope_id),
		(SELECT CASE p_scope_kind WHEN 'issuer' THEN p_scope_id
		    ELSE 0 END AS p_issuer) x
	), devices AS (
		SELECT measure_devices(p_scope_kind, p_scope_id) AS n
	), revoked AS (
		SELECT coalesce((SELECT sum(l.issued) FROM lot l
		    WHERE l.id IN (SELECT id FROM hit WHERE revoked)), 0) +
		    (SELECT count(*) FROM certificate
		    WHERE state IN ('on_hold', 'revoked') AND state = 'revoked'
		    AND (p_scope_kind <> 'issuer' OR issuer_id = p_scope_id)
		    AND lot_id IN (SELECT id FROM hit WHERE NOT revoked)) AS n
	)
	SELECT jsonb_build_object('lots', (SELECT count(*) FROM hit),
	    'models', (SELECT count(DISTINCT model_id) FROM hit),
	    'devices', d.n, 'certificates', greatest(d.n - r.n, 0),
	    'terminals', (SELECT coalesce(sum(terminals), 0)
		FROM lot_bound WHERE lot_id IN (SELECT id FROM hit)),
	    'operators', (SELECT coalesce(jsonb_agg(jsonb_build_object(
		'operator', o.handle, 'permits', p.permits)
		ORDER BY p.permits DESC, o.handle), '[]')
		FROM measure_permits(p_scope_kind, p_scope_id, 10000) p
		JOIN organisation o ON o.id = p.organisation_id))
	FROM devices d, revoked r;
$$;

-- What whoever must approve is shown: reach_ACT(proposal), where there is one.
CREATE FUNCTION reach_measure_impose(p proposal) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT measure_reach(m.scope_kind, m.scope_id) ||
	    jsonb_build_object('counted', measure_revokes(m))
	FROM measure m WHERE m.id = p.subject_id;
$$;

-- What revokes for good takes the number of devices that it hits, typed by
-- whoever approves it, and that number must be right at that moment.
CREATE FUNCTION proposal_must_be_counted(p proposal, p_devices bigint)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	typed bigint := (SELECT count FROM approval
	    WHERE proposal_id = p.id AND verdict = 'approve');
BEGIN
	IF typed IS NULL THEN
		RAISE EXCEPTION 'count: this revokes the certificates of % '
		    'devices for good: whoever approves it types that number',
		    p_devices USING ERRCODE = 'AY001',
		    DETAIL = 'COUNT_REQUIRED';
	END IF;
	IF typed <> p_devices THEN
		RAISE EXCEPTION 'count: you approve of % devices, and it would '
		    'hit % by now: look again', typed, p_devices
		    USING ERRCODE = 'AY004', DETAIL = 'REACH_CHANGED';
	END IF;
END
$$;
