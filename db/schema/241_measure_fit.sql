-- Which measure may say what: each member against its kind, its scope and the
-- measure that it takes the place of.

-- A version is one to eight numbers with dots between them, compared number by
-- number; what is missing at the end counts as 0 (policy/firmware.c).
CREATE FUNCTION firmware_parts(p_version text) RETURNS bigint[]
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE WHEN p_version ~ '^[0-9]{1,9}(\.[0-9]{1,9}){0,7}$'
	    AND length(p_version) <= 32
	    THEN string_to_array(regexp_replace(p_version, '(\.0+)+$', ''),
		'.')::bigint[] END;
$$;

CREATE FUNCTION measure_must_fit(m measure, k measure_kind) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT m.scope_kind = ANY (k.scopes) THEN
		RAISE EXCEPTION 'scope_kind: a % is on %, not on a %', m.kind,
		    array_to_string(k.scopes, ', '), m.scope_kind
		    USING ERRCODE = 'AY001', DETAIL = 'MEASURE_SCOPE';
	END IF;
	IF NOT m.effect = ANY (k.effects) THEN
		RAISE EXCEPTION 'effect: that of a % on existing devices is %, '
		    'not "%"', m.kind, array_to_string(k.effects, ' or '),
		    left(m.effect, 40)
		    USING ERRCODE = 'AY001', DETAIL = 'MEASURE_EFFECT';
	END IF;
	IF m.emergency AND NOT k.emergency THEN
		RAISE EXCEPTION 'emergency: one person alone imposes only what '
		    'can be undone after 72 hours: %', (SELECT
		    string_agg(name, ', ' ORDER BY name)
		    FROM measure_kind WHERE emergency)
		    USING ERRCODE = 'AY002', DETAIL = 'MEASURE_EMERGENCY';
	END IF;
	PERFORM measure_must_escalate(m);
	PERFORM measure_must_name_reason(m);
	PERFORM measure_must_name_scopes(m);
	PERFORM measure_must_name_firmware(m);
	PERFORM measure_must_cover(m);
END
$$;

CREATE FUNCTION measure_must_escalate(m measure) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF m.kind <> 'corrective_action' THEN
		RETURN;
	END IF;
	IF m.deadline IS NULL OR m.deadline <= assay_now() THEN
		RAISE EXCEPTION 'deadline: a corrective action needs one, a day '
		    'that is yet to come'
		    USING ERRCODE = 'AY001', DETAIL = 'DEADLINE_UNFIT';
	END IF;
	IF NOT EXISTS (SELECT FROM measure_kind WHERE name = m.escalates_to
	    AND escalation AND m.scope_kind = ANY (scopes)) THEN
		RAISE EXCEPTION 'escalates_to: on a % that is %, not "%"',
		    m.scope_kind, (SELECT string_agg(name, ', ' ORDER BY name)
		    FROM measure_kind WHERE escalation
		    AND m.scope_kind = ANY (scopes)), left(m.escalates_to, 40)
		    USING ERRCODE = 'AY001', DETAIL = 'ESCALATION_UNFIT';
	END IF;
END
$$;

CREATE FUNCTION measure_must_name_reason(m measure) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF m.kind = 'mass_revocation' AND
	    coalesce(crl_reason(m.reason), 6) IN (6, 10) THEN
		RAISE EXCEPTION 'reason: a mass revocation needs one of '
		    'unspecified, keyCompromise, cACompromise, '
		    'affiliationChanged, superseded, cessationOfOperation, '
		    'privilegeWithdrawn (RFC 5280 section 5.3.1)'
		    USING ERRCODE = 'AY001', DETAIL = 'REASON_UNKNOWN';
	END IF;
END
$$;

CREATE FUNCTION measure_must_name_scopes(m measure) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF m.kind = 'scope_reduction' AND (coalesce(cardinality(m.scopes), 0) = 0 OR
	    EXISTS (SELECT FROM unnest(m.scopes) x WHERE NOT EXISTS (SELECT
		FROM site_scope s WHERE s.site_id = m.scope_id
		AND s.scope = x AND s.state <> 'withdrawn'))) THEN
		RAISE EXCEPTION 'scopes: a scope reduction names elements that '
		    '% has: %', m.scope_number, (SELECT coalesce(
		    string_agg(s.scope, ', ' ORDER BY s.scope), 'none')
		    FROM site_scope s WHERE s.site_id = m.scope_id
		    AND s.state <> 'withdrawn')
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPES_UNFIT';
	END IF;
END
$$;

