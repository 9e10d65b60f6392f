#!/usr/bin/env bash
# Custody, as its functions and the clock have it: who has a device, who can't
# have it, what a consent lets happen and how often, and what the body decides.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh

sql assay_test <<'SQL' >/dev/null || exit 1
SET ROLE assay_owner;
INSERT INTO organisation (handle, name, country, kind)
VALUES ('third', 'Third', 'IT', 'operator');
UPDATE organisation SET state = 'active' WHERE handle = 'third';
INSERT INTO principal (handle, organisation_id, role)
SELECT 'third-1', id, 'operator' FROM organisation WHERE handle = 'third';
-- a principal's certificate, as the authority would have stored it
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
    spki_sha256, not_before)
SELECT 3, 9000 + id, 'access', int8send(9000 + id), handle::bytea, t.sha(handle),
    t.sha('key of ' || handle), assay_now() FROM principal WHERE role = 'operator';
UPDATE principal SET cert_der = handle::bytea WHERE role = 'operator';
CREATE FUNCTION t.d(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
	SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
-- decision n of the actor about TrE m; NULL: about terminal m alone
CREATE FUNCTION t.asked(n int, m int, purpose text,
    verdict text DEFAULT 'permit', reasons text[] DEFAULT '{}',
    alone bool DEFAULT false) RETURNS uuid LANGUAGE sql AS $$
	SELECT assay.decision_add(t.d(n), gen_random_uuid(), t.sha(''), purpose,
	    CASE WHEN alone THEN 'platform_only' ELSE 'tre_and_platform' END,
	    verdict, reasons, '{}',
	    CASE WHEN NOT alone THEN t.sha('TRE-' || m) END,
	    t.sha('TERM-' || m), 0, '', 1) $$;
CREATE FUNCTION t.confirm(n int, r text, until timestamptz DEFAULT NULL)
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/decisions/' || t.d(n) || '/confirm',
	    jsonb_build_object('reference', r, 'locked_until',
	    assay.json_time(until))::text);
	SELECT assay.decision_confirm(t.d(n), r, until) $$;
CREATE FUNCTION t.organisation(h text) RETURNS bigint LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT id FROM assay.organisation WHERE handle = h $$;
-- a permit with the consent of that organisation's, of TrE m
CREATE FUNCTION t.consented(n int, m int, iss text, jti text) RETURNS void
	LANGUAGE sql AS $$
	SELECT t.asked(n, m, 'change_of_operator');
	SELECT assay.consent_use(t.d(n), t.organisation(iss), jti,
	    t.device('tre/TRE-' || m), 'jws') $$;
-- the custody of TrE m now, or its last
CREATE FUNCTION t.custody(m int) RETURNS assay.custody LANGUAGE sql
	SECURITY DEFINER AS $$
	SELECT * FROM assay.custody WHERE device_id = t.device('tre/TRE-' || m)
	 ORDER BY id DESC LIMIT 1 $$;
CREATE FUNCTION t.release(m int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/custody/' || (t.custody(m)).name || '/release',
	    '{"reason":"over"}');
	SELECT assay.custody_release((t.custody(m)).name, 'over') $$;
CREATE FUNCTION t.lock(m int, until timestamptz) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/custody/' || (t.custody(m)).name || '/lock',
	    jsonb_build_object('locked_until', assay.json_time(until))::text);
	SELECT assay.custody_lock((t.custody(m)).name, until) $$;
CREATE FUNCTION t.dispute(n int, why text DEFAULT 'it was sold')
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/disputes', jsonb_build_object('decision', t.d(n),
	    'ground', why)::text);
	SELECT assay.dispute_begin(t.d(n), why) $$;
CREATE FUNCTION t.decide_dispute(x text, v text, o text DEFAULT NULL)
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/disputes/' || x || '/decide', jsonb_build_object(
	    'verdict', v, 'operator', o, 'reason', 'deed seen')::text);
	SELECT assay.dispute_propose(x, v, o, 'deed seen') $$;
