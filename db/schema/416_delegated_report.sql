-- What delegated CAs have issued, as they report it: a lot of kind certificate.
-- It is a lot in all else, so obstacles, quota, rates, clones, cohorts and
-- results are a lot's.

-- The CA that a report is of, if it may report at all.  Not locked, since rows
-- arrive for long and nobody may wait so long to withdraw it: the authority
-- judges again.
CREATE FUNCTION delegated_ca_must_take(p_number text, p_model bigint)
	RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca := delegated_ca_seen(p_number);
BEGIN
	PERFORM actor_must_own(d.organisation_id);
	PERFORM delegated_ca_must_be(d, 'active');
	IF NOT EXISTS (SELECT FROM delegated_ca_model
	    WHERE delegated_ca_id = d.id AND model_id = p_model) THEN
		RAISE EXCEPTION 'model: % is not for "%"', d.number,
		    (SELECT handle FROM model WHERE id = p_model)
		    USING ERRCODE = 'AY004', DETAIL = 'DELEGATED_CA_MODEL';
	END IF;
	RETURN d.id;
END
$$;

-- What speaks against a report beside what speaks against any lot.
CREATE FUNCTION delegated_ca_obstacles(p_lot bigint) RETURNS SETOF text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT o.why FROM lot l JOIN delegated_ca d ON d.id = l.delegated_ca_id
	JOIN issuer i ON i.id = d.issuer_id,
	LATERAL (VALUES
	    (d.state <> 'active' OR d.expires <= assay_now(),
		'the delegated CA ' || d.number || ' is ' || d.state),
	    (d.organisation_id <> l.organisation_id,
		d.number || ' is another supplier''s'),
	    (NOT EXISTS (SELECT FROM delegated_ca_model x
		WHERE x.delegated_ca_id = d.id AND x.model_id = l.model_id),
		d.number || ' is not for that model'),
	    (issuer_standing(i) <> 'active',
		'the certificate of ' || d.number || ' is on hold or revoked, '
		'or its site is not accredited for delegated_ca'),
	    (NOT issuer_is_fresh(i),
		d.number || ' has no CRL that is in force')) AS o (holds, why)
	WHERE l.id = p_lot AND o.holds;
$$;

-- What the register says of certificates that a CA reports, in their order: is
-- that one in it, or another of this serial number.
CREATE FUNCTION delegated_known(p_issuer bigint, p_serials bytea[],
    p_sha256 bytea[]) RETURNS TABLE (reported bool, serial_used bool)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM certificate c WHERE c.der_sha256 = t.sha),
	    EXISTS (SELECT FROM certificate c WHERE c.serial = t.serial)
	FROM unnest(p_serials, p_sha256) WITH ORDINALITY AS t (serial, sha, n)
	ORDER BY t.n;
$$;

-- Rows that no CA that keeps to its terms could have signed: one incident a
-- lot, with the first of them; each row says its own reason.
CREATE FUNCTION delegated_misissued(p_lot bigint, p_row int) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	r lot_row;
	d delegated_ca;
	i incident;
BEGIN
	SELECT * INTO STRICT l FROM lot WHERE id = p_lot FOR UPDATE;
	SELECT * INTO STRICT d FROM delegated_ca WHERE id = l.delegated_ca_id;
	IF EXISTS (SELECT FROM incident WHERE lot_id = l.id
	    AND kind = 'mis_issuance') THEN
		RETURN;
	END IF;
	SELECT * INTO STRICT r FROM lot_row WHERE lot_id = l.id AND row = p_row;
	i.kind := 'mis_issuance';
	i.source := 'register';
	i.severity := 'critical';
	i.organisation_id := d.organisation_id;
	i.lot_id := l.id;
	i.detail := jsonb_build_object('issuer', d.issuer_id, 'delegated_ca',
	    d.number, 'row', r.row, 'reason', r.reason, 'why', r.detail,
	    -- of a domain's value sha256() alone would be a cast to ours of that name
	    'sha256', encode(pg_catalog.sha256(r.csr), 'hex'), 'certificate',
	    translate(encode(r.csr, 'base64'), E'\n', ''));
	PERFORM incident_open(i, NULL);
END
$$;

REVOKE EXECUTE ON FUNCTION delegated_misissued(bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delegated_ca_obstacles(bigint),
	delegated_known(bigint, bytea[], bytea[]),
	delegated_misissued(bigint, int) TO assay_authority;
