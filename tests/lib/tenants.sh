# Tenants for tests of who sees what: sourced after pg.sh and pg_start.
#
# Suppliers A and B, operators C and D, auditors of A and of B, and the body.
# Whatever is A's alone has "secretA" in every text (717171 where it can only be
# a number), what is everybody's "publicA"; and so on.  Rows are laid down by
# the superuser, without triggers: what is tested is who reads them.

lay() { # A|B, its number: a supplier's things
	local T=$1 n=$2 t=${1,,} q
	case $T in A) q=717171 ;; *) q=727272 ;; esac
	cat <<SQL
INSERT INTO organisation OVERRIDING SYSTEM VALUE VALUES
	($n, 'public$t-sup', 'secret$T-- name', 'DE', 'supplier', '{tre,terminal}', 'active');
INSERT INTO principal (id, handle, organisation_id, role, csr, cert_der, cert_issuer_id, cert_serial)
	OVERRIDING SYSTEM VALUE VALUES
	($n, 'secret$t-pki', $n, 'supplier', 'secret$T-- csr', 'secret$T-- person', 2, 'secret$T-- p'),
	($n + 1, 'secret$t-reader', $n, 'reader', NULL, NULL, NULL, NULL);
INSERT INTO statement OVERRIDING SYSTEM VALUE VALUES
	($n, $n, '/secret$T', 'secret$T-- body', 'secret$T.jws', pg_catalog.sha256('secret$T')),
	($n + 1, 11, '/secret$T', 'secret$T-- body', 'secret$T.officer', pg_catalog.sha256('officer$T'));
INSERT INTO principal_renewal (principal_id, statement_id, csr, old_sha256, error, state)
	VALUES ($n, $n, '', pg_catalog.sha256('renewed$T'), 'secret$T', 'failed');
INSERT INTO evidence (id, sha256, size, media_type, filename, organisation_id, submitted_by, judged_by,
	judged_reason, state) OVERRIDING SYSTEM VALUE VALUES ($n, pg_catalog.sha256('evidence$T'), 1,
	'text/plain', 'secret$T.txt', $n, $n, 11, 'secret$T reason', 'accepted');
INSERT INTO site OVERRIDING SYSTEM VALUE VALUES
	($n, 'secret$t-site', $n, 'secret$T site', 'DE', 'secret$T street');
INSERT INTO site_scope (id, site_id, scope, state, reason) OVERRIDING SYSTEM VALUE VALUES
	($n, $n, 'tre_production', 'suspended', 'secret$T scope');
INSERT INTO audit (id, number, site_id, type, scopes, auditor_1, auditor_2, planned, summary,
	created_by) OVERRIDING SYSTEM VALUE VALUES
	($n, 'AUD-secret$T', $n, 'wet', '{tre_production}', $((n == 1000 ? 5001 : 5003)),
	$((n == 1000 ? 5002 : 5004)), '2027-01-01', 'secret$T summary', 11);
INSERT INTO finding (id, number, audit_id, scope, severity, text, recorded_by) OVERRIDING SYSTEM VALUE
	VALUES ($n, 'FND-secret$T', $n, 'tre_production', 'minor', 'secret$T', 5001);
INSERT INTO finding_response (id, finding_id, principal_id, text) OVERRIDING SYSTEM VALUE
	VALUES ($n, $n, $n, 'secret$T');
INSERT INTO finding_plan (id, finding_id, text, day, proposed_by) OVERRIDING SYSTEM VALUE
	VALUES ($n, $n, 'secret$T', '2027-01-01', $n);
INSERT INTO model (id, handle, kind, organisation_id, name, version, hardware_platform_id, tre_kind,
	least_firmware, tacs, state) OVERRIDING SYSTEM VALUE VALUES
	($n, 'public$t-soc', 'hardware_platform', $n, 'public$T', '1', NULL, NULL, NULL, NULL, 'registered'),
	($n + 1, 'public$t-tre', 'tre', $n, 'public$T', '1', $n, 'embedded', '1', NULL, 'registered'),
	($n + 2, 'public$t-term', 'terminal', $n, 'public$T', '1', NULL, NULL, NULL, '{${n}0000}', 'registered'),
	($n + 3, 'secret$t-draft', 'terminal', $n, 'secret$T', '1', NULL, NULL, NULL, '{secret$T}', 'draft');
