#!/usr/bin/env bash
# Rebinding, as its functions and the clock have it: who asks, what speaks
# against it, who allows it, and what the authority's one transaction leaves.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh

sql assay_test <<'SQL' >/dev/null || exit 1
SET ROLE assay_owner;
CREATE FUNCTION t.hex(content text) RETURNS text LANGUAGE sql AS $$
	SELECT encode(t.sha(content), 'hex') $$;
CREATE FUNCTION t.rebind(terminal text, tre text, content text DEFAULT 'repair')
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.rebinding_request(terminal, tre, t.sha(content), 'repaired') $$;
CREATE FUNCTION t.propose(n text, terminal text, tre text,
    content text DEFAULT 'repair') RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/rebindings/' || n || '/propose', jsonb_build_object(
	    'terminal', terminal, 'tre', tre, 'evidence', t.hex(content))::text);
	SELECT assay.rebinding_propose(n, terminal, tre, t.sha(content)) $$;
-- what the authority stores for a row of its lot that names the terminal again
CREATE FUNCTION t.issued(n int, m int, i int DEFAULT 1000) RETURNS void
	LANGUAGE sql AS $$
	INSERT INTO assay.certificate (issuer_id, index, profile, serial, der,
	    der_sha256, spki_sha256, device_id, lot_id, coc_id, not_before)
	SELECT 4, i + n, 'terminal', int8send(i + n), 'new', t.sha('new' || i + n),
	    t.sha('new key' || i + n), d.id, l.id, l.coc_id, assay.assay_now()
	  FROM assay.device d, assay.lot l
	 WHERE d.device_id = 'TERM-' || n AND l.number = 'LOT-2027-000003';
	SELECT assay.rebinding_done(l.id, ARRAY[d.id])
	  FROM assay.device d, assay.lot l
	 WHERE d.device_id = 'TERM-' || n AND l.number = 'LOT-2027-000003';
	INSERT INTO assay.binding (tre_id, terminal_id)
	SELECT a.id, b.id FROM assay.device a, assay.device b
	 WHERE a.device_id = 'TRE-' || m AND b.device_id = 'TERM-' || n $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_authority;
SELECT t.lot('term-1', 'works', 'bolt-1', 'NEWLOT-', 1);
SQL
stands() { so "$1 is $2" "(SELECT state = '$2' FROM rebinding WHERE number = '$1')"; }
r=REB-2027-000001

