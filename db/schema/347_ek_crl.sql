-- CRLs of those who make TPMs: which endorsement keys they take back.  A supplier
-- or a security officer brings one, signed; the api has verified that it is by an
-- issuer below a root that is in force.  From then on it holds for every model of
-- every supplier, since its issuer has said it and nobody else.
--
-- What a maker has taken back once stays taken back, also when a later CRL lists
-- it no more (RFC 5280 5: entries may go when the certificate has ended); but for
-- a hold, which is over when the next CRL does not have it.

CREATE TABLE ek_crl (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	root_id bigint NOT NULL REFERENCES reference, -- below which it came
	issuer_sha256 sha256 NOT NULL, -- of its SubjectPublicKeyInfo
	crl_number bytea NOT NULL CHECK (octet_length(crl_number) = 20),
	this_update timestamptz NOT NULL,
	next_update timestamptz NOT NULL CHECK (next_update > this_update),
	entries int NOT NULL,
	content bytea NOT NULL CHECK (octet_length(content) <= 655360),
	sha256 sha256 NOT NULL,
	submitted_by bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL REFERENCES statement,
	state text NOT NULL DEFAULT 'in_force',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX ek_crl_newest ON ek_crl (issuer_sha256)
	WHERE state <> 'superseded';
CREATE INDEX ek_crl_due ON ek_crl (next_update) WHERE state = 'in_force';
CREATE INDEX ek_crl_state ON ek_crl (state, id);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON ek_crl
	FOR EACH ROW EXECUTE FUNCTION state_guard('ek_crl');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON ek_crl
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE ek_revocation (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	issuer_sha256 sha256 NOT NULL,
	serial bytea NOT NULL CHECK (octet_length(serial) <= 20),
	reason int NOT NULL, -- RFC 5280 5.3.1
	since timestamptz NOT NULL,
	crl_id bigint NOT NULL REFERENCES ek_crl,
	ended_by bigint REFERENCES ek_crl -- of a hold, or the maker said worse of it
);
CREATE UNIQUE INDEX ek_revocation_serial ON ek_revocation
	(issuer_sha256, serial) WHERE ended_by IS NULL;
CREATE INDEX ek_revocation_held ON ek_revocation (issuer_sha256)
	WHERE ended_by IS NULL AND reason = 6;
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON ek_revocation
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Each ends once; nothing else of what was said changes.
CREATE FUNCTION ek_crl_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF to_jsonb(OLD) - TG_ARGV::text[] IS DISTINCT FROM
	    to_jsonb(NEW) - TG_ARGV::text[] OR coalesce(
	    to_jsonb(OLD) -> 'ended_by', 'null') <> 'null' THEN
		RAISE EXCEPTION 'what a CRL has said does not change'
		    USING ERRCODE = 'AY002', DETAIL = 'EK_CRL_FIXED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER ek_crl_is_fixed BEFORE UPDATE ON ek_crl
	FOR EACH ROW EXECUTE FUNCTION ek_crl_is_fixed('state', 'effective');
CREATE TRIGGER ek_crl_is_fixed BEFORE UPDATE ON ek_revocation
	FOR EACH ROW EXECUTE FUNCTION ek_crl_is_fixed('ended_by');

CREATE FUNCTION owner_of_ek_crl(p_id bigint) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT owner_of_reference(root_id) FROM ek_crl
	    WHERE id = p_id);
END
$$;

CREATE FUNCTION ek_crl_json(c ek_crl) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', c.number, 'root', r.number,
	    'model', m.handle,
	    'issuer_sha256', encode(c.issuer_sha256, 'hex'),
	    'crl_number', encode(c.crl_number, 'hex'),
	    'this_update', json_time(c.this_update),
	    'next_update', json_time(c.next_update),
	    'entries', c.entries, 'sha256', encode(c.sha256, 'hex'),
	    'submitted_by', p.handle, 'state', c.state,
	    'effective', json_time(c.effective),
	    'created', json_time(c.created))
	  FROM reference r, model m, principal p
	 WHERE r.id = c.root_id AND m.id = r.model_id
	   AND p.id = c.submitted_by;
$$;

CREATE FUNCTION ek_crl_whole_json(c ek_crl) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT ek_crl_json(c) || jsonb_build_object(
	    'crl', translate(encode(c.content, 'base64'), E'\n', ''),
	    'history', history_json('ek_crl', c.id));
$$;

-- ---- is a certificate of a TPM's good?

-- Of each in its path: {"issuer", "serial", "has_crl"}.  A maker that says that
-- it publishes a CRL is asked for it.
CREATE FUNCTION ek_must_be_good(p_links jsonb) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l record;
	r ek_revocation;
	c ek_crl;
