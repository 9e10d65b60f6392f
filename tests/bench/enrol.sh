#!/usr/bin/env bash
# How long one request by EST takes, against one durable INSERT of this machine;
# how many a second 64 kept connections get, against what its verifications,
# signatures and commits would allow; and what one costs, process by process.  A
# real instance; both sides in turn, so that they see the same machine, which
# whoever asks is part of.  Prints tables, writes build/bench/enrol.json.
#	REQUESTS=400 TOGETHER=8000 tests/bench/enrol.sh
set -u
settings=(REQUESTS=400 TOGETHER=8000)
. "$(dirname "$0")/lib.sh"
start_instance
claim "suppliers, sites and models get accredited" story_accredited
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
pgbench=$(ls /usr/lib/postgresql/*/bin/pgbench | tail -n 1)
owner <<<'CREATE TABLE public.bench (id bigserial PRIMARY KEY, x text)' || exit 1
echo "INSERT INTO public.bench (x) VALUES ('a row of some length, as one is')" >"$work/insert.sql"
# durable INSERTs by so many clients: ms for one, and how many a second
insert() { # clients seconds
	"$pgbench" -h "$run" -n -c "$1" -j "$(($1 > 1 ? 2 : 1))" -T "$2" -f "$work/insert.sql" assay 2>/dev/null |
		awk '/latency average/ { ms = $4 } /^tps/ { tps = $3 } END { print ms, tps }'
}
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count $((REQUESTS + TOGETHER + 1000)) | jq -r .number)
opened() { [ "$(j tresor-pki lot show "$lot" | jq -r .state)" = open ]; }
claim "a lot is opened" until_true 10 opened

requests() { "$bin/tests/devices" csr "$2" "$1" | jq -r .csr >"$work/$1"; } # prefix how-many
# The connections of one supplier's person; what it prints is in `asked`.
ask() { # file connections
	"$bin/tests/ask" "$PORT" "$VAR/credentials/root.crt" "$VAR/credentials/tresor-pki.crt" \
		"$VAR/credentials/tresor-pki.key" "/.well-known/est/$lot/simpleenroll" application/pkcs10 "$2" \
		<"$1" >"$work/asked"
}
said() { awk -v w="$1" '{ for (i = 1; i < NF; i++) if ($i == w) print $(i + 1) }' "$work/asked"; }
middle() { sort -n "$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
calc() { awk "BEGIN { printf \"$2\", $1 }"; }

# ---- one at a time
part=$((REQUESTS / 4))
requests WARM 200
claim "the first ones are answered" ask "$work/WARM" 1
for n in 1 2 3 4; do
	requests "ONE$n" "$part"
	insert 1 2 >>"$work/insert"
	claim "so are $part, one at a time" ask "$work/ONE$n" 1
	said middle >>"$work/one"
done
insert 1 2 >>"$work/insert"
one=$(middle "$work/one") insert=$(middle "$work/insert")

# ---- 64 connections
counts() {
	owner <<<"SELECT 'commits', xact_commit FROM pg_stat_database WHERE datname = 'assay'
		UNION ALL SELECT 'flushes of the log', wal_sync FROM pg_stat_wal
		UNION ALL SELECT 'octets of log', wal_bytes FROM pg_stat_wal"
}
requests ALL "$TOGETHER"
"$bin/tests/limits" 6 >"$work/limits.1"
insert 24 3 >"$work/commits"
processes >"$work/before"
counts >"$work/counted"
claim "$TOGETHER over 64 connections are answered" ask "$work/ALL" 64
processes >"$work/after"
counts >>"$work/counted"
insert 24 3 >>"$work/commits"
"$bin/tests/limits" 6 >"$work/limits.2"
limit() { awk -v w="$1" '$1 == w && $2 > 1 { s += $3; n++ } END { printf "%.0f", s / n }' "$work"/limits.?; }
verify=$(limit verify) sign=$(limit sign)
commit=$(awk '{ s += $2 } END { printf "%.0f", s / NR }' "$work/commits")
rate=$(calc "$TOGETHER / $(said seconds)" %.0f)
# The api verifies a request, the authority again; it is signed and stored.
bound=$(calc "1 / (2 / $verify + 1 / $sign + 1 / $commit)" %.0f)

row() { # name unit limit ours ratio goal met
	printf '%-14s %-4s %10s %10s %8s  %s (%s)\n' "$1" "$2" "$3" "$4" "$5" "$6" "$7"
	jq -nc --arg n "$1" --arg u "$2" --argjson l "$3" --argjson o "$4" --argjson r "$5" --arg g "$6" --argjson m "$(
		[ "$7" = met ] && echo true || echo false)" \
		'{name: $n, unit: $u, limit: $l, peer: null, ours: $o, ratio: $r, goal: $g, met: $m}' >>"$work/rows"
}
word() { awk "BEGIN { exit !($1) }" && echo met || echo missed; }
echo "# $(nproc) cores, load $(load), PostgreSQL $(owner <<<'SHOW server_version'), $(openssl version)"
echo "# a durable INSERT takes $insert ms; a second: $verify verifications, $sign signatures on all cores, $commit INSERTs of 24 clients"
echo "# 64 connections: middle $(said middle) ms, 99 of 100 within $(said p99) ms; who asks takes $(said cpu_us) us of CPU a request"
printf '%-14s %-4s %10s %10s %8s  %s\n' what unit limit ours ratio goal
ratio=$(calc "$one / $insert" %.2f)
row issue.one ms "$insert" "$one" "$ratio" "5 times a durable INSERT at most" "$(word "$ratio <= 5")"
row issue.one_64 1/s "$bound" "$rate" "$(calc "$rate / $bound" %.2f)" "3,000 a second at least" "$(word "$rate >= 3000")"
echo "# what one of these $TOGETHER costs: CPU us, switches"
costs "$work/before" "$work/after" "$TOGETHER"
awk -F'|' -v n="$TOGETHER" '($1 in c) { printf "#   %-24s %8.2f\n", $1, ($2 - c[$1]) / n } { c[$1] = $2 }' "$work/counted"
jq -s . "$work/rows" >"$report"
finish