# ---- asked for
may bolt-1 "a supplier sends in the repair's report" <<<"SELECT t.file('repair');"
mustnt bolt-1 EVIDENCE_NOT_ACCEPTED "which somebody must accept" <<<"SELECT t.rebind('TERM-1', 'TRE-5');"
may officer-1 "an officer does" <<<"SELECT t.accept('repair');"
mustnt bolt-1 EVIDENCE_ABSENT "a report that was not sent is none" <<<"SELECT t.rebind('TERM-1', 'TRE-5', 'none');"
mustnt acme-1 DEVICE_UNKNOWN "another's terminal is none to the TrE's supplier" <<<"SELECT t.rebind('TERM-1', 'TRE-5');"
mustnt officer-1 ROLE_REQUIRED "nor is it for an officer to ask" <<<"SELECT t.rebind('TERM-1', 'TRE-5');"
mustnt bolt-1 DEVICE_UNKNOWN "the TrE is in the register" <<<"SELECT t.rebind('TERM-1', 'TRE-99');"
mustnt bolt-1 REBINDING_OBSTACLE "and not in another terminal" <<<"SELECT t.rebind('TERM-1', 'TRE-2');"
mustnt bolt-1 REBINDING_OBSTACLE "and not in this one already" <<<"SELECT t.rebind('TERM-1', 'TRE-1');"
may acme-1 "an other supplier's report" <<<"SELECT t.file('theirs');"
may officer-1 "is accepted" <<<"SELECT t.accept('theirs');"
mustnt bolt-1 NOT_YOURS "and proves nothing for bolt" <<<"SELECT t.rebind('TERM-1', 'TRE-5', 'theirs');"
may security-1 "a terminal in quarantine" <<<"SELECT device_quarantine('terminal', 'TERM-4', 'x');"
mustnt bolt-1 REBINDING_OBSTACLE "gets no new certificate by a repair" <<<"SELECT t.rebind('TERM-4', 'TRE-5');"
may security-1 "a terminal whose certificate is held" <<<"SELECT certificate_hold((SELECT encode(der_sha256, 'hex') FROM certificate WHERE device_id = t.device('terminal/TERM-3')), 'x');"
mustnt bolt-1 REBINDING_OBSTACLE "does not, either" <<<"SELECT t.rebind('TERM-3', 'TRE-5');"
may security-1 "nor with a TrE in quarantine" <<<"SELECT device_quarantine('tre', 'TRE-6', 'x');"
mustnt bolt-1 REBINDING_OBSTACLE "however good the terminal is" <<<"SELECT t.rebind('TERM-1', 'TRE-6');"
may bolt-1 "a good TrE for a good terminal" <<<"SELECT t.so(t.rebind('TERM-1', 'TRE-5') ->> 'number' = '$r');"
mustnt bolt-1 REBINDING_OPEN "once" <<<"SELECT t.rebind('TERM-1', 'TRE-5');"
mustnt bolt-1 REBINDING_OPEN "and no other terminal with that TrE" <<<"SELECT t.rebind('TERM-2', 'TRE-5');"
heard body rebinding.requested $r 1
may reader "the body sees it" <<<"SELECT t.so(rebinding_one('$r') ->> 'tre' = 'TRE-5');"
may acme-1 "a competitor does not" <<<"SELECT t.so(NOT EXISTS (SELECT rebinding_one('$r')) AND NOT EXISTS (SELECT FROM rebinding));"

# ---- allowed by two
mustnt bolt-1 ROLE_REQUIRED "who asks does not allow" <<<"SELECT t.propose('$r', 'TERM-1', 'TRE-5');"
mustnt decider-1 ROLE_REQUIRED "nor does a decider propose it" <<<"SELECT t.propose('$r', 'TERM-1', 'TRE-5');"
mustnt officer-1 TERMS_CHANGED "an officer signs what was asked for" <<<"SELECT t.propose('$r', 'TERM-2', 'TRE-5');"
mustnt officer-1 TERMS_CHANGED "by that evidence" <<<"SELECT t.propose('$r', 'TERM-1', 'TRE-5', 'theirs');"
mustnt officer-1 STATEMENT_DIFFERS "and nothing else" <<<"
	SELECT t.sign('/v1/rebindings/$r/propose', '{\"terminal\":\"TERM-1\",\"tre\":\"TRE-6\"}');
	SELECT rebinding_propose('$r', 'TERM-1', 'TRE-5', t.sha('repair'));"
may officer-1 "an officer proposes it" <<<"SELECT t.propose('$r', 'TERM-1', 'TRE-5');"
stands $r requested
mustnt officer-2 ROLE_REQUIRED "a second officer is no decider" <<<"SELECT t.judge('$r', 'approve');"
may security-1 "meanwhile the TrE is quarantined" <<<"SELECT device_quarantine('tre', 'TRE-5', 'odd');"
mustnt decider-1 REBINDING_OBSTACLE "then it is not approved" <<<"SELECT t.judge('$r', 'approve');"
may security-1 "it is released" <<<"SELECT t.release('tre', 'TRE-5');"
may decider-1 "by two" <<<"SELECT t.judge('tre/TRE-5', 'approve');"
claim assay_authority "and the authority" <<<"SELECT give_back((SELECT max(id) FROM proposal))"
may decider-1 "now a decider approves" <<<"SELECT t.judge('$r', 'approve');"
stands $r approved
heard bolt rebinding.approved $r 1
so "nothing is bound otherwise yet" "(SELECT until IS NULL FROM binding WHERE terminal_id = t.device('terminal/TERM-1'))"
refused assay_api 42501 "the api does not carry it out" <<<"SELECT rebinding_done(1, '{1}')"

