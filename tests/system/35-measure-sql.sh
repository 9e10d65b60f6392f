#!/usr/bin/env bash
# Measures of all kinds as somebody meets them who has the api's database role
# and psql: what fits together, what each does in the transaction that puts it
# in force, whom it hits, how it ends, and what the clock does.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/measure.sh

# ---- what does not fit together: by whoever calls, before anything is written
no() { local code=$1 what=$2; shift 2; mustnt security-1 "$code" "$what" < <(measure "$@"); }
no MEASURE_KIND "a kind that is none" fine model tre
no SCOPE_ABSENT "a scope that is none" hold model nix
no SCOPE_ABSENT "an issuer that issues to people" hold issuer 1
no SCOPE_ABSENT "an operator is no scope" ban organisation operator
no MEASURE_SCOPE "a ban is on a supplier" ban model tre
no MEASURE_SCOPE "a scope reduction on a site" scope_reduction model tre '"scopes":["tre_production"]'
no MEASURE_SCOPE "a withdrawal on a model" withdrawal organisation acme
no MEASURE_SCOPE "a corrective action is not on a lot" corrective_action lot LOT-1 '"deadline":"2027-03-01"'
no MEASURE_EFFECT "a hold holds" hold model tre '"effect":"permit"'
no MEASURE_EFFECT "a mass revocation refuses" mass_revocation model tre '"effect":"permit","reason":"superseded"'
no MEASURE_EFFECT "an effect that is none" download_freeze model tre '"effect":"explode"'
no MEASURE_EMERGENCY "no mass revocation by one person" mass_revocation model tre '"emergency":true,"reason":"superseded"'
no MEASURE_EMERGENCY "no ban by one person" ban organisation acme '"emergency":true'
no DEADLINE_UNFIT "a corrective action has a deadline" corrective_action model tre
no DEADLINE_UNFIT "in the future" corrective_action model tre '"deadline":"2027-01-01"'
no ESCALATION_UNFIT "what it escalates to is on the same scope" corrective_action model tre '"deadline":"2027-03-01","escalates_to":"ban"'
no ESCALATION_UNFIT "and no mass revocation" corrective_action model tre '"deadline":"2027-03-01","escalates_to":"mass_revocation"'
no FIELD_UNFIT "a hold has no deadline" hold model tre '"deadline":"2027-03-01"'
no FIELD_UNFIT "nor a reason of a revocation" hold model tre '"reason":"superseded"'
no FIELD_UNFIT "nor anything unheard of" hold model tre '"lapses":"never"'
no FIELD_UNFIT "nor a range of firmware" hold model tre '"firmware_from":"1"'
no FIELD_UNFIT "which a site has none of" download_freeze site fab '"firmware_from":"1"'
no REASON_UNKNOWN "a mass revocation has a reason" mass_revocation model tre
no REASON_UNKNOWN "which is no hold" mass_revocation model tre '"reason":"certificateHold"'
no SCOPES_UNFIT "a reduction says of what" scope_reduction site fab
no SCOPES_UNFIT "that the site has" scope_reduction site fab '"scopes":["delegated_ca"]'
no FIRMWARE_MALFORMED "a minimum firmware is a version" minimum_firmware model tre '"least_firmware":"v2"'
no FIRMWARE_MALFORMED "and said" minimum_firmware model tre
no FIRMWARE_UNFIT "of a TrE" minimum_firmware model ter '"least_firmware":"2"'
no FIRMWARE_UNFIT "a range has its ends in order" download_freeze model tre '"firmware_from":"2.10","firmware_to":"2.9"'
no MEASURE_EFFECT "and cannot be on hold" download_freeze model tre '"firmware_from":"2","effect":"hold"'
mustnt officer-1 ROLE_REQUIRED "an officer imposes nothing" < <(measure hold model tre)
mustnt security-1 STATEMENT_DIFFERS "what is done is what was signed" <<<"SELECT t.sign('/v1/measures', '$(terms hold model tre)'); SELECT measure_propose('$(terms hold organisation acme)');"
refused assay_api 42501 "the api puts nothing in force by itself" <<<"SELECT measure_begin(m) FROM measure m;"
so "nothing came of all that" "(SELECT count(*) = 0 FROM measure)"

# ---- whom it hits
so "terminals are counted where their TrEs were made" \
	"(SELECT sum(terminals) = 2 AND count(*) = 2 FROM lot_bound)"
claim assay_test "operators were told permit, or refuse since" <<'SQL'
SELECT t.asked('operator', 'permit', 'LOT-1-0', 'LOT-3-0'),
	t.asked('operator', 'permit', 'LOT-1-1', 'LOT-3-0'),
	t.asked('operator', 'permit', 'LOT-1-1', 'LOT-3-0'),
	t.asked('other-op', 'permit', 'LOT-1-0', 'LOT-3-0'),
	t.asked('other-op', 'refuse', 'LOT-1-0', 'LOT-3-1'),
	t.asked('other-op', 'indeterminate', 'LOT-1-1', 'LOT-3-1');