CREATE FUNCTION t.gone(o text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/organisations/' || o || '/release-custody',
	    '{"reason":"insolvent"}');
	SELECT assay.custody_release_propose(o, 'insolvent') $$;
-- what check 13 is told, by whoever acts
CREATE FUNCTION t.holder(m int) RETURNS text LANGUAGE sql AS $$
	SELECT custody ->> 'holder' FROM assay.decision_sides(ARRAY[t.sha('TRE-' || m)]) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_authority;
SQL
# has TRE ORGANISATION STATE
has() { so "TRE-$1 is $3 by $2" "(SELECT o.handle = '$2' AND c.state = '$3' FROM t.custody($1) c JOIN organisation o ON o.id = c.organisation_id)"; }
missing="'refuse', '{CONSENT_MISSING}'"

# ---- confirmed
may operator-1 "an operator has a permit" <<<"SELECT t.asked(1, 1, 'initial_download');"
may other-1 "so has another, for the same device" <<<"SELECT t.asked(2, 1, 'initial_download');"
mustnt other-1 NOT_FOUND "it confirms no permit of another's" <<<"SELECT t.confirm(1, 'X-1');"
mustnt acme-1 ROLE_REQUIRED "nor does a supplier" <<<"SELECT t.confirm(1, 'X-1');"
mustnt operator-1 STATEMENT_REQUIRED "a confirmation is signed" <<<"SELECT decision_confirm(t.d(1), 'C-1', NULL);"
mustnt operator-1 STATEMENT_DIFFERS "in these very words" <<<"
	SELECT t.sign('/v1/decisions/' || t.d(1) || '/confirm', '{\"reference\":\"C-2\"}'); SELECT decision_confirm(t.d(1), 'C-1', NULL);"
mustnt operator-1 custody_reference_check "a reference has its letters" <<<"SELECT t.confirm(1, 'C 1');"
mustnt operator-1 custody_reference_check "and is no subscriber's number" <<<"SELECT t.confirm(1, '262019876543210');"
mustnt operator-1 LOCK_LENGTH "a lock ends within 730 days" <<<"SELECT t.confirm(1, 'C-1', '2029-01-01T00:00:00Z');"
mustnt operator-1 LOCK_LENGTH "and not before it begins" <<<"SELECT t.confirm(1, 'C-1', '2027-01-01T00:00:00Z');"
may operator-1 "it says what it did" <<<"SELECT t.so(t.confirm(1, 'C-1', '2028-12-31T00:00:00Z') ->> 'operator' = 'operator');"
has 1 operator held
mustnt other-1 CUSTODY_TAKEN "the other one is too late" <<<"SELECT t.confirm(2, 'X-1');"
may operator-1 "the same words again are answered again" <<<"SELECT t.so(t.confirm(1, 'C-1', '2028-12-31T00:00:00Z') ->> 'state' = 'held');"
mustnt operator-1 CONFIRMED_OTHERWISE "other words are not" <<<"SELECT t.confirm(1, 'C-1');"
may operator-1 "it is the asker's" <<<"SELECT t.so(t.holder(1) = 'asker');"
may other-1 "to another it is another's, and no more is told" <<<"SELECT t.so(custody = '{\"holder\":\"another\",\"disputed\":false,\"locked_until\":1861833600}', custody::text)
	FROM decision_sides(ARRAY[t.sha('TRE-1')]);"
may other-1 "the terminal alone says the same" <<<"SELECT t.so(custody ->> 'holder' = 'another') FROM decision_sides(ARRAY[t.sha('TERM-1')]);"
may other-1 "and nobody has the next one" <<<"SELECT t.so(t.holder(2) = 'nobody');"
may operator-1 "a reprovision renews nothing that there is not" <<<"SELECT t.asked(3, 2, 'reprovision');"
mustnt operator-1 CUSTODY_ABSENT "so it is not confirmed" <<<"SELECT t.confirm(3, 'C-1');"
may operator-1 "what was refused" <<<"SELECT t.asked(4, 2, 'initial_download', $missing);"
mustnt operator-1 NOT_PERMITTED "is not confirmed" <<<"SELECT t.confirm(4, 'C-1');"
may operator-1 "a permit of a terminal alone" <<<"SELECT t.asked(5, 3, 'initial_download', 'permit', '{}', true);"
may operator-1 "is about the TrE in it" <<<"SELECT t.so(t.confirm(5, 'C-3') ->> 'device' = 'tre/TRE-3');"

