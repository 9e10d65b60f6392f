-- Keys of TPMs.

-- name: attestation_key_list
-- $1 in which state, $2 before which number, $3 of which model, or NULL; newest
-- first
SELECT list_json('attestation_keys', 'attestation_key', '{number}', ARRAY(
	SELECT k.id FROM attestation_key k
	 WHERE ($1::text IS NULL OR k.state = $1)
	   AND ($2::text IS NULL OR k.id < (SELECT id FROM attestation_key
		WHERE number = $2))
	   AND ($3::text IS NULL OR k.model_id = (SELECT id FROM model
		WHERE handle = $3))
	 ORDER BY k.id DESC LIMIT 101));

-- name: attestation_key_get
-- $1 number
SELECT shown_whole('attestation_key', id) FROM attestation_key
 WHERE number = $1;

-- name: ek_roots
-- $1 model -> number and certificate of each root that is in force for it, now
SELECT number, certificate, floor(extract(epoch FROM assay_now()))::bigint
  FROM ek_roots($1);

-- name: attestation_key_challenge_do
-- $1 root, $2 certificate of the endorsement key, $3 its path, $4 TPM2B_PUBLIC,
-- $5 its name, $6 SHA-256 of the key, $7 of the secret
SELECT attestation_key_challenge($1, $2::bytea, $3::jsonb, $4::bytea,
    $5::bytea, $6::bytea, $7::bytea);

-- name: attestation_key_activate_do
-- $1 number, $2 the secret
SELECT attestation_key_activate($1, $2::bytea);

-- name: attestation_key_revoke_do
-- $1 number, $2 reason
SELECT attestation_key_revoke($1, $2);
