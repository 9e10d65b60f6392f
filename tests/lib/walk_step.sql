-- The walk itself, in the world of walk_world.sql: t.walk() does what its seed says
-- and then undoes it; what it returns says where schema and model differ first.

SET search_path = t, assay, pg_temp;

-- One act, as the api's role does it: 'done', or the code of the refusal.
CREATE FUNCTION t.attempt(x t.try) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	code text;
BEGIN
	PERFORM assay.actor_begin((SELECT id FROM assay.principal
	    WHERE handle = x.who));
	PERFORM set_config('role', 'assay_api', true);
	PERFORM assay.statement_add(x.url, convert_to(x.body::text, 'UTF8'),
	    gen_random_uuid()::text) WHERE x.url IS NOT NULL;
	EXECUTE 'SELECT ' || x.call;
	PERFORM set_config('role', 'none', true);
	PERFORM t.learn(x.verb, x.a);
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = PG_EXCEPTION_DETAIL;
	IF SQLSTATE !~ '^AY00[1-5]$' THEN
		GET STACKED DIAGNOSTICS code = PG_EXCEPTION_CONTEXT;
		RETURN format('DEFECT %s %s %s', SQLSTATE, SQLERRM, code);
	END IF;
	RETURN code;
END
$$;
-- Noted, and told at once where somebody wants to see it: what is undone afterwards is
-- not there to be read.
CREATE FUNCTION t.note(p_said text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO t.log (said) VALUES (p_said);
	IF current_setting('walk.tell', true) = 'yes' THEN
		RAISE NOTICE '%', p_said;
	END IF;
END
$$;
CREATE FUNCTION t.try_it(x t.try) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text := t.attempt(x);
BEGIN
	PERFORM set_config('assay.actor', '', true);
	PERFORM set_config('assay.statement', '', true);
	PERFORM t.note(format('%s %s: %s%s -> %s',
	    to_char(assay.assay_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
	    x.who, regexp_replace(x.call, '\s+', ' ', 'g'),
	    CASE WHEN x.a ? 'act' THEN ' ' || (x.a ->> 'act') ELSE '' END, left(said, 600)));
	IF said LIKE 'DEFECT%' THEN
		RAISE EXCEPTION '%', said USING ERRCODE = 'WALK1';
	END IF;
	RETURN said;
END
$$;
CREATE FUNCTION t.wrong(said text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF said IS NOT NULL THEN
		RAISE EXCEPTION '%', said USING ERRCODE = 'WALK1';
	END IF;
END
$$;

-- What two people agreed on and the model finds in order is not refused.
CREATE FUNCTION t.was_due(x t.try, said text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	c t.m_coc := (SELECT k FROM t.m_coc k WHERE number = x.a ->> 'subject_number');
BEGIN
	RETURN CASE WHEN x.verb = 'approve' AND said IN ('COC_PREREQUISITES',
	    'PROPOSAL_STALE') AND x.a ->> 'act' IN ('coc_certify', 'coc_reinstate')
	    AND c.over IS NULL AND t.complete(c)
	    AND (x.a ->> 'created')::timestamptz >= coalesce((SELECT at
		FROM t.m_loss WHERE m = c.m), '-infinity')
	    THEN format('%s of %s was refused for nothing', x.a ->> 'act', c.number) END;
END
$$;

CREATE FUNCTION t.carry_out() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p assay.proposal;
	code text;
BEGIN
	FOR p IN SELECT x.* FROM assay.proposal x JOIN assay."order" o
	    ON o.subject_id = x.id AND o.kind = x.act
	    WHERE o.state = 'queued' ORDER BY o.id
	LOOP
		BEGIN
			PERFORM assay.give_back(p.id);
			PERFORM t.lifted(p);
			code := 'done';
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS code = PG_EXCEPTION_DETAIL;
			PERFORM t.wrong(SQLERRM) WHERE SQLSTATE !~ '^AY00[1-5]$';
			UPDATE assay."order" SET state = 'failed'
			WHERE kind = p.act AND subject_id = p.id;
		END;
		PERFORM set_config('assay.actor', '', true);
		PERFORM t.note(format('the authority: %s of %s -> %s',
		    p.act, p.subject_number, code));
	END LOOP;
END
$$;

-- Time goes by: seconds mostly, or days, or to an end or a second before it.
CREATE FUNCTION t.later(by_ interval) RETURNS void LANGUAGE sql AS $$
	UPDATE assay.test_clock SET now = now + by_ $$;
CREATE FUNCTION t.pass() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	upto timestamptz;
	what float := t.d();
BEGIN
	PERFORM t.later(make_interval(secs => 1 + floor(t.d() * 4000)::int));
	IF what < 0.04 THEN
		SELECT min(e) INTO upto FROM (
		    SELECT ends FROM t.m_coc WHERE t.in_force(m_coc) UNION ALL
		    SELECT ends FROM t.m_site UNION ALL SELECT ends FROM t.m_decl
		    UNION ALL SELECT lapses FROM t.m_measure UNION ALL
		    SELECT due FROM assay.finding UNION ALL
		    SELECT deadline FROM assay.measure UNION ALL
		    SELECT answer_due FROM assay.declaration_challenge) x (e)
		WHERE e > assay.assay_now() + interval '1 second'
		    AND e < assay.assay_now() + interval '120 days';
		PERFORM t.later(upto - assay.assay_now() -
		    CASE WHEN t.chance(0.4) THEN interval '1 second'
		    ELSE interval '0' END) WHERE upto IS NOT NULL;
	ELSIF what < 0.07 THEN
		PERFORM t.later(make_interval(days => floor(t.d() * 35)::int));
	END IF;
	PERFORM t.settle();
END
$$;
CREATE FUNCTION t.tick() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM assay.clock_tick();
	PERFORM t.wrong((SELECT 'the clock: ' || detail::text FROM assay.notice
	    WHERE topic = 'alarm.clock' LIMIT 1));
END
$$;

CREATE FUNCTION t.step(p_n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	what text;
	x t.try;
	said text;
	ticked bool;
BEGIN
	PERFORM set_config('walk.n', p_n::text, true), set_config('walk.k', '0', true);
	PERFORM t.pass();
	ticked := t.chance(0.85);
	PERFORM t.tick() WHERE ticked;
	PERFORM t.carry_out() WHERE t.chance(0.7);
	what := CASE WHEN t.chance(0.42) THEN 'judge' ELSE t.pick('coc', 'coc',
	    'coc', 'change', 'change', 'change', 'organisation', 'site', 'site',
	    'audit', 'finding', 'finding', 'declare', 'declare', 'accept', 'accept',
	    'challenge', 'challenge', 'repudiate', 'external', 'measure', 'measure',
	    'lift', 'lift', 'arisen', 'answer') END;
	FOR x IN EXECUTE 'SELECT * FROM t.do_' || what || '()' LOOP
		said := t.try_it(x);
		PERFORM t.wrong(t.was_due(x, said));
		EXIT WHEN said <> 'done';
	END LOOP;
	PERFORM t.wrong(t.differs(ticked));
	IF NOT ticked THEN
		PERFORM t.tick(), t.wrong(t.differs(true));
	END IF;
	INSERT INTO t.seen SELECT assay.assay_now(), d, t.says(d) = '{}' FROM t.m_dev;
END
$$;

-- Who had a hand in what took effect.
CREATE FUNCTION t.one_alone() RETURNS text LANGUAGE sql STABLE AS $$
	SELECT min(format('%s on %s took effect by one', p.act, p.subject_number))
	FROM assay.proposal p JOIN assay.act a ON a.name = p.act
	WHERE p.state = 'approved' AND NOT EXISTS (SELECT FROM assay.approval v
	    JOIN assay.principal q ON q.id = v.principal_id
	    JOIN assay.principal w ON w.id = p.proposed_by
	    WHERE v.proposal_id = p.id AND v.verdict = 'approve' AND q.id <> w.id
	    AND q.role = ANY (a.approver_roles) AND w.role = ANY (a.proposer_roles)
	    AND NOT EXISTS (SELECT FROM assay.declaration_challenge x
		WHERE p.act LIKE 'declaration%' AND x.declaration_id = p.subject_id
		AND x.created <= p.created AND x.effective >= v.created
		AND x.challenged_by IN (q.id, w.id))
	    AND NOT EXISTS (SELECT FROM assay.appeal l
		JOIN assay.proposal i ON i.act = 'measure_impose'
		    AND i.subject_id = l.measure_id
		JOIN assay.approval j ON j.proposal_id = i.id
		WHERE p.act = 'appeal_decide' AND l.id = p.subject_id
		AND (i.proposed_by IN (q.id, w.id) OR j.principal_id IN (q.id, w.id)))) $$;
-- What was seen of a device is what its history says of that second.
CREATE FUNCTION t.remembers(every int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s t.seen;
	against text[];
BEGIN
	PERFORM assay.actor_begin((SELECT id FROM assay.principal WHERE handle = 'reader'));
	FOR s IN SELECT at, d, good FROM (SELECT *, row_number() OVER (ORDER BY at, d) AS r
	    FROM t.seen) x WHERE r % every = 0
	LOOP
		against := assay.standing_against(assay.history_answer(
		    (SELECT kind FROM assay.device WHERE device_id = s.d) || ':' || s.d,
		    assay.json_time(s.at), assay.json_time(s.at)) -> 'held',
		    assay.standing_beside((SELECT id FROM assay.device WHERE device_id = s.d),
		    assay.history_time('x', assay.json_time(s.at)),
		    assay.history_time('x', assay.json_time(s.at))));
		IF (against = '{}') <> s.good THEN
			RETURN format('%s at %s: its history says %s, and decisions %s',
			    s.d, s.at, against, s.good);
		END IF;
	END LOOP;
	PERFORM set_config('assay.actor', '', true);
	RETURN NULL;
END
$$;

-- All of it, from the beginning; and then as if nothing had been.
CREATE FUNCTION t.walk(steps int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n int;
	said text;
BEGIN
	FOREACH n IN ARRAY steps LOOP
		PERFORM t.step(n);
	END LOOP;
	PERFORM t.wrong(t.one_alone());
	PERFORM t.wrong(t.remembers(7));
	PERFORM t.recover();
	RAISE EXCEPTION USING ERRCODE = 'WALK0', MESSAGE = (SELECT
	    count(*) FILTER (WHERE l.said LIKE '%-> done') || ' ' || count(*)
	    FROM t.log l);
EXCEPTION WHEN SQLSTATE 'WALK0' THEN
	PERFORM set_config('walk.counted', SQLERRM, false);
	RETURN NULL;
WHEN SQLSTATE 'WALK1' THEN
	RETURN SQLERRM;
END
$$;
-- The fewest of these steps that still end in something wrong.
CREATE FUNCTION t.shrink(steps int[]) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	size int := greatest(cardinality(steps) / 2, 1);
	at int;
	less int[];
BEGIN
	LOOP
		at := 1;
		WHILE at <= cardinality(steps) LOOP
			less := steps[:at - 1] || steps[at + size:];
			IF t.walk(less) IS NOT NULL THEN
				steps := less;
			ELSE
				at := at + size;
			END IF;
		END LOOP;
		EXIT WHEN size = 1;
		size := size / 2;
	END LOOP;
	RETURN steps;
END
$$;
