-- Evidence: the octets are on disk under their SHA-256; here is what they are,
-- whose they are, and who accepted them.

CREATE FUNCTION evidence_json(e evidence) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('sha256', encode(e.sha256, 'hex'),
	    'size', e.size, 'media_type', e.media_type,
	    'filename', e.filename, 'organisation', o.handle,
	    'submitted_by', s.handle, 'judged_by', j.handle,
	    'reason', e.judged_reason, 'state', e.state,
	    'created', json_time(e.created))
	  FROM organisation o, principal s
	  LEFT JOIN principal j ON j.id = e.judged_by
	 WHERE o.id = e.organisation_id AND s.id = e.submitted_by;
$$;

-- The same content twice is one: the second time nothing happens.
CREATE FUNCTION evidence_add(p_sha256 bytea, p_size bigint,
    p_media_type text, p_filename text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier', 'auditor', 'officer');
	e evidence;
BEGIN
	INSERT INTO evidence (sha256, size, media_type, filename,
	    organisation_id, submitted_by)
	VALUES (p_sha256, p_size, p_media_type, p_filename,
	    who.organisation_id, who.id)
	ON CONFLICT (sha256) DO NOTHING;
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256;
	IF e.organisation_id <> who.organisation_id THEN
		RAISE EXCEPTION 'this content was submitted by another '
		    'organisation: evidence belongs to one'
		    USING ERRCODE = 'AY004', DETAIL = 'EVIDENCE_TAKEN';
	END IF;
	RETURN evidence_json(e);
END
$$;

CREATE FUNCTION evidence_judge(p_sha256 bytea, p_state text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer', 'decider');
	e evidence;
BEGIN
	IF p_state NOT IN ('accepted', 'rejected') THEN
		RAISE EXCEPTION 'evidence is accepted or rejected'
		    USING ERRCODE = 'AY001', DETAIL = 'STATE_NOT_ALLOWED';
	END IF;
	IF p_state = 'rejected' AND coalesce(p_reason, '') = '' THEN
		RAISE EXCEPTION 'reason: a rejection needs one'
		    USING ERRCODE = 'AY001', DETAIL = 'REASON_REQUIRED';
	END IF;
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256 FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no evidence %',
		    encode(p_sha256, 'hex')
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	IF e.submitted_by = who.id THEN
		RAISE EXCEPTION 'four eyes: somebody other than its submitter '
		    'must judge evidence'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	UPDATE evidence SET state = p_state, judged_by = who.id,
	    judged_reason = p_reason WHERE id = e.id
	RETURNING * INTO e;
	RETURN evidence_json(e);
END
$$;

-- What an audit rests on was uploaded, and somebody else accepted it.
CREATE FUNCTION evidence_must_hold(p_field text, p_sha256 bytea) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	e evidence;
BEGIN
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256;
	IF NOT FOUND THEN
		RAISE EXCEPTION '%: no evidence % was uploaded', p_field,
		    encode(p_sha256, 'hex')
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_ABSENT';
	END IF;
	IF e.state <> 'accepted' THEN
		RAISE EXCEPTION '%: % is %, not accepted', p_field,
		    e.filename, e.state
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_NOT_ACCEPTED';
	END IF;
	RETURN e.id;
END
$$;

-- What may rest on evidence.  A row here is a function beside its noun,
-- rests_on_evidence_NAME(evidence), that judges again whatever rests on this
-- piece, now that it no longer holds, and returns a row for each thing that it
-- changed: {"entity", "subject", "from", "to"}.
CREATE TABLE evidence_use (
	name text PRIMARY KEY,
	ord int NOT NULL UNIQUE
);

GRANT EXECUTE ON FUNCTION evidence_json(evidence),
	evidence_add(bytea, bigint, text, text),
	evidence_judge(bytea, text, text)
	TO assay_api;
