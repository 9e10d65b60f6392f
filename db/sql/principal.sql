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

-- name: principal_new_do
-- $1 handle, $2 organisation, $3 role, $4 PKCS#10 in DER -> JSON
SELECT principal_new($1, $2, $3, $4::bytea);

-- name: principal_set_state_do
-- $1 handle, $2 locked or removed -> JSON
SELECT principal_set_state($1, $2);

-- name: principal_unlock_do
-- $1 handle -> JSON
SELECT principal_unlock($1);

-- name: principal_list
-- $1 in which state, $2 before which handle, or NULL; newest first
SELECT jsonb_build_object('principals', coalesce(jsonb_agg(principal_json(p)
	- '{certificate,issuer}'::text[] ORDER BY p.id DESC), '[]'))
  FROM (SELECT p.* FROM principal p
	 WHERE actor_sees(p.organisation_id)
	   AND ($1::text IS NULL OR p.state = $1)
	   AND ($2::text IS NULL OR p.id < (SELECT id FROM principal
		WHERE handle = $2))
	 ORDER BY p.id DESC LIMIT 100) p;

-- name: principal_get
-- $1 handle
SELECT principal_json(p) || jsonb_build_object(
	'proposals', proposals_on('principal', p.id),
	'history', history_json('principal', p.id))
  FROM principal p WHERE p.handle = $1 AND actor_sees(p.organisation_id);