# ---- in time, to the second
may operator-1 "a permit" <<<"SELECT t.asked(6, 2, 'initial_download');"
at 2027-01-01T01:10:00Z
mustnt operator-1 CONFIRM_LATE "is too old after 70 minutes" <<<"SELECT t.confirm(6, 'C-2');"
may operator-1 "what was confirmed in time is answered for ever" <<<"SELECT t.confirm(1, 'C-1', '2028-12-31T00:00:00Z');"
at 2027-01-01T01:09:59Z
may operator-1 "a second before, it is not" <<<"SELECT t.confirm(6, 'C-2');"

# ---- renewed; its lock
may operator-2 "its operator is permitted more, whoever of its people asks" <<<"SELECT t.asked(7, 1, 'reprovision');"
mustnt operator-2 LOCK_LONGER "but gets no longer lock by that" <<<"SELECT t.confirm(7, 'C-1b', '2028-12-31T00:00:01Z');"
may operator-2 "only a new reference" <<<"SELECT t.so(t.confirm(7, 'C-1b') ->> 'locked_until' = '2028-12-31T00:00:00Z');"
mustnt operator-1 LOCK_LONGER "nor by asking for it" <<<"SELECT t.lock(1, '2029-01-01T00:00:00Z');"
mustnt operator-1 LOCK_LONGER "nor where there was none" <<<"SELECT t.lock(3, '2028-01-01T00:00:00Z');"
mustnt other-1 CUSTODY_ABSENT "another does not shorten it" <<<"SELECT t.lock(1, '2027-02-01T00:00:00Z');"
mustnt officer-1 ROLE_REQUIRED "nor does the body" <<<"SELECT t.lock(1, '2027-02-01T00:00:00Z');"
mustnt operator-1 STATEMENT_REQUIRED "who has it signs for that" <<<"SELECT custody_lock((t.custody(1)).name, '2027-02-01T00:00:00Z');"
may operator-1 "who has it lets it end earlier" <<<"SELECT t.so(t.lock(1, '2027-02-01T00:00:00Z') ->> 'locked_until' = '2027-02-01T00:00:00Z');"
so "each version is on record" "(SELECT count(*) = 3 AND count(DISTINCT detail ->> 'reference') = 2 FROM history WHERE entity = 'custody' AND subject_id = (t.custody(1)).id)"
refused assay_api 42501 "the api writes nothing by itself" <<<"UPDATE custody SET organisation_id = 1"
own() { { echo "SET ROLE assay_owner;"; cat; } | sql assay_test; }
refused assay_test CUSTODY_FIXED "not even the owner hands one over" <<<"UPDATE custody SET organisation_id = t.organisation('other')"
refused assay_test APPEND_ONLY "or deletes one" <<<"DELETE FROM custody"

# ---- consent
mustnt other-1 NOT_PERMITTED "a consent is used up by a permit" <<<"SELECT t.asked(8, 1, 'change_of_operator', $missing);
	SELECT consent_use(t.d(8), t.organisation('operator'), 'j-1', t.device('tre/TRE-1'), 'jws');"
mustnt other-1 NOT_PERMITTED "for a change of operator" <<<"SELECT t.asked(8, 1, 'initial_download');
	SELECT consent_use(t.d(8), t.organisation('operator'), 'j-1', t.device('tre/TRE-1'), 'jws');"
