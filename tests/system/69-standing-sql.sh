#!/usr/bin/env bash
# Notice after the fact: whoever has let a subscription go to a device hears of
# each change in what speaks for it or against it, whatever it was told since;
# who never had a permit hears nothing.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh

sql assay_test <<'SQL' >/dev/null || exit 1
SET ROLE assay_owner;
INSERT INTO site_scope (site_id, scope, state, expires)
SELECT id, 'delegated_ca', 'registered', NULL FROM site WHERE handle = 'fab';
UPDATE site_scope SET state = 'full', expires = '2028-01-01';
INSERT INTO statement (principal_id, url, body, jws, jws_sha256)
SELECT id, '/v1/delegated-cas', '', 'jws', t.sha('jws') FROM principal WHERE handle = 'acme-1';
INSERT INTO delegated_ca (number, organisation_id, role, site_id, csr, spki_sha256, requested_by, statement_id)
SELECT 'DCA-1', o.id, 'tre', s.id, '', t.sha('dca'), p.id, (SELECT max(id) FROM statement)
  FROM organisation o, site s, principal p
 WHERE o.handle = 'acme' AND s.handle = 'fab' AND p.handle = 'acme-1';
UPDATE delegated_ca SET state = 'approved';
UPDATE delegated_ca SET state = 'active', issuer_id = 3, valid_days = 365, expires = '2028-01-01';
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
SELECT 4, 900, 'terminal_ca', '\x0900', i.cert_der, sha256(i.cert_der), t.sha('a CA'), assay_now()
  FROM issuer i WHERE i.id = 3;
UPDATE declaration SET state = 'in_force';
UPDATE coc SET state = 'certified';
INSERT INTO index_range (issuer_id, first, count, lot_id, state)
SELECT CASE m.kind WHEN 'tre' THEN 3 ELSE 4 END, l.id * 1000, 10, l.id, 'reserved'
  FROM lot l JOIN model m ON m.id = l.model_id;
SQL
serial() { echo "(SELECT encode(serial, 'hex') FROM certificate WHERE der_sha256 = t.sha('$1'))"; }
owner() { claim assay_test "$1" <<<"SET ROLE assay_owner; $2"; }
# told TOPIC SUBJECT: the operator has just heard that, once, and nothing else;
# others nothing
last=0
told() {
	so "the operator hears $1 of $2, and nobody else" "(SELECT array_agg(o.handle || ' ' || n.topic || ' ' || n.subject)
		= '{operator $1 $2}' FROM notice n JOIN organisation o ON o.id = n.organisation_id
		WHERE o.kind = 'operator' AND n.id > $last)"
	last=$(sql assay_test <<<"SELECT max(id) FROM notice")
}
silent() { so "of which no operator hears" "NOT EXISTS (SELECT FROM notice n JOIN organisation o
	ON o.id = n.organisation_id WHERE o.kind = 'operator' AND n.id > $last)"; }
# the authority carries out what was approved last
carried() { claim assay_authority "and the authority" <<<"SELECT give_back(max(id)) FROM proposal WHERE state = 'approved';"; }

may operator-1 "one operator has a permit" <<<"SELECT t.decision(1, 1, 'permit');"
may operator-1 "and was refused since, for a question that was stale" <<<"SELECT t.decision(1, 1, 'refuse', '{EVIDENCE_STALE}');"
may other-1 "another asked ahead, and was refused" <<<"SELECT t.decision(1, 1, 'indeterminate', '{PRECHECK_ONLY}'), t.decision(1, 1, 'refuse', '{POLICY_LEVEL}');"
silent

