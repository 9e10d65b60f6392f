-- Operators who have let subscriptions go to a device hear what became of it.

-- A notice for each operator whose latest word on the device was a permit, by
-- any of the certificates that the device ever had.  A precheck is no word.
-- Returns how many operators that are.
CREATE FUNCTION notice_operators_of_device(p_topic text, p_device bigint,
    p_subject text, p_detail jsonb, p_once text DEFAULT NULL) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_operator bigint;
	n int := 0;
BEGIN
	FOR v_operator IN
	    WITH about AS (
		SELECT d.* FROM certificate c
		  JOIN decision d ON d.tre_sha256 = c.der_sha256
		 WHERE c.device_id = p_device
		UNION ALL
		SELECT d.* FROM certificate c
		  JOIN decision d ON d.platform_sha256 = c.der_sha256
		 WHERE c.device_id = p_device
	    ), latest AS (
		SELECT DISTINCT ON (organisation_id) organisation_id, verdict
		  FROM about WHERE purpose <> 'precheck'
		 ORDER BY organisation_id, created DESC)
	    SELECT organisation_id FROM latest
	     WHERE verdict = 'permit' ORDER BY organisation_id
	LOOP
		PERFORM notice_add(p_topic, v_operator, p_subject, p_detail,
		    p_once);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
