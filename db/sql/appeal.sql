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
SELECT jsonb_build_object('appeals',
	coalesce(jsonb_agg(appeal_json(a) ORDER BY a.id DESC), '[]'))
  FROM (SELECT * FROM appeal
	 WHERE actor_sees(organisation_id)
	   AND ($1::text IS NULL OR state = $1)
	   AND ($2::text IS NULL OR id < (SELECT id FROM appeal
		WHERE number = $2))
	 ORDER BY id DESC LIMIT 100) a;

-- name: appeal_get
-- $1 number
SELECT appeal_whole_json(a) FROM appeal a
 WHERE a.number = $1 AND actor_sees(a.organisation_id);
