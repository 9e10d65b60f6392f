-- Organisations.

-- name: organisation_new_do
-- $1 handle, $2 name, $3 country, $4 kind, $5 what it makes (JSON array),
-- $6 may it ask platform_only -> JSON
SELECT organisation_new($1, $2, $3, $4,
	ARRAY(SELECT jsonb_array_elements_text($5::jsonb)), $6::bool);

-- name: organisation_propose_do
-- $1 handle, $2 act -> JSON of the proposal
SELECT organisation_propose($1, $2);

-- name: organisation_suspend_do
-- $1 handle, $2 reason -> JSON
SELECT organisation_set_state($1, 'suspended', $2);

-- name: organisation_terminate_do
-- $1 handle, $2 reason -> JSON
SELECT organisation_set_state($1, 'terminated', $2);

-- name: organisation_list
-- $1 in which state, $2 before which handle, $3 of which kind, $4 how handle or
-- name begins, or NULL; newest first
SELECT list_json('organisations', 'organisation', '{handle}', ARRAY(
	SELECT o.id FROM organisation o
	 WHERE ($1::text IS NULL OR o.state = $1)
	   AND ($2::text IS NULL OR o.id < (SELECT id FROM organisation
		WHERE handle = $2))
	   AND ($3::text IS NULL OR o.kind = $3)
	   AND ($4::text IS NULL OR starts_with(o.handle, lower($4))
		OR starts_with(lower(o.name), lower($4)))
	 ORDER BY o.id DESC LIMIT 101));

-- name: organisation_get
-- $1 handle
SELECT shown('organisation', id) || jsonb_build_object(
	'proposals', proposals_on('organisation', id),
	'history', history_json('organisation', id))
  FROM organisation WHERE handle = $1;
