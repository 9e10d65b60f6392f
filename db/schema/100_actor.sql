-- In whose name a transaction acts.  A program's role can claim to be any
-- principal: that is why whatever grants trust is also signed by the
-- principal's own key, and why assay-authority reads those signatures again
-- before it issues anything (020_organisation.sql, statement).

-- Every transaction of the api starts with this.
CREATE FUNCTION actor_begin(p_principal bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who record;
BEGIN
	SELECT p.state, o.state AS organisation_state, p.handle,
	    o.handle AS organisation
	  INTO who
	  FROM principal p JOIN organisation o ON o.id = p.organisation_id
	 WHERE p.id = p_principal;
	IF NOT FOUND OR who.state <> 'active' THEN
		RAISE EXCEPTION 'the principal % is not active',
		    coalesce(who.handle::text, p_principal::text)
		    USING ERRCODE = 'AY002', DETAIL = 'PRINCIPAL_NOT_ACTIVE';
	END IF;
	IF who.organisation_state <> 'active' THEN
		RAISE EXCEPTION 'the organisation % is %', who.organisation,
		    who.organisation_state
		    USING ERRCODE = 'AY002',
		    DETAIL = 'ORGANISATION_NOT_ACTIVE';
	END IF;
	PERFORM set_config('assay.actor', p_principal::text, true);
END
$$;

-- The acting principal; refuses where none is, or where it was locked (or its
-- organisation suspended) since the transaction began.
CREATE FUNCTION actor() RETURNS principal
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal;
BEGIN
	SELECT p.* INTO who
	  FROM principal p JOIN organisation o ON o.id = p.organisation_id
	 WHERE p.id = actor_id() AND p.state = 'active'
	   AND o.state = 'active';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'nobody acts: call actor_begin() first'
		    USING ERRCODE = 'AY002', DETAIL = 'NO_ACTOR';
	END IF;
	RETURN who;
END
$$;

-- Does what this one signed at that time count still, for whoever is about to let
-- something rest on it?  Not of one who may no longer act, and not by a key that
-- was taken back, whether or not there is a newer one.
CREATE FUNCTION principal_stands_behind(p_principal bigint, p_at timestamptz)
	RETURNS bool
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM principal p
	    JOIN organisation o ON o.id = p.organisation_id
	    WHERE p.id = p_principal AND p.state = 'active'
	      AND o.state = 'active' AND NOT EXISTS (SELECT FROM certificate c
		WHERE c.der_sha256 = pg_catalog.sha256(p.cert_der)
		  AND c.state IN ('revoked', 'on_hold')))
	    AND NOT EXISTS (SELECT FROM principal_renewal r
	    JOIN certificate c ON c.der_sha256 = r.old_sha256
	    WHERE r.principal_id = p_principal AND r.state = 'used'
	      AND r.effective >= p_at AND c.state = 'revoked'
	      AND c.reason = crl_reason('keyCompromise'));
END
$$;

CREATE FUNCTION actor_org() RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT (actor()).organisation_id';

-- Refuse unless the acting principal has one of these roles; gives it.
CREATE FUNCTION actor_must(VARIADIC roles text[]) RETURNS principal
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor();
BEGIN
	IF NOT who.role = ANY (roles) THEN
		RAISE EXCEPTION 'this takes the role %, and % is %',
		    array_to_string(roles, ' or '), who.handle, who.role
		    USING ERRCODE = 'AY002', DETAIL = 'ROLE_REQUIRED';
	END IF;
	RETURN who;
END
$$;

-- Refuse an act that has to be explained to whom it hits, and isn't.
CREATE FUNCTION reason_must(p_act text, p_reason text) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF coalesce(btrim(p_reason), '') = '' THEN
		RAISE EXCEPTION 'reason: % needs one', p_act
		    USING ERRCODE = 'AY001', DETAIL = 'REASON_REQUIRED';
	END IF;
END
$$;

-- Suppliers act for their own organisation only; the body's roles for any.
CREATE FUNCTION actor_must_own(p_organisation bigint) RETURNS void
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor();
BEGIN
	IF who.role IN ('supplier', 'operator', 'auditor') AND
	    who.organisation_id <> p_organisation THEN
		RAISE EXCEPTION 'that belongs to another organisation'
		    USING ERRCODE = 'AY002', DETAIL = 'NOT_YOURS';
	END IF;
END
$$;

-- What the acting principal signed for this request.  The same signature
-- counts once: a replay is refused.
CREATE FUNCTION statement_add(p_url text, p_body bytea, p_jws text)
	RETURNS bigint
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	new_id bigint;
BEGIN
	INSERT INTO statement (principal_id, url, body, jws, jws_sha256)
	VALUES ((actor()).id, p_url, p_body, p_jws,
	    sha256(convert_to(p_jws, 'UTF8')))
	ON CONFLICT (jws_sha256) DO NOTHING
	RETURNING id INTO new_id;
	IF new_id IS NULL THEN
		RAISE EXCEPTION 'this signed statement was used before: '
		    'sign a new one'
		    USING ERRCODE = 'AY004', DETAIL = 'STATEMENT_REPLAYED';
	END IF;
	PERFORM set_config('assay.statement', new_id::text, true);
	RETURN new_id;
END
$$;

-- The statement of this transaction's request, NULL if it had none: one of the
-- actor's own, taken in this very transaction.
CREATE FUNCTION statement_id() RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT id FROM statement
	 WHERE id = nullif(current_setting('assay.statement', true), '')::bigint
	   AND principal_id = actor_id() AND recorded = assay_now();
$$;

-- What is about to be done is what the acting principal signed, to the letter:
-- otherwise whoever holds the api's role could have a decider's signature
-- under other terms.  Members that are null or false may be left unsaid.
CREATE FUNCTION statement_must_say(p_url text, p_terms jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s statement;
	said jsonb;
BEGIN
	SELECT * INTO s FROM statement
	WHERE id = statement_id() AND principal_id = actor_id();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this must be signed by whoever asks for it'
		    USING ERRCODE = 'AY002', DETAIL = 'STATEMENT_REQUIRED';
	END IF;
	said := convert_from(s.body, 'UTF8')::jsonb;
	IF s.url <> p_url OR statement_plain(said) <> statement_plain(p_terms)
	THEN
		RAISE EXCEPTION 'what was signed is not what is asked for'
		    USING ERRCODE = 'AY002', DETAIL = 'STATEMENT_DIFFERS';
	END IF;
	RETURN said;
END
$$;

CREATE FUNCTION statement_plain(p_terms jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_object_agg(key, value), '{}')
	FROM jsonb_each(p_terms) WHERE value NOT IN ('null', 'false');
$$;

GRANT EXECUTE ON FUNCTION actor_begin(bigint),
	statement_add(text, bytea, text), statement_id()
	TO assay_api;

CREATE FUNCTION actor_role() RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT (actor()).role';
