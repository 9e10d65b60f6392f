-- A declaration is doubted: challenged by one, answered by its supplier,
-- settled by two (223).
--
--	open	 its supplier has 30 days to answer
--	answered two deciders uphold the declaration, or refute it
--	overdue	 no answer came: the body is alarmed, a measure is proposed
--	upheld	 the declaration is in force again
--	refuted	 it was false: it never counts again, a measure arises, and the
--		 CoC that rests on it is suspended in the same transaction
--
-- From the challenge on nothing is downloaded to devices of the model, and
-- nothing is issued (DECLARATION_CHALLENGED): one person's doubt, signed, with
-- its ground, is enough to stop, and takes two to end.  The CoC stays what it
-- was until then.

CREATE TABLE declaration_challenge (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	declaration_id bigint NOT NULL REFERENCES declaration,
	rules text[] NOT NULL CHECK (cardinality(rules) BETWEEN 1 AND 100),
	ground text NOT NULL CHECK (length(ground) BETWEEN 1 AND 2000),
	evidence text[] NOT NULL DEFAULT '{}', -- SHA-256 in hex
	challenged_by bigint REFERENCES principal, -- nobody: it arose from
	cause text,                                -- a repudiated evidence
	answer_due timestamptz NOT NULL,
	answer text CHECK (length(answer) BETWEEN 1 AND 4000),
	answer_evidence text[] NOT NULL DEFAULT '{}',
	answered_by bigint REFERENCES principal,
	state text NOT NULL DEFAULT 'open',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (challenged_by IS NOT NULL OR cause IS NOT NULL),
	CHECK ((answer IS NULL) = (answered_by IS NULL))
);
CREATE UNIQUE INDEX declaration_challenge_open
	ON declaration_challenge (declaration_id)
	WHERE state IN ('open', 'answered', 'overdue');
CREATE INDEX declaration_challenge_due ON declaration_challenge (answer_due)
	WHERE state = 'open';

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON declaration_challenge
	FOR EACH ROW EXECUTE FUNCTION state_guard('declaration_challenge');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON declaration_challenge
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION declaration_challenge_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := '{state,effective}';
BEGIN
	IF OLD.answer IS NULL THEN
		may := may || '{answer,answer_evidence,answered_by}';
	END IF;
	IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION 'what was said in a challenge stays said'
		    USING ERRCODE = 'AY002', DETAIL = 'CHALLENGE_FIXED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER declaration_challenge_is_fixed BEFORE UPDATE
	ON declaration_challenge
	FOR EACH ROW EXECUTE FUNCTION declaration_challenge_is_fixed();

CREATE FUNCTION declaration_challenge_json(x declaration_challenge)
	RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('number', x.number,
	    'state', x.state, 'rules', x.rules, 'ground', x.ground,
	    'evidence', x.evidence, 'cause', x.cause,
	    'challenged_by', (SELECT handle FROM principal
		WHERE id = x.challenged_by),
	    'answer_due', json_time(x.answer_due), 'answer', x.answer,
	    'answer_evidence', x.answer_evidence,
	    'answered_by', (SELECT handle FROM principal
		WHERE id = x.answered_by),
	    'effective', json_time(x.effective),
	    'created', json_time(x.created)));
$$;
CREATE FUNCTION declaration_challenges(p_declaration bigint) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(declaration_challenge_json(x)
	    ORDER BY x.id DESC), '[]')
	FROM declaration_challenge x WHERE x.declaration_id = p_declaration;
$$;

-- With what is said against it, and what is proposed about that.
CREATE FUNCTION declaration_whole_json(p_id bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT declaration_json(d) || jsonb_build_object(
	    'challenges', declaration_challenges(d.id),
	    'proposals', proposals_on('declaration', d.id))
	FROM declaration d JOIN model m ON m.id = d.model_id
	WHERE d.id = p_id AND actor_sees(m.organisation_id));
END
$$;

