-- What the authority's CRLs are made of (db/schema/304_publication.sql).

-- name: crl_due
-- $1 $2 $3 indexes a shard of the root, the access CA, issuing CAs (0: all),
-- $4 seconds after which one is renewed -> issuer, shard
SELECT issuer_id, shard
  FROM crl_due($1::bigint, $2::bigint, $3::bigint,
       make_interval(secs => $4::bigint));

-- name: crl_facts
-- $1 issuer, $2 shard -> role, certificate, last number, last event, now
SELECT i.role, i.cert_der, coalesce(c.number, 0), h.last,
       floor(extract(epoch FROM assay_now()))::bigint
  FROM status_head h
  JOIN issuer i ON i.id = $1
  LEFT JOIN crl c ON c.issuer_id = i.id AND c.shard = $2;

-- name: crl_entry_each
-- $1 issuer, $2 first index, $3 last index -> what the CRL lists
SELECT serial, reason, floor(extract(epoch FROM since))::bigint,
       coalesce(floor(extract(epoch FROM invalidity))::bigint, 0)
  FROM crl_entries($1::bigint, $2::bigint, $3::bigint);

-- name: crl_store_do
-- $1 issuer, $2 shard, $3 number, $4 event, $5 this, $6 next, $7 path, $8 DER
SELECT crl_store($1, $2, $3, $4, $5, $6, $7, $8);
