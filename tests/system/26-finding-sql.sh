#!/usr/bin/env bash
# Findings, and the audits that they stand in the way of, as their functions and
# the clock have them: each deadline at the second before and at the second, each
# refusal.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/finding.sh

may acme-1 "a supplier has two sites" <<'SQL'
SELECT site_new('fab', 'acme', 'Fab', 'DE', 'Street 1', '{tre_production}');
SELECT site_new('lab', 'acme', 'Lab', 'DE', 'Street 2', '{tre_production}');
SQL
file auditor-1 report

# ---- recording
begun fab wet
mustnt auditor-3 NOT_ITS_AUDITOR "another auditor finds nothing in it" <<<"SELECT t.found('$n', 'major');"
mustnt officer-1 ROLE_REQUIRED "nor does an officer" <<<"SELECT t.found('$n', 'major');"
mustnt auditor-1 SCOPE_UNKNOWN "a finding is about a scope of the audit" <<<"SELECT t.found('$n', 'major', 'x', 'key_injection');"
mustnt auditor-1 RULE_UNKNOWN "and about a rule that there is" <<<"SELECT t.found('$n', 'major', 'x', 'tre_production', 'XX-1');"
mustnt auditor-1 NOT_FOUND "in an audit that there is" <<<"SELECT t.found('AUD-2027-999999', 'major');"
may auditor-1 "an auditor reports too early" <<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'report');"
may auditor-2 "the other one finds something critical" <<<"SELECT t.found('$n', 'critical', 'keys on a wall', 'tre_production', 'HI-1');"
critical=FND-2027-000001
mustnt auditor-2 NO_REPORT "then the report is to be filed again" <<<"SELECT t.confirm_report('$n');"
mustnt auditor-1 CRITICAL_FINDING "and cannot say that all is well" <<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'report');"
may auditor-1 "they find something major" <<<"SELECT t.found('$n', 'major');"
major=FND-2027-000002
may auditor-1 "something minor" <<<"SELECT t.found('$n', 'minor');"
minor=FND-2027-000003
may auditor-1 "and observe something" <<<"SELECT t.found('$n', 'observation');"
observation=FND-2027-000004
may auditor-1 "what was recorded may be put better" <<<"SELECT finding_amend('$minor', 'tre_production', 'minor', NULL, 'a small gap');"
mustnt auditor-3 NOT_ITS_AUDITOR "by its auditors" <<<"SELECT finding_amend('$minor', 'tre_production', 'minor', NULL, 'no gap');"
mustnt officer-1 AUDIT_HAS_FINDINGS "an audit that found something is not cancelled" <<<"SELECT audit_cancel('$n');"
finding $critical "before the report nothing is due" "due IS NULL"
report non_compliant 2027-01-01 report
first=$n

# ---- fixed, and due
mustnt auditor-1 ILLEGAL_TRANSITION "what was reported gets no further findings" <<<"SELECT t.found('$n', 'major');"
mustnt auditor-1 ILLEGAL_TRANSITION "nor others in their place" <<<"SELECT finding_amend('$major', 'tre_production', 'minor', NULL, 'less');"
refused assay_test REPORT_IMMUTABLE "not by the owner either" <<<"SET ROLE assay_owner; UPDATE finding SET severity = 'minor' WHERE number = '$major'"
refused assay_test REPORT_IMMUTABLE "who adds none" <<<"SET ROLE assay_owner; INSERT INTO finding (number, audit_id, scope, severity, text, recorded_by) SELECT 'FND-1', audit_id, scope, severity, text, recorded_by FROM finding WHERE number = '$major'"
refused assay_test APPEND_ONLY "and deletes none" <<<"SET ROLE assay_owner; DELETE FROM finding"
refused assay_api 42501 "the api writes none" <<<"UPDATE finding SET due = NULL"
finding $critical "critical: 7 days from the report" "due = '2027-01-08'"
finding $major "major: 90" "due = '2027-04-01'"
finding $minor "minor: with the next audit" "due IS NULL"
finding $observation "observation: never" "due IS NULL"
told "the supplier hears of each" acme finding.reported $critical "AND detail ->> 'due' = '2027-01-08T00:00:00Z'"
may reader "an audit shows its findings" <<<"SELECT t.so(jsonb_array_length(shown_whole('audit', id) -> 'findings') = 4) FROM audit WHERE number = '$n';"
decided non_compliant
so "it is decided, and closed only with its findings" "(SELECT state = 'decided' FROM audit WHERE number = '$n')"

