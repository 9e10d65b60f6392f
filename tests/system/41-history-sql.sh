#!/usr/bin/env bash
# What held, as of any time, by what was known at any other: of models, CoCs,
# sites, devices and certificates, on a clock that the test sets.  And the
# status feed's part of the database: when one is due, in which order it tells,
# and that its past cannot change.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

# owner SQL: entered by hand, so that each step is where the test wants it
owner() { sql assay_test <<<"SET ROLE assay_owner; $1" >"$pg/out" || { sed 's/^/# /' "$pg/out"; echo "not ok - $1"; bad=1; }; }
# asks WHO "sentence" SUBJECT AS_OF KNOWN_AT CONDITION: of its answer, a
asks() {
	may "$1" "$2" <<<"SELECT t.so($6, a::text) FROM history_answer('$3', nullif('$4', ''), nullif('$5', '')) AS a;"
}
# held "sentence" SUBJECT AS_OF KNOWN_AT PATH VALUE: for the body, of what held
held() { asks reader "$1" "$2" "$3" "$4" "coalesce(a -> 'held' #>> '$5', 'null') = '$6'"; }

# ---- a life by hand, each day at noon
at 2027-01-01T12:00:00Z
owner "INSERT INTO site (handle, organisation_id, name, country, address)
	SELECT 'fab', id, 'Fab', 'DE', 'Street 1' FROM organisation WHERE handle = 'acme';
INSERT INTO site_scope (site_id, scope) SELECT id, 'tre_production' FROM site;
INSERT INTO model (handle, kind, organisation_id, name, version)
	SELECT 'soc', 'hardware_platform', id, 'SoC', '1' FROM organisation WHERE handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version, hardware_platform_id, tre_kind, least_firmware)
	SELECT 'm2', 'tre', organisation_id, 'M2', '1', id, 'embedded', '1' FROM model WHERE handle = 'soc';
UPDATE model SET state = 'registered';
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws, submitted_by, expires)
	SELECT 'DCL-2027-000001', m.id, r.id, '{}', 'x', p.id, '2027-12-01' FROM model m, ruleset r, principal p
	WHERE m.handle = 'm2' AND r.name = 'tre-robustness' AND p.handle = 'acme-1';
UPDATE declaration SET state = 'in_force';
INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id, site_scope_id)
	SELECT 'TRE-2027-000001', m.id, 2, 1000, d.ruleset_id, d.id, x.id
	FROM model m, declaration d, site_scope x WHERE m.handle = 'm2';"
at 2027-02-01T12:00:00Z
owner "UPDATE site_scope SET state = 'provisional', effective = assay_now(), expires = '2027-11-01', was_provisional = true;
UPDATE coc SET state = 'certified', effective = assay_now(), valid_from = assay_now(), expires = '2027-09-01';"
at 2027-03-01T12:00:00Z
owner "BEGIN; INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id, reference, count, header_jws, rows_sha256, submitted_by)
	SELECT 'LOT-2027-000001', m.organisation_id, m.id, s.id, c.id, 'r', 1, 'x', sha256('r'::bytea), p.id
	FROM model m, site s, coc c, principal p WHERE m.handle = 'm2' AND p.handle = 'acme-1';
INSERT INTO lot_row (lot_id, row, device_id, csr) SELECT id, 1, 'TRE-1', 'x' FROM lot; COMMIT;
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der, key_id)
	SELECT 3, 'tre', id, 'cert', 'subject', 'spki', decode(repeat('ab', 20), 'hex') FROM organisation WHERE handle = 'acme';
INSERT INTO device (kind, device_id, model_id, lot_id, organisation_id) SELECT 'tre', 'TRE-1', model_id, id, organisation_id FROM lot;
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, device_id, lot_id, coc_id, not_before)
	SELECT 3, 0, 'tre', decode(repeat('01', 17), 'hex'), 'der', sha256('der'::bytea), sha256('spki'::bytea), d.id, d.lot_id, c.id, assay_now()
	FROM device d, coc c;"
