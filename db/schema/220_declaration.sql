-- A supplier's signed answers to every rule of a rule set for one model.
--
-- C has verified the signature (ca/registry/declaration.c); what the answers
-- must be is checked here again, so that the api's role cannot store less.

CREATE TRIGGER declaration_is_fixed BEFORE UPDATE ON declaration
	FOR EACH ROW EXECUTE FUNCTION only_changes(
	    '{state,effective,accepted_by}',
	    'a declaration cannot change: submit a new one',
	    'DECLARATION_FIXED');
CREATE UNIQUE INDEX declaration_waiting ON declaration (model_id)
	WHERE state = 'submitted';
CREATE UNIQUE INDEX declaration_jws ON declaration (sha256(jws::bytea));

CREATE FUNCTION declaration_numbered(p_number text) RETURNS declaration
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
BEGIN
	SELECT * INTO d FROM declaration WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no declaration "%"', p_number
		    USING ERRCODE = 'AY003', DETAIL = 'DECLARATION_ABSENT';
	END IF;
	RETURN d;
END
$$;

-- One answer: {"answer", "statement", "evidence"?}.
CREATE FUNCTION declaration_check_answer(p_rule text, p_may_not_apply bool,
	p_answer jsonb) RETURNS void
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_answer IS NULL THEN
		RAISE EXCEPTION 'rule % is not answered', p_rule
		    USING ERRCODE = 'AY001', DETAIL = 'RULE_UNANSWERED';
	END IF;
	IF jsonb_typeof(p_answer) <> 'object' OR p_answer -
	    '{answer,statement,evidence}'::text[] <> '{}' THEN
		RAISE EXCEPTION 'the answer to % has "answer", "statement" and '
		    'maybe "evidence", nothing else', p_rule
		    USING ERRCODE = 'AY001', DETAIL = 'ANSWER_MALFORMED';
	END IF;
	IF p_answer ->> 'answer' IS NULL OR
	    p_answer ->> 'answer' NOT IN ('yes', 'no', 'not_applicable') THEN
		RAISE EXCEPTION 'the answer to % must be yes, no or '
		    'not_applicable, not "%"', p_rule,
		    left(coalesce(p_answer ->> 'answer', ''), 40)
		    USING ERRCODE = 'AY001', DETAIL = 'ANSWER_MALFORMED';
	END IF;
	IF p_answer ->> 'answer' = 'not_applicable' AND NOT p_may_not_apply THEN
		RAISE EXCEPTION 'rule % applies to every model: answer yes or '
		    'no', p_rule
		    USING ERRCODE = 'AY001', DETAIL = 'RULE_APPLIES';
	END IF;
	IF jsonb_typeof(p_answer -> 'statement') IS DISTINCT FROM 'string' OR
	    length(btrim(p_answer ->> 'statement')) NOT BETWEEN 1 AND 2000 THEN
		RAISE EXCEPTION 'the answer to % needs a statement of 1 to '
		    '2000 characters that says how the rule is met', p_rule
		    USING ERRCODE = 'AY001', DETAIL = 'STATEMENT_MISSING';
	END IF;
END
$$;

