#!/usr/bin/env bash
# Findings, and evidence that ends, as their functions and the clock have them:
# each deadline at the second before and at the second, each refusal.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
-- what is signed, said and done at once
CREATE FUNCTION t.found(a text, severity text, said text DEFAULT 'a gap',
    sc text DEFAULT 'tre_production', rule text DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT assay.finding_new(a, sc, severity, rule, said) $$;
CREATE FUNCTION t.sha(content text) RETURNS bytea LANGUAGE sql AS $$
	SELECT sha256(convert_to(content, 'UTF8')) $$;
CREATE FUNCTION t.answer(f text, content text DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT assay.finding_respond(f, 'understood', CASE WHEN content IS NULL
	    THEN '{}' ELSE ARRAY[t.sha(content)] END) $$;
CREATE FUNCTION t.plan(f text, verdict text, said text DEFAULT 'good')
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/findings/' || f || '/' || CASE verdict
	    WHEN 'accepted' THEN 'accept-plan' ELSE 'reject-plan' END,
	    jsonb_build_object('reason', said)::text);
	SELECT assay.finding_judge_plan(f, verdict, said) $$;
CREATE FUNCTION t.mended(f text, content text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/findings/' || f || '/close', jsonb_build_object(
	    'evidence', ARRAY[encode(t.sha(content), 'hex')])::text);
	SELECT assay.finding_close(f, ARRAY[t.sha(content)]) $$;
CREATE FUNCTION t.repudiate(content text, why text DEFAULT 'forged')
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/evidence/' || encode(t.sha(content), 'hex') ||
	    '/repudiate', jsonb_build_object('reason', why)::text);
	SELECT assay.evidence_repudiate(t.sha(content), why) $$;
CREATE FUNCTION t.supersede(content text, by_this text) RETURNS jsonb
	LANGUAGE sql AS $$
	SELECT t.sign('/v1/evidence/' || encode(t.sha(content), 'hex') ||
	    '/supersede', jsonb_build_object('by',
	    encode(t.sha(by_this), 'hex'))::text);
	SELECT assay.evidence_supersede(t.sha(content), t.sha(by_this)) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL

tick() { sql assay_authority <<<"SELECT clock_tick()" >/dev/null; }
# finding NUMBER SENTENCE CONDITION, scope SITE SENTENCE CONDITION
finding() { so "$2" "(SELECT $3 FROM finding WHERE number = '$1')"; }
scope() { so "$2" "(SELECT $3 FROM site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = '$1' AND scope = 'tre_production')"; }
told() { so "$1" "EXISTS (SELECT FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.handle = '$2' AND topic = '$3' AND subject = '$4' $5)"; }
# plan SITE TYPE: an audit of its TrE production, begun; its number is n
number=0 year=2027
begun() {
	number=$((number + 1)); n=AUD-$year-$(printf %06d $number)
	may officer-1 "a $2 audit of $1 is planned" <<<"SELECT audit_plan('$1', '$2', '{tre_production}', '{auditor-1,auditor-2}', '$year-01-01');"
	may auditor-1 "and begun" <<<"SELECT audit_start('$n');"
}
report() { # result ended report
	may auditor-1 "$n is reported $1" <<<"SELECT t.report('$n', '$1', '$2', '$3');"
	may auditor-2 "and confirmed" <<<"SELECT audit_confirm('$n');"
}
decided() { # result
	may decider-1 "a decider proposes" <<<"SELECT t.decide('$n', '$1');"
	may decider-2 "another approves" <<<"SELECT t.judge('$n', 'approve');"
}
file() { # who content: submitted, and accepted by an officer
	may "$1" "$1 submits $2" <<<"SELECT t.file('$2');"
	may officer-1 "an officer accepts it" <<<"SELECT t.accept('$2');"
}

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
mustnt auditor-2 NO_REPORT "then the report is to be filed again" <<<"SELECT audit_confirm('$n');"
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
so "the clock knows when somebody will be" "(clock_finding_warning_due() = '2027-01-06')"
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
mustnt auditor-2 CRITICAL_FINDING "not at its confirmation" <<<"SELECT audit_confirm('$n');"
file acme-1 video
mended() { # finding file: answered, planned for today, closed
	may acme-1 "$1 is answered and planned" <<<"SELECT t.answer('$1', '$2'); SELECT finding_plan('$1', 'done', (assay_now() AT TIME ZONE 'UTC')::date);"
	may auditor-1 "accepted, and closed on $2" <<<"SELECT t.plan('$1', 'accepted'); SELECT t.mended('$1', '$2');"
}
mended $critical video
may auditor-2 "then its confirmation says that all is well" <<<"SELECT audit_confirm('$n');"
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
so "the clock knows when that ends" "(clock_audit_late_due() = '2028-02-09')"
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

