-- Organisations and principals: who may act at all.

CREATE FUNCTION organisation_find(p_handle text) RETURNS organisation
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	found_one organisation;
BEGIN
	SELECT * INTO found_one FROM organisation WHERE handle = p_handle;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no organisation %', p_handle
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN found_one;
END
$$;

-- The same for lists: NULL for one that the actor neither sees nor knows by the
-- models that are everybody's.
CREATE FUNCTION organisation_named(p_handle text) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT o.id FROM organisation o WHERE o.handle = p_handle
	    AND (actor_sees(o.id) OR actor_active() IS NOT NULL AND
		(o.kind = 'body' OR EXISTS (SELECT FROM model m
		    WHERE m.organisation_id = o.id AND public_model(m)))));
END
$$;
GRANT EXECUTE ON FUNCTION organisation_named(text) TO assay_api;

CREATE FUNCTION organisation_json(o organisation) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('handle', o.handle, 'name', o.name,
	    'country', o.country, 'kind', o.kind, 'makes', o.makes,
	    'state', o.state, 'reason', o.reason,
	    'may_platform_only', o.may_platform_only,
	    'created', json_time(o.created));
$$;

-- An application, registered by an officer of the body.
CREATE FUNCTION organisation_new(p_handle text, p_name text, p_country text,
    p_kind text, p_makes text[], p_may_platform_only bool) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	made organisation;
BEGIN
	PERFORM actor_must('officer');
	IF p_kind = 'body' THEN
		RAISE EXCEPTION 'there is one body only'
		    USING ERRCODE = 'AY001', DETAIL = 'KIND_NOT_ALLOWED';
	END IF;
	IF (p_kind = 'supplier') <> (cardinality(p_makes) > 0) THEN
		RAISE EXCEPTION 'makes: a supplier says what it makes (tre, '
		    'terminal), and nobody else does'
		    USING ERRCODE = 'AY001', DETAIL = 'MAKES_MISMATCH';
	END IF;
	INSERT INTO organisation (handle, name, country, kind, makes,
	    may_platform_only)
	VALUES (p_handle, p_name, p_country, p_kind, p_makes,
	    p_may_platform_only AND p_kind = 'operator')
	RETURNING * INTO made;
	RETURN organisation_json(made);
END
$$;

