-- Custody: whose subscription is in a device.  An operator that was permitted to
-- put one there says that it did (336), and has the device in its custody until
-- it gives it up, until another takes it over with its consent, or until the
-- body says otherwise (337).  While it lasts nobody else is permitted anything
-- (check 13, policy/decide_custody.c).
--
-- It is of the TrE, where the subscription lives, and goes with it into another
-- terminal; of a terminal that has no TrE it is of the terminal itself.

CREATE TABLE custody (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	-- not a number that counts: it would tell each operator how the others fare
	name uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
	device_id bigint NOT NULL REFERENCES device,
	organisation_id bigint NOT NULL REFERENCES organisation,
	-- the operator's own, never looked into; what could be a subscriber's
	-- number is none (policy/never.md); NULL: the body has awarded it
	reference text CHECK (reference ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
	    AND reference !~ '^[0-9]{10,}$'),
	locked_until timestamptz, -- of a subsidised one; it only gets shorter
	decision_id uuid REFERENCES decision, -- the last permit that was confirmed
	since timestamptz NOT NULL DEFAULT assay_now(),
	state text NOT NULL DEFAULT 'held',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((reference IS NULL) = (decision_id IS NULL))
);
CREATE UNIQUE INDEX custody_now ON custody (device_id)
	WHERE state IN ('held', 'disputed');
CREATE INDEX custody_device ON custody (device_id, id);
CREATE INDEX custody_organisation
	ON custody (organisation_id, state, since, id);
CREATE INDEX custody_state ON custody (state, since, id);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON custody
	FOR EACH ROW EXECUTE FUNCTION state_guard('custody');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON custody
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What never changes of one; and a lock is never longer than it was.
CREATE FUNCTION custody_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := '{state,effective,reference,locked_until,decision_id}';
BEGIN
	IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION 'a custody cannot change hands: it ends, and '
		    'another begins'
		    USING ERRCODE = 'AY002', DETAIL = 'CUSTODY_FIXED';
	ELSIF coalesce(NEW.locked_until, '-infinity')
	    > coalesce(OLD.locked_until, '-infinity') THEN
		RAISE EXCEPTION 'locked_until: a lock only gets shorter'
		    USING ERRCODE = 'AY004', DETAIL = 'LOCK_LONGER',
		    HINT = 'give the device up, and let it begin anew';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER custody_is_fixed BEFORE UPDATE ON custody
	FOR EACH ROW EXECUTE FUNCTION custody_is_fixed();

-- A consent that a permit has used up: once, whoever asks, also after a restart.
CREATE TABLE consent (
	organisation_id bigint NOT NULL REFERENCES organisation, -- who gave it
	jti text NOT NULL,
	decision_id uuid NOT NULL UNIQUE REFERENCES decision,
	custody_id bigint REFERENCES custody, -- NULL: nobody had it
	jws text NOT NULL,
	used timestamptz NOT NULL DEFAULT assay_now(),
	PRIMARY KEY (organisation_id, jti)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- ---- what there is

CREATE FUNCTION custody_of(p_device bigint) RETURNS custody
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c custody;
BEGIN
	SELECT * INTO c FROM custody WHERE device_id = p_device
	   AND state IN ('held', 'disputed');
	RETURN c;
END
$$;

-- Whose custody it would be: the TrE that was in a terminal then, or the terminal.
CREATE FUNCTION custody_subject(p_device bigint, p_at timestamptz)
	RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN coalesce((SELECT tre_id FROM binding
	    WHERE terminal_id = p_device AND until IS NULL AND since <= p_at),
	    (SELECT tre_id FROM binding
	    WHERE terminal_id = p_device AND until IS NOT NULL
	    AND since <= p_at AND until > p_at ORDER BY id DESC LIMIT 1),
	    p_device);
END
$$;

CREATE FUNCTION custody_json(c custody) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('custody', c.name, 'device',
	    d.kind || '/' || d.device_id, 'operator', o.handle,
	    'reference', c.reference,
	    'locked_until', json_time(c.locked_until),
	    'decision', c.decision_id, 'state', c.state,
	    'since', json_time(c.since), 'effective', json_time(c.effective))
	  FROM device d, organisation o
	 WHERE d.id = c.device_id AND o.id = c.organisation_id;
$$;

-- ---- for a decision: what check 13 asks for, and no more.  Who has the device
-- is nobody's to know who does not have it.

-- Of the custody that there is, or of none (NULLs), to that organisation.
CREATE FUNCTION custody_said(p_holder bigint, p_locked_until timestamptz,
    p_state text, p_asker bigint) RETURNS jsonb
	LANGUAGE sql STABLE
AS $$
	SELECT CASE WHEN p_holder IS NULL THEN
	    '{"holder": "nobody", "locked_until": null, "disputed": false}'
	    ELSE jsonb_build_object('holder', CASE p_holder WHEN p_asker
		THEN 'asker' ELSE 'another' END, 'locked_until',
		floor(extract(epoch FROM p_locked_until))::bigint,
		'disputed', p_state = 'disputed') END;
$$;

-- Which consents may have been used up in what a restore (380) has lost: those
-- issued up to then, by a clock that may be ahead by the 300 s that consents have;
-- NULL: none.  From then until it was noticed nothing was permitted.
CREATE FUNCTION consent_forgotten() RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT ceil(extract(epoch FROM max(created)))::bigint + 300
	    FROM restore WHERE state <> 'dismissed');
