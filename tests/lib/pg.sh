# A private PostgreSQL cluster for tests of the schema: sourced by a script
# that then says `sql ROLE <<<"..."`.  It lives in a folder of its own under
# /tmp, listens on a unix socket there, is migrated, and ends with the script.
# Not durable: it forgets to fsync, for speed.

pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
PATH=$pg_bin:$PATH # psql itself: what Debian has before it is a script in Perl, and costs more than most questions
pg=$(mktemp -d /tmp/assay-pg.XXXXXX)

pg_end() {
	"$pg_bin/pg_ctl" -D "$pg/data" -m immediate stop >/dev/null 2>&1
	rm -rf "$pg"
}
trap pg_end EXIT

pg_start() {
	"$pg_bin/initdb" -D "$pg/data" -A trust -U assay_test --no-sync -E UTF8 \
		--locale=C >/dev/null || return 1
	"$pg_bin/pg_ctl" -D "$pg/data" -w -l "$pg/log" -o "-k $pg -c \
		listen_addresses='' -c fsync=off -c timezone=UTC" start >/dev/null || return 1
	sql assay_test <<-'SQL' || return 1
		CREATE ROLE assay_owner;
		CREATE ROLE assay_api LOGIN;
		ALTER ROLE assay_api SET enable_bitmapscan = off;
		ALTER ROLE assay_api SET jit = off;
		CREATE ROLE assay_authority LOGIN BYPASSRLS;
		CREATE ROLE assay_follower LOGIN BYPASSRLS;
		CREATE ROLE assay_notifier LOGIN;
		CREATE SCHEMA assay AUTHORIZATION assay_owner;
		ALTER DATABASE postgres SET search_path = assay, pg_temp;
		ALTER DATABASE postgres SET jit = off;
	SQL
	"$B/tests/migrate" "host=$pg dbname=postgres user=assay_test" \
		db/schema policy/rulesets policy/tre-kinds.json
}

# Run SQL from standard input as a role: -qAt, stops at the first error, which
# goes to standard output too.
sql() {
	psql -h "$pg" -U "$1" -d postgres -qAtX -v ON_ERROR_STOP=1 \
		-v VERBOSITY=verbose 2>&1
}

# Statements of db/sql/*.sql, one a line: PREPARE NAME AS ...;
statements() {
	awk '/^-- name: / { if (s != "") print s ";"; s = "PREPARE " $3 " AS"; next }
		/^--/ { next } { sub(/;[[:space:]]*$/, ""); s = s " " $0 }
		END { if (s != "") print s ";" }' "$@"
}

# claim "sentence": it succeeded; refused CODE "sentence": it failed with that
# SQLSTATE or DETAIL.  Both read SQL from standard input, as ROLE.
claim() { # role sentence
	local out
	if out=$(sql "$1"); then echo "ok - $2"
	else echo "not ok - $2"; echo "$out" | sed 's/^/# /'; bad=1; fi
}
refused() { # role code sentence
	local out
	if out=$(sql "$1"); then
		echo "not ok - $3"; echo "# it was allowed: $out"; bad=1
	elif grep -q -- "$2" <<<"$out"; then echo "ok - $3"
	else echo "not ok - $3"; echo "$out" | sed "s/^/# wanted $2: /"; bad=1; fi
}
bad=0
