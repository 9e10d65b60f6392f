-- Certificates of conformity.

-- name: coc_propose_do
-- $1 model, $2 level, $3 site or NULL, $4 declaration or NULL, $5 quota,
-- $6 days; $7 on_expired, $8 on_suspended, $9 grace_days, $10 external
-- certificates (JSON array), $11 instead of which, $12 reason, or NULL
SELECT coc_propose($1, $2::int, $3, $4, $5::bigint, $6::int, $7, $8, $9::int,
	CASE WHEN $10::text IS NOT NULL THEN
	    ARRAY(SELECT jsonb_array_elements_text($10::jsonb)) END, $11, $12);

-- name: coc_propose_change_do
-- $1 number, $2 suspend, reinstate or withdraw, $3 reason
SELECT coc_propose_change($1, $2, $3);

-- name: coc_list
-- $1 in which state, $2 before which number, $3 of which kind of model,
-- $4 model, $5 organisation, or NULL; newest first
SELECT list_json('cocs', 'coc', '{number}', ARRAY(
	SELECT c.id FROM coc c JOIN model m ON m.id = c.model_id
	 WHERE ($1::text IS NULL OR c.state = $1)
	   AND ($2::text IS NULL OR c.id < (SELECT id FROM coc
		WHERE number = $2))
	   AND ($3::text IS NULL OR m.kind = $3)
	   AND ($4::text IS NULL OR m.handle = $4)
	   AND ($5::text IS NULL OR m.organisation_id = (SELECT organisation_named($5)))
	 ORDER BY c.id DESC LIMIT 101));

-- name: coc_get
SELECT shown_whole('coc', id) FROM coc WHERE number = $1;

-- name: coc_why
-- $1 number: the tree of what it rests on
SELECT coc_why($1);
