-- What a root that is offline is asked for (db/schema/306_ca_request.sql).

-- name: ca_request_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('requests', 'ca_request', '{request}', ARRAY(
	SELECT r.id FROM ca_request r
	 WHERE ($1::text IS NULL OR r.state = $1)
	   AND ($2::text IS NULL OR r.id < (SELECT id FROM ca_request
		WHERE id::text = $2))
	 ORDER BY r.id DESC LIMIT 101));

-- name: ca_request_withdraw_do
-- $1 request, $2 reason
SELECT ca_request_withdraw($1, $2);

-- name: ca_request_file_ask_do
-- $1 of which root, or NULL
SELECT ca_request_file_ask($1::bigint);

-- name: ca_request_file_show
-- $1 number
SELECT shown('ca_request_file', id) FROM ca_request_file WHERE number = $1;

-- name: ca_request_file_content
-- $1 number -> requests.json
SELECT file FROM ca_request_file WHERE number = $1 AND state = 'made';

-- name: ca_import_add_do
-- $1 the body as it was signed
SELECT ca_import_add($1::jsonb);

-- name: ca_import_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('imports', 'ca_import', '{number}', ARRAY(
	SELECT i.id FROM ca_import i
	 WHERE ($1::text IS NULL OR i.state = $1)
	   AND ($2::text IS NULL OR i.id < (SELECT id FROM ca_import
		WHERE number = $2))
	 ORDER BY i.id DESC LIMIT 101));

-- name: ca_import_get
-- $1 number
SELECT shown('ca_import', id) FROM ca_import WHERE number = $1;

-- ---- the authority's

-- name: ca_request_file_asked
-- -> the oldest: id, number, ordinal, root
SELECT id, number, ordinal, root_id FROM ca_request_file
 WHERE state = 'asked' ORDER BY id LIMIT 1;

-- name: ca_request_each
-- $1 root -> name, profile, issuer id, serial, country, organisation, common
-- name, role, request, the CA's organisation id
SELECT name, profile, coalesce(issuer_id, 0), serial, country, organisation,
       common_name, coalesce(role, ''), csr, coalesce(organisation_id, 0)
  FROM ca_request_each($1::bigint);

-- name: ca_crl_next
-- $1 root -> number of its next CRL
SELECT ca_crl_next($1::bigint);

-- name: ca_request_signer
-- $1 SubjectPublicKeyInfo of the authority's key for it -> its certificate that
-- is good now, its issuer's, that one's root
SELECT c.der, i.cert_der, i.root_id
  FROM delegated_certificate c
  JOIN delegated_key k ON k.id = c.key_id
  JOIN issuer i ON i.id = c.issuer_id AND i.state <> 'revoked'
 WHERE k.kind = 'request' AND k.spki_der = $1::bytea
   AND c.not_before <= assay_now() AND c.not_after > assay_now()
 ORDER BY c.not_after DESC LIMIT 1;

-- name: ca_request_links
-- $1 from which root, $2 to which -> certificates by which who has the latter
-- follows a path to the former
SELECT CASE WHEN $1::bigint < $2::bigint THEN old_with_new ELSE new_with_old END
  FROM root_link
 WHERE old_id >= least($1::bigint, $2::bigint)
   AND new_id <= greatest($1::bigint, $2::bigint)
 ORDER BY old_id;

-- name: ca_request_file_set_do
-- $1 id, $2 requests.json or NULL, $3 how many certificates, $4 how many revoked,
-- $5 is it signed, $6 why it could not be made, or signed, or NULL
SELECT ca_request_file_set($1::bigint, $2, $3::int, $4::int, $5::bool, $6);

-- name: own_key_set_do
-- $1 kind, $2 SubjectPublicKeyInfo: the authority's own key for it from now on
SELECT own_key_set($1, $2::bytea);

-- name: ca_request_add_do
-- $1 name, $2 profile, $3 range id, $4 serial, $5 issuer id or NULL, $6 role or
-- NULL, $7 organisation id or NULL, $8 key id or NULL, $9 country,
-- $10 organisation, $11 common name, $12 request
SELECT ca_request_add(jsonb_populate_record(NULL::ca_request,
       jsonb_build_object('name', $1::text, 'profile', $2::text,
       'range_id', $3::bigint, 'serial', $4::bytea, 'issuer_id', $5::bigint,
       'role', $6::text, 'organisation_id', $7::bigint,
       'key_id', $8::bigint, 'country', $9::text, 'organisation', $10::text,
       'common_name', $11::text, 'csr', $12::bytea)));

-- name: ca_request_pending
-- $1 role, $2 organisation id or 0 -> one row if it is asked for
SELECT name FROM ca_request
 WHERE state = 'pending' AND role = $1
   AND coalesce(organisation_id, 0) = $2::bigint;

-- name: ca_request_ocsp_due
-- -> the first: key id, its name, its request, root's id
SELECT key_id, name, csr, root_id FROM ca_request_ocsp_due() LIMIT 1;

-- name: ca_ocsp_until
-- $1 OCSP key, $2 root -> until when it answers, now at least
SELECT floor(extract(epoch FROM greatest(assay_now(), max(not_after))))::bigint
  FROM delegated_certificate WHERE key_id = $1::bigint AND issuer_id = $2::bigint;

-- name: ca_ocsp_begun
-- -> what OCSP keys answer with by now and is not published: path, certificate
SELECT path, der FROM ca_ocsp_begun();

-- name: ca_request_get
-- $1 serial -> id, state, profile, range id, index, root's id, issuer id, role,
-- organisation id, key id, its name, country, organisation, common name,
-- request, and the certificate if it is there
SELECT r.id, r.state, r.profile, x.id, x.first, x.issuer_id,
       coalesce(r.issuer_id, 0), coalesce(r.role, ''),
       coalesce(r.organisation_id, 0), coalesce(r.key_id, 0),
       coalesce(k.name, ''), r.country, r.organisation, r.common_name, r.csr,
       c.der
  FROM ca_request r
  JOIN index_range x ON x.id = r.range_id
  LEFT JOIN delegated_key k ON k.id = r.key_id
  LEFT JOIN certificate c ON c.issuer_id = x.issuer_id AND c.index = x.first
 WHERE r.serial = $1::bytea;

-- name: ca_request_done_do
-- $1 id
SELECT ca_request_done($1::bigint);

-- name: ca_ocsp_keys
-- -> OCSP keys: id, name, request
SELECT id, name, csr FROM delegated_key
 WHERE kind = 'ocsp' AND state = 'active' AND csr IS NOT NULL ORDER BY id;

-- name: ca_crl_last
-- $1 root's id, $2 where it is published -> number, this update, the content of
-- its newest CRL
SELECT c.number, floor(extract(epoch FROM c.this_update))::bigint,
       (SELECT publication_content(id) FROM publication WHERE path = $2
        ORDER BY id DESC LIMIT 1)
  FROM crl c WHERE c.issuer_id = $1::bigint AND c.shard = 0;

-- name: ca_import_received
-- -> the oldest: id, number, statement
SELECT id, number, statement_id FROM ca_import WHERE state = 'received'
 ORDER BY id LIMIT 1;

-- name: ca_import_set_do
-- $1 id, $2 state, $3 why it is refused or NULL
SELECT ca_import_set($1::bigint, $2, $3);

-- name: ca_crl_was
-- $1 root, $2 serial number, $3 second -> why and since when it was revoked then
SELECT reason, since FROM ca_crl_was($1::bigint, $2::bytea, $3::bigint);

-- name: ca_crl_behind_do
-- $1 root
SELECT ca_crl_behind($1::bigint);
