-- Hardware platforms, TrE models and terminal models.

-- name: model_create_do
-- $1 handle, $2 kind, $3 organisation, $4 name, $5 version,
-- $6 hardware platform, $7 kind of TrE, $8 least firmware,
-- $9 TACs and $10 TrE models as JSON arrays, or NULL
SELECT model_create($1, $2, $3, $4, $5, $6, $7, $8,
	CASE WHEN $9::text IS NOT NULL THEN
	    ARRAY(SELECT jsonb_array_elements_text($9::jsonb)) END,
	CASE WHEN $10::text IS NOT NULL THEN
	    ARRAY(SELECT jsonb_array_elements_text($10::jsonb)) END);

-- name: model_register_do
SELECT model_register($1);

-- name: model_retire_do
SELECT model_retire($1);

-- name: model_list
-- $1 in which state, $2 before which handle, $3 of which kind,
-- $4 organisation, $5 how handle or name begins, or NULL; newest first
SELECT list_json('models', 'model', '{handle}', ARRAY(
	SELECT m.id FROM model m
	 WHERE ($1::text IS NULL OR m.state = $1)
	   AND ($2::text IS NULL OR m.id < (SELECT id FROM model
		WHERE handle = $2))
	   AND ($3::text IS NULL OR m.kind = $3)
	   AND ($4::text IS NULL OR m.organisation_id = (SELECT organisation_named($4)))
	   AND ($5::text IS NULL OR starts_with(m.handle, lower($5))
		OR starts_with(lower(m.name), lower($5)))
	 ORDER BY m.id DESC LIMIT 101));

-- name: model_get
-- $1 handle; also every declaration and CoC that it ever had.
SELECT shown_whole('model', id) FROM model WHERE handle = $1;
