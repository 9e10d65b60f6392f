-- Clones: one key, or one id, in two places.  The register finds them itself:
-- in a lot, when the authority refuses a row; in a decision, when a TrE signs
-- together with another terminal than its own, or its TPM's counters go back.  Nobody's device is quarantined
-- for what somebody else sends in: people look first.

-- Where it was seen.  What is known is not reported twice.
CREATE TABLE clone_sighting (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	incident_id bigint NOT NULL REFERENCES incident,
	what text NOT NULL CHECK (what IN ('key', 'id', 'terminal',
	    'counters')),
	-- SHA-256 of the key in hex, id, TrE and terminal, TrE
	value text NOT NULL,
	organisation_id bigint NOT NULL REFERENCES organisation, -- from whom
	lot_id bigint REFERENCES lot,
	row int,
	decision_id uuid,
	seen timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX clone_sighting_value ON clone_sighting (value, organisation_id);
CREATE INDEX clone_sighting_incident ON clone_sighting (incident_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON clone_sighting
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION clone_sighting_json(s clone_sighting) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('what', s.what,
	    'value', s.value, 'from', CASE WHEN actor_sees(s.organisation_id)
		THEN (SELECT handle FROM organisation
		WHERE id = s.organisation_id) END,
	    'lot', (SELECT number FROM lot WHERE id = s.lot_id
		AND actor_sees(s.organisation_id)),
	    'row', s.row, 'decision', CASE
		WHEN actor_sees(s.organisation_id) THEN s.decision_id END,
	    'seen', json_time(s.seen)));
$$;

-- Is it in an incident that is still being worked on?
CREATE FUNCTION clone_is_known(p_value text, p_from bigint) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM clone_sighting s
	    JOIN incident i ON i.id = s.incident_id
	    WHERE s.value = p_value AND s.organisation_id = p_from
	    AND i.state IN ('received', 'triaged', 'confirmed'));
$$;

CREATE FUNCTION clone_open(p_severity text, p_lot bigint, p_detail jsonb,
    p_devices bigint[]) RETURNS incident
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	i.kind := 'clone';
	i.source := 'register';
	i.severity := p_severity;
	i.lot_id := p_lot;
	i.detail := p_detail;
	RETURN incident_open(i, p_devices);
END
$$;

-- ---- in lots

-- Rows that the authority has just refused: [{"row", "device_id", "key",
-- "what"}], where the key is the SHA-256 of its SubjectPublicKeyInfo in hex and
-- what says which of both was there before.  By a request whoever sent it has proven to
-- hold the key; a bare key, or one that a supplier's CA has certified, may be anybody's
-- who has shown it, which people are told.  The same id with the same key by the same
-- supplier is the same device sent again, and no clone.  A lot full of them is one
-- incident.
CREATE FUNCTION clone_found(p_lot bigint, p_rows jsonb) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	i incident;
	s record;
	proven bool;
BEGIN
	SELECT * INTO STRICT l FROM lot WHERE id = p_lot;
	proven := l.kind NOT IN ('key', 'certificate');
	FOR s IN SELECT x.row, x.what, clash.value, d.id AS device,
	    k.device_id AS key_device
	  FROM jsonb_to_recordset(p_rows)
	       AS x (row int, device_id text, key text, what text)
	  JOIN model m ON m.id = l.model_id
	 CROSS JOIN LATERAL (SELECT CASE x.what WHEN 'key' THEN x.key
	       ELSE m.kind || '/' || x.device_id END AS value) clash
	  LEFT JOIN device d ON d.kind = m.kind AND d.device_id = x.device_id
	  LEFT JOIN model dm ON dm.id = d.model_id
	  LEFT JOIN certificate k
	    ON certificate_has_key(k, decode(x.key, 'hex'))
	 WHERE NOT coalesce(k.device_id = d.id
	       AND dm.organisation_id = l.organisation_id, false)
	   AND NOT clone_is_known(clash.value, l.organisation_id)
	 ORDER BY x.row LOOP
		IF i.id IS NULL THEN
			SELECT * INTO i FROM incident WHERE lot_id = l.id
			   AND kind = 'clone' AND state = 'received';
		END IF;
		IF i.id IS NULL THEN
			i := clone_open(CASE WHEN s.what = 'key' AND proven
			    THEN 'critical' ELSE 'major' END, l.id,
			    jsonb_build_object('text', CASE
			    WHEN s.what = 'key' AND NOT proven
			    THEN 'a key that is in the register already; whoever '
				'sent it has not shown to hold it'
			    WHEN s.what = 'key'
			    THEN 'a key that is in the register already'
			    ELSE 'an id that is in the register already' END),
			    NULL);
		END IF;
		PERFORM incident_device_add(i.id,
		    ARRAY[s.device, s.key_device]);
		INSERT INTO clone_sighting (incident_id, what, value,
		    organisation_id, lot_id, row)
		VALUES (i.id, s.what, s.value, l.organisation_id, l.id, s.row);
	END LOOP;
	RETURN i.number;
