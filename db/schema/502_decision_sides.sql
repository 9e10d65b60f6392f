-- What the register says of certificates that are shown, found by their octets: of
-- many at once.  What devices have in common (the status of their lot, the CoC of
-- their model when they were issued, measures on their cohorts) is found out once,
-- not for each.

-- Mostly none is: asked once for all that are shown.
CREATE INDEX declaration_doubted ON declaration (model_id)
	WHERE state = 'challenged';
CREATE INDEX organisation_out ON organisation (id)
	WHERE kind = 'supplier' AND state IN ('suspended', 'terminated');

-- What the TrE in a terminal stands on, its CA and the accreditation of its model and of
-- the hardware platform under that, where not all of it is in force: asking about the
-- terminal alone is no way round that.  NULL: it is, which a few look-ups tell; fewer,
-- where no declaration is challenged and no supplier is out.  (That a platform's CoC is
-- in force that of each model on it says, which falls and ends with it.)
CREATE FUNCTION bound_in_doubt(p_model bigint, p_issuer bigint,
    p_issued timestamptz, p_looked_into bool) RETURNS text
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	ca text := (SELECT issuer_standing(i) FROM issuer i WHERE i.id = p_issuer);
BEGIN
	IF ca IN ('active', 'retired') AND EXISTS (SELECT FROM coc c
	    JOIN model m ON m.id = c.model_id
	    JOIN organisation o ON o.id = m.organisation_id
	    WHERE c.model_id = p_model AND c.state IN ('provisional', 'certified')
	    AND c.expires > assay_now() AND o.state = 'active')
	    AND NOT (p_looked_into AND (SELECT EXISTS (SELECT FROM declaration
		WHERE state = 'challenged'
		AND model_id IN (m.id, m.hardware_platform_id)) OR o.state <> 'active'
		FROM model m JOIN model h ON h.id = m.hardware_platform_id
		JOIN organisation o ON o.id = h.organisation_id
		WHERE m.id = p_model)) THEN
		RETURN NULL;
	END IF;
	RETURN coalesce(to_jsonb(coc_facts(p_model, p_issued)), '{}')
	    || jsonb_build_object('issuer', ca, 'issued',
	    floor(extract(epoch FROM p_issued))::bigint,
	    'hardware', coc_facts((SELECT hardware_platform_id FROM model
		WHERE id = p_model), p_issued));
END
$$;

-- Of each certificate for somebody, its octets where they are kept as they are.  What is
-- kept in pieces was seen to come out with this SHA-256 when it was put in (302): to put
-- it together for each question, and bring it to who has it at hand, was a quarter of
-- what they rest on.  Who asks is an organisation, or NULL, who is told nothing.  No row:
-- it is not in the register.  What is known of the device that it is bound to, where it
-- is a terminal: a TrE is judged by its own row.  To plan this anew takes longer than to
-- run it; and the plan must be one for large tables, also while they are small or nobody
-- has counted them since: each row is looked up by itself, and no table is read to its
-- end, as one that is hashed is.
CREATE FUNCTION decision_sides_for(p_der_sha256 bytea[], p_asker bigint[])
	RETURNS TABLE (n bigint, der bytea, issuer_id bigint, standing text,
	    issuer_standing text, device bigint, device_name text,
	    device_state text, tac text, issued bigint, model text,
	    hardware text, site_accredited bool, measures text,
	    bound_to bigint, bound_state text, bound_standing text,
	    bound_measures text, crl_number bigint, bound_mode text,
	    fresh bool, custody jsonb, evidence text,
	    referenced bool)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
	SET enable_hashjoin = off SET enable_mergejoin = off
	SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
	-- mostly there is none
	v_measured bool;
	v_looked_into bool;
