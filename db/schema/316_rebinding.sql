-- Rebinding: a terminal goes on with another TrE, after a repair.  Its supplier
-- asks, with accepted evidence of the repair; an officer proposes and a decider
-- approves; then the supplier sends the terminal in a lot again, with a new key
-- and that TrE, and this one row is not refused for its known id.  The new
-- certificate, the new binding, and the end of the old ones are one transaction
-- of the authority's (ca/authority/rebinding.c), which has read the signatures.

CREATE TABLE rebinding (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	terminal_id bigint NOT NULL REFERENCES device,
	tre_id bigint NOT NULL REFERENCES device, -- the new one
	evidence_id bigint NOT NULL REFERENCES evidence,
	requested_by bigint NOT NULL REFERENCES principal,
	state text NOT NULL DEFAULT 'requested',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
	expires timestamptz, -- of an approved one that nobody uses
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (expires IS NOT NULL OR state IN ('requested', 'rejected'))
);
CREATE UNIQUE INDEX rebinding_terminal ON rebinding (terminal_id)
	WHERE state IN ('requested', 'approved');
CREATE UNIQUE INDEX rebinding_tre ON rebinding (tre_id)
	WHERE state IN ('requested', 'approved');
CREATE INDEX rebinding_expires ON rebinding (expires)
	WHERE state = 'approved';
CREATE INDEX rebinding_evidence ON rebinding (evidence_id);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON rebinding
	FOR EACH ROW EXECUTE FUNCTION state_guard('rebinding');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON rebinding
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION rebinding_owner(r rebinding) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT m.organisation_id FROM device d JOIN model m ON m.id = d.model_id
	 WHERE d.id = r.terminal_id;
$$;

CREATE FUNCTION rebinding_json(r rebinding) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('number', r.number,
	    'terminal', t.device_id, 'tre', n.device_id, 'state', r.state,
	    'organisation', o.handle, 'evidence', encode(e.sha256, 'hex'),
	    'reason', r.reason, 'requested_by', p.handle,
	    'expires', json_time(r.expires),
	    'effective', json_time(r.effective),
	    'created', json_time(r.created)))
	  FROM device t, device n, evidence e, principal p, organisation o
	 WHERE t.id = r.terminal_id AND n.id = r.tre_id
	   AND e.id = r.evidence_id AND p.id = r.requested_by
	   AND o.id = rebinding_owner(r);
$$;

CREATE FUNCTION rebinding_take(p_number text) RETURNS rebinding
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r rebinding;
BEGIN
	SELECT * INTO r FROM rebinding WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no rebinding "%"', left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN r;
END
$$;

-- Is the device's certificate of today good, by itself and by its lot?  That is the
-- newest which is not revoked: one that its device rejected never was (410).
CREATE FUNCTION device_is_good(d device) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT d.state IN ('accredited', 'in_service') AND coalesce((
	    SELECT s.state = 'issued' FROM certificate c,
		certificate_status(c) s WHERE c.device_id = d.id
	    ORDER BY c.state = 'revoked', c.issued DESC, c.issuer_id DESC,
		c.index DESC
	    LIMIT 1), false);
$$;

-- What speaks against it: asked when it is requested, and when it is approved.
-- A terminal that is itself in doubt gets no new certificate by a repair.
CREATE FUNCTION rebinding_obstacle(p_terminal device, p_tre device)
	RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN CASE
	    WHEN NOT device_is_good(p_terminal) THEN format(
		'the terminal %s or its certificate is not good',
		p_terminal.device_id)
	    WHEN device_measures(p_terminal.id) @? '$[*] ? (@.effect != "permit")'
		THEN format('a measure is in force on the terminal %s',
		p_terminal.device_id)
	    WHEN NOT device_is_good(p_tre) THEN format(
		'the TrE %s or its certificate is not good', p_tre.device_id)
	    WHEN NOT EXISTS (SELECT FROM model_contains
		WHERE terminal_model_id = p_terminal.model_id
		AND tre_model_id = p_tre.model_id) THEN format(
		'the model of %s may not contain the TrE %s',
		p_terminal.device_id, p_tre.device_id)
	    WHEN EXISTS (SELECT FROM binding b
		JOIN device x ON x.id = b.terminal_id
		WHERE b.tre_id = p_tre.id AND b.until IS NULL
		AND (x.state <> 'retired' OR x.id = p_terminal.id)) THEN format(
		'the TrE %s is in a terminal that is not retired',
		p_tre.device_id)
	    END;
END
$$;

CREATE FUNCTION rebinding_must_be_clear(p_terminal device, p_tre device)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	obstacle text := rebinding_obstacle(p_terminal, p_tre);
BEGIN
	IF obstacle IS NOT NULL THEN
		RAISE EXCEPTION '%', obstacle
		    USING ERRCODE = 'AY004', DETAIL = 'REBINDING_OBSTACLE';
	END IF;
