-- Incidents: what went wrong, or may have, from the first word of it to its
-- end.  A person reports one, a TrE does (313), or the register finds it by
-- itself (314).  Received, it changes nothing; only what a TrE has signed takes
-- effect at once, and that is the quarantine of that TrE (312).

CREATE TABLE incident (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	kind text NOT NULL CHECK (kind IN ('tamper_report', 'clone',
	    'stolen_device', 'mis_issuance', 'vulnerability')),
	state text NOT NULL DEFAULT 'received',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	reason text, -- of the state
	source text NOT NULL CHECK (source IN
	    ('principal', 'device', 'register')),
	reported_by bigint REFERENCES principal,
	-- what it concerns, beside devices (incident_device)
	organisation_id bigint REFERENCES organisation,
	model_id bigint REFERENCES model,
	lot_id bigint REFERENCES lot,
	detail jsonb NOT NULL,
	severity text CHECK (severity IN ('minor', 'major', 'critical')),
	finding text, -- the preliminary one
	finding_by bigint REFERENCES principal,
	finding_at timestamptz,
	finding_due timestamptz NOT NULL
	    DEFAULT assay_now() + interval '24 hours',
	reminded int NOT NULL DEFAULT 0, -- how often that was said
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((source = 'principal') = (reported_by IS NOT NULL)),
	CHECK ((finding IS NULL) = (finding_by IS NULL)),
	CHECK ((finding IS NULL) = (finding_at IS NULL))
);
CREATE INDEX incident_finding_due ON incident (finding_due)
	WHERE finding IS NULL AND state IN ('received', 'triaged');
CREATE INDEX incident_lot ON incident (lot_id) WHERE lot_id IS NOT NULL;
CREATE INDEX incident_reporter ON incident (reported_by);

CREATE TABLE incident_device (
	incident_id bigint NOT NULL REFERENCES incident,
	device_id bigint NOT NULL REFERENCES device,
	PRIMARY KEY (incident_id, device_id)
);
CREATE INDEX incident_device_device ON incident_device (device_id);

-- Which suppliers it concerns: whose devices, models and lots these are.
CREATE TABLE incident_owner (
	incident_id bigint NOT NULL REFERENCES incident,
	organisation_id bigint NOT NULL REFERENCES organisation,
	PRIMARY KEY (organisation_id, incident_id)
);
CREATE INDEX incident_owner_incident ON incident_owner (incident_id);

CREATE FUNCTION incident_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
DECLARE
	moves text[] := '{state,effective,reason,severity,finding,finding_by,finding_at,reminded}';
BEGIN
	IF to_jsonb(OLD) - moves IS DISTINCT FROM to_jsonb(NEW) - moves
	    OR (OLD.finding IS NOT NULL
	    AND OLD.finding IS DISTINCT FROM NEW.finding) THEN
		RAISE EXCEPTION 'what was reported and what was found do not '
		    'change'
		    USING ERRCODE = 'AY002', DETAIL = 'INCIDENT_FIXED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER incident_is_fixed BEFORE UPDATE ON incident
	FOR EACH ROW EXECUTE FUNCTION incident_is_fixed();
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON incident
	FOR EACH ROW EXECUTE FUNCTION state_guard('incident');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON incident
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON incident_device
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON incident_owner
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- ---- opening one

CREATE FUNCTION incident_device_add(p_incident bigint, p_devices bigint[])
	RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO incident_device (incident_id, device_id)
	SELECT DISTINCT p_incident, d FROM unnest(p_devices) d
	 WHERE d IS NOT NULL
	ON CONFLICT DO NOTHING;
	INSERT INTO incident_owner (incident_id, organisation_id)
	SELECT DISTINCT p_incident, m.organisation_id FROM device d
	  JOIN model m ON m.id = d.model_id WHERE d.id = ANY (p_devices)
	ON CONFLICT DO NOTHING;
$$;

