-- What gives trust back to devices is done by the authority alone.  OCSP and
-- the CRLs follow the status log whoever wrote it; so a hold must not end by
-- what the api's role alone can bring about, which is to claim that two people
-- signed.

-- The measures that a proposal would lift.
CREATE FUNCTION given_back_measures(p proposal) RETURNS SETOF measure
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT m.* FROM measure m
	WHERE p.act = 'measure_lift' AND m.id = p.subject_id
	UNION ALL
	SELECT m.* FROM appeal_measures(p.subject_id) m
	WHERE p.act = 'appeal_decide'
	UNION ALL
	SELECT m.* FROM correction_measures(p.subject_id) m
	WHERE p.act = 'correction_confirm';
$$;

-- What a proposal would give back: since when it is taken away (a signature
-- from before counts for nothing), the addresses that its proposer may have
-- signed for, and what else the signed terms must say ('': nothing).
CREATE FUNCTION given_back(p_proposal bigint, OUT act text, OUT subject text,
    OUT since timestamptz, OUT urls text[], OUT measure text,
    OUT verdict text)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal := given_back_proposal(p_proposal);
	c certificate;
BEGIN
	act := p.act;
	subject := p.subject_number;
	measure := '';
	verdict := '';
	IF p.act = 'certificate_release' THEN
		SELECT * INTO STRICT c FROM certificate
		 WHERE issuer_id = p.subject_id >> 48
		   AND index = p.subject_id & 281474976710655;
		-- held since a time that its CA says, or that was told before
		-- a restore: what counts is when it got here
		since := greatest(c.changed, (SELECT e.at FROM status_event e
		    WHERE e.id = c.event_id));
		urls := ARRAY[
		    format('/v1/certificates/%s/release', encode(c.serial, 'hex')),
		    format('/v1/certificates/%s/release',
			encode(c.der_sha256, 'hex'))];
		RETURN;
	END IF;
	IF p.act = 'device_release' THEN
		since := device_quarantined_since(p.subject_id);
		urls := ARRAY[format('/v1/devices/%s/release', subject)];
		RETURN;
	END IF;
	SELECT max(m.effective) INTO since FROM given_back_measures(p) m;
	IF p.act = 'measure_lift' THEN
		urls := ARRAY[format('/v1/measures/%s/lift', subject)];
	ELSIF p.act = 'appeal_decide' THEN
		urls := ARRAY[format('/v1/appeals/%s/decide', subject)];
		verdict := 'upheld';
		SELECT m.number INTO STRICT measure FROM appeal a
		  JOIN measure m ON m.id = a.measure_id WHERE a.id = p.subject_id;
	ELSE
		urls := ARRAY[format('/v1/corrections/%s/confirm', subject)];
		SELECT m.number INTO STRICT measure FROM correction k
		  JOIN measure m ON m.id = k.measure_id WHERE k.id = p.subject_id;
	END IF;
END
$$;

CREATE FUNCTION given_back_proposal(p_proposal bigint) RETURNS proposal
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal;
BEGIN
	SELECT * INTO p FROM proposal WHERE id = p_proposal
	   AND state = 'approved' AND act IN ('certificate_release',
	   'device_release', 'measure_lift', 'appeal_decide',
	   'correction_confirm');
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no such approved proposal: %',
		    p_proposal
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN p;
END
$$;

-- Done, and its order with it, in the name of the person whose signature was
-- the second one.
CREATE FUNCTION give_back(p_proposal bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal := given_back_proposal(p_proposal);
	m measure;
BEGIN
	PERFORM set_config('assay.actor', (SELECT principal_id::text
	    FROM approval WHERE proposal_id = p.id AND verdict = 'approve'),
	    true);
	IF p.act = 'certificate_release' THEN
		PERFORM certificate_release(p.subject_id >> 48,
		    p.subject_id & 281474976710655);
	ELSIF p.act = 'device_release' THEN
		PERFORM device_release(p);
	ELSE
		FOR m IN SELECT * FROM given_back_measures(p) LOOP
			PERFORM measure_lift(m.id);
		END LOOP;
		IF NOT FOUND THEN
			RAISE EXCEPTION '%: there is nothing left to lift',
			    p.subject_number
			    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_STATE';
		END IF;
	END IF;
	UPDATE "order" SET state = 'done'
	 WHERE kind = p.act AND subject_id = p.id AND state = 'queued';
END
$$;

GRANT EXECUTE ON FUNCTION given_back(bigint), give_back(bigint)
	TO assay_authority;
