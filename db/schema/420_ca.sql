-- CAs through their lives: active, then retired, when they issue no more but
-- answer for what they have issued; and who comes after them.
--
-- A retired issuing CA ends the lots that it has begun.  The supplier's next
-- lot finds none, and the authority makes one, with a new key, of the algorithm
-- that assay.cnf and the profile say by then, under the root of that day.
-- Devices notice nothing: their path is judged at their issue, their status is
-- told by the CA that issued them, to its end.

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('ca_retire', 'ca', '{security,decider}', '{security,decider}');

-- ---- which CA

-- The one that a lot is issued by: the one that began it, or else the active one
-- of its supplier; NULL: there is none.  Open lots go over to the new one.
CREATE FUNCTION lot_issuer(p_lot bigint) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce((SELECT issuer_id FROM delegated_ca
		WHERE id = l.delegated_ca_id),
	    (SELECT i.id FROM index_range r
		JOIN issuer i ON i.id = r.issuer_id
		    AND i.state IN ('active', 'retired')
		WHERE r.lot_id = l.id AND r.state = 'issued' AND l.kind <> 'open'
		ORDER BY r.id LIMIT 1),
	    (SELECT i.id FROM issuer i WHERE i.state = 'active'
		AND i.role = m.kind AND NOT i.delegated
		AND i.organisation_id = l.organisation_id))
	FROM lot l JOIN model m ON m.id = l.model_id WHERE l.id = p_lot;
$$;

