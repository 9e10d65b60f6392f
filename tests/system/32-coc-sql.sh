#!/usr/bin/env bash
# What a CoC rests on: the graph of its prerequisites, certificates of other
# schemes among them; what it says of existing devices; ends, cascades, and who
# is told.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

hex() { printf %s "$1" | sha256sum | cut -c1-64; }
# external WHO FIELD=VALUE...: enter one, with defaults; SQL for may and mustnt
external() {
	local scheme=common_criteria model=chip site='' certificate=CC-1 expires=2027-10-01 evidence=cc pair
	for pair; do local "${pair%%=*}=${pair#*=}"; done
	echo "SELECT external_certificate_new('$scheme', nullif('$model', ''), nullif('$site', ''),
		'$certificate', 'EAL5+', 'Lab', '2026-06-01', '$expires', decode('$(hex "$evidence")', 'hex'));"
}

# ---- the graph, and the three that read it
may decider-1 "a CoC is proposed before anything is there" <<<"SELECT t.propose('{\"model\":\"tre\",\"level\":2,\"site\":\"fab\",\"quota\":1,\"valid_days\":730}');"
so "what is missing is what doesn't hold in the graph" "(SELECT array_agg(p.code) FROM coc c, coc_prerequisites(c) p WHERE NOT p.holds) = '{DECLARATION_MISSING,COMPONENT_NOT_ACCREDITED}' AND (SELECT array_agg(code) FROM coc c, coc_missing(c.id)) = '{DECLARATION_MISSING,COMPONENT_NOT_ACCREDITED}'"
so "what holds is there too, with its end" "(SELECT count(*) = 1 FROM coc c, coc_prerequisites(c) p WHERE p.kind = 'site' AND p.holds AND p.ends = '2028-12-31')"
may decider-2 "rejected, it is gone" <<<"SELECT t.judge('TRE-2027-000001', 'reject');"
cocs=$(accredited | tr '\n' ' ')
so "a chip, a TrE and a terminal are certified ($cocs)" "(SELECT count(*) = 3 FROM coc WHERE state = 'certified')"
so "each ends with the first of what it rests on" "(SELECT bool_and(expires = coc_first_end(c)) FROM coc c WHERE state = 'certified')"
so "the terminal with the TrE's declaration, two floors down" "(SELECT expires = '2027-12-01' FROM coc WHERE number = 'TER-2027-000001')"

# ---- why
why() { echo "(SELECT coc_why('$1'))"; }
may reader "the body sees the tree down to the chip's declaration" <<<"SELECT t.so($(why TER-2027-000001) #>> '{prerequisites,5,kind}' = 'tre_model', $(why TER-2027-000001)::text),
	t.so((SELECT count(*) = 2 FROM jsonb_path_query($(why TER-2027-000001), '\$.**.number ? (@ == \"HWP-2027-000001\" || @ == \"TRE-2027-000002\")')), 'components'),
	t.so((SELECT count(*) = 1 FROM jsonb_path_query($(why TER-2027-000001), '\$.prerequisites[*].coc.prerequisites[*].coc.prerequisites[*] ? (@.kind == \"declaration\")')), 'declarations');"
may reader "and which will fall first, by name and date" <<<"SELECT t.so($(why TER-2027-000001) -> 'first_to_fall' = jsonb_build_object('kind', 'declaration', 'subject', (SELECT number FROM declaration WHERE expires = '2027-12-01'), 'on', '2027-12-01T00:00:00Z'), $(why TER-2027-000001)::text);"
may acme-1 "its own supplier sees it" <<<"SELECT t.so($(why TRE-2027-000002) #>> '{first_to_fall,kind}' = 'declaration');"
may bolt-1 "of another supplier's component: number, state and end" <<<"SELECT t.so((SELECT p -> 'coc' FROM jsonb_array_elements($(why TER-2027-000001) -> 'prerequisites') p WHERE p ->> 'kind' = 'tre_model') = jsonb_build_object('number', 'TRE-2027-000002', 'model', 'tre', 'kind', 'tre', 'level', 2, 'state', 'certified', 'holds', true, 'ends', '2027-12-01T00:00:00Z'), $(why TER-2027-000001)::text);"
may bolt-1 "and the first to fall is that CoC, not the declaration behind it" <<<"SELECT t.so($(why TER-2027-000001) #>> '{first_to_fall,subject}' = 'TRE-2027-000002');"
may operator-1 "an operator sees that it stands" <<<"SELECT t.so(NOT $(why TER-2027-000001) ? 'prerequisites' AND $(why TER-2027-000001) ->> 'state' = 'certified');"