at 2027-04-01T12:00:00Z
owner "INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number, legal_basis, effect, state, proposed_by)
	SELECT 'MEA-2027-000001', 'hold', 'organisation', o.id, 'acme', 'a secret ground', 'hold', 'in_force', p.id
	FROM organisation o, principal p WHERE o.handle = 'acme' AND p.handle = 'security-1';"
at 2027-04-10T12:00:00Z
owner "UPDATE measure SET state = 'lifted', effective = assay_now();"
# the certificate is held, and the hold becomes a revocation that counts from it
at 2027-05-01T12:00:00Z
owner "UPDATE certificate SET state = 'on_hold', reason = 6, changed = assay_now();"
at 2027-05-20T12:00:00Z
owner "UPDATE certificate SET state = 'revoked', reason = 1;"
# a wet audit that ended on 15 May is decided on 1 June
at 2027-06-01T12:00:00Z
owner "UPDATE site_scope SET state = 'full', effective = '2027-05-15T12:00:00Z', expires = '2028-05-15';"
at 2027-06-10T12:00:00Z
owner "UPDATE coc SET state = 'suspended', effective = assay_now();"
at 2027-06-20T12:00:00Z
owner "UPDATE coc SET state = 'certified', effective = assay_now();
UPDATE device SET state = 'quarantined';"
# its end comes nearer, without another state
at 2027-07-01T12:00:00Z
owner "UPDATE coc SET expires = '2027-08-01T12:00:00Z';"
# nobody ticks: the clock writes the end down a week late
at 2027-08-08T12:00:00Z
owner "UPDATE coc SET state = 'expired', effective = expires;"
at 2027-10-01T12:00:00Z

# ---- CoC
coc=TRE-2027-000001
held "before it was proposed there was no CoC" $coc 2026-12-31 '' '{state}' null
held "then it was proposed" $coc 2027-01-15 '' '{state}' proposed
held "then certified" $coc 2027-03-01 '' '{state}' certified
held "a second before, not yet" $coc 2027-02-01T11:59:59Z '' '{state}' proposed
held "at that second, already" $coc 2027-02-01T12:00:00Z '' '{state}' certified
held "suspended for ten days" $coc 2027-06-15 '' '{state}' suspended
held "and certified again" $coc 2027-07-02 '' '{state}' certified
held "its end was once thought to be in September" $coc 2027-07-02 2027-06-30 '{expires}' 2027-09-01T00:00:00Z
held "and came nearer" $coc 2027-07-02 2027-07-02 '{expires}' 2027-08-01T12:00:00Z
held "at its end it is over, as known now" $coc 2027-08-01T12:00:00Z '' '{state}' expired
held "and as anybody could have told then, before the clock wrote it down" $coc 2027-08-01T12:00:00Z 2027-08-01T12:00:00Z '{state}' expired
held "a second before it was not" $coc 2027-08-01T11:59:59Z '' '{state}' certified
held "what was known in June would have had it certified in August" $coc 2027-08-15 2027-06-30 '{state}' certified
held "to its end of those days" $coc 2027-09-01 2027-06-30 '{state}' expired
held "now it is expired" $coc '' '' '{state}' expired

# ---- site: a decision that counts from the audit's end
held "as we know now, the site was full on 20 May" fab/tre_production 2027-05-20 '' '{state}' full
held "as we knew then, it was provisional" fab/tre_production 2027-05-20 2027-05-20 '{state}' provisional
held "as of the second of the audit's end" fab/tre_production 2027-05-15T12:00:00Z '' '{state}' full
held "and not the one before" fab/tre_production 2027-05-15T11:59:59Z '' '{state}' provisional
held "recorded at one second" fab/tre_production 2027-05-20 2027-06-01T12:00:00Z '{state}' full
held "and not known at the one before" fab/tre_production 2027-05-20 2027-06-01T11:59:59Z '{state}' provisional
held "the site's answer has its scopes" fab 2027-05-20 '' '{scopes,0,state}' full
asks reader "the timeline shows both times" fab '' '' \
	"a -> 'entries' -> 2 @> '{\"to\": \"full\", \"effective\": \"2027-05-15T12:00:00Z\", \"recorded\": \"2027-06-01T12:00:00Z\"}'"
