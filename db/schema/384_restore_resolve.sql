-- A restore (380) is resolved: by a security officer and a decider, whose
-- signatures the authority checks itself before it carries it out.

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles) VALUES
  ('restore_resolve', 'restore', '{security}', '{decider}');

CREATE FUNCTION restore_numbered(p_number text) RETURNS restore
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r restore;
BEGIN
	SELECT * INTO r FROM restore WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no restore "%"', left(p_number, 40)
		    USING ERRCODE = 'AY003', DETAIL = 'RESTORE_ABSENT';
	END IF;
	RETURN r;
END
$$;

-- Still lost, and no more known of it than was signed.
CREATE FUNCTION restore_must_be(r restore, p_event bigint, p_claims bigint)
    RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF r.state <> 'lost' THEN
		RAISE EXCEPTION '% is resolved already', r.number
		    USING ERRCODE = 'AY004', DETAIL = 'RESTORE_STATE';
	END IF;
	IF (p_event, p_claims) IS DISTINCT FROM
	    (SELECT (s.event, s.claims) FROM restore_seen(r.id) s) THEN
		RAISE EXCEPTION '%: more is known by now: read it again',
		    r.number
		    USING ERRCODE = 'AY004', DETAIL = 'RESTORE_CHANGED';
	END IF;
END
$$;

-- What is put back is what witnesses say.  One that says what is not so, for it was
-- taken over, can be disbelieved instead: then nothing is put back, and whoever else
-- misses something says so anew.
CREATE FUNCTION restore_propose_resolve(p_number text, p_event bigint,
    p_claims bigint, p_reason text, p_disbelieve text[] DEFAULT NULL)
    RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	r restore;
	p proposal;
BEGIN
	PERFORM actor_must('security');
	r := restore_numbered(p_number);
	PERFORM restore_must_be(r, p_event, p_claims);
	IF EXISTS (SELECT FROM unnest(p_disbelieve) d (name)
	    WHERE d.name = 'authority' OR NOT EXISTS (SELECT FROM restore_report x
		WHERE x.restore_id = r.id AND x.witness = d.name)) THEN
		RAISE EXCEPTION 'who is not believed must be a follower that has reported here'
		    USING ERRCODE = 'AY001', DETAIL = 'WITNESS_ABSENT';
	END IF;
	p := proposal_open('restore_resolve', r.id, r.number,
	    statement_must_say(format('/v1/restores/%s/resolve', r.number),
	    jsonb_build_object('event', p_event, 'claims', p_claims,
	    'reason', p_reason, 'disbelieve', to_jsonb(p_disbelieve))));
	RETURN proposal_json(p);
END
$$;

-- The authority does it, after it has checked both signatures itself.
CREATE FUNCTION act_restore_resolve(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM restore_must_be(r, (p.terms ->> 'event')::bigint,
	    (p.terms ->> 'claims')::bigint)
	FROM restore r WHERE r.id = p.subject_id;
	INSERT INTO "order" (kind, subject_id, statement_id)
	VALUES ('restore_resolve', p.id, p.statement_id);
	PERFORM pg_notify('authority', 'order');
END
$$;

-- ---- putting back

-- Does this transaction resolve one?
CREATE FUNCTION restore_is_under_way() RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM restore WHERE state = 'lost')
	    AND current_user = 'assay_owner' AND session_user = 'assay_authority';
$$;

