-- What every table stands on: names, the clock, legal transitions, history.
--
-- Everything lives in the schema assay and belongs to assay_owner.  Programs
-- act through functions that are SECURITY DEFINER; the roles that programs
-- log in with own nothing (090_grants.sql).

CREATE DOMAIN handle AS text
	CHECK (VALUE ~ '^[a-z0-9][a-z0-9-]{1,39}$');
-- Of what is no plain bytea (a literal, a value of another domain) sha256(...) is
-- a cast to this, and no digest: pg_catalog.sha256() there.
CREATE DOMAIN sha256 AS bytea
	CHECK (octet_length(VALUE) = 32);
CREATE DOMAIN country AS text
	CHECK (VALUE ~ '^[A-Z]{2}$');
-- TrE ids and terminal ids, as they stand in certificates.  How long one is says
-- a check of its own: bounds in the expression make it five times slower.
CREATE DOMAIN device_id AS text
	CHECK (octet_length(VALUE) BETWEEN 4 AND 32)
	CHECK (VALUE ~ '^[A-Z0-9][A-Z0-9.-]*$');

-- The clock is an argument: a test may set it, in a table that only the owner
-- can write.  Programs never pass a time of their own into a rule.
--
-- Nearly all statements ask what time it is.  Where the clock was never set the
-- answer is part of their plans and takes no time; the first test that sets it
-- has the function look at the table from then on, in this database.  (In
-- PL/pgSQL: an SQL function that is not inlined is planned anew by every
-- statement that calls it.)
CREATE TABLE test_clock (
	one bool PRIMARY KEY DEFAULT true CHECK (one),
	now timestamptz NOT NULL
);

CREATE FUNCTION assay_now() RETURNS timestamptz LANGUAGE sql STABLE
	AS 'SELECT pg_catalog.now()';

CREATE FUNCTION test_clock_is_set() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NOT (SELECT prosecdef FROM pg_proc
	    WHERE oid = 'assay_now()'::regprocedure) THEN
		CREATE OR REPLACE FUNCTION assay_now() RETURNS timestamptz
		    LANGUAGE plpgsql STABLE SECURITY DEFINER
		    SET search_path = assay, pg_temp
		    AS 'BEGIN RETURN coalesce((SELECT t.now FROM test_clock t), now()); END';
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER is_set BEFORE INSERT ON test_clock
	FOR EACH STATEMENT EXECUTE FUNCTION test_clock_is_set();
-- Also where a test has switched triggers off.
ALTER TABLE test_clock ENABLE ALWAYS TRIGGER is_set;

-- Times as JSON has them everywhere: RFC 3339, UTC, whole seconds.
CREATE FUNCTION json_time(timestamptz) RETURNS text
	LANGUAGE sql STABLE
AS $$
	SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
$$;

-- One table of legal transitions, loaded by the migrator from
-- policy/states.txt, which the C programs are built with too.  A first state
-- has from_state ''.
CREATE TABLE transition (
	entity text NOT NULL,
	from_state text NOT NULL,
	to_state text NOT NULL,
	PRIMARY KEY (entity, from_state, to_state)
);

-- What was, for ever: appended by state_guard(), changed by nobody.
--
-- recorded is when the transaction began that says so, which commits somewhat later:
-- nearly always milliseconds, and no statement takes more than a minute.  So nothing
-- goes in the order of it: of one subject entries are in the order of their ids, for
-- whoever writes one has the subject's row; feeds number what they tell (360), and a
-- decision says by which status event it was made (080).  Nobody is told what is not
-- committed.  What was known at a moment (352) includes what was then being written:
-- whoever took trust away had acted, and had been heard.  What is granted begins early
-- by so much, but nothing is issued or permitted on it before it is committed; and of
-- what is issued while its right is being taken away, it counts as issued after that.
CREATE TABLE history (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	entity text NOT NULL,
	subject_id bigint NOT NULL,
	from_state text NOT NULL,
	to_state text NOT NULL,
	effective timestamptz NOT NULL, -- when it held in the world
	recorded timestamptz NOT NULL,  -- when we knew
	principal_id bigint,            -- NULL: the clock or the authority
	detail jsonb NOT NULL           -- the whole row as it then was
);
CREATE INDEX history_subject ON history (entity, subject_id, id);

-- Numbers such as AUD-2026-000001.
CREATE TABLE numbering (
	prefix text NOT NULL,
	year int NOT NULL,
	last bigint NOT NULL,
	PRIMARY KEY (prefix, year)
);

