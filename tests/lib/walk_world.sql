-- A world to walk in (tests/system/38-walk-sql.sh), after registry.sh and
-- accreditation.sh: two suppliers whose TrEs stand on one chip, a third whose
-- terminal contains either; each has a second site.  By the superuser.

SET search_path = assay, pg_temp;
SET ROLE assay_owner;
INSERT INTO principal (handle, organisation_id, role)
SELECT 'decider-4', id, 'decider' FROM organisation WHERE kind = 'body';
INSERT INTO organisation (handle, name, country, kind, makes)
VALUES ('cleo', 'Cleo', 'IT', 'supplier', '{tre}');
UPDATE organisation SET state = 'active' WHERE handle = 'cleo';
INSERT INTO principal (handle, organisation_id, role)
SELECT 'cleo-1', id, 'supplier' FROM organisation WHERE handle = 'cleo';
INSERT INTO site (handle, organisation_id, name, country, address)
SELECT h, o.id, h, 'DE', 'Street 2' FROM (VALUES ('fab-2', 'acme'),
	('mill', 'cleo'), ('mill-2', 'cleo'), ('works-2', 'bolt')) AS v(h, org)
JOIN organisation o ON o.handle = v.org;
INSERT INTO site_scope (site_id, scope)
SELECT id, CASE handle WHEN 'works-2' THEN 'terminal_assembly'
	ELSE 'tre_production' END FROM site
WHERE id NOT IN (SELECT site_id FROM site_scope);
UPDATE site_scope SET state = 'full', expires = '2028-12-31'
WHERE state = 'registered';
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre-c', 'tre', o.id, 'TrE C', '1', m.id, 'embedded', '1'
FROM organisation o, model m WHERE o.handle = 'cleo' AND m.handle = 'chip';
UPDATE model SET state = 'registered' WHERE state = 'draft';
INSERT INTO model_contains SELECT a.id, b.id FROM model a, model b
WHERE a.handle = 'ter' AND b.handle = 'tre-c';
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der,
	key_id, next_index)
SELECT v.id, v.r, o.id, v.h::bytea, 'x', v.h::bytea,
	decode(repeat('0' || v.id, 20), 'hex'), 1000
FROM (VALUES (1, 'root', NULL, 'root'), (3, 'tre', 'acme', 'ca-acme'),
	(4, 'terminal', 'bolt', 'ca-bolt'), (5, 'tre', 'cleo', 'ca-cleo'))
	v (id, r, org, h) LEFT JOIN organisation o ON o.handle = v.org;
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
	spki_sha256, not_before)
SELECT 1, i.id, 'issuing_ca', decode(lpad(to_hex(i.id), 2, '0'), 'hex'),
	i.cert_der, pg_catalog.sha256(i.cert_der),
	pg_catalog.sha256(i.spki_der), assay_now() FROM issuer i WHERE id > 1;
RESET ROLE;

-- Each site stands on an audit, whose report somebody has accepted.
SET session_replication_role = replica;
INSERT INTO evidence (sha256, size, media_type, filename, organisation_id,
	submitted_by, judged_by, state)
SELECT pg_catalog.sha256(convert_to('report of ' || s.handle, 'UTF8')), 9, 'text/plain',
	s.handle, p.organisation_id, p.id, q.id, 'accepted'
FROM site s, principal p, principal q
WHERE p.handle = 'auditor-1' AND q.handle = 'officer-1';
INSERT INTO audit (number, site_id, type, scopes, auditor_1, auditor_2, planned,
	state, result, ended, report_id, reported_by, confirmed_by, created_by)
SELECT 'AUD-' || s.handle, s.id, 'wet', ARRAY[x.scope], p.id, q.id,
	'2026-12-01', 'closed', 'compliant', '2026-12-31', e.id, p.id, q.id, o.id
FROM site s JOIN site_scope x ON x.site_id = s.id
JOIN evidence e ON e.filename = s.handle, principal p, principal q, principal o
WHERE p.handle = 'auditor-1' AND q.handle = 'auditor-2'
	AND o.handle = 'officer-1';
UPDATE site_scope x SET audit_id = a.id FROM audit a WHERE a.site_id = x.site_id;
SET session_replication_role = origin;

-- ---- chance: the same for the same seed, walk and step, whatever went before

CREATE FUNCTION t.d() RETURNS float LANGUAGE plpgsql AS $$
DECLARE
	k text := (current_setting('walk.k')::int + 1)::text;
BEGIN
	PERFORM set_config('walk.k', k, true);
	RETURN (hashtextextended(current_setting('walk.seed') || '.' ||
	    current_setting('walk.n') || '.' || k, 0) & 1048575) / 1048576.0;
