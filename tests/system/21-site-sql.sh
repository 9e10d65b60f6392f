#!/usr/bin/env bash
# Sites, evidence and audits, as their functions and the clock have them: who
# may do which step, what a decision gives, and how long it lasts.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

# scope SENTENCE CONDITION: of the fab's TrE production
scope() { so "$1" "(SELECT $2 FROM site_scope x JOIN site s ON s.id = x.site_id WHERE s.handle = 'fab' AND scope = 'tre_production')"; }
# decided NUMBER RESULT: two deciders
decided() {
	may decider-1 "a decider proposes that $1 is $2" \
		<<<"SELECT t.decide('$1', '$2');"
	may decider-2 "another one approves" <<<"SELECT t.judge('$1', 'approve');"
}
# audited TYPE RESULT ENDED: plan, start, report, confirm; the number counts on
number=0
audited() {
	number=$((number + 1)); n=AUD-2027-$(printf %06d $number)
	may officer-1 "a $1 audit is planned" <<<"SELECT audit_plan('fab', '$1', '{tre_production}', '{auditor-1,auditor-2}', '2027-01-01');"
	may auditor-1 "begun and reported" <<<"SELECT audit_start('$n'); SELECT t.report('$n', '$2', '$3', 'report');"
	may auditor-2 "and confirmed" <<<"SELECT t.confirm_report('$n');"
}

# ---- sites
may acme-1 "a supplier registers a site of its own" \
	<<<"SELECT site_new('fab', 'acme', 'Fab', 'DE', 'Street 1', '{tre_production,terminal_assembly}');"
mustnt bolt-1 NOT_YOURS "and none of another's" \
	<<<"SELECT site_new('fab2', 'acme', 'Fab', 'DE', 'Street 1', '{tre_production}');"
mustnt bolt-1 SCOPE_NOT_ALLOWED "who makes terminals has no scope for TrEs" \
	<<<"SELECT site_new('works', 'bolt', 'Works', 'FR', 'Rue 1', '{tre_production}');"
mustnt bolt-1 SCOPE_REQUIRED "a site needs a scope" \
	<<<"SELECT site_new('works', 'bolt', 'Works', 'FR', 'Rue 1', '{}');"
mustnt officer-1 KIND_NOT_ALLOWED "an operator has no sites" \
	<<<"SELECT site_new('op', 'operator', 'Op', 'FR', 'Rue 1', '{terminal_assembly}');"
scope "a scope begins as registered" "state = 'registered'"

# ---- evidence
may auditor-1 "an auditor submits a file" <<<"SELECT t.file('report');"
may auditor-1 "the same twice is one" <<<"SELECT t.file('report');"
so "there is one" "(SELECT count(*) = 1 FROM evidence)"
mustnt acme-1 EVIDENCE_TAKEN "nobody makes another's evidence their own" \
	<<<"SELECT t.file('report');"
mustnt operator-1 ROLE_REQUIRED "an operator submits none" \
	<<<"SELECT t.file('something');"
may officer-1 "an officer submits a file" <<<"SELECT t.file('letter');"
mustnt officer-1 FOUR_EYES "and cannot accept it" <<<"SELECT t.accept('letter');"
mustnt acme-1 ROLE_REQUIRED "a supplier accepts none" <<<"SELECT t.accept('letter');"
mustnt decider-1 REASON_REQUIRED "a rejection says why" \
	<<<"SELECT evidence_judge(sha256(convert_to('letter', 'UTF8')), 'rejected', '');"
mustnt decider-1 STATE_NOT_ALLOWED "evidence is not superseded by a word" \
	<<<"SELECT evidence_judge(sha256(convert_to('letter', 'UTF8')), 'superseded', 'x');"
may decider-1 "somebody else rejects it" \
	<<<"SELECT evidence_judge(sha256(convert_to('letter', 'UTF8')), 'rejected', 'unsigned');"
mustnt officer-2 ILLEGAL_TRANSITION "what was rejected is not accepted" \
	<<<"SELECT t.accept('letter');"

# ---- planning
mustnt officer-1 TWO_AUDITORS "an audit takes two auditors" \
	<<<"SELECT audit_plan('fab', 'dry', '{tre_production}', '{auditor-1,auditor-1}', '2027-01-01');"
mustnt officer-1 ROLE_MISMATCH "auditors are auditors" \
	<<<"SELECT audit_plan('fab', 'dry', '{tre_production}', '{auditor-1,decider-1}', '2027-01-01');"
mustnt officer-1 SCOPE_UNKNOWN "an audit is about scopes of the site" \
	<<<"SELECT audit_plan('fab', 'dry', '{delegated_ca}', '{auditor-1,auditor-2}', '2027-01-01');"
mustnt officer-1 ILLEGAL_TRANSITION "only what is full is renewed" \
	<<<"SELECT audit_plan('fab', 'renewal', '{tre_production}', '{auditor-1,auditor-2}', '2027-01-01');"
