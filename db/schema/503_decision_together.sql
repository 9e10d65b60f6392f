-- Questions of several askers that wait at the same time: read by one statement, and
-- answered by one transaction.  Each asker is named by the SHA-256 of the certificate
-- that it shows, which no other tenant is told; who may not ask, whose challenge is
-- none, or who was answered meanwhile is left out, and asks by itself, to hear why.

-- To plan these anew takes longer than to run them; and the plan must be one for
-- large tables, also while they are small.

-- Their organisations; NULL: it may not ask.
CREATE FUNCTION decision_askers(p_certificate bytea[]) RETURNS bigint[]
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
	IF p_certificate[1] = ALL (p_certificate) THEN
		RETURN array_fill((SELECT o.id
		    FROM principal p
		    JOIN certificate c ON c.der_sha256 = p_certificate[1]
		     AND c.state = 'issued'
		    JOIN organisation o ON o.id = p.organisation_id
		     AND o.state = 'active' AND o.kind = 'operator'
		   WHERE sha256(p.cert_der) = p_certificate[1]
		     AND p.state = 'active' AND p.role = 'operator' LIMIT 1),
		    ARRAY[cardinality(p_certificate)]); -- one asks, mostly
	END IF;
	RETURN ARRAY(SELECT a.id
	  FROM unnest(p_certificate) WITH ORDINALITY AS x (sha256, n)
	  LEFT JOIN (SELECT s.sha256, o.id
	    FROM (SELECT DISTINCT sha256 FROM unnest(p_certificate) sha256) s
	    JOIN principal p ON sha256(p.cert_der) = s.sha256
	     AND p.state = 'active' AND p.role = 'operator'
	    JOIN certificate c ON c.der_sha256 = pg_catalog.sha256(p.cert_der)
	     AND c.state = 'issued'
	    JOIN organisation o ON o.id = p.organisation_id
	     AND o.state = 'active' AND o.kind = 'operator') a USING (sha256)
	 ORDER BY x.n);
END
$$;

-- A challenge for each of them that may ask, as challenge_add() gives it to who acts: all
-- of it in one statement, for there is one to each question.  No row: it may not ask.
CREATE FUNCTION challenge_add_together(p_certificate bytea[], p_random bytea[])
	RETURNS TABLE (n bigint, value bytea, expires timestamptz)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_now timestamptz := assay_now(); -- which takes a while
	v_begins bytea := challenge_begins(v_now);
	v_expires timestamptz := v_now + interval '300 seconds';
	v_asker bigint[] := decision_askers(p_certificate);
BEGIN
	RETURN QUERY WITH given AS MATERIALIZED (
		SELECT x.n, v_begins || substr(x.random, 7) AS value, x.asker
		  FROM unnest(v_asker, p_random) WITH ORDINALITY
		    AS x (asker, random, n)
		 WHERE x.asker IS NOT NULL
	), put AS (
		INSERT INTO challenge (value, organisation_id, created, expires)
		SELECT g.value, g.asker, v_now, v_expires FROM given g
	) SELECT g.n, g.value, v_expires FROM given g;
END
$$;

-- What they rest on, in rows of "now": what the asker may (its organisation, its policy
-- for the purpose, and what its challenge is), beside the clock and the end of the log;
-- and of decision_sides_for(), of the certificates that they show ('': none).  n is whose
-- it is; who may not ask has none.  In the order of the statement decision_facts.
CREATE FUNCTION decision_rests_on(p_certificate bytea[], p_purpose text[],
    p_challenge bytea[], p_tre bytea[], p_platform bytea[])
	RETURNS TABLE (side text, der bytea, issued bigint, last bigint,
	    standing text, issuer_standing text, device_state text,
	    device bigint, tac text, model text, hardware text,
	    site_accredited text, measures text, bound_to bigint,
	    bound_state text, bound_standing text, bound_measures text,
	    crl_number bigint, platform_only bool, default_mode text,
	    fresh text, policy text, custody text, evidence text,
	    referenced text, n bigint)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
	v_now timestamptz := assay_now(); -- which takes a while
	v_asker bigint[] := decision_askers(p_certificate);
	v_many int := cardinality(p_certificate);
BEGIN
	PERFORM database_must_stand();
	RETURN QUERY SELECT 'now', h.hash::bytea,
	    floor(extract(epoch FROM v_now))::bigint, h.last, 'active',
	    NULL::text, CASE WHEN c.value IS NULL THEN 'unknown'
	    WHEN c.consumed IS NOT NULL THEN 'replayed'
	    WHEN c.expires <= v_now OR c.created > v_now + interval '5 minutes'
	    THEN 'expired' ELSE 'good' END, o.id,
	    NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
	    NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::bigint,
	    o.may_platform_only, NULL::text, NULL::text,
	    operator_policy_said(y)::text, NULL::text, NULL::text, NULL::text,
	    x.n
	  FROM unnest(v_asker, p_purpose, p_challenge)
	    WITH ORDINALITY AS x (asker, purpose, challenge, n)
	 CROSS JOIN status_head h
	  JOIN organisation o ON o.id = x.asker
	  LEFT JOIN operator_policy y ON y.organisation_id = o.id
	   AND y.purpose = x.purpose AND y.state = 'active'
	  LEFT JOIN challenge c ON c.value = x.challenge
	   AND c.organisation_id = o.id;
	RETURN QUERY SELECT CASE WHEN s.n <= v_many THEN 'tre'
	    ELSE 'platform' END, s.der, s.issued, NULL::bigint, s.standing,
	    s.issuer_standing, s.device_state, s.device, s.tac, s.model,
	    s.hardware, s.site_accredited::text, s.measures, s.bound_to,
	    s.bound_state, s.bound_standing, s.bound_measures, s.crl_number,
	    NULL::bool, s.bound_mode, s.fresh::text, NULL::text,
	    s.custody::text, s.evidence, s.referenced::text,
	    1 + (s.n - 1) % v_many
	  FROM decision_sides_for(p_tre || p_platform, v_asker || v_asker) s;
