-- What TrEs say of themselves: policy/tamper-report.md.  The api has verified
-- the signature with the key of the certificate that it found here; that the
-- report is new, and of now, is judged here.

CREATE TABLE tamper_report (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	incident_id bigint NOT NULL REFERENCES incident,
	device_id bigint NOT NULL REFERENCES device,
	seq bigint NOT NULL CHECK (seq BETWEEN 1 AND 9007199254740991),
	signed_at timestamptz NOT NULL,
	what text NOT NULL CHECK (length(what) BETWEEN 1 AND 32),
	detail text CHECK (length(detail) <= 500),
	jws text NOT NULL CHECK (length(jws) <= 8192),
	jws_sha256 sha256 NOT NULL UNIQUE,
	received timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (device_id, seq)
);
CREATE INDEX tamper_report_incident ON tamper_report (incident_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON tamper_report
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION tamper_report_json(r tamper_report) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('seq', r.seq,
	    'signed_at', json_time(r.signed_at),
	    'received', json_time(r.received), 'what', r.what,
	    'detail', r.detail, 'jws', r.jws));
$$;

-- The certificate that a report names, if it is a TrE's; no row: it is none.
CREATE FUNCTION tamper_report_signer(p_sha256 bytea) RETURNS SETOF bytea
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT certificate_der(c) FROM certificate c
	 WHERE c.der_sha256 = p_sha256 AND c.profile = 'tre';
$$;

-- Its number grows with each report of this TrE, and it is of today.
CREATE FUNCTION tamper_report_must_be_new(d device, p_seq bigint,
    p_signed_at timestamptz) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	last bigint := (SELECT max(seq) FROM tamper_report
	    WHERE device_id = d.id);
BEGIN
	IF p_seq <= last THEN
		RAISE EXCEPTION 'seq: % has reported with % already: the next '
		    'report has a greater one', d.device_id, last
		    USING ERRCODE = 'AY004', DETAIL = 'TAMPER_REPLAYED';
	END IF;
	IF p_signed_at < assay_now() - interval '24 hours' OR
	    p_signed_at > assay_now() + interval '5 minutes' THEN
		RAISE EXCEPTION 'iat: the report was signed at another time: '
		    'at most 24 hours ago, and 5 minutes ahead'
		    USING ERRCODE = 'AY002', DETAIL = 'TAMPER_TIME';
	END IF;
	IF d.state = 'retired' THEN
		RAISE EXCEPTION '% is retired', d.device_id
		    USING ERRCODE = 'AY004', DETAIL = 'DEVICE_RETIRED';
	END IF;
END
$$;

-- While its incident is open, whatever it says further belongs to that.
CREATE FUNCTION tamper_report_incident(d device) RETURNS incident
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	i incident;
BEGIN
	SELECT i0.* INTO i FROM incident i0
	  JOIN incident_device x ON x.incident_id = i0.id
	 WHERE x.device_id = d.id AND i0.kind = 'tamper_report'
	   AND i0.source = 'device'
	   AND i0.state IN ('received', 'triaged', 'confirmed')
	 ORDER BY i0.id DESC LIMIT 1;
	IF NOT FOUND THEN
		i.kind := 'tamper_report';
		i.source := 'device';
		i.severity := 'critical';
		i.detail := '{}';
		i := incident_open(i, ARRAY[d.id]);
	END IF;
	RETURN i;
END
$$;

-- Whoever brought it: the signature is the TrE's.  That its certificate is
-- revoked or held does not silence it; that it is retired does.
CREATE FUNCTION tamper_report_add(p_certificate bytea, p_seq bigint,
    p_signed_at timestamptz, p_what text, p_detail text, p_jws text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
	i incident;
BEGIN
	SELECT d0.* INTO d FROM certificate c
	  JOIN device d0 ON d0.id = c.device_id
	 WHERE c.der_sha256 = p_certificate AND c.profile = 'tre'
	   FOR UPDATE OF d0;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the report names no TrE of the register'
		    USING ERRCODE = 'AY002', DETAIL = 'TAMPER_SIGNER';
	END IF;
	PERFORM tamper_report_must_be_new(d, p_seq, p_signed_at);
	i := tamper_report_incident(d);
	INSERT INTO tamper_report (incident_id, device_id, seq, signed_at,
	    what, detail, jws, jws_sha256)
	VALUES (i.id, d.id, p_seq, p_signed_at, p_what, p_detail, p_jws,
	    sha256(convert_to(p_jws, 'UTF8')));
	IF d.state IN ('accredited', 'in_service') THEN
		PERFORM device_set(d, 'quarantined', i.number);
		d.state := 'quarantined';
	END IF;
	RETURN jsonb_build_object('incident', i.number,
	    'device', d.kind || '/' || d.device_id, 'state', d.state);
END
$$;

GRANT EXECUTE ON FUNCTION tamper_report_signer(bytea),
	tamper_report_add(bytea, bigint, timestamptz, text, text, text)
	TO assay_api;