# ---- certificates of other schemes
may acme-1 "a supplier uploads a certificate" <<<"SELECT t.file('cc'); SELECT t.file('sas'); SELECT t.file('new');"
may bolt-1 "another supplier one of its own" <<<"SELECT t.file('foreign');"
mustnt reader ROLE_REQUIRED "a reader enters none" < <(external)
mustnt bolt-1 NOT_YOURS "nobody enters one for another's model" < <(external)
mustnt acme-1 SCHEME_UNKNOWN "a scheme is one that is known" < <(external scheme=stars)
mustnt acme-1 SCHEME_UNFIT "and speaks for what it speaks for" < <(external scheme=gsma_sas)
mustnt acme-1 SUBJECT_REQUIRED "it speaks for a model or a site" < <(external site=fab)
mustnt acme-1 SUBJECT_REQUIRED "and for one of the two" < <(external model=)
mustnt acme-1 SUBJECT_ABSENT "that exists" < <(external model=nix)
mustnt acme-1 EVIDENCE_ABSENT "with a file that was uploaded" < <(external evidence=nix)
mustnt acme-1 EVIDENCE_ABSENT "by its own supplier" < <(external evidence=foreign)
mustnt acme-1 EXPIRES "and an end that lies ahead" < <(external expires=2026-12-31)
may acme-1 "it is entered" < <(external)
mustnt acme-1 ALREADY_EXISTS "once" < <(external)
mustnt acme-1 ROLE_REQUIRED "its supplier cannot accept it" <<<"SELECT external_certificate_accept('EXT-2027-000001');"
mustnt officer-1 EVIDENCE_NOT_ACCEPTED "nor an officer before the file is accepted" <<<"SELECT external_certificate_accept('EXT-2027-000001');"
may officer-1 "the files are accepted" <<<"SELECT t.accept('cc'); SELECT t.accept('sas'); SELECT t.accept('new');"
may officer-1 "an officer enters one for a supplier" < <(external scheme=gsma_sas model= site=fab certificate=SAS-1 evidence=sas expires=2028-06-01)
mustnt officer-1 FOUR_EYES "and doesn't accept what they entered" <<<"SELECT external_certificate_accept('EXT-2027-000002');"
may officer-2 "another officer does" <<<"SELECT external_certificate_accept('EXT-2027-000002');"
mustnt bolt-1 NOT_FOUND "a competitor doesn't see it" <<<"SELECT external_certificate_withdraw('EXT-2027-000002', 'x');"
may bolt-1 "nor in a list" <<<"SELECT t.so(NOT EXISTS (SELECT FROM external_certificate));"
may acme-1 "its supplier sees its own, the newest first" <<<"SELECT t.so(list_json('external_certificates', 'external_certificate', '{number}', ARRAY(SELECT id FROM external_certificate  ORDER BY id DESC)) #>> '{external_certificates,0,number}' = 'EXT-2027-000002');"
may acme-1 "by state and before a number" <<<"SELECT t.so(list_json('external_certificates', 'external_certificate', '{number}', ARRAY(SELECT id FROM external_certificate WHERE state = 'registered' AND number < 'EXT-2027-000002' ORDER BY id DESC)) #>> '{external_certificates,0,number}' = 'EXT-2027-000001');"
refused assay_api 42501 "the api accepts none by itself" <<<"UPDATE external_certificate SET state = 'accepted';"
refused assay_test EXTERNAL_CERTIFICATE_FIXED "what was entered stays" <<<"SET ROLE assay_owner; UPDATE external_certificate SET expires = '2099-01-01';"

