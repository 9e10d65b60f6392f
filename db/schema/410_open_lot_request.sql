-- Requests to open lots: who brings one, and the row that it becomes.

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
-- number; the others follow it.  The lot is taken (lot_takes), and read here: a lot's
-- header, carried from one function to the next, would be unpacked each time.
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
CREATE FUNCTION enrol_add(p_lot bigint, e enrolment, p_devices text[],
    p_spkis bytea[], p_csrs bytea[], p_tres text[], p_tacs text[]) RETURNS int
	LANGUAGE plpgsql
AS $$
DECLARE
	v_now timestamptz := assay_now();
	k int := cardinality(p_devices);
	l record;
	before int;
BEGIN
	SELECT x.number, x.state, x.until, x.count, x.reason,
	    x.stopped_on = (SELECT n FROM footing) AS stopped,
	    o.state = 'active' AS active, c.number AS coc,
	    c.used >= c.quota AS used_up, r.*
	  INTO l FROM lot x JOIN organisation o ON o.id = x.organisation_id
	  JOIN coc c ON c.id = x.coc_id
	 CROSS JOIN LATERAL rate_used(x.coc_id, e.principal_id, v_now) r
	 WHERE x.id = p_lot;
	IF l.state NOT IN ('received', 'open') OR l.until <= v_now THEN
		RAISE EXCEPTION '% takes no devices any more', l.number
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_CLOSED';
	END IF;
	IF NOT l.active THEN
		RAISE EXCEPTION 'the supplier of % is not active', l.number
		    USING ERRCODE = 'AY002', DETAIL = 'ORGANISATION_NOT_ACTIVE';
	END IF;
	IF l.stopped OR l.used_up AND e.renews_issuer IS NULL THEN
		RAISE EXCEPTION '% issues nothing now: %', l.number,
		    CASE WHEN l.stopped THEN l.reason ELSE
		    format('the quota of the CoC %s is used up', l.coc) END
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_STOPPED';
	END IF;
	IF l.coc_used + k > l.coc_most THEN
		PERFORM rate_refuse('coc_devices', l.coc_used, l.coc_first);
	ELSIF l.own_last - l.own_nth + 1 + k > l.own_most THEN
		PERFORM rate_refuse('principal_requests',
		    l.own_last - l.own_nth + 1, l.own_first);
	END IF;
	e.nth := CASE WHEN e.principal_id IS NOT NULL
	    THEN coalesce(l.own_last, 0) END;
	UPDATE enrolment_count SET n = n + k WHERE lot_id = p_lot
	RETURNING n - k INTO before;
	IF before + k > l.count THEN
		RAISE EXCEPTION '% was opened for % requests, and they have '
		    'come', l.number, l.count
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_FULL';
	END IF;
	INSERT INTO lot_row (lot_id, row, device_id, csr, tre_id, tac)
	SELECT p_lot, before + u.at, u.device, u.csr, nullif(u.tre, ''),
	    nullif(u.tac, '')
	FROM unnest(p_devices, p_csrs, p_tres, p_tacs)
	    WITH ORDINALITY AS u (device, csr, tre, tac, at);
	INSERT INTO enrolment (lot_id, row, device_id, spki_sha256,
	    principal_id, secret_sha256, factory_sha256, renews_issuer,
	    renews_index, confirms, proof, nth, bell, created)
	SELECT p_lot, before + u.at, u.device, u.spki, e.principal_id,
	    e.secret_sha256, e.factory_sha256, e.renews_issuer,
	    e.renews_index, e.confirms, e.proof, e.nth + u.at, e.bell, v_now
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

-- The row of a request: the one that is there for this very device and key, or a new
-- one.  Whoever was told to ask again does so with the same octets (RFC 7030 section
-- 4.2.3) and hears what came of them: for a while a request that was wrong by itself is
-- no new one.  What else was against it may have passed.
CREATE FUNCTION enrol_row(l lot, e enrolment, p_csr bytea, p_tre text,
    p_tac text) RETURNS jsonb
	LANGUAGE plpgsql
AS $$
DECLARE
	old record;
