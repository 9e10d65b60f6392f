-- CMP (RFC 9810) into open lots.
--
-- The protocol runs in many workers and over many messages, so what one of them
-- must know of those before stands here.  A transaction is known by its id and
-- by who began it: the same message again is answered as it was, and makes
-- nothing a second time.

CREATE TABLE cmp_transaction (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	lot_id bigint NOT NULL REFERENCES lot,
	transaction bytea NOT NULL CHECK (octet_length(transaction) <= 64),
	-- SHA-256 of the certificate that signs, or of a MAC's id and key as of
	-- a secret (410)
	signer sha256 NOT NULL,
	request bytea NOT NULL CHECK (octet_length(request) <= 16384),
	row int,             -- of a request for a certificate
	spki_sha256 sha256,
	nonce bytea,         -- senderNonce of our last answer
	accepted bool,       -- by certConf; NULL: not said yet
	created timestamptz NOT NULL DEFAULT assay_now(),
	-- with what each device's rate counts, however many it has begun by now
	UNIQUE (signer, transaction) INCLUDE (created)
);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON cmp_transaction
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

INSERT INTO rate (name, per, most, what) VALUES
	('device_transactions', '1 hour', 100,
	    'transactions that one device begins by CMP');

-- What a message to that open lot is judged by; with its CA's CRL, which may be long,
-- for whom it is asked of.
CREATE FUNCTION cmp_lot(p_lot text, p_crl bool)
	RETURNS TABLE (header_jws text, issuer bytea, root bytea, crl bytea)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT l.header_jws, i.cert_der, r.cert_der, CASE WHEN p_crl THEN (SELECT
	    publication_content(id) FROM publication WHERE path = (SELECT format('public/crl/%s/%s.crl',
	    c.issuer_id, c.shard) FROM crl c WHERE c.issuer_id = i.id
	    ORDER BY c.shard DESC LIMIT 1) ORDER BY id DESC LIMIT 1) END
	FROM lot l JOIN model m ON m.id = l.model_id
	LEFT JOIN issuer i ON i.state = 'active' AND i.role = m.kind
	    AND NOT i.delegated AND i.organisation_id = l.organisation_id
	JOIN issuer r ON r.id = i.root_id OR i.id IS NULL AND r.role = 'root'
	    AND r.state = 'active'
	WHERE l.number = p_lot AND l.kind = 'open' AND l.state <> 'rejected'
$$;

-- One that was begun: by that signer alone.
CREATE FUNCTION cmp_transaction_get(p_lot text, p_transaction bytea,
    p_signer bytea) RETURNS TABLE (id bigint, request bytea, "row" int,
    spki_sha256 bytea, nonce bytea, accepted bool)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT t.id, t.request, t.row, t.spki_sha256, t.nonce, t.accepted
	FROM cmp_transaction t JOIN lot l ON l.id = t.lot_id
	WHERE l.number = p_lot AND t.transaction = p_transaction
	AND t.signer = p_signer
$$;

-- Begun: a new one, or the same message again.  The commit of what answers it
-- waits for the disk, and this one with it.  Each message is kept, whatever comes of
-- it, so that a device (p_device), of which there are many, begins so many only; what
-- factories ask for the CoC's rates count.
CREATE FUNCTION cmp_transaction_begin(p_lot text, p_transaction bytea,
    p_signer bytea, p_request bytea, p_device bool) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot := lot_takes(p_lot);
	t cmp_transaction;
	v_since timestamptz := rate_since('device_transactions');
BEGIN
	SELECT * INTO t FROM cmp_transaction
	WHERE transaction = p_transaction AND signer = p_signer FOR UPDATE;
	IF FOUND AND (t.lot_id <> l.id OR t.request <> p_request) THEN
		RAISE EXCEPTION 'this transactionID was used for another '
		    'request: take a fresh one'
		    USING ERRCODE = 'AY004', DETAIL = 'CMP_TRANSACTION_IN_USE';
	END IF;
	IF t.accepted IS NOT NULL THEN
		RAISE EXCEPTION 'this transaction is over'
		    USING ERRCODE = 'AY004', DETAIL = 'CMP_TRANSACTION_IN_USE';
	END IF;
	IF t.id IS NULL AND p_device THEN
		PERFORM rate_must('device_transactions', count(*), min(created))
		FROM cmp_transaction WHERE signer = p_signer
		    AND created > v_since;
	END IF;
	IF t.id IS NULL THEN
		INSERT INTO cmp_transaction (lot_id, transaction, signer,
		    request)
		VALUES (l.id, p_transaction, p_signer, p_request)
		RETURNING * INTO t;
	END IF;
	PERFORM set_config('synchronous_commit', 'off', true);
	RETURN t.id;
