-- What a root is asked for whose key is on no machine, and what came back.
--
-- The authority makes a key, reserves the serial number and writes the request.
-- When the body asks for them it makes requests.json of all that wait and of the
-- root's next CRL, and signs it: who carries it to the ceremony (ca/ceremony)
-- can change nothing.  The body brings back what the root has signed; the
-- authority judges it, and it alone stores it.
--
-- Here are the requests; the file is in 306_ca_request_file.sql, what comes back
-- in 308, and when a ceremony is needed in 309.

CREATE TABLE ca_request (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name handle NOT NULL, -- of the result's file
	profile text NOT NULL,
	range_id bigint NOT NULL UNIQUE REFERENCES index_range, -- of the root
	serial bytea NOT NULL UNIQUE CHECK (octet_length(serial) = 17),
	-- of a CA; role root: of the link to the root after this one (422)
	issuer_id bigint,
	role text CHECK (role IN ('access', 'tre', 'terminal', 'root')),
	organisation_id bigint REFERENCES organisation,
	-- of the root's OCSP signer
	key_id bigint REFERENCES delegated_key,
	country text NOT NULL,
	organisation text NOT NULL,
	common_name text NOT NULL,
	csr bytea CHECK (octet_length(csr) <= 8192), -- a root's key is elsewhere
	state text NOT NULL DEFAULT 'pending',
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((issuer_id IS NULL) = (role IS NULL)),
	CHECK ((csr IS NULL) = (coalesce(role, '') = 'root')),
	CHECK ((issuer_id IS NULL) <> (key_id IS NULL))
);
CREATE UNIQUE INDEX ca_request_name ON ca_request (name)
	WHERE state = 'pending';
CREATE UNIQUE INDEX ca_request_ca ON ca_request
	(role, coalesce(organisation_id, 0)) WHERE state = 'pending';
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON ca_request
	FOR EACH ROW EXECUTE FUNCTION state_guard('ca_request');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON ca_request
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

GRANT SELECT ON ca_request TO assay_api, assay_authority;
CALL tenancy('ca_request', '{body}');

-- ---- asked for, by the authority

CREATE FUNCTION ca_request_add(r ca_request) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO ca_request (name, profile, range_id, serial, issuer_id,
	    role, organisation_id, key_id, country, organisation, common_name,
	    csr)
	VALUES (r.name, r.profile, r.range_id, r.serial, r.issuer_id, r.role,
	    r.organisation_id, r.key_id, r.country, r.organisation,
	    r.common_name, r.csr);
	IF r.organisation_id IS NOT NULL THEN
		PERFORM alarm_raise('alarm.ca_requested', r.name,
		    jsonb_build_object('common_name', r.common_name,
		    'organisation', r.organisation));
		PERFORM notice_add('ca.requested', r.organisation_id, r.name,
		    jsonb_build_object('common_name', r.common_name));
	END IF;
END
$$;

