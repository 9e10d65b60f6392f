-- Evidence: what a file is and who judged it; its octets are on disk.

-- name: evidence_add_do
-- $1 SHA-256, $2 size, $3 media type, $4 file name, $5 valid until or NULL
-- -> JSON
SELECT evidence_add($1::bytea, $2::bigint, $3, $4, $5::timestamptz);

-- name: evidence_room_do
-- $1 SHA-256, $2 size -> nothing, or RATE_LIMITED
SELECT evidence_room($1::bytea, $2::bigint);

-- name: evidence_judge_do
-- $1 SHA-256 in hex, $2 accepted or rejected, $3 reason, $4 valid until or NULL
-- -> JSON
SELECT evidence_judge(decode($1, 'hex'), $2, $3, $4::timestamptz);

-- name: evidence_supersede_do
-- $1 SHA-256 in hex, $2 its successor's -> JSON, and what rests on that now
SELECT evidence_supersede(decode($1, 'hex'), $2::bytea);

-- name: evidence_repudiate_do
-- $1 SHA-256 in hex, $2 reason -> JSON, and what changed
SELECT evidence_repudiate(decode($1, 'hex'), $2);

-- name: evidence_list
-- $1 in which state, $2 before which SHA-256 (hex), $3 of which organisation,
-- or NULL; newest first
SELECT list_json('evidence', 'evidence', '{sha256}', ARRAY(
	SELECT e.id FROM evidence e
	 WHERE ($1::text IS NULL OR e.state = $1)
	   AND ($2::text IS NULL OR e.id < (SELECT id FROM evidence
		WHERE sha256 = decode($2, 'hex')))
	   AND ($3::text IS NULL OR e.organisation_id = (SELECT organisation_named($3)))
	 ORDER BY e.id DESC LIMIT 101));

-- name: evidence_get
-- $1 SHA-256 in hex; with what rests on it
SELECT shown_whole('evidence', id) || jsonb_build_object(
	'history', history_json('evidence', id))
  FROM evidence WHERE sha256 = decode($1, 'hex');

-- name: evidence_of
-- $1 SHA-256 in hex -> media type, file name: of a file that the actor may read
SELECT media_type, filename FROM evidence WHERE sha256 = decode($1, 'hex');
