-- The register of certificates.

-- name: certificate_now
-- -> the time, in microseconds
SELECT (extract(epoch FROM assay_now()) * 1000000)::bigint;

-- name: certificate_copy
COPY certificate (issuer_id, index, profile, serial, der, der_sha256,
       spki_sha256, device_id, lot_id, coc_id, not_before, issued, template_id,
       point, binding, signature)
  FROM STDIN (FORMAT binary);

-- name: certificate_template_do
-- $1 digest, $2 pieces, $3 octets, $4 seconds that it lasts, 0: endless, $5 the
-- CoC's id -> id
WITH fresh AS (
	INSERT INTO certificate_template (digest, pieces, octets, lasts, coc_id)
	VALUES ($1::bytea, $2::bytea[], $3::int, nullif($4::bigint, 0),
	    $5::bigint)
	ON CONFLICT (digest) DO NOTHING
	RETURNING id
)
SELECT id FROM fresh
 UNION ALL
SELECT id FROM certificate_template WHERE digest = $1::bytea
   AND coc_id = $5::bigint
 LIMIT 1;

