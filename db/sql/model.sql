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
SELECT jsonb_build_object('models',
	coalesce(jsonb_agg(model_json(m) ORDER BY m.id), '[]'))
FROM model m;

-- name: model_get
-- Also every declaration and CoC that it ever had.
SELECT model_json(m) || jsonb_build_object(
	'declarations', (SELECT coalesce(jsonb_agg(jsonb_build_object(
	    'number', d.number, 'state', d.state,
	    'expires', json_time(d.expires)) ORDER BY d.id), '[]')
	    FROM declaration d WHERE d.model_id = m.id),
	'cocs', (SELECT coalesce(jsonb_agg(jsonb_build_object(
	    'number', c.number, 'state', c.state, 'level', c.level,
	    'expires', json_time(c.expires)) ORDER BY c.id), '[]')
	    FROM coc c WHERE c.model_id = m.id))
FROM model m WHERE m.handle = $1;
