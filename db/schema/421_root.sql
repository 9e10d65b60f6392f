-- The root's successor: a new key, perhaps of another algorithm, under the same
-- name, and two certificates that link the two (RFC 9810 section 4.4): whoever
-- has one root only follows a path to the other's devices.
--
-- (Of a root that is offline, both are made at a ceremony: 422.)
--
-- The old root is retired with the same commit that knows the new one.  It issues
-- no more, but signs its CRL and has its OCSP answers to its end.

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('ca_root_new', 'ca', '{security}', '{decider}');

CREATE TABLE root_link (
	old_id bigint PRIMARY KEY REFERENCES issuer,
	new_id bigint NOT NULL UNIQUE REFERENCES issuer,
	old_with_new bytea NOT NULL, -- the old key, certified by the new root
	new_with_old bytea NOT NULL,
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON root_link
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CALL tenancy('root_link', 'true');

-- The terms name the algorithm of the new key, if it is not to be that of
-- assay.cnf.
CREATE FUNCTION ca_propose_succeed(p_ca text, p_reason text,
    p_algorithm text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer;
	p proposal;
BEGIN
	PERFORM actor_must(VARIADIC (SELECT proposer_roles FROM act
	    WHERE name = 'ca_root_new'));
	i := issuer_numbered(p_ca);
	PERFORM issuer_must_be_active(i);
	IF i.role <> 'root' THEN
		RAISE EXCEPTION 'the CA % is no root: it is retired, and has a '
		    'successor when it is needed (POST /v1/cas/%/retire)',
		    i.id, i.id
		    USING ERRCODE = 'AY004', DETAIL = 'CA_IS_NO_ROOT';
	END IF;
	IF EXISTS (SELECT FROM root_succession s JOIN ca_request r
	    ON r.id = s.request_id AND r.state = 'pending'
	    WHERE s.old_id = i.id) THEN
		RAISE EXCEPTION 'the successor of root % waits for its ceremony '
		    'already: hold it, or withdraw the request for it', i.id
		    USING ERRCODE = 'AY004', DETAIL = 'SUCCESSOR_AWAITED';
	END IF;
	p := proposal_open('ca_root_new', i.id, issuer_name(i.id),
	    statement_must_say(format('/v1/cas/%s/succeed', i.id),
	    jsonb_build_object('reason', p_reason, 'algorithm', p_algorithm)));
	RETURN proposal_json(p);
END
$$;

-- The authority makes it, after it has checked both signatures itself.
CREATE FUNCTION act_ca_root_new(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM issuer_must_be_active(issuer_numbered(p.subject_id::text));
	INSERT INTO "order" (kind, subject_id, statement_id)
	VALUES ('ca_root_new', p.id, p.statement_id);
	PERFORM pg_notify('authority', 'order');
END
$$;

-- In the authority's commit, before the new root is in the register.
CREATE FUNCTION root_retire(p_root bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer := issuer_numbered(p_root::text);
BEGIN
	PERFORM issuer_must_be_active(i);
	UPDATE issuer SET state = 'retired', effective = assay_now()
	WHERE id = i.id AND role = 'root';
END
$$;

-- And behind it.
CREATE FUNCTION root_link_add(p_old bigint, p_new bigint,
    p_old_with_new bytea, p_new_with_old bytea) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO root_link (old_id, new_id, old_with_new, new_with_old)
	VALUES (p_old, p_new, p_old_with_new, p_new_with_old);
$$;

-- Every certificate of a root's key, the newest root first: what a relying
-- party needs to go over from one to the other.  Roots whose end has come are
-- left out.
CREATE FUNCTION root_certificates() RETURNS TABLE (root bigint, what text,
    certificate bytea)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH good AS (SELECT id, cert_der FROM issuer WHERE role = 'root'
	    AND coalesce(not_after > assay_now(), true))
	SELECT id, 'root', cert_der FROM good
	UNION ALL
	SELECT v.id, v.what, v.der FROM root_link l
	JOIN good o ON o.id = l.old_id JOIN good n ON n.id = l.new_id
	CROSS JOIN LATERAL (VALUES (l.new_id, 'new_with_old', l.new_with_old),
	    (l.old_id, 'old_with_new', l.old_with_new)) v (id, what, der)
	ORDER BY 1 DESC, 2 DESC;
$$;

-- The links among them, for who has just got a certificate.
CREATE FUNCTION root_links() RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(translate(encode(certificate, 'base64'),
	    E'\n', '') ORDER BY root DESC, what DESC), '[]')
	  FROM root_certificates() WHERE what <> 'root';
$$;

GRANT SELECT ON root_link TO assay_api, assay_authority;
GRANT EXECUTE ON FUNCTION ca_propose_succeed(text, text, text) TO assay_api;
GRANT EXECUTE ON FUNCTION root_certificates() TO assay_authority;
GRANT EXECUTE ON FUNCTION root_links() TO assay_api;
GRANT EXECUTE ON FUNCTION root_retire(bigint),
	root_link_add(bigint, bigint, bytea, bytea) TO assay_authority;
