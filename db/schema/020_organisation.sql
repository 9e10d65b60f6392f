-- Who acts: organisations, their principals, and what these have signed.

CREATE TABLE organisation (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	handle handle NOT NULL UNIQUE,
	name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
	country country NOT NULL,
	kind text NOT NULL
	    CHECK (kind IN ('body', 'supplier', 'auditor', 'operator')),
	makes text[] NOT NULL DEFAULT '{}' -- suppliers: tre, terminal
	    CHECK (makes <@ ARRAY['tre', 'terminal']),
	state text NOT NULL DEFAULT 'applicant',
	-- operators: what the body allows them to ask (policy/decide.c, check 0)
	may_platform_only bool NOT NULL DEFAULT false,
	created timestamptz NOT NULL DEFAULT assay_now(),
	reason text CHECK (length(reason) <= 1000), -- suspended or terminated for
	CHECK ((kind = 'supplier') = (makes <> '{}'))
);

CREATE TABLE principal (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	handle handle NOT NULL UNIQUE,
	organisation_id bigint NOT NULL REFERENCES organisation,
	role text NOT NULL CHECK (role IN ('officer', 'decider', 'auditor',
	    'supplier', 'operator', 'security', 'reader')),
	state text NOT NULL DEFAULT 'active',
	csr bytea,            -- DER, until the authority has certified it
	cert_der bytea,
	cert_issuer_id bigint, -- the access CA: issuer (060)
	cert_serial bytea CHECK (octet_length(cert_serial) BETWEEN 1 AND 20),
	cert_not_after timestamptz,
	created timestamptz NOT NULL DEFAULT assay_now(),
	reason text CHECK (length(reason) <= 1000), -- locked or removed for
	UNIQUE (cert_issuer_id, cert_serial)
);
-- By hash: a certificate by a CA on ML-DSA is longer than an index takes.
CREATE UNIQUE INDEX principal_cert ON principal (sha256(cert_der));

-- What a principal signed (JWS with detached payload, RFC 7515 appendix F):
-- the octets of the request and the signature over them.  The authority reads
-- these again before it issues anything that rests on them.
CREATE TABLE statement (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	principal_id bigint NOT NULL REFERENCES principal,
	url text NOT NULL CHECK (length(url) <= 256),
	-- what a ceremony made comes with a CRL and its transcript
	body bytea NOT NULL CHECK (octet_length(body) <= CASE url
	    WHEN '/v1/ca/imports' THEN 16777216 ELSE 1048576 END),
	jws text NOT NULL CHECK (length(jws) <= 4096),
	jws_sha256 sha256 NOT NULL UNIQUE, -- the same statement counts once
	recorded timestamptz NOT NULL DEFAULT assay_now()
);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON organisation
	FOR EACH ROW EXECUTE FUNCTION state_guard('organisation');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON principal
	FOR EACH ROW EXECUTE FUNCTION state_guard('principal');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON organisation
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON principal
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