INSERT INTO model_contains VALUES ($n + 2, $n + 1), ($n + 3, $n + 1);
INSERT INTO declaration (id, number, model_id, ruleset_id, answers, jws, submitted_by, state, expires)
	OVERRIDING SYSTEM VALUE
	SELECT $n, 'DCL-secret$T', $n + 1, id, '{"x":"secret$T"}', 'secret$T.jws', $n, 'in_force',
	now() + interval '1 year' FROM ruleset WHERE content ->> 'applies_to' = 'tre' ORDER BY id LIMIT 1;
INSERT INTO coc (id, number, model_id, level, quota, used, site_scope_id, ruleset_id, declaration_id,
	state, valid_from, expires) OVERRIDING SYSTEM VALUE VALUES
	($n, 'COC-public$T', $n + 1, 2, $q, 1, $n, 1, $n, 'certified', now(), now() + interval '1 year'),
	($n + 1, 'COC-secret$T', $n + 2, 2, $q, 0, $n, 1, $n, 'proposed', NULL, NULL);
INSERT INTO coc_component VALUES ($n, $n), ($n + 1, $n);
INSERT INTO measure (id, number, kind, effect, scope_kind, scope_id, scope_number, legal_basis, state,
	proposed_by, cause) OVERRIDING SYSTEM VALUE VALUES
	($n, 'MEA-public$T', 'hold', 'hold', 'organisation', $n, 'public$t-sup', 'secret$T', 'in_force', 11, 'secret$T'),
	($n + 1, 'MEA-secret$T', 'hold', 'hold', 'site', $n, 'secret$t-site', 'secret$T', 'proposed', 11, 'secret$T');
INSERT INTO appeal (id, number, measure_id, organisation_id, ground, evidence, filed_by, statement_id)
	OVERRIDING SYSTEM VALUE VALUES ($n, 'APP-secret$T', $n, $n, 'secret$T', '{$n}', $n, $n);
INSERT INTO delegated_ca (id, number, organisation_id, role, site_id, csr, spki_sha256, requested_by,
	statement_id, reason) OVERRIDING SYSTEM VALUE VALUES ($n, 'DCA-secret$T', $n, 'tre', $n, '\x00',
	pg_catalog.sha256('$T'), $n, $n, 'secret$T');
INSERT INTO correction (id, number, measure_id, what, evidence, reported_by) OVERRIDING SYSTEM VALUE
	VALUES ($n, 'COR-secret$T', $n, 'secret$T', '{$n}', $n);
INSERT INTO external_certificate (id, number, scheme, model_id, certificate, level, issuer, valid_from,
	expires, evidence_id, entered_by) OVERRIDING SYSTEM VALUE VALUES ($n, 'EXT-secret$T', 'psa', $n + 1,
	'secret$T', 'secret$T', 'secret$T', now(), now() + interval '1 year', $n, $n);
INSERT INTO declaration_challenge (id, number, declaration_id, rules, ground, cause, answer_due)
	OVERRIDING SYSTEM VALUE VALUES ($n, 'DCH-secret$T', $n, '{secret$T}', 'secret$T', 'secret$T', now());
INSERT INTO proposal (id, act, subject_id, subject_number, terms, terms_sha256, proposed_by,
	statement_id, state) OVERRIDING SYSTEM VALUE VALUES
	($n, 'organisation_reinstate', $n, 'secret$T', '{"x":"secret$T"}', pg_catalog.sha256('$T'), 11, $n + 1, 'open');
INSERT INTO approval (id, proposal_id, principal_id, verdict, reason, statement_id)
	OVERRIDING SYSTEM VALUE VALUES ($n, $n, 11, 'reject', 'secret$T', $n + 1);
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der, key_id) VALUES
	($n, 'tre', $n, 'public$T', 'x', 'public$T', substr(pg_catalog.sha256('$T'), 1, 20));