SQL
so "the reach tells it all" "measure_reach('model', (SELECT id FROM model WHERE handle = 'tre')) =
	'{\"lots\": 1, \"models\": 1, \"devices\": 10000000, \"terminals\": 1, \"certificates\": 10000000, \"operators\": [{\"operator\": \"operator\", \"permits\": 2}]}'"
so "a permit that was refused since is none" \
	"(SELECT jsonb_agg(o -> 'operator' ORDER BY o -> 'operator') = '[\"operator\", \"other-op\"]' FROM jsonb_array_elements(measure_reach('organisation', (SELECT id FROM organisation WHERE handle = 'acme')) -> 'operators') o)"
so "through a hardware platform, its TrEs" "measure_devices('hardware_platform', (SELECT id FROM model WHERE handle = 'chip')) = 10000002"
so "of a CA, what it issued" "measure_devices('issuer', 4) = 2 AND measure_devices('issuer', 3) = 10000002"

# ---- a hold on ten million devices
before="(SELECT last FROM status_head)"
n0=$(sql assay_test <<<"SELECT last FROM status_head")
start=$(date +%s%N)
may security-1 "one person holds ten million devices in an emergency" < <(measure hold hardware_platform chip '"emergency":true')
echo "# after $((($(date +%s%N) - start) / 1000000)) ms, with psql's start"
so "by one event and no row of a certificate" "$before = $n0 + 1 AND (SELECT count(*) = 0 FROM certificate WHERE state <> 'issued')"
status "every certificate on it is on hold, and no other" "on_hold 6,on_hold 6,issued 0"
so "supplier and operators hear of it, also one that was refused since" \
	"(SELECT string_agg(o.handle, ' ' ORDER BY o.handle) = 'acme operator other-op' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'measure.in_force')"
so "operators not why" "(SELECT NOT detail ? 'legal_basis' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.handle = 'operator')"
imposed "a full hold takes its place" "$(m 2)" hold hardware_platform chip '"supersedes":"'"$(m 1)"'"'
so "the old one is superseded" "t.state('$(m 1)') = 'superseded' AND t.state('$(m 2)') = 'in_force'"
so "and the hold goes on since the first" "(SELECT h.since = (SELECT at FROM status_event WHERE id = $n0 + 1) AND h.measure_id = (SELECT id FROM measure WHERE number = '$(m 2)') FROM cohort_hold h)"
no SUPERSEDES_UNFIT "what forbids less takes no hold's place" download_freeze hardware_platform chip '"supersedes":"'"$(m 2)"'"'
no SUPERSEDES_UNFIT "nor what ends by itself" hold hardware_platform chip '"emergency":true,"supersedes":"'"$(m 2)"'"'
no SUPERSEDES_UNFIT "nor what is on another scope" hold model tre '"supersedes":"'"$(m 2)"'"'
no MEASURE_STATE "what is not in force is not superseded" hold hardware_platform chip '"supersedes":"'"$(m 1)"'"'
lifted "$(m 2)"
status "all are good again" "issued 0,issued 0,issued 0"
so "who heard of its beginning hears of its end" "(SELECT count(*) = 3 FROM notice WHERE topic = 'measure.lifted')"

# ---- one CA's devices
imposed "a hold on a CA" "$(m 3)" hold issuer 4
status "holds what it issued" "issued 0,issued 0,on_hold 6"
so "its CRL is due and lists them" "(SELECT count(*) = 2 AND min(reason) = 6 FROM crl_entries(4, 0, 99)) AND (SELECT count(*) = 0 FROM crl_entries(3, 0, 99))"
lifted "$(m 3)"

