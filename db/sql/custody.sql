-- Custody: whose subscription is in a device.

-- name: decision_confirm_do
-- $1 decision, $2 reference, $3 locked until, or NULL -> JSON of the custody
SELECT decision_confirm($1::uuid, $2, $3::timestamptz);

-- name: custody_list
-- $1 in which state, $2 before which (its name), $3 of which device (KIND/ID), $4
-- operator, or NULL; newest first
SELECT list_json('custody', 'custody', '{custody}', ARRAY(
	SELECT c.id FROM custody c
	 WHERE ($1::text IS NULL OR c.state = $1)
	   AND ($2::text IS NULL OR c.id < (SELECT id FROM custody
		WHERE name = $2::uuid))
	   AND ($3::text IS NULL OR c.id IN (SELECT custody_on($3)))
	   AND ($4::text IS NULL OR c.organisation_id = (SELECT id
		FROM organisation WHERE handle = $4))
	 ORDER BY c.id DESC LIMIT 101));

-- name: custody_get
-- $1 its name
SELECT shown('custody', id) || jsonb_build_object(
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
