-- Certificates of conformity: proposed by one decider, decided by another.

-- What becomes of devices that exist when it runs out: what it says, but that the
-- end of a suspended one brings nothing back that its suspension forbade.
CREATE FUNCTION coc_on_expired(c coc) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE WHEN c.state = 'suspended'
	    AND c.on_expired IN ('permit', 'permit_if_issued_before')
	    THEN c.on_suspended ELSE c.on_expired END;
$$;

-- What was proposed stays as proposed; what was certified stays so.
CREATE FUNCTION coc_is_fixed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := '{state,effective,expires,used,suspended_by}';
BEGIN
	IF OLD.state = 'proposed' THEN
		may := may || '{valid_from,declaration_id,ruleset_id}';
	END IF;
	IF OLD.state = 'suspended' AND NEW.state = 'expired' THEN
		NEW.on_expired := coc_on_expired(OLD);
		may := may || '{on_expired}';
	END IF;
	IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION 'the terms of a CoC cannot change: propose '
		    'another'
		    USING ERRCODE = 'AY002', DETAIL = 'COC_FIXED';
	END IF;
	IF NEW.used < OLD.used OR NEW.expires > OLD.expires THEN
		RAISE EXCEPTION 'what is used of a quota only grows, and the '
		    'end of a CoC only comes nearer'
		    USING ERRCODE = 'AY002', DETAIL = 'COC_FIXED';
	END IF;
	RETURN NEW;
END
$$;
-- Of all columns, but that more of the quota is used goes by often and alone.
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE TRIGGER coc_is_fixed BEFORE UPDATE OF %s '
	    'ON coc FOR EACH ROW EXECUTE FUNCTION coc_is_fixed()',
	    string_agg(quote_ident(attname), ', '))
	FROM pg_attribute WHERE attrelid = 'coc'::regclass AND attnum > 0
	AND NOT attisdropped AND attname <> 'used');
END
$$;
CREATE TRIGGER coc_used_grows BEFORE UPDATE OF used ON coc
	FOR EACH ROW WHEN (NEW.used < OLD.used)
	EXECUTE FUNCTION coc_is_fixed();

CREATE FUNCTION coc_numbered(p_number text) RETURNS coc
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	SELECT * INTO c FROM coc WHERE number = p_number FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no CoC "%"', p_number
		    USING ERRCODE = 'AY003', DETAIL = 'COC_ABSENT';
	END IF;
	RETURN c;
END
$$;

-- The site's scope element that the CoC is to rest on.
CREATE FUNCTION coc_site_scope(m model, p_site text) RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s site;
	v_scope bigint;
