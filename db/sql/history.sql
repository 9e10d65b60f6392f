-- What was, by name and by two times.

-- name: history_answer
-- $1 subject, $2 as of, $3 known at: times as people write them, or NULL for
-- now -> JSON
SELECT history_answer($1, $2, $3);