# ---- the device's own
may security-1 "its certificate is held" <<<"SELECT certificate_hold($(serial TRE-1), 'a suspicion');"
told certificate.held tre/TRE-1
so "with its serial number, and not why" "(SELECT detail ->> 'serial' = $(serial TRE-1) AND NOT detail ? 'legal_basis' FROM notice WHERE id = $last)"
may security-1 "to release it" <<<"SELECT t.sign('/v1/certificates/' || $(serial TRE-1) || '/release', '{\"reason\":\"nothing in it\"}'); SELECT certificate_release_propose($(serial TRE-1), 'nothing in it');"
silent
may security-2 "takes two" <<<"SELECT t.judge((SELECT subject_number FROM proposal WHERE act = 'certificate_release'), 'approve');"
carried
told certificate.released tre/TRE-1
may security-1 "the terminal's is revoked" <<<"SELECT certificate_revoke($(serial TERM-1), 'superseded', NULL);"
told certificate.revoked terminal/TERM-1
so "with the reason" "(SELECT detail ->> 'reason' = 'superseded' FROM notice WHERE id = $last)"
may security-1 "then its key proves to be stolen, a while ago" <<<"SELECT certificate_revoke($(serial TERM-1), 'keyCompromise', assay_now() - interval '3 days');"
told certificate.revoked terminal/TERM-1
so "with the new reason, and since when" "(SELECT detail ->> 'reason' = 'keyCompromise' AND (detail ->> 'invalidity_date')::timestamptz < (detail ->> 'since')::timestamptz FROM notice WHERE id = $last)"
mustnt security-1 CERTIFICATE_REVOKED "once" <<<"SELECT certificate_revoke($(serial TERM-1), 'keyCompromise', NULL);"
silent
may security-1 "so is another device's" <<<"SELECT certificate_revoke($(serial TERM-2), 'keyCompromise', NULL);"
silent
may security-1 "it is quarantined" <<<"SELECT device_quarantine('tre', 'TRE-1', 'seen elsewhere');"
told device.quarantined tre/TRE-1
may security-1 "to give it back" <<<"SELECT t.release('tre', 'TRE-1');"
may security-2 "takes two" <<<"SELECT t.judge('tre/TRE-1', 'approve');"
carried
told device.released tre/TRE-1
owner "it is no pair any more" "UPDATE binding SET until = assay_now() WHERE tre_id = t.device('tre/TRE-1') AND until IS NULL"
so "of both its devices the operator hears" "(SELECT string_agg(n.topic || ' ' || n.subject, ', ' ORDER BY n.subject)
	= 'device.unbound terminal/TERM-1, device.unbound tre/TRE-1' FROM notice n WHERE n.id > $last)"
last=$(sql assay_test <<<"SELECT max(id) FROM notice")

# ---- what it stands on
owner "its CoC is suspended" "UPDATE coc SET state = 'suspended' WHERE number = 'COC-' || (SELECT id FROM model WHERE handle = 'tre-1')"
coc=$(sql assay_test <<<"SELECT number FROM coc WHERE state = 'suspended'")
told coc.suspended "$coc"
owner "and is in force again" "UPDATE coc SET state = 'certified' WHERE number = '$coc'"
told coc.certified "$coc"
dec=$(sql assay_test <<<"SELECT d.number FROM declaration d JOIN model m ON m.id = d.model_id WHERE m.handle = 'tre-1'")
owner "its declaration is challenged" "UPDATE declaration SET state = 'challenged' WHERE number = '$dec'"
told declaration.challenged "$dec"
owner "and upheld" "UPDATE declaration SET state = 'in_force' WHERE number = '$dec'"
told declaration.upheld "$dec"
owner "the CoC of the platform below it is suspended" "UPDATE coc SET state = 'suspended' WHERE number = 'COC-' || (SELECT id FROM model WHERE handle = 'soc-1')"
told coc.suspended "$(sql assay_test <<<"SELECT 'COC-' || id FROM model WHERE handle = 'soc-1'")"
may officer-1 "its supplier is suspended" <<<"SELECT organisation_set_state('acme', 'suspended', 'tested');"
told organisation.suspended acme
may officer-1 "and let in" <<<"SELECT t.organisation('acme', 'reinstate');"
may decider-1 "again" <<<"SELECT t.judge('acme', 'approve');"
told organisation.active acme
owner "its CoC ends" "UPDATE coc SET state = 'expired' WHERE number = '$coc'"
told coc.expired "$coc"
so "with its grace" "(SELECT (detail ->> 'grace_days') IS NOT NULL FROM notice WHERE id = $last)"
# coc NUMBER LEVEL: another of the model's
coc() { echo "INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id, valid_from, expires)
	SELECT '$1', model_id, $2, quota, ruleset_id, declaration_id, assay_now(), '2028-01-01' FROM coc WHERE number = '$coc'; UPDATE coc SET state = 'superseded',
	effective = assay_now() WHERE model_id = (SELECT model_id FROM coc WHERE number = '$coc') AND state = 'certified'; UPDATE coc SET state = 'certified' WHERE number = '$1'"; }
owner "it has another, which makes it whole again" "$(coc COC-b 2)"
told coc.certified COC-b
at 2027-01-01T00:00:01Z
owner "and one that goes on like that" "$(coc COC-c 2)"
silent
at 2027-01-01T00:00:02Z
owner "and one of a lower level" "$(coc COC-d 1)"
told coc.certified COC-d
owner "its declaration is challenged, and runs out meanwhile" "SELECT declaration_doubt(d, '{a}', 'a doubt', '{}', 'a test') FROM declaration d WHERE number = '$dec';
	UPDATE declaration SET state = 'expired' WHERE number = '$dec'"
last=$(sql assay_test <<<"SELECT max(id) FROM notice")
may decider-1 "that there was nothing in it" <<<"SELECT t.sign('/v1/declarations/$dec/uphold', '{\"reason\":\"no\"}'); SELECT declaration_settle('$dec', 'uphold', 'no', NULL);"
may decider-2 "is found by two" <<<"SELECT t.judge('$dec', 'approve');"
told declaration.upheld "$dec"
owner "a CoC of nobody's device is withdrawn" "INSERT INTO model (handle, kind, organisation_id, name, version, tre_kind, hardware_platform_id, least_firmware)
	SELECT 'tre-2', 'tre', organisation_id, 'TrE 2', '2', 'embedded', hardware_platform_id, '1' FROM model WHERE handle = 'tre-1';
	INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id, valid_from, expires)
	SELECT 'COC-none', m.id, 2, 10, c.ruleset_id, c.declaration_id, '2027-01-01', '2028-01-01' FROM model m, coc c WHERE m.handle = 'tre-2' AND c.number = '$coc';
	UPDATE coc SET state = 'certified' WHERE number = 'COC-none'; UPDATE coc SET state = 'withdrawn' WHERE number = 'COC-none'"
