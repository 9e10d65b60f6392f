-- What somebody must hear of: written in the transaction that brings it about,
-- so that there is a notice of all that happened and of nothing else.

CREATE TABLE notice (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	topic text NOT NULL CHECK (topic ~ '^[a-z_]+\.[a-z_]+$'),
	organisation_id bigint NOT NULL REFERENCES organisation, -- for whom
	subject text NOT NULL, -- handle or number of what it is about
	detail jsonb NOT NULL,
	once text,             -- the same of this subject is said once
	created timestamptz NOT NULL DEFAULT assay_now()
);
CREATE UNIQUE INDEX notice_once
	ON notice (topic, organisation_id, subject, once)
	WHERE once IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice
	FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION notice_add(p_topic text, p_organisation bigint,
    p_subject text, p_detail jsonb, p_once text DEFAULT NULL) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	INSERT INTO notice (topic, organisation_id, subject, detail, once)
	VALUES (p_topic, p_organisation, p_subject, p_detail, p_once)
	ON CONFLICT (topic, organisation_id, subject, once)
	    WHERE once IS NOT NULL DO NOTHING;
$$;

-- For the body.
CREATE FUNCTION alarm_raise(p_topic text, p_subject text, p_detail jsonb,
    p_once text DEFAULT NULL) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp
AS $$
	SELECT notice_add(p_topic, id, p_subject, p_detail, p_once)
	FROM organisation WHERE kind = 'body';
$$;