# ---- required by the rule set, from a level on
may decider-1 "level 4 is proposed" <<<"SELECT t.propose('{\"model\":\"tre\",\"level\":4,\"site\":\"fab\",\"quota\":100,\"valid_days\":730}');"
mustnt decider-2 "needs an accepted certificate of common_criteria or" "it lacks a certificate of the hardware platform" <<<"SELECT t.judge('TRE-2027-000003', 'approve');"
so "which has a code of its own" "(SELECT array_agg(code) = '{EXTERNAL_CERTIFICATE_MISSING}' FROM coc c, coc_missing(c.id) WHERE number = 'TRE-2027-000003')"
may acme-1 "its file in a better copy" <<<"SELECT t.file('cc-2');"
may officer-1 "takes the place of the first" <<<"SELECT t.accept('cc-2'); SELECT t.sign('/v1/evidence/$(hex cc)/supersede', '{\"by\":\"$(hex cc-2)\"}'); SELECT evidence_supersede(decode('$(hex cc)', 'hex'), decode('$(hex cc-2)', 'hex'));"
may officer-1 "an officer accepts the one that was entered" <<<"SELECT external_certificate_accept('EXT-2027-000001');"
may decider-2 "then level 4 is certified" <<<"SELECT t.judge('TRE-2027-000003', 'approve');"
so "and ends with that certificate" "(SELECT state = 'certified' AND expires = '2027-10-01' FROM coc WHERE number = 'TRE-2027-000003')"
so "what stands on the renewed CoC ends with it" "(SELECT expires = '2027-10-01' FROM coc WHERE number = 'TER-2027-000001')"
so "the model was accredited all the time" "(SELECT number = 'TRE-2027-000003' AND state = 'certified' FROM accreditation_known(2, assay_now(), assay_now())) AND $(coc_is TRE-2027-000002 superseded)"
may reader "why says so" <<<"SELECT t.so($(why TRE-2027-000003) #>> '{first_to_fall,subject}' = 'EXT-2027-000001');"

# ---- named by the CoC, and what it says of existing devices
mustnt decider-1 NOT_FOUND "a CoC names certificates that exist" <<<"SELECT t.propose('{\"model\":\"chip\",\"level\":4,\"quota\":0,\"valid_days\":730,\"external_certificates\":[\"EXT-2027-000077\"]}');"
for term in '"grace_days":366' '"on_suspended":"permit"' '"on_expired":"never"'; do
	mustnt decider-1 BELOW_THE_FLOOR "below the floor: $term" <<<"SELECT t.propose('{\"model\":\"chip\",\"level\":4,\"quota\":0,\"valid_days\":730,$term}');"
done
mustnt decider-1 STATEMENT_DIFFERS "terms that weren't signed are refused" <<<"SELECT t.sign('/v1/cocs', '{\"model\":\"chip\",\"level\":4,\"quota\":0,\"valid_days\":730}'); SELECT coc_propose('chip', 4, NULL, NULL, 0, 730, 'refuse');"
mustnt decider-1 STATEMENT_DIFFERS "so is a certificate that wasn't signed" <<<"SELECT t.sign('/v1/cocs', '{\"model\":\"chip\",\"level\":4,\"quota\":0,\"valid_days\":730}'); SELECT coc_propose('chip', 4, NULL, NULL, 0, 730, NULL, NULL, NULL, '{EXT-2027-000001}');"
chip=$(certified '{"model":"chip","level":4,"quota":0,"valid_days":730,"on_expired":"refuse","on_suspended":"hold","grace_days":30,"external_certificates":["EXT-2027-000001"]}')
so "within it they are kept ($chip)" "(SELECT (on_expired, on_suspended, on_withdrawn, grace_days) = ('refuse', 'hold', 'refuse', 30) FROM coc WHERE number = '$chip')"
so "it ends with the certificate that it names" "(SELECT expires = '2027-10-01' FROM coc WHERE number = '$chip')"
refused assay_test on_withdrawn "not even the owner lets withdrawn ones go on" <<<"SET ROLE assay_owner; INSERT INTO coc (number, model_id, level, quota, on_withdrawn) VALUES ('X', 1, 1, 0, 'permit');"
may reader "coc show has it" <<<"SELECT t.so(shown_whole('coc', id) #>> '{external_certificates,0,number}' = 'EXT-2027-000001') FROM coc WHERE number = '$chip';"

