#!/usr/bin/env bash
# Every named statement of db/sql fits the schema: PostgreSQL can prepare it.
# What those that read give to whom is in 44-tenancy.sh.
set -u
. tests/lib/pg.sh
pg_start || exit 1

# COPY cannot be prepared, nor what is about a cursor.
prepare() {
	statements "$1" | grep -vE 'AS +(COPY|BEGIN|COMMIT|ROLLBACK|LISTEN|SET|DECLARE|FETCH|CLOSE)\b'
}

for f in db/sql/*.sql; do
	n=0
	while read -r statement; do
		name=$(cut -d' ' -f2 <<<"$statement")
		if out=$(sql assay_test <<<"$statement"); then n=$((n + 1))
		else echo "not ok - $name of $f can be prepared"; sed 's/^/# /' <<<"$out"; bad=1; fi
	done < <(prepare "$f")
	echo "ok - $f: $n statements fit the schema"
done

# And what the program has is what stands there, whatever is in it.
odd=$(mktemp -d)
cat >"$odd/odd.sql" <<'EOF'
-- name: odd
SELECT E'\\x00', '\d+', "a\b", 'a & b', '%s';
EOF
{ echo 'struct stmt { const char *name, *text; };'
	LC_ALL=C awk -f db/sql2c.awk "$odd/odd.sql"
	echo 'extern int puts(const char *); int main(void) { return puts(statements[0].text) < 0; }'; } >"$odd/odd.c"
if gcc -o "$odd/odd" "$odd/odd.c" 2>"$odd/errors" &&
	[ "$("$odd/odd" | tr -d '\n')" = "$(sed -n 2p "$odd/odd.sql" | tr -d ';')" ]; then
	echo "ok - a statement is what the file says, with backslashes and quotes in it"
else
	echo "not ok - a statement is what the file says, with backslashes and quotes in it"
	cat "$odd/errors"; "$odd/odd" | sed 's/^/# /'; bad=1
fi
rm -r "$odd"

exit $bad
