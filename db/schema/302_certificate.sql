-- Certificates: what is said of one, and what may be done with it.

-- RFC 5280 section 4.1.2.5: two digits for the year until 2049.
CREATE FUNCTION asn1_time(t timestamptz) RETURNS bytea
	LANGUAGE sql STABLE
AS $$
	SELECT convert_to(to_char(t AT TIME ZONE 'UTC', CASE
	    WHEN t < '2050-01-01 00:00:00+00' THEN 'YYMMDDHH24MISS"Z"'
	    ELSE 'YYYYMMDDHH24MISS"Z"' END), 'UTF8');
$$;

-- Its template's octets between serial number and name, and its dates in them.
CREATE FUNCTION certificate_dated(t certificate_template,
    p_not_before timestamptz) RETURNS bytea
	LANGUAGE sql STABLE
AS $$
	SELECT t.pieces[2] || asn1_time(p_not_before)
	    || t.pieces[3] || coalesce(asn1_time(p_not_before
		+ t.lasts * interval '1 second'), '')
	    || t.pieces[4];
$$;

-- A certificate put together: written so that PostgreSQL makes it part of the
-- query that has the pieces and the device at hand.  (An id is ASCII, which every
-- encoding of a client has as it is; textsend() costs the least.)
CREATE FUNCTION certificate_written(c certificate, p_octets int, p_1 bytea,
    p_dated bytea, p_5 bytea, p_6 bytea, p_7 bytea, p_8 bytea, p_9 bytea,
    p_device text) RETURNS bytea
	LANGUAGE sql STABLE
AS $$
	SELECT '\x3082'::bytea
	    || int2send((p_octets + octet_length(c.signature))::int2)
	    || p_1 || c.serial
	    || (p_dated || textsend(p_device))
	    || (p_5 || c.point)
	    || (p_6 || substr(pg_catalog.sha256(c.point), 1, 20))
	    || (p_7 || textsend(p_device))
	    || (p_8 || coalesce(c.binding, '') || p_9 || c.signature);
$$;
CREATE FUNCTION certificate_written(c certificate, t certificate_template,
    p_device text) RETURNS bytea
	LANGUAGE sql STABLE
AS $$
	SELECT certificate_written(c, t.octets, t.pieces[1],
	    certificate_dated(t, c.not_before), t.pieces[5], t.pieces[6],
	    t.pieces[7], t.pieces[8], t.pieces[9], p_device);
$$;

-- The certificate itself.
CREATE FUNCTION certificate_der(c certificate) RETURNS bytea
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF c.template_id IS NULL THEN
		RETURN c.der;
	END IF;
	RETURN (SELECT certificate_written(c, t, d.device_id)
	    FROM certificate_template t, device d
	    WHERE t.id = c.template_id AND d.id = c.device_id);
END
$$;

-- What is stored must be what was signed, to the last octet: it is put together
-- here as readers will have it.  Devices are looked up one by one, however few
-- the statistics say there are; what a template and a date give, once for all.
CREATE FUNCTION certificate_whole() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
	SET enable_seqscan = off SET enable_hashjoin = off
	SET enable_mergejoin = off
AS $$
DECLARE
	k record;
	p bytea[];
	v_index bigint;
BEGIN
	FOR k IN SELECT a.template_id, a.not_before, t.octets, t.pieces,
	    certificate_dated(t, a.not_before) AS dated
	    FROM (SELECT DISTINCT template_id, not_before FROM added
		WHERE template_id IS NOT NULL) a
	    LEFT JOIN certificate_template t ON t.id = a.template_id LOOP
		p := k.pieces;
		SELECT c.index INTO v_index FROM added c
		    LEFT JOIN device d ON d.id = c.device_id
		WHERE c.template_id = k.template_id
		AND c.not_before = k.not_before
		AND c.der_sha256 IS DISTINCT FROM pg_catalog.sha256(
		    certificate_written(c, k.octets, p[1], k.dated, p[5], p[6],
			p[7], p[8], p[9], d.device_id))
		LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'the certificate with the index % cannot '
			    'be put together as it was signed', v_index
			    USING ERRCODE = 'AY002',
			    DETAIL = 'CERTIFICATE_NOT_WHOLE';
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER certificate_whole AFTER INSERT ON certificate
	REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION certificate_whole();

