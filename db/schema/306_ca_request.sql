-- What a root is asked for whose key is on no machine, and what came back.
--
-- The authority makes a key, reserves the serial number and writes the request.
-- When the body asks for them it makes requests.json of all that wait and of the
-- root's next CRL, and signs it: who carries it to the ceremony (ca/ceremony)
-- can change nothing.  The body brings back what the root has signed; the
-- authority judges it, and it alone stores it.

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

-- requests.json of one root, as the authority made and signed it.  Its ordinal
-- grows and never falls behind the clock, over restores, too: a ceremony signs
-- none that is older than the last one.
CREATE TABLE ca_request_file (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	ordinal bigint NOT NULL UNIQUE,
	root_id bigint NOT NULL, -- perhaps yet to be made (422)
	statement_id bigint NOT NULL UNIQUE REFERENCES statement,
	asked_by bigint NOT NULL REFERENCES principal,
	file text, -- once it is made
	certificates int,
	revoked int,
	is_signed bool,
	state text NOT NULL DEFAULT 'asked',
	reason text, -- of one that could not be made
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((state = 'made') = (file IS NOT NULL))
);
CREATE INDEX ca_request_file_asked ON ca_request_file (id)
	WHERE state = 'asked';
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON ca_request_file
	FOR EACH ROW EXECUTE FUNCTION state_guard('ca_request_file');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON ca_request_file
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What was brought: certificates and CRL stand in the signed statement.
CREATE TABLE ca_import (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	statement_id bigint NOT NULL UNIQUE REFERENCES statement,
	imported_by bigint NOT NULL REFERENCES principal,
	certificates int NOT NULL,
	crl bool NOT NULL,
	state text NOT NULL DEFAULT 'received',
	reason text, -- of a refused one; of an accepted one, what was passed over
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX ca_import_received ON ca_import (id) WHERE state = 'received';
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON ca_import
	FOR EACH ROW EXECUTE FUNCTION state_guard('ca_import');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON ca_import
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

GRANT SELECT ON ca_request, ca_request_file, ca_import TO assay_authority;
GRANT SELECT ON ca_request, ca_request_file, ca_import TO assay_api;
CALL tenancy('ca_request', '{body}');
CALL tenancy('ca_request_file', '{body}');
CALL tenancy('ca_import', '{body}');

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

CREATE FUNCTION ca_request_file_json(f ca_request_file) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('number', f.number,
	    'state', f.state, 'reason', f.reason, 'root', f.root_id,
	    'ordinal', f.ordinal, 'certificates', f.certificates,
	    'revoked', f.revoked, 'signed', f.is_signed,
	    'sha256', encode(sha256(convert_to(f.file, 'UTF8')), 'hex'),
	    'asked_by', p.handle, 'created', json_time(f.created)))
	  FROM principal p WHERE p.id = f.asked_by;
$$;

CREATE FUNCTION ca_request_file_ask(p_root bigint) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer', 'security');
	f ca_request_file;
BEGIN
	PERFORM statement_must_say('/v1/ca/request-files',
	    jsonb_build_object('root', p_root));
	LOCK TABLE ca_request_file IN EXCLUSIVE MODE; -- one ordinal after another
	INSERT INTO ca_request_file (number, ordinal, root_id, statement_id,
	    asked_by)
	VALUES (next_number('CAR'), greatest(
	    floor(extract(epoch FROM assay_now()))::bigint,
	    (SELECT max(ordinal) + 1 FROM ca_request_file)),
	    CASE WHEN root_is_awaited(p_root) THEN p_root
		ELSE (ca_root(p_root)).id END, statement_id(), who.id)
	RETURNING * INTO f;
	PERFORM pg_notify('authority', 'ca_request_file');
	RETURN ca_request_file_json(f);
END
$$;

-- ---- and written, by the authority

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

-- The number of the root's next CRL: it only grows, and never falls behind the
-- clock.
CREATE FUNCTION ca_crl_next(p_root bigint) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT greatest(floor(extract(epoch FROM assay_now()))::bigint,
	    (SELECT c.number + 1 FROM crl c
	      WHERE c.issuer_id = p_root AND c.shard = 0));
$$;