BEGIN
	FOR l IN SELECT decode(x ->> 'issuer', 'hex') AS issuer,
	    decode(x ->> 'serial', 'hex') AS serial, x ->> 'serial' AS hex,
	    (x ->> 'has_crl')::bool AS has_crl
	    FROM jsonb_array_elements(p_links) x LOOP
		SELECT * INTO r FROM ek_revocation
		 WHERE issuer_sha256 = l.issuer AND serial = l.serial
		   AND ended_by IS NULL;
		IF FOUND THEN
			RAISE EXCEPTION 'ek_chain: the TPM''s maker has taken '
			    'certificate % back (%)', l.hex,
			    crl_reason_name(r.reason)
			    USING ERRCODE = 'AY002', DETAIL = 'EK_REVOKED';
		END IF;
		SELECT * INTO c FROM ek_crl
		 WHERE issuer_sha256 = l.issuer AND state <> 'superseded';
		IF NOT FOUND AND l.has_crl THEN
			RAISE EXCEPTION 'ek_chain: certificate % says that its '
			    'issuer publishes a CRL: bring that first', l.hex
			    USING ERRCODE = 'AY002', DETAIL = 'EK_CRL_ABSENT';
		ELSIF c.next_update <= assay_now() THEN
			RAISE EXCEPTION 'ek_chain: the CRL that tells of '
			    'certificate % is over since %: bring the one of '
			    'now', l.hex, json_time(c.next_update)
			    USING ERRCODE = 'AY002', DETAIL = 'EK_CRL_STALE';
		END IF;
	END LOOP;
END
$$;

-- ---- one is brought

