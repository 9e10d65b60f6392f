-- Certificates of conformity.

-- name: coc_propose_do
-- $1 model, $2 level, $3 site or NULL, $4 declaration or NULL, $5 quota,
-- $6 days
SELECT coc_propose($1, $2::int, $3, $4, $5::bigint, $6::int);

-- name: coc_propose_change_do
-- $1 number, $2 suspend, reinstate or withdraw, $3 reason
SELECT coc_propose_change($1, $2, $3);

-- name: coc_list
SELECT jsonb_build_object('cocs',
	coalesce(jsonb_agg(coc_json(c) ORDER BY c.id), '[]'))
FROM coc c;

-- name: coc_get
SELECT coc_whole_json(c) FROM coc c WHERE c.number = $1;