silent

# ---- a CA, and a measure on everything
owner "its CA's site is suspended" "UPDATE site_scope SET state = 'suspended' WHERE scope = 'delegated_ca'"
told ca.held CA-3
owner "and reinstated" "UPDATE site_scope SET state = 'full' WHERE scope = 'delegated_ca'"
told ca.released CA-3
owner "its CA's CRL is taken over" "INSERT INTO delegated_crl (delegated_ca_id, der, sha256, submitted_by, number, this_update, next_update, entries)
	SELECT d.id, '', t.sha('crl'), d.requested_by, 1, assay_now(), assay_now() + interval '1 second', 0 FROM delegated_ca d; UPDATE delegated_crl SET state = 'in_force'"
silent
at 2027-01-01T00:00:03Z
claim assay_authority "and is over" <<<"SELECT clock_tick()"
told ca.overdue CA-3
owner "another takes its place" "UPDATE delegated_crl SET state = 'superseded'"
told ca.released CA-3
may security-1 "its CA's certificate is held" <<<"SELECT certificate_hold('0900', 'a suspicion');"
told ca.held CA-3
may security-1 "and revoked" <<<"SELECT certificate_revoke('0900', 'cACompromise', NULL);"
told ca.revoked CA-3
may security-1 "and its key was bad" <<<"SELECT certificate_revoke('0900', 'keyCompromise', NULL);"
told ca.revoked CA-3
may security-1 "an emergency" <<<"SELECT t.sign('/v1/measures', (SELECT jsonb_build_object('kind', 'hold', 'scope_kind', 'model', 'scope', 'tre-1', 'legal_basis', 'a test', 'emergency', true))::text);
	SELECT measure_propose('{\"kind\": \"hold\", \"scope_kind\": \"model\", \"scope\": \"tre-1\", \"legal_basis\": \"a test\", \"emergency\": true}');"
told measure.in_force "$(sql assay_test <<<"SELECT number FROM measure")"

# ---- what was reported of a model, and of whose it is
last=$(sql assay_test <<<"SELECT max(id) FROM notice")
confirmed() { # "sentence" devices organisation model: the number of what is confirmed
	may security-1 "$1" <<<"SELECT incident_report('vulnerability', 'as seen', NULL, $2, $3, $4, NULL);"
	inc=$(sql assay_test <<<"SELECT number FROM incident ORDER BY id DESC LIMIT 1")
	may security-1 "it is taken up, and so" <<<"SELECT incident_triage('$inc', 'major', 'x', false); SELECT incident_confirm('$inc', 'x', NULL);"
}
confirmed "something is reported of a model" "'{}'" NULL "'tre-1'"
told incident.confirmed "$inc"
heard acme incident.confirmed "$inc" 1
confirmed "of a device, and of another supplier" "'{tre/TRE-1}'" "'bolt'" NULL
told incident.confirmed "$inc"
heard acme incident.confirmed "$inc" 1
heard bolt incident.confirmed "$inc" 1
confirmed "of a device and its model" "'{tre/TRE-1}'" NULL "'tre-1'"
told incident.confirmed "$inc"

