-- What operators asked and were told.

CREATE TABLE challenge (
	value bytea PRIMARY KEY CHECK (octet_length(value) = 32), -- in order of time (500)
	-- looked up by who puts it in, and that never goes: a foreign key would lock it
	-- for each, and several at a time as one
	organisation_id bigint NOT NULL,
	created timestamptz NOT NULL DEFAULT assay_now(),
	expires timestamptz NOT NULL,
	consumed timestamptz -- once only
)
-- Each is used up soon after it was given: there is room for that in its page, and no
-- index hears of it.
WITH (fillfactor = 60);

-- What operators' policies ask for of a decision, as the api writes it.  Nearly all of
-- an operator's are about the same few models and say the same: kept once each (or
-- twice, where two transactions wrote it at the same time), and decisions refer to it.
CREATE TABLE decision_looked_at (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	organisation_id bigint NOT NULL REFERENCES organisation,
	sha256 sha256 NOT NULL, -- of the text
	said jsonb NOT NULL
);
CREATE INDEX decision_looked_at_text
	ON decision_looked_at (organisation_id, sha256);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON decision_looked_at FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE decision (
	id uuid PRIMARY KEY, -- begins with the time: made one behind the other
	-- this, the next, batch_id, looked_at_id and signer_id are looked up by
	-- decision_refers()
	organisation_id bigint NOT NULL,
	principal_id bigint NOT NULL,
	request_id uuid, -- of a question by itself
	batch_id bigint, -- of one of a batch (340), in which it is number:
	batch_index int,
	request_sha256 sha256 NOT NULL,
	purpose text NOT NULL,
	mode text NOT NULL,
	verdict text NOT NULL
	    CHECK (verdict IN ('permit', 'refuse', 'indeterminate')),
	reasons text[] NOT NULL,
	warnings text[] NOT NULL,
	tre_sha256 sha256,
	platform_sha256 sha256,
	looked_at_id bigint, -- NULL: nothing was looked at
	event_id bigint NOT NULL, -- the last status event that it knew of
	receipt text NOT NULL, -- of a batch: the leaf of its receipt's tree
	signer_id bigint NOT NULL, -- of delegated_certificate
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((request_id IS NULL) = (batch_id IS NOT NULL)),
	CHECK ((batch_id IS NULL) = (batch_index IS NULL))
);
-- A receipt stays in its row: base64 gets little shorter, and a table beside this
-- one would cost more than it saves.
ALTER TABLE decision SET (toast_tuple_target = 8160);
CREATE UNIQUE INDEX decision_request ON decision (organisation_id, request_id)
	WHERE request_id IS NOT NULL;
CREATE UNIQUE INDEX decision_of_batch ON decision (batch_id, batch_index)
	WHERE batch_id IS NOT NULL;
CREATE INDEX decision_newest ON decision (verdict, created, id);
CREATE INDEX decision_operator
	ON decision (organisation_id, verdict, created, id);
CREATE INDEX decision_tre ON decision (tre_sha256) WHERE tre_sha256 IS NOT NULL;
CREATE INDEX decision_platform ON decision (platform_sha256)
	WHERE platform_sha256 IS NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decision
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What is recorded at once refers to little, which never goes: found out once, where
-- a foreign key would ask for each row, and hold still what all of them refer to.
-- By values and not by EXISTS, which may read all of a table to hash it.
CREATE FUNCTION decision_refers() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM (SELECT DISTINCT organisation_id AS o,
	    principal_id AS p, batch_id AS b, signer_id AS s, looked_at_id AS l
	    FROM added) a
	    WHERE (SELECT id FROM organisation WHERE id = a.o) IS NULL
	    OR (SELECT id FROM principal WHERE id = a.p) IS NULL
	    OR (a.b IS NOT NULL
		AND (SELECT id FROM decision_batch WHERE id = a.b) IS NULL)
	    OR (a.l IS NOT NULL AND (SELECT x.id FROM decision_looked_at x
		WHERE x.id = a.l AND x.organisation_id = a.o) IS NULL)
	    OR (SELECT id FROM delegated_certificate WHERE id = a.s) IS NULL)
	THEN
		RAISE EXCEPTION 'a decision is nobody''s, or signed by none'
		    USING ERRCODE = 'foreign_key_violation';
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER decision_refers AFTER INSERT ON decision
	REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION decision_refers();