# ---- mass revocation: final, and counted
may security-1 "a mass revocation is proposed" < <(measure mass_revocation lot LOT-2 '"reason":"keyCompromise"')
may decider-1 "whoever must approve is shown what it hits" <<<"SELECT t.so((j -> 'reach' ->> 'devices')::int = 2 AND (j -> 'reach' ->> 'counted')::bool) FROM proposal, proposal_json(id) j WHERE subject_number = '$(m 4)';"
mustnt decider-1 COUNT_REQUIRED "nobody approves it by habit" <<<"SELECT t.judge('$(m 4)', 'approve');"
mustnt decider-1 REACH_CHANGED "nor with another number" <<<"SELECT t.count('$(m 4)', 3);"
mustnt decider-1 STATEMENT_DIFFERS "nor with one that was not signed" <<<"SELECT t.count('$(m 4)', 2, '1');"
mustnt security-1 FOUR_EYES "nor by its proposer" <<<"SELECT t.count('$(m 4)', 2);"
may decider-1 "with the number it is in force" <<<"SELECT t.count('$(m 4)', 2);"
so "and the approval says what was seen" "(SELECT count = 2 AND reach ->> 'devices' = '2' FROM approval a JOIN proposal p ON p.id = a.proposal_id WHERE p.subject_number = '$(m 4)' AND p.state = 'approved')"
status "all of the lot are revoked" "issued 0,revoked 1,issued 0"
so "without a row of a certificate" "(SELECT count(*) = 0 FROM certificate WHERE state <> 'issued')"
so "so says the CRL" "(SELECT count(*) = 2 AND min(reason) = 1 AND max(reason) = 1 FROM crl_entries(3, 10000000, 10000009))"
mustnt security-1 MEASURE_FINAL "nothing lifts it" <<<"SELECT t.lift('$(m 4)');"
claim assay_test "a release of the cohort by hand undoes nothing" <<<"SELECT status_cohort(false, 'lot', (SELECT id FROM lot WHERE number = 'LOT-2'), (SELECT id FROM measure WHERE number = '$(m 4)'));"
status "it is revoked still" "issued 0,revoked 1,issued 0"
refused assay_authority COHORT_REVOKED "nothing is issued into it any more" <<<"SELECT status_issued(3, 10000002, 1, (SELECT id FROM lot WHERE number = 'LOT-2'));"
serial=$(sql assay_test <<<"SELECT encode(serial, 'hex') FROM certificate WHERE der = 'LOT-2-0'")
mustnt security-1 CERTIFICATE_REVOKED "one of it is not revoked again" <<<"SELECT certificate_revoke('$serial', 'superseded', NULL);"
mustnt security-1 CERTIFICATE_NOT_GOOD "nor put on hold" <<<"SELECT certificate_hold('$serial', 'x');"
so "issuing meets the obstacle" "lot_is_revoked((SELECT id FROM lot WHERE number = 'LOT-2'), 3)"

# ---- two revocations and a hold on one certificate: register and CRL agree
at 2027-01-02T00:00:00Z
serial=$(sql assay_test <<<"SELECT encode(serial, 'hex') FROM certificate WHERE der = 'LOT-3-1'")
may security-1 "one terminal is on hold by itself" <<<"SELECT certificate_hold('$serial', 'x');"
at 2027-01-03T00:00:00Z
may security-1 "its CA's devices are to be revoked" < <(measure mass_revocation issuer 4 '"reason":"superseded"')
may decider-1 "and are" <<<"SELECT t.count('$(m 5)', 2);"
so "since its hold, for the reason of the revocation" "(SELECT s.state = 'revoked' AND s.reason = 4 AND s.since = '2027-01-02' FROM certificate c, certificate_status(c) s WHERE der = 'LOT-3-1')"
so "in the CRL, too" "(SELECT reason = 4 AND since = '2027-01-02' FROM crl_entries(4, 1, 1))"
mustnt security-1 CERTIFICATE_NOT_HELD "its hold is not released" <<<"SELECT t.sign('/'); SELECT certificate_release_propose('$serial', 'x');"
at 2027-01-04T00:00:00Z
may security-1 "the reason moves to keyCompromise for one" <<<"SELECT certificate_revoke('$serial', 'keyCompromise', '2026-06-01');"
so "the time stays" "(SELECT s.reason = 1 AND s.since = '2027-01-02' AND s.invalidity = '2026-06-01' FROM certificate c, certificate_status(c) s WHERE der = 'LOT-3-1')"
so "as the CRL has it" "(SELECT reason = 1 AND since = '2027-01-02' AND invalidity = '2026-06-01' FROM crl_entries(4, 1, 1))"
so "the CA is revoked with its devices" "(SELECT state = 'revoked' FROM issuer WHERE id = 4) AND (SELECT state = 'revoked' AND reason = 4 FROM certificate WHERE issuer_id = 1 AND index = 4)"

