-- Was this device trusted at noon last March?  The history knows; what it says is
-- signed, so that whoever asks has something to show.
--
-- Receipts alone do not answer it: an operator may not have asked then, and a
-- receipt says what was known at that moment, not what became known of it later.
-- So a statement has both times of the history, what held, whether that speaks
-- against the device, and where the status log stood, whose hash ties it to what
-- the world was told.  It is signed like a receipt, recorded like one, and
-- stamped like one (342).

CREATE TABLE standing (
	id uuid PRIMARY KEY,
	organisation_id bigint NOT NULL REFERENCES organisation,
	principal_id bigint NOT NULL REFERENCES principal,
	receipt text NOT NULL,
	signer_id bigint NOT NULL REFERENCES delegated_certificate,
	created timestamptz NOT NULL DEFAULT assay_now(),
	xact xid8 NOT NULL DEFAULT pg_current_xact_id() -- stamped in their order
);
CREATE INDEX standing_to_stamp ON standing (xact);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON standing
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CALL tenancy('standing', '{body} OR organisation_id = ANY {seen}');
GRANT SELECT ON standing TO assay_api;

-- What of an accreditation speaks against a device of that issue: what it says itself of
-- devices that exist when it falters, as decisions read it.
CREATE FUNCTION standing_of_coc(p_model bigint, p_issued timestamptz,
    p_as_of timestamptz, p_known_at timestamptz) RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	a accreditation := (SELECT x
	    FROM accreditation_known(p_model, p_as_of, p_known_at) x);
	effect text := CASE a.state WHEN 'suspended' THEN a.on_suspended
	    WHEN 'withdrawn' THEN a.on_withdrawn
	    WHEN 'expired' THEN a.on_expired
	    WHEN 'provisional' THEN 'permit' WHEN 'certified' THEN 'permit' END;
BEGIN
	IF effect IS NULL THEN
		RETURN 'MODEL_NOT_ACCREDITED';
	ELSIF (effect = 'permit' OR effect = 'permit_if_issued_before'
	    AND date_trunc('second', p_issued) < date_trunc('second', a.since))
	    AND (a.state <> 'expired' OR p_as_of < a.expires +
		make_interval(days => a.grace_days)) THEN
		RETURN NULL;
	END IF;
	RETURN 'COC_' || upper(a.state);
END
$$;

