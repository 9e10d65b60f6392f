-- Suspending and reinstating a CoC, and what that does to those that stand on
-- it.  Withdrawing it: 318_coc_withdraw.sql.

-- A model whose component lost its CoC loses its own trust with it: a TrE
-- model with its hardware platform, a terminal model with the last of its TrE
-- models.  In the same transaction, all the way up.  A supplier who is suspended takes
-- nothing along: that forbids by itself, and may end, whatever fell meanwhile.
CREATE FUNCTION coc_cascade(p_cause coc) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	dependent coc;
BEGIN
	FOR dependent IN
		SELECT c.* FROM model_dependents(p_cause.model_id) AS t
		JOIN coc c ON c.model_id = t
		WHERE c.state IN ('provisional', 'certified')
		    AND NOT EXISTS (SELECT FROM model_components(t) AS k,
			coc_good(k, true))
		ORDER BY c.id FOR UPDATE OF c
	LOOP
		UPDATE coc SET state = 'suspended', effective = assay_now(),
		    suspended_by = p_cause.id
		WHERE id = dependent.id;
		PERFORM coc_cascade(dependent);
	END LOOP;
	PERFORM coc_stands_on(c) FROM model_dependents(p_cause.model_id) AS t
	JOIN coc c ON c.model_id = t
	WHERE c.state IN ('provisional', 'certified');
END
$$;

-- The first end of what it rests on, also where that is a suspended supplier's.
CREATE FUNCTION coc_goes_on_until(c coc) RETURNS timestamptz
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN least(coc_first_end(c), (SELECT min(g.expires)
	    FROM model_components(c.model_id) AS t, coc_good(t, true) AS g));
END
$$;

-- One of what it rested on is gone, and it goes on by another: from now on it
-- rests on that one, and ends no later.
CREATE FUNCTION coc_stands_on(c coc) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM coc_rests_on(c);
	PERFORM coc_end_by(c.model_id, coc_goes_on_until(c));
END
$$;

-- Has it what it fell for want of, or lost while it was down?  What forbids by itself
-- for as long as it is so, and suspends nothing, keeps nothing down either: a doubt, a
-- supplier who is suspended.
CREATE FUNCTION coc_may_rise(c coc) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN NOT EXISTS (SELECT FROM coc_missing(c.id)
	    WHERE code NOT IN ('SUPPLIER_NOT_ACTIVE',
		'DECLARATION_CHALLENGED', 'COMPONENT_NOT_ACCREDITED'))
	    AND EXISTS (SELECT FROM model_components(c.model_id) AS t
		JOIN model p ON p.id = t, LATERAL coc_good(t, true) AS g
		WHERE p.kind = 'tre' OR g.level >= c.level);
END
$$;

-- Back to life: those that fell for want of it, or of another that they may stand on
-- as well, and for no other reason.
CREATE FUNCTION coc_cascade_back(p_cause coc) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	dependent coc;
BEGIN
	FOR dependent IN
		SELECT c.* FROM model_dependents(p_cause.model_id) AS t
		JOIN coc c ON c.model_id = t
		WHERE c.suspended_by IS NOT NULL AND c.state = 'suspended'
		    AND c.expires > assay_now()
		ORDER BY c.id FOR UPDATE OF c
	LOOP
		CONTINUE WHEN NOT coc_may_rise(dependent);
		UPDATE coc SET state = coc_firmness(dependent),
		    effective = assay_now(), suspended_by = NULL,
		    expires = least(expires, coc_goes_on_until(dependent))
		WHERE id = dependent.id RETURNING * INTO dependent;
		PERFORM coc_rests_on(dependent);
		PERFORM coc_shorten(dependent.id, dependent.expires);
		PERFORM coc_cascade_back(dependent);
	END LOOP;
END
$$;

