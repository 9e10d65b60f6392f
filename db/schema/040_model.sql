-- What is accredited: models, the rules they answer, and the answers.

CREATE TABLE ruleset (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name handle NOT NULL,
	version int NOT NULL CHECK (version >= 1),
	content jsonb NOT NULL,  -- policy/rulesets/NAME-VERSION.json
	content_sha256 sha256 NOT NULL,
	state text NOT NULL DEFAULT 'draft',
	created timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (name, version)
);

-- Hardware platforms, TrE models and terminal models share their life cycle,
-- their accreditation and their measures, so they share a table.
CREATE TABLE model (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- in the model's OID
	handle handle NOT NULL UNIQUE,
	kind text NOT NULL
	    CHECK (kind IN ('hardware_platform', 'tre', 'terminal')),
	organisation_id bigint NOT NULL REFERENCES organisation,
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
	version text NOT NULL CHECK (length(version) BETWEEN 1 AND 32),
	hardware_platform_id bigint REFERENCES model, -- of a TrE model
	tre_kind text, -- one of 205_tre_kind.sql
	least_firmware text CHECK (length(least_firmware) BETWEEN 1 AND 32),
	tacs text[], -- type allocation codes of a terminal model
	state text NOT NULL DEFAULT 'draft',
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((kind = 'tre') = (hardware_platform_id IS NOT NULL)),
	CHECK ((kind = 'tre') = (tre_kind IS NOT NULL)),
	CHECK ((kind = 'tre') = (least_firmware IS NOT NULL)),
	CHECK ((kind = 'terminal') = (tacs IS NOT NULL))
);

CREATE INDEX model_organisation ON model (organisation_id, id);

-- The TrE models that a terminal model may contain.
CREATE TABLE model_contains (
	terminal_model_id bigint NOT NULL REFERENCES model,
	tre_model_id bigint NOT NULL REFERENCES model,
	PRIMARY KEY (terminal_model_id, tre_model_id)
);

-- A supplier's signed answers to every rule of a rule set for one model.
CREATE TABLE declaration (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	model_id bigint NOT NULL REFERENCES model,
	ruleset_id bigint NOT NULL REFERENCES ruleset,
	answers jsonb NOT NULL,
	jws text NOT NULL,
	submitted_by bigint NOT NULL REFERENCES principal,
	accepted_by bigint REFERENCES principal,
	state text NOT NULL DEFAULT 'submitted',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	expires timestamptz NOT NULL,
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (accepted_by IS DISTINCT FROM submitted_by)
);
CREATE INDEX declaration_model ON declaration (model_id, id);
CREATE UNIQUE INDEX declaration_in_force ON declaration (model_id)
	WHERE state IN ('in_force', 'challenged');

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON ruleset
	FOR EACH ROW EXECUTE FUNCTION state_guard('ruleset');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON model
	FOR EACH ROW EXECUTE FUNCTION state_guard('model');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON declaration
	FOR EACH ROW EXECUTE FUNCTION state_guard('declaration');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON ruleset
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON model
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON model_contains
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON declaration
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