-- What every channel must say about a certificate: its own state and what the
-- measures on its cohorts say, taken together as ca/revoke/status.c does.
--
-- Revoked by itself or by a cohort: since the earliest of them, or of its own
-- hold; the reason is keyCompromise if one of them says so, else the
-- earliest's.  Else on hold since the first hold, its own or a cohort's.
CREATE FUNCTION certificate_status(c certificate, OUT state text,
    OUT reason int, OUT since timestamptz, OUT invalidity timestamptz,
    OUT event_id bigint, OUT measures text[])
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	h record;
	first timestamptz; -- hold or revocation
BEGIN
	state := c.state;
	reason := CASE WHEN c.state = 'issued' THEN 0 ELSE c.reason END;
	measures := '{}';
	IF c.state <> 'issued' THEN
		since := date_trunc('second', c.changed);
		invalidity := c.invalidity;
		event_id := c.event_id;
	END IF;
	IF c.lot_id IS NULL THEN
		RETURN;
	END IF;
	first := since;
	FOR h IN SELECT s.since, s.event_id, s.reason, m.number
	    FROM lot_status s LEFT JOIN measure m ON m.id = s.measure_id
	    WHERE s.lot_id = c.lot_id
	    AND (s.issuer_id IS NULL OR s.issuer_id = c.issuer_id)
	    ORDER BY s.reason = 6, s.since, s.event_id LOOP
		IF h.number IS NOT NULL THEN -- a CoC's withdrawal has none
			measures := measures || h.number;
		END IF;
		CONTINUE WHEN state = 'revoked' AND h.reason = 6;
		first := least(first, h.since);
		CONTINUE WHEN state = 'revoked' AND
		    (reason = 1 OR since <= h.since AND h.reason <> 1);
		CONTINUE WHEN state = 'on_hold' AND h.reason = 6
		    AND since <= h.since;
		state := CASE h.reason WHEN 6 THEN 'on_hold' ELSE 'revoked' END;
		reason := h.reason;
		since := h.since;
		invalidity := NULL;
		event_id := h.event_id;
	END LOOP;
	since := first;
END
$$;

-- RFC 5280 section 5.3.1, as people write them.
CREATE FUNCTION crl_reason(p_name text) RETURNS int
	LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN CASE p_name
	    WHEN 'unspecified' THEN 0
	    WHEN 'keyCompromise' THEN 1
	    WHEN 'cACompromise' THEN 2
	    WHEN 'affiliationChanged' THEN 3
	    WHEN 'superseded' THEN 4
	    WHEN 'cessationOfOperation' THEN 5
	    WHEN 'certificateHold' THEN 6
	    WHEN 'privilegeWithdrawn' THEN 9
	    WHEN 'aACompromise' THEN 10 END;
END
$$;
CREATE FUNCTION crl_reason_name(p_reason int) RETURNS text
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT name FROM unnest(ARRAY['unspecified', 'keyCompromise',
	    'cACompromise', 'affiliationChanged', 'superseded',
	    'cessationOfOperation', 'certificateHold', NULL, NULL,
	    'privilegeWithdrawn', 'aACompromise'])
	    WITH ORDINALITY AS t (name, n) WHERE n = p_reason + 1;
$$;

-- A certificate by its serial number or by the SHA-256 of its DER, both in
-- hex.
CREATE FUNCTION certificate_find(p_name text) RETURNS certificate
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	name text := lower(p_name);
	c certificate;
BEGIN
	IF name ~ '^[0-9a-f]{64}$' THEN
		SELECT * INTO c FROM certificate
		 WHERE der_sha256 = decode(name, 'hex');
	ELSIF name ~ '^([0-9a-f]{2}){1,20}$' THEN
		SELECT * INTO c FROM certificate
		 WHERE serial = decode(name, 'hex');
	ELSE
		RAISE EXCEPTION 'a certificate is named by its serial number or its SHA-256 in hex, not by "%"', p_name
		    USING ERRCODE = 'AY001', DETAIL = 'CERTIFICATE_NAME';
	END IF;
	IF c.issuer_id IS NULL THEN
		RAISE EXCEPTION 'no certificate %: none of ours has this number or hash', p_name
		    USING ERRCODE = 'AY003', DETAIL = 'CERTIFICATE_UNKNOWN';
	END IF;
	RETURN c;
END
$$;

