-- What a security officer does with a certificate.

-- name: certificate_get
-- $1 serial or SHA-256 -> JSON, NULL where it is not for the caller
SELECT j FROM certificate_get($1) j WHERE j IS NOT NULL;

-- name: certificate_revoke_do
-- $1 serial or SHA-256, $2 reason, $3 invalidity date -> JSON
SELECT certificate_revoke($1, $2, $3);

-- name: certificate_hold_do
-- $1 serial or SHA-256, $2 legal basis -> JSON
SELECT certificate_hold($1, $2);

-- name: certificate_release_do
-- $1 serial or SHA-256, $2 reason -> JSON of the proposal
SELECT certificate_release_propose($1, $2);
