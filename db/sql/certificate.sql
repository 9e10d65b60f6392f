-- The register of certificates.

-- name: bulk_begin_do
-- -> the time, in microseconds.  The authority's plans are made anew for each
-- statement; for those of foreign keys that would be for each row.
SELECT (extract(epoch FROM assay_now()) * 1000000)::bigint,
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_seqscan', 'off', true);

-- name: certificate_copy
COPY certificate (issuer_id, index, profile, serial, der, der_sha256,
       spki_sha256, device_id, lot_id, coc_id, not_before, issued)
  FROM STDIN (FORMAT binary);

