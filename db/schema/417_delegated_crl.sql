-- CRLs of delegated CAs: how their revocations become ours.
--
-- The supplier hands one over; the authority reads it
-- (ca/authority/delegated_crl.c) and takes it over
-- (417_delegated_crl_take.sql).

INSERT INTO rate (name, per, most, what) VALUES
	('principal_crls', '1 hour', 120, 'CRLs that one person hands over'),
	('ca_crl_megabytes', '1 day', 2048,
	    'megabytes of CRLs of one delegated CA');

CREATE FUNCTION delegated_crl_json(c delegated_crl) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object(
	    'sha256', encode(c.sha256, 'hex'), 'state', c.state,
	    'reason', c.reason, 'number', c.number, 'entries', c.entries,
	    'this_update', json_time(c.this_update),
	    'next_update', json_time(c.next_update),
	    'created', json_time(c.created)));
$$;

-- The last ten of a CA, newest first.
CREATE FUNCTION delegated_crls(p_ca bigint) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(delegated_crl_json(c) ORDER BY c.id DESC),
	    '[]')
	FROM (SELECT * FROM delegated_crl WHERE delegated_ca_id = p_ca
	    ORDER BY id DESC LIMIT 10) c;
$$;

CREATE FUNCTION owner_of_delegated_crl(p_id bigint) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT d.organisation_id FROM delegated_crl c
	    JOIN delegated_ca d ON d.id = c.delegated_ca_id WHERE c.id = p_id);
END
$$;

-- All that is handed over is kept, what is refused, too.
CREATE FUNCTION delegated_crl_fits(d delegated_ca, p_der bytea) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	r rate;
	used bigint;
	first timestamptz;
BEGIN
	SELECT * INTO STRICT r FROM rate WHERE name = 'ca_crl_megabytes';
	SELECT coalesce(sum(octet_length(der)), 0), min(created)
	INTO used, first FROM delegated_crl
	WHERE delegated_ca_id = d.id AND created > assay_now() - r.per;
	IF used + octet_length(p_der) > r.most << 20 THEN
		PERFORM rate_refuse(r, used >> 20, first);
	END IF;
END
$$;

-- The same octets again are the same CRL; what was refused may come again.
CREATE FUNCTION delegated_crl_add(p_number text, p_der bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier');
	d delegated_ca := delegated_ca_take(p_number);
	c delegated_crl;
	v_since timestamptz := rate_since('principal_crls');
BEGIN
	PERFORM actor_must_own(d.organisation_id);
	PERFORM delegated_ca_must_be(d, 'active', 'expired', 'withdrawn');
	IF d.issuer_id IS NULL THEN
		RAISE EXCEPTION '% was withdrawn before it was certified',
		    d.number
		    USING ERRCODE = 'AY004', DETAIL = 'DELEGATED_CA_STATE';
	END IF;
	SELECT * INTO c FROM delegated_crl WHERE delegated_ca_id = d.id
	   AND sha256 = pg_catalog.sha256(p_der) AND state <> 'refused';
	IF FOUND THEN
		RETURN delegated_crl_json(c);
	END IF;
	PERFORM rate_must('principal_crls', count(*), min(created))
	FROM delegated_crl WHERE submitted_by = who.id
	    AND created > v_since;
	PERFORM delegated_crl_fits(d, p_der);
	INSERT INTO delegated_crl (delegated_ca_id, der, sha256, submitted_by)
	VALUES (d.id, p_der, pg_catalog.sha256(p_der), who.id) RETURNING * INTO c;
	PERFORM pg_notify('authority', 'crl');
	RETURN delegated_crl_json(c);
END
$$;

-- ---- judged, by the authority

-- The oldest that waits, of the CA whose turn was longest ago: however many and long
-- ones one supplier hands over, another's waits for one of them.
CREATE FUNCTION delegated_crl_next()
	RETURNS TABLE (id bigint, ca text, issuer_id bigint, der bytea)
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT c.id, d.number, d.issuer_id, c.der
	FROM delegated_crl c JOIN delegated_ca d ON d.id = c.delegated_ca_id
	WHERE c.state = 'received' ORDER BY (SELECT max(x.effective)
	    FROM delegated_crl x WHERE x.delegated_ca_id = c.delegated_ca_id
	    AND x.state <> 'received') NULLS FIRST, c.id LIMIT 1
	FOR NO KEY UPDATE OF d SKIP LOCKED;
$$;

CREATE FUNCTION delegated_crl_refuse(p_id bigint, p_reason text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c delegated_crl;
	d delegated_ca;
BEGIN
	UPDATE delegated_crl SET state = 'refused', reason = p_reason,
	    effective = assay_now()
	WHERE id = p_id AND state = 'received' RETURNING * INTO STRICT c;
	SELECT * INTO STRICT d FROM delegated_ca WHERE id = c.delegated_ca_id;
	PERFORM notice_add('delegated_crl.refused', d.organisation_id,
	    d.number, delegated_crl_json(c));
	PERFORM alarm_raise('alarm.delegated_crl_refused', d.number,
	    delegated_crl_json(c));
END
$$;

-- While it is overdue no status of that CA's certificates is fresh (STATUS_STALE).
CREATE FUNCTION delegated_crl_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM standing_tell('ca.' || CASE NEW.state WHEN 'overdue'
	    THEN 'overdue' ELSE 'released' END, 'issuer', d.issuer_id,
	    issuer_name(d.issuer_id), jsonb_build_object('role', d.role))
	FROM delegated_ca d WHERE d.id = NEW.delegated_ca_id;
	RETURN NULL;
END
$$;
CREATE TRIGGER delegated_crl_told AFTER UPDATE OF state ON delegated_crl
	FOR EACH ROW WHEN (NEW.state <> OLD.state
	    AND 'overdue' IN (OLD.state, NEW.state))
	EXECUTE FUNCTION delegated_crl_told();

-- ---- by the clock

CREATE FUNCTION clock_delegated_crl(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c delegated_crl;
	d delegated_ca;
	n int := 0;
BEGIN
	FOR c IN SELECT * FROM delegated_crl WHERE state = 'in_force'
	    AND next_update <= p_now ORDER BY id FOR UPDATE LOOP
		UPDATE delegated_crl SET state = 'overdue',
		    effective = next_update WHERE id = c.id RETURNING * INTO c;
		SELECT * INTO STRICT d FROM delegated_ca
		WHERE id = c.delegated_ca_id;
		PERFORM notice_add('delegated_crl.overdue', d.organisation_id,
		    d.number, delegated_crl_json(c));
		PERFORM alarm_raise('alarm.delegated_crl_overdue', d.number,
		    delegated_crl_json(c), c.id::text);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (437, 'delegated_crl',
    'a delegated CA whose CRL is overdue: body, supplier and operators hear of it');

REVOKE EXECUTE ON FUNCTION delegated_crl_fits(delegated_ca, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delegated_crl_add(text, bytea) TO assay_api;
GRANT EXECUTE ON FUNCTION delegated_crl_next(),
	delegated_crl_refuse(bigint, text) TO assay_authority;