asks reader "and what changed" fab '' '' "a -> 'entries' -> 2 -> 'changed' ? 'expires'"

# ---- model
held "a model's accreditation in March" m2 2027-03-01 '' '{accreditation,state}' certified
held "with its CoC" m2 2027-03-01 '' '{accreditation,coc}' $coc
held "in January it had none" m2 2027-01-15 '' '{accreditation,state}' none
held "in September it was expired" m2 2027-09-15 '' '{accreditation,state}' expired
held "its declaration was in force" m2 2027-03-01 '' '{declaration,state}' in_force
held "and will have ended" m2 2027-12-02 '' '{declaration,state}' expired
for then in 2027-02-01T12:00:00Z=certified 2027-06-15=suspended 2027-07-15=certified 2027-08-05=expired; do
	held "it was ${then#*=} on ${then%=*}" m2 ${then%=*} '' '{accreditation,state}' ${then#*=}
done

# ---- device and certificate
held "a device that was not made yet was not there" TRE-1 2027-02-15 '' '{state}' null
held "nor known" TRE-1 2027-03-15 2027-02-15 '{state}' null
held "a device begins in its lot" tre:TRE-1 2027-03-15 '' '{state}' accredited
held "with its certificate issued" TRE-1 2027-03-15 '' '{certificates,0,state}' issued
held "its model's accreditation" TRE-1 2027-03-15 '' '{accreditation,state}' certified
held "while a measure held its supplier it was on hold" TRE-1 2027-04-05 '' '{certificates,0,state}' on_hold
held "by that measure" TRE-1 2027-04-05 '' '{certificates,0,measures,0}' MEA-2027-000001
held "from the very second" TRE-1 2027-04-01T12:00:00Z '' '{certificates,0,state}' on_hold
held "to the one before it was lifted" TRE-1 2027-04-10T11:59:59Z '' '{certificates,0,state}' on_hold
held "then no more" TRE-1 2027-04-10T12:00:00Z '' '{certificates,0,state}' issued
held "as we knew then, it was on hold in May" TRE-1 2027-05-10 2027-05-10 '{certificates,0,state}' on_hold
held "as we know now, it was revoked" TRE-1 2027-05-10 '' '{certificates,0,state}' revoked
held "for a compromise of its key" TRE-1 2027-05-10 '' '{certificates,0,reason}' keyCompromise
held "the certificate says the same of itself" "$(printf '01%.0s' {1..17})" 2027-05-10 2027-05-10 '{state}' on_hold
held "by its SHA-256 too" "certificate:$(printf der | sha256sum | cut -c-64)" 2027-05-10 '' '{state}' revoked
held "quarantined since June" TRE-1 '' '' '{state}' quarantined
asks reader "its timeline begins with what is in no history" TRE-1 '' '' \
	"a -> 'entries' -> 0 @> '{\"entity\": \"device\", \"from\": \"\", \"to\": \"accredited\", \"recorded\": \"2027-03-01T12:00:00Z\"}'"
asks reader "what was not known yet is not told" TRE-1 '' 2027-05-10 \
	"NOT a -> 'entries' @> '[{\"to\": \"revoked\"}]' AND a -> 'entries' @> '[{\"to\": \"on_hold\"}]'"

# ---- evidence
at 2027-10-02T12:00:00Z
may acme-1 "a supplier submits a file" <<<"SELECT t.file('letter');"
at 2027-10-03T12:00:00Z
may officer-1 "it is accepted" <<<"SELECT t.accept('letter');"
letter=$(printf letter | sha256sum | cut -c-64)
held "evidence by its SHA-256" $letter '' '' '{state}' accepted
held "as it was the day before" $letter 2027-10-03 '' '{state}' submitted
mustnt bolt-1 HISTORY_ABSENT "for nobody else" <<<"SELECT history_answer('$letter', NULL, NULL);"
at 2027-10-01T12:00:00Z

# ---- what is asked in the wrong way
for wrong in 2027 2027-13-01 2027-02-30 2027-01-01T00:00:00+01:00 tomorrow 2027-01-01T25:00:00Z; do
	mustnt reader TIME_MALFORMED "no time: $wrong" <<<"SELECT history_answer('m2', '$wrong', NULL);"
done
mustnt reader TIME_IN_FUTURE "what we shall know is not asked" <<<"SELECT history_answer('m2', NULL, '2028-01-01');"
mustnt reader HISTORY_ABSENT "nothing of that name" <<<"SELECT history_answer('nothing', NULL, NULL);"
owner "INSERT INTO site (handle, organisation_id, name, country, address) SELECT 'm2', id, 'x', 'DE', 'x' FROM organisation WHERE handle = 'acme'"
mustnt reader "model:m2 or site:m2" "two things of a name are told apart" <<<"SELECT history_answer('m2', NULL, NULL);"
held "by their kinds" model:m2 2027-03-01 '' '{accreditation,state}' certified

# ---- who may know
asks acme-1 "a supplier sees who acted on its own" $coc '' '' "a -> 'entries' -> 0 ? 'by'"
asks acme-1 "and its declaration" model:m2 2027-03-01 '' "a -> 'held' -> 'declaration' ->> 'number' = 'DCL-2027-000001'"
asks bolt-1 "a competitor sees that a model was accredited" model:m2 2027-03-01 '' "a -> 'held' -> 'accreditation' ->> 'state' = 'certified'"
asks bolt-1 "not its declaration, nor that a CoC was proposed" model:m2 2027-03-01 '' \
	"NOT a -> 'held' ? 'declaration' AND NOT a::text ~ 'proposed|DCL'"
asks bolt-1 "nor who acted, nor how many it may make" $coc 2027-03-01 '' "NOT a::text ~ 'quota|\"by\"|used'"
asks bolt-1 "nor on what ground a measure was" MEA-2027-000001 '' '' "NOT a::text LIKE '%secret%'"
asks acme-1 "whom it meets sees that" MEA-2027-000001 '' '' "a::text LIKE '%a secret ground%'"
asks bolt-1 "a CoC as it was proposed is nobody else's" $coc 2027-01-15 '' "a -> 'held' = 'null'"
mustnt bolt-1 HISTORY_ABSENT "a competitor's device is not there" <<<"SELECT history_answer('TRE-1', NULL, NULL);"
mustnt bolt-1 HISTORY_ABSENT "nor its lot" <<<"SELECT history_answer('LOT-2027-000001', NULL, NULL);"
mustnt bolt-1 HISTORY_ABSENT "nor its people" <<<"SELECT history_answer('acme-1', NULL, NULL);"
mustnt operator-1 HISTORY_ABSENT "an operator that never asked has no device" <<<"SELECT history_answer('TRE-1', NULL, NULL);"
owner "INSERT INTO delegated_key (kind, name, spki_der) VALUES ('receipt', 'receipts', 'r');
INSERT INTO delegated_certificate (key_id, issuer_id, der, not_before, not_after) SELECT id, 3, 'x', '2027-01-01', '2028-01-01' FROM delegated_key;
INSERT INTO decision (id, organisation_id, principal_id, request_id, request_sha256, purpose, mode, verdict, reasons, warnings, tre_sha256, event_id, receipt, signer_id)
	SELECT gen_random_uuid(), p.organisation_id, p.id, gen_random_uuid(), sha256('x'::bytea), 'p', 'm', 'refuse', '{}', '{}', sha256('der'::bytea), 0, 'r', c.id
	FROM principal p, delegated_certificate c WHERE p.handle = 'operator-1'"
asks operator-1 "one that decided on it has it" TRE-1 2027-03-15 '' "a -> 'held' ->> 'state' = 'accredited'"
asks operator-1 "without who did what" TRE-1 '' '' "NOT a::text LIKE '%\"by\"%' AND NOT a::text LIKE '%secret%'"
asks officer-1 "the body reads the history of its people" acme-1 '' '' "a ->> 'entity' = 'principal' AND NOT a::text LIKE '%csr%'"
refused assay_api "permission denied" "the parts are not for the api" <<<"SELECT history_find('m2');"

# ---- the feed: its part of the database
so "one is due at the beginning" "feed_due()"
# feed TEXT: the authority makes one, with that for a signature
feed() {
	sql assay_authority <<-SQL
		BEGIN ISOLATION LEVEL REPEATABLE READ;
		CREATE TEMP TABLE made AS SELECT * FROM assay.feed_make('2.999');
		SELECT assay.feed_store(number, issued, next_update, '$1') FROM made;
		SELECT content FROM made;
		COMMIT;
	SQL
}
feed one | tail -1 >"$pg/1.json"
check() { if jq -e "$3" "$2" >/dev/null; then echo "ok - $1"; else echo "not ok - $1"; bad=1; fi; }
check "it is number 1 and follows nothing" "$pg/1.json" '.no == 1 and .previous == null'
check "it lasts a week" "$pg/1.json" '.issued == "2027-10-01T12:00:00Z" and .nextUpdate == "2027-10-08T12:00:00Z"'
check "a model has all its reports" "$pg/1.json" '[.entries[] | select(.model == "m2") | .statusReports[].status] ==
	["certified", "suspended", "certified", "certified", "expired"]'
check "and how it stands" "$pg/1.json" '.entries[0].current.state == "expired" and .entries[0].oid == "2.999.3.2"'
check "the measure is there, lifted" "$pg/1.json" '[.measures[0].statusReports[].status] == ["in_force", "lifted"]'
check "the site, from when it was accredited" "$pg/1.json" '[.sites[] | select(.site == "fab") | .statusReports[].status] == ["provisional", "full"]'
check "suppliers, and nobody else" "$pg/1.json" '[.suppliers[].organisation] == ["acme", "bolt"]'
check "the CA" "$pg/1.json" '.authorities[0].id == 3'
for hidden in secret quota proposed registered applicant Street DCL operator lookers acme-1; do
	if grep -q -- "$hidden" "$pg/1.json"; then echo "not ok - $hidden is in the feed"; bad=1
	else echo "ok - $hidden is not in the feed"; fi
done
so "none is due now" "NOT feed_due()"
at 2027-10-02T11:59:59Z
so "nor the second before a day is over" "NOT feed_due()"
at 2027-10-02T12:00:00Z
so "then one is" "feed_due()"
at 2027-10-01T12:00:05Z
owner "UPDATE organisation SET state = 'suspended' WHERE handle = 'bolt'"
at 2027-10-01T12:00:09Z
so "after a change there is a rest" "NOT feed_due()"
at 2027-10-01T12:00:10Z
so "of ten seconds" "feed_due()"
at 2027-10-01T11:59:59Z
so "and one that a clock ahead has issued is replaced at once" "feed_due()"
at 2027-10-01T12:00:10Z
owner "INSERT INTO model (handle, kind, organisation_id, name, version) SELECT 'idea', 'hardware_platform', id, 'Idea', '1' FROM organisation WHERE handle = 'acme'"
feed two | tail -1 >"$pg/2.json"
check "number 2 names number 1" "$pg/2.json" ".no == 2 and .previous == \"$(printf one | sha256sum | cut -c-64)\""
check "and tells what is new" "$pg/2.json" '[.suppliers[] | select(.organisation == "bolt") | .statusReports[].status] == ["active", "suspended"]'
check "a model on paper is nobody's business" "$pg/2.json" '[.entries[].model] == ["m2"]'
at 2027-10-01T13:00:00Z
so "what is not for the public is no cause" "NOT feed_due()"

# an entry that was drawn earlier and committed later stands behind
mkfifo "$pg/wait"
(sql assay_test <<SQL
SET ROLE assay_owner; BEGIN;
INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number, legal_basis, effect, state, proposed_by)
	SELECT 'MEA-2027-000002', 'hold', 'model', m.id, 'm2', 'x', 'hold', 'in_force', p.id
	FROM model m, principal p WHERE m.handle = 'm2' AND p.handle = 'security-1';
\! cat $pg/wait >/dev/null
COMMIT;
SQL
) >"$pg/slow" 2>&1 &
slow=$!
for _ in {1..100}; do
	[ "$(sql assay_test <<<"SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'")" = 1 ] && break
	sleep 0.1
done
owner "INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number, legal_basis, effect, state, proposed_by)
	SELECT 'MEA-2027-000003', 'download_freeze', 'model', m.id, 'm2', 'x', 'refuse', 'in_force', p.id
	FROM model m, principal p WHERE m.handle = 'm2' AND p.handle = 'security-1'"
feed three | tail -1 >"$pg/3.json"
timeout 20 bash -c "echo go >$pg/wait"; wait $slow # it may have ended already
so "its number in history is the lower one" "(SELECT min(id) FILTER (WHERE detail ->> 'number' LIKE '%2') < min(id) FILTER (WHERE detail ->> 'number' LIKE '%3') FROM history WHERE entity = 'measure' AND detail ->> 'number' > 'MEA-2027-000001')"
so "and it is due" "(SELECT count(*) = 1 FROM feed_untold())"
feed four | tail -1 >"$pg/4.json"
check "the feed tells it after what was told before" "$pg/4.json" '[.entries[0].statusReports[-2:][].measure] == ["MEA-2027-000003", "MEA-2027-000002"]'
check "so that nothing told moves" <(jq -s '(.[0].entries[0].statusReports | length) as $n | .[1].entries[0].statusReports[:$n] == .[0].entries[0].statusReports' "$pg/3.json" "$pg/4.json") .

# ---- its past does not change
refused assay_authority FEED_SNAPSHOT "a feed is made from one snapshot" <<<"SELECT feed_make('2.999');"
refused assay_authority "permission denied" "nobody enters a number by hand" <<<"INSERT INTO feed SELECT * FROM feed;"
refused assay_api "permission denied" "nor does the api make one" <<<"SELECT feed_make('2.999');"
o='SET ROLE assay_owner;'
for table in feed feed_report; do
	refused assay_test APPEND_ONLY "the owner deletes no $table" <<<"$o DELETE FROM $table;"
	refused assay_test APPEND_ONLY "and changes none" <<<"$o UPDATE $table SET number = 9;"
done
refused assay_test FEED_CHAIN "a number is left out by nobody" \
	<<<"$o SELECT feed_store(7, assay_now(), assay_now() + interval '1 day', 'seven');"
refused assay_test FEED_CHAIN "nor made twice" \
	<<<"$o SELECT feed_store(4, assay_now(), assay_now() + interval '1 day', 'again');"
refused assay_test FEED_CHAIN "one that is out is not published anew" \
	<<<"$o INSERT INTO publication (path, content) VALUES ('public/feed/4.jws', 'forged');"
refused assay_test FEED_CHAIN "nor the latest by itself" \
	<<<"$o INSERT INTO publication (path, content) VALUES ('public/feed/latest.jws', 'a'); INSERT INTO publication (path, content) VALUES ('public/feed/latest.jws', 'b');"
refused assay_test FEED_CHAIN "a number names the one before" \
	<<<"$o WITH p AS (INSERT INTO publication (path, content) VALUES ('public/feed/5.jws', 'five') RETURNING id)
	INSERT INTO feed SELECT 5, sha256('five'::bytea), sha256('two'::bytea), assay_now(), assay_now() + interval '1 day', id FROM p;"
refused assay_test FEED_CHAIN "and is what is published" \
	<<<"$o INSERT INTO feed SELECT 5, sha256('five'::bytea), sha256('four'::bytea), assay_now(), assay_now() + interval '1 day', min(id) FROM publication;"
so "numbers are gapless and chained" "(SELECT count(*) = 4 AND max(number) = 4 FROM feed) AND NOT EXISTS (SELECT FROM feed f JOIN feed g ON g.number = f.number + 1 WHERE g.previous <> f.sha256)"

# ---- the key
claim assay_authority "the authority sets its key" <<<"SELECT own_key_set('feed', 'key one');"
claim assay_authority "and again at each start" <<<"SELECT own_key_set('feed', 'key one');"
so "it is one" "(SELECT count(*) = 1 FROM delegated_key WHERE kind = 'feed' AND state = 'active')"
claim assay_authority "a new one takes its place" <<<"SELECT own_key_set('feed', 'key two');"
so "and the old one is certified no more" "(SELECT array_agg(state ORDER BY id) = '{retired,active}' FROM delegated_key WHERE kind = 'feed')"
refused assay_authority FEED_KEY "it does not come back" <<<"SELECT own_key_set('feed', 'key one');"
refused assay_authority FEED_KEY "nor is it a receipt's" <<<"SELECT own_key_set('feed', 'r');"
refused assay_api "permission denied" "the api sets none" <<<"SELECT own_key_set('feed', 'mine');"

# ---- was it trusted: what a decision would have refused speaks against it
at 2027-03-02T12:00:00Z
owner "INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id) VALUES (1, 'root', 'root', 'root', 'root', decode(repeat('cd', 20), 'hex'));
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
	VALUES (1, 3, 'tre_ca', '\\x0900', 'cert', sha256('cert'::bytea), sha256('a CA'::bytea), assay_now());
INSERT INTO device (kind, device_id, model_id, lot_id, organisation_id) SELECT 'tre', 'TRE-2', model_id, id, organisation_id FROM lot;
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, device_id, lot_id, coc_id, not_before)
	SELECT 3, 1, 'tre', decode(repeat('02', 17), 'hex'), 'two', sha256('two'::bytea), sha256('spki two'::bytea), d.id, d.lot_id, c.id, assay_now()
	FROM device d, coc c WHERE d.device_id = 'TRE-2';"