# ---- corrective action: deadline, notices, escalation, correction
imposed "a corrective action" "$(m 6)" corrective_action model tre '"deadline":"2027-03-01"'
status "forbids nothing" "issued 0,revoked 1,revoked 4"
so "its supplier hears of it, and no operator" "(SELECT string_agg(o.handle, ' ') = 'acme' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE n.subject = '$(m 6)' AND topic = 'measure.in_force')"
days() { so "$1" "(SELECT coalesce(string_agg(n.once, ' ' ORDER BY n.id), '') = '$2' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'measure.deadline' AND n.subject = '$(m 6)' AND o.handle = 'acme')"; }
at 2027-02-14T23:59:59Z
tick "15 days before nothing is due" "(SELECT changes = 0 FROM clock_tick())"
days "nobody is reminded" ""
at 2027-02-15T00:00:00Z
tick "14 days before" "(SELECT changes = 1 FROM clock_tick())"
tick "once" "(SELECT changes = 0 FROM clock_tick())"
at 2027-02-21T23:59:59Z
tick "a second before the seventh" "(SELECT changes = 0 FROM clock_tick())"
at 2027-02-22T00:00:00Z
tick "7 days before" "(SELECT changes = 1 FROM clock_tick())"
at 2027-02-27T23:59:59Z
tick "a second before the last" "(SELECT changes = 0 FROM clock_tick())"
at 2027-02-28T00:00:00Z
tick "1 day before" "(SELECT changes = 1 FROM clock_tick())"
days "the supplier was told three times" "14 7 1"
so "and so was the body" "(SELECT count(*) = 3 FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'measure.deadline' AND o.kind = 'body')"
at 2027-02-28T23:59:59Z
tick "a second before the deadline it stands" "(SELECT changes = 0 FROM clock_tick())"
at 2027-03-01T00:00:00Z
tick "at it, its escalation arises" "(SELECT changes = 1 FROM clock_tick())"
tick "once" "(SELECT changes = 0 FROM clock_tick())"
so "proposed by nobody, and in force by nobody" "(SELECT kind = 'download_freeze' AND state = 'proposed' AND proposed_by IS NULL AND cause = '$(m 6)' FROM measure WHERE number = '$(m 7)')"
basis=$(sql assay_test <<<"SELECT legal_basis FROM measure WHERE number = '$(m 7)'")
own() { printf '{"kind":"%s","scope_kind":"model","scope":"tre","legal_basis":"%s"}' "$1" "$basis"; }
mustnt officer-1 ROLE_REQUIRED "an officer adopts nothing" <<<"SELECT t.adopt('$(m 7)', '$(own download_freeze)');"
mustnt security-1 MEASURE_DIFFERS "who adopts it says what it is" <<<"SELECT t.adopt('$(m 7)', '$(own hold)');"
mustnt security-1 MEASURE_STATE "what somebody proposed is not adopted" < <(adopt "$(m 6)" corrective_action model tre)
may security-1 "a security officer adopts it" <<<"SELECT t.adopt('$(m 7)', '$(own download_freeze)');"
mustnt security-1 FOUR_EYES "and does not approve it" <<<"SELECT t.judge('$(m 7)', 'approve');"
mustnt security-2 MEASURE_STATE "nor is it dismissed any more" <<<"SELECT t.dismiss('$(m 7)');"
may decider-1 "a second one does" <<<"SELECT t.judge('$(m 7)', 'approve');"
so "the corrective action is escalated" "t.state('$(m 6)') = 'escalated' AND t.state('$(m 7)') = 'in_force'"
so "supplier and body hear of that" "(SELECT count(*) = 2 FROM notice WHERE topic = 'measure.escalated')"
mustnt bolt-1 NOT_YOURS "another supplier reports no correction" <<<"SELECT correction_report('$(m 6)', 'done', '{}');"
mustnt acme-1 MEASURE_STATE "nor is a freeze corrected" <<<"SELECT correction_report('$(m 7)', 'done', '{}');"
mustnt acme-1 EVIDENCE_ABSENT "evidence is uploaded first" <<<"SELECT correction_report('$(m 6)', 'done', ARRAY[pg_catalog.sha256('nothing')]);"
may acme-1 "the supplier reports it, late" <<<"SELECT t.file('proof'); SELECT correction_report('$(m 6)', 'done', ARRAY[pg_catalog.sha256('proof')]);"
mustnt acme-1 CORRECTION_OPEN "once at a time" <<<"SELECT correction_report('$(m 6)', 'done', '{}');"
mustnt acme-1 ROLE_REQUIRED "and does not confirm it" <<<"SELECT t.confirm_correction('COR-2027-000001', '$(m 6)');"
mustnt auditor-1 ROLE_REQUIRED "nor does an auditor, who decides nothing" <<<"SELECT t.confirm_correction('COR-2027-000001', '$(m 6)');"
mustnt officer-1 STATEMENT_DIFFERS "an officer says which measure" <<<"SELECT t.confirm_correction('COR-2027-000001', '$(m 7)');"
may officer-1 "an officer rejects it" <<<"SELECT correction_reject('COR-2027-000001', 'two still fail');"
may acme-1 "it is reported again" <<<"SELECT correction_report('$(m 6)', 'now truly done', '{}');"
may officer-1 "an officer confirms it" <<<"SELECT t.confirm_correction('COR-2027-000002', '$(m 6)');"
mustnt officer-1 ROLE_REQUIRED "which lifts nothing" <<<"SELECT t.judge('COR-2027-000002', 'approve');"
may security-2 "a security officer approves" <<<"SELECT t.judge('COR-2027-000002', 'approve');"
so "which lifts nothing yet" "t.state('$(m 7)') = 'in_force'"
so "the authority is told what must have been signed" "(SELECT urls = '{/v1/corrections/COR-2027-000002/confirm}' AND measure = '$(m 6)' AND since = '2027-03-01' FROM given_back((SELECT max(id) FROM proposal)))"
carried "and lifts both"
so "both are lifted" "t.state('$(m 6)') = 'lifted' AND t.state('$(m 7)') = 'lifted'"

