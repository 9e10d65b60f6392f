#!/usr/bin/env bash
# Measures that arose by themselves fall by two people and never by one; and what an
# appeal, a correction and two who lift a measure do to each other.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/measure.sh

sql assay_test >/dev/null <<'SQL'
SET ROLE assay_owner;
CREATE FUNCTION t.withdraw(subject text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/proposals/' || id || '/withdraw', '{"reason":"x"}') FROM t.open(subject);
	SELECT assay.proposal_withdraw(id, 'x') FROM t.open(subject) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL
basis() { sql assay_test <<<"SELECT legal_basis FROM measure WHERE number = '$1'"; }
adopted() { # NUMBER KIND SCOPE [more]
	may security-1 "$1 is adopted" <<<"SELECT t.adopt('$1', '{\"kind\":\"$2\",\"scope_kind\":\"model\",\"scope\":\"$3\",\"legal_basis\":\"$(basis "$1")\"${4:+,$4}}');"
}
waits() { so "$1" "(SELECT array_agg(number) = '{$3}' FROM measure WHERE cause = '$2' AND state = 'proposed' AND proposed_by IS NULL)"; }

# ---- one alone
imposed "a corrective action" "$(m 1)" corrective_action model tre '"deadline":"2027-02-01","escalates_to":"hold"'
at 2027-02-01T00:00:00Z
tick "is overdue" "(SELECT changes >= 1 FROM clock_tick())"
waits "its escalation waits for somebody" "$(m 1)" "$(m 2)"
adopted "$(m 2)" hold tre
may security-1 "who thinks better of it" <<<"SELECT t.withdraw('$(m 2)');"
so "that is over" "t.state('$(m 2)') = 'rejected'"
waits "but one alone has dismissed nothing: it waits again" "$(m 1)" "$(m 3)"
adopted "$(m 3)" hold tre
at 2027-03-03T00:00:00Z
tick "nobody judges it for thirty days" "(SELECT changes >= 1 FROM clock_tick())"
waits "and it waits again" "$(m 1)" "$(m 4)"
adopted "$(m 4)" hold tre
may decider-1 "a second one rejects it" <<<"SELECT t.judge('$(m 4)', 'reject');"
so "with two it is over" "t.state('$(m 1)') = 'in_force' AND NOT EXISTS (SELECT FROM measure WHERE cause = '$(m 1)' AND state = 'proposed')"
lifted "$(m 1)"

# ---- with what it was about, and only while its cause is there
imposed "a corrective action on some firmware" "$(m 5)" corrective_action model tre2 '"deadline":"2027-04-01","firmware_from":"1.0","firmware_to":"1.9"'
at 2027-04-01T00:00:00Z
tick "is overdue" "(SELECT changes >= 1 FROM clock_tick())"
adopted "$(m 6)" download_freeze tre2 '"firmware_from":"1.0","firmware_to":"1.9"'
may security-1 "its escalation is adopted and withdrawn" <<<"SELECT t.withdraw('$(m 6)');"
waits "it waits again" "$(m 5)" "$(m 7)"
so "on that firmware" "(SELECT (firmware_from, firmware_to) = ('1.0', '1.9') FROM measure WHERE number = '$(m 7)')"
may security-1 "another takes the place of the corrective action, with more time" < <(measure corrective_action model tre2 '"deadline":"2027-06-01","firmware_from":"1.0","firmware_to":"1.9","supersedes":"'"$(m 5)"'"')
may decider-1 "by two" <<<"SELECT t.judge('$(m 8)', 'approve');"
so "and nothing waits to escalate the first" "t.state('$(m 5)') = 'superseded' AND t.state('$(m 7)') = 'rejected'"
at 2027-06-01T00:00:00Z
tick "that is overdue, too" "(SELECT changes >= 1 FROM clock_tick())"
adopted "$(m 9)" download_freeze tre2 '"firmware_from":"1.0","firmware_to":"1.9"'
lifted "$(m 8)"
may security-1 "lifted, its escalation is withdrawn" <<<"SELECT t.withdraw('$(m 9)');"
so "and does not come again" "NOT EXISTS (SELECT FROM measure WHERE state = 'proposed')"

# ---- corrected, and appealed against, at the same time
imposed "a corrective action" "$(m 10)" corrective_action model tre '"deadline":"2027-09-01"'
may acme-1 "its supplier says that it is done, and appeals" <<<"SELECT correction_report('$(m 10)', 'done', '{}'); SELECT t.appeal('$(m 10)');"
may officer-1 "an officer confirms that it is" <<<"SELECT t.confirm_correction('COR-2027-000001', '$(m 10)');"
may decider-3 "a decider upholds the appeal" <<<"SELECT t.decide_appeal('APL-2027-000001', 'upheld', '$(m 10)');"
may decider-4 "with a second one" <<<"SELECT t.judge('APL-2027-000001', 'approve');"
carried "and the authority lifts it"
may security-2 "the correction is approved, too" <<<"SELECT t.judge('COR-2027-000001', 'approve');"
so "and leaves the authority nothing to do, and nothing to fail" "NOT EXISTS (SELECT FROM \"order\" WHERE kind = 'correction_confirm') AND (SELECT state = 'confirmed' FROM correction)"

# ---- two ways to lift one measure
imposed "a hold" "$(m 11)" hold model tre
imposed "and another on its lot" "$(m 12)" hold lot LOT-1
may security-1 "lifting the first is proposed" <<<"SELECT t.lift('$(m 11)');"
may acme-1 "it is appealed against" <<<"SELECT t.appeal('$(m 11)');"
may decider-3 "a decider upholds that" <<<"SELECT t.decide_appeal('APL-2027-000002', 'upheld', '$(m 11)');"
may decider-4 "with a second one" <<<"SELECT t.judge('APL-2027-000002', 'approve');"
carried "and the authority lifts it"
status "the lot is on hold still, by the other" "on_hold 6,issued 0,issued 0"
so "which the decision is told, and no more" "(SELECT array_agg(x ->> 'number') = '{$(m 12)}' FROM jsonb_array_elements(device_measures((SELECT id FROM device WHERE device_id = 'LOT-1-0'))) x)"
mustnt security-2 MEASURE_STATE "what is lifted is not lifted again" <<<"SELECT t.judge('$(m 11)', 'approve');"
may security-2 "it is rejected" <<<"SELECT t.judge('$(m 11)', 'reject');"
lifted "$(m 12)"
status "then all is good" "issued 0,issued 0,issued 0"

# ---- let in again by what was proposed before it was banned
may security-1 "a supplier is suspended" <<<"SELECT organisation_set_state('acme', 'suspended', 'tested');"
may officer-1 "letting it in again is proposed" <<<"SELECT t.organisation('acme', 'reinstate');"
at 2027-06-02T00:00:00Z
imposed "it is banned" "$(m 13)" ban organisation acme
lifted "$(m 13)"
mustnt decider-2 PROPOSAL_STALE "the ban is lifted, and nobody has said since that it may come in" <<<"SELECT t.judge('acme', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('acme', 'reject');"
may officer-1 "proposed anew" <<<"SELECT t.organisation('acme', 'reinstate');"
may decider-2 "it is let in" <<<"SELECT t.judge('acme', 'approve');"
exit $bad
