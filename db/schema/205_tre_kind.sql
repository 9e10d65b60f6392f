-- Kinds of TrE: data, not code.  A kind says which rule set its models answer,
-- and what a decision looks at where the operator doesn't say.
--
-- Those of policy/tre-kinds.json are loaded by the migrator; others are added
-- by two deciders.  A kind never changes: models have been judged by it.

CREATE TABLE tre_kind (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]{1,39}$'),
	what text NOT NULL CHECK (length(what) BETWEEN 1 AND 500),
	ruleset handle NOT NULL, -- by name: a declaration answers the newest
	default_mode text NOT NULL
	    CHECK (default_mode IN ('tre_and_platform', 'platform_only')),
	evidence text NOT NULL DEFAULT 'transcript' -- policy/evidence.md
	    CHECK (evidence IN ('transcript', 'tpm_quote', 'dice')),
	state text NOT NULL DEFAULT 'proposed',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now()
);
ALTER TABLE model ADD FOREIGN KEY (tre_kind) REFERENCES tre_kind (name);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON tre_kind
	FOR EACH ROW EXECUTE FUNCTION state_guard('tre_kind');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON tre_kind
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- One that was rejected may be proposed again, in other words.
CREATE TRIGGER tre_kind_is_fixed BEFORE UPDATE ON tre_kind
	FOR EACH ROW WHEN (OLD.state <> 'rejected') EXECUTE FUNCTION only_changes(
	    '{state,effective}',
	    'a kind of TrE cannot change: add another',
	    'TRE_KIND_FIXED');

CREATE FUNCTION tre_kind_check_ruleset(p_ruleset text) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM ruleset WHERE name = p_ruleset
	    AND state = 'in_force' AND content ->> 'applies_to' = 'tre') THEN
		RAISE EXCEPTION 'ruleset: no rule set "%" for TrEs is in '
		    'force: see assay ruleset list', p_ruleset
		    USING ERRCODE = 'AY001', DETAIL = 'RULESET_ABSENT';
	END IF;
END
$$;

-- Load the document.  The migrator calls it every time, after the rule sets;
-- returns how many kinds were new.
CREATE FUNCTION tre_kind_load(p_content text) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k tre_kind;
	was tre_kind;
	n int := 0;
BEGIN
	FOR k IN SELECT * FROM jsonb_populate_recordset(NULL::tre_kind,
	    p_content::jsonb -> 'kinds')
	LOOP
		SELECT * INTO was FROM tre_kind WHERE name = k.name;
		IF NOT FOUND THEN
			PERFORM tre_kind_check_ruleset(k.ruleset);
			INSERT INTO tre_kind (name, what, ruleset,
			    default_mode, evidence, state)
			VALUES (k.name, k.what, k.ruleset, k.default_mode,
			    coalesce(k.evidence, 'transcript'), 'in_force');
			n := n + 1;
		ELSIF (was.what, was.ruleset, was.default_mode, was.evidence)
		    IS DISTINCT FROM (k.what, k.ruleset, k.default_mode,
			coalesce(k.evidence, 'transcript')) THEN
			RAISE EXCEPTION 'the kind of TrE "%" cannot change: '
			    'restore it in the document and add another',
			    k.name
			    USING ERRCODE = 'AY004',
			    DETAIL = 'TRE_KIND_CHANGED';
		END IF;
	END LOOP;
	RETURN n;
END
$$;

CREATE FUNCTION tre_kind_json(k tre_kind) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('name', k.name, 'what', k.what,
	    'ruleset', k.ruleset, 'default_mode', k.default_mode,
	    'evidence', k.evidence, 'state', k.state, 'effective', json_time(k.effective));
$$;

-- By a decider; takes effect when another one approves.
CREATE FUNCTION tre_kind_propose(p_name text, p_what text, p_ruleset text,
	p_default_mode text, p_evidence text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k tre_kind;
	terms jsonb;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say('/v1/tre-kinds', jsonb_build_object(
	    'name', p_name, 'what', p_what, 'ruleset', p_ruleset,
	    'default_mode', p_default_mode, 'evidence', p_evidence));
	PERFORM tre_kind_check_ruleset(p_ruleset);
	IF EXISTS (SELECT FROM tre_kind WHERE name = p_name
	    AND state <> 'rejected') THEN
		RAISE EXCEPTION 'name: there is a kind of TrE "%" already',
		    p_name
		    USING ERRCODE = 'AY004', DETAIL = 'ALREADY_EXISTS';
	END IF;
	INSERT INTO tre_kind (name, what, ruleset, default_mode, evidence)
	VALUES (p_name, p_what, p_ruleset, p_default_mode,
	    coalesce(p_evidence, 'transcript'))
	ON CONFLICT (name) DO UPDATE SET what = excluded.what,
	    ruleset = excluded.ruleset, state = 'proposed',
	    default_mode = excluded.default_mode,
	    evidence = excluded.evidence, effective = assay_now()
	RETURNING * INTO k;
	PERFORM proposal_open('tre_kind_add', k.id, k.name, terms);
	RETURN tre_kind_json(k);
END
$$;

CREATE FUNCTION act_tre_kind_add(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT tre_kind_check_ruleset(ruleset) FROM tre_kind
	WHERE id = p.subject_id;
	UPDATE tre_kind SET state = 'in_force', effective = assay_now()
	WHERE id = p.subject_id;
$$;
CREATE FUNCTION reject_tre_kind_add(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE tre_kind SET state = 'rejected', effective = assay_now()
	WHERE id = p.subject_id;
$$;
INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('tre_kind_add', 'tre_kind', '{decider}', '{decider}');

CREATE FUNCTION tre_kind_must_be(p_name text) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM tre_kind WHERE name = p_name
	    AND state = 'in_force') THEN
		RAISE EXCEPTION 'tre_kind: "%" is none of %', p_name,
		    (SELECT string_agg(name, ', ' ORDER BY name) FROM tre_kind
		     WHERE state = 'in_force')
		    USING ERRCODE = 'AY001', DETAIL = 'TRE_KIND_UNKNOWN';
	END IF;
END
$$;

-- The rule set that a model's declaration answers, by name.
CREATE FUNCTION model_ruleset(m model) RETURNS text
	LANGUAGE sql STABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE m.kind
	    WHEN 'tre' THEN (SELECT ruleset FROM tre_kind
		WHERE name = m.tre_kind)
	    ELSE (SELECT min(name) FROM ruleset
		WHERE content ->> 'applies_to' = m.kind) END;
$$;

-- The version of it that a new declaration answers: the newest in force.
CREATE FUNCTION model_ruleset_now(m model) RETURNS SETOF ruleset
	ROWS 1 LANGUAGE sql STABLE SET search_path = assay, pg_temp
AS $$
	SELECT * FROM ruleset
	WHERE name = model_ruleset(m) AND state = 'in_force'
	ORDER BY version DESC LIMIT 1;
$$;

GRANT SELECT ON tre_kind TO assay_api;
GRANT EXECUTE ON FUNCTION tre_kind_json(tre_kind), model_ruleset(model),
	model_ruleset_now(model),
	tre_kind_propose(text, text, text, text, text) TO assay_api;
