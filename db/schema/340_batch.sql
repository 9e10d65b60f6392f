-- Batches: many questions of an operator at once, one status snapshot and one
-- receipt for all.
--
-- Two steps, so that no crash costs a batch.  First it is written down that it
-- came in: which octets, when, and its challenge is used up.  Then it is judged,
-- in one transaction that begins behind that: all of it is answered, or nothing
-- yet.  Whoever sends the same octets again has the answer, or has it judged if a
-- crash came between: by what is known then, and with what devices signed counted
-- as fresh as it was when it came in first.

CREATE TABLE decision_batch (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	batch uuid NOT NULL, -- the operator's own
	organisation_id bigint NOT NULL REFERENCES organisation,
	principal_id bigint NOT NULL REFERENCES principal,
	body_sha256 sha256 NOT NULL,
	size int NOT NULL CHECK (size BETWEEN 1 AND 100000),
	purpose text NOT NULL,
	challenge bytea CHECK (octet_length(challenge) = 32),
	received timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (organisation_id, batch)
);
CREATE INDEX decision_batch_named ON decision_batch (batch);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON decision_batch FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Its leaves are kept, 32 octets each in their order, so that the path of one
-- can be made without reading all that was answered.
CREATE TABLE decision_batch_answer (
	batch_id bigint PRIMARY KEY REFERENCES decision_batch,
	permit int NOT NULL,
	refuse int NOT NULL,
	indeterminate int NOT NULL,
	event_id bigint NOT NULL,
	leaves bytea NOT NULL,
	receipt text NOT NULL,
	signer_id bigint NOT NULL REFERENCES delegated_certificate,
	created timestamptz NOT NULL DEFAULT assay_now()
);
ALTER TABLE decision_batch_answer ALTER leaves SET STORAGE EXTERNAL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON decision_batch_answer
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CALL tenancy('decision_batch', '{body} OR organisation_id = ANY {seen}');
CALL tenancy('decision_batch_answer',
	'{body} OR batch_id IN (SELECT id FROM decision_batch)');
GRANT SELECT ON decision_batch, decision_batch_answer TO assay_api;

-- What devices have signed is good for so long after it came in.
CREATE FUNCTION decision_batch_lapses(b decision_batch) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
	AS 'SELECT b.received + interval ''10 minutes''';

-- The actor's batch of that name, new or not: who sends it twice at the same time
-- waits for himself.
CREATE FUNCTION decision_batch_begin(p_batch uuid, p_body_sha256 bytea,
    p_size int, p_purpose text, p_challenge bytea)
    RETURNS TABLE (id bigint, received bigint, decided bool)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	who principal := actor_must('operator');
	b decision_batch;
	found_challenge text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(
	    'batch ' || who.organisation_id || ' ' || p_batch, 0));
	SELECT * INTO b FROM decision_batch x
	 WHERE x.organisation_id = who.organisation_id AND x.batch = p_batch;
	IF NOT FOUND THEN
		found_challenge := CASE WHEN p_challenge IS NOT NULL
		    THEN challenge_consume(p_challenge)
		    WHEN p_purpose = 'precheck' THEN 'good' ELSE 'unknown' END;
		IF found_challenge <> 'good' THEN
			RAISE EXCEPTION 'challenge: it is %',
			    CASE found_challenge WHEN 'unknown'
			    THEN 'not one that we gave you' WHEN 'replayed'
			    THEN 'used up already' ELSE 'older than 300 s' END
			    USING ERRCODE = 'AY002',
			    DETAIL = 'CHALLENGE_' || upper(found_challenge),
			    HINT = 'POST /v1/challenges gives another';
		END IF;
		INSERT INTO decision_batch (batch, organisation_id,
		    principal_id, body_sha256, size, purpose, challenge)
		VALUES (p_batch, who.organisation_id, who.id, p_body_sha256,
		    p_size, p_purpose, p_challenge)
		RETURNING * INTO b;
	ELSIF b.body_sha256 <> p_body_sha256 THEN
		RAISE EXCEPTION 'batch: that id was used for other questions'
		    USING ERRCODE = 'AY004', DETAIL = 'BATCH_ID_REUSED';
	END IF;
	decided := EXISTS (SELECT FROM decision_batch_answer a
	    WHERE a.batch_id = b.id);
	IF NOT decided AND decision_batch_lapses(b) <= assay_now() THEN
		RAISE EXCEPTION 'batch: it came in 10 minutes ago and was not '
		    'judged; what its devices signed is too old by now: ask '
		    'them again, under another id'
		    USING ERRCODE = 'AY004', DETAIL = 'BATCH_LAPSED';
	END IF;
	RETURN QUERY SELECT b.id,
	    floor(extract(epoch FROM b.received))::bigint, decided;
END
$$;

