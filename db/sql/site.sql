-- Sites and the scopes that each is accredited for.

-- name: site_new_do
-- $1 handle, $2 organisation, $3 name, $4 country, $5 address,
-- $6 scopes (JSON array) -> JSON
SELECT site_new($1, $2, $3, $4, $5,
	ARRAY(SELECT jsonb_array_elements_text($6::jsonb)));

-- name: site_suspend_do
-- $1 handle, $2 scope or NULL for all, $3 reason -> JSON
SELECT site_suspend($1, $2, $3);

-- name: site_withdraw_do
-- $1 handle, $2 scope or NULL for all, $3 reason -> JSON
SELECT site_withdraw($1, $2, $3);

-- name: site_reinstate_do
-- $1 handle, $2 scope or NULL for all, $3 reason -> JSON of the proposal
SELECT site_reinstate($1, $2, $3);

-- name: site_list
-- $1 with a scope in this state, $2 before which handle, $3 of which
-- organisation, $4 how handle or name begins, or NULL; newest first
SELECT list_json('sites', 'site', '{handle}', ARRAY(
	SELECT s.id FROM site s
	 WHERE ($1::text IS NULL OR EXISTS (SELECT FROM site_scope x
		WHERE x.site_id = s.id AND x.state = $1))
	   AND ($2::text IS NULL OR s.id < (SELECT id FROM site
		WHERE handle = $2))
	   AND ($3::text IS NULL OR s.organisation_id = (SELECT organisation_named($3)))
	   AND ($4::text IS NULL OR starts_with(s.handle, lower($4))
		OR starts_with(lower(s.name), lower($4)))
	 ORDER BY s.id DESC LIMIT 101));

-- name: site_get
-- $1 handle; with every audit that it ever had
SELECT shown('site', s.id) || jsonb_build_object('audits', (SELECT
	coalesce(jsonb_agg(jsonb_build_object('number', a.number,
	    'type', a.type, 'state', a.state, 'result', a.result,
	    'scopes', a.scopes) ORDER BY a.id), '[]')
	FROM audit a WHERE a.site_id = s.id))
  FROM site s WHERE s.handle = $1;