END
$$;

-- Who signed a consent, and is it theirs to give?  By the SHA-256 of their
-- certificate, the consent's number, and the certificate that it is about.  The
-- signature the api verifies, with what it gets from here.
CREATE FUNCTION consent_facts(p_signer bytea, p_jti text,
    p_certificate bytea)
	RETURNS TABLE (der bytea, standing text, facts jsonb)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_device bigint := (SELECT device_id FROM certificate
	    WHERE der_sha256 = p_certificate);
BEGIN
	PERFORM actor_must('operator');
	RETURN QUERY
	SELECT c.der, CASE WHEN p.state = 'active' AND o.state = 'active'
	    AND p.role = 'operator' THEN c.state ELSE 'locked' END,
	    jsonb_build_object('issuer', o.handle, 'organisation', o.id,
		'device', v_device,
		'custodian', coalesce((custody_of(v_device)).organisation_id
		    = o.id, false),
		'used', EXISTS (SELECT FROM consent x WHERE x.jti = p_jti
		    AND x.organisation_id = o.id),
		'forgotten', consent_forgotten())
	  FROM certificate c
	  JOIN principal p ON p.id = principal_of_certificate(p_signer)
	  JOIN organisation o ON o.id = p.organisation_id
	 WHERE c.der_sha256 = p_signer AND c.profile = 'access';
END
$$;

-- By a permit, in its transaction.  Of two permits at the same time the second
-- waits for the first, and is not given.
CREATE FUNCTION consent_use(p_decision uuid, p_organisation bigint,
    p_jti text, p_device bigint, p_jws text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	c custody := custody_of(p_device);
	n int;
BEGIN
	IF NOT EXISTS (SELECT FROM decision WHERE id = p_decision
	    AND principal_id = who.id AND created = assay_now()
	    AND verdict = 'permit' AND purpose = 'change_of_operator') THEN
		RAISE EXCEPTION 'no permit of now for a change of operator'
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_PERMITTED';
	END IF;
	INSERT INTO consent (organisation_id, jti, decision_id, custody_id,
	    jws)
	VALUES (p_organisation, p_jti, p_decision, CASE
	    WHEN c.organisation_id = p_organisation THEN c.id END, p_jws)
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n = 0 THEN
		RAISE EXCEPTION 'the consent was used for another question at '
		    'the same time: ask again'
		    USING ERRCODE = 'AY004', DETAIL = 'CONSENT_IN_USE';
	END IF;
	PERFORM notice_add('consent.used', p_organisation, p_jti,
	    jsonb_build_object('device', (SELECT kind || '/' || device_id
		FROM device WHERE id = p_device), 'target', (SELECT handle
		FROM organisation WHERE id = who.organisation_id)));
END
$$;

-- Those of a device, as people name it, that the actor sees.
CREATE FUNCTION custody_on(p_device text) RETURNS SETOF bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT c.id FROM device d
	  JOIN custody c ON c.device_id = d.id
	 WHERE d.kind = split_part(p_device, '/', 1)
	   AND d.device_id = substr(p_device, strpos(p_device, '/') + 1)
	   AND actor_sees(c.organisation_id);
END
$$;

GRANT SELECT ON custody TO assay_api;
GRANT EXECUTE ON FUNCTION custody_on(text),
	consent_facts(bytea, text, bytea),
	consent_use(uuid, bigint, text, bigint, text) TO assay_api;
CALL tenancy('custody', '{body} OR organisation_id = ANY {seen}');

CREATE FUNCTION owner_of_custody(p_id bigint) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT organisation_id FROM custody WHERE id = p_id $$;