# ---- in time, but not judged in time; and dismissed
imposed "another corrective action, to a hold" "$(m 8)" corrective_action model tre '"deadline":"2027-04-01","escalates_to":"hold"'
may acme-1 "is reported done in time" <<<"SELECT correction_report('$(m 8)', 'done', '{}');"
at 2027-04-02T00:00:00Z
tick "the body's delay escalates nothing" "(SELECT changes = 0 FROM clock_tick())"
may officer-1 "it was not done" <<<"SELECT correction_reject('COR-2027-000003', 'no');"
tick "so it is overdue" "(SELECT changes = 1 FROM clock_tick())"
may security-1 "dismissing the escalation is proposed" <<<"SELECT t.dismiss('$(m 9)');"
mustnt security-1 FOUR_EYES "by one alone it is not" <<<"SELECT t.judge('$(m 9)', 'approve');"
may security-2 "two dismiss it" <<<"SELECT t.judge('$(m 9)', 'approve');"
tick "and it does not come again" "(SELECT changes = 0 FROM clock_tick())"
so "the corrective action stands" "t.state('$(m 9)') = 'rejected' AND t.state('$(m 8)') = 'in_force'"
lifted "$(m 8)"
may security-1 "one more" < <(measure corrective_action model tre '"deadline":"2027-05-01","escalates_to":"hold"')
may decider-1 "in force" <<<"SELECT t.judge('$(m 10)', 'approve');"
at 2027-05-01T00:00:00Z
tick "is overdue" "(SELECT changes = 1 FROM clock_tick())"
basis=$(sql assay_test <<<"SELECT legal_basis FROM measure WHERE number = '$(m 11)'")
may security-1 "its escalation is adopted" <<<"SELECT t.adopt('$(m 11)', '$(own hold)');"
may security-1 "it is lifted first" <<<"SELECT t.lift('$(m 10)');"
may security-2 "by two" <<<"SELECT t.judge('$(m 10)', 'approve');"
carried "and the authority"
mustnt decider-1 MEASURE_CAUSE_GONE "then nothing is left to escalate" <<<"SELECT t.judge('$(m 11)', 'approve');"
may decider-1 "it is rejected" <<<"SELECT t.judge('$(m 11)', 'reject');"
status "nothing was held" "issued 0,revoked 1,revoked 4"

# ---- firmware: what the decision is told
told="device_measures((SELECT id FROM device WHERE device_id = 'LOT-1-0'))"
imposed "a minimum firmware on a platform" "$(m 12)" minimum_firmware hardware_platform chip '"least_firmware":"2.10"'
so "is told of its TrEs" "$told @> '[{\"kind\": \"minimum_firmware\", \"least_firmware\": \"2.10\", \"effect\": \"refuse\"}]'"
imposed "on all of a supplier" "$(m 13)" minimum_firmware organisation acme '"least_firmware":"2.1"'
so "of its TrEs alone" "NOT device_measures((SELECT id FROM device WHERE device_id = 'LOT-3-0')) @> '[{\"kind\": \"minimum_firmware\"}]'"
no SUPERSEDES_UNFIT "a lower one takes not its place" minimum_firmware organisation acme '"least_firmware":"2.0.9","supersedes":"'"$(m 13)"'"'
imposed "a higher one does" "$(m 14)" minimum_firmware organisation acme '"least_firmware":"2.1.0.1","supersedes":"'"$(m 13)"'"'
imposed "a freeze of some versions" "$(m 15)" download_freeze model tre '"firmware_from":"1.0","firmware_to":"1.9"'
so "with the versions" "$told @> '[{\"kind\": \"download_freeze\", \"firmware_from\": \"1.0\", \"firmware_to\": \"1.9\"}]'"
so "issuing goes on under all of these" "(SELECT count(*) = 0 FROM measure m JOIN measure_kind k ON k.name = m.kind WHERE m.state = 'in_force' AND k.stops_issuance AND m.scope_kind <> 'lot' AND m.scope_kind <> 'issuer')"
for n in 12 14 15; do lifted "$(m $n)"; done

