-- Lots as suppliers submit them, and what may be read of them.
--
-- A lot and its rows are made in one transaction: lot_begin(), then COPY into
-- lot_row, then COMMIT.  Rows may be added only to a lot that this very
-- transaction has made, and the transaction commits only with as many rows as
-- the signed header says.  From then on nobody but the authority changes
-- either, and the authority hashes the rows again before it believes them.

-- Is that element of the site's scope accredited at this time?
CREATE FUNCTION site_has_scope(p_site bigint, p_scope text) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM site_scope x
	    WHERE x.site_id = p_site AND x.scope = p_scope
	    AND x.state IN ('provisional', 'full')
	    AND x.expires > assay_now());
$$;

-- Bare keys prove nothing of themselves: whoever puts keys into devices must
-- be audited for it.
CREATE FUNCTION lot_kind_must_fit(p_kind text, p_site bigint)
    RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_kind IS NULL OR p_kind NOT IN ('csr', 'key', 'certificate') THEN
		RAISE EXCEPTION 'kind: a lot is of kind csr, key or '
		    'certificate, not "%"', left(p_kind, 20)
		    USING ERRCODE = 'AY001', DETAIL = 'LOT_KIND';
	END IF;
	IF p_kind = 'key' AND NOT site_has_scope(p_site, 'key_injection') THEN
		RAISE EXCEPTION 'site: "%" is not accredited for '
		    'key_injection, so its lots must prove possession '
		    'row by row (kind csr)',
		    (SELECT handle FROM site WHERE id = p_site)
		    USING ERRCODE = 'AY004',
		    DETAIL = 'KEY_INJECTION_NOT_ACCREDITED';
	END IF;
END
$$;

-- Where a lot may be from: the caller's own model and site, and the model's CoC.
CREATE FUNCTION lot_ground(p_model text, p_site text, OUT organisation_id bigint,
    OUT model_id bigint, OUT site_id bigint, OUT coc_id bigint)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model;
	s site;
