-- Operators' own policies: what one asks of a device beyond the floor, for one
-- purpose.  A policy only ever refuses more (policy/operator_policy.h says what
-- its terms mean), and since no more than that can go wrong with it, the body
-- has no part in it: one of the operator's people drafts it, another one puts it
-- into force in place of the one before.  It never changes.

CREATE TABLE operator_policy (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	organisation_id bigint NOT NULL REFERENCES organisation,
	purpose text NOT NULL CHECK (purpose IN ('initial_download',
	    'change_of_operator', 'reprovision', 'precheck')),
	version int NOT NULL CHECK (version > 0),
	terms jsonb NOT NULL,
	terms_sha256 sha256 NOT NULL, -- of the octets that its drafter signed
	drafted_by bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL UNIQUE REFERENCES statement,
	activated_by bigint REFERENCES principal,
	activation_id bigint UNIQUE REFERENCES statement,
	state text NOT NULL DEFAULT 'draft',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (organisation_id, purpose, version),
	CHECK (activated_by IS DISTINCT FROM drafted_by),
	CHECK (state <> 'active' OR activated_by IS NOT NULL),
	CHECK ((activated_by IS NULL) = (activation_id IS NULL))
);
CREATE UNIQUE INDEX operator_policy_in_force
	ON operator_policy (organisation_id, purpose) WHERE state = 'active';

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON operator_policy
	FOR EACH ROW EXECUTE FUNCTION state_guard('operator_policy');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON operator_policy
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TRIGGER operator_policy_is_fixed BEFORE UPDATE ON operator_policy
	FOR EACH ROW EXECUTE FUNCTION only_changes(
	    '{state,effective,activated_by,activation_id}',
	    'a policy cannot change: draft another',
	    'POLICY_FIXED');

-- ---- the terms

-- Whole numbers, and between what: the upper end of grace_days is what the floor
-- has where a CoC says nothing else.
CREATE FUNCTION operator_policy_number(p_name text) RETURNS int8range
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT int8range(least, most, '[]') FROM (VALUES ('min_level', 1, 4),
	    ('max_audit_age', 1, 3650), ('grace_days', 0, 365),
	    ('max_status_age', 1, 86400)) AS t (name, least, most)
	WHERE name = p_name;
$$;

CREATE FUNCTION operator_policy_term_good(p_name text, v jsonb) RETURNS bool
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE
	    WHEN p_name IN ('accept_provisional', 'accept_self_declared_only',
		'platform_only', 'require_consent') THEN jsonb_typeof(v) = 'boolean'
	    WHEN p_name IN ('allowed_suppliers', 'denied_suppliers',
		'allowed_models', 'denied_models')
		THEN v @? '$[*]' AND NOT v @? '$[*] ? (@.type() != "string")'
		AND jsonb_array_length(v) <= 200
	    WHEN p_name = 'require_validation' THEN v @? '$[*]' AND v <@
		'["autonomous", "semi_autonomous", "remote"]'
	    ELSE jsonb_typeof(v) = 'number' AND v::text ~ '^[0-9]{1,9}$'
		AND v::text::int8 <@ operator_policy_number(p_name) END;
$$;

CREATE FUNCTION operator_policy_refuse(p_name text, p_rule text, p_code text)
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'policy.%: %', left(p_name, 40), p_rule
	    USING ERRCODE = 'AY001', DETAIL = p_code;
END
$$;

-- The names of a list that its register does not have, and those that are both
-- allowed and denied.
CREATE FUNCTION operator_policy_lint_names(p_terms jsonb, p_what text)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	bad record;
BEGIN
	SELECT t.name, x.handle INTO bad
	  FROM (VALUES ('allowed_' || p_what), ('denied_' || p_what)) t (name),
	    jsonb_array_elements_text(p_terms -> t.name) AS x (handle)
	 WHERE NOT CASE p_what WHEN 'suppliers' THEN EXISTS (SELECT
		FROM organisation o WHERE o.handle::text = x.handle
		AND o.kind = 'supplier')
	    ELSE EXISTS (SELECT FROM model m WHERE m.handle::text = x.handle
		AND m.state <> 'draft') END LIMIT 1;
	IF FOUND THEN
		PERFORM operator_policy_refuse(bad.name, format(
		    'there is no %s "%s"', rtrim(p_what, 's'),
		    left(bad.handle, 40)), 'POLICY_NAME_UNKNOWN');
	END IF;
	SELECT x.handle INTO bad FROM jsonb_array_elements_text(
	    p_terms -> ('allowed_' || p_what)) AS x (handle)
	 WHERE p_terms -> ('denied_' || p_what) ? x.handle LIMIT 1;
	IF FOUND THEN
		PERFORM operator_policy_refuse('denied_' || p_what, format(
		    '"%s" is allowed too', left(bad.handle, 40)),
		    'POLICY_CONTRADICTS');
	END IF;
