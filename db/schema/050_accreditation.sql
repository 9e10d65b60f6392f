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
	verdict text NOT NULL CHECK (verdict IN
	    ('approve', 'reject', 'withdraw')),
	reason text CHECK (length(reason) <= 1000),
	reach jsonb,  -- what they were shown of what the act would hit
	count bigint, -- and the number of devices that they typed for it
	statement_id bigint NOT NULL UNIQUE REFERENCES statement,
	created timestamptz NOT NULL DEFAULT assay_now(),
	UNIQUE (proposal_id, principal_id)
);

-- What may stand in one column is a domain: it is looked at where that is written.
-- A table's checks are read anew by each statement that writes into it, whatever
-- it writes, and of a CoC a little more is used by every device that enrols.
CREATE DOMAIN coc_level AS int CHECK (VALUE BETWEEN 1 AND 4);
CREATE DOMAIN coc_quota AS bigint CHECK (VALUE BETWEEN 0 AND 1000000000);
-- The floor under what a CoC may say of devices that exist when it ends
-- otherwise than by being renewed.  Never laxer than: expired, go on for 365
-- days; suspended, those go on that were made before; withdrawn, refuse.
CREATE DOMAIN coc_on_end AS text CHECK (VALUE IN
	('permit', 'permit_if_issued_before', 'hold', 'refuse'));
CREATE DOMAIN coc_suspended AS coc_on_end
	CONSTRAINT coc_on_suspended CHECK (VALUE <> 'permit');
CREATE DOMAIN coc_withdrawn AS coc_on_end
	CONSTRAINT coc_on_withdrawn CHECK (VALUE = 'refuse');
CREATE DOMAIN coc_grace AS int CONSTRAINT coc_grace_days CHECK (VALUE BETWEEN 0 AND 365);

CREATE TABLE coc (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	model_id bigint NOT NULL REFERENCES model,
	level coc_level NOT NULL,
	quota coc_quota NOT NULL,
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
	on_expired coc_on_end NOT NULL DEFAULT 'permit',
	on_suspended coc_suspended NOT NULL DEFAULT 'refuse',
	on_withdrawn coc_withdrawn NOT NULL DEFAULT 'refuse',
	grace_days coc_grace NOT NULL DEFAULT 365,
	-- the suspended one that it is to stand instead of, not to wait for
	instead_of bigint REFERENCES coc,
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE TRIGGER certified_has_an_end
	AFTER INSERT OR UPDATE OF state, valid_from, expires ON coc
	FOR EACH ROW WHEN (NOT (NEW.state IN ('proposed', 'refused') OR
	    (NEW.valid_from IS NOT NULL AND NEW.expires IS NOT NULL)))
	EXECUTE FUNCTION does_not_fit();
CREATE INDEX coc_model ON coc (model_id, id);
CREATE UNIQUE INDEX coc_in_force ON coc (model_id)
	WHERE state IN ('provisional', 'certified', 'suspended');

-- CoCs that a CoC rests on: a TrE model's hardware platform, a terminal
-- model's TrE models.
CREATE TABLE coc_component (
	coc_id bigint NOT NULL REFERENCES coc,
	component_id bigint NOT NULL REFERENCES coc,
	PRIMARY KEY (coc_id, component_id)
);

-- The kinds of measures.  One readable table; what each does when it comes into
-- force is in 244_measure_force.sql.
CREATE TABLE measure_kind (
	name text PRIMARY KEY,
	scopes text[] NOT NULL,       -- what it may be imposed on
	effects text[] NOT NULL,      -- on existing devices; the first: unless said
	firmware bool NOT NULL,       -- may be on a range of a model's firmware
	emergency bool NOT NULL,      -- one person may impose it, for 72 hours
	liftable bool NOT NULL,       -- what is not is final
	stops_issuance bool NOT NULL,
	escalation bool NOT NULL      -- may follow an overdue corrective action
);
INSERT INTO measure_kind VALUES
  ('corrective_action', '{organisation,site,hardware_platform,model}',
    '{permit}', true, false, true, false, false),
  ('issuance_freeze', '{organisation,site,hardware_platform,model,lot,issuer}',
    '{permit_if_issued_before,permit,hold,refuse}',
    false, true, true, true, true),
  ('download_freeze', '{organisation,site,hardware_platform,model,lot,issuer}',
    '{refuse,permit_if_issued_before,hold}', true, true, true, false, true),
  ('hold', '{organisation,site,hardware_platform,model,lot,issuer}',
    '{hold}', false, true, true, true, true),
  ('mass_revocation', '{organisation,site,hardware_platform,model,lot,issuer}',
    '{refuse}', false, false, false, true, false),
  ('scope_reduction', '{site}', '{permit}', false, false, false, false, false),
  ('minimum_firmware', '{organisation,hardware_platform,model}',
    '{refuse,permit_if_issued_before}', false, false, true, false, false),
  ('withdrawal', '{hardware_platform,model}',
    '{refuse,permit,permit_if_issued_before,hold}',
    false, false, false, true, true),
  ('ban', '{organisation}', '{refuse,permit_if_issued_before,hold}',
    false, false, true, true, true);

CREATE TABLE measure (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	kind text NOT NULL REFERENCES measure_kind,
	scope_kind text NOT NULL CHECK (scope_kind IN ('organisation', 'site',
	    'hardware_platform', 'model', 'lot', 'issuer')),
	scope_id bigint NOT NULL,
	scope_number text NOT NULL, -- handle or number, as people say it
	legal_basis text NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 500),
	effect text NOT NULL CHECK (effect IN ('permit',
	    'permit_if_issued_before', 'hold', 'refuse')), -- on existing devices
	deadline timestamptz, -- of a corrective action; at it, it is overdue
	escalates_to text REFERENCES measure_kind, -- what follows then
	reason text,          -- of a mass revocation, as in RFC 5280
	least_firmware text,  -- of a minimum firmware
	firmware_from text,   -- on these versions of a model only, both included
	firmware_to text,
	scopes text[],        -- elements of a site that a reduction takes away
	supersedes bigint REFERENCES measure,
	state text NOT NULL DEFAULT 'proposed',
	emergency bool NOT NULL DEFAULT false,
	lapses timestamptz, -- an emergency measure that nobody confirmed
	confirmed_by bigint REFERENCES principal, -- who did
	effective timestamptz NOT NULL DEFAULT assay_now(),
	proposed_by bigint REFERENCES principal, -- nobody: it arose from cause
	cause text, -- number of the finding, incident, declaration, measure
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (emergency OR lapses IS NULL),
	CHECK (proposed_by IS NOT NULL OR cause IS NOT NULL)
);
CREATE INDEX measure_in_force ON measure (scope_kind, scope_id)
	WHERE state = 'in_force';
CREATE INDEX measure_cause ON measure (cause) WHERE cause IS NOT NULL;

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON proposal
	FOR EACH ROW EXECUTE FUNCTION state_guard('proposal');
CREATE TRIGGER state_guard BEFORE INSERT ON coc
	FOR EACH ROW EXECUTE FUNCTION state_guard('coc');
CREATE TRIGGER state_guard_change BEFORE UPDATE OF state ON coc
	FOR EACH ROW WHEN (OLD.state <> NEW.state)
	EXECUTE FUNCTION state_guard('coc');
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
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON measure_kind
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON measure
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
