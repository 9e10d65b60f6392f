#!/usr/bin/env bash
# Declarations: the next version of a rule set and the day on which the old one
# goes; doubts, answers, and what becomes of a false one; ends and warnings.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

own >/dev/null <<'SQL'
CREATE FUNCTION t.adopt(n text, v int, at timestamptz) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/rulesets/' || n || '/' || v || '/adopt',
	    jsonb_build_object('transition', assay.json_time(at))::text);
	SELECT assay.ruleset_adopt(n, v, at) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL
load() { own <<<"SELECT ruleset_load('$1');"; }
declaration_is() { echo "(SELECT state = '$2' FROM declaration WHERE number = '$1')"; }
measures() { echo "(SELECT coalesce(string_agg(kind || ' ' || scope_number || ' ' || state, ', ' ORDER BY id), '') FROM measure)"; }
decides() { echo "(SELECT (coc_facts((SELECT id FROM model WHERE handle = '$1'), assay_now())).declaration = '$2')"; }

accredited >/dev/null
so "a chip, a TrE and a terminal are certified" "(SELECT count(*) = 3 FROM coc WHERE state = 'certified')"

# ---- documents
group='[{"id":"ZZ","name":"Z","aim":"z","rules":[{"id":"ZZ-1","title":"z","text":"It shall.","levels":[2,3,4],"evidence":"e"}]}]'
doc() { echo "{\"ruleset\":\"$1\",\"version\":$2,\"title\":\"t\",\"applies_to\":\"tre\",\"groups\":$group$3}"; }
so "a document that extends what isn't there waits" "'$(load "$(doc x1 1 ',"extends":{"ruleset":"nix","version":1}')")' = 'waits'"
so "one that extends another has its rules, but for those that it leaves out" "(SELECT count(*) = 51 FROM ruleset r, ruleset_rules(r.content) WHERE name = 'tre-removable-uicc') AND NOT EXISTS (SELECT FROM ruleset r, ruleset_rules(r.content) WHERE name = 'tre-removable-uicc' AND rule IN ('PP-3', 'SB-5')) AND EXISTS (SELECT FROM ruleset r, ruleset_rules(r.content) WHERE name = 'tre-removable-uicc' AND rule = 'UR-3')"
so "and requires what it requires" "(SELECT jsonb_array_length(content -> 'requires') = 2 FROM ruleset WHERE name = 'tre-removable-uicc')"
refused assay_test RULESET_MALFORMED "a rule is there once" <<<"SET ROLE assay_owner; SELECT ruleset_load('$(doc x1 1 ',"extends":{"ruleset":"tre-robustness","version":1}' | sed 's/ZZ-1/SB-3/')');"
refused assay_test RULESET_MALFORMED "a level is 1 to 4" <<<"SET ROLE assay_owner; SELECT ruleset_load('$(doc x1 1 '' | sed 's/\[2,3,4\]/[5]/')');"
refused assay_test SCHEME_UNKNOWN "a scheme is known" <<<"SET ROLE assay_owner; SELECT ruleset_load('$(doc x1 1 ',"requires":[{"schemes":["gsma_sas"],"from_level":1,"for":"model"}]')');"

