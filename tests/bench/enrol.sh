#!/usr/bin/env bash
# How long one request by EST takes, against one durable INSERT of this machine,
# and how many a second 64 connections get.  A real instance; both sides in turn,
# so that they see the same machine.  Prints a table, writes build/bench/enrol.json.
#	REQUESTS=600 tests/bench/enrol.sh
set -u
settings=(REQUESTS=600)
. "$(dirname "$0")/lib.sh"
requests=$REQUESTS
start_instance
claim "suppliers, sites and models get accredited" story_accredited
[ "$failed" -eq 0 ] || finish
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
pgbench=$(ls /usr/lib/postgresql/*/bin/pgbench | tail -n 1)
psql -h "$run" -d assay -qAtX -c 'CREATE TABLE public.bench (id bigserial PRIMARY KEY, x text)' || exit 1
echo "INSERT INTO public.bench (x) VALUES ('a row of some length, as one is')" >"$work/insert.sql"
# ms for one durable INSERT, idle
insert_ms() { "$pgbench" -h "$run" -n -c 1 -T 2 -f "$work/insert.sql" assay 2>/dev/null | awk '/latency average/ { print $4 }'; }

lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count "$((requests * 3))" | jq -r .number)
opened() { [ "$(j tresor-pki lot show "$lot" | jq -r .state)" = open ]; }
claim "a lot is opened" until_true 10 opened
a reader device new --kind tre --prefix TRE- --count "$((requests * 2))" --rows "$work/rows"
# curl's configuration: a request each, one behind the other
config() { # from how-many
	jq -r --arg url "$URL/.well-known/est/$lot/simpleenroll" '"url = \"\($url)\"
		data = \"\(.csr)\"
		header = \"Content-Type: application/pkcs10\"
		output = \"/dev/null\"
		write-out = \"%{http_code} %{time_total} %{time_pretransfer}\\n\"
		cacert = \"'"$VAR"'/credentials/root.crt\"
		cert = \"'"$VAR"'/credentials/tresor-pki.crt\"
		key = \"'"$VAR"'/credentials/tresor-pki.key\"
		next"' <(tail -n "+$1" "$work/rows" | head -n "$2") | sed '$d'
}
# ms of each over one connection
ask() { # from how-many
	config "$1" "$2" >"$work/ask"
	curl -s -K "$work/ask" | awk '$1 == 200 { printf "%.3f\n", ($2 - $3) * 1000 }'
}
: >"$work/est"
: >"$work/insert"
part=$((requests / 4))
for n in 0 1 2 3; do
	insert_ms >>"$work/insert"
	ask "$((1 + n * part))" "$part" >>"$work/est"
done
insert_ms >>"$work/insert"
claim "every request was answered with a certificate" test "$(wc -l <"$work/est")" -eq "$((part * 4))"
middle() { sort -n "$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
one=$(middle "$work/est") insert=$(middle "$work/insert")

# 64 connections
config "$((requests + 1))" "$requests" >"$work/all"
split -n "r/1" "$work/all" /dev/null 2>/dev/null
lines=$(awk '/^next$/ { print NR; exit } /^[ \t]*next$/ { print NR; exit }' "$work/all")
split -a 2 -d -l "$((lines * ((requests + 63) / 64)))" "$work/all" "$work/part."
t0=$(date +%s%N)
for p in "$work"/part.*; do curl -s -K "$p" >"$p.out" & curls+=($!); done
wait "${curls[@]}"
took=$((($(date +%s%N) - t0) / 1000000))
got=$(cat "$work"/part.*.out | grep -c '^200')
echo "# $requests requests over 64 connections: $got answered in $took ms, load $(cut -d' ' -f1-3 /proc/loadavg)"
rate=$(awk "BEGIN { printf \"%.0f\", $got * 1000 / $took }")
row() { # name unit limit ours ratio goal met
	printf '%-16s %10s %10s %8s  %s\n' "$1" "$3" "$4" "$5" "$6 ($7)"
	jq -nc --arg n "$1" --arg u "$2" --argjson l "$3" --argjson o "$4" --argjson r "$5" --arg g "$6" --argjson m "$(
		[ "$7" = met ] && echo true || echo false)" \
		'{name: $n, unit: $u, limit: $l, peer: null, ours: $o, ratio: $r, goal: $g, met: $m}'
}
word() { awk "BEGIN { exit !($1) }" && echo met || echo missed; }
ratio=$(awk "BEGIN { printf \"%.2f\", $one / $insert }")
{
	row issue.one ms "$insert" "$one" "$ratio" "5 times a durable INSERT at most" "$(word "$ratio <= 5")"
	row issue.one_64 1/s 3000 "$rate" "$(awk "BEGIN { printf \"%.2f\", $rate / 3000 }")" "3,000 a second at least" "$(word "$rate >= 3000")"
} | tee "$work/table" | grep -v '^{'
grep '^{' "$work/table" | jq -s . >"$report"
finish
