-- Suppliers' own CAs, which the body certifies and which report what they issue
-- (415), and their CRLs, which are taken over (417).

CREATE TABLE delegated_ca (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	organisation_id bigint NOT NULL REFERENCES organisation,
	role text NOT NULL CHECK (role IN ('tre', 'terminal')),
	site_id bigint NOT NULL REFERENCES site, -- where its key is
	csr bytea NOT NULL CHECK (octet_length(csr) <= 8192),
	spki_sha256 sha256 NOT NULL,
	requested_by bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL REFERENCES statement,
	valid_days int CHECK (valid_days BETWEEN 1 AND 1095), -- as approved
	issuer_id bigint UNIQUE REFERENCES issuer, -- once it is certified
	expires timestamptz,
	state text NOT NULL DEFAULT 'requested',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	reason text CHECK (length(reason) <= 1000), -- of the state
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((issuer_id IS NULL) = (expires IS NULL))
);
-- A key that was refused once may be asked for again.
CREATE UNIQUE INDEX delegated_ca_key ON delegated_ca (spki_sha256)
	WHERE state <> 'rejected';
CREATE INDEX delegated_ca_organisation ON delegated_ca (organisation_id, id);

CREATE TABLE delegated_ca_model (
	delegated_ca_id bigint NOT NULL REFERENCES delegated_ca,
	model_id bigint NOT NULL REFERENCES model,
	PRIMARY KEY (delegated_ca_id, model_id)
);
ALTER TABLE lot ADD delegated_ca_id bigint REFERENCES delegated_ca;
CREATE TRIGGER only_reports_have_a_ca
	AFTER INSERT OR UPDATE OF kind, delegated_ca_id ON lot FOR EACH ROW
	WHEN (NOT ((NEW.kind = 'certificate') =
	    (NEW.delegated_ca_id IS NOT NULL)))
	EXECUTE FUNCTION does_not_fit();

CREATE TABLE delegated_crl (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	delegated_ca_id bigint NOT NULL REFERENCES delegated_ca,
	der bytea NOT NULL,
	sha256 sha256 NOT NULL,
	submitted_by bigint NOT NULL REFERENCES principal,
	number bigint, -- cRLNumber and what follows: once it is taken over
	this_update timestamptz,
	next_update timestamptz,
	entries int,
	state text NOT NULL DEFAULT 'received',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	reason text, -- of a refused one
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX delegated_crl_once ON delegated_crl
	(delegated_ca_id, sha256) WHERE state <> 'refused';
CREATE UNIQUE INDEX delegated_crl_in_force ON delegated_crl (delegated_ca_id)
	WHERE state IN ('in_force', 'overdue');
CREATE INDEX delegated_crl_waiting ON delegated_crl (id)
	WHERE state = 'received';
CREATE INDEX delegated_crl_sent ON delegated_crl (submitted_by, created);
-- How much of a CA came in a while, and when its turn was: by its own alone, or
-- whoever hands over many would have all others wait.
CREATE INDEX delegated_crl_came ON delegated_crl (delegated_ca_id, created);
CREATE INDEX delegated_crl_judged ON delegated_crl (delegated_ca_id, effective)
	WHERE state <> 'received';
CREATE INDEX delegated_crl_ends ON delegated_crl (next_update)
	WHERE state = 'in_force';

-- What its CRLs have listed so far: a hold that is over has an until.
CREATE TABLE delegated_revoked (
	delegated_ca_id bigint NOT NULL REFERENCES delegated_ca,
	serial bytea NOT NULL CHECK (octet_length(serial) BETWEEN 1 AND 20),
	reason int NOT NULL,
	since timestamptz NOT NULL,
	invalidity timestamptz,
	until timestamptz,
	PRIMARY KEY (delegated_ca_id, serial)
);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON delegated_ca
	FOR EACH ROW EXECUTE FUNCTION state_guard('delegated_ca');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON delegated_crl
	FOR EACH ROW EXECUTE FUNCTION state_guard('delegated_crl');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON delegated_ca
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON delegated_ca_model
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON delegated_crl
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON delegated_revoked
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