# ---- warned, and overdue: critical
at 2027-01-05T23:59:59Z; tick
so "more than 2 days before nobody is warned" "NOT EXISTS (SELECT FROM notice WHERE topic = 'finding.due')"
at 2027-01-06T00:00:00Z; tick; tick
told "2 days before the supplier is warned" acme finding.due $critical "AND detail ->> 'days' = '2'"
so "once" "(SELECT count(*) = 1 FROM notice WHERE topic = 'finding.due')"
at 2027-01-07T23:59:59Z; tick
finding $critical "in its last second it is not overdue" "state = 'open'"
at 2027-01-08T00:00:00Z
finding $critical "at its end it reads so, whether the clock was here or not" "finding_json(finding) ->> 'state' = 'overdue' AND state = 'open'"
tick; tick
finding $critical "and then is" "state = 'overdue' AND effective = due"
so "it proposes a freeze of issuance at the site, by nobody" "(SELECT count(*) = 1 FROM measure WHERE kind = 'issuance_freeze' AND scope_kind = 'site' AND scope_number = 'fab' AND cause = '$critical' AND state = 'proposed' AND proposed_by IS NULL)"
told "the supplier is told" acme finding.overdue $critical "AND detail ->> 'measure' LIKE 'MEA-%'"
told "and the body" body alarm.finding_overdue $critical ""
so "nobody else is" "NOT EXISTS (SELECT FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.handle NOT IN ('acme', 'body'))"

# ---- major
at 2027-03-17T23:59:59Z; tick
so "a major one is not warned of before its 14 days" "NOT EXISTS (SELECT FROM notice WHERE topic = 'finding.due' AND subject = '$major')"
at 2027-03-18T00:00:00Z; tick
told "14 days before it is" acme finding.due $major "AND detail ->> 'days' = '14'"
at 2027-03-29T23:59:59Z; tick
so "not again until 2 days" "(SELECT count(*) = 1 FROM notice WHERE topic = 'finding.due' AND subject = '$major')"
at 2027-03-30T00:00:00Z; tick
told "2 days before once more" acme finding.due $major "AND detail ->> 'days' = '2'"

# ---- the supplier's part
mustnt bolt-1 NOT_YOURS "another supplier does not answer" <<<"SELECT t.answer('$major');"
mustnt auditor-1 ROLE_REQUIRED "nor an auditor" <<<"SELECT t.answer('$major');"
mustnt acme-1 NOT_FOUND "nor anybody to what is not there" <<<"SELECT t.answer('FND-2027-999999');"
mustnt acme-1 FINDING_UNANSWERED "a plan comes after an answer" <<<"SELECT finding_plan('$major', 'mend it', '2027-04-01');"
mustnt acme-1 EVIDENCE_ABSENT "an answer names files that were uploaded" <<<"SELECT t.answer('$major', 'photo');"
mustnt acme-1 EVIDENCE_ABSENT "by the supplier itself" <<<"SELECT t.answer('$major', 'report');"
may acme-1 "the supplier answers, with a file" <<<"SELECT t.file('photo'); SELECT t.answer('$major', 'photo');"
finding $major "it is responded" "state = 'responded'"
may acme-1 "and again" <<<"SELECT t.answer('$major');"
refused assay_test APPEND_ONLY "what was answered stays" <<<"SET ROLE assay_owner; UPDATE finding_response SET text = 'never'"
mustnt auditor-1 NO_PLAN "there is no plan yet" <<<"SELECT t.plan('$major', 'accepted');"
mustnt auditor-1 ILLEGAL_TRANSITION "without one it is not closed" <<<"SELECT t.mended('$major', 'report');"
mustnt acme-1 PLAN_DAY "a plan ends before the finding is due" <<<"SELECT finding_plan('$major', 'mend it', '2027-04-02');"
mustnt acme-1 PLAN_DAY "and not yesterday" <<<"SELECT finding_plan('$major', 'mend it', '2027-03-29');"
mustnt bolt-1 NOT_YOURS "another supplier plans nothing" <<<"SELECT finding_plan('$major', 'mend it', '2027-04-01');"
may acme-1 "the supplier plans" <<<"SELECT finding_plan('$major', 'mend it', '2027-04-01');"
mustnt acme-1 PLAN_WAITING "one thing at a time" <<<"SELECT finding_plan('$major', 'mend more', '2027-04-01');"

