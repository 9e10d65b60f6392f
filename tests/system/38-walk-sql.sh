#!/usr/bin/env bash
# Accreditation by a walk: by chance people suspend, withdraw, doubt, repudiate, audit,
# impose, lift, appeal and let in again, legally or not, while time goes by.  After each
# act a small model, which knows the acts alone (tests/lib/walk_model.sql), says what
# must be in force, issued and permitted, and what not; at the end the history is asked
# what was seen, and two people bring all back that the rules do not take for good.
# Then two losses in either order.  SEED chooses others, WALKS and PAIRS more.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

seed=${SEED:-2027} walks=${WALKS:-4} pairs=${PAIRS:-6} steps=60
said=$(sql assay_test <tests/lib/walk_world.sql) || { echo "$said"; exit 1; }
# an authority's statement as a function of the test
statement() { # FILE NAME ARGUMENTS RETURNS [WRAP]: %s is what it says
	local what
	what=$(statements "db/sql/$1" | sed -n "s/^PREPARE $2 AS \(.*\);\$/\1/p")
	printf "CREATE FUNCTION t.$2($3) RETURNS SETOF $4 LANGUAGE plpgsql STABLE SET search_path = assay AS \$x\$ BEGIN RETURN QUERY ${5:-%s}; END \$x\$;\n" "$what"
}
{
	statement lot_work.sql lot_obstacles 'bigint, bigint' text
	statement authority.sql coc_of_model bigint bigint 'SELECT id FROM (%s) x'
	statement authority.sql model_parts bigint bigint
	cat tests/lib/walk_{model,says,acts,acts_measure,step,recover,order}.sql
	echo "ALTER TABLE assay.lot DISABLE TRIGGER USER;" # one is on whatever CoC there is
} >"$pg/walk.sql"
said=$(sql assay_test <"$pg/walk.sql") || { echo "$said"; exit 1; }
may cleo-1 "a certificate of another scheme" <<<"SELECT t.file('cc');"
may acme-1 "and a report of a laboratory" <<<"SELECT t.file('lab');"
may officer-1 "are accepted" <<<"SELECT t.accept('cc'); SELECT t.accept('lab');"
may cleo-1 "the one is entered" <<<"SELECT external_certificate_new('sesip', 'tre-c', NULL, 'CC-1', '4', 'Lab', '2026-06-01', '2028-03-01', pg_catalog.sha256('cc'));"
may officer-1 "and counts" <<<"SELECT external_certificate_accept('EXT-2027-000001');"
declared chip acme-1 2027-12-20
may acme-1 "the other is named" <<<"SELECT t.declare('tre', '2027-12-01', '', encode(pg_catalog.sha256('lab'), 'hex'));"
may officer-1 "and accepted" <<<"SELECT declaration_accept(number) FROM declaration WHERE state = 'submitted';"
declared tre-c cleo-1 2027-11-01
declared ter bolt-1 2027-12-10
for terms in '"model":"chip","level":4' '"model":"tre","level":2,"site":"fab"' \
	'"model":"tre-c","level":2,"site":"mill","external_certificates":["EXT-2027-000001"]' \
	'"model":"ter","level":2,"site":"works"'; do
	certified "{$terms,\"quota\":100,\"valid_days\":600}" >/dev/null
done
so "four models are certified" "(SELECT count(*) = 4 FROM coc WHERE state = 'certified')"
at 2027-01-02T00:00:00Z
claim assay_test "the model begins where they are" <<<"SELECT t.begin(); SELECT t.wrong(t.differs(true));"

# walk SEED STEPS [yes]: what is wrong, or how many acts were done of how many
walk() { sql assay_test <<<"SET walk.seed = '$1'; SET walk.tell = '${3:-no}'; SELECT coalesce(t.walk('$2'), current_setting('walk.counted'));" | grep .; }
all="{$(seq -s, $steps)}" acts=0 went=0
for ((i = seed; i < seed + walks; i++)); do
	said=$(walk "$i" "$all")
	if [[ $said =~ ^([0-9]+)\ ([0-9]+)$ ]]; then
		went=$((went + BASH_REMATCH[1])) acts=$((acts + BASH_REMATCH[2]))
		continue
	fi
	echo "not ok - the walk of SEED=$i WALKS=1"
	sed 's/^/# /' <<<"$said"
	less=$(sql assay_test <<<"SET walk.seed = '$i'; SELECT t.shrink('$all');" | tail -1)
	walk "$i" "$less" yes | sed '/^LOCATION/d; s/^NOTICE:  00000: /  /; s/^/# /'
	bad=1
done
[ "$went" -gt $((walks * 20)) ] && echo "ok - of $acts acts $went were done, and after each all was as it must be" ||
	{ echo "not ok - of $acts acts $went were done, which shows little"; bad=1; }

said=$(sql assay_test <<<"SET walk.seed = '$seed'; SELECT t.orders(n) FROM generate_series(1, $pairs) n;" | grep .)
[ -z "$said" ] && echo "ok - $pairs times two losses, in either order" ||
	{ echo "not ok - two losses in either order (SEED=$seed PAIRS=$pairs)"; sed 's/^/# /' <<<"$said"; bad=1; }
exit $bad
