-- Withdrawing a CoC: for ever, and so are the certificates that rest on it.
--
-- Its devices are refused, and revoked with privilegeWithdrawn.  Lot by lot, and
-- not the model as a cohort: a model that earns a new CoC issues new lots, while
-- nothing brings the old ones back.  Where the model itself shall never issue
-- again, that is a measure (withdrawal, mass revocation).

-- What a withdrawal is upon, in a measure's words.
CREATE FUNCTION coc_scope_kind(c coc) RETURNS text
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT CASE kind WHEN 'hardware_platform' THEN kind ELSE 'model' END
	FROM model WHERE id = c.model_id;
$$;

CREATE FUNCTION reach_coc_withdraw(p proposal) RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT r || jsonb_build_object('counted', r -> 'devices' <> '0')
	FROM coc c, measure_reach(coc_scope_kind(c), c.model_id) r
	WHERE c.id = p.subject_id;
$$;

-- The CoC is locked first, as issuing does it (lot_add_issued), then the status
-- log: the number that was typed is the number that is hit.  What stands on the
-- CoC is suspended: it may yet get another footing.
CREATE FUNCTION act_coc_withdraw(p proposal) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	c coc;
	scope text;
BEGIN
	UPDATE coc SET state = 'withdrawn', effective = assay_now(),
	    suspended_by = NULL
	WHERE id = p.subject_id RETURNING * INTO c;
	PERFORM coc_cascade(c);
	scope := coc_scope_kind(c);
	PERFORM FROM status_head FOR UPDATE;
	IF measure_devices(scope, c.model_id) = 0 THEN
		RETURN;
	END IF;
	PERFORM proposal_must_be_counted(p, measure_devices(scope, c.model_id));
	PERFORM status_cohort_revoked('lot', l.id, NULL, crl_reason(
	    'privilegeWithdrawn'))
	FROM measure_lots(scope, c.model_id) l
	WHERE l.issued > 0 AND NOT lot_is_revoked(l.id, 0);
END
$$;