at 2027-06-21T12:00:00Z
owner "UPDATE declaration SET state = 'challenged', effective = assay_now()"
at 2027-06-22T12:00:00Z
owner "UPDATE declaration SET state = 'in_force', effective = assay_now()"
at 2027-06-22T13:00:00Z
owner "UPDATE declaration SET accepted_by = (SELECT id FROM principal WHERE handle = 'officer-1') WHERE state = 'in_force';
	SELECT declaration_doubt(d, '{a}', 'a doubt', '{}', 'a test') FROM declaration d WHERE state = 'in_force'"
at 2027-06-22T14:00:00Z
owner "UPDATE declaration SET state = 'expired', effective = assay_now() WHERE state = 'challenged'"
at 2027-06-22T16:00:00Z
owner "UPDATE declaration_challenge SET state = 'upheld', effective = assay_now() WHERE cause = 'a test'"
at 2027-06-25T12:00:00Z
owner "UPDATE certificate SET state = 'on_hold', reason = 6, changed = assay_now() WHERE serial = '\\x0900'"
at 2027-06-27T12:00:00Z
owner "UPDATE certificate SET state = 'revoked', reason = 2 WHERE serial = '\\x0900'"
at 2027-03-20T12:00:00Z
owner "INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number, legal_basis, effect, state, proposed_by, deadline, escalates_to)
	SELECT 'MEA-2027-00001' || n, k, s, CASE s WHEN 'site' THEN (SELECT min(id) FROM site WHERE handle = 'fab') ELSE o.id END, 'x', 'x', e, 'in_force', p.id, d, x
	FROM (VALUES (1, 'corrective_action', 'organisation', 'permit', '2027-12-01'::timestamptz, 'hold'), (2, 'issuance_freeze', 'organisation', 'permit', NULL, NULL),
	    (3, 'download_freeze', 'organisation', 'permit_if_issued_before', NULL, NULL)) v (n, k, s, e, d, x),
	organisation o, principal p WHERE o.handle = 'acme' AND p.handle = 'security-1';"
