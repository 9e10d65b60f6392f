-- Open lots: devices that ask one at a time, by EST or CMP.
--
-- A supplier signs beforehand what may come: so many devices of that model from
-- that site, until then.  Each request becomes a row of the lot, and a row is
-- checked, issued and counted as a manifest's is.  The authority believes the
-- supplier's signature on the header and the request's own on its key; who
-- brought the request is between the device, its supplier and the api.

-- One-time secrets of the lot: SHA-256 of "DEVICE:SECRET", as HTTP Basic
-- (RFC 7617) writes the two.  row: the one that it was good for.
CREATE TABLE enrolment_secret (
	lot_id bigint NOT NULL REFERENCES lot,
	secret_sha256 sha256 NOT NULL,
	row int,
	PRIMARY KEY (lot_id, secret_sha256)
);
CREATE INDEX enrolment_secret_hash ON enrolment_secret (secret_sha256);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON enrolment_secret
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What the register remembers of a row of an open lot beside the row.
CREATE TABLE enrolment (
	lot_id bigint NOT NULL,
	row int NOT NULL,
	device_id text NOT NULL,
	spki_sha256 sha256 NOT NULL, -- as the api read it; never believed
	-- who asked: a person, or one with a secret, or the device itself
	principal_id bigint,
	secret_sha256 sha256,
	-- or a factory's certificate, by CMP
	factory_sha256 sha256,
	-- of a renewal: the certificate with which the device asked
	renews_issuer bigint,
	renews_index bigint,
	confirms bool, -- likewise: it says first that it has what came (CMP)
	proof row_line,
	nth bigint, -- of the principal's requests, for its rate (405)
	bell smallint, -- of the api process that waits (base/bell.h), or none
	created timestamptz NOT NULL DEFAULT assay_now(),
	PRIMARY KEY (lot_id, row), -- of a lot_row; enrol_add() makes both
	FOREIGN KEY (renews_issuer, renews_index)
	    REFERENCES certificate (issuer_id, index),
	CHECK (num_nonnulls(principal_id, secret_sha256, factory_sha256,
	    renews_issuer) = 1),
	CHECK ((renews_issuer IS NULL) = (renews_index IS NULL))
);
CREATE INDEX enrolment_device ON enrolment (lot_id, device_id, row DESC);
CREATE INDEX enrolment_lot ON enrolment (lot_id, created);
CREATE INDEX enrolment_principal ON enrolment (principal_id, created, nth)
	WHERE principal_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON enrolment
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT SELECT ON enrolment TO assay_authority;

-- ---- open, close

-- The header came signed by the caller's own key, and its secrets with it.
CREATE FUNCTION lot_open(p_model text, p_site text, p_count int,
    p_until timestamptz, p_renewal bool, p_secrets bytea[], p_reference text,
    p_header_jws text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	g record := lot_ground(p_model, p_site);
	digest bytea := pg_catalog.sha256(convert_to(p_header_jws, 'UTF8'));
	found jsonb := lot_sent_before(g.organisation_id, g.model_id, digest);
	l lot;
BEGIN
	IF found IS NOT NULL THEN
		RETURN found;
	END IF;
	IF p_until <= assay_now() OR p_until > assay_now() + interval '366 days'
	THEN
		RAISE EXCEPTION 'until: an open lot ends in the future, within '
		    'a year: % does not', json_time(p_until)
		    USING ERRCODE = 'AY001', DETAIL = 'LOT_UNTIL';
	END IF;
	PERFORM lot_needs_coc(p_model, g.coc_id);
	PERFORM rate_lot(g.coc_id, 0);
	INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id,
	    kind, reference, count, until, renewal, header_jws, rows_sha256,
	    submitted_by)
	VALUES (next_number('LOT'), g.organisation_id, g.model_id, g.site_id,
	    g.coc_id, 'open', p_reference, p_count, p_until, p_renewal,
	    p_header_jws, digest, actor_id())
	RETURNING * INTO l;
	INSERT INTO enrolment_count (lot_id) VALUES (l.id);
	INSERT INTO enrolment_secret (lot_id, secret_sha256)
	SELECT DISTINCT l.id, s FROM unnest(p_secrets) s;
	PERFORM pg_notify('authority', 'lot');
	RETURN jsonb_build_object('id', l.id, 'number', l.number,
	    'existing', false);
END
$$;

-- It is over: what waits in it is refused, what was issued stays.
CREATE FUNCTION lot_end(l lot, p_why text, p_at timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	enrolled int;
BEGIN
	-- nobody adds a row any more, or is seen to have added it
	SELECT n INTO enrolled FROM enrolment_count WHERE lot_id = l.id
	    FOR UPDATE;
	UPDATE lot_row SET state = 'refused', reason = 'LOT_CLOSED',
	    detail = p_why WHERE lot_id = l.id AND row > l.checked
	    AND state = 'received';
	UPDATE lot SET state = 'issued', reason = p_why, finished = p_at,
	    checked = enrolled, refused = enrolled - issued - renewed
	WHERE id = l.id;
	PERFORM notice_add('lot.closed', l.organisation_id, l.number,
	    jsonb_build_object('reason', p_why, 'issued', l.issued,
	    'renewed', l.renewed));
END
$$;

-- It may not be issued, as the authority found on that footing (418): what waits is
-- refused, and until that has moved nobody else is let in.  It is not over: its right
-- is judged anew for who comes then.
CREATE FUNCTION lot_stop_open(p_lot bigint, p_why text, p_footing bigint)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	n int;
BEGIN
	SELECT * INTO STRICT l FROM lot
	WHERE id = p_lot AND state = 'open' FOR NO KEY UPDATE;
	UPDATE lot_row SET state = 'refused', reason = 'LOT_STOPPED',
	    detail = p_why
	WHERE lot_id = l.id AND row > l.checked AND state = 'received';
	GET DIAGNOSTICS n = ROW_COUNT;
	UPDATE lot SET refused = refused + n, reason = p_why,
	    stopped_on = p_footing WHERE id = l.id;
	IF l.stopped_on IS NULL THEN
		PERFORM notice_add('lot.stopped', l.organisation_id, l.number,
		    jsonb_build_object('reason', p_why));
	END IF;
END
$$;

-- By its supplier or the body.
CREATE FUNCTION lot_close(p_number text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
BEGIN
	PERFORM actor_must('supplier', 'officer', 'security');
	SELECT * INTO l FROM lot WHERE id = (lot_get(p_number)).id
	    FOR NO KEY UPDATE;
	IF l.state <> 'open' THEN
		RAISE EXCEPTION '% is not open: it is %', l.number, l.state
		    USING ERRCODE = 'AY004', DETAIL = 'LOT_STATE';
	END IF;
	PERFORM lot_end(l, 'closed by ' || (actor()).handle, assay_now());
	RETURN lot_one(p_number);
END
$$;

CREATE INDEX lot_until ON lot (until) WHERE state = 'open';
CREATE INDEX lot_renewal ON lot (model_id, id)
	WHERE state = 'open' AND renewal;
CREATE FUNCTION clock_lot(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
	n int := 0;
BEGIN
	FOR l IN SELECT * FROM lot WHERE state = 'open' AND until <= p_now
	    ORDER BY id FOR NO KEY UPDATE LOOP
		PERFORM lot_end(l, 'its time is over', l.until);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (430, 'lot', 'an open lot is closed when its time is over');
