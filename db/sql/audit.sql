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
-- $1 number, $2 result, $3 ended, $4 SHA-256 of the report -> JSON
SELECT audit_confirm($1, $2, $4::bytea, $3::timestamptz);

-- name: audit_decide_do
-- $1 number, $2 result -> JSON of the proposal
SELECT audit_decide($1, $2);

-- name: audit_list
-- $1 in which state, $2 before which number, $3 of which organisation, $4 site,
-- $5 type, or NULL; newest first
SELECT list_json('audits', 'audit', '{number}', ARRAY(
	SELECT a.id FROM audit a JOIN site s ON s.id = a.site_id
	 WHERE ($1::text IS NULL OR a.state = $1)
	   AND ($2::text IS NULL OR a.id < (SELECT id FROM audit
		WHERE number = $2))
	   AND ($3::text IS NULL OR s.organisation_id = (SELECT organisation_named($3)))
	   AND ($4::text IS NULL OR s.handle = $4)
	   AND ($5::text IS NULL OR a.type = $5)
	 ORDER BY a.id DESC LIMIT 101));

-- name: audit_get
-- $1 number; with what was found, and the minor findings of earlier audits that
-- it is to look at, or looked at when it was reported
SELECT shown_whole('audit', id) || jsonb_build_object(
	'proposals', proposals_on('audit', id),
	'history', history_json('audit', id))
  FROM audit WHERE number = $1;
