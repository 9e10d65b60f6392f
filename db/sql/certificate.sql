-- The register of certificates.

-- name: certificate_copy
COPY certificate (issuer_id, index, profile, serial, der, der_sha256,
       spki_sha256, device_id, lot_id, coc_id, not_before)
  FROM STDIN (FORMAT binary);