mustnt acme-1 ROLE_REQUIRED "a supplier plans no audits" \
	<<<"SELECT audit_plan('fab', 'dry', '{tre_production}', '{auditor-1,auditor-2}', '2027-01-01');"

# ---- a dry audit, step by step
may officer-1 "an officer plans a dry audit" \
	<<<"SELECT audit_plan('fab', 'dry', '{tre_production}', '{auditor-1,auditor-2}', '2027-01-01');"
n=AUD-2027-000001 number=1
mustnt auditor-3 NOT_ITS_AUDITOR "another auditor does not begin it" \
	<<<"SELECT audit_start('$n');"
mustnt auditor-1 ILLEGAL_TRANSITION "it is not reported before it began" \
	<<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'report');"
may auditor-1 "its auditor begins it" <<<"SELECT audit_start('$n');"
mustnt auditor-1 EVIDENCE_NOT_ACCEPTED "the report must have been accepted" \
	<<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'report');"
mustnt auditor-1 EVIDENCE_ABSENT "the report must have been submitted" \
	<<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'none');"
may officer-1 "an officer accepts the report's file" \
	<<<"SELECT t.accept('report');"
mustnt auditor-1 TIME_IN_FUTURE "an audit ends before it is reported" \
	<<<"SELECT t.report('$n', 'compliant', '2027-01-02', 'report');"
mustnt auditor-2 NO_REPORT "there is nothing to confirm yet" \
	<<<"SELECT t.confirm_report('$n');"
may auditor-1 "an auditor reports" \
	<<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'report');"
mustnt auditor-1 FOUR_EYES "and does not confirm that" \
	<<<"SELECT t.confirm_report('$n');"
mustnt decider-1 ILLEGAL_TRANSITION "what one auditor says is not decided on" \
	<<<"SELECT t.decide('$n', 'compliant');"
may auditor-1 "an auditor files it again, and says the contrary" \
	<<<"SELECT t.report('$n', 'non_compliant', '2027-01-01', 'report');"
mustnt auditor-2 REPORT_CHANGED "the other one is not taken to confirm that" \
	<<<"SELECT audit_confirm('$n', 'compliant', sha256('report'::bytea), '2027-01-01');"
may auditor-1 "it is filed as it was" <<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'report');"
mustnt auditor-2 REPORT_CHANGED "nor another file" <<<"SELECT audit_confirm('$n', 'compliant', sha256('another'::bytea), '2027-01-01');"
may auditor-1 "it is filed again, as of an audit that ended earlier" <<<"SELECT t.report('$n', 'compliant', '2026-12-24', 'report');"
mustnt auditor-2 REPORT_CHANGED "nor another end, by which what is accredited ends" <<<"SELECT audit_confirm('$n', 'compliant', sha256('report'::bytea), '2027-01-01');"
may auditor-1 "it is filed as it was" <<<"SELECT t.report('$n', 'compliant', '2027-01-01', 'report');"
may auditor-2 "the other auditor confirms" <<<"SELECT t.confirm_report('$n');"
mustnt auditor-1 ILLEGAL_TRANSITION "then the report stands" \
	<<<"SELECT t.report('$n', 'non_compliant', '2027-01-01', 'report');"
refused assay_test REPORT_IMMUTABLE "not even its owner rewrites it" \
	<<<"SET ROLE assay_owner; UPDATE audit SET summary = 'better' WHERE number = '$n'"
mustnt auditor-1 ROLE_REQUIRED "an auditor does not decide" \
	<<<"SELECT t.decide('$n', 'compliant');"
mustnt decider-1 RESULT_MISMATCH "deciders don't turn a report round" \
	<<<"SELECT t.decide('$n', 'non_compliant');"
refused assay_test AUDITOR_DECIDES "an auditor who became decider does not decide" <<SQL
SET ROLE assay_owner;
BEGIN;
UPDATE principal SET role = 'decider' WHERE handle = 'auditor-1';
CALL t.as('auditor-1');
SELECT t.decide('$n', 'compliant')
SQL
may decider-1 "a decider proposes" \
	<<<"SELECT t.decide('$n', 'compliant');"
refused assay_test AUDITOR_DECIDES "nor approves the decision" <<SQL
SET ROLE assay_owner;
BEGIN;
UPDATE principal SET role = 'decider' WHERE handle = 'auditor-1';
CALL t.as('auditor-1');
SELECT t.judge('$n', 'approve')
SQL
mustnt decider-1 FOUR_EYES "who proposed it does not approve it" \
	<<<"SELECT t.judge('$n', 'approve');"
scope "until the second decider nothing has changed" "state = 'registered'"
may decider-2 "a second decider approves" <<<"SELECT t.judge('$n', 'approve');"
scope "a dry audit gives nine months" \
	"state = 'provisional' AND expires = '2027-10-01'"
so "the audit is closed" "(SELECT state = 'closed' FROM audit WHERE number = '$n')"
mustnt officer-1 PROVISIONAL_ONCE "provisional is granted once" \
	<<<"SELECT audit_plan('fab', 'dry', '{tre_production}', '{auditor-1,auditor-2}', '2027-01-01');"

