-- What may be done with a certificate: revoked, held, released; and what follows
-- for a CA whose own it is.

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

-- Revoked, for good; one on hold counts as revoked from the time of the hold.  Since
-- when its key was bad stays said when only the reason moves.
CREATE FUNCTION certificate_end(c certificate, p_reason int,
    p_invalidity timestamptz DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT certificate_set(c, 'revoked', 'revoked', p_reason,
	    CASE c.state WHEN 'issued' THEN assay_now() ELSE c.changed END,
	    coalesce(p_invalidity, c.invalidity), NULL);
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
-- that what a delegated one stands on is gone for now.  (By its hash alone:
-- of what is not good, an index that nobody has counted yet looks short, and has the
-- million of a measure.)
CREATE FUNCTION issuer_standing(i issuer) RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN CASE WHEN i.state <> 'revoked' AND ((SELECT c.state
	    FROM certificate c WHERE c.der_sha256 = pg_catalog.sha256(
	    i.cert_der)) = 'on_hold' OR i.delegated AND
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
	certificate_release_propose(text, text) TO assay_api;
GRANT EXECUTE ON FUNCTION certificate_der(certificate),
	certificate_status(certificate), issuer_standing(issuer)
	TO assay_authority;
GRANT INSERT ON certificate_template TO assay_authority;
