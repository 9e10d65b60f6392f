-- Who acts in this transaction.

-- name: actor_begin
-- $1 principal id
SELECT actor_begin($1::bigint);
