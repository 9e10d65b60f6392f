#!/usr/bin/env bash
# The offline kit in the record: when a number is due, what it tells of which
# index, when accreditations held, and what it refuses; on a clock that the test
# sets.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

owner() { sql assay_test <<<"SET ROLE assay_owner; $1" >"$pg/out" || { sed 's/^/# /' "$pg/out"; echo "not ok - $1"; bad=1; }; }
# kit ANEW: the authority makes the next number, with its number for octets
kit() {
	sql assay_authority <<-SQL >"$pg/out" || { cat "$pg/out"; return 1; }
		BEGIN ISOLATION LEVEL REPEATABLE READ;
		SELECT assay.kit_store(number, $1, now, next_update, now - interval '1 hour', event, lots,
		    convert_to('kit ' || number, 'UTF8')) FROM assay.kit_begin();
		COMMIT;
	SQL
}
full() { sql assay_authority <<<"SELECT assay.kit_full_store($1, 'full');" >"$pg/out"; }
# is_due "sentence" DUE FULL
is_due() { so "$1" "(SELECT due = $2 AND needs_full = $3 FROM kit_due())"; }
# states "sentence" WANT: "first count class late" a run, of issuer 3
states() { so "$1" "(SELECT coalesce(string_agg(format('%s %s %s %s', first, count, class, late), ', '
	ORDER BY first, class), '') = '$2' FROM kit_states(3, ${3:-0}, ${4:-99}, '2027-01-01T00:00:00Z'))"; }
changes() { so "$1" "(SELECT coalesce(string_agg(format('%s %s %s', first, count, class), ', ' ORDER BY first), '') = '$3'
	FROM (SELECT DISTINCT first, count, class FROM kit_changes($2, 100)) x)"; }
last() { sql assay_test <<<"SELECT last FROM status_head"; }

# ---- when
at 2027-05-01T12:00:00Z
is_due "one is due at the beginning, with a snapshot" true true
kit true
is_due "and at once again while it has none" true true
full 1
is_due "then no more" false false
at 2027-05-01T12:59:59Z
is_due "nor the second before an hour is over" false false
at 2027-05-01T13:00:00Z
is_due "then one is" true false
kit false
at 2027-05-02T11:59:59Z
so "a snapshot is not, the second before a day is over" "(SELECT NOT needs_full FROM kit_due())"
at 2027-05-02T12:00:00Z
so "then it is" "(SELECT needs_full FROM kit_due())"
kit false
full 3
at 2027-05-02T12:00:01Z
is_due "with it nothing is" false false
at 2027-05-02T11:59:59Z
so "one that a clock ahead has issued is replaced at once" "(SELECT due FROM kit_due())"
at 2027-05-02T12:30:00Z
so "it is good for seven days" "(SELECT next_update = issued + interval '7 days' FROM kit WHERE number = 3)"

# ---- numbers
refused assay_authority KIT_CHAIN "none is left out" <<<"SELECT assay.kit_store(5, false, now(), now() + interval '1 day', now(), 0, '{}', 'five');"
refused assay_authority KIT_CHAIN "none comes twice" <<<"SELECT assay.kit_store(3, false, now(), now() + interval '1 day', now(), 0, '{}', 'three');"
refused assay_authority KIT_SNAPSHOT "none is of two moments" <<<"SELECT * FROM assay.kit_begin();"
refused assay_authority KIT_UNKNOWN "a snapshot is of a number that there is" <<<"SELECT assay.kit_full_store(9, 'x');"
refused assay_authority KIT_CHAIN "and once" <<<"SELECT assay.kit_full_store(1, 'x');"
refused assay_authority KIT_CHAIN "what is out stays" <<<"INSERT INTO assay.publication (path, content) VALUES ('public/kit/1.delta', 'x');"
refused assay_authority "permission denied" "nobody writes a number by hand" <<<"INSERT INTO assay.kit_full (number, sha256, publication_id) VALUES (2, sha256('x'), 1);"
refused assay_api "permission denied" "the api makes none" <<<"SELECT assay.kit_full_store(2, 'x');"
refused assay_follower "permission denied" "nor does the follower" <<<"SELECT assay.kit_full_store(2, 'x');"
refused assay_test KIT_CHAIN "one without octets is of a restore alone" <<<"INSERT INTO assay.kit (number, sha256, anew, issued, next_update,
	covered, event_id, lots) VALUES (9, pg_catalog.sha256('nine'), true, now(), now() + interval '1 day', now(), 9, '{}');"
so "each names the one before" "(SELECT bool_and(k.previous = b.sha256) FROM kit k JOIN kit b ON b.number = k.number - 1)"

