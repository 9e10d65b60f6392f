-- Notices.

-- name: notice_list
-- $1 after, $2 before which number, $3 topic or its first word, or NULL
SELECT notice_list($1::bigint, $2::bigint, $3);
