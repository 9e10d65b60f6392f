-- The end of a CA's key: two people order it, and the authority destroys it, when
-- nobody needs what it could still sign.
--
-- A retired CA signs CRLs and certifies OCSP keys to its end.  So its key goes when
-- its certificate has ended or is revoked, or when nothing that it has certified is
-- good any more.  What it has said is still verified by its certificate.

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('ca_key_destroy', 'ca', '{security}', '{decider}');

-- When a certificate that is no device's ends; those do not.
CREATE FUNCTION certificate_ends(c certificate) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce((SELECT i.not_after FROM issuer i
		WHERE sha256(i.cert_der) = c.der_sha256),
	    (SELECT p.cert_not_after FROM principal p
		WHERE sha256(p.cert_der) = c.der_sha256),
	    (SELECT d.not_after FROM delegated_certificate d
		WHERE d.issuer_id = c.issuer_id AND d.der = c.der LIMIT 1),
	    'infinity');
$$;

-- How many certificates of a CA are good, at most so many of them.
CREATE FUNCTION ca_good(p_ca bigint, p_most int) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT count(*) FROM (SELECT FROM certificate c
	    WHERE c.issuer_id = p_ca AND c.state IN ('issued', 'on_hold')
	      AND c.profile <> 'root' AND (c.device_id IS NOT NULL
		OR certificate_ends(c) > assay_now())
	    LIMIT p_most) x;
$$;

-- A sentence that its key is needed, or that it is not here.
CREATE FUNCTION ca_key_must_be_idle(i issuer) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF i.offline OR i.delegated THEN
		RAISE EXCEPTION 'the key of CA % is not the authority''s: %',
		    i.id, CASE WHEN i.offline
		    THEN 'it is destroyed where ceremonies are held'
		    ELSE 'it is its supplier''s' END
		    USING ERRCODE = 'AY004', DETAIL = 'CA_KEY_ELSEWHERE';
	ELSIF i.key_destroyed IS NOT NULL THEN
		RAISE EXCEPTION 'the key of CA % was destroyed on %', i.id,
		    json_time(i.key_destroyed)
		    USING ERRCODE = 'AY004', DETAIL = 'CA_KEY_DESTROYED';
	ELSIF i.state = 'active' THEN
		RAISE EXCEPTION 'CA % is active: it is retired first', i.id
		    USING ERRCODE = 'AY004', DETAIL = 'CA_KEY_NEEDED';
	ELSIF i.state = 'revoked'
	    OR coalesce(i.not_after <= assay_now(), false) THEN
		RETURN;
	ELSIF ca_good(i.id, 1) > 0 OR EXISTS (SELECT FROM index_range
	    WHERE issuer_id = i.id AND state = 'reserved') THEN
		RAISE EXCEPTION 'certificates of CA % are good still, and it '
		    'signs their CRLs until they, or it, have ended', i.id
		    USING ERRCODE = 'AY004', DETAIL = 'CA_KEY_NEEDED';
	END IF;
END
$$;

CREATE FUNCTION ca_propose_destroy_key(p_ca text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer;
	p proposal;
BEGIN
	PERFORM actor_must(VARIADIC (SELECT proposer_roles FROM act
	    WHERE name = 'ca_key_destroy'));
	i := issuer_numbered(p_ca);
	PERFORM ca_key_must_be_idle(i);
	p := proposal_open('ca_key_destroy', i.id, issuer_name(i.id),
	    statement_must_say(format('/v1/cas/%s/destroy-key', i.id),
	    jsonb_build_object('reason', p_reason)));
	RETURN proposal_json(p);
END
$$;

-- Whoever approves sees what is under it; a hundred at most are counted.
CREATE FUNCTION reach_ca_key_destroy(p proposal) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('role', i.role, 'state', i.state,
	    'key_id', encode(i.key_id, 'hex'),
	    'not_after', json_time(i.not_after),
	    'certificates', i.next_index, 'good', ca_good(i.id, 100))
	  FROM issuer i WHERE i.id = p.subject_id;
$$;

CREATE FUNCTION act_ca_key_destroy(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM ca_key_must_be_idle(issuer_numbered(p.subject_id::text));
	PERFORM order_add('ca_key_destroy', p.id, p.statement_id);
END
$$;

-- The authority has read both signatures, and destroys it next: from now on nobody
-- asks it to sign.  Killed in between, it does so when it is started again.
CREATE FUNCTION ca_key_destroy(p_ca bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer := issuer_numbered(p_ca::text);
BEGIN
	IF i.key_destroyed IS NOT NULL THEN
		RETURN;
	END IF;
	PERFORM ca_key_must_be_idle(i);
	UPDATE issuer SET key_destroyed = assay_now() WHERE id = i.id
	RETURNING * INTO i;
	PERFORM history_note('issuer', i.id, i.state, to_jsonb(i) - '{cert_der}'::text[]);
	PERFORM notice_add('ca.key_destroyed', o.id, issuer_name(i.id),
	    jsonb_build_object('role', i.role, 'key_id',
	    encode(i.key_id, 'hex')))
	FROM organisation o WHERE o.kind = 'body';
END
$$;

GRANT EXECUTE ON FUNCTION ca_propose_destroy_key(text, text) TO assay_api;
GRANT EXECUTE ON FUNCTION ca_key_destroy(bigint) TO assay_authority;