-- Propose that an applicant becomes active, or that a suspended one does again.
CREATE FUNCTION organisation_propose(p_handle text, p_act text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation := organisation_find(p_handle);
	made proposal;
BEGIN
	PERFORM actor_must('officer');
	IF p_act NOT IN ('organisation_activate', 'organisation_reinstate') THEN
		RAISE EXCEPTION 'act: % is not done to an organisation', p_act
		    USING ERRCODE = 'AY001', DETAIL = 'ACT_NOT_ALLOWED';
	END IF;
	IF o.state <> (CASE p_act WHEN 'organisation_activate'
	    THEN 'applicant' ELSE 'suspended' END) THEN
		RAISE EXCEPTION '% is %, not %', o.handle, o.state,
		    CASE p_act WHEN 'organisation_activate'
		    THEN 'an applicant' ELSE 'suspended' END
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	PERFORM statement_must_say(format('/v1/organisations/%s/%s', o.handle,
	    replace(p_act, 'organisation_', '')), '{}');
	made := proposal_open(p_act, o.id, o.handle,
	    jsonb_build_object('organisation', o.handle));
	RETURN proposal_json(made.id);
END
$$;

CREATE FUNCTION act_organisation_activate(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'UPDATE organisation SET state = ''active'' WHERE id = p.subject_id';

-- What was proposed before it was banned lets it in no more, though the ban is lifted.
CREATE FUNCTION act_organisation_reinstate(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM proposal_must_be_since(p, (SELECT max(h.effective)
	    FROM measure m JOIN history h ON h.entity = 'measure'
		AND h.subject_id = m.id AND h.to_state = 'in_force'
	    WHERE m.kind = 'ban' AND m.scope_kind = 'organisation'
	    AND m.scope_id = p.subject_id));
	UPDATE organisation SET state = 'active', reason = NULL
	WHERE id = p.subject_id;
END
$$;

-- Taking trust away needs one person.
CREATE FUNCTION organisation_set_state(p_handle text, p_state text,
    p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation := organisation_find(p_handle);
BEGIN
	PERFORM actor_must('officer', 'security');
	IF p_state NOT IN ('suspended', 'terminated') THEN
		RAISE EXCEPTION 'that takes two people: propose it'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	PERFORM reason_must('taking trust away', p_reason);
	IF o.kind = 'body' THEN
		RAISE EXCEPTION 'the body cannot be suspended'
		    USING ERRCODE = 'AY002', DETAIL = 'BODY';
	END IF;
	PERFORM state_must_change(o.handle, o.state, p_state);
	UPDATE organisation SET state = p_state, reason = p_reason
	WHERE id = o.id
	RETURNING * INTO o;
	RETURN organisation_json(o);
END
$$;

-- ---- principals

CREATE FUNCTION principal_find(p_handle text) RETURNS principal
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	found_one principal;
BEGIN
	SELECT * INTO found_one FROM principal WHERE handle = p_handle;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no principal %', p_handle
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN found_one;
END
$$;

-- With its certificate.
CREATE FUNCTION principal_whole_json(p principal) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('handle', p.handle, 'organisation', o.handle,
	    'role', p.role, 'state', p.state, 'reason', p.reason,
	    'certificate', translate(encode(p.cert_der, 'base64'), E'\n', ''),
	    'issuer', translate(encode(i.cert_der, 'base64'), E'\n', ''),
	    'serial', encode(p.cert_serial, 'hex'),
	    'not_after', json_time(p.cert_not_after),
	    'error', (SELECT error FROM "order"
		WHERE kind = 'principal' AND subject_id = p.id
		ORDER BY id DESC LIMIT 1),
	    'created', json_time(p.created))
	  FROM organisation o LEFT JOIN issuer i ON i.id = p.cert_issuer_id
	 WHERE o.id = p.organisation_id;
$$;

CREATE FUNCTION principal_json(p principal) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN principal_whole_json(p) - '{certificate,issuer}'::text[];
END
$$;

-- Whose certificate this is, octet for octet: asked before anybody acts, so it
-- is told to whoever can show the certificate, and nothing else of principals
-- is.  One that was renewed and not used yet is its principal's, too (425), as long
-- as the one before is good.
CREATE FUNCTION principal_by_certificate(p_der bytea)
	RETURNS TABLE (id bigint, handle text, role text, state text,
	    organisation_id bigint, organisation text, certificate text,
	    organisation_kind text, organisation_state text, renewed bool)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT p.id, p.handle::text, p.role, p.state, o.id,
	    o.handle::text, coalesce(c.state, 'unknown'), o.kind, o.state, false
	  FROM principal p
	  JOIN organisation o ON o.id = p.organisation_id
	  LEFT JOIN certificate c ON c.der_sha256 = pg_catalog.sha256(p.cert_der)
	 WHERE sha256(p.cert_der) = sha256(p_der) AND p.cert_der = p_der;
	IF NOT FOUND THEN
		RETURN QUERY SELECT p.id, p.handle::text, p.role, p.state, o.id,
		    o.handle::text, CASE WHEN b.state IN ('revoked', 'on_hold')
			THEN b.state ELSE coalesce(c.state, 'unknown') END,
		    o.kind, o.state, true
		  FROM principal_renewal r
		  JOIN principal p ON p.id = r.principal_id
		  JOIN organisation o ON o.id = p.organisation_id
		  LEFT JOIN certificate c
		    ON c.der_sha256 = pg_catalog.sha256(r.cert_der)
		  LEFT JOIN certificate b ON b.der_sha256 = r.old_sha256
		 WHERE sha256(r.cert_der) = sha256(p_der)
		   AND r.cert_der = p_der AND r.state = 'made';
	END IF;
	IF NOT FOUND THEN -- it was, and is told so
		RETURN QUERY SELECT p.id, p.handle::text, p.role, p.state, o.id,
		    o.handle::text, c.state, o.kind, o.state, false
		  FROM certificate c
		  JOIN principal p ON p.id = principal_of_certificate(c.der_sha256)
		  JOIN organisation o ON o.id = p.organisation_id
		 WHERE c.der_sha256 = pg_catalog.sha256(p_der)
		   AND c.profile = 'access' AND c.state = 'revoked';
	END IF;
END
$$;
GRANT EXECUTE ON FUNCTION principal_by_certificate(bytea) TO assay_api;

-- Which kind of organisation may have a principal of which role.
CREATE FUNCTION role_fits(p_role text, p_kind text) RETURNS bool
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT p_kind = CASE p_role WHEN 'supplier' THEN 'supplier'
	    WHEN 'operator' THEN 'operator' WHEN 'auditor' THEN 'auditor'
	    ELSE 'body' END OR p_role = 'reader';
$$;

-- An officer asks for a credential.  Whoever can act by it is let in by two
-- people; a reader changes nothing, and takes one.  The authority certifies the
-- key once that is in the record.
CREATE FUNCTION principal_new(p_handle text, p_organisation text, p_role text,
    p_csr bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation := organisation_find(p_organisation);
	made principal;
	two_people bool := p_role <> 'reader';
BEGIN
	PERFORM actor_must('officer');
	IF statement_id() IS NULL THEN
		RAISE EXCEPTION 'a new principal must be signed for'
		    USING ERRCODE = 'AY002', DETAIL = 'STATEMENT_REQUIRED';
	END IF;
	IF o.state <> 'active' THEN
		RAISE EXCEPTION '% is %, not active%', o.handle, o.state,
		    CASE o.state WHEN 'applicant' THEN ': two people let it '
			'in first, assay org activate and assay approve'
		    ELSE '' END
		    USING ERRCODE = 'AY004',
		    DETAIL = 'ORGANISATION_NOT_ACTIVE';
	END IF;
	IF NOT role_fits(p_role, o.kind) THEN
		RAISE EXCEPTION 'role: % is of kind %, which has no %',
		    o.handle, o.kind, p_role
		    USING ERRCODE = 'AY001', DETAIL = 'ROLE_MISMATCH';
	END IF;
	PERFORM statement_must_say('/v1/principals', jsonb_build_object(
	    'handle', p_handle, 'organisation', p_organisation,
	    'role', p_role,
	    'csr', translate(encode(p_csr, 'base64'), E'\n', '')));
	INSERT INTO principal (handle, organisation_id, role, csr, state)
	VALUES (p_handle, o.id, p_role, p_csr,
	    CASE WHEN two_people THEN 'proposed' ELSE 'active' END)
	RETURNING * INTO made;
	IF two_people THEN
		PERFORM proposal_open('principal_create', made.id,
		    made.handle, jsonb_build_object('principal', made.handle,
		    'organisation', o.handle, 'role', p_role,
		    'csr_sha256', encode(sha256(p_csr), 'hex')));
	ELSE
		PERFORM order_add('principal', made.id, statement_id());
	END IF;
	RETURN principal_whole_json(made);
END
$$;

CREATE FUNCTION order_add(p_kind text, p_subject bigint, p_statement bigint)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO "order" (kind, subject_id, statement_id)
	VALUES (p_kind, p_subject, p_statement);
	PERFORM pg_notify('authority', p_kind);
END
$$;

CREATE FUNCTION act_principal_create(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE principal SET state = 'active' WHERE id = p.subject_id;
	SELECT order_add('principal', p.subject_id, p.statement_id);
$$;

CREATE FUNCTION reject_principal_create(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'UPDATE principal SET state = ''removed'' WHERE id = p.subject_id';

-- It may act again: trust that was taken away, so two people give it back.
CREATE FUNCTION principal_unlock(p_handle text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p principal := principal_find(p_handle);
	made proposal;
BEGIN
	PERFORM actor_must('officer', 'security');
	IF p.state <> 'locked' THEN
		RAISE EXCEPTION '% is %, not locked', p.handle, p.state
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	PERFORM statement_must_say(format('/v1/principals/%s/unlock',
	    p.handle), '{}');
	made := proposal_open('principal_unlock', p.id, p.handle,
	    jsonb_build_object('principal', p.handle, 'role', p.role));
	RETURN proposal_json(made.id);
END
$$;

CREATE FUNCTION act_principal_unlock(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE principal SET state = 'active', reason = NULL
	WHERE id = p.subject_id;
$$;

CREATE FUNCTION principal_set_state(p_handle text, p_state text,
    p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p principal := principal_find(p_handle);
BEGIN
	PERFORM actor_must('officer', 'security');
	IF p_state NOT IN ('locked', 'removed') THEN
		RAISE EXCEPTION 'that takes two people: propose it'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	PERFORM reason_must('taking trust away', p_reason);
	IF p.id = actor_id() THEN
		RAISE EXCEPTION 'nobody changes their own state'
		    USING ERRCODE = 'AY002', DETAIL = 'YOUR_OWN';
	END IF;
	IF p.state = 'proposed' THEN
		RAISE EXCEPTION '% waits for approval: approve or reject it',
		    p.handle USING ERRCODE = 'AY004',
		    DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	PERFORM state_must_change(p.handle, p.state, p_state);
	UPDATE principal SET state = p_state, reason = p_reason
	WHERE id = p.id
	RETURNING * INTO p;
	RETURN principal_whole_json(p);
END
$$;

GRANT EXECUTE ON FUNCTION
	organisation_new(text, text, text, text, text[], bool),
	organisation_propose(text, text),
	organisation_set_state(text, text, text),
	principal_new(text, text, text, bytea),
	principal_set_state(text, text, text), principal_unlock(text)
	TO assay_api;
