#!/usr/bin/env bash
# Incidents and devices, as their functions and the clock have them: who may
# take which step, what takes effect when, and what takes two people.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh
n=0
# next: the number of the next incident, in $inc
next() { n=$((n + 1)); inc=INC-2027-$(printf %06d $n); }
list() { echo "jsonb_array_length(incident_list(NULL, NULL) -> 'incidents')"; }

# ---- what people report changes nothing until it is triaged
next
may operator-1 "an operator reports a device that was opened" \
	<<<"SELECT t.report('tamper_report', '{tre/TRE-1,terminal/TERM-1}');"
stands $inc received
is tre/TRE-1 accredited
heard body incident.received $inc 1
heard acme device.quarantined tre/TRE-1 0
so "a preliminary finding is due in 24 hours" \
	"(SELECT finding_due = '2027-01-02T00:00:00Z' FROM incident WHERE number = '$inc')"
mustnt acme-1 DEVICE_UNKNOWN "what is not in the register cannot be named" \
	<<<"SELECT t.report('clone', '{tre/TRE-9}');"
mustnt acme-1 DEVICE_UNKNOWN "nor what is no name" <<<"SELECT t.report('clone', '{TRE-1}');"
mustnt acme-1 SUBJECT_UNKNOWN "nor a model that there is none" \
	<<<"SELECT incident_report('vulnerability', 'x', NULL, '{}', NULL, 'none', NULL);"
mustnt acme-1 23514 "there is no kind but those" <<<"SELECT t.report('rumour', '{}');"

# ---- who sees it
may operator-1 "who reported it sees it" \
	<<<"SELECT t.so($(list) = 1 AND incident_one('$inc') ->> 'reported_by' = 'operator-1');"
may operator-2 "and its colleagues" <<<"SELECT t.so($(list) = 1);"
mustnt other-1 NOT_FOUND "another operator does not" <<<"SELECT incident_one('$inc');"
mustnt acme-1 NOT_FOUND "nor the supplier, before it is triaged" <<<"SELECT incident_one('$inc');"
may acme-1 "nor in its list" <<<"SELECT t.so($(list) = 0);"
may reader "the body sees all" <<<"SELECT t.so($(list) = 1);"
mustnt operator-1 ROLE_REQUIRED "who reported does not triage" \
	<<<"SELECT incident_triage('$inc', 'major', 'x', false);"
mustnt decider-1 ROLE_REQUIRED "nor does a decider" \
	<<<"SELECT incident_triage('$inc', 'major', 'x', false);"
mustnt security-1 INCIDENT_STATE "what nobody triaged is not confirmed" \
	<<<"SELECT incident_confirm('$inc', 'x', NULL);"
mustnt security-1 INCIDENT_STATE "nor dismissed" <<<"SELECT t.dismiss('$inc');"
mustnt officer-1 ROLE_REQUIRED "an officer quarantines nothing" \
	<<<"SELECT incident_triage('$inc', 'major', 'x', true);"
may officer-1 "an officer triages" <<<"SELECT incident_triage('$inc', 'major', 'worth a look', false);"
is tre/TRE-1 accredited
may acme-1 "now its supplier sees it, and not who said so" <<<"
	SELECT t.so($(list) = 1 AND NOT incident_one('$inc') ? 'reported_by'
	AND NOT incident_one('$inc') -> 'history' @> '[{\"by\": \"operator-1\"}]');"
may bolt-1 "and the terminal's, which sees its own part of it" \
	<<<"SELECT t.so($(list) = 1 AND incident_one('$inc') -> 'devices' = '[\"terminal/TERM-1\"]');"
mustnt other-1 NOT_FOUND "the other operator still does not" <<<"SELECT incident_one('$inc');"
mustnt auditor-1 NOT_FOUND "nor auditors whom nobody asked" <<<"SELECT incident_one('$inc');"
mustnt officer-2 INCIDENT_STATE "triaged is triaged" \
	<<<"SELECT incident_triage('$inc', 'minor', 'again', false);"
