#!/usr/bin/env bash
# Audits that are decided late, by what happened to their site in between: what was
# taken away since, and given back or not; what a later audit found; and that the
# record, the register and the authority go on saying the same.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/finding.sh

may acme-1 "a supplier has sites" <<'SQL'
SELECT site_new(h, 'acme', h, 'DE', 'Street 1', '{tre_production}') FROM unnest('{fab,lab,den,hut}'::text[]) h;
SQL
file auditor-1 report
for site in fab lab den hut; do
	begun $site dry; report compliant 2027-01-01 report; decided compliant
done
scope fab "a dry audit gives nine months" "state = 'provisional' AND expires = '2027-10-01'"
suspended() { may security-1 "$1 is suspended: $2" <<<"SELECT site_suspend('$1', NULL, '$2');"; }
reinstated() {
	may officer-1 "giving $1 back is proposed" <<<"SELECT t.reinstate('$1', 'settled');"
	may decider-2 "by two it is" <<<"SELECT t.judge('$1', 'approve');"
}

# ---- suspended since, and then run out
at 2027-05-25T00:00:00Z
begun fab wet; report compliant 2027-05-20 report; fab=$n
at 2027-06-01T00:00:00Z
suspended fab 'keys were stolen'
may decider-1 "the audit of before is proposed" <<<"SELECT t.decide('$fab', 'compliant');"
mustnt decider-2 AUDIT_TOO_OLD "and gives nothing back" <<<"SELECT t.judge('$fab', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$fab', 'reject');"
at 2027-10-01T00:00:00Z; tick
scope fab "at its end it is over, suspended still" "state = 'expired'"
may decider-1 "the audit of before is proposed again" <<<"SELECT t.decide('$fab', 'compliant');"
mustnt decider-2 AUDIT_TOO_OLD "that it ran out meanwhile gives no more back" <<<"SELECT t.judge('$fab', 'approve');"
scope fab "nothing has changed" "state = 'expired'"
at 2027-10-03T00:00:00Z
begun fab wet; report compliant 2027-10-02 report; decided compliant
scope fab "an audit of since does" "state = 'full' AND effective = '2027-10-02'"

# ---- suspended since, and given back by two
year=2028 number=0
at 2028-05-25T00:00:00Z
begun fab renewal; report compliant 2028-05-20 report
may decider-1 "its decision is proposed" <<<"SELECT t.decide('$n', 'compliant');"
at 2028-06-01T00:00:00Z
suspended fab 'a fire'
at 2028-06-10T00:00:00Z
reinstated fab
at 2028-06-11T00:00:00Z
mustnt decider-2 PROPOSAL_STALE "what was signed before the fire is no decision of today: the authority would issue nothing on it" <<<"SELECT t.judge('$n', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$n', 'reject');"
decided compliant
scope fab "proposed anew it renews, from when it was given back" "state = 'full' AND effective = '2028-06-10' AND expires = '2030-05-20'"
known() { so "$1" "(SELECT history_state_of('site_scope', x.id, '$2', assay_now()) ->> 'state' = '$3' FROM site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = 'fab')"; }
known "before the fire it was accredited" 2028-05-31 full
known "while it was suspended it was not, by all that is known today" 2028-06-05 suspended
known "and it is again since" 2028-06-11 full
so "who decided is who the authority asks for" "(SELECT p.created >= max(h.recorded) FROM proposal p, history h WHERE p.subject_number = '$n' AND p.state = 'approved' AND h.entity = 'site_scope' AND h.to_state = 'suspended' GROUP BY p.created)"

# ---- a later audit was not passed
may officer-1 "two wet audits of a new site are planned" <<'SQL'
SELECT site_new('yard', 'acme', 'Yard', 'DE', 'Street 5', '{tre_production}');
SELECT audit_plan('yard', 'wet', '{tre_production}', '{auditor-1,auditor-2}', '2028-01-01'), audit_plan('yard', 'wet', '{tre_production}', '{auditor-1,auditor-2}', '2028-01-01');
SQL
may auditor-1 "and begun" <<<"SELECT audit_start('AUD-2028-000002'), audit_start('AUD-2028-000003');"
n=AUD-2028-000002; report compliant 2028-06-01 report
n=AUD-2028-000003; report non_compliant 2028-06-10 report; decided non_compliant
n=AUD-2028-000002
may decider-1 "the earlier one is proposed" <<<"SELECT t.decide('$n', 'compliant');"
mustnt decider-2 AUDIT_TOO_OLD "and accredits nothing: the later one says how it is" <<<"SELECT t.judge('$n', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$n', 'reject');"
number=3
begun yard repeat; report compliant 2028-06-11 report; decided compliant
scope yard "a repeat does" "state = 'full' AND effective = '2028-06-11'"

# ---- found wanting while it is suspended for something else
suspended yard 'a flood'
may officer-1 "giving it back is proposed" <<<"SELECT t.reinstate('yard', 'dry again');"
at 2028-06-20T00:00:00Z
begun yard extraordinary; report non_compliant 2028-06-19 report; decided non_compliant
scope yard "it is suspended for that, too" "state = 'suspended' AND effective = '2028-06-20' AND reason LIKE '$n %'"
mustnt decider-2 PROPOSAL_STALE "who wanted it back for the flood knew nothing of it" <<<"SELECT t.judge('yard', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('yard', 'reject');"
reinstated yard
scope yard "proposed anew it becomes what it was" "state = 'full' AND expires = '2029-06-11'"

# ---- a finding that is open again
begun den wet
may auditor-1 "they find something major" <<<"SELECT t.found('$n', 'major');"
report non_compliant 2028-06-20 report
f=FND-2028-000001
may acme-1 "its supplier answers" <<<"SELECT t.answer('$f');"
may acme-1 "and plans" <<<"SELECT finding_plan('$f', 'a wall', '2028-07-20');"
may officer-1 "the plan is accepted" <<<"SELECT t.plan('$f', 'accepted');"
file acme-1 wall
may officer-1 "it is mended" <<<"SELECT t.mended('$f', 'wall');"
may officer-2 "what proved that proves false" <<<"SELECT t.repudiate('wall');"
finding $f "it is open again" "state = 'open' AND due = '2028-09-18'"
mustnt acme-1 FINDING_UNANSWERED "what was answered before is no answer" <<<"SELECT finding_plan('$f', 'another wall', '2028-07-20');"
may acme-1 "it is answered anew" <<<"SELECT t.answer('$f'); SELECT finding_plan('$f', 'another wall', '2028-07-20');"
may officer-1 "and its plan accepted" <<<"SELECT t.plan('$f', 'accepted');"

# ---- one of two elements is withdrawn before the audit of both is decided
n=AUD-2028-000007
may officer-1 "an audit of two elements of a new site" <<'SQL'
SELECT site_new('pier', 'acme', 'Pier', 'DE', 'Street 6', '{tre_production,key_injection}');
SELECT audit_plan('pier', 'wet', '{tre_production,key_injection}', '{auditor-1,auditor-2}', '2028-01-01');
SQL
may auditor-1 "begun" <<<"SELECT audit_start('$n');"
report compliant 2028-06-20 report
may officer-1 "the one is withdrawn" <<<"SELECT site_withdraw('pier', 'key_injection', 'sold');"
decided compliant
scope pier "the other was seen, and is accredited" "state = 'full' AND effective = '2028-06-20'"
so "what was withdrawn stays so" "(SELECT x.state = 'withdrawn' FROM site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = 'pier' AND scope = 'key_injection')"
exit $bad
