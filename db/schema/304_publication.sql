-- What the authority makes for the public: how the follower hears of it, and the
-- certificates of the keys that answer for CAs.

-- The follower waits on one channel for both.
CREATE FUNCTION publication_notify() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM pg_notify('status', 'publication');
	RETURN NULL;
END
$$;
CREATE TRIGGER publication_notify AFTER INSERT ON publication
	FOR EACH STATEMENT EXECUTE FUNCTION publication_notify();

-- All the octets of one, for those who need them at once.
CREATE FUNCTION publication_content(p_id bigint) RETURNS bytea
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT p.content || coalesce((SELECT string_agg(m.content, ''::bytea
	    ORDER BY m.part) FROM publication_part m
	    WHERE m.publication_id = p.id), '')
	  FROM publication p WHERE p.id = p_id;
$$;

-- Delegated certificates that are missing or past half their life: an OCSP key has
-- one of each issuer to its end, though it issues nothing else any more (a root that
-- is offline is asked for it); the others one of the access CA that certifies.
-- The last one made is what is published, so one that a clock ahead has made, and that
-- nobody could use before its time, is made again.
CREATE FUNCTION delegated_due()
    RETURNS TABLE (key_id bigint, issuer_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT k.id, i.id
	  FROM delegated_key k
	  JOIN issuer i ON NOT i.delegated AND CASE k.kind WHEN 'ocsp'
	      THEN coalesce(i.not_after > assay_now(), true)
	      ELSE i.role = 'access' AND i.state = 'active' END
	  LEFT JOIN LATERAL (SELECT d.not_before, d.not_after
	      FROM delegated_certificate d
	     WHERE d.key_id = k.id AND d.issuer_id = i.id
	     ORDER BY d.id DESC LIMIT 1) d ON true
	 WHERE k.state = 'active' AND NOT i.offline
	   AND i.key_destroyed IS NULL
	   AND (d.not_after IS NULL
	        OR d.not_before > assay_now()
	        OR d.not_before + (d.not_after - d.not_before) / 2
	            <= assay_now())
	 ORDER BY k.id, i.id;
$$;

GRANT EXECUTE ON FUNCTION delegated_due() TO assay_authority;
GRANT EXECUTE ON FUNCTION publication_content(bigint)
	TO assay_api, assay_authority;
