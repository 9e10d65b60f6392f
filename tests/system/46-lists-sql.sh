#!/usr/bin/env bash
# Lists stay quick however large the register is: with 100,000 devices, no list
# or search reads a big table from end to end, whoever asks and whatever the plan.
set -u
. tests/lib/pg.sh
pg_start || exit 1

sql assay_test <<'SQL' || exit 1
INSERT INTO organisation OVERRIDING SYSTEM VALUE VALUES
	(1, 'body', 'The Body', 'DE', 'body', '{}'),
	(2, 'big', 'Big', 'DE', 'supplier', '{tre,terminal}'),
	(3, 'small', 'Small', 'DE', 'supplier', '{tre,terminal}'),
	(4, 'operator', 'Operator', 'DE', 'operator', '{}');
UPDATE organisation SET state = 'active' WHERE id > 1;
ALTER TABLE organisation DISABLE TRIGGER ALL;
UPDATE organisation SET state = 'active';
ALTER TABLE organisation ENABLE TRIGGER ALL;
INSERT INTO principal (id, handle, organisation_id, role) OVERRIDING SYSTEM VALUE VALUES
	(1, 'reader', 1, 'reader'), (2, 'big-1', 2, 'supplier'), (3, 'small-1', 3, 'supplier'),
	(4, 'operator-1', 4, 'operator');
SQL
psql -h "$pg" -U assay_test -d postgres -qX -v ON_ERROR_STOP=1 -v devices=100000 -v others=600 \
	-v decisions=20000 -v big=2 -v small=3 -v operator=4 -f tests/lib/many.sql || exit 1
sql assay_test <<'SQL' || exit 1
-- what is shown of each is not looked at here: only which are found, and how
CREATE SCHEMA t;
GRANT USAGE ON SCHEMA t TO assay_api;
CREATE FUNCTION t.list_json(text, text, text[], bigint[]) RETURNS int LANGUAGE sql
	AS 'SELECT cardinality($4)';
-- every plan as a notice to whoever asked
ALTER ROLE assay_api SET session_preload_libraries = 'auto_explain';
ALTER ROLE assay_api SET auto_explain.log_min_duration = 0;
ALTER ROLE assay_api SET auto_explain.log_analyze = on;
ALTER ROLE assay_api SET auto_explain.log_timing = off;
ALTER ROLE assay_api SET auto_explain.log_level = notice;
SQL