# ---- done
claim assay_authority "the new certificate is stored" <<<"SELECT t.issued(1, 5)"
stands $r done
so "the old binding has its end, the new one is today's" "(SELECT count(*) = 2 AND count(until) = 1 FROM binding WHERE terminal_id = t.device('terminal/TERM-1'))"
so "the TrE of today is the new one" "(SELECT tre_id = t.device('tre/TRE-5') FROM binding WHERE terminal_id = t.device('terminal/TERM-1') AND until IS NULL)"
so "the old certificate is superseded, the new one good" "(SELECT string_agg(state || reason, ' ' ORDER BY index) = 'revoked4 issued0' FROM certificate WHERE device_id = t.device('terminal/TERM-1'))"
# By CMP, where the terminal rejects what came: it has no other any more.
sql assay_test <<<"SET ROLE assay_owner;
	INSERT INTO lot_row (lot_id, row, device_id, csr, state, issuer_id, index) SELECT id, 99, 'TERM-1', '', 'issued', 4, 1001
	FROM lot WHERE number = 'LOT-2027-000003';
	INSERT INTO cmp_transaction (lot_id, transaction, signer, request, row) SELECT id, 'x', t.sha('x'), 'x', 99
	FROM lot WHERE number = 'LOT-2027-000003'" || bad=1
refused assay_api CMP_CONFIRMED "the terminal that rejects it is not left with none" <<<"SELECT cmp_reject(1)"
so "it is good still" "(SELECT state = 'issued' FROM certificate WHERE issuer_id = 4 AND index = 1001)"
so "the status log has that" "(SELECT kind = 'revoked' AND reason = 4 FROM status_event ORDER BY id DESC LIMIT 1)"
sql assay_test <<<"SET ROLE assay_owner; INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number, legal_basis, effect, cause, state)
	SELECT 'MEA-' || n, 'download_freeze', 'lot', id, number, 'x', 'refuse', 'x', 'proposed' FROM lot, LATERAL substr(number, 10) n WHERE number ~ '[23]\$';
	UPDATE measure SET state = 'in_force'"
so "measures on the lot it was made in reach it, and on the new one" "jsonb_array_length(device_measures(t.device('terminal/TERM-1'))) = 2"
so "its history knows both" "(SELECT jsonb_array_length(history_measures(ROW('terminal', d.id, 'TERM-1', d.organisation_id, false)::history_named,
	assay_now(), assay_now())) = 2 FROM device d WHERE d.id = t.device('terminal/TERM-1'))"
so "and of before the repair the one" "(SELECT count(*) = 0 FROM device d, history_measures(ROW('terminal', d.id, 'TERM-1', d.organisation_id, false)::history_named,
	d.created - interval '1 second', assay_now()) m WHERE d.id = t.device('terminal/TERM-1') AND m <> '[]')"
so "others are reached by their own" "jsonb_array_length(device_measures(t.device('terminal/TERM-2'))) = 1"
mustnt bolt-1 REBINDING_OBSTACLE "what is under a measure is not rebound" <<<"SELECT t.rebind('TERM-2', 'TRE-1');"
sql assay_test <<<"SET ROLE assay_owner; UPDATE measure SET state = 'lifted'"

# ---- rejected, lapsed, repudiated
r=REB-2027-000002
may bolt-1 "the TrE that was taken out goes into another terminal" <<<"SELECT t.so(t.rebind('TERM-2', 'TRE-1') ->> 'number' = '$r');"
may officer-1 "proposed" <<<"SELECT t.propose('$r', 'TERM-2', 'TRE-1');"
may decider-1 "and rejected" <<<"SELECT t.judge('$r', 'reject');"
stands $r rejected
r=REB-2027-000003
may bolt-1 "asked for again" <<<"SELECT t.rebind('TERM-2', 'TRE-1');"
may officer-1 "proposed" <<<"SELECT t.propose('$r', 'TERM-2', 'TRE-1');"
may decider-1 "and approved" <<<"SELECT t.judge('$r', 'approve');"
may security-1 "then the terminal is quarantined" <<<"SELECT device_quarantine('terminal', 'TERM-2', 'odd');"
refused assay_authority AY004 "and gets no new certificate" <<<"SELECT t.issued(2, 1)"
so "which the authority sees before" "(SELECT rebinding_obstacle(t, n) LIKE 'the terminal TERM-2 %' FROM device t, device n
	WHERE t.id = t.device('terminal/TERM-2') AND n.id = t.device('tre/TRE-1'))"