CREATE FUNCTION ca_request_done(p_id bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r ca_request;
BEGIN
	UPDATE ca_request SET state = 'done' WHERE id = p_id
	RETURNING * INTO STRICT r;
	IF r.organisation_id IS NOT NULL THEN
		PERFORM notice_add('ca.certified', r.organisation_id, r.name,
		    jsonb_build_object('common_name', r.common_name));
	END IF;
END
$$;

-- It is asked for no more: its index is void, and what comes of it is passed over.
CREATE FUNCTION ca_request_end(r ca_request) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x index_range;
BEGIN
	UPDATE ca_request SET state = 'withdrawn' WHERE id = r.id;
	UPDATE index_range SET state = 'void'
	 WHERE id = r.range_id AND state = 'reserved' RETURNING * INTO STRICT x;
	PERFORM status_void(x.issuer_id, x.first, x.count);
	PERFORM pg_notify('authority', 'ca_request');
END
$$;

-- By one person: no trust comes of it.  What is still needed is asked for anew,
-- with another key.
CREATE FUNCTION ca_request_withdraw(p_request text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r ca_request;
BEGIN
	PERFORM actor_must('officer', 'security');
	SELECT * INTO r FROM ca_request WHERE id::text = p_request FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no request "%" (a request is named '
		    'by its number, such as 3)', left(p_request, 20)
		    USING ERRCODE = 'AY003', DETAIL = 'CA_REQUEST_ABSENT';
	ELSIF r.state <> 'pending' THEN
		RAISE EXCEPTION 'the request % is % already', r.id, r.state
		    USING ERRCODE = 'AY004', DETAIL = 'CA_REQUEST_CLOSED';
	END IF;
	PERFORM statement_must_say(format('/v1/ca/requests/%s/withdraw', r.id),
	    jsonb_build_object('reason', p_reason));
	PERFORM ca_request_end(r);
	r.state := 'withdrawn';
	RETURN ca_request_json(r);
END
$$;

-- Does a supplier's lot wait for that?  Not one that another CA of its may end.
CREATE FUNCTION lot_waits_for_ca(l lot) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN l.state IN ('approved', 'issuing', 'open')
	    AND EXISTS (SELECT FROM ca_request r JOIN model m ON m.kind = r.role
		WHERE r.state = 'pending' AND m.id = l.model_id
		AND r.organisation_id = l.organisation_id)
	    AND lot_issuer(l.id) IS NULL;
END
$$;

-- Is it a root that is offline and speaks?  One that has a successor signs its CRL
-- and has its OCSP answers to its end.
CREATE FUNCTION root_answers(i issuer) RETURNS bool
	LANGUAGE sql STABLE SET search_path = assay, pg_temp
AS $$
	SELECT i.role = 'root' AND i.offline AND i.state <> 'revoked'
	    AND coalesce(i.not_after > assay_now(), true);
$$;

-- OCSP keys that want a certificate of a root that is offline: they have none,
-- or it is past half its life, and none is asked for.
CREATE FUNCTION ca_request_ocsp_due()
	RETURNS TABLE (key_id bigint, name text, csr bytea, root_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT k.id, k.name, k.csr, i.id
	  FROM delegated_key k
	  JOIN issuer i ON root_answers(i)
	 WHERE k.kind = 'ocsp' AND k.state = 'active' AND k.csr IS NOT NULL
	   AND NOT EXISTS (SELECT FROM delegated_certificate d
	    WHERE d.key_id = k.id AND d.issuer_id = i.id
	      AND d.not_before + (d.not_after - d.not_before) / 2
		> assay_now())
	   AND NOT EXISTS (SELECT FROM ca_request r
	    JOIN index_range x ON x.id = r.range_id AND x.issuer_id = i.id
	    WHERE r.key_id = k.id AND r.state = 'pending')
	 ORDER BY k.id;
$$;

-- The certificates by roots that are offline with which OCSP keys answer today, and
-- where they are published, if they are not.  A ceremony may let one begin later:
-- until then the one before is shown.
CREATE FUNCTION ca_ocsp_begun() RETURNS TABLE (path text, der bytea)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT w.path, d.der
	  FROM delegated_key k
	  JOIN issuer i ON root_answers(i)
	 CROSS JOIN LATERAL (SELECT c.der FROM delegated_certificate c
	     WHERE c.key_id = k.id AND c.issuer_id = i.id
	       AND c.not_before <= assay_now()
	     ORDER BY c.not_after DESC, c.id DESC LIMIT 1) d
	 CROSS JOIN LATERAL (SELECT 'status/ocsp/' || CASE k.name
	     WHEN 'ocsp' THEN '' ELSE k.name || '/' END || i.id || '.der'
	     AS path) w
	 WHERE k.kind = 'ocsp' AND k.state = 'active'
	   AND d.der IS DISTINCT FROM (SELECT p.content FROM publication p
	     WHERE p.path = w.path ORDER BY p.id DESC LIMIT 1)
	 ORDER BY k.id, i.id;
$$;

-- ---- taken out, by the body

CREATE FUNCTION ca_request_json(r ca_request) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('request', r.id,
	    'name', r.name, 'state', r.state, 'root', x.issuer_id,
	    'profile', r.profile, 'role', r.role, 'ca', r.issuer_id,
	    'serial', encode(r.serial, 'hex'), 'common_name', r.common_name,
	    'organisation', o.handle, 'created', json_time(r.created)))
	  FROM index_range x
	  LEFT JOIN organisation o ON o.id = r.organisation_id
	 WHERE x.id = r.range_id;
$$;

-- The root that is offline, the one of today when none is named; or a sentence
-- that it is none.
CREATE FUNCTION ca_root(p_root bigint DEFAULT NULL) RETURNS issuer
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i issuer;
BEGIN
	SELECT * INTO i FROM issuer WHERE role = 'root'
	   AND CASE WHEN p_root IS NULL THEN state = 'active' ELSE id = p_root END
	ORDER BY id DESC LIMIT 1;
	IF i.id IS NULL THEN
		RAISE EXCEPTION 'there is no root %', p_root
		    USING ERRCODE = 'AY003', DETAIL = 'CA_ABSENT';
	ELSIF NOT i.offline THEN
		RAISE EXCEPTION 'the root''s key is on the authority''s machine, which signs by itself: nothing is asked of a ceremony'
		    USING ERRCODE = 'AY004', DETAIL = 'ROOT_ONLINE';
	END IF;
	RETURN i;
END
$$;

-- Requests of suppliers that are active, oldest first.
CREATE FUNCTION ca_request_each(p_root bigint) RETURNS SETOF ca_request
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT r.*
	  FROM ca_request r
	  JOIN index_range x ON x.id = r.range_id AND x.issuer_id = p_root
	  LEFT JOIN organisation o ON o.id = r.organisation_id
	 WHERE r.state = 'pending' AND r.role IS DISTINCT FROM 'root'
	   AND (o.id IS NULL OR o.state = 'active')
	 ORDER BY r.id LIMIT 900;
$$;

REVOKE EXECUTE ON FUNCTION ca_root(bigint), ca_request_end(ca_request),
	root_answers(issuer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ca_request_withdraw(text, text) TO assay_api;
GRANT EXECUTE ON FUNCTION ca_request_add(ca_request), ca_request_done(bigint),
	ca_request_each(bigint), ca_request_ocsp_due(), ca_ocsp_begun(),
	lot_waits_for_ca(lot)
	TO assay_authority;