CREATE FUNCTION ek_crl_must_be_newer(p_issuer bytea, p_number bytea,
    p_this_update timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c ek_crl;
BEGIN
	SELECT * INTO c FROM ek_crl
	 WHERE issuer_sha256 = p_issuer AND state <> 'superseded'
	   FOR UPDATE;
	IF p_number <= c.crl_number OR p_this_update < c.this_update THEN
		RAISE EXCEPTION 'crl: its number is %, of %; on record is % '
		    'already, of %', ltrim(encode(p_number, 'hex'), '0'),
		    json_time(p_this_update),
		    ltrim(encode(c.crl_number, 'hex'), '0'),
		    json_time(c.this_update)
		    USING ERRCODE = 'AY004', DETAIL = 'EK_CRL_NOT_NEWER';
	END IF;
	UPDATE ek_crl SET state = 'superseded', effective = assay_now()
	 WHERE id = c.id;
END
$$;

-- Of a name, a newer certificate, the end of its use, or a hold: nobody else has the key.
CREATE FUNCTION ek_reason_is_mild(p_reason int) RETURNS bool
	LANGUAGE sql IMMUTABLE AS 'SELECT p_reason IN (3, 4, 5, 6)';

-- What the new one says, beside what was said before.
CREATE FUNCTION ek_crl_apply(c ek_crl, p_serial bytea[], p_reason int[],
    p_since timestamptz[]) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE ek_revocation r SET ended_by = c.id
	 WHERE r.issuer_sha256 = c.issuer_sha256 AND r.ended_by IS NULL
	   AND r.reason = 6 AND NOT EXISTS (
	    SELECT FROM unnest(p_serial, p_reason) x (serial, reason)
	     WHERE x.serial = r.serial AND x.reason = 6);
	UPDATE ek_revocation r SET ended_by = c.id
	  FROM unnest(p_serial, p_reason) x (serial, reason)
	 WHERE r.issuer_sha256 = c.issuer_sha256 AND r.serial = x.serial
	   AND r.ended_by IS NULL AND ek_reason_is_mild(r.reason)
	   AND NOT ek_reason_is_mild(x.reason);
	INSERT INTO ek_revocation (issuer_sha256, serial, reason, since, crl_id)
	SELECT DISTINCT ON (x.serial) c.issuer_sha256, x.serial, x.reason,
	    x.since, c.id
	  FROM unnest(p_serial, p_reason, p_since) x (serial, reason, since)
	 ORDER BY x.serial, ek_reason_is_mild(x.reason), x.reason = 6
	ON CONFLICT (issuer_sha256, serial) WHERE ended_by IS NULL DO NOTHING;
END
$$;

-- The keys that stood on what this one takes back count for nothing any more.
-- Where the maker does not say that it is about a name, a newer certificate or
-- the end of its use, somebody else may have the key: their devices are
-- quarantined.
-- So they are when the maker says that later only, of keys that count for nothing.
CREATE FUNCTION ek_crl_revoke(c ek_crl) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	hit record;
	k attestation_key;
	d device;
BEGIN
	FOR hit IN SELECT x AS key, r.reason FROM ek_revocation r
	    JOIN attestation_key x ON x.links @> jsonb_build_array(
		jsonb_build_object('issuer', encode(r.issuer_sha256, 'hex'),
		'serial', encode(r.serial, 'hex')))
	    WHERE r.crl_id = c.id AND x.state = 'active'
	    UNION ALL SELECT x, r.reason FROM ek_revocation o
	    JOIN ek_revocation r ON r.issuer_sha256 = o.issuer_sha256
		AND r.serial = o.serial AND r.crl_id = c.id
	    JOIN attestation_key x ON x.links @> jsonb_build_array(
		jsonb_build_object('issuer', encode(r.issuer_sha256, 'hex'),
		'serial', encode(r.serial, 'hex')))
	    WHERE o.ended_by = c.id AND x.state = 'revoked' LOOP
		k := hit.key;
		IF k.state = 'active' THEN
			PERFORM attestation_key_set(k, 'revoked', format(
			    'its TPM''s maker took the endorsement key back: '
			    '%s, %s', c.number, crl_reason_name(hit.reason)));
		END IF;
		PERFORM alarm_raise('alarm.ek_revoked', k.number,
		    jsonb_build_object('crl', c.number,
		    'reason', crl_reason_name(hit.reason)));
		CONTINUE WHEN ek_reason_is_mild(hit.reason);
		FOR d IN SELECT * FROM device WHERE id IN (
		    SELECT device_id FROM certificate x
		     WHERE certificate_has_key(x, k.spki_sha256))
		    AND state IN ('accredited', 'in_service')
		    ORDER BY id FOR UPDATE LOOP
			PERFORM device_set(d, 'quarantined', c.number);
		END LOOP;
	END LOOP;
END
$$;

-- Nobody enrols a key while it is read what was taken back.
CREATE FUNCTION ek_crl_submit(p_root text, p_issuers jsonb, p_crl bytea,
    p_issuer_sha256 bytea, p_number bytea, p_this_update timestamptz,
    p_next_update timestamptz, p_serial bytea[], p_reason int[],
    p_since bigint[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier', 'security');
	r reference;
	c ek_crl;
BEGIN
	PERFORM statement_must_say('/v1/ek-crls', jsonb_build_object(
	    'root', p_root, 'issuers', p_issuers, 'crl',
	    translate(encode(p_crl, 'base64'), E'\n', '')));
	LOCK TABLE ek_crl IN SHARE ROW EXCLUSIVE MODE;
	r := reference_take(p_root);
	PERFORM actor_must_own(owner_of_reference(r.id));
	IF r.kind <> 'ek_root' THEN
		RAISE EXCEPTION '% is no root', p_root
		    USING ERRCODE = 'AY001', DETAIL = 'REFERENCE_KIND';
	END IF;
	PERFORM reference_must_be(r, '{in_force}');
	PERFORM ek_crl_must_be_newer(p_issuer_sha256, p_number, p_this_update);
	INSERT INTO ek_crl (number, root_id, issuer_sha256, crl_number,
	    this_update, next_update, entries, content, sha256, submitted_by,
	    statement_id)
	VALUES (next_number('EKC'), r.id, p_issuer_sha256, p_number,
	    p_this_update, p_next_update, coalesce(cardinality(p_serial), 0), p_crl,
	    sha256(p_crl), who.id, statement_id()) RETURNING * INTO c;
	PERFORM ek_crl_apply(c, p_serial, p_reason,
	    ARRAY(SELECT to_timestamp(s) FROM unnest(p_since)
		WITH ORDINALITY u (s, n) ORDER BY n));
	PERFORM ek_crl_revoke(c);
	RETURN ek_crl_json(c);
END
$$;

-- ---- by the clock

-- Nothing is enrolled on one that is over; keys that are enrolled stay so, since
-- that its maker is late says nothing of them: the body hears of it, and decides.
CREATE FUNCTION clock_ek_crl(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c ek_crl;
	n int := 0;
BEGIN
	FOR c IN UPDATE ek_crl SET state = 'stale', effective = next_update
	    WHERE state = 'in_force' AND next_update <= p_now RETURNING * LOOP
		PERFORM notice_add('ek_crl.stale', owner_of_ek_crl(c.id),
		    c.number, ek_crl_json(c));
		PERFORM alarm_raise('alarm.ek_crl_stale', c.number,
		    jsonb_build_object('issuer_sha256',
		    encode(c.issuer_sha256, 'hex'),
		    'next_update', json_time(c.next_update)));
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (427, 'ek_crl',
    'a CRL of a maker of TPMs is over at its nextUpdate');

CALL tenancy('ek_crl', '{body} OR root_id IN (SELECT id FROM reference)');
GRANT SELECT ON ek_crl TO assay_api;
GRANT EXECUTE ON FUNCTION ek_crl_submit(text, jsonb, bytea, bytea, bytea,
	timestamptz, timestamptz, bytea[], int[], bigint[]) TO assay_api;