BEGIN
	SELECT EXISTS (SELECT FROM measure WHERE state = 'in_force'),
	    EXISTS (SELECT FROM declaration WHERE state = 'challenged')
	    OR EXISTS (SELECT FROM organisation WHERE kind = 'supplier'
		AND state IN ('suspended', 'terminated'))
	  INTO v_measured, v_looked_into;
	RETURN QUERY
	WITH shown AS MATERIALIZED (
		SELECT q.n, q.asker, c.issuer_id, c.lot_id,
		    coalesce(c.coc_id, t.coc_id) AS coc_id, c.issued,
		    c.state, d.id AS device, d.device_id::text AS device_name,
		    d.state AS device_state, d.kind, d.tac, d.model_id,
		    x.id AS other, x.state AS other_state, y.state AS other_cert,
		    coalesce(x.id, d.id) AS custody_of,
		    c.der,
		    b.id AS bound,
		    -- the first one of which the same is to be said
		    min(q.n) OVER (PARTITION BY c.issuer_id, c.lot_id,
			coalesce(c.coc_id, t.coc_id), c.issued,
			d.kind, d.model_id, d.lot_id, d.latest_lot_id,
			z.issuer_id, z.issued, x.lot_id, x.latest_lot_id,
			x.model_id, y.lot_id, y.issuer_id, y.issued,
			CASE WHEN v_measured AND z.issued IS NULL
			    THEN d.created END,
			CASE WHEN y.issued IS NULL THEN x.created END) AS like_n,
		    x.model_id AS other_model, y.lot_id AS other_lot,
		    y.issuer_id AS other_issuer,
		    y.issued AS other_issued
		  FROM unnest(p_der_sha256, p_asker) WITH ORDINALITY
		    AS q (sha256, asker, n)
		  JOIN certificate c ON c.der_sha256 = q.sha256
		    AND q.asker IS NOT NULL
		  LEFT JOIN device d ON d.id = c.device_id
		  LEFT JOIN certificate_template t ON t.id = c.template_id
		  LEFT JOIN LATERAL (SELECT issuer_id, issued FROM certificate
		    WHERE device_id = d.id AND v_measured
		    ORDER BY state = 'revoked', issued DESC, issuer_id DESC,
			index DESC LIMIT 1) z
		    ON true
		  LEFT JOIN LATERAL (
		    SELECT b.terminal_id AS id FROM binding b
		     WHERE d.kind = 'tre' AND b.tre_id = d.id
		       AND b.until IS NULL
		    UNION ALL
		    SELECT b.tre_id FROM binding b
		     WHERE d.kind = 'terminal' AND b.terminal_id = d.id
		       AND b.until IS NULL) b ON true
		  LEFT JOIN device x ON x.id = b.id AND d.kind = 'terminal'
		  LEFT JOIN LATERAL (SELECT state, lot_id, issuer_id, issued
		    FROM certificate WHERE device_id = x.id
		    ORDER BY state = 'revoked', issued DESC, issuer_id DESC,
			index DESC LIMIT 1) y ON true
	), alike AS MATERIALIZED (
		SELECT s.n, lot_is_revoked(s.lot_id, s.issuer_id) AS revoked,
		    issuer_standing(i) AS issuer_standing,
		    issuer_is_fresh(i) AS fresh, (SELECT max(number) FROM crl
		    WHERE crl.issuer_id = i.id) AS crl_number,
		    f.model,
		    CASE WHEN s.other IS NULL THEN f.hardware
			ELSE bound_in_doubt(s.other_model, s.other_issuer,
			    s.other_issued, v_looked_into) END AS hardware,
		    (SELECT a FROM site_accredited_of(s.coc_id, s.issued) a)
			AS site_accredited,
		    CASE WHEN v_measured THEN device_measures(s.device)::text
			ELSE '[]' END AS measures,
		    lot_is_revoked(s.other_lot, s.other_issuer)
			AS other_revoked,
		    CASE WHEN s.other IS NULL THEN NULL WHEN v_measured
			THEN device_measures(s.other)::text ELSE '[]' END
			AS other_measures,
		    (SELECT k.default_mode FROM model y
			JOIN tre_kind k ON k.name = y.tre_kind
			WHERE y.id = s.other_model) AS other_mode,
		    (SELECT k.evidence FROM tre_kind k
			WHERE k.name = m.tre_kind) AS evidence,
		    EXISTS (SELECT FROM reference r WHERE r.model_id = s.model_id
			AND r.state IN ('in_force', 'revoked')) AS referenced
		  FROM shown s
		  JOIN issuer i ON i.id = s.issuer_id
		  LEFT JOIN model m ON m.id = s.model_id
		  -- of both by one, for there is more to begin than to do
		 CROSS JOIN LATERAL (SELECT
		    max(x.said) FILTER (WHERE v.which = 1) AS model,
		    max(x.said) FILTER (WHERE v.which = 2) AS hardware
		    FROM (VALUES (1, s.model_id),
			(2, m.hardware_platform_id)) v (which, id)
		    CROSS JOIN LATERAL (SELECT row_to_json(c)::text AS said
			FROM coc_facts_of(v.id, s.issued) c) x) f
		 WHERE s.n = s.like_n
	)
	SELECT s.n, s.der, s.issuer_id,
	    CASE WHEN a.revoked THEN 'revoked' ELSE s.state END,
	    a.issuer_standing, s.device, s.device_name, s.device_state, s.tac,
	    floor(extract(epoch FROM s.issued))::bigint, a.model, a.hardware,
	    a.site_accredited, a.measures, s.bound, s.other_state,
	    CASE WHEN a.other_revoked THEN 'revoked' ELSE s.other_cert END,
	    a.other_measures, a.crl_number, a.other_mode, a.fresh,
	    custody_said(held.organisation_id, held.locked_until, held.state,
		s.asker),
	    a.evidence, a.referenced
	  FROM shown s
	  JOIN alike a ON a.n = s.like_n
	  LEFT JOIN custody held ON held.device_id = s.custody_of
	   AND held.state IN ('held', 'disputed');
END
$$;

-- For the acting operator.
CREATE FUNCTION decision_sides(p_der_sha256 bytea[])
	RETURNS TABLE (n bigint, der bytea, issuer_id bigint, standing text,
	    issuer_standing text, device bigint, device_name text,
	    device_state text, tac text, issued bigint, model text,
	    hardware text, site_accredited bool, measures text,
	    bound_to bigint, bound_state text, bound_standing text,
	    bound_measures text, crl_number bigint, bound_mode text,
	    fresh bool, custody jsonb, evidence text,
	    referenced bool)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
BEGIN
	PERFORM database_must_stand();
	RETURN QUERY SELECT * FROM decision_sides_for(p_der_sha256, array_fill(
	    who.organisation_id, ARRAY[cardinality(p_der_sha256)]));
END
$$;

GRANT EXECUTE ON FUNCTION decision_sides(bytea[]) TO assay_api;