at 2027-03-21T12:00:00Z
owner "UPDATE measure SET state = 'lifted', effective = assay_now() WHERE number LIKE 'MEA-2027-00001_';
INSERT INTO measure (number, kind, scope_kind, scope_id, scope_number, legal_basis, effect, state, proposed_by)
	SELECT 'MEA-2027-000021', 'download_freeze', 'organisation', o.id, 'acme', 'x', 'refuse', 'in_force', p.id
	FROM organisation o, principal p WHERE o.handle = 'acme' AND p.handle = 'security-1';"
at 2027-03-22T12:00:00Z
owner "UPDATE measure SET state = 'lifted', effective = assay_now() WHERE number = 'MEA-2027-000021'"
at 2027-10-04T12:00:00Z
# against "sentence" AS_OF KNOWN_AT CODES: of those of its own, not of its platform's, which has no CoC here
against() {
	may reader "$1" <<<"SELECT t.so(coalesce((SELECT string_agg(x, ' ') FROM jsonb_array_elements_text(a -> 'against') x
		WHERE x !~ '^(MODEL_NOT_ACCREDITED|DECLARATION_MISSING)$'), '') = '$4', a ->> 'against')
		FROM standing_answer('tre:TRE-2', '$2', nullif('$3', '')) a;"
}
against "nothing speaks against a device of a good CA" 2027-03-15 '' ''
against "nor do measures that let go on what was made before them" 2027-03-21 '' ''
against "one that does not speaks against it" 2027-03-22 '' MEASURE_DOWNLOAD_FREEZE
against "as long as it is in force" 2027-03-23 '' ''
against "while its declaration is doubted that does" 2027-06-21T18:00:00Z '' DECLARATION_CHALLENGED
against "so it does when it runs out meanwhile" 2027-06-22T15:00:00Z '' DECLARATION_CHALLENGED
against "and no more when it is not" 2027-06-23 '' ''
against "that its CA is on hold does" 2027-06-26 '' ISSUER_REVOKED
against "which was not known before" 2027-06-26 2027-06-24 ''
against "that its CA is revoked does" 2027-06-28 '' ISSUER_REVOKED
against "when the CoC is over its devices have grace" 2027-09-15 '' ISSUER_REVOKED
at 2027-10-10T12:00:00Z
owner "UPDATE organisation SET state = 'active' WHERE handle = 'bolt';
	INSERT INTO model (handle, kind, organisation_id, name, version) SELECT 'soc-b', 'hardware_platform', id, 'SoC', '1' FROM organisation WHERE handle = 'bolt';
	INSERT INTO model (handle, kind, organisation_id, name, version, tre_kind, hardware_platform_id, least_firmware)
	SELECT 'tre-b', 'tre', o.id, 'TrE', '1', 'embedded', m.id, '1' FROM organisation o, model m WHERE o.handle = 'acme' AND m.handle = 'soc-b';
	INSERT INTO device (kind, device_id, model_id, lot_id, organisation_id) SELECT 'tre', 'TRE-B', m.id, l.id, l.organisation_id FROM lot l, model m WHERE m.handle = 'tre-b' LIMIT 1"
at 2027-10-11T12:00:00Z
owner "UPDATE organisation SET state = 'suspended' WHERE handle = 'bolt'"
at 2027-10-14T12:00:00Z
speaks() { # "sentence" AS_OF CODE true|false: does that speak against TRE-B?
	may reader "$1" <<<"SELECT t.so((a -> 'against') ? '$3' = $4, a ->> 'against') FROM standing_answer('tre:TRE-B', '$2', NULL) a;"
}
speaks "its platform's supplier speaks for a TrE that another has made" 2027-10-11 SUPPLIER_SUSPENDED false
speaks "while it is active" 2027-10-12 SUPPLIER_SUSPENDED true
exit $bad
