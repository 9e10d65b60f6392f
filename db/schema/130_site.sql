-- Sites: where something is made that has to be trusted.

CREATE FUNCTION site_find(p_handle text) RETURNS site
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	found_one site;
BEGIN
	SELECT * INTO found_one FROM site WHERE handle = p_handle;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no site %', p_handle
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN found_one;
END
$$;

CREATE FUNCTION site_json(s site) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('handle', s.handle,
	    'organisation', o.handle, 'name', s.name, 'country', s.country,
	    'address', s.address, 'created', json_time(s.created),
	    'scopes', (SELECT jsonb_agg(jsonb_build_object(
		'scope', x.scope, 'state', x.state,
		'effective', json_time(x.effective),
		'expires', json_time(x.expires), 'reason', x.reason)
		ORDER BY x.scope)
		FROM site_scope x WHERE x.site_id = s.id))
	  FROM organisation o WHERE o.id = s.organisation_id;
$$;

CREATE FUNCTION site_new(p_handle text, p_organisation text, p_name text,
    p_country text, p_address text, p_scopes text[]) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	o organisation := organisation_find(p_organisation);
	made site;
BEGIN
	PERFORM actor_must('officer', 'supplier');
	PERFORM actor_must_own(o.id);
	IF o.kind <> 'supplier' THEN
		RAISE EXCEPTION 'organisation: % is no supplier', o.handle
		    USING ERRCODE = 'AY001', DETAIL = 'KIND_NOT_ALLOWED';
	END IF;
	IF cardinality(p_scopes) = 0 THEN
		RAISE EXCEPTION 'scopes: a site needs one at least'
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_REQUIRED';
	END IF;
	IF 'terminal_assembly' = ANY (p_scopes) AND
	    NOT 'terminal' = ANY (o.makes) OR
	    p_scopes && ARRAY['tre_production', 'key_injection'] AND
	    NOT 'tre' = ANY (o.makes) THEN
		RAISE EXCEPTION 'scopes: % makes %, and that scope is not for it',
		    o.handle, array_to_string(o.makes, ' and ')
		    USING ERRCODE = 'AY001', DETAIL = 'SCOPE_NOT_ALLOWED';
	END IF;
	INSERT INTO site (handle, organisation_id, name, country, address)
	VALUES (p_handle, o.id, p_name, p_country, p_address)
	RETURNING * INTO made;
	INSERT INTO site_scope (site_id, scope)
	SELECT made.id, unnest(p_scopes) ON CONFLICT DO NOTHING;
	RETURN site_json(made);
END
$$;

GRANT EXECUTE ON FUNCTION
	site_new(text, text, text, text, text, text[])
	TO assay_api;
