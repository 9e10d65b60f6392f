/*
 * Every resource of the API.
 */

#include "api/routes.h"

extern const struct route operator_policy_routes[];
extern const struct route organisation_routes[];
extern const struct route principal_routes[];
extern const struct route proposal_routes[];
extern const struct route site_routes[];
extern const struct route audit_routes[];
extern const struct route evidence_routes[];
extern const struct route finding_routes[];
extern const struct route ca_request_routes[];
extern const struct route ca_routes[];
extern const struct route batch_routes[];
extern const struct route standing_routes[];
extern const struct route certificate_routes[];
extern const struct route challenge_routes[];
extern const struct route decision_routes[];
extern const struct route device_routes[];
extern const struct route health_routes[];
extern const struct route history_routes[];
extern const struct route whoami_routes[];
extern const struct route receipt_routes[];
extern const struct route ruleset_routes[];
extern const struct route model_routes[];
extern const struct route declaration_routes[];
extern const struct route coc_routes[];
extern const struct route delegated_ca_routes[];
extern const struct route external_certificate_routes[];
extern const struct route tre_kind_routes[];
extern const struct route lot_routes[];
extern const struct route measure_routes[];
extern const struct route incident_routes[];
extern const struct route tamper_report_routes[];
extern const struct route rebinding_routes[];
extern const struct route reference_routes[];
extern const struct route attestation_key_routes[];
extern const struct route ek_crl_routes[];
extern const struct route notice_routes[];
extern const struct route subscription_routes[];
extern const struct route appeal_routes[];
extern const struct route status_check_routes[];
extern const struct route restore_routes[];
extern const struct route correction_routes[];
extern const struct route open_lot_routes[];
extern const struct route cmp_routes[];
extern const struct route est_routes[];
extern const struct route custody_routes[];
extern const struct route custody_proof_routes[];
extern const struct route dispute_routes[];

const struct route *const api_routes[] = {
	organisation_routes,
	principal_routes,
	proposal_routes,
	site_routes,
	audit_routes,
	finding_routes,
	evidence_routes,
	ca_request_routes,
	ca_routes,
	certificate_routes,
	challenge_routes,
	batch_routes,
	decision_routes,
	custody_routes,
	custody_proof_routes,
	dispute_routes,
	operator_policy_routes,
	device_routes,
	health_routes,
	whoami_routes,
	receipt_routes,
	ruleset_routes,
	model_routes,
	declaration_routes,
	coc_routes,
	delegated_ca_routes,
	external_certificate_routes,
	tre_kind_routes,
	lot_routes,
	measure_routes,
	incident_routes,
	tamper_report_routes,
	rebinding_routes,
	reference_routes,
	attestation_key_routes,
	ek_crl_routes,
	notice_routes,
	subscription_routes,
	appeal_routes,
	status_check_routes,
	restore_routes,
	correction_routes,
	open_lot_routes,
	cmp_routes,
	est_routes,
	history_routes,
	standing_routes,
	NULL,
};