-- So many of an operator's are judged at the same time; the others come again.
CREATE FUNCTION decision_batch_share(p_organisation bigint, p_share int)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	FOR i IN 1..p_share LOOP
		IF pg_try_advisory_xact_lock(hashtextextended(format(
		    'batches of %s, %s', p_organisation, i), 0)) THEN
			RETURN;
		END IF;
	END LOOP;
	RAISE EXCEPTION 'too often: % of your batches % being judged: send this '
	    'one again when one of them is answered', p_share,
	    CASE p_share WHEN 1 THEN 'is' ELSE 'are' END
	    USING ERRCODE = 'AY005', DETAIL = 'RATE_LIMITED', HINT = '5';
END
$$;

-- The actor's own.  One process judges it, as long as its transaction runs.
CREATE FUNCTION decision_batch_hold(p_batch bigint, p_share int) RETURNS bool
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended(
	    'judge batch ' || p_batch, 0)) THEN
		RAISE EXCEPTION 'the same batch is being judged: ask again'
		    USING ERRCODE = 'AY005', DETAIL = 'REQUEST_IN_PROGRESS';
	END IF;
	PERFORM decision_batch_share(actor_org(), p_share);
	RETURN NOT EXISTS (SELECT FROM decision_batch_answer
	    WHERE batch_id = p_batch);
END
$$;

-- Some of its decisions, from that index on; arrays of the same length, but for the
-- texts of what was looked at, of which each says which one, from 1.
CREATE FUNCTION decision_batch_add(p_batch bigint, p_first int, p_id uuid[],
    p_request_sha256 bytea[], p_mode text[], p_verdict text[],
    p_reasons text[], p_warnings text[], p_tre_sha256 bytea[],
    p_platform_sha256 bytea[], p_event bigint, p_leaf text[], p_signer bigint,
    p_looked_at bigint[], p_looked_at_text text[]) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	v_now timestamptz := assay_now(); -- which takes a while
	v_looked_at bigint[]; -- of each text
	b decision_batch;
BEGIN
	SELECT * INTO STRICT b FROM decision_batch
	 WHERE id = p_batch AND organisation_id = who.organisation_id
	   FOR KEY SHARE; -- as a foreign key would, for each of them
	v_looked_at := decision_looked_at_ids(array_fill(b.organisation_id,
	    ARRAY[cardinality(p_looked_at_text)]), ARRAY(SELECT
	    generate_series(1::bigint, cardinality(p_looked_at_text))),
	    p_looked_at_text);
	INSERT INTO decision (id, organisation_id, principal_id, batch_id,
	    batch_index, request_sha256, purpose, mode, verdict, reasons,
	    warnings, tre_sha256, platform_sha256, event_id, receipt,
	    signer_id, looked_at_id, created)
	SELECT x.id, who.organisation_id, who.id, b.id, p_first + x.n - 1,
	    x.request_sha256, b.purpose, x.mode, x.verdict,
	    x.reasons::text[], x.warnings::text[],
	    nullif(x.tre_sha256, ''), nullif(x.platform_sha256, ''), p_event,
	    x.leaf, p_signer, v_looked_at[x.looked_at], v_now
	  FROM unnest(p_id, p_request_sha256, p_mode, p_verdict, p_reasons,
	    p_warnings, p_tre_sha256, p_platform_sha256, p_leaf, p_looked_at)
	    WITH ORDINALITY AS x (id, request_sha256, mode, verdict, reasons,
	    warnings, tre_sha256, platform_sha256, leaf, looked_at, n);
	RETURN cardinality(p_id);
END
$$;

CREATE FUNCTION decision_batch_end(p_batch bigint, p_permit int, p_refuse int,
    p_indeterminate int, p_event bigint, p_leaves bytea, p_receipt text,
    p_signer bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('operator');
	b decision_batch;
BEGIN
	SELECT * INTO STRICT b FROM decision_batch
	 WHERE id = p_batch AND organisation_id = who.organisation_id;
	IF p_permit + p_refuse + p_indeterminate <> b.size
	    OR octet_length(p_leaves) <> 32 * b.size THEN
		RAISE EXCEPTION 'a batch of % is not answered by % and % leaves',
		    b.size, p_permit + p_refuse + p_indeterminate,
		    octet_length(p_leaves) / 32;
	END IF;
	INSERT INTO decision_batch_answer (batch_id, permit, refuse,
	    indeterminate, event_id, leaves, receipt, signer_id)
	VALUES (b.id, p_permit, p_refuse, p_indeterminate, p_event, p_leaves,
	    p_receipt, p_signer);
END
$$;

GRANT EXECUTE ON FUNCTION
	decision_batch_begin(uuid, bytea, int, text, bytea),
	decision_batch_hold(bigint, int),
	decision_batch_add(bigint, int, uuid[], bytea[], text[], text[],
	    text[], text[], bytea[], bytea[], bigint, text[], bigint, bigint[],
	    text[]),
	decision_batch_end(bigint, int, int, int, bigint, bytea, text, bigint)
	TO assay_api;
