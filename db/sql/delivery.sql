-- What assay-notifier asks and tells.

-- name: delivery_claim_do
-- $1 how many -> one for each subscription that is due
SELECT subscription_id, number, url, message, body, failures,
       secret, old_secret
  FROM delivery_claim($1::int);

-- name: delivery_done_do
-- $1 subscription, $2 number, $3 status of HTTP
SELECT delivery_done($1::bigint, $2::bigint, $3::int);

-- name: delivery_failed_do
-- $1 subscription, $2 number, $3 status or NULL, $4 why, $5 wait (ms)
SELECT delivery_failed($1::bigint, $2::bigint, $3::int, $4, $5::int);
