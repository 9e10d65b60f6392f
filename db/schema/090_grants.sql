-- Least rights.  The three programs' roles own nothing and, by default, may
-- do nothing; what each may read and run is granted here and beside each
-- function (GRANT EXECUTE ... at its end).  No role but the owner may delete.

REVOKE ALL ON SCHEMA assay FROM PUBLIC;
-- Without IN SCHEMA: what PUBLIC may do by default is not taken away by a
-- schema's default privileges, these can only add to it.
ALTER DEFAULT PRIVILEGES FOR ROLE assay_owner
	REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA assay FROM PUBLIC;
GRANT USAGE ON SCHEMA assay TO assay_api, assay_authority, assay_follower;
GRANT EXECUTE ON FUNCTION assay_now(), json_time(timestamptz)
	TO assay_api, assay_authority, assay_follower;

-- The follower reads the log and what is to be published: nothing else.
GRANT SELECT ON status_event, status_head, publication, publication_part, issuer
	TO assay_follower;

-- The api reads the registry, those rows that the acting principal may see
-- (900_tenancy.sql), and acts through functions only.  Of CoCs and measures it
-- reads by itself what is everybody's.
GRANT SELECT ON organisation, principal, statement, evidence, site,
	site_scope, audit, ruleset, model, model_contains, declaration, act,
	proposal, approval, coc_component, issuer, lot,
	"order", device, certificate, binding, delegated_key,
	delegated_certificate, status_head, status_event, crl, publication,
	decision, decision_looked_at, history, transition
	TO assay_api;
GRANT SELECT (id, number, model_id, level, ruleset_id, state, effective,
	valid_from, expires, on_expired, on_suspended, on_withdrawn, grace_days,
	created) ON coc TO assay_api;
GRANT SELECT (id, number, kind, scope_kind, scope_id, scope_number, state,
	emergency, lapses, effective, created) ON measure TO assay_api;

-- The authority reads all of that and writes what issuance makes.
GRANT SELECT ON ALL TABLES IN SCHEMA assay TO assay_authority;
GRANT INSERT ON issuer, index_range, device, certificate, binding,
	delegated_certificate, publication, crl TO assay_authority;
GRANT UPDATE (next_index, state) ON issuer TO assay_authority;
GRANT UPDATE (state, reason, stopped_on, checked, issued, refused, renewed, finished)
	ON lot TO assay_authority;
GRANT UPDATE (state, reason, detail, issuer_id, index) ON lot_row
	TO assay_authority;
GRANT UPDATE (state, error) ON "order" TO assay_authority;
GRANT UPDATE (state) ON index_range TO assay_authority;
GRANT UPDATE (used) ON coc TO assay_authority;
GRANT UPDATE (csr, cert_der, cert_issuer_id, cert_serial, cert_not_after)
	ON principal TO assay_authority;
GRANT UPDATE (number, event_id, this_update, next_update) ON crl
	TO assay_authority;
GRANT USAGE ON SEQUENCE issuer_id TO assay_authority;