may other-1 "and by an operator" <<<"SELECT t.consented(9, 1, 'operator', 'j-1');"
mustnt other-1 CONSENT_IN_USE "once" <<<"SELECT t.consented(10, 1, 'operator', 'j-1');"
mustnt third-1 CONSENT_IN_USE "whoever shows it" <<<"SELECT t.consented(10, 1, 'operator', 'j-1');"
refused assay_test APPEND_ONLY "and that is not forgotten" <<<"DELETE FROM consent"
so "its giver hears of it" "(SELECT detail = '{\"device\": \"tre/TRE-1\", \"target\": \"other\"}' FROM notice WHERE topic = 'consent.used' AND organisation_id = t.organisation('operator'))"
facts() { # "sentence" SIGNER JTI CERTIFICATE condition on x
	may third-1 "$1" <<<"SELECT t.so(x.facts IS NOT NULL AND ($5), x.standing || x.facts) FROM (SELECT 1) y
		LEFT JOIN consent_facts(t.sha('$2'), '$3', t.sha('$4')) x ON true;"
}
facts "a consent that was used is known to be" operator-2 j-1 TRE-1 "(x.facts -> 'used')::bool"
facts "another is not" operator-2 j-2 TRE-1 "NOT (x.facts -> 'used')::bool AND (x.facts -> 'custodian')::bool AND x.standing = 'issued'"
facts "who does not have the device is no custodian" other-1 j-2 TRE-1 "NOT (x.facts -> 'custodian')::bool"
facts "nor of a device that nobody has" operator-1 j-2 TRE-6 "NOT (x.facts -> 'custodian')::bool"
facts "or that there is not" operator-1 j-2 TRE-99 "NOT (x.facts -> 'custodian')::bool AND x.facts ->> 'device' IS NULL"
may third-1 "a certificate of nobody's says nothing" <<<"SELECT t.so(NOT EXISTS (SELECT FROM consent_facts(t.sha('x'), 'j', t.sha('TRE-1'))));"
may third-1 "nor does a device's" <<<"SELECT t.so(NOT EXISTS (SELECT FROM consent_facts(t.sha('TRE-1'), 'j', t.sha('TRE-1'))));"
mustnt acme-1 ROLE_REQUIRED "a supplier asks nothing of that" <<<"SELECT consent_facts(t.sha('operator-1'), 'j', t.sha('TRE-1'));"
own <<<"UPDATE principal SET role = 'reader' WHERE handle = 'operator-2'" >/dev/null
facts "one who only reads gives none" operator-2 j-2 TRE-1 "x.standing = 'locked'"
own <<<"UPDATE principal SET role = 'operator', state = 'locked' WHERE handle = 'operator-2'" >/dev/null
facts "one who is locked gives none" operator-2 j-2 TRE-1 "x.standing = 'locked'"
own <<<"UPDATE principal SET state = 'active' WHERE handle = 'operator-2'" >/dev/null
may other-1 "the permit is confirmed: the device moves" <<<"SELECT t.confirm(9, 'X-9');"
has 1 other held
heard operator custody.moved tre/TRE-1 1
mustnt operator-1 CUSTODY_TAKEN "its operator of before is as late as anybody" <<<"SELECT t.asked(11, 1, 'initial_download'); SELECT t.confirm(11, 'C-1');"

may other-1 "what that rests on can be shown" <<<"SELECT t.so(j #>> '{confirmations,0,consent}' = 'jws' AND j #>> '{confirmations,0,by}' = 'other-1', j::text)
	FROM shown_whole('custody', (t.custody(1)).id) j;"

# A consent of one custody is none of the next.
may third-1 "a permit with consent" <<<"SELECT t.consented(12, 1, 'other', 'k-1');"
may operator-1 "and a second, with another" <<<"SELECT t.consented(13, 1, 'other', 'k-2');"
may operator-1 "of the two the first to confirm has it" <<<"SELECT t.confirm(13, 'C-13');"
mustnt third-1 CUSTODY_TAKEN "the other's consent was of a custody that has ended" <<<"SELECT t.confirm(12, 'T-1');"
has 1 operator held

