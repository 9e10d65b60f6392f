-- Rule sets: versioned documents under policy/rulesets, loaded by the
-- migrator.  Once loaded a version never changes.
--
-- The first version of a name is in force as it is loaded.  A later one is a
-- draft, until two deciders adopt it with a date of transition: from then on
-- new declarations answer it, and at that date the older versions retire, with
-- the declarations that stand on them.

ALTER TABLE ruleset ADD COLUMN effective timestamptz NOT NULL
	DEFAULT assay_now();
-- when a newer version takes its place; none: no newer one was adopted
ALTER TABLE ruleset ADD COLUMN retires timestamptz;
CREATE INDEX ruleset_retires ON ruleset (retires) WHERE state = 'in_force';

-- The rules of a rule set, one row each.
CREATE FUNCTION ruleset_rules(p_content jsonb)
	RETURNS TABLE (rule text, levels int[], may_not_apply bool)
	ROWS 50 LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT r ->> 'id',
	    ARRAY(SELECT jsonb_array_elements_text(r -> 'levels')::int),
	    r ? 'not_applicable_when'
	FROM jsonb_array_elements(p_content -> 'groups') AS g,
	    jsonb_array_elements(g -> 'rules') AS r;
$$;

-- A document that extends another one has its groups too, but for the rules
-- that it leaves out ("without"), and asks for its external certificates too.
CREATE FUNCTION ruleset_whole(p_doc jsonb, p_base jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT p_doc || jsonb_build_object('groups',
	    (SELECT jsonb_agg(g || jsonb_build_object('rules', kept.rules)
		ORDER BY o)
	     FROM jsonb_array_elements(p_base -> 'groups')
		WITH ORDINALITY AS t(g, o),
	     LATERAL (SELECT jsonb_agg(r ORDER BY i) AS rules
		FROM jsonb_array_elements(g -> 'rules')
		    WITH ORDINALITY AS u(r, i)
		WHERE NOT coalesce(p_doc -> 'without', '[]') ? (r ->> 'id'))
		AS kept
	     WHERE kept.rules IS NOT NULL) || (p_doc -> 'groups'),
	    'requires', coalesce(p_base -> 'requires', '[]') ||
	    coalesce(p_doc -> 'requires', '[]'));
$$;

-- Every rule once, with levels; and no rule left out that isn't there.
CREATE FUNCTION ruleset_check(p_doc jsonb, p_content jsonb) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	v_name text := format('%s version %s', p_doc ->> 'ruleset',
	    p_doc ->> 'version');
	bad text;
BEGIN
	IF NOT EXISTS (SELECT FROM ruleset_rules(p_content)) THEN
		RAISE EXCEPTION 'rule set % has no rules', v_name
		    USING ERRCODE = 'AY001', DETAIL = 'RULESET_EMPTY';
	END IF;
	SELECT rule INTO bad FROM ruleset_rules(p_content)
	GROUP BY rule HAVING rule IS NULL OR count(*) > 1
	    OR bool_or(NOT levels <@ '{1,2,3,4}' OR levels = '{}');
	IF FOUND THEN
		RAISE EXCEPTION 'rule set %: rule % is there twice, or its '
		    'levels are not among 1 to 4', v_name, bad
		    USING ERRCODE = 'AY001', DETAIL = 'RULESET_MALFORMED';
	END IF;
	SELECT x INTO bad FROM jsonb_array_elements(
	    coalesce(p_content -> 'requires', '[]')) AS e,
	    jsonb_array_elements_text(e -> 'schemes') AS x
	WHERE NOT EXISTS (SELECT FROM scheme AS s WHERE s.name = x
	    AND CASE e ->> 'for' WHEN 'site' THEN 'site' ELSE 'model' END
		= ANY (s.speaks_for));
	IF FOUND THEN
		RAISE EXCEPTION 'rule set % requires a certificate of the '
		    'scheme "%", which there is not, or not for that',
		    v_name, bad
		    USING ERRCODE = 'AY001', DETAIL = 'SCHEME_UNKNOWN';
	END IF;
END
$$;

-- Load one document.  The migrator calls it for every file, every time: what
-- is there already is left alone, what was changed is refused.  'waits': what
-- it extends isn't there yet.
CREATE FUNCTION ruleset_load(p_content text) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	doc jsonb := p_content::jsonb;
	hash bytea := sha256(convert_to(p_content, 'UTF8'));
	base jsonb;
	whole jsonb := doc;
	was ruleset%ROWTYPE;
	newest int;
BEGIN
	SELECT * INTO was FROM ruleset WHERE name = doc ->> 'ruleset'
	    AND version = (doc ->> 'version')::int;
	IF FOUND THEN
		IF was.content_sha256 = hash THEN
			RETURN 'known';
		END IF;
		RAISE EXCEPTION 'rule set % version % was read and cannot '
		    'change: restore its file and write version %',
		    was.name, was.version, was.version + 1
		    USING ERRCODE = 'AY004', DETAIL = 'RULESET_CHANGED';
	END IF;
	SELECT max(version) INTO newest FROM ruleset
	WHERE name = doc ->> 'ruleset';
	IF newest > (doc ->> 'version')::int THEN
		RAISE EXCEPTION 'rule set % has a version newer than % already',
		    doc ->> 'ruleset', doc ->> 'version'
		    USING ERRCODE = 'AY004', DETAIL = 'RULESET_OLD';
	END IF;
	IF doc ? 'extends' THEN
		SELECT content INTO base FROM ruleset
		WHERE name = doc -> 'extends' ->> 'ruleset'
		    AND version = (doc -> 'extends' ->> 'version')::int;
		IF NOT FOUND THEN
			RETURN 'waits';
		END IF;
		whole := ruleset_whole(doc, base);
	END IF;
	PERFORM ruleset_check(doc, whole);
	INSERT INTO ruleset (name, version, content, content_sha256, state)
	VALUES (doc ->> 'ruleset', (doc ->> 'version')::int, whole, hash,
	    CASE WHEN newest IS NULL THEN 'in_force' ELSE 'draft' END);
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

-- ---- the next version

CREATE FUNCTION ruleset_label(r ruleset) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
	AS $$ SELECT r.name || '-' || r.version $$;

-- From when a newer version may apply: suppliers have time to answer it.
CREATE FUNCTION ruleset_check_transition(p_at timestamptz) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_at < assay_now() + interval '30 days' OR
	    p_at > assay_now() + interval '3 years' THEN
		RAISE EXCEPTION 'transition is a date in 30 days to 3 years: '
		    'by then every supplier has answered the new version'
		    USING ERRCODE = 'AY001', DETAIL = 'TRANSITION_DATE';
	END IF;
END
$$;

-- By a decider; takes effect when another one approves.
CREATE FUNCTION ruleset_adopt(p_name text, p_version int,
    p_transition timestamptz) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r ruleset;
	terms jsonb;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say(format('/v1/rulesets/%s/%s/adopt', p_name,
	    p_version), jsonb_build_object('transition',
	    json_time(p_transition)));
	SELECT * INTO r FROM ruleset
	WHERE name = p_name AND version = p_version FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no version % of a rule set "%"',
		    p_version, p_name
		    USING ERRCODE = 'AY003', DETAIL = 'RULESET_ABSENT';
	END IF;
	IF r.state <> 'draft' OR EXISTS (SELECT FROM ruleset
	    WHERE name = r.name AND version > r.version
	    AND state <> 'draft') THEN
		RAISE EXCEPTION 'version % of % is %: a draft is adopted, and '
		    'none older than what is in force', p_version, p_name,
		    replace(r.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'RULESET_STATE';
	END IF;
	PERFORM ruleset_check_transition(p_transition);
	PERFORM proposal_open('ruleset_adopt', r.id, ruleset_label(r), terms);
	RETURN ruleset_json(r);
END
$$;

CREATE FUNCTION act_ruleset_adopt(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	at timestamptz := (p.terms ->> 'transition')::timestamptz;
	r ruleset;
	old ruleset;
	org bigint;
BEGIN
	PERFORM ruleset_check_transition(at);
	UPDATE ruleset SET state = 'in_force', effective = assay_now()
	WHERE id = p.subject_id RETURNING * INTO r;
	FOR old IN UPDATE ruleset SET retires = least(retires, at)
	    WHERE name = r.name AND version < r.version AND state = 'in_force'
	    RETURNING *
	LOOP
		PERFORM history_note('ruleset', old.id, old.state,
		    to_jsonb(old) - 'content');
		FOR org IN SELECT DISTINCT m.organisation_id
		    FROM declaration d JOIN model m ON m.id = d.model_id
		    WHERE d.ruleset_id = old.id
		    AND d.state IN ('submitted', 'in_force', 'challenged')
		LOOP
			PERFORM notice_add('ruleset.adopted', org,
			    ruleset_label(r), jsonb_build_object(
			    'retires', ruleset_label(old),
			    'transition', json_time(old.retires)));
			PERFORM reminder_set('ruleset.retires', org,
			    ruleset_label(old), old.retires);
		END LOOP;
	END LOOP;
END
$$;

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('ruleset_adopt', 'ruleset', '{decider}', '{decider}');

CREATE FUNCTION ruleset_json(r ruleset) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('name', r.name, 'version', r.version,
	    'state', r.state, 'applies_to', r.content ->> 'applies_to',
	    'rules', (SELECT count(*) FROM ruleset_rules(r.content)),
	    'title', r.content ->> 'title',
	    'effective', json_time(r.effective),
	    'retires', json_time(r.retires),
	    'sha256', encode(r.content_sha256, 'hex'));
$$;
GRANT EXECUTE ON FUNCTION ruleset_adopt(text, int, timestamptz),
	ruleset_json(ruleset) TO assay_api;

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

-- ---- by the clock

-- At the date of transition the older version retires, and so does all that
-- stands on it: its declarations are expired, and so are the CoCs of their
-- models (what a lapsed declaration means, it means here too: no issuance, and
-- devices that exist go on as the CoC says).  Who answered the newer version
-- in time has another declaration in force by then, and is not touched.
CREATE FUNCTION clock_ruleset(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r ruleset;
	d declaration;
	n int := 0;
BEGIN
	FOR r IN UPDATE ruleset SET state = 'retired', effective = retires
	    WHERE state = 'in_force' AND retires <= p_now RETURNING *
	LOOP
		n := n + 1;
		UPDATE declaration SET state = 'withdrawn',
		    effective = r.retires
		WHERE ruleset_id = r.id AND state = 'submitted';
		FOR d IN UPDATE declaration SET state = 'expired',
		    effective = r.retires
		    WHERE ruleset_id = r.id
		    AND state IN ('in_force', 'challenged') RETURNING *
		LOOP
			PERFORM coc_end(c, r.retires) FROM coc c
			WHERE c.model_id = d.model_id AND c.state IN
			    ('provisional', 'certified', 'suspended');
			n := n + 1;
		END LOOP;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (200, 'ruleset',
	'at the date of transition the older version of a rule set retires');