# ---- the auditors' part
mustnt acme-1 ROLE_REQUIRED "a supplier accepts no plan" <<<"SELECT t.plan('$major', 'accepted');"
mustnt decider-1 ROLE_REQUIRED "nor a decider" <<<"SELECT t.plan('$major', 'accepted');"
mustnt auditor-3 NOT_ITS_AUDITOR "nor another auditor" <<<"SELECT t.plan('$major', 'accepted');"
mustnt auditor-1 STATEMENT_REQUIRED "nobody without signing" <<<"SELECT finding_judge_plan('$major', 'accepted', 'good');"
mustnt auditor-1 STATEMENT_DIFFERS "nobody with another signature" <<<"SELECT t.sign('/v1/findings/$minor/accept-plan', '{\"reason\":\"good\"}'); SELECT finding_judge_plan('$major', 'accepted', 'good');"
mustnt auditor-1 REASON_REQUIRED "a rejection says why" <<<"SELECT t.plan('$major', 'rejected', NULL);"
may auditor-1 "an auditor rejects it" <<<"SELECT t.plan('$major', 'rejected', 'too little');"
told "the supplier hears why" acme finding.plan_rejected $major "AND detail ->> 'reason' = 'too little'"
refused assay_test PLAN_FIXED "that stays" <<<"SET ROLE assay_owner; UPDATE finding_plan SET verdict = 'accepted'"
may acme-1 "another plan" <<<"SELECT finding_plan('$major', 'mend all', '2027-04-01');"
may officer-1 "an officer accepts it" <<<"SELECT t.plan('$major', 'accepted');"
finding $major "the plan is accepted, and the deadline what it was" "state = 'plan_accepted' AND due = '2027-04-01'"
mustnt acme-1 ILLEGAL_TRANSITION "an accepted plan is not planned anew" <<<"SELECT finding_plan('$major', 'later', '2027-04-01');"

# ---- overdue in spite of a plan, and a new deadline
at 2027-03-31T23:59:59Z; tick
finding $major "in its last second it is not overdue" "state = 'plan_accepted'"
at 2027-04-01T00:00:00Z; tick; tick
finding $major "at its end it is" "state = 'overdue'"
so "it proposes a corrective action" "(SELECT count(*) = 1 FROM measure WHERE kind = 'corrective_action' AND scope_number = 'fab' AND cause = '$major' AND state = 'proposed')"
may acme-1 "it can still be answered" <<<"SELECT t.answer('$major');"
finding $major "which does not take it off the list" "state = 'overdue'"
mustnt acme-1 PLAN_DAY "not planned for some day" <<<"SELECT finding_plan('$major', 'one day', '2099-01-01');"
mustnt acme-1 PLAN_DAY "nor for later than its term again" <<<"SELECT finding_plan('$major', 'in a while', ((assay_now() + interval '91 days') AT TIME ZONE 'UTC')::date);"
so "but until then" "(SELECT finding_last_day(f) = ((assay_now() + interval '90 days') AT TIME ZONE 'UTC')::date FROM finding f WHERE number = '$major')"
may acme-1 "and planned" <<<"SELECT finding_plan('$major', 'at last', '2027-04-10');"
may auditor-2 "an auditor accepts" <<<"SELECT t.plan('$major', 'accepted');"
finding $major "the plan's day is its new deadline" "state = 'plan_accepted' AND due = '2027-04-11'"
at 2027-04-10T23:59:59Z; tick
finding $major "until its last second" "state = 'plan_accepted'"
at 2027-04-11T00:00:00Z; tick
finding $major "then it is overdue again" "state = 'overdue'"
so "under the same measure, while that stands" "(SELECT count(*) = 1 FROM measure WHERE cause = '$major')"
so "and everybody is told again" "(SELECT count(*) = 2 FROM notice WHERE topic = 'finding.overdue' AND subject = '$major')"