refused assay_test INCIDENT_FIXED "what was reported stays as it was" \
	<<<"SET ROLE assay_owner; UPDATE incident SET detail = '{}' WHERE number = '$inc'"
refused assay_test APPEND_ONLY "and stays" <<<"SET ROLE assay_owner; DELETE FROM incident"

# ---- confirmed
mustnt officer-1 ROLE_REQUIRED "an officer confirms nothing" \
	<<<"SELECT incident_confirm('$inc', 'x', NULL);"
mustnt decider-1 ROLE_REQUIRED "a decider revokes nothing" \
	<<<"SELECT incident_confirm('$inc', 'x', 'keyCompromise');"
stands $inc triaged
may operator-1 "a permit was given for TRE-1" <<<"SELECT t.decision(1, 1, 'permit');"
may other-1 "and refused to another operator" <<<"SELECT t.decision(1, 1, 'refuse');"
may security-1 "it is confirmed, and its keys are gone" \
	<<<"SELECT incident_confirm('$inc', 'opened and read out', 'keyCompromise');"
is tre/TRE-1 quarantined
is terminal/TERM-1 quarantined
so "both certificates are revoked with keyCompromise" \
	"(SELECT count(*) = 2 FROM certificate WHERE state = 'revoked' AND reason = 1)"
heard operator incident.confirmed $inc 2
heard operator device.quarantined tre/TRE-1 1
heard acme incident.confirmed $inc 1
heard acme device.quarantined tre/TRE-1 1
heard bolt device.quarantined terminal/TERM-1 1
heard other device.quarantined tre/TRE-1 0
mustnt security-1 INCIDENT_STATE "what is confirmed is not dismissed" <<<"SELECT t.dismiss('$inc');"
may security-2 "it is closed" <<<"SELECT incident_close('$inc', 'device scrapped');"
mustnt security-2 INCIDENT_STATE "once" <<<"SELECT incident_close('$inc', 'again');"

# ---- dismissed, by two
next
may auditor-1 "an auditor reports TRE-2" <<<"SELECT t.report('tamper_report', '{tre/TRE-2}');"
may security-1 "it is triaged, and the device quarantined meanwhile" \
	<<<"SELECT incident_triage('$inc', 'critical', 'plausible', true);"
is tre/TRE-2 quarantined
mustnt security-1 INCIDENT_OPEN "it is not released while that is open" <<<"SELECT t.release('tre', 'TRE-2');"
mustnt security-1 STATEMENT_DIFFERS "a dismissal is signed for itself" <<<"
	SELECT t.sign('/v1/incidents/$inc/dismiss', '{\"reason\":\"one\"}');
	SELECT incident_dismiss_propose('$inc', 'another');"
may security-1 "who triaged it proposes to dismiss it" <<<"SELECT t.dismiss('$inc');"
mustnt security-1 FOUR_EYES "and cannot do so alone" <<<"SELECT t.judge('$inc', 'approve');"
mustnt officer-1 ROLE_REQUIRED "nor with an officer" <<<"SELECT t.judge('$inc', 'approve');"
stands $inc triaged
may decider-1 "a decider agrees" <<<"SELECT t.judge('$inc', 'approve');"
stands $inc dismissed
is tre/TRE-2 quarantined

# ---- released, by two, to what it was
mustnt officer-1 ROLE_REQUIRED "an officer releases nothing" <<<"SELECT t.release('tre', 'TRE-2');"
mustnt security-1 DEVICE_STATE "only what is in quarantine is released" <<<"SELECT t.release('tre', 'TRE-3');"
mustnt security-1 STATEMENT_DIFFERS "a release is signed for that device" <<<"
	SELECT t.sign('/v1/devices/tre/TRE-1/release', '{\"reason\":\"x\"}');
	SELECT device_release_propose('tre', 'TRE-2', 'x');"