INSERT INTO lot (id, number, organisation_id, model_id, site_id, coc_id, reference, count, header_jws,
	rows_sha256, submitted_by, state, reason) OVERRIDING SYSTEM VALUE VALUES
	($n, 'LOT-secret$T', $n, $n + 1, $n, $n, 'secret$T', 1, 'secret$T.jws', pg_catalog.sha256('$T'), $n,
	'issued', 'secret$T');
INSERT INTO lot_row (lot_id, row, device_id, csr, line, state, reason, detail, issuer_id, index) VALUES
	($n, 1, 'SECRET$T-TRE', 'secret$T--', 'secret$T--', 'issued', 'secret$T', 'secret$T', $n, 1),
	($n, 2, 'SECRET$T-TR2', 'secret$T--', 'secret$T--', 'received', 'secret$T', 'secret$T', NULL, NULL);
INSERT INTO "order" (id, kind, subject_id, error) OVERRIDING SYSTEM VALUE VALUES
	($n, 'principal', $n, 'secret$T');
INSERT INTO index_range (id, issuer_id, first, count, lot_id, state) OVERRIDING SYSTEM VALUE VALUES
	($n, $n, 1, 1, $n, 'issued');
INSERT INTO device (id, kind, device_id, model_id, lot_id, organisation_id)
	OVERRIDING SYSTEM VALUE VALUES ($n, 'tre', 'SECRET$T-TRE', $n + 1, $n, $n),
	($n + 1, 'terminal', 'SECRET$T-TERM', $n + 2, $n, $n);
INSERT INTO binding (id, tre_id, terminal_id) OVERRIDING SYSTEM VALUE VALUES ($n, $n, $n + 1);
INSERT INTO rebinding (id, number, terminal_id, tre_id, evidence_id, requested_by, reason)
	OVERRIDING SYSTEM VALUE VALUES ($n, 'REB-secret$T', $n + 1, $n, $n, $n, 'secret$T');
INSERT INTO reference (id, number, model_id, kind, firmware, measured, certificate, sha256, submitted_by,
	statement_id, state) OVERRIDING SYSTEM VALUE VALUES
	($n, 'REF-secret$T', $n + 1, 'ek_root', NULL, NULL, 'secret$T--', pg_catalog.sha256('$T'), $n, $n, 'in_force'),
	($n + 1, 'REF-secret$T-2', $n + 1, 'dice', '1', '{secret$T}', NULL, pg_catalog.sha256('$T'), $n, $n, 'in_force');
INSERT INTO ek_crl (id, number, root_id, issuer_sha256, crl_number, this_update, next_update, entries, content,
	sha256, submitted_by, statement_id) OVERRIDING SYSTEM VALUE VALUES
	($n, 'EKC-secret$T', $n, pg_catalog.sha256('$T'), decode(repeat('01', 20), 'hex'), now(),
	now() + interval '9 years', 0, 'secret$T', pg_catalog.sha256('$T'), $n, $n);
INSERT INTO attestation_key (id, number, model_id, root_id, ek_certificate, ek_sha256, links, public, name,
	spki_sha256, secret_sha256, expires, enrolled_by, reason) OVERRIDING SYSTEM VALUE VALUES
	($n, 'ATK-secret$T', $n + 1, $n, 'secret$T', pg_catalog.sha256('$T'), '[]', 'secret$T', 'secret$T',
	pg_catalog.sha256('$T'), pg_catalog.sha256('$T'), now() + interval '9 years', $n, 'secret$T');
INSERT INTO incident (id, number, kind, state, source, detail) OVERRIDING SYSTEM VALUE VALUES
	($n, 'INC-secret$T', 'clone', 'triaged', 'register', '{"x":"secret$T"}');