END
$$;

CREATE FUNCTION rebinding_request(p_terminal text, p_tre text,
    p_evidence bytea, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier');
	terminal device := device_take('terminal', p_terminal);
	tre device;
	e bigint := evidence_must_hold('evidence', p_evidence);
	r rebinding;
BEGIN
	PERFORM reason_must('rebinding', p_reason);
	SELECT * INTO tre FROM device
	 WHERE kind = 'tre' AND device_id = p_tre FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'tre: there is no TrE "%" in the register',
		    left(p_tre, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'DEVICE_UNKNOWN';
	END IF;
	PERFORM actor_must_own((SELECT organisation_id FROM evidence
	    WHERE id = e));
	PERFORM rebinding_must_be_clear(terminal, tre);
	INSERT INTO rebinding (number, terminal_id, tre_id, evidence_id,
	    requested_by, reason)
	VALUES (next_number('REB'), terminal.id, tre.id, e, who.id, p_reason)
	ON CONFLICT DO NOTHING RETURNING * INTO r;
	IF r.id IS NULL THEN
		RAISE EXCEPTION 'a rebinding of % or % waits already',
		    p_terminal, p_tre
		    USING ERRCODE = 'AY004', DETAIL = 'REBINDING_OPEN';
	END IF;
	PERFORM alarm_raise('rebinding.requested', r.number,
	    jsonb_build_object('terminal', p_terminal, 'tre', p_tre));
	RETURN rebinding_json(r);
END
$$;

-- ---- four eyes

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('device_rebind', 'rebinding', '{officer}', '{decider}');

CREATE FUNCTION rebinding_must_be(r rebinding, p_state text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF r.state <> p_state THEN
		RAISE EXCEPTION '% is %, not %', r.number, r.state, p_state
		    USING ERRCODE = 'AY004', DETAIL = 'REBINDING_STATE';
	END IF;
END
$$;

-- The officer says what exactly goes into what, by which evidence: that is
-- what the authority reads again.
CREATE FUNCTION rebinding_propose(p_number text, p_terminal text,
    p_tre text, p_evidence bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r rebinding;
	j jsonb;
	terms jsonb;
	made proposal;
BEGIN
	PERFORM actor_must('officer');
	terms := statement_must_say(format('/v1/rebindings/%s/propose',
	    p_number), jsonb_build_object('terminal', p_terminal,
	    'tre', p_tre, 'evidence', encode(p_evidence, 'hex')));
	r := rebinding_take(p_number);
	j := rebinding_json(r);
	IF (j ->> 'terminal', j ->> 'tre', j ->> 'evidence') IS DISTINCT FROM
	    (p_terminal, p_tre, encode(p_evidence, 'hex')) THEN
		RAISE EXCEPTION '% is not of these devices and that evidence: '
		    'read it again', p_number
		    USING ERRCODE = 'AY004', DETAIL = 'TERMS_CHANGED';
	END IF;
	PERFORM rebinding_must_be(r, 'requested');
	made := proposal_open('device_rebind', r.id, r.number, terms);
	RETURN proposal_json(made.id);
END
$$;

CREATE FUNCTION rebinding_set(r rebinding, p_state text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE rebinding SET state = p_state, effective = assay_now(),
	    expires = CASE p_state WHEN 'approved'
	    THEN assay_now() + interval '30 days' ELSE expires END
	WHERE id = r.id;
	PERFORM notice_add('rebinding.' || p_state, rebinding_owner(r),
	    r.number, rebinding_json(r));
END
$$;

CREATE FUNCTION act_device_rebind(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r rebinding := rebinding_take(p.subject_number);
	terminal device;
	tre device;
BEGIN
	SELECT * INTO STRICT terminal FROM device WHERE id = r.terminal_id;
	SELECT * INTO STRICT tre FROM device WHERE id = r.tre_id;
	PERFORM evidence_must_stand('evidence', r.evidence_id);
	PERFORM rebinding_must_be_clear(terminal, tre);
	PERFORM rebinding_set(r, 'approved');
END
$$;

CREATE FUNCTION reject_device_rebind(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM rebinding_set(r, 'rejected') FROM rebinding r
	WHERE r.id = p.subject_id AND r.state = 'requested';
END
$$;

-- ---- done, by the authority

-- Is it good as it was before this transaction?  Whoever revokes it or stops the
-- terminal comes before this, or after it and finds it superseded.
CREATE FUNCTION rebinding_must_find_good(r rebinding) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM FROM device WHERE id = r.terminal_id FOR UPDATE;
	PERFORM FROM certificate WHERE device_id = r.terminal_id
	    ORDER BY issuer_id, index FOR UPDATE;
	IF NOT EXISTS (SELECT FROM device d CROSS JOIN LATERAL (SELECT k
	    FROM certificate k WHERE k.device_id = d.id
	    AND k.xmin <> pg_current_xact_id()::xid
	    ORDER BY k.state = 'revoked', k.issued DESC, k.issuer_id DESC,
		k.index DESC LIMIT 1) c
	    CROSS JOIN LATERAL certificate_status(c.k) s
	    WHERE d.id = r.terminal_id AND s.state = 'issued'
	    AND d.state IN ('accredited', 'in_service')) THEN
		RAISE EXCEPTION 'the terminal of % is not good any more',
		    r.number
		    USING ERRCODE = 'AY004', DETAIL = 'DEVICE_NOT_GOOD';
	END IF;
END
$$;

-- The new certificates are stored, the new bindings not yet: the old ones of
-- both devices end here, and the terminal's earlier certificates, which may be of
-- the same lot, if that is an open one.
CREATE FUNCTION rebinding_done(p_lot bigint, p_terminals bigint[])
	RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r rebinding;
	c certificate;
	n int := 0;
BEGIN
	FOR r IN SELECT * FROM rebinding WHERE state = 'approved'
	    AND terminal_id = ANY (p_terminals) ORDER BY id FOR UPDATE LOOP
		PERFORM rebinding_must_find_good(r);
		UPDATE binding SET until = assay_now() WHERE until IS NULL
		   AND (terminal_id = r.terminal_id OR tre_id = r.tre_id);
		UPDATE device SET latest_lot_id = p_lot, latest_site_id =
		    (SELECT site_id FROM lot WHERE id = p_lot)
		 WHERE id = r.terminal_id;
		PERFORM rebinding_set(r, 'done');
		FOR c IN SELECT * FROM certificate
		    WHERE device_id = r.terminal_id
		    AND xmin <> pg_current_xact_id()::xid
		    AND state IN ('issued', 'on_hold')
		    ORDER BY issuer_id, index FOR UPDATE LOOP
			PERFORM certificate_end(c, crl_reason('superseded'));
		END LOOP;
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;

-- ---- what it rests on

-- Repair evidence that no longer holds: what was not done is not done any
-- more.  When it proved false, a terminal that was rebound goes into
-- quarantine; when it has merely run out, that was true when it was done.
CREATE FUNCTION rests_on_evidence_rebinding(e evidence) RETURNS SETOF jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r rebinding;
	d device;
BEGIN
	FOR r IN SELECT * FROM rebinding
	    WHERE evidence_id = ANY (evidence_stands_for(e))
	    AND state IN ('requested', 'approved') ORDER BY id FOR UPDATE LOOP
		PERFORM rebinding_set(r, 'rejected');
		RETURN NEXT jsonb_build_object('entity', 'rebinding',
		    'subject', r.number, 'from', r.state, 'to', 'rejected');
	END LOOP;
	FOR r IN SELECT * FROM rebinding
	    WHERE evidence_id = ANY (evidence_stands_for(e))
	    AND state = 'done' AND e.state = 'repudiated' ORDER BY id LOOP
		SELECT * INTO d FROM device WHERE id = r.terminal_id
		   AND state IN ('accredited', 'in_service') FOR UPDATE;
		CONTINUE WHEN NOT FOUND;
		PERFORM device_set(d, 'quarantined', r.number);
		RETURN NEXT jsonb_build_object('entity', 'device',
		    'subject', d.kind || '/' || d.device_id,
		    'from', d.state, 'to', 'quarantined');
	END LOOP;
END
$$;
INSERT INTO evidence_use (name, ord) VALUES ('rebinding', 90);

-- ---- by the clock

CREATE FUNCTION clock_rebinding(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r rebinding;
	n int := 0;
BEGIN
	FOR r IN SELECT * FROM rebinding WHERE state = 'approved'
	    AND expires <= p_now ORDER BY id FOR UPDATE LOOP
		PERFORM rebinding_set(r, 'lapsed');
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (420, 'rebinding',
    'an approved rebinding that no lot used lapses after 30 days');

-- ---- reads

CREATE FUNCTION rebinding_one(p_number text) RETURNS SETOF jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT rebinding_json(r) || jsonb_build_object(
	    'proposals', proposals_on('rebinding', r.id),
	    'history', history_json('rebinding', r.id))
	FROM rebinding r WHERE r.number = p_number
	AND actor_sees(rebinding_owner(r));
$$;

GRANT EXECUTE ON FUNCTION rebinding_one(text),
	rebinding_request(text, text, bytea, text),
	rebinding_propose(text, text, text, bytea) TO assay_api;
REVOKE EXECUTE ON FUNCTION rebinding_must_find_good(rebinding) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rebinding_done(bigint, bigint[]),
	rebinding_obstacle(device, device) TO assay_authority;
GRANT SELECT ON rebinding TO assay_authority, assay_api;
