-- What operators asked and were told.

CREATE TABLE challenge (
	value bytea PRIMARY KEY CHECK (octet_length(value) = 32),
	organisation_id bigint NOT NULL REFERENCES organisation,
	created timestamptz NOT NULL DEFAULT assay_now(),
	expires timestamptz NOT NULL,
	consumed timestamptz -- once only
);

CREATE TABLE decision (
	id uuid PRIMARY KEY,
	organisation_id bigint NOT NULL REFERENCES organisation,
	principal_id bigint NOT NULL REFERENCES principal,
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
	looked_at jsonb NOT NULL DEFAULT '{}', -- what operators' policies ask for
	event_id bigint NOT NULL, -- the last status event that it knew of
	receipt text COMPRESSION lz4 NOT NULL, -- of a batch: the leaf of its receipt's tree
	signer_id bigint NOT NULL REFERENCES delegated_certificate,
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((request_id IS NULL) = (batch_id IS NOT NULL)),
	CHECK ((batch_id IS NULL) = (batch_index IS NULL))
);
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
