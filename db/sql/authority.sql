-- What assay-authority asks beside its orders.

-- name: authority_lock_do
-- One authority at a time: 'held' before, 'taken' now, or 'other' has it.  The
-- lock goes with the session, so a dead one's work is over when it is free.  And
-- which database this is, and whether it stands.
SELECT database_identity(), database_stands(), CASE
       WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'
           AND pid = pg_backend_pid() AND objid = 1634952556 AND granted
           AND objsubid = 1)
       THEN 'held'
       WHEN pg_try_advisory_lock(1634952556) THEN 'taken'
       ELSE 'other' END;

-- name: publication_insert
-- $1 path, $2 content
INSERT INTO publication (path, content) VALUES ($1, $2::bytea);

-- name: signer_find
-- $1 SHA-256 of an access certificate, $2 its profile -> it, since when it is
-- not good any more, 0 if it is, and which access CA's it is
SELECT c.der, c.state, c.reason,
       coalesce(floor(extract(epoch FROM c.changed))::bigint, 0), c.issuer_id
  FROM certificate c JOIN issuer i ON i.id = c.issuer_id AND i.role = 'access'
 WHERE c.der_sha256 = $1::bytea AND c.profile = $2;

-- name: signed_act
-- $1 statement id -> where to, the octets, the signature, when recorded: in
-- seconds, and in microseconds
SELECT url, body, jws, floor(extract(epoch FROM recorded))::bigint,
       floor(extract(epoch FROM recorded) * 1000000)::bigint
  FROM statement WHERE id = $1::bigint;

-- name: coc_of_model
-- $1 model id -> the CoC that gives trust now (none while its supplier is
-- suspended), since when it does so again after it was suspended for itself, 0 if
-- it never was, what it says of existing devices, and which suspended one it stands
-- instead of
SELECT c.id, c.number, m.handle, c.level, c.quota, coalesce(s.handle, ''),
       floor(extract(epoch FROM c.expires))::bigint,
       coalesce((SELECT floor(extract(epoch FROM max(h.recorded)))::bigint
           FROM history h
           WHERE h.entity = 'coc' AND h.subject_id = c.id
           AND h.to_state = 'suspended'
           AND h.detail ->> 'suspended_by' IS NULL), 0),
       c.on_expired, c.on_suspended, c.grace_days,
       coalesce((SELECT o.number FROM coc o WHERE o.id = c.instead_of), '')
  FROM coc c
  JOIN model m ON m.id = c.model_id
  JOIN organisation o ON o.id = m.organisation_id AND o.state = 'active'
  LEFT JOIN site_scope x ON x.id = c.site_scope_id
  LEFT JOIN site s ON s.id = x.site_id
 WHERE c.model_id = $1::bigint AND c.state IN ('provisional', 'certified')
   AND c.expires > assay_now();

-- name: model_parts
-- $1 model id -> what it stands on: a TrE model's hardware platform, a
-- terminal model's TrE models
SELECT hardware_platform_id FROM model
 WHERE id = $1::bigint AND hardware_platform_id IS NOT NULL
 UNION ALL
SELECT tre_model_id FROM model_contains WHERE terminal_model_id = $1::bigint;

