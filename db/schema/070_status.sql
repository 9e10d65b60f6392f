-- Status is a log: OCSP, CRLs, the index of every status node and every
-- replica are views of status_event.

-- The last event's id.  Whoever appends locks this row until it commits, so
-- ids have no gaps and appear in the order of their commits: a reader that
-- has seen event n will never meet a smaller one.
CREATE TABLE status_head (
	one bool PRIMARY KEY DEFAULT true CHECK (one),
	last bigint NOT NULL,
	hash bytea NOT NULL DEFAULT '' -- the last event's
);
INSERT INTO status_head (last) VALUES (0);

-- An event comes with each device that enrols: domains, and what a function
-- checks, are not read anew by each statement, as a table's CHECKs are; and a
-- foreign key on issuer would lock its row each time.
CREATE DOMAIN status_kind AS text CHECK (VALUE IN (
	'issued', 'void',                -- a range of indexes
	'revoked', 'held', 'released',   -- one certificate
	-- all of a lot, model, site, ...; revoked is final
	'cohort_held', 'cohort_released', 'cohort_revoked',
	'restored'                       -- what was lost before it (380)
));
CREATE DOMAIN cohort_kind AS text CHECK (VALUE IN ('organisation', 'site',
	'hardware_platform', 'model', 'lot', 'issuer'));
CREATE DOMAIN legal_basis AS text CHECK (length(VALUE) BETWEEN 1 AND 500);
CREATE TABLE status_event (
	id bigint PRIMARY KEY,
	at timestamptz NOT NULL,
	kind status_kind NOT NULL,
	issuer_id bigint, -- by status_append() and enrol_issue()
	first index_first,
	count index_count,
	reason int NOT NULL DEFAULT 0,
	invalidity timestamptz,
	-- of 'issued': the cohorts that the range belongs to, 0 where none
	lot_id bigint NOT NULL DEFAULT 0,
	model_id bigint NOT NULL DEFAULT 0,
	site_id bigint NOT NULL DEFAULT 0,
	organisation_id bigint NOT NULL DEFAULT 0,
	hardware_platform_id bigint NOT NULL DEFAULT 0,
	-- of 'cohort_*': which one
	cohort_kind cohort_kind,
	cohort_id bigint,
	since timestamptz, -- when an earlier hold goes on in it: since that one
	measure_id bigint REFERENCES measure,
	principal_id bigint REFERENCES principal,
	legal_basis legal_basis,
	-- SHA-256 of the one before's and of what this one says: whoever keeps it
	-- knows whether a log is the one that they have seen
	hash bytea
);
CREATE FUNCTION status_event_fits() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF (NEW.cohort_kind IS NOT NULL) <> (NEW.kind LIKE 'cohort%')
	    OR (NEW.issuer_id IS NULL) <>
		(NEW.kind LIKE 'cohort%' OR NEW.kind = 'restored')
	    OR num_nulls(NEW.issuer_id, NEW.first, NEW.count) NOT IN (0, 3) THEN
		RAISE EXCEPTION 'there is no event % of a range, of a cohort, or '
		    'of neither, as this one is', NEW.kind
		    USING ERRCODE = 'check_violation';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER fits BEFORE INSERT ON status_event
	FOR EACH ROW EXECUTE FUNCTION status_event_fits();
-- What may change a CRL, and which cohorts are on hold.
CREATE INDEX status_event_change ON status_event (id)
	WHERE kind NOT IN ('issued', 'void');
CREATE INDEX status_event_cohort
	ON status_event (cohort_kind, cohort_id, measure_id, id)
	WHERE cohort_kind IS NOT NULL;
CREATE INDEX status_event_revoked_cohort
	ON status_event (cohort_kind, cohort_id)
	WHERE kind = 'cohort_revoked';

-- What the follower puts under public/ (and an OCSP signer's certificate
-- under status/): the row with the highest id of a path is the file.  also: a
-- second path for the same octets.
CREATE TABLE publication (
	id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	path text NOT NULL
	    CHECK (path ~ '^(public|status)/[a-z0-9][a-z0-9/._-]*$'
	    AND path !~ '\.\.'),
	also text CHECK (also ~ '^public/[a-z0-9][a-z0-9/._-]*$'
	    AND also !~ '\.\.'),
	content bytea COMPRESSION lz4 NOT NULL, -- CRLs of megabytes, at once
	next_update timestamptz,
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX publication_path ON publication (path, id DESC);
-- What of a large CRL did not go into its content, in order: nobody needs to have
-- all of it in memory.
CREATE TABLE publication_part (
	publication_id bigint NOT NULL
	    REFERENCES publication ON DELETE CASCADE,
	part int NOT NULL CHECK (part >= 1),
	content bytea COMPRESSION lz4 NOT NULL,
	PRIMARY KEY (publication_id, part)
);

-- RFC 5280 section 5.2.3: numbers only grow.  Also which event a shard's
-- newest CRL has seen.  Shard -1: the complete CRL of an issuer that has shards.
CREATE TABLE crl (
	issuer_id bigint NOT NULL REFERENCES issuer,
	shard bigint NOT NULL CHECK (shard >= -1),
	number bigint NOT NULL CHECK (number >= 1),
	event_id bigint NOT NULL,
	this_update timestamptz NOT NULL,
	next_update timestamptz NOT NULL,
	-- what deltas are counted from (5.2.4), and what will be next
	base_number bigint,
	base_event bigint,
	coming_number bigint,
	coming_event bigint,
	coming_update timestamptz,
	PRIMARY KEY (issuer_id, shard)
);

CREATE FUNCTION crl_number_grows() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF NEW.number <= OLD.number THEN
		RAISE EXCEPTION 'a CRL number must grow: % after %',
		    NEW.number, OLD.number
		    USING ERRCODE = 'AY004', DETAIL = 'CRL_NUMBER';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER crl_number_grows BEFORE UPDATE ON crl
	FOR EACH ROW EXECUTE FUNCTION crl_number_grows();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON status_event
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON crl
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
