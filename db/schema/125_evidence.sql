-- Evidence: the octets are on disk under their SHA-256; here is what they are,
-- whose they are, and who accepted them.  What becomes of an accepted piece is
-- in 127_evidence_end.sql.

CREATE FUNCTION evidence_json(e evidence) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('sha256', encode(e.sha256, 'hex'),
	    'size', e.size, 'media_type', e.media_type,
	    'filename', e.filename, 'organisation', o.handle,
	    'submitted_by', s.handle, 'judged_by', j.handle,
	    'reason', e.judged_reason, 'state', e.state,
	    'valid_until', json_time(e.valid_until),
	    'superseded_by', (SELECT encode(x.sha256, 'hex')
		FROM evidence x WHERE x.id = e.successor_id),
	    'created', json_time(e.created))
	  FROM organisation o, principal s
	  LEFT JOIN principal j ON j.id = e.judged_by
	 WHERE o.id = e.organisation_id AND s.id = e.submitted_by;
$$;

-- What a piece is never changes; how it stands does.  And whatever calls this:
-- nobody accepts what their own organisation submitted, but for the body, where
-- it is another person.
CREATE FUNCTION evidence_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := '{state,effective,judged_reason,successor_id}';
BEGIN
	IF OLD.state = 'submitted' THEN
		may := may || '{judged_by,valid_until}';
	END IF;
	IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION 'evidence cannot change: submit another file'
		    USING ERRCODE = 'AY002', DETAIL = 'EVIDENCE_FIXED';
	END IF;
	IF EXISTS (SELECT FROM principal p
	    JOIN organisation o ON o.id = p.organisation_id
	    WHERE p.id = NEW.judged_by AND o.kind <> 'body'
	      AND o.id = NEW.organisation_id) THEN
		RAISE EXCEPTION 'an organisation does not judge evidence of '
		    'its own'
		    USING ERRCODE = 'AY002', DETAIL = 'EVIDENCE_OF_YOUR_OWN';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER evidence_is_fixed BEFORE UPDATE ON evidence
	FOR EACH ROW EXECUTE FUNCTION evidence_is_fixed();

CREATE FUNCTION evidence_must_end_later(p_valid_until timestamptz)
	RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_valid_until <= assay_now() THEN
		RAISE EXCEPTION 'valid_until: % is over, and what has ended '
		    'supports nothing', json_time(p_valid_until)
		    USING ERRCODE = 'AY001', DETAIL = 'VALID_UNTIL';
	END IF;
END
$$;

