#!/usr/bin/env bash
# Accreditations that falter, by the order in which things happen: what a loss
# takes stays taken whichever came first, no end gives anything back, and nothing
# counts for another thing than it was proposed, signed or shown for.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

hex() { printf %s "$1" | sha256sum | cut -c1-64; }
own >/dev/null <<'SQL'
INSERT INTO model (handle, kind, organisation_id, name, version, hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre2', 'tre', organisation_id, 'TrE 2', '1', id, 'embedded', '1' FROM model WHERE handle = 'chip';
UPDATE model SET state = 'registered' WHERE handle = 'tre2';
INSERT INTO model_contains SELECT a.id, b.id FROM model a, model b WHERE a.handle = 'ter' AND b.handle = 'tre2';
SQL
read -r chip tre ter <<<"$(accredited | tr '\n' ' ')"
so "a chip, a TrE and a terminal are certified ($chip, $tre, $ter)" "(SELECT count(*) = 3 FROM coc WHERE state = 'certified')"
changed() { # CoC WHAT
	may decider-1 "$1: $2, one proposes" <<<"SELECT t.change('$1', '$2');"
	may decider-2 "$1: $2, another approves" <<<"SELECT t.judge('$1', 'approve', 'coc_$2');"
}

# ---- a proposal is about the loss that it was made for
changed "$chip" suspend
may decider-1 "giving the TrE back, which fell with its chip, is proposed" <<<"SELECT t.change('$tre', 'reinstate');"
at 2027-01-02T00:00:00Z
changed "$chip" reinstate
so "it comes back with the chip, and the proposal waits" "$(coc_is "$tre" certified) AND EXISTS (SELECT FROM t.open('$tre'))"
at 2027-01-03T00:00:00Z
changed "$tre" suspend
mustnt decider-2 PROPOSAL_STALE "suspended for another reason, it does not come back by that" <<<"SELECT t.judge('$tre', 'approve', 'coc_reinstate');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$tre', 'reject', 'coc_reinstate');"
changed "$tre" reinstate
so "and proposed for that it does, and the terminal with it" "$(coc_is "$tre" certified) AND $(coc_is "$ter" certified)"
may security-1 "a site is suspended" <<<"SELECT site_suspend('works', NULL, 'a fire');"
may officer-1 "giving it back is proposed" <<<"SELECT t.reinstate('works', 'the fire is out');"
at 2027-01-04T00:00:00Z
own >/dev/null <<<"UPDATE site_scope SET state = 'full', effective = assay_now() WHERE scope = 'terminal_assembly';" # by an audit
at 2027-01-05T00:00:00Z
may security-1 "audited anew, it is suspended for another reason" <<<"SELECT site_suspend('works', NULL, 'stolen keys');"
mustnt decider-2 PROPOSAL_STALE "and does not come back by what was said of the first" <<<"SELECT t.judge('works', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('works', 'reject');"
may officer-1 "proposed for that" <<<"SELECT t.reinstate('works', 'found');"
may decider-2 "it does" <<<"SELECT t.judge('works', 'approve');"
changed "$ter" reinstate

# ---- a proposal that nobody judged, and the clock that has not ticked
may decider-1 "a suspension is proposed" <<<"SELECT t.change('$ter', 'suspend');"
at 2027-02-04T00:00:00Z
mustnt decider-2 PROPOSAL_CLOSED "30 days later nobody approves it, whether or not the clock has written that down" <<<"SELECT t.judge('$ter', 'approve');"
ticked "and then it has" "NOT EXISTS (SELECT FROM t.open('$ter'))"

# ---- a component's supplier
may security-1 "the TrE's supplier is suspended" <<<"SELECT organisation_set_state('acme', 'suspended', 'tested');"
so "the terminal of another has nothing to stand on while it is" "(SELECT array_agg(DISTINCT code) = '{COMPONENT_NOT_ACCREDITED}' FROM coc c, coc_missing(c.id) WHERE number = '$ter')"
stands=$(statements db/sql/authority.sql | awk '/^PREPARE coc_of_model/' | sed 's/^PREPARE coc_of_model AS //; s/;$//; s/\$1/2/')
claim assay_authority "nor has the authority anything to prove its right to be issued from" <<<"SELECT t.so(NOT EXISTS ($stands));"
may officer-1 "letting it in again is proposed" <<<"SELECT t.organisation('acme', 'reinstate');"
may decider-2 "and approved" <<<"SELECT t.judge('acme', 'approve');"
so "then it stands" "NOT EXISTS (SELECT FROM coc c, coc_missing(c.id) WHERE number = '$ter')"

# ---- fallen with another, and lost something of its own
changed "$chip" suspend
so "the TrE has fallen with the chip" "(SELECT suspended_by IS NOT NULL FROM coc WHERE number = '$tre')"
may acme-1 "its declaration is withdrawn meanwhile" <<<"SELECT declaration_withdraw(number) FROM declaration d JOIN model m ON m.id = d.model_id WHERE m.handle = 'tre' AND d.state = 'in_force';"
declared tre acme-1 2027-12-01
changed "$chip" reinstate
so "with another one it does not rise with the chip: two look at it first" "$(coc_is "$chip" certified) AND (SELECT state = 'suspended' AND suspended_by IS NULL FROM coc WHERE number = '$tre')"
changed "$tre" reinstate
so "as they do where that came first" "$(coc_is "$tre" certified) AND $(coc_is "$ter" certified)"

# ---- the last of its TrE models
declared tre2 acme-1 2027-12-01
tre2=$(certified '{"model":"tre2","level":2,"site":"fab","quota":100,"valid_days":30}')
so "another TrE model, for a month ($tre2)" "(SELECT state = 'certified' AND expires = '2027-03-06' FROM coc WHERE number = '$tre2') AND (SELECT expires = '2027-12-01' FROM coc WHERE number = '$ter')"
changed "$tre" suspend
so "the terminal goes on by that one, and no longer than it" "(SELECT state = 'certified' AND expires = '2027-03-06' FROM coc WHERE number = '$ter')"
may acme-1 "which ends earlier by another declaration" <<<"SELECT t.declare('tre2', '2027-03-01');"
may officer-1 "accepted" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
so "and the terminal with it" "(SELECT expires = '2027-03-01' FROM coc WHERE number = '$ter')"

# ---- suspended, and then run out
so "an expired one lets devices go on for a year, a suspended one does not" "(SELECT (on_expired, on_suspended) = ('permit', 'refuse') FROM coc WHERE number = '$ter')"
changed "$ter" suspend
at 2027-03-01T00:00:00Z
so "before the tick its end gives nothing back" "(SELECT (state, on_expired) = ('expired', 'refuse') FROM accreditation_now((SELECT id FROM model WHERE handle = 'ter')))"
ticked "nor after it" "(SELECT (state, on_expired) = ('expired', 'refuse') FROM coc WHERE number = '$ter') AND (SELECT (now, on_expired) = ('expired', 'refuse') FROM coc_facts((SELECT id FROM model WHERE handle = 'ter'), '2027-01-02'))"
so "nor in what was so then" "(SELECT (state, on_expired) = ('expired', 'refuse') FROM accreditation_known((SELECT id FROM model WHERE handle = 'ter'), '2027-03-01', assay_now())) AND standing_of_coc((SELECT id FROM model WHERE handle = 'ter'), '2027-01-02', '2027-03-01', '2027-03-01') = 'COC_EXPIRED'"
so "what ran out without having been suspended goes on" "(SELECT (state, on_expired) = ('expired', 'permit') FROM coc WHERE number = '$tre2')"

# ---- a site that gets a nearer end than it had
changed "$tre" reinstate
own >/dev/null <<<"UPDATE site_scope SET state = 'full', expires = '2027-09-01' WHERE scope = 'tre_production';" # by an audit that ended long ago
so "what rests on it ends by then" "(SELECT expires = '2027-09-01' FROM coc WHERE number = '$tre')"

# ---- evidence in whose place another stands
may acme-1 "files" <<<"SELECT t.file('cc'); SELECT t.file('cc-2'); SELECT t.file('lab'); SELECT t.file('lab-2'); SELECT t.file('plan');"
may officer-1 "accepted" <<<"SELECT t.accept('cc'); SELECT t.accept('cc-2'); SELECT t.accept('lab'); SELECT t.accept('lab-2'); SELECT t.accept('plan');"
may acme-1 "a certificate of another scheme on one" <<<"SELECT external_certificate_new('common_criteria', 'chip', NULL, 'CC-1', 'EAL5', 'Lab', '2027-01-01', '2027-12-01', decode('$(hex cc)', 'hex'));"
may officer-1 "accepted" <<<"SELECT external_certificate_accept('EXT-2027-000001');"
may acme-1 "a declaration on two" <<<"SELECT t.declare('tre2', '2027-12-01', '', '$(hex lab)');"
may officer-1 "accepted" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
for f in cc lab; do
	may decider-1 "$f-2 takes the place of $f" <<<"SELECT t.sign('/v1/evidence/$(hex $f)/supersede', '{\"by\":\"$(hex $f-2)\"}'); SELECT evidence_supersede(decode('$(hex $f)', 'hex'), decode('$(hex $f-2)', 'hex'));"
done
so "whoever asks is told what rests on it now" "(SELECT bool_and(jsonb_array_length(evidence_supports(e)) = 1) FROM evidence e WHERE sha256 IN (decode('$(hex cc-2)', 'hex'), decode('$(hex lab-2)', 'hex')))"
may security-1 "the one proves false" <<<"SELECT t.repudiate('cc-2');"
so "and the certificate that rests on it falls" "(SELECT state = 'withdrawn' FROM external_certificate WHERE number = 'EXT-2027-000001')"
may security-1 "so does the other" <<<"SELECT t.repudiate('lab-2');"
so "and the declaration that rests on it is challenged" "(SELECT d.state = 'challenged' FROM declaration d JOIN model m ON m.id = d.model_id WHERE m.handle = 'tre2' ORDER BY d.id DESC LIMIT 1)"

# ---- evidence that falls while the declaration waits, or is doubted
may acme-1 "a declaration waits to be accepted" <<<"SELECT t.declare('tre', '2027-12-01', '', '$(hex plan)');"
may security-1 "what it names proves false meanwhile" <<<"SELECT t.repudiate('plan');"
mustnt officer-1 EVIDENCE_NOT_ACCEPTED "nobody accepts it" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
may acme-1 "it is withdrawn" <<<"SELECT declaration_withdraw(number) FROM declaration WHERE state = 'submitted'; SELECT t.file('a'); SELECT t.file('b');"
may officer-1 "other files are accepted" <<<"SELECT t.accept('a'); SELECT t.accept('b');"
may acme-1 "another is submitted on one" <<<"SELECT t.declare('tre', '2027-12-01', '', '$(hex a)');"
may officer-1 "and accepted" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
D=$(sql assay_test <<<"SELECT number FROM declaration WHERE state = 'in_force' AND model_id = (SELECT id FROM model WHERE handle = 'tre')")
may security-1 "it is challenged for one thing" <<<"SELECT t.sign('/v1/declarations/$D/challenge', '{\"rules\":[\"SB-3\"],\"ground\":\"a doubt\",\"evidence\":[]}'); SELECT declaration_challenge_open('$D', '{SB-3}', 'a doubt', '{}');"
may security-1 "and what it names proves false" <<<"SELECT t.repudiate('a');"
may decider-1 "upholding it is proposed" <<<"SELECT t.sign('/v1/declarations/$D/uphold', '{\"reason\":\"test\"}'); SELECT declaration_settle('$D', 'uphold', 'test', false);"
may decider-2 "and approved" <<<"SELECT t.judge('$D', 'approve');"
so "it is doubted for the other at once" "(SELECT state = 'challenged' FROM declaration WHERE number = '$D') AND (SELECT state = 'open' AND cause = '$(hex a)' FROM declaration_challenge ORDER BY id DESC LIMIT 1)"
at 2027-03-02T00:00:00Z
may decider-1 "once that is settled" <<<"SELECT t.sign('/v1/declarations/$D/uphold', '{\"reason\":\"test\"}'); SELECT declaration_settle('$D', 'uphold', 'test', false);"
may decider-2 "by two" <<<"SELECT t.judge('$D', 'approve');"
so "it is in force" "(SELECT state = 'in_force' FROM declaration WHERE number = '$D')"

# ---- whoever signed
may acme-1 "a declaration waits" <<<"SELECT t.declare('tre', '2027-11-01');"
may security-1 "who signed it is locked" <<<"SELECT principal_set_state('acme-1', 'locked', 'tested');"
mustnt officer-1 SIGNER_NOT_ACTIVE "and nobody accepts it" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
may decider-1 "a suspension is proposed" <<<"SELECT t.change('$tre', 'suspend');"
sql assay_test <<'SQL'
SET session_replication_role = replica;
UPDATE principal SET cert_der = 'of decider-1' WHERE handle = 'decider-1';
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before, state, reason, changed)
VALUES (2, 1, 'access', '\x01', 'of decider-1', pg_catalog.sha256('of decider-1'), pg_catalog.sha256('1'), assay_now(), 'revoked', 1, assay_now());
SQL
mustnt decider-2 PROPOSER_NOT_ACTIVE "nothing is approved that was proposed by a certificate that is revoked since" <<<"SELECT t.judge('$tre', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$tre', 'reject');"
exit $bad