-- CAs that somebody waits for: open lots, whose devices ask for its certificate
-- before they ask for their own; everybody for the access CA.
CREATE FUNCTION issuer_missing() RETURNS TABLE (role text,
    organisation_id bigint, country text, name text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT DISTINCT m.kind, o.id, o.country::text, o.name
	FROM lot l JOIN model m ON m.id = l.model_id
	JOIN organisation o ON o.id = l.organisation_id
	WHERE l.state = 'open' AND NOT EXISTS (SELECT FROM issuer i
	    WHERE i.state = 'active' AND i.role = m.kind AND NOT i.delegated
	    AND i.organisation_id = l.organisation_id)
	UNION ALL
	SELECT 'access', 0, '', '' WHERE NOT EXISTS (SELECT FROM issuer i
	    WHERE i.state = 'active' AND i.role = 'access');
$$;

-- A CA's last third is for its CRLs and OCSP answers, which must not outlive it.
-- The certificates that it issues then would have little of it.
CREATE FUNCTION issuer_retires(i issuer) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT i.not_before + (i.not_after - i.not_before) * 2 / 3;
$$;

-- What it is called in notices and proposals.
CREATE FUNCTION issuer_name(p_id bigint) RETURNS text
	LANGUAGE sql IMMUTABLE AS $$ SELECT 'CA-' || p_id $$;

-- ---- retired

CREATE FUNCTION issuer_numbered(p_ca text) RETURNS issuer
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer;
BEGIN
	SELECT * INTO i FROM issuer WHERE id::text = p_ca FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no CA "%" (a CA is named by its '
		    'number, such as 3)', left(p_ca, 20)
		    USING ERRCODE = 'AY003', DETAIL = 'CA_ABSENT';
	END IF;
	RETURN i;
END
$$;

CREATE FUNCTION issuer_must_be_active(i issuer) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF i.state <> 'active' THEN
		RAISE EXCEPTION 'the CA % is % already', i.id, i.state
		    USING ERRCODE = 'AY004', DETAIL = 'CA_NOT_ACTIVE';
	END IF;
END
$$;

-- Two people's act: what follows is a new key that is trusted.
CREATE FUNCTION ca_propose_retire(p_ca text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer;
	p proposal;
BEGIN
	PERFORM actor_must(VARIADIC (SELECT proposer_roles FROM act
	    WHERE name = 'ca_retire'));
	i := issuer_numbered(p_ca);
	PERFORM issuer_must_be_active(i);
	IF i.role = 'root' THEN
		RAISE EXCEPTION 'the CA % is the root: it is retired by its '
		    'successor (POST /v1/cas/%/succeed)', i.id, i.id
		    USING ERRCODE = 'AY004', DETAIL = 'CA_IS_ROOT';
	END IF;
	p := proposal_open('ca_retire', i.id, issuer_name(i.id),
	    statement_must_say(format('/v1/cas/%s/retire', i.id),
	    jsonb_build_object('reason', p_reason)));
	RETURN proposal_json(p);
END
$$;

CREATE FUNCTION act_ca_retire(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer := issuer_numbered(p.subject_id::text);
BEGIN
	PERFORM issuer_must_be_active(i);
	UPDATE issuer SET state = 'retired', effective = assay_now()
	WHERE id = i.id;
END
$$;

-- Whom it concerns: its supplier, and the body.
CREATE FUNCTION issuer_turn() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_name text := issuer_name(NEW.id);
	v_body bigint := (SELECT id FROM organisation WHERE kind = 'body');
BEGIN
	IF NEW.state = 'active' AND NEW.not_after IS NOT NULL THEN
		PERFORM reminder_set('ca.retires', o, v_name,
		    issuer_retires(NEW))
		FROM unnest(ARRAY[v_body, NEW.organisation_id]) AS o
		WHERE o IS NOT NULL;
	ELSIF NEW.state <> 'active' THEN
		PERFORM reminder_drop('ca.retires', v_name);
		PERFORM notice_add('ca.' || NEW.state, o, v_name,
		    jsonb_build_object('role', NEW.role,
		    'not_after', json_time(NEW.not_after)))
		FROM unnest(ARRAY[v_body, NEW.organisation_id]) AS o
		WHERE o IS NOT NULL;
	END IF;
	PERFORM pg_notify('authority', 'ca');
	RETURN NULL;
END
$$;
CREATE TRIGGER issuer_turn AFTER INSERT OR UPDATE OF state ON issuer
	FOR EACH ROW EXECUTE FUNCTION issuer_turn();

-- ---- by the clock

-- No root retires by itself, since it takes two people to make the next one: the
-- body is alarmed, again each month.
CREATE FUNCTION clock_ca(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer;
	n int := 0;
BEGIN
	FOR i IN SELECT * FROM issuer x WHERE state = 'active'
	    AND issuer_retires(x) <= p_now ORDER BY id FOR UPDATE LOOP
		IF i.role = 'root' THEN
			PERFORM alarm_raise('alarm.root_ends', issuer_name(i.id),
			    jsonb_build_object('not_after',
			    json_time(i.not_after)), to_char(p_now, 'YYYY-MM'));
			CONTINUE;
		END IF;
		UPDATE issuer SET state = 'retired',
		    effective = issuer_retires(i) WHERE id = i.id;
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (440, 'ca',
    'a CA issues nothing more in the last third of its life');

-- ---- told

CREATE FUNCTION public_issuer(i issuer) RETURNS bool
	LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION issuer_json(i issuer) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN jsonb_strip_nulls(jsonb_build_object('ca', i.id, 'role', i.role,
	    'organisation', (SELECT handle FROM organisation
		WHERE id = i.organisation_id), 'state', i.state,
	    'algorithm', i.algorithm, 'root', i.root_id,
	    'certificates', i.next_index,
	    'not_before', json_time(i.not_before),
	    'not_after', json_time(i.not_after),
	    'retires', CASE i.state WHEN 'active'
		THEN json_time(issuer_retires(i)) END,
	    'key_destroyed', json_time(i.key_destroyed),
	    'key_id', encode(i.key_id, 'hex')));
END
$$;
CREATE FUNCTION issuer_whole_json(i issuer) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN issuer_json(i) || jsonb_build_object('certificate',
	    translate(encode(i.cert_der, 'base64'), E'\n', ''));
END
$$;

GRANT EXECUTE ON FUNCTION ca_propose_retire(text, text) TO assay_api;
GRANT EXECUTE ON FUNCTION lot_issuer(bigint), issuer_missing()
	TO assay_authority;