BEGIN
	PERFORM actor_must('supplier');
	organisation_id := actor_org();
	SELECT * INTO m FROM model WHERE handle = p_model;
	IF NOT FOUND OR m.organisation_id <> actor_org() THEN
		RAISE EXCEPTION 'model: your organisation has no model "%"',
		    left(p_model, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'MODEL_UNKNOWN';
	END IF;
	IF m.kind = 'hardware_platform' THEN
		RAISE EXCEPTION 'model: "%" is a hardware platform; lots are '
		    'of TrE models and terminal models', p_model
		    USING ERRCODE = 'AY001', DETAIL = 'MODEL_KIND';
	END IF;
	SELECT * INTO s FROM site WHERE handle = p_site;
	IF NOT FOUND OR s.organisation_id <> actor_org() THEN
		RAISE EXCEPTION 'site: your organisation has no site "%"',
		    left(p_site, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'SITE_UNKNOWN';
	END IF;
	model_id := m.id;
	site_id := s.id;
	SELECT c.id INTO coc_id FROM coc c WHERE c.model_id = m.id
	    AND c.state IN ('provisional', 'certified', 'suspended');
END
$$;

CREATE FUNCTION lot_needs_coc(p_model text, p_coc bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_coc IS NULL THEN
		RAISE EXCEPTION 'model: "%" has no certificate of conformity '
		    'in force', p_model
		    USING ERRCODE = 'AY004', DETAIL = 'MODEL_NOT_ACCREDITED',
		    HINT = 'it is certified by POST /v1/cocs and an approval';
	END IF;
END
$$;

-- The lot of the same manifest, sent before.
CREATE FUNCTION lot_sent_before(p_org bigint, p_model bigint,
    p_rows_sha256 bytea) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('id', id, 'number', number, 'existing', true)
	FROM lot WHERE organisation_id = p_org AND model_id = p_model
	AND rows_sha256 = p_rows_sha256 AND state <> 'rejected';
$$;

-- Returns {"id", "number", "existing"}; an existing lot is the same manifest,
-- sent before, and takes no rows.
CREATE FUNCTION lot_begin(p_model text, p_site text, p_count int,
    p_reference text, p_header_jws text, p_rows_sha256 bytea,
    p_kind text DEFAULT 'csr', p_ca text DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	g record := lot_ground(p_model, p_site);
	found jsonb := lot_sent_before(g.organisation_id, g.model_id,
	    p_rows_sha256);
	ca bigint;
	l lot;
BEGIN
	IF found IS NOT NULL THEN
		RETURN found;
	END IF;
	PERFORM lot_kind_must_fit(p_kind, g.site_id);
	IF p_kind = 'certificate' THEN
		ca := delegated_ca_must_take(p_ca, g.model_id);
	END IF;
	PERFORM lot_needs_coc(p_model, g.coc_id);
	PERFORM rate_lot(g.coc_id, p_count);
	INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id,
	    kind, reference, count, header_jws, rows_sha256, submitted_by,
	    delegated_ca_id)
	VALUES (next_number('LOT'), g.organisation_id, g.model_id, g.site_id,
	    g.coc_id, p_kind, p_reference, p_count, p_header_jws, p_rows_sha256,
	    actor_id(), ca)
	RETURNING * INTO l;
	PERFORM pg_notify('authority', 'lot');
	-- for the COPY that follows: it lasts as long as the rows arrive
	PERFORM set_config('statement_timeout', '900s', true);
	RETURN jsonb_build_object('id', l.id, 'number', l.number,
	    'existing', false);
END
$$;

-- Rows are added by COPY with the api's own rights, which are to insert and
-- nothing else: so this is where a row is kept out of any other lot.  They are
-- walked through once.
CREATE FUNCTION lot_row_guard() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a record;
BEGIN
	SELECT min(lot_id) AS lot, max(lot_id) AS last,
	    bool_or(CASE state WHEN 'received' THEN reason IS NOT NULL
		ELSE (state, reason) IS DISTINCT FROM ('refused', 'ROW_MALFORMED')
		    OR line IS NULL END) AS odd
	  INTO a FROM added;
	IF a.lot <> a.last OR a.lot IS NOT NULL AND NOT EXISTS (SELECT FROM lot
	    WHERE id = a.lot AND state = 'received'
	    AND xmin = pg_current_xact_id()::xid) THEN
		RAISE EXCEPTION 'rows may be added only to the lot that this '
		    'transaction has begun'
		    USING ERRCODE = 'AY002', DETAIL = 'LOT_CLOSED';
	END IF;
	IF a.odd THEN
		RAISE EXCEPTION 'a row comes as received, or as malformed '
		    'with its line'
		    USING ERRCODE = 'AY002', DETAIL = 'LOT_ROW_STATE';
	END IF;
	RETURN NULL;
END
$$;
-- What our own functions add (410) they have looked at.
CREATE TRIGGER lot_row_guard AFTER INSERT ON lot_row
	REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT WHEN (current_user <> 'assay_owner')
	EXECUTE FUNCTION lot_row_guard();

CREATE FUNCTION lot_complete() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n bigint;
	most int;
BEGIN
	SELECT count(*), max(row) INTO n, most FROM lot_row
	    WHERE lot_id = NEW.id;
	IF n <> NEW.count OR most IS DISTINCT FROM NEW.count THEN
		RAISE EXCEPTION 'the header says % rows, and % came',
		    NEW.count, n
		    USING ERRCODE = 'AY001', DETAIL = 'MANIFEST_COUNT';
	END IF;
	RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER lot_complete AFTER INSERT ON lot
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.kind <> 'open') EXECUTE FUNCTION lot_complete();

-- ---- which of its rows became certificates

-- All up to this one, but those that were refused: a lot is issued in the order
-- of its rows.
CREATE FUNCTION lot_issued_to(p_lot bigint) RETURNS int
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce((SELECT row + count - 1 FROM lot_run
	    WHERE lot_id = p_lot ORDER BY row DESC LIMIT 1), 0);
$$;

-- No row twice, none that was refused, and none that never came.
CREATE FUNCTION lot_run_guard() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NEW.row <= lot_issued_to(NEW.lot_id) OR NEW.count IS DISTINCT FROM
	    (SELECT count(*) FROM lot_row r WHERE r.lot_id = NEW.lot_id
	    AND r.row >= NEW.row AND r.row < NEW.row + NEW.count
	    AND r.state = 'received') THEN
		RAISE EXCEPTION 'of the % rows from % on some are not waiting',
		    NEW.count, NEW.row
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_ROWS_NOT_WAITING';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER lot_run_guard BEFORE INSERT ON lot_run
	FOR EACH ROW EXECUTE FUNCTION lot_run_guard();

-- Is any of these ids a TrE's already, or any of these keys a device's?  Of a
-- lot as it should be none is, and one walk along each index says so.
-- However few the statistics say there are, no table is read.
CREATE FUNCTION lot_tres_known(p_ids text[], p_keys bytea[]) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET enable_seqscan = off SET enable_bitmapscan = on
	SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM certificate c
		WHERE substr(certificate_key(c), 1, 15) = ANY (ARRAY(
		    SELECT substr(k, 1, 15) FROM unnest(p_keys) k))
		AND certificate_key(c) = ANY (p_keys)
		AND c.profile IN ('tre', 'terminal'))
	    OR EXISTS (SELECT FROM device d WHERE d.device_id = ANY (p_ids)
		AND d.kind || '' = 'tre');
END
$$;

-- ---- reads

CREATE FUNCTION lot_json(p_lot lot) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object(
	    'number', p_lot.number,
	    'organisation', o.handle,
	    'model', m.handle,
	    'device_kind', m.kind,
	    'site', s.handle,
	    'coc', c.number,
	    'kind', p_lot.kind,
	    'ca', (SELECT number FROM delegated_ca
		WHERE id = p_lot.delegated_ca_id),
	    'reference', p_lot.reference,
	    'rows_sha256', encode(p_lot.rows_sha256, 'hex'),
	    'submitted_by', p.handle,
	    'state', p_lot.state,
	    'reason', p_lot.reason,
	    'waits_for', CASE WHEN lot_waits_for_ca(p_lot) THEN format(
		'the CA of %s for %ss waits for its certificate by the root: '
		'the body holds a ceremony (assay ca requests)', o.handle,
		CASE m.kind WHEN 'tre' THEN 'TrE' ELSE m.kind END) END,
	    'count', p_lot.count,
	    'until', json_time(p_lot.until),
	    'renewal', CASE p_lot.kind WHEN 'open' THEN p_lot.renewal END,
	    'enrolled', CASE p_lot.kind WHEN 'open' THEN lot_enrolled(p_lot) END,
	    'renewed', CASE p_lot.kind WHEN 'open' THEN p_lot.renewed END,
	    'checked', p_lot.checked,
	    'issued', p_lot.issued,
	    'refused', p_lot.refused,
	    'created', json_time(p_lot.created),
	    'finished', json_time(p_lot.finished)))
	FROM organisation o, model m, site s, coc c, principal p
	WHERE o.id = p_lot.organisation_id AND m.id = p_lot.model_id
	AND s.id = p_lot.site_id AND c.id = p_lot.coc_id
	AND p.id = p_lot.submitted_by;
