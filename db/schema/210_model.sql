-- Hardware platforms, TrE models and terminal models.

-- What a model says of itself never changes: a changed product is a new one.
CREATE TRIGGER model_is_fixed BEFORE UPDATE ON model
	FOR EACH ROW EXECUTE FUNCTION only_changes(
	    '{state}',
	    'a model cannot change: enter a new version under a handle of its own',
	    'MODEL_FIXED');

-- The model by its handle, locked against a change of its state.
CREATE FUNCTION model_named(p_handle text) RETURNS model
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model;
BEGIN
	SELECT * INTO m FROM model WHERE handle = p_handle FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no model "%"', p_handle
		    USING ERRCODE = 'AY003', DETAIL = 'MODEL_ABSENT';
	END IF;
	RETURN m;
END
$$;

-- "hardware platform", "TrE model", "terminal model"
CREATE FUNCTION model_kind_name(p_kind text) RETURNS text
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE p_kind WHEN 'hardware_platform' THEN 'hardware platform'
	    WHEN 'tre' THEN 'TrE model' ELSE 'terminal model' END;
$$;

-- Each TAC: 8 digits, once in this model, in no other model.
CREATE FUNCTION model_check_tacs(p_tacs text[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	t text;
	other text;
BEGIN
	IF coalesce(cardinality(p_tacs), 0) NOT BETWEEN 1 AND 100 THEN
		RAISE EXCEPTION 'a terminal model needs "tacs": 1 to 100 type '
		    'allocation codes of 8 digits'
		    USING ERRCODE = 'AY001', DETAIL = 'TAC_MISSING';
	END IF;
	-- two models entered at once must not both take a code
	PERFORM pg_advisory_xact_lock(hashtext('assay.model.tacs'));
	FOREACH t IN ARRAY p_tacs LOOP
		IF t IS NULL OR t !~ '^[0-9]{8}$' THEN
			RAISE EXCEPTION 'TAC "%" is not 8 digits', t
			    USING ERRCODE = 'AY001', DETAIL = 'TAC_MALFORMED';
		END IF;
		IF cardinality(array_positions(p_tacs, t)) > 1 THEN
			RAISE EXCEPTION 'TAC % is named twice', t
			    USING ERRCODE = 'AY001', DETAIL = 'TAC_REPEATED';
		END IF;
		SELECT CASE WHEN actor_sees(organisation_id) THEN
		    format('model "%s"', handle)
		    ELSE 'another supplier''s model' END
		INTO other FROM model WHERE t = ANY (tacs);
		IF FOUND THEN
			RAISE EXCEPTION 'TAC % belongs to %: a code is '
			    'allocated to one model', t, other
			    USING ERRCODE = 'AY004', DETAIL = 'TAC_TAKEN';
		END IF;
	END LOOP;
END
$$;

-- The TrE models that a terminal model may contain, by their ids.
CREATE FUNCTION model_check_contains(p_contains text[]) RETURNS bigint[]
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	h text;
	m model;
	ids bigint[] := '{}';
BEGIN
	IF coalesce(cardinality(p_contains), 0) NOT BETWEEN 1 AND 100 THEN
		RAISE EXCEPTION 'a terminal model needs "contains": the TrE '
		    'models that it may contain'
		    USING ERRCODE = 'AY001', DETAIL = 'CONTAINS_MISSING';
	END IF;
	FOREACH h IN ARRAY p_contains LOOP
		m := model_named(h);
		IF m.kind <> 'tre' OR m.state <> 'registered' THEN
			RAISE EXCEPTION 'a terminal model contains registered '
			    'TrE models: "%" is a % in state %',
			    h, model_kind_name(m.kind), m.state
			    USING ERRCODE = 'AY004', DETAIL = 'CONTAINS_UNFIT';
		END IF;
		IF m.id = ANY (ids) THEN
			RAISE EXCEPTION 'TrE model "%" is named twice', h
			    USING ERRCODE = 'AY001',
			    DETAIL = 'CONTAINS_REPEATED';
		END IF;
		ids := ids || m.id;
	END LOOP;
	RETURN ids;
END
$$;

-- Fields that belong to another kind are refused rather than dropped.
CREATE FUNCTION model_check_fields(p_kind text, p_hardware_platform text,
	p_tre_kind text, p_least_firmware text, p_tacs text[],
	p_contains text[]) RETURNS void
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_kind NOT IN ('hardware_platform', 'tre', 'terminal') THEN
		RAISE EXCEPTION 'kind is hardware_platform, tre or terminal, '
		    'not "%"', p_kind
		    USING ERRCODE = 'AY001', DETAIL = 'MODEL_KIND';
	END IF;
	IF p_kind = 'tre' AND (p_hardware_platform IS NULL OR
	    p_tre_kind IS NULL OR p_least_firmware IS NULL) THEN
		RAISE EXCEPTION 'a TrE model needs "hardware_platform", '
		    '"tre_kind" and "least_firmware"'
		    USING ERRCODE = 'AY001', DETAIL = 'FIELD_MISSING';
	END IF;
	IF p_kind <> 'tre' AND coalesce(p_hardware_platform, p_tre_kind,
	    p_least_firmware) IS NOT NULL THEN
		RAISE EXCEPTION 'a % has no "hardware_platform", "tre_kind" or '
		    '"least_firmware"', model_kind_name(p_kind)
		    USING ERRCODE = 'AY001', DETAIL = 'FIELD_UNFIT';
	END IF;
	IF firmware_parts(p_least_firmware) IS NULL AND p_kind = 'tre' THEN
		RAISE EXCEPTION 'least_firmware: a version is one to eight '
		    'numbers with dots between them, such as 2.10.3'
		    USING ERRCODE = 'AY001', DETAIL = 'FIRMWARE_MALFORMED';
	END IF;
	IF p_kind <> 'terminal' AND
	    (p_tacs IS NOT NULL OR p_contains IS NOT NULL) THEN
		RAISE EXCEPTION 'a % has no "tacs" or "contains"',
		    model_kind_name(p_kind)
		    USING ERRCODE = 'AY001', DETAIL = 'FIELD_UNFIT';
	END IF;
END
$$;

-- The supplier whose model it is to be; an officer may enter it for one.
CREATE FUNCTION model_supplier(p_organisation text, p_kind text)
	RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation;
	makes text := CASE p_kind WHEN 'terminal' THEN 'terminal' ELSE 'tre' END;
BEGIN
	PERFORM actor_must('supplier', 'officer');
	SELECT * INTO o FROM organisation WHERE handle = p_organisation
	    FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no organisation "%"', p_organisation
		    USING ERRCODE = 'AY003', DETAIL = 'ORGANISATION_ABSENT';
	END IF;
	IF actor_role() = 'supplier' AND o.id <> actor_org() THEN
		RAISE EXCEPTION 'a supplier enters models of its own '
		    'organisation only, not of "%"', p_organisation
		    USING ERRCODE = 'AY002', DETAIL = 'OTHER_ORGANISATION';
	END IF;
	IF o.state <> 'active' THEN
		RAISE EXCEPTION 'organisation "%" is %, not active',
		    p_organisation, o.state
		    USING ERRCODE = 'AY004', DETAIL = 'ORGANISATION_NOT_ACTIVE';
	END IF;
	IF NOT makes = ANY (o.makes) THEN
		RAISE EXCEPTION 'organisation "%" is not entered as a maker of '
		    '%', p_organisation,
		    CASE makes WHEN 'tre' THEN 'TrEs' ELSE 'terminals' END
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_A_MAKER';
	END IF;
	RETURN o.id;
END
$$;

CREATE FUNCTION model_create(p_handle text, p_kind text,
	p_organisation text, p_name text, p_version text,
	p_hardware_platform text, p_tre_kind text, p_least_firmware text,
	p_tacs text[], p_contains text[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	supplier bigint := model_supplier(p_organisation, p_kind);
	platform model;
	contains bigint[] := '{}';
	made model;
BEGIN
	PERFORM model_check_fields(p_kind, p_hardware_platform, p_tre_kind,
	    p_least_firmware, p_tacs, p_contains);
	IF p_kind = 'tre' THEN
		PERFORM tre_kind_must_be(p_tre_kind);
		platform := model_named(p_hardware_platform);
		IF platform.kind <> 'hardware_platform'
		    OR platform.state = 'retired' THEN
			RAISE EXCEPTION '"%" is a % in state %: a TrE model '
			    'stands on a hardware platform that is not retired',
			    p_hardware_platform, model_kind_name(platform.kind),
			    platform.state
			    USING ERRCODE = 'AY004', DETAIL = 'PLATFORM_UNFIT';
		END IF;
	ELSIF p_kind = 'terminal' THEN
		contains := model_check_contains(p_contains);
		PERFORM model_check_tacs(p_tacs);
	END IF;
	INSERT INTO model (handle, kind, organisation_id, name, version,
	    hardware_platform_id, tre_kind, least_firmware, tacs)
	VALUES (p_handle, p_kind, supplier, p_name, p_version,
	    platform.id, p_tre_kind, p_least_firmware, p_tacs)
	RETURNING * INTO made;
	INSERT INTO model_contains (terminal_model_id, tre_model_id)
	SELECT made.id, c FROM unnest(contains) AS c;
	RETURN model_json(made);
END
$$;

-- An officer has seen that the model is what its papers say.
CREATE FUNCTION model_register(p_handle text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model;
	platform model;
BEGIN
	PERFORM actor_must('officer');
	m := model_named(p_handle);
	IF EXISTS (SELECT FROM history WHERE entity = 'model'
	    AND subject_id = m.id AND from_state = ''
	    AND principal_id = actor_id()) THEN
		RAISE EXCEPTION 'four eyes: you entered "%", so another '
		    'officer registers it', p_handle
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	IF m.kind = 'tre' THEN
		SELECT * INTO platform FROM model
		WHERE id = m.hardware_platform_id;
		IF platform.state <> 'registered' THEN
			RAISE EXCEPTION 'its hardware platform "%" is %: '
			    'register that first',
			    platform.handle, platform.state
			    USING ERRCODE = 'AY004', DETAIL = 'PLATFORM_UNFIT';
		END IF;
	END IF;
	IF m.state = 'registered' THEN
		RAISE EXCEPTION 'model "%" is registered already', p_handle
		    USING ERRCODE = 'AY004', DETAIL = 'MODEL_REGISTERED';
	END IF;
	UPDATE model SET state = 'registered' WHERE id = m.id
	RETURNING * INTO m;
	RETURN model_json(m);
END
$$;

-- No new accreditation for it; what was accredited stays as it is.
CREATE FUNCTION model_retire(p_handle text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model;
	v_number text;
BEGIN
	PERFORM actor_must('officer');
	m := model_named(p_handle);
	SELECT number INTO v_number FROM coc WHERE model_id = m.id
	    AND state IN ('provisional', 'certified', 'suspended');
	IF FOUND THEN
		RAISE EXCEPTION 'model "%" is accredited by %: withdraw that '
		    'first', p_handle, v_number
		    USING ERRCODE = 'AY004', DETAIL = 'MODEL_ACCREDITED';
	END IF;
	PERFORM state_must_change(m.handle, m.state, 'retired');
	UPDATE model SET state = 'retired' WHERE id = m.id
	RETURNING * INTO m;
	RETURN model_json(m);
END
$$;

GRANT EXECUTE ON FUNCTION model_create(text, text, text, text, text, text,
	text, text, text[], text[]), model_register(text), model_retire(text)
	TO assay_api;
