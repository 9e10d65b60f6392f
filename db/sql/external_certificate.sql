-- Certificates of other schemes.

-- name: external_certificate_new_do
-- $1 scheme, $2 model or NULL, $3 site or NULL, $4 its number there, $5 level,
-- $6 issuer, $7 valid from, $8 expires, $9 SHA-256 of the evidence
SELECT external_certificate_new($1, $2, $3, $4, $5, $6,
	to_timestamp($7::bigint), to_timestamp($8::bigint), $9::bytea);

-- name: external_certificate_accept_do
SELECT external_certificate_accept($1);

-- name: external_certificate_reject_do
-- $1 number, $2 reason
SELECT external_certificate_reject($1, $2);

-- name: external_certificate_withdraw_do
-- $1 number, $2 reason
SELECT external_certificate_withdraw($1, $2);

-- name: external_certificate_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('external_certificates', 'external_certificate', '{number}',
	ARRAY(SELECT x.id FROM external_certificate x
	 WHERE ($1::text IS NULL OR x.state = $1)
	   AND ($2::text IS NULL OR x.id < (SELECT id FROM external_certificate
		WHERE number = $2))
	 ORDER BY x.id DESC LIMIT 101));

-- name: external_certificate_get
-- $1 number
SELECT shown('external_certificate', id) || jsonb_build_object('history',
	history_json('external_certificate', id))
  FROM external_certificate WHERE number = $1;

-- name: scheme_list
SELECT jsonb_build_object('schemes', jsonb_agg(to_jsonb(s) ORDER BY name))
FROM scheme s;