# ---- evidence: until when
ending() { # content valid_until: submitted by auditor-1
	may auditor-1 "$1 is submitted, good until $2" <<<"SELECT evidence_add(t.sha('$1'), 9, 'text/plain', '$1.txt', '$2');"
}
accept() { echo "SELECT evidence_judge(t.sha('$1'), 'accepted', NULL, $2);"; }
evidence() { so "$2" "(SELECT $3 FROM evidence WHERE sha256 = t.sha('$1'))"; }
mustnt auditor-1 VALID_UNTIL "what is over is not submitted" <<<"SELECT evidence_add(t.sha('old'), 9, 'text/plain', 'old.txt', '2028-03-01');"
ending permit 2028-03-10
mustnt officer-1 VALID_UNTIL "an accepter does not make it last longer" <<<"$(accept permit "'2028-03-11'")"
may officer-1 "but shorter" <<<"$(accept permit "'2028-03-09'")"
evidence permit "so it is" "valid_until = '2028-03-09' AND state = 'accepted'"
ending licence 2028-03-10
may officer-1 "or as it was submitted" <<<"$(accept licence NULL)"
evidence licence "so it is" "valid_until = '2028-03-10'"
may auditor-1 "one without an end" <<<"SELECT t.file('diploma');"
may decider-1 "gets one from its accepter" <<<"$(accept diploma "'2028-03-10'")"
evidence diploma "so it has" "valid_until = '2028-03-10'"
ending stale 2028-03-05
may auditor-1 "and one that nobody judges" <<<"SELECT t.file('letter');"
refused assay_test EVIDENCE_FIXED "what was accepted stays as it is" <<<"SET ROLE assay_owner; UPDATE evidence SET valid_until = NULL WHERE sha256 = t.sha('permit')"
refused assay_test EVIDENCE_FIXED "and is what it was" <<<"SET ROLE assay_owner; UPDATE evidence SET media_type = 'image/png' WHERE sha256 = t.sha('permit')"
refused assay_test EVIDENCE_OF_YOUR_OWN "a supplier's other people do not accept it either" <<SQL
SET ROLE assay_owner;
INSERT INTO principal (handle, organisation_id, role)
SELECT 'acme-2', id, 'officer' FROM organisation WHERE handle = 'acme';
BEGIN;
CALL t.as('acme-1');
SELECT t.file('own');
CALL t.as('acme-2');
SELECT t.accept('own')
SQL
begun lab renewal; wet=$n
at 2028-03-05T00:00:00Z
mustnt officer-1 VALID_UNTIL "what ended meanwhile is not accepted" <<<"$(accept stale NULL)"
at 2028-03-08T23:59:59Z; tick
evidence permit "in its last second it holds" "state = 'accepted'"
may auditor-1 "and supports a report" <<<"SELECT t.report('$n', 'compliant', '2028-03-08', 'permit');"
at 2028-03-09T00:00:00Z
mustnt auditor-1 EVIDENCE_NOT_ACCEPTED "at its end it doesn't, whether the clock was here or not" <<<"SELECT t.report('$n', 'compliant', '2028-03-08', 'permit');"
tick
evidence permit "it is expired, from its end on" "state = 'expired' AND effective = valid_until"
told "its submitter hears of it" lookers evidence.expired "$(printf permit | sha256sum | cut -c-64)" ""
mustnt auditor-2 EVIDENCE_NOT_ACCEPTED "nor does it support a confirmation" <<<"SELECT audit_confirm('$n');"
may auditor-1 "the licence does" <<<"SELECT t.report('$n', 'compliant', '2028-03-08', 'licence');"
may auditor-2 "for now" <<<"SELECT audit_confirm('$n');"
at 2028-03-10T00:00:00Z; tick
mustnt decider-1 EVIDENCE_NOT_ACCEPTED "nor a decision" <<<"SELECT t.decide('$n', 'compliant');"

