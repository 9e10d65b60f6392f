-- Time-stamps of receipts.

-- name: receipt_stamp_next_do
-- id and leaves of what is to be stamped, if anything is
SELECT id, leaves FROM receipt_stamp_next();

-- name: receipt_stamp_add_do
-- $1 id, $2 token, $3 its time
SELECT receipt_stamp_add($1::bigint, $2::bytea, $3::timestamptz);

-- name: receipt_stamp_of
-- $1 decision, or what was said of a standing -> leaves, token, of the stamp that
-- its receipt is in, the oldest.  A database that was loaded from a dump counts
-- transactions anew, so their numbers alone do not say which that is.
SELECT s.leaves, t.token
  FROM (SELECT coalesce(a.xact, d.xact) AS xact,
	    coalesce(a.receipt, d.receipt) AS receipt FROM decision d
	LEFT JOIN decision_batch_answer a ON a.batch_id = d.batch_id
	WHERE d.id = $1::uuid
    UNION ALL SELECT xact, receipt FROM standing WHERE id = $1::uuid) x
  JOIN receipt_stamp s ON x.xact >= s.first AND x.xact < s.behind
  JOIN receipt_stamp_token t ON t.stamp_id = s.id
 WHERE position(pg_catalog.sha256(decode('00', 'hex') || convert_to(
	x.receipt, 'UTF8'))
    IN s.leaves) > 0
 ORDER BY s.id LIMIT 1;
