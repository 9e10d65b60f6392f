-- Open lots: devices that ask one at a time, by EST or CMP.
--
-- A supplier signs beforehand what may come: so many devices of that model from
-- that site, until then.  Each request becomes a row of the lot, and a row is
-- checked, issued and counted as a manifest's is.  The authority believes the
-- supplier's signature on the header and the request's own on its key; who
-- brought the request is between the device, its supplier and the api.

-- One-time secrets of the lot: SHA-256 of "DEVICE:SECRET", as HTTP Basic
-- (RFC 7617) writes the two.  row: the one that it was good for.
CREATE TABLE enrolment_secret (
	lot_id bigint NOT NULL REFERENCES lot,
	secret_sha256 sha256 NOT NULL,
	row int,
	PRIMARY KEY (lot_id, secret_sha256)
);
CREATE INDEX enrolment_secret_hash ON enrolment_secret (secret_sha256);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON enrolment_secret
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What the register remembers of a row of an open lot beside the row.
CREATE TABLE enrolment (
	lot_id bigint NOT NULL,
	row int NOT NULL,
	device_id text NOT NULL,
	spki_sha256 sha256 NOT NULL, -- as the api read it; never believed
	-- who asked: a person, or one with a secret, or the device itself
	principal_id bigint,
	secret_sha256 sha256,
	-- or a factory's certificate, by CMP
	factory_sha256 sha256,
	-- of a renewal: the certificate with which the device asked
	renews_issuer bigint,
	renews_index bigint,
	proof bytea CHECK (octet_length(proof) <= 16384),
	nth bigint, -- of the principal's requests, for its rate (405)
	bell smallint, -- of the api process that waits (base/bell.h), or none
	created timestamptz NOT NULL DEFAULT assay_now(),
	PRIMARY KEY (lot_id, row), -- of a lot_row; enrol_add() makes both
	FOREIGN KEY (renews_issuer, renews_index)
	    REFERENCES certificate (issuer_id, index),
	CHECK (num_nonnulls(principal_id, secret_sha256, factory_sha256,
	    renews_issuer) = 1),
	CHECK ((renews_issuer IS NULL) = (renews_index IS NULL))
);
CREATE INDEX enrolment_device ON enrolment (lot_id, device_id, row DESC);
CREATE INDEX enrolment_lot ON enrolment (lot_id, created);
CREATE INDEX enrolment_principal ON enrolment (principal_id, created, nth)
	WHERE principal_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON enrolment
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT SELECT ON enrolment TO assay_authority;

-- ---- open, close

-- The header came signed by the caller's own key, and its secrets with it.
CREATE FUNCTION lot_open(p_model text, p_site text, p_count int,
    p_until timestamptz, p_renewal bool, p_secrets bytea[], p_reference text,
    p_header_jws text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	g record := lot_ground(p_model, p_site);
	digest bytea := pg_catalog.sha256(convert_to(p_header_jws, 'UTF8'));
	found jsonb := lot_sent_before(g.organisation_id, g.model_id, digest);
	l lot;
BEGIN
	IF found IS NOT NULL THEN
		RETURN found;
	END IF;
	IF p_until <= assay_now() OR p_until > assay_now() + interval '366 days'
	THEN
		RAISE EXCEPTION 'until: an open lot ends in the future, within '
		    'a year: % does not', json_time(p_until)
		    USING ERRCODE = 'AY001', DETAIL = 'LOT_UNTIL';
	END IF;
	PERFORM lot_needs_coc(p_model, g.coc_id);
	PERFORM rate_lot(g.coc_id, 0);
	INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id,
	    kind, reference, count, until, renewal, header_jws, rows_sha256,
	    submitted_by)
	VALUES (next_number('LOT'), g.organisation_id, g.model_id, g.site_id,
	    g.coc_id, 'open', p_reference, p_count, p_until, p_renewal,
	    p_header_jws, digest, actor_id())
	RETURNING * INTO l;
	INSERT INTO enrolment_count (lot_id) VALUES (l.id);
	INSERT INTO enrolment_secret (lot_id, secret_sha256)
	SELECT DISTINCT l.id, s FROM unnest(p_secrets) s;
	PERFORM pg_notify('authority', 'lot');
	RETURN jsonb_build_object('id', l.id, 'number', l.number,
	    'existing', false);
END
$$;