END
$$;

-- The certificate that came of it so far.
CREATE FUNCTION cmp_certificate(p_id bigint) RETURNS certificate
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT k FROM cmp_transaction t
	JOIN lot_row r ON r.lot_id = t.lot_id AND r.row = t.row
	JOIN certificate k ON k.issuer_id = r.issuer_id AND k.index = r.index
	WHERE t.id = p_id
$$;

-- Until when a row's certificate is to be confirmed; NULL: it need not be.
CREATE FUNCTION cmp_confirm_until(p_lot text, p_row int) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT x.until FROM lot l
	JOIN lot_row r ON r.lot_id = l.id AND r.row = p_row
	JOIN device_renewal x ON x.issuer_id = r.issuer_id AND x.index = r.index
	WHERE l.number = p_lot AND x.accepted IS NULL
$$;

-- What came of it so far.  A row that is known stays.  Accepted, a renewal ends what
-- the device had before.
CREATE FUNCTION cmp_transaction_set(p_id bigint, p_row int, p_spki bytea,
    p_nonce bytea, p_accepted bool) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE cmp_transaction SET row = coalesce(row, p_row),
	    spki_sha256 = coalesce(spki_sha256, p_spki), nonce = p_nonce,
	    accepted = coalesce(accepted, p_accepted)
	WHERE id = p_id;
	IF p_accepted THEN
		PERFORM device_renewal_accept(cmp_certificate(p_id));
	END IF;
END
$$;

