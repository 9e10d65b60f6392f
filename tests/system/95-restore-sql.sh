#!/usr/bin/env bash
# A restore, as its functions have it: who hears of what was put back, and that
# no consent is believed that may have been used up in what is lost; and a clock that
# has leapt.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/device.sh

own() { { echo "SET ROLE assay_owner;"; cat; } | sql assay_test; }
own <<'SQL' >/dev/null || exit 1
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
    spki_sha256, not_before)
SELECT 3, 9000 + id, 'access', int8send(9000 + id), handle::bytea, t.sha(handle),
    t.sha('key of ' || handle), assay_now() FROM principal WHERE role = 'operator';
UPDATE principal SET cert_der = handle::bytea WHERE role = 'operator';
CREATE FUNCTION t.claim(s text, r int, kind text, id bigint) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp AS $$
	INSERT INTO restore_claim (restore_id, witness, cohort_kind, cohort_id,
	    state, reason, since)
	SELECT id, 'authority', kind, $4, s, r, '2026-12-01' FROM restore
	 WHERE state = 'lost' $$;
-- as the authority does it when two have signed
CREATE FUNCTION t.resolve() RETURNS void LANGUAGE plpgsql
	SECURITY DEFINER SET search_path = assay, pg_temp AS $$
DECLARE r restore; p bigint;
BEGIN
	SELECT * INTO r FROM restore WHERE state = 'lost';
	INSERT INTO proposal (act, subject_id, subject_number, terms,
	    terms_sha256, proposed_by, statement_id)
	SELECT 'restore_resolve', r.id, r.number,
	    jsonb_build_object('event', s.event, 'claims', s.claims), pg_catalog.sha256(''),
	    (SELECT id FROM principal WHERE handle = 'security-1'),
	    (SELECT max(id) FROM statement x
		WHERE NOT EXISTS (SELECT FROM proposal WHERE statement_id = x.id))
	  FROM restore_seen(r.id) s RETURNING id INTO p;
	UPDATE proposal SET state = 'approved' WHERE id = p;
	PERFORM restore_resolve(p);
END $$;
-- the consent j of operator's for TrE 1
CREATE FUNCTION t.forgotten() RETURNS bigint LANGUAGE sql AS $$
	SELECT (facts ->> 'forgotten')::bigint FROM assay.consent_facts(
	    t.sha('operator-1'), 'j', t.sha('TRE-1')) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_authority;
SQL
says() { # "sentence" EVENT: the authority's head, which this database lacks
	claim assay_authority "$1" <<<"SELECT assay.witness_say('authority', $2, pg_catalog.sha256('lost'), '{}', 0, NULL, 0, NULL, 0)"
}
in_a_lot() { echo "(SELECT lot_id FROM device WHERE kind || '/' || device_id = '$1')"; }

may officer-1 "somebody has signed something" <<<"SELECT t.sign('/v1/x/' || n) FROM generate_series(1, 2) n;"
may operator-1 "an operator has a permit" <<<"SELECT t.decision(1, 1, 'permit');"
may other-1 "another none" <<<"SELECT t.decision(1, 1, 'refuse', '{CONSENT_MISSING}');"
may other-1 "of consents all is known" <<<"SELECT t.so(t.forgotten() IS NULL);"
held="SELECT standing_answer('acme', NULL, NULL);"
may reader "what held is said, to be signed" <<<"$held"

# ---- lost, and put back
at 2027-01-02T00:00:00Z
says "the authority has seen more" 50
so "that is known" "database_is_lost()"
mustnt reader DATABASE_RESTORED "what held is not signed any more" <<<"$held"
may other-1 "consents of before, and of five minutes after, may have been used" \
	<<<"SELECT t.so(to_timestamp(t.forgotten()) = '2027-01-02T00:05:00Z');"
own >/dev/null <<<"SELECT t.claim('revoked', 1, 'lot', $(in_a_lot tre/TRE-1)); SELECT t.claim('on_hold', 6, 'lot', $(in_a_lot terminal/TERM-1))"
at 2027-01-03T00:00:00Z
claim assay_authority "it is resolved" <<<"SELECT t.resolve()"
number=$(sql assay_test <<<"SELECT number FROM assay.restore")
hold=$(sql assay_test <<<"SELECT number FROM assay.measure WHERE cause = '$number'")
for who in operator acme; do heard $who restore.revoked "$number" 1; done
for who in other bolt body; do heard $who restore.revoked "$number" 0; done
so "with what, and since when" "(SELECT DISTINCT detail ->> 'scope_kind' = 'lot' AND detail ->> 'reason' = 'keyCompromise'
	AND detail ->> 'since' = '2026-12-01T00:00:00Z' AND detail ->> 'scope' LIKE 'LOT-%' FROM notice WHERE topic = 'restore.revoked')"
for who in operator bolt; do heard $who measure.in_force "$hold" 1; done
for who in operator other acme bolt; do heard $who restore.resolved "$number" 1; done
for who in lookers body; do heard $who restore.resolved "$number" 0; done
so "and until when something was lost" "(SELECT bool_and(detail ->> 'lost_until' = '2027-01-02T00:00:00Z') FROM notice WHERE topic = 'restore.resolved')"
may other-1 "consents of before stay in doubt" <<<"SELECT t.so(to_timestamp(t.forgotten()) = '2027-01-02T00:05:00Z');"
may reader "what held is said again" <<<"$held"

# ---- the clock has leapt, says the authority
own <<<"INSERT INTO witness (name, identity, event, since, before, seen) SELECT 'authority', database_identity(), 50, t, t, t
	FROM (SELECT clock_timestamp()) x (t)" >/dev/null
claim assay_authority "it has leapt by an hour" <<<"SELECT clock_stepped(3600)"
mustnt reader CLOCK_LEAPT "what held is not signed" <<<"$held"
so "the database stands all the same" "database_stands()"
so "what is told goes on by the time as it was" "clock_steady() = assay_now() - interval '1 hour'"
claim assay_authority "it has gone back" <<<"SELECT clock_stepped(0)"
so "and the time is what it is" "clock_steady() = assay_now()"
may reader "what held is said again" <<<"$held"
refused assay_api 42501 "the api says nothing of the clock" <<<"SELECT clock_stepped(3600)"

# ---- and once more; and what is not believed
at 2027-01-04T00:00:00Z
says "more is lost another time" 100000
claim assay_authority "and resolved" <<<"SELECT t.resolve()"
may other-1 "of consents, up to that one" <<<"SELECT t.so(to_timestamp(t.forgotten()) = '2027-01-04T00:05:00Z');"
at 2027-01-05T00:00:00Z
says "one that is not believed" 200000
own >/dev/null <<<"UPDATE restore SET state = 'dismissed' WHERE state = 'lost'"
may other-1 "has lost nothing" <<<"SELECT t.so(to_timestamp(t.forgotten()) = '2027-01-04T00:05:00Z');"

exit $bad
