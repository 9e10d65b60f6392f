-- What becomes of an incident: triaged by an officer or a security officer,
-- confirmed by a security officer or a decider, dismissed by two people, closed.

CREATE FUNCTION incident_take(p_number text) RETURNS incident
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	SELECT * INTO i FROM incident WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no incident "%"', left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN i;
END
$$;

CREATE FUNCTION incident_must_be(i incident, VARIADIC p_states text[])
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF i.state <> ALL (p_states) THEN
		RAISE EXCEPTION '% is %, not %', i.number, i.state,
		    array_to_string(p_states, ' or ')
		    USING ERRCODE = 'AY004', DETAIL = 'INCIDENT_STATE';
	END IF;
END
$$;

CREATE FUNCTION incident_set(i incident, p_state text, p_reason text)
	RETURNS incident
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE incident SET state = p_state, reason = p_reason,
	    severity = i.severity, effective = assay_now()
	WHERE id = i.id RETURNING *;
$$;

-- Devices that are still in use go into quarantine.
CREATE FUNCTION incident_quarantine(i incident) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	FOR d IN SELECT d0.* FROM device d0 JOIN incident_device x
	    ON x.device_id = d0.id WHERE x.incident_id = i.id
	    AND d0.state IN ('accredited', 'in_service')
	    ORDER BY d0.id FOR UPDATE OF d0 LOOP
		PERFORM device_set(d, 'quarantined', i.number);
	END LOOP;
END
$$;

-- Somebody has looked at it and takes it seriously enough to go on.
CREATE FUNCTION incident_triage(p_number text, p_severity text,
    p_reason text, p_quarantine bool) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	PERFORM actor_must('officer', 'security');
	IF p_quarantine THEN
		PERFORM actor_must('security');
	END IF;
	PERFORM reason_must('triage', p_reason);
	i := incident_take(p_number);
	PERFORM incident_must_be(i, 'received');
	i.severity := p_severity;
	i := incident_set(i, 'triaged', p_reason);
	IF p_quarantine THEN
		PERFORM incident_quarantine(i);
	END IF;
	RETURN incident_json(i);
END
$$;