-- With what the caller filled in of a row.
CREATE FUNCTION incident_open(i incident, p_devices bigint[])
	RETURNS incident
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	made incident;
BEGIN
	INSERT INTO incident (number, kind, source, reported_by,
	    organisation_id, model_id, lot_id, detail, severity)
	VALUES (next_number('INC'), i.kind, i.source, i.reported_by,
	    i.organisation_id, i.model_id, i.lot_id, i.detail, i.severity)
	RETURNING * INTO made;
	PERFORM incident_device_add(made.id, p_devices);
	INSERT INTO incident_owner (incident_id, organisation_id)
	SELECT made.id, o.id FROM organisation o WHERE o.kind = 'supplier'
	   AND o.id IN (i.organisation_id,
	    (SELECT organisation_id FROM model WHERE id = i.model_id),
	    (SELECT organisation_id FROM lot WHERE id = i.lot_id))
	ON CONFLICT DO NOTHING;
	PERFORM alarm_raise('incident.received', made.number,
	    jsonb_build_object('kind', made.kind, 'source', made.source,
	    'finding_due', json_time(made.finding_due)));
	RETURN made;
END
$$;

-- The incident that there is of such a certificate: its own, or the oldest of twenty.
CREATE FUNCTION incident_mis_issued(p_sha256 text, p_ca bigint) RETURNS incident
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	SELECT * INTO i FROM incident WHERE kind = 'mis_issuance'
	   AND detail ->> 'sha256' = p_sha256;
	IF NOT FOUND THEN
		SELECT x.* INTO i FROM incident x WHERE kind = 'mis_issuance'
		   AND state = 'received' AND detail ? 'shown_by'
		   AND detail ->> 'issuer' = p_ca::text
		 ORDER BY id DESC OFFSET 19 LIMIT 1;
	END IF;
	RETURN i;
END
$$;

-- A certificate with a good signature of one of our CAs that is in no register:
-- the key has signed what we do not know of.  Once, while that is looked into.
-- Where it is a delegated CA, it is its supplier's incident.  Whoever has a CA's key
-- makes as many such certificates as they like: beside twenty of one CA that were shown
-- and nobody has looked at yet no other is opened.  What its supplier reports itself
-- (delegated_misissued) hides none of them.  It may have been reported, and not
-- looked at yet: the incident names reports that are under way.
CREATE FUNCTION incident_mis_issuance(p_der bytea, p_issuer bytea)
	RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
	who principal := actor();
	ca issuer;
	v_sha256 text := encode(sha256(p_der), 'hex');
BEGIN
	SELECT * INTO ca FROM issuer WHERE sha256(cert_der) = sha256(p_issuer);
	i := incident_mis_issued(v_sha256, ca.id);
	IF i.id IS NULL THEN
		-- whoever opens one has the next number for itself; the others
		-- look again when there is another incident
		PERFORM numbering_hold('INC');
		i := incident_mis_issued(v_sha256, ca.id);
	END IF;
	IF i.id IS NULL THEN
		i.kind := 'mis_issuance';
		i.source := 'register';
		i.severity := 'critical';
		i.organisation_id := CASE WHEN ca.delegated
		    THEN ca.organisation_id END;
		i.detail := jsonb_strip_nulls(jsonb_build_object('issuer',
		    ca.id, 'sha256', v_sha256,
		    'certificate', translate(encode(p_der, 'base64'),
			E'\n', ''), 'shown_by', who.handle,
		    -- it may stand in one of these
		    'under_way', (SELECT jsonb_agg(l.number ORDER BY l.id)
			FROM lot l JOIN delegated_ca d
			    ON d.id = l.delegated_ca_id
			WHERE d.issuer_id = ca.id
			AND l.organisation_id = ca.organisation_id AND l.state
			IN ('received', 'validated', 'approved', 'issuing',
			    'paused'))));
		i := incident_open(i, NULL);
	END IF;
	RETURN i.number;
