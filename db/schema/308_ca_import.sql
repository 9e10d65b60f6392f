-- What a ceremony has signed (306), brought back by the body and judged by the
-- authority.

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

GRANT SELECT ON ca_import TO assay_api, assay_authority;
CALL tenancy('ca_import', '{body}');

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
	IF NOT EXISTS (SELECT FROM root_succession s JOIN ca_request r
	    ON r.id = s.request_id AND r.state = 'pending') THEN
		PERFORM ca_root(); -- or there is nothing to bring
	END IF;
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

GRANT EXECUTE ON FUNCTION ca_import_add(jsonb) TO assay_api;
GRANT EXECUTE ON FUNCTION ca_import_set(bigint, text, text),
	ca_crl_was(bigint, bytea, bigint), ca_crl_behind(bigint)
	TO assay_authority;
