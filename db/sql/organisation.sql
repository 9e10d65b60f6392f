-- Organisations.

-- name: organisation_new_do
-- $1 handle, $2 name, $3 country, $4 kind, $5 what it makes (JSON array),
-- $6 may it ask platform_only -> JSON
SELECT organisation_new($1, $2, $3, $4,
	ARRAY(SELECT jsonb_array_elements_text($5::jsonb)), $6::bool);

-- name: organisation_propose_do
-- $1 handle, $2 act -> JSON of the proposal
SELECT organisation_propose($1, $2);

-- name: organisation_set_state_do
-- $1 handle, $2 suspended or terminated -> JSON
SELECT organisation_set_state($1, $2);

-- name: organisation_list
-- $1 in which state, $2 before which handle, or NULL; newest first
SELECT jsonb_build_object('organisations',
	coalesce(jsonb_agg(organisation_json(o) ORDER BY o.id DESC), '[]'))
  FROM (SELECT o.* FROM organisation o
	 WHERE (actor_sees(o.id) OR o.kind = 'body')
	   AND ($1::text IS NULL OR o.state = $1)
	   AND ($2::text IS NULL OR o.id < (SELECT id FROM organisation
		WHERE handle = $2))
	 ORDER BY o.id DESC LIMIT 100) o;

-- name: organisation_get
-- $1 handle
SELECT organisation_json(o) || jsonb_build_object(
	'proposals', proposals_on('organisation', o.id),
	'history', history_json('organisation', o.id))
  FROM organisation o
 WHERE o.handle = $1 AND (actor_sees(o.id) OR o.kind = 'body');
