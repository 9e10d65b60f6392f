-- Who acts in this transaction.

-- name: actor_begin
-- $1 principal id
SELECT actor_begin($1::bigint);

-- name: statement_add
-- $1 address, $2 body, $3 JWS -> id.  A statement that was used is refused.
SELECT statement_add($1, $2::bytea, $3);
