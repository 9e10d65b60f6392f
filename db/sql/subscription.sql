-- Webhooks.

-- name: subscription_new_do
-- $1 url, $2 topics (JSON array) or NULL, $3 secret
SELECT subscription_new($1, CASE WHEN $2::text IS NOT NULL THEN
	ARRAY(SELECT jsonb_array_elements_text($2::jsonb)) END, $3::bytea);

-- name: subscription_rotate_do
-- $1 number, $2 secret
SELECT subscription_rotate($1, $2::bytea);

-- name: subscription_pause_do
-- $1 number
SELECT subscription_pause($1);

-- name: subscription_resume_do
-- $1 number
SELECT subscription_resume($1);

-- name: subscription_remove_do
-- $1 number
SELECT subscription_remove($1);

-- name: subscription_test_do
-- $1 number
SELECT subscription_test($1);

-- name: subscription_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT subscription_list($1, $2);

-- name: subscription_get
-- $1 number
SELECT subscription_get($1);
