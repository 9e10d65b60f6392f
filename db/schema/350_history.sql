-- What was, asked by name: every entry about a subject, and what held at any
-- time by what was known at any other (352).
--
-- An entry of history says: from `effective` on this is so; and we know it
-- since `recorded`.  A later entry overrules an earlier one from its own
-- effective time on, also where that lies further back.

-- The terms of a CoC move without its state when what it rests on ends sooner.
CREATE FUNCTION history_keep() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM history_note(TG_ARGV[0], NEW.id, NEW.state, to_jsonb(NEW));
	RETURN NULL;
END
$$;
CREATE TRIGGER history_keep AFTER UPDATE OF expires ON coc
	FOR EACH ROW WHEN (OLD.state = NEW.state
	    AND OLD.expires IS DISTINCT FROM NEW.expires)
	EXECUTE FUNCTION history_keep('coc');

CREATE INDEX measure_of_scope ON measure (scope_kind, scope_id);

-- What strangers may know, for ever: what was granted to whom and what became
-- of it; not what was asked for or is being thought about.
CREATE FUNCTION history_is_public(p_entity text, p_state text, p_row jsonb)
	RETURNS bool
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE p_entity
	    WHEN 'coc' THEN p_state NOT IN ('proposed', 'refused')
	    WHEN 'measure' THEN p_state NOT IN ('proposed', 'rejected')
	    WHEN 'site_scope' THEN p_state <> 'registered'
	    WHEN 'model' THEN p_state = 'retired'
	    WHEN 'issuer' THEN true
	    WHEN 'organisation' THEN p_row ->> 'kind' = 'supplier'
		AND p_state <> 'applicant'
	    ELSE false END;
$$;

-- A moment as people write it: RFC 3339 in UTC, or a date, which is its first
-- second.  A second is asked about as it ended, since it is shown of all that
-- happened within.
CREATE FUNCTION history_time(p_field text, p_text text) RETURNS timestamptz
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_text IS NULL THEN
		RETURN assay_now();
	END IF;
	IF p_text ~ '^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$' THEN
		BEGIN
			RETURN p_text::timestamp AT TIME ZONE 'UTC'
			    + interval '999999 microseconds';
		EXCEPTION WHEN datetime_field_overflow THEN
			NULL;
		END;
	END IF;
	RAISE EXCEPTION '%: a time in UTC such as 2026-11-24T02:03:04Z, or a '
	    'date such as 2026-11-24, not "%"', p_field, left(p_text, 40)
	    USING ERRCODE = 'AY001', DETAIL = 'TIME_MALFORMED';
END
$$;

-- ---- the subject

CREATE TYPE history_named AS (
	entity text,
	id bigint,
	name text,               -- as people say it
	organisation_id bigint,  -- whose it is
	is_public bool           -- may strangers know that it is there?
);

-- Whose is what has a number?  A noun that is not here says so by a function of
-- its own, owner_of_NOUN(id); without one it is the body's alone.
CREATE FUNCTION history_owner(p_entity text, p_id bigint) RETURNS bigint
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	own text := format('assay.%I', 'owner_of_' || p_entity);
	found_one bigint;
BEGIN
	IF to_regprocedure(own || '(bigint)') IS NOT NULL THEN
		EXECUTE format('SELECT %s($1)', own) INTO found_one USING p_id;
		RETURN found_one;
	END IF;
	RETURN CASE p_entity
	    WHEN 'coc' THEN (SELECT m.organisation_id FROM coc c
		JOIN model m ON m.id = c.model_id WHERE c.id = p_id)
	    WHEN 'declaration' THEN (SELECT m.organisation_id
		FROM declaration d JOIN model m ON m.id = d.model_id
		WHERE d.id = p_id)
	    WHEN 'audit' THEN (SELECT s.organisation_id FROM audit a
		JOIN site s ON s.id = a.site_id WHERE a.id = p_id)
	    WHEN 'lot' THEN (SELECT organisation_id FROM lot WHERE id = p_id)
	    WHEN 'measure' THEN (SELECT measure_organisation(m)
		FROM measure m WHERE m.id = p_id)
	    WHEN 'rebinding' THEN (SELECT rebinding_owner(r)
		FROM rebinding r WHERE r.id = p_id)
	    END;