# ---- scope reduction, withdrawal, ban
imposed "an element is taken from a site" "$(m 16)" scope_reduction site fab '"scopes":["terminal_assembly"]'
so "that and no other, with the CoCs on it" "(SELECT string_agg(scope, ' ') = 'terminal_assembly' FROM site_scope WHERE state = 'withdrawn') AND (SELECT string_agg(number, ' ') = 'COC-ter' FROM coc WHERE state = 'suspended')"
mustnt security-1 MEASURE_FINAL "for good" <<<"SELECT t.lift('$(m 16)');"
# ---- a CoC is withdrawn, without a measure
may decider-2 "withdrawing a TrE model's CoC is proposed" <<<"SELECT t.sign('/v1/cocs/COC-tre/withdraw', '{\"reason\":\"x\"}'); SELECT coc_propose_change('COC-tre', 'withdraw', 'x');"
may decider-1 "with what it hits, to be counted" <<<"SELECT t.so(r ->> 'devices' = '10000000' AND (r -> 'counted')::bool) FROM proposal p, LATERAL (SELECT proposal_json(p.id) -> 'reach') x (r) WHERE p.act = 'coc_withdraw';"
mustnt decider-1 COUNT_REQUIRED "it revokes, so nobody approves it by habit" <<<"SELECT t.judge('COC-tre', 'approve');"
mustnt decider-1 REACH_CHANGED "nor with another number" <<<"SELECT t.count('COC-tre', 2);"
so "a refused approval left nothing behind" "(SELECT state = 'certified' FROM coc WHERE number = 'COC-tre')"
events=$(sql assay_test <<<"SELECT last FROM status_head")
may decider-1 "with the number it is withdrawn" <<<"SELECT t.count('COC-tre', 10000000);"
so "by one event for a lot of ten million" "(SELECT last = $events + 1 FROM status_head)"
status "its devices are revoked, privilegeWithdrawn, and no others" "revoked 9,revoked 1,revoked 4"
so "no measure says so" "(SELECT measures = '{}' FROM certificate c, certificate_status(c) WHERE der = 'LOT-1-0')"
so "who ever had a permit hears of it" "(SELECT count(*) = 2 FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'coc.withdrawn' AND n.subject = 'COC-tre' AND o.kind = 'operator')"
so "the model itself may begin anew" "NOT EXISTS (SELECT FROM status_event WHERE kind = 'cohort_revoked' AND cohort_kind = 'model')"
refused assay_authority COHORT_REVOKED "its lot may not" <<<"SELECT status_issued(3, 19999999, 1, (SELECT id FROM lot WHERE number = 'LOT-1'));"

# ---- a platform is withdrawn by a measure
may security-1 "withdrawing the platform is proposed" < <(measure withdrawal hardware_platform chip)
mustnt decider-1 COUNT_REQUIRED "it revokes, so it is counted" <<<"SELECT t.judge('$(m 17)', 'approve');"
mustnt decider-1 REACH_CHANGED "rightly" <<<"SELECT t.count('$(m 17)', 10000001);"
so "a refused approval left nothing behind" "(SELECT state = 'certified' FROM coc WHERE number = 'COC-chip') AND (SELECT count(*) = 0 FROM approval a JOIN proposal p ON p.id = a.proposal_id WHERE p.subject_number = '$(m 17)')"
may decider-1 "with the number it is in force" <<<"SELECT t.count('$(m 17)', 10000002);"
so "its CoC is withdrawn, those on it suspended" "(SELECT string_agg(number || ' ' || state, ',' ORDER BY number) = 'COC-chip withdrawn,COC-ter suspended,COC-tre withdrawn,COC-tre2 suspended' FROM coc)"
status "every TrE on it is revoked, privilegeWithdrawn; what was so before for its own reason" "revoked 9,revoked 1,revoked 4"
imposed "a ban" "$(m 18)" ban organisation acme
so "suspends the supplier" "(SELECT state = 'suspended' FROM organisation WHERE handle = 'acme')"
may officer-1 "reinstating it is proposed" <<<"SELECT t.organisation('acme', 'reinstate');"
mustnt decider-2 ORGANISATION_BANNED "and refused while it is banned" <<<"SELECT t.judge('acme', 'approve');"

