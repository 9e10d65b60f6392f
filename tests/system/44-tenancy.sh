#!/usr/bin/env bash
# Each named statement of db/sql that reads, as each tenant, in the api's role:
# what comes out is its own, or everybody's.  A statement that has no line here
# fails the test.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/tenants.sh
tenants_begin

# Those that write, by their first words, and those that write by functions of
# the owner (_do, _redo), are judged by the tests of their nouns.
that_read() {
	statements db/sql/*.sql |
		grep -Ev '^PREPARE [a-z_]+_(re)?do AS|^PREPARE [a-z_]+ AS +(COPY|INSERT|UPDATE|DELETE)\b|^PREPARE (actor_begin|statement_add) |AS +WITH .*\b(UPDATE|INSERT)\b'
}
# Some the api may not even prepare: that is an answer, too.
that_read >"$pg/prepared"

# NAME|ABOUT|WHO SEES IT|PARAMETERS: see ask() in tests/lib/tenants.sh.  own: a
# supplier or operator, and its readers; mine: without these; audit: its auditors;
# body; op: operators and their readers; operator: without these; anyone.
lines() {
	cat <<'LINES'
audit_list|-AB|own audit body|NULL,NULL,NULL,NULL,NULL
audit_get|AB|own audit body|'AUD-secret{T}'
ca_list|-||NULL,NULL,NULL
ca_get|-||'3'
ca_roots|-||
root_update|-||'root'::bytea
certificate_get|AB|own audit body op|encode('secret{T}--', 'hex')
coc_list|-AB|own audit body|NULL,NULL,NULL,NULL,NULL
coc_get|AB|own audit body|'COC-public{T}'
declaration_list|-AB|own audit body|NULL,NULL,NULL,NULL
declaration_get|AB|own audit body|'DCL-secret{T}'
device_list|-AB|own audit body|NULL,NULL,NULL,NULL
device_of_lot|AB|own audit body|NULL,NULL,'LOT-secret{T}'
device_search|-AB|own audit body|'SECRET',NULL,NULL
device_one|AB|own audit body op|'tre','SECRET{T}-TRE'
evidence_list|-AB|own audit body|NULL,NULL,NULL
evidence_get|AB|own audit body|encode(pg_catalog.sha256('evidence{T}'), 'hex')
evidence_of|AB|own audit body|encode(pg_catalog.sha256('evidence{T}'), 'hex')
lot_list|-AB|own audit body|NULL,NULL,NULL,NULL
lot_one|AB|own audit body|'LOT-secret{T}'
lot_results|AB|own audit body|'LOT-secret{T}',0,false
measure_list|-AB|own audit body|NULL,NULL,NULL,NULL,NULL
measure_get|AB|own audit body|'MEA-public{T}'
model_list|-AB|own audit body|NULL,NULL,NULL,NULL,NULL
model_get|AB|own audit body|'secret{t}-draft'
organisation_list|-ABCD|own audit body|NULL,NULL,NULL,NULL
organisation_get|AB|own audit body|'public{t}-sup'
principal_list|-ABCD|own audit body|NULL,NULL,NULL,NULL,NULL
principal_get|AB|own audit body|'secret{t}-pki'
proposal_list|-AB|body|NULL,NULL,NULL,NULL
proposal_get|AB|body|{n}
site_list|-AB|own audit body|NULL,NULL,NULL,NULL
site_get|AB|own audit body|'secret{t}-site'
search_named|AB|own audit body|'site','secret{t}-site'
search_named|AB|own audit body|'model','secret{t}-draft'
search_named|AB|own audit body|'lot','LOT-secret{T}'
search_named|CD|own body|'operator','secret{t}-op'
search_named|-||'organisation','publica-sup'
coc_why|AB|own audit body|'COC-public{T}'
delegated_ca_list|-AB|own audit body|NULL,NULL
delegated_ca_get|AB|own audit body|'DCA-secret{T}'
delegated_ca_certificate|-||'DCA-secretA'
restore_list|-|body|NULL,NULL
restore_get|-|body|'RST-1'
appeal_list|-AB|own audit body|NULL,NULL
appeal_get|AB|own audit body|'APP-secret{T}'
correction_list|-AB|own audit body|NULL,NULL
correction_get|AB|own audit body|'COR-secret{T}'
external_certificate_list|-AB|own audit body|NULL,NULL
external_certificate_get|AB|own audit body|'EXT-secret{T}'
scheme_list|-||
tre_kind_list|-||
ruleset_named|-||'tre-robustness'
finding_list|-AB|own audit body|NULL,NULL
finding_get|AB|own audit body|'FND-secret{T}'
notice_list|-CD|own|NULL,NULL,NULL
subscription_list|-CD|own body|NULL,NULL
subscription_get|CD|own body|'SUB-secret{T}'
incident_list|-ABE|own audit body|NULL,NULL
incident_get|AB|own audit body|'INC-secret{T}'
reference_list|-AB|own audit body|NULL,NULL,NULL
reference_get|AB|own audit body|'REF-secret{T}'
attestation_key_list|-AB|own audit body|NULL,NULL,NULL
attestation_key_get|AB|own audit body|'ATK-secret{T}'
ek_crl_list|-AB|own audit body|NULL,NULL
ek_crl_get|AB|own audit body|'EKC-secret{T}'
ek_crl_root|AB|own audit body|'REF-secret{T}'
ek_roots|AB|own body|'public{t}-tre'
rebinding_list|-AB|own audit body|NULL,NULL
rebinding_get|AB|own audit body|'REB-secret{T}'
tamper_report_signer|AB|anyone|pg_catalog.sha256('secret{T}-- tre')
ruleset_list|-||
ruleset_get|-||'tre-robustness',1
ruleset_for_model|-||'secreta-draft'
decision_list|-CD|own body|NULL,NULL,NULL
decision_get|CD|own body|'00000000-0000-4000-8000-00000000{n}'
decision_answer|CD|own body|'00000000-0000-4000-8000-00000000{n}'
receipt_bundle|CD|own body|'00000000-0000-4000-8000-00000000{n}'
decision_earlier|CD|own body|{n},'00000000-0000-4000-9000-00000000{n}'
decision_facts|AB|operator|pg_catalog.sha256('secret{T}-- tre'),NULL,3000,'precheck',NULL,NULL,NULL
custody_list|-CD|own body|NULL,NULL,NULL,NULL
custody_get|CD|own body|'00000000-0000-4000-a000-00000000{n}'
dispute_list|-CD|own body|NULL,NULL
custody_proof_list|-CD|body|NULL
consent_list|-CD|body|NULL
signer_get|CD|body|pg_catalog.sha256('secret{T}-- person')
dispute_get|CD|own body|'DSP-secret{T}'
decision_facts_many|AB|operator|ARRAY[pg_catalog.sha256('secret{T}-- tre')],ARRAY[''::bytea]
decision_facts_together|CD|anyone|ARRAY[pg_catalog.sha256('secret{T}-- person')],'{precheck}','{x}','{x}','{x}'
decision_consent|CD|operator|pg_catalog.sha256('secret{T}-- person'),'x',pg_catalog.sha256('public{T}-- tre')
receipt_bundle|CD|own body|'00000000-0000-4000-c000-00000000{n}'
decision_batch_get|CD|own body|'00000000-0000-4000-a000-00000000{n}',NULL,NULL
decision_batch_items|CD|own body|{n},0
operator_policy_list|-CD|own body|NULL,NULL,NULL,NULL
operator_policy_get|CD|own body|'POL-secret{T}'
operator_policy_terms|CD|own body|'POL-secret{T}'
operator_policy_decisions|CD|own body|{n},'secret{T}',9
receipt_signer_named|-||pg_catalog.sha256('receipt cert')
receipt_recorded|-||'00000000-0000-4000-8000-000000003000','secretC.receipt'
receipt_stamp_of|-||'00000000-0000-4000-8000-000000003000'
receipt_signer|-||'receipt key'
publication_newest|-||'public/x.crl'
issuer_certificates|-||
ca_request_list|-||NULL,NULL
ca_request_file_show|-||'CAR-2026-000001'
ca_request_file_content|-||'CAR-2026-000001'
ca_import_list|-||NULL,NULL
ca_import_get|-||'CAI-2026-000001'
certificate_turned_over|-||'secretA--','secretA--','tre'
principal_by_certificate|ABCD|anyone|'secret{T}-- person'
health|-||
enrol_result|-||'LOT-secretA',1,pg_catalog.sha256('a key')
enrol_results|-||'LOT-secretA',ARRAY[1],ARRAY[pg_catalog.sha256('a key')]
enrol_cas|-||'LOT-secretA'
cmp_lot|-||'LOT-secretA',true,'a key'::bytea,pg_catalog.sha256('a certificate')
cmp_transaction_get|-||'LOT-secretA','x'::bytea,pg_catalog.sha256('who')
cmp_confirm_until|-||'LOT-secretA',1
ready|-||
history_answer|AB|own audit body|'secret{t}-draft',NULL,NULL
standing_answer|AB|own audit body|'secret{t}-draft',NULL,NULL
LINES
	# the authority's, the follower's and the migrator's, should the api run them
	cat <<'LINES'
signer_find|AB|body forbidden|pg_catalog.sha256('secret{T}-- person'),'access'
signed_act|ABCD|mine body forbidden|{n}
coc_of_model|AB|forbidden|{n}+1
model_parts|AB|forbidden|{n}+1
lot_standing|-|forbidden|1000
proposals_approved|-|forbidden|'secretA','organisation_activate'
proposal_approvals|-|forbidden|1000
publication_crl|-|forbidden|1,0
init_body|-|forbidden|
init_principal|-|forbidden|'secreta-pki'
init_delegated_get|-|forbidden|'api-1'
authority_now|-|forbidden|
clock_wall|-|forbidden|
certificate_now|-|forbidden|
crl_due|-|forbidden|0,0,0,3600,0,0
crl_facts|-|forbidden|2,0
crl_entry_each|-|forbidden|1000,0,10
delegated_due|-|forbidden|
delegated_latest|-||'api-1'
delegated_links|-||2
issuer_get|AB|own audit body forbidden|{n}
issuer_find|-|forbidden|'tre',1000
issuer_of_lot|AB|forbidden|{n}
issuer_missing|-|forbidden|
root_order|AB|forbidden|{n}
root_succession|-|forbidden|NULL
root_succession_keys|-|forbidden|7
root_by_certificate|-|forbidden|'root'::bytea
range_reserved|-|forbidden|
rebinding_signed|AB|forbidden|'REB-secret{T}'
lot_waiting|-|forbidden|'{}','{}','{}'
lot_get|AB|own audit body forbidden|{n}
lot_rows|AB|forbidden|{n},0,10
cmp_proofs|AB|forbidden|{n},0,10
lot_check_rows|AB|forbidden|{n},'{1}','{x}'
lot_tres_known|AB|forbidden|'{x}','{x}'
lot_check_tres|AB|forbidden|{n},'{1}','{x}'
lot_obstacles|AB|forbidden|{n},1
lot_lint_failed|AB|forbidden|{n},'LINT_KIND','a wrong profile'
lot_stop_open|AB|forbidden|{n},'why',1
lot_quota_left|AB|forbidden|{n}
lint_alarm|-|forbidden|'authority','LINT_KIND','a wrong profile'
lot_issue_rows|AB|forbidden|{n},0,10
lot_issue_tres|AB|forbidden|{n},0,10
enrol_waiting|-|forbidden|
enrol_footing|-|forbidden|
enrol_until|AB|forbidden|{n}
enrol_over|-|forbidden|'{1}'
migration_same|-|forbidden|'x','x'
migration_unknown|-|forbidden|'x'
order_waiting|-|forbidden|'{}'
ca_request_pending|-|forbidden|'tre',1000
ca_request_ocsp_due|-|forbidden|
ca_ocsp_begun|-|forbidden|
ca_ocsp_until|-||1,1
ca_request_get|-|forbidden|'x'::bytea
ca_ocsp_keys|-|forbidden|
ca_request_file_asked|-|forbidden|
ca_crl_was|-|forbidden|1,'x'::bytea,0
ca_request_each|-|forbidden|1
ca_crl_next|-|forbidden|1
ca_request_signer|-|forbidden|'a key'::bytea
ca_request_links|-|forbidden|1,2
ca_crl_last|-|forbidden|1,'public/crl/root.crl'
ca_import_received|-|forbidden|
order_rsa_certificates|-|forbidden|
order_key_taken|-|forbidden|pg_catalog.sha256('of nobody')
kit_due|-|forbidden|
kit_begin|-|forbidden|
kit_issuers|-|forbidden|
kit_states|-|forbidden|1,0,9,'2027-01-01'
kit_changes|-|forbidden|0,9
kit_serials|-|forbidden|1,0,9
kit_models|-|forbidden|
kit_sites|-|forbidden|
kit_measures|-|forbidden|
kit_cohorts|-|forbidden|
feed_due|-|forbidden|
feed_signer|-|forbidden|'feed key'
delegated_ca_order|-|forbidden|1000
delegated_ca_standing|-|anyone forbidden|{n}
delegated_known|-|forbidden|3,'{}','{}'
delegated_crl_next|-|forbidden|
order_given_back|-|forbidden|1000
order_principal|ABCD|own audit body forbidden|{n}
order_renewal|-|forbidden|{n}
ca_key_order|-|forbidden|1000
status_head_get|-|forbidden|
status_event_after|-|forbidden|0
status_event_has|-|forbidden|1,''
restore_head|-|forbidden|
restore_issuers|-|anyone|
restore_lost|-|forbidden|
restore_stands|-|anyone|
restore_order|-|forbidden|
publication_each|-|forbidden|0
publication_get|-|forbidden|1
publication_part_of|-|forbidden|1
LINES
}

for name in $(that_read | awk '{ print $2 }'); do
	lines | grep -q "^$name|" && continue
	echo "not ok - the statement $name has a line in tests/system/44-tenancy.sh"
	echo "# add NAME|ABOUT|WHO SEES IT|PARAMETERS to lines(): it reads, so say what it gives to whom"
	bad=1
done
for name in $(lines | cut -d'|' -f1); do
	that_read | grep -q "^PREPARE $name " && continue
	echo "not ok - $name is a statement of db/sql: take its line out"
	bad=1
done

while IFS='|' read -r name about words parameters; do
	echo "$name|$about|$words|EXECUTE $name${parameters:+($parameters)}"
done < <(lines) >"$pg/lines"
strict=1
ask <"$pg/lines"
exit $bad