-- name: lot_standing
-- $1 lot id -> what the lot's right stands on beside CoCs, each by an act of
-- two people: act, subject, who may propose and who approve, since when it
-- must have been signed, for which address, of which scope of a site.  A site
-- that was suspended has been reinstated since, or audited anew; one whose
-- lots bring bare keys was audited for that, and a delegated CA's for having it
SELECT a.name, x.subject, array_to_string(a.proposer_roles, ' '),
       array_to_string(a.approver_roles, ' '), x.since, x.url, x.scope
  FROM (SELECT 'organisation_activate' AS act, o.handle::text AS subject,
               0::bigint AS since,
               '/v1/organisations/' || o.handle || '/activate' AS url,
               '' AS scope
          FROM lot l JOIN organisation o ON o.id = l.organisation_id
         WHERE l.id = $1::bigint
        UNION ALL
        SELECT 'organisation_reinstate', o.handle,
               floor(extract(epoch FROM max(h.recorded)))::bigint,
               '/v1/organisations/' || o.handle || '/reinstate', ''
          FROM lot l JOIN organisation o ON o.id = l.organisation_id
          JOIN history h ON h.entity = 'organisation'
           AND h.subject_id = o.id AND h.to_state = 'suspended'
         WHERE l.id = $1::bigint
         GROUP BY o.handle
        UNION ALL
        SELECT CASE WHEN b.id IS NULL THEN 'site_reinstate'
                    ELSE 'audit_decide' END, coalesce(b.number, s.handle),
               floor(extract(epoch FROM z.recorded))::bigint,
               CASE WHEN b.id IS NULL
                    THEN '/v1/sites/' || s.handle || '/reinstate'
                    ELSE '/v1/audits/' || b.number || '/decide' END,
               CASE WHEN b.id IS NULL THEN x.scope ELSE '' END
          FROM lot l JOIN site s ON s.id = l.site_id
          JOIN model m ON m.id = l.model_id
          JOIN site_scope x ON x.site_id = s.id AND x.scope IN (CASE m.kind
               WHEN 'tre' THEN 'tre_production' ELSE 'terminal_assembly' END,
               CASE l.kind WHEN 'key' THEN 'key_injection' END)
          JOIN LATERAL (SELECT h.recorded, h.detail FROM history h
               WHERE h.entity = 'site_scope' AND h.subject_id = x.id
               AND h.to_state = 'suspended'
               ORDER BY h.id DESC LIMIT 1) z ON true
          LEFT JOIN audit b ON b.id = x.audit_id
           AND b.id IS DISTINCT FROM (z.detail ->> 'audit_id')::bigint
         WHERE l.id = $1::bigint
        UNION ALL
        SELECT 'audit_decide', coalesce(b.number, ''), 0,
               '/v1/audits/' || b.number || '/decide', ''
          FROM lot l
          LEFT JOIN delegated_ca d ON d.id = l.delegated_ca_id
          LEFT JOIN site_scope x ON x.site_id = coalesce(d.site_id, l.site_id)
           AND x.scope = CASE l.kind WHEN 'key' THEN 'key_injection'
               ELSE 'delegated_ca' END
          LEFT JOIN audit b ON b.id = x.audit_id AND b.site_id = x.site_id
           AND x.scope = ANY (b.scopes)
         WHERE l.id = $1::bigint AND l.kind IN ('key', 'certificate')) x
  JOIN act a ON a.name = x.act;

-- name: proposals_approved
-- $1 subject's number or handle, $2 act -> proposals that were approved, the
-- newest first, and what was signed
SELECT id, coalesce(statement_id, 0) FROM proposal
 WHERE subject_number = $1 AND act = $2 AND state = 'approved'
 ORDER BY id DESC LIMIT 20;

-- name: proposal_approvals
-- $1 proposal id -> who said yes, and where that is written
SELECT coalesce(statement_id, 0) FROM approval
 WHERE proposal_id = $1::bigint AND verdict = 'approve'
 ORDER BY id;

-- name: publication_crl
-- $1 issuer id, $2 shard -> one row if a CRL was ever made of it
SELECT number FROM crl WHERE issuer_id = $1::bigint AND shard = $2::bigint;

-- ---- the instance's beginning

-- name: init_body
-- -> country and name of the body
SELECT country, name FROM organisation WHERE kind = 'body';

-- name: init_principal
-- $1 handle -> id, role, organisation, country, certificate so far
SELECT p.id, p.role, o.handle, o.country, p.cert_der
  FROM principal p JOIN organisation o ON o.id = p.organisation_id
 WHERE p.handle = $1 AND o.kind = 'body';

-- name: init_delegated
-- $1 kind, $2 name, $3 public key, $4 request for it or NULL, $5 a server's hosts
-- or NULL
INSERT INTO delegated_key (kind, name, spki_der, csr, hosts)
VALUES ($1, $2, $3::bytea, $4::bytea, string_to_array($5, ' '))
    ON CONFLICT (name) DO NOTHING;

-- name: init_delegated_get
-- $1 name -> kind, public key
SELECT kind, spki_der FROM delegated_key WHERE name = $1;

-- name: clock_wall
-- -> it, by how many seconds it is said to have leapt, where it was seen last
SELECT clock_wall(), clock_leapt(), clock_seen();

-- name: clock_stepped_do
-- $1 by how many seconds; 0: no more
SELECT clock_stepped($1::bigint);

-- name: authority_now
SELECT floor(extract(epoch FROM clock_steady()))::bigint;