# ---- withdrawn: judged again, all the way up, in one transaction
mustnt bolt-1 NOT_FOUND "not by a competitor" <<<"SELECT external_certificate_withdraw('EXT-2027-000001', 'x');"
may security-1 "one security officer is enough to withdraw it" <<<"SELECT external_certificate_withdraw('EXT-2027-000001', 'the scheme withdrew it');"
so "the chip that named it, the TrE that it was required for and the terminal fall" "(SELECT count(*) = 3 FROM coc WHERE state = 'suspended')"
so "in one transaction" "(SELECT count(DISTINCT xmin::text) = 1 FROM history WHERE entity IN ('coc', 'external_certificate') AND to_state IN ('suspended', 'withdrawn'))"
may decider-1 "reinstating is proposed" <<<"SELECT t.change('$chip', 'reinstate');"
mustnt decider-2 COC_PREREQUISITES "and refused while it is missing" <<<"SELECT t.judge('$chip', 'approve');"
may decider-2 "rejected" <<<"SELECT t.judge('$chip', 'reject');"
may reader "why says what to do" <<<"SELECT t.so((SELECT p ->> 'todo' IS NOT NULL AND p ->> 'code' = 'EXTERNAL_CERTIFICATE_INVALID' FROM jsonb_array_elements($(why "$chip") -> 'prerequisites') p WHERE NOT (p -> 'holds')::bool), $(why "$chip")::text);"
may decider-1 "the chip's CoC is withdrawn" <<<"SELECT t.change('$chip', 'withdraw');"
may decider-2 "by two" <<<"SELECT t.judge('$chip', 'approve');"
chip=$(certified '{"model":"chip","level":4,"quota":0,"valid_days":730}')
so "a new one stands without it" "$(coc_is "$chip" certified)"
may acme-1 "another certificate is entered" < <(external certificate=CC-2 evidence=new expires=2027-08-01 scheme=sesip)
may officer-1 "and accepted" <<<"SELECT external_certificate_accept('EXT-2027-000003');"
may decider-1 "reinstating the TrE is proposed" <<<"SELECT t.change('TRE-2027-000003', 'reinstate');"
may decider-2 "and approved: another scheme that fits takes the place" <<<"SELECT t.judge('TRE-2027-000003', 'approve');"
so "its end comes nearer" "(SELECT state = 'certified' AND expires = '2027-08-01' FROM coc WHERE number = 'TRE-2027-000003')"
so "and the terminal is back with it" "$(coc_is TER-2027-000001 certified)"

# ---- who is told, and when
so "the supplier heard of each fall" "$(notices coc.suspended) >= 3"
at 2027-05-02T23:59:59Z
tick "a second before the 90 days nothing is said" "changes = 0"
so "nothing" "NOT EXISTS (SELECT FROM notice WHERE topic = 'external_certificate.ends')"
at 2027-05-03T00:00:00Z
tick "at the second the supplier is warned of the CoC and of the certificate" "changes >= 2"
so "90 days" "(SELECT count(*) = 1 FROM notice WHERE topic = 'coc.ends' AND subject = 'TRE-2027-000003' AND detail = '{\"days\": 90, \"ends\": \"2027-08-01T00:00:00Z\"}') AND (SELECT count(*) = 1 FROM notice WHERE topic = 'external_certificate.ends')"
tick "once" "changes = 0"
at 2027-07-02T00:00:00Z
tick "30 days" "changes >= 2"
at 2027-07-25T00:00:00Z
tick "7 days" "changes >= 2"
so "three warnings of the one end" "(SELECT array_agg(detail ->> 'days' ORDER BY id) = '{90,30,7}' FROM notice WHERE topic = 'coc.ends' AND subject = 'TRE-2027-000003')"