END
$$;
CREATE FUNCTION t.chance(p float) RETURNS bool LANGUAGE plpgsql
	AS $$ BEGIN RETURN t.d() < p; END $$;
CREATE FUNCTION t.one(words text[]) RETURNS text LANGUAGE plpgsql
	AS $$ BEGIN RETURN words[1 + floor(t.d() * cardinality(words))::int]; END $$;
CREATE FUNCTION t.pick(VARIADIC words text[]) RETURNS text LANGUAGE plpgsql
	AS $$ BEGIN RETURN t.one(words); END $$;

-- Mostly somebody of these, sometimes anybody.
CREATE FUNCTION t.who(VARIADIC people text[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN t.chance(0.92) THEN t.one(people) ELSE
	    t.one('{officer-1,decider-1,decider-2,security-1,acme-1,bolt-1,cleo-1,auditor-1,operator-1,reader}')
	    END;
END
$$;
CREATE FUNCTION t.maker(m text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN m IN ('tre-c', 'mill', 'mill-2') THEN 'cleo'
	    WHEN m IN ('ter', 'works', 'works-2') THEN 'bolt' ELSE 'acme' END $$;
CREATE FUNCTION t.sites(m text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE m WHEN 'tre' THEN '{fab,fab-2}'::text[]
	    WHEN 'tre-c' THEN '{mill,mill-2}' WHEN 'ter' THEN '{works,works-2}' END $$;
CREATE FUNCTION t.scope(s text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN s LIKE 'works%' THEN 'terminal_assembly'
	    ELSE 'tre_production' END $$;
CREATE FUNCTION t.parts(m text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN m LIKE 'tre%' THEN '{chip}'::text[]
	    WHEN m = 'ter' THEN '{tre,tre-c}' ELSE '{}' END $$;
CREATE FUNCTION t.sha(what text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT pg_catalog.sha256(convert_to(what, 'UTF8')) $$;
CREATE FUNCTION t.hex(what text) RETURNS text LANGUAGE sql IMMUTABLE
	AS $$ SELECT encode(t.sha(what), 'hex') $$;
-- the next number of that kind; k: after so many others
CREATE FUNCTION t.next(p text, k int DEFAULT 1) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	y int := extract(year FROM assay.assay_now() AT TIME ZONE 'UTC');
BEGIN
	RETURN p || '-' || y || '-' || lpad((coalesce((SELECT last
	    FROM assay.numbering WHERE prefix = p AND year = y), 0)
	    + k)::text, 6, '0');
END
$$;

-- ---- a device with its certificate, as the authority would have issued it

CREATE FUNCTION t.issue(m text, dev text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	l assay.lot;
	ca int := CASE m WHEN 'tre' THEN 3 WHEN 'tre-c' THEN 5 ELSE 4 END;
	was text := current_setting('session_replication_role');
BEGIN
	PERFORM set_config('session_replication_role', 'replica', true);
	INSERT INTO assay.lot (number, organisation_id, model_id, site_id,
	    coc_id, reference, count, header_jws, rows_sha256, submitted_by,
	    issued, state)
	SELECT 'LOT-' || dev, x.organisation_id, x.id, s.site_id, c.id, '', 1,
	    'x', t.sha(dev), p.id, 1, 'issued'
	FROM assay.model x JOIN assay.coc c ON c.model_id = x.id
	    AND c.state IN ('provisional', 'certified')
	JOIN assay.site_scope s ON s.id = c.site_scope_id, assay.principal p
	WHERE x.handle = m AND p.handle = 'acme-1' RETURNING * INTO l;
	PERFORM assay.status_issued(ca, l.id, 1, l.id);
	INSERT INTO assay.device (kind, device_id, model_id, lot_id,
	    organisation_id, state)
	SELECT x.kind, dev, x.id, l.id, l.organisation_id, 'accredited'
	FROM assay.model x WHERE x.id = l.model_id;
	INSERT INTO assay.certificate (issuer_id, index, profile, serial, der,
	    der_sha256, spki_sha256, lot_id, coc_id, device_id, not_before, issued)
	SELECT ca, l.id, d.kind, int8send(l.id), dev::bytea, t.sha(dev),
	    t.sha('key ' || dev), l.id, l.coc_id, d.id, assay.assay_now(),
	    assay.assay_now()
	FROM assay.device d WHERE d.device_id = dev;
	INSERT INTO assay.index_range (issuer_id, first, count, lot_id, state)
	VALUES (ca, l.id, 1, l.id, 'issued');
	PERFORM set_config('session_replication_role', was, true);
END
$$;