may security-1 "it is released" <<<"SELECT t.release('terminal', 'TERM-2');"
may decider-1 "by two" <<<"SELECT t.judge('terminal/TERM-2', 'approve');"
claim assay_authority "and the authority" <<<"SELECT give_back((SELECT max(id) FROM proposal))"
at 2027-01-30T23:59:59Z
sql assay_authority <<<"SELECT clock_tick()" >/dev/null # what else was due
stands $r approved
at 2027-01-31T00:00:00Z
ticks 1 "at 30 days it lapses"
stands $r lapsed
r=REB-2027-000004
may bolt-1 "asked for a third time" <<<"SELECT t.rebind('TERM-2', 'TRE-1');"
may officer-1 "and proposed" <<<"SELECT t.propose('$r', 'TERM-2', 'TRE-1');"
may bolt-1 "and with another report for another" <<<"SELECT t.file('second');"
may officer-1 "which is accepted" <<<"SELECT t.accept('second');"
may security-1 "evidence that proves false takes with it what rests on it" <<<"
	SELECT t.sign('/v1/evidence/' || t.hex('repair') || '/repudiate', '{\"reason\":\"forged\"}');
	SELECT t.so(c @> '[{\"entity\": \"rebinding\", \"subject\": \"$r\", \"from\": \"requested\", \"to\": \"rejected\"},
	{\"entity\": \"device\", \"subject\": \"terminal/TERM-1\", \"from\": \"accredited\", \"to\": \"quarantined\"}]', c::text)
	FROM (SELECT evidence_repudiate(t.sha('repair'), 'forged') -> 'changed' AS c) x;"
stands $r rejected
is terminal/TERM-1 quarantined
may decider-1 "what was proposed of it is rejected, too" <<<"SELECT t.judge('$r', 'reject');"
so "which its supplier has heard already" "(SELECT count(*) = 1 FROM notice WHERE topic = 'rebinding.rejected' AND subject = '$r')"
# a board out of a scrapped terminal
may bolt-1 "a terminal is scrapped" <<<"SELECT device_retire('terminal', 'TERM-4', 'burnt');"
may bolt-1 "and the TrE in it may go on in another" <<<"SELECT t.rebind('TERM-2', 'TRE-4', 'second');"
r=REB-2027-000005
may officer-1 "proposed" <<<"SELECT t.propose('$r', 'TERM-2', 'TRE-4', 'second');"
may bolt-1 "a better report comes" <<<"SELECT t.file('third');"
may officer-1 "is accepted, and takes the place of the second" <<<"SELECT t.accept('third');
	SELECT t.sign('/v1/evidence/' || t.hex('second') || '/supersede', jsonb_build_object('by', t.hex('third'))::text); SELECT evidence_supersede(t.sha('second'), t.sha('third'));"
may decider-1 "and approved" <<<"SELECT t.judge('$r', 'approve');"
claim assay_authority "it does" <<<"SELECT t.issued(2, 4)"
r=REB-2027-000006
may bolt-1 "and is exchanged again" <<<"SELECT t.rebind('TERM-2', 'TRE-1', 'third');"
may officer-1 "proposed" <<<"SELECT t.propose('$r', 'TERM-2', 'TRE-1', 'third');"
may decider-1 "and approved" <<<"SELECT t.judge('$r', 'approve');"
claim assay_authority "the terminal comes in the same lot, as it may in an open one" <<<"SELECT t.issued(2, 1, 2000)"
so "and has one certificate that is good, the newest" "(SELECT string_agg(state || reason, ' ' ORDER BY index) = 'revoked4 revoked4 issued0'
	FROM certificate WHERE device_id = t.device('terminal/TERM-2'))"
so "no rule of the clock has failed" "NOT EXISTS (SELECT FROM notice WHERE topic = 'alarm.clock')"

exit $bad