# ---- a TrE on another supplier's hardware platform
hear() { # "what all operators have heard since"
	so "operators hear: $1" "(SELECT coalesce(string_agg(o.handle || ' ' || n.topic || ' ' || n.subject, ', ' ORDER BY o.handle, n.topic, n.subject), '')
		= '$1' FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE o.kind = 'operator' AND n.id > $last)"
	last=$(sql assay_test <<<"SELECT max(id) FROM notice")
}
owner "a model on bolt's platform" "INSERT INTO model (handle, kind, organisation_id, name, version)
	SELECT 'soc-3', 'hardware_platform', id, 'SoC 3', '1' FROM organisation WHERE handle = 'bolt';
	INSERT INTO model (handle, kind, organisation_id, name, version, tre_kind, hardware_platform_id, least_firmware)
	SELECT 'tre-3', 'tre', organisation_id, 'TrE 3', '1', 'embedded', (SELECT id FROM model WHERE handle = 'soc-3'), '1' FROM model WHERE handle = 'tre-1';
	INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id, valid_from, expires)
	SELECT 'COC-tre-3', m.id, 2, 10, c.ruleset_id, c.declaration_id, '2027-01-01', '2028-01-01' FROM model m, coc c WHERE m.handle = 'tre-3' AND c.number = '$coc';
	UPDATE coc SET state = 'certified' WHERE number = 'COC-tre-3'; SELECT t.lot('tre-3', 'fab', 'acme-1', 'TRX-', 1)"
# alone TRE TERMINAL MODE: a permit of these; NULL: none
alone() { echo "SELECT decision_add(gen_random_uuid(), gen_random_uuid(), t.sha(''), 'initial_download', '$3', 'permit', '{}', '{}', t.sha($1), t.sha($2), 0, '', 1);"; }
may other-1 "a permit for one" <<<"$(alone "'TRX-1'" NULL tre_and_platform)"
may officer-1 "the platform's supplier is suspended, who makes terminals, too" <<<"SELECT organisation_set_state('bolt', 'suspended', 'tested');"
hear "operator organisation.suspended bolt, other organisation.suspended bolt"

# ---- a terminal that was asked about alone stands on the TrE in it, too
owner "a third operator" "INSERT INTO organisation (handle, name, country, kind) VALUES ('third', 'Third', 'IT', 'operator'); UPDATE organisation SET state = 'active' WHERE handle = 'third';
	INSERT INTO principal (handle, organisation_id, role) SELECT 'third-1', id, 'operator' FROM organisation WHERE handle = 'third'"
may third-1 "has a permit for a terminal" <<<"$(alone NULL "'TERM-3'" platform_only)"
may security-1 "its TrE is quarantined" <<<"SELECT device_quarantine('tre', 'TRE-3', 'seen elsewhere');"
hear "third device.quarantined tre/TRE-3"
may security-1 "another terminal's is" <<<"SELECT device_quarantine('tre', 'TRE-4', 'seen elsewhere');"
hear ""
owner "a CoC that the TrE stands on is suspended" "UPDATE coc SET state = 'suspended' WHERE number = 'COC-d'"
hear "operator coc.suspended COC-d, third coc.suspended COC-d"
may third-1 "refused, as others are" <<<"SELECT decision_add(gen_random_uuid(), gen_random_uuid(), t.sha(''), 'initial_download', 'platform_only', 'refuse', '{TRE_KNOWN_BAD}', '{}', NULL, t.sha('TERM-3'), 0, '', 1);"
so "it has none outstanding, neither" "(SELECT count(*) = 2 AND bool_and(NOT outstanding) FROM permit WHERE organisation_id = (SELECT id FROM organisation WHERE handle = 'third'))"
owner "they are a pair no more" "UPDATE binding SET until = assay_now() WHERE tre_id = t.device('tre/TRE-3') AND until IS NULL"
hear "third device.unbound terminal/TERM-3, third device.unbound tre/TRE-3"
at 2027-01-01T00:00:04Z
may other-1 "who has a permit for the terminal from then on" <<<"$(alone NULL "'TERM-3'" platform_only)"
may security-1 "hears no more of a TrE that is not in it" <<<"SELECT certificate_revoke($(serial TRE-3), 'keyCompromise', NULL);"
hear "third certificate.revoked tre/TRE-3"

exit $bad
