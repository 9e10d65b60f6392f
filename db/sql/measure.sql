-- Measures.

-- name: measure_propose_do
-- $1 kind, $2 kind of scope, $3 scope, $4 legal basis, $5 emergency
SELECT measure_propose($1, $2, $3, $4, $5::bool);

-- name: measure_confirm_do
-- $1 number, $2 reason or NULL
SELECT measure_confirm($1, $2);

-- name: measure_propose_lift_do
-- $1 number, $2 reason
SELECT measure_propose_lift($1, $2);

-- name: measure_list
SELECT jsonb_build_object('measures',
	coalesce(jsonb_agg(measure_json(m) ORDER BY m.id), '[]'))
FROM measure m;

-- name: measure_get
SELECT measure_whole_json(m)
FROM measure m WHERE m.number = $1;

-- name: clock_tick_do
-- All that is due by the clock: how many changes, and when the next is due
-- (seconds since 1970, NULL: never).
SELECT changes, ceil(extract(epoch FROM next_due))::bigint FROM clock_tick();