END
$$;

-- Record what was found of each, use its challenge up, and put into service what it
-- is the first permit of.  Gives which of them are recorded: not those whose challenge
-- another of them has, or somebody else uses at this moment, or whose request was
-- answered meanwhile.  In the order of their requests, or two transactions could wait
-- for each other.  What was looked at is one of the texts each, from 1.
CREATE FUNCTION decision_add_together(p_certificate bytea[],
    p_challenge bytea[], p_id uuid[], p_request_id uuid[],
    p_request_sha256 bytea[], p_purpose text[], p_mode text[],
    p_verdict text[], p_reasons text[], p_warnings text[], p_tre bytea[],
    p_platform bytea[], p_event bigint, p_receipt text[], p_signer bigint,
    p_looked_at bigint[], p_looked_at_text text[], p_serve_tre bigint[],
    p_serve_platform bigint[])
	RETURNS bigint[]
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
	v_asker bigint[] := decision_askers(p_certificate);
	v_looked_at bigint[] := decision_looked_at_ids(v_asker, p_looked_at,
	    p_looked_at_text);
	v_now timestamptz := assay_now(); -- which takes a while
	v_added bigint[];
	v_who bigint;
	v_devices bigint[];
BEGIN
	PERFORM database_must_stand();
	WITH asked AS (
		SELECT *
		  FROM unnest(p_certificate, p_challenge, p_id, p_request_id,
		    p_request_sha256, p_purpose, p_mode, p_verdict, p_reasons,
		    p_warnings, p_tre, p_platform, p_receipt,
		    v_looked_at, v_asker) WITH ORDINALITY
		    AS x (certificate, challenge, id, request_id,
		    request_sha256, purpose, mode, verdict, reasons, warnings,
		    tre, platform, receipt, looked_at_id, asker, n)
	), mine AS MATERIALIZED (
		SELECT x.*, p.id AS principal_id, p.organisation_id
		  FROM asked x
		  JOIN principal p ON sha256(p.cert_der) = x.certificate
		   AND p.organisation_id = x.asker
		  JOIN challenge c ON c.value = x.challenge
		   AND c.organisation_id = x.asker
		   AND c.consumed IS NULL AND c.expires > v_now
		 -- the first that has it
		 WHERE array_position(p_challenge, x.challenge) = x.n
		   FOR UPDATE OF c SKIP LOCKED
	), added AS (
		INSERT INTO decision (id, organisation_id, principal_id,
		    request_id, request_sha256, purpose, mode, verdict, reasons,
		    warnings, tre_sha256, platform_sha256, event_id, receipt,
		    signer_id, looked_at_id, created)
		SELECT id, organisation_id, principal_id, request_id,
		    request_sha256, purpose, mode, verdict, reasons::text[],
		    warnings::text[], nullif(tre, ''), nullif(platform, ''),
		    p_event, receipt, p_signer, looked_at_id, v_now
		  FROM mine ORDER BY organisation_id, request_id
		ON CONFLICT (organisation_id, request_id)
		    WHERE request_id IS NOT NULL DO NOTHING
		RETURNING array_position(p_id, id) AS n
	), used AS (
		UPDATE challenge c SET consumed = v_now
		  FROM added WHERE c.value = p_challenge[added.n]
	) SELECT array_agg(n) INTO v_added FROM added;
	IF 0 = ALL (p_serve_tre) AND 0 = ALL (p_serve_platform) THEN
		RETURN v_added; -- mostly
	END IF;
	FOR v_who, v_devices IN
		SELECT p.id, array_agg(d.id)
		  FROM unnest(v_added) n
		  JOIN principal p ON sha256(p.cert_der) = p_certificate[n]
		  CROSS JOIN unnest(ARRAY[p_serve_tre[n], p_serve_platform[n]]) d (id)
		 WHERE d.id <> 0 GROUP BY p.id ORDER BY p.id
	LOOP
		PERFORM actor_begin(v_who);
		PERFORM device_serve(v_devices);
	END LOOP;
	RETURN v_added;
END
$$;

GRANT EXECUTE ON FUNCTION challenge_add_together(bytea[], bytea[]),
	decision_rests_on(bytea[], text[], bytea[], bytea[], bytea[]),
	decision_add_together(bytea[], bytea[], uuid[], uuid[], bytea[], text[],
	    text[], text[], text[], text[], bytea[], bytea[], bigint, text[],
	    bigint, bigint[], text[], bigint[], bigint[])
	TO assay_api;
