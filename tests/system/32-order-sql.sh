#!/usr/bin/env bash
# CoCs and declarations by what happens in between: a doubt that outlives what was
# doubted, a component that is lowered while nobody looks, one that took another's
# place.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

model() { echo "(SELECT id FROM model WHERE handle = '$1')"; }
decides() { echo "(SELECT (coc_facts($(model "$1"), '2027-01-01')).declaration = '$2')"; }
ends() { echo "(SELECT expires = '$2' FROM coc WHERE number = '$1')"; }
changed() { # CoC WHAT
	may decider-1 "$1: $2, one proposes" <<<"SELECT t.change('$1', '$2');"
	may decider-2 "$1: $2, another approves" <<<"SELECT t.judge('$1', 'approve');"
}
read -r chip tre ter <<<"$(accredited | tr '\n' ' ')"
so "a chip, a TrE and a terminal are certified ($chip, $tre, $ter)" "(SELECT count(*) = 3 FROM coc WHERE state = 'certified')"

# ---- a platform that is certified anew at a lower level while a TrE's supplier is
# suspended
another_tre
declared tre-c cleo-1 2027-12-01
treC=$(certified '{"model":"tre-c","level":3,"site":"mill","quota":100,"valid_days":730}')
so "another's TrE stands on it at level 3" "$(coc_is "$treC" certified)"
may decider-1 "the chip at level 2 is proposed" <<<"SELECT t.propose('{\"model\":\"chip\",\"level\":2,\"quota\":0,\"valid_days\":730}');"
low=$(sql assay_test <<<"SELECT number FROM coc WHERE state = 'proposed'")
mustnt decider-2 COC_PREREQUISITES "and not approved while that stands on it" <<<"SELECT t.judge('$low', 'approve');"
may security-1 "its supplier is suspended for a while" <<<"SELECT organisation_set_state('cleo', 'suspended', 'tested');"
mustnt decider-2 COC_PREREQUISITES "nor then: it will be back" <<<"SELECT t.judge('$low', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$low', 'reject');"
may officer-1 "letting it in again is proposed" <<<"SELECT t.organisation('cleo', 'reinstate');"
may decider-1 "and approved" <<<"SELECT t.judge('cleo', 'approve');"
so "no TrE is at a higher level than its chip" "(SELECT bool_and(p.level >= t.level) FROM model m JOIN coc t ON t.model_id = m.id JOIN coc p ON p.model_id = m.hardware_platform_id WHERE t.state = 'certified' AND p.state = 'certified')"

# ---- a TrE that is left away in a question, on the platform of another supplier
own >/dev/null <<'SQL'
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id) VALUES
	(1, 'root', 'r', 'r', 'r', decode(repeat('01', 20), 'hex')), (3, 'tre', 't', 't', 't', decode(repeat('03', 20), 'hex'));
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
VALUES (1, 1, 'issuing_ca', '\x01', 't', pg_catalog.sha256('t'), pg_catalog.sha256('k'), assay_now());
SQL
bound="bound_in_doubt($(model tre-c), 3, assay_now(), true)"
so "it is in no doubt" "$bound IS NULL"
may security-1 "the chip's supplier is suspended" <<<"SELECT organisation_set_state('acme', 'suspended', 'tested');"
so "leaving it away does not hide that" "($bound::jsonb #>> '{hardware,supplier}') = 'suspended'"
may officer-1 "letting it in again is proposed" <<<"SELECT t.organisation('acme', 'reinstate');"
may decider-1 "and approved" <<<"SELECT t.judge('acme', 'approve');"
so "nor is it kept" "$bound IS NULL"