CREATE FUNCTION ca_request_file_set(p_id bigint, p_file text,
    p_certificates int, p_revoked int, p_signed bool, p_reason text)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f ca_request_file;
BEGIN
	UPDATE ca_request_file SET file = p_file,
	    certificates = p_certificates, revoked = p_revoked,
	    is_signed = p_signed, reason = p_reason,
	    state = CASE WHEN p_file IS NULL THEN 'failed' ELSE 'made' END
	 WHERE id = p_id AND state = 'asked' RETURNING * INTO STRICT f;
	IF f.state = 'made' AND NOT f.is_signed THEN
		PERFORM alarm_raise('alarm.ca_requests_unsigned', f.number,
		    jsonb_build_object('reason', p_reason));
	END IF;
END
$$;

-- A key of the authority's own that signs from day to day; the one before it
-- signs no more.
CREATE FUNCTION own_key_set(p_kind text, p_spki bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE delegated_key SET state = 'retired'
	WHERE kind = p_kind AND state = 'active' AND spki_der <> p_spki;
	INSERT INTO delegated_key (kind, name, spki_der)
	SELECT p_kind, p_kind || '-' || (SELECT count(*) + 1 FROM delegated_key
	    WHERE kind = p_kind), p_spki
	WHERE NOT EXISTS (SELECT FROM delegated_key
	    WHERE spki_der = p_spki);
	PERFORM FROM delegated_key WHERE spki_der = p_spki AND kind = p_kind
	    AND state = 'active';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the % key was retired before, or is '
		    'another one''s: remove VAR/authority/%.key, and the '
		    'authority makes a new one', p_kind, p_kind
		    USING ERRCODE = 'AY004', DETAIL = upper(p_kind) || '_KEY';
	END IF;
END
$$;

-- ---- brought back

CREATE FUNCTION ca_import_json(i ca_import) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('number', i.number,
	    'state', i.state, 'reason', i.reason,
	    'certificates', i.certificates, 'crl', i.crl,
	    'imported_by', p.handle, 'created', json_time(i.created)))
	  FROM principal p WHERE p.id = i.imported_by;
$$;

CREATE FUNCTION ca_import_add(p_terms jsonb) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer', 'security');
	i ca_import;
BEGIN
	PERFORM statement_must_say('/v1/ca/imports', p_terms);
	PERFORM ca_root(); -- or there is nothing to bring
	INSERT INTO ca_import (number, statement_id, imported_by, certificates,
	    crl)
	VALUES (next_number('CAI'), statement_id(), who.id,
	    jsonb_array_length(p_terms -> 'certificates'), p_terms ? 'crl')
	RETURNING * INTO i;
	PERFORM pg_notify('authority', 'ca_import');
	RETURN ca_import_json(i);
END
$$;

-- The authority has judged it.
CREATE FUNCTION ca_import_set(p_id bigint, p_state text, p_reason text)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i ca_import;
BEGIN
	UPDATE ca_import SET state = p_state, reason = p_reason
	 WHERE id = p_id AND state = 'received' RETURNING * INTO STRICT i;
	IF p_state = 'refused' THEN
		PERFORM alarm_raise('alarm.ca_import_refused', i.number,
		    jsonb_build_object('reason', p_reason));
	END IF;
END
$$;

