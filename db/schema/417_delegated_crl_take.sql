-- A delegated CA's CRL is taken over: certificates, status log, and the file that
-- the CA's certificates point at, which is the supplier's octet for octet.  A CRL
-- may only add to what is known.

-- Newer than the last one, of now, and not for too long.
CREATE FUNCTION delegated_crl_must_be_newer(d delegated_ca, c delegated_crl)
	RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	last crl;
BEGIN
	SELECT * INTO last FROM crl WHERE issuer_id = d.issuer_id;
	IF c.number <= last.number THEN
		RAISE EXCEPTION 'its number is %, and one of number % was taken '
		    'over: numbers only grow (RFC 5280 5.2.3)', c.number,
		    last.number
		    USING ERRCODE = 'AY004', DETAIL = 'CRL_NUMBER';
	END IF;
	IF c.this_update < last.this_update
	    OR c.this_update > clock_steady() + interval '5 minutes' THEN
		RAISE EXCEPTION 'its thisUpdate is %, which is before the last '
		    'one''s or in the future', json_time(c.this_update)
		    USING ERRCODE = 'AY004', DETAIL = 'CRL_TIME';
	END IF;
	IF c.next_update <= clock_steady()
	    OR c.next_update > c.this_update + interval '31 days' THEN
		RAISE EXCEPTION 'its nextUpdate is %, which is past or more '
		    'than 31 days from its thisUpdate',
		    json_time(c.next_update)
		    USING ERRCODE = 'AY004', DETAIL = 'CRL_TIME';
	END IF;
END
$$;

-- What a CRL lists, as it arrives here.  How long the array is PostgreSQL does
-- not know when it plans: whoever joins it does so by hashing (enable_nestloop),
-- or a hundred thousand entries would take an hour.
CREATE TYPE delegated_entry AS (serial bytea, reason int, since timestamptz,
	invalidity timestamptz);

-- Revoked is final, and a hold ends by two of the body: what an earlier CRL
-- listed is on this one, too, and not as a mere hold where it was more.
CREATE FUNCTION delegated_crl_must_list(d delegated_ca,
    p_entries delegated_entry[]) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
	SET enable_nestloop = off
AS $$
DECLARE
	missing bytea;
BEGIN
	SELECT r.serial INTO missing FROM delegated_revoked r
	LEFT JOIN unnest(p_entries) e ON e.serial = r.serial
	WHERE r.delegated_ca_id = d.id AND r.until IS NULL AND CASE r.reason
	    WHEN 6 THEN e.serial IS NULL AND EXISTS (SELECT FROM certificate x
		WHERE x.serial = r.serial AND x.issuer_id = d.issuer_id
		AND x.state <> 'issued')
	    ELSE e.serial IS NULL OR e.reason = 6 END
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% was on an earlier CRL, and this one takes it '
		    'back: what is revoked stays so, and a hold ends by two '
		    'people of the body', encode(missing, 'hex')
		    USING ERRCODE = 'AY004', DETAIL = 'CRL_UNREVOKES';
	END IF;
	SELECT e.serial INTO missing FROM unnest(p_entries) e
	WHERE crl_reason_name(e.reason) IS NULL
	    OR e.serial IN (SELECT serial FROM unnest(p_entries)
		GROUP BY serial HAVING count(*) > 1) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% is on it twice, or has a reason that no CRL '
		    'may give', encode(missing, 'hex')
		    USING ERRCODE = 'AY001', DETAIL = 'CRL_ENTRY';
	END IF;
	SELECT e.serial INTO missing FROM unnest(p_entries) e, issuer i
	WHERE i.id = d.issuer_id AND (e.since < i.created - interval '1 day'
	    OR e.invalidity < i.created - interval '1 day'
	    OR e.invalidity > assay_now() + interval '5 minutes') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% was revoked or became invalid before there '
		    'was this CA, or becomes so in the future',
		    encode(missing, 'hex')
		    USING ERRCODE = 'AY001', DETAIL = 'CRL_ENTRY';
	END IF;
END
$$;

