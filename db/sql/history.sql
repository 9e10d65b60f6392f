-- What was, by name and by two times.

-- name: history_answer
-- $1 subject, $2 as of, $3 known at: times as people write them, or NULL for
-- now -> JSON
SELECT history_answer($1, $2, $3);

-- name: standing_answer
-- $1 subject, $2 as of, $3 known at -> what held, as JSON; the clock
SELECT standing_answer($1, $2, $3)::text,
    floor(extract(epoch FROM assay_now()))::bigint;

-- name: standing_add_do
-- $1 id, $2 receipt, $3 signer
SELECT standing_add($1::uuid, $2, $3::bigint);