-- The preliminary finding: once, and within 24 hours.
CREATE FUNCTION incident_find_preliminary(p_number text, p_finding text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	PERFORM actor_must('officer', 'security');
	i := incident_take(p_number);
	PERFORM incident_must_be(i, 'received', 'triaged', 'confirmed');
	IF i.finding IS NOT NULL THEN
		RAISE EXCEPTION '% has its preliminary finding: what is found '
		    'later is said when it is confirmed, dismissed or closed',
		    i.number
		    USING ERRCODE = 'AY004', DETAIL = 'FINDING_GIVEN';
	END IF;
	UPDATE incident SET finding = p_finding, finding_by = actor_id(),
	    finding_at = assay_now() WHERE id = i.id RETURNING * INTO i;
	PERFORM history_note('incident', i.id, i.state, to_jsonb(i));
	RETURN incident_json(i);
END
$$;

-- Every certificate of its devices that is not revoked, by itself or by a measure.
CREATE FUNCTION incident_revoke(i incident, p_reason text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	FOR c IN SELECT c0.* FROM certificate c0 JOIN incident_device x
	    ON x.device_id = c0.device_id
	    CROSS JOIN LATERAL certificate_status(c0) s
	    WHERE x.incident_id = i.id
	    AND (s.state <> 'revoked' OR p_reason = 'keyCompromise'
	    AND s.reason <> 1)
	    ORDER BY c0.issuer_id, c0.index LOOP
		PERFORM certificate_revoke(encode(c.der_sha256, 'hex'),
		    p_reason, NULL);
	END LOOP;
END
$$;

-- Whom it concerns beside its devices' suppliers and operators: those of its model,
-- its lot and its organisation.
CREATE FUNCTION incident_tell(i incident) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add('incident.confirmed', o, i.number,
	    jsonb_build_object('kind', i.kind))
	FROM (SELECT organisation_id FROM incident_owner
	    WHERE incident_id = i.id
	    UNION SELECT measure_operators(CASE kind WHEN 'hardware_platform'
		THEN kind ELSE 'model' END, id) FROM model WHERE id = i.model_id
	    UNION SELECT measure_operators('lot', i.lot_id)
	    UNION SELECT measure_operators('organisation', i.organisation_id))
	    AS concerned (o)
	WHERE NOT EXISTS (SELECT FROM notice n
	    WHERE n.topic = 'incident.confirmed' AND n.organisation_id = o
	    AND n.subject = i.number);
$$;

-- It is so.  A stolen device is stolen from now on; one that was tampered with
-- or copied goes into quarantine if it isn't there.
CREATE FUNCTION incident_confirm(p_number text, p_reason text,
    p_revoke text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
	d device;
BEGIN
	PERFORM actor_must('security', 'decider');
	PERFORM reason_must('confirming', p_reason);
	i := incident_take(p_number);
	PERFORM incident_must_be(i, 'triaged');
	i := incident_set(i, 'confirmed', p_reason);
	IF i.kind IN ('tamper_report', 'clone') THEN
		PERFORM incident_quarantine(i);
	END IF;
	FOR d IN SELECT d0.* FROM device d0 JOIN incident_device x
	    ON x.device_id = d0.id WHERE x.incident_id = i.id
	    ORDER BY d0.id FOR UPDATE OF d0 LOOP
		IF i.kind = 'stolen_device'
		    AND d.state NOT IN ('stolen', 'retired') THEN
			PERFORM device_set(d, 'stolen', i.number);
		END IF;
		PERFORM device_notice('incident.confirmed', d, i.number,
		    jsonb_build_object('kind', i.kind));
	END LOOP;
	PERFORM incident_tell(i);
	IF p_revoke IS NOT NULL THEN
		PERFORM incident_revoke(i, p_revoke);
	END IF;
	RETURN incident_json(i);
END
$$;

-- Dismissing is what a false friend would do, so it takes two, whoever triaged
-- it.  It gives no device back: that is an act of its own (312).
INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('incident_dismiss', 'incident', '{officer,security}',
    '{security,decider}');

CREATE FUNCTION incident_dismiss_propose(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
	terms jsonb;
	made proposal;
BEGIN
	PERFORM actor_must('officer', 'security');
	terms := statement_must_say(format('/v1/incidents/%s/dismiss',
	    p_number), jsonb_build_object('reason', p_reason));
	i := incident_take(p_number);
	PERFORM incident_must_be(i, 'triaged');
	made := proposal_open('incident_dismiss', i.id, i.number, terms);
	RETURN proposal_json(made.id);
END
$$;

CREATE FUNCTION act_incident_dismiss(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident := incident_take(p.subject_number);
BEGIN
	PERFORM incident_must_be(i, 'triaged');
	PERFORM incident_set(i, 'dismissed', p.terms ->> 'reason');
END
$$;

CREATE FUNCTION incident_close(p_number text, p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	PERFORM actor_must('officer', 'security');
	PERFORM reason_must('closing', p_reason);
	i := incident_take(p_number);
	PERFORM incident_must_be(i, 'confirmed', 'dismissed');
	RETURN incident_json(incident_set(i, 'closed', p_reason));
END
$$;

-- ---- from incident to measure in one step

-- What a measure may be on: whatever its devices, model or lot belong to.
CREATE FUNCTION incident_scopes(i incident)
	RETURNS TABLE (scope_kind text, scope_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH lots AS (
		SELECT l.id, l.model_id, l.site_id FROM lot l
		 WHERE l.id = i.lot_id OR l.id IN (SELECT d.lot_id
		    FROM incident_device x JOIN device d ON d.id = x.device_id
		    WHERE x.incident_id = i.id)
	), models AS (
		SELECT m.id, m.kind, m.organisation_id, m.hardware_platform_id
		  FROM model m WHERE m.id = i.model_id
		    OR m.id IN (SELECT model_id FROM lots)
	)
	SELECT 'lot', id FROM lots
	UNION SELECT 'site', site_id FROM lots
	UNION SELECT 'model', id FROM models WHERE kind <> 'hardware_platform'
	UNION SELECT 'hardware_platform', CASE kind
	    WHEN 'hardware_platform' THEN id ELSE hardware_platform_id END
	  FROM models WHERE kind IN ('hardware_platform', 'tre')
	UNION SELECT 'organisation', organisation_id FROM models
	UNION SELECT 'organisation', id FROM organisation
	 WHERE id = i.organisation_id AND kind = 'supplier';
$$;

-- The one that is meant.
CREATE FUNCTION incident_scope(i incident, p_scope_kind text, p_scope text)
	RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	names text[] := ARRAY(SELECT measure_scope_name(s.scope_kind,
	    s.scope_id) AS name FROM incident_scopes(i) s
	    WHERE s.scope_kind = p_scope_kind ORDER BY name);
BEGIN
	IF p_scope IS NULL AND cardinality(names) = 1 THEN
		RETURN names[1];
	ELSIF p_scope = ANY (names) THEN
		RETURN p_scope;
	END IF;
	RAISE EXCEPTION 'scope: % concerns %', i.number,
	    CASE cardinality(names) WHEN 0
	    THEN 'no ' || replace(p_scope_kind, '_', ' ')
	    ELSE 'of the kind ' || p_scope_kind || ': '
		|| array_to_string(names[1:20], ', ') || '; name one of them'
	    END
	    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_NOT_CONCERNED';
END
$$;

-- Put up for two people (measure_adopt), or at once in an emergency.
CREATE FUNCTION incident_measure(p_number text, p_kind text,
    p_scope_kind text, p_scope text, p_legal_basis text, p_emergency bool)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
	v_scope text;
	basis text := coalesce(p_legal_basis, 'incident ' || p_number);
	m measure;
BEGIN
	PERFORM actor_must('security');
	PERFORM statement_must_say(format('/v1/incidents/%s/measure',
	    p_number), jsonb_build_object('kind', p_kind,
	    'scope_kind', p_scope_kind, 'scope', p_scope,
	    'legal_basis', p_legal_basis, 'emergency', p_emergency));
	i := incident_take(p_number);
	PERFORM incident_must_be(i, 'triaged', 'confirmed');
	v_scope := incident_scope(i, p_scope_kind, p_scope);
	IF NOT p_emergency THEN
		m := measure_arise(p_kind, p_scope_kind,
		    measure_scope(p_scope_kind, v_scope), basis, i.number);
	ELSIF p_kind IN ('issuance_freeze', 'download_freeze', 'hold') THEN
		m := measure_impose_at_once(p_kind, p_scope_kind, v_scope,
		    basis, i.number);
	ELSE
		RAISE EXCEPTION 'in an emergency a measure is an '
		    'issuance_freeze, a download_freeze or a hold, not "%"',
		    p_kind
		    USING ERRCODE = 'AY001', DETAIL = 'MEASURE_KIND';
	END IF;
	RETURN measure_whole_json(m);
END
$$;

-- ---- by the clock

-- At 24 hours without a preliminary finding the body is told, and every 24
-- hours from then on, until there is one or the incident is decided.
CREATE FUNCTION clock_incident(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
	n int := 0;
	times int;
BEGIN
	FOR i IN SELECT * FROM incident WHERE finding IS NULL
	    AND state IN ('received', 'triaged') AND finding_due <= p_now
	    AND finding_due + reminded * interval '24 hours' <= p_now
	    ORDER BY id FOR UPDATE LOOP
		times := 1 + floor(extract(epoch FROM p_now - i.finding_due)
		    / 86400);
		PERFORM alarm_raise('alarm.preliminary_finding', i.number,
		    jsonb_build_object('kind', i.kind, 'days_late', times - 1,
		    'finding_due', json_time(i.finding_due)), times::text);
		UPDATE incident SET reminded = times WHERE id = i.id;
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (400, 'incident',
    'an incident without preliminary finding is told to the body every 24 hours');

-- One, with what came in, what is proposed and what became of it.
CREATE FUNCTION incident_one(p_number text) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT incident_json(i) || jsonb_build_object(
	    'reports', (SELECT coalesce(jsonb_agg(tamper_report_json(r)
		ORDER BY r.id), '[]') FROM (SELECT * FROM tamper_report
		WHERE incident_id = i.id ORDER BY id DESC LIMIT 100) r),
	    'sightings', (SELECT coalesce(jsonb_agg(clone_sighting_json(s)
		ORDER BY s.id), '[]') FROM (SELECT * FROM clone_sighting
		WHERE incident_id = i.id ORDER BY id DESC LIMIT 100) s),
	    'measures', (SELECT coalesce(jsonb_agg(m.number ORDER BY m.id),
		'[]') FROM measure m WHERE m.cause = i.number),
	    'proposals', CASE WHEN incident_is_open_to(i)
		THEN proposals_on('incident', i.id) ELSE '[]' END,
	    'history', (SELECT jsonb_agg(jsonb_strip_nulls(
		jsonb_build_object('state', h.to_state,
		'at', json_time(h.recorded),
		'by', CASE WHEN incident_is_open_to(i)
		    THEN coalesce(p.handle, i.source) END,
		'reason', h.detail ->> 'reason')) ORDER BY h.id)
		FROM history h LEFT JOIN principal p ON p.id = h.principal_id
		WHERE h.entity = 'incident' AND h.subject_id = i.id))
	FROM incident_find(p_number) i;
$$;

GRANT EXECUTE ON FUNCTION incident_one(text), incident_list(text, text),
	incident_report(text, text, text, text[], text, text, text),
	incident_mis_issuance(bytea, bytea),
	incident_triage(text, text, text, bool),
	incident_find_preliminary(text, text),
	incident_confirm(text, text, text),
	incident_dismiss_propose(text, text), incident_close(text, text),
	incident_measure(text, text, text, text, text, bool)
	TO assay_api;