# ---- given up
mustnt other-1 CUSTODY_ABSENT "another gives nothing up" <<<"SELECT t.release(1);"
mustnt operator-1 STATEMENT_REQUIRED "who does signs for it" <<<"SELECT custody_release((t.custody(1)).name, 'over');"
may other-1 "another has a permit with consent meanwhile" <<<"SELECT t.consented(14, 1, 'operator', 'l-1');"
may operator-1 "its operator does" <<<"SELECT t.so(t.release(1) ->> 'state' = 'released');"
mustnt operator-1 CUSTODY_STATE "once" <<<"SELECT t.release(1);"
may third-1 "nobody has it then" <<<"SELECT t.so(t.holder(1) = 'nobody');"
may other-1 "and the permit may still be confirmed" <<<"SELECT t.confirm(14, 'X-14', '2027-06-01T00:00:00Z');"
has 1 other held

# ---- disputed
x=DSP-2027-000001
may third-1 "one that is refused" <<<"SELECT t.asked(20, 1, 'initial_download', $missing);"
may third-1 "also for something else" <<<"SELECT t.asked(21, 1, 'initial_download', 'refuse', '{POSSESSION_TRE,CONSENT_MISSING}');"
may third-1 "and by a precheck" <<<"SELECT t.asked(22, 1, 'precheck', $missing);"
mustnt third-1 DISPUTE_CAUSE "words alone dispute nothing: the device did not sign" <<<"SELECT t.dispute(21);"
mustnt third-1 DISPUTE_CAUSE "nor in a precheck" <<<"SELECT t.dispute(22);"
mustnt operator-2 NOT_FOUND "nor by another's decision" <<<"SELECT t.dispute(20);"
mustnt third-1 STATEMENT_REQUIRED "it is signed" <<<"SELECT dispute_begin(t.d(20), 'ours');"
may third-1 "then it may" <<<"SELECT t.so(j ->> 'number' = '$x' AND NOT j ? 'custodian' AND NOT j ? 'custody', j::text) FROM t.dispute(20) j;"
has 1 other disputed
mustnt third-1 CUSTODY_DISPUTED "once" <<<"SELECT t.dispute(20);"
heard other dispute.opened $x 1
heard third dispute.opened $x 1
heard body dispute.opened $x 1
may other-1 "who has the device sees who wants it" <<<"SELECT t.so(j ->> 'operator' = 'third' AND NOT j ? 'decision', j::text) FROM dispute_one('$x') j;"
may operator-1 "who is no side of it sees nothing" <<<"SELECT t.so(NOT EXISTS (SELECT dispute_one('$x')) AND dispute_list(NULL, NULL) -> 'disputes' = '[]');"
may acme-1 "nor does a supplier" <<<"SELECT t.so(NOT EXISTS (SELECT dispute_one('$x')) AND NOT EXISTS (SELECT FROM custody));"
may reader "the body sees both" <<<"SELECT t.so(j ->> 'operator' = 'third' AND j ->> 'custodian' = 'other') FROM dispute_one('$x') j;"
mustnt other-1 CUSTODY_DISPUTED "it does not give it up" <<<"SELECT t.release(1);"
mustnt other-1 CUSTODY_DISPUTED "nor shorten anything" <<<"SELECT t.lock(1, '2027-01-02T00:00:00Z');"
mustnt other-1 CUSTODY_DISPUTED "not by renewing it, neither" <<<"SELECT t.asked(124, 1, 'reprovision'); SELECT t.confirm(124, 'X-124', '2027-01-02T00:00:00Z');"
may operator-1 "one with its consent of before" <<<"SELECT t.consented(23, 1, 'other', 'm-1');"
mustnt operator-1 CUSTODY_DISPUTED "does not take it over" <<<"SELECT t.confirm(23, 'C-23');"
may other-1 "its operator goes on" <<<"SELECT t.asked(24, 1, 'reprovision'); SELECT t.confirm(24, 'X-24');"
has 1 other disputed
mustnt third-1 NOT_YOURS "who wants it does not answer" <<<"SELECT t.sign('/v1/disputes/$x/answer', '{\"answer\":\"no\"}'); SELECT dispute_answer('$x', 'no');"
may other-1 "who has it answers" <<<"SELECT t.sign('/v1/disputes/$x/answer', '{\"answer\":\"no\"}'); SELECT dispute_answer('$x', 'no');"
heard third dispute.answered $x 1
heard other dispute.answered $x 1
heard body dispute.answered $x 1
mustnt other-1 DISPUTE_ANSWERED "once" <<<"SELECT t.sign('/v1/disputes/$x/answer', '{\"answer\":\"so\"}'); SELECT dispute_answer('$x', 'so');"
mustnt other-1 NOT_YOURS "and does not withdraw it" <<<"SELECT t.sign('/v1/disputes/$x/withdraw'); SELECT dispute_withdraw('$x');"
mustnt third-1 ROLE_REQUIRED "nor does a side of it decide" <<<"SELECT t.decide_dispute('$x', 'awarded', 'third');"
mustnt decider-1 DISPUTE_OPERATOR "an award is to somebody" <<<"SELECT t.decide_dispute('$x', 'awarded');"
mustnt decider-1 DISPUTE_OPERATOR "a release is to nobody" <<<"SELECT t.decide_dispute('$x', 'released', 'third');"
mustnt decider-1 OPERATOR_UNKNOWN "and to no supplier" <<<"SELECT t.decide_dispute('$x', 'awarded', 'acme');"
may decider-1 "a decider proposes" <<<"SELECT t.decide_dispute('$x', 'awarded', 'third');"
mustnt decider-1 FOUR_EYES "and does not approve it" <<<"SELECT t.judge('$x', 'approve');"
has 1 other disputed
may decider-2 "another does" <<<"SELECT t.judge('$x', 'approve');"
has 1 third held
so "nobody has confirmed that yet" "(SELECT reference IS NULL FROM t.custody(1))"
heard other custody.moved tre/TRE-1 2
heard third custody.awarded tre/TRE-1 1
heard third dispute.awarded $x 1
may other-1 "both read why" <<<"SELECT t.so(j ->> 'verdict_reason' = 'deed seen') FROM dispute_one('$x') j;"
may third-1 "its operator then provisions it" <<<"SELECT t.asked(25, 1, 'initial_download'); SELECT t.confirm(25, 'T-25');"

