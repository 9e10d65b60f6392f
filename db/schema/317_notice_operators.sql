-- Operators who have let subscriptions go to a device hear what became of it:
-- one notice for each, whatever they were told about the device since, for
-- that takes no subscription back.  Returns how many operators that are.
CREATE FUNCTION notice_operators_of_device(p_topic text, p_device bigint,
    p_subject text, p_detail jsonb, p_once text DEFAULT NULL) RETURNS int
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	v_operator bigint;
	n int := 0;
BEGIN
	FOR v_operator IN SELECT o FROM device_operators(p_device) o ORDER BY o
	LOOP
		PERFORM notice_add(p_topic, v_operator, p_subject, p_detail,
		    p_once);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
