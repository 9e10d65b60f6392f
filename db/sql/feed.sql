-- The status feed (db/schema/360_feed.sql).

-- name: feed_due
SELECT feed_due();

-- name: feed_signer
-- $1 SubjectPublicKeyInfo -> its certificate that is good now, and its issuer's
SELECT c.der, i.cert_der
  FROM delegated_certificate c
  JOIN delegated_key k ON k.id = c.key_id
  JOIN issuer i ON i.id = c.issuer_id
 WHERE k.kind = 'feed' AND k.spki_der = $1::bytea
   AND c.not_before <= assay_now() AND c.not_after > assay_now()
 ORDER BY c.not_after DESC LIMIT 1;

-- name: feed_snapshot_do
-- First of its transaction: all that follows reads from one snapshot.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;

-- name: feed_make_do
-- $1 the arc of our object identifiers -> number, issued, next update, JSON
SELECT number, floor(extract(epoch FROM issued))::bigint,
       floor(extract(epoch FROM next_update))::bigint, content
  FROM feed_make($1);

-- name: feed_store_do
-- $1 number, $2 issued, $3 next update, $4 JWS
SELECT feed_store($1::bigint, $2, $3, $4);
