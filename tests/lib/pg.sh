# A private PostgreSQL cluster for tests of the schema: sourced by a script
# that then says `sql ROLE <<<"..."`.  It lives in a folder of its own under
# /tmp, listens on a unix socket there, is migrated, and ends with the script.
# Not durable: it forgets to fsync, for speed.

pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
PATH=$pg_bin:$PATH # psql itself: what Debian has before it is a script in Perl, and costs more than most questions
. tests/lib/cluster.sh
pg=$(mktemp -d /tmp/assay-pg.XXXXXX)
database=postgres

pg_end() {
	"$pg_bin/pg_ctl" -D "$pg/data" -m immediate stop >/dev/null 2>&1
	rm -rf "$pg"
}
trap pg_end EXIT

pg_start() {
	cluster_copy schema_cluster "$pg/data" || return 1
	"$pg_bin/pg_ctl" -D "$pg/data" -w -l "$pg/log" -o "-k $pg -c \
		listen_addresses='' -c fsync=off -c timezone=UTC" start >/dev/null
}
schema_cluster() { # folder
	"$pg_bin/initdb" -D "$1" -A trust -U assay_test --no-sync -E UTF8 \
		--locale=C >/dev/null && cluster_fill "$1" schema_fill
}
schema_fill() {
	local pg=$made
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
	psql -h "$pg" -U "$1" -d "$database" -qAtX -v ON_ERROR_STOP=1 \
		-v VERBOSITY=verbose 2>&1
}

# Statements of db/sql/*.sql, one a line: PREPARE NAME AS ...;
statements() {
	awk '/^-- name: / { if (s != "") print s ";"; s = "PREPARE " $3 " AS"; next }
		/^--/ { next } { sub(/;[[:space:]]*$/, ""); s = s " " $0 }
		END { if (s != "") print s ";" }' "$@"
}

# The same within a session of that role which is kept, since a psql and a backend
# of its own cost several times what most claims do; sets $said.  What one leaves in
# the session is forgotten before the next; plans are kept, as programs keep theirs.
declare -A session_in session_out
session_ask="\\set done no
\\i '$pg/session.sql'
\\set ON_ERROR_STOP 0
\\echo '$pg' :done
ROLLBACK;
RESET SESSION AUTHORIZATION; RESET ALL; CLOSE ALL; UNLISTEN *; DEALLOCATE ALL;
SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP;
\\echo '$pg' ready"
in_session() { # role
	local asked line rc=
	[ -z "${OWN_SESSION:-}" ] || { said=$(sql "$1"); return; }
	[ -n "${session_in[$1]:-}" ] || session_begin "$1"
	IFS= read -rd '' asked
	printf '%s\n' "$asked" >"$pg/asked.sql"
	said=
	echo "$session_ask" >&"${session_in[$1]}"
	while IFS= read -r line; do
		case $line in
		"$pg yes") rc=0 ;;
		"$pg no") rc=1 ;;
		"$pg ready") said=${said%$'\n'}; return $rc ;;
		*) [ -n "$rc" ] || said+=$line$'\n' ;;
		esac
	done <&"${session_out[$1]}"
	said+="the session of $1 has ended"
	session_end "$1"
	return 1
}
session_end() { # role...
	local role in out
	for role; do
		in=${session_in[$role]} out=${session_out[$role]}
		exec {in}>&- {out}<&-
		unset "session_in[$role]" "session_out[$role]"
	done
}
sessions_end() { session_end "${!session_in[@]}"; } # before PostgreSQL does
session_begin() { # role
	local in out pipe=$pg/session.$1
	printf '%s\n' '\set ON_ERROR_STOP 1' "\\i '$pg/asked.sql'" '\set done yes' >"$pg/session.sql"
	mkfifo "$pipe.in" "$pipe.out"
	(psql -h "$pg" -U "$1" -d "$database" -qAtX -v VERBOSITY=verbose <"$pipe.in" >"$pipe.out" 2>&1 &)
	exec {in}>"$pipe.in" {out}<"$pipe.out"
	rm "$pipe.in" "$pipe.out"
	session_in[$1]=$in session_out[$1]=$out
}

# claim "sentence": it succeeded; refused CODE "sentence": it failed with that
# SQLSTATE or DETAIL.  Both read SQL from standard input, as ROLE.
claim() { # role sentence
	if in_session "$1"; then echo "ok - $2"
	else echo "not ok - $2"; sed 's/^/# /' <<<"$said"; bad=1; fi
}
refused() { # role code sentence
	if in_session "$1"; then
		echo "not ok - $3"; echo "# it was allowed: $said"; bad=1
	elif grep -q -- "$2" <<<"$said"; then echo "ok - $3"
	else echo "not ok - $3"; sed "s/^/# wanted $2: /" <<<"$said"; bad=1; fi
}
bad=0
