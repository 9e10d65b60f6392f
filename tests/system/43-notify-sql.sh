#!/usr/bin/env bash
# Notices and subscriptions, as their functions have them: who may subscribe,
# who sees what, that no role but the notifier's reads a secret or moves a
# delivery, and that no notice is ever passed over.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh

sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO assay.principal (handle, organisation_id, role)
SELECT 'acme-2', id, 'supplier' FROM assay.organisation WHERE handle = 'acme';
CREATE FUNCTION t.tell(org text, topic text, subject text) RETURNS void
	LANGUAGE sql SECURITY DEFINER SET search_path = assay, pg_temp AS $$
	SELECT notice_add(topic, id, subject, '{}') FROM organisation
	WHERE handle = org $$;
CREATE FUNCTION t.subscribe(url text, topics text[] DEFAULT NULL,
    secret bytea DEFAULT sha256('x'::bytea)) RETURNS text LANGUAGE sql AS $$
	SELECT t.sign('/v1/subscriptions', jsonb_strip_nulls(
	    jsonb_build_object('url', url, 'topics', to_jsonb(topics)))::text);
	SELECT assay.subscription_new(url, topics, secret) ->> 'number' $$;
CREATE FUNCTION t.act(n text, verb text) RETURNS jsonb
	LANGUAGE plpgsql AS $$
	DECLARE j jsonb; BEGIN
	PERFORM t.sign('/v1/subscriptions/' || n || '/' || verb);
	IF verb = 'rotate' THEN
		RETURN assay.subscription_rotate(n, sha256('y'::bytea));
	END IF;
	EXECUTE format('SELECT assay.%I($1)', 'subscription_' || verb)
	    INTO j USING n;
	RETURN j; END $$;
-- the notifier's work, until nothing is due: what came, and how it ended
CREATE FUNCTION t.deliver(status int, delay int DEFAULT 1000)
	RETURNS SETOF text LANGUAGE plpgsql AS $$
	DECLARE c record; BEGIN
	FOR c IN SELECT * FROM assay.delivery_claim(10) LOOP
		RETURN NEXT c.message || ' ' || (c.body::jsonb ->> 'topic');
		IF status < 300 THEN
			PERFORM assay.delivery_done(c.subscription_id, c.number,
			    status);
		ELSE
			PERFORM assay.delivery_failed(c.subscription_id,
			    c.number, status, 'no', delay);
		END IF;
	END LOOP; END $$;
GRANT USAGE ON SCHEMA t TO assay_notifier;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_notifier;
SQL
# tell ORG TOPIC SUBJECT: something happened
tell() { sql assay_test <<<"SELECT t.tell('$1', '$2', '$3')" >/dev/null; }
# delivers "sentence" STATUS WANTED: what a round of the notifier claims
delivers() {
	local got
	got=$(sql assay_notifier <<<"SELECT t.deliver($2)" | paste -sd' ')
	if [ "$got" = "$3" ]; then echo "ok - $1"
	else echo "not ok - $1"; echo "# got: $got, wanted: $3"; bad=1; fi
}
# state NUMBER: of a subscription
is_state() { so "$1" "(SELECT state = '$3' FROM subscription WHERE number = '$2')"; }
sub() { echo "SUB-2027-00000$1"; }

# ---- subscribing
hook=https://acme.example/hook
may acme-1 "a supplier subscribes" <<<"SELECT t.subscribe('$hook');"
may operator-1 "so does an operator, to some topics" \
	<<<"SELECT t.subscribe('https://op.example:8443/a?b=c', '{measure,device.quarantined}');"
may officer-1 "and an officer for the body" <<<"SELECT t.subscribe('https://[2001:db8::1]/alarms', '{alarm}');"
for who in reader decider-1 security-1 auditor-1; do
	mustnt $who ROLE_REQUIRED "$who subscribes to nothing" <<<"SELECT t.subscribe('$hook');"
