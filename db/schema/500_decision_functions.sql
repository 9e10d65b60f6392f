-- What a decision rests on, read in one statement from committed state, and
-- the record of what was asked and answered.

-- ---- challenges: 32 octets, one operator's, once, for five minutes.  They begin with
-- when they were given, in milliseconds, and so lie in the table's only index in the
-- order in which they come and go; the other 26 nobody can guess.

CREATE FUNCTION challenge_begins(p_given timestamptz) RETURNS bytea
	LANGUAGE sql STABLE
	AS 'SELECT substr(int8send(
	    floor(extract(epoch FROM p_given) * 1000)::bigint), 3)';

CREATE FUNCTION challenge_add(p_random bytea, OUT value bytea,
    OUT expires timestamptz)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_now timestamptz := assay_now();
BEGIN
	value := challenge_begins(v_now) || substr(p_random, 7);
	expires := v_now + interval '300 seconds';
	INSERT INTO challenge (value, organisation_id, created, expires)
	VALUES (challenge_add.value, (actor_must('operator')).organisation_id,
	    v_now, challenge_add.expires);
END
$$;

-- Use one up: 'good' at most once.  Two who try at the same time are put in a
-- row by the row's lock; nobody else waits for it.
CREATE FUNCTION challenge_consume(p_value bytea) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c challenge;
BEGIN
	SELECT * INTO c FROM challenge
	 WHERE value = p_value
	   AND organisation_id = (actor_must('operator')).organisation_id;
	IF NOT FOUND THEN
		RETURN 'unknown';
	ELSIF c.consumed IS NOT NULL THEN
		RETURN 'replayed';
	ELSIF c.expires <= assay_now()
	    OR c.created > assay_now() + interval '5 minutes' THEN
		RETURN 'expired';
	END IF;
	UPDATE challenge SET consumed = assay_now()
	 WHERE value = p_value AND consumed IS NULL;
	RETURN CASE WHEN FOUND THEN 'good' ELSE 'replayed' END;
END
$$;

-- An hour after its end one is forgotten, used or not: what was decided on it has it
-- in its receipt, and whoever shows it is refused as before.

-- Where those begin that are left, or nobody knows better: what is gone stays in the
-- index till it is vacuumed, and would be looked at each second.  A clock that was set
-- back begins anew.
CREATE TABLE challenge_left (since bytea NOT NULL);
INSERT INTO challenge_left VALUES ('');

-- More at a time than come in a second, and so few that no tick takes long.
CREATE FUNCTION clock_challenge(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
	v_over timestamptz := p_now - interval '1 hour';
	v_end bytea := challenge_begins(v_over - interval '299.999 seconds');
	v_since bytea := (SELECT CASE WHEN since < v_end THEN since ELSE '' END
	    FROM challenge_left);
	v_gone bytea[];
BEGIN
	v_gone := ARRAY(SELECT value FROM challenge
	    WHERE value >= v_since AND value < v_end AND expires <= v_over
	    ORDER BY value LIMIT 5000);
	IF v_gone = '{}' THEN
		RETURN 0;
	END IF;
	DELETE FROM challenge WHERE value = ANY (v_gone);
	UPDATE challenge_left SET since = v_gone[cardinality(v_gone)];
	RETURN cardinality(v_gone);
END
$$;

INSERT INTO clock_rule (ord, name, what) VALUES (710, 'challenge',
    'a challenge is forgotten an hour after its end');

-- ---- facts: in PL/pgSQL, which keeps its plans for the session, where SQL
-- functions are planned anew each time

CREATE TYPE coc_facts AS (
	number text,
	at_issue text,
	now text,
	since bigint,
	expires bigint,
	grace_days int,
	on_expired text,
	on_suspended text,
	on_withdrawn text,
	declaration text,
	supplier text,	-- its state
	supplier_handle text,
	model text,
	level int,
	audited bigint,
	self_declared bool
);

-- The accreditation of a model: today's CoC (the one in force, else the last
-- that there was), and the state at a moment of whichever CoC it then had.
--
-- The declaration that counts is the one in force, else the last that was ever
-- accepted.  One that ran out while it was doubted is doubted still, or its end
-- would settle the matter.  Self-declared is what no other scheme's certificate, of
-- the model or of its hardware platform, holds up.  All in one statement: each that
-- is called by it would take half as long again.  Written so that PostgreSQL makes it
-- part of the query that asks: to begin it takes four times as long as its answer.
CREATE FUNCTION coc_facts_of(p_model bigint, p_at timestamptz)
	RETURNS SETOF coc_facts
	LANGUAGE sql STABLE
