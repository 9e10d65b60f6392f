-- Issuers, lots, and what came of them.

CREATE DOMAIN index_first AS bigint CHECK (VALUE >= 0);
CREATE DOMAIN index_count AS bigint CHECK (VALUE >= 1);
CREATE DOMAIN reason_code AS int CHECK (VALUE IN (0,1,2,3,4,5,6,8,9,10));
CREATE DOMAIN serial_octets AS bytea
	CHECK (octet_length(VALUE) BETWEEN 1 AND 20);

-- A certification authority of ours.  Its id stands in every serial number.
CREATE TABLE issuer (
	id bigint PRIMARY KEY CHECK (id BETWEEN 1 AND 4294967295),
	role text NOT NULL CHECK (role IN ('root', 'access', 'tre', 'terminal')),
	organisation_id bigint REFERENCES organisation, -- of tre and terminal
	cert_der bytea NOT NULL,
	subject_der bytea NOT NULL,
	spki_der bytea NOT NULL UNIQUE,
	key_id bytea NOT NULL UNIQUE CHECK (octet_length(key_id) = 20),
	next_index bigint NOT NULL DEFAULT 0
	    CHECK (next_index BETWEEN 0 AND 281474976710656),
	root_id bigint REFERENCES issuer, -- above it; of a root none
	algorithm text, -- of its key
	not_before timestamptz,
	not_after timestamptz,
	-- a root whose key is on no machine: what it signs is asked for (306)
	offline bool NOT NULL DEFAULT false,
	-- a supplier's own (061): its key is not here, and nothing is signed by it
	delegated bool NOT NULL DEFAULT false,
	key_destroyed timestamptz, -- by two people's order (423)
	state text NOT NULL DEFAULT 'active',
	effective timestamptz, -- its state
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX issuer_active ON issuer
	(role, coalesce(organisation_id, 0))
	WHERE state = 'active' AND NOT delegated;
-- By hash: a certificate on ML-DSA is longer than an index takes.
CREATE UNIQUE INDEX issuer_cert ON issuer (sha256(cert_der));
CREATE SEQUENCE issuer_id MINVALUE 3;

CREATE DOMAIN lot_kind AS text
	CHECK (VALUE IN ('csr', 'key', 'certificate', 'open'));
CREATE DOMAIN lot_reference AS text CHECK (length(VALUE) <= 64);
CREATE DOMAIN lot_count AS int CHECK (VALUE BETWEEN 1 AND 10000000);
CREATE DOMAIN lot_header AS text CHECK (length(VALUE) <= 16384);
CREATE TABLE lot (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	organisation_id bigint NOT NULL REFERENCES organisation,
	model_id bigint NOT NULL REFERENCES model,
	site_id bigint NOT NULL REFERENCES site,
	coc_id bigint NOT NULL REFERENCES coc,
	-- what its rows bring: requests that prove possession, or bare keys, or
	-- certificates that a delegated CA has issued (416); or an open one,
	-- whose rows come one at a time (410)
	kind lot_kind NOT NULL DEFAULT 'csr',
	reference lot_reference NOT NULL,
	count lot_count NOT NULL,
	header_jws lot_header NOT NULL,
	rows_sha256 sha256 NOT NULL, -- of an open one: of its header
	submitted_by bigint NOT NULL REFERENCES principal,
	state text NOT NULL DEFAULT 'received',
	reason text,         -- of a rejected one, or of an open one that is stopped
	stopped_on bigint,   -- likewise: the footing (418) that this was found on
	checked int NOT NULL DEFAULT 0, -- rows 1..checked were looked at
	issued int NOT NULL DEFAULT 0,
	refused int NOT NULL DEFAULT 0,
	-- of an open one: until when, do known devices renew under it, how many
	-- of its rows renewed; and see enrolment_count (410)
	until timestamptz,
	renewal bool NOT NULL DEFAULT false,
	renewed int NOT NULL DEFAULT 0,
	created timestamptz NOT NULL DEFAULT assay_now(),
	finished timestamptz
);
CREATE TRIGGER only_open_ones_have_an_end AFTER INSERT OR UPDATE OF kind, until
	ON lot FOR EACH ROW
	WHEN (NOT ((NEW.kind = 'open') = (NEW.until IS NOT NULL)))
	EXECUTE FUNCTION does_not_fit();
-- The same manifest twice issues nothing twice; a rejected one issued nothing
-- and may come again.
CREATE UNIQUE INDEX lot_manifest
	ON lot (organisation_id, model_id, rows_sha256)
	WHERE state <> 'rejected';
CREATE INDEX lot_organisation ON lot (organisation_id, id);
CREATE INDEX lot_waiting ON lot (id)
	WHERE state IN ('received', 'validated', 'approved', 'issuing');
CREATE INDEX lot_open ON lot (id) WHERE state = 'open';

-- How many rows an open one has.  Whoever adds one has this row locked, and not
-- the lot: the authority stores what it made of earlier ones meanwhile.
CREATE TABLE enrolment_count (
	lot_id bigint PRIMARY KEY REFERENCES lot,
	n int NOT NULL DEFAULT 0
);
CREATE FUNCTION lot_enrolled(l lot) RETURNS int
	LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
	AS 'BEGIN RETURN (SELECT n FROM enrolment_count WHERE lot_id = l.id); END';

-- One device of a lot: what was asked and what came of it.  Each statement reads
-- a table's checks anew, a domain's it has: these rows come, and are answered, one
-- at a time.
CREATE DOMAIN row_name AS text CHECK (length(VALUE) <= 64);
CREATE DOMAIN row_tac AS text CHECK (length(VALUE) <= 16);
CREATE DOMAIN row_octets AS bytea CHECK (octet_length(VALUE) <= 8192);
CREATE DOMAIN row_line AS bytea CHECK (octet_length(VALUE) <= 16384);
CREATE DOMAIN row_state AS text
	CHECK (VALUE IN ('received', 'valid', 'issued', 'refused'));
CREATE TABLE lot_row (
	lot_id bigint NOT NULL, -- by lot_row_guard (400)
	row int NOT NULL CHECK (row >= 1),
	device_id row_name NOT NULL,
	-- of a lot of kind key the bare SubjectPublicKeyInfo, of kind
	-- certificate that
	csr row_octets NOT NULL,
	tre_id row_name,
	tac row_tac,
	-- the line as it came, unless it is what the columns give when written
	-- plainly (ca/issue/manifest.h): the authority hashes all lines again
	line row_line,
	-- what became certificates says lot_run, but for rows of open lots
	state row_state NOT NULL DEFAULT 'received',
	reason text,
	detail text,
	issuer_id bigint,
	index bigint,
	PRIMARY KEY (lot_id, row)
);

-- Rows of a lot, one behind the other, that became certificates, likewise: the
-- row + n has the index + n.  So thousands of rows are not written again.
CREATE TABLE lot_run (
	lot_id bigint NOT NULL REFERENCES lot,
	row int NOT NULL, -- the first one
	count int NOT NULL CHECK (count >= 1),
	issuer_id bigint NOT NULL REFERENCES issuer,
	index bigint NOT NULL,
	PRIMARY KEY (lot_id, row)
);

-- Orders to the authority other than lots, oldest first: a credential, or
-- what gives trust back to devices, which is the act of a proposal.
CREATE TABLE "order" (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN
	    ('principal', 'certificate_release', 'measure_lift',
	    'device_release', 'correction_confirm', 'appeal_decide',
	    'ca_root_new', 'delegated_ca_certify', 'restore_resolve',
	    'principal_renewal', 'ca_key_destroy')),
	subject_id bigint NOT NULL, -- the principal, a renewal; else the proposal
	statement_id bigint REFERENCES statement,
	state text NOT NULL DEFAULT 'queued',
	error text,
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX order_subject ON "order" (kind, subject_id);
CREATE INDEX order_waiting ON "order" (id) WHERE state = 'queued';

-- A contiguous run of certificate indexes of one issuer.  Reserved and
-- committed before anything is signed with them; void for ever if the
-- authority died in between.
CREATE TABLE index_range (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	issuer_id bigint NOT NULL REFERENCES issuer,
	first index_first NOT NULL,
	count index_count NOT NULL,
	lot_id bigint REFERENCES lot,
	joins bigint, -- of one reserved ahead (412): whose indexes go before
	state text NOT NULL DEFAULT 'reserved',
	created timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (issuer_id, first)
);

-- As below, columns of a fixed length come first.
CREATE TABLE device (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	-- these two and the latest ones by device_belongs and device_moves
	model_id bigint NOT NULL,
	lot_id bigint NOT NULL,
	organisation_id bigint NOT NULL, -- the lot's and the model's
	created timestamptz NOT NULL DEFAULT assay_now(),
	-- which sixteen ids in a row it is of: for its indexes
	sixteen int NOT NULL GENERATED ALWAYS AS ((id >> 4)::int) STORED,
	kind text NOT NULL CHECK (kind IN ('tre', 'terminal')),
	device_id device_id NOT NULL,
	-- lot and site of today's certificate, where it is not the first one
	latest_lot_id bigint,
	latest_site_id bigint,
	tac text CHECK (tac ~ '^[0-9]{8}$'),
	state text NOT NULL DEFAULT 'accredited',
	reason text CHECK (length(reason) <= 500), -- of the state
	UNIQUE (device_id, kind)
);
-- Lists, newest first (sql/device.sql), each some walks along one of these, which
-- have sixteen ids in a row as one: so PostgreSQL keeps the key once for them, and
-- an entry is a fifth of what it would be.
CREATE INDEX device_model ON device (model_id, state, sixteen);
CREATE INDEX device_lot ON device (lot_id, sixteen);
CREATE INDEX device_prefix ON device (organisation_id, kind, device_id);

-- What all certificates of a lot have in common, octet for octet: the pieces
-- around what each has of its own, which is in its row and in its device's.
CREATE TABLE certificate_template (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	digest sha256 NOT NULL UNIQUE, -- of all that follows, as the authority has it
	pieces bytea[] NOT NULL CHECK (cardinality(pieces) = 9),
	-- of such a certificate without its header and signature
	octets int NOT NULL CHECK (octets BETWEEN 256 AND 24576),
	coc_id bigint NOT NULL REFERENCES coc, -- its number stands in them
	lasts bigint CHECK (lasts > 0) -- seconds; NULL: endless
);

-- Every certificate that was ever issued, octet for octet: certificate_der()
-- gives them (302).  Columns of a fixed length come first, so that none lies
-- between two others for the sake of its alignment.
CREATE TABLE certificate (
	issuer_id bigint NOT NULL, -- this, device, lot and CoC by certificate_belongs
	index index_first NOT NULL,
	device_id bigint,
	lot_id bigint,
	coc_id bigint, -- NULL: its template's
	not_before timestamptz NOT NULL,
	issued timestamptz NOT NULL DEFAULT assay_now(),
	template_id int,
	reason reason_code NOT NULL DEFAULT 0,
	profile text NOT NULL,
	-- the status as the log (070) left it
	state text NOT NULL DEFAULT 'issued',
	serial serial_octets NOT NULL,
	der_sha256 sha256 NOT NULL,
	spki_sha256 sha256, -- NULL: that of the point, see certificate_key()
	-- put together from its template: the key, the TrE that is in it, and
	-- the signature with its header
	point bytea,
	binding bytea,
	signature bytea,
	der bytea, -- or as it is
	changed timestamptz,
	invalidity timestamptz,
	event_id bigint,
	PRIMARY KEY (issuer_id, index),
	CHECK ((template_id IS NULL) = (der IS NOT NULL)),
	CHECK (num_nulls(template_id, device_id, point, signature) = 0
	    OR template_id IS NULL AND num_nonnulls(point, binding, signature) = 0),
	CHECK (template_id IS NULL OR coc_id IS NULL),
	CHECK (spki_sha256 IS NOT NULL
	    OR template_id IS NOT NULL AND octet_length(point) = 65)
);

-- The SHA-256 of its SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): before the
-- point of a key on P-256, as nearly all are, is always this (RFC 5480).
CREATE FUNCTION p256_header() RETURNS bytea LANGUAGE sql IMMUTABLE
	AS $$ SELECT '\x3059301306072a8648ce3d020106082a8648ce3d030107034200'::bytea $$;
