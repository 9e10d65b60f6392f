#!/usr/bin/env bash
# Operators' policies, as the database keeps them: the terms at their edges,
# versions that count up, one in force for each purpose, and none that changes.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh

sql assay_test <<'SQL' >/dev/null || exit 1
SET ROLE assay_owner;
CREATE FUNCTION t.draft(purpose text, terms jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/operator-policies',
	    jsonb_build_object('purpose', purpose, 'policy', terms)::text);
	SELECT assay.operator_policy_draft(purpose, terms) $$;
CREATE FUNCTION t.activate(n text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/operator-policies/' || n || '/activate',
	    jsonb_build_object('sha256', encode(terms_sha256, 'hex'))::text)
	  FROM assay.operator_policy WHERE number = n;
	SELECT assay.operator_policy_activate(n, terms_sha256)
	  FROM assay.operator_policy WHERE number = n $$;
GRANT EXECUTE ON FUNCTION t.draft(text, jsonb), t.activate(text) TO assay_api;
SQL
draft() { echo "SELECT t.draft('$1', '$2');"; } # PURPOSE TERMS

# ---- the terms at their edges

while read -r code terms; do
	if [ "$code" = good ]; then may operator-1 "taken: $terms" <<<"$(draft initial_download "$terms")"
	else mustnt operator-1 "$code" "refused ($code): $terms" <<<"$(draft initial_download "$terms")"; fi
done <<'TERMS'
good {"min_level": 1}
good {"min_level": 4}
POLICY_TERM {"min_level": 0}
POLICY_TERM {"min_level": 5}
POLICY_TERM {"min_level": 2.5}
POLICY_TERM {"min_level": "2"}
good {"max_audit_age": 1}
good {"max_audit_age": 3650}
POLICY_TERM {"max_audit_age": 0}
POLICY_TERM {"max_audit_age": 3651}
good {"grace_days": 0}
good {"grace_days": 365}
POLICY_BELOW_FLOOR {"grace_days": 366}
POLICY_BELOW_FLOOR {"grace_days": -1}
good {"max_status_age": 1}
good {"max_status_age": 86400}
POLICY_TERM {"max_status_age": 0}
POLICY_TERM {"max_status_age": 86401}
POLICY_TERM {"accept_provisional": "no"}
POLICY_TERM {"accept_self_declared_only": 0}
POLICY_TERM {"require_validation": []}
POLICY_TERM {"require_validation": ["by_hope"]}
POLICY_TERM {"allowed_suppliers": []}
POLICY_TERM {"denied_models": [1]}
POLICY_TERM {"lenient": true}
POLICY_BELOW_FLOOR {"platform_only": true}
good {"platform_only": false}
POLICY_CONTRADICTS {"require_consent": true}
TERMS
may operator-1 "a consent is asked of a change of operator" <<<"$(draft change_of_operator '{"require_consent": true}')"
mustnt operator-1 23514 "there is no other purpose" <<<"$(draft resale '{}')"

# ---- versions, and one in force for each purpose

so "versions count up, purpose by purpose" "(SELECT bool_and(last = n) AND count(*) = 2 FROM (SELECT max(version) AS last,
	count(*) AS n FROM operator_policy GROUP BY purpose) x)"
may other-1 "another operator begins at 1" <<<"$(draft initial_download '{}')
	SELECT t.so((SELECT version = 1 FROM operator_policy ORDER BY id DESC LIMIT 1));"
number() { sql assay_test <<<"SELECT number FROM assay.operator_policy WHERE terms = '$1' AND organisation_id = (SELECT id FROM assay.organisation WHERE handle = 'operator')"; }
one=$(number '{"min_level": 1}') two=$(number '{"min_level": 4}') consent=$(number '{"require_consent": true}')
mustnt operator-1 FOUR_EYES "who drafted it does not put it into force" <<<"SELECT t.activate('$one');"
may operator-2 "another does" <<<"SELECT t.activate('$one');"
may operator-2 "and one for another purpose" <<<"SELECT t.activate('$consent');"
in_force="(SELECT string_agg(number, ' ' ORDER BY id) FROM operator_policy WHERE state = 'active')"
so "each is in force for its purpose" "$in_force = '$one $consent'"
may operator-2 "a later one takes its place" <<<"SELECT t.activate('$two');"
so "and no other's" "$in_force = '$two $consent'"
so "the one before is retired" "(SELECT state = 'retired' FROM operator_policy WHERE number = '$one')"
refused assay_test operator_policy_in_force "two for one purpose there are not, whoever writes" <<<"SET ROLE assay_owner;
	UPDATE operator_policy p SET state = 'active', activated_by = a.activated_by, activation_id = (SELECT max(id) FROM statement
	    WHERE id NOT IN (SELECT activation_id FROM operator_policy WHERE activation_id IS NOT NULL))
	FROM operator_policy a WHERE a.number = '$two' AND p.number = '$(number '{"grace_days": 0}')'"

# ---- none changes

for column in "terms = '{}'" "version = 99" "purpose = 'reprovision'" "terms_sha256 = t.sha('x')" "number = 'POL-X'" \
	"organisation_id = organisation_id + 1" "drafted_by = drafted_by + 1" "created = now()"; do
	for n in "$two" "$consent" "$(number '{"grace_days": 0}')"; do
		refused assay_test POLICY_FIXED "its ${column%% *} cannot change, in force or a draft" \
			<<<"SET ROLE assay_owner; UPDATE operator_policy SET $column WHERE number = '$n'"
	done
done
refused assay_test APPEND_ONLY "nor does one go" <<<"SET ROLE assay_owner; DELETE FROM operator_policy"
refused assay_test state "nor come back" <<<"SET ROLE assay_owner; UPDATE operator_policy SET state = 'active' WHERE number = '$one'"
refused assay_api "permission denied" "and the api writes none of it by itself" <<<"UPDATE operator_policy SET state = 'retired'"
exit $bad
