-- Keys of TPMs that have shown to be theirs.  A supplier sends what the TPM says
-- of its attestation key, and the certificate that the TPM has from its maker
-- (endorsement key).  The api judges both against the roots that are in force
-- for the model, and answers with a secret which only the TPM that has both keys
-- gives back (TPM2_MakeCredential, TPM2_ActivateCredential).  The TrE's
-- certificate is on that very key.

CREATE TABLE attestation_key (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	model_id bigint NOT NULL REFERENCES model,
	root_id bigint NOT NULL REFERENCES reference, -- of its maker
	ek_certificate bytea NOT NULL
	    CHECK (octet_length(ek_certificate) <= 8192),
	ek_sha256 sha256 NOT NULL,
	links jsonb NOT NULL, -- its path, as ek_must_be_good() has it
	public bytea NOT NULL CHECK (octet_length(public) <= 512),
	name bytea NOT NULL CHECK (octet_length(name) <= 50),
	spki_sha256 sha256 NOT NULL,
	secret_sha256 sha256 NOT NULL, -- of what the TPM must give back
	expires timestamptz NOT NULL,  -- of the challenge
	enrolled_by bigint NOT NULL REFERENCES principal,
	reason text CHECK (length(reason) <= 500), -- revoked for
	state text NOT NULL DEFAULT 'challenged',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX attestation_key_active ON attestation_key (spki_sha256)
	WHERE state = 'active';
CREATE INDEX attestation_key_expires ON attestation_key (expires)
	WHERE state = 'challenged';
CREATE INDEX attestation_key_state ON attestation_key (state, id);
CREATE INDEX attestation_key_links ON attestation_key
	USING gin (links jsonb_path_ops) WHERE state = 'active';

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON attestation_key
	FOR EACH ROW EXECUTE FUNCTION state_guard('attestation_key');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON attestation_key
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TRIGGER attestation_key_is_fixed BEFORE UPDATE ON attestation_key
	FOR EACH ROW EXECUTE FUNCTION only_changes(
	    '{state,effective,reason}',
	    'an attestation key cannot change: enrol another',
	    'ATTESTATION_KEY_FIXED');

CREATE FUNCTION owner_of_attestation_key(p_id bigint) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT m.organisation_id FROM attestation_key k
	    JOIN model m ON m.id = k.model_id WHERE k.id = p_id);
END
$$;

CREATE FUNCTION attestation_key_json(k attestation_key) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('number', k.number,
	    'model', m.handle, 'root', r.number,
	    'name', encode(k.name, 'hex'),
	    'spki_sha256', encode(k.spki_sha256, 'hex'),
	    'ek_certificate_sha256', encode(k.ek_sha256, 'hex'),
	    'enrolled_by', p.handle, 'state', k.state, 'reason', k.reason,
	    'expires', CASE k.state WHEN 'challenged'
		THEN json_time(k.expires) END,
	    'effective', json_time(k.effective),
	    'created', json_time(k.created)))
	  FROM model m, reference r, principal p
	 WHERE m.id = k.model_id AND r.id = k.root_id
	   AND p.id = k.enrolled_by;
$$;

CREATE FUNCTION attestation_key_whole_json(k attestation_key) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT attestation_key_json(k) || jsonb_build_object(
	    'history', history_json('attestation_key', k.id));
$$;

CREATE FUNCTION attestation_key_take(p_number text) RETURNS attestation_key
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k attestation_key;
BEGIN
	SELECT * INTO k FROM attestation_key WHERE number = p_number
	    FOR UPDATE;
	IF NOT FOUND OR NOT actor_sees(owner_of_attestation_key(k.id)) THEN
		RAISE EXCEPTION 'there is no attestation key "%"',
		    left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	PERFORM actor_must_own(owner_of_attestation_key(k.id));
	RETURN k;
END
$$;

