-- Terminals that go on with another TrE.

-- name: rebinding_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('rebindings', 'rebinding', '{number}', ARRAY(
	SELECT r.id FROM rebinding r
	 WHERE ($1::text IS NULL OR r.state = $1)
	   AND ($2::text IS NULL OR r.id < (SELECT id FROM rebinding
		WHERE number = $2))
	 ORDER BY r.id DESC LIMIT 101));

-- name: rebinding_get
-- $1 number
SELECT * FROM rebinding_one($1);

-- name: rebinding_request_do
-- $1 terminal, $2 TrE, $3 SHA-256 of the evidence, $4 reason -> JSON
SELECT rebinding_request($1, $2, $3::bytea, $4);

-- name: rebinding_propose_do
-- $1 number, $2 terminal, $3 TrE, $4 SHA-256 of the evidence -> JSON of the
-- proposal
SELECT rebinding_propose($1, $2, $3, $4::bytea);

-- name: rebinding_signed
-- $1 number -> terminal, TrE, since when it must have been signed, and what speaks
-- against it by now, or ''
SELECT t.device_id, n.device_id,
       floor(extract(epoch FROM r.created))::bigint,
       coalesce(rebinding_obstacle(t, n), '')
  FROM rebinding r
  JOIN device t ON t.id = r.terminal_id
  JOIN device n ON n.id = r.tre_id
 WHERE r.number = $1;

-- name: rebinding_done_do
-- $1 lot id, $2 terminals (ids, an array): their new certificates are stored
SELECT rebinding_done($1::bigint, $2::bigint[]);
