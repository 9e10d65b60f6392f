-- Where devices are made, who looked, and what was found.

CREATE TABLE evidence (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	sha256 sha256 NOT NULL UNIQUE, -- its name and its address on disk
	size bigint NOT NULL CHECK (size BETWEEN 1 AND 268435456),
	media_type text NOT NULL CHECK (length(media_type) <= 100),
	filename text NOT NULL CHECK (length(filename) BETWEEN 1 AND 200),
	organisation_id bigint NOT NULL REFERENCES organisation,
	submitted_by bigint NOT NULL REFERENCES principal,
	judged_by bigint REFERENCES principal,
	judged_reason text,
	valid_until timestamptz,              -- exclusive; NULL: no end
	successor_id bigint REFERENCES evidence, -- what stands in its place
	state text NOT NULL DEFAULT 'submitted',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK (judged_by IS DISTINCT FROM submitted_by),
	CHECK (successor_id <> id),
	CHECK ((state = 'superseded') = (successor_id IS NOT NULL))
);

CREATE TABLE site (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	handle handle NOT NULL UNIQUE,
	organisation_id bigint NOT NULL REFERENCES organisation,
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	country country NOT NULL,
	address text NOT NULL CHECK (length(address) BETWEEN 1 AND 300),
	created timestamptz NOT NULL DEFAULT assay_now()
);

CREATE INDEX site_organisation ON site (organisation_id, id);

-- A site is accredited scope element by scope element.
CREATE TABLE site_scope (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	site_id bigint NOT NULL REFERENCES site,
	scope text NOT NULL CHECK (scope IN ('tre_production',
	    'key_injection', 'terminal_assembly', 'delegated_ca')),
	state text NOT NULL DEFAULT 'registered',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	expires timestamptz,                    -- of provisional and full
	reason text CHECK (length(reason) <= 500), -- suspended or withdrawn for
	was_provisional bool NOT NULL DEFAULT false, -- once only
	audit_id bigint,                        -- what it stands on: audit
	UNIQUE (site_id, scope)
);

CREATE TABLE audit (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	site_id bigint NOT NULL REFERENCES site,
	type text NOT NULL CHECK (type IN
	    ('dry', 'wet', 'renewal', 'repeat', 'extraordinary')),
	scopes text[] NOT NULL CHECK (cardinality(scopes) >= 1),
	repeats_id bigint REFERENCES audit, -- of a repeat: what it repeats
	auditor_1 bigint NOT NULL REFERENCES principal,
	auditor_2 bigint NOT NULL REFERENCES principal,
	planned date NOT NULL,
	state text NOT NULL DEFAULT 'planned',
	-- the report: immutable once both auditors stand behind it
	result text CHECK (result IN ('compliant', 'non_compliant')),
	ended timestamptz,
	report_id bigint REFERENCES evidence,
	rests_on bigint[] NOT NULL DEFAULT '{}', -- other evidence (ids)
	summary text CHECK (length(summary) <= 4000),
	reported_by bigint REFERENCES principal,
	confirmed_by bigint REFERENCES principal,
	created_by bigint NOT NULL REFERENCES principal,
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((type = 'repeat') = (repeats_id IS NOT NULL)),
	CHECK (auditor_1 <> auditor_2),
	CHECK (reported_by IN (auditor_1, auditor_2)),
	CHECK (confirmed_by IN (auditor_1, auditor_2)),
	CHECK (confirmed_by <> reported_by),
	CHECK (state IN ('planned', 'in_progress', 'cancelled') OR
	    (result IS NOT NULL AND ended IS NOT NULL AND
	     report_id IS NOT NULL AND confirmed_by IS NOT NULL))
);
ALTER TABLE site_scope ADD FOREIGN KEY (audit_id) REFERENCES audit;
CREATE INDEX audit_of_site ON audit (site_id, id);
CREATE INDEX audit_planned ON audit (planned) WHERE state = 'planned';

CREATE INDEX audit_site ON audit (site_id, id);

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON evidence
	FOR EACH ROW EXECUTE FUNCTION state_guard('evidence');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON site_scope
	FOR EACH ROW EXECUTE FUNCTION state_guard('site_scope');
CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON audit
	FOR EACH ROW EXECUTE FUNCTION state_guard('audit');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON evidence
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON site
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON site_scope
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON audit
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
