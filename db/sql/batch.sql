-- Batches of decisions.

-- name: decision_batch_begin_do
-- $1 batch, $2 SHA-256 of what was sent, $3 size, $4 purpose, $5 challenge ->
-- its id, when it came in first, is it decided
SELECT id, received, decided FROM decision_batch_begin($1::uuid, $2::bytea,
    $3::int, $4, $5::bytea);

-- name: decision_batch_hold_do
-- $1 id, $2 how many of the operator's may be judged at a time -> is it still to
-- be judged?
SELECT decision_batch_hold($1::bigint, $2::int);

-- name: decision_batch_add_do
SELECT decision_batch_add($1::bigint, $2::int, $3::text[]::uuid[],
    $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
    $10::bytea[], $11::bigint, $12::text[], $13::bigint, $14::bigint[],
    $15::text[]);

-- name: decision_batch_end_do
SELECT decision_batch_end($1::bigint, $2::int, $3::int, $4::int, $5::bigint,
    $6::bytea, $7, $8::bigint);

-- name: decision_batch_get
-- $1 batch, $2 from which item on, $3 of which operator, or NULL -> what is said of it
-- as a whole, its id, its size, its leaves where it is decided; the newest, where
-- several operators call theirs the same
SELECT jsonb_strip_nulls(jsonb_build_object('batch', b.batch,
    'operator', o.handle, 'purpose', b.purpose, 'size', b.size, 'state',
    CASE WHEN a.batch_id IS NULL THEN 'received' ELSE 'decided' END,
    'permit', a.permit, 'refuse', a.refuse, 'indeterminate', a.indeterminate,
    'received', json_time(b.received), 'from', $2::int, 'receipt', a.receipt)),
    b.id, b.size, a.leaves
  FROM decision_batch b
  JOIN organisation o ON o.id = b.organisation_id
  LEFT JOIN decision_batch_answer a ON a.batch_id = b.id
 WHERE b.batch = $1::uuid AND ($3::text IS NULL OR o.handle = $3)
 ORDER BY b.id DESC LIMIT 1;

-- name: decision_batch_items
-- $1 its id, $2 from which item on -> index, the leaf; 1000 of them
SELECT batch_index, receipt FROM decision
 WHERE batch_id = $1::bigint AND batch_index >= $2::int
 ORDER BY batch_index LIMIT 1000;
