-- Decisions: challenges, facts, the record.

-- name: challenge_add_do
-- $1 32 random octets -> the challenge, and when it expires, as text
SELECT value, to_char(expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  FROM challenge_add($1::bytea);

-- name: challenge_add_together_redo
-- of each that is asked for: $1 SHA-256 of the asker's certificate, $2 32 random octets
-- -> which one it is, from 1, and the same; no row: it may not ask.  May be tried again:
-- one that nobody was told of is nobody's.
SELECT n, value, to_char(expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  FROM challenge_add_together($1::bytea[], $2::bytea[]);

-- name: challenge_consume_do
-- $1 value -> good, unknown, expired, replayed
SELECT challenge_consume($1::bytea);

-- name: decision_facts
-- $1 SHA-256 of the TrE's certificate or NULL, $2 of the terminal's, $3 the
-- operator's organisation, $4 the purpose; of a consent, or NULL: $5 SHA-256 of
-- its signer's certificate, $6 its number, $7 SHA-256 of the certificate that it
-- is about -> a row for each certificate that is in the register, one (side
-- "consent") for a signer that is, and one (side "now") with the clock, the last
-- status event and the hash that the log has there, what the operator may, and its
-- policy for the purpose.  One statement: one snapshot of what is committed.
SELECT 'now' AS side, h.hash AS der,
    floor(extract(epoch FROM assay_now()))::bigint AS issued, h.last,
    o.state AS standing, NULL AS issuer_standing,
    NULL AS device_state, NULL AS device, NULL AS tac,
    NULL AS model, NULL AS hardware, NULL AS site_accredited,
    NULL AS measures, NULL AS bound_to, NULL AS bound_state,
    NULL AS bound_standing, NULL AS bound_measures, NULL AS crl_number,
    o.may_platform_only, NULL AS default_mode, NULL AS fresh,
    operator_policy_active(o.id, $4::text)::text AS policy,
    NULL AS custody, NULL AS evidence, NULL AS referenced
  FROM status_head h, organisation o
 WHERE o.id = $3::bigint AND o.kind = 'operator'
UNION ALL
SELECT CASE s.n WHEN 1 THEN 'tre' ELSE 'platform' END, s.der, s.issued, NULL,
    s.standing, s.issuer_standing, s.device_state, s.device::text, s.tac,
    s.model, s.hardware, s.site_accredited::text, s.measures, s.bound_to::text,
    s.bound_state, s.bound_standing, s.bound_measures,
    s.crl_number::text, NULL, s.bound_mode, s.fresh::text, NULL,
    s.custody::text, s.evidence, s.referenced::text
  FROM decision_sides(ARRAY[$1::bytea, $2::bytea]) s
UNION ALL
SELECT 'consent', c.der, NULL, NULL, c.standing, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    c.facts::text, NULL, NULL
  FROM consent_facts($5::bytea, $6::text, $7::bytea) c
 WHERE $5::bytea IS NOT NULL;

-- name: decision_facts_many
-- $1 SHA-256 of TrEs' certificates, $2 of terminals', as many; '' where none is
-- -> the same rows without "now", and which of them each is about, from 1
SELECT CASE WHEN s.n <= cardinality($1::bytea[]) THEN 'tre' ELSE 'platform' END
    AS side, s.der, s.issued, NULL AS last, s.standing, s.issuer_standing,
    s.device_state, s.device, s.tac, s.model, s.hardware,
    s.site_accredited::text, s.measures, s.bound_to,
    s.bound_state, s.bound_standing, s.bound_measures,
    s.crl_number, NULL AS may_platform_only, s.bound_mode, s.fresh::text,
    NULL AS policy, s.custody::text,
    s.evidence, s.referenced::text, 1 + (s.n - 1) % cardinality($1::bytea[])
  FROM decision_sides($1::bytea[] || $2::bytea[]) s;

-- name: decision_facts_together
-- of each question: $1 SHA-256 of its asker's certificate, $2 its purpose, $3 its
-- challenge, $4 SHA-256 of the TrE's certificate, $5 of the terminal's, '' where none
-- is -> the rows of decision_facts, and which question each is about, from 1; of
-- "now" the asker's organisation, and what its challenge is
SELECT * FROM decision_rests_on($1::bytea[], $2::text[], $3::bytea[],
    $4::bytea[], $5::bytea[]);

-- name: decision_consent
-- of a consent, $1 SHA-256 of its signer's certificate, $2 its number, $3 SHA-256 of
-- the certificate that it is about -> the row that decision_facts has of it
SELECT 'consent' AS side, c.der, NULL, NULL, c.standing, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    c.facts::text
  FROM consent_facts($1::bytea, $2::text, $3::bytea) c;

-- name: decision_evidence_do
-- $1 SHA-256 of the TrE's certificate, $2 kind of evidence, $3 what was
-- measured, $4 the firmware that is claimed or NULL, $5 its TPM's clock or NULL ->
-- good, bad, unknown or not_asked, the firmware, whether there is newer, whether a
-- TPM has its key, and whether that goes on: good, overtaken, back
SELECT measurement, firmware, update_available, enrolled, ord
  FROM evidence_judge_shown($1::bytea, $2, $3, $4, $5);

-- name: decision_earlier
-- $1 organisation, $2 request id -> id, hash of the request, verdict, receipt
SELECT id, request_sha256, verdict, receipt FROM decision
 WHERE organisation_id = $1 AND request_id = $2::uuid;

-- name: decision_add_do
-- $1 id ... -> what the operator is told, as decision_answer says it later
SELECT jsonb_build_object('decision', decision_add($1::uuid, $2::uuid,
    $3::bytea, $4, $5, $6, $7::text[], $8::text[], $9::bytea, $10::bytea,
    $11::bigint, $12, $13::bigint, $14::jsonb), 'verdict', $6,
    'reasons', $7::text[], 'warnings', $8::text[], 'receipt', $12);

-- name: decision_add_together_do
-- $1 of each its asker's certificate, ... -> which of them are recorded, from 1
SELECT unnest(decision_add_together($1::bytea[], $2::bytea[],
    $3::text[]::uuid[], $4::text[]::uuid[], $5::bytea[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::bytea[], $12::bytea[],
    $13::bigint, $14::text[], $15::bigint, $16::bigint[], $17::text[],
    $18::bigint[], $19::bigint[]));

-- name: consent_use_do
-- $1 decision, $2 organisation that gave it, $3 its number, $4 device, $5 JWS
SELECT consent_use($1::uuid, $2::bigint, $3, $4::bigint, $5);

-- name: decision_answer
-- $1 id -> what the operator is told
SELECT jsonb_build_object('decision', id, 'verdict', verdict,
    'reasons', reasons, 'warnings', warnings, 'receipt', receipt)
  FROM decision WHERE id = $1::uuid;

-- name: decision_list
-- $1 before which decision, $2 verdict, $3 operator, or NULL; newest first
WITH page AS (
	SELECT id, organisation_id, row_number() OVER (ORDER BY created DESC,
	    id DESC) AS n, purpose, mode, verdict, reasons, warnings, created
	  FROM (
		SELECT d.* FROM unnest(CASE WHEN $2::text IS NULL
		    THEN '{permit,refuse,indeterminate}' ELSE ARRAY[$2] END) v
		 CROSS JOIN LATERAL (SELECT * FROM decision d
		    WHERE d.verdict = v AND (d.created, d.id) < (
			CASE WHEN $1::uuid IS NULL THEN 'infinity'
			    ELSE (SELECT created FROM decision
				WHERE id = $1::uuid) END,
			CASE WHEN $1::uuid IS NULL
			    THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
			    ELSE $1::uuid END)
		    ORDER BY d.created DESC, d.id DESC LIMIT 101) d
		 WHERE (SELECT actor_is_body()) AND $3::text IS NULL
		UNION ALL
		SELECT d.* FROM organisation o
		 CROSS JOIN unnest(CASE WHEN $2::text IS NULL
		    THEN '{permit,refuse,indeterminate}' ELSE ARRAY[$2] END) v
		 CROSS JOIN LATERAL (SELECT * FROM decision d
		    WHERE d.organisation_id = o.id AND d.verdict = v
		      AND (d.created, d.id) < (
			CASE WHEN $1::uuid IS NULL THEN 'infinity'
			    ELSE (SELECT created FROM decision
				WHERE id = $1::uuid) END,
			CASE WHEN $1::uuid IS NULL
			    THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
			    ELSE $1::uuid END)
		    ORDER BY d.created DESC, d.id DESC LIMIT 101) d
		 WHERE CASE WHEN (SELECT actor_is_body()) THEN o.handle = $3
		    ELSE o.id = ANY ((SELECT actor_organisations())::bigint[])
			AND ($3::text IS NULL OR o.handle = $3) END
	  ) d ORDER BY created DESC, id DESC LIMIT 101)
SELECT jsonb_build_object('decisions', coalesce(jsonb_agg(jsonb_build_object(
	'decision', p.id, 'operator', o.handle, 'verdict', p.verdict,
	'purpose', p.purpose, 'mode', p.mode, 'reasons', p.reasons,
	'warnings', p.warnings, 'created', json_time(p.created))
	ORDER BY p.n) FILTER (WHERE p.n <= 100), '[]'),
	'next', (SELECT h.id FROM page h
	    WHERE h.n = 100 AND EXISTS (SELECT FROM page WHERE n = 101)))
  FROM page p JOIN organisation o ON o.id = p.organisation_id;

-- name: decision_get
-- $1 id -> JSON
SELECT jsonb_build_object('decision', d.id, 'request_id', d.request_id,
    'verdict', d.verdict, 'reasons', d.reasons, 'warnings', d.warnings,
    'purpose', d.purpose, 'mode', d.mode, 'operator', o.handle,
    'event', d.event_id, 'created', json_time(d.created))
    || CASE WHEN b.id IS NULL THEN jsonb_build_object('receipt', d.receipt)
    ELSE jsonb_build_object('batch', b.batch, 'index', d.batch_index,
	'item', d.receipt::jsonb) END
  FROM decision d JOIN organisation o ON o.id = d.organisation_id
  LEFT JOIN decision_batch b ON b.id = d.batch_id
 WHERE d.id = $1::uuid;

-- name: receipt_bundle
-- $1 id of a decision, or of what was said of a standing -> receipt, signer's
-- certificate, issuer's; of one of a batch what is said of it, its index and the
-- leaves of them all
SELECT coalesce(a.receipt, d.receipt), s.der, i.cert_der,
    CASE WHEN a.batch_id IS NOT NULL THEN d.receipt END, d.batch_index, a.leaves
  FROM decision d
  LEFT JOIN decision_batch_answer a ON a.batch_id = d.batch_id
  JOIN delegated_certificate s ON s.id = coalesce(a.signer_id, d.signer_id)
  JOIN issuer i ON i.id = s.issuer_id
 WHERE d.id = $1::uuid
 UNION ALL
SELECT x.receipt, s.der, i.cert_der, NULL, NULL, NULL
  FROM standing x
  JOIN delegated_certificate s ON s.id = x.signer_id
  JOIN issuer i ON i.id = s.issuer_id
 WHERE x.id = $1::uuid;

-- name: receipt_signer_named
-- $1 SHA-256 of a certificate -> the receipt signer's, its issuer's, the root's
SELECT s.der, i.cert_der, r.cert_der
  FROM delegated_certificate s
  JOIN delegated_key k ON k.id = s.key_id AND k.kind = 'receipt'
  JOIN issuer i ON i.id = s.issuer_id
  JOIN issuer r ON r.id = i.root_id
 WHERE sha256(s.der) = $1::bytea;

-- name: receipt_recorded
-- $1 id as text, $2 receipt -> a row when that is what was answered
SELECT 1 WHERE receipt_recorded($1, $2);

-- name: publication_newest
-- $1 path -> content
SELECT publication_content(id) FROM publication WHERE path = $1
 ORDER BY id DESC LIMIT 1;

-- name: receipt_signer
-- $1 SubjectPublicKeyInfo of the key at hand -> id, certificate, its end
SELECT c.id, c.der, floor(extract(epoch FROM c.not_after))::bigint
  FROM delegated_certificate c
  JOIN delegated_key k ON k.id = c.key_id
 WHERE k.kind = 'receipt' AND k.state = 'active' AND k.spki_der = $1::bytea
   AND c.not_before <= now() AND c.not_after > now()
 ORDER BY c.not_after DESC LIMIT 1;

-- name: issuer_certificates
-- every CA of ours -> id, role, certificate
SELECT id, role, cert_der FROM issuer ORDER BY id DESC;

-- name: certificate_turned_over
-- $1 serial, $2 TBSCertificate, $3 the signature's r -> a row when the register
-- has that very certificate, whatever its signature's s
SELECT 1 WHERE certificate_turned_over($1::bytea, $2::bytea, $3::bytea);