-- May whoever acts bring so much more?  Asked before its octets are put where they
-- stay.
CREATE FUNCTION evidence_room(p_sha256 bytea, p_size bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier', 'auditor', 'officer');
BEGIN
	PERFORM rate_evidence(who.organisation_id, p_sha256, p_size);
END
$$;

-- The same content twice is one: the second time nothing happens.
CREATE FUNCTION evidence_add(p_sha256 bytea, p_size bigint,
    p_media_type text, p_filename text,
    p_valid_until timestamptz DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier', 'auditor', 'officer');
	e evidence;
BEGIN
	PERFORM evidence_must_end_later(p_valid_until);
	PERFORM rate_evidence(who.organisation_id, p_sha256, p_size);
	INSERT INTO evidence (sha256, size, media_type, filename,
	    organisation_id, submitted_by, valid_until)
	VALUES (p_sha256, p_size, p_media_type, p_filename,
	    who.organisation_id, who.id, p_valid_until)
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

-- For change: the row is locked.
CREATE FUNCTION evidence_take(p_sha256 bytea) RETURNS evidence
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e evidence;
BEGIN
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256 FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no evidence %',
		    encode(p_sha256, 'hex')
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN e;
END
$$;

-- Accepting confirms the end that the submitter gave; the accepter may name an
-- earlier one, or one where there was none.
CREATE FUNCTION evidence_judge(p_sha256 bytea, p_state text, p_reason text,
    p_valid_until timestamptz DEFAULT NULL) RETURNS jsonb
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
	IF p_state = 'rejected' THEN
		PERFORM reason_must('a rejection', p_reason);
	END IF;
	e := evidence_take(p_sha256);
	IF e.state <> 'submitted' THEN
		RAISE EXCEPTION '% is % already', e.filename, e.state
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	IF e.submitted_by = who.id THEN
		RAISE EXCEPTION 'four eyes: somebody other than its submitter '
		    'must judge evidence'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	IF p_valid_until > e.valid_until THEN
		RAISE EXCEPTION 'valid_until: its submitter says %, and it '
		    'holds no longer than that', json_time(e.valid_until)
		    USING ERRCODE = 'AY001', DETAIL = 'VALID_UNTIL';
	END IF;
	IF p_state = 'accepted' THEN
		PERFORM evidence_must_end_later(
		    coalesce(p_valid_until, e.valid_until));
	END IF;
	UPDATE evidence SET state = p_state, judged_by = who.id,
	    judged_reason = p_reason, effective = assay_now(),
	    valid_until = coalesce(p_valid_until, valid_until)
	 WHERE id = e.id
	RETURNING * INTO e;
	RETURN evidence_json(e);
END
$$;

-- What stands in this piece's place today: itself, or the last successor.
CREATE FUNCTION evidence_standing(p_id bigint) RETURNS evidence
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH RECURSIVE chain AS (
		SELECT p_id AS id
		UNION ALL
		SELECT e.successor_id FROM chain c JOIN evidence e ON e.id = c.id
		WHERE e.successor_id IS NOT NULL
	)
	SELECT e FROM evidence e
	WHERE e.id IN (SELECT id FROM chain) AND e.successor_id IS NULL;
$$;

-- The other way round: the pieces in whose place this one stands, itself among
-- them; none, once something stands in its own.
CREATE FUNCTION evidence_stands_for(e evidence) RETURNS bigint[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH RECURSIVE chain AS (
		SELECT e.id WHERE e.successor_id IS NULL
		UNION ALL
		SELECT p.id FROM chain c JOIN evidence p ON p.successor_id = c.id
	)
	SELECT ARRAY(SELECT id FROM chain);
$$;

-- May something new rest on it?  What stands on it already is another matter.
CREATE FUNCTION evidence_must_be_good(p_field text, e evidence) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF e.state <> 'accepted' OR e.valid_until <= assay_now() THEN
		RAISE EXCEPTION '%: % is %, not accepted', p_field, e.filename,
		    CASE e.state WHEN 'accepted' THEN 'expired'
		    ELSE e.state END
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_NOT_ACCEPTED';
	END IF;
END
$$;

-- Nobody repudiates it before what is about to rest on it is there to be judged.
CREATE FUNCTION evidence_hold_still(p_ids bigint[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM FROM evidence WHERE id IN (SELECT (evidence_standing(x)).id
	    FROM unnest(p_ids) AS x) ORDER BY id FOR SHARE;
END
$$;

-- It was uploaded, somebody else accepted it, and it holds today.
CREATE FUNCTION evidence_must_hold(p_field text, p_sha256 bytea) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e evidence;
BEGIN
	SELECT * INTO e FROM evidence WHERE sha256 = p_sha256 FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION '%: no evidence % was uploaded', p_field,
		    encode(p_sha256, 'hex')
		    USING ERRCODE = 'AY001', DETAIL = 'EVIDENCE_ABSENT';
	END IF;
	PERFORM evidence_must_be_good(p_field, e);
	RETURN e.id;
END
$$;

-- The names of pieces, for JSON, in the order of their submission.
CREATE FUNCTION evidence_names(p_ids bigint[]) RETURNS text[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT ARRAY(SELECT encode(sha256, 'hex') FROM evidence
	    WHERE id = ANY (p_ids) ORDER BY id);
$$;

GRANT EXECUTE ON FUNCTION
	evidence_add(bytea, bigint, text, text, timestamptz),
	evidence_room(bytea, bigint),
	evidence_judge(bytea, text, text, timestamptz)
	TO assay_api;