CREATE FUNCTION certificate_key(c certificate) RETURNS bytea LANGUAGE sql IMMUTABLE
	AS $$ SELECT coalesce(c.spki_sha256,
	    pg_catalog.sha256(p256_header() || c.point)) $$;
-- A public key occurs once in the whole register, over all suppliers.  By the
-- first 120 bits of that hash: nobody finds two keys that have them in common,
-- and to look for one is cheaper than by a constraint that compares all.
CREATE UNIQUE INDEX certificate_key
	ON certificate (substr(coalesce(spki_sha256, pg_catalog.sha256(
	    '\x3059301306072a8648ce3d020106082a8648ce3d030107034200'::bytea
	    || point)), 1, 15))
	WHERE profile IN ('tre', 'terminal');
-- Is it a device's with that key?  PostgreSQL makes it part of the query, which
-- then goes along that index.
CREATE FUNCTION certificate_has_key(c certificate, p_sha256 bytea) RETURNS bool
	LANGUAGE sql IMMUTABLE
AS $$
	SELECT substr(certificate_key(c), 1, 15) = substr(p_sha256, 1, 15)
	    AND certificate_key(c) = p_sha256
	    AND c.profile IN ('tre', 'terminal');
$$;

-- No certificate is there twice: a device's has its key.
-- Full pages: it and the next are among the largest of what a certificate takes, and a
-- look-up that goes on to one more page hardly costs more.
CREATE INDEX certificate_sha256 ON certificate USING hash (der_sha256)
	WITH (fillfactor = 100);
