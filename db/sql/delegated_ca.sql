-- Suppliers' own CAs: asked for, certified, withdrawn; their CRLs.

-- name: delegated_ca_request_do
-- $1 role, $2 site, $3 models (JSON array), $4 CSR, $5 SHA-256 of its key
SELECT delegated_ca_request($1, $2, ARRAY(SELECT jsonb_array_elements_text(
	$3::jsonb)), $4::bytea, $5::bytea);

-- name: delegated_ca_propose_do
-- $1 number, $2 SHA-256 of the CSR, $3 role, $4 site, $5 models (JSON array),
-- $6 days
SELECT delegated_ca_propose($1, $2::bytea, $3, $4, ARRAY(SELECT
	jsonb_array_elements_text($5::jsonb)), $6::int);

-- name: delegated_ca_withdraw_do
-- $1 number, $2 reason
SELECT delegated_ca_withdraw($1, $2);

-- name: delegated_ca_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT list_json('delegated_cas', 'delegated_ca', '{number}', ARRAY(
	SELECT d.id FROM delegated_ca d
	 WHERE ($1::text IS NULL OR d.state = $1)
	   AND ($2::text IS NULL OR d.id < (SELECT id FROM delegated_ca
		WHERE number = $2))
	 ORDER BY d.id DESC LIMIT 101));

-- name: delegated_ca_get
-- $1 number
SELECT shown_whole('delegated_ca', id) FROM delegated_ca WHERE number = $1;

-- name: delegated_crl_add_do
-- $1 number of the CA, $2 its CRL
SELECT delegated_crl_add($1, $2::bytea);

-- ---- the authority's

-- name: delegated_ca_order
-- $1 proposal -> what was approved, and how the supplier stands
SELECT id, number, state, role, organisation_id, organisation, name, country,
       standing, site, models::text, csr, coalesce(valid_days, 0),
       statement_id, accredited, since
  FROM delegated_ca_order($1::bigint);

-- name: delegated_ca_standing
-- $1 delegated CA -> what its right stands on beside its own approval, as
-- lot_standing
SELECT a.name, x.subject, array_to_string(a.proposer_roles, ' '),
       array_to_string(a.approver_roles, ' '), x.since, x.url, x.scope
  FROM (SELECT 'organisation_activate' AS act, o.handle::text AS subject,
               0::bigint AS since,
               '/v1/organisations/' || o.handle || '/activate' AS url,
               '' AS scope
          FROM delegated_ca d JOIN organisation o ON o.id = d.organisation_id
         WHERE d.id = $1::bigint
        UNION ALL
        SELECT 'audit_decide', coalesce(b.number, ''), 0,
               '/v1/audits/' || b.number || '/decide', ''
          FROM delegated_ca d
          LEFT JOIN site_scope x ON x.site_id = d.site_id
           AND x.scope = 'delegated_ca'
          LEFT JOIN audit b ON b.id = x.audit_id AND b.site_id = d.site_id
           AND x.scope = ANY (b.scopes)
         WHERE d.id = $1::bigint) x
  JOIN act a ON a.name = x.act;

-- name: delegated_ca_certified_do
-- $1 delegated CA, $2 its issuer id, $3 certificate, $4 subject, $5 spki,
-- $6 key id, $7 when it ends, $8 the root above it
SELECT delegated_ca_certified($1::bigint, $2::bigint, $3::bytea, $4::bytea,
	$5::bytea, $6::bytea, $7::timestamptz, $8::bigint);

-- name: delegated_known
-- $1 issuer, $2 serial numbers, $3 SHA-256 of the certificates -> of each: is it
-- in the register, is its serial number
SELECT reported, serial_used
  FROM delegated_known($1::bigint, $2::bytea[], $3::bytea[]);

-- name: delegated_misissued_do
-- $1 lot, $2 row
SELECT delegated_misissued($1::bigint, $2::int);

-- name: delegated_ca_certificate
-- $1 number of a delegated CA that the caller may see -> its certificate, once
-- it has one
SELECT i.cert_der FROM delegated_ca d JOIN issuer i ON i.id = d.issuer_id
 WHERE d.number = $1;

-- name: delegated_crl_next
SELECT id, ca, issuer_id, der FROM delegated_crl_next();

-- name: delegated_crl_refuse_do
-- $1 id, $2 why
SELECT delegated_crl_refuse($1::bigint, $2);

-- name: delegated_crl_take_do
-- $1 id, $2 number, $3 thisUpdate, $4 nextUpdate, $5 serial numbers, $6 reasons,
-- $7 since when, $8 invalidity dates or 0 -> is it taken over, or are there more?
SELECT delegated_crl_take($1::bigint, $2::bigint, $3::timestamptz,
	$4::timestamptz, $5::bytea[], $6::int[], $7::bigint[], $8::bigint[]);

-- name: delegated_crl_catch_up_do
-- $1 issuer, $2 first index, $3 count
SELECT delegated_crl_catch_up($1::bigint, $2::bigint, $3::bigint);
