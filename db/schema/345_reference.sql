-- What a TrE's evidence is judged against: reference values of what its model
-- measures, firmware by firmware, and roots of the certificates that TPMs have
-- from their makers (endorsement keys).  The supplier says them, signed; two of
-- the body accept them.  A reference never changes: one that is accepted later
-- for the same firmware takes its place, and one that was revoked stays bad.

CREATE TABLE reference (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	model_id bigint NOT NULL REFERENCES model,
	kind text NOT NULL CHECK (kind IN ('transcript', 'tpm_quote', 'dice',
	    'ek_root')),
	firmware text CHECK (firmware IS NULL OR
	    firmware_parts(firmware) IS NOT NULL),
	measured text[], -- each is one that this firmware may measure
	certificate bytea CHECK (octet_length(certificate) <= 8192),
	sha256 sha256 NOT NULL, -- of what was signed
	submitted_by bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL REFERENCES statement,
	reason text CHECK (length(reason) <= 500), -- of the state
	state text NOT NULL DEFAULT 'submitted',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((kind = 'ek_root') = (firmware IS NULL)),
	CHECK ((kind = 'ek_root') = (measured IS NULL)),
	CHECK ((kind = 'ek_root') = (certificate IS NOT NULL)),
	CHECK (cardinality(measured) BETWEEN 1 AND 32)
);
CREATE INDEX reference_model ON reference (model_id, kind, id)
	WHERE state IN ('in_force', 'revoked');
CREATE INDEX reference_state ON reference (state, id);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON reference
	FOR EACH ROW EXECUTE FUNCTION state_guard('reference');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON reference
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TRIGGER reference_is_fixed BEFORE UPDATE ON reference
	FOR EACH ROW EXECUTE FUNCTION only_changes(
	    '{state,effective,reason}',
	    'a reference cannot change: submit another',
	    'REFERENCE_FIXED');

CREATE FUNCTION owner_of_reference(p_id bigint) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT m.organisation_id FROM reference r
	    JOIN model m ON m.id = r.model_id WHERE r.id = p_id);
END
$$;

CREATE FUNCTION reference_json(r reference) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('number', r.number,
	    'model', m.handle, 'kind', r.kind, 'firmware', r.firmware,
	    'measured', to_jsonb(r.measured),
	    'certificate_sha256', encode(sha256(r.certificate), 'hex'),
	    'sha256', encode(r.sha256, 'hex'), 'submitted_by', p.handle,
	    'state', r.state, 'reason', r.reason,
	    'effective', json_time(r.effective),
	    'created', json_time(r.created)))
	  FROM model m, principal p
	 WHERE m.id = r.model_id AND p.id = r.submitted_by;
$$;

CREATE FUNCTION reference_whole_json(r reference) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT reference_json(r) || jsonb_strip_nulls(jsonb_build_object(
	    'certificate', translate(encode(r.certificate, 'base64'), E'\n', ''),
	    'proposals', proposals_on('reference', r.id),
	    'history', history_json('reference', r.id)));
$$;

CREATE FUNCTION reference_take(p_number text) RETURNS reference
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r reference;
BEGIN
	SELECT * INTO r FROM reference WHERE number = p_number FOR UPDATE;
	IF NOT FOUND OR NOT actor_sees(owner_of_reference(r.id)) THEN
		RAISE EXCEPTION 'there is no reference "%"', left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN r;
END
$$;