# ---- which indexes: lot 1 has 0 to 9, lot 2 10 to 19, 20 to 24 are void, 30
# to 34 reserved
owner "INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der, key_id, next_index)
	SELECT 3, 'tre', id, 'c', 'c', 'c', decode(repeat('03', 20), 'hex'), 35 FROM organisation WHERE handle = 'acme';
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id, next_index)
	VALUES (2, 'access', 'a', 'a', 'a', decode(repeat('02', 20), 'hex'), 9);
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws, submitted_by, expires)
	SELECT 'DCL-X-' || m.handle, m.id, r.id, '{}', 'y', p.id, '2027-12-01' FROM model m, ruleset r, principal p
	WHERE r.name = 'tre-robustness' AND p.handle = 'acme-1' AND m.handle = 'tre';
UPDATE declaration SET state = 'in_force';
INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id, site_scope_id)
	SELECT 'TRE-2027-000077', m.id, 2, 1000, d.ruleset_id, d.id, x.id FROM model m JOIN declaration d ON d.model_id = m.id,
	site_scope x JOIN site s ON s.id = x.site_id WHERE m.handle = 'tre' AND s.handle = 'fab';"
owner "UPDATE coc SET state = 'certified', effective = assay_now(), valid_from = assay_now(), expires = '2027-09-01';"
owner "ALTER TABLE lot DISABLE TRIGGER USER;
INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id, reference, count, header_jws, rows_sha256, submitted_by)
	SELECT 'LOT-' || n, m.organisation_id, m.id, s.id, c.id, '', 10, 'x', decode(repeat('0' || n, 32), 'hex'), p.id
	FROM generate_series(1, 2) n, model m, site s, coc c, principal p
	WHERE m.handle = 'tre' AND s.handle = 'fab' AND p.handle = 'officer-1';
ALTER TABLE lot ENABLE TRIGGER USER;
INSERT INTO index_range (issuer_id, first, count, lot_id) SELECT 3, 10 * (id - l.least), 10, id FROM lot,
	(SELECT min(id) AS least FROM lot) l;
INSERT INTO index_range (issuer_id, first, count) VALUES (3, 20, 5), (3, 30, 5);
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, lot_id, not_before)
	SELECT 3, i, 'tre', decode(lpad(to_hex(i + 1), 34, '01'), 'hex'), 'der', sha256(('d' || i)::bytea), sha256(('k' || i)::bytea),
	r.lot_id, assay_now() FROM generate_series(0, 19) i JOIN index_range r ON i >= r.first AND i < r.first + r.count;
UPDATE index_range SET state = 'issued' WHERE first < 20;
UPDATE index_range SET state = 'void' WHERE first = 20;
SELECT status_issued(3, r.first, r.count, r.lot_id) FROM index_range r WHERE r.state = 'issued' ORDER BY 1;"
states "what is void, and what is reserved, is of no certificate" "20 5 3 t, 30 5 3 t"
since=$(last)
changes "issuing changes nothing" 0 ""
# one is revoked, one is held
owner "UPDATE certificate SET state = 'revoked', reason = 1, changed = assay_now() WHERE issuer_id = 3 AND index = 4;
UPDATE certificate SET state = 'on_hold', reason = 6, changed = assay_now() WHERE issuer_id = 3 AND index = 15;
SELECT status_append(jsonb_populate_record(NULL::status_event, '{\"kind\": \"revoked\", \"issuer_id\": 3, \"first\": 4, \"count\": 1, \"reason\": 1}'));
SELECT status_append(jsonb_populate_record(NULL::status_event, '{\"kind\": \"held\", \"issuer_id\": 3, \"first\": 15, \"count\": 1}'));
SELECT status_append(jsonb_populate_record(NULL::status_event, '{\"kind\": \"revoked\", \"issuer_id\": 2, \"first\": 4, \"count\": 1, \"reason\": 1}'));"
states "they are what they are" "4 1 1 t, 15 1 2 t, 20 5 3 t, 30 5 3 t"
states "within a part of the indexes" "15 1 2 t, 20 2 3 t" 10 21
changes "they have changed since; an access certificate is none of a device" "$since" "4 1 1, 15 1 2"
so "and no more than are asked for, but for one" "(SELECT count(*) = 2 FROM kit_changes($since, 1))"
so "with its own number" "(SELECT bool_and(x.serial = c.serial) FROM kit_changes($since, 9) x JOIN certificate c ON c.index = x.first
	AND c.issuer_id = x.issuer_id)"
so "before which they were not late" "(SELECT bool_and(NOT late) FROM kit_states(3, 0, 19, '2027-05-02T12:30:01Z'))"
so "and at that second they are" "(SELECT bool_and(late) FROM kit_states(3, 0, 19, '2027-05-02T12:30:00Z'))"
since=$(last)
owner "INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number, legal_basis, effect, state, proposed_by)
	SELECT 'MEA-' || v.n, v.kind, 'lot', l.id, l.number, 'x', v.effect, 'in_force', p.id
	FROM (VALUES (1, 'hold', 'hold', 'LOT-1'), (2, 'download_freeze', 'refuse', 'LOT-2')) AS v (n, kind, effect, lot),
	lot l, principal p WHERE l.number = v.lot AND p.handle = 'security-1';
