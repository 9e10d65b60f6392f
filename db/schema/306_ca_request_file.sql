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

GRANT SELECT ON ca_request_file TO assay_api, assay_authority;
CALL tenancy('ca_request_file', '{body}');

-- ---- asked for, by the body

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

-- ---- written, by the authority

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

GRANT EXECUTE ON FUNCTION ca_request_file_ask(bigint) TO assay_api;
GRANT EXECUTE ON FUNCTION ca_crl_next(bigint),
	ca_request_file_set(bigint, text, int, int, bool, text)
	TO assay_authority;