END
$$;

-- A policy is refused for what it cannot mean: terms that are none, names that
-- nobody has, what contradicts itself, and what would be laxer than the floor.
CREATE FUNCTION operator_policy_lint(p_terms jsonb, p_purpose text,
    o organisation) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	bad record;
BEGIN
	SELECT key INTO bad FROM jsonb_each(p_terms)
	 WHERE NOT coalesce(operator_policy_term_good(key, value), false)
	 ORDER BY key LIMIT 1;
	IF FOUND AND bad.key = 'grace_days'
	    AND jsonb_typeof(p_terms -> 'grace_days') = 'number' THEN
		PERFORM operator_policy_refuse('grace_days', 'the floor has 0 '
		    'to 365 days, and no policy more', 'POLICY_BELOW_FLOOR');
	ELSIF FOUND THEN
		PERFORM operator_policy_refuse(bad.key, 'is no term, or not one '
		    'of its values: see assay policy draft --help',
		    'POLICY_TERM');
	END IF;
	IF p_terms ? 'require_consent' AND p_purpose <> 'change_of_operator' THEN
		PERFORM operator_policy_refuse('require_consent', 'only a change '
		    'of operator comes with consent', 'POLICY_CONTRADICTS');
	END IF;
	PERFORM operator_policy_lint_names(p_terms, 'suppliers');
	PERFORM operator_policy_lint_names(p_terms, 'models');
	IF p_terms -> 'platform_only' = 'true' AND NOT o.may_platform_only THEN
		PERFORM operator_policy_refuse('platform_only', 'the body does '
		    'not let you ask for a terminal without its TrE',
		    'POLICY_BELOW_FLOOR');
	END IF;
	SELECT m.handle INTO bad FROM model m
	  JOIN organisation s ON s.id = m.organisation_id
	 WHERE p_terms -> 'allowed_models' ? m.handle::text
	   AND (p_terms -> 'denied_suppliers' ? s.handle::text
	    OR NOT p_terms -> 'allowed_suppliers' ? s.handle::text) LIMIT 1;
	IF FOUND THEN
		PERFORM operator_policy_refuse('allowed_models', format('the '
		    'supplier of "%s" is not allowed', bad.handle),
		    'POLICY_CONTRADICTS');
	END IF;
END
$$;

-- ---- acts

CREATE FUNCTION operator_policy_json(p operator_policy) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', p.number, 'operator', o.handle,
	    'purpose', p.purpose, 'version', p.version, 'state', p.state,
	    'terms', p.terms, 'sha256', encode(p.terms_sha256, 'hex'),
	    'drafted_by', d.handle, 'activated_by', a.handle,
	    'effective', json_time(p.effective),
	    'created', json_time(p.created))
	FROM organisation o, principal d
	LEFT JOIN principal a ON a.id = p.activated_by
	WHERE o.id = p.organisation_id AND d.id = p.drafted_by;
$$;

-- What a decision is judged by; of none NULL.
CREATE FUNCTION operator_policy_said(p operator_policy) RETURNS jsonb
	LANGUAGE sql STABLE
AS $$
	SELECT CASE WHEN p.id IS NOT NULL THEN jsonb_build_object(
	    'number', p.number, 'version', p.version,
	    'sha256', encode(p.terms_sha256, 'hex'), 'terms', p.terms) END;
$$;

-- For a decision: NULL where none is active, and the floor is all there is.
CREATE FUNCTION operator_policy_active(p_organisation bigint, p_purpose text)
	RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT operator_policy_said(y)
	FROM operator_policy y
	WHERE organisation_id = p_organisation AND purpose = p_purpose
	  AND state = 'active' AND actor_sees(organisation_id));
END
$$;

