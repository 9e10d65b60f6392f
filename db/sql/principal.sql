-- Principals: who may act.

-- name: principal_by_certificate
-- $1 certificate, octet for octet -> id, handle, role, state, organisation id,
-- its handle, the certificate's state, the organisation's kind and state, and
-- whether it is a renewed one that has not been used
SELECT id, handle, role, state, organisation_id, organisation, certificate,
       organisation_kind, organisation_state, renewed
  FROM principal_by_certificate($1::bytea);

-- name: principal_renew_do
-- $1 PKCS#10 in DER -> JSON
SELECT principal_renew($1::bytea);

-- name: principal_renewal_use_do
-- $1 certificate, octet for octet: of a renewal, and shown for the first time
SELECT principal_renewal_use($1::bytea);

-- name: principal_new_do
-- $1 handle, $2 organisation, $3 role, $4 PKCS#10 in DER -> JSON
SELECT principal_new($1, $2, $3, $4::bytea);

-- name: principal_lock_do
-- $1 handle, $2 reason -> JSON
SELECT principal_set_state($1, 'locked', $2);

-- name: principal_remove_do
-- $1 handle, $2 reason -> JSON
SELECT principal_set_state($1, 'removed', $2);

-- name: principal_unlock_do
-- $1 handle -> JSON
SELECT principal_unlock($1);

-- name: principal_list
-- $1 in which state, $2 before which handle, $3 of which organisation, $4 in
-- which role, $5 how the handle begins, or NULL; newest first
SELECT list_json('principals', 'principal', '{handle}', ARRAY(
	SELECT p.id FROM principal p
	 WHERE ($1::text IS NULL OR p.state = $1)
	   AND ($2::text IS NULL OR p.id < (SELECT id FROM principal
		WHERE handle = $2))
	   AND ($3::text IS NULL OR p.organisation_id = (SELECT organisation_named($3)))
	   AND ($4::text IS NULL OR p.role = $4)
	   AND ($5::text IS NULL OR starts_with(p.handle, lower($5)))
	 ORDER BY p.id DESC LIMIT 101));

-- name: principal_get
-- $1 handle -> JSON; links: by which the path leads from one root to another
SELECT shown_whole('principal', id) || jsonb_build_object(
	'renewal', principal_renewal_newest(id),
	'links', root_links(),
	'proposals', proposals_on('principal', id),
	'history', history_json('principal', id))
  FROM principal WHERE handle = $1;
