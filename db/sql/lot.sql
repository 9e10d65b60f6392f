-- Lots, as those see them who submit them.

-- name: lot_begin_do
-- $1 model, $2 site, $3 count, $4 reference, $5 header JWS, $6 rows' SHA-256,
-- $7 kind: what the rows bring, $8 the CA that issued them, or NULL
-- -> id, number, whether it is the same manifest sent before
SELECT (l ->> 'id')::bigint, l ->> 'number', (l ->> 'existing')::bool
  FROM lot_begin($1, $2, $3::int, $4, $5, $6::bytea, $7, $8) l;

-- name: lot_row_copy
COPY lot_row (lot_id, row, device_id, csr, tre_id, tac, line, state, reason,
       detail)
  FROM STDIN (FORMAT binary);

-- name: lot_one
SELECT lot_one($1);

-- name: lot_pause_do
-- $1 number
SELECT lot_pause($1);

-- name: lot_resume_do
-- $1 number
SELECT lot_resume($1);

-- name: lot_list
-- $1 in which state, $2 before which number, $3 of which model,
-- $4 organisation, or NULL; newest first
SELECT list_json('lots', 'lot', '{number}', ARRAY(SELECT id FROM (
	SELECT id FROM (SELECT l.id FROM lot l
	     WHERE ($1::text IS NULL OR l.state = $1)
	       AND ($2::text IS NULL OR l.id < (SELECT id FROM lot
		    WHERE number = $2))
	       AND ($3::text IS NULL OR l.model_id = (SELECT id FROM model
		    WHERE handle = $3))
	       AND (SELECT actor_is_body()) AND $4::text IS NULL
	     ORDER BY l.id DESC LIMIT 101) l
	UNION ALL
	SELECT l.id FROM organisation o
	 CROSS JOIN LATERAL (SELECT l.id FROM lot l
	     WHERE l.organisation_id = o.id
	       AND ($1::text IS NULL OR l.state = $1)
	       AND ($2::text IS NULL OR l.id < (SELECT id FROM lot
		    WHERE number = $2))
	       AND ($3::text IS NULL OR l.model_id = (SELECT id FROM model
		    WHERE handle = $3))
	     ORDER BY l.id DESC LIMIT 101) l
	 WHERE CASE WHEN (SELECT actor_is_body()) THEN o.handle = $4
	    ELSE o.id = ANY ((SELECT actor_organisations())::bigint[])
		AND ($4::text IS NULL OR o.handle = $4) END
	) l ORDER BY id DESC LIMIT 101));

-- name: lot_results
-- $1 number, $2 after which row, $3 issued ones only -> row, JSON
SELECT after, line FROM lot_results($1, $2::int, $3::bool) ORDER BY after;

-- name: lot_open_do
-- $1 model, $2 site, $3 count, $4 until, $5 renewal, $6 secrets, $7 reference,
-- $8 header JWS -> id, number, whether it is the same header sent before
SELECT (l ->> 'id')::bigint, l ->> 'number', (l ->> 'existing')::bool
  FROM lot_open($1, $2, $3::int, $4::timestamptz, $5::bool, $6::bytea[], $7,
       $8) l;

-- name: lot_close_do
-- $1 number
SELECT lot_close($1);