INSERT INTO incident_device VALUES ($n, $n);
INSERT INTO incident_owner VALUES ($n, $n);
INSERT INTO tamper_report (incident_id, device_id, seq, signed_at, what, detail, jws, jws_sha256)
	VALUES ($n, $n, 1, now(), 'secret$T', 'secret$T', 'secret$T.jws', pg_catalog.sha256('r$T'));
INSERT INTO clone_sighting (incident_id, what, value, organisation_id) VALUES
	($n, 'key', 'secret$T', $n);
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, device_id,
	lot_id, coc_id, not_before) VALUES
	($n, 1, 'tre', 'secret$T--', 'secret$T-- tre', pg_catalog.sha256('secret$T-- tre'), pg_catalog.sha256('$T 1'), $n,
	$n, $n, now()),
	(2, $n, 'access', 'secret$T-- p', 'secret$T-- person', pg_catalog.sha256('secret$T-- person'),
	pg_catalog.sha256('$T 2'), NULL, NULL, NULL, now());
INSERT INTO status_event (id, at, kind, issuer_id, first, count, lot_id, organisation_id, legal_basis)
	VALUES ($n, now(), 'held', $n, 1, 1, $n, $n, 'secret$T');
INSERT INTO history (entity, subject_id, from_state, to_state, effective, recorded, principal_id, detail)
	SELECT e, $n + CASE WHEN e IN ('coc', 'measure') THEN 1 WHEN e = 'model' THEN 3 ELSE 0 END,
	'', 'secret$T', now(), now(), $n, '{"x":"secret$T"}'
	FROM unnest('{organisation,principal,evidence,site,site_scope,audit,model,declaration,coc,measure,lot,device,rebinding,incident,finding,appeal,correction,external_certificate,delegated_ca}'::text[]) e;
INSERT INTO history (entity, subject_id, from_state, to_state, effective, recorded, detail)
	VALUES ('certificate', certificate_subject($n, 1), '', 'secret$T', now(), now(), '{"x":"secret$T"}');
SQL
}

lay_operator() { # C|D, its number
	local T=$1 n=$2 t=${1,,}
	cat <<SQL
INSERT INTO organisation OVERRIDING SYSTEM VALUE VALUES
	($n, 'secret$t-op', 'secret$T name', 'DE', 'operator', '{}', 'active');
INSERT INTO principal (id, handle, organisation_id, role, cert_der, cert_issuer_id, cert_serial)
	OVERRIDING SYSTEM VALUE VALUES
	($n, 'secret$t-hlr', $n, 'operator', 'secret$T-- person', 2, 'secret$T-- p'),
	($n + 1, 'secret$t-reader', $n, 'reader', NULL, NULL, NULL);
INSERT INTO statement OVERRIDING SYSTEM VALUE VALUES
	($n, $n, '/secret$T', 'secret$T-- body', 'secret$T.jws', pg_catalog.sha256('secret$T'));
INSERT INTO principal_renewal (principal_id, statement_id, csr, old_sha256, error, state)
	VALUES ($n, $n, '', pg_catalog.sha256('renewed$T'), 'secret$T', 'failed');
INSERT INTO notice (id, topic, organisation_id, subject, detail) OVERRIDING SYSTEM VALUE VALUES
	($n, 'measure.in_force', $n, 'secret$T', '{"x":"secret$T"}');
INSERT INTO notice_place VALUES ($n, 1, $n);
INSERT INTO subscription (id, number, organisation_id, url, topics, created_by)
	OVERRIDING SYSTEM VALUE VALUES ($n, 'SUB-secret$T', $n, 'https://secret$T/', '{}', $n);
INSERT INTO subscription_secret VALUES ($n, 1, pg_catalog.sha256('secret$T'));
INSERT INTO delivery (subscription_id, reached) VALUES ($n, 0);
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
	VALUES (2, $n, 'access', 'secret$T-- p', 'secret$T-- person', pg_catalog.sha256('secret$T-- person'),
	pg_catalog.sha256('$T 2'), now());
INSERT INTO challenge (value, organisation_id, expires) VALUES (pg_catalog.sha256('$T'), $n, now());
INSERT INTO decision_looked_at OVERRIDING SYSTEM VALUE
	VALUES ($n, $n, pg_catalog.sha256('$T'), '{"x":"secret$T"}');
INSERT INTO decision (id, organisation_id, principal_id, request_id, request_sha256, purpose, mode,
	verdict, reasons, warnings, event_id, receipt, signer_id, looked_at_id) VALUES
	('00000000-0000-4000-8000-00000000$n', $n, $n, '00000000-0000-4000-9000-00000000$n',
	pg_catalog.sha256('$T'), 'secret$T', 'secret$T', 'permit', '{secret$T}', '{secret$T}', 0, 'secret$T.receipt', 1, $n);
INSERT INTO device (id, kind, device_id, model_id, lot_id, organisation_id) OVERRIDING SYSTEM VALUE
	VALUES ($n, 'tre', 'PUBLIC$T-TRE', 1001, 1000, 1000);
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, device_id,
	lot_id, coc_id, not_before) VALUES (1000, $n, 'tre', 'public$T--', 'public$T-- tre',
	pg_catalog.sha256('public$T-- tre'), pg_catalog.sha256('$T 1'), $n, 1000, 1000, now());