# ---- wet audits
at 2027-03-01T00:00:00Z
audited wet non_compliant 2027-02-20
decided $n non_compliant
scope "a failed wet audit leaves provisional to its end" \
	"state = 'provisional' AND expires = '2027-10-01'"
audited repeat compliant 2027-02-28
decided $n compliant
scope "a good one gives twelve months from the audit's end" \
	"state = 'full' AND expires = '2028-02-28'"
mustnt officer-1 ILLEGAL_TRANSITION "what is full takes a renewal" \
	<<<"SELECT audit_plan('fab', 'wet', '{tre_production}', '{auditor-1,auditor-2}', '2027-01-01');"
at 2028-02-01T00:00:00Z
number=0; so "numbers begin anew with the year" \
	"NOT EXISTS (SELECT FROM audit WHERE number LIKE 'AUD-2028-%')"
renewal() {
	may officer-1 "a renewal is planned" <<<"SELECT audit_plan('fab', 'renewal', '{tre_production}', '{auditor-1,auditor-2}', '2028-02-01');"
	n=AUD-2028-$(printf %06d "$1")
	may auditor-1 "begun and reported" <<<"SELECT audit_start('$n'); SELECT t.report('$n', 'compliant', '$2', 'report');"
	may auditor-2 "and confirmed" <<<"SELECT t.confirm_report('$n');"
}
renewal 1 2028-01-31
decided $n compliant
scope "a renewal gives twenty-four" \
	"state = 'full' AND expires = '2030-01-31'"
so "history has the renewal too" \
	"(SELECT count(*) = 4 FROM history h JOIN site_scope x ON x.id = h.subject_id WHERE entity = 'site_scope' AND x.scope = 'tre_production')"
renewal 2 2025-01-31
may decider-1 "an old audit is proposed" \
	<<<"SELECT t.decide('$n', 'compliant');"
mustnt decider-2 AUDIT_TOO_OLD "what ended long ago accredits nothing" \
	<<<"SELECT t.judge('$n', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$n', 'reject');"
so "and waits for another decision" \
	"(SELECT state = 'reported' FROM audit WHERE number = '$n')"
may officer-1 "an officer cancels an audit" <<<"SELECT audit_plan('fab', 'extraordinary', '{tre_production}', '{auditor-1,auditor-2}', '2028-02-01'); SELECT audit_cancel('AUD-2028-000003');"
mustnt officer-1 ILLEGAL_TRANSITION "one that was reported stays" \
	<<<"SELECT audit_cancel('$n');"

# ---- between audits
mustnt decider-1 ROLE_REQUIRED "a decider suspends no site" \
	<<<"SELECT site_suspend('fab', NULL, 'fire');"
mustnt security-1 SCOPE_UNKNOWN "what it hasn't is not suspended" \
	<<<"SELECT site_suspend('fab', 'delegated_ca', 'fire');"
mustnt security-1 ILLEGAL_TRANSITION "nor what was never accredited" \
	<<<"SELECT site_suspend('fab', 'terminal_assembly', 'fire');"
may security-1 "a security officer suspends the site" \
	<<<"SELECT site_suspend('fab', NULL, 'fire');"
scope "what was accredited is suspended, with a reason" \
	"state = 'suspended' AND reason = 'fire' AND expires = '2030-01-31'"
mustnt security-1 ILLEGAL_TRANSITION "once" \
	<<<"SELECT site_suspend('fab', NULL, 'fire');"
mustnt officer-1 STATEMENT_REQUIRED "reinstating is signed" \
	<<<"SELECT site_reinstate('fab', NULL, 'repaired');"
may officer-1 "reinstating is proposed" \
	<<<"SELECT t.reinstate('fab', 'repaired');"
mustnt officer-2 ROLE_REQUIRED "a second officer is not who approves" \
	<<<"SELECT t.judge('fab', 'approve');"
may decider-1 "a decider approves" <<<"SELECT t.judge('fab', 'approve');"
scope "it is what it was, to the end that it had" \
	"state = 'full' AND reason IS NULL AND expires = '2030-01-31'"
mustnt officer-1 ILLEGAL_TRANSITION "what is not suspended is not reinstated" \
	<<<"SELECT t.reinstate('fab', 'again');"
may officer-1 "an officer withdraws one scope" \
	<<<"SELECT site_withdraw('fab', 'terminal_assembly', 'sold');"
scope "the other one stays" "state = 'full'"
mustnt officer-1 ILLEGAL_TRANSITION "withdrawn is final" \
	<<<"SELECT audit_plan('fab', 'wet', '{terminal_assembly}', '{auditor-1,auditor-2}', '2028-02-01');"

# ---- the clock
at 2030-01-31T00:00:00Z
claim assay_authority "the clock ticks" <<<"SELECT clock_tick()"
scope "at its end a scope is over" "state = 'expired'"

exit $bad