$$;

CREATE FUNCTION lot_get(p_number text) RETURNS lot
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
BEGIN
	SELECT * INTO l FROM lot WHERE number = p_number;
	IF NOT FOUND OR NOT actor_sees(l.organisation_id) THEN
		RAISE EXCEPTION 'there is no lot "%"', left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'LOT_UNKNOWN';
	END IF;
	RETURN l;
END
$$;

-- One, with the certificates of the CAs that issued it: what a device needs
-- beside its own.
CREATE FUNCTION lot_one(p_number text) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT lot_json(l) || jsonb_build_object('issuers', coalesce((
	    SELECT jsonb_agg(jsonb_build_object('id', i.id, 'certificate',
		replace(encode(i.cert_der, 'base64'), E'\n', ''))
		ORDER BY i.id)
	    FROM issuer i WHERE i.id IN (SELECT r.issuer_id
		FROM index_range r WHERE r.lot_id = l.id
		AND r.state = 'issued')), '[]'))
	FROM lot_get(p_number) l;
$$;

-- Results from behind a row on, a thousand at a time.  A certificate is here
-- as soon as it is in the register, and never earlier.
CREATE FUNCTION lot_results(p_number text, p_after int, p_issued_only bool)
    RETURNS TABLE (after int, line text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT r.row, jsonb_strip_nulls(jsonb_build_object(
	    'row', r.row,
	    'id', r.device_id,
	    'state', CASE WHEN c.index IS NOT NULL THEN 'issued'
		ELSE r.state END,
	    'reason', r.reason,
	    'detail', r.detail,
	    'serial', encode(c.serial, 'hex'),
	    'issuer', c.issuer_id,
	    'certificate', replace(encode(certificate_der(c), 'base64'),
		E'\n', '')))::text
	FROM lot_get(p_number) l
	JOIN lot_row r ON r.lot_id = l.id
	LEFT JOIN LATERAL (SELECT x.* FROM lot_run x
	    WHERE x.lot_id = l.id AND x.row <= r.row
	    ORDER BY x.row DESC LIMIT 1) u ON r.row < u.row + u.count
	LEFT JOIN certificate c
	    ON c.issuer_id = coalesce(r.issuer_id, u.issuer_id)
	    AND c.index = coalesce(r.index, u.index + (r.row - u.row))
	WHERE r.row > p_after
	AND (NOT p_issued_only OR c.index IS NOT NULL)
	ORDER BY r.row LIMIT 1000;
$$;

-- A device in a list.
CREATE FUNCTION device_json(d device) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('kind', d.kind, 'id', d.device_id,
	    'state', d.state, 'model', m.handle, 'organisation', o.handle,
	    'lot', l.number, 'tac', d.tac, 'created', json_time(d.created))
	FROM model m JOIN organisation o ON o.id = m.organisation_id, lot l
	WHERE m.id = d.model_id AND l.id = d.lot_id);