# ---- the end
at 2027-07-31T23:59:59Z
so "a second before its end it is good" "EXISTS (SELECT FROM coc_good(2))"
at 2027-08-01T00:00:00Z
so "at the second it isn't, before any tick" "NOT EXISTS (SELECT FROM coc_good(2)) AND (SELECT NOT external_certificate_good(x) FROM external_certificate x WHERE number = 'EXT-2027-000003')"
tick "the tick writes down the certificate, the CoC and what stands on it" "changes >= 3"
so "so it is" "$(coc_is TRE-2027-000003 expired) AND $(coc_is TER-2027-000001 expired) AND (SELECT state = 'expired' FROM external_certificate WHERE number = 'EXT-2027-000003')"

# ---- evidence that no longer holds
may acme-1 "a third certificate, on the same file" < <(external certificate=CC-3 evidence=sas expires=2028-06-01)
may officer-1 "accepted" <<<"SELECT external_certificate_accept('EXT-2027-000004');"
tre=$(certified '{"model":"tre","level":4,"site":"fab","quota":100,"valid_days":730}')
ter=$(certified '{"model":"ter","level":2,"site":"works","quota":100,"valid_days":730}')
so "both stand" "$(coc_is "$tre" certified) AND $(coc_is "$ter" certified)"
out=$(by security-1 <<<"SELECT string_agg(r ->> 'entity' || ' ' || (r ->> 'subject') || ' ' || (r ->> 'to'), ', ' ORDER BY r ->> 'entity', r ->> 'subject') FROM jsonb_array_elements(t.repudiate('sas') -> 'changed') r WHERE r ->> 'entity' <> 'model';" | sql assay_api | tail -1)
so "what rests on a repudiated file is withdrawn, and what stood on that falls: who said so is told" "'$out' = 'coc $ter suspended, coc $tre suspended, external_certificate EXT-2027-000002 withdrawn, external_certificate EXT-2027-000004 withdrawn'"

# ---- a hardware platform with 200 TrE models on it
own >/dev/null <<'SQL'
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre-' || n, 'tre', organisation_id, 'T', '1', id, 'embedded', '1'
	FROM model, generate_series(1, 200) n WHERE handle = 'chip';
UPDATE model SET state = 'registered' WHERE state = 'draft';
INSERT INTO model (handle, kind, organisation_id, name, version, tacs)
SELECT 'ter-both', 'terminal', organisation_id, 'T', '1', '{12345670}'
	FROM model WHERE handle = 'ter';
INSERT INTO model (handle, kind, organisation_id, name, version, tacs)
SELECT 'ter-' || n, 'terminal', organisation_id, 'T', '1',
	ARRAY[(20000000 + n)::text] FROM model, generate_series(1, 200) n
	WHERE handle = 'ter';
INSERT INTO model (handle, kind, organisation_id, name, version)
SELECT 'chip-2', 'hardware_platform', organisation_id, 'C', '1' FROM model WHERE id = 1;
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre-other', 'tre', organisation_id, 'T', '1', id, 'embedded', '1'
	FROM model WHERE handle = 'chip-2';
UPDATE model SET state = 'registered' WHERE state = 'draft';
INSERT INTO model_contains (terminal_model_id, tre_model_id)
SELECT a.id, b.id FROM model a JOIN model b
	ON b.handle = replace(a.handle, 'ter-', 'tre-') WHERE a.handle ~ '^ter-[0-9]'
UNION ALL SELECT a.id, b.id FROM model a, model b
	WHERE a.handle = 'ter-both' AND b.handle IN ('tre-1', 'tre-other');
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws,
	submitted_by, expires)