-- What of its declaration does, as coc_facts() has it: one that ran out while it was
-- doubted is doubted still, until that is settled.
CREATE FUNCTION standing_of_declaration(p_model bigint, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT nullif(coalesce((SELECT CASE
	    WHEN h.to_state = 'challenged' OR EXISTS (SELECT
		FROM declaration_challenge x, history_at(
		    'declaration_challenge', x.id, p_as_of, p_known_at) AS c
		WHERE x.declaration_id = d.id
		AND c.to_state IN ('open', 'answered', 'overdue'))
		THEN 'DECLARATION_CHALLENGED'
	    WHEN h.to_state IN ('in_force', 'expired', 'superseded') THEN ''
	    ELSE 'DECLARATION_MISSING' END
	    FROM declaration d,
		history_at('declaration', d.id, p_as_of, p_known_at) AS h
	    WHERE d.model_id = p_model AND (h.detail ->> 'accepted_by'
		IS NOT NULL OR h.to_state IN ('in_force', 'challenged'))
	    ORDER BY h.to_state IN ('in_force', 'challenged') DESC, d.id DESC
	    LIMIT 1), 'DECLARATION_MISSING'), '');
$$;

-- Was its CA good?  What is said of a certificate is nothing without that.
CREATE FUNCTION standing_of_issuer(p_issuer bigint, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce((SELECT certificate_known(c, p_as_of, p_known_at)
		->> 'state' = 'issued' FROM certificate c
		WHERE c.der_sha256 = pg_catalog.sha256(i.cert_der)), true)
	    AND (NOT i.delegated OR EXISTS (SELECT FROM delegated_ca d
		JOIN site_scope x ON x.site_id = d.site_id
		    AND x.scope = 'delegated_ca',
		history_state_of('site_scope', x.id, p_as_of, p_known_at)
		    AS t (state)
		WHERE d.issuer_id = i.id
		AND t.state ->> 'state' IN ('provisional', 'full')))
	FROM issuer i WHERE i.id = p_issuer;
$$;

-- What the measures do that were in force: those that forbid a device of that issue
-- something, as device_measures() has them.  Firmware is a TrE's, and unknown here.
CREATE FUNCTION standing_of_measures(p_device bigint, p_issued timestamptz,
    p_as_of timestamptz, p_known_at timestamptz) RETURNS SETOF text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT 'MEASURE_' || upper((x.m).kind)
	FROM device d, history_in_force(ROW(d.kind, d.id, d.device_id,
	    d.organisation_id, false)::history_named, p_as_of, p_known_at) AS x
	WHERE d.id = p_device
	    AND (x.m).kind NOT IN ('corrective_action', 'scope_reduction')
	    AND (d.kind = 'tre' OR coalesce((x.m).least_firmware,
		(x.m).firmware_from, (x.m).firmware_to) IS NULL)
	    AND (x.m).effect <> 'permit'
	    AND NOT ((x.m).effect = 'permit_if_issued_before'
		AND date_trunc('second', p_issued) < x.since::timestamptz);
$$;

-- What decisions ask of a device beside all that its history holds.
CREATE FUNCTION standing_beside(p_device bigint, p_as_of timestamptz,
    p_known_at timestamptz) RETURNS text[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT array_remove(ARRAY[CASE WHEN NOT c.issuer_good
		THEN 'ISSUER_REVOKED' END,
	    standing_of_coc(m.id, c.issued, p_as_of, p_known_at),
	    standing_of_declaration(m.id, p_as_of, p_known_at)]
	    || CASE WHEN m.hardware_platform_id IS NOT NULL THEN ARRAY[
		CASE WHEN (SELECT history_state_of('organisation',
		    h.organisation_id, p_as_of, p_known_at) ->> 'state'
		    FROM model h WHERE h.id = m.hardware_platform_id)
		    IN ('active') THEN NULL ELSE 'SUPPLIER_SUSPENDED' END,
		standing_of_coc(m.hardware_platform_id, c.issued, p_as_of,
		    p_known_at), standing_of_declaration(
		m.hardware_platform_id, p_as_of, p_known_at)] END
	    || ARRAY(SELECT standing_of_measures(d.id, c.issued, p_as_of,
		p_known_at)), NULL)
	FROM device d JOIN model m ON m.id = d.model_id
	CROSS JOIN LATERAL (SELECT max(x.issued) AS issued,
	    coalesce(bool_or(standing_of_issuer(x.issuer_id, p_as_of,
		p_known_at)) FILTER (WHERE certificate_known(x, p_as_of,
		p_known_at) ->> 'state' = 'issued'), true) AS issuer_good
	    FROM certificate x WHERE x.device_id = d.id
	    AND x.issued <= least(p_as_of, p_known_at)) c
	WHERE d.id = p_device;
$$;

-- Of all that a device's history holds (device_known()): decisions' codes, in
-- their order.  The newest certificate that is good counts; without one, the best.
CREATE FUNCTION standing_against(p_held jsonb, p_beside text[])
	RETURNS text[]
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE WHEN p_held IS NULL OR p_held = 'null'
	    THEN '{CERTIFICATE_NOT_ISSUED}' ELSE
	    array_remove(ARRAY(SELECT DISTINCT ON (o, code) code FROM (
	    SELECT 1 AS o, CASE (SELECT c ->> 'state'
		FROM jsonb_array_elements(p_held -> 'certificates') c
		ORDER BY array_position('{issued,on_hold,revoked}',
		    c ->> 'state') LIMIT 1)
		WHEN 'issued' THEN NULL WHEN 'on_hold'
		THEN 'CERTIFICATE_ON_HOLD' WHEN 'revoked'
		THEN 'CERTIFICATE_REVOKED' ELSE 'CERTIFICATE_NOT_ISSUED' END
		AS code
	    UNION ALL SELECT CASE WHEN x = 'ISSUER_REVOKED' THEN 1
		WHEN x = 'SUPPLIER_SUSPENDED' THEN 2 WHEN x LIKE 'MEASURE%' THEN 4 ELSE 3 END, x
		FROM unnest(p_beside) x
	    UNION ALL SELECT 2, CASE WHEN p_held ->> 'organisation_state'
		IN ('active') THEN NULL ELSE 'SUPPLIER_SUSPENDED' END
	    UNION ALL SELECT 5, CASE WHEN p_held ->> 'state'
		IN ('accredited', 'in_service') THEN NULL
		ELSE 'DEVICE_' || upper(p_held ->> 'state') END) x
	    ORDER BY o, code), NULL) END;
$$;

CREATE FUNCTION standing_answer(p_name text, p_as_of text, p_known_at text)
	RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	a jsonb;
	against text[];
BEGIN
	PERFORM database_must_stand(); -- it is signed, as a decision is
	a := history_answer(p_name, p_as_of, p_known_at) - 'entries';
	IF a ->> 'entity' IN ('tre', 'terminal') THEN
		against := standing_against(a -> 'held', standing_beside(
		    (history_find(p_name)).id, history_time('as_of', p_as_of),
		    history_time('known_at', p_known_at)));
		a := a || jsonb_build_object('trusted', against = '{}',
		    'against', against);
	END IF;
	RETURN a || coalesce((SELECT jsonb_build_object('status_event', id,
	    'status_log_sha256', encode(hash, 'hex')) FROM status_event
	    WHERE at < (a ->> 'known_at')::timestamptz + interval '1 second'
	    ORDER BY id DESC LIMIT 1), '{"status_event": 0}');
END
$$;

CREATE FUNCTION standing_add(p_id uuid, p_receipt text, p_signer bigint)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor();
BEGIN
	INSERT INTO standing (id, organisation_id, principal_id, receipt,
	    signer_id)
	VALUES (p_id, who.organisation_id, who.id, p_receipt, p_signer);
END
$$;

GRANT EXECUTE ON FUNCTION standing_answer(text, text, text),
	standing_add(uuid, text, bigint) TO assay_api;