# From whom it was moved: that, too, is a cause; dismissed, it is over.
x=DSP-2027-000002
may other-1 "who had it disputes that" <<<"SELECT t.dispute(24);"
may decider-2 "a decider proposes to dismiss it" <<<"SELECT t.decide_dispute('$x', 'dismissed');"
may decider-1 "another agrees" <<<"SELECT t.judge('$x', 'approve');"
has 1 third held
mustnt other-1 DISPUTE_DECIDED "what is dismissed is not disputed again" <<<"SELECT t.dispute(24);"
x=DSP-2027-000003
may operator-1 "a third one" <<<"SELECT t.asked(26, 1, 'change_of_operator', 'refuse', '{MIGRATION_LOCKED}'); SELECT t.dispute(26);"
may operator-1 "thinks better of it" <<<"SELECT t.sign('/v1/disputes/$x/withdraw'); SELECT dispute_withdraw('$x');"
has 1 third held
mustnt decider-1 DISPUTE_STATE "then there is nothing to decide" <<<"SELECT t.decide_dispute('$x', 'dismissed');"

# Opened and withdrawn again and again, it would stop whoever has the device, and tell everybody each time.
again="SELECT t.dispute(26);" x=DSP-2027-000004
may operator-1 "it thinks again" <<<"$again"
may operator-1 "and once more" <<<"SELECT t.sign('/v1/disputes/$x/withdraw'); SELECT dispute_withdraw('$x');"
mustnt operator-1 RATE_LIMITED "a third time in seven days nobody is told" <<<"$again"
mustnt operator-1 "disputes that one operator opens of one device (policy/custody.md), and at most 2 in 7 days" "and it is said why" <<<"$again"
heard third dispute.opened $x 1
has 1 third held
own <<<"UPDATE rate SET most = 1 WHERE name = 'operator_disputes'" >/dev/null
may third-1 "one that has opened as many as anybody may in a day" <<<"SELECT t.asked(28, 2, 'change_of_operator', $missing);"
mustnt third-1 RATE_LIMITED "opens none of another device either" <<<"SELECT t.dispute(28);"
own <<<"UPDATE rate SET most = 100 WHERE name = 'operator_disputes'" >/dev/null
at 2027-01-08T01:09:58Z
mustnt operator-1 RATE_LIMITED "a second before the seven days are over neither" <<<"$again"
at 2027-01-08T01:09:59Z
x=DSP-2027-000005
may operator-1 "then it may" <<<"$again"
may operator-1 "and withdraw that" <<<"SELECT t.sign('/v1/disputes/$x/withdraw'); SELECT dispute_withdraw('$x');"
x=DSP-2027-000006
at 2027-01-31T01:09:59Z
mustnt operator-1 DISPUTE_CAUSE "after 30 days a refusal is no cause" <<<"SELECT t.dispute(26);"
at 2027-01-31T01:09:58Z
may operator-1 "a second before, it is" <<<"SELECT t.dispute(26);"
may decider-2 "the body lets nobody have it" <<<"SELECT t.decide_dispute('$x', 'released');"
may decider-1 "by two" <<<"SELECT t.judge('$x', 'approve');"
has 1 third released

