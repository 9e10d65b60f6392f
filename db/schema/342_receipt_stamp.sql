-- Time-stamps (RFC 3161) of receipts, and of what was said of a subject's standing,
-- where a TSA is configured.  A receipt's own
-- time is as good as the key that signed it; a TSA's holds even when that key was
-- stolen later.
--
-- No question waits for a TSA: once a minute assay-notifier has the root of a tree
-- (RFC 9162) of all receipts since then stamped, with one request however many
-- they are, and tries until it gets there.  Receipts are taken in the order of
-- their transactions, and only those below the oldest that is still running: so
-- none is passed over, whatever a long one brings in later.

ALTER TABLE decision ADD xact xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE decision_batch_answer
	ADD xact xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX decision_to_stamp ON decision (xact) WHERE batch_id IS NULL;
CREATE INDEX decision_batch_to_stamp ON decision_batch_answer (xact);

CREATE TABLE receipt_stamp (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	first xid8 NOT NULL, -- those of these transactions,
	behind xid8 NOT NULL, -- below this one
	leaves bytea NOT NULL, -- 32 octets each, in their order
	created timestamptz NOT NULL DEFAULT assay_now()
);
ALTER TABLE receipt_stamp ALTER leaves SET STORAGE EXTERNAL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON receipt_stamp FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE receipt_stamp_token (
	stamp_id bigint PRIMARY KEY REFERENCES receipt_stamp,
	token bytea NOT NULL,
	stamped timestamptz NOT NULL, -- as the TSA says
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON receipt_stamp_token
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Hashes of everybody's receipts, which tell nobody anything.
CALL tenancy('receipt_stamp', '{known}');
CALL tenancy('receipt_stamp_token', '{known}');
GRANT SELECT ON receipt_stamp, receipt_stamp_token TO assay_api;

CREATE FUNCTION receipt_leaf(p_receipt text) RETURNS bytea
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT pg_catalog.sha256(''\x00''::bytea || convert_to(p_receipt, ''UTF8''))';

CREATE FUNCTION receipt_leaves(p_first xid8, p_behind xid8) RETURNS bytea
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT string_agg(receipt_leaf(r.receipt), ''
		ORDER BY r.xact, r.name)
	  FROM (SELECT xact, id::text AS name, receipt FROM decision
	    WHERE batch_id IS NULL AND xact >= p_first AND xact < p_behind
	    UNION ALL SELECT xact, batch_id::text, receipt
	    FROM decision_batch_answer
	    WHERE xact >= p_first AND xact < p_behind
	    UNION ALL SELECT xact, id::text, receipt FROM standing -- 354
	    WHERE xact >= p_first AND xact < p_behind) r);
END
$$;

-- The one that waits for its token, or, a minute after the last, one of what has
-- come since.  A database that was loaded from a dump counts transactions anew.
CREATE FUNCTION receipt_stamp_next() RETURNS TABLE (id bigint, leaves bytea)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s receipt_stamp;
	v_first xid8;
	v_behind xid8;
	v_leaves bytea;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('receipt_stamp', 0));
	SELECT * INTO s FROM receipt_stamp ORDER BY receipt_stamp.id DESC LIMIT 1;
	IF s.id IS NULL OR EXISTS (SELECT FROM receipt_stamp_token t
	    WHERE t.stamp_id = s.id) THEN
		v_behind := pg_snapshot_xmin(pg_current_snapshot());
		v_first := CASE WHEN s.behind <= v_behind THEN s.behind
		    ELSE '0'::xid8 END;
		IF s.created + interval '1 minute' > assay_now()
		    AND s.created <= assay_now() THEN
			RETURN;
		END IF;
		v_leaves := receipt_leaves(v_first, v_behind);
		IF v_leaves IS NULL THEN
			RETURN;
		END IF;
		INSERT INTO receipt_stamp (first, behind, leaves)
		VALUES (v_first, v_behind, v_leaves) RETURNING * INTO s;
	END IF;
	RETURN QUERY SELECT s.id, s.leaves;
END
$$;

CREATE FUNCTION receipt_stamp_add(p_stamp bigint, p_token bytea,
    p_stamped timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO receipt_stamp_token (stamp_id, token, stamped)
	VALUES (p_stamp, p_token, p_stamped) ON CONFLICT DO NOTHING;
END
$$;

GRANT EXECUTE ON FUNCTION receipt_stamp_next(),
	receipt_stamp_add(bigint, bytea, timestamptz) TO assay_notifier;

-- A TSA that does not answer, or a setting that is wrong, keeps nothing else waiting:
-- so somebody has to be told.  Only the last one can wait.
CREATE FUNCTION clock_receipt_stamp(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s receipt_stamp;
BEGIN
	SELECT * INTO s FROM receipt_stamp ORDER BY id DESC LIMIT 1;
	IF s.id IS NULL OR s.created > p_now - interval '1 hour'
	    OR EXISTS (SELECT FROM receipt_stamp_token WHERE stamp_id = s.id)
	    OR EXISTS (SELECT FROM notice n JOIN organisation o
		ON o.id = n.organisation_id AND o.kind = 'body'
		WHERE n.topic = 'alarm.receipt_stamp'
		AND n.subject = s.id::text AND n.once = 'late') THEN
		RETURN 0;
	END IF;
	PERFORM alarm_raise('alarm.receipt_stamp', s.id::text,
	    jsonb_build_object('since', json_time(s.created)), 'late');
	RETURN 1;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (342, 'receipt_stamp',
    'receipts that wait for a stamp for an hour are an alarm');
