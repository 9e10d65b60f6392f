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
-- NULL; newest first.  A hundred of each organisation, kind and state, and the
-- newest of these: an index has each in that order.
SELECT list_json('devices', 'device', '{kind,id}', ARRAY(SELECT id FROM (
	SELECT d.id FROM (SELECT unnest((SELECT actor_organisations())) AS id
	     WHERE NOT (SELECT actor_is_body())
	    UNION ALL SELECT id FROM organisation
	     WHERE (SELECT actor_is_body()) AND kind = 'supplier') o
	 CROSS JOIN unnest(CASE WHEN $3::text IS NULL
	    THEN '{tre,terminal}' ELSE ARRAY[$3] END) k
	 CROSS JOIN (SELECT DISTINCT to_state FROM transition
	     WHERE entity = 'device' AND to_state = coalesce($1, to_state)) s
	 CROSS JOIN LATERAL (SELECT d.id FROM device d
	     WHERE d.organisation_id = o.id AND d.kind = k
	       AND d.state = s.to_state
	       AND d.id < CASE WHEN $2::text IS NULL THEN 9223372036854775807
		ELSE (SELECT id FROM device WHERE kind = split_part($2, '/', 1)
		    AND device_id = split_part($2, '/', 2)) END
	     ORDER BY d.id DESC LIMIT 101) d
	 WHERE $4::text IS NULL
	UNION ALL
	SELECT d.id FROM (SELECT id FROM model WHERE handle = $4
	     AND kind = coalesce($3, kind) AND ((SELECT actor_is_body()) OR
		organisation_id = ANY ((SELECT actor_organisations())::bigint[]))) m
	 CROSS JOIN (SELECT DISTINCT to_state FROM transition
	     WHERE entity = 'device' AND to_state = coalesce($1, to_state)) s
	 CROSS JOIN LATERAL (SELECT d.id FROM device d
	     WHERE d.model_id = m.id AND d.state = s.to_state
	       AND d.id < CASE WHEN $2::text IS NULL THEN 9223372036854775807
		ELSE (SELECT id FROM device WHERE kind = split_part($2, '/', 1)
		    AND device_id = split_part($2, '/', 2)) END
	     ORDER BY d.id DESC LIMIT 101) d
	) d ORDER BY id DESC LIMIT 101));

-- name: device_of_lot
-- $1 in which state, $2 before which (KIND/ID), or NULL, $3 of which lot; newest
-- first
SELECT list_json('devices', 'device', '{kind,id}', ARRAY(
	SELECT d.id FROM device d
	 WHERE d.lot_id = (SELECT id FROM lot WHERE number = $3)
	   AND ($1::text IS NULL OR d.state = $1)
	   AND d.id < CASE WHEN $2::text IS NULL THEN 9223372036854775807
		ELSE (SELECT id FROM device WHERE kind = split_part($2, '/', 1)
		    AND device_id = split_part($2, '/', 2)) END
	 ORDER BY d.id DESC LIMIT 101));

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
