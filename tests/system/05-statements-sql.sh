#!/usr/bin/env bash
# Every named statement of db/sql fits the schema: PostgreSQL can prepare it.
# And those that only read can be run by the api's role where they say so.
set -u
. tests/lib/pg.sh
pg_start || exit 1

# One "PREPARE name AS ...;" a statement; COPY cannot be prepared.
prepare() {
	awk '/^-- name: / { if (s != "") print s ";"; s = "PREPARE " $3 " AS"; next }
		/^--/ { next } { sub(/;[[:space:]]*$/, ""); s = s " " $0 }
		END { if (s != "") print s ";" }' "$1" |
		grep -vE 'AS +(COPY|BEGIN|COMMIT|ROLLBACK|LISTEN|SET)\b'
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

# What everybody with a credential may read; every parameter may be missing.
for name in ruleset_list model_list declaration_list coc_list measure_list appeal_list correction_list; do
	n=$(prepare "db/sql/${name%_list}.sql" | grep "PREPARE $name AS" | grep -o '\$[0-9]' | sort -u | wc -l)
	nulls=
	[ "$n" = 0 ] || nulls=$(printf 'NULL,%.0s' $(seq "$n"))
	claim assay_api "$name is readable" < <(prepare "db/sql/${name%_list}.sql"
		echo "EXECUTE $name${nulls:+(${nulls%,})};")
done
exit $bad
