-- Principals: who may act.

-- name: principal_by_certificate
-- $1 certificate, octet for octet -> id, handle, role, state, organisation id,
-- its handle, the certificate's state, the organisation's kind and state
SELECT p.id, p.handle, p.role, p.state, o.id, o.handle,
       coalesce(c.state, 'unknown'), o.kind, o.state
  FROM principal p
  JOIN organisation o ON o.id = p.organisation_id
  LEFT JOIN certificate c ON c.der_sha256 = sha256(p.cert_der)
 WHERE p.cert_der = $1::bytea;