-- Firmware is a TrE's: what a terminal runs is not claimed in a decision.
CREATE FUNCTION measure_must_name_firmware(m measure) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	field text;
	version text;
	ranged bool := m.firmware_from IS NOT NULL OR m.firmware_to IS NOT NULL;
BEGIN
	FOR field, version IN SELECT * FROM (VALUES
	    ('least_firmware', CASE m.kind WHEN 'minimum_firmware'
		THEN coalesce(m.least_firmware, '') END),
	    ('firmware_from', m.firmware_from),
	    ('firmware_to', m.firmware_to)) v (f, x) WHERE x IS NOT NULL
	LOOP
		IF firmware_parts(version) IS NULL THEN
			RAISE EXCEPTION '%: a version is one to eight numbers '
			    'with dots between them, such as 2.10.3', field
			    USING ERRCODE = 'AY001',
			    DETAIL = 'FIRMWARE_MALFORMED';
		END IF;
	END LOOP;
	IF (ranged OR m.kind = 'minimum_firmware') AND m.scope_kind = 'model'
	    AND (SELECT kind FROM model WHERE id = m.scope_id) <> 'tre' THEN
		RAISE EXCEPTION 'scope: firmware is claimed of TrEs only, and '
		    '"%" is no model of TrEs', m.scope_number
		    USING ERRCODE = 'AY001', DETAIL = 'FIRMWARE_UNFIT';
	END IF;
	IF firmware_parts(m.firmware_from) > firmware_parts(m.firmware_to) THEN
		RAISE EXCEPTION 'firmware_to: lies below firmware_from'
		    USING ERRCODE = 'AY001', DETAIL = 'FIRMWARE_UNFIT';
	END IF;
	IF ranged AND m.effect = 'hold' THEN
		RAISE EXCEPTION 'effect: certificates do not say which firmware '
		    'runs, so none can be on hold for it'
		    USING ERRCODE = 'AY001', DETAIL = 'MEASURE_EFFECT';
	END IF;
END
$$;

-- ---- in another's place

CREATE FUNCTION measure_revokes(m measure) RETURNS bool
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT m.kind = 'mass_revocation' OR
	    m.kind = 'withdrawal' AND m.effect = 'refuse';
$$;

-- Superseding is no way round lifting: on the same scope, all that the old one
-- forbids the new one forbids as well, and for as long.
CREATE FUNCTION measure_covers(new measure, old measure) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH weak AS (SELECT '{permit,permit_if_issued_before}'::text[] AS x)
	SELECT (new.scope_kind, new.scope_id) = (old.scope_kind, old.scope_id)
	    AND NOT new.emergency AND o.liftable
	    AND (new.firmware_from IS NULL AND new.firmware_to IS NULL OR
		(new.firmware_from, new.firmware_to) IS NOT DISTINCT FROM
		(old.firmware_from, old.firmware_to))
	    AND coalesce(array_position(x, new.effect), 3) >=
		coalesce(array_position(x, old.effect), 3)
	    AND (old.effect <> 'hold' OR new.effect = 'hold'
		OR measure_revokes(new))
	    AND (n.stops_issuance OR NOT o.stops_issuance)
	    -- what was issued since the old one would be before the new one
	    AND (o.stops_issuance OR (new.effect, old.effect) <>
		('permit_if_issued_before', 'permit_if_issued_before'))
	    -- which alone keeps a supplier out
	    AND (n.name = 'ban' OR o.name <> 'ban')
	    AND (new.kind <> 'minimum_firmware' OR
		old.kind = 'corrective_action' OR
		old.kind = 'minimum_firmware' AND
		firmware_parts(new.least_firmware) >=
		firmware_parts(old.least_firmware))
	FROM weak, measure_kind n, measure_kind o
	WHERE n.name = new.kind AND o.name = old.kind;
$$;

CREATE FUNCTION measure_must_cover(m measure) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	old measure;
BEGIN
	IF m.supersedes IS NULL THEN
		RETURN;
	END IF;
	SELECT * INTO old FROM measure WHERE id = m.supersedes;
	IF old.state <> 'in_force' THEN
		RAISE EXCEPTION 'supersedes: % is %, not in force', old.number,
		    replace(old.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
	END IF;
	IF NOT measure_covers(m, old) THEN
		RAISE EXCEPTION 'supersedes: % is lifted first, by two: the new '
		    'measure must be on the same, forbid all that the old one '
		    'forbids, and be no emergency', old.number
		    USING ERRCODE = 'AY001', DETAIL = 'SUPERSEDES_UNFIT';
	END IF;
END
$$;
