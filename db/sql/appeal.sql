-- Appeals against measures.

-- name: appeal_file_do
-- $1 measure, $2 ground, $3 SHA-256 of evidence (JSON array, hex)
SELECT appeal_file($1, $2, ARRAY(SELECT decode(x, 'hex')
	FROM jsonb_array_elements_text($3::jsonb) x));

-- name: appeal_withdraw_do
-- $1 number
SELECT appeal_withdraw($1);

-- name: appeal_propose_decide_do
-- $1 number, $2 verdict, $3 reason
SELECT appeal_propose_decide($1, $2, $3);

-- name: appeal_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('appeals', 'appeal', '{number}', ARRAY(
	SELECT a.id FROM appeal a
	 WHERE ($1::text IS NULL OR a.state = $1)
	   AND ($2::text IS NULL OR a.id < (SELECT id FROM appeal
		WHERE number = $2))
	 ORDER BY a.id DESC LIMIT 101));

-- name: appeal_get
-- $1 number
SELECT shown_whole('appeal', id) FROM appeal WHERE number = $1;
