-- A world for random acts: loaded by tests/unit/db/acts_test.c as the superuser
-- of a private cluster, before acts.sql and acts_never.sql.

CREATE SCHEMA t AUTHORIZATION assay_owner;
GRANT USAGE ON SCHEMA t TO assay_api, assay_authority;
SET search_path = assay, pg_temp;

SET ROLE assay_owner;
INSERT INTO test_clock (now) VALUES ('2027-01-01T00:00:00Z');
INSERT INTO organisation (handle, name, country, kind, state)
VALUES ('body', 'The Body', 'DE', 'body', 'active');
INSERT INTO organisation (handle, name, country, kind) VALUES
	('lookers', 'Lookers', 'NL', 'auditor'),
	('operator', 'Operator', 'FR', 'operator');
UPDATE organisation SET state = 'active' WHERE state = 'applicant';
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('officer-1', 'body', 'officer'),
	('officer-2', 'body', 'officer'), ('decider-1', 'body', 'decider'),
	('decider-2', 'body', 'decider'), ('security-1', 'body', 'security'),
	('security-2', 'body', 'security'), ('reader', 'body', 'reader'),
	('auditor-1', 'lookers', 'auditor'), ('auditor-2', 'lookers', 'auditor'),
	('operator-1', 'operator', 'operator'))
	AS v(h, org, r) JOIN organisation o ON o.handle = v.org;
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id)
VALUES (1, 'root', 'c', 's', 'k', decode(repeat('00', 20), 'hex'));
RESET ROLE;

-- The world at hand: one supplier with a platform, a TrE model and a terminal
-- model, all new; the worlds before it are left as they are.
CREATE TABLE t.world (one bool PRIMARY KEY DEFAULT true, n int,
	since timestamptz,
	history bigint); -- the last entry that t.broken() has looked at
INSERT INTO t.world (n, since, history) VALUES (0, '2027-01-01', 0);

-- (Functions that read tables are plpgsql, here and below: those in SQL are
-- planned anew each time, which was most of what ten thousand acts took.)
CREATE FUNCTION t.n(name text) RETURNS text LANGUAGE plpgsql STABLE
	SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ BEGIN RETURN (SELECT name || '-' || n FROM t.world); END $$;

CREATE FUNCTION t.new_world() RETURNS void LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE
	o bigint;
	s bigint;
	chip bigint;
	tre bigint;
	ter bigint;
BEGIN
	UPDATE test_clock SET now = now + interval '1 day';
	UPDATE t.world SET n = n + 1, since = assay_now();
	INSERT INTO organisation (handle, name, country, kind, makes)
	VALUES (t.n('acme'), t.n('Acme'), 'DE', 'supplier', '{tre,terminal}')
	RETURNING id INTO o;
	UPDATE organisation SET state = 'active' WHERE id = o;
	INSERT INTO principal (handle, organisation_id, role)
	VALUES (t.n('supplier'), o, 'supplier');
	INSERT INTO site (handle, organisation_id, name, country, address)
	VALUES (t.n('fab'), o, t.n('Fab'), 'DE', 'Street 1') RETURNING id INTO s;
	INSERT INTO site_scope (site_id, scope)
	VALUES (s, 'tre_production'), (s, 'terminal_assembly');
	INSERT INTO model (handle, kind, organisation_id, name, version)
	VALUES (t.n('chip'), 'hardware_platform', o, t.n('Chip'), '1')
	RETURNING id INTO chip;
	INSERT INTO model (handle, kind, organisation_id, name, version,
	    hardware_platform_id, tre_kind, least_firmware)
	VALUES (t.n('tre'), 'tre', o, t.n('TrE'), '1', chip, 'embedded', '1')
	RETURNING id INTO tre;
	INSERT INTO model (handle, kind, organisation_id, name, version, tacs)
	SELECT t.n('ter'), 'terminal', o, t.n('Ter'), '1',
	    ARRAY[lpad(n::text, 8, '3')] FROM t.world
	RETURNING id INTO ter;
	INSERT INTO model_contains VALUES (ter, tre);
	IF t.chance(0.5) THEN -- somebody has begun already
		UPDATE model SET state = 'registered' WHERE organisation_id = o;
		UPDATE site_scope SET state = 'full',
		    expires = assay_now() + interval '300 days'
		WHERE site_id = s;
	END IF;
END
$$;

-- ---- chance

CREATE FUNCTION t.chance(p float) RETURNS bool LANGUAGE sql VOLATILE
	AS $$ SELECT random() < p $$;
CREATE FUNCTION t.pick(VARIADIC words text[]) RETURNS text LANGUAGE sql VOLATILE
	AS $$ SELECT words[1 + floor(random() * cardinality(words))::int] $$;

-- Mostly somebody who may, sometimes just anybody.
CREATE FUNCTION t.act_as(VARIADIC roles text[]) RETURNS void LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE
	any_role bool := t.chance(0.1);
BEGIN
	PERFORM actor_begin((SELECT id FROM principal
	    WHERE (any_role OR role = ANY (roles)) AND state = 'active'
	    AND (role <> 'supplier' OR any_role OR handle = t.n('supplier'))
	    ORDER BY random() LIMIT 1));