BEGIN
	SELECT n.row, n.spki_sha256 = e.spki_sha256 AS same, r.state,
	    r.csr = p_csr AND r.reason IN ('CSR_MALFORMED', 'CSR_SIGNATURE',
		'CRMF_POP', 'KEY_MALFORMED', 'KEY_NOT_ALLOWED', 'ROW_MALFORMED')
	    AND n.created > assay_now() - interval '10 minutes' AS again
	  INTO old
	FROM enrolment n JOIN lot_row r USING (lot_id, row)
	WHERE n.lot_id = l.id AND n.device_id = e.device_id
	ORDER BY n.row DESC LIMIT 1;
	IF old.same AND (old.state <> 'refused' OR old.again) THEN
		RETURN jsonb_build_object('lot', l.number, 'row', old.row,
		    'new', false);
	END IF;
	IF old.state = 'received' THEN
		RAISE EXCEPTION '% has asked already, for another key: wait '
		    'for the answer to that', e.device_id
		    USING ERRCODE = 'AY004', DETAIL = 'ENROLMENT_PENDING';
	END IF;
	IF old.state = 'refused' THEN
		PERFORM rate_device(l.id, e.device_id);
	END IF;
	IF e.renews_issuer IS NOT NULL THEN
		PERFORM rate_renewal(l.id, e.device_id);
	END IF;
	RETURN jsonb_build_object('lot', l.number, 'row', enrol_add(l.id, e,
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
	e enrolment;
	new bool;
BEGIN
	-- and the lot is taken, as by lot_takes()
	SELECT p.id, n.lot_id INTO e.principal_id, e.lot_id
	FROM principal p JOIN organisation o ON o.id = p.organisation_id
	JOIN certificate c ON c.der_sha256 = p_certificate
	JOIN lot l ON l.organisation_id = o.id AND l.number = p_lot
	JOIN enrolment_count n ON n.lot_id = l.id
	WHERE sha256(p.cert_der) = p_certificate AND c.state = 'issued'
	AND p.state = 'active' AND p.role = 'supplier' AND o.state = 'active'
	FOR UPDATE OF n;
	new := FOUND;
	IF new AND cardinality(p_devices) > 1 THEN
		new := NOT EXISTS (SELECT FROM unnest(p_devices) u
		    GROUP BY u HAVING count(*) > 1);
	END IF;
	IF new AND NOT EXISTS (SELECT FROM unnest(p_devices) u
	    CROSS JOIN LATERAL (SELECT FROM enrolment n
		WHERE n.lot_id = e.lot_id AND n.device_id = u LIMIT 1) x) THEN
		e.bell := p_bell;
		RETURN enrol_add(e.lot_id, e, p_devices, p_spkis, p_csrs, p_tres,
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
-- under which its model renews.  p_confirms: it says first that it has the new one,
-- or its old one goes on (410_open_lot_confirm.sql).
CREATE FUNCTION enrol_by_device(p_lot text, p_certificate bytea,
    p_spki bytea, p_csr bytea, p_proof bytea, p_bell int DEFAULT NULL,
    p_confirms bool DEFAULT false) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	c certificate;
	d device;
	e enrolment;
	status text;
	before record;
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
	IF certificate_key(c) = p_spki THEN
		RAISE EXCEPTION 'to renew takes a new key'
		    USING ERRCODE = 'AY004', DETAIL = 'KEY_REGISTERED';
	END IF;
	-- asked again, when the answer was lost: the old one may be superseded
	SELECT n.row, r.issuer_id, r.index INTO before
	FROM enrolment n JOIN lot_row r USING (lot_id, row)
	    WHERE n.lot_id = l.id AND n.device_id = d.device_id
	    AND n.spki_sha256 = p_spki AND r.state = 'issued'
	    AND (n.renews_issuer, n.renews_index) = (c.issuer_id, c.index);
	IF FOUND THEN
		PERFORM device_renewal_again(before.issuer_id, before.index,
		    p_confirms);
		RETURN jsonb_build_object('lot', l.number, 'row',
		    before.row, 'new', false);
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
	e.confirms := p_confirms;
	e.proof := p_proof;
	e.bell := p_bell;
	RETURN enrol_row(l, e, p_csr, (SELECT t.device_id FROM binding b
	    JOIN device t ON t.id = b.tre_id
	    WHERE b.terminal_id = d.id AND b.until IS NULL), d.tac);
END
$$;