# ---- the next version
so "a later version is loaded as a draft" "'$(load "$(doc tre-robustness 2 ',"extends":{"ruleset":"tre-robustness","version":1}')")' = 'loaded' AND (SELECT state = 'draft' FROM ruleset WHERE name = 'tre-robustness' AND version = 2)"
so "until it is adopted declarations answer the one before" "(SELECT r.version = 1 FROM model m, model_ruleset_now(m) r WHERE m.handle = 'tre')"
mustnt officer-1 ROLE_REQUIRED "an officer adopts none" <<<"SELECT t.adopt('tre-robustness', 2, '2027-06-01');"
mustnt decider-1 TRANSITION_DATE "the transition leaves 30 days at least" <<<"SELECT t.adopt('tre-robustness', 2, '2027-01-30');"
mustnt decider-1 TRANSITION_DATE "and lies within three years" <<<"SELECT t.adopt('tre-robustness', 2, '2031-01-30');"
mustnt decider-1 RULESET_ABSENT "of a version that exists" <<<"SELECT t.adopt('tre-robustness', 3, '2027-06-01');"
mustnt decider-1 RULESET_STATE "and is a draft" <<<"SELECT t.adopt('tre-robustness', 1, '2027-06-01');"
mustnt decider-1 STATEMENT_DIFFERS "the date is what was signed" <<<"SELECT t.sign('/v1/rulesets/tre-robustness/2/adopt', '{\"transition\":\"2027-06-01T00:00:00Z\"}'); SELECT ruleset_adopt('tre-robustness', 2, '2027-03-01');"
may decider-1 "a decider proposes" <<<"SELECT t.adopt('tre-robustness', 2, '2027-06-01');"
mustnt decider-1 FOUR_EYES "and doesn't approve it alone" <<<"SELECT t.judge('tre-robustness-2', 'approve');"
may decider-2 "rejected it stays a draft" <<<"SELECT t.judge('tre-robustness-2', 'reject');"
may decider-1 "it may be proposed again" <<<"SELECT t.adopt('tre-robustness', 2, '2027-06-01');"
may decider-2 "and approved" <<<"SELECT t.judge('tre-robustness-2', 'approve');"
so "both versions are in force, and the older one has its date" "(SELECT count(*) = 2 FROM ruleset WHERE name = 'tre-robustness' AND state = 'in_force') AND (SELECT retires = '2027-06-01' FROM ruleset WHERE name = 'tre-robustness' AND version = 1)"
so "its suppliers are told" "$(notices ruleset.adopted) = 1"
so "what stands stands" "(SELECT count(*) = 3 FROM coc WHERE state = 'certified')"
may acme-1 "why names the date" <<<"SELECT t.so(coc_why(number) -> 'first_to_fall' = '{\"kind\": \"ruleset\", \"subject\": \"tre-robustness-1\", \"on\": \"2027-06-01T00:00:00Z\"}', coc_why(number)::text) FROM coc c WHERE number = 'TRE-2027-000001';"
mustnt acme-1 RULESET_ABSENT "new declarations answer the new version" <<<"SELECT declaration_submit('tre', 'tre-robustness', 1, '{}', '2027-10-01', 'x');"
own >/dev/null <<'SQL'
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre-' || n, 'tre', organisation_id, 'T', '1', id, 'embedded', '1'
	FROM model, generate_series(2, 2) n WHERE handle = 'chip';
UPDATE model SET state = 'registered' WHERE state = 'draft';
SQL
mustnt acme-1 RULE_UNANSWERED "with all its rules" <<<"SELECT declaration_submit('tre', 'tre-robustness', 2, (SELECT answers FROM declaration WHERE number = 'DCL-2027-000002'), '2027-10-01', 'x');"
declared tre-2 acme-1 2028-01-01
second=$(certified '{"model":"tre-2","level":2,"site":"fab","quota":1,"valid_days":100}')
so "another model answers the new version ($second)" "(SELECT r.version = 2 FROM coc c JOIN ruleset r ON r.id = c.ruleset_id WHERE number = '$second')"
at 2027-03-02T23:59:59Z
ticked "a second before 90 days nothing is said" "$(notices ruleset.retires) = 0"
at 2027-03-03T00:00:00Z
tick "at 90 days the suppliers of the old version are warned" "changes >= 1"
so "they are" "(SELECT array_agg(subject || (detail ->> 'days')) = '{tre-robustness-190}' FROM notice WHERE topic = 'ruleset.retires')"
at 2027-05-31T23:59:59Z
ticked "the other warnings; the second before the transition nothing retires" "(SELECT count(*) = 2 FROM ruleset WHERE name = 'tre-robustness' AND state = 'in_force')"
so "the TrE is accredited" "EXISTS (SELECT FROM coc_good(2))"
at 2027-06-01T00:00:00Z
so "at the second it isn't, before any tick" "NOT EXISTS (SELECT FROM coc_good(2))"
tick "the tick retires the version, with what stands on it" "changes >= 2"
so "its declaration and the CoC ended then" "$(declaration_is DCL-2027-000002 expired) AND $(coc_is TRE-2027-000001 expired) AND (SELECT effective = '2027-06-01' FROM coc WHERE number = 'TRE-2027-000001')"
so "and so did the terminal that stood on it alone" "$(coc_is TER-2027-000001 expired)"
so "who had answered the new version is not touched" "$(declaration_is DCL-2027-000004 in_force) AND (SELECT state = 'retired' FROM ruleset WHERE name = 'tre-robustness' AND version = 1)"
tick "once" "changes = 0"
so "devices that exist go on: the CoC is expired, not suspended" "(SELECT (coc_facts(2, '2027-05-01')).now = 'expired' AND (coc_facts(2, '2027-05-01')).on_expired = 'permit' AND (coc_facts(2, '2027-05-01')).at_issue = 'certified')"
mustnt decider-1 RULESET_STATE "what has retired isn't adopted again" <<<"SELECT t.adopt('tre-robustness', 1, '2027-12-01');"

