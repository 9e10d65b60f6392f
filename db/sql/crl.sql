-- What the authority's CRLs are made of (db/schema/303_crl.sql).

-- name: crl_due
-- $1 $2 $3 indexes a shard of the root, the access CA, issuing CAs (0: all),
-- $4 seconds after which one is renewed, $5 $6 up to how many certificates the
-- access CA and issuing CAs have a complete one -> issuer, shard
SELECT issuer_id, shard
  FROM crl_due($1::bigint, $2::bigint, $3::bigint,
       make_interval(secs => $4::bigint), $5::bigint, $6::bigint);

-- name: crl_facts
-- $1 issuer, $2 shard -> role, certificate, last event, now, number and event
-- that a delta begins at; 0 behind a restore: at itself
SELECT i.role, i.cert_der, h.last,
       floor(extract(epoch FROM clock_steady()))::bigint,
       CASE WHEN c.base_event < crl_restored() THEN 0
	   ELSE coalesce(c.base_number, 0) END, coalesce(c.base_event, 0)
  FROM status_head h
  JOIN issuer i ON i.id = $1
  LEFT JOIN crl c ON c.issuer_id = i.id AND c.shard = $2;

-- name: crl_number_take_do
-- $1 issuer, $2 shard, $3 the least -> a number that nobody else has or had
SELECT crl_number_take($1::bigint, $2::bigint, $3::bigint);

-- name: crl_snapshot_do
-- All that follows in this transaction sees the same moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;

-- name: crl_row_open_do
-- $1 issuer, $2 first index, $3 last index: what the CRL lists, to be fetched
DECLARE crl_row NO SCROLL CURSOR FOR
SELECT first, count, serial, reason, floor(extract(epoch FROM since))::bigint,
       coalesce(floor(extract(epoch FROM invalidity))::bigint, 0)
  FROM crl_rows($1::bigint, $2::bigint, $3::bigint);

-- name: crl_row_fetch_do
-- -> first index, how many (0: one by itself), serial, reason, since, invalidity
FETCH 4096 FROM crl_row;

-- name: crl_row_close_do
CLOSE crl_row;

-- name: crl_touched_open_do
-- $1 issuer, $2 first index, $3 last index, $4 event: about which something was
-- said after that event, to be fetched
DECLARE crl_touched NO SCROLL CURSOR FOR
SELECT first, count, floor(extract(epoch FROM at))::bigint
  FROM crl_touched($1::bigint, $2::bigint, $3::bigint, $4::bigint);

-- name: crl_touched_fetch_do
-- -> first index, how many, when
FETCH 4096 FROM crl_touched;

-- name: crl_touched_close_do
CLOSE crl_touched;

-- name: crl_entry_each
-- $1 issuer, $2 first index, $3 last index -> what the CRL lists
SELECT serial, reason, floor(extract(epoch FROM since))::bigint,
       coalesce(floor(extract(epoch FROM invalidity))::bigint, 0)
  FROM crl_entries($1::bigint, $2::bigint, $3::bigint);

-- name: crl_store_do
-- $1 issuer, $2 shard, $3 number, $4 event, $5 this, $6 next, $7 path, $8 DER (or how it
-- begins) -> publication
SELECT crl_store($1, $2, $3, $4, $5, $6, $7, $8);

-- name: crl_place_do
-- $1 path, $2 DER (or how it begins), $3 next update -> publication
SELECT crl_place($1, $2::bytea, $3);

-- name: crl_place_more_do
-- $1 publication of this transaction, $2 how its DER goes on
SELECT crl_place_more($1::bigint, $2::bytea);