# ---- appeal
at 2027-05-30T23:59:59Z
mustnt bolt-1 NOT_YOURS "another supplier does not appeal" <<<"SELECT t.appeal('$(m 18)');"
may officer-1 "an officer files the appeal of one that has no access any more" <<<"SELECT t.appeal('$(m 18)');"
mustnt officer-1 APPEAL_FILED "once" <<<"SELECT t.appeal('$(m 18)');"
so "the measure stays in force" "t.state('$(m 18)') = 'in_force'"
decide="t.decide_appeal('APL-2027-000001', 'upheld', '$(m 18)')"
mustnt decider-1 FOUR_EYES "who approved the measure judges no appeal" <<<"SELECT $decide;"
mustnt security-2 ROLE_REQUIRED "nor does a security officer" <<<"SELECT $decide;"
mustnt decider-2 STATEMENT_DIFFERS "the measure is named in what is signed" <<<"SELECT t.decide_appeal('APL-2027-000001', 'upheld', '$(m 17)');"
may decider-2 "a decider upholds it" <<<"SELECT $decide;"
mustnt decider-2 FOUR_EYES "not alone" <<<"SELECT t.judge('APL-2027-000001', 'approve');"
mustnt decider-1 FOUR_EYES "nor with one who approved the measure" <<<"SELECT t.judge('APL-2027-000001', 'approve');"
may decider-3 "a second decider approves" <<<"SELECT t.judge('APL-2027-000001', 'approve');"
so "upheld it is, and the ban stands until the authority has read it" "(SELECT state = 'upheld' FROM appeal) AND t.state('$(m 18)') = 'in_force'"
so "which is told that the signed verdict must be this" "(SELECT verdict = 'upheld' AND measure = '$(m 18)' FROM given_back((SELECT max(id) FROM proposal WHERE act = 'appeal_decide')))"
carried "the authority lifts it"
so "the supplier is let in by its own act" "(SELECT state = 'suspended' FROM organisation WHERE handle = 'acme') AND t.state('$(m 18)') = 'lifted'"
may decider-2 "by two" <<<"SELECT t.judge('acme', 'approve');"
at 2027-05-31T00:00:00Z
mustnt acme-1 APPEAL_LATE "thirty days later an appeal is late" <<<"SELECT t.appeal('$(m 17)');"
imposed "one more freeze" "$(m 19)" issuance_freeze model tre
may acme-1 "a file is uploaded" <<<"SELECT t.file('scribble');"
may officer-1 "and turned down" <<<"SELECT evidence_judge(pg_catalog.sha256('scribble'), 'rejected', 'unreadable');"
mustnt acme-1 EVIDENCE_ABSENT "no appeal rests on that" <<<"SELECT t.appeal('$(m 19)', ARRAY[pg_catalog.sha256('scribble')]);"
may acme-1 "is appealed against with evidence" <<<"SELECT t.appeal('$(m 19)', ARRAY[pg_catalog.sha256('proof')]);"
may acme-1 "and that is withdrawn" <<<"SELECT t.sign('/v1/appeals/APL-2027-000002/withdraw'); SELECT appeal_withdraw('APL-2027-000002');"
may acme-1 "and filed again" <<<"SELECT t.appeal('$(m 19)');"
may decider-3 "a decider dismisses it" <<<"SELECT t.decide_appeal('APL-2027-000003', 'dismissed', '$(m 19)');"
may decider-4 "with a second one" <<<"SELECT t.judge('APL-2027-000003', 'approve');"
so "and the measure stays" "(SELECT state = 'dismissed' FROM appeal WHERE number = 'APL-2027-000003') AND t.state('$(m 19)') = 'in_force' AND NOT EXISTS (SELECT FROM \"order\" WHERE state = 'queued' AND kind = 'appeal_decide')"
mustnt acme-1 APPEAL_FILED "for good" <<<"SELECT t.appeal('$(m 19)');"
may bolt-1 "a competitor sees no appeal" <<<"SELECT t.so(NOT EXISTS (SELECT FROM appeal));"
may bolt-1 "nor whom it hits, nor why" <<<"SELECT t.so(NOT j ?| '{reach,legal_basis,appeals,cause}') FROM measure, shown_whole('measure', id) j;"
may acme-1 "the supplier sees how much, but not whose permits" <<<"SELECT t.so(j -> 'reach' ? 'devices' AND NOT j -> 'reach' ? 'operators') FROM measure, shown_whole('measure', id) j;"

# ---- by hand
for column in effect deadline "reason" scopes proposed_by legal_basis kind; do
	refused assay_test MEASURE_FIXED "not even its owner changes a measure's $column" <<<"SET ROLE assay_owner; UPDATE measure SET $column = (SELECT $column FROM measure x WHERE x.$column IS DISTINCT FROM measure.$column LIMIT 1) WHERE number = '$(m 19)';"
done
refused assay_test APPEND_ONLY "no appeal is deleted" <<<"DELETE FROM appeal"
refused assay_test APPEND_ONLY "no permit either" <<<"DELETE FROM permit"
refused assay_test APPEND_ONLY "the kinds are what they are" <<<"UPDATE measure_kind SET liftable = true"
refused assay_api 42501 "the api lifts nothing" <<<"SELECT measure_lift(1);"
refused assay_api 42501 "nor lets one arise" <<<"SELECT measure_arise('hold', 'model', 2, 'x', 'x');"