CREATE FUNCTION attestation_key_set(k attestation_key, p_state text,
    p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE attestation_key SET state = p_state, reason = p_reason,
	    effective = assay_now() WHERE id = k.id RETURNING * INTO k;
	IF p_state = 'revoked' THEN
		PERFORM attestation_key_tell(k);
	END IF;
	RETURN attestation_key_json(k);
END
$$;

-- Its supplier, and whoever has let a subscription go to the TrE with that key.
CREATE FUNCTION attestation_key_tell(k attestation_key) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	PERFORM notice_add('attestation_key.revoked',
	    owner_of_attestation_key(k.id), k.number, attestation_key_json(k));
	FOR d IN SELECT * FROM device WHERE id IN (SELECT device_id
	    FROM certificate c WHERE certificate_has_key(c, k.spki_sha256))
	    ORDER BY id LOOP
		PERFORM notice_operators_of_device('attestation_key.revoked',
		    d.id, d.kind || '/' || d.device_id, jsonb_build_object(
		    'device', d.kind || '/' || d.device_id));
	END LOOP;
END
$$;

-- The roots that are in force for a model of the actor's.
CREATE FUNCTION ek_roots(p_model text)
	RETURNS TABLE (number text, certificate bytea)
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m model := reference_model(p_model);
BEGIN
	PERFORM actor_must_own(m.organisation_id);
	RETURN QUERY SELECT r.number, r.certificate FROM reference r
	    WHERE r.model_id = m.id AND r.kind = 'ek_root'
	    AND r.state = 'in_force' ORDER BY r.id DESC;
END
$$;

-- The api has judged the certificate by that root, and the key.
CREATE FUNCTION attestation_key_challenge(p_root text, p_ek bytea,
    p_links jsonb, p_public bytea, p_name bytea, p_spki_sha256 bytea,
    p_secret_sha256 bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier');
	r reference := reference_take(p_root);
	k attestation_key;
BEGIN
	PERFORM actor_must_own(owner_of_reference(r.id));
	IF r.kind <> 'ek_root' THEN
		RAISE EXCEPTION '% is no root', p_root
		    USING ERRCODE = 'AY001', DETAIL = 'REFERENCE_KIND';
	END IF;
	PERFORM reference_must_be(r, '{in_force}');
	PERFORM ek_must_be_good(p_links);
	INSERT INTO attestation_key (number, model_id, root_id,
	    ek_certificate, ek_sha256, links, public, name, spki_sha256,
	    secret_sha256, expires, enrolled_by)
	VALUES (next_number('ATK'), r.model_id, r.id, p_ek, sha256(p_ek),
	    p_links, p_public, p_name, p_spki_sha256, p_secret_sha256,
	    assay_now() + interval '1 day', who.id)
	RETURNING * INTO k;
	RETURN attestation_key_json(k);
END
$$;

CREATE FUNCTION attestation_key_activate(p_number text, p_secret bytea)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k attestation_key;
BEGIN
	PERFORM actor_must('supplier');
	LOCK TABLE ek_crl IN SHARE MODE; -- what was taken back meanwhile counts
	k := attestation_key_take(p_number);
	IF k.state <> 'challenged' OR k.expires <= assay_now() THEN
		RAISE EXCEPTION '% is % since %: enrol the key again', k.number,
		    CASE k.state WHEN 'challenged' THEN 'lapsed'
			ELSE k.state END, json_time(CASE k.state
			WHEN 'challenged' THEN k.expires ELSE k.effective END)
		    USING ERRCODE = 'AY004', DETAIL = 'ATTESTATION_KEY_STATE';
	END IF;
	IF k.secret_sha256 <> sha256(p_secret) THEN
		RAISE EXCEPTION 'secret: that is not what was sealed for this '
		    'TPM and this key'
		    USING ERRCODE = 'AY002', DETAIL = 'CREDENTIAL_WRONG';
	END IF;
	IF EXISTS (SELECT FROM attestation_key WHERE state = 'active'
	    AND spki_sha256 = k.spki_sha256) THEN
		RAISE EXCEPTION 'that key is enrolled already'
		    USING ERRCODE = 'AY004', DETAIL = 'ALREADY_EXISTS';
	END IF;
	PERFORM ek_must_be_good(k.links);
	RETURN attestation_key_set(k, 'active', NULL);
END
$$;

CREATE FUNCTION attestation_key_revoke(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k attestation_key;
BEGIN
	PERFORM actor_must('supplier', 'security');
	PERFORM statement_must_say(format('/v1/attestation-keys/%s/revoke',
	    p_number), jsonb_build_object('reason', p_reason));
	k := attestation_key_take(p_number);
	IF k.state <> 'active' THEN
		RAISE EXCEPTION '% is %, not active', k.number, k.state
		    USING ERRCODE = 'AY004', DETAIL = 'ATTESTATION_KEY_STATE';
	END IF;
	RETURN attestation_key_set(k, 'revoked', p_reason);
END
$$;

-- ---- by the clock

CREATE FUNCTION clock_attestation_key(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
BEGIN
	UPDATE attestation_key SET state = 'lapsed', effective = expires
	 WHERE state = 'challenged' AND expires <= p_now;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (425, 'attestation_key',
    'an attestation key that no TPM has shown to be its own lapses after a day');

-- ---- what a decision asks

-- A TPM's clock and counters, TPMS_CLOCK_INFO.
CREATE TYPE evidence_clock AS (
	clock numeric,	  -- milliseconds
	resets bigint,	  -- 32 bits each
	restarts bigint,
	safe bool
);

-- Those of the last quote that was taken of a key.
CREATE TABLE quote_clock (
	key_id bigint PRIMARY KEY REFERENCES attestation_key,
	last evidence_clock NOT NULL,
	at timestamptz NOT NULL
);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON quote_clock
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- From a to b, of 32 bits: is that on?  A key outside the endorsement hierarchy
-- has a number of its own added to each counter, modulo 2^32 (part 1, 36.7), so
-- they may come round.
CREATE FUNCTION counter_ahead(a bigint, b bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE
	AS 'SELECT (b - a + 6442450944) % 4294967296 - 2147483648';

-- Does b go on from a?  After a power failure a TPM's clock may be as far back as
-- the longest time between two saves of it, 2^22 ms, and says that it is not safe
-- (part 1, 36.3).  Two quotes may overtake each other on their way here: by no more
-- than what evidence is good for, and one start.
CREATE FUNCTION quote_order(a evidence_clock, b evidence_clock) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE WHEN x.resets > 0 THEN
	    CASE WHEN b.clock >= a.clock OR NOT b.safe
		AND b.clock + 4194304 >= a.clock THEN 'good' ELSE 'back' END
	WHEN x.resets = 0 AND x.restarts >= 0 AND b.clock >= a.clock
	    THEN 'good'
	WHEN b.clock BETWEEN a.clock - 120000 AND a.clock AND (x.resets = -1
	    OR x.resets = 0 AND x.restarts BETWEEN -1 AND 0)
	    THEN 'overtaken' ELSE 'back' END
	FROM (SELECT counter_ahead(a.resets, b.resets) AS resets,
	    counter_ahead(a.restarts, b.restarts) AS restarts) x;
$$;

-- Of two at the same time the second waits for the first.
CREATE FUNCTION quote_take(p_key bigint, p_clock evidence_clock) RETURNS text
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO quote_clock AS q (key_id, last, at)
	VALUES (p_key, p_clock, assay_now())
	ON CONFLICT (key_id) DO UPDATE SET last = p_clock, at = assay_now()
	    WHERE quote_order(q.last, p_clock) = 'good';
	RETURN CASE WHEN FOUND THEN 'good' ELSE (SELECT
	    quote_order(last, p_clock) FROM quote_clock
	    WHERE key_id = p_key) END;
END
$$;

-- What a TrE's evidence comes to, by its certificate: one statement after that
-- of the other facts, so what was revoked since is seen.  The clock is that of a
-- quote which the key has signed for this question.
CREATE FUNCTION evidence_judge_shown(p_der_sha256 bytea, p_kind text,
    p_measured text, p_firmware text, p_clock text DEFAULT NULL)
	RETURNS evidence_facts
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	f evidence_facts;
	c record;
	v_key bigint;
BEGIN
	PERFORM actor_must('operator');
	SELECT d.model_id, certificate_key(x) AS key INTO c FROM certificate x
	  JOIN device d ON d.id = x.device_id
	 WHERE x.der_sha256 = p_der_sha256;
	IF NOT FOUND THEN
		RETURN f;
	END IF;
	f := reference_judge(c.model_id, p_kind, p_measured, p_firmware);
	SELECT k.id INTO v_key FROM attestation_key k
	  JOIN reference r ON r.id = k.root_id
	 WHERE k.spki_sha256 = c.key AND k.state = 'active'
	   AND k.model_id = c.model_id AND r.state = 'in_force';
	f.enrolled := FOUND;
	IF f.enrolled AND p_clock IS NOT NULL THEN
		f.ord := quote_take(v_key, p_clock::evidence_clock);
	END IF;
	RETURN f;
END
$$;

CALL tenancy('attestation_key', '{body} OR model_id IN {models}');
GRANT SELECT (id, number, model_id, root_id, ek_sha256, name, spki_sha256,
	expires, enrolled_by, reason, state, effective, created)
	ON attestation_key TO assay_api;
GRANT EXECUTE ON FUNCTION ek_roots(text),
	attestation_key_challenge(text, bytea, jsonb, bytea, bytea, bytea,
	    bytea),
	attestation_key_activate(text, bytea),
	attestation_key_revoke(text, text),
	evidence_judge_shown(bytea, text, text, text, text) TO assay_api;
