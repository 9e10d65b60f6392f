-- Suppliers' declarations.  The answers are for the body, for auditors and for
-- their own supplier.

-- name: declaration_submit_do
-- $1 model, $2 rule set, $3 version, $4 answers, $5 valid until, $6 JWS
SELECT declaration_submit($1, $2, $3::int, $4::jsonb,
	to_timestamp($5::bigint), $6);

-- name: declaration_accept_do
SELECT declaration_accept($1);

-- name: declaration_withdraw_do
SELECT declaration_withdraw($1);

-- name: declaration_challenge_do
-- $1 number, $2 rules (JSON array), $3 ground, $4 evidence (JSON array) or NULL
SELECT declaration_challenge_open($1,
	ARRAY(SELECT jsonb_array_elements_text($2::jsonb)), $3,
	CASE WHEN $4::text IS NOT NULL THEN
	    ARRAY(SELECT jsonb_array_elements_text($4::jsonb)) END);

-- name: declaration_answer_do
-- $1 number, $2 answer, $3 evidence (JSON array) or NULL
SELECT declaration_answer($1, $2, CASE WHEN $3::text IS NOT NULL THEN
	    ARRAY(SELECT jsonb_array_elements_text($3::jsonb)) END);

-- name: declaration_settle_do
-- $1 number, $2 uphold or refute, $3 reason, $4 freeze
SELECT declaration_settle($1, $2, $3, $4::bool);

-- name: declaration_list
-- $1 in which state, $2 before which number, $3 of which model,
-- $4 organisation, or NULL; newest first
SELECT list_json('declarations', 'declaration', '{number}', ARRAY(
	SELECT d.id FROM declaration d JOIN model m ON m.id = d.model_id
	 WHERE ($1::text IS NULL OR d.state = $1)
	   AND ($2::text IS NULL OR d.id < (SELECT id FROM declaration
		WHERE number = $2))
	   AND ($3::text IS NULL OR m.handle = $3)
	   AND ($4::text IS NULL OR m.organisation_id = (SELECT organisation_named($4)))
	 ORDER BY d.id DESC LIMIT 101));

-- name: declaration_get
SELECT declaration_whole_json(id) || jsonb_build_object('answers', answers,
	'jws', jws, 'history', history_json('declaration', id))
  FROM declaration WHERE number = $1;
