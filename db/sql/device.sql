-- Devices, and which TrE sits in which terminal.

-- name: device_ids_do
-- $1 how many -> as many fresh ids
SELECT nextval('device_id_seq') FROM generate_series(1, $1::bigint);

-- name: device_copy
COPY device (id, kind, device_id, model_id, lot_id, organisation_id, tac,
       created)
  FROM STDIN (FORMAT binary);

-- name: binding_copy
COPY binding (tre_id, terminal_id, since) FROM STDIN (FORMAT binary);

-- name: device_one
-- $1 tre or terminal, $2 device id -> JSON
SELECT device_one($1, $2);

-- name: device_serve_do
-- $1 ids, an array: what has got its first permit
SELECT device_serve($1::bigint[]);

-- name: device_quarantine_do
-- $1 kind, $2 device id, $3 reason -> JSON
SELECT device_quarantine($1, $2, $3);

-- name: device_release_do
-- $1 kind, $2 device id, $3 reason -> JSON of the proposal
SELECT device_release_propose($1, $2, $3);

-- name: device_retire_do
-- $1 kind, $2 device id, $3 reason -> JSON
SELECT device_retire($1, $2, $3);

-- name: device_list
-- $1 in which state, $2 before which (KIND/ID), $3 of which kind, $4 model, or
-- NULL; newest first.  An index has those of each model and state in that order;
-- of these lists the hundred and first whose newest one is newest have all that
-- is wanted.
SELECT list_json('devices', 'device', '{kind,id}', ARRAY(
	WITH before AS MATERIALIZED (
		SELECT CASE WHEN $2::text IS NULL THEN 9223372036854775807
		    ELSE (SELECT id FROM device WHERE kind = split_part($2, '/', 1)
			AND device_id = split_part($2, '/', 2)) END AS id
	), models AS (
		SELECT id FROM model
		 WHERE $4::text IS NULL AND (SELECT actor_is_body())
		   AND kind = coalesce($3, kind)
		UNION ALL
		SELECT m.id FROM unnest((SELECT actor_organisations())) o
		  JOIN model m ON m.organisation_id = o
		   AND m.kind = coalesce($3, m.kind)
		 WHERE $4::text IS NULL AND NOT (SELECT actor_is_body())
		UNION ALL
		SELECT id FROM model
		 WHERE handle = $4 AND kind = coalesce($3, kind)
		   AND ((SELECT actor_is_body()) OR organisation_id =
			ANY ((SELECT actor_organisations())::bigint[]))
	), lists AS (
		SELECT m.id, s.to_state
		  FROM models m
		 CROSS JOIN (SELECT DISTINCT to_state FROM transition
		     WHERE entity = 'device' AND to_state = coalesce($1, to_state)) s
		 CROSS JOIN LATERAL (SELECT d.id FROM device d
		     WHERE d.model_id = m.id AND d.state = s.to_state
		       AND d.sixteen <= (SELECT id >> 4 FROM before)
		       AND d.id < (SELECT id FROM before)
		     ORDER BY d.sixteen DESC, d.id DESC LIMIT 1) newest
		 ORDER BY newest.id DESC LIMIT 101
	)
	SELECT d.id FROM lists l
	 CROSS JOIN LATERAL (SELECT d.id FROM device d
	     WHERE d.model_id = l.id AND d.state = l.to_state
	       AND d.sixteen <= (SELECT id >> 4 FROM before)
	       AND d.id < (SELECT id FROM before)
	     ORDER BY d.sixteen DESC, d.id DESC LIMIT 101) d
	 ORDER BY d.id DESC LIMIT 101));

-- name: device_of_lot
-- $1 in which state, $2 before which (KIND/ID), or NULL, $3 of which lot; newest
-- first
SELECT list_json('devices', 'device', '{kind,id}', ARRAY(
	WITH before AS MATERIALIZED (
		SELECT CASE WHEN $2::text IS NULL THEN 9223372036854775807
		    ELSE (SELECT id FROM device WHERE kind = split_part($2, '/', 1)
			AND device_id = split_part($2, '/', 2)) END AS id
	)
	SELECT d.id FROM device d
	 WHERE d.lot_id = (SELECT id FROM lot WHERE number = $3)
	   AND ($1::text IS NULL OR d.state = $1)
	   AND d.sixteen <= (SELECT id >> 4 FROM before)
	   AND d.id < (SELECT id FROM before)
	 ORDER BY d.sixteen DESC, d.id DESC LIMIT 101));

-- name: device_search
-- $1 how the id begins, $2 behind which (KIND/ID), $3 of which kind, or NULL; in
-- the order of the ids.  An id has no character above "Z".
SELECT list_json('devices', 'device', '{kind,id}', ARRAY(SELECT id FROM (
	SELECT d.* FROM unnest(CASE WHEN $3::text IS NULL
	    THEN '{tre,terminal}' ELSE ARRAY[$3] END) k
	 CROSS JOIN LATERAL (SELECT d.id, d.device_id, d.kind FROM device d
	     WHERE d.kind = k AND d.device_id < upper($1) || '~'
	       AND d.device_id >= greatest(upper($1), split_part($2, '/', 2))
	       AND ($2::text IS NULL OR (d.device_id, d.kind) >
		(split_part($2, '/', 2), split_part($2, '/', 1)))
	     ORDER BY d.device_id LIMIT 101) d
	 WHERE (SELECT actor_is_body())
	UNION ALL
	SELECT d.* FROM unnest((SELECT actor_organisations())) o
	 CROSS JOIN unnest(CASE WHEN $3::text IS NULL
	    THEN '{tre,terminal}' ELSE ARRAY[$3] END) k
	 CROSS JOIN LATERAL (SELECT d.id, d.device_id, d.kind FROM device d
	     WHERE d.organisation_id = o AND d.kind = k
	       AND d.device_id < upper($1) || '~'
	       AND d.device_id >= greatest(upper($1), split_part($2, '/', 2))
	       AND ($2::text IS NULL OR (d.device_id, d.kind) >
		(split_part($2, '/', 2), split_part($2, '/', 1)))
	     ORDER BY d.device_id LIMIT 101) d
	 WHERE NOT (SELECT actor_is_body())
	) d ORDER BY device_id, kind LIMIT 101));