# ---- an operator that is no more
may third-1 "a device in dispute" <<<"SELECT t.asked(30, 3, 'initial_download', $missing); SELECT t.dispute(30);"
mustnt officer-1 CUSTODIAN_ACTIVE "an operator that goes on gives up by itself" <<<"SELECT t.gone('operator');"
own <<<"UPDATE organisation SET state = 'suspended' WHERE handle = 'operator'" >/dev/null
may officer-1 "of one that is suspended for a while it is proposed" <<<"SELECT t.gone('operator');"
at 2027-01-31T01:10:00Z
own <<<"UPDATE organisation SET state = 'active' WHERE handle = 'operator'; UPDATE organisation SET state = 'suspended' WHERE handle = 'operator'" >/dev/null
mustnt decider-1 PROPOSAL_STALE "suspended again, for something else, it gives nothing up by that" <<<"SELECT t.judge('operator', 'approve');"
may decider-1 "it is rejected" <<<"SELECT t.judge('operator', 'reject');"
own <<<"UPDATE organisation SET state = 'active' WHERE handle = 'operator'" >/dev/null
own <<<"UPDATE organisation SET state = 'suspended' WHERE handle = 'operator'" >/dev/null
facts "one that does not gives no consent" operator-1 n-1 TRE-2 "x.standing = 'locked'"
mustnt decider-1 ROLE_REQUIRED "an officer proposes" <<<"SELECT t.gone('operator');"
may officer-1 "that its devices are given up" <<<"SELECT t.so(j #> '{reach,devices}' = '2', j::text) FROM t.gone('operator') j;"
mustnt officer-1 ROLE_REQUIRED "and does not approve it" <<<"SELECT t.judge('operator', 'approve');"
has 2 operator held
may decider-1 "a decider does" <<<"SELECT t.judge('operator', 'approve');"
has 2 operator released
has 3 operator released
so "the dispute is over with it" "(SELECT state = 'released' AND verdict_reason = 'insolvent' FROM dispute WHERE number = 'DSP-2027-000007')"
may third-1 "anybody may have them now" <<<"SELECT t.so(t.holder(2) = 'nobody' AND t.holder(3) = 'nobody');"

# ---- into another terminal
may other-1 "a TrE that somebody has" <<<"SELECT t.asked(35, 4, 'initial_download'); SELECT t.confirm(35, 'X-35');"
own <<<"UPDATE binding SET until = assay_now() WHERE until IS NULL AND (tre_id = t.device('tre/TRE-4') OR terminal_id = t.device('terminal/TERM-3'));
	INSERT INTO binding (tre_id, terminal_id) VALUES (t.device('tre/TRE-4'), t.device('terminal/TERM-3'))" >/dev/null
