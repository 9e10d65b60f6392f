-- Notice after the fact: whoever has let a subscription go to a device hears
-- when what speaks for the device, or against it, changes: its certificate or
-- its CA's, its binding, its supplier, and the accreditation that it stands on.
-- Of quarantine, theft, retirement and release device_set() tells (312), of
-- measures measure_tell() (244), of incidents incident_confirm() (315).
--
-- A notice says what changed, not what a decision would say now: that is asked.

-- For all that a scope takes in.
CREATE FUNCTION standing_tell(p_topic text, p_scope_kind text,
    p_scope_id bigint, p_subject text, p_detail jsonb) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add(p_topic, o, p_subject, p_detail)
	FROM measure_operators(p_scope_kind, p_scope_id) o;
$$;

-- ---- one device

CREATE FUNCTION certificate_word(p_state text) RETURNS text
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT CASE p_state WHEN 'on_hold' THEN 'held'
	    WHEN 'issued' THEN 'released' ELSE p_state END;
$$;

-- That it is over says itself, since its notAfter did.  Revoked, it is told once more
-- when the reason moves to keyCompromise: what was signed with it before, and the permit
-- with it, are then another's, perhaps since an earlier day.
CREATE FUNCTION certificate_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	SELECT * INTO STRICT d FROM device WHERE id = NEW.device_id;
	PERFORM notice_operators_of_device('certificate.' ||
	    certificate_word(NEW.state), d.id, d.kind || '/' || d.device_id,
	    jsonb_strip_nulls(jsonb_build_object(
	    'device', d.kind || '/' || d.device_id,
	    'serial', encode(NEW.serial, 'hex'),
	    'reason', CASE NEW.state WHEN 'revoked'
		THEN crl_reason_name(NEW.reason) END,
	    'since', json_time(NEW.changed),
	    'invalidity_date', json_time(NEW.invalidity))));
	RETURN NULL;
END
$$;
CREATE TRIGGER certificate_told AFTER UPDATE OF state ON certificate
	FOR EACH ROW WHEN (NEW.device_id IS NOT NULL
	    AND NEW.state <> 'expired' AND (NEW.state <> OLD.state
	    OR NEW.state = 'revoked' AND NEW.reason <> OLD.reason))
	EXECUTE FUNCTION certificate_told();

-- A TrE and a terminal that are a pair no more: each is heard of under its own
-- name.
CREATE FUNCTION binding_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	d device;
BEGIN
	FOR d IN SELECT * FROM device WHERE id IN (NEW.tre_id, NEW.terminal_id)
	    ORDER BY id LOOP
		PERFORM notice_operators_of_device('device.unbound', d.id,
		    d.kind || '/' || d.device_id, jsonb_build_object(
		    'device', d.kind || '/' || d.device_id));
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER binding_told AFTER UPDATE OF until ON binding
	FOR EACH ROW WHEN (OLD.until IS NULL AND NEW.until IS NOT NULL)
	EXECUTE FUNCTION binding_told();

-- ---- a CA's devices

CREATE FUNCTION issuer_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM standing_tell('ca.revoked', 'issuer', NEW.id,
	    issuer_name(NEW.id), jsonb_build_object('role', NEW.role));
	RETURN NULL;
END
$$;
CREATE TRIGGER issuer_told AFTER UPDATE OF state ON issuer
	FOR EACH ROW WHEN (NEW.state = 'revoked' AND OLD.state <> 'revoked')
	EXECUTE FUNCTION issuer_told();

-- That its key is bad is said also of a CA that was revoked for less.
CREATE FUNCTION issuer_key_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM standing_tell('ca.revoked', 'issuer', i.id, issuer_name(i.id),
	    jsonb_build_object('role', i.role,
	    'reason', crl_reason_name(NEW.reason)))
	FROM issuer i
	WHERE pg_catalog.sha256(i.cert_der) = NEW.der_sha256
	    AND i.role IN ('tre', 'terminal');
	RETURN NULL;
END
$$;
CREATE TRIGGER issuer_key_told AFTER UPDATE OF state ON certificate
	FOR EACH ROW WHEN (NEW.device_id IS NULL AND NEW.state = 'revoked'
	    AND OLD.state = 'revoked' AND NEW.reason <> OLD.reason)
	EXECUTE FUNCTION issuer_key_told();

-- On hold, or released, is said of its certificate.
CREATE FUNCTION issuer_certificate_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM standing_tell('ca.' || certificate_word(NEW.state), 'issuer',
	    i.id, issuer_name(i.id), jsonb_build_object('role', i.role))
	FROM issuer i
	WHERE pg_catalog.sha256(i.cert_der) = NEW.der_sha256
	    AND i.role IN ('tre', 'terminal') AND i.state <> 'revoked';
	RETURN NULL;
