-- Four eyes, certificates of conformity, and measures.

-- The acts that need two people, and who they may be.  One readable table.
CREATE TABLE act (
	name text PRIMARY KEY,
	subject_kind text NOT NULL,
	proposer_roles text[] NOT NULL,
	approver_roles text[] NOT NULL
);

CREATE TABLE proposal (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	act text NOT NULL REFERENCES act,
	subject_id bigint NOT NULL,
	subject_number text NOT NULL, -- number or handle, as people say it
	terms jsonb NOT NULL,         -- what exactly is proposed
	terms_sha256 sha256 NOT NULL, -- of the proposer's signed octets
	proposed_by bigint NOT NULL REFERENCES principal,
	statement_id bigint NOT NULL UNIQUE REFERENCES statement,
	state text NOT NULL DEFAULT 'open',
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX proposal_open ON proposal (act, subject_id)
	WHERE state = 'open';

CREATE TABLE approval (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	proposal_id bigint NOT NULL REFERENCES proposal,
	principal_id bigint NOT NULL REFERENCES principal,
	verdict text NOT NULL CHECK (verdict IN ('approve', 'reject')),
	reason text CHECK (length(reason) <= 1000),
	statement_id bigint NOT NULL UNIQUE REFERENCES statement,
	created timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (proposal_id, principal_id)
);

CREATE TABLE coc (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	model_id bigint NOT NULL REFERENCES model,
	level int NOT NULL CHECK (level BETWEEN 1 AND 4),
	quota bigint NOT NULL CHECK (quota BETWEEN 0 AND 1000000000),
	used bigint NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND quota),
	-- what it rests on
	site_scope_id bigint REFERENCES site_scope, -- none for hardware platforms
	ruleset_id bigint NOT NULL REFERENCES ruleset,
	declaration_id bigint NOT NULL REFERENCES declaration,
	state text NOT NULL DEFAULT 'proposed',
	effective timestamptz NOT NULL DEFAULT assay_now(), -- of the state
	valid_from timestamptz,
	expires timestamptz, -- the first prerequisite's end
	-- of devices that exist when it ends otherwise than by being renewed
	on_expired text NOT NULL DEFAULT 'permit' CHECK (on_expired IN
	    ('permit', 'permit_if_issued_before', 'hold', 'refuse')),
	on_suspended text NOT NULL DEFAULT 'refuse' CHECK (on_suspended IN
	    ('permit', 'permit_if_issued_before', 'hold', 'refuse')),
	on_withdrawn text NOT NULL DEFAULT 'refuse' CHECK (on_withdrawn IN
	    ('permit', 'permit_if_issued_before', 'hold', 'refuse')),
	grace_days int NOT NULL DEFAULT 365 CHECK (grace_days BETWEEN 0 AND 3650),
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (state IN ('proposed', 'refused') OR
	    (valid_from IS NOT NULL AND expires IS NOT NULL))
);
CREATE UNIQUE INDEX coc_in_force ON coc (model_id)
	WHERE state IN ('provisional', 'certified', 'suspended');

-- CoCs that a CoC rests on: a TrE model's hardware platform, a terminal
-- model's TrE models.
CREATE TABLE coc_component (
	coc_id bigint NOT NULL REFERENCES coc,
	component_id bigint NOT NULL REFERENCES coc,
	PRIMARY KEY (coc_id, component_id)
);

CREATE TABLE measure (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	kind text NOT NULL CHECK (kind IN ('corrective_action',
	    'issuance_freeze', 'download_freeze', 'hold', 'mass_revocation',
	    'scope_reduction', 'minimum_firmware', 'withdrawal', 'ban')),
	scope_kind text NOT NULL CHECK (scope_kind IN
	    ('organisation', 'site', 'hardware_platform', 'model', 'lot')),
	scope_id bigint NOT NULL,
	scope_number text NOT NULL, -- handle or number, as people say it
	legal_basis text NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 500),
	state text NOT NULL DEFAULT 'proposed',
	emergency bool NOT NULL DEFAULT false,
	lapses timestamptz, -- an emergency measure that nobody confirmed
	effective timestamptz NOT NULL DEFAULT assay_now(),
	proposed_by bigint REFERENCES principal, -- nobody: it arose from cause
	cause text, -- number of the finding, incident, declaration, measure
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (emergency OR lapses IS NULL),
	CHECK (proposed_by IS NOT NULL OR cause IS NOT NULL)
);
CREATE INDEX measure_in_force ON measure (scope_kind, scope_id)
	WHERE state = 'in_force';

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON proposal
	FOR EACH ROW EXECUTE FUNCTION state_guard('proposal');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON coc
	FOR EACH ROW EXECUTE FUNCTION state_guard('coc');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON measure
	FOR EACH ROW EXECUTE FUNCTION state_guard('measure');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON proposal
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON coc
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coc_component
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON measure
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