END
$$;

-- Whatever has a number has it in the column "number" of the table of its
-- name, so a noun that comes later is found here as well.
CREATE FUNCTION history_numbered(p_name text) RETURNS SETOF history_named
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	noun text;
BEGIN
	IF p_name !~ '^[A-Z]{3}-\d{4}-\d{6,}$' THEN
		RETURN;
	END IF;
	FOR noun IN SELECT c.relname
	    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	    WHERE c.relnamespace = 'assay'::regnamespace AND c.relkind = 'r'
	    AND a.attname = 'number' AND a.atttypid = 'text'::regtype
	    AND EXISTS (SELECT FROM pg_attribute i
		WHERE i.attrelid = c.oid AND i.attname = 'id')
	LOOP
		RETURN QUERY EXECUTE format('SELECT %L, t.id, t.number, '
		    'history_owner(%1$L, t.id), %L::bool FROM %I t '
		    'WHERE t.number = $1', noun, noun IN ('coc', 'measure'),
		    noun) USING p_name;
	END LOOP;
END
$$;

CREATE FUNCTION history_handled(p_name text) RETURNS SETOF history_named
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT 'model', id, handle::text, organisation_id, state <> 'draft'
	FROM model
	WHERE handle = p_name
	UNION ALL
	SELECT 'site', id, handle, organisation_id, true FROM site
	WHERE handle = p_name
	UNION ALL
	SELECT 'organisation', id, handle, id, kind = 'supplier'
	FROM organisation WHERE handle = p_name
	UNION ALL
	SELECT 'principal', id, handle, organisation_id, false FROM principal
	WHERE handle = p_name
	UNION ALL
	SELECT 'site_scope', x.id, s.handle || '/' || x.scope,
	    s.organisation_id, true
	FROM site s JOIN site_scope x ON x.site_id = s.id
	WHERE s.handle = split_part(p_name, '/', 1)
	    AND x.scope = split_part(p_name, '/', 2);
$$;

-- A device by its id, a certificate by its serial number or SHA-256, evidence
-- by its SHA-256.
CREATE FUNCTION history_made(p_name text) RETURNS SETOF history_named
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH n AS (SELECT decode(p_name, 'hex') AS octets
	    WHERE p_name ~* '^([0-9a-f]{2}){8,32}$')
	SELECT d.kind, d.id, d.device_id::text, m.organisation_id, false
	FROM device d JOIN model m ON m.id = d.model_id
	WHERE d.device_id = p_name
	UNION ALL
	SELECT 'certificate', certificate_subject(c.issuer_id, c.index),
	    encode(c.serial, 'hex'), m.organisation_id, false
	FROM n CROSS JOIN LATERAL (
	    SELECT x.* FROM certificate x WHERE x.serial = n.octets
	    UNION ALL
	    SELECT x.* FROM certificate x WHERE x.der_sha256 = n.octets) c
	LEFT JOIN device d ON d.id = c.device_id
	LEFT JOIN model m ON m.id = d.model_id
	UNION ALL
	SELECT 'evidence', e.id, encode(e.sha256, 'hex'), e.organisation_id,
	    false
	FROM n JOIN evidence e ON e.sha256 = n.octets;
$$;

-- Operators ask about the devices that they decide on, and those alone.
CREATE FUNCTION history_decided(p_entity text, p_id bigint) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT p_entity IN ('tre', 'terminal', 'certificate') AND EXISTS (
	    SELECT FROM certificate c
	    JOIN decision x ON x.tre_sha256 = c.der_sha256
		OR x.platform_sha256 = c.der_sha256
	    JOIN principal p ON p.organisation_id = x.organisation_id
	    WHERE p.id = actor_id() AND CASE p_entity
		WHEN 'certificate' THEN c.issuer_id = p_id >> 48
		    AND c.index = p_id & 281474976710655
		ELSE c.device_id = p_id END);
$$;

CREATE FUNCTION history_sees(s history_named) RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT actor_sees(s.organisation_id) OR s.is_public
	    OR history_decided(s.entity, s.id);
$$;