INSERT INTO custody (id, name, device_id, organisation_id, reference, decision_id) OVERRIDING SYSTEM VALUE
	VALUES ($n, '00000000-0000-4000-a000-00000000$n', $n, $n, 'secret$T',
	'00000000-0000-4000-8000-00000000$n');
INSERT INTO consent (organisation_id, jti, decision_id, custody_id, jws) VALUES ($n, 'secret$T',
	'00000000-0000-4000-8000-00000000$n', $n, 'secret$T.jws');
INSERT INTO custody_confirmation (decision_id, custody_id, reference, principal_id, statement_id) VALUES
	('00000000-0000-4000-8000-00000000$n', $n, 'secret$T', $n, $n);
INSERT INTO dispute (id, number, custody_id, custodian_id, organisation_id, decision_id, opened_by, ground)
	OVERRIDING SYSTEM VALUE VALUES ($n, 'DSP-secret$T', $n, $n, $n, '00000000-0000-4000-8000-00000000$n',
	$n, 'secret$T');
INSERT INTO standing (id, organisation_id, principal_id, receipt, signer_id) VALUES
	('00000000-0000-4000-c000-00000000$n', $n, $n, 'secret$T.standing', 1);
INSERT INTO decision_batch (id, batch, organisation_id, principal_id, body_sha256, size, purpose)
	OVERRIDING SYSTEM VALUE VALUES ($n, '00000000-0000-4000-a000-00000000$n', $n, $n,
	pg_catalog.sha256('$T'), 1, 'secret$T');
INSERT INTO decision_batch_answer (batch_id, permit, refuse, indeterminate, event_id, leaves, receipt, signer_id)
	VALUES ($n, 1, 0, 0, 0, pg_catalog.sha256('$T'), 'secret$T.batch', 1);
INSERT INTO decision (id, organisation_id, principal_id, batch_id, batch_index, request_sha256, purpose, mode,
	verdict, reasons, warnings, event_id, receipt, signer_id) VALUES
	('00000000-0000-4000-b000-00000000$n', $n, $n, $n, 0, pg_catalog.sha256('$T'), 'secret$T', 'x', 'permit',
	'{}', '{}', 0, 'secret$T.item', 1);
INSERT INTO operator_policy (id, number, organisation_id, purpose, version, terms, terms_sha256, drafted_by,
	statement_id, activated_by, activation_id, state) OVERRIDING SYSTEM VALUE VALUES ($n, 'POL-secret$T', $n,
	'precheck', 1, '{"x":"secret$T"}', pg_catalog.sha256('$T'), $n, $n, $n + 1, $n, 'active');
INSERT INTO history (entity, subject_id, from_state, to_state, effective, recorded, principal_id, detail)
	SELECT e, $n, '', 'secret$T', now(), now(), $n, '{"x":"secret$T"}'
	FROM unnest('{organisation,principal,subscription,operator_policy,custody}'::text[]) e;
