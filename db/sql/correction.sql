-- Corrections that suppliers report of corrective actions.

-- name: correction_report_do
-- $1 measure, $2 what was done, $3 SHA-256 of evidence (JSON array, hex)
SELECT correction_report($1, $2, ARRAY(SELECT decode(x, 'hex')
	FROM jsonb_array_elements_text($3::jsonb) x));

-- name: correction_confirm_do
-- $1 number, $2 reason
SELECT correction_confirm($1, $2);

-- name: correction_reject_do
-- $1 number, $2 reason
SELECT correction_reject($1, $2);

-- name: correction_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT jsonb_build_object('corrections',
	coalesce(jsonb_agg(correction_json(c) ORDER BY c.id DESC), '[]'))
  FROM (SELECT c.* FROM correction c JOIN measure m ON m.id = c.measure_id
	 WHERE actor_sees(measure_organisation(m))
	   AND ($1::text IS NULL OR c.state = $1)
	   AND ($2::text IS NULL OR c.id < (SELECT id FROM correction
		WHERE number = $2))
	 ORDER BY c.id DESC LIMIT 100) c;

-- name: correction_get
-- $1 number
SELECT correction_json(c) || jsonb_build_object(
	'proposals', proposals_on('correction', c.id),
	'history', history_json('correction', c.id))
  FROM correction c JOIN measure m ON m.id = c.measure_id
 WHERE c.number = $1 AND actor_sees(measure_organisation(m));
