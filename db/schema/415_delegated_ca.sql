-- Suppliers' own CAs: asked for, agreed on by two of the body and certified by the
-- authority (415_delegated_ca_certify.sql), withdrawn.
--
-- A supplier asks with the request of its CA's key, the site where the key is,
-- and the models.  One decider proposes, another approves; the authority reads
-- all three signatures again and certifies it (ca/authority/delegated_ca.c).
-- From then on it may report, as long as its CRL is fresh (416, 417).

-- Does what a CA of a supplier's own rests on hold at this moment?  Not copied
-- into a state of its own, so that the two cannot contradict each other.
CREATE FUNCTION delegated_ca_stands(p_issuer bigint) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM delegated_ca d
	    JOIN organisation o ON o.id = d.organisation_id
	    WHERE d.issuer_id = p_issuer AND o.state = 'active'
	    AND site_has_scope(d.site_id, 'delegated_ca'));
END
$$;

-- Is what a CA says of its certificates to be believed still?  Of our own, which
-- the record itself speaks for, always.
CREATE FUNCTION issuer_is_fresh(i issuer) RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT i.delegated THEN
		RETURN true;
	END IF;
	RETURN EXISTS (SELECT FROM crl c
	    WHERE c.issuer_id = i.id AND c.next_update > assay_now());
END
$$;

CREATE FUNCTION delegated_ca_json(d delegated_ca) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT jsonb_strip_nulls(jsonb_build_object(
	    'number', d.number, 'organisation', o.handle, 'role', d.role,
	    'site', s.handle, 'models', delegated_ca_models(d.id),
	    'state', d.state, 'reason', d.reason,
	    'requested_by', p.handle, 'valid_days', d.valid_days,
	    'csr_sha256', encode(sha256(d.csr), 'hex'),
	    'issuer', d.issuer_id,
	    -- what its serial numbers begin with, of seventeen octets
	    'serial_prefix', '02' || lpad(to_hex(d.issuer_id), 8, '0'),
	    'expires', json_time(d.expires),
	    'standing', (SELECT CASE WHEN issuer_standing(i) IN ('revoked',
		'on_hold') THEN issuer_standing(i)
		WHEN NOT issuer_is_fresh(i) THEN 'stale' ELSE 'good' END
		FROM issuer i WHERE i.id = d.issuer_id),
	    'crl_next_update', (SELECT json_time(next_update) FROM crl
		WHERE issuer_id = d.issuer_id),
	    'effective', json_time(d.effective),
	    'created', json_time(d.created)))
	FROM organisation o, site s, principal p
	WHERE o.id = d.organisation_id AND s.id = d.site_id
	  AND p.id = d.requested_by);
END
$$;

CREATE FUNCTION delegated_ca_models(p_id bigint) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(m.handle ORDER BY m.handle), '[]')
	FROM delegated_ca_model x JOIN model m ON m.id = x.model_id
	WHERE x.delegated_ca_id = p_id;
$$;

CREATE FUNCTION owner_of_delegated_ca(p_id bigint) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN (SELECT organisation_id FROM delegated_ca WHERE id = p_id);
END
$$;