END
$$;

CREATE FUNCTION t.sign(url text, body jsonb DEFAULT '{}') RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	IF url IS NULL THEN
		RAISE 'there is nothing of that kind'
		    USING ERRCODE = 'AY003', DETAIL = 'NOTHING';
	END IF;
	PERFORM assay.statement_add(url, convert_to(body::text, 'UTF8'),
	    gen_random_uuid()::text);
END
$$;

-- The number or handle of something of this world, at random; or nothing.
CREATE FUNCTION t.some(what text) RETURNS text LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
BEGIN
	RETURN (SELECT number FROM (
	    SELECT 'audit' AS w, a.number, a.id FROM audit a
	      JOIN site s ON s.id = a.site_id WHERE s.handle = t.n('fab')
	      AND a.state NOT IN ('closed', 'cancelled')
	    UNION ALL SELECT 'declaration', d.number, d.id FROM declaration d
	      JOIN model m ON m.id = d.model_id
	      WHERE m.handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	      AND (d.state = 'submitted' OR t.chance(0.3)
		AND d.state IN ('in_force', 'challenged'))
	    UNION ALL SELECT 'coc', c.number, c.id FROM coc c
	      JOIN model m ON m.id = c.model_id
	      WHERE m.handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	      AND c.state IN ('provisional', 'certified', 'suspended')
	    UNION ALL SELECT 'measure', number, id FROM measure
	      WHERE state = 'in_force'
	      AND created >= (SELECT since FROM t.world)
	    UNION ALL SELECT 'model', handle, id FROM model
	      WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	    UNION ALL SELECT 'proposal', id::text, id FROM proposal
	      WHERE state = 'open'
	      AND created >= (SELECT since FROM t.world)) x
	    WHERE w = what ORDER BY random() LIMIT 1);
END
$$;

-- The first model from the ground up that still wants one; now and then any.
CREATE FUNCTION t.wants(what text) RETURNS text LANGUAGE sql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
	SELECT CASE WHEN t.chance(0.2) THEN t.some('model') ELSE coalesce((
	    SELECT m.handle FROM model m
	    WHERE handle IN (t.n('chip'), t.n('tre'), t.n('ter'))
	    AND CASE what WHEN 'coc' THEN NOT EXISTS (SELECT FROM coc_good(m.id))
	    WHEN 'register' THEN m.state = 'draft'
	    ELSE NOT EXISTS (SELECT FROM declaration d WHERE d.model_id = m.id
		AND d.state IN ('submitted', 'in_force', 'challenged')) END
	    ORDER BY m.id LIMIT 1), t.some('model')) END $$;

-- A TrE and its terminal, made without asking anybody: what a CA would issue
-- that asked nobody either.
CREATE FUNCTION t.issue(OUT tre bytea, OUT ter bytea) LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE
	side text;
	m model;
	k bigint;
	l bigint;
	d bigint[];
	der bytea;
BEGIN
	SET LOCAL session_replication_role = replica; -- no guards
	FOREACH side IN ARRAY '{tre,ter}'::text[] LOOP
		SELECT * INTO m FROM model WHERE handle = t.n(side);
		SELECT max(id) INTO k FROM coc WHERE model_id = m.id
		    AND state IN ('provisional', 'certified');
		SELECT coalesce(k, max(id)) INTO k FROM coc
		WHERE model_id = m.id AND state NOT IN ('proposed', 'refused');
		IF k IS NULL THEN
			RETURN;
		END IF;
		INSERT INTO lot (number, organisation_id, model_id, site_id,
		    coc_id, reference, count, header_jws, rows_sha256,
		    submitted_by, state, issued)
		SELECT next_number('LOT'), m.organisation_id, m.id, s.id, k,
		    'x', 1, 'x', sha256(gen_random_uuid()::text::bytea), p.id,
		    'issued', 1
		FROM site s, principal p WHERE s.handle = t.n('fab')
		    AND p.handle = t.n('supplier')
		RETURNING id INTO l;
		INSERT INTO device (kind, device_id, model_id, lot_id,
		    organisation_id)
		SELECT m.kind, upper(side) || '-' || l, m.id, l,
		    m.organisation_id
		RETURNING d || id INTO d;
		der := decode(md5(random()::text) || md5(random()::text), 'hex');
		INSERT INTO certificate (issuer_id, index, profile, serial, der,
		    der_sha256, spki_sha256, device_id, lot_id, coc_id,
		    not_before, issued)
		VALUES (1, l, m.kind, substr(der, 1, 17), der, sha256(der),
		    sha256(der), d[cardinality(d)], l, k, assay_now(),
		    assay_now());
		IF side = 'tre' THEN
			tre := sha256(der);
		ELSE
			ter := sha256(der);
		END IF;
	END LOOP;
	INSERT INTO binding (tre_id, terminal_id) VALUES (d[1], d[2]);
	SET LOCAL session_replication_role = origin;
END
$$;