-- It is over: what waits in it is refused, what was issued stays.
CREATE FUNCTION lot_end(l lot, p_why text, p_at timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	enrolled int;
BEGIN
	-- nobody adds a row any more, or is seen to have added it
	SELECT n INTO enrolled FROM enrolment_count WHERE lot_id = l.id
	    FOR UPDATE;
	UPDATE lot_row SET state = 'refused', reason = 'LOT_CLOSED',
	    detail = p_why WHERE lot_id = l.id AND row > l.checked
	    AND state = 'received';
	UPDATE lot SET state = 'issued', reason = p_why, finished = p_at,
	    checked = enrolled, refused = enrolled - issued - renewed
	WHERE id = l.id;
	PERFORM notice_add('lot.closed', l.organisation_id, l.number,
	    jsonb_build_object('reason', p_why, 'issued', l.issued,
	    'renewed', l.renewed));
END
$$;

-- By its supplier or the body.
CREATE FUNCTION lot_close(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
BEGIN
	PERFORM actor_must('supplier', 'officer', 'security');
	SELECT * INTO l FROM lot WHERE id = (lot_get(p_number)).id
	    FOR NO KEY UPDATE;
	IF l.state <> 'open' THEN
		RAISE EXCEPTION '% is not open: it is %', l.number, l.state
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_STATE';
	END IF;
	PERFORM lot_end(l, 'closed by ' || (actor()).handle, assay_now());
	RETURN lot_one(p_number);
END
$$;

CREATE INDEX lot_until ON lot (until) WHERE state = 'open';
CREATE INDEX lot_renewal ON lot (model_id, id)
	WHERE state = 'open' AND renewal;
CREATE FUNCTION clock_lot(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	n int := 0;
BEGIN
	FOR l IN SELECT * FROM lot WHERE state = 'open' AND until <= p_now
	    ORDER BY id FOR NO KEY UPDATE LOOP
		PERFORM lot_end(l, 'its time is over', l.until);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
CREATE FUNCTION clock_lot_due() RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT min(until) FROM lot WHERE state = 'open' $$;
INSERT INTO clock_rule (ord, name, what)
VALUES (430, 'lot', 'an open lot is closed when its time is over');

-- ---- a request

-- What only our own functions may call has no search_path of its own: theirs is
-- pinned, and to set it again takes longer than much of what is done here.

-- The open lot of that number, as it is once nobody else adds a row to it.
CREATE FUNCTION lot_takes(p_lot text) RETURNS lot
	LANGUAGE plpgsql
AS $$
DECLARE
	l lot;
	v_lot bigint;
BEGIN
	SELECT c.lot_id INTO v_lot FROM lot x
	JOIN enrolment_count c ON c.lot_id = x.id
	WHERE x.number = p_lot FOR UPDATE OF c;
	IF NOT FOUND THEN
		RAISE EXCEPTION '%', CASE p_lot WHEN '' THEN 'no open lot is '
		    'named, and there is none for this request'
		    ELSE format('there is no open lot "%s"', left(p_lot, 24))
		    END USING ERRCODE = 'AY003', DETAIL = 'LOT_UNKNOWN';
	END IF;
	SELECT * INTO l FROM lot WHERE id = v_lot;
	RETURN l;
END
$$;

-- New rows of requests that the same one brings at the same time: the first one's
-- number; the others follow it.  The lot is taken (lot_takes).
--
-- Whoever has a bell rings the authority's own once this is committed.  Others, on
-- another machine, have it called, and only while it sleeps: a notification wakes
-- everybody who listens to anything, and no two commit at the same time with one.
-- While it is at work for such it holds the lock (1634952556, 1), and looks again
-- before it sleeps.  Before that last look it waits for whoever has asked and not
-- committed yet: they hold (1634952556, 2) until then.
--
-- This commit waits for no disk.  Nobody is told anything before the authority has
-- stored what it made, and what was committed before that is on the disk by then,
-- too; whoever gets no certificate yet is told so only after enrol_keep().
CREATE FUNCTION enrol_add(l lot, e enrolment, p_devices text[],
    p_spkis bytea[], p_csrs bytea[], p_tres text[], p_tacs text[]) RETURNS int
	LANGUAGE plpgsql
AS $$
DECLARE
	v_now timestamptz := assay_now();
	k int := cardinality(p_devices);
	before int;
BEGIN
	IF l.state NOT IN ('received', 'open') OR l.until <= v_now THEN
		RAISE EXCEPTION '% takes no devices any more', l.number
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_CLOSED';
	END IF;
	PERFORM FROM organisation WHERE id = l.organisation_id
	    AND state = 'active';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the supplier of % is not active', l.number
		    USING ERRCODE = 'AY002', DETAIL = 'ORGANISATION_NOT_ACTIVE';
	END IF;
	e.nth := rate_request(l.coc_id, e.principal_id, k, v_now);
	UPDATE enrolment_count SET n = n + k WHERE lot_id = l.id
	RETURNING n - k INTO before;
	IF before + k > l.count THEN
		RAISE EXCEPTION '% was opened for % requests, and they have '
		    'come', l.number, l.count
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_FULL';
	END IF;
	INSERT INTO lot_row (lot_id, row, device_id, csr, tre_id, tac)
	SELECT l.id, before + u.at, u.device, u.csr, nullif(u.tre, ''),
	    nullif(u.tac, '')
	FROM unnest(p_devices, p_csrs, p_tres, p_tacs)
	    WITH ORDINALITY AS u (device, csr, tre, tac, at);
	INSERT INTO enrolment (lot_id, row, device_id, spki_sha256,
	    principal_id, secret_sha256, factory_sha256, renews_issuer,
	    renews_index, proof, nth, bell, created)
	SELECT l.id, before + u.at, u.device, u.spki, e.principal_id,
	    e.secret_sha256, e.factory_sha256, e.renews_issuer,
	    e.renews_index, e.proof, e.nth + u.at, e.bell, v_now
	FROM unnest(p_devices, p_spkis) WITH ORDINALITY AS u (device, spki, at);
	IF e.bell IS NULL THEN
		PERFORM pg_advisory_xact_lock_shared(1634952556, 2);
		IF pg_try_advisory_xact_lock_shared(1634952556, 1) THEN
			PERFORM pg_notify('authority', 'enrolment');
		END IF;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	RETURN before + 1;
END
$$;

-- The row of a request: the one that is there for this very device and key, or
-- a new one.
CREATE FUNCTION enrol_row(l lot, e enrolment, p_csr bytea, p_tre text,
    p_tac text) RETURNS jsonb
	LANGUAGE plpgsql
AS $$
DECLARE
	old record;
BEGIN
	SELECT n.row, n.spki_sha256 = e.spki_sha256 AS same, r.state INTO old
	FROM enrolment n JOIN lot_row r USING (lot_id, row)
	WHERE n.lot_id = l.id AND n.device_id = e.device_id
	ORDER BY n.row DESC LIMIT 1;
	IF old.same AND old.state <> 'refused' THEN
		RETURN jsonb_build_object('lot', l.number, 'row', old.row,
		    'new', false);
	END IF;
	IF old.state = 'received' THEN
		RAISE EXCEPTION '% has asked already, for another key: wait '
		    'for the answer to that', e.device_id
		    USING ERRCODE = 'AY004', DETAIL = 'ENROLMENT_PENDING';
	END IF;
	RETURN jsonb_build_object('lot', l.number, 'row', enrol_add(l, e,
	    ARRAY[e.device_id], ARRAY[e.spki_sha256::bytea], ARRAY[p_csr],
	    ARRAY[p_tre], ARRAY[p_tac]), 'new', true);
END
$$;

-- Requests that one of the supplier's people brings, known by the SHA-256 of their
-- certificate: all of them new ones and in order, or none.  Why not, each of them
-- hears when it is brought by itself.
CREATE FUNCTION enrol_together(p_certificate bytea, p_lot text,
    p_devices text[], p_spkis bytea[], p_csrs bytea[], p_tres text[],
    p_tacs text[], p_bell int DEFAULT NULL) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	e enrolment;
	v_organisation bigint;
BEGIN
	SELECT p.id, p.organisation_id INTO e.principal_id, v_organisation
	FROM principal p JOIN organisation o ON o.id = p.organisation_id
	JOIN certificate c ON c.der_sha256 = sha256(p.cert_der)
	WHERE sha256(p.cert_der) = p_certificate AND c.state = 'issued'
	AND p.state = 'active' AND p.role = 'supplier' AND o.state = 'active';
	IF FOUND THEN
		l := lot_takes(p_lot);
	END IF;
	IF l.organisation_id = v_organisation AND NOT EXISTS (SELECT
	    FROM unnest(p_devices) u GROUP BY u HAVING count(*) > 1)
	    AND NOT EXISTS (SELECT FROM unnest(p_devices) u
	    CROSS JOIN LATERAL (SELECT FROM enrolment n
		WHERE n.lot_id = l.id AND n.device_id = u LIMIT 1) x) THEN
		e.bell := p_bell;
		RETURN enrol_add(l, e, p_devices, p_spkis, p_csrs, p_tres,
		    p_tacs);
	END IF;
	RAISE EXCEPTION 'these cannot be taken together'
	    USING ERRCODE = 'AY004', DETAIL = 'ENROL_ALONE';
END
$$;

-- What was recorded until now is on the disk once this is committed.
CREATE FUNCTION enrol_keep() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT pg_logical_emit_message(true, 'assay', '') $$;

-- Nobody hears the authority's bell here: it is called.
CREATE FUNCTION enrol_call() RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT pg_notify('authority', 'enrolment') $$;

-- Asked for by the lot's supplier: one of their people, who begins to act here.
CREATE FUNCTION enrol_by_supplier(p_principal bigint, p_lot text,
    p_device text, p_spki bytea, p_csr bytea, p_tre text, p_tac text,
    p_proof bytea, p_bell int DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	e enrolment;
	who principal;
BEGIN
	PERFORM actor_begin(p_principal);
	SELECT * INTO who FROM principal WHERE id = p_principal;
	IF who.role <> 'supplier' THEN
		PERFORM actor_must('supplier');
	END IF;
	l := lot_takes(p_lot);
	IF l.organisation_id <> who.organisation_id THEN
		RAISE EXCEPTION 'there is no open lot "%"', left(p_lot, 24)
		    USING ERRCODE = 'AY003', DETAIL = 'LOT_UNKNOWN';
	END IF;
	e.device_id := p_device;
	e.spki_sha256 := p_spki;
	e.principal_id := who.id;
	e.proof := p_proof;
	e.bell := p_bell;
	RETURN enrol_row(l, e, p_csr, p_tre, p_tac);
END
$$;

-- By whoever knows the device's secret, once: for the same request again the
-- secret is as good as the first time.  A client that names no lot means the one
-- that has the secret.
CREATE FUNCTION enrol_by_secret(p_lot text, p_device text, p_secret bytea,
    p_spki bytea, p_csr bytea, p_tre text, p_tac text, p_proof bytea,
    p_bell int DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot := lot_takes(coalesce(nullif(p_lot, ''), (SELECT x.number
	    FROM enrolment_secret y JOIN lot x ON x.id = y.lot_id
	    WHERE y.secret_sha256 = p_secret ORDER BY x.id DESC LIMIT 1), ''));
	s enrolment_secret;
	e enrolment;
	made jsonb;
BEGIN
	SELECT * INTO s FROM enrolment_secret
	WHERE lot_id = l.id AND secret_sha256 = p_secret;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this is no enrolment secret of % in %',
		    left(p_device, 32), l.number
		    USING ERRCODE = 'AY002', DETAIL = 'SECRET_WRONG';
	END IF;
	IF EXISTS (SELECT FROM enrolment n JOIN lot_row r USING (lot_id, row)
	    WHERE n.lot_id = l.id AND n.row = s.row AND r.state <> 'refused'
	    AND n.spki_sha256 <> p_spki) THEN
		RAISE EXCEPTION 'this enrolment secret was used already'
		    USING ERRCODE = 'AY002', DETAIL = 'SECRET_USED';
	END IF;
	e.device_id := p_device;
	e.spki_sha256 := p_spki;
	e.secret_sha256 := p_secret;
	e.proof := p_proof;
	e.bell := p_bell;
	made := enrol_row(l, e, p_csr, p_tre, p_tac);
	UPDATE enrolment_secret SET row = (made ->> 'row')::int
	WHERE lot_id = l.id AND secret_sha256 = p_secret;
	RETURN made;
END
$$;

-- By the device, with the certificate that it has.  What it contains and its
-- TAC are as the register has them.  A client that names no lot means the newest
-- under which its model renews.
CREATE FUNCTION enrol_by_device(p_lot text, p_certificate bytea,
    p_spki bytea, p_csr bytea, p_proof bytea, p_bell int DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	c certificate;
	d device;
	e enrolment;
	status text;
	before int;
BEGIN
	SELECT * INTO c FROM certificate WHERE der_sha256 = p_certificate
	    AND device_id IS NOT NULL;
	SELECT * INTO d FROM device WHERE id = c.device_id;
	l := lot_takes(coalesce(nullif(p_lot, ''), (SELECT number FROM lot
	    WHERE model_id = d.model_id AND state = 'open' AND renewal
	    ORDER BY id DESC LIMIT 1), ''));
	IF d.id IS NULL OR d.organisation_id <> l.organisation_id
	    OR d.model_id <> l.model_id THEN
		RAISE EXCEPTION 'the certificate that you show is of no device '
		    'that % is open for', l.number
		    USING ERRCODE = 'AY002', DETAIL = 'DEVICE_FOREIGN';
	END IF;
	IF NOT l.renewal THEN
		RAISE EXCEPTION '% is for new devices: none renews under it',
		    l.number
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_NOT_FOR_RENEWAL';
	END IF;
	IF c.spki_sha256 = p_spki THEN
		RAISE EXCEPTION 'to renew takes a new key'
		    USING ERRCODE = 'AY004', DETAIL = 'KEY_REGISTERED';
	END IF;
	-- asked again, when the answer was lost: the old one is superseded
	SELECT n.row INTO before FROM enrolment n
	    JOIN lot_row r USING (lot_id, row)
	    WHERE n.lot_id = l.id AND n.device_id = d.device_id
	    AND n.spki_sha256 = p_spki AND r.state = 'issued'
	    AND (n.renews_issuer, n.renews_index) = (c.issuer_id, c.index);
	IF FOUND THEN
		RETURN jsonb_build_object('lot', l.number, 'row', before,
		    'new', false);
	END IF;
	status := (SELECT s.state FROM certificate_status(c) s);
	IF status <> 'issued' OR d.state NOT IN ('accredited', 'in_service')
	THEN
		RAISE EXCEPTION 'the certificate is %, the device %: only what '
		    'is good renews', replace(status, '_', ' '),
		    replace(d.state, '_', ' ')
		    USING ERRCODE = 'AY002', DETAIL = 'DEVICE_NOT_GOOD';
	END IF;
	e.device_id := d.device_id;
	e.spki_sha256 := p_spki;
	e.renews_issuer := c.issuer_id;
	e.renews_index := c.index;
	e.proof := p_proof;
	e.bell := p_bell;
	RETURN enrol_row(l, e, p_csr, (SELECT t.device_id FROM binding b
	    JOIN device t ON t.id = b.tre_id
	    WHERE b.terminal_id = d.id AND b.until IS NULL), d.tac);
END
$$;

-- What came of it, for who asked: they know the row and its key.
CREATE FUNCTION enrol_result(p_lot text, p_row int, p_spki bytea)
	RETURNS TABLE (state text, reason text, detail text, certificate bytea,
	    issuer bytea)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT CASE WHEN r.state = 'received' AND l.state IN
	    ('rejected', 'issued') THEN 'refused' ELSE r.state END,
	    coalesce(r.reason, 'LOT_CLOSED'), coalesce(r.detail, l.reason),
	    certificate_der(c), i.cert_der
	FROM lot l JOIN lot_row r ON r.lot_id = l.id AND r.row = p_row
	JOIN enrolment n ON n.lot_id = l.id AND n.row = p_row
	    AND n.spki_sha256 = p_spki
	LEFT JOIN certificate c ON r.state = 'issued'
	    AND c.issuer_id = r.issuer_id AND c.index = r.index
	LEFT JOIN issuer i ON i.id = c.issuer_id
	WHERE l.number = p_lot AND l.kind = 'open';
END
$$;

-- The same of several that wait: of those that something came of.  Each is looked
-- up by itself: the tables are larger than any plan that was made for them knew.
-- To plan it for each number of rows anew takes six times as long as it does.
CREATE FUNCTION enrol_results(p_lot text, p_rows int[], p_spkis bytea[])
	RETURNS TABLE ("row" int, state text, reason text, detail text,
	    certificate bytea)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT r.row, r.state, r.reason, r.detail, c.der
	FROM (SELECT id FROM lot WHERE number = p_lot AND kind = 'open') l
	CROSS JOIN unnest(p_rows, p_spkis) AS u ("row", spki)
	CROSS JOIN LATERAL (SELECT x.* FROM lot_row x
	    WHERE x.lot_id = l.id AND x.row = u.row LIMIT 1) r
	CROSS JOIN LATERAL (SELECT x.spki_sha256 FROM enrolment x
	    WHERE x.lot_id = l.id AND x.row = u.row LIMIT 1) n
	LEFT JOIN LATERAL (SELECT CASE WHEN x.template_id IS NULL THEN x.der
		ELSE certificate_der(x) END AS der FROM certificate x
	    WHERE x.issuer_id = r.issuer_id AND x.index = r.index
	    LIMIT 1) c ON true
	WHERE r.state IN ('issued', 'refused') AND n.spki_sha256 = u.spki;
END
$$;

-- The CA certificates that whoever enrols in a lot needs: that of its issuing
-- CA, the roots of today and what links them (RFC 7030 section 4.1.3); and what
-- kind of device it is for.  The roots alone where no lot is named.
CREATE FUNCTION enrol_cas(p_lot text)
	RETURNS TABLE (kind text, certificate bytea)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_organisation bigint;
BEGIN
	SELECT m.kind, l.organisation_id INTO kind, v_organisation
	FROM lot l JOIN model m ON m.id = l.model_id
	WHERE l.number = p_lot AND l.kind = 'open';
	IF NOT FOUND AND p_lot <> '' THEN
		RETURN;
	END IF;
	FOR certificate IN SELECT i.cert_der FROM issuer i
	    WHERE i.state = 'active' AND i.role = kind AND NOT i.delegated
	    AND i.organisation_id = v_organisation
	    UNION ALL (SELECT r.certificate FROM root_certificates() r) LOOP
		kind := coalesce(kind, '');
		RETURN NEXT;
	END LOOP;
END
$$;

-- ---- renewed, by the authority

-- The row's new certificate is stored: those that the device had before are
-- superseded.  The one that it renews is looked at once more, under lock: who
-- revokes it or stops the device comes before this, which then makes nothing, or
-- after it, and finds it superseded.
CREATE FUNCTION enrol_renewed(p_lot bigint, p_row int) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	made certificate;
	c certificate;
BEGIN
	SELECT k.* INTO STRICT made FROM lot_row r JOIN certificate k
	    ON k.issuer_id = r.issuer_id AND k.index = r.index
	WHERE r.lot_id = p_lot AND r.row = p_row;
	PERFORM FROM device WHERE id = made.device_id FOR SHARE;
	PERFORM FROM certificate WHERE device_id = made.device_id
	    ORDER BY issuer_id, index FOR UPDATE;
	IF NOT EXISTS (SELECT FROM enrolment n
	    JOIN certificate k ON k.issuer_id = n.renews_issuer
	    AND k.index = n.renews_index
	    JOIN device d ON d.id = k.device_id, certificate_status(k) s
	    WHERE n.lot_id = p_lot AND n.row = p_row AND s.state = 'issued'
	    AND d.id = made.device_id
	    AND d.state IN ('accredited', 'in_service')) THEN
		RAISE EXCEPTION 'what row % renews is not good any more', p_row
		    USING ERRCODE = 'AY004', DETAIL = 'DEVICE_NOT_GOOD';
	END IF;
	FOR c IN SELECT * FROM certificate WHERE device_id = made.device_id
	    AND (issuer_id, index) <> (made.issuer_id, made.index)
	    AND state IN ('issued', 'on_hold')
	    ORDER BY issuer_id, index FOR UPDATE LOOP
		PERFORM certificate_end(c, crl_reason('superseded'));
	END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION lot_end(lot, text, timestamptz), lot_takes(text),
	enrol_add(lot, enrolment, text[], bytea[], bytea[], text[], text[]),
	enrol_row(lot, enrolment, bytea, text, text),
	enrol_renewed(bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lot_open(text, text, int, timestamptz, bool, bytea[],
	text, text), lot_close(text),
	enrol_by_supplier(bigint, text, text, bytea, bytea, text, text, bytea,
	    int),
	enrol_by_secret(text, text, bytea, bytea, bytea, text, text, bytea,
	    int),
	enrol_by_device(text, bytea, bytea, bytea, bytea, int),
	enrol_together(bytea, text, text[], bytea[], bytea[], text[], text[],
	    int), enrol_call(),
	enrol_result(text, int, bytea), enrol_results(text, int[], bytea[]),
	enrol_cas(text), enrol_keep() TO assay_api;
GRANT EXECUTE ON FUNCTION enrol_renewed(bigint, int), lot_enrolled(lot)
	TO assay_authority;