-- The row, if the caller may see it.
CREATE FUNCTION delegated_ca_seen(p_number text) RETURNS delegated_ca
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca;
BEGIN
	SELECT * INTO d FROM delegated_ca WHERE number = p_number
	   AND actor_sees(organisation_id);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no delegated CA "%" that you may see',
		    left(p_number, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'DELEGATED_CA_UNKNOWN';
	END IF;
	RETURN d;
END
$$;

-- To change it.  A report under way is no hindrance: its foreign key holds the
-- row's key only.
CREATE FUNCTION delegated_ca_take(p_number text) RETURNS delegated_ca
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca := delegated_ca_seen(p_number);
BEGIN
	SELECT * INTO STRICT d FROM delegated_ca WHERE id = d.id
	   FOR NO KEY UPDATE;
	RETURN d;
END
$$;

CREATE FUNCTION delegated_ca_must_be(d delegated_ca, VARIADIC p_states text[])
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT d.state = ANY (p_states) THEN
		RAISE EXCEPTION '% is %, not %', d.number, d.state,
		    array_to_string(p_states, ' or ')
		    USING ERRCODE = 'AY004', DETAIL = 'DELEGATED_CA_STATE';
	END IF;
END
$$;

CREATE FUNCTION delegated_ca_set(d delegated_ca, p_state text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE delegated_ca SET state = p_state, effective = assay_now(),
	    reason = p_reason
	WHERE id = d.id RETURNING * INTO d;
	PERFORM notice_add('delegated_ca.' || p_state, d.organisation_id,
	    d.number, delegated_ca_json(d));
	RETURN delegated_ca_json(d);
END
$$;

-- ---- asked for

-- Certificates under another CA than ours are the site's work: it is audited
-- for that as for any other.
CREATE FUNCTION delegated_ca_must_have_site(p_site bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT site_has_scope(p_site, 'delegated_ca') THEN
		RAISE EXCEPTION 'site: "%" is not accredited for delegated_ca: '
		    'it needs an audit of that scope',
		    (SELECT handle FROM site WHERE id = p_site)
		    USING ERRCODE = 'AY004',
		    DETAIL = 'DELEGATED_CA_NOT_ACCREDITED';
	END IF;
END
$$;

-- The models, which must be the supplier's own, of that kind, and accredited.
CREATE FUNCTION delegated_ca_read_models(p_role text, p_models text[])
	RETURNS bigint[]
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	one text;
	ids bigint[];
	m model;
BEGIN
	FOREACH one IN ARRAY p_models LOOP
		SELECT * INTO m FROM model WHERE handle = one
		   AND organisation_id = actor_org() AND kind = p_role;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'models: your organisation has no % '
			    'model "%"', p_role, left(one, 64)
			    USING ERRCODE = 'AY003', DETAIL = 'MODEL_UNKNOWN';
		END IF;
		PERFORM lot_needs_coc(one, (SELECT id FROM coc
		    WHERE model_id = m.id
		    AND state IN ('provisional', 'certified')));
		ids := ids || m.id;
	END LOOP;
	RETURN ids;
END
$$;

CREATE FUNCTION delegated_ca_request(p_role text, p_site text,
    p_models text[], p_csr bytea, p_spki_sha256 bytea) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier');
	ids bigint[];
	at_site bigint;
	d delegated_ca;
BEGIN
	PERFORM statement_must_say('/v1/delegated-cas', jsonb_build_object(
	    'role', p_role, 'site', p_site, 'models', to_jsonb(p_models),
	    'csr', translate(encode(p_csr, 'base64'), E'\n', '')));
	IF EXISTS (SELECT FROM issuer WHERE role = 'root' AND state = 'active'
	    AND offline) THEN
		RAISE EXCEPTION 'the root is offline, and its ceremonies '
		    'certify no CAs of suppliers'' own yet'
		    USING ERRCODE = 'AY004', DETAIL = 'ROOT_OFFLINE';
	END IF;
	SELECT s.id INTO at_site FROM site s WHERE s.handle = p_site
	   AND s.organisation_id = who.organisation_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'site: your organisation has no site "%"',
		    left(p_site, 64)
		    USING ERRCODE = 'AY003', DETAIL = 'SITE_UNKNOWN';
	END IF;
	PERFORM delegated_ca_must_have_site(at_site);
	ids := delegated_ca_read_models(p_role, p_models);
	IF EXISTS (SELECT FROM certificate c
		WHERE certificate_has_key(c, p_spki_sha256))
	    OR EXISTS (SELECT FROM issuer
		WHERE sha256(spki_der) = p_spki_sha256) THEN
		RAISE EXCEPTION 'csr: the key is registered already'
		    USING ERRCODE = 'AY004', DETAIL = 'KEY_REGISTERED';
	END IF;
	INSERT INTO delegated_ca (number, organisation_id, role, site_id, csr,
	    spki_sha256, requested_by, statement_id)
	VALUES (next_number('DCA'), who.organisation_id, p_role, at_site,
	    p_csr, p_spki_sha256, who.id, statement_id())
	ON CONFLICT DO NOTHING RETURNING * INTO d;
	IF d.id IS NULL THEN
		RAISE EXCEPTION 'csr: another CA has this key already'
		    USING ERRCODE = 'AY004', DETAIL = 'KEY_REGISTERED';
	END IF;
	INSERT INTO delegated_ca_model SELECT DISTINCT d.id, unnest(ids);
	PERFORM alarm_raise('delegated_ca.requested', d.number,
	    delegated_ca_json(d));
	RETURN delegated_ca_json(d);
END
$$;

-- ---- withdrawn

-- It certifies nothing more: a retired issuer's certificates stay what they
-- are.  Whoever doubts these, too, imposes a measure on the issuer.
CREATE FUNCTION delegated_ca_end(d delegated_ca, p_state text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE issuer SET state = 'retired'
	WHERE id = d.issuer_id AND state = 'active';
	PERFORM reminder_drop('delegated_ca.expires', d.number);
	RETURN delegated_ca_set(d, p_state, p_reason);
END
$$;

-- Taking trust away takes one; a supplier may close its own.
CREATE FUNCTION delegated_ca_withdraw(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca;
BEGIN
	PERFORM actor_must('decider', 'security', 'supplier');
	PERFORM statement_must_say(format('/v1/delegated-cas/%s/withdraw',
	    p_number), jsonb_build_object('reason', p_reason));
	d := delegated_ca_take(p_number);
	PERFORM actor_must_own(d.organisation_id);
	PERFORM delegated_ca_must_be(d, 'requested', 'approved', 'active',
	    'expired');
	PERFORM alarm_raise('delegated_ca.withdrawn', d.number,
	    delegated_ca_json(d) || jsonb_build_object('reason', p_reason));
	RETURN delegated_ca_end(d, 'withdrawn', p_reason);
END
$$;

-- Revoked, by a measure or by its certificate, it is withdrawn: another needs
-- another act of two.
CREATE FUNCTION delegated_ca_follows_issuer() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM delegated_ca_end(d, 'withdrawn', 'its certificate is revoked')
	FROM delegated_ca d WHERE d.issuer_id = NEW.id
	    AND d.state IN ('active', 'expired');
	RETURN NULL;
END
$$;
CREATE TRIGGER delegated_ca_follows AFTER UPDATE OF state ON issuer
	FOR EACH ROW WHEN (NEW.delegated AND NEW.state = 'revoked'
	    AND OLD.state <> 'revoked')
	EXECUTE FUNCTION delegated_ca_follows_issuer();

-- ---- by the clock

CREATE FUNCTION clock_delegated_ca(p_now timestamptz) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca;
	n int := 0;
BEGIN
	FOR d IN SELECT * FROM delegated_ca WHERE state = 'active'
	    AND expires <= p_now ORDER BY id FOR NO KEY UPDATE LOOP
		PERFORM delegated_ca_end(d, 'expired', NULL);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
INSERT INTO clock_rule (ord, name, what) VALUES (436, 'delegated_ca',
    'a delegated CA whose certificate has run out certifies nothing more');

-- ---- reads

-- What must stand in the certificates of each of its models today.
CREATE FUNCTION delegated_ca_terms(p_id bigint) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
	    'model', m.handle, 'model_number', m.id, 'coc', c.number,
	    'level', c.level, 'hardware_version', m.version,
	    'least_firmware', m.least_firmware,
	    'rule_set', r.name || '-' || r.version)) ORDER BY m.handle), '[]')
	FROM delegated_ca_model x JOIN model m ON m.id = x.model_id
	JOIN coc c ON c.model_id = m.id
	    AND c.state IN ('provisional', 'certified')
	JOIN ruleset r ON r.id = c.ruleset_id
	WHERE x.delegated_ca_id = p_id;
$$;

CREATE FUNCTION delegated_ca_whole_json(d delegated_ca) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN delegated_ca_json(d) || jsonb_build_object(
	    'certificate', (SELECT translate(encode(i.cert_der, 'base64'),
		E'\n', '') FROM issuer i WHERE i.id = d.issuer_id),
	    'terms', delegated_ca_terms(d.id), 'crls', delegated_crls(d.id),
	    'proposals', proposals_on('delegated_ca', d.id),
	    'history', history_json('delegated_ca', d.id));
END
$$;

CALL tenancy('delegated_ca', '{body} OR organisation_id = ANY {seen}');
GRANT SELECT ON delegated_ca TO assay_api;
REVOKE EXECUTE ON FUNCTION delegated_ca_set(delegated_ca, text, text),
	delegated_ca_end(delegated_ca, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
	delegated_ca_request(text, text, text[], bytea, bytea),
	delegated_ca_withdraw(text, text) TO assay_api;
GRANT SELECT ON delegated_ca TO assay_authority;
