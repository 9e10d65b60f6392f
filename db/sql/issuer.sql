-- Certification authorities of ours, and the index ranges that they reserve.

-- name: issuer_get
-- $1 issuer id
SELECT i.id, i.role, coalesce(i.organisation_id, 0), coalesce(o.handle, ''),
       coalesce(o.name, ''), coalesce(o.country, ''), i.cert_der, i.spki_der,
       i.key_id, i.next_index, coalesce(i.root_id, 0),
       i.offline OR i.key_destroyed IS NOT NULL, i.delegated
  FROM issuer i LEFT JOIN organisation o ON o.id = i.organisation_id
 WHERE i.id = $1::bigint;

-- name: issuer_find
-- $1 role, $2 organisation id or 0 -> the active one's id
SELECT id FROM issuer
 WHERE role = $1 AND coalesce(organisation_id, 0) = $2::bigint
   AND state = 'active' AND NOT delegated;

-- name: issuer_of_lot
-- $1 lot id -> whose certificates it has, or will have; NULL: there is none yet
SELECT lot_issuer($1::bigint);

-- name: issuer_missing
-- -> role, organisation, its country and name, of CAs that somebody waits for
SELECT role, organisation_id, country, name FROM issuer_missing();

-- name: issuer_next_id_do
-- $1 role: the first access CA has a number of its own
SELECT CASE WHEN $1 = 'access' AND NOT EXISTS (SELECT FROM issuer
       WHERE id = 2) THEN 2 ELSE nextval('issuer_id') END;

-- name: issuer_insert
-- $1 id, $2 role, $3 organisation id or NULL, $4 cert, $5 subject, $6 spki,
-- $7 key id, $8 first free index, $9 its root's id or NULL, $10 algorithm,
-- $11 not before, $12 not after, $13 is its key on no machine
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der,
       key_id, next_index, root_id, algorithm, not_before, not_after,
       offline)
VALUES ($1::bigint, $2, $3::bigint, $4::bytea, $5::bytea, $6::bytea,
       $7::bytea, $8::bigint, $9::bigint, $10, $11, $12, $13::bool);

-- name: range_reserve_do
-- $1 issuer id, $2 count, $3 lot id or NULL, $4 is it for what a CA does to its
-- end (OCSP) -> range id, first index.  A retired CA ends the lots that it has
-- begun, and issues nothing else
WITH taken AS (
	UPDATE issuer SET next_index = next_index + $2::bigint
	 WHERE id = $1::bigint AND (state = 'active' OR $4::bool OR
	       id = lot_issuer($3::bigint))
	RETURNING id, next_index - $2::bigint AS first
)
INSERT INTO index_range (issuer_id, first, count, lot_id)
SELECT id, first, $2::bigint, $3::bigint FROM taken
RETURNING id, first;

-- name: range_set_issued
-- $1 range id -> one row, or none if it is void by now
UPDATE index_range SET state = 'issued'
 WHERE id = $1::bigint AND state = 'reserved'
RETURNING id;

-- name: range_reserved
-- What an authority that died had reserved and not issued; not what waits for a
-- ceremony.
SELECT id, issuer_id, first, count FROM index_range r
 WHERE state = 'reserved' AND NOT EXISTS (SELECT FROM ca_request
       WHERE range_id = r.id AND state = 'pending')
 ORDER BY id;

-- name: range_void_do
-- $1 range id, $2 issuer id, $3 first, $4 count
WITH gone AS (
	UPDATE index_range SET state = 'void'
	 WHERE id = $1::bigint AND state = 'reserved'
	RETURNING id
)
SELECT status_void($2::bigint, $3::bigint, $4::bigint) FROM gone;

-- name: status_issued_do
-- $1 issuer id, $2 first, $3 count, $4 lot id or NULL -> event id
SELECT status_issued($1::bigint, $2::bigint, $3::bigint, $4::bigint);
