-- Keys outside the authority that it certifies for some days at a time: an
-- OCSP key gets a certificate of each issuer, a receipt, a CMP and a TLS server's key
-- one of the access CA.  The feed's key, which the authority itself holds, is among
-- them.
CREATE TABLE delegated_key (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('ocsp', 'receipt', 'feed', 'cmp',
	    'request', 'server')),
	name handle NOT NULL UNIQUE, -- the host or instance that holds it
	spki_der bytea NOT NULL UNIQUE,
	-- of an OCSP key its request, which a ceremony wants to see
	csr bytea CHECK (octet_length(csr) <= 8192),
	-- of a server's key its names and addresses
	hosts text[] CHECK (cardinality(hosts) BETWEEN 1 AND 16),
	state text NOT NULL DEFAULT 'active',
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((kind = 'server') = (hosts IS NOT NULL))
);
CREATE TABLE delegated_certificate (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	key_id bigint NOT NULL REFERENCES delegated_key,
	issuer_id bigint NOT NULL REFERENCES issuer,
	der bytea NOT NULL,
	not_before timestamptz NOT NULL,
	not_after timestamptz NOT NULL,
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE INDEX delegated_latest ON delegated_certificate
	(key_id, issuer_id, not_after DESC);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
	ON delegated_certificate
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