# ---- a doubt about the platform, while a lot of a TrE on it is issued
own >/dev/null <<'SQL'
ALTER TABLE lot DISABLE TRIGGER USER;
INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id, reference, count, header_jws, rows_sha256, submitted_by)
SELECT 'LOT-1', m.organisation_id, m.id, s.id, c.id, '', 1, 'x', pg_catalog.sha256('x'), p.id
FROM model m JOIN coc c ON c.model_id = m.id AND c.state = 'certified', site s, principal p
WHERE m.handle = 'tre-c' AND s.handle = 'mill' AND p.handle = 'cleo-1';
ALTER TABLE lot ENABLE TRIGGER USER;
SQL
against() { # "sentence" WHY: what the authority finds against issuing it
	claim assay_authority "$1" <<<"SELECT t.so(coalesce(string_agg(why, ', '), '') = '$2', string_agg(why, ', ')) FROM ($obstacles) x;"
}
obstacles=$(statements db/sql/lot_work.sql | awk '/^PREPARE lot_obstacles/' | sed 's/^PREPARE lot_obstacles AS //; s/;$//; s/\$1/1/g; s/\$2/1/g')
against "nothing is against it" ""
D=$(sql assay_test <<<"SELECT number FROM declaration WHERE model_id = $(model chip) AND state = 'in_force'")
may security-1 "the chip's declaration is doubted" <<<"SELECT t.challenge('$D', '{HB-1}');"
so "a decision about the TrE refuses" "$(decides chip challenged)"
against "nor is one issued meanwhile, which had been issued before the chip fell" "the declaration $D of chip is challenged"
may decider-1 "upholding it is proposed" <<<"SELECT t.settle('$D', 'uphold');"
may decider-2 "and approved" <<<"SELECT t.judge('$D', 'approve');"
against "then it goes on" ""

# ---- a lot that its supplier has paused before the body does
verb() { echo "SELECT t.sign('/v1/lots/LOT-1/$1'); SELECT lot_$1('LOT-1');"; }
may cleo-1 "its supplier pauses a lot" < <(verb pause)
mustnt cleo-1 ILLEGAL_TRANSITION "once" < <(verb pause)
may officer-1 "so does the body" < <(verb pause)
mustnt officer-1 ILLEGAL_TRANSITION "once" < <(verb pause)
mustnt cleo-1 LOT_PAUSED_BY_BODY "then its supplier does not take it up again" < <(verb resume)
may officer-1 "the body does" < <(verb resume)
so "where it was" "(SELECT state = 'received' AND paused_in IS NULL FROM lot)"

# ---- a component that took another's place
changed "$chip" suspend
so "what stands on the chip has fallen with it" "$(coc_is "$tre" suspended) AND $(coc_is "$ter" suspended)"
changed "$chip" withdraw
chip2=$(certified '{"model":"chip","level":4,"quota":0,"valid_days":200}')
changed "$tre" reinstate
so "the TrE stands on the new one, and ends no later" "$(coc_is "$tre" certified) AND $(ends "$tre" '2027-07-20')"
may acme-1 "the chip's supplier declares to an earlier end" <<<"SELECT t.declare('chip', '2027-06-01');"
may officer-1 "which is accepted" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
so "the chip ends by then" "$(ends "$chip2" '2027-06-01')"
so "and the TrE and its terminal with it" "$(ends "$tre" '2027-06-01') AND $(ends "$ter" '2027-06-01')"
at 2027-06-01T00:00:00Z
ticked "at that second all are over" "$(coc_is "$chip2" expired) AND $(coc_is "$tre" expired) AND $(coc_is "$ter" expired)"

# ---- a doubt that outlives what was doubted
D=$(sql assay_test <<<"SELECT number FROM declaration d JOIN model m ON m.id = d.model_id WHERE m.handle = 'tre' AND d.state = 'in_force'")
may security-1 "the TrE's declaration is doubted" <<<"SELECT t.challenge('$D');"
so "a decision refuses" "$(decides tre challenged)"
at 2027-12-01T00:00:00Z
ticked "it runs out, unsettled" "(SELECT state = 'expired' FROM declaration WHERE number = '$D')"
so "it is doubted still" "$(decides tre challenged)"
may acme-1 "its supplier declares the same again" <<<"SELECT t.declare('tre', '2028-06-01');"
mustnt officer-1 DECLARATION_CHALLENGED "no one officer ends by that what takes two" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
so "a decision refuses as before" "$(decides tre challenged)"
may decider-1 "upholding it is proposed" <<<"SELECT t.settle('$D', 'uphold');"
may decider-2 "and approved" <<<"SELECT t.judge('$D', 'approve');"
may officer-1 "then the new one is accepted" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
so "and counts" "$(decides tre in_force)"
exit $bad