BEGIN
	IF m.kind = 'hardware_platform' THEN
		IF p_site IS NOT NULL THEN
			RAISE EXCEPTION 'the CoC of a hardware platform names '
			    'no site'
			    USING ERRCODE = 'AY001', DETAIL = 'SITE_UNFIT';
		END IF;
		RETURN NULL;
	END IF;
	IF p_site IS NULL THEN
		RAISE EXCEPTION 'the CoC of a % needs the "site" where it is '
		    'made', model_kind_name(m.kind)
		    USING ERRCODE = 'AY001', DETAIL = 'SITE_MISSING';
	END IF;
	SELECT * INTO s FROM site WHERE handle = p_site;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no site "%"', p_site
		    USING ERRCODE = 'AY003', DETAIL = 'SITE_ABSENT';
	END IF;
	IF s.organisation_id <> m.organisation_id THEN
		RAISE EXCEPTION 'site "%" belongs to another supplier than '
		    'model "%"', p_site, m.handle
		    USING ERRCODE = 'AY004', DETAIL = 'SITE_UNFIT';
	END IF;
	SELECT id INTO v_scope FROM site_scope
	WHERE site_id = s.id AND scope = coc_scope(m.kind);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'site "%" is not registered for %', p_site,
		    replace(coc_scope(m.kind), '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'SITE_UNFIT';
	END IF;
	RETURN v_scope;
END
$$;

-- The floor under what a CoC may say is that of its domains (050).

CREATE FUNCTION coc_check_terms(p_valid_days int, p_on_expired text,
	p_on_suspended text, p_grace_days int) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_valid_days IS NULL OR p_valid_days NOT BETWEEN 1 AND 1830 THEN
		RAISE EXCEPTION 'valid_days is 1 to 1830'
		    USING ERRCODE = 'AY001', DETAIL = 'VALID_DAYS';
	END IF;
	IF p_grace_days NOT BETWEEN 0 AND 365 THEN
		RAISE EXCEPTION 'grace_days is 0 to 365: no device goes on for '
		    'longer than a year after the end'
		    USING ERRCODE = 'AY001', DETAIL = 'BELOW_THE_FLOOR';
	END IF;
	IF p_on_expired NOT IN ('permit', 'permit_if_issued_before', 'hold',
	    'refuse') OR p_on_suspended NOT IN ('permit_if_issued_before',
	    'hold', 'refuse') THEN
		RAISE EXCEPTION 'on_expired is permit, permit_if_issued_before, '
		    'hold or refuse; on_suspended is one of the last three'
		    USING ERRCODE = 'AY001', DETAIL = 'BELOW_THE_FLOOR';
	END IF;
END
$$;

-- The external certificates that it is to rest on, by number.
CREATE FUNCTION coc_name_external(p_coc bigint, p_external text[])
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	n text;
	x external_certificate;
BEGIN
	FOREACH n IN ARRAY coalesce(p_external, '{}') LOOP
		x := external_certificate_numbered(n);
		INSERT INTO coc_external (coc_id, external_certificate_id)
		VALUES (p_coc, x.id) ON CONFLICT DO NOTHING;
	END LOOP;
END
$$;

-- The suspended CoC of that model that a new one is to stand instead of, where what
-- it rested on is gone for good: the site was given up, or a certificate of another
-- scheme that it names.  As a reinstatement it says why.
CREATE FUNCTION coc_instead(m model, p_number text, p_reason text)
	RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	IF (p_number IS NULL) <> (p_reason IS NULL) THEN
		RAISE EXCEPTION '"instead_of" and "reason" go together'
		    USING ERRCODE = 'AY001', DETAIL = 'INSTEAD_OF';
	END IF;
	IF p_number IS NULL THEN
		RETURN NULL;
	END IF;
	c := coc_numbered(p_number);
	IF c.model_id <> m.id THEN
		RAISE EXCEPTION '% is of another model than "%"', p_number,
		    m.handle
		    USING ERRCODE = 'AY004', DETAIL = 'INSTEAD_OF';
	END IF;
	IF c.state <> 'suspended' THEN
		RAISE EXCEPTION '% is %: only a suspended one has to be named',
		    p_number, c.state
		    USING ERRCODE = 'AY004', DETAIL = 'COC_STATE';
	END IF;
	RETURN c.id;
END
$$;

-- By a decider; takes effect when another one approves.  What is NULL is left
-- unsaid, and has its default.
CREATE FUNCTION coc_propose(p_model text, p_level int, p_site text,
	p_declaration text, p_quota bigint, p_valid_days int,
	p_on_expired text DEFAULT NULL, p_on_suspended text DEFAULT NULL,
	p_grace_days int DEFAULT NULL, p_external text[] DEFAULT NULL,
	p_instead_of text DEFAULT NULL, p_reason text DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	m model;
	d bigint;
	c coc;
	terms jsonb;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say('/v1/cocs', jsonb_build_object(
	    'model', p_model, 'level', p_level, 'site', p_site,
	    'declaration', p_declaration, 'quota', p_quota,
	    'valid_days', p_valid_days, 'on_expired', p_on_expired,
	    'on_suspended', p_on_suspended, 'grace_days', p_grace_days,
	    'external_certificates', p_external,
	    'instead_of', p_instead_of, 'reason', p_reason));
	m := model_named(p_model);
	PERFORM coc_check_terms(p_valid_days, p_on_expired, p_on_suspended,
	    p_grace_days);
	IF p_declaration IS NOT NULL THEN
		SELECT id INTO d FROM declaration
		WHERE number = p_declaration AND model_id = m.id;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'model "%" has no declaration "%"',
			    p_model, p_declaration
			    USING ERRCODE = 'AY003',
			    DETAIL = 'DECLARATION_ABSENT';
		END IF;
	END IF;
	SELECT * INTO c FROM coc WHERE model_id = m.id AND state = 'proposed';
	IF FOUND THEN
		RAISE EXCEPTION '% of model "%" waits for approval already',
		    c.number, p_model
		    USING ERRCODE = 'AY004', DETAIL = 'COC_WAITING';
	END IF;
	INSERT INTO coc (number, model_id, level, quota, site_scope_id,
	    declaration_id, on_expired, on_suspended, grace_days, instead_of)
	VALUES (next_number(CASE m.kind WHEN 'hardware_platform' THEN 'HWP'
	    WHEN 'tre' THEN 'TRE' ELSE 'TER' END), m.id, p_level, p_quota,
	    coc_site_scope(m, p_site), d, coalesce(p_on_expired, 'permit'),
	    coalesce(p_on_suspended, 'refuse'), coalesce(p_grace_days, 365),
	    coc_instead(m, p_instead_of, p_reason))
	RETURNING * INTO c;
	PERFORM coc_name_external(c.id, p_external);
	PERFORM proposal_open('coc_certify', c.id, c.number, terms);
	RETURN coc_whole_json(c);
END
$$;

-- What it consists of and is good, from now on: what ends sooner than it shortens it.
-- Also that of a supplier who is suspended, and may be let in again.
CREATE FUNCTION coc_rests_on(c coc) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO coc_component (coc_id, component_id)
	SELECT c.id, g.id FROM model_components(c.model_id) AS t,
	    coc_good(t, true) AS g
	ON CONFLICT DO NOTHING;
$$;

-- What stands on a renewed component now stands on the new one too, and ends
-- no later.
CREATE FUNCTION coc_carry_over(p_old bigint, p_new coc) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO coc_component (coc_id, component_id)
	SELECT c.id, p_new.id
	FROM coc_component k JOIN coc c ON c.id = k.coc_id
	WHERE k.component_id = p_old
	    AND c.state IN ('provisional', 'certified', 'suspended');
	PERFORM coc_shorten(p_new.id, p_new.expires);
END
$$;

CREATE FUNCTION coc_shorten(p_coc bigint, p_expires timestamptz)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	dependent bigint;
BEGIN
	FOR dependent IN
		UPDATE coc SET expires = p_expires
		WHERE expires > p_expires
		    AND state IN ('provisional', 'certified', 'suspended')
		    AND id IN (SELECT coc_id FROM coc_component
			WHERE component_id = p_coc)
		RETURNING id
	LOOP
		PERFORM coc_shorten(dependent, p_expires);
	END LOOP;
END
$$;

-- External certificates that it may rest on are held still.
CREATE FUNCTION coc_lock_external(c coc) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM FROM external_certificate x WHERE x.state = 'accepted' AND
	    (x.model_id = c.model_id OR x.model_id IN
		(SELECT model_components(c.model_id)) OR
	    x.site_id = (SELECT site_id FROM site_scope
		WHERE id = c.site_scope_id) OR
	    x.id IN (SELECT external_certificate_id FROM coc_external
		WHERE coc_id = c.id))
	ORDER BY x.id FOR SHARE;
END
$$;

-- Hold still what a CoC rests on, from the ground up, and it last: as whatever takes
-- trust away goes upwards from there, or two who meet would wait for each other.
CREATE FUNCTION coc_hold(p_id bigint) RETURNS coc
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
BEGIN
	SELECT * INTO c FROM coc WHERE id = p_id; -- what it is of is fixed
	PERFORM FROM organisation o JOIN model m ON m.organisation_id = o.id
	WHERE m.id = c.model_id FOR SHARE OF o;
	PERFORM FROM site_scope WHERE id = c.site_scope_id FOR SHARE;
	PERFORM FROM declaration WHERE model_id = c.model_id
	ORDER BY id FOR SHARE;
	PERFORM coc_lock_external(c);
	PERFORM FROM coc WHERE model_id IN (SELECT model_components(c.model_id))
	ORDER BY id FOR UPDATE;
	PERFORM FROM coc WHERE model_id = c.model_id ORDER BY id FOR UPDATE;
	SELECT * INTO c FROM coc WHERE id = p_id;
	RETURN c;
END
$$;

-- Approved by the second decider: judged with everything held still.  It takes the
-- place of the one in force, or of the suspended one that it names, and who fell with
-- that one comes back, as by its reinstatement; but what was proposed before the last
-- loss knows nothing of it.
CREATE FUNCTION act_coc_certify(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc := coc_hold(p.subject_id);
	d declaration;
	old coc;
BEGIN
	PERFORM proposal_must_be_since(p, (SELECT max(h.recorded)
	    FROM coc k JOIN history h ON h.entity = 'coc'
		AND h.subject_id = k.id
	    WHERE k.model_id = c.model_id
		AND h.to_state IN ('suspended', 'withdrawn')));
	PERFORM coc_must_be_complete(c, 'certified');

	SELECT * INTO d FROM declaration
	WHERE model_id = c.model_id AND state = 'in_force';
	SELECT * INTO old FROM coc WHERE model_id = c.model_id
	    AND state IN ('provisional', 'certified', 'suspended');
	UPDATE coc SET state = 'superseded', effective = assay_now(),
	    suspended_by = NULL
	WHERE id = old.id;
	UPDATE coc SET state = coc_firmness(c), effective = assay_now(),
	    valid_from = assay_now(), declaration_id = d.id,
	    ruleset_id = d.ruleset_id,
	    expires = least(coc_first_end(c), assay_now() +
		make_interval(days => (p.terms ->> 'valid_days')::int))
	WHERE id = c.id RETURNING * INTO c;
	PERFORM coc_rests_on(c);
	IF old.id IS NOT NULL THEN
		PERFORM coc_carry_over(old.id, c);
	END IF;
	IF old.state = 'suspended' THEN
		PERFORM coc_cascade_back(old);
	END IF;
	PERFORM coc_firm_up(t)
	FROM model_dependents(c.model_id) AS t;
END
$$;

CREATE FUNCTION reject_coc_certify(p proposal) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	UPDATE coc SET state = 'refused', effective = assay_now()
	WHERE id = p.subject_id;
$$;

-- suspend, reinstate or withdraw, by a decider; another one approves.
CREATE FUNCTION coc_propose_change(p_number text, p_change text,
	p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
	fit bool;
	terms jsonb;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say(format('/v1/cocs/%s/%s', p_number,
	    p_change), jsonb_build_object('reason', p_reason));
	c := coc_numbered(p_number);
	fit := CASE p_change
	    WHEN 'suspend' THEN c.state IN ('provisional', 'certified')
		OR c.suspended_by IS NOT NULL
	    WHEN 'reinstate' THEN c.state = 'suspended'
	    WHEN 'withdraw' THEN
		c.state IN ('provisional', 'certified', 'suspended')
	    END;
	IF fit IS NULL THEN
		RAISE EXCEPTION 'a CoC is suspended, reinstated or withdrawn, '
		    'not "%"', p_change
		    USING ERRCODE = 'AY001', DETAIL = 'COC_CHANGE';
	END IF;
	IF NOT fit THEN
		RAISE EXCEPTION '% is %: it cannot be %', p_number, c.state,
		    CASE p_change WHEN 'withdraw' THEN 'withdrawn'
		    WHEN 'suspend' THEN 'suspended' ELSE 'reinstated' END
		    USING ERRCODE = 'AY004', DETAIL = 'COC_STATE';
	END IF;
	PERFORM proposal_open('coc_' || p_change, c.id, c.number, terms);
	RETURN coc_whole_json(c);
END
$$;

GRANT EXECUTE ON FUNCTION coc_propose(text, int, text, text, bigint, int,
	text, text, int, text[], text, text),
	coc_propose_change(text, text, text) TO assay_api;