done
for url in acme.example/x ftp://acme.example/ https://acme.example https://u:p@acme.example/ \
	https://u@acme.example/ https://acme.example/#a 'https://acme.example/a b' https://ACME.example/ \
	'https://acme.example\@evil.example/' https://acme.example:0/ https:///x "https://acme.example/$(printf 'a%.0s' {1..500})" \
	$'https://acme.example/\nX-Header:' 'https://-acme/' 'https://acme.example:99a/'; do
	mustnt acme-1 WEBHOOK_URL "the url \"${url:0:40}\" is refused" <<<"SELECT t.subscribe(\$u\$$url\$u\$);"
done
for topic in Measure 'measure.' '' 'a.b.c' "x'" '*'; do
	mustnt acme-1 WEBHOOK_TOPIC "the topic \"$topic\" is refused" \
		<<<"SELECT t.subscribe('$hook', ARRAY[\$u\$$topic\$u\$]);"
done
mustnt acme-1 STATEMENT_REQUIRED "subscribing is signed" \
	<<<"SELECT subscription_new('$hook', NULL, sha256('x'::bytea));"
mustnt acme-1 STATEMENT_DIFFERS "and is to the address that was signed" <<<"
	SELECT t.sign('/v1/subscriptions', '{\"url\":\"$hook\"}');
	SELECT subscription_new('https://evil.example/', NULL, sha256('x'::bytea));"
mustnt acme-1 STATEMENT_DIFFERS "and to those topics" <<<"
	SELECT t.sign('/v1/subscriptions', '{\"url\":\"$hook\"}');
	SELECT subscription_new('$hook', '{measure}', sha256('x'::bytea));"
mustnt acme-1 23514 "a secret has 32 octets" <<<"SELECT t.subscribe('$hook', NULL, 'short');"

# ---- who sees and changes it
may acme-2 "colleagues see it" <<<"SELECT t.so(subscription_get('$(sub 1)') ->> 'url' = '$hook');"
may reader "the body sees all" <<<"SELECT t.so(jsonb_array_length(subscription_list(NULL, NULL) -> 'subscriptions') = 3);"
for who in bolt-1 operator-1 auditor-1; do
	may $who "$who sees none of acme's" <<<"
		SELECT t.so(subscription_get('$(sub 1)') IS NULL);
		SELECT t.so(subscription_list(NULL, NULL)::text NOT LIKE '%acme%');"
done
for verb in pause resume rotate remove test; do
	mustnt bolt-1 NOT_FOUND "another supplier's $verb finds nothing" <<<"SELECT t.act('$(sub 1)', '$verb');"
	mustnt officer-1 NOT_YOURS "the body's $verb of a supplier's is refused" <<<"SELECT t.act('$(sub 1)', '$verb');"
	mustnt reader ROLE_REQUIRED "a reader's $verb is refused" <<<"SELECT t.act('$(sub 3)', '$verb');"
done
mustnt acme-1 STATEMENT_REQUIRED "a change is signed" <<<"SELECT subscription_pause('$(sub 1)');"
mustnt acme-1 STATEMENT_DIFFERS "for what it is" <<<"
	SELECT t.sign('/v1/subscriptions/$(sub 1)/test'); SELECT subscription_remove('$(sub 1)');"
may acme-1 "no answer has a secret in it" <<<"
	SELECT t.so(subscription_get('$(sub 1)')::text !~ encode(sha256('x'::bytea), 'hex'));
	SELECT t.so(NOT subscription_get('$(sub 1)') ? 'secret');"

# ---- secrets and deliveries are the notifier's
for role in assay_api assay_authority assay_follower assay_notifier; do
	for table in subscription_secret subscription delivery notice notice_place; do
		refused $role 42501 "$role reads no $table" <<<"SELECT * FROM assay.$table"
	done
	refused $role 42501 "$role moves no delivery by hand" <<<"UPDATE assay.delivery SET reached = 99"
done
for role in assay_api assay_authority assay_follower; do
	refused $role 42501 "$role claims none" <<<"SELECT delivery_claim(1)"
	refused $role 42501 "nor ends one" <<<"SELECT delivery_done(1, 1, 200)"
	refused $role 42501 "nor fails one" <<<"SELECT delivery_failed(1, 1, 500, 'x', 0)"
