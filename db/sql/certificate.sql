-- The register of certificates.

-- name: certificate_now
-- -> the time, in microseconds
SELECT (extract(epoch FROM assay_now()) * 1000000)::bigint;

-- name: certificate_copy
COPY certificate (issuer_id, index, profile, serial, der, der_sha256,
       spki_sha256, device_id, lot_id, coc_id, not_before, issued)
  FROM STDIN (FORMAT binary);