-- The log goes on behind whatever anybody has seen of it.
CREATE FUNCTION restore_log(p_restore bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	UPDATE status_head SET last = greatest(last,
	    (SELECT s.event FROM restore_seen(p_restore) s));
	e.kind := 'restored';
	RETURN status_append(e);
END
$$;

-- No index is used twice: those that may have been used are void.
CREATE FUNCTION restore_indexes(p_restore bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m record;
BEGIN
	PERFORM setval('issuer_id', greatest(nextval('issuer_id'),
	    (SELECT max(x.id) + 100 FROM restore_marks(p_restore) x)));
	FOR m IN SELECT i.id, i.next_index AS first, s.next - i.next_index AS count
	    FROM restore_marks(p_restore) s JOIN issuer i ON i.id = s.id
	    WHERE s.next > i.next_index ORDER BY i.id FOR UPDATE OF i LOOP
		UPDATE issuer SET next_index = m.first + m.count
		WHERE id = m.id;
		INSERT INTO index_range (issuer_id, first, count)
		VALUES (m.id, m.first, m.count);
		UPDATE index_range SET state = 'void'
		WHERE issuer_id = m.id AND first = m.first;
		PERFORM status_void(m.id, m.first, m.count);
	END LOOP;
END
$$;

-- One certificate, since when the world has heard it.  A reason that is known moves
-- to keyCompromise only.
CREATE FUNCTION restore_certificate(c restore_claim) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
BEGIN
	e.kind := CASE c.state WHEN 'revoked' THEN 'revoked' ELSE 'held' END;
	e.issuer_id := c.issuer_id;
	e.first := c.index;
	e.count := 1;
	e.reason := coalesce((SELECT reason FROM certificate
	    WHERE issuer_id = c.issuer_id AND index = c.index
	    AND state = 'revoked' AND c.reason <> 1), c.reason);
	e.since := c.since;
	e.invalidity := c.invalidity;
	UPDATE certificate SET state = c.state, reason = e.reason,
	    invalidity = coalesce(c.invalidity, invalidity),
	    changed = least(CASE state WHEN 'issued' THEN NULL ELSE changed END,
		c.since),
	    event_id = status_append(e)
	WHERE issuer_id = c.issuer_id AND index = c.index;
END
$$;

-- The supplier of what a witness claims, and the operators that had a permit for any
-- of it, as far as this database knows.
CREATE FUNCTION restore_cohort_told(r restore, c restore_claim) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	m.scope_kind := c.cohort_kind;
	m.scope_id := c.cohort_id;
	PERFORM notice_add('restore.revoked', o, r.number, jsonb_build_object(
	    'scope_kind', c.cohort_kind,
	    'scope', measure_scope_name(c.cohort_kind, c.cohort_id),
	    'reason', crl_reason_name(c.reason), 'since', json_time(c.since)))
	FROM (SELECT measure_organisation(m)
	    UNION SELECT measure_operators(c.cohort_kind, c.cohort_id))
	    AS concerned (o)
	WHERE o IS NOT NULL;
END
$$;

-- A cohort: revoked for good, or on hold by a measure of its own, which two
-- people can lift.  Of that everybody whom it concerns hears as of any other.
CREATE FUNCTION restore_cohort(r restore, c restore_claim, p_by bigint)
    RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	e status_event;
	m measure;
BEGIN
	IF c.state = 'revoked' THEN
		e.kind := 'cohort_revoked';
		e.cohort_kind := c.cohort_kind;
		e.cohort_id := c.cohort_id;
		e.reason := c.reason;
		e.since := c.since;
		PERFORM status_append(e);
		PERFORM restore_cohort_told(r, c);
		RETURN;
	END IF;
	INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number,
	    legal_basis, effect, proposed_by, cause)
	VALUES (next_number('MEA'), 'hold', c.cohort_kind, c.cohort_id,
	    measure_scope_name(c.cohort_kind, c.cohort_id), format('on hold '
	    'since %s, as was told before the restore %s',
	    json_time(c.since), r.number), 'hold', p_by, r.number)
	RETURNING * INTO m;
	UPDATE measure SET state = 'in_force', effective = assay_now()
	WHERE id = m.id;
END
$$;

-- What was made in what is lost is not there to be held.
CREATE FUNCTION restore_scope_is_there(c restore_claim) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE c.cohort_kind
	    WHEN 'issuer' THEN EXISTS (SELECT FROM issuer
		WHERE id = c.cohort_id)
	    ELSE measure_scope_name(c.cohort_kind, c.cohort_id)
		IS NOT NULL END;
$$;

CREATE FUNCTION restore_claims(r restore, p_by bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c restore_claim;
BEGIN
	FOR c IN SELECT * FROM restore_claim WHERE restore_id = r.id
	    ORDER BY id LOOP
		CONTINUE WHEN restore_claim_is_met(c);
		IF c.issuer_id IS NOT NULL THEN
			-- a CRL's, before the cohort's was there
			PERFORM restore_certificate(c)
			WHERE c.witness <> 'authority' OR NOT EXISTS (
			    SELECT FROM certificate x
			    WHERE x.issuer_id = c.issuer_id
			    AND x.index = c.index
			    AND restore_is_claimed(x, c.state, c.reason));
		ELSIF restore_scope_is_there(c) THEN
			PERFORM restore_cohort(r, c, p_by);
		END IF;
	END LOOP;
END
$$;

-- At once, and notices' again when more is known: whatever was numbered in what is
-- lost keeps its number; issuers', which are few, when it is resolved.  What people
-- signed of it must not fit anything that comes.
CREATE FUNCTION restore_numbers(p_restore bigint, p_first bool) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s record;
BEGIN
	IF p_first THEN
		FOR s IN SELECT c.oid::regclass AS name, c.relname FROM pg_class c
		    WHERE c.relkind = 'S'
		      AND c.relnamespace = 'assay'::regnamespace
		LOOP
			PERFORM setval(s.name, nextval(s.name) +
			    CASE s.relname WHEN 'issuer_id' THEN 100
				ELSE 10000 END);
		END LOOP;
		INSERT INTO numbering (prefix, year, last)
		VALUES ('', extract(year FROM assay_now()
		    AT TIME ZONE 'UTC'), 0)
		ON CONFLICT DO NOTHING;
		UPDATE numbering SET last = last + 1000;
	END IF;
	INSERT INTO notice_head (organisation_id, last)
	SELECT id, 0 FROM organisation ON CONFLICT DO NOTHING;
	UPDATE notice_head SET last = greatest(
	    last + CASE WHEN p_first THEN 1000 ELSE 0 END, 1000 + (SELECT
	    max(notices) FROM restore_report WHERE restore_id = p_restore));
END
$$;

-- The feed goes on behind the last number, in its chain.
CREATE FUNCTION restore_feed(p_restore bigint) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_number bigint;
BEGIN
	INSERT INTO feed (number, sha256, issued, next_update)
	SELECT x.feed, x.feed_sha256, assay_now() - feed_daily(),
	    assay_now() + feed_validity()
	  FROM restore_report x WHERE x.restore_id = p_restore
	   AND x.feed > (SELECT coalesce(max(number), 0) FROM feed)
	 ORDER BY x.feed DESC LIMIT 1
	RETURNING number INTO v_number;
	RETURN v_number;
END
$$;

-- The kit likewise; an operator's folder may hold what is lost, so that from its
-- number no delta leads on.
CREATE FUNCTION restore_kit(p_restore bigint, p_event bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO kit (number, sha256, anew, issued, next_update, covered,
	    event_id, lots)
	SELECT x.kit, x.kit_sha256, true, assay_now(),
	    assay_now() + kit_validity(), assay_now(), p_event, '{}'
	  FROM restore_report x WHERE x.restore_id = p_restore
	   AND x.kit > (SELECT coalesce(max(number), 0) FROM kit)
	 ORDER BY x.kit DESC LIMIT 1;
END
$$;

CREATE FUNCTION restore_dismiss(r restore, p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE restore_report SET disbelieved = true
	 WHERE restore_id = r.id AND witness <> 'authority'
	   AND p.terms -> 'disbelieve' ? witness;
	UPDATE restore SET state = 'dismissed', effective = assay_now()
	 WHERE id = r.id;
	UPDATE "order" SET state = 'done' WHERE kind = 'restore_resolve'
	    AND subject_id = p.id AND state = 'queued';
	PERFORM alarm_raise('alarm.restore_resolved', r.number,
	    jsonb_build_object('disbelieved', p.terms -> 'disbelieve'));
END
$$;

-- Whose permits, lots, custody and consents were lost cannot be known here: so
-- whoever may have had some hears of it, and since when it may be.
CREATE FUNCTION restore_told(r restore) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add('restore.resolved', o.id, r.number,
	    jsonb_strip_nulls(jsonb_build_object('lost_since', (SELECT
		json_time(at) FROM status_event WHERE id = r.last),
	    'lost_until', json_time(r.created))))
	FROM organisation o
	WHERE o.kind IN ('supplier', 'operator')
	    AND o.state IN ('active', 'suspended');
$$;

-- All of it at once, however much that is: the numbers of what is put back begin behind
-- the last that any witness has seen.  In parts, one that comes between two of them could
-- have seen numbers that are given out a second time by then; and half of it must not be
-- taken for the whole.  What is interrupted begins anew, from what witnesses have said,
-- which is kept.
CREATE FUNCTION restore_resolve(p_proposal bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	p proposal;
	r restore;
	v_event bigint;
BEGIN
	SELECT * INTO STRICT p FROM proposal WHERE id = p_proposal
	    AND act = 'restore_resolve' AND state = 'approved';
	SELECT * INTO STRICT r FROM restore WHERE id = p.subject_id FOR UPDATE;
	PERFORM restore_must_be(r, (p.terms ->> 'event')::bigint,
	    (p.terms ->> 'claims')::bigint);
	PERFORM set_config('assay.actor', p.proposed_by::text, true);
	IF jsonb_typeof(p.terms -> 'disbelieve') = 'array' THEN
		PERFORM restore_dismiss(r, p);
		RETURN;
	END IF;
	PERFORM FROM status_head FOR UPDATE;
	v_event := restore_log(r.id);
	PERFORM restore_indexes(r.id);
	PERFORM restore_claims(r, p.proposed_by);
	PERFORM restore_kit(r.id, v_event);
	UPDATE restore SET state = 'resolved', event_id = v_event,
	    feed = restore_feed(r.id), effective = assay_now() WHERE id = r.id;
	PERFORM restore_told(r);
	UPDATE "order" SET state = 'done' WHERE kind = 'restore_resolve'
	    AND subject_id = p.id AND state = 'queued';
	PERFORM alarm_raise('alarm.restore_resolved', r.number,
	    jsonb_build_object('event', v_event));
END
$$;

GRANT EXECUTE ON FUNCTION restore_propose_resolve(text, bigint, bigint, text, text[])
	TO assay_api;
GRANT EXECUTE ON FUNCTION restore_resolve(bigint) TO assay_authority;
