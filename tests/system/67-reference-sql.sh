#!/usr/bin/env bash
# References and attestation keys, as their functions and the clock have them:
# who says what, who accepts it, what counts for which device, and for how long.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh

sql assay_test <<'SQL' >/dev/null || exit 1
SET ROLE assay_owner;
CREATE FUNCTION t.submit(k text, f text, m text[], c bytea DEFAULT NULL, h text DEFAULT 'tre-1')
	RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/references', jsonb_strip_nulls(jsonb_build_object('model', h, 'kind', k,
	    'firmware', f, 'measured', to_jsonb(m), 'certificate',
	    translate(encode(c, 'base64'), E'\n', '')))::text);
	SELECT assay.reference_submit(h, k, f, m, c) $$;
CREATE FUNCTION t.content(n text) RETURNS bytea LANGUAGE sql SECURITY DEFINER AS $$
	SELECT sha256 FROM assay.reference WHERE number = n $$;
CREATE FUNCTION t.offer(n text, s bytea DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT t.sign('/v1/references/' || n || '/propose', jsonb_build_object('sha256',
	    encode(coalesce(s, t.content(n)), 'hex'))::text);
	SELECT assay.reference_propose(n, coalesce(s, t.content(n))) $$;
CREATE FUNCTION t.revoke(what text, n text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	made jsonb;
BEGIN
	PERFORM t.sign('/v1/' || what || '/' || n || '/revoke', '{"reason":"a hole"}');
	EXECUTE format('SELECT assay.%I($1, $2)', CASE what WHEN 'references'
	    THEN 'reference_revoke' ELSE 'attestation_key_revoke' END) INTO made USING n, 'a hole';
	RETURN made;
END $$;
CREATE FUNCTION t.enrol(root text, k text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT assay.attestation_key_challenge(root, 'ek', '[]', 'public', 'name',
	    t.sha(k), t.sha('the secret')) $$;
-- what the evidence of TrE n comes to, for the acting operator
CREATE FUNCTION t.comes_to(n int, k text, m text, f text, want text) RETURNS void
	LANGUAGE sql AS $$
	SELECT t.so(concat_ws(' ', e.measurement, e.firmware, CASE WHEN e.update_available THEN 'newer' END,
	    CASE WHEN e.enrolled THEN 'enrolled' END) = want, concat_ws(' ', e.measurement, e.firmware,
	    e.update_available, e.enrolled)) FROM assay.evidence_judge_shown(t.sha('TRE-' || n), k, m, f) e $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api;
SQL
stands() { so "$1 is ${2/_/ }" "(SELECT state = '$2' FROM ${3:-reference} WHERE number = '$1')"; }
comes_to() { may operator-1 "$1 ($5)" <<<"SELECT t.comes_to(1, '$2', '$3', $4, '$5');"; }
r() { echo "REF-2027-00000$1"; }
accept() { # who approves
	may decider-1 "a decider proposes to accept $1" <<<"SELECT t.offer('$1');"
	may decider-2 "another one approves" <<<"SELECT t.judge('$1', 'approve');"
}

may operator-1 "an operator has a permit for one of the model" <<<"SELECT t.decision(1, 1, 'permit');"
# ---- said by the supplier, accepted by two

a="sha-256;$(printf a | openssl dgst -sha256 -binary | base64)"
b="sha-256;$(printf b | openssl dgst -sha256 -binary | base64)"
comes_to "a model without values" transcript "$a" NULL not_asked
comes_to "and without those that its kind needs" dice "$a" NULL unknown
mustnt bolt-1 MODEL_ABSENT "a competitor says nothing of it" <<<"SELECT t.submit('dice', '1.0', '{$a}');"
mustnt officer-1 ROLE_REQUIRED "nor does an officer" <<<"SELECT t.submit('dice', '1.0', '{$a}');"
mustnt acme-1 MODEL_ABSENT "a hardware platform measures nothing" <<<"SELECT t.submit('dice', '1.0', '{$a}', NULL, 'soc-1');"
mustnt acme-1 STATEMENT_REQUIRED "it is signed" <<<"SELECT reference_submit('tre-1', 'dice', '1.0', '{$a}', NULL);"
mustnt acme-1 STATEMENT_DIFFERS "as it is said" <<<"SELECT t.sign('/v1/references', '{\"model\":\"tre-1\",\"kind\":\"dice\",\"firmware\":\"1.1\"}');
	SELECT reference_submit('tre-1', 'dice', '1.0', '{$a}', NULL);"
mustnt acme-1 REFERENCE_KIND "firmware without values" <<<"SELECT t.submit('dice', '1.0', NULL);"
mustnt acme-1 REFERENCE_KIND "a root with values" <<<"SELECT t.submit('ek_root', NULL, '{$a}', 'root');"
mustnt acme-1 MEASURED_FORM "a value without its hash's name" <<<"SELECT t.submit('dice', '1.0', '{AAAA}');"
mustnt acme-1 MEASURED_FORM "PCRs without their bank" <<<"SELECT t.submit('tpm_quote', '1.0', '{\"$a\"}');"
mustnt acme-1 FIRMWARE_FORM "a firmware that is no version" <<<"SELECT t.submit('dice', 'beta', '{$a}');"
may acme-1 "its supplier says what 1.0 measures, one of two" <<<"SELECT t.submit('dice', '1.0', '{$a,$b}');"
heard body reference.submitted "$(r 1)" 1
comes_to "which counts for nothing yet" dice "$a" NULL unknown
mustnt decider-1 TERMS_CHANGED "a decider accepts what was said, and nothing else" <<<"SELECT t.offer('$(r 1)', t.sha('other'));"
mustnt security-1 ROLE_REQUIRED "only a decider" <<<"SELECT t.offer('$(r 1)');"
mustnt acme-1 REFERENCE_STATE "what is not in force is not revoked" <<<"SELECT t.revoke('references', '$(r 1)');"
accept "$(r 1)"
stands "$(r 1)" in_force
heard acme reference.in_force "$(r 1)" 1
comes_to "one of its values" dice "$a" NULL "good 1.0"
comes_to "the other" dice "$b" "'1.0.0'" "good 1.0"
comes_to "and no third" dice "$a $b" NULL unknown
comes_to "nor as another kind" transcript "$a" NULL not_asked
comes_to "nor for another firmware" dice "$a" "'1.1'" unknown
may acme-1 "the same value for 2.0" <<<"SELECT t.submit('dice', '2.0', '{$a}');"
accept "$(r 2)"
comes_to "the older one counts where nothing is claimed, and newer is known" dice "$a" NULL "good 1.0 newer"
comes_to "the claimed one where it is" dice "$a" "'2'" "good 2.0"
may acme-1 "a later one of 1.0" <<<"SELECT t.submit('dice', '1', '{$b}');"
may decider-1 "is proposed" <<<"SELECT t.offer('$(r 3)');"
may decider-2 "and rejected" <<<"SELECT t.judge('$(r 3)', 'reject');"
stands "$(r 3)" rejected
stands "$(r 1)" in_force
may acme-1 "another later one of 1.0" <<<"SELECT t.submit('dice', '1', '{$b}');"
accept "$(r 4)"
stands "$(r 1)" superseded
heard operator reference.superseded "$(r 1)" 1
heard operator reference.in_force "$(r 1)" 0
comes_to "takes its place" dice "$b" "'1.0'" "good 1 newer"
comes_to "and the earlier value is that of 2.0 alone" dice "$a" NULL "good 2.0"
mustnt bolt-1 NOT_FOUND "a competitor revokes nothing" <<<"SELECT t.revoke('references', '$(r 2)');"
mustnt decider-1 ROLE_REQUIRED "nor does a decider" <<<"SELECT t.revoke('references', '$(r 2)');"
may security-1 "a security officer revokes it alone" <<<"SELECT t.revoke('references', '$(r 2)');"
comes_to "its value is bad, whatever is claimed" dice "$a" "'1.0'" "bad 2.0"
may acme-1 "its supplier revokes the superseded one" <<<"SELECT t.revoke('references', '$(r 1)');"
comes_to "a value that is revoked for one firmware is bad for all" dice "$b" NULL "bad 1.0"
refused assay_api 42501 "the api writes nothing by itself" <<<"UPDATE reference SET state = 'in_force'"
refused assay_test AY002 "and nobody changes what was said" <<<"SET ROLE assay_owner; UPDATE assay.reference SET firmware = '9' WHERE number = '$(r 4)'"
refused assay_test AY002 "nor deletes it" <<<"SET ROLE assay_owner; DELETE FROM assay.reference"

# ---- keys of TPMs

at 2027-03-01T00:00:00Z
may acme-1 "a root of its TPMs' maker" <<<"SELECT t.submit('ek_root', NULL, NULL, 'root');"
mustnt acme-1 REFERENCE_STATE "lets nobody in yet" <<<"SELECT t.enrol('$(r 5)', 'key TRE-1');"
accept "$(r 5)"
mustnt acme-1 REFERENCE_KIND "values are no root" <<<"SELECT t.enrol('$(r 4)', 'key TRE-1');"
mustnt bolt-1 NOT_FOUND "a competitor's is none" <<<"SELECT t.enrol('$(r 5)', 'key TRE-1');"
may acme-1 "a key is shown" <<<"SELECT t.enrol('$(r 5)', 'key TRE-1');"
comes_to "and does not count before its TPM has answered" dice x NULL unknown
mustnt acme-1 CREDENTIAL_WRONG "a guess is none" <<<"SELECT attestation_key_activate('ATK-2027-000001', 'a guess');"
mustnt bolt-1 NOT_FOUND "nor is it a competitor's to answer" <<<"SELECT attestation_key_activate('ATK-2027-000001', 'the secret');"
may acme-1 "what the TPM has opened" <<<"SELECT attestation_key_activate('ATK-2027-000001', 'the secret');"
comes_to "and it counts" dice x NULL "unknown enrolled"
mustnt acme-1 ATTESTATION_KEY_STATE "once" <<<"SELECT attestation_key_activate('ATK-2027-000001', 'the secret');"
# what a TPM's counters say, beside those of its last quote: "clock resets restarts safe"
goes_on() { # "sentence" WANT FROM TO
	so "$1 ($2)" "(SELECT quote_order(ROW($(tr ' ' , <<<"$3")), ROW($(tr ' ' , <<<"$4"))) = '$2')"
}
goes_on "later" good "1000 5 0 true" "1001 5 0 true"
goes_on "in the same millisecond" good "1000 5 0 true" "1000 5 0 true"
goes_on "after a restart" good "1000 5 0 true" "1001 5 1 true"
goes_on "after a reset, which begins restarts anew" good "1000 5 7 true" "1001 6 0 true"
goes_on "a clock that went back" back "200000 5 0 true" "79999 5 0 true"
goes_on "two on their way may overtake" overtaken "200000 5 0 true" "80000 5 0 true"
goes_on "also over a restart" overtaken "200000 5 1 true" "199999 5 0 true"
goes_on "and a reset" overtaken "200000 5 0 true" "199999 4 3 true"
goes_on "no more than one" back "200000 5 0 true" "199999 3 0 true"
goes_on "restarts that went back" back "200000 5 2 true" "200001 5 1 true"
goes_on "resets that went back" back "200000 5 0 true" "200001 4 0 true"
goes_on "a copy that was started more often" back "200000 5 0 true" "199999 9 0 true"
goes_on "after a power failure the clock may be behind" good "5000000 5 0 true" "805696 6 0 false"
goes_on "by no more than between two saves" back "5000000 5 0 true" "805695 6 0 false"
goes_on "and not while it runs" back "5000000 5 0 true" "4500000 5 0 false"
goes_on "counters come round" good "1000 4294967295 0 true" "1001 0 0 true"
goes_on "and round backwards" back "1000 0 0 true" "1001 4294967294 0 true"
goes_on "restarts, too" good "1000 0 4294967295 true" "1001 0 0 true"
goes_on "the greatest clock" good "1000 0 0 true" "18446744073709551615 0 0 true"
quote() { # "sentence" WANT "clock resets restarts safe"
	may operator-1 "$1 (${2:-nothing})" <<<"SELECT t.so(coalesce(ord, '') = '$2', ord) FROM evidence_judge_shown(t.sha('TRE-${4:-1}'),
	    'tpm_quote', 'x', NULL, '($(tr ' ' , <<<"$3"))');"
}
quote "the first quote of a key" good "1000000 5 0 true"
quote "an earlier one" back "500000 5 0 true"
quote "counts for nothing: the next" good "1000001 5 0 true"
quote "one that was overtaken" overtaken "1000000 5 0 true"
quote "nor does that" good "1000001 5 0 true"
quote "of a key that is not enrolled nothing is kept" "" "1 1 1 true" 2
refused assay_api 42501 "nobody reads them" <<<"SELECT FROM quote_clock"
refused assay_test AY002 "nor are they forgotten" <<<"SET ROLE assay_owner; DELETE FROM assay.quote_clock"
may acme-1 "shown again" <<<"SELECT t.enrol('$(r 5)', 'key TRE-1');"
mustnt acme-1 ALREADY_EXISTS "it is enrolled already" <<<"SELECT attestation_key_activate('ATK-2027-000002', 'the secret');"
may acme-1 "and another key" <<<"SELECT t.enrol('$(r 5)', 'key TRE-2');"
at 2027-03-01T23:59:59Z
ticks 0 "a second before its day is over nothing lapses"
stands ATK-2027-000003 challenged attestation_key
at 2027-03-02T00:00:00Z
mustnt acme-1 ATTESTATION_KEY_STATE "at that second it is too late, whether or not the clock was there" \
	<<<"SELECT attestation_key_activate('ATK-2027-000003', 'the secret');"
ticks 2 "and the clock says so"
stands ATK-2027-000003 lapsed attestation_key
stands ATK-2027-000001 active attestation_key
mustnt decider-1 ROLE_REQUIRED "a decider takes none away" <<<"SELECT t.revoke('attestation-keys', 'ATK-2027-000001');"
may security-1 "the root is revoked" <<<"SELECT t.revoke('references', '$(r 5)');"
comes_to "and with it every key below it" dice x NULL unknown
may acme-1 "a key is revoked by its supplier" <<<"SELECT t.revoke('attestation-keys', 'ATK-2027-000001');"
heard acme attestation_key.revoked ATK-2027-000001 1
mustnt acme-1 ATTESTATION_KEY_STATE "for good" <<<"SELECT t.revoke('attestation-keys', 'ATK-2027-000001');"
mustnt bolt-1 ROLE_REQUIRED "what evidence comes to is for operators to ask" <<<"SELECT evidence_judge_shown(t.sha('TRE-1'), 'dice', 'x', NULL);"
refused assay_api 42501 "secrets are not for the api to read" <<<"SELECT secret_sha256 FROM attestation_key"

# ---- a hole that is found is not shut by forgetting what was compared

comes_to "a model without values for claims, still" transcript "$a" NULL not_asked
may acme-1 "its supplier says what 1.0 measures" <<<"SELECT t.submit('transcript', '1.0', '{$a}');"
accept "$(r 6)"
heard operator reference.in_force "$(r 6)" 1
comes_to "then it is claimed" transcript "$a" NULL "good 1.0"
comes_to "and what claims nothing is unknown" transcript "" NULL unknown
may acme-1 "the only values are revoked" <<<"SELECT t.revoke('references', '$(r 6)');"
comes_to "what claims them is bad" transcript "$a" NULL "bad 1.0"
comes_to "what claims nothing is not let in by that" transcript "" NULL unknown
comes_to "nor what claims anything else" transcript "$b" NULL unknown
exit $bad
