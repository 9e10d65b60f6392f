-- A renewal that the device is to confirm (CMP, RFC 9483 section 4.1.3): until it
-- does both its certificates are good, and the old one is what it has.  Confirmed,
-- the old one is superseded; rejected, or not confirmed in time, the new one is
-- revoked and the old one goes on.  So whoever loses a message, or cannot use what
-- came, is not left with nothing.
--
-- The same as of people's certificates (425): who is permitted with the new one has
-- taken it, whatever became of their message; and whose old one is revoked or held
-- meanwhile has no other in their pocket.

CREATE TABLE device_renewal (
	issuer_id bigint NOT NULL, -- the new one
	index bigint NOT NULL,
	old_issuer bigint NOT NULL,
	old_index bigint NOT NULL,
	until timestamptz NOT NULL,
	accepted bool, -- NULL: not said yet
	created timestamptz NOT NULL DEFAULT assay_now(),
	PRIMARY KEY (issuer_id, index),
	FOREIGN KEY (issuer_id, index) REFERENCES certificate,
	FOREIGN KEY (old_issuer, old_index) REFERENCES certificate
);
CREATE INDEX device_renewal_old ON device_renewal (old_issuer, old_index)
	WHERE accepted IS NULL;
CREATE INDEX device_renewal_until ON device_renewal (until)
	WHERE accepted IS NULL;
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON device_renewal
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER device_renewal_is_fixed BEFORE UPDATE ON device_renewal
	FOR EACH ROW WHEN (OLD.accepted IS NULL)
	EXECUTE FUNCTION only_changes('{accepted}',
	    'of a renewal only what the device says of it changes',
	    'RENEWAL_FIXED');
CREATE TRIGGER device_renewal_is_over BEFORE UPDATE ON device_renewal
	FOR EACH ROW WHEN (OLD.accepted IS NOT NULL)
	EXECUTE FUNCTION append_only();

-- Whoever revokes or holds takes the certificates first, and so does whoever comes
-- here.
CREATE FUNCTION device_certificates_lock(p_device bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM FROM device WHERE id = p_device FOR SHARE;
	PERFORM FROM certificate WHERE device_id = p_device
	    ORDER BY issuer_id, index FOR UPDATE;
END
$$;

-- The device has it.  What was never to be confirmed, or is already, stays as it is.
CREATE FUNCTION device_renewal_accept(made certificate) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r device_renewal;
	c certificate;
BEGIN
	SELECT * INTO r FROM device_renewal
	WHERE issuer_id = made.issuer_id AND index = made.index;
	IF NOT FOUND OR r.accepted THEN
		RETURN;
	END IF;
	PERFORM device_certificates_lock(made.device_id);
	UPDATE device_renewal SET accepted = true
	WHERE issuer_id = made.issuer_id AND index = made.index
	AND accepted IS NULL;
	IF NOT FOUND AND NOT (SELECT accepted FROM device_renewal WHERE
	    issuer_id = made.issuer_id AND index = made.index) THEN
		RAISE EXCEPTION 'the certificate was rejected, or not confirmed '
		    'in time, or the one that it renews has ended: the one of '
		    'before is what counts'
		    USING ERRCODE = 'AY004', DETAIL = 'RENEWAL_OVER';
	END IF;
	SELECT * INTO c FROM certificate WHERE issuer_id = r.old_issuer
	    AND index = r.old_index AND state IN ('issued', 'on_hold');
	IF FOUND THEN
		PERFORM certificate_end(c, crl_reason('superseded'));
	END IF;
END
$$;

-- The new one is not to be: nobody has used it.
CREATE FUNCTION device_renewal_drop(made certificate) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	PERFORM device_certificates_lock(made.device_id);
	UPDATE device_renewal SET accepted = false
	WHERE issuer_id = made.issuer_id AND index = made.index
	AND accepted IS NULL;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT * INTO c FROM certificate WHERE issuer_id = made.issuer_id
	    AND index = made.index AND state IN ('issued', 'on_hold');
	IF FOUND THEN
		PERFORM certificate_end(c, crl_reason('cessationOfOperation'));
	END IF;
END
$$;

-- Asked for again with the old one.  By who confirms nothing (EST) it is accepted;
-- what was rejected comes no second time.
CREATE FUNCTION device_renewal_again(p_issuer bigint, p_index bigint,
    p_confirms bool) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	IF EXISTS (SELECT FROM device_renewal WHERE issuer_id = p_issuer
	    AND index = p_index AND NOT accepted) THEN
		RAISE EXCEPTION 'the certificate for this key was rejected, or '
		    'not confirmed in time: ask for one for another key'
		    USING ERRCODE = 'AY004', DETAIL = 'KEY_REGISTERED';
	END IF;
	IF p_confirms IS NOT TRUE THEN
		SELECT * INTO STRICT c FROM certificate
		WHERE issuer_id = p_issuer AND index = p_index;
		PERFORM device_renewal_accept(c);
	END IF;
END
$$;

-- Somebody revokes or holds one of the two: the new one, then the old one is no way
-- round that; or the old one, then nothing comes of the new one, unless that took its
-- place, as a restore says that has lost the confirmation.  At the end of that
-- transaction, when whoever ends all of a device's has done so.
CREATE FUNCTION device_renewal_follow() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	IF EXISTS (SELECT FROM device_renewal WHERE issuer_id = NEW.issuer_id
	    AND index = NEW.index AND accepted IS NULL) THEN
		PERFORM device_renewal_accept(NEW);
	END IF;
	FOR c IN SELECT k.* FROM device_renewal r JOIN certificate k
	    USING (issuer_id, index)
	    WHERE r.accepted IS NULL AND r.old_issuer = NEW.issuer_id
	    AND r.old_index = NEW.index LOOP
		IF NEW.state = 'revoked'
		    AND NEW.reason = crl_reason('superseded') THEN
			PERFORM device_renewal_accept(c);
		ELSE
			PERFORM device_renewal_drop(c);
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER device_renewal_follow AFTER UPDATE OF state ON certificate
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.device_id IS NOT NULL
	    AND NEW.state IN ('revoked', 'on_hold')
	    AND NEW.state <> OLD.state)
	EXECUTE FUNCTION device_renewal_follow();

-- Has anybody been permitted with it?
CREATE FUNCTION certificate_was_permitted(c certificate) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM decision
		WHERE tre_sha256 = c.der_sha256 AND verdict = 'permit')
	    OR EXISTS (SELECT FROM decision
		WHERE platform_sha256 = c.der_sha256 AND verdict = 'permit');
$$;

CREATE FUNCTION clock_device_renewal(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
	n int := 0;
BEGIN
	FOR c IN SELECT k.* FROM device_renewal r JOIN certificate k
	    USING (issuer_id, index)
	    WHERE r.accepted IS NULL AND r.until <= p_now
	    ORDER BY r.until LOOP
		IF certificate_was_permitted(c) THEN
			PERFORM device_renewal_accept(c);
		ELSE
			PERFORM device_renewal_drop(c);
		END IF;
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (432, 'device_renewal',
    'a renewed certificate that its device does not confirm within an hour is revoked');

REVOKE EXECUTE ON FUNCTION device_certificates_lock(bigint),
	device_renewal_accept(certificate), device_renewal_drop(certificate),
	device_renewal_again(bigint, bigint, bool),
	certificate_was_permitted(certificate),
	clock_device_renewal(timestamptz)
	FROM PUBLIC;
