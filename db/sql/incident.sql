-- Incidents.

-- name: incident_list
-- $1 in which state, $2 before which number, or NULL; newest first
SELECT incident_list($1, $2);

-- name: incident_get
-- $1 number
SELECT incident_one($1);

-- name: incident_report_do
-- $1 kind, $2 detail, $3 reference or NULL, $4 devices (JSON array), $5
-- organisation, $6 model, $7 lot, or NULL -> JSON
SELECT incident_report($1, $2, $3,
	ARRAY(SELECT jsonb_array_elements_text($4::jsonb)), $5, $6, $7);

-- name: incident_triage_do
-- $1 number, $2 severity, $3 reason, $4 quarantine its devices -> JSON
SELECT incident_triage($1, $2, $3, $4::bool);

-- name: incident_finding_do
-- $1 number, $2 preliminary finding -> JSON
SELECT incident_find_preliminary($1, $2);

-- name: incident_confirm_do
-- $1 number, $2 reason, $3 reason to revoke for, or NULL -> JSON
SELECT incident_confirm($1, $2, $3);

-- name: incident_dismiss_do
-- $1 number, $2 reason -> JSON of the proposal
SELECT incident_dismiss_propose($1, $2);

-- name: incident_close_do
-- $1 number, $2 reason -> JSON
SELECT incident_close($1, $2);

-- name: incident_measure_do
-- $1 number, $2 kind, $3 kind of scope, $4 scope or NULL, $5 legal basis or
-- NULL, $6 emergency -> JSON of the measure
SELECT incident_measure($1, $2, $3, $4, $5, $6::bool);

-- name: incident_mis_issuance_do
-- $1 the certificate -> the incident's number
SELECT incident_mis_issuance($1::bytea, $2::bytea);

-- name: clone_found_do
-- $1 lot id, $2 JSON: [{"row", "device_id", "key", "what"}, ...] -> the
-- incident's number, or NULL
SELECT clone_found($1::bigint, $2::jsonb);

-- name: clone_shown_do
-- $1 decision, $2 TrE and $3 terminal (ids of devices) -> the incident's
-- number, or NULL
SELECT clone_shown($1::uuid, $2::bigint, $3::bigint);

-- name: clone_rewound_do
-- $1 decision, $2 TrE (id of a device) -> the incident's number, or NULL
SELECT clone_rewound($1::uuid, $2::bigint);
