-- What a TrE's evidence is judged against.

-- name: reference_list
-- $1 in which state, $2 before which number, $3 of which model, or NULL; newest
-- first
SELECT list_json('references', 'reference', '{number}', ARRAY(
	SELECT r.id FROM reference r
	 WHERE ($1::text IS NULL OR r.state = $1)
	   AND ($2::text IS NULL OR r.id < (SELECT id FROM reference
		WHERE number = $2))
	   AND ($3::text IS NULL OR r.model_id = (SELECT id FROM model
		WHERE handle = $3))
	 ORDER BY r.id DESC LIMIT 101));

-- name: reference_get
-- $1 number
SELECT shown_whole('reference', id) FROM reference WHERE number = $1;

-- name: reference_submit_do
-- $1 model, $2 kind, $3 firmware, $4 what is measured (an array), $5 certificate
SELECT reference_submit($1, $2, $3, CASE WHEN $4::jsonb IS NOT NULL
    THEN ARRAY(SELECT jsonb_array_elements_text($4::jsonb)) END, $5::bytea);

-- name: reference_propose_do
-- $1 number, $2 SHA-256 of what its supplier signed
SELECT reference_propose($1, $2::bytea);

-- name: reference_revoke_do
-- $1 number, $2 reason
SELECT reference_revoke($1, $2);
