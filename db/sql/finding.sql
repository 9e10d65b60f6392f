-- Findings of audits.

-- name: finding_new_do
-- $1 audit, $2 scope, $3 severity, $4 rule or NULL, $5 text -> JSON
SELECT finding_new($1, $2, $3, $4, $5);

-- name: finding_amend_do
-- $1 number, $2 scope, $3 severity, $4 rule or NULL, $5 text -> JSON
SELECT finding_amend($1, $2, $3, $4, $5);

-- name: finding_respond_do
-- $1 number, $2 text, $3 evidence (JSON array, hex) -> JSON
SELECT finding_respond($1, $2, ARRAY(SELECT decode(x, 'hex')
	FROM jsonb_array_elements_text($3::jsonb) x));

-- name: finding_plan_do
-- $1 number, $2 text, $3 day -> JSON
SELECT finding_plan($1, $2, $3::date);

-- name: finding_judge_plan_do
-- $1 number, $2 accepted or rejected, $3 reason or NULL -> JSON
SELECT finding_judge_plan($1, $2, $3);

-- name: finding_close_do
-- $1 number, $2 evidence (JSON array, hex) -> JSON
SELECT finding_close($1, ARRAY(SELECT decode(x, 'hex')
	FROM jsonb_array_elements_text($2::jsonb) x));

-- name: finding_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('findings', 'finding', '{number}', ARRAY(
	SELECT f.id FROM finding f
	 WHERE ($1::text IS NULL OR f.state = $1)
	   AND ($2::text IS NULL OR f.id < (SELECT id FROM finding
		WHERE number = $2))
	 ORDER BY f.id DESC LIMIT 101));

-- name: finding_get
-- $1 number
SELECT shown_whole('finding', id) FROM finding WHERE number = $1;
