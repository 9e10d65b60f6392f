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

exit $bad
