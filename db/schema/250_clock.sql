-- What happens by the clock, whether anybody calls or not.
--
-- assay-authority calls clock_tick() every second or so.  Whoever judges
-- compares with assay_now() as well, so a late tick gives no right to anybody;
-- the tick is what writes it down, and what releases a lapsed hold.

CREATE INDEX site_scope_ends ON site_scope (expires)
	WHERE state IN ('provisional', 'full', 'suspended');
CREATE INDEX declaration_ends ON declaration (expires)
	WHERE state IN ('in_force', 'challenged');
CREATE INDEX coc_ends ON coc (expires)
	WHERE state IN ('provisional', 'certified', 'suspended');
CREATE INDEX measure_ends ON measure (lapses) WHERE state = 'in_force';

-- All that is due, once.  An end is exclusive: at the very second it is over.
-- It takes effect when it was due, however late it is recorded.
CREATE FUNCTION clock_tick(OUT changes int, OUT next_due timestamptz)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	t timestamptz := assay_now();
	n int;
BEGIN
	changes := 0;
	IF pg_try_advisory_xact_lock(hashtext('assay.clock')) THEN
		UPDATE coc SET state = 'expired', effective = expires,
		    suspended_by = NULL
		WHERE state IN ('provisional', 'certified', 'suspended')
		    AND expires <= t;
		GET DIAGNOSTICS n = ROW_COUNT;
		changes := changes + n;
		UPDATE declaration SET state = 'expired', effective = expires
		WHERE state IN ('in_force', 'challenged') AND expires <= t;
		GET DIAGNOSTICS n = ROW_COUNT;
		changes := changes + n;
		UPDATE site_scope SET state = 'expired', effective = expires
		WHERE state IN ('provisional', 'full', 'suspended')
		    AND expires <= t;
		GET DIAGNOSTICS n = ROW_COUNT;
		changes := changes + n;
		UPDATE measure SET state = 'lapsed', effective = lapses
		WHERE state = 'in_force' AND lapses <= t;
		GET DIAGNOSTICS n = ROW_COUNT;
		changes := changes + n;
	END IF;
	next_due := least(
	    (SELECT min(expires) FROM coc
	     WHERE state IN ('provisional', 'certified', 'suspended')),
	    (SELECT min(expires) FROM declaration
	     WHERE state IN ('in_force', 'challenged')),
	    (SELECT min(expires) FROM site_scope
	     WHERE state IN ('provisional', 'full', 'suspended')),
	    (SELECT min(lapses) FROM measure WHERE state = 'in_force'));
END
$$;

GRANT EXECUTE ON FUNCTION clock_tick() TO assay_authority;
