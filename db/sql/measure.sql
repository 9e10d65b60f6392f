-- Measures.

-- name: measure_propose_do
-- $1 terms, as they were signed (JSON)
SELECT measure_propose($1::jsonb);

-- name: measure_confirm_do
-- $1 number, $2 reason or NULL
SELECT measure_confirm($1, $2);

-- name: measure_adopt_do
-- $1 number, $2 terms, as they were signed (JSON)
SELECT measure_adopt($1, $2::jsonb);

-- name: measure_propose_dismiss_do
-- $1 number, $2 reason
SELECT measure_propose_dismiss($1, $2);

-- name: measure_propose_lift_do
-- $1 number, $2 reason
SELECT measure_propose_lift($1, $2);

-- name: measure_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT jsonb_build_object('measures',
	coalesce(jsonb_agg(measure_json(m) ORDER BY m.id DESC), '[]'))
  FROM (SELECT * FROM measure
	 WHERE ($1::text IS NULL OR state = $1)
	   AND ($2::text IS NULL OR id < (SELECT id FROM measure
		WHERE number = $2))
	 ORDER BY id DESC LIMIT 100) m;

-- name: measure_get
SELECT measure_whole_json(m)
FROM measure m WHERE m.number = $1;

-- name: clock_tick_do
-- All that is due by the clock: how many changes, and when the next is due
-- (seconds since 1970, NULL: never).
SELECT changes, ceil(extract(epoch FROM next_due))::bigint FROM clock_tick();