INSERT INTO "order" (id, kind, subject_id, error) OVERRIDING SYSTEM VALUE VALUES
	($n, 'principal', $n, 'secret$T');
SQL
}

tenants_begin() {
	{
		cat <<'SQL'
SET session_replication_role = replica;
INSERT INTO organisation OVERRIDING SYSTEM VALUE VALUES
	(1, 'body', 'The Body', 'DE', 'body', '{}', 'active'),
	(5001, 'lookers', 'Lookers', 'NL', 'auditor', '{}', 'active'),
	(5002, 'peepers', 'Peepers', 'NL', 'auditor', '{}', 'active');
INSERT INTO principal (id, handle, organisation_id, role) OVERRIDING SYSTEM VALUE VALUES
	(11, 'officer-1', 1, 'officer'), (12, 'reader', 1, 'reader'),
	(5001, 'looker-1', 5001, 'auditor'), (5002, 'looker-2', 5001, 'auditor'),
	(5003, 'peeper-1', 5002, 'auditor'), (5004, 'peeper-2', 5002, 'auditor');
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id) VALUES
	(1, 'root', 'root', 'x', 'root', substr(pg_catalog.sha256('root'), 1, 20)),
	(2, 'access', 'access', 'x', 'access', substr(pg_catalog.sha256('access'), 1, 20));
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256, spki_sha256, not_before)
	VALUES (1, 1, 'access_ca', 'public', 'access', pg_catalog.sha256('access'), pg_catalog.sha256('a'), now());
INSERT INTO delegated_key (id, kind, name, spki_der) OVERRIDING SYSTEM VALUE VALUES
	(1, 'receipt', 'api-1', 'receipt key');
INSERT INTO delegated_certificate (id, key_id, issuer_id, der, not_before, not_after)
	OVERRIDING SYSTEM VALUE VALUES (1, 1, 2, 'receipt cert', now(), now() + interval '1 day');
INSERT INTO publication (path, content) VALUES ('public/x.crl', 'crl');
INSERT INTO crl VALUES (1, 0, 1, 0, now(), now());
INSERT INTO incident (id, number, kind, source, detail) OVERRIDING SYSTEM VALUE VALUES
	(1, 'INC-secretE', 'clone', 'register', '{"x":"secretE"}');
SQL
		lay A 1000
		lay B 2000
		lay_operator C 3000
		lay_operator D 4000
	} | sql assay_test || exit 1
}

# Who they are: name, principal, whose things are its own, what else it is.
tenants='supplier-A 1000 A
reader-A 1001 A reads
supplier-B 2000 B
auditor-of-A 5001 - audit
operator-C 3000 C op
reader-D 4001 D reads op
operator-D 4000 D op
body 12 - body
nobody - -'

# may_see OWN WHAT T WORDS: do these words let it?
may_see() {
	local word
	for word in $4; do
		case $word in
		own) [ "$1" = "$3" ] && return 0 ;;
		audit) [[ $2 = *audit* ]] && [ "$3" = A ] && return 0 ;;
		body) [[ $2 = *body* ]] && return 0 ;;
		op) [[ $2 = *op* ]] && return 0 ;;
		operator) [ "$2" = op ] && return 0 ;;
		mine) [ "$1" = "$3" ] && [[ $2 != *reads* ]] && return 0 ;;
		anyone) return 0 ;;
		esac
	done
	return 1
}

# Questions on standard input, one a line: NAME|ABOUT|WORDS|SQL.  ABOUT is
# letters: the question is asked once for each, with its key ({T}, {t}, and {n},
# its number); or "-AB": it is asked once, without a key, and A's and B's may
# be in the answer.  Each is asked as each tenant, in the api's role.  What comes
# out, errors too, shows the secrets of those whom WORDS allow it to see, and of
# nobody else; what is a tenant's own never is a leak to it.  With strict=1 the
# api must be allowed to ask, unless WORDS have "forbidden".
ask() {
	local questions=$pg/questions tenant id own what
	cat >"$questions"
	while read -r tenant id own what; do
		ask_as "$id" "$questions" >"$pg/answers"
		expect "$own" "${what:--}" "$questions" >"$pg/expected"
		judge "$tenant" "$own" || bad=1
	done <<<"$tenants"
}

