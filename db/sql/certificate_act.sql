-- What a security officer does with a certificate.

-- name: certificate_get
-- $1 serial or SHA-256 -> JSON, if the caller may see it: what is ours, all; a
-- device's, operators and who sees its supplier; a person's, who sees theirs
SELECT certificate_json(c) FROM certificate_find($1) c
 WHERE (c.lot_id IS NULL AND c.profile <> 'access')
    OR (c.lot_id IS NOT NULL AND actor_role() = 'operator')
    OR actor_sees(coalesce(
        (SELECT l.organisation_id FROM lot l WHERE l.id = c.lot_id),
        (SELECT p.organisation_id FROM principal p
          WHERE p.cert_issuer_id = c.issuer_id AND p.cert_serial = c.serial)));

-- name: certificate_revoke_do
-- $1 serial or SHA-256, $2 reason, $3 invalidity date -> JSON
SELECT certificate_revoke($1, $2, $3);

-- name: certificate_hold_do
-- $1 serial or SHA-256, $2 legal basis -> JSON
SELECT certificate_hold($1, $2);

-- name: certificate_release_do
-- $1 serial or SHA-256, $2 reason -> JSON of the proposal
SELECT certificate_release_propose($1, $2);
