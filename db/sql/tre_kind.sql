-- Kinds of TrE.

-- name: tre_kind_load_do
-- $1 the document's text -> how many kinds were new
SELECT tre_kind_load($1::text);

-- name: tre_kind_propose_do
-- $1 name, $2 what it is, $3 rule set, $4 default mode, $5 evidence or NULL
SELECT tre_kind_propose($1, $2, $3, $4, $5);

-- name: tre_kind_list
SELECT jsonb_build_object('tre_kinds',
	coalesce(jsonb_agg(tre_kind_json(k) ORDER BY k.id), '[]'))
FROM tre_kind k;