# ---- closing
mustnt auditor-1 EVIDENCE_NOT_ACCEPTED "what nobody accepted closes nothing" <<<"SELECT t.mended('$major', 'photo');"
mustnt auditor-1 EVIDENCE_ABSENT "nor what nobody submitted" <<<"SELECT t.mended('$major', 'none');"
mustnt auditor-1 EVIDENCE_REQUIRED "nor nothing" <<<"SELECT t.sign('/v1/findings/$major/close', '{\"evidence\":[]}'); SELECT finding_close('$major', '{}');"
may officer-1 "an officer accepts the photo" <<<"SELECT t.accept('photo');"
mustnt acme-1 ROLE_REQUIRED "the supplier does not close it" <<<"SELECT t.mended('$major', 'photo');"
mustnt decider-1 ROLE_REQUIRED "nor a decider" <<<"SELECT t.mended('$major', 'photo');"
mustnt auditor-3 NOT_ITS_AUDITOR "nor another auditor" <<<"SELECT t.mended('$major', 'photo');"
mustnt auditor-1 FINDING_UNANSWERED "what nobody answered is not closed" <<<"SELECT t.mended('$critical', 'photo');"
refused assay_test RESPONDER_JUDGES "nobody closes what they answered" <<SQL
SET ROLE assay_owner;
BEGIN;
UPDATE principal SET role = 'officer' WHERE handle = 'acme-1';
CALL t.as('acme-1');
SELECT t.mended('$major', 'photo')
SQL
mustnt auditor-1 STATEMENT_REQUIRED "closing is signed" <<<"SELECT finding_close('$major', ARRAY[t.sha('photo')]);"
may auditor-1 "an auditor closes it" <<<"SELECT t.mended('$major', 'photo');"
finding $major "it is closed" "state = 'closed'"
mustnt acme-1 ILLEGAL_TRANSITION "and not answered any more" <<<"SELECT t.answer('$major');"
mustnt auditor-1 ILLEGAL_TRANSITION "nor closed again" <<<"SELECT t.mended('$major', 'photo');"
so "its audit waits for the critical one" "(SELECT state = 'decided' FROM audit WHERE number = '$first')"

# ---- a critical finding bars every audit of its scope
begun fab repeat
may reader "the minor finding is carried to it" <<<"SELECT t.so(j -> 'carried' -> 0 ->> 'number' = '$minor' AND jsonb_array_length(j -> 'carried') = 1) FROM audit, shown_whole('audit', id) j WHERE number = '$n';"
mustnt auditor-1 CRITICAL_FINDING "not at the report" <<<"SELECT t.report('$n', 'compliant', '2027-04-11', 'report');"
may acme-1 "the supplier answers the critical one, late" <<<"SELECT t.answer('$critical', 'photo');"
may auditor-1 "an auditor closes it" <<<"SELECT t.mended('$critical', 'photo');"
so "with it the first audit is closed, a minor finding open or not" "(SELECT state = 'closed' FROM audit WHERE number = '$first')"
may auditor-1 "now it can be reported" <<<"SELECT t.report('$n', 'compliant', '2027-04-11', 'report');"
may security-1 "the photo was painted" <<<"SELECT t.so(count(*) = 2) FROM jsonb_array_elements(t.repudiate('photo') -> 'changed') c WHERE c ->> 'entity' = 'finding' AND c ->> 'from' = 'closed' AND c ->> 'to' = 'open';"
finding $critical "both findings are open again, for the whole of their term" "state = 'open' AND due = '2027-04-18' AND closed_by IS NULL"
finding $major "the major one too" "state = 'open' AND due = '2027-07-10'"
told "the supplier hears of it" acme finding.reopened $major ""
mustnt auditor-2 CRITICAL_FINDING "not at its confirmation" <<<"SELECT t.confirm_report('$n');"
file acme-1 video
mended() { # finding file: answered, planned for today, closed
	may acme-1 "$1 is answered and planned" <<<"SELECT t.answer('$1', '$2'); SELECT finding_plan('$1', 'done', (assay_now() AT TIME ZONE 'UTC')::date);"
	may auditor-1 "accepted, and closed on $2" <<<"SELECT t.plan('$1', 'accepted'); SELECT t.mended('$1', '$2');"
}
mended $critical video
may auditor-2 "then its confirmation says that all is well" <<<"SELECT t.confirm_report('$n');"
may security-1 "the video was another house's" <<<"SELECT t.repudiate('video');"
mustnt decider-1 CRITICAL_FINDING "so that is not decided" <<<"SELECT t.decide('$n', 'compliant');"
file acme-1 visit
mended $critical visit
may decider-1 "a decider proposes" <<<"SELECT t.decide('$n', 'compliant');"
may decider-1 "the visit was invented" <<<"SELECT t.repudiate('visit');"
mustnt decider-2 CRITICAL_FINDING "so that is not approved" <<<"SELECT t.judge('$n', 'approve');"
scope fab "and nothing is granted" "state = 'registered' AND audit_id IS NULL"
file acme-1 truth
mended $critical truth
may decider-2 "now it is" <<<"SELECT t.judge('$n', 'approve');"
scope fab "full, from the audit's end, however late it was decided" "state = 'full' AND effective = '2027-04-11' AND expires = '2028-04-11'"
mended $major truth

