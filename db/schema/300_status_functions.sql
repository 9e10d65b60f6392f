-- The status log's only pen, and what may be done with a certificate.

-- Append one event.  The lock on status_head is held until the transaction
-- ends, so ids are gapless and in the order of commits: append last, and hold
-- it shortly.  Whoever listens on the channel status hears of the commit.
CREATE FUNCTION status_append(e status_event) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE status_head SET last = last + 1 RETURNING last INTO e.id;
	e.at := assay_now();
	e.principal_id := coalesce(e.principal_id, actor_id());
	e.reason := coalesce(e.reason, 0);
	e.lot_id := coalesce(e.lot_id, 0);
	e.model_id := coalesce(e.model_id, 0);
	e.site_id := coalesce(e.site_id, 0);
	e.organisation_id := coalesce(e.organisation_id, 0);
	e.hardware_platform_id := coalesce(e.hardware_platform_id, 0);
	INSERT INTO status_event VALUES (e.*);
	PERFORM pg_notify('status', e.id::text);
	RETURN e.id;
END
$$;

-- A range of certificates now exists.  Those of a lot belong to its cohorts;
-- without a lot (people, systems, CAs) to none.
CREATE FUNCTION status_issued(p_issuer bigint, p_first bigint, p_count bigint,
    p_lot bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	SELECT l.id, l.model_id, l.site_id, l.organisation_id,
	    m.hardware_platform_id
	  INTO e.lot_id, e.model_id, e.site_id, e.organisation_id,
	    e.hardware_platform_id
	  FROM lot l JOIN model m ON m.id = l.model_id
	 WHERE l.id = p_lot;
	IF p_lot IS NOT NULL AND NOT FOUND THEN
		RAISE EXCEPTION 'there is no lot %', p_lot
		    USING ERRCODE = 'AY003', DETAIL = 'LOT_UNKNOWN';
	END IF;
	e.kind := 'issued';
	e.issuer_id := p_issuer;
	e.first := p_first;
	e.count := p_count;
	RETURN status_append(e);
END
$$;

-- A reserved range that will never be issued.
CREATE FUNCTION status_void(p_issuer bigint, p_first bigint, p_count bigint)
    RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	IF EXISTS (SELECT FROM certificate WHERE issuer_id = p_issuer
	    AND index >= p_first AND index < p_first + p_count) THEN
		RAISE EXCEPTION 'a range that holds certificates cannot be void'
		    USING ERRCODE = 'AY004', DETAIL = 'RANGE_ISSUED';
	END IF;
	e.kind := 'void';
	e.issuer_id := p_issuer;
	e.first := p_first;
	e.count := p_count;
	RETURN status_append(e);
END
$$;

-- A measure takes hold of a cohort, or lets go of it.  For the functions that
-- put measures in force and lift them; nobody else may call it.
CREATE FUNCTION status_cohort(p_held bool, p_kind text, p_id bigint,
    p_measure bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	e.kind := CASE WHEN p_held THEN 'cohort_held' ELSE 'cohort_released' END;
	e.cohort_kind := p_kind;
	e.cohort_id := p_id;
	e.measure_id := p_measure;
	RETURN status_append(e);
END
$$;

-- Holds in force, one a measure, as the log says.
CREATE VIEW cohort_hold AS
	SELECT cohort_kind, cohort_id, measure_id, at AS since, id AS event_id
	  FROM (SELECT DISTINCT ON (cohort_kind, cohort_id, measure_id) *
	          FROM status_event
	         WHERE cohort_kind IS NOT NULL
	         ORDER BY cohort_kind, cohort_id, measure_id, id DESC) latest
	 WHERE kind = 'cohort_held';

-- The same, lot by lot.
CREATE VIEW lot_hold AS
	SELECT l.id AS lot_id, h.measure_id, h.since, h.event_id
	  FROM cohort_hold h
	  JOIN lot l ON CASE h.cohort_kind
	      WHEN 'lot' THEN l.id = h.cohort_id
	      WHEN 'model' THEN l.model_id = h.cohort_id
	      WHEN 'site' THEN l.site_id = h.cohort_id
	      WHEN 'organisation' THEN l.organisation_id = h.cohort_id
	      ELSE l.model_id IN (SELECT m.id FROM model m
	          WHERE m.hardware_platform_id = h.cohort_id)
	      END;

-- What every channel must say about a certificate: its own state or, while it
-- is not revoked, certificateHold since the first measure that holds it.
CREATE FUNCTION certificate_status(c certificate, OUT state text,
    OUT reason int, OUT since timestamptz, OUT invalidity timestamptz,
    OUT event_id bigint, OUT measures text[])
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	h record;
BEGIN
	state := c.state;
	reason := c.reason;
	since := c.changed;
	invalidity := c.invalidity;
	event_id := c.event_id;
	measures := '{}';
	IF c.state = 'issued' THEN
		reason := 0;
		since := NULL;
		event_id := NULL;
	END IF;
	IF c.lot_id IS NULL THEN
		RETURN;
	END IF;
	FOR h IN SELECT lh.since, lh.event_id, m.number
	    FROM lot_hold lh LEFT JOIN measure m ON m.id = lh.measure_id
	    WHERE lh.lot_id = c.lot_id ORDER BY lh.since, lh.event_id LOOP
		measures := measures || h.number;
		IF state = 'issued' OR
		    (state = 'on_hold' AND h.since < since) THEN
			state := 'on_hold';
			reason := 6;
			since := h.since;
			invalidity := NULL;
			event_id := h.event_id;
		END IF;
	END LOOP;
END
$$;

-- RFC 5280 section 5.3.1, as people write them.
CREATE FUNCTION crl_reason(p_name text) RETURNS int
	LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN CASE p_name
	    WHEN 'unspecified' THEN 0
	    WHEN 'keyCompromise' THEN 1
	    WHEN 'cACompromise' THEN 2
	    WHEN 'affiliationChanged' THEN 3
	    WHEN 'superseded' THEN 4
	    WHEN 'cessationOfOperation' THEN 5
	    WHEN 'certificateHold' THEN 6
	    WHEN 'privilegeWithdrawn' THEN 9
	    WHEN 'aACompromise' THEN 10 END;
END
$$;
CREATE FUNCTION crl_reason_name(p_reason int) RETURNS text
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT name FROM unnest(ARRAY['unspecified', 'keyCompromise',
	    'cACompromise', 'affiliationChanged', 'superseded',
	    'cessationOfOperation', 'certificateHold', NULL, NULL,
	    'privilegeWithdrawn', 'aACompromise'])
	    WITH ORDINALITY AS t (name, n) WHERE n = p_reason + 1;
$$;

-- A certificate by its serial number or by the SHA-256 of its DER, both in
-- hex.
CREATE FUNCTION certificate_find(p_name text) RETURNS certificate
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	name text := lower(p_name);
	c certificate;
BEGIN
	IF name ~ '^[0-9a-f]{64}$' THEN
		SELECT * INTO c FROM certificate
		 WHERE der_sha256 = decode(name, 'hex');
	ELSIF name ~ '^([0-9a-f]{2}){1,20}$' THEN
		SELECT * INTO c FROM certificate
		 WHERE serial = decode(name, 'hex');
	ELSE
		RAISE EXCEPTION 'a certificate is named by its serial number or its SHA-256 in hex, not by "%"', p_name
		    USING ERRCODE = 'AY001', DETAIL = 'CERTIFICATE_NAME';
	END IF;
	IF c.issuer_id IS NULL THEN
		RAISE EXCEPTION 'no certificate %: none of ours has this number or hash', p_name
		    USING ERRCODE = 'AY003', DETAIL = 'CERTIFICATE_UNKNOWN';
	END IF;
	RETURN c;
END
$$;

-- One number for (issuer, index), where a subject has one number.
CREATE FUNCTION certificate_subject(p_issuer bigint, p_index bigint)
    RETURNS bigint
	LANGUAGE sql IMMUTABLE
	AS 'SELECT p_issuer * 281474976710656 + p_index';

-- Of a certificate only the status moves, and only along the legal ways.
CREATE FUNCTION certificate_guard() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF (NEW.issuer_id, NEW.index, NEW.profile, NEW.serial, NEW.der,
	    NEW.der_sha256, NEW.spki_sha256, NEW.device_id, NEW.lot_id,
	    NEW.coc_id, NEW.not_before, NEW.issued) IS DISTINCT FROM
	   (OLD.issuer_id, OLD.index, OLD.profile, OLD.serial, OLD.der,
	    OLD.der_sha256, OLD.spki_sha256, OLD.device_id, OLD.lot_id,
	    OLD.coc_id, OLD.not_before, OLD.issued) THEN
		RAISE EXCEPTION 'a certificate does not change, only its status does'
		    USING ERRCODE = 'AY002', DETAIL = 'CERTIFICATE_IMMUTABLE';
	END IF;
	IF NEW.state = OLD.state AND OLD.state = 'revoked' AND
	    NEW.reason NOT IN (OLD.reason, 1) THEN
		RAISE EXCEPTION 'the reason of a revocation may only move to keyCompromise'
		    USING ERRCODE = 'AY004', DETAIL = 'REASON_FINAL';
	END IF;
	IF NEW.state <> OLD.state AND NOT EXISTS (SELECT FROM transition
	    WHERE entity = 'certificate' AND from_state = OLD.state
	    AND to_state = NEW.state) THEN
		RAISE EXCEPTION 'a certificate cannot go from "%" to "%"',
		    replace(OLD.state, '_', ' '), replace(NEW.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	INSERT INTO history (entity, subject_id, from_state, to_state,
	    effective, recorded, principal_id, detail)
	VALUES ('certificate', certificate_subject(NEW.issuer_id, NEW.index),
	    OLD.state, NEW.state, coalesce(NEW.changed, assay_now()),
	    assay_now(), actor_id(), to_jsonb(NEW) - 'der');
	RETURN NEW;
END
$$;
CREATE TRIGGER certificate_guard BEFORE UPDATE ON certificate
	FOR EACH ROW EXECUTE FUNCTION certificate_guard();

-- One certificate as the api shows it.
CREATE FUNCTION certificate_json(c certificate) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object(
	    'serial', encode(c.serial, 'hex'),
	    'sha256', encode(c.der_sha256, 'hex'),
	    'issuer', c.issuer_id, 'index', c.index, 'profile', c.profile,
	    'organisation', (SELECT o.handle FROM lot l JOIN organisation o
	        ON o.id = l.organisation_id WHERE l.id = c.lot_id),
	    'device', (SELECT jsonb_build_object('kind', d.kind,
	        'id', d.device_id) FROM device d WHERE d.id = c.device_id),
	    'lot', (SELECT l.number FROM lot l WHERE l.id = c.lot_id),
	    'coc', (SELECT k.number FROM coc k WHERE k.id = c.coc_id),
	    'not_before', json_time(c.not_before),
	    'issued', json_time(c.issued),
	    'state', s.state,
	    'reason', CASE WHEN s.state = 'issued' THEN NULL
	        ELSE crl_reason_name(s.reason) END,
	    'since', json_time(s.since),
	    'invalidity_date', json_time(s.invalidity),
	    'event', s.event_id,
	    'measures', to_jsonb(s.measures),
	    'certificate', translate(encode(c.der, 'base64'), E'\n', ''))
	  FROM certificate_status(c) s;
$$;

-- Lock the certificate that an act is about.
CREATE FUNCTION certificate_lock(p_name text) RETURNS certificate
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate := certificate_find(p_name);
BEGIN
	SELECT * INTO c FROM certificate
	 WHERE issuer_id = c.issuer_id AND index = c.index FOR UPDATE;
	IF c.profile = 'root' THEN
		RAISE EXCEPTION 'the root stands under nobody who could revoke or hold it'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_IS_ROOT';
	END IF;
	RETURN c;
END
$$;

CREATE FUNCTION certificate_set(c certificate, p_kind text, p_state text,
    p_reason int, p_since timestamptz, p_invalidity timestamptz,
    p_legal_basis text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	e.kind := p_kind;
	e.issuer_id := c.issuer_id;
	e.first := c.index;
	e.count := 1;
	e.reason := p_reason;
	e.invalidity := p_invalidity;
	e.legal_basis := p_legal_basis;
	UPDATE certificate SET state = p_state, reason = p_reason,
	    changed = p_since, invalidity = p_invalidity,
	    event_id = status_append(e)
	 WHERE issuer_id = c.issuer_id AND index = c.index
	RETURNING * INTO c;
	RETURN certificate_json(c);
END
$$;

-- Final.  One security officer is enough: taking trust away is urgent, giving
-- it takes two.  A held one counts as revoked from the time of the hold.
CREATE FUNCTION certificate_revoke(p_name text, p_reason text,
    p_invalidity timestamptz) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
	reason int := crl_reason(p_reason);
BEGIN
	PERFORM actor_must('security');
	IF reason IS NULL OR reason IN (6, 10) THEN
		RAISE EXCEPTION '"%" is no reason to revoke for: take unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn (RFC 5280 section 5.3.1)', p_reason
		    USING ERRCODE = 'AY001', DETAIL = 'REASON_UNKNOWN';
	END IF;
	IF p_invalidity > assay_now() THEN
		RAISE EXCEPTION 'invalidity_date lies in the future: it says since when the key was bad (RFC 5280 section 5.3.2)'
		    USING ERRCODE = 'AY001', DETAIL = 'INVALIDITY_IN_FUTURE';
	END IF;
	c := certificate_lock(p_name);
	IF c.state = 'revoked' AND (reason <> 1 OR c.reason = 1) THEN
		RAISE EXCEPTION 'the certificate is revoked already; its reason may only move to keyCompromise'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_REVOKED';
	END IF;
	RETURN certificate_set(c, 'revoked', 'revoked', reason,
	    CASE WHEN c.state = 'issued' THEN assay_now() ELSE c.changed END,
	    p_invalidity, NULL);
END
$$;

CREATE FUNCTION certificate_hold(p_name text, p_legal_basis text)
    RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	PERFORM actor_must('security');
	c := certificate_lock(p_name);
	IF c.state <> 'issued' THEN
		RAISE EXCEPTION 'only a certificate that is good can be put on hold: this one is %', replace(c.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_NOT_GOOD';
	END IF;
	RETURN certificate_set(c, 'held', 'on_hold', 6, assay_now(), NULL,
	    p_legal_basis);
END
$$;

-- What two people have agreed on: run by the authority, once it has read both
-- signatures itself (305_given_back.sql).
CREATE FUNCTION certificate_release(p_issuer bigint, p_index bigint)
    RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	SELECT * INTO c FROM certificate
	 WHERE issuer_id = p_issuer AND index = p_index FOR UPDATE;
	IF NOT FOUND OR c.state <> 'on_hold' THEN
		RAISE EXCEPTION 'the certificate is not on hold by itself'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_NOT_HELD',
		    HINT = 'a measure that holds it is lifted, not released';
	END IF;
	RETURN certificate_set(c, 'released', 'issued', 0, NULL, NULL, NULL);
END
$$;

CREATE FUNCTION act_certificate_release(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT order_add(p.act, p.id, p.statement_id)';

-- The first of the two: propose to release a certificate from its own hold.
CREATE FUNCTION certificate_release_propose(p_name text, p_reason text)
    RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
	made proposal;
BEGIN
	c := certificate_lock(p_name);
	IF c.state <> 'on_hold' THEN
		RAISE EXCEPTION 'the certificate is not on hold by itself'
		    USING ERRCODE = 'AY004', DETAIL = 'CERTIFICATE_NOT_HELD',
		    HINT = 'a measure that holds it is lifted, not released';
	END IF;
	made := proposal_open('certificate_release',
	    certificate_subject(c.issuer_id, c.index),
	    encode(c.serial, 'hex'),
	    jsonb_build_object('certificate', encode(c.serial, 'hex'),
	        'reason', p_reason));
	RETURN proposal_json(made.id);
END
$$;

-- Which CRLs have to be made: of each issuer each block of indexes that was
-- ever begun, when it has none yet, when what it says has changed, or when it
-- is older than p_renew.  A block has p_root, p_access or p_issuing indexes; 0:
-- all that there are.
CREATE FUNCTION crl_due(p_root bigint, p_access bigint, p_issuing bigint,
    p_renew interval)
    RETURNS TABLE (issuer_id bigint, shard bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH since AS (SELECT coalesce(min(c.event_id), 0) AS id FROM crl c),
	change AS (
		SELECT e.id, e.issuer_id, e.first, e.first + e.count - 1 AS last
		  FROM status_event e, since
		 WHERE e.id > since.id
		   AND e.kind IN ('revoked', 'held', 'released')
		UNION ALL
		SELECT e.id, r.issuer_id, r.first, r.first + r.count - 1
		  FROM status_event e CROSS JOIN since
		  JOIN lot l ON CASE e.cohort_kind
		      WHEN 'lot' THEN l.id = e.cohort_id
		      WHEN 'model' THEN l.model_id = e.cohort_id
		      WHEN 'site' THEN l.site_id = e.cohort_id
		      WHEN 'organisation' THEN l.organisation_id = e.cohort_id
		      ELSE l.model_id IN (SELECT m.id FROM model m
		          WHERE m.hardware_platform_id = e.cohort_id)
		      END
		  JOIN index_range r ON r.lot_id = l.id
		 WHERE e.id > since.id
		   AND e.kind IN ('cohort_held', 'cohort_released')
		UNION ALL -- issued into a lot that is on hold
		SELECT e.id, e.issuer_id, e.first, e.first + e.count - 1
		  FROM lot_hold h CROSS JOIN since
		  JOIN status_event e ON e.id > since.id
		   AND e.kind = 'issued' AND e.lot_id = h.lot_id
	),
	sized AS (
		SELECT i.id, i.next_index, coalesce(nullif(CASE i.role
		    WHEN 'root' THEN p_root WHEN 'access' THEN p_access
		    ELSE p_issuing END, 0), 281474976710656) AS size
		  FROM issuer i
	),
	changed AS (
		SELECT e.issuer_id, s.shard, max(e.id) AS id
		  FROM change e JOIN sized i ON i.id = e.issuer_id
		 CROSS JOIN LATERAL generate_series(e.first / i.size,
		     e.last / i.size) AS s (shard)
		 GROUP BY e.issuer_id, s.shard
	)
	SELECT i.id, s.shard
	  FROM sized i
	 CROSS JOIN LATERAL generate_series(0,
	     greatest(i.next_index - 1, 0) / i.size) AS s (shard)
	  LEFT JOIN crl c ON c.issuer_id = i.id AND c.shard = s.shard
	  LEFT JOIN changed ON changed.issuer_id = i.id
	   AND changed.shard = s.shard
	 WHERE c.number IS NULL
	    OR c.this_update <= assay_now() - p_renew
	    OR c.this_update > assay_now()
	    OR changed.id > c.event_id
	 ORDER BY i.id, s.shard;
$$;

-- What the CRL of a block lists, in the order of the indexes: what is revoked
-- or held by itself, and what is held by a measure on its lot.
CREATE FUNCTION crl_entries(p_issuer bigint, p_first bigint, p_last bigint)
    RETURNS TABLE (serial bytea, reason int, since timestamptz,
    invalidity timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH held AS (
		SELECT h.lot_id, min(h.since) AS since
		  FROM lot_hold h GROUP BY h.lot_id
	)
	SELECT serial, reason, since, invalidity FROM (
		SELECT c.index, c.serial, c.reason,
		    CASE WHEN c.state = 'on_hold'
		        THEN least(c.changed, h.since)
		        ELSE c.changed END AS since,
		    c.invalidity
		  FROM certificate c LEFT JOIN held h ON h.lot_id = c.lot_id
		 WHERE c.issuer_id = p_issuer
		   AND c.index BETWEEN p_first AND p_last
		   AND c.state IN ('on_hold', 'revoked')
		UNION ALL
		SELECT c.index, c.serial, 6, h.since, NULL
		  FROM held h
		  JOIN index_range r ON r.lot_id = h.lot_id
		   AND r.issuer_id = p_issuer AND r.first <= p_last
		   AND r.first + r.count > p_first
		  JOIN certificate c ON c.issuer_id = p_issuer
		   AND c.index BETWEEN greatest(r.first, p_first)
		       AND least(r.first + r.count - 1, p_last)
		 WHERE c.state = 'issued'
	) entry ORDER BY index;
$$;

-- A made CRL: its number, and the file that the follower will place.
CREATE FUNCTION crl_store(p_issuer bigint, p_shard bigint, p_number bigint,
    p_event bigint, p_this timestamptz, p_next timestamptz, p_path text,
    p_der bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO crl (issuer_id, shard, number, event_id, this_update,
	    next_update)
	VALUES (p_issuer, p_shard, p_number, p_event, p_this, p_next)
	ON CONFLICT (issuer_id, shard) DO UPDATE
	   SET number = excluded.number, event_id = excluded.event_id,
	       this_update = excluded.this_update,
	       next_update = excluded.next_update;
	INSERT INTO publication (path, content, next_update)
	VALUES (p_path, p_der, p_next);
END
$$;

-- The follower waits on one channel for both.
CREATE FUNCTION publication_notify() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM pg_notify('status', 'publication');
	RETURN NULL;
END
$$;
CREATE TRIGGER publication_notify AFTER INSERT ON publication
	FOR EACH STATEMENT EXECUTE FUNCTION publication_notify();

-- Delegated certificates that are missing or past half their life: an OCSP key
-- has one of each issuer, a receipt key one of the access CA.
CREATE FUNCTION delegated_due()
    RETURNS TABLE (key_id bigint, issuer_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT k.id, i.id
	  FROM delegated_key k
	  JOIN issuer i ON k.kind = 'ocsp' OR i.role = 'access'
	  LEFT JOIN LATERAL (SELECT d.not_before, d.not_after
	      FROM delegated_certificate d
	     WHERE d.key_id = k.id AND d.issuer_id = i.id
	     ORDER BY d.not_after DESC LIMIT 1) d ON true
	 WHERE k.state = 'active'
	   AND (d.not_after IS NULL
	        OR d.not_before + (d.not_after - d.not_before) / 2
	            <= assay_now()
	        OR d.not_before > assay_now())
	 ORDER BY k.id, i.id;
$$;

REVOKE EXECUTE ON FUNCTION status_append(status_event),
	status_issued(bigint, bigint, bigint, bigint),
	status_void(bigint, bigint, bigint),
	status_cohort(bool, text, bigint, bigint),
	certificate_lock(text),
	certificate_set(certificate, text, text, int, timestamptz, timestamptz,
	    text),
	certificate_release(bigint, bigint), act_certificate_release(proposal),
	crl_store(bigint, bigint, bigint, bigint, timestamptz, timestamptz, text,
	    bytea)
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION status_issued(bigint, bigint, bigint, bigint),
	status_void(bigint, bigint, bigint),
	crl_due(bigint, bigint, bigint, interval), crl_entries(bigint, bigint, bigint),
	crl_store(bigint, bigint, bigint, bigint, timestamptz, timestamptz, text,
	    bytea),
	delegated_due(), json_time(timestamptz)
	TO assay_authority;
GRANT EXECUTE ON FUNCTION certificate_find(text),
	certificate_json(certificate), certificate_status(certificate),
	certificate_revoke(text, text, timestamptz),
	certificate_hold(text, text),
	certificate_release_propose(text, text), crl_reason(text), crl_reason_name(int),
	json_time(timestamptz)
	TO assay_api;
GRANT EXECUTE ON FUNCTION certificate_status(certificate), certificate_find(text)
	TO assay_authority;