may security-1 "a security officer proposes it" <<<"SELECT t.release('tre', 'TRE-2');"
mustnt security-1 FOUR_EYES "and is not two" <<<"SELECT t.judge('tre/TRE-2', 'approve');"
may security-2 "another one approves" <<<"SELECT t.judge('tre/TRE-2', 'approve');"
is tre/TRE-2 quarantined
so "it waits for the authority, which reads both signatures" \
	"(SELECT state = 'queued' FROM \"order\" WHERE kind = 'device_release')"
refused assay_api 42501 "the api alone does not give it back" \
	<<<"SELECT give_back((SELECT max(id) FROM proposal))"
claim assay_authority "signatures from before the quarantine would not do" <<<"
	SELECT t.so(since = assay_now() AND urls = '{/v1/devices/tre/TRE-2/release}')
	FROM given_back((SELECT max(id) FROM proposal))"
claim assay_authority "the authority gives it back" \
	<<<"SELECT give_back((SELECT max(id) FROM proposal))"
is tre/TRE-2 accredited
heard acme device.released tre/TRE-2 1

# ---- into service by the first permit
may operator-1 "a permit puts devices into service" <<<"
	SELECT t.so(device_serve(ARRAY[t.device('tre/TRE-2'), t.device('terminal/TERM-2')]) = 2);"
is tre/TRE-2 in_service
may operator-1 "once" <<<"
	SELECT t.so(device_serve(ARRAY[t.device('tre/TRE-2'), t.device('tre/TRE-1')]) = 0);"
is tre/TRE-1 quarantined
mustnt acme-1 ROLE_REQUIRED "only an operator's permit does" \
	<<<"SELECT device_serve(ARRAY[t.device('tre/TRE-3')]);"
mustnt officer-1 ROLE_REQUIRED "an officer quarantines no device" \
	<<<"SELECT device_quarantine('tre', 'TRE-2', 'x');"
may security-1 "a security officer does, alone" <<<"SELECT device_quarantine('tre', 'TRE-2', 'odd');"
mustnt security-1 DEVICE_STATE "once" <<<"SELECT device_quarantine('tre', 'TRE-2', 'odd');"
may security-1 "its release is proposed" <<<"SELECT t.release('tre', 'TRE-2');"
may decider-1 "and approved by a decider" <<<"SELECT t.judge('tre/TRE-2', 'approve');"
claim assay_authority "and done" <<<"SELECT give_back((SELECT max(id) FROM proposal))"
is tre/TRE-2 in_service
may security-1 "quarantined again, a release is proposed" <<<"
	SELECT device_quarantine('tre', 'TRE-2', 'odd'); SELECT t.release('tre', 'TRE-2');"
next
may acme-1 "when its own supplier reports it" <<<"SELECT t.report('vulnerability', '{tre/TRE-2}');"
claim assay_test "which keeps no device in before somebody has looked" \
	<<<"SET ROLE assay_owner; SELECT device_must_be_cleared(d) FROM device d WHERE device_id = 'TRE-2'"
may officer-1 "as an officer does" <<<"SELECT incident_triage('$inc', 'major', 'x', false);"
may decider-1 "the approval is given" <<<"SELECT t.judge('tre/TRE-2', 'approve');"
refused assay_authority INCIDENT_OPEN "and nothing is given back: the case is open" \
	<<<"SELECT give_back((SELECT max(id) FROM proposal))"
is tre/TRE-2 quarantined

# ---- tamper reports signed by the TrE (the api has verified the signature)
at 2027-01-03T00:00:00Z
next
claim assay_api "a TrE reports of itself, whoever brings it" <<<"SELECT t.tampered(3, 7)"
is tre/TRE-3 quarantined
is terminal/TERM-3 accredited
stands $inc received
heard acme device.quarantined tre/TRE-3 1
so "the history says that nobody but the device did it" \
	"(SELECT principal_id IS NULL AND detail ->> 'reason' = '$inc' FROM history WHERE entity = 'device' ORDER BY id DESC LIMIT 1)"
refused assay_api TAMPER_REPLAYED "the same number is refused" <<<"SELECT t.tampered(3, 7)"
refused assay_api TAMPER_REPLAYED "and a smaller one" <<<"SELECT t.tampered(3, 6)"
claim assay_api "a greater one belongs to the same incident" \
	<<<"SELECT t.so(t.tampered(3, 8) ->> 'incident' = '$inc')"