-- One entry into the register.
CREATE FUNCTION delegated_crl_apply(c certificate, e delegated_entry,
    p_basis text) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF e.reason = 6 AND c.state = 'issued' THEN
		PERFORM certificate_set(c, 'held', 'on_hold', 6, e.since,
		    e.invalidity, p_basis);
	ELSIF e.reason <> 6 AND (c.state IN ('issued', 'on_hold')
	    OR (c.state = 'revoked' AND e.reason = 1 AND c.reason <> 1)) THEN
		PERFORM certificate_set(c, 'revoked', 'revoked', e.reason,
		    CASE c.state WHEN 'issued' THEN e.since ELSE c.changed END,
		    e.invalidity, p_basis);
	END IF;
END
$$;

-- What a CRL listed before it was reported: with the report's own transaction.
CREATE FUNCTION delegated_crl_catch_up(p_issuer bigint, p_first bigint,
    p_count bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x certificate;
	d delegated_ca;
	e delegated_entry;
BEGIN
	SELECT * INTO STRICT d FROM delegated_ca WHERE issuer_id = p_issuer
	FOR SHARE;
	FOR x IN SELECT c.* FROM certificate c JOIN delegated_revoked r
	    ON r.delegated_ca_id = d.id AND r.serial = c.serial
	    AND r.until IS NULL
	    WHERE c.issuer_id = p_issuer AND c.index >= p_first
	    AND c.index < p_first + p_count ORDER BY c.index LOOP
		SELECT serial, reason, since, invalidity INTO e
		FROM delegated_revoked
		WHERE delegated_ca_id = d.id AND serial = x.serial;
		PERFORM delegated_crl_apply(x, e, d.number);
	END LOOP;
END
$$;

-- Those that are new on it, or listed for another reason than before.
CREATE FUNCTION delegated_crl_new(d delegated_ca, p_entries delegated_entry[])
	RETURNS SETOF delegated_entry
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET enable_nestloop = off
AS $$
	SELECT n.* FROM unnest(p_entries) n
	LEFT JOIN delegated_revoked r ON r.delegated_ca_id = d.id
	    AND r.serial = n.serial
	WHERE r.serial IS NULL OR r.until IS NOT NULL
	    OR r.reason <> n.reason AND (r.reason = 6 OR n.reason = 1);
$$;

-- What is new on it into the register.  What was never reported writes nothing into
-- the log: a hundred thousand of them at once, which come back; of the others as
-- many as go in half a second.
CREATE FUNCTION delegated_crl_enter(d delegated_ca,
    p_entries delegated_entry[]) RETURNS bytea[]
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
	-- each is looked up by itself: of all certificates they are few
	SET enable_nestloop = on SET enable_hashjoin = off
	SET enable_mergejoin = off
AS $$
DECLARE
	e delegated_entry;
	x certificate;
	unreported bytea[];
	most CONSTANT int := 100000;
	enough timestamptz;
BEGIN
	WITH put AS (
		INSERT INTO delegated_revoked (delegated_ca_id, serial, reason,
		    since, invalidity)
		SELECT d.id, n.serial, n.reason, least(n.since, assay_now()),
		    n.invalidity
		  FROM delegated_crl_new(d, p_entries) n
		 WHERE NOT EXISTS (SELECT FROM certificate c
		    WHERE c.serial = n.serial AND c.issuer_id = d.issuer_id)
		 LIMIT most
		ON CONFLICT (delegated_ca_id, serial) DO UPDATE
		SET reason = excluded.reason, since = excluded.since,
		    invalidity = excluded.invalidity, until = NULL
		RETURNING serial)
	SELECT coalesce(array_agg(serial), '{}') INTO unreported FROM put;
	IF cardinality(unreported) = most THEN
		RETURN unreported;
	END IF;
	enough := clock_timestamp() + interval '0.5 seconds';
	FOR e IN SELECT * FROM delegated_crl_new(d, p_entries) LOOP
		SELECT * INTO STRICT x FROM certificate
		 WHERE serial = e.serial AND issuer_id = d.issuer_id FOR UPDATE;
		e.since := least(e.since, assay_now());
		INSERT INTO delegated_revoked (delegated_ca_id, serial, reason,
		    since, invalidity)
		VALUES (d.id, e.serial, e.reason, e.since, e.invalidity)
		ON CONFLICT (delegated_ca_id, serial) DO UPDATE
		SET reason = excluded.reason, since = excluded.since,
		    invalidity = excluded.invalidity, until = NULL;
		PERFORM delegated_crl_apply(x, e, d.number);
		EXIT WHEN clock_timestamp() >= enough;
	END LOOP;
	RETURN unreported;
END
$$;

-- What the body revoked or holds and the CA does not list after a day: whoever
-- reads its CRL alone would trust it.
CREATE FUNCTION delegated_crl_lacks(d delegated_ca, p_this timestamptz,
    p_entries delegated_entry[]) RETURNS bytea[]
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	SET enable_nestloop = off
AS $$
	SELECT coalesce(array_agg(c.serial), '{}') FROM certificate c
	WHERE c.issuer_id = d.issuer_id AND c.state IN ('revoked', 'on_hold')
	    AND c.changed <= p_this - interval '24 hours'
	    AND NOT EXISTS (SELECT FROM unnest(p_entries) e
		WHERE e.serial = c.serial);
$$;

-- An alarm with the first ten, if there are any.
CREATE FUNCTION delegated_crl_alarm(p_topic text, d delegated_ca,
    p_crl bigint, p_serials bytea[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	j jsonb := jsonb_build_object('crl', p_crl, 'count',
	    cardinality(p_serials), 'serials', (SELECT
	    jsonb_agg(encode(s, 'hex')) FROM unnest(p_serials[1:10]) s));
BEGIN
	IF cardinality(p_serials) > 0 THEN
		PERFORM alarm_raise('alarm.' || p_topic, d.number, j);
		PERFORM notice_add('delegated_crl.' || p_topic,
		    d.organisation_id, d.number, j);
	END IF;
END
$$;

-- What is new on it goes into the register in turns, so that nobody else waits long:
-- false while there is more.  With the last of them the CRL is published, and holds
-- that it lists no more are over.
CREATE FUNCTION delegated_crl_take(p_id bigint, p_number bigint,
    p_this timestamptz, p_next timestamptz, p_serials bytea[],
    p_reasons int[], p_since bigint[], p_invalidity bigint[]) RETURNS bool
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
	SET enable_nestloop = off
AS $$
DECLARE
	c delegated_crl;
	d delegated_ca;
	entries delegated_entry[];
BEGIN
	SELECT * INTO STRICT c FROM delegated_crl WHERE id = p_id
	   AND state = 'received' FOR UPDATE;
	SELECT * INTO STRICT d FROM delegated_ca WHERE id = c.delegated_ca_id
	   FOR NO KEY UPDATE;
	c.number := p_number;
	c.this_update := p_this;
	c.next_update := p_next;
	entries := ARRAY(SELECT (s, r, to_timestamp(w), to_timestamp(
	    nullif(i, 0)))::delegated_entry
	    FROM unnest(p_serials, p_reasons, p_since, p_invalidity)
	    AS t (s, r, w, i));
	PERFORM delegated_crl_must_be_newer(d, c);
	PERFORM delegated_crl_must_list(d, entries);
	PERFORM delegated_crl_alarm('delegated_unreported', d, p_number,
	    delegated_crl_enter(d, entries));
	IF EXISTS (SELECT FROM delegated_crl_new(d, entries)) THEN
		RETURN false;
	END IF;
	UPDATE delegated_revoked r SET until = assay_now()
	WHERE r.delegated_ca_id = d.id AND r.until IS NULL AND r.reason = 6
	    AND NOT EXISTS (SELECT FROM unnest(entries) n
		WHERE n.serial = r.serial);
	PERFORM delegated_crl_alarm('delegated_crl_lacks', d, p_number,
	    delegated_crl_lacks(d, p_this, entries));
	UPDATE delegated_crl SET state = 'superseded', effective = assay_now()
	WHERE delegated_ca_id = d.id AND state IN ('in_force', 'overdue');
	UPDATE delegated_crl SET state = 'in_force', number = p_number,
	    this_update = p_this, next_update = p_next,
	    entries = cardinality(p_serials), effective = assay_now()
	WHERE id = c.id RETURNING * INTO c;
	PERFORM crl_store(d.issuer_id, 0, p_number,
	    (SELECT last FROM status_head), p_this, p_next,
	    format('public/crl/%s/0.crl', d.issuer_id), c.der);
	PERFORM notice_add('delegated_crl.in_force', d.organisation_id,
	    d.number, delegated_crl_json(c));
	RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION delegated_crl_apply(certificate, delegated_entry,
	text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delegated_crl_catch_up(bigint, bigint, bigint),
	delegated_crl_take(bigint, bigint, timestamptz, timestamptz, bytea[],
	    int[], bigint[], bigint[])
	TO assay_authority;
