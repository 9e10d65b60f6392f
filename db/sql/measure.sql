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
-- $1 in which state, $2 before which number, $3 of which kind, $4 on which kind
-- of scope, $5 on which scope, or NULL; newest first
SELECT list_json('measures', 'measure', '{number}', ARRAY(
	SELECT m.id FROM measure m
	 WHERE ($1::text IS NULL OR m.state = $1)
	   AND ($2::text IS NULL OR m.id < (SELECT id FROM measure
		WHERE number = $2))
	   AND ($3::text IS NULL OR m.kind = $3)
	   AND ($4::text IS NULL OR m.scope_kind = $4)
	   AND ($5::text IS NULL OR m.scope_number = $5)
	 ORDER BY m.id DESC LIMIT 101));

-- name: measure_get
SELECT shown_whole('measure', id) FROM measure WHERE number = $1;

-- name: clock_tick_do
-- All that is due by the clock: how many changes.
SELECT CASE WHEN abs(clock_wall() - $1::bigint) <= 600 THEN clock_tick() ELSE 0 END;