SELECT status_cohort(true, 'lot', m.scope_id, m.id) FROM measure m WHERE m.number = 'MEA-1'
	AND NOT EXISTS (SELECT FROM cohort_hold);"
states "a lot on hold, and one to ask about" "0 10 2 t, 4 1 1 t, 10 10 4 t, 15 1 2 t, 20 5 3 t, 30 5 3 t"
changes "all of a lot has changed, but what was worse" "$since" "$(for i in {0..9}; do echo "$i 1 $((i == 4 ? 1 : 2))"; done | paste -sd, | sed 's/,/, /g')"
so "which lots are to be asked about" "(SELECT kit_lots() = ARRAY[id] FROM lot WHERE number = 'LOT-2')"
since=$(last)
owner "INSERT INTO index_range (issuer_id, first, count, lot_id) SELECT 3, 40, 2, id FROM lot WHERE number = 'LOT-2';
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, lot_id, not_before)
	SELECT 3, i, 'tre', decode(lpad(to_hex(i + 1), 34, '01'), 'hex'), 'der', sha256(('d' || i)::bytea), sha256(('k' || i)::bytea),
	r.lot_id, assay_now() FROM generate_series(40, 41) i, index_range r WHERE r.first = 40;
UPDATE index_range SET state = 'issued' WHERE first = 40; SELECT status_issued(3, 40, 2, lot_id) FROM index_range WHERE first = 40;"
changes "what is issued into such a lot must be listed" "$since" "40 1 4, 41 1 4"
owner "SELECT status_void(3, 20, 5)"
so "what is void is listed as a run" "(SELECT array_agg(format('%s %s', first, count)) = '{20 5}' FROM kit_changes(0, 1000) WHERE class = 3)"

# ---- since when
since() { sql assay_authority <<<"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT coalesce(since_event, 0) FROM assay.kit_begin(); COMMIT;"; }
equal() { if [ "$1" = "$2" ]; then echo "ok - $3"; else echo "not ok - $3"; echo "# $1, not $2"; bad=1; fi; }
kit true
equal "$(since)" 0 "what happened in a number's last ten seconds is looked at once more"
at 2027-05-02T12:30:10Z
kit true
equal "$(since)" 0 "to the very second"
at 2027-05-02T12:30:11Z
kit true
equal "$(since)" "$(last)" "and no longer"

# ---- accreditations, as was known at the time
window() { sql assay_test <<<"SELECT windows FROM kit_models() WHERE handle = 'tre'"; }
seconds() { date -u -d "$1" +%s; }
equal "$(window)" "$(seconds 2027-05-02T12:30:00Z) $(seconds 2027-09-01)" "a CoC holds from its second to its end"
at 2027-06-01T00:00:00Z
owner "UPDATE coc SET state = 'suspended', effective = assay_now();"
equal "$(window)" "$(seconds 2027-05-02T12:30:00Z) $(seconds 2027-06-01)" "or to its suspension"
at 2027-07-01T00:00:00Z
owner "UPDATE coc SET state = 'certified', effective = assay_now();"
equal "$(window)" "$(seconds 2027-05-02T12:30:00Z) $(seconds 2027-06-01) $(seconds 2027-07-01) $(seconds 2027-09-01)" "and again"
for at in 2027-05-02T12:29:59Z 2027-05-02T12:30:00Z 2027-05-31T23:59:59Z 2027-06-01T00:00:00Z 2027-07-01T00:00:00Z 2027-08-31T23:59:59Z \
	2027-09-01T00:00:00Z; do
	inside=$(read -ra w <<<"$(window)"; for ((i = 0; i < ${#w[@]}; i += 2)); do
		[ "$(seconds "$at")" -ge "${w[i]}" ] && [ "$(seconds "$at")" -lt "${w[i + 1]}" ] && echo t; done)
	equal "${inside:-f}" "$(sql assay_test <<<"SELECT (coc_facts(id, '$at')).at_issue IS NOT NULL FROM model WHERE handle = 'tre'")" \
		"as a decision sees it at $at"
done
so "a site, as its CoC names it" "(SELECT windows ~ '^[0-9]+ $(seconds 2028-12-31)\$' FROM kit_sites() WHERE coc = 'TRE-2027-000077')"
so "measures but those on lots" "(SELECT count(*) = 0 FROM kit_measures())"
so "only devices' CAs" "(SELECT array_agg(id) = '{3}' FROM kit_issuers())"
exit "$bad"