if grep -n 'OFFSET' db/sql/*.sql; then echo "not ok - no list is read by OFFSET"; bad=1
else echo "ok - no list is read by OFFSET"; fi

# LIST|PARAMETERS, those of each search that the api knows, and a later page
last=$(sql assay_test <<<"SELECT id FROM decision ORDER BY created LIMIT 1")
custody=$(sql assay_test <<<"SELECT name FROM custody ORDER BY id LIMIT 1")
tre=$(sql assay_test <<<"SELECT device_id FROM device WHERE id % 50000 = 42 AND kind = 'tre' LIMIT 1")
lines() {
	cat <<LINES
organisation_list|NULL,NULL,NULL,NULL
organisation_list|'applicant','many-200','auditor','many'
principal_list|NULL,NULL,NULL,NULL,NULL
principal_list|'active','many-p400','big','supplier','many'
site_list|NULL,NULL,NULL,NULL
site_list|'full','many-s400','big','many'
audit_list|NULL,NULL,NULL,NULL,NULL
audit_list|'closed','AUD-MANY-900','big','many-s40','wet'
evidence_list|NULL,NULL,NULL
evidence_list|'submitted',NULL,'big'
model_list|NULL,NULL,NULL,NULL,NULL
model_list|'registered','many-m400','tre','big','many'
declaration_list|NULL,NULL,NULL,NULL
declaration_list|'in_force','DCL-MANY-1000000400-1',NULL,'big'
coc_list|NULL,NULL,NULL,NULL,NULL
coc_list|'certified','COC-MANY-1000000900','tre',NULL,'big'
measure_list|NULL,NULL,NULL,NULL,NULL
measure_list|'in_force','MEA-MANY-400','issuance_freeze','model','many-m100'
lot_list|NULL,NULL,NULL,NULL
lot_list|'issued','LOT-MANY-150','many-m140','big'
lot_list|'rejected',NULL,NULL,NULL
proposal_list|NULL,NULL,NULL,NULL
proposal_list|'open','many-100',NULL,'organisation_activate'
decision_list|NULL,NULL,NULL
decision_list|NULL,'indeterminate',NULL
decision_list|NULL,'permit','operator'
decision_list|'$last',NULL,NULL
custody_list|NULL,NULL,NULL,NULL
custody_list|'held','$custody','tre/$tre','operator'
custody_list|'moved','$custody',NULL,'operator'
custody_list|'disputed',NULL,NULL,NULL
custody_list|NULL,NULL,NULL,'operator'
custody_proof_list|NULL
custody_proof_list|'$custody'
consent_list|NULL
dispute_list|NULL,NULL
dispute_list|'open','DSP-x'
operator_policy_list|NULL,NULL,NULL,NULL
operator_policy_list|'active','POL-x','precheck','operator'
device_list|NULL,NULL,NULL,NULL
device_list|'stolen',NULL,NULL,NULL
device_list|NULL,NULL,'tre',NULL
device_list|'retired',NULL,'terminal',NULL
device_list|NULL,NULL,NULL,'many-m140'
device_list|NULL,'tre/$tre',NULL,NULL
device_of_lot|NULL,NULL,'LOT-MANY-3'
device_of_lot|'stolen',NULL,'LOT-MANY-3'
device_search|'M',NULL,NULL
device_search|'MX00001','terminal/MX0000100000','terminal'
device_search|'MT',NULL,'tre'
notice_list|NULL,NULL,NULL
subscription_list|NULL,NULL
restore_list|NULL,NULL
appeal_list|NULL,NULL
delegated_ca_list|NULL,NULL
ca_list|NULL,NULL,NULL
ca_list|'active','3','tre'
ca_import_list|NULL,NULL
ca_import_list|'refused',NULL
ca_request_list|NULL,NULL
ca_request_list|'pending','3'
correction_list|NULL,NULL
external_certificate_list|NULL,NULL
tre_kind_list|
scheme_list|
finding_list|NULL,NULL
finding_list|'open','FND-x'
incident_list|NULL,NULL
incident_list|'received','INC-x'
reference_list|NULL,NULL,NULL
reference_list|'in_force','REF-x','tre-1'
attestation_key_list|NULL,NULL,NULL
attestation_key_list|'active','ATK-x','tre-1'
ek_crl_list|NULL,NULL
ek_crl_list|'in_force','EKC-x'
rebinding_list|NULL,NULL
rebinding_list|'approved',NULL
ruleset_list|
LINES
}
prepared() {
	statements db/sql/*.sql | grep -E '^PREPARE ([a-z_]+_list|device_of_lot|device_search) '
}
for name in $(prepared | awk '{ print $2 }'); do
	lines | grep -q "^$name|" && continue
	echo "not ok - the list $name is asked for in tests/system/46-lists-sql.sh: add its line, and one of each search"
	bad=1
done

# asks WHO PRINCIPAL: all lists in that name, by both kinds of plan.  A big
# table is not read from end to end, and not nearly so by an index either.
big='device|certificate|binding|custody|decision|statement'
asks() {
	{
		echo "SET search_path = t, assay, pg_temp;"
		prepared
		for mode in force_custom_plan force_generic_plan; do
			while IFS='|' read -r name parameters; do
				printf '\\echo @@ %s(%s) %s\nBEGIN;\nSELECT actor_begin(%s);\n' \
					"$name" "${parameters:0:60}" "${mode#force_}" "$2"
				echo "SET LOCAL plan_cache_mode = $mode;"
				echo "EXECUTE $name${parameters:+($parameters)};"
				echo "ROLLBACK;"
			done < <(lines)
		done
	} | psql -h "$pg" -U assay_api -d postgres -qAtX >"$pg/plans" 2>&1
	awk -v who="$1" -v big="$big" '
		/^@@ / { name = substr($0, 4); n++; next }
		/ERROR:/ { print "not ok - " who ": " name ": " $0; rc = 1; next }
		$0 ~ "Seq Scan on (" big ")( |$)" { print "not ok - " who ": " name ": " $0; rc = 1 }
		/actual rows=/ {
			rows = $0; sub(/.*actual rows=/, "", rows); loops = rows
			sub(/ .*/, "", rows); sub(/.*loops=/, "", loops); sub(/\).*/, "", loops)
			node = $0
			if ($0 ~ "Scan.* on (" big ")( |$)" && rows * loops > 25000) {
				print "not ok - " who ": " name ": " rows * loops " rows:" $0; rc = 1
			}
		}
		/Rows Removed by Filter: / {
			removed = $0; sub(/.*: /, "", removed)
			if (removed + 0 > 5000 && node ~ "Scan.* on (" big ")( |$)") {
				print "not ok - " who ": " name ": removed " removed ":" node; rc = 1
			}
		}
		END {
			if (n < 70) { print "not ok - " who ": " n " lists"; rc = 1 }
			if (!rc) print "ok - " who ": " n " lists, none of which reads a big table through"
			exit rc
		}' "$pg/plans" || bad=1
	grep -q 'Index.* on device' "$pg/plans" || { echo "not ok - plans are seen at all"; bad=1; }
}
asks "the body" 1
asks "a supplier of many devices" 2
asks "a supplier of few" 3
asks "an operator" 4
asks "an auditor" 1000000001

exit $bad