-- What a CRL of that second has of a root's certificate, by the log; no row: it
-- was good.
CREATE FUNCTION ca_crl_was(p_root bigint, p_serial bytea, p_at bigint)
	RETURNS TABLE (reason int, since bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH e AS (
		SELECT e.id, e.kind, e.reason,
		    floor(extract(epoch FROM e.at))::bigint AS at
		  FROM certificate c
		  JOIN status_event e ON e.issuer_id = c.issuer_id
		   AND e.first = c.index AND e.count = 1
		   AND e.kind IN ('held', 'released', 'revoked')
		 WHERE c.issuer_id = p_root AND c.serial = p_serial
		   AND floor(extract(epoch FROM e.at)) <= p_at
	)
	SELECT CASE l.kind WHEN 'held' THEN 6 ELSE l.reason END,
	    (SELECT min(at) FROM e WHERE id > coalesce((SELECT max(id) FROM e
		WHERE kind = 'released'), 0))
	  FROM (SELECT * FROM e ORDER BY id DESC LIMIT 1) l
	 WHERE l.kind <> 'released';
$$;

-- A CRL was taken that was right when it was asked for, and is no more.
CREATE FUNCTION ca_crl_behind(p_root bigint) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT alarm_raise('alarm.root_crl_behind', 'CRL of root ' || p_root,
	    jsonb_build_object('to_do',
	    'hold a ceremony: assay ca requests'));
$$;

-- ---- when a ceremony is needed

-- What ends: the CRL of a root that is offline, and its OCSP signers.
CREATE FUNCTION root_ends() RETURNS TABLE (what text, ends timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT e.what || CASE i.state WHEN 'active' THEN ''
	    ELSE ' of root ' || i.id END, e.ends
	  FROM issuer i CROSS JOIN LATERAL (
		SELECT 'CRL' AS what, c.next_update AS ends FROM crl c
		 WHERE c.issuer_id = i.id AND c.shard = 0
		UNION ALL
		SELECT 'OCSP signer ' || k.name, max(d.not_after)
		  FROM delegated_certificate d
		  JOIN delegated_key k ON k.id = d.key_id AND k.state = 'active'
		 WHERE d.issuer_id = i.id
		 GROUP BY k.name) e
	 WHERE root_answers(i);
$$;

-- 30 and 7 days before, and when it is over: each once.
CREATE FUNCTION root_reminders()
	RETURNS TABLE (what text, ends timestamptz, topic text,
	    at timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT e.what, e.ends, d.topic, e.ends - make_interval(days => d.days)
	  FROM root_ends() e, (VALUES (30, 'alarm.root_30_days'),
	      (7, 'alarm.root_7_days'), (0, 'alarm.root_over')) d (days, topic)
	 WHERE NOT EXISTS (SELECT FROM notice n WHERE n.topic = d.topic
	    AND n.subject = e.what AND n.once = json_time(e.ends));
$$;
CREATE FUNCTION clock_root(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r record;
	n int := 0;
BEGIN
	FOR r IN SELECT * FROM root_reminders() WHERE at <= p_now LOOP
		PERFORM alarm_raise(r.topic, r.what, jsonb_build_object(
		    'ends', json_time(r.ends), 'to_do',
		    'hold a ceremony: assay ca requests'), json_time(r.ends));
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
CREATE FUNCTION clock_root_due() RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT min(at) FROM root_reminders()';
INSERT INTO clock_rule (ord, name, what)
VALUES (360, 'root', 'the CRL of a root that is offline, or its OCSP signer, '
	'ends in 30 days, in 7, now: a ceremony is needed');

-- A CA's certificate is revoked: every decision knows at once; the CRL comes by
-- the next ceremony, and the body hears of that.
CREATE FUNCTION root_revokes() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM issuer WHERE id = NEW.issuer_id AND offline) THEN
		PERFORM alarm_raise('alarm.root_crl_behind',
		    encode(NEW.serial, 'hex'), jsonb_build_object('state',
		    NEW.state, 'to_do', 'hold a ceremony: assay ca requests'));
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER root_revokes AFTER UPDATE OF state ON certificate
	FOR EACH ROW WHEN (NEW.lot_id IS NULL
	    AND (NEW.state, NEW.reason) IS DISTINCT FROM (OLD.state, OLD.reason))
	EXECUTE FUNCTION root_revokes();

REVOKE EXECUTE ON FUNCTION ca_root(bigint), ca_request_end(ca_request),
	root_answers(issuer), root_ends(), root_reminders(),
	clock_root(timestamptz), clock_root_due(), root_revokes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ca_request_file_ask(bigint), ca_import_add(jsonb),
	ca_request_withdraw(text, text) TO assay_api;
GRANT EXECUTE ON FUNCTION ca_request_each(bigint), ca_crl_next(bigint),
	ca_request_file_set(bigint, text, int, int, bool, text),
	own_key_set(text, bytea), ca_crl_was(bigint, bytea, bigint),
	ca_crl_behind(bigint),
	ca_request_add(ca_request), ca_request_done(bigint),
	lot_waits_for_ca(lot), ca_request_ocsp_due(),
	ca_import_set(bigint, text, text) TO assay_authority;