-- What people call it: a handle, a number, a site's scope as site/scope, a
-- device's id, a certificate's serial number or SHA-256, that of evidence; with
-- its kind and a colon before it where several things have the name.
CREATE FUNCTION history_find(p_name text) RETURNS history_named
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
DECLARE
	kind text := substring(p_name FROM '^([a-z_]+):');
	plain text := regexp_replace(p_name, '^[a-z_]+:', '');
	found_ones history_named[];
BEGIN
	SELECT array_agg(s) INTO found_ones FROM (
	    SELECT * FROM history_numbered(plain) UNION ALL
	    SELECT * FROM history_handled(plain) UNION ALL
	    SELECT * FROM history_made(plain)) AS s
	WHERE (kind IS NULL OR s.entity = kind)
	    AND history_sees(s::history_named);
	IF found_ones IS NULL THEN
		RAISE EXCEPTION 'there is no "%" that you may ask about: name '
		    'it by its handle, its number, site/scope, a device''s id '
		    'or a certificate''s serial number', left(p_name, 80)
		    USING ERRCODE = 'AY003', DETAIL = 'HISTORY_ABSENT';
	END IF;
	IF cardinality(found_ones) > 1 THEN
		RAISE EXCEPTION '% things are called "%": say which, as %',
		    cardinality(found_ones), left(p_name, 80),
		    (SELECT string_agg(f.entity || ':' || f.name, ' or ')
		    FROM unnest(found_ones) f)
		    USING ERRCODE = 'AY001', DETAIL = 'HISTORY_AMBIGUOUS';
	END IF;
	RETURN found_ones[1];
END
$$;

-- ---- its entries

-- The scopes of measures that meet a subject.
CREATE FUNCTION history_scopes(s history_named)
	RETURNS TABLE (scope_kind text, scope_id bigint)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT s.entity, s.id
	WHERE s.entity IN ('organisation', 'site', 'model', 'lot')
	UNION ALL
	SELECT 'hardware_platform', s.id WHERE s.entity = 'model'
	UNION ALL
	SELECT v.kind, v.id FROM device d JOIN lot l ON l.id = d.lot_id
	JOIN model m ON m.id = d.model_id,
	LATERAL (VALUES ('organisation', m.organisation_id),
	    ('site', l.site_id), ('model', m.id), ('lot', l.id),
	    ('hardware_platform', m.hardware_platform_id)) AS v (kind, id)
	WHERE s.entity IN ('tre', 'terminal') AND d.id = s.id
	    AND v.id IS NOT NULL
	UNION
	SELECT 'issuer', c.issuer_id FROM certificate c
	WHERE s.entity IN ('tre', 'terminal') AND c.device_id = s.id;
$$;

-- Whose entries tell its story: its own, and those of what belongs to it.  What
-- began in a lot has no first entry but a time.
CREATE FUNCTION history_parts(s history_named) RETURNS TABLE (entity text,
    id bigint, name text, organisation_id bigint, since timestamptz)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT 'device', d.id, s.name, s.organisation_id, d.created
	FROM device d WHERE s.entity IN ('tre', 'terminal') AND d.id = s.id
	UNION ALL
	SELECT 'certificate', certificate_subject(c.issuer_id, c.index),
	    encode(c.serial, 'hex'), s.organisation_id, c.issued
	FROM certificate c
	WHERE s.entity IN ('tre', 'terminal') AND c.device_id = s.id
	    OR s.entity = 'certificate' AND c.issuer_id = s.id >> 48
		AND c.index = s.id & 281474976710655
	UNION ALL
	SELECT s.entity, s.id, s.name, s.organisation_id, NULL
	WHERE s.entity NOT IN ('tre', 'terminal', 'certificate', 'site')
	UNION ALL
	SELECT 'site_scope', x.id, s.name || '/' || x.scope,
	    s.organisation_id, NULL
	FROM site_scope x WHERE s.entity = 'site' AND x.site_id = s.id
	UNION ALL
	SELECT 'coc', c.id, c.number, s.organisation_id, NULL FROM coc c
	WHERE s.entity = 'model' AND c.model_id = s.id
	UNION ALL
	SELECT 'declaration', d.id, d.number, s.organisation_id, NULL
	FROM declaration d WHERE s.entity = 'model' AND d.model_id = s.id
	UNION ALL
	SELECT 'measure', m.id, m.number, measure_organisation(m), NULL
	FROM history_scopes(s) AS x
	JOIN measure m USING (scope_kind, scope_id);
