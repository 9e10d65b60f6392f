-- Certificates: what is said of one, and who is told it.

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
	v_p256 bool; -- does it say that of the point behind it?
	v_index bigint;
BEGIN
	FOR k IN SELECT a.template_id, a.not_before, t.octets, t.pieces,
	    certificate_dated(t, a.not_before) AS dated
	    FROM (SELECT DISTINCT template_id, not_before FROM added
		WHERE template_id IS NOT NULL) a
	    LEFT JOIN certificate_template t ON t.id = a.template_id LOOP
		p := k.pieces;
		v_p256 := substr(p[5], octet_length(p[5]) - 25) = p256_header();
		SELECT c.index INTO v_index FROM added c
		    LEFT JOIN device d ON d.id = c.device_id
		WHERE c.template_id = k.template_id
		AND c.not_before = k.not_before
		AND (c.spki_sha256 IS NULL AND v_p256 IS NOT TRUE
		    OR c.der_sha256 IS DISTINCT FROM pg_catalog.sha256(
		    certificate_written(c, k.octets, p[1], k.dated, p[5], p[6],
			p[7], p[8], p[9], d.device_id)))
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
-- Our own function (412) adds none that is to be put together.
CREATE TRIGGER certificate_whole AFTER INSERT ON certificate
	REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT WHEN (current_user <> 'assay_owner')
	EXECUTE FUNCTION certificate_whole();

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
	    'coc', (SELECT k.number FROM coc k WHERE k.id = coalesce(c.coc_id,
	        (SELECT coc_id FROM certificate_template
	        WHERE id = c.template_id))),
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