CREATE FUNCTION reference_must_be(r reference, p_states text[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT r.state = ANY (p_states) THEN
		RAISE EXCEPTION '% is %, not %', r.number, r.state,
		    array_to_string(p_states, ' or ')
		    USING ERRCODE = 'AY004', DETAIL = 'REFERENCE_STATE';
	END IF;
END
$$;

-- What one value looks like: policy/evidence.md.
CREATE FUNCTION reference_must_measure(p_kind text, p_measured text[])
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
DECLARE
	one text := '[a-z0-9-]{1,16};[A-Za-z0-9+/]{1,86}={0,2}';
	form text := CASE p_kind
	    WHEN 'tpm_quote' THEN
		'^sha256:[0-9]{1,2}(,[0-9]{1,2}){0,23};[A-Za-z0-9+/]{43,64}=?$'
	    ELSE '^' || one || '( ' || one || '){0,31}$' END;
	m text;
BEGIN
	FOREACH m IN ARRAY p_measured LOOP
		IF m !~ form THEN
			RAISE EXCEPTION 'measured: "%" is not %', left(m, 80),
			    CASE p_kind WHEN 'tpm_quote' THEN 'bank and PCRs '
			    'and their digest: "sha256:0,2,7;BASE64"'
			    ELSE 'hashes with a space between them: '
			    '"sha-256;BASE64"' END
			    USING ERRCODE = 'AY001', DETAIL = 'MEASURED_FORM';
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION reference_model(p_model text) RETURNS model
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model;
BEGIN
	SELECT * INTO m FROM model WHERE handle = p_model AND kind = 'tre';
	IF NOT FOUND OR NOT actor_sees(m.organisation_id) THEN
		RAISE EXCEPTION 'model: there is no TrE model "%" of yours',
		    left(p_model, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'MODEL_ABSENT';
	END IF;
	RETURN m;
END
$$;

-- By the model's supplier; p_certificate was looked at by the api.
CREATE FUNCTION reference_submit(p_model text, p_kind text, p_firmware text,
    p_measured text[], p_certificate bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier');
	m model;
	r reference;
BEGIN
	PERFORM statement_must_say('/v1/references', jsonb_build_object(
	    'model', p_model, 'kind', p_kind, 'firmware', p_firmware,
	    'measured', to_jsonb(p_measured), 'certificate',
	    translate(encode(p_certificate, 'base64'), E'\n', '')));
	m := reference_model(p_model);
	PERFORM actor_must_own(m.organisation_id);
	IF (p_kind = 'ek_root') <> (p_certificate IS NOT NULL) OR
	    (p_kind = 'ek_root') <> (p_firmware IS NULL) OR
	    (p_kind = 'ek_root') <> (p_measured IS NULL) THEN
		RAISE EXCEPTION 'kind: an ek_root has a certificate, every '
		    'other kind a firmware and what it measures'
		    USING ERRCODE = 'AY001', DETAIL = 'REFERENCE_KIND';
	END IF;
	IF p_firmware IS NOT NULL AND firmware_parts(p_firmware) IS NULL THEN
		RAISE EXCEPTION 'firmware: "%" is not one to eight numbers '
		    'with dots between them', left(p_firmware, 40)
		    USING ERRCODE = 'AY001', DETAIL = 'FIRMWARE_FORM';
	END IF;
	PERFORM reference_must_measure(p_kind, coalesce(p_measured, '{}'));
	INSERT INTO reference (number, model_id, kind, firmware, measured,
	    certificate, sha256, submitted_by, statement_id)
	SELECT next_number('REF'), m.id, p_kind, p_firmware, p_measured,
	    p_certificate, sha256(s.body), who.id, s.id
	  FROM statement s WHERE s.id = statement_id()
	RETURNING * INTO r;
	PERFORM alarm_raise('reference.submitted', r.number,
	    jsonb_build_object('model', p_model, 'kind', p_kind));
	RETURN reference_json(r);
END
$$;

CREATE FUNCTION reference_set(r reference, p_state text, p_reason text)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE reference SET state = p_state, reason = p_reason,
	    effective = assay_now() WHERE id = r.id RETURNING * INTO r;
	PERFORM notice_add('reference.' || p_state, owner_of_reference(r.id),
	    r.number, reference_json(r));
END
$$;

-- ---- two of the body

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('reference_accept', 'reference', '{decider}', '{decider}');

-- What is signed says which octets of the supplier's are accepted.
CREATE FUNCTION reference_propose(p_number text, p_sha256 bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r reference;
	terms jsonb;
	made proposal;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say(format('/v1/references/%s/propose',
	    p_number), jsonb_build_object('sha256', encode(p_sha256, 'hex')));
	r := reference_take(p_number);
	IF r.sha256 <> p_sha256 THEN
		RAISE EXCEPTION '% is not that: read it again', p_number
		    USING ERRCODE = 'AY004', DETAIL = 'TERMS_CHANGED';
	END IF;
	PERFORM reference_must_be(r, '{submitted}');
	made := proposal_open('reference_accept', r.id, r.number, terms);
	RETURN proposal_json(made.id);
END
$$;

-- For operators with devices of the model: what decisions ask of these has changed.
CREATE FUNCTION reference_tell(r reference, p_state text) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT standing_tell('reference.' || p_state, 'model', r.model_id,
	    r.number, jsonb_build_object('model', (SELECT handle FROM model
	    WHERE id = r.model_id), 'kind', r.kind));
$$;

-- Is this the first of a kind that is asked for only where there is one?
CREATE FUNCTION reference_begins(r reference) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT r.kind = 'transcript' AND NOT EXISTS (SELECT FROM reference
	    WHERE model_id = r.model_id AND kind = r.kind
	    AND state IN ('in_force', 'superseded', 'revoked'));
$$;

CREATE FUNCTION act_reference_accept(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r reference := reference_take(p.subject_number);
	old reference;
BEGIN
	PERFORM reference_must_be(r, '{submitted}');
	IF reference_begins(r) THEN
		PERFORM reference_tell(r, 'in_force');
	END IF;
	FOR old IN SELECT * FROM reference x WHERE x.model_id = r.model_id
	    AND x.kind = r.kind AND x.state = 'in_force'
	    AND firmware_parts(x.firmware) = firmware_parts(r.firmware)
	    ORDER BY id FOR UPDATE LOOP
		PERFORM reference_set(old, 'superseded', r.number);
		IF NOT old.measured <@ r.measured THEN
			PERFORM reference_tell(old, 'superseded');
		END IF;
	END LOOP;
	PERFORM reference_set(r, 'in_force', NULL);
END
$$;

CREATE FUNCTION reject_reference_accept(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM reference_set(r, 'rejected', NULL) FROM reference r
	WHERE r.id = p.subject_id AND r.state = 'submitted';
END
$$;

-- One person is enough: its supplier, who finds a hole, or the body.
CREATE FUNCTION reference_revoke(p_number text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r reference;
BEGIN
	PERFORM actor_must('supplier', 'security');
	PERFORM statement_must_say(format('/v1/references/%s/revoke',
	    p_number), jsonb_build_object('reason', p_reason));
	r := reference_take(p_number);
	PERFORM actor_must_own(owner_of_reference(r.id));
	PERFORM reference_must_be(r, '{in_force,superseded}');
	PERFORM reference_set(r, 'revoked', p_reason);
	PERFORM reference_tell(r, 'revoked');
	SELECT * INTO r FROM reference WHERE id = r.id;
	RETURN reference_json(r);
END
$$;

-- ---- what a decision asks

CREATE TYPE evidence_facts AS (
	measurement text, -- good, bad, unknown, not_asked
	firmware text,	  -- whose reference values these are
	update_available bool,
	enrolled bool,
	ord text	  -- of its TPM's quotes: good, overtaken, back
);

-- Of a model: what was measured, and the firmware that is claimed or NULL.  Of
-- several firmwares with the same values the oldest counts.  Where the only values
-- were revoked something is asked for still, or that would let in what claims nothing.
CREATE FUNCTION reference_judge(p_model bigint, p_kind text, p_measured text,
    p_firmware text) RETURNS evidence_facts
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f evidence_facts;
BEGIN
	SELECT CASE WHEN bool_or(state = 'revoked') THEN 'bad' ELSE 'good' END,
	    (array_agg(firmware ORDER BY firmware_parts(firmware), id))[1]
	  INTO f.measurement, f.firmware
	  FROM reference WHERE model_id = p_model AND kind = p_kind
	   AND p_measured = ANY (measured) AND (state = 'revoked' OR
	    state = 'in_force' AND (p_firmware IS NULL OR
		firmware_parts(firmware) = firmware_parts(p_firmware)))
	HAVING count(*) > 0;
	f.measurement := coalesce(f.measurement, CASE WHEN p_kind = 'transcript'
	    AND NOT EXISTS (SELECT FROM reference WHERE model_id = p_model
		AND kind = 'transcript' AND state IN ('in_force', 'revoked'))
	    THEN 'not_asked' ELSE 'unknown' END);
	f.update_available := f.measurement = 'good' AND EXISTS (SELECT
	    FROM reference WHERE model_id = p_model AND kind = p_kind
	    AND state = 'in_force'
	    AND firmware_parts(firmware) > firmware_parts(f.firmware));
	RETURN f;
END
$$;

CALL tenancy('reference', '{body} OR model_id IN {models}');
GRANT SELECT ON reference TO assay_api;
GRANT EXECUTE ON FUNCTION reference_submit(text, text, text, text[], bytea),
	reference_propose(text, bytea), reference_revoke(text, text)
	TO assay_api;
