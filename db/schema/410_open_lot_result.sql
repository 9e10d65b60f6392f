-- What came of a request to an open lot: its certificate, whose CAs are needed
-- with it, and what a renewal ends.

-- What came of it, for who asked: they know the row and its key.
CREATE FUNCTION enrol_result(p_lot text, p_row int, p_spki bytea)
	RETURNS TABLE (state text, reason text, detail text, certificate bytea,
	    issuer bytea)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT CASE WHEN r.state = 'received' AND l.state IN
	    ('rejected', 'issued') THEN 'refused' ELSE r.state END,
	    coalesce(r.reason, 'LOT_CLOSED'), coalesce(r.detail, l.reason),
	    certificate_der(c), i.cert_der
	FROM lot l JOIN lot_row r ON r.lot_id = l.id AND r.row = p_row
	JOIN enrolment n ON n.lot_id = l.id AND n.row = p_row
	    AND n.spki_sha256 = p_spki
	LEFT JOIN certificate c ON r.state = 'issued'
	    AND c.issuer_id = r.issuer_id AND c.index = r.index
	LEFT JOIN issuer i ON i.id = c.issuer_id
	WHERE l.number = p_lot AND l.kind = 'open';
END
$$;

-- The same of several that wait: of those that something came of.  Each is looked
-- up by itself: the tables are larger than any plan that was made for them knew.
-- To plan it for each number of rows anew takes six times as long as it does.
CREATE FUNCTION enrol_results(p_lot text, p_rows int[], p_spkis bytea[])
	RETURNS TABLE ("row" int, state text, reason text, detail text,
	    certificate bytea)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT r.row, r.state::text, r.reason, r.detail, c.der
	FROM (SELECT id FROM lot WHERE number = p_lot AND kind = 'open') l
	CROSS JOIN unnest(p_rows, p_spkis) AS u ("row", spki)
	CROSS JOIN LATERAL (SELECT x.* FROM lot_row x
	    WHERE x.lot_id = l.id AND x.row = u.row LIMIT 1) r
	CROSS JOIN LATERAL (SELECT x.spki_sha256 FROM enrolment x
	    WHERE x.lot_id = l.id AND x.row = u.row LIMIT 1) n
	LEFT JOIN LATERAL (SELECT CASE WHEN x.template_id IS NULL THEN x.der
		ELSE certificate_der(x) END AS der FROM certificate x
	    WHERE x.issuer_id = r.issuer_id AND x.index = r.index
	    LIMIT 1) c ON true
	WHERE r.state IN ('issued', 'refused') AND n.spki_sha256 = u.spki;
END
$$;

-- The CA certificates that whoever enrols in a lot needs: that of its issuing
-- CA, the roots of today and what links them (RFC 7030 section 4.1.3); and what
-- kind of device it is for.  The roots alone where no lot is named.
CREATE FUNCTION enrol_cas(p_lot text)
	RETURNS TABLE (kind text, certificate bytea)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_organisation bigint;
BEGIN
	SELECT m.kind, l.organisation_id INTO kind, v_organisation
	FROM lot l JOIN model m ON m.id = l.model_id
	WHERE l.number = p_lot AND l.kind = 'open';
	IF NOT FOUND AND p_lot <> '' THEN
		RETURN;
	END IF;
	FOR certificate IN SELECT i.cert_der FROM issuer i
	    WHERE i.state = 'active' AND i.role = kind AND NOT i.delegated
	    AND i.organisation_id = v_organisation
	    UNION ALL (SELECT r.certificate FROM root_certificates() r) LOOP
		kind := coalesce(kind, '');
		RETURN NEXT;
	END LOOP;
END
$$;

-- ---- renewed, by the authority

-- The row's new certificate is stored: those that the device had before are
-- superseded, now or when it says that it has the new one.  The one that it renews
-- is looked at once more, under lock: who revokes it or stops the device comes before
-- this, which then makes nothing, or after it, and finds it superseded.
CREATE FUNCTION enrol_renewed(p_lot bigint, p_row int) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	made certificate;
	c certificate;
	n enrolment;
BEGIN
	SELECT * INTO STRICT n FROM enrolment
	WHERE lot_id = p_lot AND row = p_row;
	SELECT k.* INTO STRICT made FROM lot_row r JOIN certificate k
	    ON k.issuer_id = r.issuer_id AND k.index = r.index
	WHERE r.lot_id = p_lot AND r.row = p_row;
	PERFORM device_certificates_lock(made.device_id);
	IF NOT EXISTS (SELECT FROM certificate k
	    JOIN device d ON d.id = k.device_id, certificate_status(k) s
	    WHERE k.issuer_id = n.renews_issuer
	    AND k.index = n.renews_index AND s.state = 'issued'
	    AND d.id = made.device_id
	    AND d.state IN ('accredited', 'in_service')) THEN
		RAISE EXCEPTION 'what row % renews is not good any more', p_row
		    USING ERRCODE = 'AY004', DETAIL = 'DEVICE_NOT_GOOD';
	END IF;
	-- it has what it asked with; what it asked for before, with that, and did
	-- not confirm, is not to be
	PERFORM device_renewal_accept(k) FROM certificate k
	WHERE issuer_id = n.renews_issuer AND index = n.renews_index;
	FOR c IN SELECT k.* FROM device_renewal r JOIN certificate k
	    USING (issuer_id, index) WHERE r.accepted IS NULL
	    AND r.old_issuer = n.renews_issuer
	    AND r.old_index = n.renews_index LOOP
		PERFORM device_renewal_drop(c);
	END LOOP;
	IF n.confirms IS NOT TRUE THEN
		FOR c IN SELECT * FROM certificate
		    WHERE device_id = made.device_id
		    AND (issuer_id, index) <> (made.issuer_id, made.index)
		    AND state IN ('issued', 'on_hold')
		    ORDER BY issuer_id, index FOR UPDATE LOOP
			PERFORM certificate_end(c, crl_reason('superseded'));
		END LOOP;
		RETURN;
	END IF;
	INSERT INTO device_renewal (issuer_id, index, old_issuer, old_index,
	    until)
	VALUES (made.issuer_id, made.index, n.renews_issuer, n.renews_index,
	    assay_now() + interval '1 hour');
END
$$;

REVOKE EXECUTE ON FUNCTION lot_end(lot, text, timestamptz), lot_takes(text),
	lot_stop_open(bigint, text, bigint),
	enrol_add(bigint, enrolment, text[], bytea[], bytea[], text[], text[]),
	enrol_row(lot, enrolment, bytea, text, text),
	enrol_renewed(bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lot_open(text, text, int, timestamptz, bool, bytea[],
	text, text), lot_close(text),
	enrol_by_supplier(bigint, text, text, bytea, bytea, text, text, bytea,
	    int),
	enrol_by_secret(text, text, bytea, bytea, bytea, text, text, bytea,
	    int),
	enrol_by_device(text, bytea, bytea, bytea, bytea, int, bool),
	enrol_together(bytea, text, text[], bytea[], bytea[], text[], text[],
	    int), enrol_call(),
	enrol_result(text, int, bytea), enrol_results(text, int[], bytea[]),
	enrol_cas(text), enrol_keep() TO assay_api;
GRANT EXECUTE ON FUNCTION enrol_renewed(bigint, int), lot_enrolled(lot),
	lot_stop_open(bigint, text, bigint) TO assay_authority;
