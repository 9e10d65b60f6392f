-- Audits of sites.

-- name: audit_plan_do
-- $1 site, $2 type, $3 scopes and $4 auditors (JSON arrays), $5 date -> JSON
SELECT audit_plan($1, $2,
	ARRAY(SELECT jsonb_array_elements_text($3::jsonb)),
	ARRAY(SELECT jsonb_array_elements_text($4::jsonb)), $5::date);

-- name: audit_start_do
-- $1 number -> JSON
SELECT audit_start($1);

-- name: audit_cancel_do
-- $1 number -> JSON
SELECT audit_cancel($1);

-- name: audit_report_do
-- $1 number, $2 result, $3 ended, $4 SHA-256 of the report,
-- $5 of other evidence (JSON array, hex), $6 summary -> JSON
SELECT audit_report($1, $2, $3::timestamptz, $4::bytea,
	ARRAY(SELECT decode(x, 'hex')
	    FROM jsonb_array_elements_text($5::jsonb) x), $6);

-- name: audit_confirm_do
-- $1 number -> JSON
SELECT audit_confirm($1);

-- name: audit_decide_do
-- $1 number, $2 result -> JSON of the proposal
SELECT audit_decide($1, $2);

-- name: audit_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT jsonb_build_object('audits',
	coalesce(jsonb_agg(audit_json(a) ORDER BY a.id DESC), '[]'))
  FROM (SELECT a.* FROM audit a JOIN site s ON s.id = a.site_id
	 WHERE actor_sees(s.organisation_id)
	   AND ($1::text IS NULL OR a.state = $1)
	   AND ($2::text IS NULL OR a.id < (SELECT id FROM audit
		WHERE number = $2))
	 ORDER BY a.id DESC LIMIT 100) a;

-- name: audit_get
-- $1 number; with what was found, and the minor findings of earlier audits that
-- it is to look at, or looked at when it was reported
SELECT audit_json(a) || jsonb_build_object(
	'findings', findings_of(a), 'carried', findings_carried(a),
	'proposals', proposals_on('audit', a.id),
	'history', history_json('audit', a.id))
  FROM audit a JOIN site s ON s.id = a.site_id
 WHERE a.number = $1 AND actor_sees(s.organisation_id);
