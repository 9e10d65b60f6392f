-- When a root that is offline is needed again: what it has signed ends, or a
-- certificate of it is revoked.

-- What ends: the CRL of a root that is offline, and its OCSP signers.
CREATE FUNCTION root_ends() RETURNS TABLE (what text, ends timestamptz)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT e.what || CASE i.state WHEN 'active' THEN ''
	    ELSE ' of root ' || i.id END, e.ends
	  FROM issuer i CROSS JOIN LATERAL (
		SELECT 'CRL' AS what, c.next_update AS ends FROM crl c
		 WHERE c.issuer_id = i.id AND c.shard = 0
		UNION ALL
		SELECT 'OCSP signer ' || k.name, max(d.not_after)
		  FROM delegated_certificate d
		  JOIN delegated_key k ON k.id = d.key_id AND k.state = 'active'
		 WHERE d.issuer_id = i.id
		 GROUP BY k.name) e
	 WHERE root_answers(i);
END
$$;

-- 30 and 7 days before, and when it is over: each once.
CREATE FUNCTION root_reminders()
	RETURNS TABLE (what text, ends timestamptz, topic text,
	    at timestamptz)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT e.what, e.ends, d.topic, e.ends - make_interval(days => d.days)
	  FROM root_ends() e, (VALUES (30, 'alarm.root_30_days'),
	      (7, 'alarm.root_7_days'), (0, 'alarm.root_over')) d (days, topic)
	 WHERE NOT EXISTS (SELECT FROM notice n WHERE n.topic = d.topic
	    AND n.subject = e.what AND n.once = json_time(e.ends));
END
$$;
CREATE FUNCTION clock_root(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r record;
	n int := 0;
BEGIN
	FOR r IN SELECT * FROM root_reminders() WHERE at <= p_now LOOP
		PERFORM alarm_raise(r.topic, r.what, jsonb_build_object(
		    'ends', json_time(r.ends), 'to_do',
		    'hold a ceremony: assay ca requests'), json_time(r.ends));
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (360, 'root', 'the CRL of a root that is offline, or its OCSP signer, '
	'ends in 30 days, in 7, now: a ceremony is needed');

-- A CA's certificate is revoked: every decision knows at once; the CRL comes by
-- the next ceremony, and the body hears of that.
CREATE FUNCTION root_revokes() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM issuer WHERE id = NEW.issuer_id AND offline) THEN
		PERFORM alarm_raise('alarm.root_crl_behind',
		    encode(NEW.serial, 'hex'), jsonb_build_object('state',
		    NEW.state, 'to_do', 'hold a ceremony: assay ca requests'));
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER root_revokes AFTER UPDATE OF state ON certificate
	FOR EACH ROW WHEN (NEW.lot_id IS NULL
	    AND (NEW.state, NEW.reason) IS DISTINCT FROM (OLD.state, OLD.reason))
	EXECUTE FUNCTION root_revokes();

REVOKE EXECUTE ON FUNCTION root_ends(), root_reminders(),
	clock_root(timestamptz), root_revokes() FROM PUBLIC;
