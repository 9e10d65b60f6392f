-- A supplier's own CA is agreed on by two of the body, and certified by the
-- authority.

-- ---- four eyes

INSERT INTO act (name, subject_kind, proposer_roles, approver_roles)
VALUES ('delegated_ca_certify', 'delegated_ca', '{decider}', '{decider}');

-- What is signed says which key, for what, and for how long: the authority
-- reads nothing else.
CREATE FUNCTION delegated_ca_propose(p_number text, p_csr_sha256 bytea,
    p_role text, p_site text, p_models text[], p_valid_days int)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca;
	j jsonb;
	terms jsonb;
	made proposal;
BEGIN
	PERFORM actor_must('decider');
	terms := statement_must_say(format('/v1/delegated-cas/%s/propose',
	    p_number), jsonb_build_object('csr_sha256',
	    encode(p_csr_sha256, 'hex'), 'role', p_role, 'site', p_site,
	    'models', to_jsonb(p_models), 'valid_days', p_valid_days));
	d := delegated_ca_take(p_number);
	j := delegated_ca_json(d);
	IF (j ->> 'csr_sha256', j ->> 'role', j ->> 'site', j -> 'models')
	    IS DISTINCT FROM (encode(p_csr_sha256, 'hex'), p_role, p_site,
		to_jsonb(p_models)) THEN
		RAISE EXCEPTION '% is not what was asked for: read it again',
		    p_number
		    USING ERRCODE = 'AY004', DETAIL = 'TERMS_CHANGED';
	END IF;
	PERFORM delegated_ca_must_be(d, 'requested');
	made := proposal_open('delegated_ca_certify', d.id, d.number, terms);
	RETURN proposal_json(made.id);
END
$$;

CREATE FUNCTION act_delegated_ca_certify(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca := delegated_ca_take(p.subject_number);
BEGIN
	PERFORM delegated_ca_must_have_site(d.site_id);
	UPDATE delegated_ca SET valid_days = (p.terms ->> 'valid_days')::int
	WHERE id = d.id;
	PERFORM delegated_ca_set(d, 'approved', NULL);
	PERFORM order_add(p.act, p.id, p.statement_id);
END
$$;

CREATE FUNCTION reject_delegated_ca_certify(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM delegated_ca_set(d, 'rejected', NULL) FROM delegated_ca d
	WHERE d.id = p.subject_id AND d.state = 'requested';
END
$$;

-- ---- certified, by the authority

-- What it needs to know of an approved one, by its proposal.
CREATE FUNCTION delegated_ca_order(p_proposal bigint)
	RETURNS TABLE (id bigint, number text, state text, role text,
	    organisation_id bigint, organisation text, name text, country text,
	    standing text, site text, models jsonb, csr bytea, valid_days int,
	    statement_id bigint, accredited bool, since bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT d.id, d.number, d.state, d.role, o.id, o.handle, o.name,
	    o.country, o.state, s.handle, delegated_ca_models(d.id), d.csr,
	    d.valid_days, d.statement_id,
	    site_has_scope(s.id, 'delegated_ca'),
	    floor(extract(epoch FROM d.created))::bigint
	FROM proposal p JOIN delegated_ca d ON d.id = p.subject_id
	JOIN organisation o ON o.id = d.organisation_id
	JOIN site s ON s.id = d.site_id
	WHERE p.id = p_proposal AND p.act = 'delegated_ca_certify';
$$;

CREATE FUNCTION delegated_ca_certified(p_id bigint, p_issuer bigint,
    p_der bytea, p_subject bytea, p_spki bytea, p_key_id bytea,
    p_expires timestamptz, p_root bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d delegated_ca;
BEGIN
	INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der,
	    spki_der, key_id, root_id, delegated)
	SELECT p_issuer, role, organisation_id, p_der, p_subject, p_spki,
	    p_key_id, p_root, true FROM delegated_ca WHERE id = p_id;
	UPDATE delegated_ca SET issuer_id = p_issuer, expires = p_expires
	WHERE id = p_id AND state = 'approved' RETURNING * INTO STRICT d;
	PERFORM delegated_ca_set(d, 'active', NULL);
	PERFORM reminder_set('delegated_ca.expires', d.organisation_id,
	    d.number, p_expires);
END
$$;

-- The authority found a reason not to: everybody reads it, and the supplier may
-- ask again.
CREATE FUNCTION delegated_ca_refused() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM delegated_ca_set(d, 'rejected', NEW.error)
	FROM proposal p JOIN delegated_ca d ON d.id = p.subject_id
	WHERE p.id = NEW.subject_id AND d.state = 'approved';
	RETURN NULL;
END
$$;
CREATE TRIGGER delegated_ca_refused AFTER UPDATE OF state ON "order"
	FOR EACH ROW WHEN (NEW.kind = 'delegated_ca_certify'
	    AND NEW.state = 'failed')
	EXECUTE FUNCTION delegated_ca_refused();

REVOKE EXECUTE ON FUNCTION act_delegated_ca_certify(proposal) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
	delegated_ca_propose(text, bytea, text, text, text[], int)
	TO assay_api;
GRANT EXECUTE ON FUNCTION delegated_ca_order(bigint),
	delegated_ca_certified(bigint, bigint, bytea, bytea, bytea, bytea,
	    timestamptz, bigint)
	TO assay_authority;