END
$$;
CREATE INDEX incident_mis_issued ON incident ((detail ->> 'sha256'))
	WHERE kind = 'mis_issuance';
CREATE INDEX incident_mis_issued_by ON incident ((detail ->> 'issuer'), id)
	WHERE kind = 'mis_issuance' AND state = 'received' AND detail ? 'shown_by';

-- ---- who is concerned, and who sees it

-- All of it: the body, and those who reported it.
CREATE FUNCTION incident_is_open_to(i incident) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM principal p
	    JOIN organisation o ON o.id = p.organisation_id
	    WHERE p.id = actor_active() AND (o.kind = 'body' OR
		o.id = (SELECT organisation_id FROM principal
		    WHERE id = i.reported_by)));
$$;

-- Those whom it concerns see it when the body has looked at it: what somebody
-- says of a competitor is no charge yet, and who is looked into need not be
-- warned.  (That its device is quarantined a supplier hears at once.)
CREATE FUNCTION incident_visible(i incident) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT incident_is_open_to(i) OR i.state <> 'received' AND EXISTS (
	    SELECT FROM incident_owner o
	    WHERE o.incident_id = i.id AND actor_sees(o.organisation_id));
$$;

CREATE FUNCTION incident_json(i incident) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object(
	    'number', i.number, 'kind', i.kind, 'state', i.state,
	    'reason', i.reason, 'source', i.source, 'severity', i.severity,
	    'reported_by', CASE WHEN full_view THEN (SELECT handle
		FROM principal WHERE id = i.reported_by) END,
	    'organisation', (SELECT handle FROM organisation
		WHERE id = i.organisation_id),
	    'model', (SELECT handle FROM model WHERE id = i.model_id),
	    'lot', (SELECT number FROM lot WHERE id = i.lot_id
		AND (full_view OR actor_sees(organisation_id))),
	    -- the first hundred of them, and nobody else's
	    'devices', (SELECT jsonb_agg(name ORDER BY name) FROM (
		SELECT d.kind || '/' || d.device_id AS name
		  FROM incident_device x JOIN device d ON d.id = x.device_id
		  JOIN model m ON m.id = d.model_id
		 WHERE x.incident_id = i.id
		   AND (full_view OR actor_sees(m.organisation_id))
		 LIMIT 100) n),
	    'detail', CASE WHEN full_view THEN i.detail ELSE i.detail -
		'{shown_by,earlier,reference}'::text[] END,
	    'finding', i.finding, 'finding_at', json_time(i.finding_at),
	    'finding_due', json_time(i.finding_due),
	    'effective', json_time(i.effective),
	    'created', json_time(i.created)))
	FROM incident_is_open_to(i) AS full_view;
$$;

CREATE FUNCTION incident_find(p_number text) RETURNS incident
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	SELECT * INTO i FROM incident WHERE number = p_number;
	IF NOT FOUND OR NOT incident_visible(i) THEN
		RAISE EXCEPTION 'there is no incident "%" that you may see',
		    left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN i;
END
$$;

-- Those that incident_visible() is true of, found the other way round, for one
-- who sees few of many.
CREATE FUNCTION incident_visible_ids() RETURNS SETOF bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT i.id FROM principal p JOIN incident i ON i.reported_by = p.id
	 WHERE p.organisation_id = actor_org()
	UNION
	SELECT w.incident_id FROM incident_owner w
	  JOIN incident i ON i.id = w.incident_id
	 WHERE i.state <> 'received' AND w.organisation_id IN (
	    SELECT id FROM organisation WHERE id = actor_org()
		OR actor_role() = 'auditor' AND actor_sees(id));
$$;