SELECT 'D-' || m.id, m.id, r.id, '{}', m.handle, 1, '2028-06-01'
FROM model m, model_ruleset_now(m) r WHERE m.id > 3;
UPDATE declaration SET state = 'in_force' WHERE number LIKE 'D-%';
INSERT INTO coc (number, model_id, level, quota, declaration_id, ruleset_id)
SELECT 'C-' || m.id, m.id, 1, 1, d.id, d.ruleset_id
FROM model m JOIN declaration d ON d.model_id = m.id WHERE m.id > 3;
UPDATE coc SET state = 'certified', valid_from = assay_now(),
	expires = '2028-01-01' WHERE number LIKE 'C-%';
SQL
so "200 TrE models on one platform, and 200 terminals" "(SELECT count(*) = 403 FROM coc WHERE number LIKE 'C-%' AND state = 'certified')"
may decider-1 "its suspension is proposed" <<<"SELECT t.change('$chip', 'suspend');"
# how many pages of tables and indexes have been looked at, by whom it may concern
pages() { sql assay_test <<<"SELECT sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)::bigint FROM pg_statio_user_tables"; }
begun=$(pages)
may decider-2 "and approved" <<<"SELECT t.judge('$chip', 'approve');"
took=$(($(pages) - begun))
so "every model on it and every terminal with these only is suspended ($took pages were looked at)" "(SELECT count(*) = 400 FROM coc WHERE number LIKE 'C-%' AND state = 'suspended')"
so "the terminal that may contain another TrE is not" "(SELECT c.state = 'certified' FROM coc c JOIN model m ON m.id = c.model_id WHERE m.handle = 'ter-both')"
so "in one transaction" "(SELECT count(DISTINCT xmin::text) = 1 AND count(*) >= 401 FROM history WHERE entity = 'coc' AND to_state = 'suspended' AND recorded = assay_now() AND (detail ->> 'number' LIKE 'C-%' OR detail ->> 'number' = '$chip'))"
so "with so many looks at each as there are rules, not as there are models" "$took < 400 * 1000"

# ---- who judges a CoC holds still what it rests on, from the ground up: whatever takes
# trust away comes from there, and two who meet do not wait for each other
tre=$(sql assay_test <<<"SELECT c.number FROM assay.coc c JOIN assay.model m ON m.id = c.model_id WHERE m.handle = 'tre-1'")
may decider-1 "a TrE's reinstatement is proposed" <<<"SELECT t.change('$tre', 'reinstate');"
may decider-1 "and a new CoC of another" <<<"SELECT t.propose('{\"model\":\"tre-2\",\"site\":\"fab\",\"level\":1,\"quota\":1,\"valid_days\":1}');"
new=$(sql assay_test <<<"SELECT c.number FROM assay.coc c JOIN assay.model m ON m.id = c.model_id WHERE m.handle = 'tre-2' ORDER BY c.id DESC LIMIT 1")
waits() { [ "$(sql assay_test <<<"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 1 ]; }
# meets "what" TABLE WHERE NUMBER: somebody holds that, and that one is judged
meets() {
	local pid
	coproc HOLDER { sql assay_test; }
	pid=$HOLDER_PID
	echo "BEGIN; SELECT 'held' FROM assay.$2 WHERE $3 FOR UPDATE;" >&"${HOLDER[1]}"
	read -r -t 20 held <&"${HOLDER[0]}"
	{ by decider-2 <<<"SELECT t.judge('$4', 'approve');" | sql assay_api >/dev/null; } &
	for _ in {1..100}; do waits && break; sleep 0.1; done
	claim assay_test "$1" <<<"SELECT FROM assay.coc WHERE number = '$4' FOR UPDATE NOWAIT;
		SELECT t.so(count(*) = 1) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
	echo "ROLLBACK; \\q" >&"${HOLDER[1]}"
	wait "$pid" $!
}
meets "who reinstates waits for a platform before it holds the TrE" coc "number = '$chip'" "$tre"
meets "and for a supplier" organisation "handle = 'acme'" "$tre"
meets "who certifies waits for a platform, too" coc "number = '$chip'" "$new"
meets "and for a supplier, who may just be banned" organisation "handle = 'acme'" "$new"
exit $bad
