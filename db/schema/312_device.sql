-- A device's life after its certificate: in service with its first permit,
-- quarantined by one person or by itself, given back by two, retired, stolen.

-- Operators that got a permit for it: they have, or had, a subscription there.  Who was
-- permitted a terminal alone has it in the TrE that was in it then, or is now.
CREATE FUNCTION device_operators(p_device bigint) RETURNS SETOF bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT d.organisation_id FROM certificate c
	  JOIN decision d ON d.tre_sha256 = c.der_sha256
	 WHERE c.device_id = p_device AND d.verdict = 'permit'
	UNION
	SELECT d.organisation_id FROM certificate c
	  JOIN decision d ON d.platform_sha256 = c.der_sha256
	 WHERE c.device_id = p_device AND d.verdict = 'permit'
	UNION
	SELECT d.organisation_id FROM binding b
	  JOIN certificate c ON c.device_id = b.terminal_id
	  JOIN decision d ON d.platform_sha256 = c.der_sha256
	 WHERE b.tre_id = p_device AND b.until IS NULL
	   AND d.verdict = 'permit' AND d.mode = 'platform_only'
	UNION
	SELECT d.organisation_id FROM binding b
	  JOIN certificate c ON c.device_id = b.terminal_id
	  JOIN decision d ON d.platform_sha256 = c.der_sha256
	 WHERE b.tre_id = p_device AND b.until IS NOT NULL
	   AND d.verdict = 'permit' AND d.mode = 'platform_only'
	   AND d.created <= b.until;
$$;

-- For its supplier and these operators.
CREATE FUNCTION device_notice(p_topic text, d device, p_subject text,
    p_detail jsonb) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add(p_topic, o, p_subject, p_detail ||
	    jsonb_build_object('device', d.kind || '/' || d.device_id))
	FROM (SELECT organisation_id AS o FROM model WHERE id = d.model_id
	    UNION SELECT device_operators(d.id)) concerned;
$$;

-- The only way from state to state but for going into service; whoever is
-- concerned hears of it.
CREATE FUNCTION device_set(d device, p_state text, p_reason text)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE device SET state = p_state, reason = p_reason WHERE id = d.id;
	PERFORM device_notice('device.' || CASE WHEN p_state IN
	    ('accredited', 'in_service') THEN 'released' ELSE p_state END, d,
	    d.kind || '/' || d.device_id, jsonb_build_object('was', d.state));
END
$$;

