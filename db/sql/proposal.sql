-- Four eyes: what waits for a second person.

-- name: proposal_list
-- $1 state, $2 subject's handle or number, $3 before which number, $4 act, or
-- NULL; newest first
SELECT list_json('proposals', 'proposal', '{proposal}', ARRAY(
	SELECT p.id FROM proposal p
	 WHERE ($1::text IS NULL OR p.state = $1)
	   AND ($2::text IS NULL OR p.subject_number = $2)
	   AND ($3::bigint IS NULL OR p.id < $3::bigint)
	   AND ($4::text IS NULL OR p.act = $4)
	 ORDER BY p.id DESC LIMIT 101));

-- name: proposal_get
-- $1 id; with the octets that its proposer signed, and the signature
SELECT proposal_json(p.id) || jsonb_build_object('statement',
	jsonb_build_object('url', s.url, 'jws', s.jws,
	'body', translate(encode(s.body, 'base64'), E'\n', '')))
  FROM proposal p JOIN statement s ON s.id = p.statement_id
 WHERE p.id = $1::bigint;

-- name: proposal_judge_do
-- $1 id, $2 subject, $3 act, $4 SHA-256 of the signed terms, $5 verdict,
-- $6 reason, $7 number of devices or NULL -> JSON
SELECT proposal_judge($1::bigint, $2, $3, $4::bytea, $5, $6, $7::bigint);

-- name: proposal_withdraw_do
-- $1 id, $2 reason or NULL -> JSON
SELECT proposal_withdraw($1::bigint, $2);