# ---- doubt
declared tre acme-1 2028-03-01
tre=$(certified '{"model":"tre","level":2,"site":"fab","quota":100,"valid_days":730}')
ter=$(certified '{"model":"ter","level":2,"site":"works","quota":100,"valid_days":730}')
so "the TrE declares against the new version and is certified anew" "$(coc_is "$tre" certified) AND $(coc_is "$ter" certified)"
D=DCL-2027-000005
for who in reader acme-1 operator-1; do
	mustnt "$who" ROLE_REQUIRED "$who challenges nothing" <<<"SELECT t.challenge('$D', '{SB-3}');"
done
mustnt auditor-1 DECLARATION_ABSENT "an auditor only whom they audit" <<<"SELECT t.challenge('$D', '{SB-3}');"
mustnt security-1 RULE_UNKNOWN "a rule that it answers" <<<"SELECT t.challenge('$D', '{XX-3}');"
mustnt security-1 RULE_UNKNOWN "one at least" <<<"SELECT t.challenge('$D', '{}');"
mustnt security-1 EVIDENCE_ABSENT "with evidence that is there" <<<"SELECT t.challenge('$D', '{SB-3}', 'x', ARRAY['$(printf x | sha256sum | cut -c-64)']);"
mustnt security-1 DECLARATION_STATE "one in force" <<<"SELECT t.challenge('DCL-2027-000002', '{SB-3}');"
mustnt security-1 STATEMENT_DIFFERS "in signed words" <<<"SELECT t.sign('/v1/declarations/$D/challenge', '{\"rules\":[\"SB-3\"],\"ground\":\"mild\"}'); SELECT declaration_challenge_open('$D', '{SB-3}', 'harsh', NULL);"
refused assay_api 42501 "the api can't by hand" <<<"UPDATE declaration SET state = 'challenged';"
may officer-1 "an audit at its site is planned" <<<"SELECT audit_plan('fab', 'extraordinary', '{tre_production}', '{auditor-1,auditor-2}', '2027-06-02');"
may auditor-1 "then its auditor may: one person, at once" <<<"SELECT t.challenge('$D', '{SB-3,TR-1}');"
so "it is challenged" "$(declaration_is $D challenged)"
so "a decision sees it" "$(decides tre challenged)"
so "the CoC stands, for it is a doubt" "$(coc_is "$tre" certified)"
so "its supplier is told, with 30 days to answer, and the body" "(SELECT detail ->> 'answer_due' = '2027-07-01T00:00:00Z' FROM notice WHERE topic = 'declaration.challenged') AND $(notices alarm.declaration_challenged) = 1"
so "nothing is certified on it meanwhile" "(SELECT array_agg(code) = '{DECLARATION_CHALLENGED}' FROM coc c, coc_missing(c.id) WHERE number = '$tre')"
mustnt security-1 DECLARATION_STATE "it is challenged once at a time" <<<"SELECT t.challenge('$D', '{SB-3}');"
mustnt acme-1 ILLEGAL_TRANSITION "its supplier can't slip away by withdrawing it" <<<"SELECT declaration_withdraw('$D');"
may acme-1 "nor by another declaration" <<<"SELECT t.declare('tre', '2028-03-01');"
mustnt officer-1 DECLARATION_CHALLENGED "which isn't accepted before this is settled" <<<"SELECT declaration_accept('DCL-2027-000006');"
may acme-1 "it is withdrawn" <<<"SELECT declaration_withdraw('DCL-2027-000006');"

# ---- the answer, and the two who settle it
mustnt bolt-1 NOT_YOURS "nobody answers for another" <<<"SELECT declaration_answer('$D', 'no', NULL);"
mustnt officer-1 ROLE_REQUIRED "nor the body for its supplier" <<<"SELECT declaration_answer('$D', 'no', NULL);"
may acme-1 "its supplier answers" <<<"SELECT declaration_answer('$D', 'the sample was a prototype', NULL);"
mustnt acme-1 CHALLENGE_ANSWERED "once" <<<"SELECT declaration_answer('$D', 'or not', NULL);"
refused assay_test CHALLENGE_FIXED "what was said stays said" <<<"SET ROLE assay_owner; UPDATE declaration_challenge SET answer = 'x', ground = 'y';"
mustnt officer-1 ROLE_REQUIRED "an officer settles nothing" <<<"SELECT t.settle('$D', 'uphold');"
mustnt decider-1 VERDICT_NOT_ALLOWED "upholding freezes nothing" <<<"SELECT t.settle('$D', 'uphold', true);"
mustnt decider-1 STATEMENT_DIFFERS "a freeze is signed for" <<<"SELECT t.sign('/v1/declarations/$D/refute', '{\"reason\":\"test\"}'); SELECT declaration_settle('$D', 'refute', 'test', true);"
may decider-3 "one decider proposes to refute it" <<<"SELECT t.settle('$D', 'refute');"
own >/dev/null <<<"UPDATE test_clock SET now = now + interval '1 hour'"
may decider-1 "another to uphold it" <<<"SELECT t.settle('$D', 'uphold');"
so "still challenged" "$(declaration_is $D challenged)"
may decider-2 "a second one approves that" <<<"SELECT t.sign('/v1/proposals/' || id || '/approve', jsonb_build_object('subject', subject_number, 'act', act, 'terms_sha256', encode(terms_sha256, 'hex'), 'verdict', 'approve')::text), proposal_judge(id, subject_number, act, terms_sha256, 'approve', NULL) FROM proposal WHERE act = 'declaration_uphold' AND state = 'open';"
so "in force again, with its history" "$(declaration_is $D in_force) AND (SELECT array_agg(to_state ORDER BY id) = '{submitted,in_force,challenged,in_force}' FROM history WHERE entity = 'declaration' AND detail ->> 'number' = '$D')"
so "and a decision permits" "$(decides tre in_force)"