-- Another supplier's is none, to a supplier.
CREATE FUNCTION device_take(p_kind text, p_id text) RETURNS device
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	SELECT * INTO d FROM device
	 WHERE kind = p_kind AND device_id = p_id FOR UPDATE;
	IF NOT FOUND OR actor_role() = 'supplier' AND actor_org() <> (SELECT
	    organisation_id FROM model WHERE id = d.model_id) THEN
		RAISE EXCEPTION 'there is no % "%" in the register',
		    CASE p_kind WHEN 'tre' THEN 'TrE' ELSE 'terminal' END,
		    left(p_id, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'DEVICE_UNKNOWN';
	END IF;
	RETURN d;
END
$$;

CREATE FUNCTION device_must_be(d device, VARIADIC p_states text[])
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF d.state <> ALL (p_states) THEN
		RAISE EXCEPTION '%/% is %, not %', d.kind, d.device_id,
		    replace(d.state, '_', ' '),
		    replace(array_to_string(p_states, ' or '), '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'DEVICE_STATE';
	END IF;
END
$$;

-- ---- into service

-- After a permit, for devices that the decision saw as not yet in service:
-- later decisions need not call it.  Of two at the same time one does it.
CREATE FUNCTION device_serve(p_devices bigint[]) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
BEGIN
	PERFORM actor_must('operator');
	WITH fresh AS (
		SELECT id FROM device
		 WHERE id = ANY (p_devices) AND state = 'accredited'
		 ORDER BY id FOR UPDATE SKIP LOCKED
	) UPDATE device SET state = 'in_service', reason = NULL
	  FROM fresh WHERE device.id = fresh.id;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;

-- ---- into quarantine, and out of it

CREATE FUNCTION device_quarantine(p_kind text, p_id text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	PERFORM actor_must('security');
	PERFORM reason_must('quarantine', p_reason);
	d := device_take(p_kind, p_id);
	PERFORM device_must_be(d, 'accredited', 'in_service');
	PERFORM device_set(d, 'quarantined', p_reason);
	RETURN device_one(p_kind, p_id);
END
$$;

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('device_release', 'device', '{security}', '{security,decider}');

-- Not while it is open what happened, by the word of the TrE, the register, or
-- somebody whom the body has listened to: what anybody says keeps no device in.
CREATE FUNCTION device_must_be_cleared(d device) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	v_number text;
BEGIN
	SELECT i.number INTO v_number FROM incident i
	  JOIN incident_device x ON x.incident_id = i.id
	 WHERE x.device_id = d.id AND (i.state = 'triaged'
	    OR i.state = 'received' AND i.source <> 'principal')
	 ORDER BY i.id LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '%/% stays in quarantine while % is open: '
		    'confirm or dismiss that first', d.kind, d.device_id,
		    v_number
		    USING ERRCODE = 'AY004', DETAIL = 'INCIDENT_OPEN';
	END IF;
END
$$;

CREATE FUNCTION device_release_propose(p_kind text, p_id text,
    p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
	name text := p_kind || '/' || p_id;
	terms jsonb;
	made proposal;
BEGIN
	PERFORM actor_must('security');
	terms := statement_must_say(format('/v1/devices/%s/release', name),
	    jsonb_build_object('reason', p_reason));
	d := device_take(p_kind, p_id);
	PERFORM device_must_be(d, 'quarantined');
	PERFORM device_must_be_cleared(d);
	made := proposal_open('device_release', d.id, name, terms);
	RETURN proposal_json(made.id);
END
$$;

-- The authority does it, once it has read both signatures itself (305).
CREATE FUNCTION act_device_release(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT order_add(p.act, p.id, p.statement_id)';

-- What was signed before it went into quarantine does not bring it out; nor
-- before its TrE last said that it is tampered with, or something was last
-- confirmed of it: who signed knew nothing of that.
CREATE FUNCTION device_quarantined_since(p_device bigint)
	RETURNS timestamptz
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN greatest((SELECT recorded FROM history
	     WHERE entity = 'device' AND subject_id = p_device
	       AND to_state = 'quarantined' ORDER BY id DESC LIMIT 1),
	    (SELECT max(received) FROM tamper_report
	     WHERE device_id = p_device),
	    (SELECT max(h.recorded) FROM incident_device x
	      JOIN history h ON h.entity = 'incident'
	       AND h.subject_id = x.incident_id AND h.to_state = 'confirmed'
	     WHERE x.device_id = p_device));
END
$$;

-- To what it was before.
CREATE FUNCTION device_release(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	SELECT * INTO STRICT d FROM device WHERE id = p.subject_id FOR UPDATE;
	PERFORM device_must_be(d, 'quarantined');
	PERFORM device_must_be_cleared(d);
	PERFORM device_set(d, (SELECT from_state FROM history
	    WHERE entity = 'device' AND subject_id = d.id
	    AND to_state = 'quarantined' ORDER BY id DESC LIMIT 1),
	    p.terms ->> 'reason');
END
$$;

-- ---- the end

-- Scrapped: by its supplier or an officer.  Its certificates end with it; what
-- it was bound to stays on record, or a terminal could be shown alone.
CREATE FUNCTION device_retire(p_kind text, p_id text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
	c certificate;
BEGIN
	PERFORM actor_must('supplier', 'officer');
	PERFORM reason_must('retiring', p_reason);
	d := device_take(p_kind, p_id);
	PERFORM device_must_be(d, 'accredited', 'in_service', 'quarantined');
	PERFORM device_set(d, 'retired', p_reason);
	FOR c IN SELECT * FROM certificate WHERE device_id = d.id
	    AND state IN ('issued', 'on_hold')
	    ORDER BY issuer_id, index FOR UPDATE LOOP
		PERFORM certificate_end(c, crl_reason('cessationOfOperation'));
	END LOOP;
	RETURN device_one(p_kind, p_id);
END
$$;

GRANT EXECUTE ON FUNCTION device_serve(bigint[]),
	device_quarantine(text, text, text),
	device_release_propose(text, text, text),
	device_retire(text, text, text)
	TO assay_api;