-- The actor's own, held still; its operator's people one after the other.
CREATE FUNCTION operator_policy_take(p_number text) RETURNS operator_policy
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	p operator_policy;
BEGIN
	PERFORM FROM organisation WHERE id = who.organisation_id
	    FOR NO KEY UPDATE;
	SELECT * INTO p FROM operator_policy WHERE number = p_number
	    AND organisation_id = who.organisation_id FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no policy "%" of yours',
		    left(p_number, 40)
		    USING ERRCODE = 'AY003', DETAIL = 'POLICY_ABSENT';
	END IF;
	IF p.state <> 'draft' THEN
		RAISE EXCEPTION '% is %, not a draft: what is active ends when '
		    'another takes its place', p.number, p.state
		    USING ERRCODE = 'AY004', DETAIL = 'POLICY_STATE';
	END IF;
	RETURN p;
END
$$;

CREATE FUNCTION operator_policy_draft(p_purpose text, p_terms jsonb)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	o organisation;
	p operator_policy;
BEGIN
	PERFORM statement_must_say('/v1/operator-policies',
	    jsonb_build_object('purpose', p_purpose, 'policy', p_terms));
	SELECT * INTO o FROM organisation WHERE id = who.organisation_id
	    FOR NO KEY UPDATE;
	PERFORM operator_policy_lint(p_terms, p_purpose, o);
	INSERT INTO operator_policy (number, organisation_id, purpose, version,
	    terms, terms_sha256, drafted_by, statement_id)
	SELECT next_number('POL'), o.id, p_purpose, 1 + coalesce((SELECT
	    max(version) FROM operator_policy WHERE organisation_id = o.id
	    AND purpose = p_purpose), 0), p_terms, sha256(s.body), who.id, s.id
	  FROM statement s WHERE s.id = statement_id()
	RETURNING * INTO p;
	RETURN operator_policy_json(p);
END
$$;

-- The second person of the operator says which octets they saw.
CREATE FUNCTION operator_policy_activate(p_number text, p_sha256 bytea)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p operator_policy := operator_policy_take(p_number);
	who principal := actor();
	old operator_policy;
BEGIN
	PERFORM statement_must_say(
	    format('/v1/operator-policies/%s/activate', p.number),
	    jsonb_build_object('sha256', encode(p_sha256, 'hex')));
	IF who.id = p.drafted_by THEN
		RAISE EXCEPTION 'four eyes: % drafted this, so somebody else '
		    'must put it into force', who.handle
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	IF p_sha256 IS DISTINCT FROM p.terms_sha256::bytea THEN
		RAISE EXCEPTION 'sha256: that is not what % says: read it again',
		    p.number
		    USING ERRCODE = 'AY004', DETAIL = 'TERMS_CHANGED';
	END IF;
	PERFORM operator_policy_lint(p.terms, p.purpose, o) FROM organisation o
	WHERE o.id = p.organisation_id;
	UPDATE operator_policy SET state = 'retired', effective = assay_now()
	WHERE organisation_id = p.organisation_id AND purpose = p.purpose
	  AND state = 'active' RETURNING * INTO old;
	IF old.version > p.version THEN
		RAISE EXCEPTION '% is older than %, which is active: draft it '
		    'anew', p.number, old.number
		    USING ERRCODE = 'AY004', DETAIL = 'POLICY_OLD';
	END IF;
	UPDATE operator_policy SET state = 'active', effective = assay_now(),
	    activated_by = who.id, activation_id = statement_id()
	WHERE id = p.id RETURNING * INTO p;
	PERFORM notice_add('operator_policy.active', p.organisation_id,
	    p.number, jsonb_build_object('purpose', p.purpose,
	    'version', p.version, 'instead_of', old.number));
	RETURN operator_policy_json(p);
END
$$;

-- A draft that nobody will put into force.
CREATE FUNCTION operator_policy_retire(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p operator_policy := operator_policy_take(p_number);
BEGIN
	PERFORM statement_must_say(
	    format('/v1/operator-policies/%s/retire', p.number),
	    jsonb_build_object('reason', p_reason));
	UPDATE operator_policy SET state = 'retired', effective = assay_now()
	WHERE id = p.id RETURNING * INTO p;
	RETURN operator_policy_json(p);
END
$$;

CREATE FUNCTION owner_of_operator_policy(p_id bigint) RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT organisation_id FROM operator_policy WHERE id = p_id $$;

GRANT SELECT ON operator_policy TO assay_api;
GRANT EXECUTE ON FUNCTION operator_policy_draft(text, jsonb),
	operator_policy_activate(text, bytea),
	operator_policy_retire(text, text),
	operator_policy_active(bigint, text) TO assay_api;
CALL tenancy('operator_policy', '{body} OR organisation_id = ANY {seen}');