AS $$
	SELECT c.number,
	    (SELECT h.to_state FROM assay.coc x
	      JOIN LATERAL (SELECT to_state FROM assay.history
		WHERE entity = 'coc' AND subject_id = x.id
		AND recorded <= p_at ORDER BY id DESC LIMIT 1) h ON true
	      WHERE x.model_id = p_model AND x.expires > p_at
	      AND h.to_state IN ('provisional', 'certified')
	      ORDER BY x.id DESC LIMIT 1),
	    c.state, floor(extract(epoch FROM c.effective))::bigint,
	    floor(extract(epoch FROM c.expires))::bigint, c.grace_days,
	    c.on_expired, c.on_suspended, c.on_withdrawn,
	    (SELECT CASE WHEN EXISTS (SELECT FROM assay.declaration_challenge x
		WHERE x.declaration_id = d.id
		AND x.state IN ('open', 'answered', 'overdue'))
		THEN 'challenged' ELSE d.state END
	      FROM assay.declaration d WHERE d.model_id = p_model
	      AND (d.accepted_by IS NOT NULL
		OR d.state IN ('in_force', 'challenged'))
	      ORDER BY d.state IN ('in_force', 'challenged') DESC, d.id DESC
	      LIMIT 1),
	    o.state, o.handle, m.handle, c.level,
	    (SELECT floor(extract(epoch FROM a.ended))::bigint
	      FROM assay.site_scope x JOIN assay.audit a ON a.id = x.audit_id
	      WHERE x.id = c.site_scope_id),
	    NOT EXISTS (SELECT FROM assay.external_certificate x
	      WHERE x.model_id IN (m.id, m.hardware_platform_id)
	      AND assay.external_certificate_good(x))
	  FROM assay.coc c
	  JOIN assay.model m ON m.id = c.model_id
	  JOIN assay.organisation o ON o.id = m.organisation_id
	 WHERE c.model_id = p_model
	   AND c.state NOT IN ('proposed', 'refused')
	 ORDER BY c.state IN ('provisional', 'certified', 'suspended') DESC,
	    c.id DESC
	 LIMIT 1;
$$;

CREATE FUNCTION coc_facts(p_model bigint, p_at timestamptz) RETURNS coc_facts
	LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	facts coc_facts;
BEGIN
	SELECT * INTO facts FROM coc_facts_of(p_model, p_at);
	RETURN facts;
END
$$;

-- Was the scope of this CoC's site accredited at that moment?  Likewise.
CREATE FUNCTION site_accredited_of(p_coc bigint, p_at timestamptz)
	RETURNS SETOF bool
	LANGUAGE sql STABLE
AS $$
	SELECT coalesce((
	    SELECT h.to_state IN ('provisional', 'full')
	      AND (h.detail ->> 'expires')::timestamptz > p_at
	      FROM assay.history h
	     WHERE h.entity = 'site_scope' AND h.subject_id = c.site_scope_id
	       AND h.recorded <= p_at
	     ORDER BY h.id DESC LIMIT 1), false)
	  FROM assay.coc c WHERE c.id = p_coc;
$$;

-- The measures in force on any cohort of a device, and when its certificate was
-- issued, which some of them ask for.  No repair takes it out of the lot that it
-- was made in.  What is about firmware is about TrEs.
CREATE FUNCTION device_measures(p_device bigint) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
	    'number', x.number, 'kind', x.kind, 'effect', x.effect,
	    'since', floor(extract(epoch FROM x.effective))::bigint,
	    'issued', floor(extract(epoch FROM
		coalesce(c.issued, d.created)))::bigint,
	    'least_firmware', x.least_firmware,
	    'firmware_from', x.firmware_from, 'firmware_to', x.firmware_to))
	    ORDER BY x.id), '[]')
	  FROM device d
	  LEFT JOIN LATERAL (SELECT issued, issuer_id FROM certificate
	    WHERE device_id = d.id
	    ORDER BY state = 'revoked', issued DESC, issuer_id DESC, index DESC
	    LIMIT 1) c ON true
	  JOIN LATERAL (SELECT * FROM lot_cohorts(d.lot_id, c.issuer_id) UNION
	    SELECT * FROM lot_cohorts(d.latest_lot_id, c.issuer_id)) k ON true
	  JOIN measure x ON x.state = 'in_force' AND x.scope_kind = k.kind
	   AND x.scope_id = k.id
	 WHERE d.id = p_device AND (d.kind = 'tre' OR coalesce(x.least_firmware,
	    x.firmware_from, x.firmware_to) IS NULL)
	);
END
$$;

-- ---- the record

-- The same request at the same time is answered by the other; another one must
-- have an id of its own.
CREATE FUNCTION decision_id_is_used(p_organisation bigint, p_request_id uuid,
    p_request_sha256 bytea) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM decision WHERE organisation_id = p_organisation
	    AND request_id = p_request_id AND request_sha256 <> p_request_sha256)
	THEN
		RAISE EXCEPTION 'the request id was used for another request'
		    USING ERRCODE = 'AY004', DETAIL = 'REQUEST_ID_REUSED';
	END IF;
	RAISE EXCEPTION 'the same request is being answered: ask again'
	    USING ERRCODE = 'AY005', DETAIL = 'REQUEST_IN_PROGRESS';
END
$$;

