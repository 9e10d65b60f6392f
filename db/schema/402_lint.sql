-- A certificate that lint refused before it was signed (ca/issue/lint.h): a
-- profile, a template or the register is wrong, and nobody but the body can
-- mend it.

-- The body hears of it, once for each sentence.
CREATE FUNCTION lint_alarm(p_subject text, p_code text, p_why text)
	RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT alarm_raise('alarm.lint_failed', p_subject,
	    jsonb_build_object('code', p_code, 'reason', p_why), p_why);
$$;

-- What the lot has issued before stays; its other rows are refused, and a
-- rejected lot's manifest may come again once the fault is mended.
CREATE FUNCTION lot_lint_failed(p_lot bigint, p_code text, p_why text)
	RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	l lot;
BEGIN
	SELECT * INTO l FROM lot WHERE id = p_lot FOR UPDATE;
	UPDATE lot_row SET state = 'refused', reason = 'LINT_FAILED',
	       detail = p_code
	 WHERE lot_id = p_lot AND state NOT IN ('issued', 'refused')
	   AND row > lot_issued_to(p_lot);
	UPDATE lot SET state = 'rejected', reason = 'LINT_FAILED: ' || p_why,
	       refused = (SELECT count(*) FROM lot_row
		   WHERE lot_id = p_lot AND state = 'refused'),
	       finished = assay_now()
	 WHERE id = p_lot;
	PERFORM lint_alarm(l.number, p_code, p_why);
END
$$;

GRANT EXECUTE ON FUNCTION lint_alarm(text, text, text),
	lot_lint_failed(bigint, text, text) TO assay_authority;