# ---- superseded
for f in licence-2 licence-3; do file auditor-1 $f; done
mustnt auditor-1 ROLE_REQUIRED "an auditor supersedes nothing" <<<"SELECT t.supersede('licence', 'licence-2');"
mustnt security-1 ROLE_REQUIRED "nor a security officer" <<<"SELECT t.supersede('licence', 'licence-2');"
mustnt officer-1 STATEMENT_REQUIRED "nobody without signing" <<<"SELECT evidence_supersede(t.sha('licence'), t.sha('licence-2'));"
mustnt officer-1 EVIDENCE_SAME "not by itself" <<<"SELECT t.supersede('licence-2', 'licence-2');"
mustnt officer-1 EVIDENCE_NOT_ACCEPTED "not by what nobody accepted" <<<"SELECT t.supersede('licence', 'letter');"
mustnt officer-1 EVIDENCE_NOT_ACCEPTED "nor by what has ended" <<<"SELECT t.supersede('licence', 'permit');"
mustnt officer-1 OTHER_ORGANISATION "nor by another's word" <<<"SELECT t.supersede('licence', 'truth');"
mustnt officer-1 NOT_FOUND "nor by nothing" <<<"SELECT t.supersede('licence', 'none');"
mustnt officer-1 ILLEGAL_TRANSITION "and not what was never accepted" <<<"SELECT t.supersede('letter', 'licence-2');"
may officer-1 "an officer submits two letters" <<<"SELECT t.file('brief'); SELECT t.file('brief-2');"
may officer-2 "another accepts them" <<<"SELECT t.accept('brief'); SELECT t.accept('brief-2');"
mustnt officer-1 FOUR_EYES "their author does not replace one by the other" <<<"SELECT t.supersede('brief', 'brief-2');"
may officer-1 "an officer supersedes what has ended" <<<"SELECT t.so(t.supersede('licence', 'licence-2') -> 'rests' -> 0 ->> 'subject' = '$n');"
evidence licence "it names its successor" "state = 'superseded' AND successor_id = (SELECT id FROM evidence WHERE sha256 = t.sha('licence-2'))"
mustnt officer-1 ILLEGAL_TRANSITION "what was superseded is so once" <<<"SELECT t.supersede('licence', 'licence-3');"
mustnt officer-1 ILLEGAL_TRANSITION "and proves nothing that could be false" <<<"SELECT t.repudiate('licence');"
may officer-1 "the successor is superseded too" <<<"SELECT t.supersede('licence-2', 'licence-3');"
decided compliant
scope lab "the report rests on the last of them, and is decided" "state = 'full' AND expires = '2030-03-08'"
so "the report itself is what it was" "(SELECT audit_json(a) ->> 'report' = encode(t.sha('licence'), 'hex') FROM audit a WHERE number = '$n')"

# ---- repudiated: what falls, to the last that stands on it
sql assay_test <<'SQL' >/dev/null
SET ROLE assay_owner;
INSERT INTO model (handle, kind, organisation_id, name, version)
SELECT 'chip', 'hardware_platform', id, 'Chip', '1' FROM organisation WHERE handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version, hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre', 'tre', organisation_id, 'TrE', '1', id, 'embedded', '1.0' FROM model;
INSERT INTO model (handle, kind, organisation_id, name, version, tacs)
SELECT 'ter', 'terminal', organisation_id, 'Ter', '1', '{12345678}' FROM model WHERE handle = 'chip';
INSERT INTO model_contains SELECT t.id, c.id FROM model t, model c WHERE t.handle = 'ter' AND c.handle = 'tre';
UPDATE model SET state = 'registered';
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws, submitted_by, expires)
SELECT 'DCL-' || m.handle, m.id, r.id, (SELECT jsonb_object_agg(u.rule, '{"answer":"yes"}'::jsonb) FROM ruleset_rules(r.content) u),
    m.handle, (SELECT id FROM principal WHERE handle = 'acme-1'), '2029-01-01'