CREATE FUNCTION next_number(p_prefix text) RETURNS text
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO numbering AS n (prefix, year, last)
	SELECT p_prefix, y.year, 1 + coalesce((SELECT last FROM numbering
	    WHERE prefix = '' AND year = y.year), 0)
	  FROM extract(year FROM assay_now() AT TIME ZONE 'UTC') AS y (year)
	ON CONFLICT (prefix, year) DO UPDATE SET last = n.last + 1
	RETURNING prefix || '-' || year || '-' || lpad(last::text, 6, '0');
$$;

-- No other transaction gives a number of that prefix until this one ends.  A snapshot
-- that is older than the last number fails here (40001), as by giving one.
CREATE FUNCTION numbering_hold(p_prefix text) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO numbering AS n (prefix, year, last)
	SELECT p_prefix, y.year, coalesce((SELECT last FROM numbering
	    WHERE prefix = '' AND year = y.year), 0)
	  FROM extract(year FROM assay_now() AT TIME ZONE 'UTC') AS y (year)
	ON CONFLICT (prefix, year) DO UPDATE SET last = n.last;
$$;

-- The principal in whose name this transaction acts; NULL for the clock.
CREATE FUNCTION actor_id() RETURNS bigint
	LANGUAGE sql STABLE
	AS $$ SELECT nullif(current_setting('assay.actor', true), '')::bigint $$;

-- Every table with a state has this trigger: CREATE TRIGGER ... EXECUTE
-- FUNCTION state_guard('entity').  It refuses what is no legal transition and
-- appends the others to history.
CREATE FUNCTION state_guard() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	was text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END;
	new_row jsonb;
BEGIN
	IF NOT EXISTS (SELECT FROM transition
	    WHERE entity = TG_ARGV[0] AND from_state = was
	    AND to_state = NEW.state) THEN
		IF TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN
			RETURN NEW; -- some other column
		END IF;
		RAISE EXCEPTION 'a % cannot go from "%" to "%"',
		    replace(TG_ARGV[0], '_', ' '), was, NEW.state
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
	-- of a lot not its header, which may have devices' keys in it (410); of
	-- a CRL, and of what a ceremony gets, not itself, which is long
	new_row := to_jsonb(NEW) - '{header_jws,der,file,sixteen}'::text[];
	INSERT INTO history (entity, subject_id, from_state, to_state,
	    effective, recorded, principal_id, detail)
	VALUES (TG_ARGV[0], NEW.id, was, NEW.state,
	    coalesce((new_row ->> 'effective')::timestamptz, assay_now()),
	    assay_now(), actor_id(), new_row);
	RETURN NEW;
END
$$;

-- An act that would leave its subject as it is is refused: the guard passes
-- over an UPDATE that leaves the state alone, and so nothing would be on record
-- but that somebody signed for it.
CREATE FUNCTION state_must_change(p_subject text, p_from text, p_to text)
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_from = p_to THEN
		RAISE EXCEPTION '% is % already', p_subject,
		    replace(p_to, '_', ' ')
		    USING ERRCODE = 'AY004', DETAIL = 'ILLEGAL_TRANSITION';
	END IF;
END
$$;

-- Nothing is deleted, and what is appended does not change.
CREATE FUNCTION append_only() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'the table % is append-only: % is refused',
	    TG_TABLE_NAME, TG_OP
	    USING ERRCODE = 'AY002', DETAIL = 'APPEND_ONLY';
END
$$;

-- What must hold of several columns of a row, where statements change others of it
-- thousands of times: each would read a table's CHECK anew, a trigger OF these
-- columns is passed over.  WHEN (NOT (what must hold)).
CREATE FUNCTION does_not_fit() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'a row of % would not be as "%" says', TG_TABLE_NAME,
	    TG_NAME
	    USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
	    CONSTRAINT = TG_NAME;
END
$$;

-- Of a row nothing changes but the columns named: who would change another is
-- told why not.
CREATE FUNCTION only_changes() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
DECLARE
	may text[] := TG_ARGV[0];
BEGIN
	IF to_jsonb(OLD) - may IS DISTINCT FROM to_jsonb(NEW) - may THEN
		RAISE EXCEPTION '%', TG_ARGV[1]
		    USING ERRCODE = 'AY002', DETAIL = TG_ARGV[2];
	END IF;
	RETURN NEW;
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
