-- decision_side() of many certificates at once, for batches.  What it says of one
-- is the same, and a test holds the two together; but what devices have in common
-- (the status of their lot, the CoC of their model when they were issued, measures
-- on their cohorts) is found out once, not for each.

CREATE FUNCTION decision_sides(p_der_sha256 bytea[])
	RETURNS TABLE (n bigint, der bytea, issuer_id bigint, standing text,
	    issuer_standing text, device bigint, device_name text,
	    device_state text, tac text, issued bigint, model coc_facts,
	    hardware coc_facts, site_accredited bool, measures jsonb,
	    bound_to bigint, bound_state text, bound_standing text,
	    bound_measures jsonb, crl_number bigint, bound_mode text,
	    fresh bool, custody jsonb, evidence text,
	    referenced bool)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM actor_must('operator');
	PERFORM database_must_stand();
	RETURN QUERY
	WITH shown AS MATERIALIZED (
		SELECT q.n, c.issuer_id, c.lot_id, c.coc_id, m.tre_kind,
		    c.issued, c.state, d.id AS device,
		    d.device_id::text AS device_name,
		    d.state AS device_state, d.kind, d.tac,
		    -- 0: none, which has no CoC
		    coalesce(d.model_id, 0) AS model_id,
		    coalesce(m.hardware_platform_id, 0) AS hardware_id,
		    b.id AS bound, CASE WHEN c.template_id IS NULL THEN c.der
			ELSE certificate_written(c, t, d.device_id) END AS der
		  FROM unnest(p_der_sha256) WITH ORDINALITY AS q (sha256, n)
		  JOIN certificate c ON c.der_sha256 = q.sha256
		  LEFT JOIN device d ON d.id = c.device_id
		  LEFT JOIN certificate_template t ON t.id = c.template_id
		  LEFT JOIN model m ON m.id = d.model_id
		  LEFT JOIN LATERAL (
		    SELECT b.terminal_id AS id FROM binding b
		     WHERE d.kind = 'tre' AND b.tre_id = d.id
		       AND b.until IS NULL
		    UNION ALL
		    SELECT b.tre_id FROM binding b
		     WHERE d.kind = 'terminal' AND b.terminal_id = d.id
		       AND b.until IS NULL) b ON true
	), other AS MATERIALIZED (
		SELECT DISTINCT ON (x.id) x.id, x.state, x.model_id, y.lot_id,
		    y.issuer_id, y.state AS cert_state
		  FROM shown s JOIN device x ON x.id = s.bound
		    AND s.kind = 'terminal'
		  LEFT JOIN LATERAL (SELECT * FROM certificate y
		    WHERE y.device_id = x.id ORDER BY y.issued DESC LIMIT 1) y
		    ON true
	), lots AS MATERIALIZED (
		SELECT lot_id, issuer_id,
		    lot_is_revoked(lot_id, issuer_id) AS revoked
		  FROM (SELECT lot_id, issuer_id FROM shown
		    UNION SELECT lot_id, issuer_id FROM other) l
		 WHERE lot_id IS NOT NULL
	), models AS MATERIALIZED (
		SELECT id, issued,
		    coc_facts(id, issued) AS facts
		  FROM (SELECT model_id AS id, issued FROM shown
		    UNION SELECT hardware_id, issued FROM shown) k
		 WHERE id <> 0
	), sites AS MATERIALIZED (
		SELECT coc_id, issued, site_accredited_at(coc_id, issued) AS good
		  FROM (SELECT DISTINCT coc_id, issued FROM shown) k
		 WHERE coc_id IS NOT NULL
	), kin AS MATERIALIZED (
		-- devices that the same measures are about in the same way
		SELECT d.id, dense_rank() OVER (ORDER BY d.kind, d.lot_id,
		    d.latest_lot_id, c.issuer_id, coalesce(c.issued, d.created))
		    AS family
		  FROM (SELECT device AS id FROM shown UNION
		    SELECT id FROM other) k
		  JOIN device d ON d.id = k.id
		  LEFT JOIN LATERAL (SELECT issued, issuer_id FROM certificate
		    WHERE device_id = d.id
		    ORDER BY issued DESC, issuer_id DESC, index DESC LIMIT 1) c
		    ON true
	), families AS MATERIALIZED (
		SELECT family, device_measures(min(id)) AS measures
		  FROM kin GROUP BY family
	), issuers AS MATERIALIZED (
		SELECT i.id, issuer_standing(i) AS standing,
		    issuer_is_fresh(i) AS fresh, (SELECT max(number) FROM crl
		    WHERE crl.issuer_id = i.id) AS crl_number
		  FROM issuer i WHERE i.id IN (SELECT issuer_id FROM shown)
	), referenced AS MATERIALIZED (
		SELECT DISTINCT r.model_id, true AS referenced FROM reference r
		 WHERE r.model_id IN (SELECT model_id FROM shown)
		   AND r.state IN ('in_force', 'revoked')
	), modes AS MATERIALIZED (
		SELECT y.id, k.default_mode FROM model y
		  JOIN tre_kind k ON k.name = y.tre_kind
		 WHERE y.id IN (SELECT model_id FROM other)
	)
	SELECT s.n, s.der, s.issuer_id,
	    CASE WHEN l.revoked THEN 'revoked' ELSE s.state END,
	    i.standing, s.device, s.device_name, s.device_state, s.tac,
	    floor(extract(epoch FROM s.issued))::bigint, m.facts, h.facts,
	    sites.good, coalesce(f.measures, '[]'),
	    s.bound, o.state, CASE WHEN ol.revoked THEN 'revoked'
		ELSE o.cert_state END, CASE WHEN o.id IS NOT NULL
		THEN coalesce(of.measures, '[]') END,
	    i.crl_number, modes.default_mode, i.fresh,
	    custody_facts(CASE s.kind WHEN 'terminal'
		THEN coalesce(o.id, s.device) ELSE s.device END),
	    kinds.evidence, coalesce(r.referenced, false)
	  FROM shown s
	  JOIN issuers i ON i.id = s.issuer_id
	  LEFT JOIN lots l ON l.lot_id = s.lot_id AND l.issuer_id = s.issuer_id
	  LEFT JOIN models m ON m.id = s.model_id AND m.issued = s.issued
	  LEFT JOIN models h ON h.id = s.hardware_id
	    AND h.issued = s.issued
	  LEFT JOIN sites ON sites.coc_id = s.coc_id
	    AND sites.issued = s.issued
	  LEFT JOIN kin k ON k.id = s.device
	  LEFT JOIN families f ON f.family = k.family
	  LEFT JOIN other o ON o.id = s.bound AND s.kind = 'terminal'
	  LEFT JOIN lots ol ON ol.lot_id = o.lot_id
	    AND ol.issuer_id = o.issuer_id
	  LEFT JOIN kin ok ON ok.id = o.id
	  LEFT JOIN families of ON of.family = ok.family
	  LEFT JOIN modes ON modes.id = o.model_id
	  LEFT JOIN tre_kind kinds ON kinds.name = s.tre_kind
	  LEFT JOIN referenced r ON r.model_id = s.model_id;
END
$$;

GRANT EXECUTE ON FUNCTION decision_sides(bytea[]) TO assay_api;
