-- What a measure does when it comes into force and when it ends, in the very
-- transaction that brings it about.
--
-- A freeze is read by whoever issues or decides, and does nothing by itself.  A
-- hold and a revocation are told to the status log, a cohort by one event: ten
-- million devices are no more than ten.  The log keeps holds apart by measure, so
-- a cohort is free when the last one is gone; a revocation is final.

-- The second person's word.  What the measure takes from accreditations comes
-- first, since it locks CoCs as issuing does (lot_add_issued), then the status
-- log: from then on no lot grows until this is committed, and the number that
-- was typed is the number that is hit.
CREATE FUNCTION act_measure_impose(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	SELECT * INTO STRICT m FROM measure WHERE id = p.subject_id FOR UPDATE;
	PERFORM measure_must_have_cause(m);
	PERFORM measure_must_cover(m);
	PERFORM measure_take(m);
	IF measure_revokes(m) THEN
		PERFORM FROM status_head FOR UPDATE;
		PERFORM proposal_must_be_counted(p,
		    measure_devices(m.scope_kind, m.scope_id));
	END IF;
	UPDATE measure SET state = 'in_force', effective = assay_now()
	WHERE id = m.id;
END
$$;

-- What arose by itself falls by two, who adopt and reject it, or dismiss it: where its
-- adopter thinks better of it, or nobody judges it, it arises again.
CREATE FUNCTION reject_measure_impose(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m measure;
BEGIN
	UPDATE measure SET state = 'rejected', effective = assay_now()
	WHERE id = p.subject_id RETURNING * INTO m;
	IF m.cause IS NOT NULL AND NOT EXISTS (SELECT FROM approval
	    WHERE proposal_id = p.id AND verdict = 'reject') THEN
		PERFORM measure_arise_again(m);
	END IF;
END
$$;

-- What escalates a corrective action falls with it.
CREATE FUNCTION measure_must_have_cause(m measure) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	c measure;
BEGIN
	SELECT * INTO c FROM measure WHERE number = m.cause
	    AND kind = 'corrective_action';
	IF FOUND AND c.state <> 'in_force' THEN
		RAISE EXCEPTION '% is to escalate %, which is %', m.number,
		    c.number, replace(c.state, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'MEASURE_CAUSE_GONE';
	END IF;
END
$$;

-- ---- into force

-- From accreditations: a CoC, elements of a site, a supplier's standing, a CA.
CREATE FUNCTION measure_take(m measure) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF m.kind = 'withdrawal' THEN
		PERFORM coc_withdraw_of(m.scope_id);
	ELSIF m.kind = 'ban' THEN
		UPDATE organisation SET state = 'suspended',
		    reason = m.number
		WHERE id = m.scope_id AND state = 'active';
	ELSIF m.kind = 'scope_reduction' THEN
		UPDATE site_scope SET state = 'withdrawn',
		    effective = assay_now(), reason = m.number
		WHERE site_id = m.scope_id AND scope = ANY (m.scopes)
		    AND state <> 'withdrawn';
	ELSIF m.kind = 'mass_revocation' AND m.scope_kind = 'issuer' THEN
		UPDATE issuer SET state = 'revoked', effective = assay_now()
		WHERE id = m.scope_id AND state <> 'revoked';
	END IF;
END
$$;

-- The CoC in force of a model, and what stands on it.
CREATE FUNCTION coc_withdraw_of(p_model bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	UPDATE coc SET state = 'withdrawn', effective = assay_now(),
	    suspended_by = NULL
	WHERE model_id = p_model
	    AND state IN ('provisional', 'certified', 'suspended')
	RETURNING * INTO c;
	IF FOUND THEN
		PERFORM coc_cascade(c);
	END IF;
END
$$;

-- Of a revoked CA its own certificate is, too, if it isn't already.
CREATE FUNCTION issuer_revoke_certificate(p_issuer bigint, p_reason int)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	SELECT x.* INTO c FROM certificate x JOIN issuer i
	    ON x.der_sha256 = pg_catalog.sha256(i.cert_der)
	WHERE i.id = p_issuer AND x.state IN ('issued', 'on_hold')
	FOR UPDATE OF x;
	IF FOUND THEN
		PERFORM certificate_end(c, CASE p_reason
		    WHEN 1 THEN 2 ELSE p_reason END); -- cACompromise
	END IF;
END
$$;

-- Every way into and out of force passes here, so the log cannot disagree, and
-- everybody whom it concerns hears of it.  The log comes last but for what the
-- new measure supersedes: a hold goes on under it without a gap.
CREATE FUNCTION measure_turn() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	was bool := TG_OP = 'UPDATE' AND OLD.state = 'in_force';
BEGIN
	IF NEW.state = 'in_force' AND NOT was THEN
		PERFORM measure_tell(NEW);
		PERFORM measure_begin(NEW);
	ELSIF was AND NEW.state <> 'in_force' THEN
		PERFORM measure_tell(NEW);
		IF NEW.effect = 'hold' THEN
			PERFORM status_cohort(false, NEW.scope_kind,
			    NEW.scope_id, NEW.id);
		END IF;
	END IF;
	IF NEW.kind = 'corrective_action' AND NEW.state IN ('lifted', 'superseded') THEN
		UPDATE measure SET state = 'rejected', effective = assay_now()
		WHERE cause = NEW.number AND state = 'proposed'
		    AND proposed_by IS NULL;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER measure_turn AFTER INSERT OR UPDATE OF state ON measure
	FOR EACH ROW EXECUTE FUNCTION measure_turn();

CREATE FUNCTION measure_begin(m measure) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	reason int := CASE m.kind WHEN 'withdrawal' THEN 9 -- privilegeWithdrawn
	    ELSE crl_reason(m.reason) END;
BEGIN
	UPDATE measure SET state = 'escalated', effective = m.effective
	WHERE number = m.cause AND kind = 'corrective_action'
	    AND state = 'in_force';
	IF measure_revokes(m) THEN
		IF m.scope_kind = 'issuer' THEN
			PERFORM issuer_revoke_certificate(m.scope_id, reason);
		END IF;
		PERFORM status_cohort_revoked(m.scope_kind, m.scope_id, m.id,
		    reason);
	ELSIF m.effect = 'hold' THEN
		PERFORM status_cohort(true, m.scope_kind, m.scope_id, m.id,
		    (SELECT since FROM cohort_hold
			WHERE measure_id = m.supersedes));
	END IF;
	UPDATE measure SET state = 'superseded', effective = m.effective
	WHERE id = m.supersedes AND state = 'in_force';
END
$$;

-- A banned supplier is not let in again before the ban is lifted.
CREATE FUNCTION organisation_banned() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	ban text := (SELECT number FROM measure WHERE kind = 'ban'
	    AND state = 'in_force' AND scope_kind = 'organisation'
	    AND scope_id = NEW.id LIMIT 1);
BEGIN
	IF ban IS NOT NULL THEN
		RAISE EXCEPTION '% is banned (%): lift the ban first',
		    NEW.handle, ban
		    USING ERRCODE = 'AY004', DETAIL = 'ORGANISATION_BANNED';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER organisation_banned BEFORE UPDATE OF state ON organisation
	FOR EACH ROW WHEN (NEW.state = 'active' AND OLD.state <> 'active')
	EXECUTE FUNCTION organisation_banned();

-- ---- who hears of it

-- The supplier that it meets, and the operators that ever had a permit for what
-- it reaches, unless it forbids nothing.
CREATE FUNCTION measure_tell(m measure) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	detail jsonb := jsonb_build_object('kind', m.kind,
	    'scope_kind', m.scope_kind, 'scope', m.scope_number,
	    'effect', m.effect, 'effective', json_time(m.effective));
BEGIN
	PERFORM notice_add('measure.' || m.state, measure_organisation(m),
	    m.number, detail || jsonb_build_object('legal_basis',
	    m.legal_basis, 'deadline', json_time(m.deadline)));
	IF m.kind <> 'corrective_action' THEN
		PERFORM notice_add('measure.' || m.state, o, m.number, detail)
		FROM measure_operators(m.scope_kind, m.scope_id) o;
	END IF;
	IF m.state IN ('escalated', 'lapsed') THEN
		PERFORM alarm_raise('measure.' || m.state, m.number, detail);
	END IF;
END
$$;