so "one incident" "(SELECT count(*) = 1 FROM incident WHERE source = 'device')"
claim assay_api "each TrE counts for itself" <<<"SELECT t.so(t.tampered(4, 1, 86400) ->> 'incident' <> '$inc')"
next
refused assay_api TAMPER_TIME "a report of 24 hours and a second ago is refused" <<<"SELECT t.tampered(5, 1, 86401)"
refused assay_api TAMPER_TIME "and one of 301 seconds hence" <<<"SELECT t.tampered(5, 1, -301)"
is tre/TRE-5 accredited
claim assay_api "of 300 seconds hence it is taken" <<<"SELECT t.tampered(5, 1, -300)"
next
refused assay_api TAMPER_SIGNER "a terminal's certificate signs none" \
	<<<"SELECT tamper_report_add(t.sha('TERM-1'), 1, assay_now(), 'mesh', NULL, 'x')"
refused assay_api TAMPER_SIGNER "nor does one that is not there" <<<"SELECT t.tampered(9, 1)"
so "such reports leave nothing behind" "(SELECT count(*) = 4 FROM tamper_report)"
claim assay_api "a TrE whose certificate is revoked is heard" <<<"SELECT t.tampered(1, 1)"
next
refused assay_test APPEND_ONLY "what a TrE said is not unsaid" \
	<<<"SET ROLE assay_owner; DELETE FROM tamper_report"

# ---- the 24 hours
at 2027-01-03T23:59:59Z
may officer-1 "INC-4 gets its finding in time" \
	<<<"SELECT incident_find_preliminary('INC-2027-000004', 'mesh opened in the field');"
mustnt officer-2 FINDING_GIVEN "once" <<<"SELECT incident_find_preliminary('INC-2027-000004', 'or not');"
mustnt decider-1 ROLE_REQUIRED "not by a decider" <<<"SELECT incident_find_preliminary('INC-2027-000005', 'x');"
heard body alarm.preliminary_finding INC-2027-000005 0
ticks 1 "a second before, only what was due before" # INC-3, of 2027-01-01
heard body alarm.preliminary_finding INC-2027-000003 1
heard body alarm.preliminary_finding INC-2027-000005 0
at 2027-01-04T00:00:00Z
ticks 4 "at 24 hours it tells of those that wait" # 3 a second time, 5, 6, 7
heard body alarm.preliminary_finding INC-2027-000004 0
heard body alarm.preliminary_finding INC-2027-000005 1
heard body alarm.preliminary_finding INC-2027-000003 2
heard body alarm.preliminary_finding INC-2027-000001 0
at 2027-01-04T23:59:59Z
ticks 0 "not again within 24 hours"
at 2027-01-05T00:00:00Z
may officer-1 "one is triaged, which is no finding" <<<"SELECT incident_triage('INC-2027-000005', 'major', 'x', false);"
ticks 4 "again after 24 hours"
heard body alarm.preliminary_finding INC-2027-000005 2
at 2027-01-07T12:00:00Z
ticks 4 "a clock that was away says it once"
heard body alarm.preliminary_finding INC-2027-000005 3
may security-1 "a decided one" <<<"SELECT incident_confirm('INC-2027-000005', 'x', NULL);"
at 2027-01-08T00:00:00Z
ticks 3 "needs no preliminary finding any more"

# ---- clones
at 2027-01-08T12:00:00Z
clone() { # lot rows: found by the authority
	sql assay_authority <<<"SELECT clone_found((SELECT id FROM lot WHERE number = '$1'), '$2')"
}
key() { echo -n "key $1" | sha256sum | cut -c-64; }
bolt=LOT-2027-000002 acme=LOT-2027-000001
next
first=$inc
claim assay_authority "another supplier sends a key that is registered" \
	<<<"SELECT t.so(clone_found((SELECT id FROM lot WHERE number = '$bolt'), '[{\"row\": 1, \"device_id\": \"TERM-X\", \"key\": \"$(key TRE-5)\", \"what\": \"key\"}]') = '$inc')"
