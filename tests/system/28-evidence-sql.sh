#!/usr/bin/env bash
# Evidence that ends, as its functions and the clock have it: until when it holds,
# what takes its place, and what falls with it when it proves false.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/finding.sh

at 2028-03-01T00:00:00Z; year=2028
may acme-1 "a supplier has a site" <<<"SELECT site_new('lab', 'acme', 'Lab', 'DE', 'Street 2', '{tre_production}');"
file acme-1 truth
file auditor-1 wet
begun lab wet; report compliant 2028-02-25 wet; decided compliant
scope lab "which is accredited" "state = 'full' AND expires = '2029-02-25'"

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
mustnt auditor-2 EVIDENCE_NOT_ACCEPTED "nor does it support a confirmation" <<<"SELECT t.confirm_report('$n');"
may auditor-1 "the licence does" <<<"SELECT t.report('$n', 'compliant', '2028-03-08', 'licence');"
may auditor-2 "for now" <<<"SELECT t.confirm_report('$n');"
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
exit $bad
