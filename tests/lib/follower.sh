# What there is to follow, after pg.sh: a supplier with a lot of ten, a way to act
# and sign; and a follower beside it, as an instance has one.

sql assay_test <<'SQL' || exit 1
CREATE SCHEMA t AUTHORIZATION assay_owner;
SET ROLE assay_owner;
INSERT INTO organisation (handle, name, country, kind, state)
VALUES ('body', 'The Body', 'DE', 'body', 'active');
INSERT INTO organisation (handle, name, country, kind, makes)
VALUES ('acme', 'Acme', 'DE', 'supplier', '{tre}');
UPDATE organisation SET state = 'active' WHERE state = 'applicant';
INSERT INTO principal (handle, organisation_id, role)
SELECT h, o.id, r FROM (VALUES ('security-1', 'security'),
	('security-2', 'security'), ('officer-1', 'officer')) AS v(h, r),
	organisation o WHERE o.handle = 'body';
INSERT INTO site (handle, organisation_id, name, country, address)
SELECT 'fab', id, 'fab', 'DE', 'Street 1' FROM organisation
WHERE handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version)
SELECT 'platform', 'hardware_platform', id, 'P', '1' FROM organisation
WHERE handle = 'acme';
INSERT INTO model (handle, kind, organisation_id, name, version,
	hardware_platform_id, tre_kind, least_firmware)
SELECT 'tre', 'tre', o.id, 'T', '1', m.id, 'embedded', '1'
FROM organisation o, model m WHERE o.handle = 'acme' AND m.handle = 'platform';
INSERT INTO declaration (number, model_id, ruleset_id, answers, jws,
	submitted_by, expires)
SELECT 'DEC-1', m.id, (SELECT min(id) FROM ruleset), '{}', 'x', p.id,
	assay_now() + '1 year'
FROM model m, principal p WHERE m.handle = 'tre' AND p.handle = 'officer-1';
INSERT INTO coc (number, model_id, level, quota, ruleset_id, declaration_id)
SELECT 'TRE-1', d.model_id, 1, 1000, d.ruleset_id, d.id FROM declaration d;
INSERT INTO issuer (id, role, cert_der, subject_der, spki_der, key_id,
	next_index) VALUES
	(1, 'root', 'a', 'a', 'a', decode(repeat('01', 20), 'hex'), 2);
INSERT INTO issuer (id, role, organisation_id, cert_der, subject_der, spki_der,
	key_id, next_index)
SELECT 3, 'tre', id, 'c', 'c', 'c', decode(repeat('03', 20), 'hex'), 12
FROM organisation WHERE handle = 'acme';
CREATE PROCEDURE t.as(h text) LANGUAGE sql SECURITY DEFINER AS $$
	SELECT assay.actor_begin((SELECT id FROM assay.principal
	    WHERE handle = h)) $$;
CREATE FUNCTION t.sign(body text) RETURNS bigint LANGUAGE sql AS $$
	SELECT assay.statement_add('/', convert_to(body, 'UTF8'),
	    gen_random_uuid()::text) $$;
CREATE FUNCTION t.so(holds bool, what text DEFAULT '') RETURNS void
	LANGUAGE plpgsql AS $$ BEGIN
	IF holds IS NOT TRUE THEN RAISE 'not so: %', what; END IF; END $$;
GRANT USAGE ON SCHEMA t TO assay_api, assay_authority;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t TO assay_api, assay_authority;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA t TO assay_api, assay_authority;
-- lots are made whole by the api's function alone: not what is tried here
ALTER TABLE lot DISABLE TRIGGER USER;
INSERT INTO lot (number, organisation_id, model_id, site_id, coc_id, reference,
	count, header_jws, rows_sha256, submitted_by)
SELECT 'LOT-1', m.organisation_id, m.id, s.id, c.id, '', 10, 'x',
	decode(repeat('00', 32), 'hex'), p.id
FROM model m, site s, coc c, principal p
WHERE m.handle = 'tre' AND p.handle = 'officer-1';
ALTER TABLE lot ENABLE TRIGGER USER;
INSERT INTO index_range (issuer_id, first, count, lot_id)
SELECT 3, 0, 10, id FROM lot;
INSERT INTO certificate (issuer_id, index, profile, serial, der, der_sha256,
	spki_sha256, lot_id, not_before)
SELECT 3, i, 'tre', decode('01' || lpad(to_hex(i), 2, '0'), 'hex'), 'der' ||
	i::text::bytea, decode(repeat(lpad(to_hex(i), 2, '0'), 32), 'hex'),
	decode(repeat(lpad(to_hex(i), 2, '0'), 32), 'hex'), lot.id, assay_now()
FROM lot, generate_series(0, 9) i;
SQL

# ---- the follower's instance: the same cluster under the name that it knows
socket=$(ls "$pg"/.s.PGSQL.* | grep -v lock | head -1)
[ "${socket##*.}" = 5432 ] || { echo "# not on port 5432"; exit 1; }
# sessions on postgres end here; from now on the database is called assay
psql -h "$pg" -U assay_test -d template1 -qAtX \
	-c 'ALTER DATABASE postgres RENAME TO assay' || exit 1
database=assay
var=$pg/var
mkdir -p "$var"
cat >"$pg/assay.cnf" <<CNF
[instance]
var = $var
run = $pg
share = /nonexistent
listen = 127.0.0.1
port = 8443
public_port = 8080
url = https://localhost:8443
public_url = http://localhost:8080
oid_arc = 2.999.33812
body_name = Assay Body
body_country = XX
api_instances = 1
status_instances = 1
passphrase_file =
CNF
follower=0
start() {
	"$B/assay-follower" -c "$pg/assay.cnf" "$@" 2>>"$pg/follower.log" &
	follower=$!
}
finish() {
	[ $follower = 0 ] || kill "${1:--TERM}" $follower 2>/dev/null
	wait $follower 2>/dev/null
	follower=0
}
trap 'finish; pg_end' EXIT

show() { "$B/assay-follower" -c "$pg/assay.cnf" show "$1" "$2" 2>&1; }
# says ISSUER INDEX "words": within five seconds the index says that
says() {
	local i
	for i in $(seq 100); do
		show "$1" "$2" | grep -qx "$3" && return 0
		sleep 0.05
	done
	echo "# issuer $1 index $2:"; show "$1" "$2" | sed 's/^/# /'
	return 1
}
says_good() { show "$1" "$2" | grep -q 'state good'; }
not() { ! "$@"; }
check() { # sentence command...
	local what=$1
	shift
	if "$@"; then echo "ok - $what"; else echo "not ok - $what"; bad=1; fi
}
