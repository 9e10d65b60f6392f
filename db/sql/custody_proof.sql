-- What was signed about custody, for whoever verifies it.

-- name: custody_proof_list
-- $1 before which custody (its name), or NULL; newest first
SELECT custody_proof_list($1::uuid);

-- name: consent_list
-- $1 before which (the decision that used it up), or NULL; newest first
SELECT consent_proof_list($1::uuid);

-- name: signer_get
-- $1 SHA-256 of the certificate
SELECT * FROM signer_json($1::bytea);
