-- Orders to the authority other than lots.

-- name: order_waiting
-- $1 ids that are left alone for now -> the oldest
SELECT id, kind, subject_id, coalesce(statement_id, 0) FROM "order"
 WHERE state = 'queued' AND id <> ALL ($1::bigint[])
 ORDER BY id LIMIT 32;

-- name: order_given_back
-- $1 proposal id -> act, subject, who may propose and who approve, taken away
-- since when (microseconds), the addresses that the proposal may have been
-- signed for, and the measure and the verdict that its terms must name ('': none)
SELECT g.act, g.subject, array_to_string(a.proposer_roles, ' '),
       array_to_string(a.approver_roles, ' '),
       floor(extract(epoch FROM g.since) * 1000000)::bigint, g.urls[1],
       coalesce(g.urls[2], g.urls[1]), g.measure, g.verdict
  FROM given_back($1::bigint) g JOIN act a ON a.name = g.act;

-- name: order_give_back_do
-- $1 proposal id
SELECT give_back($1::bigint);

-- name: order_set_state
-- $1 id, $2 state wanted, $3 why it failed or NULL
UPDATE "order" SET state = $2, error = $3
 WHERE id = $1::bigint AND state = 'queued'
RETURNING id;

-- name: order_principal
-- $1 principal id -> what is to be certified
SELECT p.handle, p.role, p.state, p.csr, o.handle, o.name, o.country, o.kind,
       o.state, p.cert_der IS NOT NULL, o.id
  FROM principal p JOIN organisation o ON o.id = p.organisation_id
 WHERE p.id = $1::bigint;

-- name: order_renewal
-- $1 renewal -> what is to be certified: the same columns; then the certificate
-- that asked for it, and its state
SELECT p.handle, p.role, p.state, r.csr, o.handle, o.name, o.country, o.kind,
       o.state, r.cert_der IS NOT NULL, o.id, r.old_sha256,
       coalesce(c.state, 'unknown'), r.state
  FROM principal_renewal r JOIN principal p ON p.id = r.principal_id
  JOIN organisation o ON o.id = p.organisation_id
  LEFT JOIN certificate c ON c.der_sha256 = r.old_sha256
 WHERE r.id = $1::bigint;

-- name: order_key_taken
-- $1 SHA-256 of a public key -> whose it is or was, if it is a principal's
SELECT p.handle
  FROM certificate c
  JOIN principal p ON p.id = principal_of_certificate(c.der_sha256)
 WHERE c.profile = 'access' AND c.spki_sha256 = $1::bytea;

-- name: order_rsa_certificates
-- -> certificates of principals with the octets of rsaEncryption (RFC 8017) in
-- them: few, and nobody has many
SELECT der FROM certificate
 WHERE profile = 'access'
   AND position(decode('06092a864886f70d010101', 'hex') IN der) > 0;

-- name: order_principal_set
-- $1 principal id, $2 certificate, $3 serial, $4 not after, $5 its issuer
UPDATE principal
   SET cert_der = $2::bytea, cert_issuer_id = $5, cert_serial = $3::bytea,
       cert_not_after = $4::timestamptz, csr = NULL
 WHERE id = $1::bigint AND cert_der IS NULL
RETURNING id;

-- name: order_renewal_set
-- $1 renewal, $2 certificate, $3 serial, $4 not after, $5 its issuer
UPDATE principal_renewal
   SET cert_der = $2::bytea, cert_issuer_id = $5, cert_serial = $3::bytea,
       cert_not_after = $4::timestamptz, state = 'made',
       effective = assay_now()
 WHERE id = $1::bigint AND state = 'asked'
RETURNING id;