-- One number for (issuer, index), where a subject has one number.
CREATE FUNCTION certificate_subject(p_issuer bigint, p_index bigint)
    RETURNS bigint
	LANGUAGE sql IMMUTABLE
	AS 'SELECT p_issuer * 281474976710656 + p_index';

-- Of a certificate only the status moves, and only along the legal ways.
CREATE FUNCTION certificate_guard() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF (NEW.issuer_id, NEW.index, NEW.profile, NEW.serial, NEW.der,
	    NEW.template_id, NEW.point, NEW.binding, NEW.signature,
	    NEW.der_sha256, NEW.spki_sha256, NEW.device_id, NEW.lot_id,
	    NEW.coc_id, NEW.not_before, NEW.issued) IS DISTINCT FROM
	   (OLD.issuer_id, OLD.index, OLD.profile, OLD.serial, OLD.der,
	    OLD.template_id, OLD.point, OLD.binding, OLD.signature,
	    OLD.der_sha256, OLD.spki_sha256, OLD.device_id, OLD.lot_id,
	    OLD.coc_id, OLD.not_before, OLD.issued) THEN
		RAISE EXCEPTION 'a certificate does not change, only its status does'
		    USING ERRCODE = 'AY002', DETAIL = 'CERTIFICATE_IMMUTABLE';
	END IF;
	IF NEW.state = OLD.state AND OLD.state = 'revoked' AND
	    NEW.reason NOT IN (OLD.reason, 1) THEN
		RAISE EXCEPTION 'the reason of a revocation may only move to keyCompromise'
		    USING ERRCODE = 'AY004', DETAIL = 'REASON_FINAL';
	END IF;
	IF NEW.state <> OLD.state AND NOT EXISTS (SELECT FROM transition
	    WHERE entity = 'certificate' AND from_state = OLD.state
	    AND to_state = NEW.state) THEN
		RAISE EXCEPTION 'a certificate cannot go from "%" to "%"',
		    replace(OLD.state, '_', ' '), replace(NEW.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	INSERT INTO history (entity, subject_id, from_state, to_state,
	    effective, recorded, principal_id, detail)
	VALUES ('certificate', certificate_subject(NEW.issuer_id, NEW.index),
	    OLD.state, NEW.state, coalesce(NEW.changed, assay_now()),
	    assay_now(), actor_id(), to_jsonb(NEW)
	        - '{template_id,point,binding,signature,der}'::text[]);
	RETURN NEW;
END
$$;
CREATE TRIGGER certificate_guard BEFORE UPDATE ON certificate
	FOR EACH ROW EXECUTE FUNCTION certificate_guard();

-- One certificate as the api shows it.
CREATE FUNCTION certificate_json(c certificate) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object(
	    'serial', encode(c.serial, 'hex'),
	    'sha256', encode(c.der_sha256, 'hex'),
	    'issuer', c.issuer_id, 'index', c.index, 'profile', c.profile,
	    'organisation', (SELECT o.handle FROM lot l JOIN organisation o
	        ON o.id = l.organisation_id WHERE l.id = c.lot_id),
	    'device', (SELECT jsonb_build_object('kind', d.kind,
	        'id', d.device_id) FROM device d WHERE d.id = c.device_id),
	    'lot', (SELECT l.number FROM lot l WHERE l.id = c.lot_id),
	    'coc', (SELECT k.number FROM coc k WHERE k.id = c.coc_id),
	    'not_before', json_time(c.not_before),
	    'issued', json_time(c.issued),
	    'state', s.state,
	    'reason', CASE WHEN s.state = 'issued' THEN NULL
	        ELSE crl_reason_name(s.reason) END,
	    'since', json_time(s.since),
	    'invalidity_date', json_time(s.invalidity),
	    'event', s.event_id,
	    'measures', to_jsonb(s.measures),
	    'certificate', translate(encode(certificate_der(c), 'base64'),
	        E'\n', ''))
	  FROM certificate_status(c) s;
$$;

-- What a caller is told of one: what is ours, everybody; a device's, operators
-- and who sees its supplier; a person's, who sees theirs.
CREATE FUNCTION certificate_get(p_name text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate := certificate_find(p_name);
BEGIN
	IF (c.lot_id IS NULL AND c.profile <> 'access'
		AND actor_active() IS NOT NULL)
	    OR (c.lot_id IS NOT NULL AND actor_kind() = 'operator')
	    OR actor_sees(coalesce(
		(SELECT l.organisation_id FROM lot l WHERE l.id = c.lot_id),
		(SELECT p.organisation_id FROM principal p WHERE p.id =
		    principal_of_certificate(c.der_sha256)))) THEN
		RETURN certificate_json(c);
	END IF;
	RETURN NULL;
END
$$;

-- Does the register have that very certificate, whatever its signature's s?
-- For operators, who ask about certificates that they were shown.
CREATE FUNCTION certificate_turned_over(p_serial bytea, p_tbs bytea,
    p_r bytea) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM actor_must('operator');
	RETURN EXISTS (SELECT FROM certificate c, certificate_der(c) o (octets)
	    WHERE c.serial = p_serial AND position(p_tbs IN o.octets) > 0
	    AND position(p_r IN o.octets) > 0);
END
$$;

-- Lock the certificate that an act is about.
CREATE FUNCTION certificate_lock(p_name text) RETURNS certificate
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate := certificate_find(p_name);
BEGIN
	SELECT * INTO c FROM certificate
	 WHERE issuer_id = c.issuer_id AND index = c.index FOR UPDATE;
	IF c.profile = 'root' THEN
		RAISE EXCEPTION 'the root stands under nobody who could revoke or hold it'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_IS_ROOT';
	END IF;
	RETURN c;
END
$$;

CREATE FUNCTION certificate_set(c certificate, p_kind text, p_state text,
    p_reason int, p_since timestamptz, p_invalidity timestamptz,
    p_legal_basis text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	e.kind := p_kind;
	e.issuer_id := c.issuer_id;
	e.first := c.index;
	e.count := 1;
	e.reason := p_reason;
	e.invalidity := p_invalidity;
	e.legal_basis := p_legal_basis;
	UPDATE certificate SET state = p_state, reason = p_reason,
	    changed = p_since, invalidity = p_invalidity,
	    event_id = status_append(e)
	 WHERE issuer_id = c.issuer_id AND index = c.index
	RETURNING * INTO c;
	RETURN certificate_json(c);
END
$$;

-- Revoked, for good; one on hold counts as revoked from the time of the hold.
CREATE FUNCTION certificate_end(c certificate, p_reason int,
    p_invalidity timestamptz DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT certificate_set(c, 'revoked', 'revoked', p_reason,
	    CASE c.state WHEN 'issued' THEN assay_now() ELSE c.changed END,
	    p_invalidity, NULL);
$$;

-- Final.  One security officer is enough: taking trust away is urgent, giving
-- it takes two.
CREATE FUNCTION certificate_revoke(p_name text, p_reason text,
    p_invalidity timestamptz) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
	s record;
	reason int := crl_reason(p_reason);
BEGIN
	PERFORM actor_must('security');
	IF reason IS NULL OR reason IN (6, 10) THEN
		RAISE EXCEPTION '"%" is no reason to revoke for: take unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn (RFC 5280 section 5.3.1)', p_reason
		    USING ERRCODE = 'AY001', DETAIL = 'REASON_UNKNOWN';
	END IF;
	IF p_invalidity > assay_now() THEN
		RAISE EXCEPTION 'invalidity_date lies in the future: it says since when the key was bad (RFC 5280 section 5.3.2)'
		    USING ERRCODE = 'AY001', DETAIL = 'INVALIDITY_IN_FUTURE';
	END IF;
	c := certificate_lock(p_name);
	s := certificate_status(c);
	IF s.state = 'revoked' AND (reason <> 1 OR s.reason = 1) THEN
		RAISE EXCEPTION 'the certificate is revoked already; its reason may only move to keyCompromise'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_REVOKED';
	END IF;
	RETURN certificate_end(c, reason, p_invalidity);
END
$$;

-- A supplier's CA whose own certificate is revoked issues nothing more; the next
-- lot gets a new one.
CREATE FUNCTION issuer_follow_certificate() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE issuer SET state = 'revoked'
	WHERE role IN ('tre', 'terminal') AND state <> 'revoked'
	    AND pg_catalog.sha256(cert_der) = NEW.der_sha256;
	RETURN NULL;
END
$$;
CREATE TRIGGER issuer_follow_certificate AFTER UPDATE OF state ON certificate
	FOR EACH ROW WHEN (NEW.state = 'revoked' AND NEW.device_id IS NULL)
	EXECUTE FUNCTION issuer_follow_certificate();

-- What is said of a CA: its own state, or that its certificate is on hold, or
-- that what a delegated one stands on is gone for now.
CREATE FUNCTION issuer_standing(i issuer) RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN i.state <> 'revoked' AND (EXISTS (SELECT FROM certificate
	    WHERE der_sha256 = pg_catalog.sha256(i.cert_der)
	    AND state = 'on_hold') OR i.delegated AND
	    NOT delegated_ca_stands(i.id)) THEN 'on_hold' ELSE i.state END;
END
$$;

-- The last look, in the transaction that stores: a CA that was revoked or held
-- since the indexes were reserved certifies nothing more.
CREATE FUNCTION index_range_stands() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM database_must_stand();
	IF NOT EXISTS (SELECT FROM issuer i WHERE i.id = NEW.issuer_id
	    AND issuer_standing(i) IN ('active', 'retired')) THEN
		RAISE EXCEPTION 'the CA % is revoked or on hold', NEW.issuer_id
		    USING ERRCODE = 'AY004', DETAIL = 'ISSUER_REVOKED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER index_range_stands BEFORE UPDATE OF state ON index_range
	FOR EACH ROW WHEN (NEW.state = 'issued' AND OLD.state <> 'issued')
	EXECUTE FUNCTION index_range_stands();

CREATE FUNCTION certificate_hold(p_name text, p_legal_basis text)
    RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	PERFORM actor_must('security');
	c := certificate_lock(p_name);
	IF c.state <> 'issued' OR lot_is_revoked(c.lot_id, c.issuer_id) THEN
		RAISE EXCEPTION 'only a certificate that is good can be put on hold: this one is %', replace((certificate_status(c)).state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_NOT_GOOD';
	END IF;
	RETURN certificate_set(c, 'held', 'on_hold', 6, assay_now(), NULL,
	    p_legal_basis);
END
$$;

-- What two people have agreed on: run by the authority, once it has read both
-- signatures itself (305_given_back.sql).
CREATE FUNCTION certificate_release(p_issuer bigint, p_index bigint)
    RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	SELECT * INTO c FROM certificate
	 WHERE issuer_id = p_issuer AND index = p_index FOR UPDATE;
	IF NOT FOUND OR c.state <> 'on_hold'
	    OR lot_is_revoked(c.lot_id, c.issuer_id) THEN
		RAISE EXCEPTION 'the certificate is not on hold by itself'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_NOT_HELD',
		    HINT = 'a measure that holds it is lifted, not released';
	END IF;
	RETURN certificate_set(c, 'released', 'issued', 0, NULL, NULL, NULL);
END
$$;

CREATE FUNCTION act_certificate_release(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT order_add(p.act, p.id, p.statement_id)';

-- The first of the two: propose to release a certificate from its own hold.
CREATE FUNCTION certificate_release_propose(p_name text, p_reason text)
    RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
	made proposal;
BEGIN
	c := certificate_lock(p_name);
	IF c.state <> 'on_hold' OR lot_is_revoked(c.lot_id, c.issuer_id) THEN
		RAISE EXCEPTION 'the certificate is not on hold by itself'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_NOT_HELD',
		    HINT = 'a measure that holds it is lifted, not released';
	END IF;
	PERFORM statement_must_say(format('/v1/certificates/%s/release',
	    p_name), jsonb_build_object('reason', p_reason));
	made := proposal_open('certificate_release',
	    certificate_subject(c.issuer_id, c.index),
	    encode(c.serial, 'hex'),
	    jsonb_build_object('certificate', encode(c.serial, 'hex'),
	        'reason', p_reason));
	RETURN proposal_json(made.id);
END
$$;

REVOKE EXECUTE ON FUNCTION certificate_der(certificate), certificate_lock(text),
	certificate_set(certificate, text, text, int, timestamptz, timestamptz,
	    text),
	certificate_end(certificate, int, timestamptz),
	certificate_release(bigint, bigint), act_certificate_release(proposal)
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION certificate_get(text),
	certificate_turned_over(bytea, bytea, bytea),
	certificate_revoke(text, text, timestamptz),
	certificate_hold(text, text),
	certificate_release_propose(text, text), crl_reason(text),
	crl_reason_name(int)
	TO assay_api;
GRANT EXECUTE ON FUNCTION certificate_der(certificate),
	certificate_status(certificate), certificate_find(text),
	issuer_standing(issuer)
	TO assay_authority;
GRANT INSERT ON certificate_template TO assay_authority;
