-- Certificates of conformity.

-- name: coc_propose_do
-- $1 model, $2 level, $3 site or NULL, $4 declaration or NULL, $5 quota,
-- $6 days; $7 on_expired, $8 on_suspended, $9 grace_days, $10 external
-- certificates (JSON array), or NULL
SELECT coc_propose($1, $2::int, $3, $4, $5::bigint, $6::int, $7, $8, $9::int,
	CASE WHEN $10::text IS NOT NULL THEN
	    ARRAY(SELECT jsonb_array_elements_text($10::jsonb)) END);

-- name: coc_propose_change_do
-- $1 number, $2 suspend, reinstate or withdraw, $3 reason
SELECT coc_propose_change($1, $2, $3);

-- name: coc_list
SELECT jsonb_build_object('cocs',
	coalesce(jsonb_agg(coc_json(c) ORDER BY c.id), '[]'))
FROM coc c;

-- name: coc_get
SELECT coc_whole_json(c) FROM coc c WHERE c.number = $1;

-- name: coc_why
-- $1 number: the tree of what it rests on
SELECT coc_why($1);