# ---- refuted
may decider-1 "a decider challenges it again" <<<"SELECT t.challenge('$D', '{SB-3}');"
mustnt decider-1 FOUR_EYES "who doubted doesn't settle: not by proposing" <<<"SELECT t.settle('$D', 'refute');"
mustnt decider-2 PROPOSAL_STALE "what was proposed on the first doubt doesn't settle the second" <<<"SELECT t.judge('$D', 'approve');"
may decider-2 "so it is rejected" <<<"SELECT t.judge('$D', 'reject');"
may decider-2 "another proposes to refute" <<<"SELECT t.settle('$D', 'refute');"
mustnt decider-1 FOUR_EYES "nor by approving" <<<"SELECT t.judge('$D', 'approve');"
mustnt security-1 ROLE_REQUIRED "nor a security officer" <<<"SELECT t.judge('$D', 'approve');"
may decider-3 "a third decider approves" <<<"SELECT t.judge('$D', 'approve');"
so "it is refuted" "$(declaration_is $D refuted)"
so "a corrective action is proposed by itself, at level 2 no freeze" "$(measures) = 'corrective_action tre proposed' AND (SELECT proposed_by IS NULL AND cause = 'CHA-2027-000002' FROM measure)"
so "the CoC is suspended, and what stands on it" "$(coc_is "$tre" suspended) AND $(coc_is "$ter" suspended)"
so "in one transaction" "(SELECT count(DISTINCT xmin::text) = 1 AND count(*) = 5 FROM history WHERE to_state IN ('refuted', 'suspended') OR entity = 'measure')"
so "a refuted declaration is none: a decision refuses" "$(decides tre refuted)"
so "both are told" "$(notices declaration.refuted) = 1 AND $(notices measure.arose) = 1"
mustnt officer-1 DECLARATION_STATE "it doesn't come back" <<<"SELECT declaration_accept('$D');"
declared tre acme-1 2028-04-01
may decider-1 "a new declaration lets it be reinstated" <<<"SELECT t.change('$tre', 'reinstate');"
may decider-2 "by two" <<<"SELECT t.judge('$tre', 'approve');"
so "and it is back, with the terminal" "$(coc_is "$tre" certified) AND $(coc_is "$ter" certified) AND $(decides tre in_force)"

# ---- from level 3 on, and where the deciders say so, downloads are to be frozen
may security-1 "the chip's declaration is challenged: it is at level 4" <<<"SELECT t.challenge('DCL-2027-000001', '{HB-1}');"
may decider-1 "refuting is proposed" <<<"SELECT t.settle('DCL-2027-000001', 'refute');"
may decider-2 "and approved" <<<"SELECT t.judge('DCL-2027-000001', 'approve');"
so "a corrective action and a download freeze arise, on the platform" "$(measures) LIKE '%, corrective_action chip proposed, download_freeze chip proposed' AND (SELECT bool_and(scope_kind = 'hardware_platform') FROM measure WHERE scope_number = 'chip')"
so "all that stands on the chip is suspended" "(SELECT count(*) = 0 FROM coc WHERE state IN ('certified', 'provisional') AND number IN ('$tre', '$ter', 'HWP-2027-000001'))"