END
$$;
CREATE TRIGGER issuer_certificate_told AFTER UPDATE OF state ON certificate
	FOR EACH ROW WHEN (NEW.device_id IS NULL AND NEW.state <> OLD.state
	    AND NEW.state IN ('on_hold', 'issued'))
	EXECUTE FUNCTION issuer_certificate_told();

-- A CA of a supplier's own stands on its site.
CREATE FUNCTION site_scope_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM standing_tell('ca.' || CASE WHEN NEW.state IN ('provisional',
	    'full') THEN 'released' ELSE 'held' END, 'issuer', d.issuer_id,
	    issuer_name(d.issuer_id), jsonb_build_object('role', d.role))
	FROM delegated_ca d
	WHERE d.site_id = NEW.site_id AND d.issuer_id IS NOT NULL;
	RETURN NULL;
END
$$;
CREATE TRIGGER site_scope_told AFTER UPDATE OF state ON site_scope
	FOR EACH ROW WHEN (NEW.scope = 'delegated_ca'
	    AND (NEW.state IN ('provisional', 'full'))
	    <> (OLD.state IN ('provisional', 'full')))
	EXECUTE FUNCTION site_scope_told();

-- ---- accreditation

-- Does it say of its model what the one before it said until now?
CREATE FUNCTION coc_goes_on(c coc) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce((SELECT b.state = 'superseded' AND b.level = c.level
	    AND (SELECT from_state FROM history WHERE entity = 'coc'
		AND subject_id = b.id ORDER BY id DESC LIMIT 1) = c.state
	    FROM coc b WHERE b.model_id = c.model_id AND b.id <> c.id
	    AND b.state NOT IN ('proposed', 'refused')
	    ORDER BY b.effective DESC, b.id DESC LIMIT 1), false);
$$;

CREATE FUNCTION coc_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF OLD.state = 'proposed' AND coc_goes_on(NEW) THEN
		RETURN NULL;
	END IF;
	PERFORM standing_tell('coc.' || NEW.state, coc_scope_kind(NEW),
	    NEW.model_id, NEW.number, jsonb_strip_nulls(jsonb_build_object(
	    'model', (SELECT handle FROM model WHERE id = NEW.model_id),
	    'effective', json_time(NEW.effective),
	    'expires', json_time(NEW.expires),
	    'grace_days', CASE NEW.state WHEN 'expired'
		THEN NEW.grace_days END)));
	RETURN NULL;
END
$$;
-- One that another took the place of counts on in it.
CREATE TRIGGER coc_told AFTER UPDATE OF state ON coc
	FOR EACH ROW WHEN (NEW.state <> OLD.state AND NEW.state <> 'superseded'
	    AND OLD.state IN ('provisional', 'certified', 'suspended'))
	EXECUTE FUNCTION coc_told();

-- A new one that makes devices whole again, or says something else of them.
CREATE TRIGGER coc_granted_told AFTER UPDATE OF state ON coc
	FOR EACH ROW WHEN (OLD.state = 'proposed'
	    AND NEW.state IN ('provisional', 'certified'))
	EXECUTE FUNCTION coc_told();

CREATE FUNCTION declaration_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM standing_tell('declaration.' || CASE NEW.state
	    WHEN 'in_force' THEN 'upheld' ELSE NEW.state END,
	    CASE m.kind WHEN 'hardware_platform' THEN m.kind ELSE 'model' END,
	    m.id, NEW.number, jsonb_build_object('model', m.handle,
	    'effective', json_time(NEW.effective)))
	FROM model m WHERE m.id = NEW.model_id;
	RETURN NULL;
END
$$;
CREATE TRIGGER declaration_told AFTER UPDATE OF state ON declaration
	FOR EACH ROW WHEN (NEW.state <> OLD.state AND NEW.state <> 'superseded'
	    AND OLD.state IN ('in_force', 'challenged', 'expired'))
	EXECUTE FUNCTION declaration_told();

-- Of what it has made; and TrEs that others make stand on its hardware platforms.
CREATE FUNCTION supplier_told() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM notice_add('organisation.' || NEW.state, o, NEW.handle,
	    jsonb_build_object('effective', json_time(assay_now())))
	FROM (SELECT measure_operators('organisation', NEW.id)
	    UNION SELECT measure_operators(kind, id) FROM model
	    WHERE organisation_id = NEW.id AND kind = 'hardware_platform')
	    AS concerned (o);
	RETURN NULL;
END
$$;
CREATE TRIGGER supplier_told AFTER UPDATE OF state ON organisation
	FOR EACH ROW WHEN (NEW.kind = 'supplier' AND NEW.state <> OLD.state
	    AND OLD.state <> 'applicant')
	EXECUTE FUNCTION supplier_told();
