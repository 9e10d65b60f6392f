-- Evidence: what a file is and who judged it; its octets are on disk.

-- name: evidence_add_do
-- $1 SHA-256, $2 size, $3 media type, $4 file name, $5 valid until or NULL
-- -> JSON
SELECT evidence_add($1::bytea, $2::bigint, $3, $4, $5::timestamptz);

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
-- $1 in which state, $2 before which SHA-256 (hex), or NULL; newest first
SELECT jsonb_build_object('evidence',
	coalesce(jsonb_agg(evidence_json(e) ORDER BY e.id DESC), '[]'))
  FROM (SELECT e.* FROM evidence e
	 WHERE actor_sees(e.organisation_id)
	   AND ($1::text IS NULL OR e.state = $1)
	   AND ($2::text IS NULL OR e.id < (SELECT id FROM evidence
		WHERE sha256 = decode($2, 'hex')))
	 ORDER BY e.id DESC LIMIT 100) e;

-- name: evidence_get
-- $1 SHA-256 in hex; with what rests on it
SELECT evidence_json(e) || jsonb_build_object(
	'rests', evidence_supports(e),
	'history', history_json('evidence', e.id))
  FROM evidence e
 WHERE e.sha256 = decode($1, 'hex') AND actor_sees(e.organisation_id);

-- name: evidence_of
-- $1 SHA-256 in hex -> media type, file name: of a file that the actor may read
SELECT e.media_type, e.filename
  FROM evidence e
 WHERE e.sha256 = decode($1, 'hex') AND actor_sees(e.organisation_id);