# ---- no answer for 30 days
T=DCL-2027-000003
may security-1 "the terminal's declaration is challenged" <<<"SELECT t.challenge('$T', '{IF-1}');"
at 2027-06-24T01:00:00Z
ticked "a week before the answer is due its supplier is warned" "(SELECT count(*) = 1 FROM notice WHERE topic = 'declaration.answer_due' AND subject = '$T')"
at 2027-07-01T00:59:59Z
ticked "a second before, it is still open" "(SELECT state = 'open' FROM declaration_challenge WHERE number = 'CHA-2027-000004')"
at 2027-07-01T01:00:00Z
ticked "at the second it is overdue" "(SELECT state = 'overdue' AND effective = answer_due FROM declaration_challenge WHERE number = 'CHA-2027-000004')"
so "the body is alarmed, and the measure is proposed by itself" "$(notices alarm.challenge_unanswered) = 1 AND (SELECT count(*) = 1 FROM measure WHERE scope_number = 'ter' AND state = 'proposed' AND kind = 'corrective_action')"
ticked "once" "$(notices alarm.challenge_unanswered) = 1"
may bolt-1 "a late answer is still heard" <<<"SELECT declaration_answer('$T', 'sorry', NULL);"
may decider-1 "upholding is proposed" <<<"SELECT t.settle('$T', 'uphold');"
may decider-2 "and approved" <<<"SELECT t.judge('$T', 'approve');"
so "the measure that arose is gone with the doubt" "(SELECT state = 'rejected' FROM measure WHERE scope_number = 'ter') AND $(declaration_is $T in_force)"
may security-1 "challenged again, and left" <<<"SELECT t.challenge('$T', '{IF-1}');"
at 2028-01-01T00:00:00Z
ticked "it runs out while it is challenged" "$(declaration_is $T expired)"
so "a decision still finds it doubted" "$(decides ter challenged)"
may decider-1 "which saves nobody: refuting is proposed" <<<"SELECT t.settle('$T', 'refute', true);"
may decider-2 "and approved" <<<"SELECT t.judge('$T', 'approve');"
so "refuted for good, with the freeze that was asked for" "$(declaration_is $T refuted) AND (SELECT string_agg(kind, ' ' ORDER BY kind) = 'corrective_action download_freeze' FROM measure WHERE cause = 'CHA-2027-000005')"

# ---- evidence that no longer holds
may acme-1 "a report is uploaded" <<<"SELECT t.file('report');"
may officer-1 "and accepted" <<<"SELECT t.accept('report');"
h=$(printf report | sha256sum | cut -c-64)
may acme-1 "and a declaration names it" <<<"SELECT declaration_withdraw(number) FROM declaration WHERE state = 'in_force' AND model_id = (SELECT id FROM model WHERE handle = 'tre-2'); SELECT t.declare('tre-2', '2028-12-01', '', '$h');"
may officer-1 "in force" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
out=$(by security-1 <<<"SELECT string_agg(concat_ws(' ', r ->> 'entity', r ->> 'from', r ->> 'to'), ', ' ORDER BY r ->> 'entity') FROM jsonb_array_elements(t.repudiate('report') -> 'changed') r;" | sql assay_api | tail -1)
so "what names a repudiated file is challenged by itself ($out)" "'$out' LIKE 'declaration in_force challenged, declaration_challenge - open%'"
so "by nobody, for that cause, on every rule that named it" "(SELECT challenged_by IS NULL AND cause = '$h' AND cardinality(rules) = 47 FROM declaration_challenge ORDER BY id DESC LIMIT 1)"

# ---- ends, warnings, and renewal without a gap
declared chip acme-1 2028-06-01
N=$(own <<<"SELECT number FROM declaration WHERE expires = '2028-06-01';")
at 2028-03-02T23:59:59Z
ticked "a second before 90 days of its end nothing is said of the declaration" "NOT EXISTS (SELECT FROM notice WHERE topic = 'declaration.ends' AND subject = '$N')"
at 2028-03-03T00:00:00Z
ticked "at 90 days its supplier is warned" "EXISTS (SELECT FROM notice WHERE topic = 'declaration.ends' AND subject = '$N')"
declared chip acme-1 2029-03-01
at 2028-05-31T23:59:59Z
ticked "renewed early, no other warning of the old one comes" "(SELECT count(*) = 1 FROM notice WHERE topic = 'declaration.ends' AND subject = '$N')"
at 2028-06-01T00:00:01Z
ticked "its old end passes" "true"
so "and there is no second without one in force" "(SELECT count(*) = 1 FROM model_declaration(1)) AND (SELECT (SELECT effective FROM history WHERE entity = 'declaration' AND to_state = 'superseded' AND detail ->> 'number' = '$N') = (SELECT effective FROM history WHERE entity = 'declaration' AND to_state = 'in_force' AND subject_id = (SELECT id FROM model_declaration(1))))"
exit $bad
