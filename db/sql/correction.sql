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
SELECT list_json('corrections', 'correction', '{number}', ARRAY(
	SELECT c.id FROM correction c
	 WHERE ($1::text IS NULL OR c.state = $1)
	   AND ($2::text IS NULL OR c.id < (SELECT id FROM correction
		WHERE number = $2))
	 ORDER BY c.id DESC LIMIT 101));

-- name: correction_get
-- $1 number
SELECT shown('correction', id) || jsonb_build_object(
	'proposals', proposals_on('correction', id),
	'history', history_json('correction', id))
  FROM correction WHERE number = $1;