# The psql of one tenant: all questions, each in a transaction of its own.
ask_as() { # principal questions
	local n=0 name about words query letter key
	{
		cat "$pg/prepared" 2>/dev/null
		while IFS='|' read -r name about words query; do
			for letter in $(asked "$about"); do
				case $letter in A) n=1000 ;; B) n=2000 ;; C) n=3000 ;; D) n=4000 ;; esac
				printf '\\echo\n\\echo @@ %s %s\nBEGIN;\n' "$name" "$letter"
				[ "$1" = - ] || echo "SELECT actor_begin($1) \\g /dev/null"
				key=${query//\{n\}/$n} key=${key//\{T\}/$letter}
				echo "${key//\{t\}/${letter,,}};"
				echo "ROLLBACK;"
			done
		done <"$2"
	} | psql -h "$pg" -U assay_api -d postgres -qAtX 2>&1
}
# asked ABOUT: the letters one by one, or - alone
asked() { case $1 in -*) echo - ;; *) sed 's/./& /g' <<<"$1" ;; esac; }

# What the answers must hold: NAME LETTER, and whose secrets.
expect() { # own what questions
	local name about words query letter T sees
	while IFS='|' read -r name about words query; do
		for letter in $(asked "$about"); do
			sees=
			for T in A B C D E; do
				case $letter$about in "$T"* | -*"$T"*) ;; *) continue ;; esac
				may_see "$1" "$2" "$T" "$words" && sees=$sees$T
			done
			echo "$name $letter ${sees:--} ${strict:+strict} $words"
		done
	done <"$3"
}

# What betrays each: as text, a number, in hex, in base64.
judge() { # tenant own
	awk -v tenant="$1" -v own="$2" '
	BEGIN {
		mark["A"] = "secreta|717171|736563726574412d2d|c2vjcmv0qs0t"
		mark["B"] = "secretb|727272|736563726574422d2d|c2vjcmv0qi0t"
		mark["C"] = "secretc|736563726574432d2d|c2vjcmv0qy0t"
		mark["D"] = "secretd|736563726574442d2d|c2vjcmv0rc0t"
		mark["E"] = "secrete"
	}
	function fail(why) { print "not ok - " name " (" letter ") as " tenant ": " why; rc = 1 }
	function check(	T, i) {
		if (name == "") return
		n++
		gsub(/there is no ([a-z ]+ )?"[^"]*"/, "", said) # an echo
		if (said ~ /error: +42(601|883|703|p01|p18|804)/) {
			fail("it cannot be asked"); print "# " said
		}
		if (open[name, letter] && said ~ /error: +42501/) {
			fail("the api itself is not allowed to"); print "# " said
		}
		for (i = 1; i <= 5; i++) {
			T = substr("ABCDE", i, 1)
			if (said ~ mark[T] && T != own && index(may[name, letter], T) == 0) {
				fail("what is " T "\047s alone came out")
				match(said, mark[T]); print "# ..." substr(said, RSTART > 80 ? RSTART - 80 : 1, 200)
			} else if (said !~ mark[T] && index(may[name, letter], T) > 0) {
				fail("it may see what is " T "\047s, and does not"); print "# " substr(said, 1, 200)
			}
		}
	}
	FNR == NR {
		may[$1, $2] = $3; asked++
		open[$1, $2] = tenant == "body" && $4 == "strict" && $0 !~ / forbidden/
		next
	}
	/^@@ / { check(); name = $2; letter = $3; said = ""; next }
	{ said = said tolower($0) "\n" }
	END {
		check()
		if (n != asked || n == 0) { name = "all"; fail(n " of " asked " questions were answered") }
		if (!rc) print "ok - " tenant ": " n " questions, each answered with what is its to see"
		exit rc
	}' "$pg/expected" "$pg/answers"
}