CREATE UNIQUE INDEX certificate_sha256_once ON certificate (der_sha256)
	WHERE device_id IS NULL;
-- One person is one principal: two with one key would be two pairs of eyes in
-- one head.
CREATE UNIQUE INDEX certificate_person ON certificate (spki_sha256)
	WHERE profile = 'access';
CREATE INDEX certificate_serial ON certificate USING hash (serial)
	WITH (fillfactor = 100);
CREATE INDEX certificate_device ON certificate (device_id)
	WHERE device_id IS NOT NULL;
CREATE INDEX certificate_not_good ON certificate (issuer_id, index)
	WHERE state IN ('on_hold', 'revoked');

-- What only grows is looked through when it has grown by half, not by a tenth:
-- while a large lot comes, that is work which nobody waits for.
ALTER TABLE lot_row SET (autovacuum_vacuum_insert_scale_factor = 0.5,
	autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE device SET (autovacuum_vacuum_insert_scale_factor = 0.5,
	autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE certificate SET (autovacuum_vacuum_insert_scale_factor = 0.5,
	autovacuum_analyze_scale_factor = 0.5);

-- Which TrE sits in which terminal; the binding of today has no until.
CREATE TABLE binding (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tre_id bigint NOT NULL REFERENCES device,
	terminal_id bigint NOT NULL REFERENCES device,
	since timestamptz NOT NULL DEFAULT assay_now(),
	until timestamptz
);
CREATE UNIQUE INDEX binding_tre ON binding (tre_id) WHERE until IS NULL;
CREATE UNIQUE INDEX binding_terminal ON binding (terminal_id)
	WHERE until IS NULL;
CREATE INDEX binding_of_tre ON binding (tre_id) WHERE until IS NOT NULL;
CREATE INDEX binding_of_terminal ON binding (terminal_id)
	WHERE until IS NOT NULL;

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON issuer
	FOR EACH ROW EXECUTE FUNCTION state_guard('issuer');
CREATE TRIGGER state_guard BEFORE INSERT ON lot
	FOR EACH ROW EXECUTE FUNCTION state_guard('lot');
CREATE TRIGGER state_guard_change BEFORE UPDATE OF state ON lot
	FOR EACH ROW WHEN (OLD.state <> NEW.state)
	EXECUTE FUNCTION state_guard('lot');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON "order"
	FOR EACH ROW EXECUTE FUNCTION state_guard('order');
CREATE TRIGGER state_guard BEFORE INSERT ON index_range
	FOR EACH ROW EXECUTE FUNCTION state_guard('index_range');
CREATE TRIGGER state_guard_change BEFORE UPDATE OF state ON index_range
	FOR EACH ROW WHEN (OLD.state <> NEW.state)
	EXECUTE FUNCTION state_guard('index_range');
-- A device's first state is in its lot; only changes go to history.
CREATE TRIGGER state_guard BEFORE UPDATE ON device
	FOR EACH ROW EXECUTE FUNCTION state_guard('device');

-- What thousands of rows share is looked up once a statement: foreign keys look
-- for each row, which was a third of PostgreSQL's time in a lot.  These hold as
-- well, since what they point at is never deleted (no_delete), ids are no
-- column's to change, and neither are these of a row that is there
-- (certificate_guard, device_stays); a row's lot_id nobody may update.  Our own
-- functions (410, 412) have read what they point at.
CREATE FUNCTION must_be(p_what text, p_id bigint, p_is bool) RETURNS void
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	IF p_id IS NOT NULL AND NOT p_is THEN
		RAISE EXCEPTION 'there is no % %', p_what, p_id
		    USING ERRCODE = 'foreign_key_violation';
	END IF;
END
$$;
CREATE FUNCTION certificate_belongs() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k record;
BEGIN
	FOR k IN SELECT DISTINCT issuer_id, lot_id, coc_id,
	    template_id IS NULL AS whole FROM added LOOP
		PERFORM must_be('issuer', k.issuer_id,
		    EXISTS (SELECT FROM issuer WHERE id = k.issuer_id));
		PERFORM must_be('lot', k.lot_id,
		    EXISTS (SELECT FROM lot WHERE id = k.lot_id));
		PERFORM must_be('CoC', k.coc_id,
		    EXISTS (SELECT FROM coc WHERE id = k.coc_id));
		CONTINUE WHEN NOT k.whole; -- certificate_whole (302) has read it
		PERFORM must_be('device', a.device_id, false) FROM added a
		    WHERE a.template_id IS NULL AND a.device_id IS NOT NULL
		    AND (SELECT x.id FROM device x WHERE x.id = a.device_id
			LIMIT 1) IS NULL;
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER certificate_belongs AFTER INSERT ON certificate
	REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT WHEN (current_user <> 'assay_owner')
	EXECUTE FUNCTION certificate_belongs();

-- Devices belong to a lot and to a model, too; rows to a lot (lot_row_guard, 400).
CREATE FUNCTION device_belongs() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	k record;
BEGIN
	FOR k IN SELECT DISTINCT lot_id, model_id, latest_lot_id, latest_site_id
	    FROM added LOOP
		PERFORM must_be('lot', k.lot_id,
		    EXISTS (SELECT FROM lot WHERE id = k.lot_id));
		PERFORM must_be('model', k.model_id,
		    EXISTS (SELECT FROM model WHERE id = k.model_id));
		PERFORM must_be('lot', k.latest_lot_id,
		    EXISTS (SELECT FROM lot WHERE id = k.latest_lot_id));
		PERFORM must_be('site', k.latest_site_id,
		    EXISTS (SELECT FROM site WHERE id = k.latest_site_id));
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER device_belongs AFTER INSERT ON device
	REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT WHEN (current_user <> 'assay_owner')
	EXECUTE FUNCTION device_belongs();
-- Where it is later, one at a time: a foreign key would look at each that comes.
CREATE FUNCTION device_moves() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
BEGIN
	PERFORM must_be('lot', NEW.latest_lot_id,
	    EXISTS (SELECT FROM lot WHERE id = NEW.latest_lot_id));
	PERFORM must_be('site', NEW.latest_site_id,
	    EXISTS (SELECT FROM site WHERE id = NEW.latest_site_id));
	RETURN NEW;
END
$$;
CREATE TRIGGER device_moves BEFORE UPDATE OF latest_lot_id, latest_site_id
	ON device
	FOR EACH ROW EXECUTE FUNCTION device_moves();
CREATE FUNCTION device_stays() RETURNS trigger
	LANGUAGE plpgsql SET search_path = assay, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION 'a device keeps its number, its id, its model and its first lot'
	    USING ERRCODE = 'AY002', DETAIL = 'DEVICE_IMMUTABLE';
END
$$;
-- Its id stands in its certificates, which are put together with it.
CREATE TRIGGER device_stays BEFORE UPDATE OF id, device_id, model_id, lot_id
	ON device
	FOR EACH ROW WHEN
	    ((OLD.id, OLD.device_id::text, OLD.model_id, OLD.lot_id)
	    IS DISTINCT FROM
	    (NEW.id, NEW.device_id::text, NEW.model_id, NEW.lot_id))
	EXECUTE FUNCTION device_stays();

CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON issuer
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON lot
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON enrolment_count
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON lot_row
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lot_run
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON "order"
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON index_range
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON device
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON certificate
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON binding
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON certificate_template
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
