-- CMP into open lots.

-- name: cmp_lot
-- $1 lot, $2 with the CRL, $3 SubjectPublicKeyInfo of the key at hand, $4 SHA-256 of
-- the first certificate that came or NULL
-- -> its header, its issuing CA's certificate, the root's, the newest CRL of its
-- issuing CA or NULL; our certificate, its issuer's, or NULL; is what came a device's
SELECT l.header_jws, l.issuer, l.root, l.crl, s.der, s.issuer,
       CASE WHEN $4::bytea IS NULL THEN false
       ELSE cmp_device_certificate($4::bytea) END
  FROM cmp_lot($1, $2::bool) l
  LEFT JOIN LATERAL (SELECT c.der, i.cert_der AS issuer
	  FROM delegated_certificate c
	  JOIN delegated_key k ON k.id = c.key_id
	  JOIN issuer i ON i.id = c.issuer_id
	 WHERE k.kind = 'cmp' AND k.state = 'active'
	   AND k.spki_der = $3::bytea
	   AND c.not_before <= now() AND c.not_after > now()
	 ORDER BY c.not_after DESC LIMIT 1) s ON true;

-- name: cmp_transaction_get
-- $1 lot, $2 transactionID, $3 signer
SELECT id, request, coalesce("row", 0), spki_sha256, nonce, accepted
  FROM cmp_transaction_get($1, $2::bytea, $3::bytea);

-- name: cmp_transaction_begin_redo
-- $1 lot, $2 transactionID, $3 signer, $4 message, $5 of a device -> id.  It may be
-- tried again.
SELECT cmp_transaction_begin($1, $2::bytea, $3::bytea, $4::bytea, $5::bool);

-- name: cmp_transaction_set_redo
-- $1 id, $2 row or NULL, $3 its key or NULL, $4 nonce of our answer,
-- $5 accepted or NULL.  It may be tried again.
SELECT cmp_transaction_set($1::bigint, $2::int, $3::bytea, $4::bytea,
       $5::bool);

-- name: cmp_confirm_until
-- $1 lot, $2 row -> until when its certificate is to be confirmed, or 0
SELECT coalesce(floor(extract(epoch FROM cmp_confirm_until($1, $2::int))),
       0)::bigint;

-- name: cmp_reject_do
-- $1 id
SELECT cmp_reject($1::bigint);

-- name: cmp_revoke_do
-- $1 lot, $2 SHA-256 of the signer's certificate, $3 of the factory certificates that
-- it leads to, or NULL, $4 issuer's name, $5 serial number, $6 CRLReason
SELECT cmp_revoke($1, $2::bytea, $3::bytea[], $4::bytea, $5::bytea, $6::int);

-- name: cmp_proofs
-- $1 lot id, $2 after which row, $3 through which -> row, what proves who asked,
-- the certificate that is renewed
SELECT e.row, e.proof, certificate_der(c)
  FROM enrolment e
  LEFT JOIN certificate c ON c.issuer_id = e.renews_issuer
       AND c.index = e.renews_index
 WHERE e.lot_id = $1::bigint AND e.row > $2::int AND e.row <= $3::int
 ORDER BY e.row;