-- It fell with another, and from now on is down for itself; or was, and is for one more
-- reason, of which nothing knows that was proposed before.
CREATE FUNCTION coc_stays_down(p_coc bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	UPDATE coc SET suspended_by = NULL, effective = assay_now()
	WHERE id = p_coc RETURNING * INTO c;
	PERFORM history_note('coc', c.id, c.state, to_jsonb(c));
END
$$;

CREATE FUNCTION act_coc_suspend(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	SELECT * INTO c FROM coc WHERE id = p.subject_id FOR UPDATE;
	IF c.state = 'suspended' THEN
		PERFORM coc_stays_down(c.id);
		RETURN;
	END IF;
	UPDATE coc SET state = 'suspended', effective = assay_now()
	WHERE id = c.id;
	PERFORM coc_cascade(c);
END
$$;

CREATE FUNCTION act_coc_reinstate(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc := coc_hold(p.subject_id);
BEGIN
	IF c.expires <= assay_now() THEN
		RAISE EXCEPTION '% has expired: propose a new CoC', c.number
		    USING ERRCODE = 'AY004', DETAIL = 'COC_EXPIRED';
	END IF;
	PERFORM proposal_must_be_since(p, c.effective);
	PERFORM coc_must_be_complete(c, 'reinstated');
	UPDATE coc SET state = coc_firmness(c), effective = assay_now(),
	    suspended_by = NULL, expires = least(expires, coc_first_end(c))
	WHERE id = c.id RETURNING * INTO c;
	PERFORM coc_rests_on(c);
	PERFORM coc_shorten(c.id, c.expires);
	PERFORM coc_cascade_back(c);
END
$$;

-- What a CoC rests on has changed otherwise than by the clock: suspended, if
-- its declaration, its site or a certificate of another scheme no longer
-- carries it; and if they do, it ends no later than they do now.  A challenge
-- alone suspends nothing: it is a doubt, and stops downloads by itself.  One
-- that fell with another is down for itself from then on, whichever came first.
CREATE FUNCTION coc_rejudge(p_model bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	SELECT * INTO c FROM coc WHERE model_id = p_model
	    AND (state IN ('provisional', 'certified')
		OR suspended_by IS NOT NULL)
	    AND expires > assay_now() FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF NOT EXISTS (SELECT FROM coc_missing(c.id)
	    WHERE code ~ '^(DECLARATION|SITE|EXTERNAL)_'
	    AND code <> 'DECLARATION_CHALLENGED') THEN
		PERFORM coc_end_by(p_model, coc_first_end(c));
		RETURN;
	END IF;
	IF c.state = 'suspended' THEN
		PERFORM coc_stays_down(c.id);
		RETURN;
	END IF;
	UPDATE coc SET state = 'suspended', effective = assay_now()
	WHERE id = c.id;
	PERFORM coc_cascade(c);
END
$$;

-- What a provisional CoC rests on has become firm, by a decision of two
-- people on each of these: the CoC follows, up to the last that rests on it.
-- Its end stays as it was; a new CoC brings a new end.
CREATE FUNCTION coc_firm_up(p_model bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	SELECT * INTO c FROM coc WHERE model_id = p_model
	    AND state = 'provisional' AND expires > assay_now() FOR UPDATE;
	IF NOT FOUND OR coc_firmness(c) <> 'certified'
	    OR EXISTS (SELECT FROM coc_missing(c.id)) THEN
		RETURN;
	END IF;
	UPDATE coc SET state = 'certified', effective = assay_now()
	WHERE id = c.id;
	PERFORM coc_firm_up(t) FROM model_dependents(p_model) AS t;
END
$$;

-- A site that is suspended or withdrawn takes the CoCs along that rest on it;
-- one that becomes full firms them up; and where a later audit gives it a nearer
-- end than it had, they end by then.
CREATE FUNCTION coc_follow_site() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_model bigint;
BEGIN
	FOR v_model IN SELECT model_id FROM coc WHERE site_scope_id = NEW.id
	    AND (state IN ('provisional', 'certified')
		OR suspended_by IS NOT NULL) ORDER BY id
	LOOP
		IF NEW.state = 'full' THEN
			PERFORM coc_firm_up(v_model);
		END IF;
		PERFORM coc_rejudge(v_model);
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER coc_follow_site AFTER UPDATE OF state, expires ON site_scope
	FOR EACH ROW WHEN (NEW.state IN ('suspended', 'withdrawn', 'full')
	    AND (OLD.state <> NEW.state OR NEW.expires < OLD.expires))
	EXECUTE FUNCTION coc_follow_site();

-- What a model's CoC rests on now ends earlier than it did: so does the CoC,
-- and what stands on it.
CREATE FUNCTION coc_end_by(p_model bigint, p_expires timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_coc bigint;
BEGIN
	UPDATE coc SET expires = p_expires
	WHERE model_id = p_model AND expires > p_expires
	    AND state IN ('provisional', 'certified', 'suspended')
	RETURNING id INTO v_coc;
	PERFORM coc_shorten(v_coc, p_expires);
END
$$;

-- It ends before its time, and so does what rests on it and on nothing else.
CREATE FUNCTION coc_end(c coc, p_at timestamptz) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE coc SET state = 'expired', effective = p_at,
	    expires = least(expires, p_at), suspended_by = NULL
	WHERE id = c.id
	    AND state IN ('provisional', 'certified', 'suspended');
	PERFORM coc_end(k, p_at)
	FROM model_dependents(c.model_id) AS t JOIN coc k ON k.model_id = t
	WHERE k.state IN ('provisional', 'certified')
	    AND NOT EXISTS (SELECT FROM model_components(t) AS p, coc_good(p, true));
	PERFORM coc_stands_on(k) FROM model_dependents(c.model_id) AS t
	JOIN coc k ON k.model_id = t
	WHERE k.state IN ('provisional', 'certified');
END
$$;

-- Its supplier hears of its end in time, and of what becomes of it.
CREATE FUNCTION coc_remind() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	org bigint := (SELECT organisation_id FROM model
	    WHERE id = NEW.model_id);
BEGIN
	IF NEW.state IN ('provisional', 'certified', 'suspended') THEN
		PERFORM reminder_set('coc.ends', org, NEW.number, NEW.expires);
	ELSE
		PERFORM reminder_drop('coc.ends', NEW.number);
	END IF;
	IF NEW.state <> OLD.state THEN
		PERFORM notice_add('coc.' || NEW.state, org, NEW.number,
		    jsonb_build_object('effective', json_time(NEW.effective),
		    'expires', json_time(NEW.expires)));
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER coc_remind AFTER UPDATE OF state, expires ON coc
	FOR EACH ROW WHEN ((OLD.state, OLD.expires) IS DISTINCT FROM
	    (NEW.state, NEW.expires))
	EXECUTE FUNCTION coc_remind();

-- ---- by the clock

CREATE INDEX coc_ends ON coc (expires)
	WHERE state IN ('provisional', 'certified', 'suspended');

CREATE FUNCTION clock_coc(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n int;
BEGIN
	UPDATE coc SET state = 'expired', effective = expires,
	    suspended_by = NULL
	 WHERE state IN ('provisional', 'certified', 'suspended')
	   AND expires <= p_now;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what)
VALUES (10, 'coc', 'a CoC ends with its first prerequisite');
