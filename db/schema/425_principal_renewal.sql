-- Renewal: a person or system gets a certificate for a new key, before the one that
-- they have runs out.  They sign for it with the key of today, and so nobody has to
-- vouch for them again: name, role and organisation stay what they were.
--
-- The new certificate is theirs from its first use on, and that supersedes the one
-- before: whoever loses the answer, or the new key, has the old one still.  And
-- whoever renews with a key that is not theirs is seen, since the other is shut out.

CREATE TABLE principal_renewal (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	principal_id bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL UNIQUE REFERENCES statement,
	csr bytea NOT NULL CHECK (octet_length(csr) <= 8192), -- DER
	old_sha256 sha256 NOT NULL, -- the certificate of whoever asked
	cert_der bytea,
	cert_issuer_id bigint,
	cert_serial bytea CHECK (octet_length(cert_serial) BETWEEN 1 AND 20),
	cert_not_after timestamptz,
	error text,
	state text NOT NULL DEFAULT 'asked',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (cert_issuer_id, cert_serial),
	CHECK ((state IN ('made', 'used')) <= (cert_der IS NOT NULL))
);
CREATE UNIQUE INDEX principal_renewal_cert
	ON principal_renewal (sha256(cert_der));
CREATE INDEX principal_renewal_old ON principal_renewal (old_sha256);
CREATE INDEX principal_renewal_of ON principal_renewal (principal_id, created);
CREATE UNIQUE INDEX principal_renewal_open ON principal_renewal (principal_id)
	WHERE state IN ('asked', 'made');
CREATE INDEX principal_renewal_made ON principal_renewal (effective)
	WHERE state = 'made';

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON principal_renewal
	FOR EACH ROW EXECUTE FUNCTION state_guard('principal_renewal');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON principal_renewal
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What was asked for stays as it was signed.
CREATE FUNCTION principal_renewal_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF (NEW.principal_id, NEW.statement_id, NEW.csr, NEW.old_sha256,
	    NEW.created) IS DISTINCT FROM (OLD.principal_id,
	    OLD.statement_id, OLD.csr, OLD.old_sha256, OLD.created)
	    OR OLD.cert_der IS NOT NULL AND NEW.cert_der
		IS DISTINCT FROM OLD.cert_der THEN
		RAISE EXCEPTION 'a renewal cannot change: ask for another'
		    USING ERRCODE = 'AY002', DETAIL = 'RENEWAL_FIXED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER principal_renewal_is_fixed BEFORE UPDATE ON principal_renewal
	FOR EACH ROW EXECUTE FUNCTION principal_renewal_is_fixed();

INSERT INTO rate (name, per, most, what) VALUES
	('principal_renewals', '1 day', 5, 'renewals of one person');

-- Whose a certificate is or was, by its SHA-256.
CREATE FUNCTION principal_of_certificate(p_sha256 bytea) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT id FROM principal WHERE sha256(cert_der) = p_sha256
	UNION ALL
	SELECT principal_id FROM principal_renewal
	WHERE sha256(cert_der) = p_sha256
	UNION ALL
	SELECT principal_id FROM principal_renewal WHERE old_sha256 = p_sha256
	LIMIT 1;
