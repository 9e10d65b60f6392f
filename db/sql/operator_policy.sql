-- Operators' own policies.

-- name: operator_policy_draft_do
-- $1 purpose, $2 terms (JSON)
SELECT operator_policy_draft($1, $2::jsonb);

-- name: operator_policy_activate_do
-- $1 number, $2 SHA-256 of the octets that its drafter signed
SELECT operator_policy_activate($1, $2::bytea);

-- name: operator_policy_retire_do
-- $1 number, $2 reason
SELECT operator_policy_retire($1, $2);

-- name: operator_policy_list
-- $1 in which state, $2 before which number, $3 purpose, $4 operator, or NULL;
-- newest first
SELECT list_json('operator_policies', 'operator_policy', '{number}', ARRAY(
	SELECT p.id FROM operator_policy p
	 WHERE ($1::text IS NULL OR p.state = $1)
	   AND ($2::text IS NULL OR p.id < (SELECT id FROM operator_policy
		WHERE number = $2))
	   AND ($3::text IS NULL OR p.purpose = $3)
	   AND ($4::text IS NULL OR p.organisation_id = (SELECT id
		FROM organisation WHERE handle = $4))
	 ORDER BY p.id DESC LIMIT 101));

-- name: operator_policy_get
-- $1 number
SELECT shown('operator_policy', id) || jsonb_build_object(
	'history', history_json('operator_policy', id))
  FROM operator_policy WHERE number = $1;

-- name: operator_policy_terms
-- $1 number -> as a decision reads it, its purpose, its operator
SELECT jsonb_build_object('number', number, 'version', version,
	'sha256', encode(terms_sha256, 'hex'), 'terms', terms), purpose,
	organisation_id
  FROM operator_policy WHERE number = $1;

-- name: operator_policy_decisions
-- $1 operator, $2 purpose, $3 how many -> the newest: id, verdict, reasons as
-- JSON, what policies look at, when (as a number and as text)
SELECT d.id, verdict, array_to_json(reasons), l.said,
	floor(extract(epoch FROM created))::bigint, json_time(created)
  FROM (SELECT d.* FROM unnest('{permit,refuse,indeterminate}'::text[]) v
	 CROSS JOIN LATERAL (SELECT * FROM decision d
	    WHERE d.organisation_id = $1::bigint AND d.verdict = v
	      AND d.purpose = $2 AND d.looked_at_id IS NOT NULL
	    ORDER BY d.created DESC, d.id DESC LIMIT $3::int) d
	 ORDER BY d.created DESC, d.id DESC LIMIT $3::int) d
  JOIN decision_looked_at l ON l.id = d.looked_at_id
 ORDER BY d.created DESC, d.id DESC;
