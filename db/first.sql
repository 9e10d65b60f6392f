-- The first rows of an instance: the body and those who act for it.  Their
-- certificates are made by `assay-authority init`.  Run by `assay init` with
-- psql and the variables body_name and body_country; it may be run again.

SET ROLE assay_owner;
SET search_path = assay, pg_temp;

INSERT INTO organisation (handle, name, country, kind, state)
SELECT 'body', :'body_name', :'body_country', 'body', 'active'
 WHERE NOT EXISTS (SELECT FROM organisation WHERE kind = 'body');

INSERT INTO principal (handle, organisation_id, role)
SELECT wanted.handle, o.id, wanted.role
  FROM (VALUES ('officer-1', 'officer'), ('officer-2', 'officer'),
      ('decider-1', 'decider'), ('decider-2', 'decider'),
      ('security-1', 'security'), ('security-2', 'security'),
      ('reader', 'reader')) AS wanted (handle, role),
      organisation o
 WHERE o.kind = 'body'
   AND NOT EXISTS (SELECT FROM principal p WHERE p.handle = wanted.handle);