done
refused assay_notifier 42501 "the notifier acts for nobody" <<<"SELECT actor_begin(1)"
refused assay_notifier 42501 "and adds no notice" <<<"SELECT notice_add('a.b', 1, 'x', '{}')"
refused assay_api 42501 "the api adds none by itself" <<<"SELECT notice_add('a.b', 1, 'x', '{}')"
refused assay_notifier DELIVERY_NOT_YOURS "what was not claimed is not ended" <<<"SELECT delivery_done(1, 1, 200)"
for t in notice_place notice_head delivery subscription subscription_secret; do
	refused assay_test APPEND_ONLY "not even its owner deletes from $t" <<<"SET ROLE assay_owner; DELETE FROM assay.$t"
done
refused assay_test APPEND_ONLY "nor renumbers a notice" <<<"SET ROLE assay_owner; UPDATE assay.notice_place SET number = 1"

# ---- the way of a notice
tell acme finding.due AUD-1
tell operator coc.ends TRE-1
tell operator measure.in_force MEA-1
tell body alarm.hold_60_days MEA-1
delivers "each subscriber gets the first that it wants" 200 \
	"acme-1 finding.due operator-2 measure.in_force body-1 alarm.hold_60_days"
delivers "once" 200 ""
tell operator measurement.taken MEA-1
delivers "a topic's first word is a whole word" 200 ""
so "what nobody wants is passed" "(SELECT reached = 3 FROM delivery WHERE subscription_id = 2)"
may acme-1 "the list has an organisation's own" <<<"
	SELECT t.so(notice_list(NULL, NULL, NULL) #>> '{notices,0,topic}' = 'finding.due');
	SELECT t.so(jsonb_array_length(notice_list(NULL, NULL, NULL) -> 'notices') = 1);"
may reader "the body's people read the alarms, and no supplier's notices" <<<"
	SELECT t.so(notice_list(0, NULL, NULL) #>> '{notices,0,topic}' = 'alarm.hold_60_days');
	SELECT t.so(jsonb_array_length(notice_list(0, NULL, NULL) -> 'notices') = 1);"
may operator-1 "a topic narrows it" <<<"
	SELECT t.so(notice_list(0, NULL, 'measure') #>> '{notices,0,id}' = '2');
	SELECT t.so(jsonb_array_length(notice_list(0, NULL, 'measure') -> 'notices') = 1);"
mustnt operator-1 AFTER_AND_BEFORE "after and before are one too many" <<<"SELECT notice_list(1, 2, NULL);"
refused assay_api NO_ACTOR "nobody reads nothing" <<<"SELECT notice_list(0, NULL, NULL)"
claim assay_test "150 more come" <<<"SELECT t.tell('operator', 'a.b', 'x' || i) FROM generate_series(1, 150) i"
may operator-1 "the list comes a hundred at a time, forwards" <<<"
	SELECT t.so(jsonb_array_length(j) = 100 AND j #>> '{0,id}' = '1' AND j #>> '{99,id}' = '100')
	FROM (SELECT notice_list(0, NULL, NULL) -> 'notices' AS j) x;
	SELECT t.so(jsonb_array_length(notice_list(100, NULL, NULL) -> 'notices') = 53);"
may operator-1 "and backwards" <<<"
	SELECT t.so(jsonb_array_length(j) = 100 AND j #>> '{0,id}' = '153')
	FROM (SELECT notice_list(NULL, NULL, NULL) -> 'notices' AS j) x;
	SELECT t.so(notice_list(NULL, 54, NULL) #>> '{notices,0,id}' = '53');"
delivers "all of that concerns no subscription" 200 ""

# ---- a test notice
may acme-1 "acme subscribes once more" <<<"SELECT t.subscribe('$hook/2', '{coc}');"
may acme-1 "and tries the second one" <<<"SELECT t.act('$(sub 4)', 'test');"
delivers "which alone hears of it, whatever it wants" 200 "acme-2 subscription.test"

# ---- failures
tell acme finding.due AUD-2
tell acme finding.overdue AUD-2
delivers "a failure" 500 "acme-3 finding.due"
delivers "is not tried again at once" 200 ""
may acme-1 "the subscriber sees why, and when it is next" <<<"
	SELECT t.so(s ->> 'last_status' = '500' AND s ->> 'last_error' = 'no' AND s ->> 'behind' = '2'
	    AND s ->> 'next_try' = '2027-01-01T00:00:01Z' AND s ->> 'failures' = '1')
	FROM (SELECT subscription_get('$(sub 1)') AS s) x;"
at 2027-01-01T00:00:01Z
delivers "then the same one is" 200 "acme-3 finding.due"
delivers "and the next one after it" 200 "acme-4 finding.overdue"
tell acme finding.due AUD-3
refused assay_notifier DELIVERY_NOT_YOURS "a delivery is ended once" <<<"
	BEGIN;
	SELECT delivery_done(subscription_id, number, 200) FROM delivery_claim(1);
	SELECT delivery_done(1, 5, 200)"
claim assay_notifier "an hour is the longest wait" \
	<<<"SELECT delivery_failed(subscription_id, number, NULL, repeat('x', 400), 2000000000) FROM delivery_claim(1)"
so "and an error is cut" "(SELECT next_try = '2027-01-01T01:00:01Z' AND length(last_error) = 300 FROM delivery WHERE subscription_id = 1)"

# ---- seven days
tick() { claim assay_authority "the clock ticks at $1" <<<"SELECT clock_tick()"; }
at 2027-01-08T00:00:00Z; tick $_
is_state "a second before seven days it is active" "$(sub 1)" active
at 2027-01-08T00:00:01Z; tick $_; tick again
is_state "at seven days it is failing" "$(sub 1)" failing
so "since then, not since it was noticed" "(SELECT effective = '2027-01-08T00:00:01Z' FROM subscription WHERE id = 1)"
so "the body has one alarm" "(SELECT count(*) = 1 FROM notice WHERE topic = 'alarm.subscription' AND subject = '$(sub 1)')"
so "its own people one notice" "(SELECT count(*) = 1 FROM notice WHERE topic = 'subscription.failing' AND subject = '$(sub 1)')"
delivers "it is still tried; the alarm goes to the body" 200 "body-2 alarm.subscription acme-5 finding.due"
is_state "and is active once something arrives" "$(sub 1)" active
tell acme finding.due AUD-4
sql assay_notifier <<<"SELECT t.deliver(200)" >/dev/null # subscription.failing

# ---- pause, gone, resume, remove
may acme-1 "a subscription is paused" <<<"SELECT t.act('$(sub 1)', 'pause');"
delivers "nothing is sent meanwhile" 200 ""
mustnt acme-1 ILLEGAL_TRANSITION "twice is once too often" <<<"SELECT t.act('$(sub 1)', 'pause');"
mustnt acme-1 ILLEGAL_TRANSITION "no test while it is" <<<"SELECT t.act('$(sub 1)', 'test');"
may acme-1 "it is resumed" <<<"SELECT t.act('$(sub 1)', 'resume');"
mustnt acme-1 ILLEGAL_TRANSITION "once" <<<"SELECT t.act('$(sub 1)', 'resume');"
delivers "nothing was left out; 410 stops it" 410 "acme-7 finding.due"
is_state "it is paused then" "$(sub 1)" paused
so "with the reason" "(SELECT reason LIKE '%410%' FROM subscription WHERE id = 1)"
so "and its people are told" "(SELECT count(*) = 1 FROM notice WHERE topic = 'subscription.paused')"
may acme-1 "resumed, it goes on where it was" <<<"SELECT t.act('$(sub 1)', 'resume');"
delivers "at once" 200 "acme-7 finding.due"
sql assay_notifier <<<"SELECT t.deliver(200)" >/dev/null
may officer-1 "the supplier is suspended" <<<"SELECT organisation_set_state('acme', 'suspended', 'tested');"
tell acme finding.due AUD-6
delivers "and gets nothing by webhook either" 200 ""
claim assay_test "it is let in again" <<<"SET ROLE assay_owner; UPDATE assay.organisation SET state = 'active', reason = NULL WHERE handle = 'acme'"
delivers "what came meanwhile is sent" 200 "acme-9 finding.due"
may acme-1 "it is removed" <<<"SELECT t.act('$(sub 1)', 'remove');"
so "its secret is wiped" "NOT EXISTS (SELECT FROM subscription_secret WHERE subscription_id = 1 AND secret IS NOT NULL)"
for verb in pause resume remove rotate test; do
	mustnt acme-1 ILLEGAL_TRANSITION "removed is final: no $verb" <<<"SELECT t.act('$(sub 1)', '$verb');"
done
tell acme finding.due AUD-5
delivers "nothing is sent to it any more" 200 ""
may acme-1 "ten there may be" <<<"SELECT t.subscribe('$hook/' || i) FROM generate_series(1, 9) i;"
mustnt acme-1 SUBSCRIPTION_LIMIT "and no more" <<<"SELECT t.subscribe('$hook/11');"

# ---- whoever made one is there no more
may officer-1 "a colleague is locked" <<<"SELECT principal_set_state('acme-1', 'locked', 'stolen');"
so "the others are told of each webhook that is that one's" "(SELECT array_agg(subject ORDER BY n.id) = (SELECT array_agg(number ORDER BY id) FROM subscription
	WHERE created_by = (SELECT id FROM principal WHERE handle = 'acme-1') AND state <> 'removed') FROM notice n WHERE topic = 'subscription.left')"
so "and which that was" "(SELECT count(*) = 10 FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE topic = 'subscription.left'
	AND o.handle = 'acme' AND detail ->> 'created_by' = 'acme-1' AND detail ->> 'state' = 'locked')"
so "they go on" "(SELECT count(*) = 10 FROM subscription s JOIN organisation o ON o.id = s.organisation_id WHERE o.handle = 'acme' AND s.state = 'active')"
for _ in $(seq 10); do sql assay_notifier <<<"SELECT t.deliver(200)" >/dev/null; done

# ---- secrets change
secrets() { so "$1" "(SELECT (array_agg((secret IS NOT NULL) ORDER BY version))::text = '$2' FROM subscription_secret WHERE subscription_id = 2)"; }
may operator-1 "an operator has a new secret made" <<<"SELECT t.act('$(sub 2)', 'rotate');"
tell operator measure.lifted MEA-1
claim assay_notifier "both sign" <<<"SELECT t.so(secret = sha256('y'::bytea) AND old_secret = sha256('x'::bytea)) FROM (SELECT * FROM delivery_claim(1)) c"
at 2027-01-09T00:00:00Z; tick $_
secrets "for a day less a second" '{t,t}'
at 2027-01-09T00:00:01Z
claim assay_notifier "at its end the old one signs no more" <<<"SELECT t.so(secret = sha256('y'::bytea) AND old_secret IS NULL) FROM (SELECT * FROM delivery_claim(1)) c"
tick now
secrets "and the clock wipes it" '{f,t}'
may operator-1 "two changes at once" <<<"SELECT t.act('$(sub 2)', 'rotate'); SELECT t.act('$(sub 2)', 'rotate');"
secrets "leave one old secret, not two" '{f,f,t,t}'
may_have() { claim assay_test "$1 secrets in a day there may be" <<<"SET ROLE assay_owner; UPDATE assay.rate SET most = $1 WHERE name = 'organisation_secrets'"; }
may_have 2
mustnt operator-1 RATE_LIMITED "not a third one, by a change" <<<"SELECT t.act('$(sub 2)', 'rotate');"
mustnt operator-1 RATE_LIMITED "nor of another webhook, which all deliveries would look through for ever" <<<"SELECT t.subscribe('$hook/op');"
may_have 100

# ---- operators who let a subscription go to a device
sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
INSERT INTO assay.organisation (handle, name, country, kind)
SELECT 'op-' || i, 'Op ' || i, 'FR', 'operator' FROM generate_series(1, 5) i;
RESET ROLE;
-- rows without what they hang on: this is about who is told
SET session_replication_role = replica;
INSERT INTO assay.certificate (issuer_id, index, profile, serial, der,
    der_sha256, spki_sha256, device_id, not_before)
SELECT 9, i, 'tre', '\x01', '', sha256(('der' || i)::bytea),
    sha256(('key' || i)::bytea), (i + 1) / 2, now()
FROM generate_series(1, 4) i; -- devices 1 and 2, two certificates each
INSERT INTO assay.decision (id, organisation_id, principal_id, request_id,
    request_sha256, purpose, mode, verdict, reasons, warnings, tre_sha256,
    platform_sha256, event_id, receipt, signer_id, created)
SELECT gen_random_uuid(), o.id, 1, gen_random_uuid(), sha256(''::bytea), v.purpose,
    'tre_and_platform', v.verdict, '{}', '{}',
    CASE WHEN v.tre THEN sha256(('der' || v.cert)::bytea) END,
    CASE WHEN NOT v.tre THEN sha256(('der' || v.cert)::bytea) END,
    0, '', 1, timestamptz '2027-01-01' + v.at * interval '1 hour'
FROM (VALUES ('op-1', 1, 1, 'initial_download', 'permit', true),
	('op-1', 2, 2, 'precheck', 'indeterminate', true),
	('op-2', 1, 1, 'initial_download', 'permit', true),
	('op-2', 2, 2, 'reprovision', 'refuse', true),
	('op-3', 1, 1, 'initial_download', 'refuse', false),
	('op-3', 2, 2, 'initial_download', 'permit', false),
	('op-4', 3, 1, 'initial_download', 'permit', true)) -- device 2
    AS v (org, cert, at, purpose, verdict, tre)
JOIN assay.organisation o ON o.handle = v.org;
SQL
operators() { sql assay_test <<<"SELECT notice_operators_of_device('device.quarantined', $1, 'TRE-$1', '{}', 'once')"; }
so "three operators gave the device a permit" "$(operators 1) = 3"
so "one that asked ahead since, one that was refused since, one whose terminal it was" "(SELECT array_agg(o.handle::text ORDER BY o.handle) = '{op-1,op-2,op-3}'
	FROM notice n JOIN organisation o ON o.id = n.organisation_id WHERE n.topic = 'device.quarantined' AND n.subject = 'TRE-1')"
so "they hear of it once" "$(operators 1) = 3 AND (SELECT count(*) = 3 FROM notice WHERE subject = 'TRE-1' AND topic = 'device.quarantined')"
so "another device's operators hear of that one" "$(operators 2) = 1"
so "nobody of one that nobody asked about" "$(operators 3) = 0"
for role in assay_api assay_notifier; do
	refused $role 42501 "$role tells operators nothing by itself" <<<"SELECT notice_operators_of_device('a.b', 1, 'x', '{}')"
done

# ---- ends that come nearer
# ends TIME: that of something of the auditors is then
ends() { claim assay_test "it ends at $1" <<<"SET ROLE assay_owner; SELECT assay.reminder_set('coc.ends', id, 'COC-1', '$1') FROM assay.organisation WHERE handle = 'lookers'"; }
warned() { so "they have been warned: $1" "(SELECT coalesce(string_agg(detail ->> 'days', ' ' ORDER BY n.id), '') = '$1' FROM notice n JOIN organisation o ON o.id = n.organisation_id
	WHERE o.handle = 'lookers' AND topic = 'coc.ends')"; }
at 2027-02-01T00:00:00Z
ends 2027-12-01T00:00:00Z; tick now; warned ""
ends 2027-03-20T00:00:00Z; tick now; tick again; warned 90
ends 2027-03-18T00:00:00Z; tick now; warned 90
ends 2027-02-05T00:00:00Z; tick now; warned "90 7"
ends 2027-03-18T00:00:00Z; tick now; warned "90 7"
at 2027-02-16T00:00:00Z; tick now; warned "90 7 30"

# ---- receipts that wait for a TSA
stamps() { so "$1" "(SELECT count(*) = $2 FROM notice WHERE topic = 'alarm.receipt_stamp')"; }
ticks() { at "$1"; claim assay_authority "the clock ticks at $1" <<<"SELECT clock_tick()"; }
claim assay_test "a receipt is to be stamped" <<<"
	SET ROLE assay_owner; INSERT INTO receipt_stamp (first, behind, leaves, created)
	VALUES ('1', '2', sha256('x'::bytea), '2027-02-16T01:00:00Z')"
ticks 2027-02-16T01:59:59Z
stamps "for almost an hour that is no alarm" 0
ticks 2027-02-16T02:00:00Z
ticks 2027-02-16T02:00:01Z
stamps "after an hour it is one" 1
claim assay_notifier "it is stamped, and another waits" <<<"SELECT receipt_stamp_add(1, 'x', now())"
ticks 2027-02-16T04:00:00Z
stamps "what is stamped is no alarm" 1

# ---- leaving
may officer-1 "an operator is ended" <<<"SELECT organisation_set_state('operator', 'terminated', 'tested');"
is_state "so is its subscription" "$(sub 2)" removed

# ---- two sessions that commit in the other order
sql assay_test >/dev/null <<<"SET ROLE assay_owner; DELETE FROM assay.test_clock"
at_bolt="(SELECT id FROM organisation WHERE handle = 'bolt')"
may bolt-1 "bolt subscribes" <<<"SELECT t.subscribe('https://bolt.example/', '{a,b}');"
mkfifo "$pg/first"
sql assay_test <"$pg/first" >/dev/null &
exec 7>"$pg/first"
echo "BEGIN; SELECT t.tell('bolt', 'a.first', 'x');" >&7
held() { [ -n "$(sql assay_test <<<"SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction'")" ]; }
for _ in $(seq 50); do held && break; sleep 0.1; done
tell bolt a.second x
so "the second, committed first, has the larger id and the smaller number" "NOT EXISTS (SELECT FROM notice WHERE topic = 'a.first')
	AND (SELECT number = 1 FROM notice_place p JOIN notice n ON n.id = p.notice_id WHERE topic = 'a.second')"
delivers "it is delivered, without waiting" 200 "bolt-1 a.second"
echo "COMMIT;" >&7
exec 7>&-
wait $!
so "it has the larger id" "(SELECT max(id) FILTER (WHERE topic = 'a.second') > max(id) FILTER (WHERE topic = 'a.first') FROM notice)"
delivers "and the first is not passed over" 200 "bolt-2 a.first"
claim assay_test "what is rolled back has no number" <<<"
	BEGIN; SELECT t.tell('bolt', 'a.never', 'x'); ROLLBACK;
	SELECT t.so(last = 2) FROM assay.notice_head WHERE organisation_id = $at_bolt"

# ---- many at once, in every order, among others that are not wanted, two
# notifiers: none lost, none twice
# (and, as half of the writers tell the body first, no two wait for each other)
writer() { for i in $(seq 25); do
	[ $((($1 + i) % 2)) = 0 ] && set -- "$1" bolt body || set -- "$1" body bolt
	echo "BEGIN; SELECT t.tell('$2', 'b.x', '$1-$i'); SELECT pg_sleep(random() / 100); SELECT t.tell('$3', 'b.y', '$1-$i'); $([ $((i % 5)) = 0 ] && echo ROLLBACK || echo COMMIT); SELECT t.tell('bolt', 'noise.x', '$1-$i'); SELECT pg_sleep(random() / 20);"
done | sql assay_test >/dev/null; }
notifier() { sql assay_notifier <<<"DO \$\$ DECLARE c record; idle int := 0; BEGIN
	WHILE idle < 100 LOOP
		idle := idle + 1;
		FOR c IN SELECT * FROM assay.delivery_claim(10) LOOP
			idle := 0;
			RAISE NOTICE 'got %', c.body::jsonb ->> 'id';
			COMMIT;
			PERFORM pg_sleep(random() / 200);
			PERFORM assay.delivery_done(c.subscription_id, c.number, 200);
			COMMIT;
		END LOOP;
		COMMIT;
		PERFORM pg_sleep(0.01);
	END LOOP; END \$\$" | grep -o 'got [0-9]*' >"$pg/got.$1"; }
may officer-1 "the body's subscription is removed, to watch bolt's alone" <<<"SELECT t.act('$(sub 3)', 'remove');"
sql assay_test <<<"SET ROLE assay_owner; UPDATE assay.subscription SET state = 'paused' WHERE state = 'active' AND organisation_id <> $at_bolt" >/dev/null
pids=
for i in 1 2 3 4 5 6; do writer $i & pids="$pids $!"; done
for i in 1 2; do notifier $i & pids="$pids $!"; done
wait $pids
[ "$(cat "$pg"/got.* | wc -l) $(sort -u "$pg"/got.* | wc -l)" = "120 120" ] &&
	echo "ok - 120 of 150 were committed, and each was delivered once" ||
	{ echo "not ok - each of 120 was delivered once"; bad=1; sort -k2n "$pg"/got.* | uniq -c | sed 's/^/# /' | head -5; }
for i in 1 2; do
	sort -c -k2n "$pg/got.$i" && echo "ok - notifier $i had its share in order" || { echo "not ok - in order"; bad=1; }
done
so "numbers have no gap" "(SELECT count(*) = max(number) AND min(number) = 1 FROM notice_place WHERE organisation_id = $at_bolt)"
delivers "there is no more" 200 ""
so "all is told" "(SELECT reached = 272 FROM delivery d JOIN subscription s ON s.id = d.subscription_id WHERE s.organisation_id = $at_bolt)"

# ---- a notifier that dies holding one
tell bolt a.third x
OWN_SESSION=yes claim assay_notifier "one is claimed by a session that ends" <<<"SELECT t.so(count(*) = 1) FROM delivery_claim(1)"
# psql ends before its backend does
holds() { [ "$(sql assay_test <<<"SELECT count(*) FROM pg_stat_activity a JOIN assay.delivery d ON d.holder = a.pid")" != 0 ]; }
for _ in $(seq 100); do holds || break; sleep 0.05; done
delivers "the next has it at once" 200 "bolt-273 a.third"

# ---- one that is being changed
mkfifo "$pg/second"
sql assay_test <"$pg/second" >/dev/null &
exec 7>"$pg/second"
echo "BEGIN; UPDATE assay.subscription SET reason = 'x' WHERE organisation_id = $at_bolt;" >&7
for _ in $(seq 50); do held && break; sleep 0.1; done
tell bolt a.fourth x
delivers "a subscription that somebody is changing waits, and the notifier doesn't" 200 ""
echo "COMMIT;" >&7
exec 7>&-
wait $!
delivers "until it is changed" 200 "bolt-274 a.fourth"

# ---- one that comes while the notifier looks, and finds nothing
sql assay_test <<'SQL' || exit 1
SET ROLE assay_owner;
CREATE OR REPLACE FUNCTION assay.subscription_wants(s assay.subscription,
    n assay.notice) RETURNS bool
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = assay, pg_temp
	AS $$ SELECT n.topic <> 'noise.x' FROM pg_sleep(0.7) $$;
SQL
tell bolt noise.x before
sql assay_notifier <<<"SELECT * FROM delivery_claim(1)" >"$pg/looked" & # it looks for 0.7 s
looking() { [ -n "$(sql assay_test <<<"SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" ]; }
for _ in $(seq 50); do looking && break; sleep 0.02; done
tell bolt a.meanwhile x
wait $!
so "was not there when it was looked for" "$([ -s "$pg/looked" ] && echo false || echo true)"
delivers "and is not passed over" 200 "bolt-276 a.meanwhile"

# ---- many subscriptions that are over
claim assay_test "of ten thousand subscriptions that were removed" <<<"
	SET session_replication_role = replica; SET search_path = assay, pg_temp;
	INSERT INTO subscription (number, organisation_id, url, state, topics, created_by)
	SELECT 'SUB-over-' || n, $at_bolt, 'https://bolt.example/', 'removed', '{}', min(p.id)
	  FROM generate_series(1, 10000) n, principal p GROUP BY n;
	INSERT INTO delivery (subscription_id, reached) SELECT id, 0 FROM subscription WHERE state = 'removed'
	ON CONFLICT DO NOTHING;
	ANALYZE subscription; ANALYZE delivery"
looked=$(sql assay_test <<<"LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
	SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice; SELECT count(*) FROM assay.delivery_claim(10)")
claim_of() { awk "/Rows Removed by Filter:/ { n += \$NF } /Scan.* on (subscription|delivery) .*actual/ { sub(/.*actual rows=/, \"\"); n += \$1 } END { print n + 0 }" <<<"$looked"; }
[ -n "$(grep 'actual' <<<"$looked")" ] && [ "$(claim_of)" -lt 1000 ] && echo "ok - none is looked at" ||
	{ echo "not ok - none is looked at: $(claim_of)"; grep -E "Scan" <<<"$looked" | sed 's/^/# /' | head -5; bad=1; }

exit $bad