-- The challenge that is to be settled, locked.
CREATE FUNCTION declaration_challenge_on(d declaration)
	RETURNS declaration_challenge
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x declaration_challenge;
BEGIN
	SELECT * INTO x FROM declaration_challenge WHERE declaration_id = d.id
	    AND state IN ('open', 'answered', 'overdue') FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'declaration % is %, not challenged', d.number,
		    replace(d.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'DECLARATION_STATE';
	END IF;
	RETURN x;
END
$$;

-- Pieces of evidence by their SHA-256: there, and not rejected or repudiated.
CREATE FUNCTION declaration_challenge_evidence(p_evidence text[]) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	h text;
BEGIN
	FOREACH h IN ARRAY p_evidence LOOP
		IF h !~ '^[0-9a-f]{64}$' OR NOT EXISTS (SELECT FROM evidence
		    WHERE sha256 = decode(h, 'hex')
		    AND state IN ('submitted', 'accepted')) THEN
			RAISE EXCEPTION 'evidence: "%" is no file that was '
			    'uploaded and stands: upload it first', left(h, 64)
			    USING ERRCODE = 'AY003', DETAIL = 'EVIDENCE_ABSENT';
		END IF;
	END LOOP;
END
$$;

-- It is challenged from now on: whoever or whatever began it.
CREATE FUNCTION declaration_doubt(d declaration, p_rules text[],
	p_ground text, p_evidence text[], p_cause text)
	RETURNS declaration_challenge
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x declaration_challenge;
	org bigint := (SELECT organisation_id FROM model
	    WHERE id = d.model_id);
BEGIN
	UPDATE declaration SET state = 'challenged', effective = assay_now()
	WHERE id = d.id;
	INSERT INTO declaration_challenge (number, declaration_id, rules,
	    ground, evidence, challenged_by, cause, answer_due)
	VALUES (next_number('CHA'), d.id, p_rules, p_ground, p_evidence,
	    CASE WHEN p_cause IS NULL THEN actor_id() END, p_cause,
	    assay_now() + interval '30 days')
	RETURNING * INTO x;
	PERFORM notice_add('declaration.challenged', org, d.number,
	    jsonb_build_object('challenge', x.number, 'rules', x.rules,
	    'ground', x.ground, 'answer_due', json_time(x.answer_due)));
	PERFORM alarm_raise('alarm.declaration_challenged', d.number,
	    jsonb_build_object('challenge', x.number));
	PERFORM reminder_set('declaration.answer_due', org, d.number,
	    x.answer_due);
	RETURN x;
END
$$;

-- By anybody of the body, or by an auditor of this supplier.
CREATE FUNCTION declaration_challenge_open(p_number text, p_rules text[],
	p_ground text, p_evidence text[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
	unknown text;
BEGIN
	PERFORM actor_must('security', 'officer', 'decider', 'auditor');
	PERFORM statement_must_say(format('/v1/declarations/%s/challenge',
	    p_number), jsonb_build_object('rules', p_rules,
	    'ground', p_ground, 'evidence', p_evidence));
	d := declaration_numbered(p_number);
	IF NOT (SELECT actor_sees(organisation_id) FROM model
	    WHERE id = d.model_id) THEN
		RAISE EXCEPTION 'there is no declaration "%"', p_number
		    USING ERRCODE = 'AY003', DETAIL = 'DECLARATION_ABSENT';
	END IF;
	IF d.state <> 'in_force' THEN
		RAISE EXCEPTION 'declaration % is %: only one in force is '
		    'challenged, and once at a time', p_number,
		    replace(d.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'DECLARATION_STATE';
	END IF;
	SELECT k INTO unknown FROM unnest(p_rules) AS k
	WHERE k IS NULL OR NOT d.answers ? k;
	IF FOUND OR cardinality(p_rules) = 0 THEN
		RAISE EXCEPTION 'rules: name the rules that are not met; the '
		    'declaration answers no rule "%"', unknown
		    USING ERRCODE = 'AY001', DETAIL = 'RULE_UNKNOWN';
	END IF;
	PERFORM declaration_challenge_evidence(coalesce(p_evidence, '{}'));
	PERFORM declaration_doubt(d, p_rules, p_ground,
	    coalesce(p_evidence, '{}'), NULL);
	RETURN declaration_whole_json(d.id);
END
$$;

-- The supplier's answer, once; also a late one, before it is settled.
CREATE FUNCTION declaration_answer(p_number text, p_answer text,
	p_evidence text[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
	x declaration_challenge;
BEGIN
	PERFORM actor_must('supplier');
	d := declaration_numbered(p_number);
	PERFORM actor_must_own(organisation_id) FROM model
	WHERE id = d.model_id;
	x := declaration_challenge_on(d);
	IF x.answer IS NOT NULL THEN
		RAISE EXCEPTION 'challenge % is answered already', x.number
		    USING ERRCODE = 'AY004', DETAIL = 'CHALLENGE_ANSWERED';
	END IF;
	PERFORM declaration_challenge_evidence(coalesce(p_evidence, '{}'));
	UPDATE declaration_challenge SET state = 'answered',
	    effective = assay_now(), answer = p_answer,
	    answer_evidence = coalesce(p_evidence, '{}'),
	    answered_by = actor_id()
	WHERE id = x.id;
	PERFORM reminder_drop('declaration.answer_due', d.number);
	PERFORM alarm_raise('declaration.answered', d.number,
	    jsonb_build_object('challenge', x.number));
	RETURN declaration_whole_json(d.id);
END
$$;

GRANT EXECUTE ON FUNCTION declaration_whole_json(bigint),
	declaration_challenge_open(text, text[], text, text[]),
	declaration_answer(text, text, text[]) TO assay_api;

-- ---- evidence that no longer holds

-- The pieces that its answers name and in whose place this one stands, in hex.
CREATE FUNCTION evidence_hex(e evidence) RETURNS text[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT ARRAY(SELECT encode(sha256, 'hex') FROM evidence
	    WHERE id = ANY (evidence_stands_for(e)));
$$;

CREATE FUNCTION declarations_on(e evidence) RETURNS SETOF declaration
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT d.* FROM declaration d
	WHERE EXISTS (SELECT FROM unnest(evidence_hex(e)) AS h
	    WHERE position(h IN d.answers::text) > 0)
	ORDER BY d.id;
$$;

CREATE FUNCTION declaration_doubt_by(d declaration, e evidence) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	h text := encode(e.sha256, 'hex');
BEGIN
	PERFORM declaration_doubt(d, (SELECT array_agg(key ORDER BY key)
	    FROM jsonb_each(d.answers)
	    WHERE value -> 'evidence' ?| evidence_hex(e)),
	    format('the evidence %s (%s) is %s', left(h, 16), e.filename,
	    e.state), ARRAY[h], h);
END
$$;

-- What stands today for the pieces that its answers name, where that is good for
-- nothing: turned down, or false.
CREATE FUNCTION declaration_fallen(d declaration) RETURNS SETOF evidence
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT DISTINCT s.* FROM jsonb_each(d.answers) AS a,
	LATERAL jsonb_array_elements_text(
	    coalesce(a.value -> 'evidence', '[]')) AS h
	JOIN evidence x ON x.sha256 = decode(h, 'hex'),
	LATERAL evidence_standing(x.id) AS s
	WHERE s.state IN ('rejected', 'repudiated') ORDER BY s.id;
$$;

-- A declaration in force that names a repudiated piece is challenged by itself.
-- One that has merely run out was true when it was given.
CREATE FUNCTION rests_on_evidence_declaration(e evidence) RETURNS SETOF jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d declaration;
BEGIN
	FOR d IN SELECT * FROM declaration WHERE state = 'in_force'
	    AND e.state = 'repudiated'
	    AND id IN (SELECT id FROM declarations_on(e))
	    ORDER BY id FOR UPDATE
	LOOP
		PERFORM declaration_doubt_by(d, e);
		RETURN NEXT jsonb_build_object('entity', 'declaration',
		    'subject', d.number, 'from', 'in_force',
		    'to', 'challenged');
	END LOOP;
END
$$;
INSERT INTO evidence_use (name, ord) VALUES ('declaration', 20);

-- What rests on a piece, for whoever is about to say something of it.
CREATE FUNCTION evidence_supports_declaration(e evidence) RETURNS SETOF jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('entity', 'declaration',
	    'subject', d.number, 'state', d.state)
	FROM declarations_on(e) AS d WHERE d.state IN ('in_force', 'challenged')
	ORDER BY d.id;
$$;

-- ---- by the clock

-- 30 days without an answer: the body is alarmed, and the measure that a
-- refutation would force is proposed by itself.
CREATE FUNCTION clock_declaration_challenge(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x declaration_challenge;
	d declaration;
	n int := 0;
BEGIN
	FOR x IN UPDATE declaration_challenge SET state = 'overdue',
	    effective = answer_due
	    WHERE state = 'open' AND answer_due <= p_now RETURNING *
	LOOP
		SELECT * INTO d FROM declaration WHERE id = x.declaration_id;
		PERFORM alarm_raise('alarm.challenge_unanswered', d.number,
		    jsonb_build_object('challenge', x.number,
		    'next', 'two deciders refute the declaration, or uphold it'));
		PERFORM notice_add('declaration.overdue', m.organisation_id,
		    d.number, jsonb_build_object('challenge', x.number))
		FROM model m WHERE m.id = d.model_id;
		PERFORM declaration_force_measures(d, x.number, false);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (210, 'declaration_challenge',
	'a challenge that its supplier leaves unanswered for 30 days');
