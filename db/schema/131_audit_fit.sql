-- Which audit may be held of what, and by whom.

-- What a repeat repeats counts for what it gives: a repeated dry audit is a dry
-- one.
CREATE FUNCTION audit_kind(a audit) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH RECURSIVE chain AS (
		SELECT a.type, a.repeats_id
		UNION ALL
		SELECT r.type, r.repeats_id
		FROM chain c JOIN audit r ON r.id = c.repeats_id
	) SELECT type FROM chain WHERE repeats_id IS NULL;
$$;

-- May an audit of this kind be about a scope in this state?
CREATE FUNCTION audit_must_fit(p_kind text, x site_scope) RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_kind = 'dry' AND x.was_provisional THEN
		RAISE EXCEPTION 'the scope % was provisional before: that is '
		    'granted once, so plan a wet audit', x.scope
		    USING ERRCODE = 'AY004', DETAIL = 'PROVISIONAL_ONCE';
	END IF;
	IF x.state = 'withdrawn' OR
	    p_kind = 'dry' AND x.state <> 'registered' OR
	    p_kind = 'wet' AND x.state = 'full' OR
	    p_kind = 'renewal' AND x.state <> 'full' OR
	    p_kind = 'extraordinary' AND
	    x.state NOT IN ('provisional', 'full', 'suspended') THEN
		RAISE EXCEPTION 'the scope % is %: a % audit is not for it',
		    x.scope, x.state, p_kind
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
END
$$;

-- What a repeat is to repeat: the last audit that was decided on each of these
-- scopes, which is one and the same and was not passed.
CREATE FUNCTION audit_to_repeat(p_site bigint, p_scopes text[]) RETURNS audit
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	v_ids bigint[];
	failed audit;
BEGIN
	SELECT array_agg(DISTINCT (SELECT a.id FROM audit a
	    WHERE a.site_id = p_site AND a.scopes @> ARRAY[x]
	      AND a.state IN ('decided', 'closed')
	    ORDER BY a.id DESC LIMIT 1))
	INTO v_ids FROM unnest(p_scopes) AS x;
	SELECT * INTO failed FROM audit WHERE id = v_ids[1]
	    AND result = 'non_compliant' AND cardinality(v_ids) = 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'type: a repeat follows an audit that these '
		    'very scopes did not pass, and the last one decided on '
		    '% is no such audit', array_to_string(p_scopes, ', ')
		    USING ERRCODE = 'AY004', DETAIL = 'NOTHING_TO_REPEAT';
	END IF;
	RETURN failed;
END
$$;

-- Nobody audits the house that they belong to, whatever plans it.
CREATE FUNCTION audit_is_apart() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_one text;
BEGIN
	SELECT p.handle INTO v_one FROM principal p
	JOIN organisation o ON o.id = p.organisation_id
	WHERE p.id IN (NEW.auditor_1, NEW.auditor_2)
	  AND (o.kind NOT IN ('auditor', 'body') OR
	    o.id = (SELECT organisation_id FROM site WHERE id = NEW.site_id))
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'auditors: % belongs to a supplier or an '
		    'operator, and audits nobody', v_one
		    USING ERRCODE = 'AY002', DETAIL = 'AUDITOR_NOT_APART';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER audit_is_apart BEFORE INSERT ON audit
	FOR EACH ROW EXECUTE FUNCTION audit_is_apart();
