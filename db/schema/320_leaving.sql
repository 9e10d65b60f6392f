-- Who leaves for good leaves with a revoked certificate: the register refuses
-- them at once by itself, but their certificate is seen by others too.

CREATE FUNCTION principal_left() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c certificate;
BEGIN
	SELECT * INTO c FROM certificate
	 WHERE der_sha256 = pg_catalog.sha256(NEW.cert_der)
	   AND state IN ('issued', 'on_hold') FOR UPDATE;
	IF FOUND THEN
		PERFORM certificate_end(c, crl_reason('cessationOfOperation'));
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER principal_left AFTER UPDATE OF state ON principal
	FOR EACH ROW WHEN (NEW.state = 'removed' AND OLD.state <> 'removed')
	EXECUTE FUNCTION principal_left();

-- The status of a terminated organisation's devices is served to the end; its
-- people are out, those too who were only proposed.
CREATE FUNCTION organisation_left() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE principal SET state = 'removed',
	    reason = NEW.handle || ' was terminated'
	 WHERE organisation_id = NEW.id AND state <> 'removed';
	RETURN NULL;
END
$$;
CREATE TRIGGER organisation_left AFTER UPDATE OF state ON organisation
	FOR EACH ROW WHEN (NEW.state = 'terminated' AND OLD.state <> 'terminated')
	EXECUTE FUNCTION organisation_left();
