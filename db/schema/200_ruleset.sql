-- Rule sets: versioned documents under policy/rulesets, loaded by the
-- migrator.  Once in force a version never changes.

-- The rules of a rule set, one row each.
CREATE FUNCTION ruleset_rules(p_content jsonb)
	RETURNS TABLE (rule text, levels int[], may_not_apply bool)
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT r ->> 'id',
	    ARRAY(SELECT jsonb_array_elements_text(r -> 'levels')::int),
	    r ? 'not_applicable_when'
	FROM jsonb_array_elements(p_content -> 'groups') AS g,
	    jsonb_array_elements(g -> 'rules') AS r;
$$;

-- Load one document.  The migrator calls it for every file, every time: what
-- is there already is left alone, what was changed is refused.  A newer
-- version retires the older ones: declarations that answer these run out,
-- new ones answer the newest.
CREATE FUNCTION ruleset_load(p_content text) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	doc jsonb := p_content::jsonb;
	hash bytea := sha256(convert_to(p_content, 'UTF8'));
	was ruleset%ROWTYPE;
BEGIN
	SELECT * INTO was FROM ruleset WHERE name = doc ->> 'ruleset'
	    AND version = (doc ->> 'version')::int;
	IF FOUND THEN
		IF was.content_sha256 = hash THEN
			RETURN 'known';
		END IF;
		RAISE EXCEPTION 'rule set % version % is in force and cannot '
		    'change: restore its file and write version %',
		    was.name, was.version, was.version + 1
		    USING ERRCODE = 'AY004', DETAIL = 'RULESET_CHANGED';
	END IF;
	IF NOT EXISTS (SELECT FROM ruleset_rules(doc)) THEN
		RAISE EXCEPTION 'rule set % version % has no rules',
		    doc ->> 'ruleset', doc ->> 'version'
		    USING ERRCODE = 'AY001', DETAIL = 'RULESET_EMPTY';
	END IF;
	IF EXISTS (SELECT FROM ruleset WHERE name = doc ->> 'ruleset'
	    AND version > (doc ->> 'version')::int) THEN
		RAISE EXCEPTION 'rule set % has a version newer than % already',
		    doc ->> 'ruleset', doc ->> 'version'
		    USING ERRCODE = 'AY004', DETAIL = 'RULESET_OLD';
	END IF;
	INSERT INTO ruleset (name, version, content, content_sha256)
	VALUES (doc ->> 'ruleset', (doc ->> 'version')::int, doc, hash);
	UPDATE ruleset SET state = 'retired'
	WHERE name = doc ->> 'ruleset' AND state = 'in_force';
	UPDATE ruleset SET state = 'in_force'
	WHERE name = doc ->> 'ruleset' AND version = (doc ->> 'version')::int;
	RETURN 'loaded';
END
$$;

-- The state moves; what was read stays as it was.
CREATE FUNCTION ruleset_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF (OLD.name, OLD.version, OLD.content_sha256, OLD.content)
	    IS DISTINCT FROM
	    (NEW.name, NEW.version, NEW.content_sha256, NEW.content) THEN
		RAISE EXCEPTION 'a rule set cannot change: write a new version'
		    USING ERRCODE = 'AY002', DETAIL = 'RULESET_CHANGED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER ruleset_is_fixed BEFORE UPDATE ON ruleset
	FOR EACH ROW EXECUTE FUNCTION ruleset_is_fixed();

-- Something that changed without a change of state, and that later readers
-- must know of.
CREATE FUNCTION history_note(p_entity text, p_id bigint, p_state text,
	p_row jsonb) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO history (entity, subject_id, from_state, to_state,
	    effective, recorded, principal_id, detail)
	VALUES (p_entity, p_id, p_state, p_state, assay_now(), assay_now(),
	    actor_id(), p_row);
$$;