may third-1 "takes that along into another terminal" <<<"SELECT t.so(t.holder(4) = 'another' AND custody ->> 'holder' = 'another') FROM decision_sides(ARRAY[t.sha('TERM-3')]);"
may third-1 "and leaves none behind" <<<"SELECT t.so(custody ->> 'holder' = 'nobody') FROM decision_sides(ARRAY[t.sha('TERM-4')]);"
may other-1 "given up" <<<"SELECT t.release(4);"

# ---- what was permitted, or refused, of a terminal alone is about the TrE that was in it then
may other-1 "a permit of a terminal alone" <<<"SELECT t.asked(60, 2, 'initial_download', 'permit', '{}', true);"
may third-1 "and a refusal" <<<"SELECT t.asked(61, 2, 'initial_download', $missing, true);"
at 2027-01-31T01:10:58Z
own <<<"UPDATE binding SET until = assay_now() WHERE until IS NULL AND terminal_id = t.device('terminal/TERM-2');
	INSERT INTO binding (tre_id, terminal_id) VALUES (t.device('tre/TRE-6'), t.device('terminal/TERM-2'))" >/dev/null
may other-1 "repaired, it has another TrE: custody is of the one that was asked about" <<<"SELECT t.so(t.confirm(60, 'X-60') ->> 'device' = 'tre/TRE-2');"
has 2 other held
may other-1 "who has the new one" <<<"SELECT t.asked(62, 6, 'initial_download'); SELECT t.confirm(62, 'X-62');"
may third-1 "loses nothing to a refusal of before" <<<"SELECT t.so(t.dispute(61) ->> 'device' = 'tre/TRE-2');"
has 6 other held
has 2 other disputed
may third-1 "what is asked since is about the new one" <<<"SELECT t.asked(63, 2, 'initial_download', $missing, true); SELECT t.so(t.dispute(63) ->> 'device' = 'tre/TRE-6');"

# ---- at the same time: two that confirm, two that show one consent
may other-1 "a permit" <<<"SELECT t.asked(40, 4, 'initial_download');"
may third-1 "and another" <<<"SELECT t.asked(41, 4, 'initial_download');"
race() { # WHO SQL: holds what it has for a second
	{ echo "BEGIN; CALL t.as('$1'); $2; SELECT pg_sleep(1); COMMIT;"; } | sql assay_api >"$pg/race.$1" && echo done >>"$pg/race.$1"
}
race other-1 "SELECT t.confirm(40, 'X-40')" & race third-1 "SELECT t.confirm(41, 'T-41')" & wait %1 %2 2>/dev/null
if [ "$(cat "$pg"/race.* | grep -c '^done')" = 1 ] && cat "$pg"/race.* | grep -q CUSTODY_TAKEN; then
	echo "ok - of two that confirm at the same time one has it"
else
	echo "not ok - of two that confirm at the same time one has it"; sed 's/^/# /' "$pg"/race.*; bad=1
fi
so "and one only" "(SELECT count(*) = 1 FROM custody WHERE device_id = t.device('tre/TRE-4') AND state = 'held')"
race other-1 "SELECT t.consented(50, 5, 'operator', 'r-1')" & race third-1 "SELECT t.consented(51, 5, 'operator', 'r-1')" & wait %1 %2 2>/dev/null
if [ "$(cat "$pg"/race.* | grep -c '^done')" = 1 ] && cat "$pg"/race.* | grep -q CONSENT_IN_USE; then
	echo "ok - of two with one consent at the same time one has a permit"
else
	echo "not ok - of two with one consent at the same time one has a permit"; sed 's/^/# /' "$pg"/race.*; bad=1
fi
so "and one only" "(SELECT count(*) = 1 FROM decision WHERE id IN (t.d(50), t.d(51)))"

exit $bad
