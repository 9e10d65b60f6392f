-- CAs, as people see them.

-- name: ca_list
-- $1 in which state, $2 before which number, $3 in which role, or NULL
SELECT list_json('cas', 'issuer', '{ca}', ARRAY(
	SELECT i.id FROM issuer i
	 WHERE ($1::text IS NULL OR i.state = $1)
	   AND ($2::text IS NULL OR i.id < (SELECT id FROM issuer
		WHERE id::text = $2))
	   AND ($3::text IS NULL OR i.role = $3)
	 ORDER BY i.id DESC LIMIT 101));

-- name: ca_get
SELECT shown_whole('issuer', id) FROM issuer WHERE id::text = $1;

-- name: ca_propose_retire_do
-- $1 number, $2 reason
SELECT ca_propose_retire($1, $2);
