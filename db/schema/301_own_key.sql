-- A key of the authority's own that signs from day to day; the one before it
-- signs no more.
CREATE FUNCTION own_key_set(p_kind text, p_spki bytea) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE delegated_key SET state = 'retired'
	WHERE kind = p_kind AND state = 'active' AND spki_der <> p_spki;
	INSERT INTO delegated_key (kind, name, spki_der)
	SELECT p_kind, p_kind || '-' || (SELECT count(*) + 1 FROM delegated_key
	    WHERE kind = p_kind), p_spki
	WHERE NOT EXISTS (SELECT FROM delegated_key
	    WHERE spki_der = p_spki);
	PERFORM FROM delegated_key WHERE spki_der = p_spki AND kind = p_kind
	    AND state = 'active';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the % key was retired before, or is '
		    'another one''s: remove VAR/authority/%.key, and the '
		    'authority makes a new one', p_kind, p_kind
		    USING ERRCODE = 'AY004', DETAIL = upper(p_kind) || '_KEY';
	END IF;
END
$$;

GRANT EXECUTE ON FUNCTION own_key_set(text, bytea) TO assay_authority;
