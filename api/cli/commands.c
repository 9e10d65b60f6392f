/*
 * Every noun's commands, in the order of the story that help tells.
 */

#include "api/cli/commands.h"

extern const struct cli_command audit_commands[];
extern const struct cli_command appeal_commands[];
extern const struct cli_command status_commands[];
extern const struct cli_command restore_commands[];
extern const struct cli_command approve_commands[];
extern const struct cli_command ca_request_commands[];
extern const struct cli_command ca_commands[];
extern const struct cli_command cert_commands[];
extern const struct cli_command ceremony_commands[];
extern const struct cli_command coc_commands[];
extern const struct cli_command correction_commands[];
extern const struct cli_command consent_commands[];
extern const struct cli_command custody_commands[];
extern const struct cli_command custody_verify_commands[];
extern const struct cli_command decide_commands[];
extern const struct cli_command dispute_commands[];
extern const struct cli_command decision_commands[];
extern const struct cli_command declaration_commands[];
extern const struct cli_command device_commands[];
extern const struct cli_command device_life_commands[];
extern const struct cli_command evidence_commands[];
extern const struct cli_command finding_commands[];
extern const struct cli_command delegated_ca_commands[];
extern const struct cli_command external_certificate_commands[];
extern const struct cli_command feed_commands[];
extern const struct cli_command health_commands[];
extern const struct cli_command incident_commands[];
extern const struct cli_command history_commands[];
extern const struct cli_command kit_commands[];
extern const struct cli_command lot_commands[];
extern const struct cli_command open_lot_commands[];
extern const struct cli_command measure_commands[];
extern const struct cli_command model_commands[];
extern const struct cli_command notice_commands[];
extern const struct cli_command organisation_commands[];
extern const struct cli_command policy_commands[];
extern const struct cli_command principal_commands[];
extern const struct cli_command principal_renew_commands[];
extern const struct cli_command proposal_commands[];
extern const struct cli_command rebinding_commands[];
extern const struct cli_command reference_commands[];
extern const struct cli_command attestation_key_commands[];
extern const struct cli_command ek_crl_commands[];
extern const struct cli_command receipt_commands[];
extern const struct cli_command roles_commands[];
extern const struct cli_command ruleset_commands[];
extern const struct cli_command init_commands[];
extern const struct cli_command run_commands[];
extern const struct cli_command service_commands[];
extern const struct cli_command site_commands[];
extern const struct cli_command subscription_commands[];
extern const struct cli_command tre_kind_commands[];
extern const struct cli_command version_commands[];
extern const struct cli_command whoami_commands[];

const struct cli_command *const cli_tables[] = {
	run_commands,
	init_commands,
	service_commands,
	whoami_commands,
	health_commands,
	organisation_commands,
	principal_commands,
	principal_renew_commands,
	approve_commands,
	roles_commands,
	proposal_commands,
	site_commands,
	audit_commands,
	finding_commands,
	evidence_commands,
	ruleset_commands,
	tre_kind_commands,
	model_commands,
	declaration_commands,
	delegated_ca_commands,
	external_certificate_commands,
	coc_commands,
	device_commands,
	device_life_commands,
	rebinding_commands,
	reference_commands,
	attestation_key_commands,
	ek_crl_commands,
	lot_commands,
	open_lot_commands,
	decide_commands,
	decision_commands,
	custody_commands,
	custody_verify_commands,
	consent_commands,
	dispute_commands,
	policy_commands,
	receipt_commands,
	ca_commands,
	cert_commands,
	measure_commands,
	incident_commands,
	notice_commands,
	subscription_commands,
	appeal_commands,
	correction_commands,
	history_commands,
	feed_commands,
	kit_commands,
	ceremony_commands,
	ca_request_commands,
	restore_commands,
	status_commands,
	version_commands,
	NULL,
};
