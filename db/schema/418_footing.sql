-- What a lot's right to be issued stands on, as one number.
--
-- The authority proves that right from many signatures, which takes longer than
-- to issue.  It remembers what it has proven together with this number, and proves
-- anew once the number has moved: whatever it looked at moves it, in the same
-- transaction, at that one's very end, so that nobody waits for it any longer than
-- a commit takes.  Things that only ever add to a right (proposals, approvals,
-- statements) do not.  What ends by the clock alone is not here: lot_stands_until().
CREATE TABLE footing (
	one bool PRIMARY KEY DEFAULT true CHECK (one),
	n bigint NOT NULL,
	moved_by xid8 -- the transaction that did last: it does so once
);
INSERT INTO footing (n) VALUES (1);
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON footing
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION footing_moves() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	UPDATE footing SET n = n + 1, moved_by = pg_current_xact_id()
	WHERE moved_by IS DISTINCT FROM pg_current_xact_id();
	RETURN NULL;
END
$$;

-- All of these, whatever changes in them.
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['organisation', 'site', 'site_scope', 'audit',
	    'ruleset', 'model', 'model_contains', 'declaration', 'measure',
	    'measure_kind', 'delegated_ca', 'act'] LOOP
		EXECUTE format('CREATE CONSTRAINT TRIGGER footing_moves AFTER '
		    'INSERT OR UPDATE OR DELETE ON %I DEFERRABLE INITIALLY '
		    'DEFERRED FOR EACH ROW EXECUTE FUNCTION footing_moves()',
		    t);
	END LOOP;
END
$$;
-- But not that some of a quota is used, or some indexes.
CREATE CONSTRAINT TRIGGER footing_moves AFTER INSERT OR UPDATE OF model_id,
	level, quota, site_scope_id, ruleset_id, declaration_id, state,
	effective, valid_from, expires, on_expired, on_suspended, on_withdrawn,
	grace_days, suspended_by ON coc DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION footing_moves();
CREATE CONSTRAINT TRIGGER footing_moves AFTER INSERT OR UPDATE OF state, role,
	organisation_id, cert_der, root_id, delegated ON issuer
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION footing_moves();
-- People's certificates and those of CAs.
CREATE CONSTRAINT TRIGGER footing_moves AFTER UPDATE OF state, reason ON certificate
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.device_id IS NULL)
	EXECUTE FUNCTION footing_moves();
CREATE CONSTRAINT TRIGGER footing_moves AFTER INSERT ON status_event
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.cohort_kind IS NOT NULL)
	EXECUTE FUNCTION footing_moves();

-- As it is now; until the end of this transaction nobody moves it.
CREATE FUNCTION footing_keep() RETURNS bigint
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'SELECT n FROM footing FOR SHARE';

GRANT SELECT ON footing TO assay_authority;
GRANT EXECUTE ON FUNCTION footing_keep() TO assay_authority;