# ---- minor: with the next audit
finding $minor "a minor finding is due when the next audit is reported" "due = '2027-04-11' AND due_by = (SELECT id FROM audit WHERE number = '$n')"
may reader "that audit shows it" <<<"SELECT t.so(shown_whole('audit', id) -> 'carried' -> 0 ->> 'due_by' = '$n') FROM audit WHERE number = '$n';"
tick
finding $minor "and is overdue from then" "state = 'overdue'"
so "it proposes no measure" "NOT EXISTS (SELECT FROM measure WHERE cause = '$minor')"
told "but everybody hears of it" acme finding.overdue $minor ""
finding $observation "an observation is never due" "due IS NULL AND state = 'open'"

# ---- a site's end
for days in 90 30 7; do
	begins=$(($(date -u -d 2028-04-11 +%s) - days * 86400))
	at "$(date -u -d "@$((begins - 1))" +%FT%TZ)"; tick
	so "in the second before $days days no such warning" "NOT EXISTS (SELECT FROM notice WHERE topic = 'site.ends' AND detail ->> 'days' = '$days')"
	at "$(date -u -d "@$begins" +%FT%TZ)"; tick; tick
	told "at $days days the supplier is warned" acme site.ends fab "AND detail ->> 'days' = '$days' AND detail ->> 'end' = '2028-04-11T00:00:00Z'"
done
so "three times in all" "(SELECT count(*) = 3 FROM notice WHERE topic = 'site.ends')"

# ---- an audit that nobody begins
at 2028-01-01T00:00:00Z; year=2028 number=0
may officer-1 "an audit is planned" <<<"SELECT audit_plan('lab', 'dry', '{tre_production}', '{auditor-1,auditor-2}', '2028-01-10');"
number=1
at 2028-02-08T23:59:59Z; tick
so "29 days after its date it is only late" "NOT EXISTS (SELECT FROM notice WHERE topic = 'alarm.audit_not_begun')"
at 2028-02-09T00:00:00Z; tick; tick
told "30 days after it the body is alarmed" body alarm.audit_not_begun AUD-2028-000001 ""
so "once" "(SELECT count(*) = 1 FROM notice WHERE topic = 'alarm.audit_not_begun')"
may officer-1 "it is cancelled, and another planned" <<<"SELECT audit_cancel('AUD-2028-000001');"

# ---- who audits, and who writes
refused assay_test AUDITOR_NOT_APART "nobody audits their own house" <<SQL
SET ROLE assay_owner;
UPDATE principal SET role = 'auditor' WHERE handle = 'acme-1';
BEGIN;
CALL t.as('officer-1');
SELECT audit_plan('lab', 'dry', '{tre_production}', '{auditor-1,acme-1}', '2028-02-09')
SQL
sql assay_test <<<"SET ROLE assay_owner; UPDATE principal SET role = 'supplier' WHERE handle = 'acme-1'" >/dev/null
begun lab dry
file acme-1 selfie
mustnt auditor-1 REPORT_OF_THE_AUDITED "the audited don't write the report" <<<"SELECT t.report('$n', 'compliant', '2028-02-09', 'selfie');"
file auditor-1 dry
report non_compliant 2028-02-09 dry; decided non_compliant
scope lab "a failed dry audit gives nothing" "state = 'registered' AND NOT was_provisional"
so "an audit without findings is closed by its decision" "(SELECT state = 'closed' FROM audit WHERE number = '$n')"