-- Evidence named in an answer: {"evidence": [sha256 in hex, ...]} of files
-- that the supplier has uploaded and nobody has rejected.
CREATE FUNCTION declaration_check_evidence(p_rule text, p_evidence jsonb,
	p_organisation bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	h text;
BEGIN
	IF p_evidence IS NULL THEN
		RETURN;
	END IF;
	IF jsonb_typeof(p_evidence) <> 'array' THEN
		RAISE EXCEPTION 'evidence of % is a list of SHA-256 in hex',
		    p_rule USING ERRCODE = 'AY001', DETAIL = 'ANSWER_MALFORMED';
	END IF;
	FOR h IN SELECT jsonb_array_elements_text(p_evidence) LOOP
		IF h !~ '^[0-9a-f]{64}$' OR NOT EXISTS (
		    SELECT FROM evidence WHERE sha256 = decode(h, 'hex')
		    AND organisation_id = p_organisation
		    AND state IN ('submitted', 'accepted')) THEN
			RAISE EXCEPTION 'evidence "%" of % is no file that '
			    'your organisation has uploaded: upload it first',
			    left(h, 64), p_rule
			    USING ERRCODE = 'AY003', DETAIL = 'EVIDENCE_ABSENT';
		END IF;
	END LOOP;
END
$$;

-- Every rule exactly once, and no rule that is not there.
CREATE FUNCTION declaration_check_answers(p_content jsonb, p_answers jsonb,
	p_organisation bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r record;
	unknown text;
BEGIN
	IF jsonb_typeof(p_answers) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'answers is an object with one member a rule'
		    USING ERRCODE = 'AY001', DETAIL = 'ANSWER_MALFORMED';
	END IF;
	SELECT string_agg(k, ', ') INTO unknown
	FROM jsonb_object_keys(p_answers) AS k
	WHERE k NOT IN (SELECT rule FROM ruleset_rules(p_content));
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION 'the rule set has no rule %', left(unknown, 200)
		    USING ERRCODE = 'AY001', DETAIL = 'RULE_UNKNOWN';
	END IF;
	FOR r IN SELECT * FROM ruleset_rules(p_content) LOOP
		PERFORM declaration_check_answer(r.rule, r.may_not_apply,
		    p_answers -> r.rule);
		PERFORM declaration_check_evidence(r.rule,
		    p_answers -> r.rule -> 'evidence', p_organisation);
	END LOOP;
END
$$;

CREATE FUNCTION declaration_submit(p_model text, p_ruleset text,
	p_version int, p_answers jsonb, p_valid_until timestamptz,
	p_jws text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model;
	r ruleset;
	d declaration;
BEGIN
	PERFORM actor_must('supplier');
	m := model_named(p_model);
	IF m.organisation_id <> actor_org() THEN
		RAISE EXCEPTION 'model "%" belongs to another organisation: '
		    'its own supplier declares for it', p_model
		    USING ERRCODE = 'AY002', DETAIL = 'OTHER_ORGANISATION';
	END IF;
	IF m.state = 'retired' THEN
		RAISE EXCEPTION 'model "%" is retired', p_model
		    USING ERRCODE = 'AY004', DETAIL = 'MODEL_RETIRED';
	END IF;
	SELECT * INTO r FROM model_ruleset_now(m);
	IF (p_ruleset, p_version) IS DISTINCT FROM (r.name::text, r.version) THEN
		RAISE EXCEPTION 'a declaration for "%" answers the rule set '
		    '"%" version %, not "%" version %: take the template anew',
		    p_model, r.name, r.version, p_ruleset, p_version
		    USING ERRCODE = 'AY003', DETAIL = 'RULESET_ABSENT';
	END IF;
	IF p_valid_until <= assay_now() OR
	    p_valid_until > assay_now() + interval '12 months' THEN
		RAISE EXCEPTION 'valid_until lies in the future, by at most 12 '
		    'months'
		    USING ERRCODE = 'AY001', DETAIL = 'VALID_UNTIL';
	END IF;
	IF EXISTS (SELECT FROM declaration WHERE model_id = m.id
	    AND state = 'submitted') THEN
		RAISE EXCEPTION 'a declaration for "%" waits for an officer: '
		    'withdraw it before another is submitted', p_model
		    USING ERRCODE = 'AY004', DETAIL = 'DECLARATION_WAITING';
	END IF;
	PERFORM declaration_check_answers(r.content, p_answers, actor_org());
	INSERT INTO declaration (number, model_id, ruleset_id, answers, jws,
	    submitted_by, expires)
	VALUES (next_number('DCL'), m.id, r.id, p_answers, p_jws, actor_id(),
	    p_valid_until)
	RETURNING * INTO d;
	RETURN declaration_json(d);
END
$$;

-- An officer finds the answers complete and plausible.  The one before is
-- superseded; a CoC whose level the new answers no longer reach is suspended.
-- Nor does it end a doubt, also where what is doubted has run out: that takes two.
CREATE FUNCTION declaration_accept(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
	v_fallen text;
BEGIN
	PERFORM actor_must('officer');
	d := declaration_numbered(p_number);
	IF d.state <> 'submitted' THEN
		RAISE EXCEPTION 'declaration % is %, not submitted',
		    p_number, replace(d.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'DECLARATION_STATE';
	END IF;
	IF d.expires <= assay_now() THEN
		RAISE EXCEPTION 'declaration % has run out', p_number
		    USING ERRCODE = 'AY004', DETAIL = 'DECLARATION_EXPIRED';
	END IF;
	IF NOT principal_stands_behind(d.submitted_by, d.created) THEN
		RAISE EXCEPTION 'who signed declaration % may no longer act: '
		    'its supplier submits another', p_number
		    USING ERRCODE = 'AY004', DETAIL = 'SIGNER_NOT_ACTIVE';
	END IF;
	SELECT string_agg(filename || ' is ' || state, ', ') INTO v_fallen
	FROM declaration_fallen(d);
	IF v_fallen IS NOT NULL THEN
		RAISE EXCEPTION 'declaration % names evidence that does not '
		    'hold: %', p_number, v_fallen
		    USING ERRCODE = 'AY004', DETAIL = 'EVIDENCE_NOT_ACCEPTED';
	END IF;
	IF EXISTS (SELECT FROM ruleset WHERE id = d.ruleset_id
	    AND (state = 'retired' OR retires <= assay_now())) THEN
		RAISE EXCEPTION 'declaration % answers a version of its rule '
		    'set that has retired', p_number
		    USING ERRCODE = 'AY004', DETAIL = 'RULESET_RETIRED';
	END IF;
	IF EXISTS (SELECT FROM declaration x WHERE x.model_id = d.model_id
	    AND (x.state = 'challenged' OR EXISTS (SELECT
		FROM declaration_challenge c WHERE c.declaration_id = x.id
		AND c.state IN ('open', 'answered', 'overdue')))) THEN
		RAISE EXCEPTION 'the last declaration of the model is '
		    'challenged: that is settled first'
		    USING ERRCODE = 'AY004', DETAIL = 'DECLARATION_CHALLENGED';
	END IF;
	UPDATE declaration SET state = 'superseded', effective = assay_now()
	WHERE model_id = d.model_id AND state = 'in_force';
	UPDATE declaration SET state = 'in_force', effective = assay_now(),
	    accepted_by = actor_id()
	WHERE id = d.id RETURNING * INTO d;
	PERFORM coc_rejudge(d.model_id);
	PERFORM coc_end_by(d.model_id, d.expires);
	RETURN declaration_json(d);
END
$$;

-- By its supplier or an officer.  A CoC that rests on it is suspended.
CREATE FUNCTION declaration_withdraw(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
BEGIN
	PERFORM actor_must('supplier', 'officer');
	d := declaration_numbered(p_number);
	IF actor_role() = 'supplier' AND NOT EXISTS (SELECT FROM model
	    WHERE id = d.model_id AND organisation_id = actor_org()) THEN
		RAISE EXCEPTION 'declaration % belongs to another organisation',
		    p_number
		    USING ERRCODE = 'AY002', DETAIL = 'OTHER_ORGANISATION';
	END IF;
	PERFORM state_must_change(d.number, d.state, 'withdrawn');
	UPDATE declaration SET state = 'withdrawn', effective = assay_now()
	WHERE id = d.id RETURNING * INTO d;
	PERFORM coc_rejudge(d.model_id);
	RETURN declaration_json(d);
END
$$;

GRANT EXECUTE ON FUNCTION declaration_submit(text, text, int, jsonb,
	timestamptz, text), declaration_accept(text), declaration_withdraw(text)
	TO assay_api;

-- Its end, or that of the version that it answers.
CREATE FUNCTION declaration_end(d declaration) RETURNS timestamptz
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT least(d.expires, r.retires) FROM ruleset r
	WHERE r.id = d.ruleset_id;
$$;
GRANT EXECUTE ON FUNCTION declaration_end(declaration) TO assay_authority;

-- Its supplier hears of its end in time.
CREATE FUNCTION declaration_remind() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NEW.state IN ('in_force', 'challenged') THEN
		PERFORM reminder_set('declaration.ends', m.organisation_id,
		    NEW.number, NEW.expires)
		FROM model m WHERE m.id = NEW.model_id;
	ELSE
		PERFORM reminder_drop('declaration.ends', NEW.number);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER declaration_remind AFTER UPDATE OF state ON declaration
	FOR EACH ROW WHEN (OLD.state <> NEW.state)
	EXECUTE FUNCTION declaration_remind();

-- ---- by the clock

CREATE INDEX declaration_ends ON declaration (expires)
	WHERE state IN ('in_force', 'challenged');

CREATE FUNCTION clock_declaration(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
BEGIN
	UPDATE declaration SET state = 'expired', effective = expires
	 WHERE state IN ('in_force', 'challenged') AND expires <= p_now;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (20, 'declaration', 'a declaration holds to its end, 12 months at most');