-- Who was to have the certificate won't: it is revoked.  Nobody has used it, and a
-- device that renews has its old one still; what it has confirmed, or never was to,
-- it revokes as any other.  So it does what took the place of one that has ended at
-- once, by EST or with another TrE: it would be left with none.  Where there is none
-- yet none is made: the authority, which takes rows that wait and no others, either
-- sees this or is seen here.
CREATE FUNCTION cmp_reject(p_id bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_lot bigint;
	c certificate;
	renewal device_renewal;
BEGIN
	UPDATE lot_row r SET state = 'refused', reason = 'CMP_REJECTED',
	    detail = 'who asked for it rejected it before it was issued'
	FROM cmp_transaction t
	WHERE t.id = p_id AND t.accepted IS NULL AND r.lot_id = t.lot_id
	AND r.row = t.row AND r.state = 'received' RETURNING r.lot_id INTO v_lot;
	IF FOUND THEN
		UPDATE lot SET refused = refused + 1 WHERE id = v_lot;
		RETURN;
	END IF;
	c := (SELECT cmp_certificate(id) FROM cmp_transaction
	    WHERE id = p_id AND accepted IS NULL);
	IF c.device_id IS NULL THEN
		RETURN;
	END IF;
	PERFORM device_certificates_lock(c.device_id);
	SELECT * INTO c FROM certificate
	WHERE issuer_id = c.issuer_id AND index = c.index;
	SELECT * INTO renewal FROM device_renewal
	WHERE issuer_id = c.issuer_id AND index = c.index;
	IF renewal.accepted OR renewal.issuer_id IS NULL AND EXISTS (SELECT
	    FROM certificate k WHERE k.device_id = c.device_id
	    AND (k.issuer_id, k.index) <> (c.issuer_id, c.index)) THEN
		RAISE EXCEPTION 'the certificate was accepted already, and the '
		    'one of before has ended: it is revoked by rr'
		    USING ERRCODE = 'AY004', DETAIL = 'CMP_CONFIRMED';
	ELSIF renewal.issuer_id IS NOT NULL THEN
		PERFORM device_renewal_drop(c);
	ELSIF c.state IN ('issued', 'on_hold') THEN
		PERFORM certificate_end(c, crl_reason('cessationOfOperation'));
	END IF;
END
$$;

-- By a factory of the lot's supplier: as enrol_by_supplier().
CREATE FUNCTION enrol_by_factory(p_lot text, p_device text, p_factory bytea,
    p_spki bytea, p_csr bytea, p_tre text, p_tac text, p_proof bytea,
    p_bell int DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot := lot_takes(p_lot);
	e enrolment;
BEGIN
	e.device_id := p_device;
	e.spki_sha256 := p_spki;
	e.factory_sha256 := p_factory;
	e.proof := p_proof;
	e.bell := p_bell;
	RETURN enrol_row(l, e, p_csr, p_tre, p_tac);
END
$$;

-- The factory certificates that a lot's header names: SHA-256 of each.
CREATE FUNCTION lot_factories(p_lot bigint) RETURNS bytea[]
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l record;
	said text;
BEGIN
	SELECT kind, header_jws INTO l FROM lot WHERE id = p_lot;
	IF l.kind IS DISTINCT FROM 'open' THEN
		RETURN '{}';
	END IF;
	said := translate(split_part(l.header_jws, '.', 2), '-_', '+/');
	RETURN ARRAY(SELECT pg_catalog.sha256(decode(f, 'base64'))
	    FROM jsonb_array_elements_text(convert_from(decode(rpad(said,
	    (length(said) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb
	    -> 'factory') f);
END
$$;

-- Revoked for its device or for its supplier: the signer is the certificate itself,
-- or a factory of the lot that is open, and the device came from a lot that names that
-- factory as well: what one line was given is nothing to all of a supplier's devices.
-- p_anchors: SHA-256 of those factory certificates that the signer leads to; NULL: it
-- is a device.
CREATE FUNCTION cmp_revoke(p_lot text, p_signer bytea, p_anchors bytea[],
    p_issuer bytea, p_serial bytea, p_reason int) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot := lot_takes(p_lot);
	c certificate;
	s record;
BEGIN
	SELECT k.* INTO c FROM certificate k
	JOIN issuer i ON i.id = k.issuer_id AND i.subject_der = p_issuer
	JOIN device d ON d.id = k.device_id
	    AND d.organisation_id = l.organisation_id
	WHERE k.serial = p_serial AND CASE WHEN p_anchors IS NULL
	    THEN k.der_sha256 = p_signer
	    ELSE lot_factories(l.id) && p_anchors
		AND (lot_factories(d.lot_id) && p_anchors
		OR lot_factories(d.latest_lot_id) && p_anchors) END
	FOR UPDATE OF k;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no certificate of this issuer and '
		    'serial number that its sender may have revoked'
		    USING ERRCODE = 'AY003', DETAIL = 'CMP_CERTIFICATE_UNKNOWN';
	END IF;
	IF p_anchors IS NOT NULL AND (l.state <> 'open' OR l.until <= assay_now()) THEN
		RAISE EXCEPTION '% is not open any more: its factory '
		    'certificates count for nothing', l.number
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_CLOSED';
	END IF;
	IF p_reason IN (2, 6, 7, 8, 9, 10) THEN
		RAISE EXCEPTION 'the reason is not one that a device or its '
		    'supplier revokes for: take unspecified, keyCompromise, '
		    'affiliationChanged, superseded or cessationOfOperation'
		    USING ERRCODE = 'AY001', DETAIL = 'REASON_UNKNOWN';
	END IF;
	s := certificate_status(c);
	IF s.state = 'revoked' AND (p_reason <> 1 OR s.reason = 1) THEN
		RAISE EXCEPTION 'the certificate is revoked already'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_REVOKED';
	END IF;
	PERFORM certificate_end(c, p_reason);
END
$$;

-- Is it a device's certificate of this register?  Whether it may renew or
-- revoke is for those functions.
CREATE FUNCTION cmp_device_certificate(p_sha256 bytea) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM certificate WHERE der_sha256 = p_sha256
	    AND device_id IS NOT NULL)
$$;

REVOKE EXECUTE ON FUNCTION cmp_reject(bigint), cmp_certificate(bigint),
	lot_factories(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cmp_lot(text, bool),
	cmp_transaction_get(text, bytea, bytea),
	cmp_transaction_begin(text, bytea, bytea, bytea, bool),
	cmp_transaction_set(bigint, int, bytea, bytea, bool),
	cmp_reject(bigint), cmp_confirm_until(text, int),
	enrol_by_factory(text, text, bytea, bytea, bytea, text, text, bytea,
	    int),
	cmp_revoke(text, bytea, bytea[], bytea, bytea, int),
	cmp_device_certificate(bytea) TO assay_api;
