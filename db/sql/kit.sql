-- The offline kit (db/schema/505_kit.sql).

-- name: kit_due
SELECT due, needs_full FROM kit_due();

-- name: kit_snapshot_do
-- First of its transaction: all that follows reads from one snapshot.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;

-- name: kit_begin
-- -> number, link, event of the one before, event, now, next update, lots,
-- whether they are the same as before
SELECT number, link, coalesce(since_event, 0), event,
       floor(extract(epoch FROM now))::bigint,
       floor(extract(epoch FROM next_update))::bigint, lots::text,
       coalesce(same_lots, false)
  FROM kit_begin();

-- name: kit_issuers
SELECT id, key_id, sha256, standing, delegated, next_index FROM kit_issuers();

-- name: kit_states
-- $1 issuer, $2 first, $3 last, $4 covered -> first, count, class, late
SELECT first, count, class, late
  FROM kit_states($1::bigint, $2::bigint, $3::bigint, $4);

-- name: kit_changes
-- $1 after that event, $2 how many at most and one more -> issuer, first,
-- count, class, serial
SELECT issuer_id, first, count, class, serial
  FROM kit_changes($1::bigint, $2::bigint);

-- name: kit_serials
-- $1 issuer, $2 first, $3 last -> index, serial
SELECT index, serial FROM kit_serials($1::bigint, $2::bigint, $3::bigint);

-- name: kit_models
SELECT handle, organisation, platform, facts, windows FROM kit_models();

-- name: kit_sites
SELECT coc, windows FROM kit_sites();

-- name: kit_measures
SELECT scope_kind, scope, measure FROM kit_measures();

-- name: kit_cohorts
SELECT scope_kind, scope FROM kit_cohorts();

-- name: kit_store_do
-- $1 number, $2 anew, $3 issued, $4 next update, $5 covered, $6 event, $7 lots,
-- $8 delta
SELECT kit_store($1::bigint, $2::bool, $3, $4, $5, $6::bigint,
    $7::text::bigint[], $8::bytea);

-- name: kit_full_store_do
-- $1 number, $2 full snapshot
SELECT kit_full_store($1::bigint, $2::bytea);