$$;
REVOKE EXECUTE ON FUNCTION principal_of_certificate(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION principal_of_certificate(bytea) TO assay_authority;

-- ---- asked for

-- It comes to nothing, and so does its certificate where there is one.
CREATE FUNCTION principal_renewal_drop(r principal_renewal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	UPDATE principal_renewal SET state = 'dropped',
	    effective = assay_now() WHERE id = r.id;
	SELECT * INTO c FROM certificate
	 WHERE der_sha256 = sha256(r.cert_der)
	   AND state IN ('issued', 'on_hold') FOR UPDATE;
	IF FOUND THEN
		PERFORM certificate_end(c, crl_reason('cessationOfOperation'));
	END IF;
END
$$;

CREATE FUNCTION principal_renewal_rate(p_principal bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_since timestamptz := rate_since('principal_renewals');
BEGIN
	PERFORM rate_must('principal_renewals', count(*), min(created))
	FROM principal_renewal WHERE principal_id = p_principal
	    AND created > v_since;
END
$$;

-- Whoever acts asks for a certificate of their own for that request's key.  What
-- they asked for before and have not used is dropped.
CREATE FUNCTION principal_renew(p_csr bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor();
	r principal_renewal;
BEGIN
	PERFORM statement_must_say('/v1/whoami/renew', jsonb_build_object(
	    'csr', translate(encode(p_csr, 'base64'), E'\n', '')));
	PERFORM FROM principal WHERE id = who.id FOR UPDATE;
	PERFORM principal_renewal_rate(who.id);
	FOR r IN SELECT * FROM principal_renewal WHERE principal_id = who.id
	    AND state IN ('asked', 'made') FOR UPDATE
	LOOP
		PERFORM principal_renewal_drop(r);
	END LOOP;
	INSERT INTO principal_renewal (principal_id, statement_id, csr,
	    old_sha256)
	VALUES (who.id, statement_id(), p_csr, sha256(who.cert_der))
	RETURNING * INTO r;
	PERFORM order_add('principal_renewal', r.id, statement_id());
	RETURN principal_renewal_newest(who.id);
END
$$;

-- The newest of a principal, for whoever sees them.
CREATE FUNCTION principal_renewal_newest(p_principal bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('state', r.state,
	    'certificate', translate(encode(r.cert_der, 'base64'), E'\n', ''),
	    'issuer', translate(encode(i.cert_der, 'base64'), E'\n', ''),
	    'serial', encode(r.cert_serial, 'hex'),
	    'not_after', json_time(r.cert_not_after), 'error', r.error,
	    'effective', json_time(r.effective),
	    'created', json_time(r.created))
	  FROM principal_renewal r JOIN principal p ON p.id = r.principal_id
	  LEFT JOIN issuer i ON i.id = r.cert_issuer_id
	 WHERE r.principal_id = p_principal AND actor_sees(p.organisation_id)
	 ORDER BY r.id DESC LIMIT 1);
END
$$;

-- The authority has judged it and says no.
CREATE FUNCTION principal_renewal_failed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE principal_renewal SET state = 'failed', error = NEW.error,
	    effective = assay_now()
	WHERE id = NEW.subject_id AND state = 'asked';
	RETURN NULL;
END
$$;
CREATE TRIGGER principal_renewal_failed AFTER UPDATE OF state ON "order"
	FOR EACH ROW WHEN (NEW.kind = 'principal_renewal' AND NEW.state = 'failed')
	EXECUTE FUNCTION principal_renewal_failed();

-- ---- made, and used

-- The certificate of before is on hold, or its principal locked: that is not got
-- round by another one.
CREATE FUNCTION principal_renewal_must_be_free(p principal, c certificate)
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF c.state IN ('revoked', 'on_hold') THEN
		RAISE EXCEPTION 'the certificate that % had before is %',
		    p.handle, replace(c.state, '_', ' ')
		    USING ERRCODE = 'AY002', DETAIL = 'CERTIFICATE_REVOKED';
	ELSIF p.state <> 'active' THEN
		RAISE EXCEPTION 'the principal % is %', p.handle, p.state
		    USING ERRCODE = 'AY002', DETAIL = 'PRINCIPAL_NOT_ACTIVE';
	END IF;
END
$$;

-- The first use of a certificate that is not its principal's yet: from now on it
-- is.  Asked before anybody acts, by whoever has shown it.
CREATE FUNCTION principal_renewal_use(p_der bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r principal_renewal;
	c certificate;
	p principal;
BEGIN
	-- as whoever holds or revokes it: the certificate first
	SELECT x.* INTO c FROM certificate x JOIN principal_renewal y
	    ON y.old_sha256 = x.der_sha256
	 WHERE sha256(y.cert_der) = sha256(p_der) AND y.state = 'made'
	   FOR UPDATE OF x;
	SELECT * INTO r FROM principal_renewal
	 WHERE sha256(cert_der) = sha256(p_der) AND state = 'made' FOR UPDATE;
	IF NOT FOUND THEN
		RETURN; -- another request of theirs was quicker
	END IF;
	SELECT * INTO p FROM principal WHERE id = r.principal_id FOR UPDATE;
	PERFORM principal_renewal_must_be_free(p, c);
	PERFORM set_config('assay.actor', r.principal_id::text, true);
	UPDATE principal_renewal SET state = 'used', effective = assay_now()
	 WHERE id = r.id;
	UPDATE principal SET cert_der = r.cert_der,
	    cert_issuer_id = r.cert_issuer_id, cert_serial = r.cert_serial,
	    cert_not_after = r.cert_not_after
	 WHERE id = r.principal_id RETURNING * INTO p;
	IF c.state = 'issued' THEN
		PERFORM certificate_end(c, crl_reason('superseded'));
	END IF;
	PERFORM notice_add('principal.renewed', p.organisation_id, p.handle,
	    jsonb_build_object('serial', encode(p.cert_serial, 'hex'),
	    'not_after', json_time(p.cert_not_after)));
END
$$;
GRANT EXECUTE ON FUNCTION principal_renew(bytea),
	principal_renewal_newest(bigint), principal_renewal_use(bytea)
	TO assay_api;
GRANT UPDATE (state, effective, cert_der, cert_issuer_id, cert_serial,
	cert_not_after) ON principal_renewal TO assay_authority;
GRANT SELECT ON principal_renewal TO assay_authority;

-- ---- what ends it

-- Whoever's certificate is revoked has no other in their pocket, and whoever is
-- removed has none at all.
CREATE FUNCTION principal_renewal_follow() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r principal_renewal;
BEGIN
	FOR r IN SELECT * FROM principal_renewal
	    WHERE state IN ('asked', 'made') AND CASE TG_TABLE_NAME
		WHEN 'principal' THEN
		    principal_id = (to_jsonb(NEW) ->> 'id')::bigint
		ELSE old_sha256 = (to_jsonb(NEW) ->> 'der_sha256')::bytea END
	    FOR UPDATE
	LOOP
		PERFORM principal_renewal_drop(r);
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER principal_renewal_removed AFTER UPDATE OF state ON principal
	FOR EACH ROW WHEN (NEW.state = 'removed' AND OLD.state <> 'removed')
	EXECUTE FUNCTION principal_renewal_follow();
CREATE TRIGGER principal_renewal_revoked AFTER UPDATE OF state ON certificate
	FOR EACH ROW WHEN (NEW.state = 'revoked' AND NEW.profile = 'access')
	EXECUTE FUNCTION principal_renewal_follow();

-- Nobody came for it.
CREATE FUNCTION clock_principal_renewal(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r principal_renewal;
	n int := 0;
BEGIN
	FOR r IN SELECT * FROM principal_renewal WHERE state = 'made'
	    AND effective <= p_now - interval '14 days' FOR UPDATE
	LOOP
		PERFORM principal_renewal_drop(r);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (450, 'principal_renewal',
    'a renewed credential that nobody has used for 14 days is revoked');

-- ---- in time

-- Whoever has a certificate hears 90, 30 and 7 days before it ends.
CREATE FUNCTION principal_ends() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NEW.state = 'removed' THEN
		PERFORM reminder_drop('principal.ends', NEW.handle);
	ELSIF NEW.cert_not_after IS NOT NULL THEN
		PERFORM reminder_set('principal.ends', NEW.organisation_id,
		    NEW.handle, NEW.cert_not_after);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER principal_ends AFTER UPDATE OF cert_not_after, state ON principal
	FOR EACH ROW EXECUTE FUNCTION principal_ends();
