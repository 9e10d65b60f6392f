-- Custody: whose subscription is in a device.

-- name: decision_confirm_do
-- $1 decision, $2 reference, $3 locked until, or NULL -> JSON of the custody
SELECT decision_confirm($1::uuid, $2, $3::timestamptz);

-- name: custody_list
-- $1 in which state, $2 before which (its name), $3 of which device (KIND/ID), $4
-- operator, or NULL; newest first
WITH asked AS MATERIALIZED (
	SELECT CASE WHEN $1::text IS NULL
	    THEN '{held,disputed,moved,released}' ELSE ARRAY[$1] END AS states,
	    CASE WHEN $2::uuid IS NULL THEN 'infinity' ELSE (SELECT since
		FROM custody WHERE name = $2) END AS since,
	    CASE WHEN $2::uuid IS NULL THEN 0 ELSE (SELECT id
		FROM custody WHERE name = $2) END AS id)
SELECT list_json('custody', 'custody', '{custody}', ARRAY(SELECT id FROM (
	SELECT c.* FROM asked a CROSS JOIN unnest(a.states) s
	 CROSS JOIN LATERAL (SELECT c.since, c.id FROM custody c
	    WHERE c.state = s
	      AND (c.since, c.id) < (a.since, a.id)
	    ORDER BY c.since DESC, c.id DESC LIMIT 101) c
	 WHERE (SELECT actor_is_body()) AND $3::text IS NULL
	   AND $4::text IS NULL
	UNION ALL
	SELECT c.* FROM asked a CROSS JOIN organisation o
	 CROSS JOIN unnest(a.states) s
	 CROSS JOIN LATERAL (SELECT c.since, c.id FROM custody c
	    WHERE c.organisation_id = o.id AND c.state = s
	      AND (c.since, c.id) < (a.since, a.id)
	    ORDER BY c.since DESC, c.id DESC LIMIT 101) c
	 WHERE $3::text IS NULL AND CASE WHEN (SELECT actor_is_body())
	    THEN o.handle = $4
	    ELSE o.id = ANY ((SELECT actor_organisations())::bigint[])
		AND ($4::text IS NULL OR o.handle = $4) END
	UNION ALL
	SELECT c.* FROM asked a CROSS JOIN custody_on($3) i
	 CROSS JOIN LATERAL (SELECT c.since, c.id FROM custody c
	    WHERE c.id = i AND c.state = ANY (a.states)
	      AND (c.since, c.id) < (a.since, a.id)
	      AND ($4::text IS NULL OR c.organisation_id = (SELECT id
		FROM organisation WHERE handle = $4)) LIMIT 1) c
	 WHERE $3::text IS NOT NULL
	) c ORDER BY since DESC, id DESC LIMIT 101));

-- name: custody_get
-- $1 its name
SELECT shown_whole('custody', id) || jsonb_build_object(
	'history', history_json('custody', id))
  FROM custody WHERE name = $1::uuid;

-- name: custody_release_do
-- $1 its name, $2 reason -> JSON
SELECT custody_release($1::uuid, $2);

-- name: custody_lock_do
-- $1 its name, $2 until when -> JSON
SELECT custody_lock($1::uuid, $2::timestamptz);

-- name: custody_release_propose_do
-- $1 organisation, $2 reason -> JSON of the proposal
SELECT custody_release_propose($1, $2);