END
$$;

CREATE FUNCTION device_one(p_kind text, p_id text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	d jsonb;
BEGIN
	SELECT jsonb_strip_nulls(jsonb_build_object(
	    'kind', d0.kind, 'id', d0.device_id, 'state', d0.state,
	    'reason', CASE WHEN actor_sees(m.organisation_id)
		THEN d0.reason END,
	    'model', m.handle, 'organisation', o.handle, 'lot', l.number,
	    'site', s.handle, 'tac', d0.tac, 'created', json_time(d0.created),
	    'tre', (SELECT t.device_id FROM binding b
		JOIN device t ON t.id = b.tre_id
		WHERE b.terminal_id = d0.id AND b.until IS NULL),
	    'terminal', (SELECT t.device_id FROM binding b
		JOIN device t ON t.id = b.terminal_id
		WHERE b.tre_id = d0.id AND b.until IS NULL),
	    'certificates', (SELECT jsonb_agg(jsonb_strip_nulls(
		jsonb_build_object(
		    'serial', encode(c.serial, 'hex'), 'issuer', c.issuer_id,
		    'state', st.state,
		    'reason', CASE WHEN st.state <> 'issued'
			THEN crl_reason_name(st.reason) END,
		    'since', json_time(st.since), 'issued', json_time(c.issued),
		    'certificate',
		    replace(encode(certificate_der(c), 'base64'), E'\n', '')))
		ORDER BY c.issuer_id, c.index)
		FROM certificate c, certificate_status(c) st
		WHERE c.device_id = d0.id)))
	INTO d
	FROM device d0
	JOIN model m ON m.id = d0.model_id
	JOIN organisation o ON o.id = m.organisation_id
	JOIN lot l ON l.id = d0.lot_id
	JOIN site s ON s.id = l.site_id
	WHERE d0.kind = p_kind AND d0.device_id = p_id
	AND (actor_sees(m.organisation_id) OR actor_kind() = 'operator');
	IF d IS NULL THEN
		RAISE EXCEPTION 'there is no % "%" in the register',
		    CASE p_kind WHEN 'tre' THEN 'TrE' ELSE 'terminal' END,
		    left(p_id, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'DEVICE_UNKNOWN';
	END IF;
	RETURN d;
END
$$;

GRANT INSERT (lot_id, row, device_id, csr, tre_id, tac, line, state, reason,
    detail) ON lot_row TO assay_api;
GRANT EXECUTE ON FUNCTION
	lot_begin(text, text, int, text, text, bytea, text, text),
	lot_one(text), lot_results(text, int, bool),
	device_one(text, text)
	TO assay_api;
GRANT SELECT ON lot_status TO assay_authority;
GRANT INSERT ON lot_run TO assay_authority;
GRANT EXECUTE ON FUNCTION lot_issued_to(bigint), lot_tres_known(text[], bytea[]),
	p256_header(), certificate_key(certificate),
	certificate_has_key(certificate, bytea)
	TO assay_authority;
GRANT EXECUTE ON FUNCTION site_has_scope(bigint, text) TO assay_authority;
GRANT USAGE ON SEQUENCE device_id_seq TO assay_authority;
GRANT INSERT ON delegated_key TO assay_authority; -- of init, no other time