END
$$;
GRANT EXECUTE ON FUNCTION clone_found(bigint, jsonb) TO assay_authority;

-- ---- in decisions

-- A TrE that signed together with another terminal than its own, by a decision
-- of this very transaction.  It was moved, or there are two.  That it got a
-- permit in its own terminal minutes ago speaks for two.
CREATE FUNCTION clone_shown(p_decision uuid, p_tre bigint,
    p_terminal bigint) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	t device;
	p device;
	v text;
	i incident;
BEGIN
	SELECT * INTO STRICT t FROM device WHERE id = p_tre FOR UPDATE;
	SELECT * INTO STRICT p FROM device WHERE id = p_terminal;
	v := t.device_id || ' in ' || p.device_id;
	IF NOT EXISTS (SELECT FROM decision WHERE id = p_decision
	    AND principal_id = who.id AND created = assay_now()
	    AND 'TRE_BOUND_ELSEWHERE' = ANY (reasons))
	    OR clone_is_known(v, who.organisation_id) THEN
		RETURN NULL;
	END IF;
	i := clone_of(t);
	IF i.id IS NULL THEN
		i := clone_open(CASE WHEN clone_earlier(t) IS NULL THEN 'major'
		    ELSE 'critical' END, NULL, jsonb_strip_nulls(
		    jsonb_build_object('text',
		    'a TrE signs in another terminal', 'earlier',
		    clone_earlier(t))), ARRAY[t.id]);
	END IF;
	PERFORM incident_device_add(i.id, ARRAY[p.id]);
	INSERT INTO clone_sighting (incident_id, what, value,
	    organisation_id, decision_id)
	VALUES (i.id, 'terminal', v, who.organisation_id, p_decision);
	RETURN i.number;
END
$$;

-- A TPM whose counters went back since its last quote, by a decision of this very
-- transaction: its state was copied, or put back.
CREATE FUNCTION clone_rewound(p_decision uuid, p_tre bigint) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	t device;
	i incident;
BEGIN
	SELECT * INTO STRICT t FROM device WHERE id = p_tre FOR UPDATE;
	IF NOT EXISTS (SELECT FROM decision WHERE id = p_decision
	    AND principal_id = who.id AND created = assay_now()
	    AND 'TAMPER_INDICATED' = ANY (reasons))
	    OR clone_is_known(t.device_id, who.organisation_id) THEN
		RETURN NULL;
	END IF;
	i := clone_open('critical', NULL, jsonb_build_object('text',
	    'the counters of a TrE''s TPM went back'), ARRAY[t.id]);
	INSERT INTO clone_sighting (incident_id, what, value,
	    organisation_id, decision_id)
	VALUES (i.id, 'counters', t.device_id, who.organisation_id,
	    p_decision);
	RETURN i.number;
END
$$;

-- One incident a TrE, in however many terminals it is seen.
CREATE FUNCTION clone_of(d device) RETURNS incident
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT i.* FROM incident i
	  JOIN incident_device x ON x.incident_id = i.id
	 WHERE x.device_id = d.id AND i.kind = 'clone'
	   AND i.state IN ('received', 'triaged')
	   AND EXISTS (SELECT FROM clone_sighting s
	    WHERE s.incident_id = i.id AND s.what = 'terminal')
	 ORDER BY i.id DESC LIMIT 1;
$$;

-- Its last permit, with its own terminal, if that was minutes ago.
CREATE FUNCTION clone_earlier(d device) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('operator', o.handle, 'at',
	    json_time(x.created))
	  FROM certificate c JOIN decision x ON x.tre_sha256 = c.der_sha256
	  JOIN organisation o ON o.id = x.organisation_id
	 WHERE c.device_id = d.id AND x.verdict = 'permit'
	   AND x.created > assay_now() - interval '10 minutes'
	 ORDER BY x.created DESC LIMIT 1;
$$;
GRANT EXECUTE ON FUNCTION clone_shown(uuid, bigint, bigint),
	clone_rewound(uuid, bigint) TO assay_api;