-- The hundred before a number (newest first), perhaps of one state.
CREATE FUNCTION incident_list(p_state text, p_before text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	found_ones bigint[];
	until bigint := (SELECT id FROM incident WHERE number = p_before);
BEGIN
	IF (SELECT kind = 'body' FROM organisation WHERE id = actor_org()) THEN
		found_ones := ARRAY(SELECT id FROM incident
		    WHERE (p_state IS NULL OR state = p_state)
		    AND (p_before IS NULL OR id < until)
		    ORDER BY id DESC LIMIT 101);
	ELSE
		IF NOT until IN (SELECT incident_visible_ids()) THEN
			until := NULL; -- nor is it told that there is one
		END IF;
		found_ones := ARRAY(SELECT id FROM incident
		    WHERE id IN (SELECT incident_visible_ids())
		    AND (p_state IS NULL OR state = p_state)
		    AND (p_before IS NULL OR id < until)
		    ORDER BY id DESC LIMIT 101);
	END IF;
	RETURN (SELECT page_json('incidents', coalesce(
	    jsonb_agg(incident_json(i) ORDER BY i.id DESC), '[]'),
	    cardinality(found_ones) > 100, '{number}')
	    FROM incident i WHERE i.id = ANY (found_ones[1:100]));
END
$$;

-- ---- what a person reports

-- "tre/TRE-1": as people name a device.
CREATE FUNCTION device_called(p_name text) RETURNS device
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	SELECT * INTO d FROM device WHERE kind = split_part(p_name, '/', 1)
	   AND device_id = substr(p_name, strpos(p_name, '/') + 1);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no device "%" in the register: one '
		    'is called tre/ID or terminal/ID', left(p_name, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'DEVICE_UNKNOWN';
	END IF;
	RETURN d;
END
$$;

-- That a device was stolen says whose it is to say: an operator that got a
-- permit for it, its supplier, the body.
CREATE FUNCTION device_may_report_stolen(d device) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor();
BEGIN
	IF who.role = 'supplier' AND who.organisation_id = (SELECT
	    organisation_id FROM model WHERE id = d.model_id)
	    OR who.role = 'operator' AND who.organisation_id IN
	    (SELECT device_operators(d.id))
	    OR (SELECT kind = 'body' FROM organisation
	    WHERE id = who.organisation_id) THEN
		RETURN;
	END IF;
	RAISE EXCEPTION '%/% is neither yours nor did you get a permit for it',
	    d.kind, d.device_id
	    USING ERRCODE = 'AY002', DETAIL = 'NOT_YOURS';
END
$$;

CREATE FUNCTION incident_report(p_kind text, p_detail text,
    p_reference text, p_devices text[], p_organisation text, p_model text,
    p_lot text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
	d device;
	name text;
	devices bigint[];
BEGIN
	i.reported_by := (actor()).id;
	i.kind := p_kind;
	i.source := 'principal';
	FOREACH name IN ARRAY p_devices LOOP
		d := device_called(name);
		IF p_kind = 'stolen_device' THEN
			PERFORM device_may_report_stolen(d);
		END IF;
		devices := devices || d.id;
	END LOOP;
	IF p_kind = 'stolen_device' AND devices IS NULL THEN
		RAISE EXCEPTION 'devices: which one was stolen?'
		    USING ERRCODE = 'AY001', DETAIL = 'DEVICE_REQUIRED';
	END IF;
	i.organisation_id := (SELECT id FROM organisation
	    WHERE handle = p_organisation);
	i.model_id := (SELECT id FROM model WHERE handle = p_model);
	i.lot_id := (SELECT id FROM lot WHERE number = p_lot);
	IF (p_organisation IS NOT NULL AND i.organisation_id IS NULL)
	    OR (p_model IS NOT NULL AND i.model_id IS NULL)
	    OR (p_lot IS NOT NULL AND i.lot_id IS NULL) THEN
		RAISE EXCEPTION 'the organisation, model or lot that it '
		    'concerns is not in the register'
		    USING ERRCODE = 'AY003', DETAIL = 'SUBJECT_UNKNOWN';
	END IF;
	i.detail := jsonb_strip_nulls(jsonb_build_object('text', p_detail,
	    'reference', p_reference));
	RETURN incident_json(incident_open(i, devices));
END
$$;
