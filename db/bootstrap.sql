-- The cluster's part, before any migration: roles, database, schema.  Run by
-- `assay init` with psql as the cluster's superuser; it may be run again.

-- Owns everything and never logs in.  The others log in, own nothing, and may
-- do what is granted to them (schema/090_grants.sql).  Row-level security is for
-- the api, which acts for many; the authority and the follower act for nobody.
SELECT format('CREATE ROLE %I %s', name, login)
  FROM (VALUES ('assay_owner', 'NOLOGIN'), ('assay_api', 'LOGIN'),
      ('assay_authority', 'LOGIN BYPASSRLS'),
      ('assay_follower', 'LOGIN BYPASSRLS'),
      ('assay_notifier', 'LOGIN'))
      AS wanted (name, login)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name)
\gexec

-- In the order of code points, as C.UTF-8 has it; but C need not ask the library.
SELECT 'CREATE DATABASE assay OWNER assay_owner TEMPLATE template0'
	' ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8'''
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'assay')
\gexec

ALTER DATABASE assay SET search_path = assay, pg_temp;
-- Every statement here is short; compiling one costs a thousand times its run.
ALTER DATABASE assay SET jit = off;
REVOKE ALL ON DATABASE assay FROM PUBLIC;
GRANT CONNECT ON DATABASE assay
	TO assay_api, assay_authority, assay_follower, assay_notifier;
-- In the others is nothing for them, and what is refused here is not there.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

-- A role may set for itself what each of its sessions begins with: one that was
-- stolen for an hour could have answered what is not on the disk for ever after.
-- So all of that is forgotten, and said anew.
BEGIN;
SELECT format('ALTER ROLE %s%s RESET ALL', setrole::regrole,
	CASE WHEN d.oid IS NOT NULL THEN format(' IN DATABASE %I', datname) END)
  FROM pg_db_role_setting LEFT JOIN pg_database d ON d.oid = setdatabase
 WHERE setrole::regrole::text ~ '^assay_(api|authority|follower|notifier)$'
\gexec
-- Whoever has one of them must not take everybody's sessions: the authority, which
-- revokes, and the others come in.
SELECT format('ALTER ROLE %I CONNECTION LIMIT %s', name,
	greatest(current_setting('max_connections')::int - 12, 8))
  FROM (VALUES ('assay_api'), ('assay_follower'), ('assay_notifier')) AS held (name)
\gexec
-- A handler that hangs must not hold locks for ever.
ALTER ROLE assay_api SET idle_in_transaction_session_timeout = '60s';
-- Whoever waits for a lock gives up in time, says so (BUSY) and tries again:
-- one session that holds one for long must not keep all other work waiting.
-- The authority has the most that it could do meanwhile.
ALTER ROLE assay_api SET lock_timeout = '5s';
ALTER ROLE assay_authority SET lock_timeout = '2s';
ALTER ROLE assay_follower SET lock_timeout = '5s';
ALTER ROLE assay_notifier SET lock_timeout = '5s';
-- nginx waits 60 s for an answer: what takes longer nobody hears.  A lot's rows
-- have as long as nginx gives them (lot_begin).
ALTER ROLE assay_api SET statement_timeout = '55s';
-- Nor does it put on the disk what it sorts without an end: of each session, so that
-- all of them at once leave room.
ALTER ROLE assay_api SET temp_file_limit = '1GB';
-- A list is the first hundred along an index, however few or many the planner
-- believes there to be; by a bitmap it would fetch and sort them all.
ALTER ROLE assay_api SET enable_bitmapscan = off;
-- A plan is kept while tables grow a thousandfold, so it must be a good one for
-- large tables even when they are small: along an index.  To plan anew each time
-- would take most of the time that a single request for a certificate takes.
ALTER ROLE assay_authority SET plan_cache_mode = force_generic_plan;
ALTER ROLE assay_authority SET enable_seqscan = off;
-- Nor by a bitmap: for a lot's next rows it would fetch and sort all that are left.
ALTER ROLE assay_authority SET enable_bitmapscan = off;
-- The status log is read along its index, also a long one that nobody has counted:
-- else a million events would be fetched and sorted, on the disk.
ALTER ROLE assay_follower SET enable_seqscan = off;
ALTER ROLE assay_follower SET enable_bitmapscan = off;
ALTER ROLE assay_authority SET jit = off;
-- And compiling such a query takes longer than a hundred of them.
ALTER ROLE assay_api SET jit = off;
COMMIT;

\connect assay
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS assay AUTHORIZATION assay_owner;
-- Nor may anybody fill the disk by large objects, which belong to no table, or by
-- messages in the log, but for the empty ones of enrol_keep().
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure)
  FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
   AND proname ~ '^(lo_|lowrite|loread|pg_logical_emit_message)'
\gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO assay_owner', oid::regprocedure)
  FROM pg_proc WHERE proname = 'pg_logical_emit_message'
\gexec
-- Whoever holds an advisory lock keeps others from their work, for as long as
-- the session lasts: one that is stolen must not stop the authority.
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure)
  FROM pg_proc WHERE proname ~ '^pg_(try_)?advisory'
\gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO assay_owner, assay_authority',
	oid::regprocedure)
  FROM pg_proc WHERE proname ~ '^pg_(try_)?advisory'
\gexec
