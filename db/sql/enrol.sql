-- Requests that come one at a time, into open lots.

-- name: enrol_by_supplier_do
-- $1 lot, $2 device, $3 SHA-256 of the key, $4 request, $5 TrE, $6 TAC, $7 proof
SELECT e ->> 'lot', (e ->> 'row')::int
  FROM enrol_by_supplier($1, $2, $3::bytea, $4::bytea, $5, $6, $7::bytea) e;

-- name: enrol_by_secret_do
-- $1 lot, $2 device, $3 SHA-256 of DEVICE:SECRET, $4 SHA-256 of the key,
-- $5 request, $6 TrE, $7 TAC, $8 proof
SELECT e ->> 'lot', (e ->> 'row')::int
  FROM enrol_by_secret($1, $2, $3::bytea, $4::bytea, $5::bytea, $6, $7,
       $8::bytea) e;

-- name: enrol_by_device_do
-- $1 lot, $2 SHA-256 of the certificate, $3 SHA-256 of the key, $4 request,
-- $5 proof
SELECT e ->> 'lot', (e ->> 'row')::int
  FROM enrol_by_device($1, $2::bytea, $3::bytea, $4::bytea, $5::bytea) e;

-- name: enrol_result
-- $1 lot, $2 row, $3 SHA-256 of its key
SELECT state, coalesce(reason, ''), coalesce(detail, ''), certificate, issuer
  FROM enrol_result($1, $2::int, $3::bytea);

-- name: enrol_cas
-- $1 lot
SELECT kind, certificate FROM enrol_cas($1);

-- name: enrol_renewed_do
-- $1 lot id, $2 row
SELECT enrol_renewed($1::bigint, $2::int);

-- name: enrol_by_factory_do
-- $1 lot, $2 device, $3 SHA-256 of the factory's certificate, $4 SHA-256 of the
-- key, $5 request, $6 TrE, $7 TAC, $8 proof
SELECT e ->> 'lot', (e ->> 'row')::int
  FROM enrol_by_factory($1, $2, $3::bytea, $4::bytea, $5::bytea, $6, $7,
       $8::bytea) e;