$$;

-- What of a row is for people: no octets, no ids, nothing that is said beside.
CREATE FUNCTION history_readable(p_row jsonb) RETURNS jsonb
	LANGUAGE sql STABLE SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_object_agg(key, CASE
	    WHEN key = 'reason' AND jsonb_typeof(value) = 'number'
	    THEN to_jsonb(crl_reason_name(value::int))
	    WHEN value #>> '{}' ~ '^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$'
	    THEN to_jsonb(json_time((value #>> '{}')::timestamptz))
	    ELSE value END), '{}')
	FROM jsonb_each(p_row)
	WHERE key NOT IN ('id', 'state', 'effective', 'changed', 'created',
	    'answers', 'content', 'der', 'csr', 'index', 'number', 'handle')
	    AND key NOT LIKE '%\_id' AND key NOT LIKE '%\_by'
	    AND key NOT LIKE '%\_sha256' AND value <> 'null'
	    AND (key, value) <> ('reason', '0'::jsonb)
	    AND length(value::text) <= 600 AND value::text NOT LIKE '"\\\\x%';
$$;

-- And of that, for strangers.
CREATE FUNCTION history_for_strangers(p_row jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_object_agg(key, value), '{}')
	FROM jsonb_each(p_row)
	WHERE key IN ('level', 'valid_from', 'expires', 'kind', 'scope_kind',
	    'scope_number', 'lapses', 'invalidity')
	    OR key = 'reason' AND p_row ? 'serial'; -- of a revocation
$$;

-- What is new in a row.
CREATE FUNCTION history_diff(p_was jsonb, p_now jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_object_agg(key, value), '{}')
	FROM jsonb_each(p_now)
	WHERE value IS DISTINCT FROM coalesce(p_was, '{}') -> key;
$$;

-- What of a subject's story was known by then.
CREATE FUNCTION history_lines(s history_named, p_known_at timestamptz)
	RETURNS TABLE (entity text, name text, from_state text, to_state text,
	effective timestamptz, recorded timestamptz, who text, id bigint,
	was_row jsonb, now_row jsonb, sees bool, is_public bool)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	WITH part AS MATERIALIZED (
		SELECT p.*, actor_sees(p.organisation_id) AS sees
		FROM history_parts(s) AS p
	)
	SELECT p.entity, p.name, CASE WHEN p.sees OR p.entity IN ('device',
		'certificate') OR history_is_public(h.entity, h.from_state,
		h.detail) THEN h.from_state ELSE '' END,
	    h.to_state, h.effective,
	    h.recorded, coalesce(w.handle, 'clock'), h.id,
	    lag(history_readable(h.detail)) OVER (PARTITION BY
		h.entity, h.subject_id ORDER BY h.id),
	    history_readable(h.detail), p.sees,
	    p.entity IN ('device', 'certificate') OR
		history_is_public(h.entity, h.to_state, h.detail)
	FROM part p JOIN history h ON h.entity = p.entity
	    AND h.subject_id = p.id
	LEFT JOIN principal w ON w.id = h.principal_id
	WHERE h.recorded <= p_known_at
	UNION ALL
	SELECT p.entity, p.name, '', CASE p.entity
	    WHEN 'device' THEN 'accredited' ELSE 'issued' END,
	    p.since, p.since, 'authority', 0, '{}', '{}', p.sees, true
	FROM part p WHERE p.since <= p_known_at;
$$;

-- The same as people read it, in the order in which we came to know.
CREATE FUNCTION history_entries(s history_named, p_known_at timestamptz)
	RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('entity', e.entity,
	    'subject', e.name, 'from', e.from_state, 'to', e.to_state,
	    'effective', json_time(e.effective),
	    'recorded', json_time(e.recorded))
	    || CASE WHEN e.sees THEN jsonb_build_object('by', e.who,
		'changed', history_diff(e.was_row, e.now_row))
	    ELSE jsonb_build_object('changed', history_diff(
		history_for_strangers(e.was_row),
		history_for_strangers(e.now_row))) END
	    ORDER BY e.recorded, e.id, e.entity DESC, e.name), '[]')
	FROM history_lines(s, p_known_at) AS e
	WHERE e.sees OR e.is_public;
$$;
