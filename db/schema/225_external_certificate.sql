-- Certificates of other schemes that a CoC may rest on: Common Criteria, PSA,
-- SESIP, GSMA SAS and the like.  We did not issue them; somebody of the body
-- has seen them, with the file that proves them.

-- The schemes, and what each may speak for: models (hardware platforms, TrEs,
-- terminals) or sites.
CREATE TABLE scheme (
	name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{1,39}$'),
	what text NOT NULL,
	speaks_for text[] NOT NULL CHECK (speaks_for <@ '{model,site}'
	    AND cardinality(speaks_for) >= 1)
);
INSERT INTO scheme (name, what, speaks_for) VALUES
  ('common_criteria', 'Common Criteria (ISO/IEC 15408), EAL and augmentations', '{model}'),
  ('eucc', 'EU cybersecurity certification scheme on Common Criteria', '{model}'),
  ('psa', 'PSA Certified, level 1 to 4', '{model}'),
  ('sesip', 'SESIP (EN 17927), level 1 to 5', '{model}'),
  ('emvco', 'EMVCo security evaluation of chips and platforms', '{model}'),
  ('fips_140', 'FIPS 140-3 of a cryptographic module', '{model}'),
  ('gsma_sas', 'GSMA Security Accreditation Scheme (SAS-UP, SAS-SM)', '{site}'),
  ('iso_27001', 'ISO/IEC 27001 of the site''s management', '{site}');

CREATE TABLE external_certificate (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number text NOT NULL UNIQUE,
	scheme text NOT NULL REFERENCES scheme,
	model_id bigint REFERENCES model, -- what it speaks for: one of the two
	site_id bigint REFERENCES site,
	certificate text NOT NULL CHECK (length(certificate) BETWEEN 1 AND 100),
	level text NOT NULL CHECK (length(level) BETWEEN 1 AND 100),
	issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 100),
	valid_from timestamptz NOT NULL,
	expires timestamptz NOT NULL,
	evidence_id bigint NOT NULL REFERENCES evidence,
	entered_by bigint NOT NULL REFERENCES principal,
	accepted_by bigint REFERENCES principal,
	reason text CHECK (length(reason) <= 1000), -- rejected or withdrawn for
	state text NOT NULL DEFAULT 'registered',
	effective timestamptz NOT NULL DEFAULT assay_now(),
	created timestamptz NOT NULL DEFAULT assay_now(),
	CHECK ((model_id IS NULL) <> (site_id IS NULL)),
	CHECK (valid_from < expires),
	CHECK (accepted_by IS DISTINCT FROM entered_by)
);
CREATE UNIQUE INDEX external_certificate_once ON external_certificate
	(scheme, issuer, certificate, coalesce(model_id, 0), coalesce(site_id, 0))
	WHERE state IN ('registered', 'accepted');
CREATE INDEX external_certificate_of_model ON external_certificate (model_id)
	WHERE state = 'accepted';
CREATE INDEX external_certificate_of_site ON external_certificate (site_id)
	WHERE state = 'accepted';
CREATE INDEX external_certificate_ends ON external_certificate (expires)
	WHERE state = 'accepted';

CREATE TRIGGER state_guard BEFORE INSERT OR UPDATE ON external_certificate
	FOR EACH ROW EXECUTE FUNCTION state_guard('external_certificate');
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON external_certificate
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON scheme
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TRIGGER external_certificate_is_fixed BEFORE UPDATE
	ON external_certificate
	FOR EACH ROW EXECUTE FUNCTION only_changes(
	    '{state,effective,accepted_by,reason}',
	    'an external certificate cannot change: enter another',
	    'EXTERNAL_CERTIFICATE_FIXED');

