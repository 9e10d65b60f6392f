-- How a certificate of another scheme ends, and what ends with it: withdrawn,
-- repudiated with its evidence, or by the clock.

-- What rests on it is judged again: CoCs that name it, and those whose rule
-- set may have been satisfied by it.
CREATE FUNCTION external_certificate_rejudge(x external_certificate)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_model bigint;
BEGIN
	FOR v_model IN
		SELECT DISTINCT c.model_id FROM coc c
		JOIN model m ON m.id = c.model_id
		LEFT JOIN site_scope t ON t.id = c.site_scope_id
		WHERE (c.state IN ('provisional', 'certified')
		    OR c.suspended_by IS NOT NULL) AND
		    (x.model_id IN (m.id, m.hardware_platform_id) OR
		    t.site_id = x.site_id OR EXISTS (SELECT FROM coc_external
			WHERE coc_id = c.id
			AND external_certificate_id = x.id))
		ORDER BY 1
	LOOP
		PERFORM coc_rejudge(v_model);
	END LOOP;
END
$$;

-- By its supplier, an officer or a security officer: one person is enough.
CREATE FUNCTION external_certificate_withdraw(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x external_certificate;
BEGIN
	PERFORM actor_must('supplier', 'officer', 'security');
	PERFORM reason_must('withdrawing', p_reason);
	x := external_certificate_numbered(p_number);
	PERFORM actor_must_own(external_certificate_organisation(x));
	PERFORM state_must_change(x.number, x.state, 'withdrawn');
	UPDATE external_certificate SET state = 'withdrawn',
	    reason = p_reason, effective = assay_now()
	WHERE id = x.id RETURNING * INTO x;
	PERFORM external_certificate_rejudge(x);
	RETURN external_certificate_json(x);
END
$$;
GRANT EXECUTE ON FUNCTION external_certificate_withdraw(text, text)
	TO assay_api;

CREATE FUNCTION external_certificate_remind() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NEW.state = 'accepted' THEN
		PERFORM reminder_set('external_certificate.ends',
		    external_certificate_organisation(NEW), NEW.number,
		    NEW.expires);
	ELSE
		PERFORM reminder_drop('external_certificate.ends', NEW.number);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER external_certificate_remind AFTER UPDATE OF state
	ON external_certificate FOR EACH ROW WHEN (OLD.state <> NEW.state)
	EXECUTE FUNCTION external_certificate_remind();

-- ---- evidence that no longer holds

-- Repudiated, that is: what the file proved has an end of its own.
CREATE FUNCTION rests_on_evidence_external_certificate(e evidence)
	RETURNS SETOF jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	was external_certificate;
	x external_certificate;
BEGIN
	FOR was IN SELECT * FROM external_certificate
	    WHERE evidence_id = ANY (evidence_stands_for(e))
	    AND state IN ('registered', 'accepted')
	    AND e.state = 'repudiated' ORDER BY id FOR UPDATE
	LOOP
		UPDATE external_certificate SET effective = assay_now(),
		    state = CASE was.state WHEN 'accepted' THEN 'withdrawn'
			ELSE 'rejected' END,
		    reason = format('its evidence %s is repudiated',
			e.filename)
		WHERE id = was.id RETURNING * INTO x;
		PERFORM external_certificate_rejudge(x);
		RETURN NEXT jsonb_build_object('entity',
		    'external_certificate', 'subject', x.number,
		    'from', was.state, 'to', x.state);
	END LOOP;
END
$$;
INSERT INTO evidence_use (name, ord) VALUES ('external_certificate', 30);

CREATE FUNCTION evidence_supports_external_certificate(e evidence)
	RETURNS SETOF jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('entity', 'external_certificate',
	    'subject', x.number, 'state', x.state)
	FROM external_certificate x
	WHERE x.evidence_id = ANY (evidence_stands_for(e))
	    AND x.state IN ('registered', 'accepted') ORDER BY x.id;
$$;

-- ---- by the clock

-- A CoC that rests on it ends at the same second by itself, unless another
-- certificate has taken its place meanwhile.
CREATE FUNCTION clock_external_certificate(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
BEGIN
	UPDATE external_certificate SET state = 'expired', effective = expires
	 WHERE state = 'accepted' AND expires <= p_now;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (220, 'external_certificate',
	'a certificate of another scheme holds to its end');