# ---- what takes another's place gives nothing back
imposed "a ban again" "$(m 20)" ban organisation acme
no SUPERSEDES_UNFIT "a hold takes no ban's place: it lets the supplier in" hold organisation acme '"supersedes":"'"$(m 20)"'"'
imposed "another ban does" "$(m 21)" ban organisation acme '"effect":"hold","supersedes":"'"$(m 20)"'"'
imposed "a freeze of what is issued from now on" "$(m 22)" download_freeze model tre2 '"effect":"permit_if_issued_before"'
no SUPERSEDES_UNFIT "one from a later now on does not take its place" download_freeze model tre2 '"effect":"permit_if_issued_before","supersedes":"'"$(m 22)"'"'
imposed "one of all does" "$(m 23)" download_freeze model tre2 '"supersedes":"'"$(m 22)"'"'
imposed "a freeze of issuing from now on" "$(m 24)" issuance_freeze model tre2
imposed "under which nothing is issued gives way to another such" "$(m 25)" issuance_freeze model tre2 '"supersedes":"'"$(m 24)"'"'

# ---- an appeal against what has escalated meanwhile, and who judges it
imposed "a corrective action" "$(m 26)" corrective_action model tre2 '"deadline":"2027-06-20","escalates_to":"hold"'
may officer-1 "is appealed against" <<<"SELECT t.appeal('$(m 26)');"
may decider-2 "upholding that is proposed" <<<"SELECT t.decide_appeal('APL-2027-000004', 'upheld', '$(m 26)');"
at 2027-06-20T00:00:00Z
tick "it is overdue" "(SELECT changes >= 1 FROM clock_tick())"
basis=$(sql assay_test <<<"SELECT legal_basis FROM measure WHERE number = '$(m 27)'")
may security-1 "its escalation is adopted" <<<"SELECT t.adopt('$(m 27)', '{\"kind\":\"hold\",\"scope_kind\":\"model\",\"scope\":\"tre2\",\"legal_basis\":\"$basis\"}');"
may decider-1 "and in force" <<<"SELECT t.judge('$(m 27)', 'approve');"
mustnt decider-3 PROPOSAL_STALE "what was proposed before that lifts none of it" <<<"SELECT t.judge('APL-2027-000004', 'approve');"
may decider-3 "so it is rejected" <<<"SELECT t.judge('APL-2027-000004', 'reject');"
at 2027-06-20T00:00:01Z
may decider-2 "and proposed anew" <<<"SELECT t.decide_appeal('APL-2027-000004', 'upheld', '$(m 26)');"
may decider-3 "a second one approves" <<<"SELECT t.judge('APL-2027-000004', 'approve');"
so "the authority is told which measure must have been signed" "(SELECT measure = '$(m 26)' AND since = '2027-06-20' FROM given_back((SELECT max(id) FROM proposal)))"
carried "and lifts it"
so "with what it escalated to" "t.state('$(m 26)') = 'lifted' AND t.state('$(m 27)') = 'lifted'"
may security-1 "an emergency hold" < <(measure hold model tre2 '"emergency":true')
may officer-1 "is appealed against, too" <<<"SELECT t.appeal('$(m 28)');"
may decider-2 "a decider proposes to dismiss that" <<<"SELECT t.decide_appeal('APL-2027-000005', 'dismissed', '$(m 28)');"
may decider-2 "and confirms the measure" <<<"SELECT t.confirm('$(m 28)');"
mustnt decider-3 FOUR_EYES "who has a part in it by now has judged no appeal" <<<"SELECT t.judge('APL-2027-000005', 'approve');"

# ---- a correction that was confirmed before the escalation
imposed "a corrective action" "$(m 29)" corrective_action model tre2 '"deadline":"2027-07-20","escalates_to":"hold"'
at 2027-07-20T00:00:00Z
tick "it is overdue" "(SELECT changes >= 1 FROM clock_tick())"
sql assay_test >/dev/null <<<"SET ROLE assay_owner; UPDATE measure SET state = 'lifted' WHERE number = '$(m 21)'; UPDATE organisation SET state = 'active' WHERE handle = 'acme';"
may acme-1 "late, its supplier says that it is done" <<<"SELECT correction_report('$(m 29)', 'done', '{}');"
may officer-1 "an officer confirms that" <<<"SELECT t.confirm_correction('COR-2027-000004', '$(m 29)');"
at 2027-07-20T00:00:01Z
basis=$(sql assay_test <<<"SELECT legal_basis FROM measure WHERE number = '$(m 30)'")
may security-1 "its escalation is adopted" <<<"SELECT t.adopt('$(m 30)', '{\"kind\":\"hold\",\"scope_kind\":\"model\",\"scope\":\"tre2\",\"legal_basis\":\"$basis\"}');"
may decider-1 "and in force" <<<"SELECT t.judge('$(m 30)', 'approve');"
mustnt security-2 PROPOSAL_STALE "what the officer signed before lifts none of it: the authority would refuse it" <<<"SELECT t.judge('COR-2027-000004', 'approve');"
may security-2 "it is rejected, and the supplier may report anew" <<<"SELECT t.judge('COR-2027-000004', 'reject');"
may acme-1 "as it does" <<<"SELECT correction_report('$(m 29)', 'done', '{}');"
exit $bad
