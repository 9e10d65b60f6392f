-- Lots that wait because somebody said so: their supplier, or the body.  What
-- is issued stays issued, and nothing is checked or issued until they go on
-- where they were.

ALTER TABLE lot ADD COLUMN paused_in text, -- the state to go on in
    ADD COLUMN paused_by bigint REFERENCES principal;
CREATE TRIGGER paused_goes_on_somewhere AFTER INSERT OR UPDATE OF state, paused_in
	ON lot FOR EACH ROW
	WHEN (NOT (NEW.state <> 'paused' OR NEW.paused_in IS NOT NULL))
	EXECUTE FUNCTION does_not_fit();

-- The lot, if the caller may pause it.
CREATE FUNCTION lot_take(p_number text) RETURNS lot
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
BEGIN
	PERFORM actor_must('supplier', 'officer', 'security');
	SELECT * INTO l FROM lot WHERE number = p_number
	   AND actor_sees(organisation_id) FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no lot "%" that you may see',
		    left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'LOT_UNKNOWN';
	END IF;
	PERFORM actor_must_own(l.organisation_id);
	RETURN l;
END
$$;

-- NULL: it is not paused.
CREATE FUNCTION lot_paused_by_body(l lot) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT o.kind = 'body' FROM principal p
	  JOIN organisation o ON o.id = p.organisation_id
	 WHERE l.state = 'paused' AND p.id = l.paused_by;
$$;

-- One that its supplier has paused the body pauses as well: it is the body's then.
CREATE FUNCTION lot_pause(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot := lot_take(p_number);
	was bigint := l.paused_by;
BEGIN
	PERFORM statement_must_say(format('/v1/lots/%s/pause', l.number), '{}');
	IF (actor_is_body() AND NOT lot_paused_by_body(l)) IS NOT TRUE THEN
		PERFORM state_must_change(l.number, l.state, 'paused');
	END IF;
	UPDATE lot SET state = 'paused',
	    paused_in = coalesce(l.paused_in, l.state),
	    paused_by = actor_id()
	 WHERE id = l.id RETURNING * INTO l;
	IF l.paused_by IS DISTINCT FROM was AND was IS NOT NULL THEN
		PERFORM history_note('lot', l.id, l.state,
		    to_jsonb(l) - 'header_jws');
	END IF;
	PERFORM notice_add('lot.paused', l.organisation_id, l.number,
	    jsonb_build_object('in', l.paused_in, 'issued', l.issued));
	RETURN lot_json(l);
END
$$;

-- What the body has paused, a supplier does not take up again.
CREATE FUNCTION lot_resume(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot := lot_take(p_number);
BEGIN
	PERFORM statement_must_say(format('/v1/lots/%s/resume', l.number),
	    '{}');
	IF l.state <> 'paused' THEN
		RAISE EXCEPTION '% is %, not paused', l.number, l.state
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	IF NOT actor_is_body() AND lot_paused_by_body(l) THEN
		RAISE EXCEPTION '% was paused by the body: ask its officer',
		    l.number
		    USING ERRCODE = 'AY002', DETAIL = 'LOT_PAUSED_BY_BODY';
	END IF;
	UPDATE lot SET state = l.paused_in, paused_in = NULL, paused_by = NULL
	 WHERE id = l.id RETURNING * INTO l;
	PERFORM notice_add('lot.resumed', l.organisation_id, l.number,
	    jsonb_build_object('in', l.state, 'issued', l.issued));
	PERFORM pg_notify('authority', 'lot');
	RETURN lot_json(l);
END
$$;

GRANT EXECUTE ON FUNCTION lot_pause(text), lot_resume(text) TO assay_api;
