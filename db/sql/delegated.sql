-- Keys that the authority certifies for some days at a time.

-- name: delegated_due
-- -> the first: key id, kind, name, public key, issuer
SELECT d.key_id, k.kind, k.name, k.spki_der, d.issuer_id
  FROM delegated_due() d
  JOIN delegated_key k ON k.id = d.key_id
 ORDER BY d.issuer_id, d.key_id
 LIMIT 1;

-- name: delegated_insert
-- $1 key, $2 issuer, $3 DER, $4 not before, $5 not after
INSERT INTO delegated_certificate (key_id, issuer_id, der, not_before,
       not_after)
VALUES ($1, $2, $3, $4, $5);
