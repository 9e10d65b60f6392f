-- A cast for tests/unit/api/matrix_test.c, and how a subject in each state is
-- made: by the superuser, past all guards, so that a state needs no story.
-- Sourced once, on a fresh schema with the rule sets loaded; then come
-- matrix_accreditation.sql and matrix.sql.

CREATE SCHEMA t;
SET search_path = assay, t, pg_temp;
SET session_replication_role = replica;

-- What a test asks for: the subject of that state, as its address has it, and
-- the body that goes with it where a route's own does not do.
CREATE TABLE t.subject (
	kind text, state text, role text, name text NOT NULL, body text
);

-- A copy of a row with some of it changed; its id.
CREATE FUNCTION t.copy(tbl text, p_id bigint, changed jsonb) RETURNS bigint
	LANGUAGE plpgsql AS $$
DECLARE
	made bigint := nextval(pg_get_serial_sequence('assay.' || tbl, 'id'));
	given text := (SELECT string_agg(quote_ident(attname), ', ')
	    FROM pg_attribute
	    WHERE attrelid = ('assay.' || tbl)::regclass AND attnum > 0
	    AND NOT attisdropped AND attgenerated = '');
BEGIN
	EXECUTE format('INSERT INTO assay.%1$I (%2$s) OVERRIDING SYSTEM VALUE
	    SELECT %2$s FROM (SELECT (jsonb_populate_record(r, $2)).*
		FROM assay.%1$I r WHERE id = $1) one', tbl, given)
	USING p_id, changed || jsonb_build_object('id', made);
	RETURN made;
END $$;

CREATE FUNCTION t.states(entity text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT DISTINCT to_state FROM assay.transition t
	WHERE t.entity = states.entity ORDER BY 1 $$;

-- One of each state of the entity: a copy of that row, with "%" for the state
-- in what is changed; name is what addresses call it.
CREATE FUNCTION t.each(entity text, tbl text, p_id bigint, changed text,
    name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states(entity) LOOP
		PERFORM t.copy(tbl, p_id, replace(changed, '%', replace(s,
		    '_', '-'))::jsonb || jsonb_build_object('state', s));
		INSERT INTO t.subject (kind, state, name)
		VALUES (entity, s, replace(name, '%', replace(s, '_', '-')));
	END LOOP;
END $$;

CREATE FUNCTION t.sha(what text) RETURNS bytea LANGUAGE sql AS $$
	SELECT sha256(convert_to(what, 'UTF8')) $$;

-- ---- who

INSERT INTO organisation (handle, name, country, kind, makes, state) VALUES
	('body', 'The Body', 'DE', 'body', '{}', 'active'),
	('acme', 'Acme', 'DE', 'supplier', '{tre,terminal}', 'active'),
	('lookers', 'Lookers', 'NL', 'auditor', '{}', 'active'),
	('mobile', 'Mobile', 'FR', 'operator', '{}', 'active');
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('officer', 'body', 'officer'),
	('decider', 'body', 'decider'), ('security', 'body', 'security'),
	('reader', 'body', 'reader'), ('auditor', 'lookers', 'auditor'),
	('supplier', 'acme', 'supplier'), ('operator', 'mobile', 'operator'),
	('officer-2', 'body', 'officer'), ('decider-2', 'body', 'decider'),
	('security-2', 'body', 'security'), ('auditor-2', 'lookers', 'auditor'),
	('supplier-2', 'acme', 'supplier')) AS v(h, org, r)
  JOIN organisation o ON o.handle = v.org;
CREATE FUNCTION t.who(h text) RETURNS bigint LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT id FROM assay.principal WHERE handle = h $$;

SELECT t.each('organisation', 'organisation', id,
    '{"handle": "org-%", "name": "org-%"}', 'org-%')
  FROM organisation WHERE handle = 'mobile';
SELECT t.each('principal', 'principal', t.who('supplier-2'),
    '{"handle": "principal-%"}', 'principal-%');

-- ---- evidence: "paper" is accepted, of the supplier, and "report" of an auditor

INSERT INTO evidence (sha256, size, media_type, filename, organisation_id,
    submitted_by, judged_by, state)
SELECT t.sha(w), 5, 'text/plain', w, organisation_id, id,
    t.who('officer-2'), 'accepted' FROM principal,
    (VALUES ('supplier-2', 'paper'), ('auditor-2', 'report')) v(h, w)
 WHERE handle = h ORDER BY w;
DO $$ DECLARE
	s text;
BEGIN
	FOR s IN SELECT t.states('evidence') LOOP
		PERFORM t.copy('evidence', 1, jsonb_build_object('state', s,
		    'sha256', t.sha(s), 'successor_id',
		    CASE s WHEN 'superseded' THEN 1 END));
		INSERT INTO t.subject (kind, state, name)
		VALUES ('evidence', s, encode(t.sha(s), 'hex'));
	END LOOP;
END $$;