so "whose key it was is named, and nobody is quarantined for it" "(SELECT count(*) = 1 FROM incident_device x JOIN incident i
	ON i.id = x.incident_id WHERE i.number = '$inc' AND device_id = t.device('tre/TRE-5'))"
so "it is critical" "(SELECT severity = 'critical' AND source = 'register' FROM incident WHERE number = '$inc')"
so "sent again it is the same case" "'$(clone $bolt "[{\"row\": 1, \"device_id\": \"TERM-X\", \"key\": \"$(key TRE-5)\", \"what\": \"key\"}]")' = ''"
so "the same device sent again by its supplier is none" \
	"'$(clone $acme "[{\"row\": 1, \"device_id\": \"TRE-6\", \"key\": \"$(key TRE-6)\", \"what\": \"key\"}]")' = ''"
so "the same lot's next one belongs to the same incident" \
	"'$(clone $bolt "[{\"row\": 2, \"device_id\": \"TERM-2\", \"key\": \"$(key new)\", \"what\": \"id\"}]")' = '$inc'"
next
so "its supplier under another id: a clone" \
	"'$(clone $acme "[{\"row\": 1, \"device_id\": \"TRE-7\", \"key\": \"$(key TRE-6)\", \"what\": \"key\"}]")' = '$inc'"
mustnt bolt-1 NOT_FOUND "a competitor sees nothing of it" <<<"SELECT incident_one('$inc');"
refused assay_api 42501 "the api finds no clones in lots" <<<"SELECT clone_found(1, '[]')"
may officer-1 "the first one is triaged" <<<"SELECT incident_triage('$first', 'critical', 'x', false);"
own() { { echo "SET ROLE assay_owner;"; cat; } | sql assay_test; }
own <<<"UPDATE assay.lot SET kind = 'key' WHERE number = '$bolt'"
next
so "who sends a bare key has not shown to hold it" \
	"'$(clone $bolt "[{\"row\": 3, \"device_id\": \"TERM-Y\", \"key\": \"$(key TRE-6)\", \"what\": \"key\"}]")' = '$inc'"
so "which is said, and it is not critical" \
	"(SELECT severity = 'major' AND detail ->> 'text' LIKE '%has not shown to hold it' FROM incident WHERE number = '$inc')"
own <<<"UPDATE assay.lot SET kind = 'csr' WHERE number = '$bolt'"
shown() { echo "SELECT t.so(clone_shown(t.decision($1, $2, 'refuse', '{BINDING_MISMATCH,TRE_BOUND_ELSEWHERE}'), t.device('tre/TRE-$1'), t.device('terminal/TERM-$2')) $3);"; }
next
may operator-1 "a TrE signs in another terminal" <<<"$(shown 2 3 "= '$inc'")"
may operator-1 "twice, it is one incident" <<<"$(shown 2 3 "IS NULL")"
may other-1 "shown to another operator, too" <<<"$(shown 2 3 "= '$inc'")"
may other-1 "in a third terminal, too" <<<"$(shown 2 4 "= '$inc'")"
so "with three terminals' worth of evidence" "(SELECT count(*) = 3 FROM clone_sighting s JOIN incident i ON i.id = s.incident_id WHERE i.number = '$inc')"
so "it is major" "(SELECT severity = 'major' FROM incident WHERE number = '$inc')"
next
may operator-1 "a TrE got its permit" <<<"SELECT t.decision(6, 2, 'permit');"
at 2027-01-08T12:09:59Z
may other-1 "and signs in another terminal ten minutes later" <<<"$(shown 6 4 "= '$inc'")"
so "which is critical" "(SELECT severity = 'critical' AND detail -> 'earlier' ->> 'operator' = 'operator' FROM incident WHERE number = '$inc')"
may operator-1 "a decision that says nothing of it reports none" <<<"SELECT t.so(clone_shown(t.decision(4, 3, 'refuse'), t.device('tre/TRE-4'), t.device('terminal/TERM-3')) IS NULL);"
mustnt acme-1 ROLE_REQUIRED "nobody else reports clones that way" <<<"SELECT clone_shown(gen_random_uuid(), 1, 2);"

# ---- stolen
next
mustnt other-1 NOT_YOURS "an operator without a permit reports nothing stolen" <<<"SELECT t.report('stolen_device', '{terminal/TERM-2}');"
mustnt acme-1 NOT_YOURS "nor another's supplier" <<<"SELECT t.report('stolen_device', '{terminal/TERM-2}');"
mustnt auditor-1 NOT_YOURS "nor an auditor" <<<"SELECT t.report('stolen_device', '{terminal/TERM-2}');"
mustnt operator-1 DEVICE_REQUIRED "and something must be stolen" <<<"SELECT t.report('stolen_device', '{}');"
may operator-1 "one that got a permit does" <<<"SELECT t.report('stolen_device', '{terminal/TERM-2}');"
is terminal/TERM-2 in_service
may officer-1 "triaged" <<<"SELECT incident_triage('$inc', 'major', 'police report', false);"
is terminal/TERM-2 in_service
may decider-1 "confirmed" <<<"SELECT incident_confirm('$inc', 'so it is', NULL);"
is terminal/TERM-2 stolen
heard operator device.stolen terminal/TERM-2 1
mustnt security-1 DEVICE_STATE "stolen is for good: no release" <<<"SELECT t.release('terminal', 'TERM-2');"
mustnt bolt-1 DEVICE_STATE "no retirement" <<<"SELECT device_retire('terminal', 'TERM-2', 'x');"
refused assay_test ILLEGAL_TRANSITION "for its owner, too" \
	<<<"SET ROLE assay_owner; UPDATE device SET state = 'in_service' WHERE device_id = 'TERM-2'"

# ---- retired
mustnt bolt-1 DEVICE_UNKNOWN "another's device is none to a supplier" <<<"SELECT device_retire('tre', 'TRE-6', 'x');"
mustnt operator-1 ROLE_REQUIRED "an operator retires nothing" <<<"SELECT device_retire('tre', 'TRE-6', 'x');"
mustnt security-1 ROLE_REQUIRED "nor a security officer" <<<"SELECT device_retire('tre', 'TRE-6', 'x');"
may acme-1 "its supplier does" <<<"SELECT device_retire('tre', 'TRE-6', 'scrapped');"
is tre/TRE-6 retired
so "its certificate ends with it" "(SELECT state = 'revoked' AND reason = 5 FROM certificate WHERE device_id = t.device('tre/TRE-6'))"
refused assay_api DEVICE_RETIRED "it has nothing to report any more" <<<"SELECT t.tampered(6, 1)"
may officer-1 "an officer does" <<<"SELECT device_retire('terminal', 'TERM-4', 'scrapped');"
so "what it was bound to stays on record" "(SELECT until IS NULL FROM binding WHERE terminal_id = t.device('terminal/TERM-4'))"

# ---- from incident to measure
measured=INC-2027-000005
mustnt officer-1 ROLE_REQUIRED "an officer asks for no measure" <<<"SELECT t.measure('$measured', '{\"kind\":\"hold\",\"scope_kind\":\"model\"}');"
mustnt security-1 INCIDENT_STATE "a received incident leads to none" <<<"SELECT t.measure('INC-2027-000006', '{\"kind\":\"hold\",\"scope_kind\":\"model\"}');"
for scope in lot:$acme model:tre-1 hardware_platform:soc-1 organisation:acme site:fab; do
	may security-1 "a measure arises on the ${scope%%:*}" <<<"SELECT t.so(x ->> 'state' = 'proposed' AND x ->> 'scope' = '${scope#*:}')
		FROM t.measure('$measured', '{\"kind\":\"hold\",\"scope_kind\":\"${scope%%:*}\"}') x;"
done
may security-1 "asked twice it is the same" <<<"SELECT t.measure('$measured', '{\"kind\":\"hold\",\"scope_kind\":\"lot\"}');"
so "five in all" "(SELECT count(*) = 5 AND bool_and(proposed_by IS NULL) FROM measure WHERE cause = '$measured')"
mustnt security-1 SCOPE_NOT_CONCERNED "not on what it does not concern" <<<"SELECT t.measure('$measured', '{\"kind\":\"hold\",\"scope_kind\":\"model\",\"scope\":\"term-1\"}');"
mustnt security-1 STATEMENT_DIFFERS "what is imposed is what was signed" <<<"
	SELECT t.sign('/v1/incidents/$measured/measure', '{\"kind\":\"hold\",\"scope_kind\":\"lot\"}');
	SELECT incident_measure('$measured', 'hold', 'organisation', NULL, NULL, true);"
mustnt security-1 MEASURE_KIND "an emergency is a freeze or a hold" <<<"SELECT t.measure('$measured', '{\"kind\":\"ban\",\"scope_kind\":\"model\",\"emergency\":true}');"
may security-1 "in an emergency it is in force at once" <<<"SELECT t.so(x ->> 'state' = 'in_force')
	FROM t.measure('$measured', '{\"kind\":\"download_freeze\",\"scope_kind\":\"model\",\"emergency\":true}') x;"
so "with its cause, for 72 hours" "(SELECT cause = '$measured' AND lapses = assay_now() + interval '72 hours' FROM measure WHERE state = 'in_force')"

# ---- holds of certificates
at 2027-02-01T00:00:00Z
sql assay_test <<<"SET ROLE assay_owner; INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id)
	VALUES (2, 'access', '\x02', '', '\x02', substr(t.sha('2'), 1, 20));
	INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
	VALUES (2, 0, 'issuing_ca', '\xca00', '\xca', t.sha('CA'), t.sha('CA key'), assay_now())"
tre=$(sql assay_test <<<"SELECT encode(serial, 'hex') FROM certificate WHERE device_id = t.device('tre/TRE-4')")
may security-1 "a TrE's certificate is put on hold, and a CA's" \
	<<<"SELECT certificate_hold('$tre', 'x'); SELECT certificate_hold('ca00', 'x');"
at 2027-04-01T23:59:59Z
sql assay_authority <<<"SELECT clock_tick()" >/dev/null # what else was due
heard body alarm.long_hold $tre 0
at 2027-04-02T00:00:00Z
sql assay_authority <<<"SELECT clock_tick(); SELECT clock_tick()" >/dev/null
heard body alarm.long_hold $tre 1
heard body alarm.long_hold ca00 1
at 2027-05-01T23:59:59Z
sql assay_authority <<<"SELECT clock_tick()" >/dev/null
held() { so "$1 is $2" "(SELECT state = '$2' FROM certificate WHERE encode(serial, 'hex') = '$1')"; }
held $tre on_hold
at 2027-05-02T00:00:00Z
sql assay_authority <<<"SELECT clock_tick(); SELECT clock_tick()" >/dev/null
held $tre revoked
so "for privilegeWithdrawn, since the hold" "(SELECT reason = 9 AND changed = '2027-02-01' FROM certificate WHERE encode(serial, 'hex') = '$tre')"
so "and the status log has it" "(SELECT kind = 'revoked' AND reason = 9 FROM status_event ORDER BY id DESC LIMIT 1)"
heard body alarm.hold_over $tre 1
held ca00 on_hold
heard body alarm.hold_over ca00 1
at 2027-05-03T00:00:00Z
sql assay_authority <<<"SELECT clock_tick(); SELECT clock_tick()" >/dev/null
heard body alarm.hold_over ca00 2
so "no rule of the clock has failed" "NOT EXISTS (SELECT FROM notice WHERE topic = 'alarm.clock')"

# ---- what was signed in ignorance
at 2027-06-01T00:00:00Z
may security-1 "of a TrE whose report was confirmed a release is proposed" <<<"SELECT t.release('tre', 'TRE-4');"
at 2027-06-01T01:00:00Z
claim assay_api "it reports once more" <<<"SELECT t.tampered(4, 2)"
may decider-1 "the release is approved" <<<"SELECT t.judge('tre/TRE-4', 'approve');"
claim assay_authority "but what was signed before that report would not do" <<<"
	SELECT t.so(since = assay_now()) FROM given_back((SELECT max(id) FROM proposal))"
at 2027-06-02T00:00:00Z
tre=$(sql assay_test <<<"SELECT encode(serial, 'hex') FROM certificate WHERE device_id = t.device('tre/TRE-5')")
claim assay_test "a certificate is put on hold since an earlier day, as the CRL of a supplier or a restore does" <<<"
	SET ROLE assay_owner;
	SELECT certificate_set(c, 'held', 'on_hold', 6, '2027-05-01', NULL, 'x')
	FROM certificate c WHERE encode(serial, 'hex') = '$tre'"
may security-1 "its release is proposed" <<<"
	SELECT t.sign('/v1/certificates/$tre/release', '{\"reason\":\"x\"}');
	SELECT certificate_release_propose('$tre', 'x');"
may security-2 "and approved" <<<"SELECT t.judge('$tre', 'approve');"
claim assay_authority "what was signed before it got here would not do" <<<"
	SELECT t.so(since = assay_now()) FROM given_back((SELECT max(id) FROM proposal))"

# ---- an incident, and a measure that was quicker
inc=$(sql assay_test <<<"SET ROLE assay_owner; SELECT next_number('INC')")
inc=INC-2027-$(printf %06d $((10#${inc##*-} + 1)))
may acme-1 "a TrE and a terminal have a weakness" <<<"SELECT t.report('vulnerability', '{tre/TRE-2,terminal/TERM-3}');"
may officer-1 "which is triaged" <<<"SELECT incident_triage('$inc', 'major', 'x', false);"
claim assay_test "a measure revokes the lot of the one" <<<"
	SET ROLE assay_owner; SELECT status_cohort_revoked('lot', id, NULL, 9) FROM lot WHERE number = '$bolt'"
may security-1 "the incident is confirmed, and what is not revoked is" \
	<<<"SELECT incident_confirm('$inc', 'so it is', 'superseded');"
so "by itself" "(SELECT state = 'revoked' AND reason = 4 FROM certificate WHERE device_id = t.device('tre/TRE-2'))"
so "what the measure revoked is as it was" "(SELECT s.state = 'revoked' AND s.reason = 9 AND c.state = 'issued'
	FROM certificate c, certificate_status(c) s WHERE device_id = t.device('terminal/TERM-3'))"

# ---- twenty of one CA that nobody has looked at, however many are shown at once
shown() { echo "incident_mis_issuance(('shown ' || $1)::bytea, (SELECT cert_der FROM issuer WHERE id = 3))"; }
opened="(SELECT count(*) FROM incident WHERE kind = 'mis_issuance' AND detail ->> 'issuer' = '3')"
may operator-1 "nineteen certificates that its CA does not know are shown" <<<"
	SELECT t.so(count(DISTINCT $(shown n)) = 19) FROM generate_series(1, 19) n;"
coproc FIRST { sql assay_test; }
echo "BEGIN; CALL t.as('operator-1'); SELECT $(shown 20);" >&"${FIRST[1]}"
read -r -t 20 first <&"${FIRST[0]}"
by operator-1 <<<"SELECT $(shown 21);" | sql assay_test >"$pg/second" &
second=$!
waits_or_ended() { [ -s "$pg/second" ] || [ "$(sql assay_test <<<"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 1 ]; }
for _ in {1..100}; do waits_or_ended && break; sleep 0.1; done
pid=$FIRST_PID
echo "COMMIT; \\q" >&"${FIRST[1]}"
wait "$pid" "$second"
so "of two at once that would be the twentieth, one is" "$opened = 20"
so "and the other is one of those there are" "EXISTS (SELECT FROM incident WHERE number = '$(cat "$pg/second")')"
may operator-1 "the same certificate is the same incident" <<<"SELECT t.so($(shown 20) = '$first');"

exit $bad