-- What a CoC was said to rest on beside what its rule set requires.
CREATE TABLE coc_external (
	coc_id bigint NOT NULL REFERENCES coc,
	external_certificate_id bigint NOT NULL
	    REFERENCES external_certificate,
	PRIMARY KEY (coc_id, external_certificate_id)
);
CREATE INDEX coc_external_of ON coc_external (external_certificate_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coc_external
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Does it hold at this moment, whether or not the clock has written its end?
CREATE FUNCTION external_certificate_good(x external_certificate)
	RETURNS bool
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT x.state = 'accepted' AND x.valid_from <= assay_now()
	    AND x.expires > assay_now();
$$;

-- Whose it is: the supplier of its model or site.
CREATE FUNCTION external_certificate_organisation(x external_certificate)
	RETURNS bigint
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT coalesce((SELECT organisation_id FROM model
	    WHERE id = x.model_id), (SELECT organisation_id FROM site
	    WHERE id = x.site_id));
$$;

CREATE FUNCTION external_certificate_json(x external_certificate)
	RETURNS jsonb
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT jsonb_build_object('number', x.number, 'scheme', x.scheme,
	    'certificate', x.certificate, 'level', x.level,
	    'issuer', x.issuer, 'model', (SELECT handle FROM model
		WHERE id = x.model_id),
	    'site', (SELECT handle FROM site WHERE id = x.site_id),
	    'state', x.state, 'valid_from', json_time(x.valid_from),
	    'expires', json_time(x.expires),
	    'evidence', (SELECT encode(sha256, 'hex') FROM evidence
		WHERE id = x.evidence_id),
	    'entered_by', (SELECT handle FROM principal
		WHERE id = x.entered_by),
	    'accepted_by', (SELECT handle FROM principal
		WHERE id = x.accepted_by),
	    'reason', x.reason, 'effective', json_time(x.effective),
	    'created', json_time(x.created));
$$;

CREATE FUNCTION external_certificate_numbered(p_number text)
	RETURNS external_certificate
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	x external_certificate;
BEGIN
	SELECT * INTO x FROM external_certificate WHERE number = p_number
	    FOR UPDATE;
	IF NOT FOUND OR NOT actor_sees(external_certificate_organisation(x))
	THEN
		RAISE EXCEPTION 'there is no external certificate "%"',
		    p_number
		    USING ERRCODE = 'AY003', DETAIL = 'NOT_FOUND';
	END IF;
	RETURN x;
END
$$;

-- What it is to speak for, and whether its scheme may.
CREATE FUNCTION external_certificate_subject(p_scheme text, p_model text,
	p_site text, OUT model_id bigint, OUT site_id bigint,
	OUT organisation_id bigint)
	LANGUAGE plpgsql STABLE SECURITY DEFINER
	SET search_path = assay, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s scheme;
BEGIN
	SELECT * INTO s FROM scheme WHERE name = p_scheme;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'scheme: "%" is none of %', p_scheme,
		    (SELECT string_agg(name, ', ' ORDER BY name) FROM scheme)
		    USING ERRCODE = 'AY001', DETAIL = 'SCHEME_UNKNOWN';
	END IF;
	IF (p_model IS NULL) = (p_site IS NULL) THEN
		RAISE EXCEPTION 'an external certificate speaks for a "model" '
		    'or for a "site": name one'
		    USING ERRCODE = 'AY001', DETAIL = 'SUBJECT_REQUIRED';
	END IF;
	IF NOT (CASE WHEN p_site IS NULL THEN 'model' ELSE 'site' END
	    = ANY (s.speaks_for)) THEN
		RAISE EXCEPTION 'scheme: % speaks for a %', p_scheme,
		    array_to_string(s.speaks_for, ' or a ')
		    USING ERRCODE = 'AY001', DETAIL = 'SCHEME_UNFIT';
	END IF;
	SELECT m.id, m.organisation_id INTO model_id, organisation_id
	FROM model m WHERE m.handle = p_model;
	IF p_site IS NOT NULL THEN
		SELECT t.id, t.organisation_id INTO site_id, organisation_id
		FROM site t WHERE t.handle = p_site;
	END IF;
	IF organisation_id IS NULL THEN
		RAISE EXCEPTION 'there is no % "%"', CASE WHEN p_site IS NULL
		    THEN 'model' ELSE 'site' END, coalesce(p_site, p_model)
		    USING ERRCODE = 'AY003', DETAIL = 'SUBJECT_ABSENT';
	END IF;
END
$$;

-- By its supplier, or by an officer for one.
CREATE FUNCTION external_certificate_new(p_scheme text, p_model text,
	p_site text, p_certificate text, p_level text, p_issuer text,
	p_valid_from timestamptz, p_expires timestamptz, p_evidence bytea)
	RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('supplier', 'officer');
	subject record;
	e evidence;
	x external_certificate;
BEGIN
	SELECT * INTO subject
	FROM external_certificate_subject(p_scheme, p_model, p_site);
	PERFORM actor_must_own(subject.organisation_id);
	IF p_expires <= assay_now() OR p_valid_from >= p_expires THEN
		RAISE EXCEPTION 'expires lies in the future, and after '
		    'valid_from'
		    USING ERRCODE = 'AY001', DETAIL = 'EXPIRES';
	END IF;
	SELECT * INTO e FROM evidence WHERE sha256 = p_evidence;
	IF NOT FOUND OR e.state NOT IN ('submitted', 'accepted') OR
	    e.organisation_id NOT IN
	    (subject.organisation_id, who.organisation_id) THEN
		RAISE EXCEPTION 'evidence: no file % of the supplier''s or '
		    'yours was uploaded and stands',
		    encode(p_evidence, 'hex')
		    USING ERRCODE = 'AY003', DETAIL = 'EVIDENCE_ABSENT';
	END IF;
	INSERT INTO external_certificate (number, scheme, model_id, site_id,
	    certificate, level, issuer, valid_from, expires, evidence_id,
	    entered_by)
	VALUES (next_number('EXT'), p_scheme, subject.model_id,
	    subject.site_id, p_certificate, p_level, p_issuer, p_valid_from,
	    p_expires, e.id, who.id)
	ON CONFLICT DO NOTHING RETURNING * INTO x;
	IF x.id IS NULL THEN
		RAISE EXCEPTION 'certificate % of % is entered for it already',
		    p_certificate, p_issuer
		    USING ERRCODE = 'AY004', DETAIL = 'ALREADY_EXISTS';
	END IF;
	RETURN external_certificate_json(x);
END
$$;

-- An officer has held the file against what was entered: somebody other than
-- who entered it.
CREATE FUNCTION external_certificate_judge(p_number text, p_verdict text,
	p_reason text) RETURNS jsonb
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
DECLARE
	who principal := actor_must('officer');
	x external_certificate := external_certificate_numbered(p_number);
BEGIN
	IF x.state <> 'registered' THEN
		RAISE EXCEPTION '% is %, not registered', p_number, x.state
		    USING ERRCODE = 'AY004',
		    DETAIL = 'EXTERNAL_CERTIFICATE_STATE';
	END IF;
	IF x.entered_by = who.id THEN
		RAISE EXCEPTION 'four eyes: somebody other than who entered '
		    'it must judge an external certificate'
		    USING ERRCODE = 'AY002', DETAIL = 'FOUR_EYES';
	END IF;
	IF p_verdict = 'rejected' THEN
		PERFORM reason_must('a rejection', p_reason);
	ELSE
		IF x.expires <= assay_now() THEN
			RAISE EXCEPTION '% has run out', p_number
			    USING ERRCODE = 'AY004',
			    DETAIL = 'EXTERNAL_CERTIFICATE_STATE';
		END IF;
		PERFORM evidence_must_stand('evidence', x.evidence_id);
	END IF;
	UPDATE external_certificate SET state = p_verdict,
	    accepted_by = CASE p_verdict WHEN 'accepted' THEN who.id END,
	    reason = p_reason, effective = assay_now()
	WHERE id = x.id RETURNING * INTO x;
	RETURN external_certificate_json(x);
END
$$;

CREATE FUNCTION external_certificate_accept(p_number text) RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT external_certificate_judge(p_number, 'accepted', NULL) $$;
CREATE FUNCTION external_certificate_reject(p_number text, p_reason text)
	RETURNS jsonb
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT external_certificate_judge(p_number, 'rejected', p_reason) $$;

GRANT SELECT ON scheme, external_certificate TO assay_api;
GRANT EXECUTE ON FUNCTION external_certificate_new(text, text, text, text,
	text, text, timestamptz, timestamptz, bytea),
	external_certificate_accept(text),
	external_certificate_reject(text, text)
	TO assay_api;
