-- What TrEs have signed about themselves.

-- name: tamper_report_signer
-- $1 SHA-256 of a certificate -> it, if it is a TrE's of the register
SELECT tamper_report_signer($1::bytea);

-- name: tamper_report_add_do
-- $1 SHA-256 of the certificate, $2 seq, $3 when signed, $4 what, $5 detail or
-- NULL, $6 the report -> JSON
SELECT tamper_report_add($1::bytea, $2::bigint, $3::timestamptz, $4, $5, $6);