FROM model m, model_ruleset_now(m) AS r;
UPDATE declaration SET state = 'in_force', accepted_by = (SELECT id FROM principal WHERE handle = 'officer-1');
INSERT INTO coc (number, model_id, level, quota, site_scope_id)
SELECT upper(m.handle) || '-1', m.id, 1, 10, CASE m.handle WHEN 'tre' THEN x.id END
FROM model m, site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = 'lab' ORDER BY m.id;
UPDATE coc SET state = 'certified', valid_from = assay_now(), expires = '2029-01-01', declaration_id = d.id, ruleset_id = d.ruleset_id
FROM declaration d WHERE d.model_id = coc.model_id;
INSERT INTO coc_component SELECT c.id, k.id FROM coc c, coc k WHERE c.id = k.id + 1;
SQL
so "three models are accredited" "(SELECT count(*) = 3 FROM model m, accreditation_now(m.id) a WHERE a.state = 'certified')"
may reader "evidence shows what rests on it: audit, scope, CoCs" <<<"SELECT t.so((shown_whole('evidence', id) -> 'rests') @> '[{\"entity\":\"audit\",\"subject\":\"$n\"},{\"entity\":\"site_scope\",\"subject\":\"lab tre_production\",\"state\":\"full\"},{\"entity\":\"coc\",\"subject\":\"TRE-1\"},{\"entity\":\"coc\",\"subject\":\"TER-1\"}]' AND jsonb_array_length((shown_whole('evidence', id) -> 'rests')) = 4, (shown_whole('evidence', id) -> 'rests')::text) FROM evidence WHERE sha256 = t.sha('licence-3');"
may reader "and what has been replaced shows nothing" <<<"SELECT t.so((shown_whole('evidence', id) -> 'rests') = '[]') FROM evidence WHERE sha256 = t.sha('licence');"
mustnt auditor-1 ROLE_REQUIRED "an auditor repudiates nothing" <<<"SELECT t.repudiate('licence-3');"
mustnt acme-1 ROLE_REQUIRED "nor a supplier" <<<"SELECT t.repudiate('licence-3');"
mustnt security-1 STATEMENT_REQUIRED "nobody without signing" <<<"SELECT evidence_repudiate(t.sha('licence-3'), 'forged');"
mustnt security-1 STATEMENT_DIFFERS "or with another reason" <<<"SELECT t.sign('/v1/evidence/' || encode(t.sha('licence-3'), 'hex') || '/repudiate', '{\"reason\":\"late\"}'); SELECT evidence_repudiate(t.sha('licence-3'), 'forged');"
mustnt security-1 REASON_REQUIRED "or with none" <<<"SELECT t.repudiate('licence-3', ' ');"
mustnt security-1 ILLEGAL_TRANSITION "what nobody accepted is rejected instead" <<<"SELECT t.repudiate('letter');"
mustnt security-1 NOT_FOUND "what is not there is nothing" <<<"SELECT t.repudiate('none');"
may officer-1 "what nothing rests on takes nothing along" <<<"SELECT t.so(t.repudiate('brief') -> 'changed' = '[]');"
may security-1 "the last licence is repudiated: the scope, two CoCs and two models fall" <<<"SELECT t.so(changed = '[
	{\"entity\":\"site_scope\",\"subject\":\"lab tre_production\",\"from\":\"full\",\"to\":\"suspended\"},
	{\"entity\":\"coc\",\"subject\":\"TRE-1\",\"from\":\"certified\",\"to\":\"suspended\"},
	{\"entity\":\"model\",\"subject\":\"tre\",\"from\":\"certified\",\"to\":\"suspended\"},
	{\"entity\":\"coc\",\"subject\":\"TER-1\",\"from\":\"certified\",\"to\":\"suspended\"},
	{\"entity\":\"model\",\"subject\":\"ter\",\"from\":\"certified\",\"to\":\"suspended\"}]', changed::text) FROM (SELECT t.repudiate('licence-3') -> 'changed' AS changed) x;"
scope lab "the scope says which evidence" "state = 'suspended' AND reason LIKE 'evidence ' || encode(t.sha('licence-3'), 'hex') || ' repudiated: forged'"
so "the chip, which is made elsewhere, stands" "(SELECT a.state = 'certified' FROM model m, accreditation_now(m.id) a WHERE m.handle = 'chip')"
told "the body is told all of it" body evidence.repudiated "$(printf licence-3 | sha256sum | cut -c-64)" "AND jsonb_array_length(detail -> 'changed') = 5"
told "its submitter that it was" lookers evidence.repudiated "$(printf licence-3 | sha256sum | cut -c-64)" "AND NOT detail ? 'changed'"
told "the supplier that its site is suspended" acme site.suspended lab "AND detail ->> 'reason' LIKE '%repudiated%'"
mustnt security-1 ILLEGAL_TRANSITION "it is repudiated once" <<<"SELECT t.repudiate('licence-3');"
may officer-1 "to reinstate the site is proposed" <<<"SELECT t.reinstate('lab', 'all is well');"
mustnt decider-1 EVIDENCE_REPUDIATED "what was false does not come back" <<<"SELECT t.judge('lab', 'approve');"
may decider-1 "that is rejected" <<<"SELECT t.judge('lab', 'reject');"

# ---- what was expired can still prove false
at 2028-03-20T00:00:00Z
ending pass 2028-03-21
may officer-1 "a short-lived report is accepted" <<<"$(accept pass NULL)"
begun lab wet; report compliant 2028-03-20 pass; decided compliant
scope lab "it carries the scope" "state = 'full'"
at 2028-03-21T00:00:00Z; tick
scope lab "also when it has run out" "state = 'full'"
may decider-1 "but not when it is repudiated then" <<<"SELECT t.repudiate('pass');"
scope lab "so it falls" "state = 'suspended'"

# ---- both at once: granted on a report, and the report repudiated
at 2028-03-22T00:00:00Z
file auditor-1 race
begun lab wet
may auditor-1 "with a major finding" <<<"SELECT t.found('$n', 'major');"
report compliant 2028-03-22 race
may decider-1 "a decision is proposed" <<<"SELECT t.decide('$n', 'compliant');"
sql assay_api >"$pg/approved" <<SQL &
BEGIN; CALL t.as('decider-2'); SELECT t.judge('$n', 'approve'); SELECT pg_sleep(2); COMMIT;
SQL
sleep 1
may security-1 "while it is approved its report is repudiated" <<<"SELECT t.so(t.repudiate('race') -> 'changed' -> 0 ->> 'from' = 'full');"
wait $!
claim assay_test "the approval went through first" <<<"SELECT t.so(state = 'decided') FROM audit WHERE number = '$n'"
scope lab "and was not the last word" "state = 'suspended'"

# ---- what takes effect before it is recorded gives no right to what was before
at 2028-04-20T00:00:00Z; tick
scope fab "the first site is over" "state = 'expired'"
begun fab wet; report compliant 2028-04-15 dry
at 2028-05-01T00:00:00Z
decided compliant
scope fab "accredited from the audit's end" "state = 'full' AND effective = '2028-04-15'"
so "of which the record knew later" "(SELECT h.effective = '2028-04-15' AND h.recorded = '2028-05-01' FROM history h WHERE entity = 'site_scope' AND to_state = 'full' ORDER BY id DESC LIMIT 1)"
sql assay_test <<<"SET ROLE assay_owner; INSERT INTO coc (number, model_id, level, quota, site_scope_id) SELECT 'X-1', m.id, 1, 10, x.id FROM model m, site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = 'fab' AND m.handle = 'tre'" >/dev/null
at_issue() { so "$1" "(SELECT $2 site_accredited_at(id, '$3') FROM coc WHERE number = 'X-1')"; }
at_issue "a certificate of the time between was issued without accreditation, and stays so" NOT 2028-04-20
at_issue "up to the second before the decision" NOT 2028-04-30T23:59:59Z
at_issue "from then on it was accredited" "" 2028-05-01
at_issue "to its end" NOT 2029-04-15
exit $bad
