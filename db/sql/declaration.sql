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

-- name: declaration_list
SELECT jsonb_build_object('declarations',
	coalesce(jsonb_agg(declaration_json(d) ORDER BY d.id), '[]'))
FROM declaration d JOIN model m ON m.id = d.model_id
WHERE actor_sees(m.organisation_id);

-- name: declaration_get
SELECT declaration_json(d) || jsonb_build_object('answers', d.answers,
	'jws', d.jws, 'history', history_json('declaration', d.id))
FROM declaration d JOIN model m ON m.id = d.model_id
WHERE d.number = $1 AND actor_sees(m.organisation_id);

