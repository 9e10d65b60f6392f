-- What gives trust back to devices is done by the authority alone.  OCSP and
-- the CRLs follow the status log whoever wrote it; so a hold must not end by
-- what the api's role alone can bring about, which is to claim that two people
-- signed.

-- What a proposal would give back: since when it is taken away (a signature
-- from before counts for nothing), and the addresses that its proposer may
-- have signed for.
CREATE FUNCTION given_back(p_proposal bigint, OUT act text, OUT subject text,
    OUT since timestamptz, OUT urls text[])
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal;
	c certificate;
BEGIN
	SELECT * INTO p FROM proposal WHERE id = p_proposal
	   AND state = 'approved'
	   AND proposal.act IN ('certificate_release', 'measure_lift',
	    'device_release');
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no such approved proposal: %',
		    p_proposal
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	act := p.act;
	subject := p.subject_number;
	IF p.act = 'measure_lift' THEN
		SELECT effective, ARRAY[format('/v1/measures/%s/lift', number)]
		  INTO STRICT since, urls
		  FROM measure WHERE id = p.subject_id;
	ELSIF p.act = 'device_release' THEN
		since := device_quarantined_since(p.subject_id);
		urls := ARRAY[format('/v1/devices/%s/release',
		    p.subject_number)];
	ELSE
		SELECT * INTO STRICT c FROM certificate
		 WHERE issuer_id = p.subject_id >> 48
		   AND index = p.subject_id & 281474976710655;
		since := c.changed;
		urls := ARRAY[
		    format('/v1/certificates/%s/release', encode(c.serial, 'hex')),
		    format('/v1/certificates/%s/release',
			encode(c.der_sha256, 'hex'))];
	END IF;
END
$$;

-- Done, and its order with it, in the name of the person whose signature was
-- the second one.
CREATE FUNCTION give_back(p_proposal bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal;
BEGIN
	SELECT * INTO p FROM proposal WHERE id = p_proposal
	   AND state = 'approved'
	   AND act IN ('certificate_release', 'measure_lift',
	    'device_release');
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no such approved proposal: %',
		    p_proposal
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	PERFORM set_config('assay.actor', (SELECT principal_id::text
	    FROM approval WHERE proposal_id = p.id AND verdict = 'approve'),
	    true);
	IF p.act = 'measure_lift' THEN
		PERFORM measure_lift(p);
	ELSIF p.act = 'device_release' THEN
		PERFORM device_release(p);
	ELSE
		PERFORM certificate_release(p.subject_id >> 48,
		    p.subject_id & 281474976710655);
	END IF;
	UPDATE "order" SET state = 'done'
	 WHERE kind = p.act AND subject_id = p.id AND state = 'queued';
END
$$;

GRANT EXECUTE ON FUNCTION given_back(bigint), give_back(bigint)
	TO assay_authority;
