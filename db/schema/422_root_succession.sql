-- The successor of a root that is offline.  Two people order it as any root's (421);
-- its key, its certificate and both links are made at a ceremony, where the old
-- root's key is.  Until they are brought back, the old root goes on.
--
-- The link that the old root signs is a request of the old root, whose serial
-- number is reserved; all else is of the new root, of which nothing else has a
-- serial number yet.

CREATE TABLE root_succession (
	request_id bigint PRIMARY KEY REFERENCES ca_request, -- its state is that
	old_id bigint NOT NULL REFERENCES issuer,
	new_id bigint NOT NULL UNIQUE,
	algorithm text NOT NULL, -- of the new root's key
	ocsp_keys bigint[] NOT NULL, -- whose certificates come along, in order
	proposal_id bigint NOT NULL UNIQUE REFERENCES proposal,
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON root_succession FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT SELECT ON root_succession TO assay_authority;

-- Is a root of that number yet to be made at a ceremony?
CREATE FUNCTION root_is_awaited(p_root bigint) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM root_succession s
	    JOIN ca_request r ON r.id = s.request_id AND r.state = 'pending'
	    WHERE s.new_id = p_root);
$$;

-- In the authority's commit, behind the request for the link.
CREATE FUNCTION root_succession_add(p_name text, p_old bigint, p_new bigint,
    p_algorithm text, p_proposal bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	INSERT INTO root_succession (request_id, old_id, new_id, algorithm,
	    ocsp_keys, proposal_id)
	SELECT r.id, p_old, p_new, p_algorithm, ARRAY(SELECT k.id
	    FROM delegated_key k WHERE k.kind = 'ocsp' AND k.state = 'active'
	    AND k.csr IS NOT NULL ORDER BY k.id), p_proposal
	  FROM ca_request r WHERE r.name = p_name AND r.state = 'pending';
	PERFORM alarm_raise('alarm.ca_requested', issuer_name(p_new),
	    jsonb_build_object('root', p_new, 'after', p_old, 'to_do',
	    format('hold a ceremony: assay ca requests --root %s', p_new)));
END
$$;

-- It is made, and its links with it.  CAs that wait for the old root are asked
-- for anew, of the new one, since it issues no more.
CREATE FUNCTION root_succession_done(p_request bigint) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	s root_succession;
	r ca_request;
BEGIN
	SELECT * INTO STRICT s FROM root_succession
	 WHERE request_id = p_request;
	UPDATE ca_request SET state = 'done' WHERE id = p_request;
	FOR r IN SELECT q.* FROM ca_request q
	    JOIN index_range x ON x.id = q.range_id AND x.issuer_id = s.old_id
	    WHERE q.state = 'pending' AND q.issuer_id IS NOT NULL LOOP
		PERFORM ca_request_end(r);
	END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION root_is_awaited(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION root_succession_add(text, bigint, bigint, text, bigint),
	root_succession_done(bigint) TO assay_authority;