# ---- a repeat is what it repeats
mustnt officer-1 NOTHING_TO_REPEAT "what was passed is not repeated" <<<"SELECT audit_plan('fab', 'repeat', '{tre_production}', '{auditor-1,auditor-2}', '2028-02-09');"
begun lab repeat; failed=$n
so "it names what it repeats" "(SELECT audit_json(a) ->> 'repeats' = 'AUD-2028-000002' FROM audit a WHERE number = '$n')"
report compliant 2028-02-09 dry; decided compliant
scope lab "the repeat of a dry audit gives nine months, once" "state = 'provisional' AND expires = '2028-11-09' AND was_provisional"
mustnt officer-1 NOTHING_TO_REPEAT "then there is nothing left to repeat" <<<"SELECT audit_plan('lab', 'repeat', '{tre_production}', '{auditor-1,auditor-2}', '2028-02-09');"
begun lab wet; report non_compliant 2028-02-09 dry; decided non_compliant
scope lab "a failed wet audit leaves provisional to its end" "state = 'provisional' AND expires = '2028-11-09'"
begun lab repeat; report non_compliant 2028-02-09 dry; decided non_compliant
begun lab repeat
so "a repeat of a repeat is what that repeated" "(SELECT audit_kind(a) = 'wet' FROM audit a WHERE number = '$n')"
at 2028-02-20T00:00:00Z
report compliant 2028-02-10 dry; decided compliant
scope lab "and gives twelve months, from the audit's end" "state = 'full' AND effective = '2028-02-10' AND expires = '2029-02-10'"

# ---- extraordinary
mustnt officer-1 ILLEGAL_TRANSITION "not of what is not accredited" <<<"SELECT site_new('hut', 'acme', 'Hut', 'DE', 'Street 3', '{tre_production}'); SELECT audit_plan('hut', 'extraordinary', '{tre_production}', '{auditor-1,auditor-2}', '2028-02-09');"
begun lab extraordinary; report compliant 2028-02-20 dry; decided compliant
scope lab "an extraordinary audit that is passed changes nothing" "state = 'full' AND expires = '2029-02-10' AND effective = '2028-02-10'"
begun lab extraordinary; report non_compliant 2028-02-20 dry
may decider-1 "one that is not" <<<"SELECT t.decide('$n', 'non_compliant');"
scope lab "changes nothing before two people decide it" "state = 'full'"
may decider-2 "suspends the scope" <<<"SELECT t.judge('$n', 'approve');"
scope lab "at once, and says why" "state = 'suspended' AND effective = '2028-02-20' AND reason LIKE '$n %'"
told "the supplier hears of it" acme site.suspended lab "AND detail ->> 'reason' LIKE '$n %'"
begun lab wet; report compliant 2028-02-19 dry
may decider-1 "an audit that ended before it is proposed" <<<"SELECT t.decide('$n', 'compliant');"
mustnt decider-2 AUDIT_TOO_OLD "and does not give it back" <<<"SELECT t.judge('$n', 'approve');"
at 2028-03-01T00:00:00Z
begun lab wet; report compliant 2028-02-25 dry; decided compliant
scope lab "a later one does" "state = 'full' AND effective = '2028-02-25' AND reason IS NULL"

# ---- what takes effect before it is recorded gives no right to what was before
at 2028-04-20T00:00:00Z; tick
scope fab "the first site is over" "state = 'expired'"
begun fab wet; report compliant 2028-04-15 dry
at 2028-05-01T00:00:00Z
decided compliant
scope fab "accredited from the audit's end" "state = 'full' AND effective = '2028-04-15'"
so "of which the record knew later" "(SELECT h.effective = '2028-04-15' AND h.recorded = '2028-05-01' FROM history h WHERE entity = 'site_scope' AND to_state = 'full' ORDER BY id DESC LIMIT 1)"
sql assay_test <<'SQL' >/dev/null
SET ROLE assay_owner;
INSERT INTO model (handle, kind, organisation_id, name, version)
SELECT 'chip', 'hardware_platform', id, 'Chip', '1' FROM organisation WHERE handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version, hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre', 'tre', organisation_id, 'TrE', '1', id, 'embedded', '1.0' FROM model;
SQL
sql assay_test <<<"SET ROLE assay_owner; INSERT INTO coc (number, model_id, level, quota, site_scope_id) SELECT 'X-1', m.id, 1, 10, x.id FROM model m, site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = 'fab' AND m.handle = 'tre'" >/dev/null
at_issue() { so "$1" "(SELECT $2 (SELECT a FROM site_accredited_of(id, '$3') a) FROM coc WHERE number = 'X-1')"; }
at_issue "a certificate of the time between was issued without accreditation, and stays so" NOT 2028-04-20
at_issue "up to the second before the decision" NOT 2028-04-30T23:59:59Z
at_issue "from then on it was accredited" "" 2028-05-01
at_issue "to its end" NOT 2029-04-15
exit $bad
