-- CAs, as people see them.

-- name: ca_list
-- $1 in which state, $2 before which number, $3 in which role, or NULL
SELECT list_json('cas', 'issuer', '{ca}', ARRAY(
	SELECT i.id FROM issuer i
	 WHERE ($1::text IS NULL OR i.state = $1)
	   AND ($2::text IS NULL OR i.id < (SELECT id FROM issuer
		WHERE id::text = $2))
	   AND ($3::text IS NULL OR i.role = $3)
	 ORDER BY i.id DESC LIMIT 101));

-- name: ca_get
SELECT shown_whole('issuer', id) FROM issuer WHERE id::text = $1;

-- name: ca_propose_retire_do
-- $1 number, $2 reason
SELECT ca_propose_retire($1, $2);

-- name: ca_propose_succeed_do
-- $1 number, $2 reason, $3 algorithm or NULL
SELECT ca_propose_succeed($1, $2, $3);

-- name: ca_propose_destroy_key_do
-- $1 number, $2 reason
SELECT ca_propose_destroy_key($1, $2);

-- name: ca_roots
-- every root and what links them, the newest first: which root's key, what
-- (root, new_with_old, old_with_new), certificate
SELECT root, what, certificate FROM root_certificates();

-- name: root_update
-- $1 a root's certificate, or empty for the newest -> the root after it: by
-- itself, by the old one, and the old one by it
SELECT n.cert_der, l.new_with_old, l.old_with_new
  FROM root_link l JOIN issuer o ON o.id = l.old_id
  JOIN issuer n ON n.id = l.new_id
 WHERE coalesce($1::bytea, '') = '' OR sha256(o.cert_der) = sha256($1::bytea)
 ORDER BY l.new_id DESC LIMIT 1;

-- ---- the authority's

-- name: root_order
-- $1 proposal id -> the root that is to have a successor, and what it is called
-- there; is that done?
SELECT p.subject_id, p.subject_number, i.state <> 'active'
       OR EXISTS (SELECT FROM root_succession WHERE proposal_id = p.id)
  FROM proposal p JOIN issuer i ON i.id = p.subject_id
 WHERE p.id = $1::bigint AND p.act = 'ca_root_new';

-- name: root_retire_do
-- $1 root
SELECT root_retire($1::bigint);

-- name: root_link_add_do
-- $1 the old root, $2 the new one, $3 the old key certified by the new root, $4
-- the reverse
SELECT root_link_add($1, $2, $3, $4);

-- name: root_succession_add_do
-- $1 name of the request for the link, $2 the old root, $3 the new one's number,
-- $4 algorithm of its key, $5 proposal
SELECT root_succession_add($1, $2::bigint, $3::bigint, $4, $5::bigint);

-- name: root_succession
-- $1 a new root's number, or NULL: any -> the old root, the new one, algorithm,
-- serial number of the link that the old root signs, its range, its index, request
SELECT s.old_id, s.new_id, s.algorithm, r.serial, x.id, x.first, r.id
  FROM root_succession s
  JOIN ca_request r ON r.id = s.request_id AND r.state = 'pending'
  JOIN index_range x ON x.id = r.range_id
 WHERE coalesce(s.new_id = $1::bigint, true);

-- name: root_succession_keys
-- $1 a new root's number -> OCSP keys that it certifies, in order: id, name,
-- request
SELECT k.id, k.name, k.csr
  FROM root_succession s CROSS JOIN LATERAL unnest(s.ocsp_keys)
       WITH ORDINALITY o (id, ord)
  JOIN delegated_key k ON k.id = o.id
 WHERE s.new_id = $1::bigint
 ORDER BY o.ord;

-- name: root_succession_done_do
-- $1 request
SELECT root_succession_done($1::bigint);

-- name: root_by_certificate
-- $1 certificate -> the root
SELECT id FROM issuer WHERE role = 'root'
   AND sha256(cert_der) = sha256($1::bytea);

-- name: ca_key_order
-- $1 proposal id -> the CA whose key is to be destroyed, and what it is called there
SELECT p.subject_id, p.subject_number
  FROM proposal p WHERE p.id = $1::bigint AND p.act = 'ca_key_destroy';

-- name: ca_key_destroy_do
-- $1 number of the CA, on record before its key goes
SELECT ca_key_destroy($1::bigint);