-- Where that is kept of each of them: its organisation, and which of the texts it is,
-- from 1.  Of those that say nothing, NULL.
CREATE FUNCTION decision_looked_at_ids(p_organisation bigint[], p_which bigint[],
    p_text text[]) RETURNS bigint[]
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_id bigint;
	v_sha256 bytea[];
	v_ids bigint[];
	v_more bool;
BEGIN
	-- mostly one operator's say the same, which is there
	IF cardinality(p_text) = 1
	    AND p_organisation[1] = ALL (p_organisation) THEN
		v_id := (SELECT k.id FROM decision_looked_at k
		    WHERE k.organisation_id = p_organisation[1]
		    AND k.sha256 = pg_catalog.sha256(convert_to(p_text[1], 'UTF8'))
		    AND p_text[1] <> '{}' ORDER BY k.id LIMIT 1);
		IF v_id IS NOT NULL OR p_text[1] = '{}' THEN
			RETURN array_fill(v_id,
			    ARRAY[cardinality(p_organisation)]);
		END IF;
	END IF;
	v_sha256 := ARRAY(SELECT CASE WHEN t <> '{}'
	    THEN pg_catalog.sha256(convert_to(t, 'UTF8')) END
	    FROM unnest(p_text) WITH ORDINALITY AS x (t, n) ORDER BY n);
	FOR i IN 1..2 LOOP
		SELECT array_agg(k.id ORDER BY x.n), bool_or(k.id IS NULL
		    AND v_sha256[k.w] IS NOT NULL)
		  INTO v_ids, v_more
		  FROM unnest(p_organisation, p_which) WITH ORDINALITY
		    AS x (o, w, n)
		  LEFT JOIN (SELECT x.o, x.w, (SELECT k.id
			FROM decision_looked_at k WHERE k.organisation_id = x.o
			AND k.sha256 = v_sha256[x.w] ORDER BY k.id LIMIT 1) AS id
		    FROM (SELECT DISTINCT o, w
			FROM unnest(p_organisation, p_which) AS x (o, w)) x) k
		    ON k.o = x.o AND k.w = x.w;
		EXIT WHEN v_more IS NOT TRUE;
		INSERT INTO decision_looked_at (organisation_id, sha256, said)
		SELECT x.o, v_sha256[x.w], p_text[x.w]::jsonb
		  FROM (SELECT DISTINCT o, w
		    FROM unnest(p_organisation, p_which) AS x (o, w)) x
		 WHERE x.o IS NOT NULL AND v_sha256[x.w] IS NOT NULL
		   AND NOT EXISTS (SELECT FROM decision_looked_at k
		    WHERE k.organisation_id = x.o AND k.sha256 = v_sha256[x.w]);
	END LOOP;
	RETURN coalesce(v_ids, '{}');
END
$$;

CREATE FUNCTION decision_add(p_id uuid, p_request_id uuid,
    p_request_sha256 bytea, p_purpose text, p_mode text, p_verdict text,
    p_reasons text[], p_warnings text[], p_tre_sha256 bytea,
    p_platform_sha256 bytea, p_event bigint, p_receipt text, p_signer bigint,
    p_looked_at jsonb DEFAULT '{}') RETURNS uuid
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
BEGIN
	INSERT INTO decision (id, organisation_id, principal_id, request_id,
	    request_sha256, purpose, mode, verdict, reasons, warnings,
	    tre_sha256, platform_sha256, event_id, receipt, signer_id,
	    looked_at_id)
	VALUES (p_id, who.organisation_id, who.id, p_request_id,
	    p_request_sha256, p_purpose, p_mode, p_verdict, p_reasons,
	    p_warnings, p_tre_sha256, p_platform_sha256, p_event, p_receipt,
	    p_signer, (decision_looked_at_ids(ARRAY[who.organisation_id], '{1}',
	    ARRAY[p_looked_at::text]))[1])
	ON CONFLICT (organisation_id, request_id) WHERE request_id IS NOT NULL
	    DO NOTHING;
	IF NOT FOUND THEN
		PERFORM decision_id_is_used(who.organisation_id, p_request_id,
		    p_request_sha256);
	END IF;
	RETURN p_id;
END
$$;

-- Was this very receipt given?  Whoever holds it may ask.
CREATE FUNCTION receipt_recorded(p_id text, p_receipt text) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_id !~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' THEN
		RETURN false;
	END IF;
	RETURN EXISTS (SELECT FROM decision WHERE receipt = p_receipt
	    AND id = p_id::uuid AND batch_id IS NULL) OR
	    EXISTS (SELECT FROM decision_batch b
	    JOIN decision_batch_answer a ON a.batch_id = b.id
	    WHERE b.batch = p_id::uuid AND a.receipt = p_receipt) OR
	    EXISTS (SELECT FROM standing
	    WHERE id = p_id::uuid AND receipt = p_receipt);
END
$$;

GRANT EXECUTE ON FUNCTION challenge_add(bytea), challenge_consume(bytea),
	receipt_recorded(text, text),
	decision_add(uuid, uuid, bytea, text, text, text, text[], text[],
	    bytea, bytea, bigint, text, bigint, jsonb)
	TO assay_api;
